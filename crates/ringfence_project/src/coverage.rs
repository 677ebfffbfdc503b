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
    /// Python files that only an ignore file hides which is not part of the project; not checked.
    pub personal: usize,
    /// Python files of packages that an exclude matches which nobody wrote; not checked.
    pub excluded: usize,
    /// Links to folders of packages, which are not followed.
    pub linked: usize,
    /// Indexes of git that could not be read, so that files that they track may not have been checked.
    pub unclear_indexes: usize,
    /// Folders below with a config of another tool, which is not enforced with the one above.
    pub foreign_configs: usize,
    /// Import cycles of which it cannot be told what every entry does.
    pub unfollowed_circles: usize,
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
            personal,
            excluded,
            linked,
            unclear_indexes,
            foreign_configs,
            unfollowed_circles,
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
        self.personal += personal;
        self.excluded += excluded;
        self.linked += linked;
        self.unclear_indexes += unclear_indexes;
        self.foreign_configs += foreign_configs;
        self.unfollowed_circles += unfollowed_circles;
    }

    /// How much nobody looked at, of what may be part of the project.
    pub fn unlooked(&self) -> usize {
        self.outside_roots
            + self.personal
            + self.excluded
            + self.linked
            + self.unclear_indexes
            + self.foreign_configs
    }
}
