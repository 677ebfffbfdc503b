//! When imports are carried out, and what the config calls that.

use strum::{EnumIter, EnumString, IntoStaticStr, VariantNames};

/// When an import is carried out, if ever.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
pub enum EdgeKind {
    /// While the importing module is loaded.
    Runtime,
    /// Never: under a `TYPE_CHECKING` guard, or in a stub.
    Typing,
    /// When a function runs.
    Deferred,
    /// On first use of the name (PEP 810).
    Lazy,
    /// While the module is loaded, and its failure is caught.
    Optional,
    /// While the module is loaded, if a condition holds.
    Conditional,
    /// By a call that names the module in a string.
    Dynamic,
}

impl EdgeKind {
    /// What the config and reports call it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
