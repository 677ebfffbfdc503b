use std::collections::BTreeMap;

use ringfence_diagnostics::{Fix, Label, Severity, Span};
use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_source::ImportForm;
use rustc_hash::FxHashSet;

use super::circle_cut::{Search, fix, search};
use super::circle_runs::{Failed, Half, Hop, Outcome};
use super::judged_circles::{Judged, circles};
use super::load_circles::{edges_of, runs};
use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Explainer, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for modules that import each other in a circle and cannot each be imported first.
    ///
    /// ## Why is this bad?
    /// While modules of a circle are loaded, one of them meets another in the middle of its execution, when it binds only
    /// some of its names. Whether that fails depends on who is imported first: the program works from the entries that
    /// somebody has tried, and a test, a worker, a plugin or a new command that starts elsewhere fails with an
    /// `ImportError` or an `AttributeError`.
    ///
    /// Other tools report every circle. This rule executes the modules of each circle abstractly, statement by statement,
    /// as CPython would, from each of them as the first import, and reports a circle only if that fails from one of
    /// them. The finding stands at the statement that raises. It says which modules cannot be imported first, which
    /// imports lead there, and what the half-loaded module binds at that point.
    ///
    /// Imports count that run while a module is loaded: at the level of the module, in branches, in `try`, and in the body of a
    /// class, with the `__init__` of each package around what is imported. Imports in functions count where few
    /// modules are connected by them, as a function may be called while its module is loaded. Imports under
    /// `if TYPE_CHECKING:` never run.
    ///
    /// Where something on the way cannot be followed, nothing is reported, and the closing line says of how many circles
    /// that is so. `ringfence loads MODULE` says why.
    ///
    /// ## Example
    /// ```python
    /// # shop/orders.py
    /// from shop.prices import VAT  # RF402: `import shop.prices` fails here
    ///
    /// class Order:
    ///     vat = VAT
    ///
    /// # shop/prices.py
    /// import shop.orders
    ///
    /// VAT = 19
    ///
    /// def total(order: "shop.orders.Order"): ...
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/prices.py
    /// from typing import TYPE_CHECKING
    ///
    /// if TYPE_CHECKING:
    ///     import shop.orders
    ///
    /// VAT = 19
    ///
    /// def total(order: "shop.orders.Order"): ...
    /// ```
    ///
    /// ## Options
    /// - `import-cycles`
    /// - `target-version`
    ///
    /// ## Fix safety
    /// The help names the cheapest imports to move so that each module of the circle can be imported first: one, or up to four, of
    /// those on the ways to the failures, under `if TYPE_CHECKING:` if only annotations use them, else into the
    /// functions that use them. The result is executed in the same way before it is offered, with all that these modules load, and so are
    /// the nearest modules that import what is edited: none of them may fail that works today. The fix makes these changes. It is unsafe,
    /// and its title says why: the modules are loaded in another order, or later, than before. It also counts the strings that name what
    /// is moved (`patch("shop.orders.Order")`): what they replace is then no longer there.
    ImportCycle {
        code: "RF402",
        name: "import-cycle",
        severity: Error,
        default: Activation::OptIn,
        fix: Sometimes,
        since: "0.1.0",
        tags: [OneOfSeveral],
        preview: true,
    }
}

/// More names are counted only.
const MOST_NAMES: usize = 4;

/// Longer ways to a failure are shown in part.
const MOST_HOPS: usize = 12;

/// What becomes of the modules of a circle that are imported first. Modules are numbers of the index.
#[derive(Debug, Hash)]
pub(crate) struct Seen {
    members: Vec<u32>,
    what: What,
}

#[derive(Debug, Hash)]
enum What {
    Fails(Box<Failing>),
    /// No entry fails; why it cannot be told of some.
    Unknown {
        entries: Vec<u32>,
        reason: String,
    },
    /// No entry fails because of the circle, but these do for another reason.
    FailsElsewhere(Vec<u32>),
    Works,
}

/// Entries that fail at one statement.
#[derive(Debug, Hash)]
struct Failing {
    entries: Vec<u32>,
    /// Those that fail at another one.
    elsewhere: Vec<u32>,
    works: Vec<u32>,
    /// Those of which it cannot be told.
    untold: Vec<u32>,
    /// What happens to the first of the entries.
    failed: Failed,
}

impl Rule for ImportCycle {
    type Violation = Seen;
    const VISITOR: Visitor<Self> = Visitor::Project(find);

    fn message(context: &Explainer, seen: &Seen) -> Message {
        let mut message = match &seen.what {
            What::Fails(failing) => failure(context, seen, failing),
            What::Unknown { entries, reason } => {
                let text = format!(
                    "{} import each other in a circle; whether importing {} first works cannot be told",
                    names(context, &seen.members, "and"),
                    names(context, entries, "or"),
                );
                Message::new(text).annotation(reason.clone())
            }
            What::FailsElsewhere(entries) => {
                let text = format!(
                    "{} import each other in a circle that works; importing {} first fails elsewhere",
                    names(context, &seen.members, "and"),
                    names(context, entries, "or")
                );
                Message::new(text)
            }
            What::Works => {
                let text = format!(
                    "{} import each other in a circle; importing any of them first works today",
                    names(context, &seen.members, "and")
                );
                Message::new(text)
            }
        };
        if !matches!(seen.what, What::Fails(_))
            && let Some(span) = context.policy.every_import_cycle
        {
            message.labels.push(Label::new(span, "circles that work are reported, too"));
        }
        message.members = seen.members.iter().filter_map(|number| shared_name(context, *number)).collect();
        message
    }

    fn fix(context: &Explainer, seen: &Seen) -> Option<Fix> {
        fix(&search(context, judged_as(context, seen)?))
    }

    fn severity(_: &Context, seen: &Seen, severity: Severity) -> Option<Severity> {
        Some(if matches!(seen.what, What::Fails(_)) { severity } else { Severity::Warning })
    }
}

/// RF402
fn find(context: &Context, findings: &mut Findings<ImportCycle>) {
    let judged = &circles(context).judged;
    // Of a circle that only calls may close nothing is said where another one fails already.
    let mut told: FxHashSet<Span> = FxHashSet::default();
    let is_plain = |judged: &&Judged| !judged.circle.is_by_calls;
    for judged in judged.iter().filter(is_plain).chain(judged.iter().filter(|it| !is_plain(it))) {
        let mut failing = failures(judged);
        let is_clean = failing.is_empty();
        failing.retain(|failing| is_plain(&judged) || !told.contains(&failing.failed.at));
        told.extend(failing.iter().map(|failing| failing.failed.at));
        for failing in failing {
            let site = site_of(context, &failing.failed);
            findings.push(site, Seen { members: members(judged), what: What::Fails(Box::new(failing)) });
        }
        if is_clean
            && context.policy.every_import_cycle.is_some()
            && !judged.circle.is_by_calls
            && let Some(first) = first_import(context, judged)
        {
            let (place, what) = untold(judged);
            let site = place.map_or(Site::of(first), Site::Place);
            findings.push(site, Seen { members: members(judged), what });
        }
    }
}

/// One for each statement that raises.
fn failures(judged: &Judged) -> Vec<Failing> {
    let mut by_place: BTreeMap<_, Vec<(ModuleId, &Failed)>> = BTreeMap::new();
    for (entry, failed) in judged.failing() {
        let Span { file, range } = failed.at;
        by_place.entry((file, range.start(), range.end())).or_default().push((entry, failed));
    }
    let of = |is_so: fn(&Outcome) -> bool| -> Vec<u32> {
        let entries = judged.entries.iter().filter(|(_, outcome)| is_so(outcome));
        entries.map(|(entry, _)| number(*entry)).collect()
    };
    let works = of(|outcome| matches!(outcome, Outcome::Works(_)));
    let untold = of(|outcome| matches!(outcome, Outcome::Unknown(..)));
    let all = of(|outcome| matches!(outcome, Outcome::Fails(_)));
    let failing = by_place.into_values().filter_map(|failing| {
        // The one with the shortest way there shows it best.
        let (_, failed) = failing.iter().min_by_key(|(_, failed)| failed.trail.len())?;
        let entries: Vec<u32> = failing.iter().map(|(entry, _)| number(*entry)).collect();
        let elsewhere = all.iter().copied().filter(|entry| !entries.contains(entry)).collect();
        Some(Failing {
            entries,
            elsewhere,
            works: works.clone(),
            untold: untold.clone(),
            failed: (*failed).clone(),
        })
    });
    failing.collect()
}

/// Whether it can be told that all entries work, and where it cannot.
fn untold(judged: &Judged) -> (Option<Span>, What) {
    let unknown = judged.entries.iter().filter_map(|(entry, outcome)| match outcome {
        Outcome::Unknown(place, reason) => Some((*entry, *place, reason)),
        _ => None,
    });
    let mut unknown = unknown.peekable();
    let Some((_, place, reason)) = unknown.peek().copied() else {
        let elsewhere = judged.entries.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Fails(_)));
        let elsewhere: Vec<u32> = elsewhere.map(|(entry, _)| number(*entry)).collect();
        if !elsewhere.is_empty() {
            return (None, What::FailsElsewhere(elsewhere));
        }
        if judged.is_complete {
            return (None, What::Works);
        }
        let asked: Vec<ModuleId> = judged.entries.iter().map(|(entry, _)| *entry).collect();
        let left = judged.circle.members.iter().filter(|member| !asked.contains(member));
        let reason = "there is too much code to follow".to_string();
        return (None, What::Unknown { entries: left.map(|member| number(*member)).collect(), reason });
    };
    let entries = unknown.map(|(entry, ..)| number(entry)).collect();
    (place, What::Unknown { entries, reason: reason.clone() })
}

/// The circle of a finding that fails.
fn judged_as<'a>(context: &Context<'a>, seen: &Seen) -> Option<&'a Judged> {
    if !matches!(seen.what, What::Fails(_)) {
        return None;
    }
    circles(context).judged.iter().find(|judged| members(judged) == seen.members)
}

fn members(judged: &Judged) -> Vec<u32> {
    judged.circle.members.iter().map(|member| number(*member)).collect()
}

/// The first import by which one member leads to another.
fn first_import<'a>(context: &Context<'a>, judged: &Judged) -> Option<&'a Edge> {
    let circle = &judged.circle;
    circle.members.iter().find_map(|member| {
        edges_of(context, *member).find(|edge| {
            let Target::Module { module, .. } = edge.target else { return false };
            module != *member
                && circle.members.binary_search(&module).is_ok()
                && runs(context, edge, circle.is_by_calls)
        })
    })
}

/// The name of the import that raises, or the statement.
fn site_of(context: &Context, failed: &Failed) -> Site {
    let Span { file, range } = failed.at;
    let import = context.facts(file).and_then(|facts| {
        let position = facts.imports.iter().position(|import| import.range == range)?;
        let import = &facts.imports[position];
        let is_named = |name: &u32| {
            let imported = facts.names.get(*name as usize).map(|imported| facts.name(imported.name));
            imported.is_some_and(|name| failed.message.contains(&format!("'{name}'")))
        };
        let is_from = matches!(import.form, ImportForm::From { .. });
        let name = import.name_indices().find(is_named).filter(|_| is_from);
        let name = name.or_else(|| import.name_indices().next())?;
        Some(Site::Import { file, import: position as u32, name })
    });
    import.unwrap_or(Site::Place(failed.at))
}

fn failure(context: &Explainer, seen: &Seen, failing: &Failing) -> Message {
    let Failing { entries, elsewhere, works, untold, failed } = failing;
    let members = seen.members.len();
    let text = if works.is_empty() && elsewhere.is_empty() && entries.len() == members {
        format!(
            "{} import each other in a circle: whichever is imported first, that fails here with {}",
            names(context, &seen.members, "and"),
            failed.error
        )
    } else {
        let others = match (works.as_slice(), elsewhere.as_slice()) {
            ([], []) if untold.is_empty() => String::new(),
            ([], []) => {
                let rest = names(context, untold, "or");
                format!("; whether importing {rest} first works cannot be told")
            }
            ([], elsewhere) => {
                format!("; importing {} first fails elsewhere", names(context, elsewhere, "or"))
            }
            (works, _) => format!("; importing {} first works", names(context, works, "or")),
        };
        format!("importing {} first fails here with {}{others}", names(context, entries, "or"), failed.error)
    };
    let mut annotation = failed.message.clone();
    if let Some(module) = failed.not_bound_yet() {
        append(&mut annotation, &format!("`{module}` is bound there once it has run to its end"));
    }
    let mut message = Message::new(text).annotation(annotation);
    let at_fault = context.span(site_of(context, failed));
    let mut add = |span: Span, text: String| {
        if span == at_fault || span == failed.at {
            append(message.annotation.get_or_insert_default(), &text);
        } else if let Some(label) = message.labels.iter_mut().find(|label| label.span == span) {
            append(&mut label.message, &text);
        } else {
            message.labels.push(Label::new(span, text));
        }
    };
    let hops: Vec<(&Hop, &str, Span)> = failed
        .trail
        .iter()
        .filter_map(|hop| hop.by.as_ref().map(|(by, span)| (hop, by.as_str(), *span)))
        .collect();
    let left_out = hops.len().saturating_sub(MOST_HOPS);
    for (position, (hop, by, span)) in hops.iter().enumerate() {
        // What leads to the end tells more than what is on the way.
        if position >= MOST_HOPS / 2 && position < MOST_HOPS / 2 + left_out {
            continue;
        }
        let what = if hop.is_around { "so the package around it runs first:" } else { "imports" };
        add(*span, format!("{}. `{by}` {what} `{}`", position + 1, hop.module));
    }
    if let Some(half) = &failed.half_loaded {
        add(half.at, half_loaded(context, half));
    }
    match judged_as(context, seen).filter(|_| context.may_explain()) {
        Some(judged) => message.help(help(context, &search(context, judged))),
        None => message,
    }
}

/// What to move.
fn help(context: &Context, search: &Search) -> String {
    const OTHERWISE: &str = "move what both modules need to a third one that imports neither";
    let moves: Vec<String> = search
        .moves
        .iter()
        .map(|it| {
            let module =
                context.graph.index().of_file(it.at.file).map_or("", |file| context.module_name(file.module));
            let line = line_of(context, it.at).map_or(String::new(), |line| format!(" (line {line})"));
            let place =
                if it.is_for_typing { "under `if TYPE_CHECKING:`" } else { "into the functions that use it" };
            format!("move this import of `{module}`{line} {place}")
        })
        .collect();
    match (moves.as_slice(), search.movable) {
        ([], 0) => format!(
            "none of the imports on the way can go under `if TYPE_CHECKING:` or into functions: {OTHERWISE}"
        ),
        ([], _) if search.breaks_others => {
            format!("moving an import on the way may make another import fail: {OTHERWISE}")
        }
        ([], _) if search.is_in_part => {
            format!(
                "not all ways to move the imports on the way were tried, and none of those mends it: {OTHERWISE}"
            )
        }
        ([], 1) => format!("the import on the way that can be moved does not mend it: {OTHERWISE}"),
        ([], movable) => {
            format!("{movable} imports on the way can be moved, and no choice of them mends it: {OTHERWISE}")
        }
        (moves, _) => {
            let mended =
                format!("{}: then each of these modules can be imported first", moves.join(", and "));
            let lost = search.moves.iter().filter_map(|it| it.lost.as_ref());
            lost.fold(mended, |help, lost| format!("{help}\n{lost}"))
        }
    }
}

/// ``here `a` has run up to line 12 and binds only `x` ``
fn half_loaded(context: &Context, half: &Half) -> String {
    let line = line_of(context, half.at).map_or(String::new(), |line| format!(" up to line {line}"));
    let binds = match half.binds.as_slice() {
        [] => "nothing yet".to_string(),
        binds => {
            let quoted: Vec<String> = binds.iter().map(|name| format!("`{name}`")).collect();
            format!("only {}", listed(&quoted, "and"))
        }
    };
    format!("here `{}` has run{line} and binds {binds}", half.module)
}

/// From 1.
fn line_of(context: &Context, span: Span) -> Option<usize> {
    let source = context.sources.text(span.file)?;
    Some(source.to_source_code().line_index(span.range.start()).get())
}

fn append(text: &mut String, more: &str) {
    if !text.is_empty() {
        text.push_str("; ");
    }
    text.push_str(more);
}

/// `` `a`, `b` and 3 more ``
fn names(context: &Context, modules: &[u32], word: &str) -> String {
    let names: Vec<String> =
        modules.iter().filter_map(|it| Some(format!("`{}`", shared_name(context, *it)?))).collect();
    listed(&names, word)
}

fn listed(names: &[String], word: &str) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if names.len() <= MOST_NAMES => format!("{} {word} {last}", first.join(", ")),
        _ => {
            let shown = &names[..MOST_NAMES - 1];
            format!("{} {word} {} more", shown.join(", "), names.len() - shown.len())
        }
    }
}

fn shared_name(context: &Context, number: u32) -> Option<std::sync::Arc<str>> {
    let index = context.graph.index();
    let id = index.nth(number as usize)?;
    Some(std::sync::Arc::clone(&index.module(id).name))
}

fn number(module: ModuleId) -> u32 {
    module.index() as u32
}
