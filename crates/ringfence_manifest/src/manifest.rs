//! What a project declares of itself.

use ringfence_diagnostics::{Diagnostic, Span, one_line};
use ringfence_policy::Spanned;

/// What one file says of a project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// The distribution, as written.
    pub name: Option<Spanned<String>>,
    /// Whether it declares a project at all, rather than only configure tools.
    pub declares_project: bool,
    /// Whether something can be built of it and installed. Where not, everything in it is for development.
    pub is_package: bool,
    pub requirements: Vec<Requirement>,
    /// Files that hold more of them.
    pub files: Vec<NamedFile>,
    /// Whether it has a list of what the project needs at run time, be it empty.
    pub lists_runtime: bool,
    /// Whether it says itself what the project needs at run time, if only that it needs nothing.
    pub states_runtime: bool,
    /// Where it says that the build backend computes what is required, by means that cannot be read.
    pub computed: Option<Span>,
}

/// One thing that a project requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// As written: `PyYAML`.
    pub name: String,
    /// Normalised: `pyyaml`.
    pub key: String,
    /// The string that holds it, or its key where the name is one.
    pub span: Span,
    pub group: Group,
}

/// When something is required.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Group {
    Runtime,
    /// At run time, where somebody asks for this extra.
    Extra(String),
    /// For development: this group.
    Development(String),
    /// To build the distribution.
    Build,
}

/// A requirements file that a manifest names, relative to the folder of the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    pub path: Spanned<String>,
    pub group: Group,
}

/// The name of a distribution as PEP 503 compares it: `Ruamel_YAML` -> `ruamel-yaml`.
pub fn normalized(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for c in name.chars() {
        if matches!(c, '-' | '_' | '.') {
            if !key.ends_with('-') {
                key.push('-');
            }
        } else {
            key.extend(c.to_lowercase());
        }
    }
    key
}

/// An error in a manifest. The message is kept on one line whatever was quoted in it.
pub(crate) fn invalid(span: Span, message: &str) -> Diagnostic {
    Diagnostic::config_error("invalid-manifest", span, one_line(message))
}

#[cfg(test)]
mod tests {
    use super::normalized;

    #[test]
    fn names_are_compared_as_pep_503_says() {
        for (name, expected) in [
            ("PyYAML", "pyyaml"),
            ("ruamel.yaml", "ruamel-yaml"),
            ("zope._-interface", "zope-interface"),
            ("google-cloud-storage", "google-cloud-storage"),
        ] {
            assert_eq!(normalized(name), expected);
        }
    }
}
