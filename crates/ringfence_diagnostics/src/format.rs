//! How findings are written: the formats, with the names and the words that the command line and the config have for them.

use strum::{Display, EnumIter, EnumMessage, EnumString, IntoStaticStr, VariantNames};

/// How findings are written. The first line of each is what the command line says of it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Display,
    EnumIter,
    EnumMessage,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Format {
    /// Annotated source; names of one statement together
    Full,
    /// One line a finding
    Concise,
    /// By file
    Grouped,
    /// An array in ruff's shape
    Json,
    /// The same, one object a line
    JsonLines,
    /// Annotations of GitHub Actions; the default there
    Github,
    /// GitLab's Code Quality report
    Gitlab,
    /// SARIF 2.1.0
    Sarif,
    /// JUnit's XML
    Junit,
    /// Logging commands of Azure Pipelines
    Azure,
    /// Reviewdog's format
    Rdjson,
    /// One line a finding, as pylint prints it
    Pylint,
    /// A summary for a job or a pull request
    Markdown,
    /// For a program that mends code
    Agent,
}

impl Format {
    /// What it is called in a config and on the command line.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether a program reads the findings line by line, which must not meet anything else there.
    pub fn is_for_matchers(self) -> bool {
        matches!(self, Self::Pylint | Self::Github | Self::Azure)
    }

    /// Whether findings of one statement that say the same of several names are told once.
    pub fn tells_names_together(self) -> bool {
        matches!(self, Self::Full | Self::Concise | Self::Grouped)
    }

    /// Whether it goes to a terminal or a log, so that closing lines may follow.
    pub fn is_for_terminals(self) -> bool {
        matches!(self, Self::Full | Self::Concise | Self::Grouped | Self::Pylint | Self::Github | Self::Azure)
    }
}
