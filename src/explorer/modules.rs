//! The modules of all sessions as one tree, in preorder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ringfence_diagnostics::Files;
use ringfence_graph::{ModuleId, ModuleKind};
use ringfence_project::{Session, is_at_or_below};
use ringfence_rules::Governance;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::Paths;
use super::imports::Import;
use crate::sessions::Sessions;

/// Whether `ringfence graph` lists it.
const LISTED: u8 = 1;
/// Whether some boundary module or contract says something of it.
const GOVERNED: u8 = 2;
/// Whether it is test code.
const TEST: u8 = 4;
/// Whether `ringfence coverage` counts it.
const COUNTED: u8 = 8;

/// Which number each name has. Numbers are in preorder: what is below a package follows it.
pub(crate) struct Names {
    pub(super) all: Vec<String>,
    numbers: FxHashMap<String, u32>,
    /// By session (those with a folder of their own), then by its modules.
    by_session: Vec<Vec<Option<u32>>>,
    /// By name: the session that it belongs to.
    home: Vec<Option<usize>>,
}

impl Names {
    /// The modules that are listed or have an import, with the packages around them. `used` has those with an import, by session.
    pub(super) fn new(sessions: &Sessions, used: &[FxHashSet<ModuleId>]) -> Self {
        let mut names: BTreeSet<Vec<&str>> = BTreeSet::new();
        let is_there = |session: &Session, position: usize, id: ModuleId, name: &str| -> bool {
            session.policy().has_module(name) || used.get(position).is_some_and(|used| used.contains(&id))
        };
        for (position, session) in sessions.one_a_folder().enumerate() {
            for (id, module) in session.graph().index().iter() {
                if is_there(session, position, id, &module.name) {
                    let segments: Vec<&str> = module.name.split('.').collect();
                    for end in (1..segments.len()).rev() {
                        if !names.insert(segments[..end].to_vec()) {
                            break;
                        }
                    }
                    names.insert(segments);
                }
            }
        }
        let all: Vec<String> = names.into_iter().map(|segments| segments.join(".")).collect();
        let numbers: FxHashMap<String, u32> = all.iter().cloned().zip(0..).collect();
        let numbered = |session: &Session| -> Vec<Option<u32>> {
            let modules = session.graph().index().iter();
            modules.map(|(_, module)| numbers.get(&*module.name).copied()).collect()
        };
        let by_session: Vec<Vec<Option<u32>>> = sessions.one_a_folder().map(numbered).collect();
        // The first that has a file of that name, or else the first that knows it.
        let mut home = vec![None; all.len()];
        for with_file in [true, false] {
            for (position, (session, numbered)) in sessions.one_a_folder().zip(&by_session).enumerate() {
                for ((_, module), number) in session.graph().index().iter().zip(numbered) {
                    if let Some(number) = number
                        && (module.file.is_some() || !with_file)
                    {
                        home[*number as usize].get_or_insert(position);
                    }
                }
            }
        }
        Self { all, numbers, by_session, home }
    }

    /// Whether a module belongs to a session: several may know one of its name, whose configs may say different things of it.
    pub(super) fn is_home(&self, number: u32, session: usize) -> bool {
        self.home.get(number as usize).is_some_and(|home| *home == Some(session))
    }

    pub(super) fn get(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    pub(super) fn of(&self, session: usize, module: ModuleId) -> Option<u32> {
        *self.by_session.get(session)?.get(module.index())?
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }
}

/// Columns by the number of a module; -1 stands for nothing.
#[derive(Serialize)]
pub(crate) struct Modules {
    pub(super) parent: Vec<i32>,
    segment: Vec<String>,
    /// A letter each: `p`ackage, `m`odule, `n`amespace, `e`xtension.
    kind: String,
    pub(super) file: Vec<i32>,
    /// The innermost boundary module around it, as a module.
    pub(super) owner: Vec<i32>,
    flags: Vec<u8>,
}

impl Modules {
    /// Where only a `part` is asked for, which has these imports, what is there and what it imports is listed.
    pub(super) fn new(
        sessions: &Sessions,
        names: &Names,
        governance: &Governance,
        part: Option<&[Import]>,
        paths: &mut Paths,
    ) -> Self {
        let imported: FxHashSet<u32> =
            part.iter().flat_map(|imports| imports.iter().map(|it| it.to)).collect();
        let asked: FxHashSet<&Path> = sessions.paths.iter().map(PathBuf::as_path).collect();
        let count = names.len();
        let mut parent = Vec::with_capacity(count);
        let mut segment = Vec::with_capacity(count);
        let mut around: Vec<u32> = Vec::new();
        for (number, name) in names.all.iter().enumerate() {
            while let Some(outer) = around.last() {
                let outer = &names.all[*outer as usize];
                if name.strip_prefix(outer.as_str()).is_some_and(|rest| rest.starts_with('.')) {
                    break;
                }
                around.pop();
            }
            parent.push(around.last().map_or(-1, |outer| outer.cast_signed()));
            segment.push(name.rsplit('.').next().unwrap_or_default().to_string());
            around.push(number as u32);
        }
        let (mut file, mut owner) = (vec![-1; count], vec![-1; count]);
        let (mut kind, mut flags) = (vec!['n'; count], vec![0; count]);
        for (position, session) in sessions.one_a_folder().enumerate() {
            let (index, boundaries) = (session.graph().index(), session.boundaries());
            for (id, module) in index.iter() {
                let Some(number) = names.of(position, id) else { continue };
                let is_there = |file| is_at_or_below(session.files().path(file), &asked);
                let is_listed =
                    part.is_none() || imported.contains(&number) || module.file.is_some_and(is_there);
                let is_home = names.is_home(number, position);
                let number = number as usize;
                if is_listed && session.policy().has_module(&module.name) {
                    flags[number] |= LISTED;
                }
                if !is_home {
                    continue;
                }
                if let Some(read) = module.file {
                    let path = paths.shown(sessions, session.files().path(read));
                    file[number] = paths.number(path).cast_signed();
                    if session.is_test(read) {
                        flags[number] |= TEST;
                    }
                }
                kind[number] = match module.kind {
                    ModuleKind::Package => 'p',
                    ModuleKind::Module => 'm',
                    ModuleKind::Namespace => 'n',
                    ModuleKind::Extension => 'e',
                };
                if let Some(around) = boundaries.owner(id)
                    && let Some(around) = names.of(position, boundaries.get(around).module)
                {
                    owner[number] = around.cast_signed();
                }
            }
        }
        let ungoverned: FxHashSet<&str> = governance.ungoverned.iter().map(String::as_str).collect();
        for name in &governance.modules {
            if let Some(number) = names.get(name) {
                let governed = if ungoverned.contains(name.as_str()) { 0 } else { GOVERNED };
                flags[number as usize] |= COUNTED | governed;
            }
        }
        Self { parent, segment, kind: kind.into_iter().collect(), file, owner, flags }
    }
}
