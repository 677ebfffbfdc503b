//! What a definition changes beside the name that it binds: registries that decorators fill, bases that learn of their subclasses.

use ringfence_diagnostics::FileId;
use ruff_python_ast::name::Name;
use rustc_hash::FxHashSet;

use crate::importing::{Target, walk};
use crate::loaded::Loaded;
use crate::outline::{Dotted, Flags, Kind, Statement, When};
use crate::spread::Spreading;

/// More names are not followed.
const MOST_NAMES: usize = 400;

/// Packages whose decorators and classes keep no list of what they are used on that others read.
const QUIET_PACKAGES: [&str; 22] = [
    "_pytest",
    "anyio",
    "attr",
    "attrs",
    "click",
    "deprecated",
    "hypothesis",
    "itsdangerous",
    "jinja2",
    "markupsafe",
    "mock",
    "numpy",
    "packaging",
    "pydantic",
    "pytest",
    "pytest_asyncio",
    "requests",
    "tenacity",
    "trio",
    "typing_extensions",
    "werkzeug",
    "wrapt",
];

/// What else is another once a statement is.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) names: Vec<(FileId, Name)>,
    /// Whether it cannot be told.
    pub(crate) is_unknown: bool,
}

/// What a class that derives from others tells them.
#[derive(Debug, Default)]
pub(crate) struct Ancestry {
    /// The classes of the project that it derives from.
    bases: Vec<(FileId, Name)>,
    /// Whether code of one of them runs when a subclass is made.
    pub(crate) learns: bool,
    is_unknown: bool,
}

impl Ancestry {
    /// Whether somebody looks at a class while it is made.
    pub(crate) fn looks(&self) -> bool {
        self.learns || self.is_unknown
    }
}

impl Spreading<'_> {
    /// What changes with a statement beside the names that it binds.
    pub(crate) fn effects(&mut self, file: FileId, position: u32) -> Effects {
        let mut effects = Effects::default();
        let Some(statement) = self.statement(file, position).cloned() else { return effects };
        for store in &statement.stores {
            self.owners(file, store, &mut effects);
        }
        if matches!(statement.kind, Kind::Function | Kind::Class | Kind::Other) {
            let decorators = statement.mentions.iter().filter(|mention| mention.when == When::Decorator);
            for decorator in decorators {
                self.state_behind(file, &decorator.what, &mut effects);
            }
        }
        if statement.kind == Kind::Class {
            let ancestry = self.ancestry(file, &statement);
            effects.is_unknown |= ancestry.is_unknown;
            if ancestry.learns || self.users.asks_subclasses {
                effects.names.extend(ancestry.bases);
            }
        }
        effects
    }

    /// Whose attribute or item it is.
    fn owners(&mut self, file: FileId, what: &Dotted, effects: &mut Effects) {
        let found = self.meanings(file, what);
        effects.is_unknown |= found.is_elsewhere || found.names.is_empty();
        effects.names.extend(found.names);
    }

    /// What a callable may change: names that hold state, as far as it mentions them, directly or not.
    fn state_behind(&mut self, file: FileId, callable: &Dotted, effects: &mut Effects) {
        let mut seen: FxHashSet<(FileId, Name)> = FxHashSet::default();
        let first = self.meanings(file, callable);
        effects.is_unknown |= first.is_elsewhere;
        let mut pending = first.names;
        while let Some((file, name)) = pending.pop() {
            if !seen.insert((file, name.clone())) {
                continue;
            }
            if seen.len() > MOST_NAMES {
                effects.is_unknown = true;
                return;
            }
            let Some(loaded) = self.loaded(file) else {
                effects.is_unknown = true;
                continue;
            };
            let statements: Vec<Statement> =
                loaded.outline.binding(&name).map(|(_, it)| it.clone()).collect();
            for statement in statements {
                effects.is_unknown |= statement.flags.contains(Flags::NAMESPACE);
                if statement.flags.contains(Flags::HOLDS_STATE) {
                    effects.names.push((file, name.clone()));
                }
                if statement.kind == Kind::Import {
                    let what = Dotted { root: name.clone(), attributes: Vec::new() };
                    pending.extend(self.meanings(file, &what).names);
                }
                for mention in &statement.mentions {
                    pending.extend(self.meanings(file, &mention.what).names);
                }
            }
        }
    }

    /// The classes that a class derives from.
    pub(crate) fn ancestry(&mut self, file: FileId, class: &Statement) -> Ancestry {
        let mut ancestry =
            Ancestry { learns: class.flags.contains(Flags::LEARNS_OF_SUBCLASSES), ..Ancestry::default() };
        let mut seen: FxHashSet<(FileId, Name)> = FxHashSet::default();
        let mut pending = vec![(file, class.clone())];
        while let Some((file, class)) = pending.pop() {
            for base in class.mentions.iter().filter(|mention| mention.when == When::Base) {
                let found = self.meanings(file, &base.what);
                ancestry.is_unknown |= found.is_elsewhere;
                for (file, name) in found.names {
                    if !seen.insert((file, name.clone())) {
                        continue;
                    }
                    let Some(loaded) = self.loaded(file) else {
                        ancestry.is_unknown = true;
                        continue;
                    };
                    let statements: Vec<Statement> =
                        loaded.outline.binding(&name).map(|(_, it)| it.clone()).collect();
                    for mut statement in statements {
                        ancestry.learns |= statement.flags.contains(Flags::LEARNS_OF_SUBCLASSES);
                        if statement.kind == Kind::Import {
                            // It is passed on.
                            let what = Dotted { root: name.clone(), attributes: Vec::new() };
                            statement.mentions = vec![crate::outline::Mention { what, when: When::Base }];
                        }
                        pending.push((file, statement));
                    }
                    ancestry.bases.push((file, name));
                }
            }
        }
        ancestry
    }

    /// What a dotted name may mean in a file, one step on.
    pub(crate) fn meanings(&mut self, file: FileId, what: &Dotted) -> Meanings {
        let mut meanings = Meanings::default();
        let index = self.project.graph().index();
        let Some(loaded) = self.loaded(file) else {
            meanings.is_elsewhere = true;
            return meanings;
        };
        let targets = loaded.targets.get(&what.root).cloned().unwrap_or_default();
        let is_bound = |loaded: &Loaded, name: &Name| {
            loaded.outline.binding(name).any(|(_, statement)| statement.kind != Kind::Import)
        };
        if is_bound(loaded, &what.root) {
            meanings.names.push((file, what.root.clone()));
        }
        let stars =
            if targets.is_empty() && meanings.names.is_empty() { loaded.stars.clone() } else { Vec::new() };
        for target in targets {
            match target {
                Target::Symbol(module, name) => meanings.add(index.module(module).file, name),
                Target::Module(module) => {
                    if let (module, Some((name, _))) = walk(index, module, &what.attributes) {
                        meanings.add(index.module(module).file, name);
                    }
                }
                Target::Elsewhere(top_level) => {
                    meanings.is_elsewhere |= !QUIET_PACKAGES.contains(&top_level.as_str());
                }
                Target::StandardLibrary => {
                    let last = what.attributes.last().unwrap_or(&what.root);
                    meanings.is_elsewhere |= what.root == "atexit" || last == "register";
                }
                Target::Below(_) | Target::Unknown => meanings.is_elsewhere = true,
            }
        }
        for module in stars {
            if let Some(file) = index.module(module).file {
                meanings.add(Some(file), what.root.clone());
            }
        }
        meanings
    }
}

/// Names of modules of the project that another may stand for.
#[derive(Debug, Default)]
pub(crate) struct Meanings {
    pub(crate) names: Vec<(FileId, Name)>,
    /// Whether it may be something from elsewhere that keeps what it is handed.
    pub(crate) is_elsewhere: bool,
}

impl Meanings {
    fn add(&mut self, file: Option<FileId>, name: Name) {
        match file {
            Some(file) => self.names.push((file, name)),
            None => self.is_elsewhere = true,
        }
    }
}
