//! What a run can say of how much it looked at.

/// How much a run looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Python files whose imports were read.
    pub files: usize,
    /// Of these, files that were read for their imports only; their syntax errors are not known.
    pub imports_only: usize,
    /// Of these, files with a syntax error.
    pub broken: usize,
    /// Files that could not be read.
    pub unreadable: usize,
    /// Import statements and dynamic imports.
    pub imports: usize,
    /// Modules that have a file.
    pub modules: usize,
    /// Of these, modules that a boundary module owns.
    pub governed: usize,
    /// Imported names of this project whose module was not found.
    pub unresolved: usize,
    /// Calls that import a module whose name is not a literal.
    pub opaque: usize,
    /// Findings that comments suppress.
    pub suppressed: usize,
    /// Findings that the baseline knows.
    pub baselined: usize,
    /// Entries of the baseline that no finding needs.
    pub stale: usize,
    /// Python files outside every source root; not checked.
    pub outside_roots: usize,
    /// Files in whose place another is loaded.
    pub shadowed: usize,
}

impl Coverage {
    /// Adds what another session looked at.
    pub fn add(&mut self, other: &Self) {
        let Self {
            files,
            imports_only,
            broken,
            unreadable,
            imports,
            modules,
            governed,
            unresolved,
            opaque,
            suppressed,
            baselined,
            stale,
            outside_roots,
            shadowed,
        } = other;
        self.files += files;
        self.imports_only += imports_only;
        self.broken += broken;
        self.unreadable += unreadable;
        self.imports += imports;
        self.modules += modules;
        self.governed += governed;
        self.unresolved += unresolved;
        self.opaque += opaque;
        self.suppressed += suppressed;
        self.baselined += baselined;
        self.stale += stale;
        self.outside_roots += outside_roots;
        self.shadowed += shadowed;
    }
}
