//! Edits of import statements that leave every other byte as it is: comments, layout, line ends, continued lines.
//!
//! An edit covers its whole statement, so that two edits of one statement are always in each other's way and are
//! carried out one after the other, each on what the other left.

use std::ops::Range;

use ringfence_graph::Edge;
use ruff_diagnostics::Edit;
use ruff_python_ast::{Alias, Stmt};
use ruff_source_file::{LineEnding, LineRanges, find_newline};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::Codebase;

/// One import statement in the text of its file.
pub struct ImportStatement<'a> {
    text: &'a str,
    /// In the text, as are all ranges here.
    range: Range<usize>,
    names: Vec<Name>,
    /// Dots and name of the module of `from ... import`.
    module: Option<Range<usize>>,
    is_lazy: bool,
    /// Whether the names stand in parentheses.
    in_parentheses: bool,
}

/// `x as y`
struct Name {
    /// With its alias.
    range: Range<usize>,
    /// Without it.
    imported: Range<usize>,
    alias: Option<Range<usize>>,
    /// The comma after it, the one after the last name included.
    comma: Option<usize>,
}

/// The text of a statement without some of its names.
struct Rest {
    statement: String,
    /// Comments that stood on lines of their names alone.
    comments: Vec<String>,
}

/// The part of an import that names are edited by: hands the statement over to `edit`, with the position of the name that the
/// edge stands for.
pub fn edit_import(
    codebase: &Codebase,
    edge: &Edge,
    edit: impl FnOnce(&ImportStatement, usize) -> Option<Edit>,
) -> Option<Edit> {
    let Edge { file, import, name, .. } = *edge;
    let names = codebase.facts(file)?.imports.get(import as usize)?.name_indices();
    let position = name.checked_sub(names.start)? as usize;
    let source = codebase.sources.text(file)?;
    let statement = codebase.import_statement(file, import)?;
    edit(
        &ImportStatement::new(source.source_text(), codebase.import_range(file, import)?, &statement)?,
        position,
    )
}

impl<'a> ImportStatement<'a> {
    /// The import at `range` of a text; the offsets of `statement` count from its start. Nothing for what is no import.
    pub fn new(text: &'a str, range: TextRange, statement: &Stmt) -> Option<Self> {
        let (aliases, is_lazy) = match statement {
            Stmt::Import(import) => (&import.names, import.is_lazy),
            Stmt::ImportFrom(import) => (&import.names, import.is_lazy),
            _ => return None,
        };
        let start = range.start().to_usize();
        let absolute = |range: TextRange| start + range.start().to_usize()..start + range.end().to_usize();
        let mut names: Vec<Name> = aliases.iter().map(|alias| name_of(alias, &absolute)).collect();
        let end = range.end().to_usize();
        names.first()?;
        let module = match statement {
            Stmt::ImportFrom(import) => {
                let keyword = if is_lazy { text.get(start..)?.find("from")? } else { 0 };
                let from = skip_blanks(text, start + keyword + "from".len());
                let end = match &import.module {
                    Some(module) => absolute(module.range()).end,
                    None => last_dot(text, from)? + 1,
                };
                Some(from..end)
            }
            _ => None,
        };
        let in_parentheses = match &module {
            Some(module) => {
                let keyword = skip_blanks(text, module.end);
                text.get(keyword..)?.starts_with("import")
                    && text.get(skip_blanks(text, keyword + "import".len())..)?.starts_with('(')
            }
            None => false,
        };
        let ends: Vec<usize> = names.iter().skip(1).map(|name| name.range.start).chain([end]).collect();
        for (name, end) in names.iter_mut().zip(ends) {
            name.comma = comma_between(text, name.range.end, end);
        }
        Some(Self { text, range: start..end, names, module, is_lazy, in_parentheses })
    }

    /// Takes out the names at these positions. Where none stays, the whole statement goes, and its line if nothing else is
    /// on it, or `pass` takes its place if nothing else may be in its block.
    pub fn without(&self, positions: &[usize]) -> Edit {
        match self.rest(positions, true) {
            Some(rest) => self.replacement(rest.statement),
            None => self.removal(),
        }
    }

    /// Takes the names at these positions, in their order, from another module, and under other names of it, if need be. Each
    /// stays bound as what it was bound as.
    ///
    /// `from a.b._c import x as y, z` -> `from a.b._c import z`, and below it `from a.b import x as y`
    ///
    /// Nothing where the statement is no `from ... import`, or where a comment stands inside `x as y`.
    pub fn with_module_of(&self, moved: &[(usize, &str)], module: &str) -> Option<Edit> {
        let old = self.module.as_ref()?;
        let renamed = moved
            .iter()
            .map(|(position, imported)| self.renamed(*position, imported))
            .collect::<Option<Vec<_>>>()?;
        if self.names.len() == moved.len() {
            let text = self.text;
            let pad_start = if text[..old.start].ends_with("from") { " " } else { "" };
            let pad_end = if text[old.end..].starts_with("import") { " " } else { "" };
            let mut replaced = [&text[self.range.start..old.start], pad_start, module, pad_end].concat();
            let mut copied = old.end;
            for ((name, (_, imported)), renamed) in self.names.iter().zip(moved).zip(&renamed) {
                let same_name = *imported == &text[name.imported.clone()];
                replaced.push_str(&text[copied..name.range.start]);
                replaced.push_str(if same_name { &text[name.range.clone()] } else { renamed });
                copied = name.range.end;
            }
            replaced.push_str(&text[copied..self.range.end]);
            return Some(self.replacement(replaced));
        }
        let positions: Vec<usize> = moved.iter().map(|(position, _)| *position).collect();
        let renamed = renamed.join(", ");
        let lazy = if self.is_lazy { "lazy " } else { "" };
        let new = format!("{lazy}from {module} import {renamed}");
        let line_start = self.text.line_start(size(self.range.start)).to_usize();
        let shares_line = self.continues_line() || self.ends_early() || !self.is_first_on_line();
        let rest = self.rest(&positions, !shares_line)?;
        if shares_line {
            return Some(self.replacement(rest.statement + "; " + &new));
        }
        let line_end = self.text.line_end(size(self.range.end)).to_usize();
        let newline = find_newline(&self.text[line_end..]).or_else(|| find_newline(self.text));
        let newline = newline.map_or(LineEnding::Lf, |(_, ending)| ending);
        let indent = &self.text[line_start..self.range.start];
        let mut replaced = rest.statement + &self.text[self.range.end..line_end];
        replaced.extend([newline.as_str(), indent, &new]);
        for comment in &rest.comments {
            replaced.extend(["  ", comment]);
        }
        Some(Edit::range_replacement(replaced, range(self.range.start..line_end)))
    }

    /// A name as another one of its module, bound as what it was bound as; nothing where a comment stands inside of it.
    fn renamed(&self, position: usize, imported: &str) -> Option<String> {
        let name = self.names.get(position)?;
        if self.text[name.range.clone()].contains('#') {
            return None;
        }
        let alias = name.alias.as_ref().map(|alias| &self.text[alias.clone()]);
        Some(match (alias, &self.text[name.imported.clone()]) {
            (Some(alias), before) if alias != imported || before == imported => {
                format!("{imported} as {alias}")
            }
            (None, before) if before != imported => format!("{imported} as {before}"),
            _ => imported.to_string(),
        })
    }

    /// Puts another text in the place of the statement.
    fn replacement(&self, text: String) -> Edit {
        Edit::range_replacement(text, range(self.range.clone()))
    }

    /// What stands before the statement on its line.
    fn before(&self) -> &'a str {
        &self.text[self.text.line_start(size(self.range.start)).to_usize()..self.range.start]
    }

    fn is_first_on_line(&self) -> bool {
        self.before().trim_matches(BLANKS).is_empty()
    }

    /// Whether a backslash ends the line before, or the statement's own last line.
    fn continues_line(&self) -> bool {
        let line_start = self.range.start - self.before().len();
        let before = self.text[..line_start].trim_end_matches(['\n', '\r']);
        let follows = before.len() < line_start && before.ends_with('\\');
        follows || self.after().contains('\\') && !self.after().starts_with('#')
    }

    /// What stands after the statement on its line, without the blanks before it.
    fn after(&self) -> &'a str {
        let line_end = self.text.line_end(size(self.range.end)).to_usize();
        self.text[self.range.end..line_end].trim_start_matches(BLANKS)
    }

    /// Whether something that is no comment follows on the same line.
    fn ends_early(&self) -> bool {
        !self.after().is_empty() && !self.after().starts_with('#')
    }

    /// Takes out the whole statement.
    fn removal(&self) -> Edit {
        let Range { start, end } = self.range;
        let line_end = self.text.line_end(size(end)).to_usize();
        let after = self.after();
        if self.continues_line() {
            return self.replacement("pass".to_string());
        }
        let next = after.strip_prefix(';').map(|next| next.trim_start_matches(BLANKS));
        if let Some(next) = next.filter(|next| !next.is_empty() && !next.starts_with('#')) {
            return Edit::range_deletion(range(start..line_end - next.len()));
        }
        if let Some(before) = self.before().trim_end_matches(BLANKS).strip_suffix(';') {
            let from = start - self.before().len() + before.trim_end_matches(BLANKS).len();
            return Edit::range_deletion(range(from..end));
        }
        if !self.is_first_on_line() || !self.has_neighbour() {
            return self.replacement("pass".to_string());
        }
        let lines = self.text.full_line_end(size(end)).to_usize();
        Edit::range_deletion(range(start - self.before().len()..lines))
    }

    /// Whether a statement that stands on lines of its own is not the only one of its block, as far as the lines around
    /// it tell without doubt.
    fn has_neighbour(&self) -> bool {
        let indent = self.before();
        if indent.trim_matches('\x0c').is_empty() {
            // A module may be empty.
            return true;
        }
        let is_code = |line: &str| {
            let line = line.trim_matches(BLANKS);
            !line.is_empty() && !line.starts_with('#')
        };
        let after = &self.text[self.text.full_line_end(size(self.range.end)).to_usize()..];
        let next = after.split(['\n', '\r']).find(|line| is_code(line));
        if next.is_some_and(|next| next.strip_prefix(indent).is_some_and(|rest| !rest.starts_with(BLANKS))) {
            return true;
        }
        // A line without a colon opens no block, so what it ends stands before this statement. What looks like a comment
        // may be a part of a string, unless it has no quotes.
        let before = &self.text[..self.range.start - indent.len()];
        let previous =
            before.split(['\n', '\r']).rev().find(|line| is_code(line) || line.contains(['"', '\'']));
        previous.is_some_and(|line| is_code(line) && !line.contains(':'))
    }

    /// The statement without the names at these positions; nothing where no name stays. Comments on the lines of those
    /// names go with them where `take_comments` says so.
    fn rest(&self, positions: &[usize], take_comments: bool) -> Option<Rest> {
        let goes = |position: usize| positions.contains(&position);
        if (0..self.names.len()).all(goes) {
            return None;
        }
        let mut gone: Vec<Range<usize>> = Vec::new();
        let mut comments = Vec::new();
        let mut first = 0;
        while first < self.names.len() {
            if !goes(first) {
                first += 1;
                continue;
            }
            let last =
                (first..self.names.len()).take_while(|position| goes(*position)).last().unwrap_or(first);
            if self.in_parentheses {
                gone.extend(self.tokens_of(first, last));
            } else {
                gone.push(self.continued_part(first, last));
            }
            first = last + 1;
        }
        if self.in_parentheses {
            let named = |line: &Range<usize>| {
                let mut names = self.names.iter().enumerate().filter(|(position, _)| goes(*position));
                names.any(|(_, name)| line.start <= name.range.start && name.range.end <= line.end)
            };
            gone = self.tidied(gone, take_comments, &named, &mut comments);
        }
        let mut statement = String::new();
        let mut copied = self.range.start;
        for part in gone {
            statement.push_str(&self.text[copied..part.start.max(copied)]);
            copied = copied.max(part.end);
        }
        statement.push_str(&self.text[copied..self.range.end]);
        Some(Rest { statement, comments })
    }

    /// The names from `first` to `last` and the commas that belong to them, in order. Of the commas around them the one
    /// stays that leads on from what is before, on its line.
    fn tokens_of(&self, first: usize, last: usize) -> Vec<Range<usize>> {
        let mut parts: Vec<Range<usize>> =
            self.names[first..=last].iter().map(|name| name.range.clone()).collect();
        let previous = first.checked_sub(1).map(|position| &self.names[position]);
        let mut commas: Vec<usize> =
            previous.into_iter().chain(&self.names[first..=last]).filter_map(|name| name.comma).collect();
        if let Some(previous) = previous {
            let follows_on_line = previous
                .comma
                .is_some_and(|comma| !self.text[previous.range.end..comma].contains(['\n', '\r']));
            if self.names[last].comma.is_none() {
                // None comes after the last name, so none stays.
            } else if follows_on_line {
                commas.remove(0);
            } else {
                commas.pop();
            }
        }
        parts.extend(commas.into_iter().map(|comma| comma..comma + 1));
        parts.sort_by_key(|part| part.start);
        parts
    }

    /// The part that goes with the names from `first` to `last` where there are no parentheses, and so no comments.
    fn continued_part(&self, first: usize, last: usize) -> Range<usize> {
        let start = self.names[first].range.start;
        let Some(next) = self.names.get(last + 1) else {
            return self.names[first.saturating_sub(1)].range.end..self.names[last].range.end;
        };
        let line = &self.text[self.text.line_start(size(start)).to_usize()..start];
        if !line.trim_matches(BLANKS).is_empty()
            && let Some(comma) = self.names[last].comma
        {
            let after_comma = comma + 1 + blanks(&self.text[comma + 1..]);
            if self.text[after_comma..].starts_with('\\') {
                return start..after_comma;
            }
        }
        start..next.range.start
    }

    /// Takes out the blanks and lines, too, that are left over once these tokens between parentheses are gone.
    fn tidied(
        &self,
        tokens: Vec<Range<usize>>,
        take_comments: bool,
        named: &dyn Fn(&Range<usize>) -> bool,
        comments: &mut Vec<String>,
    ) -> Vec<Range<usize>> {
        let text = self.text;
        let mut parts: Vec<Range<usize>> = Vec::new();
        for token in tokens {
            match parts.last_mut() {
                Some(last) if text[last.end..token.start].trim_matches(BLANKS).is_empty() => {
                    last.end = token.end;
                }
                _ => parts.push(token),
            }
        }
        let mut tidied: Vec<Range<usize>> = Vec::new();
        let mut position = 0;
        while let Some(part) = parts.get(position) {
            // All that is on the lines of this part.
            let mut line =
                text.line_start(size(part.start)).to_usize()..text.line_end(size(part.end)).to_usize();
            let mut until = position + 1;
            while parts.get(until).is_some_and(|next| next.start < line.end) {
                line.end = line.end.max(text.line_end(size(parts[until].end)).to_usize());
                until += 1;
            }
            let on_line = &parts[position..until];
            position = until;

            let mut left = String::new();
            let mut copied = line.start;
            for part in on_line {
                left.push_str(&text[copied..part.start]);
                copied = part.end;
            }
            left.push_str(&text[copied..line.end]);
            let left = left.trim_matches(BLANKS);
            let is_comment = left.starts_with('#');
            if left.is_empty() || is_comment && take_comments && named(&line) {
                tidied.push(line.start..text.full_line_end(size(line.end)).to_usize());
                comments.extend(is_comment.then(|| left.to_string()));
            } else {
                tidied.extend(on_line.iter().map(|part| self.with_blanks(part.clone(), line.start)));
            }
        }
        tidied
    }

    /// A part of a line, with the blanks that would be too many without it.
    fn with_blanks(&self, part: Range<usize>, line_start: usize) -> Range<usize> {
        let text = self.text;
        let before = text[line_start..part.start].trim_end_matches(BLANKS);
        let right = part.end + blanks(&text[part.end..]);
        let next = &text[right..];
        let ends_line = next.starts_with(['\n', '\r']);
        if before.is_empty() && next.starts_with(')') {
            // The closing parenthesis follows what is before, if that is no comment.
            let kept = text[..line_start].trim_end();
            let last_line = &kept[text.line_start(size(kept.len())).to_usize()..];
            if !last_line.contains('#') && !last_line.ends_with('\\') {
                return kept.len()..part.end;
            }
        }
        if before.is_empty() || !(ends_line || next.starts_with(['#', ')', '\\'])) {
            return part.start..right;
        }
        let from = line_start + before.len();
        let blank_before = from < part.start;
        match next.chars().next() {
            _ if ends_line => from..right,
            Some(')') if !blank_before || before.ends_with('(') => part,
            _ => from..part.end,
        }
    }
}

/// The comments that an edit of an import statement takes out. Such a statement holds no string.
pub fn lost_comments(text: &str, edit: &Edit) -> Vec<String> {
    let comments = |text: &str| -> Vec<String> {
        let starts =
            text.lines().filter_map(|line| line.find('#').map(|at| line[at..].trim_end().to_string()));
        starts.collect()
    };
    let mut kept = comments(edit.content().unwrap_or_default());
    let mut lost = comments(text.get(edit.start().to_usize()..edit.end().to_usize()).unwrap_or_default());
    lost.retain(|comment| match kept.iter().position(|other| other == comment) {
        Some(position) => {
            kept.swap_remove(position);
            false
        }
        None => true,
    });
    lost
}

/// What may stand between words on one line.
const BLANKS: [char; 3] = [' ', '\t', '\x0c'];

fn name_of(alias: &Alias, absolute: &dyn Fn(TextRange) -> Range<usize>) -> Name {
    Name {
        range: absolute(alias.range()),
        imported: absolute(alias.name.range()),
        alias: alias.asname.as_ref().map(|name| absolute(name.range())),
        comma: None,
    }
}

/// Where the first comma stands that is in no comment.
fn comma_between(text: &str, start: usize, end: usize) -> Option<usize> {
    let mut in_comment = false;
    text[start..end].char_indices().find_map(|(at, character)| {
        match character {
            '#' => in_comment = true,
            '\n' | '\r' => in_comment = false,
            ',' if !in_comment => return Some(start + at),
            _ => {}
        }
        None
    })
}

/// Past blanks and continued lines.
fn skip_blanks(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    start + rest.len() - rest.trim_start_matches([' ', '\t', '\x0c', '\\', '\n', '\r']).len()
}

/// Where the last of the dots at the start of a module stands.
fn last_dot(text: &str, start: usize) -> Option<usize> {
    let dots = text[start..].find(|character| !".\\\n\r \t\x0c".contains(character)).unwrap_or_default();
    text[start..start + dots].rfind('.').map(|dot| start + dot)
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches(BLANKS).len()
}

fn range(range: Range<usize>) -> TextRange {
    TextRange::new(size(range.start), size(range.end))
}

fn size(offset: usize) -> TextSize {
    TextSize::new(offset as u32)
}

#[cfg(test)]
mod tests;
