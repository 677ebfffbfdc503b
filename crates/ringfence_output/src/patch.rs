//! A fix as a patch: the lines it changes, before and after.

use annotate_snippets::{Element, Group, Level, Patch, Snippet};
use ringfence_diagnostics::{FileId, Fix};
use ruff_diagnostics::{Applicability, Edit};
use ruff_source_file::{OneIndexed, SourceFile, UniversalNewlines};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::escape;
use crate::texts::{Text, Texts};
use crate::window::{self, Lines};

/// The most of a line that is shown, and how much of that stands before the change; in characters.
const WIDTH: usize = 120;
const BEFORE: usize = 40;

/// The title of the fix, what it changes, and what it takes to apply it. Paths are shown for files other than
/// `shown`, the one that the finding is in.
pub(crate) fn group<'a>(fix: &'a Fix, shown: FileId, unsafe_fixes: bool, texts: &mut Texts) -> Group<'a> {
    let Fix { title, applicability, isolation: _, changes_policy, appends: _, edits } = fix;
    let mut by_file: Vec<(FileId, Vec<&Edit>)> = Vec::new();
    for (file, edit) in edits {
        match by_file.iter_mut().find(|(other, _)| other == file) {
            Some((_, edits)) => edits.push(edit),
            None => by_file.push((*file, vec![edit])),
        }
    }
    let mut elements = Vec::new();
    for (file, edits) in by_file {
        let text = texts.get(file);
        if file != shown {
            let first = edits.iter().map(Ranged::start).min().unwrap_or_default();
            elements.push(text.origin(first).into());
        }
        if let Some(source) = text.source() {
            elements.extend(hunks(source, &text, edits).into_iter().flat_map(Hunk::elements));
        }
    }
    let how = match applicability {
        Applicability::DisplayOnly => Some("this fix is a suggestion: it is not applied for you"),
        Applicability::Unsafe if unsafe_fixes => Some("this fix is unsafe: read it before you keep it"),
        Applicability::Unsafe => Some("this fix is unsafe: apply it with `--unsafe-fixes`"),
        Applicability::Safe => None,
    };
    elements.extend(how.map(|note| Level::NOTE.message(note).into()));
    if *changes_policy && *applicability != Applicability::DisplayOnly {
        let note = "this fix changes the config: apply it with `--fix-config`";
        elements.push(Level::NOTE.message(note).into());
    }
    Level::HELP.secondary_title(escape::line(title)).elements(elements)
}

/// What of a line on each side of its changes is looked at, in bytes: more than is shown, in characters of any length.
const KEPT: usize = 4 * (WIDTH + BEFORE);

fn floor(text: &str, offset: usize) -> TextSize {
    TextSize::new(text.floor_char_boundary(offset) as u32)
}

/// Consecutive lines that change.
struct Hunk {
    /// The number of the first of them, from 1.
    row: usize,
    before: Vec<String>,
    after: Vec<String>,
}

/// What `edits` change in a file. Edits that share a line make one hunk.
fn hunks(source: &SourceFile, text: &Text, edits: Vec<&Edit>) -> Vec<Hunk> {
    let mut edits: Vec<(TextRange, &Edit)> =
        edits.into_iter().map(|edit| (text.clamp(edit.range()), edit)).collect();
    edits.sort_by_key(|(range, _)| (range.start(), range.end()));
    window::cluster(edits, 0, |(range, _)| Lines::of(source, *range))
        .into_iter()
        .map(|(lines, edits)| Hunk::new(source, lines, &edits))
        .filter(|hunk| !hunk.is_blank())
        .collect()
}

impl Hunk {
    fn new(source: &SourceFile, lines: Lines, edits: &[(TextRange, &Edit)]) -> Self {
        let code = source.to_source_code();
        let mut start = code.line_start(OneIndexed::from_zero_indexed(lines.first));
        let mut end = code.line_end(OneIndexed::from_zero_indexed(lines.last));
        if let ([(first, _), ..], true) = (edits, lines.first == lines.last) {
            // No more is shown of a long line, so no more is copied.
            let text = source.source_text();
            let last = edits.iter().map(|(range, _)| range.end()).max().unwrap_or_default();
            start = start.max(floor(text, first.start().to_usize().saturating_sub(KEPT)));
            end = end.min(floor(text, last.to_usize() + KEPT));
        }

        let mut after = String::new();
        let mut done = start;
        for (range, edit) in edits {
            // Overlapping edits are not applied together either.
            if range.start() >= done {
                after.push_str(code.slice(TextRange::new(done, range.start())));
                after.push_str(edit.content().unwrap_or_default());
                done = range.end();
            }
        }
        after.push_str(code.slice(TextRange::new(done, end)));

        let before: Vec<String> = shown_lines(code.slice(TextRange::new(start, end)));
        let after = shown_lines(&after);
        let same_before = before.iter().zip(&after).take_while(|(one, other)| one == other).count();
        let (before, after) = (&before[same_before..], &after[same_before..]);
        let same_after =
            before.iter().rev().zip(after.iter().rev()).take_while(|(one, other)| one == other).count();
        Self {
            row: lines.first + 1 + same_before,
            before: before[..before.len() - same_after].to_vec(),
            after: after[..after.len() - same_after].to_vec(),
        }
    }

    /// Whether nothing but empty lines come or go.
    fn is_blank(&self) -> bool {
        self.before.iter().chain(&self.after).all(|line| line.trim().is_empty())
    }

    fn elements(self) -> Vec<Element<'static>> {
        let Self { row, before, after } = self;
        match (before.as_slice(), after.as_slice()) {
            ([before], [after]) => vec![change(row, before, after)],
            (before, [after]) if !before.is_empty() => {
                vec![replace(row, &cut_all(before).join("\n"), cut(after, 0))]
            }
            (before, after) => {
                // One element could only show the lines that come, not those that go.
                let gone = cut_all(before).join("\n") + "\n";
                let new = cut_all(after).join("\n") + "\n";
                let mut elements = Vec::new();
                if !before.is_empty() {
                    elements.push(replace(row, &gone, String::new()));
                }
                if !after.is_empty() {
                    let line = Snippet::source("\n").line_start(row);
                    elements.push(line.patch(Patch::new(0..0, new)).into());
                }
                elements
            }
        }
    }
}

/// One line that changes, with what changes in it.
fn change(row: usize, before: &str, after: &str) -> Element<'static> {
    let same = |(one, other): &(char, char)| one == other;
    let first = before.chars().zip(after.chars()).take_while(same).count();
    let (before, after) = (cut(before, first), cut(after, first));
    let prefix: usize =
        before.chars().zip(after.chars()).take_while(same).map(|(character, _)| character.len_utf8()).sum();
    let suffix: usize = (before[prefix..].chars().rev())
        .zip(after[prefix..].chars().rev())
        .take_while(same)
        .map(|(character, _)| character.len_utf8())
        .sum();
    let patch = Patch::new(prefix..before.len() - suffix, after[prefix..after.len() - suffix].to_owned());
    Snippet::source(before).line_start(row).patch(patch).into()
}

fn replace(row: usize, before: &str, after: String) -> Element<'static> {
    Snippet::source(before.to_owned()).line_start(row).patch(Patch::new(0..before.len(), after)).into()
}

fn shown_lines(text: &str) -> Vec<String> {
    text.universal_newlines()
        .map(|line| escape::lines(line.trim_start_matches('\u{feff}')).into_owned())
        .collect()
}

fn cut_all(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| cut(line, 0)).collect()
}

/// `line`, or what of a long line is around the character `change`.
fn cut(line: &str, change: usize) -> String {
    if line.chars().nth(WIDTH).is_none() {
        return line.to_owned();
    }
    let skipped = change.saturating_sub(BEFORE);
    let mut kept: String = line.chars().skip(skipped).take(WIDTH).collect();
    if skipped > 0 {
        kept.insert_str(0, "...");
    }
    if line.chars().nth(skipped + WIDTH).is_some() {
        kept.push_str("...");
    }
    kept
}
