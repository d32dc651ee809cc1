//! A list whose entries keep their index until they are removed; the index of a removed entry is used again.

pub(crate) struct Slab<T> {
    /// The entry 0, without an allocation: many lists never have another.
    first: Option<T>,
    /// The entries from 1.
    entries: Vec<Option<T>>,
    /// The keys that are vacant, except 0.
    vacant: Vec<usize>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Slab<T> {
    const fn new() -> Self {
        Self { first: None, entries: Vec::new(), vacant: Vec::new() }
    }

    pub(crate) fn insert(&mut self, value: T) -> usize {
        if self.first.is_none() {
            self.first = Some(value);
            return 0;
        }
        match self.vacant.pop() {
            Some(key) => {
                self.entries[key - 1] = Some(value);
                key
            }
            None => {
                self.entries.push(Some(value));
                self.entries.len()
            }
        }
    }

    /// Removes an entry; `None` if it was removed already.
    pub(crate) fn remove(&mut self, key: usize) -> Option<T> {
        if key == 0 {
            return self.first.take();
        }
        // Checked before the key is listed as vacant: a key that is listed twice would be given out twice.
        let value = self.entries.get_mut(key - 1)?.take()?;
        self.vacant.push(key);
        Some(value)
    }

    pub(crate) fn get_mut(&mut self, key: usize) -> Option<&mut T> {
        if key == 0 { self.first.as_mut() } else { self.entries.get_mut(key - 1)?.as_mut() }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(self.entries.iter().flatten())
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.first.iter_mut().chain(self.entries.iter_mut().flatten())
    }

    /// Empties the list; earlier keys find nothing afterwards.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = T> + use<T> {
        let Self { first, entries, .. } = std::mem::take(self);
        first.into_iter().chain(entries.into_iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_finds_its_entry_until_that_is_removed() {
        let mut slab = Slab::default();
        assert_eq!(["a", "b", "c"].map(|entry| slab.insert(entry)), [0, 1, 2]);
        assert_eq!((slab.remove(1), slab.remove(1), slab.remove(7)), (Some("b"), None, None));
        assert_eq!(slab.remove(0), Some("a"));
        assert_eq!(slab.get_mut(0), None);
        assert_eq!((slab.insert("d"), slab.insert("e"), slab.insert("f")), (0, 1, 3));
        assert_eq!(slab.iter().copied().collect::<Vec<_>>(), ["d", "e", "c", "f"]);
        assert_eq!(slab.iter_mut().map(|entry| *entry).collect::<Vec<_>>(), ["d", "e", "c", "f"]);
        assert_eq!(slab.take().count(), 4);
        assert_eq!(slab.get_mut(2), None);
        assert_eq!(slab.iter().count(), 0);
    }
}
