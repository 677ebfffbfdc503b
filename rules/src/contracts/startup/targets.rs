//! What must not be loaded, among what is.

use ringfence_policy::Patterns;
use rustc_hash::FxHashSet;

/// The patterns of what must not be loaded, ready to be asked about many names.
pub(crate) struct Targets<'a> {
    exact: FxHashSet<&'a str>,
    patterns: &'a Patterns,
}

impl<'a> Targets<'a> {
    pub(crate) fn new(patterns: &'a Patterns) -> Self {
        let exact = patterns.iter().filter_map(|pattern| pattern.value.exact()).collect();
        Self { exact, patterns }
    }

    /// The outermost name on the way to this one that must not be loaded, itself included.
    pub(crate) fn around<'n>(&self, name: &'n str) -> Option<&'n str> {
        let ends = name.match_indices('.').map(|(dot, _)| dot).chain([name.len()]);
        let mut names = ends.map(|end| &name[..end]);
        names.find(|name| {
            self.exact.contains(name)
                || self
                    .patterns
                    .iter()
                    .any(|pattern| pattern.value.exact().is_none() && pattern.value.matches(name))
        })
    }
}
