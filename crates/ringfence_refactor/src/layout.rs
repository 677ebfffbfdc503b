//! Where in a file an import can be put, and how it is written there.

use ringfence_diagnostics::FileId;
use ringfence_graph::{Edge, Target};
use ringfence_source::{BindingKind, Import, ImportContext, ImportForm, ParsedFile};
use ruff_diagnostics::Edit;
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::Codebase;
use crate::import_block::{Block, NewImport, Section};
use crate::import_edit::lost_comments;
use crate::proof::oddities_of;

const IMPORT_OF_GUARD: &str = "from typing import TYPE_CHECKING";

/// What an imported name is bound as.
pub(crate) fn bound_name(parsed: &ParsedFile, name: u32) -> &'static str {
    let imported = parsed.facts.names.get(name as usize);
    imported.map_or("", |it| parsed.facts.name(it.alias.map_or(it.name, |(alias, _)| alias)))
}

/// The import of some names as a statement of its own.
pub(crate) fn statement(parsed: &ParsedFile, import: &Import, names: &[u32]) -> Option<String> {
    let mut listed = Vec::new();
    for name in names {
        let imported = parsed.facts.names.get(*name as usize)?;
        let alias = imported.alias.map(|(alias, _)| format!(" as {}", parsed.facts.name(alias)));
        listed.push(parsed.facts.name(imported.name).to_string() + &alias.unwrap_or_default());
    }
    let listed = listed.join(", ");
    match import.form {
        ImportForm::Import { level: 0 } => Some(format!("import {listed}")),
        ImportForm::Import { .. } => None,
        ImportForm::From { level, module } => {
            let dots = ".".repeat(level as usize);
            let module = module.map_or("", |(module, _)| parsed.facts.name(module));
            Some(format!("from {dots}{module} import {listed}"))
        }
    }
}

/// The same as it is put in order; nothing for `import a`.
pub(crate) fn new_import(
    parsed: &ParsedFile,
    edge: &Edge,
    import: &Import,
    names: &[u32],
    comments: Vec<String>,
) -> Option<NewImport> {
    let ImportForm::From { level, module } = import.form else { return None };
    let facts = &parsed.facts;
    let module = ".".repeat(level as usize) + module.map_or("", |(module, _)| facts.name(module));
    let names = names.iter().map(|name| {
        let imported = facts.names.get(*name as usize)?;
        Some((
            facts.name(imported.name).to_string(),
            imported.alias.map(|(alias, _)| facts.name(alias).to_string()),
        ))
    });
    let section = match edge.target {
        _ if level > 0 => Section::Relative,
        Target::Module { .. } => Section::Project,
        Target::StandardLibrary => Section::StandardLibrary,
        _ => Section::Distributions,
    };
    Some(NewImport { section, module, names: names.collect::<Option<_>>()?, comments })
}

/// A statement with the comments behind it that an edit takes out.
pub(crate) fn with_comments(mut statement: String, text: &str, edit: &Edit) -> String {
    for comment in lost_comments(text, edit) {
        statement.extend(["  ", &comment]);
    }
    statement
}

/// What a block for type checkers begins with.
enum Guard {
    Bound(&'static str),
    /// `TYPE_CHECKING`, once it is imported.
    Missing,
}

/// Where in a file something can be put.
pub(crate) struct Layout<'a> {
    codebase: &'a Codebase<'a>,
    file: FileId,
    text: &'a str,
    parsed: &'a ParsedFile,
    newline: &'static str,
}

impl<'a> Layout<'a> {
    pub(crate) fn new(codebase: &'a Codebase, file: FileId, text: &'a str, parsed: &'a ParsedFile) -> Self {
        let newline = match text.find(['\n', '\r']).map(|at| &text[at..]) {
            Some(rest) if rest.starts_with("\r\n") => "\r\n",
            Some(rest) if rest.starts_with('\r') => "\r",
            _ => "\n",
        };
        Self { codebase, file, text, parsed, newline }
    }

    /// Puts an import into the block for type checkers, or makes one after the imports at the head of the file.
    pub(crate) fn under_guard(
        &self,
        statement: &str,
        in_order: Option<&NewImport>,
        gone: Option<u32>,
    ) -> Option<Vec<Edit>> {
        if let Some(edit) = self.in_block(statement, in_order) {
            return Some(vec![edit]);
        }
        let position = self.after_run(|around| around.is_empty(), |_| true)?;
        let newline = self.newline;
        let before = self.text.get(..position)?;
        let mut edits = Vec::new();
        let mut block = String::new();
        if !before.is_empty() && !before.ends_with(['\n', '\r']) {
            block.push_str(newline);
        }
        let guard = match self.guard(position)? {
            Guard::Bound(guard) => guard,
            Guard::Missing => {
                match self.import_of_guard(position, gone) {
                    Some(edit) => edits.push(edit),
                    None => block.extend([IMPORT_OF_GUARD, newline]),
                }
                "TYPE_CHECKING"
            }
        };
        block.extend([newline, "if ", guard, ":", newline, "    ", statement, newline]);
        let rest = self.text.get(position..)?;
        if !rest.is_empty() && !rest.lines().next().unwrap_or_default().trim().is_empty() {
            block.push_str(newline);
        }
        edits.push(Edit::insertion(block, size(position)));
        Some(edits)
    }

    /// Brings `TYPE_CHECKING` where other names of `typing` are imported, or else where such an import belongs, before `end`.
    fn import_of_guard(&self, end: usize, gone: Option<u32>) -> Option<Edit> {
        let facts = &self.parsed.facts;
        let plain = |import: &&Import| {
            import.context.is_empty()
                && import.range.end().to_usize() <= end
                && self.indent(import) == Some("")
        };
        let first = facts.imports.iter().position(|import| plain(&import))?;
        let block = Block::around(self.codebase, self.file, self.text, first as u32);
        if let Some(block) = block.filter(Block::is_sorted) {
            let new = NewImport {
                section: Section::StandardLibrary,
                module: "typing".to_string(),
                names: vec![("TYPE_CHECKING".to_string(), None)],
                comments: Vec::new(),
            };
            // At the end of a file without a line end it goes with the block.
            return block.add(&new, gone).filter(|edit| edit.start().to_usize() < end);
        }
        for import in facts.imports.iter().filter(plain) {
            let [first, ..] = facts.names_of(import) else { continue };
            if let ImportForm::From { level: 0, module: Some((module, _)) } = import.form
                && facts.name(module) == "typing"
                && facts.name(first.name) != "*"
            {
                return Some(Edit::insertion("TYPE_CHECKING, ".to_string(), first.range.start()));
            }
        }
        let edges = self.codebase.graph.edges_of(self.file).iter().rev();
        let last = edges.filter(|edge| edge.target == Target::StandardLibrary).find_map(|edge| {
            let import = facts.imports.get(edge.import as usize).filter(plain)?;
            let is_future = matches!(import.form, ImportForm::From { module: Some((module, _)), .. }
                if facts.name(module) == "__future__");
            if is_future { None } else { self.line_after(import.range.end().to_usize()) }
        });
        let position = last.filter(|position| *position < end)?;
        Some(Edit::insertion([IMPORT_OF_GUARD, self.newline].concat(), size(position)))
    }

    /// Puts a statement on a line of its own before the one that starts at an offset. One on the line of its function goes to the next.
    pub(crate) fn before(&self, offset: TextSize, statement: &str) -> Option<Edit> {
        let before = self.text.get(..offset.to_usize())?;
        let line = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
        let on_line = before.get(line..)?;
        let Some(indent) = Some(on_line).filter(|indent| indent.chars().all(|c| matches!(c, ' ' | '\t')))
        else {
            let head = on_line.trim_end_matches([' ', '\t']);
            let rest = head.trim_start_matches([' ', '\t']);
            let is_head = head.ends_with(':') && ["def ", "async "].iter().any(|word| rest.starts_with(word));
            let indent = on_line.get(..head.len() - rest.len()).filter(|_| is_head)?;
            let newline = [self.newline, indent, "    "].concat();
            let range = TextRange::new(size(line + head.len()), offset);
            return Some(Edit::range_replacement([&newline, statement, &newline].concat(), range));
        };
        let continues = before.get(..line)?.trim_end_matches(['\n', '\r']).ends_with('\\');
        let newline = self.newline;
        (!continues).then(|| Edit::insertion(format!("{indent}{statement}{newline}"), size(line)))
    }

    /// Adds an import to the first block for type checkers that holds one on lines of its own.
    fn in_block(&self, statement: &str, in_order: Option<&NewImport>) -> Option<Edit> {
        let is_guard = |around: ImportContext| {
            around == ImportContext::GUARD_NAME || around == ImportContext::GUARD_ATTRIBUTE
        };
        let position = self.parsed.facts.imports.iter().position(|import| {
            is_guard(import.context) && self.indent(import).is_some_and(|indent| !indent.is_empty())
        })?;
        let block = Block::around(self.codebase, self.file, self.text, position as u32);
        if let (Some(new), Some(block)) = (in_order, block.filter(Block::is_sorted)) {
            return block.add(new, None);
        }
        let first = self.parsed.facts.imports.get(position)?;
        let indent = self.indent(first)?;
        let position = self.after_run(is_guard, |import| self.indent(import) == Some(indent))?;
        let newline = self.newline;
        let needs_newline = !self.text.get(..position)?.ends_with(['\n', '\r']);
        let lead = if needs_newline { newline } else { "" };
        Some(Edit::insertion(format!("{lead}{indent}{statement}{newline}"), size(position)))
    }

    /// What stands before a statement that is the first of its line.
    fn indent(&self, import: &Import) -> Option<&'a str> {
        let before = self.text.get(..import.range.start().to_usize())?;
        let line = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
        before.get(line..).filter(|before| before.chars().all(|c| matches!(c, ' ' | '\t')))
    }

    /// The start of the line after the last import of the first run of imports with nothing between them but comments.
    fn after_run(
        &self,
        in_context: impl Fn(ImportContext) -> bool,
        fits: impl Fn(&Import) -> bool,
    ) -> Option<usize> {
        let mut position = None;
        let mut last: Option<&Import> = None;
        for import in
            self.parsed.facts.imports.iter().filter(|import| in_context(import.context) && fits(import))
        {
            if let Some(last) = last {
                let between = self.text.get(last.range.end().to_usize()..import.range.start().to_usize())?;
                if !between.split(['\n', '\r']).all(is_blank) {
                    break;
                }
            }
            last = Some(import);
            position = self.line_after(import.range.end().to_usize()).or(position);
        }
        position
    }

    /// The start of the line after an offset, if nothing but a comment follows on its line.
    fn line_after(&self, end: usize) -> Option<usize> {
        let rest = self.text.get(end..)?;
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let line = rest[..length].trim();
        let newline = if rest[length..].starts_with("\r\n") { 2 } else { usize::from(length < rest.len()) };
        (line.is_empty() || line.starts_with('#')).then_some(end + length + newline)
    }

    /// What is false at run time, as it can be written at an offset; nothing where the name is another's.
    fn guard(&self, position: usize) -> Option<Guard> {
        let bound_before = |name: &str| {
            let variable =
                self.parsed.module.global(name).filter(|variable| !variable.bindings.is_empty())?;
            let [binding] = variable.bindings.as_slice() else { return Some(false) };
            let BindingKind::Import { name: imported, .. } = binding.how else { return Some(false) };
            let imported = self.parsed.facts.names.get(imported as usize);
            let is_it = imported.is_some_and(|imported| self.parsed.facts.name(imported.name) == name);
            Some(is_it && binding.context.is_empty() && binding.range.start().to_usize() < position)
        };
        match (bound_before("TYPE_CHECKING"), bound_before("typing")) {
            (Some(true), _) => Some(Guard::Bound("TYPE_CHECKING")),
            (Some(false), _) => None,
            (None, Some(true)) => Some(Guard::Bound("typing.TYPE_CHECKING")),
            (None, _) => Some(Guard::Missing),
        }
    }

    /// `from __future__ import annotations` before every other statement but the docstring.
    pub(crate) fn future_import(&self) -> Option<Edit> {
        const FUTURE: &str = "from __future__ import annotations";
        let body = self.parsed.module.body?.to_usize();
        let before = self.text.get(..body)?;
        let line = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
        if !before.get(line..)?.trim().is_empty() {
            return Some(Edit::insertion(format!("{FUTURE}; "), size(body)));
        }
        let newline = self.newline;
        let is_future = self.text.get(body..)?.starts_with("from __future__");
        let gap = if is_future { "" } else { newline };
        Some(Edit::insertion(format!("{FUTURE}{newline}{gap}"), size(line)))
    }

    /// An annotation in quotes; nothing for one that has any, or is not on one line.
    pub(crate) fn quoted(&self, annotation: TextRange) -> Option<Edit> {
        let text = self.text.get(annotation.to_std_range())?;
        // `(x := int)` in quotes is no annotation any more.
        if oddities_of(self.codebase, self.file)?.odd_annotations.contains(&annotation) {
            return None;
        }
        let odd = |c: char| matches!(c, '"' | '\'' | '\\' | '\n' | '\r' | '#');
        if text.starts_with('*') || text.contains(odd) {
            return None;
        }
        Some(Edit::range_replacement(format!("\"{text}\""), annotation))
    }
}

/// Whether a line has nothing on it but a comment.
pub(crate) fn is_blank(line: &str) -> bool {
    let line = line.trim_matches([' ', '\t', '\x0c', ';']);
    line.is_empty() || line.starts_with('#')
}

fn size(offset: usize) -> TextSize {
    TextSize::new(offset as u32)
}
