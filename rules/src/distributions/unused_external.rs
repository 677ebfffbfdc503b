use ringfence_diagnostics::{FileId, Label};
use ringfence_graph::{Edge, Target};
use ringfence_manifest::{Group, Requirement, normalized, well_known};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::externals::{Externals, Project};
use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Explainer, Message, Site};

/// What names of distributions begin with that add something to another program, which finds it by itself.
const PLUGIN_PREFIXES: [&str; 9] = [
    "flake8-",
    "mkdocs-",
    "mypy-",
    "pylint-",
    "pytest-",
    "sphinx-",
    "sphinxcontrib-",
    "hatch-",
    "setuptools-",
];

/// What the standard library looks for by itself.
const DATA_OF_THE_LIBRARY: [&str; 1] = ["tzdata"];

declare_rule! {
    /// ## What it does
    /// Checks for requirements that no production code of the project imports.
    ///
    /// ## Why is this bad?
    /// Everyone who installs the project also installs the requirement and its dependencies. It is updated and
    /// audited for nothing.
    ///
    /// Only run-time requirements are checked: no extras, no groups. Any import counts as a use, including imports
    /// for type checking, dynamic imports and conditional imports, but imports in test code do not. These are never
    /// reported: requirements for type checkers (`types-*`, `*-stubs`), plugins (distributions that register entry
    /// points, and names such as `pytest-*`), `tzdata`, and installed distributions that have nothing to import. A
    /// project is not checked if production code of it cannot be read in full, or if its build backend computes its
    /// dependencies.
    ///
    /// A requirement that is used only by name (a server that a script starts, a driver in a database URL, an app in
    /// `INSTALLED_APPS`) looks unused. Suppress the finding with a comment on the line of the requirement, as in
    /// Python: `"gunicorn",  # ringfence: ignore[RF502] started by the Dockerfile`.
    ///
    /// RF501 explains how imports and distributions are matched.
    ///
    /// ## Example
    /// ```toml
    /// [project]
    /// dependencies = [
    ///     "httpx",
    ///     "requests",  # RF502: nothing imports requests
    /// ]
    /// ```
    ///
    /// Use instead:
    /// ```toml
    /// [project]
    /// dependencies = [
    ///     "httpx",
    /// ]
    /// ```
    ///
    /// ## Options
    /// - `tests`
    /// - `requirements`
    /// - `distributions`
    UnusedExternal {
        code: "RF502",
        name: "unused-external",
        severity: Error,
        default: Activation::OptIn,
        fix: Never,
        since: "0.1.0",
        tags: [Distribution, NeedsManifests],
        dialects: [Tach: OfferedUnless(UnusedDistributions)],
    }
}

/// A requirement that nothing needs to run: positions of the project and of the requirement in it.
#[derive(Debug, Hash)]
pub(crate) struct UnusedRequirement {
    project: usize,
    requirement: usize,
    /// The first import in its tests.
    tested: Option<Edge>,
}

impl Rule for UnusedExternal {
    type Violation = UnusedRequirement;
    const VISITOR: Visitor<Self> = Visitor::Project(find);

    fn message(context: &Explainer, violation: &UnusedRequirement) -> Message {
        let externals = context.externals();
        let project = &externals.projects[violation.project];
        let requirement = &project.requirements[violation.requirement];
        let (title, name) = (project.title(), &requirement.name);
        match violation.tested.map(|edge| context.span(Site::of(&edge))) {
            Some(span) => Message::new(format!("{title} requires `{name}`, but only its tests import it"))
                .annotation("not needed at run time".to_string())
                .label(Label::new(span, "imported here"))
                .help("move it to a dependency group for development"),
            None => Message::new(format!("{title} requires `{name}`, but does not import it"))
                .annotation("unused".to_string())
                .help(match expected_imports(externals, requirement).as_slice() {
                    [] => format!("remove it, or say in a comment here what needs `{name}`"),
                    imports => format!(
                        "nothing imports {}: remove it, or say in a comment here what needs it",
                        imports.join(" or ")
                    ),
                }),
        }
    }
}

/// RF502: the index of the project, and whether tests import what is required.
fn find(context: &Context, findings: &mut Findings<UnusedExternal>) {
    let Some(externals) = context.externals else { return };
    let uses = uses(context, externals);
    let mut whole: FxHashMap<u32, bool> = FxHashMap::default();
    for (number, project) in externals.projects.iter().enumerate() {
        let number = number as u32;
        let mut said = FxHashSet::default();
        for (position, requirement) in project.requirements.iter().enumerate() {
            let uses = uses.get(&number);
            let used = uses.is_some_and(|uses| uses.in_production.contains(&requirement.key));
            if !used
                && is_judged(externals, project, requirement)
                && !context
                    .policy
                    .dialect
                    .externals
                    .exclude
                    .iter()
                    .any(|it| normalized(it) == requirement.key)
                && said.insert(&requirement.key)
                && *whole.entry(number).or_insert_with(|| is_read_in_full(context, externals, number))
            {
                let tested = uses.and_then(|uses| uses.in_development.get(&requirement.key));
                let tested = tested.map(|edge| **edge);
                let unused = UnusedRequirement { project: number as usize, requirement: position, tested };
                findings.push(Site::Place(requirement.span), unused);
            }
        }
    }
}

fn is_judged(externals: &Externals, project: &Project, requirement: &Requirement) -> bool {
    let Requirement { key, group, .. } = requirement;
    let is_plugin = PLUGIN_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
        || externals.environment.get(key).is_some_and(|installed| installed.is_plugin);
    let is_silent = externals.environment.get(key).is_some_and(|installed| installed.imports.is_empty());
    *group == Group::Runtime
        && project.governed
        && !project.is_computed
        && project.key().as_ref() != Some(key)
        && !key.starts_with("types-")
        && !key.ends_with("-stubs")
        && !is_plugin
        && !DATA_OF_THE_LIBRARY.contains(&key.as_str())
        && !is_silent
}

/// What a project imports.
#[derive(Default)]
struct Uses<'a> {
    /// Keys of distributions.
    in_production: FxHashSet<String>,
    in_development: FxHashMap<String, &'a Edge>,
}

/// By project, the distributions that an import may come from.
fn uses<'a>(context: &Context<'a>, externals: &Externals) -> FxHashMap<u32, Uses<'a>> {
    let mut uses: FxHashMap<u32, Uses> = FxHashMap::default();
    let mut seen = FxHashSet::default();
    for edge in context.graph.edges() {
        let member = externals.membership(edge.file);
        let Some(project) = member.project else { continue };
        let in_development = member.is_development;
        let keys = match edge.target {
            Target::Module { module, .. } => {
                let file = context.graph.index().module(module).file;
                let provider = file.and_then(|file| externals.project_of(file));
                provider.and_then(Project::key).into_iter().collect()
            }
            // A backport has the name of a module of the standard library; below a namespace nothing is certain.
            Target::ThirdParty | Target::StandardLibrary | Target::Unresolved => {
                let name = context.imported_name(edge);
                let top_level_is_enough = edge.target == Target::StandardLibrary;
                let name =
                    if top_level_is_enough { name.split('.').next().unwrap_or_default() } else { &name };
                if name.starts_with('.') || !seen.insert((project, in_development, name.to_string())) {
                    continue;
                }
                externals.origin(name).keys
            }
        };
        let uses = uses.entry(project as u32).or_default();
        for key in keys {
            if in_development {
                uses.in_development.entry(key).or_insert(edge);
            } else {
                uses.in_production.insert(key);
            }
        }
    }
    uses
}

/// Whether every file of production code of a project gave all of its imports.
fn is_read_in_full(context: &Context, externals: &Externals, project: u32) -> bool {
    let is_of = |file: FileId| {
        let member = externals.membership(file);
        member.project == Some(project as usize) && !member.is_development
    };
    !context.unreadable.iter().any(|unreadable| is_of(unreadable.file))
        && (0..context.facts.len())
            .map(FileId::new)
            .filter(|file| is_of(*file))
            .all(|file| context.facts(file).is_none() || !context.has_syntax_error(file))
}

/// What would have to be imported, in backticks; nothing where it is what the name says.
fn expected_imports(externals: &Externals, requirement: &Requirement) -> Vec<String> {
    let installed = externals.environment.get(&requirement.key).map(|installed| installed.imports.as_slice());
    let named = externals.named.iter().filter(|(_, key)| *key == requirement.key);
    let named: Vec<&str> = named.map(|(import, _)| import.as_str()).collect();
    let imports: Vec<&str> = match installed {
        _ if !named.is_empty() => named,
        Some(imports) => imports.iter().map(String::as_str).collect(),
        None => well_known::imports(&requirement.key).to_vec(),
    };
    let differ = imports.iter().any(|import| normalized(import) != requirement.key);
    let public = imports.into_iter().filter(|import| !import.starts_with('_'));
    let few: Vec<String> = public.map(|import| format!("`{import}`")).take(4).collect();
    if differ && few.len() < 4 { few } else { Vec::new() }
}
