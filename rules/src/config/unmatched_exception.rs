use ringfence_diagnostics::{Fix, Severity, Span};
use ringfence_policy::{Contract, Exception, Unmatched};
use ruff_diagnostics::Edit;
use ruff_text_size::{TextRange, TextSize};

use crate::contracts::engine::contract_graph::is_of_project;
use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Explainer, Message, Site};
use ringfence_refactor::array_edit::removals;

declare_rule! {
    /// ## What it does
    /// Checks for contract exceptions that no import needs.
    ///
    /// ## Why is this bad?
    /// The import that needed the exception is gone. If the exception stays, the same import can come back unnoticed.
    ///
    /// An exception is needed if it names an import of a kind that its contract checks, even if the contract would
    /// hold without the exception.
    ///
    /// ## Example
    /// ```toml
    /// [[contracts]]
    /// name = "the domain knows no framework"
    /// type = "forbidden"
    /// from = ["shop.domain"]
    /// to = ["sqlalchemy"]
    /// except = ["shop.domain.orm -> sqlalchemy"]  # RF911, once the module is gone
    /// ```
    ///
    /// ## Options
    /// - `contracts`
    /// - `severity`
    ///
    /// ## Fix safety
    /// The fix removes the entry from the config, so it is applied only with `--fix-config`.
    UnmatchedException {
        code: "RF911",
        name: "unmatched-exception",
        severity: Warning,
        default: Activation::On,
        fix: Always,
        since: "0.1.0",
        tags: [Run, Contract, Unnecessary],
        dialects: [ImportLinter: Switched(UnmatchedExceptions)],
    }
}

/// An exception that no import needs: positions of the contract and of the exception in it.
#[derive(Debug, Hash)]
pub(crate) struct UnneededException {
    contract: usize,
    exception: usize,
}

impl UnneededException {
    fn contract<'a>(&self, context: &Context<'a>) -> &'a Contract {
        &context.policy.contracts[self.contract]
    }

    fn exception<'a>(&self, context: &Context<'a>) -> &'a Exception {
        &self.contract(context).exceptions[self.exception]
    }
}

impl Rule for UnmatchedException {
    type Violation = UnneededException;
    const VISITOR: Visitor<Self> = Visitor::Config(find);

    fn message(context: &Explainer, violation: &UnneededException) -> Message {
        let (contract, exception) = (violation.contract(context), violation.exception(context));
        let index = context.graph.index();
        let side = |pattern: &ringfence_policy::ModulePattern| {
            let name = pattern.exact()?;
            (index.get(name).is_none() && is_of_project(context, name))
                .then(|| format!("there is no module `{name}`"))
        };
        let why = side(&exception.importer).or_else(|| side(&exception.imported));
        let message = Message::new(format!(
            "no import needs the exception `{}` of the contract `{}`",
            exception.text(),
            contract.name.value
        ))
        .annotation("unused".to_string());
        match why {
            Some(why) => {
                message.help(format!("{why}: remove the exception, or name the module that is there"))
            }
            None => message.help("remove the exception"),
        }
    }

    fn severity(context: &Context, violation: &UnneededException, severity: Severity) -> Option<Severity> {
        match violation.contract(context).unmatched_exceptions {
            Unmatched::Off => None,
            Unmatched::Severity(severity) => Some(severity),
            Unmatched::AsRule => Some(severity),
        }
    }

    fn fix(context: &Explainer, violation: &UnneededException) -> Option<Fix> {
        let exception = violation.exception(context);
        let Span { file, range } = exception.span;
        let source = context.sources.text(file)?;
        let is_toml = context.sources.path(file).extension().is_some_and(|suffix| suffix == "toml");
        let text = source.source_text();
        let ranges = if is_toml { removals(text, range) } else { vec![line_around(text, range)] };
        let mut edits = ranges.into_iter().map(Edit::range_deletion);
        let mut fix = Fix::safe(format!("Remove `{}`", exception.text()), file, edits.next()?).in_policy();
        fix.edits.extend(edits.map(|edit| (file, edit)));
        Some(fix)
    }
}

/// What goes with an entry of an INI file: its line, unless the key stands there, too.
fn line_around(text: &str, entry: TextRange) -> TextRange {
    let (start, end) = (entry.start().to_usize(), entry.end().to_usize());
    let (Some(before), Some(after)) = (text.get(..start), text.get(end..)) else { return entry };
    let line_start = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
    if !before[line_start..].trim().is_empty() {
        let blanks = before.len() - before.trim_end_matches([' ', '\t']).len();
        return TextRange::new(entry.start() - TextSize::new(blanks as u32), entry.end());
    }
    let line_end = after.find('\n').map_or(text.len(), |newline| end + newline + 1);
    TextRange::new(TextSize::new(line_start as u32), TextSize::new(line_end as u32))
}

/// RF911: the position of the contract.
fn find(context: &Context, findings: &mut Findings<UnmatchedException>) {
    for (position, contract) in context.policy.contracts.iter().enumerate() {
        if contract.exceptions.is_empty() || contract.unmatched_exceptions == Unmatched::Off {
            continue;
        }
        let verdict = context.verdicts().get(context, position);
        let needed = contract.exceptions.iter().zip(&verdict.imports.excepted);
        for (number, (exception, needed)) in needed.enumerate() {
            if *needed == 0 {
                let violation = UnneededException { contract: position, exception: number };
                findings.push(Site::Place(exception.span), violation);
            }
        }
    }
}
