use std::sync::Arc;

use ringfence_diagnostics::{Fix, Label, Severity, Span};
use ringfence_graph::Edge;
use ringfence_policy::{Key, PeerGaps};
use ringfence_source::EdgeKind;

use super::cycle::{Cycle, Hop, cycles};
use crate::dependencies::unused_dependency::{unused, without};
use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::usage_of_names::{UsageTime, suggestions};
use crate::{BoundaryId, Context, Explainer, Message, RuleId, Site};

declare_rule! {
    /// ## What it does
    /// Checks for boundary modules that depend on each other in a cycle. Off unless the config says
    /// `forbid-cycles = true`.
    ///
    /// ## Why is this bad?
    /// None of these modules can be understood, tested, released or replaced without all the others, so they are one
    /// module with several names. Whether an import cycle works also depends on which module happens to be imported
    /// first.
    ///
    /// A module depends on another if it imports something from it, or if an entry of its `depends-on` covers the
    /// other: a cycle that the config allows is reported before anyone imports anything. A module and one nested in
    /// it are two modules.
    ///
    /// Modules that all depend on each other are reported once, however many cycles they form, with a shortest cycle
    /// through the first of them by name. The finding is located where this cycle is cheapest to break: at the
    /// `depends-on` entry that no import uses, or else at the first import of the dependency with the fewest imports.
    /// Once that is removed, the next cycle is reported, if there is one. A suppression at that import therefore also
    /// hides the other cycles of the same modules.
    ///
    /// ## Example
    /// ```toml
    /// forbid-cycles = true
    ///
    /// [modules."shop.orders"]
    ///
    /// [modules."shop.billing"]
    /// ```
    ///
    /// ```python
    /// # shop/orders/place.py
    /// from shop.billing import charge
    ///
    /// # shop/billing/ledger.py
    /// from shop.orders import Order  # RF401
    ///
    /// def book(order: Order): ...
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/billing/ledger.py
    /// class Billable(Protocol): ...  # what billing needs of an order; shop.orders has it
    ///
    /// def book(order: Billable): ...
    /// ```
    ///
    /// ## Options
    /// - `forbid-cycles`
    /// - `modules.<name>.depends-on`
    /// - `kinds`
    ///
    /// ## Fix safety
    /// The fix removes only a `depends-on` entry that no import of any kind uses, as for RF110. It edits the config,
    /// so it is applied only with `--fix-config`.
    ModuleCycle {
        code: "RF401",
        name: "module-cycle",
        severity: Error,
        default: Activation::ByConfig("forbid-cycles = true"),
        fix: Sometimes,
        since: "0.1.0",
        tags: [OneOfSeveral],
        dialects: [Tach: Switched(Cycles)],
    }
}

/// Longer cycles are shown in part.
const MOST_HOPS: usize = 8;
/// How many imported names are told one by one.
const MOST_NAMES: usize = 3;

impl Rule for ModuleCycle {
    type Violation = Cycle;
    const VISITOR: Visitor<Self> = Visitor::Project(find);
    const FILTERS_BY_KIND: bool = true;

    fn message(context: &Explainer, cycle: &Cycle) -> Message {
        let weakest = cycle.weakest();
        let mut message = Message::new(title(context, cycle))
            .owner(context.owner_text(weakest.imported))
            .help(if weakest.imports == 0 {
                without_imports(context, weakest)
            } else {
                format!("{}\n{}", least_to_cut(context, weakest), ways(context, cycle))
            });
        let name = |id: &BoundaryId| {
            let module = context.boundaries.get(*id).module;
            Arc::clone(&context.graph.index().module(module).name)
        };
        message.members = cycle.members.iter().map(name).collect();
        let at_fault = cycle.site(context).map(|site| context.span(site));
        // It may be one of those that are not shown.
        let others = shown(&cycle.hops).filter(|hop| hop.importer != weakest.importer);
        for hop in std::iter::once(weakest).chain(others) {
            for Label { span, message: text } in labels(context, hop) {
                if Some(span) == at_fault {
                    append(message.annotation.get_or_insert_default(), &text);
                } else if let Some(label) = message.labels.iter_mut().find(|label| label.span == span) {
                    append(&mut label.message, &text);
                } else {
                    message.labels.push(Label::new(span, text));
                }
            }
        }
        match context.policy.forbid_cycles {
            Some(span) => message.label(Label::new(span, "modules may not depend on each other in a cycle")),
            None => message,
        }
    }

    fn fix(context: &Explainer, cycle: &Cycle) -> Option<Fix> {
        let hop = cycle.weakest();
        without(context, hop.entry(context).filter(|_| is_unused(context, hop))?)
    }

    fn severity(context: &Context, cycle: &Cycle, severity: Severity) -> Option<Severity> {
        Some(context.severity_in(PeerGaps::UNDECLARED_CYCLES, severity, || !cycle.is_declared()))
    }
}

/// RF401
fn find(context: &Context, findings: &mut Findings<ModuleCycle>) {
    if context.policy.forbid_cycles.is_none() {
        return;
    }
    for cycle in cycles(context, findings.rule) {
        if let Some(site) = cycle.site(context) {
            findings.push(site, cycle);
        }
    }
}

/// What is said first, complete on its own.
fn title(context: &Context, cycle: &Cycle) -> String {
    let name = |hop: &Hop| context.boundary_name(hop.importer);
    let mut title = match cycle.hops.as_slice() {
        [one, other] if one.imports + other.imports == 0 => {
            format!("`{}` and `{}` declare a dependency on each other", name(one), name(other))
        }
        [one, other] => format!("`{}` and `{}` depend on each other", name(one), name(other)),
        hops => {
            let mut names: Vec<String> = shown(hops).map(|hop| format!("`{}`", name(hop))).collect();
            if names.len() < hops.len() {
                names.insert(MOST_HOPS / 2, format!("{} more", hops.len() - names.len()));
            }
            names.extend(hops.first().map(|hop| format!("`{}`", name(hop))));
            format!("{} is a cycle of modules", names.join(" -> "))
        }
    };
    if cycle.others > 0 {
        let (modules, are) = if cycle.others == 1 { ("module", "is") } else { ("modules", "are") };
        title.push_str(&format!("; {} more {modules} {are} in cycles with these", cycle.others));
    }
    title
}

/// All of a short cycle, the start and the end of a long one.
fn shown(hops: &[Hop]) -> impl Iterator<Item = &Hop> {
    let (first, last) = match hops.len() {
        0..=MOST_HOPS => (hops.len(), 0),
        _ => (MOST_HOPS / 2, MOST_HOPS / 2),
    };
    hops.iter().take(first).chain(hops.iter().skip(hops.len() - last))
}

/// Where a hop is imported, and where it is declared.
fn labels(context: &Context, hop: &Hop) -> Vec<Label> {
    let (importer, imported) = (context.boundary_name(hop.importer), context.boundary_name(hop.imported));
    let import = hop.edges(context).next().map(|edge| {
        let text = format!("`{importer}` imports `{imported}`");
        Label::new(
            name_span(context, edge),
            match hop.imports {
                1 => text,
                imports => format!("{text}, the first of {imports} imports"),
            },
        )
    });
    let entry = hop.entry(context).map(|entry| {
        let text = format!("`{importer}` declares `{imported}`");
        Label::new(
            entry.entry,
            if is_unused(context, hop) { format!("{text}, and imports nothing of it") } else { text },
        )
    });
    import.into_iter().chain(entry).collect()
}

fn name_span(context: &Context, edge: &Edge) -> Span {
    context.span(Site::of(edge))
}

/// Of two things that are said of one place.
fn append(text: &mut String, more: &str) {
    if !text.is_empty() {
        text.push_str("; ");
    }
    text.push_str(more);
}

/// Whether nothing at all is imported over the entry of a hop.
fn is_unused(context: &Context, hop: &Hop) -> bool {
    let declaration = context.boundaries.get(hop.importer).declaration;
    let entry = hop.entry.filter(|_| hop.imports == 0);
    let unused = || unused(context).get(&declaration);
    entry.is_some_and(|entry| unused().is_some_and(|unused| unused.contains(&(entry as usize))))
}

/// The way out where a hop is only declared.
fn without_imports(context: &Context, hop: &Hop) -> String {
    let depends_on = context.key(Key::DependsOn);
    let (importer, imported) = (context.boundary_name(hop.importer), context.boundary_name(hop.imported));
    let Some(entry) = hop.entry(context) else { return String::new() };
    let declarer = &context.declaration(hop.importer).pattern.value;
    if is_unused(context, hop) {
        format!(
            "remove `{}` from the `{depends_on}` of `{declarer}`: nothing is imported over it",
            entry.pattern.value
        )
    } else if hop.has_overlooked {
        format!(
            "`{importer}` imports `{imported}` only in ways that this rule ignores, as for type checking: if no other rule \
             asks for `{}` in `{depends_on}`, remove it",
            entry.pattern.value
        )
    } else if entry.pattern.value.exact().is_none() {
        format!(
            "`{importer}` imports nothing of `{imported}`: in place of `{}`, list what `{declarer}` needs",
            entry.pattern.value
        )
    } else if declarer.exact().is_none() {
        format!(
            "`{importer}` imports nothing of `{imported}`: give it a `[modules.\"{importer}\"]` without that entry"
        )
    } else {
        format!("no import of `{imported}` by `{importer}` can be seen: if there is none, remove the entry")
    }
}

/// ``least to cut is `a` -> `b`, 2 imports: `x` and `y` in `a.c` (line 1), `z` in `a.d` (line 4)``
fn least_to_cut(context: &Context, hop: &Hop) -> String {
    let depends_on = context.key(Key::DependsOn);
    let (importer, imported) = (context.boundary_name(hop.importer), context.boundary_name(hop.imported));
    let imports = if hop.imports == 1 { "1 import".to_string() } else { format!("{} imports", hop.imports) };
    let mut places: Vec<(String, Vec<String>)> = Vec::new();
    for edge in hop.edges(context).take(MOST_NAMES) {
        let (name, place) = (format!("`{}`", name_below(context, edge)), place(context, edge));
        match places.last_mut().filter(|(last, _)| *last == place) {
            Some((_, names)) => names.push(name),
            None => places.push((place, vec![name])),
        }
    }
    let mut listed: Vec<String> =
        places.into_iter().map(|(place, names)| format!("{} in {place}", names.join(", "))).collect();
    match hop.edges(context).skip(MOST_NAMES).count() {
        0 => {}
        1 => listed.push("1 more name".to_string()),
        more => listed.push(format!("{more} more names")),
    }
    let entry = hop.entry(context).filter(|entry| entry.pattern.value.exact().is_some());
    let entry = entry.map(|_| format!(", and then its entry in `{depends_on}`")).unwrap_or_default();
    format!(
        "the cheapest edge to break is `{importer}` -> `{imported}` ({imports}): {}{entry}",
        listed.join("; ")
    )
}

/// What is imported, counted from its boundary module.
fn name_below(context: &Context, edge: &Edge) -> String {
    match context.crossing_of(edge).map(|crossing| context.member_of(&crossing)) {
        Some(member) if !member.is_empty() => member.into_owned(),
        _ => context.imported_name(edge),
    }
}

/// ``` `a.c` (line 1) ```
fn place(context: &Context, edge: &Edge) -> String {
    let start = name_span(context, edge).range.start();
    let text = context.sources.text(edge.file);
    let line = text.map(|text| text.to_source_code().line_index(start).get());
    let line = line.map_or(String::new(), |line| format!(" (line {line})"));
    format!("`{}`{line}", context.importer_name(edge))
}

/// The ways to do without the first import of a hop.
fn ways(context: &Explainer, cycle: &Cycle) -> String {
    let hop = cycle.weakest();
    let rule = RuleId::of::<ModuleCycle>();
    let (importer, imported) = (context.boundary_name(hop.importer), context.boundary_name(hop.imported));
    let move_name =
        |what: &str| format!("move {what} to `{importer}`, or to a module that depends on neither");
    let invert = |what: &str| {
        format!("let `{importer}` define a Protocol with what it needs of {what}; `{imported}` implements it")
    };
    let otherwise = format!(
        "1. {}\n2. {}\n3. pass it in, from code that may import both",
        move_name("what is imported"),
        invert("it")
    );
    let looks_at = |kind| context.kinds.judges(rule, context.boundaries, Some(hop.importer), kind);
    let first = hop.edges(context).next().filter(|_| !cycle.is_declared());
    let Some(crossing) = first.and_then(|edge| context.crossing_of(edge)) else {
        return otherwise;
    };
    suggestions(context, rule, &crossing, otherwise, |when, what| match when {
        UsageTime::InAnnotations => vec![invert(what), move_name(what)],
        UsageTime::InFunctions => {
            let mut ways = vec![
                format!(
                    "pass {what} in, from code that may import both: as an argument, or when the object is made"
                ),
                invert(what),
                move_name(what),
            ];
            if !looks_at(EdgeKind::Deferred) {
                ways.insert(0, "import it in the function, which this rule ignores".to_string());
            }
            ways
        }
        UsageTime::AtImport => {
            vec![move_name(what), format!("move the code that uses {what} to `{imported}`")]
        }
        UsageTime::PassedOn | UsageTime::Nowhere => vec![
            format!("import {what} from `{imported}` where it is needed, not through `{importer}`"),
            move_name(what),
        ],
    })
}
