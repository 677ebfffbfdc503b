//! What the page of `ringfence explore` shows, as data: the same sessions, functions and names as `graph`, `coverage`, `why` and `check`.
//!
//! Lists that may be long are columns of numbers, not objects: 30,000 modules with all their imports are a few megabytes. `web/src/raw.ts`
//! has the same shapes.

mod cycles;
mod findings;
mod imports;
mod modules;
mod page;
mod policy;

use std::path::{Path, PathBuf};

use ringfence_diagnostics::{Files, Span};
use ringfence_project::{Report, Session};
use ringfence_rules::Governance;
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::Value;

use crate::difference::{Difference, Edge};
use crate::merged::ManyFiles;
use crate::sessions::Sessions;

use self::cycles::Cycle;
use self::findings::{About, Finding};
use self::imports::{Collected, Edges, Import};
use self::modules::{Modules, Names};
use self::policy::{Boundaries, Layer, Reasons};

pub(crate) use self::page::write_page;

/// What a page is made of, beside the sessions.
pub(crate) struct Sources<'a> {
    pub(crate) sessions: &'a Sessions,
    /// Whether somebody named paths, so that only what is there is asked for.
    pub(crate) is_part: bool,
    pub(crate) files: &'a ManyFiles<'a>,
    pub(crate) report: &'a Report,
    /// Findings that the baseline knows.
    pub(crate) known: &'a Report,
    /// What rules would find that are off there.
    pub(crate) off: &'a Report,
    pub(crate) governance: &'a Governance,
    /// What `ringfence coverage` prints.
    pub(crate) coverage: Value,
    /// Where the sources are on the web: `{path}` and `{line}` stand for those of a file.
    pub(crate) source_url: Option<&'a str>,
    /// The closing lines of `ringfence check`.
    pub(crate) closing: Vec<String>,
    /// What came and went since another moment.
    pub(crate) difference: Option<&'a Difference>,
}

/// Everything that the page knows.
#[derive(Serialize)]
pub(crate) struct Model {
    version: u32,
    /// Which of several pages it is that one server made; 0 for a file.
    revision: u64,
    tool: &'static str,
    project: String,
    /// The folder that paths are relative to, for links to an editor; nothing where there are links to the web.
    root: Option<String>,
    source_url: Option<String>,
    /// The paths that somebody asked for; empty: all.
    part: Vec<String>,
    layers: Vec<Layer>,
    modules: Modules,
    files: Paths,
    boundaries: Boundaries,
    members: Vec<String>,
    edges: Edges,
    externals: Edges,
    external_names: Vec<String>,
    unresolved: usize,
    findings: Vec<Finding>,
    reasons: Reasons,
    contracts: Vec<Value>,
    cycles: Vec<Cycle>,
    coverage: Value,
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Changes>,
}

/// What `ringfence diff` compared: pairs of boundary modules, as modules.
#[derive(Serialize)]
struct Changes {
    base: String,
    head: String,
    added: Vec<(u32, u32)>,
    /// Of those that the model has both.
    gone: Vec<(u32, u32)>,
}

/// What a check came to.
#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    suppressed: usize,
    baselined: usize,
    stale: usize,
    /// The closing lines.
    text: Vec<String>,
}

/// A place: a path by its number, and a line from 1.
type Place = (u32, usize);

/// Paths as they are shown, each once: the folder by its number, and the name in it.
#[derive(Default, Serialize)]
struct Paths {
    folders: Vec<String>,
    folder: Vec<u32>,
    name: Vec<String>,
    #[serde(skip)]
    by_path: FxHashMap<String, u32>,
    #[serde(skip)]
    by_folder: FxHashMap<String, u32>,
    /// Whether nobody is told what folders there are around the project.
    #[serde(skip)]
    is_apart: bool,
}

impl Paths {
    /// A path as the page shows it: as `check` does, but over `..` where it lies outside of the working directory and no reader has
    /// this machine.
    fn shown(&self, sessions: &Sessions, path: &Path) -> String {
        let folder = &sessions.working_directory;
        if self.is_apart && !path.starts_with(folder) {
            let common = path.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
            let up = std::iter::repeat_n("..", folder.components().count() - common);
            let down = path.components().skip(common);
            let up_and_down: PathBuf =
                up.map(PathBuf::from).chain(down.map(|part| part.as_os_str().into())).collect();
            return ringfence_diagnostics::paths::absolute(&up_and_down);
        }
        sessions.display(path)
    }

    fn number(&mut self, path: String) -> u32 {
        if let Some(number) = self.by_path.get(&path) {
            return *number;
        }
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let next = self.folders.len() as u32;
        let folder_number = *self.by_folder.entry(folder.to_string()).or_insert(next);
        if folder_number == next {
            self.folders.push(folder.to_string());
        }
        let number = self.name.len() as u32;
        self.folder.push(folder_number);
        self.name.push(name.to_string());
        self.by_path.insert(path, number);
        number
    }

    fn place(&mut self, sessions: &Sessions, session: &Session, span: Span) -> Place {
        let path = self.shown(sessions, session.files().path(span.file));
        (self.number(path), session.files().line(span))
    }
}

/// Texts by number, each once.
#[derive(Default)]
struct Texts {
    all: Vec<String>,
    numbers: FxHashMap<String, u32>,
}

impl Texts {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.all.len() as u32;
        self.all.push(text.to_string());
        self.numbers.insert(text.to_string(), number);
        number
    }

    fn get(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }
}

impl Model {
    /// The same as one of several pages.
    pub(crate) fn at(self, revision: u64) -> Self {
        Self { revision, ..self }
    }

    /// O(imports log imports), and what cycles take, which is bounded.
    pub(crate) fn new(sources: &Sources) -> Self {
        let Sources {
            sessions,
            is_part,
            files: _,
            report,
            known: _,
            off: _,
            governance,
            coverage,
            source_url,
            closing,
            difference,
        } = sources;
        let mut paths = Paths { is_apart: source_url.is_some(), ..Paths::default() };
        let Collected { names, imports: all, mut externals, unresolved, members, external_names } =
            Collected::of(sessions, *is_part, &mut paths);
        let imports: Vec<Import> = all.iter().copied().filter(|import| import.is_asked).collect();
        let part = is_part.then_some(imports.as_slice());
        let modules = Modules::new(sessions, &names, governance, part, &mut paths);
        let boundaries = Boundaries::new(sessions, &names, &modules, part, &mut paths);
        let reasons = Reasons::new(sessions, &names, &external_names, &mut paths);
        // What a part imports may be in a cycle that leads over the rest.
        let cycles = cycles::find(&all, &modules, &names);
        for import in &mut externals {
            let owner = u32::try_from(modules.owner[import.from as usize]).ok();
            import.governed = owner.is_some_and(|owner| reasons.speaks_of_external(owner, import.to));
        }
        let mut edges = Edges::new(&imports, &modules.file);
        let mut externals = Edges::new(&externals, &modules.file);
        let about =
            About { names: &names, edges: &edges, externals: &externals, external_names: &external_names };
        let findings = findings::collect(sources, &about, &mut paths);
        findings::mark(&mut edges, &mut externals, &findings);
        let errors = crate::summary::errors(&report.diagnostics);
        let changes = difference.map(|difference| changes(difference, &names));
        Self {
            changes,
            version: 1,
            revision: 0,
            tool: concat!("ringfence ", env!("CARGO_PKG_VERSION")),
            project: project_name(sessions),
            root: source_url.is_none().then(|| root_of(&sessions.working_directory)),
            source_url: source_url.map(str::to_string),
            part: if *is_part {
                sessions.paths.iter().map(|path| paths.shown(sessions, path)).collect()
            } else {
                Vec::new()
            },
            layers: policy::layers(sessions, &paths),
            edges,
            externals,
            external_names: external_names.all,
            unresolved,
            modules,
            boundaries,
            members: members.all,
            findings,
            reasons,
            contracts: contracts(report),
            cycles,
            coverage: coverage.clone(),
            summary: Summary {
                errors,
                warnings: report.diagnostics.len() - errors,
                suppressed: report.coverage.suppressed,
                baselined: report.coverage.baselined,
                stale: report.coverage.stale,
                text: closing.clone(),
            },
            files: paths,
        }
    }
}

fn changes(difference: &Difference, names: &Names) -> Changes {
    let pairs = |edges: &[Edge]| {
        edges.iter().filter_map(|edge| Some((names.get(&edge.from)?, names.get(&edge.to)?))).collect()
    };
    Changes {
        base: difference.base.replace('`', ""),
        head: difference.head.replace('`', ""),
        added: pairs(&difference.edges.added),
        gone: pairs(&difference.edges.removed),
    }
}

fn contracts(report: &Report) -> Vec<Value> {
    let contracts = report.contracts.iter().map(|it| {
        serde_json::json!({
            "id": it.id, "name": it.name, "type": it.type_name, "outcome": it.outcome.as_str(),
            "violations": it.violations, "constrained": it.constrained, "modules": it.modules,
        })
    });
    contracts.collect()
}

fn project_name(sessions: &Sessions) -> String {
    let root = sessions.all.first().map_or(sessions.working_directory.as_path(), Session::root);
    root.file_name().map_or_else(|| "project".to_string(), |name| name.to_string_lossy().into_owned())
}

fn root_of(folder: &Path) -> String {
    ringfence_diagnostics::paths::absolute(folder)
}

/// The names of all nodes by their numbers, for what is told by names.
pub(crate) fn position_of(names: &Names, dotted: &str) -> Option<u32> {
    // What is imported from a module may be told with it.
    let ends = std::iter::once(dotted.len()).chain(dotted.rmatch_indices('.').map(|(dot, _)| dot));
    ends.into_iter().find_map(|end| names.get(&dotted[..end]))
}
