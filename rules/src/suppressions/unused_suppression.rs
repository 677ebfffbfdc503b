use ringfence_diagnostics::{FileId, Fix, Severity, joined};
use ringfence_source::{SuppressedCode, Suppression, SuppressionForm};
use ruff_diagnostics::{Applicability, Edit};
use ruff_text_size::{TextRange, TextSize};

use crate::dependencies::undeclared_dependency::UndeclaredDependency;
use crate::interfaces::private_import::PrivateImport;
use crate::layers::layer_violation::LayerViolation;
use crate::rule::{Activation, Findings, Rule, RuleId, Stage, Visitor, declare_rule};
use crate::{Context, Explainer, Message, Run, Site, Tag, has_tag};

declare_rule! {
    /// ## What it does
    /// Checks for suppression comments that suppress nothing.
    ///
    /// ## Why is this bad?
    /// The reason for the comment is gone. If the comment stays, it hides the next finding on this line, which nobody
    /// has reviewed.
    ///
    /// Only codes of rules that ran are checked, so a run with fewer rules never reports a suppression as unused. The
    /// whole tree is analyzed, whatever paths are given. A file with a syntax error is not checked: not all of its
    /// imports could be analyzed.
    ///
    /// ## Example
    /// ```python
    /// from shop.catalog import Product  # ringfence: ignore[RF101] until the catalog has moved
    /// ```
    ///
    /// Use instead, once `shop.catalog` is declared:
    /// ```python
    /// from shop.catalog import Product
    /// ```
    ///
    /// ## Fix safety
    /// The fix removes the unneeded codes, or the whole comment, and nothing else: a comment cannot change what the
    /// program does. It is unsafe where removing a whole line can: an encoding comment in the third line would move
    /// to the second, or the file reads its own lines, as with `inspect`.
    UnusedSuppression {
        code: "RF901",
        name: "unused-suppression",
        severity: Warning,
        default: Activation::On,
        fix: Always,
        since: "0.1.0",
        tags: [Run, NeverIgnoredUnasked, AsksWhatIsSuppressed, Unnecessary],
        dialects: [Tach: Switched(UnusedSuppressions), ImportLinter: Offered],
    }
}

/// A suppression of which something suppresses nothing.
#[derive(Debug, Hash)]
pub(crate) struct Unused {
    file: FileId,
    index: u32,
    suppression: Suppression,
    /// Which of its codes; all the names of a `tach-ignore`.
    codes: Vec<SuppressedCode>,
}

impl Rule for UnusedSuppression {
    type Violation = Unused;
    const VISITOR: Visitor<Self> = Visitor::Run(find);

    fn message(_: &Explainer, Unused { suppression, codes, .. }: &Unused) -> Message {
        let named = |codes: &[&SuppressedCode]| {
            let names: Vec<String> = codes.iter().map(|code| format!("`{}`", code.name)).collect();
            joined(&names, "and")
        };
        let place = match suppression.form {
            SuppressionForm::FileIgnore => "in this file",
            SuppressionForm::Ignore | SuppressionForm::Noqa => "on this line",
            SuppressionForm::TachIgnore if codes.is_empty() => {
                return Message::new("unused suppression: nothing is reported on this line");
            }
            SuppressionForm::TachIgnore => {
                let codes = named(&codes.iter().collect::<Vec<_>>());
                return Message::new(format!(
                    "unused suppression: nothing about {codes} is reported on this line"
                ));
            }
        };
        let (vain, absent): (Vec<&SuppressedCode>, Vec<&SuppressedCode>) =
            codes.iter().partition(|code| has_tag(code.name.as_str(), Tag::Unsuppressible));
        let verb = if absent.len() == 1 { "is" } else { "are" };
        let not_reported = format!("{} {verb} not reported {place}", named(&absent));
        let no_comment = format!("no comment suppresses {}", named(&vain));
        Message::new(match (absent.is_empty(), vain.is_empty()) {
            (_, true) => format!("unused suppression: {not_reported}"),
            (true, false) => format!("unused suppression: {no_comment}"),
            (false, false) => format!("unused suppression: {not_reported}, and {no_comment}"),
        })
    }

    fn severity(context: &Context, violation: &Unused, severity: Severity) -> Option<Severity> {
        Some(context.severity_of_comment(violation.file, violation.index, severity))
    }

    fn fix(context: &Explainer, Unused { file, suppression, codes, .. }: &Unused) -> Option<Fix> {
        let file = *file;
        let source = context.sources.text(file)?;
        let text = source.source_text();
        let unused: Vec<TextRange> = codes.iter().map(|code| code.range).collect();
        Some(match kept_codes(text, suppression, &unused) {
            None => {
                let removal = removal(text, suppression)?;
                let doubt = doubt(text, removal);
                let reason = doubt.map(|doubt| format!(", though {doubt}")).unwrap_or_default();
                let title = format!("Remove the suppression{reason}");
                let mut fix = Fix::safe(title, file, Edit::range_deletion(removal));
                if doubt.is_some() {
                    fix.applicability = Applicability::Unsafe;
                }
                fix
            }
            Some((range, kept)) => {
                Fix::safe("Remove the codes that are not needed", file, Edit::range_replacement(kept, range))
            }
        })
    }
}

/// RF901: bit n is set if code n was judged, so that `speak` and `fix` need not know which rules ran. Lists longer
/// than that are judged as far as the bits go.
fn find(context: &Context, run: &Run, findings: &mut Findings<UnusedSuppression>) {
    for (position, facts) in context.facts.iter().enumerate() {
        let file = FileId::new(position);
        let Some(facts) = facts else { continue };
        for (index, suppression) in facts.suppressions.iter().enumerate() {
            if suppression.defect.is_some() {
                continue;
            }
            let index = index as u32;
            let codes = if suppression.form == SuppressionForm::TachIgnore {
                is_unused_tach_ignore(context, run, file, index, suppression)
                    .then(|| suppression.codes.clone())
            } else {
                Some(unused_codes(context, run, file, index, suppression)).filter(|codes| !codes.is_empty())
            };
            // Past a syntax error an import may be lost, and its suppression needed.
            if let Some(codes) = codes.filter(|_| !context.has_syntax_error(file)) {
                let violation = Unused { file, index, suppression: suppression.clone(), codes };
                findings.push(Site::Suppression { file, index }, violation);
            }
        }
    }
}

/// Whether a `tach-ignore` met no finding, and none of the rules for which it may stand is off.
fn is_unused_tach_ignore(
    context: &Context,
    run: &Run,
    file: FileId,
    index: u32,
    suppression: &Suppression,
) -> bool {
    let rules =
        [RuleId::of::<UndeclaredDependency>(), RuleId::of::<PrivateImport>(), RuleId::of::<LayerViolation>()];
    !context.usage.is_used(file, index, 0)
        && rules.into_iter().all(|rule| (run.ran)(rule, file))
        && !context.has_foreign_import(file, suppression)
}

/// Rules about findings come after suppressions have been counted.
fn is_judged(rule: RuleId) -> bool {
    !matches!(rule.entry().stage, Stage::Run(_))
}

/// The codes of rules that looked at the file and found nothing that the suppression would hide.
fn unused_codes(
    context: &Context,
    run: &Run,
    file: FileId,
    index: u32,
    suppression: &Suppression,
) -> Vec<SuppressedCode> {
    let codes = (0..).zip(&suppression.codes);
    let unused = codes.filter(|(position, code)| {
        let rule = RuleId::from_code_or_name(code.name.as_str());
        rule.is_some_and(|rule| is_judged(rule) && (run.ran)(rule, file))
            && !context.usage.is_used(file, index, *position)
    });
    unused.map(|(_, code)| *code).collect()
}

/// The list of codes with its range, without those that are not needed; nothing if none is left.
///
/// A `noqa` may list codes of other tools, which the facts leave out: its list is read from the text.
fn kept_codes(text: &str, suppression: &Suppression, unused: &[TextRange]) -> Option<(TextRange, String)> {
    let first = suppression.codes.first()?.range;
    let last = suppression.codes.last()?.range;
    let list = match suppression.form {
        SuppressionForm::Ignore | SuppressionForm::FileIgnore => first.cover(last),
        SuppressionForm::TachIgnore => return None,
        SuppressionForm::Noqa => {
            let colon =
                text.get(suppression.range.start().to_usize()..first.start().to_usize())?.rfind(':')?;
            let start = suppression.range.start() + TextSize::new(colon as u32 + 1);
            let blanks = text.get(start.to_usize()..)?;
            let blanks = blanks.len() - blanks.trim_start_matches([' ', '\t']).len();
            TextRange::new(start + TextSize::new(blanks as u32), suppression.range.end())
        }
    };
    let written = text.get(list.start().to_usize()..list.end().to_usize())?;
    let mut kept: Vec<&str> = Vec::new();
    let mut offset = list.start();
    for word in written.split_inclusive([',', ' ', '\t']) {
        let code = word.trim_end_matches([',', ' ', '\t']);
        let range = TextRange::at(offset, TextSize::of(code));
        if !code.is_empty() && !unused.contains(&range) {
            kept.push(code);
        }
        offset += TextSize::of(word);
    }
    let separator = match (written.contains(", "), written.contains(',')) {
        (true, _) => ", ",
        (false, true) => ",",
        (false, false) => " ",
    };
    (!kept.is_empty()).then(|| (list, kept.join(separator)))
}

/// Why it may make a difference to a program that a comment is gone.
fn doubt(text: &str, removal: TextRange) -> Option<&'static str> {
    let removed = text.get(removal.start().to_usize()..removal.end().to_usize())?;
    if !removed.contains(['\n', '\r']) {
        return None;
    }
    // The lines below move up.
    let line = text.get(..removal.start().to_usize())?.lines().count();
    let moves_cookie = line < 2
        && text.lines().nth(2).is_some_and(|it| it.trim_start().starts_with('#') && it.contains("coding"));
    if moves_cookie {
        return Some("a line that names an encoding would count then");
    }
    let reads_itself = ["__file__", "f_lineno", "getsource", "inspect", "linecache", "tb_lineno", "tokenize"];
    reads_itself.iter().any(|word| text.contains(word)).then_some("the file may read its own lines")
}

/// The bytes to delete so that a directive is gone: the whole line if nothing else stands there.
fn removal(text: &str, suppression: &Suppression) -> Option<TextRange> {
    let Suppression { range, comment, .. } = suppression;
    let slice = |start: TextSize, end: TextSize| text.get(start.to_usize()..end.to_usize());
    let rest = slice(range.end(), comment.end())?;
    let leading = slice(comment.start(), range.start())?;
    if !rest.trim().is_empty() {
        // What follows moves up to where the directive stood.
        let blanks = rest.len() - rest.trim_start().len();
        return Some(TextRange::new(range.start(), range.end() + TextSize::new(blanks as u32)));
    }
    if !leading.trim().is_empty() {
        let kept = TextSize::of(leading.trim_end());
        return Some(TextRange::new(comment.start() + kept, comment.end()));
    }
    let before = text.get(..comment.start().to_usize())?;
    let line_start = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
    if suppression.own_line {
        let after = text.get(comment.end().to_usize()..)?;
        let newline = if after.starts_with("\r\n") { 2 } else { u32::from(!after.is_empty()) };
        return Some(TextRange::new(
            TextSize::new(line_start as u32),
            comment.end() + TextSize::new(newline),
        ));
    }
    let code = line_start + before.get(line_start..)?.trim_end().len();
    Some(TextRange::new(TextSize::new(code as u32), comment.end()))
}
