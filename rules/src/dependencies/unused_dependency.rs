use std::cell::OnceCell;
use std::collections::BTreeMap;

use ringfence_diagnostics::{FileId, Fix, Severity, Span};
use ringfence_graph::Target;
use ringfence_policy::{Dependency, Key, ModuleDeclaration, PeerGaps, Precedence, UnknownNames};
use ringfence_refactor::array_edit::removals;
use ringfence_refactor::{Basis, Entry};
use ruff_diagnostics::Edit;
use rustc_hash::FxHashSet;

use crate::boundaries::modules_matching;
use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{BoundaryId, Context, Explainer, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for entries of `depends-on` that no import uses.
    ///
    /// ## Why is this bad?
    /// The entry allows a coupling that does not exist. The coupling can come back unnoticed, and the config
    /// describes the architecture wrongly.
    ///
    /// Every import counts as a use, whatever its kind, including imports for type checking and imports that another
    /// rule reports. An entry of a pattern such as `[modules."shop.plugins.*"]` is unused if no module that matches
    /// the pattern uses it. A module with a file that cannot be read in full is not checked. Entries that match no
    /// module are RF910.
    ///
    /// ## Example
    /// ```toml
    /// [modules."shop.orders"]
    /// depends-on = ["shop.billing", "shop.catalog"]  # RF110: nothing imports shop.catalog
    /// ```
    ///
    /// Use instead:
    /// ```toml
    /// [modules."shop.orders"]
    /// depends-on = ["shop.billing"]
    /// ```
    ///
    /// ## Options
    /// - `modules.<name>.depends-on`
    ///
    /// ## Fix safety
    /// The fix edits the config, so it is applied only with `--fix-config`. It removes the entry from the array and
    /// leaves every other byte as it is. An entry on a line of its own is removed with that line, including its
    /// comment.
    UnusedDependency {
        code: "RF110",
        name: "unused-dependency",
        severity: Error,
        default: Activation::OptIn,
        fix: Always,
        since: "0.1.0",
        tags: [Unnecessary],
        dialects: [Tach: Switched(UnusedDependencies)],
    }
}

/// An entry of `depends-on` over which nothing is imported: positions of the declaration and of the entry in it.
#[derive(Debug, Hash)]
pub(crate) struct UnusedEntry {
    declaration: usize,
    entry: usize,
}

impl UnusedEntry {
    fn dependency<'a>(&self, context: &Context<'a>) -> &'a Dependency {
        &dependencies(&context.policy.modules[self.declaration])[self.entry]
    }
}

impl Rule for UnusedDependency {
    type Violation = UnusedEntry;
    const VISITOR: Visitor<Self> = Visitor::Config(find);

    fn message(context: &Explainer, violation: &UnusedEntry) -> Message {
        Message::new(format!(
            "`{}` declares a dependency on `{}`, but does not import it",
            context.policy.modules[violation.declaration].pattern.value,
            violation.dependency(context).pattern.value
        ))
        .annotation("unused".to_string())
    }

    fn fix(context: &Explainer, violation: &UnusedEntry) -> Option<Fix> {
        without(context, violation.dependency(context))
    }

    fn severity(context: &Context, violation: &UnusedEntry, severity: Severity) -> Option<Severity> {
        let is_pattern = || context.policy.modules[violation.declaration].pattern.value.exact().is_none();
        Some(context.severity_in(PeerGaps::UNUSED_OF_PATTERNS, severity, is_pattern))
    }
}

/// RF110
fn find(context: &Context, findings: &mut Findings<UnusedDependency>) {
    for (&declaration, entries) in unused(context) {
        for &entry in entries {
            let unused = UnusedEntry { declaration, entry };
            findings.push(Site::Place(unused.dependency(context).entry), unused);
        }
    }
}

/// What a declaration lists in `depends-on`.
fn dependencies(declaration: &ModuleDeclaration) -> &[Dependency] {
    declaration.depends_on.as_ref().map_or(&[], |list| list.value.as_slice())
}

/// By position of the declaration: the entries of its `depends-on` over which nothing is imported.
#[derive(Default)]
struct Unused(OnceCell<BTreeMap<usize, Vec<usize>>>);

impl Entry for Unused {
    const BASIS: Basis = Basis::Imports;
}

/// By position of the declaration, the positions of the entries of its `depends-on` over which nothing is imported.
pub(crate) fn unused<'a>(context: &Context<'a>) -> &'a BTreeMap<usize, Vec<usize>> {
    context.memo.get::<Unused>().0.get_or_init(|| find_unused(context))
}

/// The change that takes an entry out of its `depends-on`.
pub(crate) fn without(context: &Context, entry: &Dependency) -> Option<Fix> {
    let depends_on = context.key(Key::DependsOn);
    let Span { file, range } = entry.entry;
    let source = context.sources.text(file)?;
    let mut edits = removals(source.source_text(), range).into_iter().map(Edit::range_deletion);
    let title = format!("Remove `{}` from `{depends_on}`", entry.pattern.value);
    let mut fix = Fix::safe(title, file, edits.next()?).in_policy();
    fix.edits.extend(edits.map(|edit| (file, edit)));
    Some(fix)
}

fn find_unused(context: &Context) -> BTreeMap<usize, Vec<usize>> {
    let mut used: FxHashSet<(BoundaryId, BoundaryId)> = FxHashSet::default();
    for edge in context.graph.edges() {
        let (Target::Module { module, .. }, Some(importer)) =
            (edge.target, context.graph.index().of_file(edge.file))
        else {
            continue;
        };
        if let (Some(from), Some(to)) =
            (context.boundaries.owner(importer.module), context.boundaries.owner(module))
        {
            used.insert((from, to));
        }
    }
    let mut used_entries: FxHashSet<(usize, u32)> = FxHashSet::default();
    // The order does not matter: a set is filled.
    #[expect(clippy::iter_over_hash_type)]
    for (from, to) in used {
        let declaration = context.boundaries.get(from).declaration;
        if context.policy.dialect.precedence == Precedence::Order {
            // Which entry comes first says nothing of which is needed.
            let name = context.boundary_name(to);
            let entries = dependencies(&context.policy.modules[declaration]).iter().enumerate();
            let matching = entries.filter(|(_, entry)| entry.pattern.value.matches(name));
            used_entries.extend(matching.map(|(position, _)| (declaration, position as u32)));
        } else if let Some(entry) = context.boundaries.dependency(from, to) {
            used_entries.insert((declaration, entry));
        }
    }
    let mut unused: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, declaration) in context.policy.modules.iter().enumerate() {
        let unknown_too = context.policy.dialect.unknown_names == UnknownNames::Warning
            && declaration.pattern.value.exact().is_some();
        // One that matches no module is RF910 as a whole.
        if !unknown_too && modules_matching(&declaration.pattern.value, context.graph.index()).is_empty() {
            continue;
        }
        for (position, entry) in dependencies(declaration).iter().enumerate() {
            let matches_something = || {
                unknown_too
                    || !context.boundaries.matching(&entry.pattern.value, context.graph.index()).is_empty()
            };
            if !used_entries.contains(&(number, position as u32)) && matches_something() {
                unused.entry(number).or_default().push(position);
            }
        }
    }
    forget_where_unread(context, &mut unused);
    forget_shared(context, &used_entries, &mut unused);
    unused
}

/// Drops the declarations that own a file whose imports are not all known.
fn forget_where_unread(context: &Context, unused: &mut BTreeMap<usize, Vec<usize>>) {
    for (position, facts) in context.facts.iter().enumerate() {
        let file = FileId::new(position);
        let owner =
            context.graph.index().of_file(file).and_then(|module| context.boundaries.owner(module.module));
        let Some(declaration) = owner.map(|owner| context.boundaries.get(owner).declaration) else {
            continue;
        };
        if unused.contains_key(&declaration) && (facts.is_none() || context.has_syntax_error(file)) {
            unused.remove(&declaration);
        }
    }
}

/// Several modules may share one table: an entry is unused if none of them uses it, and reported once.
fn forget_shared(
    context: &Context,
    used: &FxHashSet<(usize, u32)>,
    unused: &mut BTreeMap<usize, Vec<usize>>,
) {
    let place = |span: &Span| (span.file, span.range);
    let mut settled = FxHashSet::default();
    for (number, declaration) in context.policy.modules.iter().enumerate() {
        for (position, entry) in dependencies(declaration).iter().enumerate() {
            if used.contains(&(number, position as u32)) {
                settled.insert(place(&entry.entry));
            }
        }
    }
    for (declaration, entries) in unused.iter_mut() {
        let listed = dependencies(&context.policy.modules[*declaration]);
        entries.retain(|entry| settled.insert(place(&listed[*entry].entry)));
    }
    unused.retain(|_, entries| !entries.is_empty());
}
