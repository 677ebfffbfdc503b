//! What the config of another tool has checked, in the terms of that tool. Which rules these checks are, the rules themselves
//! declare.

use ringfence_diagnostics::{Severity, Span};

/// A tool whose configs are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    Tach,
    ImportLinter,
}

/// What a config of a tool says of the checks of that tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolChecks {
    pub tool: Tool,
    /// The start of the config: it stands for what nothing in it says.
    pub start: Span,
    /// The checks that the config can switch. One that is not listed is as if the config said nothing of it.
    pub switches: Vec<SwitchSetting>,
}

/// What a config says of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SwitchSetting {
    pub switch: Switch,
    pub setting: Setting,
    /// The key that says so.
    pub span: Span,
}

/// A check that the config of a tool switches on or off, or gives a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Switch {
    /// Cycles of modules.
    Cycles,
    /// Declared dependencies that no import needs.
    UnusedDependencies,
    /// Comments that suppress nothing.
    UnusedSuppressions,
    /// Comments that suppress without a reason.
    SuppressionReasons,
    /// Required distributions that no import needs.
    UnusedDistributions,
    /// Exceptions of contracts that no import needs.
    UnmatchedExceptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    Off,
    /// On, and as severe as elsewhere.
    On,
    /// On, and as severe as this.
    As(Severity),
}

impl ToolChecks {
    /// What the config says of a check; nothing where it does not say.
    pub fn setting(&self, switch: Switch) -> Option<&SwitchSetting> {
        self.switches.iter().find(|setting| setting.switch == switch)
    }
}
