//! The closing lines: what was found, and how much was looked at.

use ringfence_diagnostics::{Diagnostic, Severity};
use ringfence_project::Coverage;
use ringfence_rules::{ContractSummary, Outcome};

/// ``Found 3 errors and 1 warning.``; `Found 3 errors, shown as 2.` where names of one statement were shown as one.
pub(crate) fn findings(diagnostics: &[Diagnostic], shown: usize) -> String {
    let shown = (shown != diagnostics.len()).then(|| format!(", shown as {}", thousands(shown)));
    let shown = shown.unwrap_or_default();
    let errors = errors(diagnostics);
    let warnings = diagnostics.len() - errors;
    match (errors, warnings) {
        (0, 0) => "No findings.".to_string(),
        (errors, 0) => format!("Found {}{shown}.", count(errors, "error")),
        (0, warnings) => format!("Found {}{shown}.", count(warnings, "warning")),
        (errors, warnings) => {
            format!("Found {} and {}{shown}.", count(errors, "error"), count(warnings, "warning"))
        }
    }
}

/// How many are errors; the others are warnings.
pub(crate) fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}

/// What can be mended, and how to ask for it.
pub(crate) fn fixable(diagnostics: &[Diagnostic], unsafe_fixes: bool) -> Option<String> {
    let fixes = || diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref());
    let safe = fixes().filter(|fix| fix.applicability.is_safe() && !fix.changes_policy).count();
    let risky = fixes().filter(|fix| fix.applicability.is_unsafe() && !fix.changes_policy).count();
    let policy = fixes().filter(|fix| fix.applicability.is_safe() && fix.changes_policy).count();
    let risky_policy = fixes().filter(|fix| fix.applicability.is_unsafe() && fix.changes_policy).count();
    let mut parts = Vec::new();
    let in_source = if unsafe_fixes { safe + risky } else { safe };
    if in_source > 0 {
        parts.push(format!("{in_source} fixable with `--fix`"));
    }
    if risky > 0 && !unsafe_fixes {
        parts.push(format!("{risky} fixable with `--fix --unsafe-fixes`"));
    }
    let in_policy = if unsafe_fixes { policy + risky_policy } else { policy };
    if in_policy > 0 {
        parts.push(format!("{in_policy} fixable with `--fix-config`"));
    }
    if risky_policy > 0 && !unsafe_fixes {
        parts.push(format!("{risky_policy} fixable with `--fix-config --unsafe-fixes`"));
    }
    (!parts.is_empty()).then(|| format!("{}.", parts.join(", ")))
}

/// The table of contracts, as users of import-linter know it, with the names of those that are not checked.
pub(crate) fn contracts<'a>(
    contracts: &[ContractSummary],
    unchecked: impl Iterator<Item = &'a String>,
) -> Vec<String> {
    let mut unchecked = unchecked.peekable();
    if contracts.is_empty() && unchecked.peek().is_none() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), "Contracts".to_string()];
    let (mut kept, mut broken, mut others) = (0, 0, 0);
    for contract in contracts {
        let mut notes = Vec::new();
        let outcome = match contract.outcome {
            Outcome::Kept => {
                kept += 1;
                "KEPT"
            }
            Outcome::Broken => {
                broken += 1;
                notes.push(count(contract.violations, "finding"));
                "BROKEN"
            }
            Outcome::Unclear => {
                others += 1;
                notes.push("something that it names is not there".to_string());
                "UNCLEAR"
            }
        };
        if contract.excepted > 0 {
            notes.push(format!("{} ignored", count(contract.excepted, "import")));
        }
        if contract.suppressed > 0 {
            notes.push(format!("{} suppressed", count(contract.suppressed, "import")));
        }
        let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
        lines.push(format!("  {} {outcome}{notes}", contract.name));
    }
    for name in unchecked {
        others += 1;
        lines.push(format!("  {name} NOT CHECKED"));
    }
    let others = if others > 0 { format!(", {others} not or not fully checked") } else { String::new() };
    lines.push(format!("Contracts: {kept} kept, {broken} broken{others}."));
    lines.push(String::new());
    lines
}

/// `312 files, 4,120 imports, 41 of 42 modules governed, 2 imports unresolved, 3 suppressed`
pub(crate) fn coverage(coverage: &Coverage) -> String {
    let Coverage {
        files,
        imports_only: _,
        broken,
        unreadable,
        imports,
        modules,
        governed,
        unresolved,
        opaque,
        suppressed,
        baselined,
        stale,
        outside_roots,
        shadowed,
        personal,
        excluded,
        linked,
        unclear_indexes,
        foreign_configs,
        unfollowed_circles,
    } = *coverage;
    let mut parts = vec![count(files, "file")];
    let mut notes = Vec::new();
    if broken > 0 {
        notes.push(format!("{} in part, after a syntax error", thousands(broken)));
    }
    if !notes.is_empty() {
        parts[0].push_str(&format!(" ({})", notes.join(", ")));
    }
    parts.push(count(imports, "import"));
    parts.push(format!("{} of {} governed", thousands(governed), count(modules, "module")));
    let mut add = |number: usize, text: String| {
        if number > 0 {
            parts.push(text);
        }
    };
    add(unresolved, format!("{} unresolved", count(unresolved, "import")));
    add(opaque, format!("{} of an unknown module", count(opaque, "dynamic import")));
    add(unreadable, format!("{} unreadable", count(unreadable, "file")));
    add(outside_roots, format!("{} outside every source root", count(outside_roots, "file")));
    add(personal, format!("{} hidden by a personal ignore file", count(personal, "file")));
    add(excluded, format!("{} of a package excluded by default", count(excluded, "file")));
    add(linked, format!("{} to a folder not followed", count(linked, "link")));
    add(unclear_indexes, "files that git tracks and ignores not known".to_string());
    add(
        foreign_configs,
        format!("{} of Tach or import-linter below not enforced", count(foreign_configs, "config")),
    );
    add(unfollowed_circles, format!("{} not followed to the end", count(unfollowed_circles, "import cycle")));
    add(shadowed, format!("{} shadowed", count(shadowed, "file")));
    add(suppressed, format!("{} suppressed", thousands(suppressed)));
    let fewer = if stale > 0 { format!(" (-{})", thousands(stale)) } else { String::new() };
    add(baselined + stale, format!("{} in the baseline{fewer}", thousands(baselined)));
    parts.join(", ")
}

/// `1 file`, `4,120 imports`
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// `4,120`
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_written_for_people() {
        assert_eq!(count(1, "file"), "1 file");
        assert_eq!(count(0, "file"), "0 files");
        assert_eq!(count(999, "import"), "999 imports");
        assert_eq!(count(4120, "import"), "4,120 imports");
        assert_eq!(count(1_234_567, "import"), "1,234,567 imports");
    }
}
