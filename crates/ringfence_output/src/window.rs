//! The few lines of a text that a snippet shows, made harmless, with a way to find offsets again.
//!
//! Rendering costs by the size of the text handed over: a file of 5,000 lines 30 times as much as the five lines of
//! it that matter. And lines must break where the rest of the project breaks them: at `\n`, `\r\n` and a lone `\r`.

use ruff_source_file::{OneIndexed, SourceFile};
use ruff_text_size::{TextRange, TextSize};

use crate::escape;

/// Marks further apart than this get a window each.
pub(crate) const MAX_GAP: usize = 50;

/// A range over more lines than this is shown by its first line.
const MAX_MARK_LINES: usize = 6;

/// The longest underline, and how much of a long line is kept behind the last mark; in bytes.
const MAX_UNDERLINE: u32 = 100;
const TAIL: usize = 300;

/// Of a line whose first mark is further inside than the first of these, so much before the mark is kept; in bytes.
const MAX_HEAD: usize = 1_000;
const HEAD: usize = 60;

/// What stands for what is left out before.
const CUT: &str = "...";

/// A line that has to be shown from further inside than this is data rather than code, and is not shown.
pub(crate) const MAX_COLUMN: usize = 10_000;

/// First and last line, both from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lines {
    pub(crate) first: usize,
    pub(crate) last: usize,
}

impl Lines {
    /// The lines that `range` touches.
    pub(crate) fn of(source: &SourceFile, range: TextRange) -> Self {
        let code = source.to_source_code();
        Self {
            first: code.line_index(range.start()).to_zero_indexed(),
            last: code.line_index(range.end()).to_zero_indexed(),
        }
    }

    fn cover(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}

/// Groups `items` by line: into one group as long as the next line is not more than `max_gap` further on.
pub(crate) fn cluster<T>(
    mut items: Vec<T>,
    max_gap: usize,
    lines_of: impl Fn(&T) -> Lines,
) -> Vec<(Lines, Vec<T>)> {
    items.sort_by_key(|item| lines_of(item).first);
    let mut clusters: Vec<(Lines, Vec<T>)> = Vec::new();
    for item in items {
        let lines = lines_of(&item);
        match clusters.last_mut() {
            Some((covered, members)) if lines.first <= covered.last + max_gap => {
                *covered = covered.cover(lines);
                members.push(item);
            }
            _ => clusters.push((lines, vec![item])),
        }
    }
    clusters
}

/// What of `range` gets underlined: not its final line break, not more than a few lines, not a whole minified line.
pub(crate) fn underlined(source: &SourceFile, range: TextRange) -> TextRange {
    let text = source.source_text();
    let mut end = range.end();
    while end > range.start() && text[..end.to_usize()].ends_with(['\n', '\r']) {
        end -= TextSize::new(1);
    }
    let code = source.to_source_code();
    let lines = Lines::of(source, TextRange::new(range.start(), end));
    if lines.last - lines.first >= MAX_MARK_LINES {
        let first_line = &text
            [range.start().to_usize()..code.line_end(OneIndexed::from_zero_indexed(lines.first)).to_usize()];
        end = range.start() + TextSize::of(first_line.trim_end());
    }
    if code.line_index(range.start()) == code.line_index(end)
        && end - range.start() > TextSize::new(MAX_UNDERLINE)
    {
        let cut = (range.start() + TextSize::new(MAX_UNDERLINE)).to_usize();
        end = TextSize::new(text.floor_char_boundary(cut) as u32);
    }
    TextRange::new(range.start(), end)
}

/// How many bytes into its line `offset` is.
pub(crate) fn depth(source: &SourceFile, offset: TextSize) -> usize {
    let code = source.to_source_code();
    (offset - code.line_start(code.line_index(offset))).to_usize()
}

/// Some consecutive lines of a text, as they are shown.
pub(crate) struct Window<'a> {
    source: &'a str,
    shown: String,
    first_line: OneIndexed,
    lines: Vec<Line>,
    is_cut: bool,
}

/// Where a line's characters are in the source, and where they are shown.
struct Line {
    source: TextRange,
    shown_at: usize,
}

impl<'a> Window<'a> {
    /// The given lines; what is far before the first of `marks` on a line or far behind the last is cut. O(lines + marks), but for
    /// the lengths of lines that are kept.
    pub(crate) fn new(source: &'a SourceFile, lines: Lines, marks: &[TextRange]) -> Self {
        let code = source.to_source_code();
        let text = source.source_text();
        // By line, the first and the last offset of a mark.
        let mut marked: Vec<Option<(usize, usize)>> = vec![None; lines.last - lines.first + 1];
        for offset in marks.iter().flat_map(|mark| [mark.start(), mark.end()]) {
            let row = code.line_index(offset).to_zero_indexed();
            if let Some(slot) = row.checked_sub(lines.first).and_then(|row| marked.get_mut(row)) {
                let offset = offset.to_usize();
                let (first, last) = slot.unwrap_or((offset, offset));
                *slot = Some((first.min(offset), last.max(offset)));
            }
        }
        let mut shown = String::new();
        let mut mapped = Vec::with_capacity(marked.len());
        let mut is_cut = false;
        for (row, marked) in (lines.first..=lines.last).zip(marked) {
            let line = OneIndexed::from_zero_indexed(row);
            let mut start = code.line_start(line).to_usize();
            if start == 0 && text.starts_with('\u{feff}') {
                start = '\u{feff}'.len_utf8();
            }
            let end = code.line_end(line).to_usize().max(start);
            let (first, last) =
                marked.map_or((start, start), |(first, last)| (first.max(start), last.min(end)));
            if row > lines.first {
                shown.push('\n');
            }
            if first - start > MAX_HEAD {
                start = text.floor_char_boundary(first - HEAD);
                shown.push_str(CUT);
                is_cut = true;
            }
            let whole = text[start..end].trim_end_matches(['\n', '\r']);
            let kept = &whole[..whole.floor_char_boundary(last.max(start) - start + TAIL)];
            mapped.push(Line {
                source: TextRange::at(TextSize::new(start as u32), TextSize::of(kept)),
                shown_at: shown.len(),
            });
            push_sanitized(&mut shown, kept);
            if row == lines.last && kept.is_empty() {
                // A last line without a character would not count as a line.
                shown.push(' ');
            }
        }
        let first_line = OneIndexed::from_zero_indexed(lines.first);
        Self { source: text, shown, first_line, lines: mapped, is_cut }
    }

    /// Whether columns of the shown text are not those of the source.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The text to show.
    pub(crate) fn text(&self) -> &str {
        &self.shown
    }

    /// The number of its first line, from 1.
    pub(crate) fn line_start(&self) -> usize {
        self.first_line.get()
    }

    /// Where `range` of the source is in the shown text. What is not shown maps to the nearest that is.
    pub(crate) fn locate(&self, range: TextRange) -> std::ops::Range<usize> {
        let start = self.offset(range.start());
        start..self.offset(range.end()).max(start)
    }

    fn offset(&self, offset: TextSize) -> usize {
        let index = self.lines.partition_point(|line| line.source.start() <= offset).saturating_sub(1);
        let Some(line) = self.lines.get(index) else {
            return 0;
        };
        let offset = offset.clamp(line.source.start(), line.source.end());
        let before = &self.source[line.source.start().to_usize()..offset.to_usize()];
        line.shown_at + before.chars().map(shown_length).sum::<usize>()
    }
}

fn push_sanitized(out: &mut String, text: &str) {
    out.extend(text.chars().map(|character| escape::stand_in(character).unwrap_or(character)));
}

fn shown_length(character: char) -> usize {
    escape::stand_in(character).unwrap_or(character).len_utf8()
}
