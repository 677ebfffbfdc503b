//! What a rule is.

use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;

use ringfence_diagnostics::{ContractDetails, FileId, Fix, Label, Severity};
use ringfence_graph::Edge;
use ringfence_policy::{Contract, Switch, Tool};

use crate::contracts::types::type_of;
use crate::redirects::redirect;
use crate::{BoundaryId, Context, Explainer, Finding, RULES, Run, Site};

/// Index of a rule in [`RULES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(u8);

impl RuleId {
    pub fn all() -> impl Iterator<Item = Self> {
        (0..RULES.len()).map(|index| Self(index as u8))
    }

    /// That of a rule.
    pub(crate) fn of<R: Rule>() -> Self {
        Self(const { position(R::METADATA.code) })
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

    /// That of the rule which reports a contract.
    pub fn of_contract(contract: &Contract) -> Self {
        type_of(contract).rule()
    }

    /// The rule of this code (`RF101`) or name (`undeclared-dependency`), also of one that it had before.
    pub fn from_code_or_name(text: &str) -> Option<Self> {
        let text = redirect(text).unwrap_or(text);
        Self::all().find(|id| id.metadata().code == text || id.metadata().name == text)
    }
}

/// Where the rule of this code is in [`RULES`]; a rule that is not there does not compile.
#[expect(clippy::panic, reason = "only while it is compiled")]
const fn position(code: &str) -> u8 {
    let mut position = 0;
    while position < RULES.len() {
        if is_equal(RULES[position].metadata.code, code) {
            return position as u8;
        }
        position += 1;
    }
    panic!("the rule is not registered")
}

const fn is_equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut position = 0;
    while position < one.len() && position < other.len() && one[position] == other[position] {
        position += 1;
    }
    position == one.len() && position == other.len()
}

/// What is known of a rule without running it.
#[derive(Debug, Clone, Copy)]
pub struct Metadata {
    pub code: &'static str,
    pub name: &'static str,
    pub severity: Severity,
    pub activation: Activation,
    pub fix: FixAvailability,
    /// What else is to be known of it.
    pub tags: &'static [Tag],
    /// What it is where the config of another tool is used. Nothing is said: off, unless somebody names it.
    pub dialects: &'static [(Tool, DialectStatus)],
    /// The version of ringfence that had it first.
    pub since: &'static str,
    /// Whether it may still change, and so runs only where it is named, or where the config says `preview`.
    pub preview: bool,
    /// The documentation, in Markdown: the doc comment of the rule's struct.
    pub explanation: &'static str,
}

/// What is known of some rules, and decides how others treat them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// It tells that the run itself is sound: that files can be read, and that what configs and comments name is there. To select
    /// other rules does not switch it off, nor does to ignore a group of rules.
    Health,
    /// It is about the run, its files, comments or config, and so no entry of a baseline holds it.
    Run,
    /// It is about a contract.
    Contract,
    /// It is about distributions.
    Distribution,
    /// It needs to know what projects declare and what is installed.
    NeedsManifests,
    /// Whoever names it wants manifests read.
    NeedsManifestsIfNamed,
    /// A comment does not suppress it, whether it names the rule or not.
    Unsuppressible,
    /// It is about a comment that whoever writes comments would rather take away: `--add-ignore` writes none for it, though one that names
    /// it does suppress it, as with `RUF100`.
    NeverIgnoredUnasked,
    /// A `tach-ignore` does not suppress it: Tach knows of no such thing.
    UnknownToTachIgnore,
    /// It asks which comments suppress something.
    AsksWhatIsSuppressed,
    /// It reports one of several imports that are equally at fault; which one is nothing to rely on.
    OneOfSeveral,
    /// What stands there could go; editors fade it.
    Unnecessary,
    /// What stands there is deprecated; editors strike it out.
    Deprecated,
}

/// What a rule is where the config of another tool is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialectStatus {
    /// On: the tool checks this.
    Checked,
    /// The tool checks this if its config says so; it is on then, and as severe as the config says. Else it is off, unless somebody names
    /// it.
    Switched(Switch),
    /// On, though the tool knows of no such thing.
    Besides,
    /// Off, but in the groups of rules that can be selected.
    Offered,
    /// The same, as severe as the config says; where it says that this is off, no group contains it.
    OfferedUnless(Switch),
}

/// Whether the rule of this code is known to be so.
pub fn has_tag(code: &str, tag: Tag) -> bool {
    RuleId::from_code_or_name(code).is_some_and(|rule| rule.metadata().has(tag))
}

impl Metadata {
    pub fn has(&self, tag: Tag) -> bool {
        self.tags.contains(&tag)
    }

    /// What it is where the config of this tool is used; nothing where it is off, unless somebody names it.
    pub fn status_in(&self, tool: Tool) -> Option<DialectStatus> {
        self.dialects.iter().find(|(known, _)| *known == tool).map(|(_, status)| *status)
    }

    /// Whether this tool checks it, or can be told to.
    pub fn is_check_of(&self, tool: Tool) -> bool {
        matches!(self.status_in(tool), Some(DialectStatus::Checked | DialectStatus::Switched(_)))
    }

    /// The first sentence of the documentation.
    pub fn summary(&self) -> String {
        let lines = self.explanation.lines().skip_while(|line| *line != "## What it does").skip(1);
        let paragraph = lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        // `from . import b` ends no sentence.
        let ends = paragraph.match_indices(". ").map(|(at, _)| at);
        let mut ends = ends.filter(|at| paragraph[..*at].matches('`').count().is_multiple_of(2));
        let sentence = ends.next().map_or(paragraph.as_str(), |end| &paragraph[..end]);
        sentence.trim_end_matches('.').to_string()
    }
}

/// Whether a rule is selected where nobody says anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Activation {
    On,
    /// On, but silent until an option of the config asks for it.
    ByConfig(&'static str),
    OptIn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum FixAvailability {
    Never,
    Sometimes,
    Always,
}

/// A rule: what it looks at, what it says, and how it is mended.
pub(crate) trait Rule: Documented + Sized + 'static {
    /// What it sees where it is broken: all that its message and its fix need to know.
    type Violation: Violation;

    /// What it looks at, and how it finds.
    const VISITOR: Visitor<Self>;

    /// What it finds beside that, for the project as a whole.
    const FIND_IN_PROJECT: Option<fn(&Context, &mut Findings<Self>)> = None;

    /// Whether it looks at imports by their kind, so that `kinds` in the config says which.
    const FILTERS_BY_KIND: bool = matches!(Self::VISITOR, Visitor::Edge { .. });

    /// Whether what it finds in a file, by looking at files or imports one by one, depends on more than the facts of that file: on
    /// what its text says beside imports, or on other files.
    const READS_OTHER_FILES: bool = false;

    /// Explains a violation. Only called for findings that are shown.
    fn message(context: &Explainer, violation: &Self::Violation) -> Message;

    /// The change that makes the finding go away. Only called where the output can show or apply it.
    fn fix(_context: &Explainer, _violation: &Self::Violation) -> Option<Fix> {
        None
    }

    /// The severity of a violation where the config gives the rule this one; nothing where it is not to be reported. That of one at a
    /// suppression is asked for once more when it is known which suppressions met a finding.
    fn severity(_context: &Context, _violation: &Self::Violation, severity: Severity) -> Option<Severity> {
        Some(severity)
    }
}

/// What a rule saw: plain data, which says by its hash whether it is the same as before.
pub(crate) trait Violation: Debug + Hash + Send + Sync + 'static {}

impl<T: Debug + Hash + Send + Sync + 'static> Violation for T {}

/// Made by [`declare_rule`].
pub(crate) trait Documented {
    const METADATA: Metadata;
}

/// The five things that a rule can visit.
pub(crate) enum Visitor<R: Rule> {
    /// Each import that leads from one boundary module, or from nobody's code, into another.
    Edge { group: ExclusiveGroup, find: fn(&Context, &Crossing) -> Option<R::Violation> },
    /// Each Python file.
    File(fn(&Context, FileId, &mut Findings<R>)),
    /// The graph as a whole.
    Project(fn(&Context, &mut Findings<R>)),
    /// The config.
    Config(fn(&Context, &mut Findings<R>)),
    /// The findings of a run and the suppressions that met them.
    Run(fn(&Context, &Run, &mut Findings<R>)),
}

/// For one imported name, only the first of these groups that finds something is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExclusiveGroup {
    Forbidden,
    Layers,
    Visibility,
    Declaration,
    /// Reported beside the others.
    Independent,
}

/// An import that crosses a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Crossing {
    pub edge: Edge,
    /// Who imports. `None`: code that no boundary module owns.
    pub importer: Option<BoundaryId>,
    /// Who is imported.
    pub imported: BoundaryId,
}

/// Collects what a rule finds.
pub(crate) struct Findings<'a, R> {
    /// The rule.
    pub(crate) rule: RuleId,
    found: &'a mut Vec<Finding>,
    of: PhantomData<R>,
}

impl<'a, R: Rule> Findings<'a, R> {
    fn new(rule: RuleId, found: &'a mut Vec<Finding>) -> Self {
        Self { rule, found, of: PhantomData }
    }

    pub(crate) fn push(&mut self, site: Site, violation: R::Violation) {
        self.found.push(Finding::of::<R>(self.rule, site, violation));
    }

    /// Adds what was found before.
    pub(crate) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.found.extend(findings);
    }
}

/// What a rule says of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// One line, complete on its own.
    pub message: String,
    /// What stands under the underline.
    pub annotation: Option<String>,
    pub labels: Vec<Label>,
    pub help: Option<String>,
    pub owner: Option<String>,
    pub contract: Option<Box<ContractDetails>>,
    /// The modules of a cycle.
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

/// A rule as the registry holds it: what its type says, without the type.
pub struct RuleEntry {
    pub metadata: Metadata,
    pub(crate) stage: Stage,
    pub(crate) find_in_project: Option<fn(&Context, RuleId, &mut Vec<Finding>)>,
    /// Whether `kinds` in the config says which imports it looks at.
    pub filters_by_kind: bool,
    /// Whether what it finds in a file depends on more than the facts of that file (`Rule::READS_OTHER_FILES`).
    pub reads_other_files: bool,
}

/// When a rule runs, and on what; see [`Visitor`].
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    Edge { group: ExclusiveGroup, find: fn(&Context, RuleId, &Crossing) -> Option<Finding> },
    File(fn(&Context, RuleId, FileId, &mut Vec<Finding>)),
    Project(fn(&Context, RuleId, &mut Vec<Finding>)),
    Run(fn(&Context, &Run, RuleId, &mut Vec<Finding>)),
}

impl RuleEntry {
    pub(crate) const fn of<R: Rule>() -> Self {
        Self {
            metadata: R::METADATA,
            stage: match R::VISITOR {
                Visitor::Edge { group, .. } => Stage::Edge { group, find: find_at_edge::<R> },
                Visitor::File(_) => Stage::File(find_in_file::<R>),
                Visitor::Project(_) | Visitor::Config(_) => Stage::Project(find_in_project::<R>),
                Visitor::Run(_) => Stage::Run(find_in_run::<R>),
            },
            find_in_project: match R::FIND_IN_PROJECT {
                Some(_) => Some(find_beside::<R>),
                None => None,
            },
            filters_by_kind: R::FILTERS_BY_KIND,
            reads_other_files: R::READS_OTHER_FILES,
        }
    }
}

fn find_at_edge<R: Rule>(context: &Context, rule: RuleId, crossing: &Crossing) -> Option<Finding> {
    let Visitor::Edge { find, .. } = R::VISITOR else { return None };
    find(context, crossing).map(|violation| Finding::of::<R>(rule, Site::of(&crossing.edge), violation))
}

fn find_in_file<R: Rule>(context: &Context, rule: RuleId, file: FileId, found: &mut Vec<Finding>) {
    if let Visitor::File(find) = R::VISITOR {
        find(context, file, &mut Findings::new(rule, found));
    }
}

fn find_in_project<R: Rule>(context: &Context, rule: RuleId, found: &mut Vec<Finding>) {
    if let Visitor::Project(find) | Visitor::Config(find) = R::VISITOR {
        find(context, &mut Findings::new(rule, found));
    }
}

fn find_beside<R: Rule>(context: &Context, rule: RuleId, found: &mut Vec<Finding>) {
    if let Some(find) = R::FIND_IN_PROJECT {
        find(context, &mut Findings::new(rule, found));
    }
}

fn find_in_run<R: Rule>(context: &Context, run: &Run, rule: RuleId, found: &mut Vec<Finding>) {
    if let Visitor::Run(find) = R::VISITOR {
        find(context, run, &mut Findings::new(rule, found));
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
            fix: $fix:ident,
            since: $since:literal
            $(, tags: [$($tag:ident),+])?
            $(, dialects: [$($tool:ident: $status:ident $(($switch:ident))?),+])?
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
                activation: $default,
                fix: $crate::rule::FixAvailability::$fix,
                tags: &[$($($crate::rule::Tag::$tag),+)?],
                dialects: &[$($((
                    ringfence_policy::Tool::$tool,
                    $crate::rule::DialectStatus::$status $((ringfence_policy::Switch::$switch))?,
                )),+)?],
                since: $since,
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
