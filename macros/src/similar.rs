//! Recognizes a misspelt word.

/// Returns the edit distance: the number of characters to insert, remove or replace.
pub(crate) fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (above, b) in row.iter_mut().skip(1).zip(&to) {
            let cost = diagonal + usize::from(a != *b);
            diagonal = *above;
            left = cost.min(left + 1).min(*above + 1);
            *above = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Returns `true` if one word begins with the other (`spawned`, `block`), or two edits lead from one to the other.
pub(crate) fn is_similar(written: &str, word: &str) -> bool {
    // Of three letters or fewer, too many words are the beginning.
    let shorter = written.len() > 3 && word.starts_with(written);
    written.starts_with(word) || shorter || distance(written, word) <= 2
}
