//! What the projects of a tree declare and what is installed, bound to the files that there are: which project owns a file,
//! and which distributions an imported name may come from.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;

use ringfence_diagnostics::{Diagnostic, FileId, Span};
use ringfence_graph::{Edge, ModuleId, ModuleIndex, ModuleKind, Target};
use ringfence_manifest::{Environment, Group, Requirement, normalized, script_requirements, well_known};
use ringfence_policy::{Precedence, Spanned};
use ringfence_refactor::{Basis, Entry};
use ringfence_source::ImportContext;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{Context, Site};

/// A folder that declares a project, by all of its manifests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Project {
    /// The distribution, as written.
    pub name: Option<Spanned<String>>,
    /// Where the project is declared: the start of its manifest.
    pub place: Option<Span>,
    /// Its folder, from the root of the tree; empty for the root itself.
    pub folder: String,
    /// What its manifest is called.
    pub manifest: String,
    /// Whether something can be installed of it. Where not, everything in it is for development.
    pub is_package: bool,
    pub requirements: Vec<Requirement>,
    /// Whether what it needs is computed when it is built, by means that cannot be read.
    pub is_computed: bool,
    /// Whether the config of this run governs it.
    pub governed: bool,
}

/// Of a file: whose it is, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Membership {
    /// Index into [`Externals::projects`].
    pub project: Option<usize>,
    /// Test code, or code that only development runs.
    pub is_development: bool,
    /// `setup.py`, which is for development, and may use what the build requires.
    pub is_build_script: bool,
}

/// Everything that is known beyond the modules of the tree.
#[derive(Debug, Clone, Default)]
pub struct Externals {
    pub projects: Vec<Project>,
    /// By file.
    pub members: Vec<Membership>,
    pub environment: Environment,
    /// Errors in manifests, in the order of files and positions.
    pub errors: Vec<Diagnostic>,
    /// What the config says of imports: each, and the distribution that it comes from, normalised.
    pub named: Vec<(String, String)>,
    /// The files that were read as manifests.
    pub manifests: Vec<FileId>,
    /// Which project has a file of which module.
    owned: FxHashSet<(ModuleId, usize)>,
    /// By project: of each distribution the requirement that is best for running.
    best: Vec<FxHashMap<String, usize>>,
}

/// No distribution is called after more parts of a dotted name than this. A name has as many as its line is long.
const MOST_PARTS: usize = 16;

/// Where an import from elsewhere comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    /// The part of the imported name that stands for the distribution: `yaml`, `google.cloud.storage`.
    pub(crate) import: String,
    /// The distributions that provide it or may, normalised, the most likely first.
    pub(crate) keys: Vec<String>,
    /// How many of these something is known of, or are called as the import is.
    pub(crate) sure: usize,
}

impl Origin {
    /// Without what is only called much like the import.
    pub(crate) fn sure_keys(&self) -> &[String] {
        &self.keys[..self.sure]
    }
}

/// Whether a config is one of Tach, which knows no imports from the folder of a file, and nothing of names.
fn is_of_tach(context: &Context) -> bool {
    context.policy.dialect.precedence == Precedence::Order
}

impl Externals {
    /// Nothing declared yet.
    pub fn new(environment: Environment) -> Self {
        Self { environment, ..Self::default() }
    }

    /// Notes whose modules are whose.
    pub fn bind(&mut self, index: &ModuleIndex) {
        let members = self.members.iter().enumerate();
        self.owned = members
            .filter_map(|(file, member)| Some((index.of_file(FileId::new(file))?.module, member.project?)))
            .collect();
        self.best = self.projects.iter().map(Project::best_requirements).collect();
    }

    /// The requirement of one of these distributions that is best for running, with its position.
    fn requirement(&self, project: usize, keys: &[String]) -> Option<(usize, &Requirement)> {
        let best = self.best.get(project)?;
        let requirements = &self.projects.get(project)?.requirements;
        let found = keys.iter().filter_map(|key| Some((*best.get(key)?, requirements.get(*best.get(key)?)?)));
        found.min_by_key(|(position, requirement)| (rank(requirement), *position))
    }

    pub fn membership(&self, file: FileId) -> Membership {
        self.members.get(file.index()).copied().unwrap_or_default()
    }

    pub(crate) fn project_of(&self, file: FileId) -> Option<&Project> {
        self.projects.get(self.membership(file).project?)
    }

    /// Whether the config says that an import is no concern of rules about distributions: by its name, or by that of the
    /// distribution that it comes from.
    fn is_excluded(&self, context: &Context, edge: &Edge) -> bool {
        let excluded = &context.policy.dialect.externals.exclude;
        !excluded.is_empty() && edge.target == Target::ThirdParty && {
            let name = context.imported_name(edge);
            let top_level = name.split('.').next().unwrap_or_default();
            let origin = self.origin(&name);
            let keys = origin.sure_keys();
            excluded.iter().any(|entry| entry == top_level || keys.contains(&normalized(entry)))
        }
    }

    /// What the config says of an imported name: its entry with the longest import.
    fn named_around(&self, name: &str) -> Option<&(String, String)> {
        let is_around = |import: &str| {
            name.strip_prefix(import).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.named.iter().filter(|(import, _)| is_around(import)).max_by_key(|(import, _)| import.len())
    }

    /// Whether an imported name comes from a distribution that is installed or that some manifest requires.
    pub fn is_known(&self, name: &str) -> bool {
        let origin = self.origin(name);
        let is_required = |key: &String| self.best.iter().any(|best| best.contains_key(key));
        self.environment.providers(name).is_some() || origin.keys.iter().any(is_required)
    }

    /// The distributions that an imported name may come from: what the config says; else those installed that provide it; else those known to; else
    /// those of its name. Distributions that are not installed stay possible, whatever is.
    pub(crate) fn origin(&self, name: &str) -> Origin {
        if let Some((import, key)) = self.named_around(name) {
            return Origin { import: import.clone(), keys: vec![key.clone()], sure: 1 };
        }
        let installed = self.environment.providers(name);
        let known = well_known::distributions(name);
        let top_level = name.split('.').next().unwrap_or(name);
        let import = match (&installed, known) {
            (Some((prefix, _)), _) => prefix,
            (None, Some((prefix, _))) => prefix,
            (None, None) => top_level,
        };
        let found = installed.iter().flat_map(|(_, found)| found).map(|found| found.key.clone());
        let mut keys: Vec<String> = found.collect();
        let is_known = installed.is_some() || known.is_some();
        let known = known.into_iter().flat_map(|(_, keys)| keys).map(|key| (*key).to_string());
        // `azure.storage.blob` may come from `azure`, `azure-storage` and `azure-storage-blob`.
        let dots = name.match_indices('.').map(|(dot, _)| dot).chain([name.len()]);
        let alike = dots.take(MOST_PARTS).map(|end| normalized(&name[..end]));
        for key in known.chain(alike) {
            // What is installed with imports of other names is not meant.
            let is_possible = self.environment.get(&key).is_none_or(|known| known.imports.is_empty());
            if is_possible && !keys.contains(&key) {
                keys.push(key);
            }
        }
        let sure = keys.len();
        if !is_known {
            let guesses = guesses(&normalized(top_level));
            // What is installed, or known to be imported otherwise, is not meant.
            keys.extend(
                guesses
                    .into_iter()
                    .filter(|key| self.environment.get(key).is_none() && well_known::imports(key).is_empty()),
            );
        }
        Origin { import: import.to_string(), keys, sure }
    }

    /// Imports that are taken to come from a distribution that a project declares, only as it is called much like them.
    pub fn doubts(&self, context: &Context) -> BTreeSet<(String, String)> {
        let mut doubts = BTreeSet::new();
        if is_of_tach(context) {
            return doubts;
        }
        let mut seen = FxHashSet::default();
        for edge in context.graph.edges().iter().filter(|edge| edge.target == Target::ThirdParty) {
            let Some(number) = self.membership(edge.file).project else { continue };
            let name = context.imported_name(edge);
            if !seen.insert((number, name.clone())) {
                continue;
            }
            let Origin { import, keys, sure } = self.origin(&name);
            if self.requirement(number, &keys[..sure]).is_none()
                && let Some((_, requirement)) = self.requirement(number, &keys[sure..])
            {
                doubts.insert((import, requirement.name.clone()));
            }
        }
        doubts
    }
}

/// What else a distribution may be called of which nothing is known but its import: `docket` comes from `pydocket`.
fn guesses(import: &str) -> Vec<String> {
    const AROUND: [(&str, &str); 12] = [
        ("py", ""),
        ("py-", ""),
        ("python-", ""),
        ("django-", ""),
        ("", "py"),
        ("", "-py"),
        ("", "-python"),
        ("", "-lite"),
        ("", "lite"),
        ("", "-binary"),
        ("", "2"),
        ("", "3"),
    ];
    // Of a short name too much is called like it.
    let around = if import.len() > 2 { &AROUND[..] } else { &[] };
    around.iter().map(|(before, behind)| [*before, import, *behind].concat()).collect()
}

impl Project {
    /// How it is called in messages: by its name, else by its folder.
    pub(crate) fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("`{}`", name.value),
            None if self.folder.is_empty() => "this project".to_string(),
            None => format!("`{}`", self.folder),
        }
    }

    pub(crate) fn key(&self) -> Option<String> {
        self.name.as_ref().map(|name| normalized(&name.value))
    }

    /// Whether it says anywhere what its development needs.
    fn declares_development(&self) -> bool {
        self.requirements.iter().any(|requirement| matches!(requirement.group, Group::Development(_)))
    }

    /// Of each distribution the position of the requirement that is best for running; of equals the first.
    fn best_requirements(&self) -> FxHashMap<String, usize> {
        let mut best: FxHashMap<String, usize> = FxHashMap::default();
        for (position, requirement) in self.requirements.iter().enumerate() {
            best.entry(requirement.key.clone())
                .and_modify(|known| {
                    if rank(requirement) < rank(&self.requirements[*known]) {
                        *known = position;
                    }
                })
                .or_insert(position);
        }
        best
    }
}

/// How good a requirement is for running: at run time, for an extra, else.
fn rank(requirement: &Requirement) -> u8 {
    match requirement.group {
        Group::Runtime => 0,
        Group::Extra(_) => 1,
        Group::Development(_) => 2,
        Group::Build => 3,
    }
}

/// An import of what the importing project does not declare for it: positions of projects, and of requirements in the importing one.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Undeclared {
    pub(crate) project: usize,
    pub(crate) provider: Provider,
    /// What is declared, but not for running.
    pub(crate) requirement: Option<usize>,
}

/// Who provides what is imported.
#[derive(Debug, Clone, Hash)]
pub(crate) enum Provider {
    Distribution(Origin),
    /// Another project of the tree.
    Member(usize),
}

/// What an import lacks in the declarations of its project.
pub(crate) fn undeclared(context: &Context, edge: &Edge) -> Option<Undeclared> {
    let externals = context.externals?;
    if is_optional(context, edge) || is_string(context, edge) || externals.is_excluded(context, edge) {
        return None;
    }
    let member = externals.membership(edge.file);
    let number = member.project?;
    let project = externals.projects.get(number)?;
    if project.is_computed {
        return None;
    }
    // Whose tests are set up elsewhere, in tox or nox, does not say here what they need.
    if member.is_development && !project.declares_development() {
        return None;
    }
    let serves = |requirement: &Requirement| match requirement.group {
        Group::Runtime | Group::Extra(_) => true,
        Group::Development(_) => member.is_development || !project.is_package,
        Group::Build => member.is_build_script || !project.is_package,
    };
    match edge.target {
        Target::ThirdParty => {
            let mut origin = externals.origin(&context.imported_name(edge));
            let is_of_tach = is_of_tach(context);
            if is_of_tach {
                origin.keys.truncate(origin.sure);
            }
            let is_elsewhere = || {
                is_of_the_tree(context, edge, &origin.import, member.is_development)
                    || is_declared_by_itself(context, edge, &origin)
            };
            if !is_of_tach && is_elsewhere() {
                return None;
            }
            let is_itself = project.key().is_some_and(|key| origin.keys.contains(&key));
            // Without a `[build-system]` a project is built by setuptools.
            let is_builder = member.is_build_script && origin.keys.iter().any(|key| key == "setuptools");
            if is_itself || is_builder {
                return None;
            }
            match externals.requirement(number, &origin.keys) {
                Some((_, requirement)) if serves(requirement) => None,
                found => Some(Undeclared {
                    project: number,
                    provider: Provider::Distribution(origin),
                    requirement: found.map(|(position, _)| position),
                }),
            }
        }
        Target::Module { module, .. } => {
            let file = context.graph.index().module(module).file?;
            let position = externals.membership(file).project?;
            let provider = externals.projects.get(position)?;
            // Projects may have modules of one name, such as their tests; each means its own.
            let own = member.project.is_some_and(|project| externals.owned.contains(&(module, project)));
            if own || std::ptr::eq(project, provider) {
                return None;
            }
            let key = provider.key()?;
            match externals.requirement(number, &[key]) {
                Some((_, requirement)) if serves(requirement) => None,
                found => Some(Undeclared {
                    project: number,
                    provider: Provider::Member(position),
                    requirement: found.map(|(position, _)| position),
                }),
            }
        }
        Target::StandardLibrary | Target::Unresolved => None,
    }
}

/// What modules are called in folders that are no packages.
#[derive(Default)]
struct LastSegments(OnceCell<FxHashSet<String>>);

impl Entry for LastSegments {
    const BASIS: Basis = Basis::Imports;
}

/// By file: the distributions that it declares itself, if it does.
#[derive(Default)]
struct Scripts(RefCell<FxHashMap<FileId, Option<Vec<String>>>>);

impl Entry for Scripts {
    const BASIS: Basis = Basis::Texts;
}

/// Whether a file of the tree has the imported name in a folder around the importer: how the program or its tests are started
/// decides whether it is found, and no distribution does. Tests put other folders on the path, too.
fn is_of_the_tree(context: &Context, edge: &Edge, import: &str, in_development: bool) -> bool {
    let index = context.graph.index();
    if in_development {
        let names = context.memo.get::<LastSegments>().0.get_or_init(|| {
            let modules = index.iter().filter(|(id, module)| {
                let mut parts = index.subtree(*id).map(|part| index.module(part));
                // What lies in a package is not imported by its last name.
                let folder = module.parent.map(|parent| index.module(parent).kind);
                folder == Some(ModuleKind::Namespace) && parts.any(|part| part.file.is_some())
            });
            let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_string();
            modules.map(|(_, module)| last(&module.name)).collect()
        });
        if names.contains(import) {
            return true;
        }
    }
    let Some(importer) = index.of_file(edge.file) else { return false };
    let has_file = |name: &str| index.get(name).is_some_and(|module| index.module(module).file.is_some());
    let mut folders = index.ancestors(importer.module).map(|folder| index.name(folder));
    folders.any(|folder| has_file(&format!("{folder}.{import}"))) || has_file(import)
}

/// Whether a file declares itself what it needs, as a script does (PEP 723).
fn is_declared_by_itself(context: &Context, edge: &Edge, origin: &Origin) -> bool {
    let mut known = context.memo.get::<Scripts>().0.borrow_mut();
    let declared = known.entry(edge.file).or_insert_with(|| {
        context.sources.text(edge.file).and_then(|text| script_requirements(text.source_text()))
    });
    declared.as_ref().is_some_and(|keys| origin.keys.iter().any(|key| keys.contains(key)))
}

/// Whether a string stands for the import: it may well be another's name.
fn is_string(context: &Context, edge: &Edge) -> bool {
    context.import(edge).is_some_and(|(_, import, _)| import.context.contains(ImportContext::STRING))
}

/// Whether the code says itself that what it imports may be missing. That holds in a function, too, so it is no question of
/// the kind of the edge.
fn is_optional(context: &Context, edge: &Edge) -> bool {
    let caught = ImportContext::CATCHES_IMPORT_ERROR | ImportContext::EXCEPT_IMPORT_ERROR;
    context.import(edge).is_some_and(|(_, import, _)| import.context.intersects(caught))
}

/// Imports from elsewhere, one for each statement and origin: sites of the first name of each.
pub(crate) fn once_a_statement<'a, V>(
    edges: &'a [Edge],
    mut judged: impl FnMut(&'a Edge) -> Option<(String, V)>,
) -> Vec<(Site, V)> {
    let mut sites = Vec::new();
    let mut seen = FxHashSet::default();
    let mut statement = None;
    for edge in edges {
        if statement != Some((edge.file, edge.import)) {
            statement = Some((edge.file, edge.import));
            seen.clear();
        }
        if let Some((what, violation)) = judged(edge)
            && seen.insert(what)
        {
            sites.push((Site::of(edge), violation));
        }
    }
    sites
}
