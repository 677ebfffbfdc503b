//! The differences in sentences, the most important first; formats for people differ only in how they print these.

use super::Shown;
use crate::difference::{
    Cause, Difference, Edge, InterfaceChange, Place, PolicyDifference, RuleChange, Said,
};
use crate::portrait::{Exception, Finding, Statement, Suppression};
use crate::summary::count;

/// A part of the differences: `Policy`, `Architecture`, `Findings`.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) groups: Vec<Group>,
}

/// Differences of one sort.
pub(super) struct Group {
    /// `newly allowed (2)`
    pub(super) title: String,
    pub(super) items: Vec<Item>,
}

/// One difference.
pub(super) struct Item {
    /// Names stand in backticks.
    pub(super) text: String,
    pub(super) details: Vec<String>,
}

impl Item {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), details: Vec::new() }
    }

    fn name(name: &String) -> Self {
        Self::new(format!("`{name}`"))
    }
}

/// What is said where nothing differs.
pub(super) fn nothing(difference: &Difference) -> String {
    format!("No change of policy, architecture or findings from {} to {}.", difference.base, difference.head)
}

/// The parts in which something differs.
pub(super) fn outline(shown: &Shown) -> Vec<Section> {
    let mut sections = vec![
        Section { title: "Policy", groups: policy(shown.difference) },
        Section { title: "Architecture", groups: architecture(shown.difference) },
        Section { title: "Findings", groups: findings(shown) },
    ];
    for section in &mut sections {
        section.groups.retain(|group| !group.items.is_empty());
    }
    sections.retain(|section| !section.groups.is_empty());
    sections
}

fn group(what: &str, items: impl IntoIterator<Item = Item>) -> Group {
    let items: Vec<Item> = items.into_iter().collect();
    Group { title: format!("{what} ({})", items.len()), items }
}

fn policy(difference: &Difference) -> Vec<Group> {
    let PolicyDifference {
        newly_allowed,
        newly_forbidden,
        interfaces,
        rules,
        severities,
        exceptions,
        suppressions,
        contracts,
        kinds,
    } = &difference.policy;
    let mut configs: Vec<Item> =
        difference.configs.added.iter().map(|it| Item::new(format!("`{it}` is new"))).collect();
    configs.extend(difference.configs.removed.iter().map(|it| Item::new(format!("`{it}` is gone"))));
    match difference.has_config {
        (true, false) => configs.push(Item::new("no config is left, so that nothing is checked")),
        (false, true) => configs.push(Item::new("nothing was checked before, as there was no config")),
        _ => {}
    }
    let severities = severities.iter().map(|(config, code, before, after)| {
        let (before, after) = (before.as_str(), after.as_str());
        Item::new(format!("{code} was of severity {before} and is of severity {after} ({config})"))
    });
    let rule = |verb: &str| {
        let verb = verb.to_string();
        move |it: &RuleChange| Item::new(format!("{} `{}` is {verb} ({})", it.code, it.name, it.config))
    };
    let contract = |(config, id): &(String, String)| Item::new(format!("`{id}` ({config})"));
    let wider = interfaces.iter().filter(|it| it.is_wider).map(interface);
    let narrower = interfaces.iter().filter(|it| !it.is_wider).map(interface);
    vec![
        group("configs", configs),
        group("newly allowed", newly_allowed.iter().map(|cause| pair(cause, "may now import"))),
        group("newly forbidden", newly_forbidden.iter().map(|cause| pair(cause, "may no longer import"))),
        group("wider interfaces", wider),
        group("narrower interfaces", narrower),
        group("rules switched off", rules.removed.iter().map(rule("off"))),
        group("rules switched on", rules.added.iter().map(rule("on"))),
        group("severities changed", severities),
        group("contracts gone", contracts.removed.iter().map(contract)),
        group("contracts added", contracts.added.iter().map(contract)),
        group("kinds of imports no longer looked at", kinds.removed.iter().map(Item::new)),
        group("kinds of imports looked at now", kinds.added.iter().map(Item::new)),
        group("exceptions added", exceptions.added.iter().map(exception)),
        group("exceptions gone", exceptions.removed.iter().map(exception)),
        group("suppressions added", suppressions.added.iter().map(suppression)),
        group("suppressions gone", suppressions.removed.iter().map(suppression)),
        group("entries added to the baseline", difference.baseline.added.iter().map(Item::name)),
        group("entries gone from the baseline", difference.baseline.removed.iter().map(Item::name)),
        group("files no longer checked", difference.coverage.files.removed.iter().map(Item::name)),
        group("files checked now", difference.coverage.files.added.iter().map(Item::name)),
        group("modules no longer governed", difference.coverage.governed.removed.iter().map(Item::name)),
        group("modules governed now", difference.coverage.governed.added.iter().map(Item::name)),
    ]
}

fn pair(cause: &Cause, verb: &str) -> Item {
    let (from, to) = &cause.pair;
    let is_allowed = verb == "may now import";
    let reason = |said: &[Said], allowed: bool| {
        let said = if allowed { Cause::speaking_for(said) } else { Cause::against(said) };
        said.map(|Said { text, place, .. }| match place {
            Some((path, line)) => format!("{text} ({path}:{line})"),
            None => text.clone(),
        })
    };
    let unchecked = || "nobody checks it".to_string();
    let mut item = Item::new(format!("`{from}` {verb} `{to}`"));
    let now = reason(&cause.after, is_allowed).unwrap_or_else(unchecked);
    let before = reason(&cause.before, !is_allowed).unwrap_or_else(unchecked);
    item.details.push(format!("now: {now}"));
    item.details.push(format!("before: {before}"));
    item
}

fn interface(change: &InterfaceChange) -> Item {
    let InterfaceChange { module, is_wider: _, is_narrower: _, members, is_open } = change;
    let listed =
        |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Item::new(match is_open {
        (false, true) => format!("`{module}` lets everything be imported"),
        (true, false) if members.added.is_empty() => format!("`{module}` lets nothing be imported any more"),
        (true, false) => format!("`{module}` lets only {} be imported", listed(&members.added)),
        _ => {
            let added =
                (!members.added.is_empty()).then(|| format!("now exposes {}", listed(&members.added)));
            let removed =
                (!members.removed.is_empty()).then(|| format!("no longer {}", listed(&members.removed)));
            let parts: Vec<String> = added.into_iter().chain(removed).collect();
            format!("`{module}` {}", parts.join(", "))
        }
    })
}

fn exception((Exception { folder: _, kind, text }, (path, line)): &(Exception, Place)) -> Item {
    Item::new(format!("`{kind}` {text} ({path}:{line})"))
}

fn suppression(Suppression { path, text, form, codes, line }: &Suppression) -> Item {
    let codes = if codes.is_empty() { String::new() } else { format!("[{}]", codes.join(", ")) };
    let spoken_for = if text.is_empty() { String::new() } else { format!(" at `{text}`") };
    Item::new(format!("`{form}{codes}`{spoken_for} ({path}:{line})"))
}

fn architecture(difference: &Difference) -> Vec<Group> {
    let edge = |verb: &'static str| {
        move |edge: &Edge| {
            let statement = |it: &Statement| {
                let kind = if it.kind == "runtime" { String::new() } else { format!(" ({})", it.kind) };
                format!("`{}:{}` imports `{}`{kind}", it.path, it.line, it.name)
            };
            let text = format!("`{}` {verb} `{}`", edge.from, edge.to);
            Item { text, details: edge.imports.iter().map(statement).collect() }
        }
    };
    let cycle = |members: &Vec<String>| {
        Item::new(members.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
    };
    let resized = |(before, after): &(Vec<String>, Vec<String>)| {
        let mut item = cycle(after);
        item.details.push(format!("before: {}", cycle(before).text));
        item
    };
    let cycles = &difference.cycles;
    let moved = difference.moved.iter().map(|(from, to)| Item::new(format!("`{from}` is now `{to}`")));
    let new_boundary = |name: &String| {
        let mut item = Item::name(name);
        if let Some(may_import) = difference.may_import.get(name) {
            item.details.push(format!("may import {}", count(may_import.len(), "boundary module")));
        }
        item
    };
    vec![
        group("new imports between boundary modules", difference.edges.added.iter().map(edge("imports"))),
        group(
            "imports between boundary modules gone",
            difference.edges.removed.iter().map(edge("no longer imports")),
        ),
        group("new cycles", cycles.appeared().map(cycle)),
        group("larger cycles", cycles.grown.iter().map(resized)),
        group("smaller cycles", cycles.shrunk.iter().map(resized)),
        group("cycles gone", cycles.vanished().map(cycle)),
        group("contracts broken", difference.contracts.broken.iter().map(Item::name)),
        group("contracts no longer broken", difference.contracts.healed.iter().map(Item::name)),
        group("boundary modules added", difference.boundaries.added.iter().map(new_boundary)),
        group("boundary modules gone", difference.boundaries.removed.iter().map(Item::name)),
        group("modules moved", moved),
        group("modules added", difference.modules.added.iter().map(Item::name)),
        group("modules gone", difference.modules.removed.iter().map(Item::name)),
        group("externals added", difference.externals.added.iter().map(Item::name)),
        group("externals gone", difference.externals.removed.iter().map(Item::name)),
    ]
}

fn findings(shown: &Shown) -> Vec<Group> {
    let item = |finding: &Finding| {
        let Finding { code, message, path, line, severity, .. } = finding;
        let severity = if *severity == ringfence_diagnostics::Severity::Warning { " (warning)" } else { "" };
        Item::new(format!("`{path}:{line}`: {code} {message}{severity}"))
    };
    let pick = |all: &[Finding], positions: &[usize]| -> Vec<Item> {
        positions.iter().filter_map(|position| all.get(*position)).map(item).collect()
    };
    let difference = shown.difference;
    vec![
        group("new", pick(&shown.head.side.portrait.findings, &difference.findings.new)),
        group("fixed", pick(&shown.base.side.portrait.findings, &difference.findings.fixed)),
    ]
}
