//! The imports between modules, and of what lies elsewhere: those of `ringfence graph`.

use std::path::{Path, PathBuf};
use std::thread;

use ringfence_diagnostics::{FileId, Files};
use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_project::{Session, is_at_or_below};
use ringfence_source::{EdgeKind, decode};
use ruff_source_file::LineIndex;
use rustc_hash::FxHashSet;
use serde::Serialize;

use super::modules::Names;
use super::{Paths, Texts};
use crate::sessions::Sessions;

/// Whether a finding is about one of its imports.
pub(super) const BROKEN: u8 = 1;
/// Whether the baseline knows such a finding.
pub(super) const KNOWN: u8 = 2;
/// Whether it is declared and on its way out.
pub(super) const DEPRECATED: u8 = 4;
/// Whether the config says nothing of any of its imports.
const UNGOVERNED: u8 = 8;
/// Whether all its imports are for type checkers only.
const TYPING: u8 = 16;
/// Whether a rule that is off here would find something.
pub(super) const OFF: u8 = 32;

/// One imported name. Ordered as pages list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) file: u32,
    pub(super) line: u32,
    pub(super) kind: EdgeKind,
    pub(super) member: u32,
    pub(super) governed: bool,
    /// Whether it is in the part of the project that is asked for.
    pub(super) is_asked: bool,
}

/// All imports of all sessions.
pub(crate) struct Collected {
    pub(super) names: Names,
    pub(super) imports: Vec<Import>,
    pub(super) externals: Vec<Import>,
    pub(super) unresolved: usize,
    /// What is imported of a module: the rest of the name after that of the module, or after `=` the name in full.
    pub(super) members: Texts,
    pub(super) external_names: Texts,
}

/// What an import leads to, as `visit_counted` tells it.
struct Visited {
    edge: Edge,
    importer: ModuleId,
    imported: Option<ModuleId>,
    elsewhere: Option<String>,
    governed: bool,
    is_asked: bool,
}

impl Collected {
    /// Where it `is_part` of a project that is asked for, of what leads out of the project only what is in it.
    pub(super) fn of(sessions: &Sessions, is_part: bool, paths: &mut Paths) -> Self {
        let visited: Vec<Vec<Visited>> =
            sessions.one_a_folder().map(|session| visit(session, sessions, is_part)).collect();
        let used: Vec<FxHashSet<ModuleId>> = visited
            .iter()
            .map(|all| all.iter().flat_map(|it| std::iter::once(it.importer).chain(it.imported)).collect())
            .collect();
        let names = Names::new(sessions, &used);
        let (mut imports, mut externals) = (Vec::new(), Vec::new());
        let (mut members, mut external_names) = (Texts::default(), Texts::default());
        // Nothing, and so number 0, stands for the module itself.
        members.number("");
        let mut unresolved = FxHashSet::default();
        for (position, (session, visited)) in sessions.one_a_folder().zip(visited).enumerate() {
            let lines = lines(session);
            let numbers: Vec<u32> = (0..session.files().len())
                .map(|file| {
                    let file = FileId::new(file);
                    session
                        .facts(file)
                        .map_or(0, |_| paths.number(paths.shown(sessions, session.files().path(file))))
                })
                .collect();
            for Visited { edge, importer, imported, elsewhere, governed, is_asked } in visited {
                let Some(facts) = session.facts(edge.file) else { continue };
                let Some(line) = lines[edge.file.index()].get(edge.import as usize) else { continue };
                let Some(from) = names.of(position, importer) else { continue };
                let name = session.graph().imported_name(&edge, facts);
                let mut relative = |around: &str| match name.strip_prefix(around) {
                    Some("") => 0,
                    Some(rest) if rest.starts_with('.') => members.number(&rest[1..]),
                    _ => members.number(&format!("={name}")),
                };
                let import = |to, member| Import {
                    from,
                    to,
                    file: numbers[edge.file.index()],
                    line: *line,
                    kind: edge.kind,
                    member,
                    governed,
                    is_asked,
                };
                if let Some(to) = imported.and_then(|imported| names.of(position, imported)) {
                    let member = relative(&names.all[to as usize]);
                    imports.push(import(to, member));
                } else if !is_asked {
                    // Nothing is said of the rest but how its modules depend on each other.
                } else if let Some(elsewhere) = elsewhere {
                    let member = relative(&elsewhere);
                    externals.push(import(external_names.number(&elsewhere), member));
                } else if edge.target == Target::Unresolved {
                    unresolved.insert((from, numbers[edge.file.index()], *line, edge.kind, name));
                }
            }
        }
        for all in [&mut imports, &mut externals] {
            all.sort_unstable();
            all.dedup_by_key(|it| (it.from, it.to, it.file, it.line, it.kind, it.member));
        }
        Self { names, imports, externals, unresolved: unresolved.len(), members, external_names }
    }
}

fn visit(session: &Session, sessions: &Sessions, is_part: bool) -> Vec<Visited> {
    let index = session.graph().index();
    let edges = session.graph().edges();
    let mut governed = session.governed_imports();
    if let Some(beside) = sessions.beside(session) {
        // What one of two configs governs is governed.
        let theirs = beside.graph().edges().iter().zip(beside.governed_imports());
        let place = |session: &Session, edge: &Edge| {
            (session.files().path(edge.file).to_path_buf(), edge.import, edge.name)
        };
        let theirs: FxHashSet<_> =
            theirs.filter(|(_, governed)| *governed).map(|(edge, _)| place(beside, edge)).collect();
        for (governed, edge) in governed.iter_mut().zip(edges) {
            *governed |= theirs.contains(&place(session, edge));
        }
    }
    let paths: FxHashSet<&Path> = sessions.paths.iter().map(PathBuf::as_path).collect();
    let is_wanted: Vec<bool> = (0..session.files().len())
        .map(|file| !is_part || is_at_or_below(session.files().path(FileId::new(file)), &paths))
        .collect();
    let mut visited = Vec::with_capacity(edges.len());
    let mut position = 0;
    session.visit_counted(|edge, imported, elsewhere| {
        // They are visited in their order.
        while edges.get(position).is_some_and(|other| !std::ptr::eq(other, edge)) {
            position += 1;
        }
        let Some(importer) = index.of_file(edge.file) else { return };
        let governed = governed.get(position).copied().unwrap_or_default();
        let is_asked = is_wanted[edge.file.index()];
        visited.push(Visited {
            edge: *edge,
            importer: importer.module,
            imported,
            elsewhere,
            governed,
            is_asked,
        });
    });
    visited
}

/// By file: the line of each of its imports.
fn lines(session: &Session) -> Vec<Vec<u32>> {
    let count = session.files().len();
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut lines: Vec<Vec<u32>> = vec![Vec::new(); count];
    let share = count.div_ceil(threads).max(1);
    thread::scope(|scope| {
        for (part, lines) in lines.chunks_mut(share).enumerate() {
            scope.spawn(move || {
                for (offset, lines) in lines.iter_mut().enumerate() {
                    *lines = lines_of(session, FileId::new(part * share + offset)).unwrap_or_default();
                }
            });
        }
    });
    lines
}

fn lines_of(session: &Session, file: FileId) -> Option<Vec<u32>> {
    let facts = session.facts(file).filter(|facts| !facts.imports.is_empty())?;
    let bytes = session.files().bytes_as_read(file)?;
    let text = decode(&bytes).ok()?.text;
    let index = LineIndex::from_source_text(&text);
    let line = |offset| index.line_index(offset).get() as u32;
    Some(facts.imports.iter().map(|import| line(import.range.start())).collect())
}

/// Edges as columns, with the imports of each after those of the edge before.
#[derive(Serialize)]
pub(crate) struct Edges {
    pub(super) from: Vec<u32>,
    pub(super) to: Vec<u32>,
    /// How many imports.
    pub(super) count: Vec<u32>,
    pub(super) flags: Vec<u8>,
    line: Vec<u32>,
    /// A letter each: the first of the kind's name, but `l` for lazy and `y` for dynamic.
    kind: String,
    member: Vec<u32>,
    /// The imports that are in another file than that of the importing module, and in which.
    other: Vec<u32>,
    other_file: Vec<u32>,
}

impl Edges {
    pub(super) fn new(imports: &[Import], files: &[i32]) -> Self {
        let mut edges = Self {
            from: Vec::new(),
            to: Vec::new(),
            count: Vec::new(),
            flags: Vec::new(),
            line: Vec::with_capacity(imports.len()),
            kind: String::with_capacity(imports.len()),
            member: Vec::with_capacity(imports.len()),
            other: Vec::new(),
            other_file: Vec::new(),
        };
        for group in imports.chunk_by(|a, b| (a.from, a.to) == (b.from, b.to)) {
            edges.from.push(group[0].from);
            edges.to.push(group[0].to);
            edges.count.push(group.len() as u32);
            let mut flags = 0;
            if group.iter().all(|import| !import.governed) {
                flags |= UNGOVERNED;
            }
            if group.iter().all(|import| import.kind == EdgeKind::Typing) {
                flags |= TYPING;
            }
            edges.flags.push(flags);
            for import in group {
                if files[import.from as usize] != import.file.cast_signed() {
                    edges.other.push(edges.line.len() as u32);
                    edges.other_file.push(import.file);
                }
                edges.line.push(import.line);
                edges.kind.push(letter(import.kind));
                edges.member.push(import.member);
            }
        }
        edges
    }

    /// The position of an edge. O(log edges)
    pub(super) fn find(&self, from: u32, to: u32) -> Option<u32> {
        let start = self.from.partition_point(|it| *it < from);
        let end = self.from.partition_point(|it| *it <= from);
        let within = self.to[start..end].binary_search(&to).ok()?;
        Some((start + within) as u32)
    }
}

fn letter(kind: EdgeKind) -> char {
    match kind {
        EdgeKind::Runtime => 'r',
        EdgeKind::Typing => 't',
        EdgeKind::Deferred => 'd',
        EdgeKind::Lazy => 'l',
        EdgeKind::Optional => 'o',
        EdgeKind::Conditional => 'c',
        EdgeKind::Dynamic => 'y',
    }
}
