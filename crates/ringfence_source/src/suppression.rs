//! Suppression comments: `# ringfence: ignore[RF101] reason`, `# ringfence: file-ignore[RF201]`, `# noqa: RF101`, and
//! `# tach-ignore(reason) member`, which is Tach's.

use jiff::civil::Date;
use ruff_text_size::TextRange;

use crate::NameRef;

/// One suppression directive. A comment may hold several.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Suppression {
    pub form: SuppressionForm,
    /// The whole comment, from `#` to the end of the line.
    pub comment: TextRange,
    /// The directive with its reason: the part of the comment to delete if the directive goes.
    ///
    /// ```python
    /// import a  # ringfence: ignore[RF101] legacy  # noqa: E501
    ///           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ range
    ///           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ comment
    /// ```
    pub range: TextRange,
    /// Whether nothing but white space stands before the comment on its line.
    pub own_line: bool,
    /// The physical line that it speaks for: its own, or for a comment alone on its line the next line that is not
    /// such a comment (for a `tach-ignore` the very next). Everything for `file-ignore`.
    pub line: TextRange,
    /// The codes or names in the list, as written. Of a `noqa` only those that start with `RF`; of a `tach-ignore` the
    /// imported names, or ends of them, of which none means all.
    pub codes: Vec<SuppressedCode>,
    /// The free text after the list.
    pub reason: Option<NameRef>,
    pub until: Option<Until>,
    /// Why it cannot be honoured. A directive with a defect suppresses nothing.
    pub defect: Option<Defect>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SuppressionForm {
    /// `# ringfence: ignore[RF101]`
    Ignore,
    /// `# ringfence: file-ignore[RF101]`
    FileIgnore,
    /// `# noqa: RF101`
    Noqa,
    /// `# tach-ignore`
    TachIgnore,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SuppressedCode {
    pub name: NameRef,
    pub range: TextRange,
}

/// `until=2027-01-31`: the last day on which the suppression holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Until {
    pub date: Date,
    pub range: TextRange,
}

/// What is wrong with a directive, and where.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Defect {
    pub range: TextRange,
    /// Completes "this suppression ...": `names no code`, ``has an `until` that is not a date (YYYY-MM-DD)``.
    pub message: &'static str,
}
