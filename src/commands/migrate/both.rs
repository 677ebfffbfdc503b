//! Whether a config of Tach and one of import-linter in the same folder look at the same project, so that one config can say both.

use std::collections::HashSet;
use std::path::Path;

use ringfence_diagnostics::{Files, Span, paths};
use ringfence_policy::Spanned;
use ringfence_project::Session;
use ruff_source_file::PositionEncoding;

/// Why the two cannot be one: settings of what is looked at that differ, each with its place.
pub(super) fn disagreements(boundaries: &Session, contracts: &Session, root: &Path) -> Vec<String> {
    let known: HashSet<&Path> = boundaries.checked_files().collect();
    let mut reasons = Vec::new();
    let name = |path: &Path| paths::below(path, root);
    let missing: Vec<&Path> = contracts.checked_files().filter(|path| !known.contains(path)).collect();
    let config = config_name(contracts, root);
    if let Some(first) = missing.first() {
        let excludes = boundaries.policy().linter.exclude.as_deref();
        reasons.push(format!(
            "{}: what is looked at leaves out `{}`{}, which the contracts of `{config}` look at",
            place(boundaries, excludes.and_then(|list| list.first()), root),
            name(first),
            and_more(missing.len() - 1),
        ));
    }
    let mut renamed = contracts.checked_files().filter(|path| known.contains(path)).filter_map(|path| {
        let names = (boundaries.module_at(path)?, contracts.module_at(path)?);
        (names.0 != names.1).then_some((path, names))
    });
    if let Some((path, (here, there))) = renamed.next() {
        let roots = boundaries.policy().source_roots.as_deref();
        reasons.push(format!(
            "{}: with these source roots `{}`{} has another name than in the contracts of `{config}`: `{here}`, and there `{there}`",
            place(boundaries, roots.and_then(|list| list.first()), root),
            name(path),
            and_more(renamed.count()),
        ));
    }
    reasons
}

/// The files that the first session reads and the second does not.
pub(super) fn seen_by_first_alone<'a>(
    first: &'a Session,
    second: &'a Session,
) -> impl Iterator<Item = &'a Path> {
    let known: HashSet<&Path> = second.checked_files().collect();
    first.checked_files().filter(move |path| !known.contains(path))
}

/// What the contracts see otherwise in one config, which has one set of files and one reading of imports; each with its place.
pub(super) fn what_contracts_see_otherwise(before: &[Session], root: &Path) -> Vec<String> {
    let [boundaries, contracts] = before else { return Vec::new() };
    let policy = contracts.policy();
    let at_root =
        place(contracts, policy.root_packages.as_deref().and_then(|packages| packages.first()), root);
    let mut notes = Vec::new();
    let mut more = seen_by_first_alone(boundaries, contracts);
    if let Some(first) = more.next() {
        notes.push(format!(
            "{at_root}: the contracts do not look at `{}`{} now, and would in one config with the boundaries",
            paths::below(first, root),
            and_more(more.count()),
        ));
    }
    let mut gone = contracts.unresolved().map(|(.., name)| name).filter(|name| policy.has_module(name));
    if let Some(first) = gone.next() {
        notes.push(format!(
            "{at_root}: `{first}`{} is not there: import-linter takes such an import for one of the root package or for none, and \
             Tach for one of the module around it or for none",
            and_more(gone.count()),
        ));
    }
    notes
}

fn and_more(count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!(" and {count} more"),
    }
}

fn config_name(session: &Session, root: &Path) -> String {
    session.config().map_or_else(String::new, |config| paths::below(&config.path, root))
}

/// Where a value stands: `tach.toml:3`; the config alone where it is a default.
fn place<T>(session: &Session, value: Option<&Spanned<T>>, root: &Path) -> String {
    let written = |span: Span| {
        let text = session.text(span.file).filter(|_| !span.range.is_empty())?;
        let start = text.to_source_code().source_location(span.range.start(), PositionEncoding::Utf8);
        Some(format!("{}:{}", paths::below(session.files().path(span.file), root), start.line.get()))
    };
    value.and_then(|value| written(value.span)).unwrap_or_else(|| config_name(session, root))
}
