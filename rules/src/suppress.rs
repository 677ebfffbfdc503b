//! Which findings a comment suppresses.

use crate::{Context, Finding, Usage};
use jiff::civil::Date;
use ringfence_graph::Target;
use ringfence_source::{FileFacts, Suppression, SuppressionForm};
use ruff_text_size::{TextRange, TextSize};

/// Whether a comment suppresses a finding. Every code that names the finding is marked as used, also where another
/// comment names it, and where the suppression has expired and so suppresses nothing.
pub fn is_suppressed(context: &Context, finding: &Finding, today: Date, usage: &mut Usage) -> bool {
    let file = finding.site.file();
    let Some(facts) = context.facts(file) else { return false };
    if facts.suppressions.is_empty() {
        return false;
    }
    let metadata = finding.rule.metadata();
    let range = context.span(finding.site).range;
    let statement = context.statement_range(finding.site).unwrap_or(range);
    let mut suppressed = false;
    for (index, suppression) in facts.suppressions.iter().enumerate() {
        if suppression.defect.is_some() || !speaks_for(suppression, statement, range) {
            continue;
        }
        if suppression.form == SuppressionForm::TachIgnore {
            if names_import(context, finding, facts, suppression) {
                usage.mark(file, index as u32, 0);
                suppressed = true;
            }
            continue;
        }
        for (position, code) in suppression.codes.iter().enumerate() {
            let name = facts.name(code.name);
            if name == metadata.code || name == metadata.name {
                usage.mark(file, index as u32, position as u32);
                suppressed |= suppression.until.is_none_or(|until| today <= until.date);
            }
        }
    }
    suppressed
}

/// Whether a `tach-ignore` is for the import of a finding: it names nothing, or the end of what is imported. Of imports from
/// elsewhere the top level alone counts.
fn names_import(context: &Context, finding: &Finding, facts: &FileFacts, suppression: &Suppression) -> bool {
    let Some(edge) = context.edge(finding.site) else { return false };
    let imported = context.imported_name(edge);
    let name = match edge.target {
        Target::Module { .. } => imported.as_str(),
        Target::StandardLibrary | Target::ThirdParty | Target::Unresolved => {
            imported.split('.').next().unwrap_or_default()
        }
    };
    suppression.codes.is_empty() || suppression.codes.iter().any(|code| name.ends_with(facts.name(code.name)))
}

/// Whether the first or last line of the statement, or the line of the name at fault, is the one it speaks for.
fn speaks_for(suppression: &Suppression, statement: TextRange, name: TextRange) -> bool {
    let on_line = |offset: TextSize| suppression.line.contains_inclusive(offset);
    suppression.form == SuppressionForm::FileIgnore
        || on_line(statement.start())
        || (on_line(statement.end()) && suppression.form != SuppressionForm::TachIgnore)
        || on_line(name.start())
}
