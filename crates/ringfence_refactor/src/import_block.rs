//! Where an import belongs among those around it: the order that ruff's isort rules accept, kept where a file has it.

use std::cmp::Ordering;
use std::ops::Range;

use ringfence_diagnostics::FileId;
use ringfence_graph::Target;
use ringfence_source::{FileFacts, Import, ImportContext, ImportForm};
use ruff_diagnostics::Edit;
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::Codebase;

/// A line is broken where it would be longer.
pub const LINE_LENGTH: usize = 88;

/// In this order the groups of a block stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    Future,
    StandardLibrary,
    Distributions,
    Project,
    /// With dots.
    Relative,
}

/// `from module import name as alias`, to be written.
#[derive(Debug, Clone)]
pub struct NewImport {
    pub section: Section,
    /// With dots.
    pub module: String,
    /// Each with the name that it is bound as, if it is another.
    pub names: Vec<(String, Option<String>)>,
    /// What stands behind it.
    pub comments: Vec<String>,
}

/// Imports with nothing between them but comments and blank lines, each on lines of its own.
pub struct Block<'a> {
    text: &'a str,
    facts: &'a FileFacts,
    members: Vec<Member<'a>>,
    indent: &'a str,
    newline: &'static str,
}

struct Member<'a> {
    /// Index of the import.
    import: u32,
    section: Section,
    is_from: bool,
    /// With dots; the first module of `import a, b`.
    module: String,
    range: TextRange,
    /// From the start of its first line to the start of the line after it.
    lines: Range<usize>,
    /// What stands behind it on its line.
    comment: &'a str,
}

impl<'a> Block<'a> {
    /// The block that an import of a file is in; nothing where it shares its line, or a line is continued.
    pub fn around(codebase: &'a Codebase, file: FileId, text: &'a str, import: u32) -> Option<Self> {
        let facts = codebase.facts(file)?;
        let own = facts.imports.get(import as usize)?;
        let (indent, _) = lines_of(text, own.range)?;
        let mut members: Vec<Member> = Vec::new();
        let mut has_own = false;
        for (position, other) in (0..).zip(&facts.imports) {
            if other.context.intersects(ImportContext::DYNAMIC | ImportContext::STRING) {
                continue;
            }
            let is_in_block =
                other.context == own.context && lines_of(text, other.range).is_some_and(|it| it.0 == indent);
            let follows = members.last().is_none_or(|last| {
                let between = text.get(last.lines.end..other.range.start().to_usize());
                between.is_some_and(|between| between.lines().all(is_blank_or_comment))
            });
            if !is_in_block || !follows {
                if has_own {
                    break;
                }
                members.clear();
            }
            if is_in_block {
                members.push(Member::new(codebase, file, facts, text, position, other)?);
                has_own |= position == import;
            }
        }
        let newline = match text.find(['\n', '\r']).map(|at| &text[at..]) {
            Some(rest) if rest.starts_with("\r\n") => "\r\n",
            Some(rest) if rest.starts_with('\r') => "\r",
            _ => "\n",
        };
        has_own.then_some(Self { text, facts, members, indent, newline })
    }

    /// Whether the statements stand in order, sections in groups of their own.
    pub fn is_sorted(&self) -> bool {
        self.members.windows(2).all(|pair| {
            let [first, second] = pair else { return true };
            let starts_group = self.starts_group(first, second);
            match first.section.cmp(&second.section) {
                Ordering::Less => starts_group,
                Ordering::Equal => !starts_group && order(first.key(), second.key()) != Ordering::Greater,
                Ordering::Greater => false,
            }
        })
    }

    pub(crate) fn has_section(&self, section: Section) -> bool {
        self.members.iter().any(|member| member.section == section)
    }

    /// Whether an import is the only one of its section.
    pub(crate) fn is_alone(&self, import: u32) -> bool {
        let section = self.members.iter().find(|member| member.import == import).map(|member| member.section);
        self.members.iter().filter(|member| Some(member.section) == section).count() == 1
    }

    /// The edit that takes out an import as a whole, with the blank lines that would be too many; nothing where it is the only
    /// one, or where comments stand between.
    pub fn removal(&self, import: u32) -> Option<Edit> {
        let at = self.members.iter().position(|member| member.import == import)?;
        let own = &self.members[at];
        let is_blank = |range: Range<usize>| self.text[range].trim().is_empty();
        let before = at.checked_sub(1).and_then(|before| self.members.get(before));
        let range = match (before, self.members.get(at + 1)) {
            (None, None) => return None,
            _ if !self.is_alone(import) => own.lines.clone(),
            (Some(before), _) if is_blank(before.lines.end..own.lines.start) => {
                before.lines.end..own.lines.end
            }
            (None, Some(after)) if is_blank(own.lines.end..after.lines.start) => {
                own.lines.start..after.lines.start
            }
            _ => own.lines.clone(),
        };
        Some(Edit::range_deletion(TextRange::new(size(range.start), size(range.end))))
    }

    /// Whether a statement may stand where it is with another module.
    pub(crate) fn keeps_order(&self, import: u32, module: &str, names: &[(String, Option<String>)]) -> bool {
        let Some(at) = self.members.iter().position(|member| member.import == import) else { return true };
        let own = &self.members[at];
        let key = (true, module, first_name(names));
        let has_other =
            self.members.iter().any(|it| it.import != import && it.is_from && it.module == module);
        let fits = |other: Option<&Member>, wanted: Ordering| {
            let same_group = other.filter(|other| other.section == own.section);
            same_group.is_none_or(|other| order(other.key_with(self.facts), key) == wanted)
        };
        let before = at.checked_sub(1).and_then(|before| self.members.get(before));
        own.section == section_of_project(module)
            && !has_other
            && fits(before, Ordering::Less)
            && fits(self.members.get(at + 1), Ordering::Greater)
    }

    /// The edit of a whole statement, broken into lines where it would be too long.
    pub(crate) fn fitted(
        &self,
        import: u32,
        module: &str,
        names: &[(String, Option<String>)],
        edit: Edit,
    ) -> Edit {
        let Some(own) = self.members.iter().find(|member| member.import == import) else { return edit };
        let content = edit.content().unwrap_or_default();
        let is_one_line = !content.contains(['(', '#', '\\', '\n', '\r']) && edit.range() == own.range;
        if !is_one_line || self.indent.len() + content.chars().count() <= LINE_LENGTH {
            return edit;
        }
        let new = NewImport {
            section: own.section,
            module: module.to_string(),
            names: names.to_vec(),
            comments: Vec::new(),
        };
        Edit::range_replacement(self.written(&new), own.range)
    }

    fn starts_group(&self, first: &Member, second: &Member) -> bool {
        self.text[first.lines.end..second.lines.start].lines().any(|line| line.trim().is_empty())
    }

    /// The edit that adds an import, to a statement for the same module or as one of its own. `gone`: the import that is taken
    /// out as a whole by another edit.
    pub fn add(&self, new: &NewImport, gone: Option<u32>) -> Option<Edit> {
        let members: Vec<&Member> = self.members.iter().filter(|it| Some(it.import) != gone).collect();
        if !self.has_a_line_a_name()
            && let Some(same) = members.iter().find(|it| it.is_from && it.module == new.module)
            && let Some(edit) = self.merged(same, new)
        {
            return Some(edit);
        }
        let statement = self.written(new);
        let line =
            |before: &str, after: &str| format!("{before}{}{statement}{}{after}", self.indent, self.newline);
        let (Some(first), Some(last)) = (members.first(), members.last()) else {
            return Some(self.insertion(self.members.first()?.lines.start, &line("", "")));
        };
        let key = (true, new.module.as_str(), first_name(&new.names));
        let mut same = members.iter().filter(|member| member.section == new.section);
        if let Some(last_of_section) = same.clone().next_back() {
            let next = same.find(|member| order(member.key_with(self.facts), key) == Ordering::Greater);
            // Comments above a statement belong to it.
            let position = match next {
                Some(next) => self.with_comments_above(next, first),
                None => last_of_section.lines.end,
            };
            return Some(self.insertion(position, &line("", "")));
        }
        Some(match members.iter().find(|member| member.section > new.section) {
            Some(next) => self.insertion(self.with_comments_above(next, first), &line("", self.newline)),
            None => self.insertion(last.lines.end, &line(self.newline, "")),
        })
    }

    /// Whether another import stands between one and the place of an edit, so that they are carried out in another order.
    pub(crate) fn crosses(&self, import: u32, edit: &Edit) -> bool {
        let Some(own) = self.members.iter().find(|member| member.import == import) else { return true };
        let at = edit.start().to_usize();
        self.members.iter().filter(|member| member.import != import).any(|member| {
            (member.lines.start >= at && member.lines.end <= own.lines.start)
                || (member.lines.start >= own.lines.end && member.lines.end <= at)
        })
    }

    /// Whether names of one module stand in statements of their own.
    fn has_a_line_a_name(&self) -> bool {
        self.members.windows(2).any(|pair| match pair {
            [first, second] => {
                first.is_from && second.is_from && first.module == second.module && !self.has_alias(second)
            }
            _ => false,
        })
    }

    fn has_alias(&self, member: &Member) -> bool {
        let import = self.facts.imports.get(member.import as usize);
        import.is_some_and(|import| self.facts.names_of(import).iter().any(|name| name.alias.is_some()))
    }

    fn insertion(&self, position: usize, line: &str) -> Edit {
        let before = &self.text[..position];
        let lead = if before.is_empty() || before.ends_with(['\n', '\r']) { "" } else { self.newline };
        Edit::insertion([lead, line].concat(), size(position))
    }

    /// The start of the lines of comments that stand directly above a statement, if another statement of the block is above
    /// those.
    fn with_comments_above(&self, member: &Member, first: &Member) -> usize {
        let mut start = member.lines.start;
        if member.import == first.import {
            return start;
        }
        while let Some(line) = self.text[..start].split_inclusive('\n').next_back()
            && line.trim_start().starts_with('#')
        {
            start -= line.len();
        }
        start
    }

    /// The edit that writes more names into a statement; nothing where it has comments, a star or other names for what it
    /// imports.
    fn merged(&self, member: &Member, new: &NewImport) -> Option<Edit> {
        let import = self.facts.imports.get(member.import as usize)?;
        let text = self.text.get(member.range.to_std_range())?;
        let names = self.facts.names_of(import);
        let is_plain = !text.contains(['#', '\\', '*'])
            && names.iter().all(|name| name.alias.is_none())
            && new.names.iter().all(|(_, alias)| alias.is_none())
            && new.comments.is_empty();
        if !is_plain {
            return None;
        }
        let mut all: Vec<&str> = names.iter().map(|name| self.facts.name(name.name)).collect();
        let sorted = all.is_sorted_by(|a, b| order_of_names(a, b) != Ordering::Greater);
        for (name, _) in &new.names {
            if all.contains(&name.as_str()) {
                continue;
            }
            let place =
                all.iter().position(|other| sorted && order_of_names(other, name) == Ordering::Greater);
            all.insert(place.unwrap_or(all.len()), name);
        }
        let explode = text.trim_end_matches([')', ' ', '\t', '\n', '\r']).ends_with(',');
        let written =
            self.layout(&member.module, all.into_iter().map(str::to_string), explode, member.comment);
        Some(Edit::range_replacement(written, member.range))
    }

    /// The statement without its indent and line end.
    fn written(&self, new: &NewImport) -> String {
        let names = new.names.iter().map(|(name, alias)| match alias {
            Some(alias) => format!("{name} as {alias}"),
            None => name.clone(),
        });
        let comments = new.comments.iter().flat_map(|comment| ["  ", comment]).collect::<String>();
        self.layout(&new.module, names, false, &comments) + &comments
    }

    /// As `ruff format` has it: on one line, or each name on a line of its own.
    fn layout(
        &self,
        module: &str,
        names: impl Iterator<Item = String>,
        explode: bool,
        comment: &str,
    ) -> String {
        let names: Vec<String> = names.collect();
        let line = format!("from {module} import {}", names.join(", "));
        let length = self.indent.chars().count()
            + line.chars().count()
            + if comment.contains("noqa") { 0 } else { comment.chars().count() };
        if !explode && length <= LINE_LENGTH {
            return line;
        }
        let (indent, newline) = (self.indent, self.newline);
        let lines: String =
            names.iter().flat_map(|name| [indent, "    ", name.as_str(), ",", newline]).collect();
        format!("from {module} import ({newline}{lines}{indent})")
    }
}

impl<'a> Member<'a> {
    fn new(
        codebase: &Codebase,
        file: FileId,
        facts: &FileFacts,
        text: &'a str,
        position: u32,
        import: &Import,
    ) -> Option<Self> {
        let (_, lines) = lines_of(text, import.range)?;
        let (is_from, module) = match import.form {
            ImportForm::Import { .. } => {
                (false, facts.name(facts.names_of(import).first()?.name).to_string())
            }
            ImportForm::From { level, module } => {
                let name = module.map_or("", |(module, _)| facts.name(module));
                (true, ".".repeat(level as usize) + name)
            }
        };
        let edge = codebase.graph.edges_of_import(file, position).first();
        let section = match edge.map(|edge| edge.target) {
            _ if module == "__future__" => Section::Future,
            _ if module.starts_with('.') => Section::Relative,
            Some(Target::StandardLibrary) => Section::StandardLibrary,
            Some(Target::Module { .. }) => Section::Project,
            _ => Section::Distributions,
        };
        let comment = text.get(import.range.end().to_usize()..lines.end)?.trim_end_matches(['\n', '\r']);
        Some(Self { import: position, section, is_from, module, range: import.range, lines, comment })
    }

    fn key(&self) -> (bool, &str, &str) {
        (self.is_from, &self.module, "")
    }

    fn key_with<'f>(&'f self, facts: &'f FileFacts) -> (bool, &'f str, &'f str) {
        let import = facts.imports.get(self.import as usize);
        let first = import.and_then(|import| facts.names_of(import).first());
        (self.is_from, &self.module, first.map_or("", |name| facts.name(name.name)))
    }
}

/// The section of an absolute or a relative import of a module of the project.
pub fn section_of_project(module: &str) -> Section {
    if module.starts_with('.') { Section::Relative } else { Section::Project }
}

fn first_name(names: &[(String, Option<String>)]) -> &str {
    names.first().map_or("", |(name, _)| name)
}

/// `import a` before `from a import b`; more dots first, then by name.
fn order(first: (bool, &str, &str), second: (bool, &str, &str)) -> Ordering {
    let dots = |module: &str| module.len() - module.trim_start_matches('.').len();
    let name = |module: &str| module.trim_start_matches('.').to_lowercase();
    first
        .0
        .cmp(&second.0)
        .then_with(|| dots(second.1).cmp(&dots(first.1)))
        .then_with(|| natural(&name(first.1), &name(second.1)))
        .then_with(|| match (first.2, second.2) {
            ("", _) | (_, "") => Ordering::Equal,
            (first, second) => order_of_names(first, second),
        })
}

/// Constants, classes, then what is left, each by name.
fn order_of_names(first: &str, second: &str) -> Ordering {
    let kind = |name: &str| match name {
        _ if name.len() > 1 && !name.contains(char::is_lowercase) && name.contains(char::is_uppercase) => 0,
        _ if name.starts_with(char::is_uppercase) => 1,
        _ => 2,
    };
    kind(first)
        .cmp(&kind(second))
        .then_with(|| natural(&first.to_lowercase(), &second.to_lowercase()))
        .then_with(|| first.cmp(second))
}

/// By characters, and by the value of numbers.
fn natural(first: &str, second: &str) -> Ordering {
    let (mut first, mut second) = (first, second);
    loop {
        let (Some(a), Some(b)) = (first.chars().next(), second.chars().next()) else {
            return first.len().cmp(&second.len());
        };
        if a.is_ascii_digit() && b.is_ascii_digit() {
            let digits =
                |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (x, y) = (&first[..digits(first)], &second[..digits(second)]);
            let value = |text: &str| text.trim_start_matches('0').to_string();
            let ordering = value(x).len().cmp(&value(y).len()).then_with(|| value(x).cmp(&value(y)));
            if ordering != Ordering::Equal {
                return ordering;
            }
            (first, second) = (&first[x.len()..], &second[y.len()..]);
            continue;
        }
        if a != b {
            return a.cmp(&b);
        }
        (first, second) = (&first[a.len_utf8()..], &second[b.len_utf8()..]);
    }
}

/// The indent of a statement and its lines; nothing where something else is on them.
fn lines_of(text: &str, range: TextRange) -> Option<(&str, Range<usize>)> {
    let (start, end) = (range.start().to_usize(), range.end().to_usize());
    let line = text.get(..start)?.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
    let indent = text.get(line..start)?;
    let continues = text.get(..line)?.trim_end_matches(['\n', '\r']).ends_with('\\');
    let rest = text.get(end..)?;
    let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
    let after = rest[..length].trim();
    let newline = if rest[length..].starts_with("\r\n") { 2 } else { usize::from(length < rest.len()) };
    let is_alone =
        indent.chars().all(|c| matches!(c, ' ' | '\t')) && (after.is_empty() || after.starts_with('#'));
    (is_alone && !continues).then_some((indent, line..end + length + newline))
}

fn is_blank_or_comment(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

fn size(offset: usize) -> TextSize {
    TextSize::new(offset as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_and_names_are_ordered_as_isort_does() {
        let from = |module| (true, module, "");
        let modules = [
            (false, "b", ""),
            from("..a"),
            from(".a"),
            from("a"),
            from("a._c"),
            from("a.b2"),
            from("a.b10"),
            from("a_b"),
            from("B"),
        ];
        for pair in modules.windows(2) {
            assert_eq!(order(pair[0], pair[1]), Ordering::Less, "{pair:?}");
        }
        let names = ["IO", "TYPE_CHECKING", "Any", "T", "cast", "overload"];
        assert!(names.is_sorted_by(|a, b| order_of_names(a, b) == Ordering::Less));
    }
}
