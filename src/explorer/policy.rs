//! What the config says: layers, boundary modules, and why each may import what it imports.

use std::path::{Path, PathBuf};

use ringfence_diagnostics::Files;
use ringfence_project::is_at_or_below;
use rustc_hash::FxHashSet;
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
}

/// The layers of all configs, the top of each first.
pub(super) fn layers(sessions: &Sessions) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    for session in sessions.one_a_folder() {
        let before = layers.iter().map(|layer| layer.rank + 1).max().unwrap_or_default();
        layers.extend(session.policy().layers.iter().map(|layer| Layer {
            name: layer.name.value.clone(),
            rank: before + layer.rank,
            closed: layer.closed,
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
        // Several configs may each have one of that name.
        let mut seen = FxHashSet::default();
        let mut layers_before = 0;
        for (position, session) in sessions.one_a_folder().enumerate() {
            let (policy, boundaries) = (session.policy(), session.boundaries());
            for (id, boundary) in boundaries.iter() {
                let Some(number) = names.of(position, boundary.module) else { continue };
                if !seen.insert(number) {
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
}

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
    pub(super) fn new(sessions: &Sessions, names: &Names, paths: &mut Paths) -> Self {
        let mut reasons = Self::default();
        let mut known = rustc_hash::FxHashMap::default();
        for (position, session) in sessions.one_a_folder().enumerate() {
            for (from, to, said) in session.why_boundaries() {
                let (Some(from), Some(to)) = (names.of(position, from), names.of(position, to)) else {
                    continue;
                };
                reasons.from.push(from);
                reasons.to.push(to);
                reasons.count.push(said.len());
                for reason in said {
                    let key = (position, reason.code, reason.allows, reason.span, reason.text.clone());
                    let number = *known.entry(key).or_insert_with(|| {
                        let place = reason.span.map(|span| paths.place(sessions, session, span));
                        reasons.all.push(Reason {
                            allows: reason.allows,
                            code: reason.code,
                            text: reason.text,
                            file: place.map(|(file, _)| file),
                            line: place.map(|(_, line)| line),
                        });
                        reasons.all.len() - 1
                    });
                    reasons.said.push(number);
                }
            }
        }
        reasons
    }
}
