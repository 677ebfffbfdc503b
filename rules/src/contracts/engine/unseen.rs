//! What a contract would have to look at and cannot.

use ringfence_graph::ModuleId;

/// What a contract follows only so far.
#[derive(Debug, Default, Clone)]
pub(crate) struct Unseen {
    /// Modules that import others by computed names.
    pub(crate) computed: Vec<ModuleId>,
    /// Entries whose call leads to no function of the project that is known: `shop.cli:app`.
    pub(crate) called: Vec<Box<str>>,
    /// Scripts of the project that are in a module that is not there.
    pub(crate) missing: Vec<Box<str>>,
}

impl Unseen {
    pub(crate) fn append(&mut self, more: Self) {
        let Self { computed, called, missing } = more;
        self.computed.extend(computed);
        self.called.extend(called);
        self.missing.extend(missing);
    }
}
