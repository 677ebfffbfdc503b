//! What rules may look at.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::LazyLock;

use jiff::civil::Date;
use ringfence_diagnostics::{FileId, Label, Span};
use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_policy::{Dialect, Downward, Key, ModuleDeclaration, Policy, Precedence, ROOT_MODULE, Unowned};
use ringfence_refactor::Codebase;
use ringfence_source::EdgeKind;
use ruff_text_size::TextRange;
use rustc_hash::FxHashSet;

use crate::cycles::circle_modules::Loading;
use crate::cycles::judged_circles::unfollowed;
use crate::interface::Exposed;
use crate::{
    Boundaries, BoundaryId, Crossing, Externals, Kinds, LayerStep, Message, RuleId, Site, Surroundings, Usage,
};

/// A file that gave no facts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Unreadable {
    pub file: FileId,
    /// Completes "cannot read the file: ...".
    pub reason: String,
}

/// What the config says of single files.
pub trait FileSettings {
    /// Whether a file is test code.
    fn is_test(&self, file: FileId) -> bool;

    /// Whether what a rule finds in a file is reported.
    fn reports(&self, rule: RuleId, file: FileId) -> bool;
}

/// Modules that the walk left out, and other things that only the tree knows.
#[derive(Debug, Clone, Default)]
pub struct ExcludedModules {
    /// Modules that can be imported and are not read.
    pub modules: FxHashSet<ModuleId>,
    /// Those of them whose imports do not count.
    pub as_targets: FxHashSet<ModuleId>,
    /// By source root: the folder of the project that it belongs to, as a number. Empty where nobody asks.
    pub project_of_root: Vec<u32>,
    /// Pairs of them of which the first says in its metadata that it depends on the second.
    pub declared_projects: FxHashSet<(u32, u32)>,
}

/// Everything that a rule may look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub codebase: Codebase<'a>,
    pub policy: &'a Policy,
    pub boundaries: &'a Boundaries,
    pub kinds: &'a Kinds,
    pub unreadable: &'a [Unreadable],
    /// Source roots of the config that are no folder, with what they look like.
    pub missing_roots: &'a [Span],
    /// What the walk left out, and is known all the same.
    pub excluded_modules: &'a ExcludedModules,
    /// What projects declare and what is installed; nothing where no rule of the run asks for it.
    pub externals: Option<&'a Externals>,
    /// What lies around the project.
    pub surroundings: &'a dyn Surroundings,
    pub file_settings: &'a dyn FileSettings,
    /// What imports find while modules are executed abstractly.
    pub loading: &'a dyn Loading,
    pub today: Date,
    /// Which suppressions met a finding; known once all other rules have run.
    pub usage: &'a Usage,
}

impl<'a> Deref for Context<'a> {
    type Target = Codebase<'a>;

    fn deref(&self) -> &Codebase<'a> {
        &self.codebase
    }
}

impl<'a> Context<'a> {
    /// What projects declare; only for rules that ask for it.
    pub(crate) fn externals(&self) -> &'a Externals {
        static NONE: LazyLock<Externals> = LazyLock::new(Externals::default);
        self.externals.unwrap_or(&NONE)
    }

    /// Whether a file has a syntax error. Parses it in full: for files about which a rule has something to say.
    pub fn has_syntax_error(&self, file: FileId) -> bool {
        let is_manifest = self.externals.is_some_and(|externals| externals.manifests.contains(&file));
        !is_manifest && self.sources.module(file).is_none_or(|parsed| parsed.facts.syntax_error.is_some())
    }

    /// Notes the comments that take an import out of a contract which it would break, and tells how many imports these are.
    pub fn use_suppressions_of_contracts(&self, usage: &mut Usage) -> usize {
        let verdicts = self.verdicts().known(self);
        verdicts.fold(0, |count, verdict| {
            usage.merge(&verdict.usage);
            count + verdict.suppressed
        })
    }

    /// How many import cycles were not followed to the end, if a rule asked for them.
    pub fn unfollowed_circles(&self) -> usize {
        unfollowed(self)
    }

    /// The ids of contracts of which not every finding is listed.
    pub fn contracts_in_part(&self) -> Vec<&str> {
        let contracts = self.policy.contracts.iter().enumerate();
        let is_in_part =
            |position| self.verdicts().peek(position).is_some_and(|verdict| verdict.unlisted > 0);
        contracts.filter(|(position, _)| is_in_part(*position)).map(|(_, contract)| contract.id()).collect()
    }

    /// By module: whether a contract that was looked at says something about it.
    pub fn governed_by_contracts(&self) -> Vec<bool> {
        self.verdicts().named_modules(self, self.graph.index().len())
    }

    pub fn boundary_name(&self, id: BoundaryId) -> &'a str {
        self.module_name(self.boundaries.get(id).module)
    }

    /// What the config says of a boundary module.
    pub fn declaration(&self, id: BoundaryId) -> &'a ModuleDeclaration {
        &self.policy.modules[self.boundaries.get(id).declaration]
    }

    pub fn owner_text(&self, id: BoundaryId) -> Option<&'a str> {
        self.declaration(id).owner.as_ref().map(|owner| owner.value.as_str())
    }

    /// Who imports, as it is called in messages: the boundary module, or the module itself where nobody owns it.
    pub fn importer_title(&self, crossing: &Crossing) -> &'a str {
        match crossing.importer {
            Some(boundary) => self.boundary_name(boundary),
            None => self.importer_name(&crossing.edge),
        }
    }

    /// What every rule about crossings says beside its text: whose the imported name is, and who answers for it.
    pub(crate) fn crossing_message(&self, crossing: &Crossing, text: String) -> Message {
        Message::new(text).annotation(self.part_of(crossing)).owner(self.owner_text(crossing.imported))
    }

    /// What is imported below the boundary module that owns it: `Order`, `api.get`, `*`; empty for the module itself.
    pub fn member_of(&self, crossing: &Crossing) -> Cow<'a, str> {
        let Target::Module { module, .. } = crossing.edge.target else { return Cow::default() };
        let boundary = self.boundary_name(crossing.imported);
        // From the target's canonical name: the written one may start at another root.
        let below =
            self.module_name(module).strip_prefix(boundary).unwrap_or_default().trim_start_matches('.');
        let facts = self.facts(crossing.edge.file);
        match facts.and_then(|facts| self.graph.member(&crossing.edge, facts)) {
            Some(member) if below.is_empty() => member,
            Some(member) => Cow::Owned([below, ".", &member].concat()),
            None => Cow::Borrowed(below),
        }
    }

    /// What to say under the name that crosses; nothing where it is the name of the boundary module already.
    fn part_of(&self, crossing: &Crossing) -> Option<String> {
        let boundary = self.boundary_name(crossing.imported);
        if boundary == ROOT_MODULE {
            return Some("part of no module, and so of `<root>`".to_string());
        }
        if !self.member_of(crossing).is_empty() {
            return Some(format!("part of `{boundary}`"));
        }
        let (facts, _, name) = self.import(&crossing.edge)?;
        (facts.name(name.name) != boundary).then(|| format!("`{boundary}` itself"))
    }

    /// The crossing that an edge makes, if it leaves its boundary module for another.
    pub fn crossing_of(&self, edge: &Edge) -> Option<Crossing> {
        let Target::Module { module, .. } = edge.target else { return None };
        let imported = self.boundaries.owner(module)?;
        let importer = self.importing_boundary(edge);
        let counts = importer != Some(imported)
            && (importer.is_some() || self.policy.dialect.unowned != Unowned::Unchecked)
            && self.counts_as_target(edge);
        counts.then_some(Crossing { edge: *edge, importer, imported })
    }

    /// Whether the importer has to name the imported in `depends-on`, if it has one.
    pub(crate) fn must_declare(&self, importer: BoundaryId, imported: BoundaryId) -> bool {
        if self.declaration(imported).utility.is_some() {
            return false;
        }
        let Dialect { downward, precedence, .. } = self.policy.dialect;
        if (downward, precedence) == (Downward::Declared, Precedence::MostSpecific) {
            return true;
        }
        match self.boundaries.step(self.policy, importer, imported) {
            LayerStep::Down => downward == Downward::Declared,
            // Where layers speak first, one that is not known leaves nothing to say.
            LayerStep::Unknown => precedence == Precedence::MostSpecific,
            LayerStep::Free | LayerStep::Up | LayerStep::Sideways | LayerStep::Past(_) => true,
        }
    }

    /// What a boundary module lets an importer import of it. `None`: everything.
    pub(crate) fn exposed(&self, imported: BoundaryId, importer: Option<BoundaryId>) -> Option<Exposed<'a>> {
        let own = self.declaration(imported).exposes.as_ref();
        let importer = importer.map(|importer| self.boundary_name(importer));
        Exposed::new(own, self.boundaries.interfaces(imported), &self.policy.interfaces, importer)
    }

    /// Whether a rule looks at an import at all: whether it is of a kind that the config does not leave out.
    pub fn judges(&self, rule: RuleId, edge: &Edge) -> bool {
        self.kinds.judges(rule, self.boundaries, self.importing_boundary(edge), edge.kind)
    }

    /// The same for an import that is taken for one of this kind.
    pub(crate) fn judges_kind(&self, rule: RuleId, edge: &Edge, kind: EdgeKind) -> bool {
        self.kinds.judges(rule, self.boundaries, self.importing_boundary(edge), kind)
    }

    /// Whether a rule would look at an import if it stood in no boundary module.
    pub(crate) fn judges_elsewhere(&self, rule: RuleId, edge: &Edge) -> bool {
        self.kinds.judges(rule, self.boundaries, None, edge.kind)
    }

    /// Whether a rule would not look at an import if that were for type checking only.
    pub(crate) fn lets_typing_through(&self, rule: RuleId, edge: &Edge) -> bool {
        !self.judges_kind(rule, edge, EdgeKind::Typing)
    }

    /// The boundary module that owns the file of an import.
    pub(crate) fn importing_boundary(&self, edge: &Edge) -> Option<BoundaryId> {
        self.boundaries.owner(self.graph.index().of_file(edge.file)?.module)
    }

    /// The edge at a site.
    pub fn edge(&self, site: Site) -> Option<&'a Edge> {
        let Site::Import { file, import, name } = site else { return None };
        self.edge_at(file, import, name)
    }

    /// The range of a site.
    pub fn span(&self, site: Site) -> Span {
        let file = site.file();
        let range = match site {
            Site::Import { name, .. } => {
                self.facts(file).and_then(|facts| facts.names.get(name as usize)).map(|name| name.range)
            }
            Site::Suppression { index, .. } => {
                self.facts(file).and_then(|facts| facts.suppressions.get(index as usize)).map(|it| it.range)
            }
            Site::File(_) => None,
            Site::Place(span) => Some(span.range),
        };
        Span::new(file, range.unwrap_or_default())
    }

    /// The statement around a site: what a suppression may stand at. Nothing for sites that are no import.
    pub fn statement_range(&self, site: Site) -> Option<TextRange> {
        let Site::Import { file, import, .. } = site else { return None };
        self.import_range(file, import)
    }

    /// Whether a comment on the lines of the import at a site suppresses something, perhaps at one of its names only.
    pub(crate) fn is_suppressed_in_part(&self, site: Site) -> bool {
        let (Some(facts), Some(statement)) = (self.facts(site.file()), self.statement_range(site)) else {
            return false;
        };
        facts.suppressions.iter().any(|comment| statement.contains_range(comment.range))
    }

    /// What the config's format calls a key.
    pub(crate) fn key(&self, key: Key) -> &'static str {
        self.policy.dialect.key(key)
    }

    /// A label at a module's key in the config: ``[modules."shop.web"]``.
    pub fn declared_here(&self, id: BoundaryId, text: impl Into<String>) -> Label {
        Label::new(self.declaration(id).pattern.span, text)
    }
}
