//! The differences as JSON. `resources/schema/formats/diff.json` has the schema.

use std::io::Write;

use anyhow::{Context as _, Result};
use ringfence_diagnostics::Diagnostic;
use ringfence_output::{Format, RenderOptions, escape, render as render_findings};
use serde_json::{Value, json};

use super::{Reported, Shown};
use crate::difference::{Cause, Changed, Edge, InterfaceChange, PolicyDifference, RuleChange, Said};
use crate::portrait::{Exception, Suppression};

pub(super) fn render(shown: &Shown, out: &mut dyn Write) -> Result<()> {
    let difference = shown.difference;
    let may_import = |name: &String| difference.may_import.get(name).cloned().unwrap_or_default();
    let new_boundary = |name: &String| json!({ "module": name, "may_import": may_import(name) });
    let moved = difference.moved.iter().map(|(from, to)| json!({ "from": from, "to": to }));
    let grown = |cycles: &[(Vec<String>, Vec<String>)]| -> Vec<Value> {
        cycles.iter().map(|(before, after)| json!({ "before": before, "after": after })).collect()
    };
    let value = json!({
        "base": moment(&shown.base),
        "head": moment(&shown.head),
        "configs": changed(&difference.configs, |config| json!(config)),
        "policy": policy(&difference.policy),
        "interfaces": difference.policy.interfaces.iter().map(interface).collect::<Vec<_>>(),
        "edges": changed(&difference.edges, edge),
        "cycles": {
            "added": difference.cycles.all.added,
            "removed": difference.cycles.all.removed,
            "grown": grown(&difference.cycles.grown),
            "shrunk": grown(&difference.cycles.shrunk),
        },
        "contracts": { "broken": difference.contracts.broken, "healed": difference.contracts.healed },
        "modules": {
            "added": difference.modules.added,
            "removed": difference.modules.removed,
            "moved": moved.collect::<Vec<_>>(),
        },
        "boundaries": {
            "added": difference.boundaries.added.iter().map(new_boundary).collect::<Vec<_>>(),
            "removed": difference.boundaries.removed,
        },
        "externals": changed(&difference.externals, |name| json!(name)),
        "baseline": changed(&difference.baseline, |entry| json!(entry)),
        "coverage": {
            "files": changed(&difference.coverage.files, |path| json!(path)),
            "governed": changed(&difference.coverage.governed, |module| json!(module)),
        },
        "findings": {
            "new": findings(&shown.head, &difference.findings.new)?,
            "fixed": findings(&shown.base, &difference.findings.fixed)?,
        },
    });
    escape::json_pretty(&value, out)?;
    writeln!(out)?;
    Ok(())
}

/// Which commit it is; nothing is known of the working tree.
fn moment(reported: &Reported) -> Value {
    let commit = reported.commit;
    json!({ "name": commit.map(|it| &it.name), "commit": commit.map(|it| &it.object) })
}

fn changed<T>(changed: &Changed<T>, as_json: impl Fn(&T) -> Value) -> Value {
    let list = |all: &[T]| -> Vec<Value> { all.iter().map(&as_json).collect() };
    json!({ "added": list(&changed.added), "removed": list(&changed.removed) })
}

fn policy(policy: &PolicyDifference) -> Value {
    let PolicyDifference {
        newly_allowed,
        newly_forbidden,
        interfaces: _,
        rules,
        severities,
        exceptions,
        suppressions,
        contracts,
        kinds,
    } = policy;
    let pairs = |causes: &[Cause]| -> Vec<Value> {
        causes.iter().map(|cause| json!([cause.pair.0, cause.pair.1])).collect()
    };
    let reasons = newly_allowed.iter().chain(newly_forbidden).map(|cause| {
        let (from, to) = &cause.pair;
        json!({ "from": from, "to": to, "before": said(&cause.before), "after": said(&cause.after) })
    });
    let severities = severities.iter().map(|(config, code, before, after)| {
        json!({ "config": config, "code": code, "before": before.as_str(), "after": after.as_str() })
    });
    json!({
        "newly_allowed": pairs(newly_allowed),
        "newly_forbidden": pairs(newly_forbidden),
        "reasons": reasons.collect::<Vec<_>>(),
        "rules": changed(rules, |RuleChange { config, code, name }| {
            json!({ "config": config, "code": code, "name": name })
        }),
        "severities": severities.collect::<Vec<_>>(),
        "exceptions": changed(exceptions, |(Exception { folder: _, kind, text }, (path, line))| {
            json!({ "config": path, "row": line, "key": kind, "text": text })
        }),
        "suppressions": changed(suppressions, |Suppression { path, text, form, codes, line }| {
            json!({ "path": path, "row": line, "text": text, "form": form, "codes": codes })
        }),
        "contracts": changed(contracts, |(config, id)| json!({ "config": config, "id": id })),
        "kinds": changed(kinds, |kind| json!(kind.replace('`', ""))),
    })
}

fn said(said: &[Said]) -> Vec<Value> {
    said.iter()
        .map(|Said { allows, is_off: _, code, text, place }| {
            let place = place.as_ref().map(|(path, line)| json!({ "path": path, "row": line }));
            json!({ "allows": allows, "code": code, "text": text, "place": place })
        })
        .collect()
}

fn interface(change: &InterfaceChange) -> Value {
    json!({
        "module": change.module,
        "wider": change.is_wider,
        "narrower": change.is_narrower,
        "added": change.members.added,
        "removed": change.members.removed,
        "everything_before": change.is_open.0,
        "everything_after": change.is_open.1,
    })
}

fn edge(edge: &Edge) -> Value {
    let imports = edge
        .imports
        .iter()
        .map(|it| json!({ "path": it.path, "line": it.line, "kind": it.kind, "name": it.name }));
    json!({ "from": edge.from, "to": edge.to, "imports": imports.collect::<Vec<_>>() })
}

/// Some findings of a side, as `ringfence check --output-format json` has them.
fn findings(reported: &Reported, positions: &[usize]) -> Result<Value> {
    let Reported { commit: _, side, report, files } = reported;
    let diagnostics: Vec<Diagnostic> =
        positions.iter().filter_map(|position| report.diagnostics.get(*position).cloned()).collect();
    let options = RenderOptions {
        working_directory: &side.sessions.working_directory,
        repository: &side.sessions.working_directory,
        rules: &[],
        color: false,
        hyperlinks: false,
        unsafe_fixes: false,
    };
    let mut bytes = Vec::new();
    render_findings(Format::Json, &diagnostics, *files, &options, &mut bytes)?;
    serde_json::from_slice(&bytes).context("the findings are no JSON")
}
