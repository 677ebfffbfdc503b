//! Rules over the whole graph: what may reach what, directly or not.

use std::fmt;

use ringfence_diagnostics::{Severity, Span};
use strum::{IntoStaticStr, VariantNames};

use crate::{ImportKinds, ModulePattern, Spanned};

/// Names and patterns of modules, or of what is imported from elsewhere.
pub type Patterns = Vec<Spanned<ModulePattern>>;

/// One rule over the whole graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// What `--contract` calls it. `None`: its name.
    pub id: Option<String>,
    pub name: Spanned<String>,
    pub terms: Terms,
    /// The kinds of imports that are looked at. `None`: what the rule looks at.
    pub kinds: Option<ImportKinds>,
    /// Imports that do not count.
    pub exceptions: Vec<Exception>,
    pub unmatched_exceptions: Unmatched,
    /// Why, or what to do about it, for the reader of the diagnostic.
    pub reason: Option<Spanned<String>>,
}

/// What a contract demands. Each pattern stands for every module that it matches; a module stands for everything below it,
/// where nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Terms {
    /// None of `from` may reach any of `to`.
    Forbidden {
        from: Patterns,
        to: Patterns,
        reach: Reach,
        /// Whether modules stand for what is below them, too.
        submodules: bool,
        /// Whether an import also counts as one of the packages around what it names, whose `__init__` it runs.
        through_inits: bool,
    },
    /// No module may reach one in a layer above it.
    Layers {
        /// Top first.
        layers: Vec<ContractLayer>,
        /// Packages in each of which the layers are looked for on their own. `None`: the names of layers are whole.
        containers: Option<Patterns>,
        /// Set where every child of a container has to be in a layer: the span of the key that says so.
        exhaustive: Option<Span>,
        /// Children that need not be.
        exhaustive_except: Vec<Spanned<String>>,
    },
    /// None may reach another.
    Independent { modules: Patterns },
    /// Nobody but the importers may import these directly.
    Protected {
        modules: Patterns,
        importers: Patterns,
        /// Whether modules stand for what is below them, too.
        submodules: bool,
    },
    /// The children of each of these packages may not import each other in a cycle.
    Acyclic {
        packages: Patterns,
        /// How many more generations below the children are held to it. `None`: all.
        depth: Option<u32>,
        /// Modules whose children are not.
        skip: Patterns,
    },
    /// Each of `from` must reach some of `to`.
    Required { from: Patterns, to: Patterns, reach: Reach },
    /// What is started must not load these, and no more modules than so many.
    Startup { entries: Entries, must_not_load: Patterns, max_modules: Option<LoadBudget> },
}

/// What is imported or run first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entries {
    /// Modules, each without what is below it.
    pub modules: Patterns,
    /// `shop.cli:main`: what is loaded once it has run.
    pub callables: Vec<Spanned<Callable>>,
    /// Set where the scripts of the manifests count: the span of the value that says so.
    pub scripts: Option<Span>,
}

/// What an entry point names: an object of a module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Callable {
    pub module: String,
    /// `main`, or `App.run`.
    pub name: String,
}

impl Callable {
    /// `shop.cli:main`. Nothing where one of both is no dotted name.
    pub fn parse(text: &str) -> Option<Self> {
        let (module, name) = text.split_once(':')?;
        let is_dotted = |name: &str| {
            name.split('.').all(|part| {
                part.starts_with(|c: char| c == '_' || c.is_alphabetic())
                    && part.chars().all(|c| c == '_' || c.is_alphanumeric())
            })
        };
        (is_dotted(module) && is_dotted(name))
            .then(|| Self { module: module.to_string(), name: name.to_string() })
    }
}

impl fmt::Display for Callable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.module, self.name)
    }
}

/// How many modules may be loaded; at least one of both is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoadBudget {
    /// Of the project.
    pub own: Option<Spanned<u32>>,
    /// Of the project, of what is installed, and of the standard library.
    pub all: Option<Spanned<u32>>,
}

/// What counts as reaching a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// To import it, or something that does, and so on.
    #[default]
    Indirect,
    /// To import it.
    Direct,
}

/// A level of the layers of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractLayer {
    pub members: Vec<LayerMember>,
    /// Whether its members may not reach each other.
    pub independent: bool,
    /// Whether layers above may not reach past it.
    pub closed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerMember {
    /// The name of a module, below the container if there is one.
    pub name: Spanned<String>,
    /// Whether it need not be there.
    pub optional: bool,
}

/// Imports that do not count for a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Modules, and nothing below them.
    pub importer: ModulePattern,
    pub imported: ModulePattern,
    /// The entry.
    pub span: Span,
}

impl Exception {
    /// As it is written: `shop.domain.orm -> sqlalchemy`.
    pub fn text(&self) -> String {
        format!("{} -> {}", self.importer, self.imported)
    }
}

/// How much an exception weighs that no import needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unmatched {
    /// What the rule about it says.
    #[default]
    AsRule,
    Off,
    Severity(Severity),
}

impl Contract {
    /// What `--contract` calls it.
    pub fn id(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.name.value)
    }

    /// What the config calls this kind of contract.
    pub fn type_name(&self) -> &'static str {
        (&self.terms).into()
    }
}

/// What is wrong with the text of an exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotAnException;

/// The two sides of `importer -> imported`.
pub(crate) fn sides(text: &str) -> Result<(&str, &str), NotAnException> {
    let (importer, imported) = text.split_once("->").ok_or(NotAnException)?;
    let (importer, imported) = (importer.trim(), imported.trim());
    if importer.is_empty() || imported.is_empty() || imported.contains("->") {
        return Err(NotAnException);
    }
    Ok((importer, imported))
}

/// What stands in one entry of `layers`: the members, and whether they are independent; nothing where both signs are in it.
pub(crate) fn layer_members(text: &str) -> Option<(Vec<(&str, bool)>, bool)> {
    if text.contains('|') && text.contains(':') {
        return None;
    }
    let independent = !text.contains(':');
    let members = text.split(['|', ':']).map(|part| {
        let part = part.trim();
        match part.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            Some(name) => (name.trim(), true),
            None => (part, false),
        }
    });
    Some((members.collect(), independent))
}
