//! Findings that are known and may stay for now: a list that only shrinks.
//!
//! ```text
//! # Known findings; this list may only shrink (`ringfence baseline`).
//! RF101 shop.web.views -> shop.legacy Order
//! RF403 [domain] shop.domain -> sqlalchemy  # accepted until the split
//! RF401 shop.billing <-> shop.orders
//! ```
//!
//! An entry says what a finding is about, and neither where it stands nor how it is worded; so moved lines change nothing, and two
//! branches that each remove entries merge. Entries are sorted, one a line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use ringfence_diagnostics::{Diagnostic, FileId, Identity, Severity, Span};
use ruff_text_size::{TextRange, TextSize};
use rustc_hash::FxHashMap;

use ringfence_rules::{Tag, has_tag};

use crate::Disk;
use crate::write::{WriteError, Writer, kind_of_foreign};

/// Where a baseline lies if the config does not say.
pub const DEFAULT_PATH: &str = "ringfence.baseline";

/// The first line of every baseline.
const HEADER: &str = "# Known findings; this list may only shrink (`ringfence baseline`).";

/// The byte order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What tells whether a file begins with it: with a mark before it, and a line end behind.
pub(crate) const HEADER_BYTES: u64 = HEADER.len() as u64 + 5;

/// What stands between the modules of a cycle.
const AROUND: &str = " <-> ";

/// One known finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub identity: Identity,
    /// Why it was let in after the list was made.
    pub reason: Option<String>,
    /// Its line, with the line end.
    pub line: Span,
}

/// The known findings of a project, as read from its files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    /// By file, then by line.
    pub entries: Vec<Entry>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    pub span: Span,
    pub reason: &'static str,
}

impl Baseline {
    /// Adds the entries of a file, and gives the lines that are none.
    pub fn read(&mut self, file: FileId, text: &str) -> Vec<BadLine> {
        let mut bad = Vec::new();
        let mut start = TextSize::new(0);
        for line in text.split_inclusive('\n') {
            let span = Span::new(file, TextRange::at(start, TextSize::of(line)));
            start += TextSize::of(line);
            let content = line.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            match parse(content) {
                Ok((identity, reason)) => self.entries.push(Entry { identity, reason, line: span }),
                Err(reason) => bad.push(BadLine { span, reason }),
            }
        }
        bad
    }

    /// The entries by what they are about. O(size of the baseline); keep it for as many questions as there are.
    pub fn lookup(&self) -> Lookup<'_> {
        let mut lookup = Lookup { baseline: self, exact: FxHashMap::default(), cycles: FxHashMap::default() };
        for (position, Entry { identity, .. }) in self.entries.iter().enumerate() {
            if identity.members.is_empty() {
                lookup.exact.entry(identity).or_insert(position);
            }
            for member in &identity.members {
                lookup.cycles.entry((&identity.code, &identity.contract, member)).or_default().push(position);
            }
        }
        lookup
    }
}

/// Finds entries by what they are about.
#[derive(Debug)]
pub struct Lookup<'a> {
    baseline: &'a Baseline,
    /// The first entry about each finding that is no cycle.
    exact: FxHashMap<&'a Identity, usize>,
    /// By code, contract and member: the cycles that have it.
    cycles: FxHashMap<(&'a str, &'a str, &'a str), Vec<usize>>,
}

impl Lookup<'_> {
    /// The cycles that have a member, of the code and the contract of another.
    fn cycles_with<'x>(&'x self, of: &'x Identity, member: &'x str) -> &'x [usize] {
        let entries = self.cycles.get(&(of.code.as_str(), of.contract.as_str(), member));
        entries.map(Vec::as_slice).unwrap_or_default()
    }

    /// Which entry speaks for a finding, by position. A cycle may lose members, and fall apart. O(1); of a cycle O(entries that
    /// have the rarest of its members).
    pub fn matching(&self, found: &Identity) -> Option<usize> {
        if found.members.is_empty() {
            return self.exact.get(found).copied();
        }
        let having = found.members.iter().map(|member| self.cycles_with(found, member));
        let rarest = having.min_by_key(|entries| entries.len())?;
        let covers = |position: &&usize| {
            let known = &self.baseline.entries[**position].identity.members;
            found.members.iter().all(|member| known.binary_search(member).is_ok())
        };
        rarest.iter().find(covers).copied()
    }
}

/// What becomes of a baseline when it is written anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Update {
    /// Every entry that stays or is new, with its reason; ascending.
    pub entries: BTreeMap<Identity, Option<String>>,
    pub before: usize,
    /// How many are no longer found.
    pub fixed: usize,
    /// New ones, ascending.
    pub added: Vec<Identity>,
}

impl Update {
    /// From the known findings to those that there are. A cycle that lost members is written as it is now.
    pub fn new(known: &Baseline, found: BTreeSet<Identity>) -> Self {
        let mut update = Self { before: known.entries.len(), ..Self::default() };
        let mut used: BTreeSet<usize> = BTreeSet::new();
        let lookup = known.lookup();
        for identity in found {
            let position = lookup.matching(&identity);
            used.extend(position);
            let reason = position.and_then(|position| known.entries.get(position)?.reason.clone());
            if position.is_none() {
                update.added.push(identity.clone());
            }
            update.entries.insert(identity, reason);
        }
        // What is listed twice is mended once.
        let unused = known.entries.iter().enumerate().filter(|(position, _)| !used.contains(position));
        let gone: BTreeSet<&Identity> = unused.map(|(_, entry)| &entry.identity).collect();
        update.fixed = gone.into_iter().filter(|identity| !update.entries.contains_key(identity)).count();
        update
    }

    /// The text of the file for some of the entries.
    pub fn text<'a>(entries: impl Iterator<Item = (&'a Identity, &'a Option<String>)>) -> String {
        let mut lines: Vec<String> =
            entries.map(|(identity, reason)| line(identity, reason.as_deref())).collect();
        lines.sort();
        lines.dedup();
        let mut text = format!("{HEADER}\n");
        for line in lines {
            text.push_str(&line);
            text.push('\n');
        }
        text
    }
}

/// What a finding would be called in a baseline. Findings about files and configs as such have no entry, nor have warnings.
pub fn recordable(diagnostic: &Diagnostic) -> Option<Identity> {
    let is_about_code = !has_tag(diagnostic.code, Tag::Run);
    diagnostic.identity().filter(|_| is_about_code && diagnostic.severity == Severity::Error)
}

/// The line of an entry, without its end.
pub fn line(identity: &Identity, reason: Option<&str>) -> String {
    let Identity { code, importer, imported, name, contract, members } = identity;
    let mut line = code.clone();
    if !contract.is_empty() {
        line.push_str(&format!(" [{}]", quoted(contract)));
    }
    line.push(' ');
    if members.is_empty() {
        line.push_str(importer);
        if !imported.is_empty() {
            line.push_str(" -> ");
            line.push_str(imported);
        }
        if !name.is_empty() {
            line.push(' ');
            line.push_str(name);
        }
    } else {
        line.push_str(&members.join(AROUND));
    }
    if let Some(reason) = reason {
        line.push_str("  # ");
        line.push_str(reason);
    }
    line
}

/// A name, or a JSON string where it is not plain.
fn quoted(contract: &str) -> String {
    let is_plain = contract.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if is_plain { contract.to_string() } else { serde_json::Value::from(contract).to_string() }
}

fn parse(line: &str) -> Result<(Identity, Option<String>), &'static str> {
    let (code, rest) = line.split_once(' ').ok_or("expected a code and what the finding is about")?;
    let is_code = code
        .strip_prefix("RF")
        .is_some_and(|digits| digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_code {
        return Err("expected the code of a rule first");
    }
    let mut identity = Identity { code: code.to_string(), ..Identity::default() };
    let mut rest = rest.trim_start();
    if let Some(after) = rest.strip_prefix('[') {
        let (contract, after) = if after.starts_with('"') {
            let mut values = serde_json::Deserializer::from_str(after).into_iter::<String>();
            let contract = values.next().and_then(Result::ok).ok_or("expected a contract in quotes")?;
            let end = values.byte_offset();
            (contract, after.get(end..).and_then(|after| after.strip_prefix(']')))
        } else {
            let (contract, after) = after.split_once(']').ok_or("expected `]` behind the contract")?;
            (contract.to_string(), Some(after))
        };
        identity.contract = contract;
        rest = after.ok_or("expected `]` behind the contract")?.trim_start();
    }
    let (subject, reason) = match rest.split_once(" # ") {
        Some((subject, reason)) => (subject.trim(), Some(reason.trim().to_string())),
        None => (rest.trim(), None),
    };
    if subject.contains(AROUND) {
        identity.members = subject.split(AROUND).map(|member| member.trim().to_string()).collect();
        identity.members.sort();
    } else {
        let (importer, target) = subject.split_once(" -> ").unwrap_or((subject, ""));
        let (imported, name) = target.trim().split_once(' ').unwrap_or((target.trim(), ""));
        identity.importer = importer.trim().to_string();
        identity.imported = imported.to_string();
        identity.name = name.trim().to_string();
    }
    if identity.importer.is_empty() && identity.members.is_empty() {
        return Err("expected `importer -> imported`");
    }
    Ok((identity, reason))
}

/// Whether contents are those of a baseline that ringfence wrote. Nothing else is ever overwritten or removed.
pub fn is_ours(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(MARK).unwrap_or(bytes);
    let after = text.strip_prefix(HEADER.as_bytes());
    after.is_some_and(|after| after.is_empty() || after.starts_with(b"\n") || after.starts_with(b"\r\n"))
}

/// A text in the manner of what is there: with its byte order mark, its line ends, and what people have noted in it.
fn in_manner_of(read: &[u8], text: &str) -> String {
    let old = String::from_utf8_lossy(read.strip_prefix(MARK).unwrap_or(read));
    let mut lines: Vec<&str> = text.lines().collect();
    let notes = old.lines().map(str::trim).filter(|line| line.starts_with('#') && *line != HEADER);
    lines.splice(1..1, notes);
    let end = if old.contains("\r\n") { "\r\n" } else { "\n" };
    let mark = if read.starts_with(MARK) { "\u{feff}" } else { "" };
    let lines: String = lines.into_iter().flat_map(|line| [line, end]).collect();
    format!("{mark}{lines}")
}

/// Writes a file of a baseline, which held `read`, or was not there.
///
/// # Errors
/// Where something else is there, or it cannot be written.
pub fn save(writer: &Writer, path: &Path, read: Option<&[u8]>, text: &str) -> Result<(), WriteError> {
    match read {
        None => writer.create(path, text.as_bytes()),
        Some(read) if is_ours(read) => {
            let text = in_manner_of(read, text);
            // A file that says the same keeps its time.
            if text.as_bytes() == read { Ok(()) } else { writer.replace(path, read, text.as_bytes()) }
        }
        Some(_) => Err(WriteError::NoBaseline(HEADER)),
    }
}

/// Removes a file of a baseline, which held `read`.
///
/// # Errors
/// Where it is none, holds something else by now, or cannot be removed.
pub fn remove(writer: &Writer, path: &Path, read: &[u8]) -> Result<(), WriteError> {
    if is_ours(read) { writer.remove(path, read) } else { Err(WriteError::NoBaseline(HEADER)) }
}

/// What is wrong with a path in the config at which a baseline should lie.
pub(crate) fn path_error(pattern: &str) -> Option<&'static str> {
    let path = Path::new(pattern);
    let leaves = path.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir));
    let folder = path.parent().and_then(Path::to_str).unwrap_or_default();
    if leaves || pattern.is_empty() {
        Some("a baseline lies in the project: a path relative to the folder of the config, without `..`")
    } else if folder.contains('*') || pattern.matches('*').count() > 1 {
        Some("one `*` in the name of the file stands for the package, and none in its folder")
    } else {
        kind_of_foreign(path).map(|kind| match kind {
            "Python source" => "a baseline is no Python source",
            "a config" => "a baseline is no config",
            "a manifest" => "a baseline is no manifest",
            _ => "what is git's is for git alone",
        })
    }
}

/// The files of a baseline that there are. A `*` in the name of the file stands for the packages, each of which has its own.
pub fn files(root: &Path, pattern: &str) -> Vec<PathBuf> {
    files_on(&Disk::default(), root, pattern)
}

/// The same where something stands for the files on the disk.
pub(crate) fn files_on(disk: &Disk, root: &Path, pattern: &str) -> Vec<PathBuf> {
    let path = root.join(pattern);
    let Some(folder) = path.parent() else { return Vec::new() };
    if !pattern.contains('*') {
        return if disk.has_entry(&path) { vec![path] } else { Vec::new() };
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| is_named(root, pattern, path) && disk.has_entry(path))
        .collect();
    files.sort_unstable();
    files
}

/// Whether a path is that of a baseline file, there or not.
pub(crate) fn is_named(root: &Path, pattern: &str, path: &Path) -> bool {
    let wanted = root.join(pattern);
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_string();
    let (name, wanted_name) = (name(path), name(&wanted));
    path.parent() == wanted.parent()
        && match wanted_name.split_once('*') {
            None => name == wanted_name,
            Some((prefix, suffix)) => {
                name.len() >= prefix.len() + suffix.len()
                    && name.starts_with(prefix)
                    && name.ends_with(suffix)
            }
        }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn identity(code: &str, importer: &str, imported: &str) -> Identity {
        Identity {
            code: code.to_string(),
            importer: importer.to_string(),
            imported: imported.to_string(),
            ..Identity::default()
        }
    }

    fn cycle(members: &[&str]) -> Identity {
        Identity {
            code: "RF401".to_string(),
            members: members.iter().map(ToString::to_string).collect(),
            ..Identity::default()
        }
    }

    fn read(text: &str) -> (Baseline, Vec<BadLine>) {
        let mut baseline = Baseline::default();
        let bad = baseline.read(FileId::new(0), text);
        (baseline, bad)
    }

    #[test]
    fn a_cycle_may_shrink_and_fall_apart_and_not_grow() {
        let (baseline, _) = read("RF401 a <-> b <-> c <-> d\n");
        for (members, passes) in [
            (&["a", "b", "c", "d"][..], true),
            (&["a", "c"], true),
            (&["b", "d"], true),
            (&["a", "e"], false),
            (&["a", "b", "c", "d", "e"], false),
        ] {
            assert_eq!(baseline.lookup().matching(&cycle(members)).is_some(), passes, "{members:?}");
        }
    }

    #[test]
    fn the_first_entry_speaks_and_codes_and_contracts_are_told_apart() {
        let (baseline, _) = read(
            "RF101 a -> b\nRF101 a -> b\nRF401 a <-> b <-> c\nRF401 a <-> b\nRF402 a <-> x\nRF406 [one] a <-> x\n",
        );
        let of_contract =
            Identity { contract: "one".to_string(), code: "RF406".to_string(), ..cycle(&["a", "x"]) };
        for (found, expected) in [
            (identity("RF101", "a", "b"), Some(0)),
            (identity("RF102", "a", "b"), None),
            (cycle(&["a", "b"]), Some(2)),
            (cycle(&["a", "x"]), None),
            (Identity { code: "RF402".to_string(), ..cycle(&["a", "x"]) }, Some(4)),
            (of_contract.clone(), Some(5)),
            (Identity { contract: "other".to_string(), ..of_contract }, None),
        ] {
            assert_eq!(baseline.lookup().matching(&found), expected, "{found:?}");
        }
    }

    #[test]
    fn lines_that_are_none_are_told() {
        let (baseline, bad) =
            read("# x\n\nRF101 a -> b\nRF1 a -> b\nRF101\nRF403 [x a -> b\nRF403 [\"x] a\n");
        assert_eq!(baseline.entries.len(), 1);
        assert_eq!(bad.len(), 4);
    }

    #[test]
    fn what_is_gone_and_what_is_new_is_counted() {
        let (baseline, _) = read("RF101 a -> b  # later\nRF101 a -> c\nRF401 a <-> b <-> c\n");
        let found = [identity("RF101", "a", "b"), identity("RF101", "x", "y"), cycle(&["a", "b"])];
        let update = Update::new(&baseline, found.into_iter().collect());
        assert_eq!((update.before, update.fixed, update.added.len()), (3, 1, 1));
        assert_eq!(
            Update::text(update.entries.iter()),
            format!("{HEADER}\nRF101 a -> b  # later\nRF101 x -> y\nRF401 a <-> b\n")
        );
    }

    proptest! {
        #[test]
        fn any_entry_is_read_as_it_is_written(
            code in "RF[0-8][0-9]{2}",
            contract in prop_oneof![Just(String::new()), "[a-z ]{1,9}", any::<String>()],
            importer in "[a-zé_]{1,5}(\\.[a-z]{1,3}){0,2}",
            imported in prop_oneof![Just(String::new()), "[a-z]{1,5}(\\.[a-z]{1,3}){0,2}".prop_map(|it| it)],
            name in "[a-zA-Z.*]{0,6}",
            members in proptest::collection::btree_set("[a-z]{1,4}", 2..5),
            is_cycle in any::<bool>(),
            reason in proptest::option::of("[a-z][a-z #->]{0,8}[a-z]"),
        ) {
            let contract = contract.replace(['\n', '\r'], " ");
            let identity = if is_cycle {
                Identity { code, contract, members: members.into_iter().collect(), ..Identity::default() }
            } else {
                let name = if imported.is_empty() { String::new() } else { name };
                Identity { code, contract, importer, imported, name, members: Vec::new() }
            };
            let text = line(&identity, reason.as_deref());
            let (baseline, bad) = read(&text);
            prop_assert_eq!(bad, Vec::new());
            prop_assert_eq!(&baseline.entries[0].identity, &identity, "{}", text);
            prop_assert_eq!(baseline.entries[0].reason.as_ref(), reason.as_ref());
        }

        #[test]
        fn any_text_is_read(text in any::<String>()) {
            let (baseline, bad) = read(&text);
            for span in baseline.entries.iter().map(|it| it.line).chain(bad.iter().map(|it| it.span)) {
                prop_assert!(text.get(span.range.to_std_range()).is_some());
            }
        }
    }
}
