use std::collections::BTreeMap;

use ringfence_diagnostics::{FileId, Fix, Span};
use ringfence_graph::Target;
use ringfence_policy::{Dependency, Precedence, UnknownNames};
use ruff_diagnostics::Edit;
use rustc_hash::FxHashSet;

use crate::array_edit::removals;
use crate::boundaries::modules_matching;
use crate::rule::{Default, Found, Rule, Visitor, declare_rule};
use crate::{BoundaryId, Context, Finding, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for entries of `depends-on` over which nothing is imported.
    ///
    /// ## Why is this bad?
    /// The entry allows a coupling that does not exist, so it can come back unnoticed, and the config says of the
    /// architecture what is not true.
    ///
    /// Every import counts as a use, whatever its kind: also one for type checking, and one that another rule reports.
    /// An entry of a pattern such as `[modules."shop.plugins.*"]` is unused if no module that the pattern matches uses
    /// it. A module with a file that cannot be read in full is not judged. Entries that match no module are RF910.
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
    /// The fix edits the config, so it is applied only with `--fix-config`. It takes the entry out of the array and
    /// leaves every other byte as it is. An entry on a line of its own goes with that line, and the comment on it.
    UnusedDependency {
        code: "RF110",
        name: "unused-dependency",
        severity: Error,
        default: Default::OptIn,
        fix: Always,
    }
}

impl Rule for UnusedDependency {
    const VISITOR: Visitor = Visitor::Config(find);

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Some((declarer, entry)) = entry_at(context, finding) else { return Message::default() };
        Message::new(format!(
            "`{declarer}` declares a dependency on `{}`, but does not import it",
            entry.pattern.value
        ))
        .annotation("unused".to_string())
    }

    fn fix(context: &Context, finding: &Finding) -> Option<Fix> {
        let (_, entry) = entry_at(context, finding)?;
        without(context, entry)
    }
}

/// RF110: the position of the declaration.
fn find(context: &Context, found: &mut Found) {
    for (number, entries) in unused(context) {
        for entry in entries {
            found.push(Site::Place(*entry), *number as u32);
        }
    }
}

/// By position of the declaration, the entries of its `depends-on` over which nothing is imported.
pub(crate) fn unused<'a>(context: &Context<'a>) -> &'a BTreeMap<usize, Vec<Span>> {
    context.memo.unused_dependencies.get_or_init(|| find_unused(context))
}

/// The change that takes an entry out of its `depends-on`.
pub(crate) fn without(context: &Context, entry: &Dependency) -> Option<Fix> {
    let Span { file, range } = entry.entry;
    let source = context.sources.text(file)?;
    let mut edits = removals(source.source_text(), range).into_iter().map(Edit::range_deletion);
    let title = format!("Remove `{}` from `depends-on`", entry.pattern.value);
    let mut fix = Fix::safe(title, file, edits.next()?).in_policy();
    fix.edits.extend(edits.map(|edit| (file, edit)));
    Some(fix)
}

fn find_unused(context: &Context) -> BTreeMap<usize, Vec<Span>> {
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
        if context.policy.meaning.precedence == Precedence::Order {
            // Which entry comes first says nothing of which is needed.
            let (list, name) = (&context.policy.modules[declaration].depends_on, context.boundary_name(to));
            let entries = list.iter().flat_map(|list| &list.value).enumerate();
            let matching = entries.filter(|(_, entry)| entry.pattern.value.matches(name));
            used_entries.extend(matching.map(|(position, _)| (declaration, position as u32)));
        } else if let Some(entry) = context.boundaries.dependency(from, to) {
            used_entries.insert((declaration, entry));
        }
    }
    let mut unused: BTreeMap<usize, Vec<Span>> = BTreeMap::new();
    for (number, declaration) in context.policy.modules.iter().enumerate() {
        let unknown_too = context.policy.meaning.unknown_names == UnknownNames::Warning
            && declaration.pattern.value.exact().is_some();
        // One that matches no module is RF910 as a whole.
        if !unknown_too && modules_matching(&declaration.pattern.value, context.graph.index()).is_empty() {
            continue;
        }
        for (position, entry) in declaration.depends_on.iter().flat_map(|list| &list.value).enumerate() {
            let matches_something = || {
                unknown_too
                    || !context.boundaries.matching(&entry.pattern.value, context.graph.index()).is_empty()
            };
            if !used_entries.contains(&(number, position as u32)) && matches_something() {
                unused.entry(number).or_default().push(entry.entry);
            }
        }
    }
    forget_where_unread(context, &mut unused);
    forget_shared(context, &used_entries, &mut unused);
    unused
}

/// Drops the declarations that own a file whose imports are not all known.
fn forget_where_unread(context: &Context, unused: &mut BTreeMap<usize, Vec<Span>>) {
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
fn forget_shared(context: &Context, used: &FxHashSet<(usize, u32)>, unused: &mut BTreeMap<usize, Vec<Span>>) {
    let place = |span: &Span| (span.file, span.range);
    let mut settled = FxHashSet::default();
    for (number, declaration) in context.policy.modules.iter().enumerate() {
        for (position, entry) in declaration.depends_on.iter().flat_map(|list| &list.value).enumerate() {
            if used.contains(&(number, position as u32)) {
                settled.insert(place(&entry.entry));
            }
        }
    }
    for entries in unused.values_mut() {
        entries.retain(|entry| settled.insert(place(entry)));
    }
    unused.retain(|_, entries| !entries.is_empty());
}

fn entry_at<'a>(context: &Context<'a>, finding: &Finding) -> Option<(&'a str, &'a Dependency)> {
    let declaration = context.policy.modules.get(finding.detail as usize)?;
    let entries = &declaration.depends_on.as_ref()?.value;
    let entry = entries.iter().find(|entry| Site::Place(entry.entry) == finding.site)?;
    Some((declaration.pattern.value.as_str(), entry))
}
