//! What rules were called before. Codes are only ever added, so a code or name that a release had stays good in configs,
//! on the command line and in suppressions.

/// A former code or name, and the name now.
pub const REDIRECTS: &[(&str, &str)] = &[
    ("hidden-module", "hidden-module-import"),
    ("layer-skipped", "skipped-layer"),
    ("missing-dependency", "unmet-requirement"),
    ("sibling-layer", "sibling-layer-import"),
];

/// The name of today for a code or name of the past.
pub(crate) fn redirect(text: &str) -> Option<&'static str> {
    look_up(REDIRECTS, text)
}

fn look_up(redirects: &[(&str, &'static str)], text: &str) -> Option<&'static str> {
    redirects.iter().find(|(former, _)| *former == text).map(|(_, now)| *now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RULES;

    #[test]
    fn each_leads_from_no_rule_to_a_rule() {
        let is_rule =
            |text: &str| RULES.iter().any(|rule| rule.metadata.code == text || rule.metadata.name == text);
        for (former, now) in REDIRECTS {
            assert!(!is_rule(former) && is_rule(now), "{former} -> {now}");
        }
    }

    #[test]
    fn a_former_name_is_looked_up_whole() {
        let redirects = &[("RF199", "RF101"), ("undeclared-import", "RF101")];
        assert_eq!(look_up(redirects, "RF199"), Some("RF101"));
        assert_eq!(look_up(redirects, "undeclared-import"), Some("RF101"));
        assert_eq!(look_up(redirects, "RF1"), None);
    }
}
