//! What lies around a session: the scripts of its manifests, and the code that is installed beside it. Looked at when a rule asks.

mod follower;

use std::sync::{Arc, Mutex, PoisonError};

use ringfence_diagnostics::FileId;
use ringfence_policy::tree::{Node, parse};
use ringfence_policy::{Callable, Contract, ModulePattern, Spanned, Terms};
use ringfence_rules::{Followed, RuleId, Surroundings};

use crate::Session;
use crate::environment::package_folders_for;
use follower::Follower;

/// The tables of a `pyproject.toml` whose values are started by name.
const SCRIPT_TABLES: [&str; 2] = ["scripts", "gui-scripts"];

/// What was found around a session so far.
#[derive(Default)]
pub(crate) struct Around {
    follower: Mutex<Option<Follower>>,
}

impl Session {
    /// The names of contracts that are about code from elsewhere, which is not followed, as no environment is found.
    pub fn contracts_without_environment(&self) -> Vec<&str> {
        let index = self.graph().index();
        let is_elsewhere = |pattern: &Spanned<ModulePattern>| {
            let top = pattern.value.literal_prefix().and_then(|prefix| prefix.split('.').next());
            top.is_none_or(|top| index.get(top).is_none())
        };
        let follows = |contract: &&Contract| match &contract.terms {
            Terms::Startup { must_not_load, max_modules, .. } => {
                must_not_load.iter().any(is_elsewhere)
                    || max_modules.as_ref().is_some_and(|budget| budget.all.is_some())
            }
            _ => false,
        };
        let is_checked = |contract: &&Contract| self.settings().rules.contains(RuleId::of_contract(contract));
        let contracts = self.policy().contracts.iter().filter(follows).filter(is_checked);
        let names: Vec<&str> = contracts.map(|contract| contract.name.value.as_str()).collect();
        let has_environment = || {
            let found = package_folders_for(&self.options.interpreter, &self.options.root);
            found.is_ok_and(|(folders, _)| !folders.is_empty())
        };
        if names.is_empty() || has_environment() { Vec::new() } else { names }
    }
}

impl Surroundings for Session {
    fn scripts(&self) -> Vec<Callable> {
        let mut scripts = Vec::new();
        for folder in &self.project.tree.project_folders {
            let Some(text) = self.disk().read_text(&folder.join("pyproject.toml")) else { continue };
            // Its errors are for the rules about manifests.
            let (root, _) = parse(FileId::new(0), &text);
            let Some(project) = root.get("project") else { continue };
            for table in SCRIPT_TABLES {
                let entries = project.get(table).map(Node::entries).unwrap_or_default();
                let named = entries.iter().filter_map(|(_, value)| value.as_str());
                // `shop.cli:main [extra]`
                let callables = named.filter_map(|text| Callable::parse(text.split('[').next()?.trim()));
                scripts.extend(callables);
            }
        }
        scripts
    }

    fn follow(&self, names: &[String]) -> Option<Arc<Followed>> {
        let mut follower = self.around.follower.lock().unwrap_or_else(PoisonError::into_inner);
        if follower.is_none() {
            let (folders, _) = package_folders_for(&self.options.interpreter, &self.options.root).ok()?;
            let minor = self.policy().linter.target_version.map(|version| version.0);
            *follower = (!folders.is_empty()).then(|| Follower::new(&folders, minor));
        }
        let is_own = |top: &str| {
            let index = self.graph().index();
            index.get(top).is_some_and(|id| index.subtree(id).any(|id| index.module(id).file.is_some()))
        };
        let follower = follower.as_mut()?;
        Some(follower.follow(names, &is_own, &self.workers.pool))
    }
}
