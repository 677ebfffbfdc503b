//! Which rules run: selectors by code, prefix or name, the more specific winning, as in ruff.

use ringfence_policy::suggest;

use crate::{Activation, Metadata, RULES, RuleId, Tag};

/// A set of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    members: Vec<bool>,
}

impl RuleSet {
    pub fn empty() -> Self {
        Self { members: vec![false; RULES.len()] }
    }

    /// What runs where nobody says anything.
    pub fn default_rules() -> Self {
        let is_on = |rule: &Metadata| rule.activation != Activation::OptIn && !rule.preview;
        Self { members: RULES.iter().map(|rule| is_on(&rule.metadata)).collect() }
    }

    pub fn contains(&self, rule: RuleId) -> bool {
        self.members[rule.index()]
    }

    pub fn set(&mut self, rule: RuleId, member: bool) {
        self.members[rule.index()] = member;
    }

    pub fn iter(&self) -> impl Iterator<Item = RuleId> {
        RuleId::all().filter(|rule| self.contains(*rule))
    }
}

/// Names a rule or a group of rules. Ordered by how specific it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Selector {
    /// `ALL`
    All,
    /// `RF`, `RF1`, `RF10`: length of the prefix, and the first rule that has it.
    Prefix(usize, RuleId),
    /// `RF101` or `undeclared-dependency`
    Rule(RuleId),
}

/// A text that selects nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownSelector {
    pub text: String,
    pub suggestion: Option<&'static str>,
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// Where no rule has this code, name or prefix of a code.
    pub fn parse(text: &str) -> Result<Self, UnknownSelector> {
        if text == "ALL" {
            return Ok(Self::All);
        }
        if let Some(rule) = RuleId::from_code_or_name(text) {
            return Ok(Self::Rule(rule));
        }
        if text.starts_with("RF")
            && let Some(first) = RuleId::all().find(|rule| rule.metadata().code.starts_with(text))
        {
            return Ok(Self::Prefix(text.len(), first));
        }
        let candidates = RULES.iter().flat_map(|rule| [rule.metadata.code, rule.metadata.name]);
        Err(UnknownSelector { text: text.to_string(), suggestion: suggest(text, candidates) })
    }

    pub fn matches(self, rule: RuleId) -> bool {
        match self {
            Self::All => true,
            Self::Prefix(length, first) => {
                rule.metadata().code.get(..length) == first.metadata().code.get(..length)
            }
            Self::Rule(selected) => selected == rule,
        }
    }

    fn is_exact(self) -> bool {
        matches!(self, Self::Rule(_))
    }

    /// Whether it switches a rule off where it says what is ignored. One of [`is_health`] has to be named.
    pub fn ignores(self, rule: RuleId) -> bool {
        self.matches(rule) && (self.is_exact() || !is_health(rule))
    }

    fn specificity(self) -> usize {
        match self {
            Self::All => 0,
            Self::Prefix(length, _) => length,
            Self::Rule(_) => usize::MAX,
        }
    }
}

/// Whether a rule tells that the run itself is sound: that files can be read, and that what configs and comments name is there. To
/// select other rules does not switch it off, nor does to ignore a group of rules.
pub fn is_health(rule: RuleId) -> bool {
    rule.metadata().has(Tag::Health)
}

/// Whether what a rule finds is about a contract.
pub fn is_about_contracts(rule: RuleId) -> bool {
    rule.metadata().has(Tag::Contract)
}

/// What one source (the config, the command line) says about which rules run.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Replaces everything that less direct sources say, but for [`is_health`].
    pub select: Option<Vec<Selector>>,
    pub extend_select: Vec<Selector>,
    pub ignore: Vec<Selector>,
}

impl Selection {
    /// Whether it asks for a rule, alone or with others.
    pub fn names(&self, rule: RuleId) -> bool {
        self.select.iter().flatten().chain(&self.extend_select).any(|selector| selector.matches(rule))
    }

    /// The rules that run, given the sources from the least direct to the most. A rule in preview needs to be named, or
    /// `preview`; one that is not `offered` needs to be named. What is offered is what the tool of another format
    /// knows; which rules are on there, its config says first.
    pub fn resolve(sources: &[Self], preview: bool, offered: Option<&RuleSet>) -> RuleSet {
        let mut rules = RuleSet::default_rules();
        for (position, Self { select, extend_select, ignore }) in sources.iter().enumerate() {
            if select.is_some() {
                let is_default = offered.is_some() && position == 0;
                let stays = |rule: &RuleId| !is_default && is_health(*rule) && rules.contains(*rule);
                rules = RuleSet { members: RuleId::all().map(|rule| stays(&rule)).collect() };
            }
            for rule in RuleId::all() {
                let is_offered = offered.is_none_or(|rules| rules.contains(rule));
                let best = |selectors: &mut dyn Iterator<Item = &Selector>| {
                    selectors
                        .filter(|selector| selector.matches(rule))
                        .filter(|selector| {
                            selector.is_exact() || (is_offered && (preview || !rule.metadata().preview))
                        })
                        .map(|selector| selector.specificity())
                        .max()
                };
                let wanted = best(&mut select.iter().flatten().chain(extend_select));
                let unwanted = best(&mut ignore.iter().filter(|selector| selector.ignores(rule)));
                match (wanted, unwanted) {
                    (None, None) => {}
                    // At one level of specificity to ignore wins.
                    (wanted, unwanted) => rules.set(rule, wanted > unwanted),
                }
            }
        }
        rules
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selectors(texts: &[&str]) -> Vec<Selector> {
        texts.iter().map(|text| Selector::parse(text).unwrap()).collect()
    }

    /// Without those that are on whatever is selected.
    fn codes(rules: &RuleSet) -> Vec<&'static str> {
        rules.iter().filter(|rule| !is_health(*rule)).map(|rule| rule.metadata().code).collect()
    }

    #[test]
    fn rules_about_the_run_are_off_only_where_they_are_named() {
        let all = ["RF900", "RF904", "RF905", "RF910"];
        for (select, ignore, expected) in [
            (Some(vec!["RF1"]), vec![], &all[..]),
            (Some(vec!["RF1"]), vec!["RF9"], &all),
            (None, vec!["ALL"], &all),
            (None, vec!["RF905"], &["RF900", "RF904", "RF910"]),
            (Some(vec!["RF101"]), vec!["syntax-error", "unknown-name-in-config"], &["RF904", "RF905"]),
        ] {
            let selection = Selection {
                select: select.as_deref().map(selectors),
                extend_select: Vec::new(),
                ignore: selectors(&ignore),
            };
            let sources = [selection.clone(), Selection::default()];
            for sources in [&sources[..1], &sources] {
                let rules = Selection::resolve(sources, false, None);
                let on: Vec<&str> =
                    rules.iter().filter(|rule| is_health(*rule)).map(|rule| rule.metadata().code).collect();
                assert_eq!(on, expected, "{select:?} {ignore:?}");
            }
        }
        // Which of them another tool's config has, it says itself; the command line cannot take them away.
        let config = Selection { select: Some(selectors(&["RF101", "RF905"])), ..Selection::default() };
        let line = Selection { select: Some(selectors(&["RF102"])), ..Selection::default() };
        let mut offered = RuleSet::empty();
        for code in ["RF101", "RF102", "RF905"] {
            offered.set(RuleId::from_code_or_name(code).unwrap(), true);
        }
        let rules = Selection::resolve(&[config, line], false, Some(&offered));
        assert_eq!(rules.iter().map(|rule| rule.metadata().code).collect::<Vec<_>>(), ["RF102", "RF905"]);
    }

    #[test]
    fn the_more_specific_selector_wins_and_ignore_wins_among_equals() {
        for (select, extend, ignore, expected) in [
            (Some(vec!["RF30"]), vec![], vec!["RF302"], vec!["RF301", "RF303", "RF304"]),
            (Some(vec!["RF302"]), vec![], vec!["RF3"], vec!["RF302"]),
            (Some(vec!["RF3"]), vec![], vec!["RF3"], vec![]),
            (Some(vec!["skipped-layer"]), vec!["RF110"], vec!["ALL"], vec!["RF110", "RF302"]),
            (Some(vec!["RF30"]), vec![], vec!["RF", "RF303"], vec!["RF301", "RF302", "RF304"]),
        ] {
            let selection = Selection {
                select: select.as_deref().map(selectors),
                extend_select: selectors(&extend),
                ignore: selectors(&ignore),
            };
            assert_eq!(codes(&Selection::resolve(&[selection], false, None)), expected);
        }
    }

    #[test]
    fn the_command_line_selects_anew_or_adds() {
        let config = Selection { select: Some(selectors(&["RF3"])), ..Selection::default() };
        let adds = Selection { extend_select: selectors(&["RF110"]), ..Selection::default() };
        let replaces = Selection { select: Some(selectors(&["RF102"])), ..Selection::default() };
        assert_eq!(
            codes(&Selection::resolve(&[config.clone(), adds], false, None)),
            ["RF110", "RF301", "RF302", "RF303", "RF304"]
        );
        assert_eq!(codes(&Selection::resolve(&[config, replaces], false, None)), ["RF102"]);
    }

    #[test]
    fn a_text_that_selects_nothing_is_refused_with_a_suggestion() {
        let error = Selector::parse("undeclared-dependancy").unwrap_err();
        assert_eq!(error.suggestion, Some("undeclared-dependency"));
        assert!(Selector::parse("").is_err());
        assert!(Selector::parse("RF7").is_err());
        assert!(Selector::parse("R").is_err());
    }
}
