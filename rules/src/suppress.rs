//! Which findings a comment suppresses.

use std::cell::RefCell;
use std::rc::Rc;

use crate::{Context, RuleId, Site, Tag, Usage};
use jiff::civil::Date;
use ringfence_diagnostics::FileId;
use ringfence_graph::Target;
use ringfence_refactor::{Basis, Entry};
use ringfence_source::{FileFacts, Suppression, SuppressionForm};
use ruff_text_size::{TextRange, TextSize};
use rustc_hash::FxHashMap;

/// The suppressions of a file by the line for which they speak.
#[derive(Debug, Default)]
struct ByLine {
    /// Ascending; lines are apart from each other, or the same.
    lines: Vec<(TextRange, u32)>,
    whole_file: Vec<u32>,
}

impl ByLine {
    fn new(facts: &FileFacts) -> Self {
        let mut by_line = Self::default();
        for (index, suppression) in facts.suppressions.iter().enumerate() {
            match suppression.form {
                _ if suppression.defect.is_some() => {}
                SuppressionForm::FileIgnore => by_line.whole_file.push(index as u32),
                _ => by_line.lines.push((suppression.line, index as u32)),
            }
        }
        by_line.lines.sort_unstable_by_key(|(line, index)| (line.start(), *index));
        by_line
    }

    /// Those that speak for the line at an offset.
    fn at(&self, offset: TextSize) -> &[(TextRange, u32)] {
        let end = self.lines.partition_point(|(line, _)| line.start() <= offset);
        let Some((line, _)) = end.checked_sub(1).and_then(|last| self.lines.get(last)) else { return &[] };
        let start = self.lines.partition_point(|(other, _)| other.start() < line.start());
        if line.contains_inclusive(offset) { &self.lines[start..end] } else { &[] }
    }
}

/// By file: its suppressions.
#[derive(Default)]
struct Suppressions(RefCell<FxHashMap<FileId, Rc<ByLine>>>);

impl Entry for Suppressions {
    const BASIS: Basis = Basis::Texts;
}

/// Whether a comment suppresses a finding. Every code that names the finding is marked as used, also where another
/// comment names it, and where the suppression has expired and so suppresses nothing.
///
/// O(log n) in the suppressions of the file, and once for each rule and line O(n) in those of the line.
pub fn is_suppressed(context: &Context, rule: RuleId, site: Site, today: Date, usage: &mut Usage) -> bool {
    let file = site.file();
    let Some(facts) = context.facts(file) else { return false };
    let metadata = rule.metadata();
    if facts.suppressions.is_empty() || metadata.has(Tag::Unsuppressible) {
        return false;
    }
    let by_line = Rc::clone(
        context
            .memo
            .get::<Suppressions>()
            .0
            .borrow_mut()
            .entry(file)
            .or_insert_with(|| Rc::new(ByLine::new(facts))),
    );
    let range = context.span(site).range;
    let statement = context.statement_range(site).unwrap_or(range);
    // The first and last line of the statement, and the line of the name at fault.
    let lines = [statement.start(), statement.end(), range.start()].map(|offset| by_line.at(offset));
    let starts = lines.map(|line| line.first().map(|(line, _)| line.start()));
    if by_line.whole_file.is_empty() && starts == [None; 3] {
        return false;
    }
    let key = (file, rule, starts);
    if let Some(known) = usage.answers.get(&key) {
        return *known;
    }
    let mut indices: Vec<u32> = lines.into_iter().flatten().map(|(_, index)| *index).collect();
    indices.extend(&by_line.whole_file);
    indices.sort_unstable();
    indices.dedup();
    let (mut suppressed, mut depends_on_name) = (false, false);
    for index in indices {
        let Some(suppression) = facts.suppressions.get(index as usize) else { continue };
        if suppression.form == SuppressionForm::TachIgnore {
            // To Tach such an import is none, and the comment at it is unused. Contracts are none of its rules.
            if metadata.has(Tag::Contract) || metadata.has(Tag::UnknownToTachIgnore) {
                continue;
            }
            depends_on_name = true;
            if speaks_for(suppression, statement, range) && names_import(context, site, facts, suppression) {
                usage.mark(file, index, 0);
                suppressed = true;
            }
            continue;
        }
        for (position, code) in suppression.codes.iter().enumerate() {
            if RuleId::from_code_or_name(facts.name(code.name)) == Some(rule) {
                usage.mark(file, index, position as u32);
                suppressed |= suppression.until.is_none_or(|until| today <= until.date);
            }
        }
    }
    if !depends_on_name {
        usage.answers.insert(key, suppressed);
    }
    suppressed
}

/// Whether a `tach-ignore` is for the import of a finding: it names nothing, or the end of what is imported. Of imports from
/// elsewhere the top level alone counts.
fn names_import(context: &Context, site: Site, facts: &FileFacts, suppression: &Suppression) -> bool {
    let Some(edge) = context.edge(site) else { return false };
    let imported = context.imported_name(edge);
    let name = match edge.target {
        Target::Module { .. } => imported.as_str(),
        Target::StandardLibrary | Target::ThirdParty | Target::Unresolved => {
            imported.split('.').next().unwrap_or_default()
        }
    };
    suppression.codes.is_empty() || suppression.codes.iter().any(|code| name.ends_with(facts.name(code.name)))
}

/// Whether a `tach-ignore` speaks for the first line of the statement, or that of the name at fault; not for the last line.
fn speaks_for(suppression: &Suppression, statement: TextRange, name: TextRange) -> bool {
    let on_line = |offset: TextSize| suppression.line.contains_inclusive(offset);
    on_line(statement.start()) || on_line(name.start())
}
