//! What a rule is.

use std::sync::Arc;

use ringfence_diagnostics::{ContractDetails, FileId, Fix, Label, Severity};
use ringfence_graph::Edge;

use crate::redirects::redirect;
use crate::{BoundaryId, Context, Finding, RULES, Run, Site};

/// Index of a rule in [`RULES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(u8);

impl RuleId {
    pub fn all() -> impl Iterator<Item = Self> {
        (0..RULES.len()).map(|index| Self(index as u8))
    }

    /// The one with the lowest code.
    pub fn first() -> Self {
        Self(0)
    }

    pub fn index(self) -> usize {
        self.0 as usize
    }

    pub fn entry(self) -> &'static RuleEntry {
        &RULES[self.index()]
    }

    pub fn metadata(self) -> &'static Metadata {
        &self.entry().metadata
    }

    /// The rule of this code (`RF101`) or name (`undeclared-dependency`), also of one that it had before.
    pub fn from_code_or_name(text: &str) -> Option<Self> {
        let text = redirect(text).unwrap_or(text);
        Self::all().find(|id| id.metadata().code == text || id.metadata().name == text)
    }
}

/// What is known of a rule without running it.
#[derive(Debug, Clone, Copy)]
pub struct Metadata {
    pub code: &'static str,
    pub name: &'static str,
    pub severity: Severity,
    pub default: Default,
    pub fix: FixAvailability,
    /// Whether it may still change, and so runs only where it is named, or where the config says `preview`.
    pub preview: bool,
    /// The documentation, in Markdown: the doc comment of the rule's struct.
    pub explanation: &'static str,
}

impl Metadata {
    /// The first sentence of the documentation.
    pub fn summary(&self) -> String {
        let lines = self.explanation.lines().skip_while(|line| *line != "## What it does").skip(1);
        let paragraph = lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        let sentence = paragraph.split_once(". ").map_or(paragraph.as_str(), |(first, _)| first);
        sentence.trim_end_matches('.').to_string()
    }
}

/// Whether a rule is selected where nobody says anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Default {
    On,
    /// On, but silent until an option of the config asks for it.
    ByConfig(&'static str),
    OptIn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixAvailability {
    Never,
    Sometimes,
    Always,
}

/// A rule: what it looks at, what it says, and how it is mended.
pub trait Rule: Documented {
    /// What it looks at, and how it finds.
    const VISITOR: Visitor;

    /// What it finds beside that, for the project as a whole.
    const ALSO: Option<fn(&Context, &mut Found)> = None;

    /// Whether it looks at imports by their kind, so that `kinds` in the config says which.
    const JUDGES_KINDS: bool = matches!(Self::VISITOR, Visitor::Edge { .. });

    /// Whether what it finds in a file, by looking at files or imports one by one, depends on more than the facts of that file: on
    /// what its text says beside imports, or on other files.
    const LOOKS_FURTHER: bool = false;

    /// Puts a finding into words. Only called for findings that are shown.
    fn speak(context: &Context, finding: &Finding) -> Message;

    /// The change that makes the finding go away. Only called where the output can show or apply it.
    fn fix(_context: &Context, _finding: &Finding) -> Option<Fix> {
        None
    }
}

/// Made by [`declare_rule`](crate::rule::declare_rule).
pub trait Documented {
    const METADATA: Metadata;
}

/// The five things that a rule can visit.
#[derive(Clone, Copy)]
pub enum Visitor {
    /// Each import that leads from one boundary module, or from nobody's code, into another. Yields the rule's detail.
    Edge { claim: Claim, find: fn(&Context, &Crossing) -> Option<u32> },
    /// Each Python file.
    File(fn(&Context, FileId, &mut Found)),
    /// The graph as a whole.
    Project(fn(&Context, &mut Found)),
    /// The config.
    Config(fn(&Context, &mut Found)),
    /// The findings of a run and the suppressions that met them.
    Run(fn(&Context, &Run, &mut Found)),
}

/// For one imported name, only the first of these claims that finds something is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    Forbidden,
    Layers,
    Visibility,
    Declaration,
    /// Reported beside the others.
    Independent,
}

/// An import that crosses a boundary.
#[derive(Debug, Clone, Copy)]
pub struct Crossing<'a> {
    pub edge: &'a Edge,
    /// Who imports. `None`: code that no boundary module owns.
    pub importer: Option<BoundaryId>,
    /// Who is imported.
    pub imported: BoundaryId,
}

/// Collects what a visitor finds.
pub struct Found<'a> {
    pub(crate) rule: RuleId,
    pub(crate) findings: &'a mut Vec<Finding>,
}

impl Found<'_> {
    pub fn push(&mut self, site: Site, detail: u32) {
        self.findings.push(Finding { rule: self.rule, site, detail });
    }
}

/// What a rule says of a finding.
#[derive(Debug, Clone, PartialEq, Eq, std::default::Default)]
pub struct Message {
    /// One line, complete on its own.
    pub message: String,
    /// What stands under the underline.
    pub annotation: Option<String>,
    pub labels: Vec<Label>,
    pub help: Option<String>,
    pub owner: Option<String>,
    pub contract: Option<Box<ContractDetails>>,
    /// The modules of a circle.
    pub members: Vec<Arc<str>>,
    /// The dotted name of what is defined, for a finding about a definition.
    pub symbol: Option<Arc<str>>,
}

impl Message {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    #[must_use]
    pub fn annotation(mut self, text: impl Into<Option<String>>) -> Self {
        self.annotation = text.into();
        self
    }

    #[must_use]
    pub fn label(mut self, label: Label) -> Self {
        self.labels.push(label);
        self
    }

    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    #[must_use]
    pub fn symbol(mut self, name: impl Into<Arc<str>>) -> Self {
        self.symbol = Some(name.into());
        self
    }

    #[must_use]
    pub fn owner(mut self, owner: Option<&str>) -> Self {
        self.owner = owner.map(str::to_string);
        self
    }
}

/// A rule as the registry holds it.
pub struct RuleEntry {
    pub metadata: Metadata,
    pub visitor: Visitor,
    pub(crate) also: Option<fn(&Context, &mut Found)>,
    /// Whether `kinds` in the config says which imports it looks at.
    pub judges_kinds: bool,
    /// Whether what it finds in a file depends on more than the facts of that file ([`Rule::LOOKS_FURTHER`]).
    pub looks_further: bool,
    pub(crate) speak: fn(&Context, &Finding) -> Message,
    pub(crate) fix: fn(&Context, &Finding) -> Option<Fix>,
}

impl RuleEntry {
    pub(crate) const fn of<R: Rule>() -> Self {
        Self {
            metadata: R::METADATA,
            visitor: R::VISITOR,
            also: R::ALSO,
            judges_kinds: R::JUDGES_KINDS,
            looks_further: R::LOOKS_FURTHER,
            speak: R::speak,
            fix: R::fix,
        }
    }
}

/// Declares the struct of a rule. Its doc comment is the documentation that users read.
macro_rules! declare_rule {
    (
        $(#[doc = $line:literal])*
        $rule:ident {
            code: $code:literal,
            name: $name:literal,
            severity: $severity:ident,
            default: $default:expr,
            fix: $fix:ident
            $(, preview: $preview:literal)? $(,)?
        }
    ) => {
        $(#[doc = $line])*
        pub(crate) struct $rule;

        impl $crate::rule::Documented for $rule {
            const METADATA: $crate::rule::Metadata = $crate::rule::Metadata {
                code: $code,
                name: $name,
                severity: ringfence_diagnostics::Severity::$severity,
                default: $default,
                fix: $crate::rule::FixAvailability::$fix,
                preview: false $(|| $preview)?,
                explanation: $crate::rule::unindent!($($line),*),
            };
        }
    };
}

/// Joins the lines of a doc comment. Each starts with the space that stands after `///`, which [`Metadata`] users do
/// not want; it is dropped by the `concat!` of the lines and [`strip`].
macro_rules! unindent {
    ($($line:literal),*) => {{
        const TEXT: &str = concat!($($line, "\n"),*);
        const LENGTH: usize = $crate::rule::stripped_length(TEXT.as_bytes());
        const BYTES: [u8; LENGTH] = $crate::rule::strip(TEXT.as_bytes());
        match std::str::from_utf8(&BYTES) {
            Ok(text) => text,
            Err(_) => "",
        }
    }};
}

pub(crate) use {declare_rule, unindent};

/// The length of `text` without one space at the start of each line.
pub(crate) const fn stripped_length(text: &[u8]) -> usize {
    let (mut position, mut length) = (0, 0);
    while position < text.len() {
        if !is_margin(text, position) {
            length += 1;
        }
        position += 1;
    }
    length
}

/// `text` without one space at the start of each line.
pub(crate) const fn strip<const N: usize>(text: &[u8]) -> [u8; N] {
    let mut stripped = [0; N];
    let (mut position, mut length) = (0, 0);
    while position < text.len() {
        if !is_margin(text, position) {
            stripped[length] = text[position];
            length += 1;
        }
        position += 1;
    }
    stripped
}

const fn is_margin(text: &[u8], position: usize) -> bool {
    text[position] == b' ' && (position == 0 || text[position - 1] == b'\n')
}
