//! `--locked-policy`: a run fails if the config lets more happen than that of a revision.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use ringfence_diagnostics::Severity;
use ringfence_project::{KnownFacts, Report};

use crate::arguments::ProjectArguments;
use crate::compared::{open, or_without_config, read_one};
use crate::difference::{Cause, InterfaceChange, PolicyDifference, Said};
use crate::portrait::Side;
use crate::sessions::Sessions;
use crate::terminal::warn;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Locked {
    Kept,
    /// It was said what more is allowed.
    Widened,
    /// The config of the revision has errors, which were said.
    Unknown,
}

/// Compares what is checked with a revision. What a change forbids is fine, and so is what it adds.
pub(super) fn compare(
    revision: &str,
    project: &ProjectArguments,
    sessions: &Sessions,
    reports: &[Report],
) -> Result<Locked> {
    let moment = read_one(revision)?;
    // What is asked for alone is compared, as far as it was there.
    let paths: Vec<PathBuf> = sessions.paths.iter().filter(|path| moment.has(path)).cloned().collect();
    if paths.is_empty() {
        return Ok(Locked::Kept);
    }
    let silent = ProjectArguments { quiet: true, paths, ..project.clone() };
    let mut known = KnownFacts::default();
    sessions.all.iter().for_each(|session| known.add(session));
    let base = open(&silent, &moment, Some(Arc::new(known)));
    let mut base = base.or_else(|error| or_without_config(&silent, &moment, error))?;
    if !base.is_usable()? {
        return Ok(Locked::Unknown);
    }
    base.summarize_contracts();
    let base = base.side();
    let head = Side::new("what is checked".to_string(), sessions, reports);
    let wider = wider(&PolicyDifference::locked(&base, &head));
    for text in &wider {
        warn(&format!("error: the policy allows more than at {}: {text}", base.title));
    }
    Ok(if wider.is_empty() { Locked::Kept } else { Locked::Widened })
}

/// Each way in which more is allowed, in words.
fn wider(difference: &PolicyDifference) -> Vec<String> {
    let mut texts = Vec::new();
    for Cause { pair: (from, to), after, .. } in &difference.newly_allowed {
        let why = Cause::speaking_for(after).map(|Said { text, place, .. }| match place {
            Some((path, line)) => format!(": {text} ({path}:{line})"),
            None => format!(": {text}"),
        });
        texts.push(format!("`{from}` may import `{to}`{}", why.unwrap_or_default()));
    }
    for InterfaceChange { module, members, is_open, .. } in
        difference.interfaces.iter().filter(|change| change.is_wider)
    {
        let what = if is_open.1 { "everything".to_string() } else { listed(&members.added) };
        texts.push(format!("`{module}` exposes {what}"));
    }
    for rule in &difference.rules.removed {
        texts.push(format!("{} `{}` is off in `{}`", rule.code, rule.name, rule.config));
    }
    for (config, code, before, after) in &difference.severities {
        if (before, after) == (&Severity::Error, &Severity::Warning) {
            texts.push(format!("{code} is a warning in `{config}`"));
        }
    }
    for (exception, (path, line)) in &difference.exceptions.added {
        texts.push(format!("`{}` has {} ({path}:{line})", exception.kind, exception.text));
    }
    for (config, id) in &difference.contracts.removed {
        texts.push(format!("the contract `{id}` of `{config}` is gone"));
    }
    texts.extend(difference.kinds.removed.iter().map(|kind| format!("imports are not looked at: {kind}")));
    texts
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
