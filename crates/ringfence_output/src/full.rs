//! Annotated source as rustc shows it: what is wrong, the line at fault, the lines (often of the config) that
//! explain it, what to do, and the fix as a patch.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use annotate_snippets::renderer::DEFAULT_TERM_WIDTH;
use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Renderer, Snippet};
use ringfence_diagnostics::{FileId, Files, Severity};
use ruff_source_file::SourceFile;
use ruff_text_size::TextRange;

use crate::name_groups::NameGroup;
use crate::patch;
use crate::texts::{Text, Texts, terminal_path};
use crate::window::{self, Lines, Window};
use crate::{RenderOptions, escape};

pub(crate) fn render(
    groups: &[NameGroup],
    files: &dyn Files,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let RenderOptions { working_directory, color, hyperlinks, unsafe_fixes, .. } = *options;
    let show_path = |path: &std::path::Path| terminal_path(path, working_directory);
    let mut texts = Texts::new(files, &show_path);
    // The width is fixed, so that a run says the same everywhere.
    let renderer = if color { Renderer::styled() } else { Renderer::plain() }
        .term_width(DEFAULT_TERM_WIDTH)
        .hyperlink(hyperlinks);
    for group in groups {
        let mut report = vec![finding(group, &mut texts)];
        report.extend(
            group.first.fix.as_ref().map(|fix| patch::group(fix, group.first.file, unsafe_fixes, &mut texts)),
        );
        writeln!(out, "{}\n", renderer.render(&report))?;
    }
    Ok(())
}

/// Title, source and explanation.
fn finding<'a>(group: &NameGroup<'a>, texts: &mut Texts) -> Group<'a> {
    let diagnostic = group.first;
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut title = level.primary_title(escape::line(&diagnostic.message)).id(diagnostic.code);
    if let Some(url) = diagnostic.url() {
        title = title.id_url(url);
    }

    let mut elements = Vec::new();
    let mut notes = Vec::new();
    for (file, marks) in marks_by_file(group) {
        elements.extend(snippets(&texts.get(file), marks, &mut notes));
    }
    let unmarked = (group.others.len() + 1).saturating_sub(MOST_NAMES);
    notes.extend((unmarked > 0).then(|| format!("and {unmarked} more names of this statement")));
    elements.extend(notes.into_iter().map(|note| Level::NOTE.message(note).into()));
    if let Some(help) = &diagnostic.help {
        elements.push(Level::HELP.message(escape::lines(help)).into());
    }
    if let Some(owner) = &diagnostic.owner {
        elements.push(Level::NOTE.message(format!("owner: {}", escape::line(owner))).into());
    }
    title.elements(elements)
}

/// How many names of one statement are underlined.
const MOST_NAMES: usize = 20;

/// A range to underline.
struct Mark<'a> {
    primary: bool,
    range: TextRange,
    label: Option<&'a str>,
}

/// The files that a finding shows, the one at fault first, with what to underline in each.
fn marks_by_file<'a>(group: &NameGroup<'a>) -> Vec<(FileId, Vec<Mark<'a>>)> {
    let diagnostic = group.first;
    let mut by_file = vec![(diagnostic.file, names(group))];
    let mut places = BTreeMap::from([(diagnostic.file, 0)]);
    for label in &diagnostic.labels {
        let mark = Mark { primary: false, range: label.span.range, label: Some(&label.message) };
        let place = *places.entry(label.span.file).or_insert(by_file.len());
        match by_file.get_mut(place) {
            Some((_, marks)) => marks.push(mark),
            None => by_file.push((label.span.file, vec![mark])),
        }
    }
    by_file
}

/// What is at fault: each name. What holds for all of them is written once, below the last.
fn names<'a>(group: &NameGroup<'a>) -> Vec<Mark<'a>> {
    let mut names: Vec<Mark> = group
        .all()
        .take(MOST_NAMES)
        .map(|name| Mark { primary: true, range: name.range, label: name.annotation.as_deref() })
        .collect();
    if let [before @ .., last] = names.as_mut_slice()
        && before.iter().all(|name| name.label == last.label)
    {
        for name in before {
            name.label = None;
        }
    }
    names
}

/// The lines of one file that `marks` are on. What cannot be underlined is explained in `notes` instead.
fn snippets<'a>(text: &Text, marks: Vec<Mark<'a>>, notes: &mut Vec<String>) -> Vec<Element<'a>> {
    let mut elements = Vec::new();
    let mut shown = Vec::new();
    let mut unshown = Vec::new();
    for mark in marks {
        let Mark { primary, range, label } = mark;
        match text.source() {
            Some(source) if can_show(source, text.clamp(range)) => {
                let range = window::underlined(source, text.clamp(range));
                shown.push((Lines::of(source, range), Mark { range, ..mark }));
            }
            _ if primary => unshown.push((range, label)),
            _ => notes
                .extend(label.map(|label| format!("{}: {}", text.place(range.start()), escape::line(label)))),
        }
    }
    let has_primary = shown.iter().any(|(_, mark): &(Lines, Mark)| mark.primary);
    for (position, (range, label)) in unshown.into_iter().enumerate() {
        let label = label.map(escape::line);
        if has_primary || position > 0 {
            let label = label.as_deref().unwrap_or("another name of this statement");
            notes.push(format!("{}: {label}", text.place(range.start())));
        } else {
            elements.push(text.origin(range.start()).into());
            notes.extend(label.map(Cow::into_owned));
        }
    }
    let Some(source) = text.source() else {
        return elements;
    };
    let mut clusters = window::cluster(shown, window::MAX_GAP, |(lines, _)| *lines);
    // The line at fault comes first, wherever its explanation stands.
    clusters.sort_by_key(|(_, marks)| !marks.iter().any(|(_, mark)| mark.primary));
    for (lines, marks) in clusters {
        let ranges: Vec<TextRange> = marks.iter().map(|(_, mark)| mark.range).collect();
        let window = Window::new(source, lines, &ranges);
        let snippet = Snippet::source(window.text().to_owned()).line_start(window.line_start());
        let snippet = if window.is_cut() {
            // Of what is shown the columns are others.
            let place = marks.iter().find(|(_, mark)| mark.primary).or(marks.first());
            elements.extend(place.map(|(_, mark)| text.origin(mark.range.start()).into()));
            snippet
        } else {
            snippet.path(text.path.clone())
        };
        elements.push(snippet.annotations(marks.iter().map(|(_, mark)| annotation(mark, &window))).into());
    }
    elements
}

/// Whether there is a line to show: not for findings about a file as a whole, nor far inside a line of data.
fn can_show(source: &SourceFile, range: TextRange) -> bool {
    range != TextRange::default() && window::depth(source, range.start()) <= window::MAX_COLUMN
}

fn annotation<'a>(mark: &Mark<'a>, window: &Window) -> Annotation<'a> {
    let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
    kind.span(window.locate(mark.range)).label(mark.label.map(escape::line))
}
