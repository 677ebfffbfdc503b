//! What a project is at one moment, as far as two moments are compared: what its config lets happen, what its code does, and what is found.
//!
//! A portrait goes by names and paths and never by numbers of a session, so that portraits of two sessions can be compared.

mod edges;
mod findings;
mod policy;
mod suppressions;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ringfence_diagnostics::{Files as _, Span};
use ringfence_graph::ModuleId;
use ringfence_project::{Report, Session, baseline};
use ringfence_rules::Outcome;

use crate::merged::ManyFiles;
use crate::sessions::Sessions;

pub(crate) use self::edges::{Edges, Statement};
pub(crate) use self::findings::{Finding, Subject};
pub(crate) use self::policy::{Exception, Interface, Pair, Pairs, Policy, Rule};
pub(crate) use self::suppressions::Suppression;

/// One side of a comparison: what was opened, and what it came to.
pub(crate) struct Side<'a> {
    /// How it is called: `` `main` (3f2a91c) ``, `the working tree`.
    pub(crate) title: String,
    pub(crate) sessions: &'a Sessions,
    pub(crate) portrait: Portrait,
}

/// What is compared.
#[derive(Debug, Default)]
pub(crate) struct Portrait {
    /// The configs in force.
    pub(crate) configs: BTreeSet<String>,
    pub(crate) policy: Policy,
    /// Modules that have a file, by name.
    pub(crate) modules: BTreeMap<String, Module>,
    /// Modules that the config names: boundary modules, or where there are none those that contracts name.
    pub(crate) boundaries: BTreeSet<String>,
    pub(crate) edges: Edges,
    /// Boundary modules that all lead to each other.
    pub(crate) cycles: BTreeSet<Vec<String>>,
    /// What became of each contract, by its id.
    pub(crate) contracts: BTreeMap<String, Outcome>,
    /// What is imported from elsewhere, but the standard library.
    pub(crate) externals: BTreeSet<String>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) suppressions: Vec<Suppression>,
    /// The entries of the baseline, without their reasons.
    pub(crate) baseline: BTreeSet<String>,
    /// The files whose imports are checked.
    pub(crate) checked: BTreeMap<String, PathBuf>,
}

/// A module with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Module {
    pub(crate) path: String,
    pub(crate) file: PathBuf,
    /// A hash of its file; nothing for one that is empty or was not read.
    pub(crate) content: Option<u64>,
    /// Whether some boundary module or contract says something of it.
    pub(crate) is_governed: bool,
}

impl<'a> Side<'a> {
    /// From what a check reports, session by session. O(imports log imports), beside what the check took.
    pub(crate) fn new(title: String, sessions: &'a Sessions, reports: &[Report]) -> Self {
        let mut portrait = Portrait::default();
        for (position, (session, report)) in sessions.all.iter().zip(reports).enumerate() {
            portrait.configs.extend(session.config().map(|config| sessions.display(&config.path)));
            portrait.policy.add(sessions, session);
            portrait.add_modules(sessions, session, report);
            portrait.add_externals(session);
            let entries = session.baseline().entries.iter();
            portrait.baseline.extend(entries.map(|entry| baseline::line(&entry.identity, None)));
            portrait.suppressions.extend(suppressions::of(sessions, session));
            let outcomes = report.contracts.iter().map(|contract| (contract.id.clone(), contract.outcome));
            portrait.contracts.extend(outcomes);
            let named = named(session, report);
            let names = named.iter().map(|module| session.graph().index().name(*module).to_string());
            portrait.boundaries.extend(names);
            portrait.edges.add(position, session, &named);
        }
        // Sessions of one folder know the same comments.
        portrait.suppressions.sort();
        portrait.suppressions.dedup();
        portrait.cycles = portrait.edges.cycles();
        Self { title, sessions, portrait }
    }

    /// The same with the findings of one report of all sessions.
    pub(crate) fn with_findings(mut self, report: &Report, files: &ManyFiles) -> Self {
        let finding = |diagnostic| Finding::new(diagnostic, files, &|path| self.sessions.display(path));
        self.portrait.findings = report.diagnostics.iter().map(finding).collect();
        self
    }

    /// Where a place in a file is, as it is shown: the path, and the line from 1.
    pub(crate) fn place(&self, session: usize, span: Span) -> (String, usize) {
        let session = self.sessions.all.get(session);
        session.map_or((String::new(), 1), |session| self.sessions.place(session, span))
    }

    /// Whether something is at a path, checked or not.
    pub(crate) fn has_file(&self, path: &Path) -> bool {
        self.sessions.all.first().is_some_and(|session| session.has_file(path))
    }
}

impl Portrait {
    fn add_modules(&mut self, sessions: &Sessions, session: &Session, report: &Report) {
        let index = session.graph().index();
        let by_contracts: Vec<ModuleId> = report
            .contracts
            .iter()
            .flat_map(|contract| &contract.names)
            .filter_map(|name| index.get(name))
            .collect();
        let mut is_named = vec![false; index.len()];
        for module in by_contracts {
            for below in index.subtree(module) {
                is_named[below.index()] = true;
            }
        }
        for (id, module) in index.iter() {
            let Some(file) = module.file.filter(|file| session.facts(*file).is_some()) else { continue };
            let path = session.files().path(file);
            let is_governed = session.boundaries().owner(id).is_some() || is_named[id.index()];
            let shown = sessions.display(path);
            self.checked.insert(shown.clone(), path.to_path_buf());
            let known = self.modules.entry(module.name.to_string()).or_insert_with(|| Module {
                path: shown,
                file: path.to_path_buf(),
                content: session.files().content_hash(file),
                is_governed: false,
            });
            known.is_governed |= is_governed;
        }
        for path in session.checked_files() {
            self.checked.insert(sessions.display(path), path.to_path_buf());
        }
    }

    fn add_externals(&mut self, session: &Session) {
        session.visit_counted(|edge, imported, elsewhere| {
            if imported.is_none() && edge.target == ringfence_graph::Target::ThirdParty {
                self.externals.extend(elsewhere);
            }
        });
    }
}

/// The modules that a config names, ascending: boundary modules, or where there are none those that its contracts name.
fn named(session: &Session, report: &Report) -> Vec<ModuleId> {
    let index = session.graph().index();
    let mut modules: Vec<ModuleId> =
        session.boundaries().iter().map(|(_, boundary)| boundary.module).collect();
    if modules.is_empty() {
        let names = report.contracts.iter().flat_map(|contract| &contract.names);
        modules = names.filter_map(|name| index.get(name)).collect();
        modules.sort_unstable();
        modules.dedup();
    }
    modules
}
