//! A list whose entries keep their index until they are removed; the index of a removed entry is used again.

pub(crate) struct Slab<T> {
    entries: Vec<Option<T>>,
    vacant: Vec<usize>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Slab<T> {
    pub(crate) const fn new() -> Self {
        Self { entries: Vec::new(), vacant: Vec::new() }
    }

    pub(crate) fn insert(&mut self, value: T) -> usize {
        match self.vacant.pop() {
            Some(key) => {
                self.entries[key] = Some(value);
                key
            }
            None => {
                self.entries.push(Some(value));
                self.entries.len() - 1
            }
        }
    }

    /// Removes an entry; `None` if it was removed already.
    pub(crate) fn remove(&mut self, key: usize) -> Option<T> {
        // Checked before the key is listed as vacant: a key that is listed twice would be given out twice.
        let value = self.entries.get_mut(key)?.take()?;
        self.vacant.push(key);
        Some(value)
    }

    #[allow(dead_code, reason = "only the registry of what is alive needs it, which is a feature")]
    pub(crate) fn get(&self, key: usize) -> Option<&T> {
        self.entries.get(key)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, key: usize) -> Option<&mut T> {
        self.entries.get_mut(key)?.as_mut()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().flatten()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.iter_mut().flatten()
    }

    /// Empties the list; earlier keys find nothing afterwards.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = T> + use<T> {
        std::mem::take(self).entries.into_iter().flatten()
    }
}
