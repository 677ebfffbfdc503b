use ringfence_diagnostics::{FileId, Span};
use ringfence_policy::suggest;
use ringfence_source::{FileFacts, SuppressionForm};

use crate::rule::{Activation, Findings, Rule, RuleId, Visitor, declare_rule};
use crate::{Context, Explainer, Message, RULES, Site};

declare_rule! {
    /// ## What it does
    /// Checks for invalid suppression comments. This covers comments without a code in brackets, with an unknown
    /// code, or with an invalid date.
    ///
    /// ## Why is this bad?
    /// Such a comment suppresses nothing, or not what its author meant.
    ///
    /// ## Example
    /// ```python
    /// from shop.billing import charge  # ringfence: ignore
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// from shop.billing import charge  # ringfence: ignore[RF101] billing is split next
    /// ```
    InvalidSuppression {
        code: "RF904",
        name: "invalid-suppression",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Health, Run, Unsuppressible],
        dialects: [ImportLinter: Offered],
    }
}

/// A suppression that does not say what it suppresses.
#[derive(Debug, Hash)]
pub(crate) struct Invalid {
    /// What is wrong in it.
    place: Span,
    form: SuppressionForm,
    /// Completes "this suppression ..."; nothing for the code of no rule.
    defect: Option<&'static str>,
}

impl Rule for InvalidSuppression {
    type Violation = Invalid;
    const VISITOR: Visitor<Self> = Visitor::File(find);

    fn message(context: &Explainer, Invalid { place, form, defect }: &Invalid) -> Message {
        let Span { file, range } = *place;
        let source = context.sources.text(file);
        let written = source
            .as_ref()
            .and_then(|source| source.source_text().get(range.to_std_range()))
            .unwrap_or_default();
        let rules = || RULES.iter().flat_map(|rule| [rule.metadata.code, rule.metadata.name]);
        let meant = suggest(written, rules()).filter(|_| !written.starts_with('['));
        let form = match form {
            SuppressionForm::FileIgnore => "file-ignore",
            SuppressionForm::Ignore | SuppressionForm::Noqa | SuppressionForm::TachIgnore => "ignore",
        };
        match defect {
            Some(defect) => Message::new(format!("this suppression {defect}")).help(match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if written.starts_with("until") => {
                    "write the last day on which it holds, as in `until=2027-01-31`".to_string()
                }
                None => format!(
                    "write `# ringfence: {form}[RF101] reason`, with the codes of the rules to suppress"
                ),
            }),
            None => Message::new(format!("`{written}` is the code or name of no rule")).help(match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if RULES.iter().any(|rule| rule.metadata.code.starts_with(written)) => {
                    "name each rule: a suppression takes no prefixes of codes".to_string()
                }
                None => "`ringfence rule --all` lists the rules".to_string(),
            }),
        }
    }
}

/// RF904: the index of the suppression.
fn find(context: &Context, file: FileId, findings: &mut Findings<InvalidSuppression>) {
    let Some(facts) = context.facts(file) else { return };
    for (index, suppression) in facts.suppressions.iter().enumerate() {
        let ranges = match &suppression.defect {
            Some(defect) => vec![defect.range],
            // It names imports, and no codes.
            None if suppression.form == SuppressionForm::TachIgnore => Vec::new(),
            None => unknown_codes(facts, index),
        };
        for range in ranges {
            let place = Span::new(file, range);
            let defect = suppression.defect.as_ref().map(|defect| defect.message);
            findings.push(Site::Place(place), Invalid { place, form: suppression.form, defect });
        }
    }
}

fn unknown_codes(facts: &FileFacts, index: usize) -> Vec<ruff_text_size::TextRange> {
    let codes =
        facts.suppressions.get(index).map(|suppression| suppression.codes.as_slice()).unwrap_or_default();
    codes
        .iter()
        .filter(|code| RuleId::from_code_or_name(facts.name(code.name)).is_none())
        .map(|code| code.range)
        .collect()
}
