//! What the config says: layers, boundary modules, and why each may import what it imports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ringfence_diagnostics::{Files, Span};
use ringfence_project::{Session, is_at_or_below};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::imports::Import;
use super::modules::{Modules, Names};
use super::{Paths, Texts};
use crate::sessions::Sessions;

#[derive(Serialize)]
pub(crate) struct Layer {
    name: String,
    /// 0 is the top; layers of one rank are independent of each other.
    rank: usize,
    closed: bool,
    /// The config that has it, where there are several.
    config: Option<String>,
}

/// The layers of all configs, the top of each first.
pub(super) fn layers(sessions: &Sessions, paths: &Paths) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    let are_several =
        sessions.one_a_folder().filter(|session| !session.policy().layers.is_empty()).nth(1).is_some();
    for session in sessions.one_a_folder() {
        let config =
            session.config().filter(|_| are_several).map(|config| paths.shown(sessions, &config.path));
        let before = layers.iter().map(|layer| layer.rank + 1).max().unwrap_or_default();
        layers.extend(session.policy().layers.iter().map(|layer| Layer {
            name: layer.name.value.clone(),
            rank: before + layer.rank,
            closed: layer.closed,
            config: config.clone(),
        }));
    }
    layers
}

/// Boundary modules as columns; -1 stands for nothing.
#[derive(Default, Serialize)]
pub(crate) struct Boundaries {
    /// As modules.
    module: Vec<u32>,
    layer: Vec<i32>,
    owner: Vec<i32>,
    owners: Vec<String>,
    /// Where the config declares it.
    file: Vec<u32>,
    line: Vec<usize>,
    /// Whether `ringfence graph` lists it: 1, or 0 where it is not of the part that is asked for.
    listed: Vec<u8>,
}

impl Boundaries {
    /// Where only a `part` is asked for, which has these imports, those that own some of it are listed, and those that they import.
    pub(super) fn new(
        sessions: &Sessions,
        names: &Names,
        modules: &Modules,
        part: Option<&[Import]>,
        paths: &mut Paths,
    ) -> Self {
        let mut columns = Self::default();
        let mut owners = Texts::default();
        let asked: FxHashSet<&Path> = sessions.paths.iter().map(PathBuf::as_path).collect();
        let owner = |module: u32| u32::try_from(modules.owner[module as usize]).ok();
        let imported: FxHashSet<u32> = part
            .iter()
            .flat_map(|imports| imports.iter())
            .filter_map(|import| owner(import.from).and(owner(import.to)))
            .collect();
        // Several configs may each have one of that name: the config counts to which the module belongs.
        let mut chosen: FxHashMap<u32, usize> = FxHashMap::default();
        for (position, session) in sessions.one_a_folder().enumerate() {
            for (_, boundary) in session.boundaries().iter() {
                let Some(number) = names.of(position, boundary.module) else { continue };
                let config = chosen.entry(number).or_insert(position);
                if names.is_home(number, position) {
                    *config = position;
                }
            }
        }
        let mut layers_before = 0;
        for (position, session) in sessions.one_a_folder().enumerate() {
            let (policy, boundaries) = (session.policy(), session.boundaries());
            for (id, boundary) in boundaries.iter() {
                let Some(number) = names.of(position, boundary.module) else { continue };
                if chosen.get(&number) != Some(&position) {
                    continue;
                }
                let declaration = &policy.modules[boundary.declaration];
                let is_there = || {
                    let index = session.graph().index();
                    let mut owned =
                        index.subtree(boundary.module).filter(|module| boundaries.owner(*module) == Some(id));
                    owned.any(|module| {
                        let file = index.module(module).file;
                        file.is_some_and(|file| is_at_or_below(session.files().path(file), &asked))
                    })
                };
                columns.listed.push(u8::from(part.is_none() || imported.contains(&number) || is_there()));
                let layer = boundaries
                    .layer(id)
                    .map_or(-1, |layer| i32::try_from(layers_before + layer).unwrap_or(-1));
                let owner =
                    declaration.owner.as_ref().map_or(-1, |owner| owners.number(&owner.value).cast_signed());
                let (file, line) = paths.place(sessions, session, declaration.pattern.span);
                columns.module.push(number);
                columns.layer.push(layer);
                columns.owner.push(owner);
                columns.file.push(file);
                columns.line.push(line);
            }
            layers_before += policy.layers.len();
        }
        columns.owners = owners.all;
        columns
    }
}

/// What the config says of each two boundary modules of which the one imports the other.
#[derive(Default, Serialize)]
pub(crate) struct Reasons {
    all: Vec<Reason>,
    /// By pair: the two boundary modules, as modules, and how many of `said` are about them.
    from: Vec<u32>,
    to: Vec<u32>,
    count: Vec<usize>,
    said: Vec<usize>,
    /// What a boundary module, as a module, says of something from elsewhere, by its number.
    externals: Vec<(u32, u32, usize)>,
    #[serde(skip)]
    known: FxHashMap<ReasonKey, usize>,
}

/// Session, code, verdict, place, text.
type ReasonKey = (usize, &'static str, bool, Option<Span>, String);

#[derive(Serialize)]
struct Reason {
    allows: bool,
    code: &'static str,
    text: String,
    /// The line of the config that says so.
    file: Option<u32>,
    line: Option<usize>,
}

impl Reasons {
    pub(super) fn new(sessions: &Sessions, names: &Names, externals: &Texts, paths: &mut Paths) -> Self {
        let mut reasons = Self::default();
        let mut pairs: BTreeMap<(u32, u32), (usize, Vec<ringfence_rules::Reason>)> = BTreeMap::new();
        for (position, session) in sessions.one_a_folder().enumerate() {
            for (from, to, said) in session.why_boundaries() {
                let (Some(from), Some(to)) = (names.of(position, from), names.of(position, to)) else {
                    continue;
                };
                // Of two configs that speak of the two, the one to which the importer belongs.
                if names.is_home(from, position) || !pairs.contains_key(&(from, to)) {
                    pairs.insert((from, to), (position, said));
                }
            }
        }
        let all: Vec<&Session> = sessions.one_a_folder().collect();
        for ((from, to), (position, said)) in pairs {
            let Some(session) = all.get(position) else { continue };
            reasons.from.push(from);
            reasons.to.push(to);
            reasons.count.push(said.len());
            for reason in said {
                let number = reasons.number(sessions, session, position, reason, paths);
                reasons.said.push(number);
            }
        }
        for (position, session) in all.into_iter().enumerate() {
            for (from, name, reason) in session.why_externals() {
                let (Some(from), Some(to)) = (names.of(position, from), externals.get(&name)) else {
                    continue;
                };
                if names.is_home(from, position) {
                    let number = reasons.number(sessions, session, position, reason, paths);
                    reasons.externals.push((from, to, number));
                }
            }
        }
        reasons.externals.sort_unstable();
        reasons
    }

    /// The position of a reason among all; each is there once.
    fn number(
        &mut self,
        sessions: &Sessions,
        session: &Session,
        position: usize,
        reason: ringfence_rules::Reason,
        paths: &mut Paths,
    ) -> usize {
        let ringfence_rules::Reason { allows, code, text, span } = reason;
        let key = (position, code, allows, span, text);
        if let Some(number) = self.known.get(&key) {
            return *number;
        }
        let place = span.map(|span| paths.place(sessions, session, span));
        let number = self.all.len();
        self.all.push(Reason {
            allows,
            code,
            text: key.4.clone(),
            file: place.map(|(file, _)| file),
            line: place.map(|(_, line)| line),
        });
        self.known.insert(key, number);
        number
    }

    /// Whether a key of the owner of a module speaks of something from elsewhere.
    pub(super) fn speaks_of_external(&self, owner: u32, name: u32) -> bool {
        self.externals.binary_search_by_key(&(owner, name), |(from, to, _)| (*from, *to)).is_ok()
    }
}
