//! The few styles that formats other than `full` use.

use std::fmt::{self, Display};

use annotate_snippets::renderer::{AnsiColor, Effects, Style};
use ringfence_diagnostics::{Diagnostic, Severity};

pub(crate) const PATH: Style = Style::new().effects(Effects::BOLD);
pub(crate) const SEPARATOR: Style = AnsiColor::Cyan.on_default();
pub(crate) const FIXABLE: Style = AnsiColor::Cyan.on_default();

pub(crate) fn severity(severity: Severity) -> Style {
    match severity {
        Severity::Error => AnsiColor::BrightRed.on_default().effects(Effects::BOLD),
        Severity::Warning => AnsiColor::Yellow.on_default().effects(Effects::BOLD),
    }
}

/// `value` in `style`, where `color` allows it.
pub(crate) fn paint(color: bool, style: Style, value: impl Display) -> impl Display {
    let style = if color { style } else { Style::new() };
    format!("{style}{value}{style:#}")
}

/// The code of a finding, as a link to its documentation where `hyperlinks` allows it.
pub(crate) struct Code<'a> {
    pub(crate) diagnostic: &'a Diagnostic,
    pub(crate) hyperlinks: bool,
}

impl Display for Code<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.diagnostic.code;
        match self.diagnostic.url().filter(|_| self.hyperlinks) {
            Some(url) => write!(f, "\x1b]8;;{url}\x1b\\{code}\x1b]8;;\x1b\\"),
            None => f.write_str(code),
        }
    }
}
