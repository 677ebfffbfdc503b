//! A program as it is shown to who predicts, which may know less than CPython does.

use std::collections::BTreeMap;

use ringfence_loading::{Found, Modules, Python, SourceId};

use crate::library::{BUILT_IN, LIBRARY, Library, OF_SOME_VERSIONS};
use crate::program::Program;
use crate::random::Random;

/// What is known of what is around a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) python: Version,
    /// Whether the attributes of the standard library are known.
    pub(crate) knows_library: bool,
    /// Whether it is known that there are no distributions.
    pub(crate) knows_distributions: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    Exact,
    Oldest,
    Unknown,
}

impl View {
    pub(crate) const FULL: Self =
        Self { python: Version::Exact, knows_library: true, knows_distributions: true };

    /// Of most programs, everything is known.
    pub(crate) fn of(seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x71E3);
        Self {
            python: *random.weighted(&[Version::Exact, Version::Oldest, Version::Unknown], |version| {
                match version {
                    Version::Exact => 8,
                    Version::Oldest | Version::Unknown => 1,
                }
            }),
            knows_library: !random.chance(5),
            knows_distributions: !random.chance(5),
        }
    }
}

/// A program, for one Python.
pub(crate) struct Sources<'a> {
    pub(crate) program: &'a Program,
    pub(crate) names: &'a BTreeMap<String, Found>,
    pub(crate) library: &'a Library,
    pub(crate) minor: u8,
    pub(crate) view: View,
}

impl Sources<'_> {
    /// Whether it depends on the Python whether there is one of this name, and the Python is not known.
    fn is_of_some_versions(&self, name: &str) -> bool {
        self.view.python != Version::Exact && OF_SOME_VERSIONS.contains(&name)
    }
}

impl Modules for Sources<'_> {
    fn find(&self, name: &str) -> Found {
        if let Some(found) = self.names.get(name) {
            return *found;
        }
        if self.is_of_some_versions(name) {
            return Found::Unknown;
        }
        if self.library.0.contains_key(name) {
            return Found::Closed;
        }
        let top = name.split('.').next().unwrap_or_default();
        let is_elsewhere =
            !self.names.contains_key(top) && !LIBRARY.contains(&top) && !BUILT_IN.contains(&top);
        if is_elsewhere && !self.view.knows_distributions { Found::Unknown } else { Found::Absent }
    }

    fn text(&self, source: SourceId) -> Option<&str> {
        let file = self.program.files.get(usize::try_from(source.0).ok()?)?;
        Some(&file.text)
    }

    fn has_member(&self, module: &str, name: &str) -> Option<bool> {
        if self.is_of_some_versions(name) {
            return None;
        }
        let has = self.library.0.get(module)?.contains(name);
        // What is not known is taken to have what is asked of it.
        (self.view.knows_library || !has).then_some(has)
    }

    fn children(&self, package: &str) -> Vec<String> {
        let below = self.names.keys().filter_map(|name| name.strip_prefix(package)?.strip_prefix('.'));
        below.filter(|rest| !rest.contains('.')).map(ToString::to_string).collect()
    }

    fn python(&self) -> Option<Python> {
        match self.view.python {
            Version::Exact => Some(Python { minor: self.minor, exact: true }),
            // What the older of the usual two does, both do.
            Version::Oldest => Some(Python { minor: self.minor.min(11), exact: false }),
            Version::Unknown => None,
        }
    }
}
