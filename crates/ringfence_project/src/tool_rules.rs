//! The rules that the config of another tool asks for: what it says of that tool's checks, by what each rule declares.

use ringfence_policy::{Policy, Setting, Spanned, Switch, ToolChecks};
use ringfence_rules::{DialectStatus, RuleId, RuleSet};

/// Selects the rules, and gives them the severity that the config does. Nothing is done for a native config, which says both itself.
pub(crate) fn select(policy: &mut Policy) {
    let Some(checks) = &policy.dialect.checks else { return };
    let (mut selected, mut severity) = (Vec::new(), Vec::new());
    for rule in RuleId::all() {
        let Some(status) = rule.metadata().status_in(checks.tool) else { continue };
        let setting = switch(status).and_then(|switch| checks.setting(switch));
        let span = setting.map_or(checks.start, |setting| setting.span);
        let code = || Spanned { value: rule.metadata().code.to_string(), span };
        if is_on(status, checks) {
            selected.push(code());
        }
        if let Some(Setting::As(level)) = setting.map(|setting| setting.setting) {
            severity.push((code(), level));
        }
    }
    policy.linter.select = Some(selected);
    policy.linter.severity = severity;
}

/// The rules that a group of rules stands for.
pub(crate) fn offered(checks: &ToolChecks) -> RuleSet {
    let mut rules = RuleSet::empty();
    for rule in RuleId::all() {
        let is_offered = rule.metadata().status_in(checks.tool).is_some_and(|status| match status {
            DialectStatus::Offered => true,
            DialectStatus::OfferedUnless(switch) => {
                checks.setting(switch).is_none_or(|setting| setting.setting != Setting::Off)
            }
            on => is_on(on, checks),
        });
        rules.set(rule, is_offered);
    }
    rules
}

fn is_on(status: DialectStatus, checks: &ToolChecks) -> bool {
    match status {
        DialectStatus::Checked | DialectStatus::Besides => true,
        DialectStatus::Switched(switch) => {
            checks.setting(switch).is_some_and(|setting| setting.setting != Setting::Off)
        }
        DialectStatus::Offered | DialectStatus::OfferedUnless(_) => false,
    }
}

fn switch(status: DialectStatus) -> Option<Switch> {
    match status {
        DialectStatus::Switched(switch) | DialectStatus::OfferedUnless(switch) => Some(switch),
        DialectStatus::Checked | DialectStatus::Besides | DialectStatus::Offered => None,
    }
}
