//! What a config lets happen.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_diagnostics::{Severity, Span};
use ringfence_graph::ModuleId;
use ringfence_policy::{Policy as Config, Spanned, Terms};
use ringfence_project::Session;
use ringfence_rules::{RULES, RuleId};
use ringfence_source::EdgeKind;
use rustc_hash::FxHashMap;
use strum::IntoEnumIterator as _;

use super::Side;
use crate::sessions::Sessions;

/// A module that imports, and one that is imported, by name.
pub(crate) type Pair = (String, String);

/// What configs let happen, beside who may import whom ([`Pairs`]).
#[derive(Debug, Default)]
pub(crate) struct Policy {
    /// The rules that are on, by the folder of the config and by code.
    pub(crate) rules: BTreeMap<(String, &'static str), Rule>,
    /// With the path and the line that say so.
    pub(crate) exceptions: BTreeMap<Exception, (String, usize)>,
    /// What boundary modules let others import; nothing for those that let everything be imported.
    pub(crate) interfaces: BTreeMap<String, Option<Interface>>,
    /// Contracts by the folder of the config and by id, with the config.
    pub(crate) contracts: BTreeMap<(String, String), String>,
    /// The kinds of imports that are looked at: `` `lazy` for RF101 ``.
    pub(crate) kinds: BTreeSet<String>,
}

/// A rule that is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) config: String,
    pub(crate) name: &'static str,
    pub(crate) severity: Severity,
}

/// One entry of a config that lets something pass which would be found without it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Exception {
    /// The folder of the config: what it is called there may change.
    pub(crate) folder: String,
    /// The key: `per-file-ignores`, `exclude`, `deprecated`, `exceptions`, `utility`, `skip`.
    pub(crate) kind: &'static str,
    /// What it says: `tests/*: RF101`, `domain: shop.a -> shop.b`.
    pub(crate) text: String,
}

/// The members that may be imported, as they are written, with for whom where that is said.
pub(crate) type Interface = BTreeSet<String>;

impl Policy {
    pub(super) fn add(&mut self, sessions: &Sessions, session: &Session) {
        let config = session.config().map(|config| sessions.display(&config.path)).unwrap_or_default();
        let folder = sessions.display(session.root());
        let settings = session.settings();
        for rule in settings.rules.iter() {
            let metadata = rule.metadata();
            let severity = settings.severity(rule);
            let entry = Rule { config: config.clone(), name: metadata.name, severity };
            self.rules.insert((folder.clone(), metadata.code), entry);
        }
        for exception in exceptions(session) {
            let (kind, text, span) = exception;
            let place = sessions.place(session, span);
            self.exceptions.entry(Exception { folder: folder.clone(), kind, text }).or_insert(place);
        }
        for contract in &session.policy().contracts {
            self.contracts.insert((folder.clone(), contract.id().to_string()), config.clone());
        }
        self.add_interfaces(session);
        self.add_kinds(session);
    }

    fn add_interfaces(&mut self, session: &Session) {
        let (policy, boundaries) = (session.policy(), session.boundaries());
        for (id, boundary) in boundaries.iter() {
            let name = session.graph().index().name(boundary.module);
            let own = policy.modules.get(boundary.declaration).and_then(|it| it.exposes.as_ref());
            let numbers = boundaries.interfaces(id).iter();
            let interfaces: Vec<_> =
                numbers.filter_map(|number| policy.interfaces.get(*number as usize)).collect();
            let known = self.interfaces.entry(name.to_string()).or_default();
            if own.is_none() && interfaces.is_empty() {
                continue;
            }
            let exposed = known.get_or_insert_with(Interface::new);
            exposed.extend(own.iter().flat_map(|list| &list.value).map(|it| it.value.to_string()));
            for interface in interfaces {
                let visible_to = interface.visible_to.as_ref().map(|list| {
                    list.value.iter().map(|it| it.value.to_string()).collect::<Vec<_>>().join(", ")
                });
                let only = if interface.exclusive { "only " } else { "" };
                let whom = visible_to.map(|whom| format!(" {only}for {whom}")).unwrap_or_default();
                exposed.extend(interface.exposes.value.iter().map(|it| format!("{}{whom}", it.value)));
            }
        }
    }

    fn add_kinds(&mut self, session: &Session) {
        let settings = session.settings();
        let looks = RULES.iter().zip(RuleId::all()).filter(|(entry, _)| entry.filters_by_kind);
        for (_, rule) in looks.filter(|(_, rule)| settings.rules.contains(*rule)) {
            let kinds = EdgeKind::iter();
            let kinds = kinds.filter(|kind| settings.kinds.judges(rule, session.boundaries(), None, *kind));
            let code = rule.metadata().code;
            self.kinds.extend(kinds.map(|kind| format!("`{}` for {code}", kind.as_str())));
        }
        for module in &session.policy().modules {
            let kinds = module.kinds.iter().flat_map(|kinds| &kinds.value);
            self.kinds.extend(kinds.map(|kind| format!("`{}` of `{}`", kind.as_str(), module.pattern.value)));
        }
    }
}

/// What a config lets pass: the key, what it says, and where.
fn exceptions(session: &Session) -> Vec<(&'static str, String, Span)> {
    let Config { modules, contracts, linter, .. } = session.policy();
    let mut found = Vec::new();
    for (files, rules) in &linter.per_file_ignores {
        let entries = rules.iter().map(|rule| (format!("{}: {}", files.value, rule.value), rule.span));
        found.extend(entries.map(|(text, span)| ("per-file-ignores", text, span)));
    }
    for pattern in linter.exclude.iter().flatten().chain(&linter.extend_exclude) {
        found.push(("exclude", pattern.value.clone(), pattern.span));
    }
    for module in modules {
        let name = &module.pattern.value;
        let entries = module.depends_on.iter().flat_map(|list| &list.value);
        for entry in entries.filter(|entry| entry.deprecated.is_some()) {
            found.push(("deprecated", format!("{name} -> {}", entry.pattern.value), entry.pattern.span));
        }
        if let Some(span) = module.utility {
            found.push(("utility", name.to_string(), span));
        }
    }
    for contract in contracts {
        let id = contract.id();
        for exception in &contract.exceptions {
            found.push(("exceptions", format!("{id}: {}", exception.text()), exception.span));
        }
        match &contract.terms {
            Terms::Acyclic { skip, .. } => {
                let skipped = skip.iter().map(|module| (format!("{id}: {}", module.value), module.span));
                found.extend(skipped.map(|(text, span)| ("skip", text, span)));
            }
            Terms::Layers { exhaustive_except, .. } => {
                let except = exhaustive_except.iter();
                let except = except.map(|Spanned { value, span }| (format!("{id}: {value}"), *span));
                found.extend(except.map(|(text, span)| ("exhaustive-except", text, span)));
            }
            Terms::Forbidden { .. }
            | Terms::Independent { .. }
            | Terms::Protected { .. }
            | Terms::Required { .. }
            | Terms::Startup { .. } => {}
        }
    }
    found
}

/// Which of some modules may import which, on one side.
pub(crate) struct Pairs {
    verdicts: FxHashMap<(u32, u32), bool>,
    /// The modules that are there, checked or not.
    is_there: Vec<bool>,
}

impl Pairs {
    /// Of each two of these modules. `is_elsewhere` says of a module that this side does not know whether its file is there all the
    /// same: then nobody checks what it imports, nor who imports it. O(n²) in their number for each rule and each contract.
    pub(crate) fn new(side: &Side, names: &[&str], is_unchecked: &dyn Fn(&str) -> bool) -> Self {
        let mut pairs = Self {
            verdicts: FxHashMap::default(),
            is_there: names.iter().map(|name| is_unchecked(name)).collect(),
        };
        for session in &side.sessions.all {
            let index = session.graph().index();
            let known: Vec<(u32, ModuleId)> =
                (0..).zip(names).filter_map(|(number, name)| Some((number, index.get(name)?))).collect();
            let modules: Vec<ModuleId> = known.iter().map(|(_, module)| *module).collect();
            let permissions = session.permissions(&modules);
            for (row, (from, _)) in known.iter().enumerate() {
                pairs.is_there[*from as usize] = true;
                for (column, (to, _)) in known.iter().enumerate().filter(|(column, _)| *column != row) {
                    if permissions.allows(row, column) == Some(false) {
                        pairs.verdicts.insert((*from, *to), false);
                    }
                }
            }
        }
        pairs
    }

    /// Whether one module may import another, by their positions; nothing where one of them is not there.
    pub(crate) fn allows(&self, from: usize, to: usize) -> Option<bool> {
        let is_there = |module: usize| self.is_there.get(module).copied().unwrap_or_default();
        (is_there(from) && is_there(to))
            .then(|| self.verdicts.get(&(from as u32, to as u32)).copied().unwrap_or(true))
    }
}
