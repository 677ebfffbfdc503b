//! What the config says, whatever file format it came in.

use ringfence_diagnostics::{Diagnostic, EdgeKind, FileId, Format, Severity, Span};

use crate::{Contract, Dialect, ModulePattern};

/// A value with the place in the config that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

/// The rules of one tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The file that governs the tree.
    pub config: FileId,
    /// Folders (or globs of folders) from which module names are counted, relative to the config's folder.
    /// `None`: found from the tree.
    pub source_roots: Option<Vec<Spanned<String>>>,
    /// Boundary modules as declared; a pattern stands for every module that it matches.
    pub modules: Vec<ModuleDeclaration>,
    /// What modules let others import, beside what their declarations say.
    pub interfaces: Vec<Interface>,
    /// Layers, top first.
    pub layers: Vec<Layer>,
    /// Whether an error in the config may have hidden a layer.
    pub layers_are_in_doubt: bool,
    /// Set where every boundary module must be in a layer: the span of the key that says so.
    pub exhaustive_layers: Option<Span>,
    /// Set where every file must be owned by a boundary module: the span of the key that says so.
    pub strict_ownership: Option<Span>,
    /// Set where boundary modules may not depend on each other in a cycle: the span of the key that says so.
    pub forbid_cycles: Option<Span>,
    /// Set where import cycles that work are reported, too: the span of the value that says so.
    pub every_import_cycle: Option<Span>,
    /// Rules over the whole graph.
    pub contracts: Vec<Contract>,
    /// What contracts are called that nobody asked for.
    pub deselected_contracts: Vec<String>,
    /// The names of contracts that cannot be checked.
    pub unchecked: Vec<String>,
    /// Top-level packages that alone make up the project, wherever they are found. `None`: whatever is below the source roots.
    pub root_packages: Option<Vec<Spanned<String>>>,
    /// Which kinds of imports which rules look at.
    pub kinds: Vec<KindsOfRules>,
    /// Globs of the files that hold test code, relative to the config's folder. `None`: [`crate::options::DEFAULT_TESTS`].
    pub tests: Option<Vec<Spanned<String>>>,
    /// Decorators and base classes that read annotations while the program runs, by dotted name.
    pub runtime_annotations: Vec<Spanned<String>>,
    pub requirement_files: RequirementFiles,
    /// Import -> the distribution that it comes from.
    pub distributions: Vec<(Spanned<String>, Spanned<String>)>,
    pub linter: LinterSettings,
    /// Where the format's words mean something else than the native format's.
    pub dialect: Dialect,
    /// Files in which names are counted from a folder, unless `//` stands before them: each with the folder's dotted name.
    pub domains: Vec<(FileId, String)>,
    /// Errors in the config that do not keep the rest of it from being checked.
    pub config_errors: Vec<Diagnostic>,
    /// The same, each of which is one only if there is a module that the pattern matches.
    pub module_config_errors: Vec<(ModulePattern, Diagnostic)>,
}

impl Policy {
    /// Whether it is the config of another tool.
    pub fn is_foreign(&self) -> bool {
        self.dialect.checks.is_some()
    }

    /// Whether a module of this name is part of the project, where only some top-level packages are.
    pub fn has_module(&self, name: &str) -> bool {
        self.root_packages.as_ref().is_none_or(|roots| {
            roots.iter().any(|root| {
                name.strip_prefix(root.value.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        })
    }

    /// Sets all contracts aside but those that are called so; nothing is done where none is named.
    pub fn keep_contracts(&mut self, only: &[String]) {
        if only.is_empty() {
            return;
        }
        let is_meant = |contract: &Contract| {
            only.iter().any(|name| name == contract.id() || *name == contract.name.value)
        };
        let aside = self.contracts.iter().filter(|contract| !is_meant(contract));
        self.deselected_contracts.extend(aside.map(|contract| contract.id().to_string()));
        self.contracts.retain(is_meant);
    }

    /// Sets all boundaries aside, so that contracts alone are left.
    pub fn set_boundaries_aside(&mut self) {
        self.modules.clear();
        self.layers.clear();
        self.interfaces.clear();
        self.module_config_errors.clear();
        self.forbid_cycles = None;
    }

    /// Takes away whatever allows an import, so that each import between two modules is judged.
    pub fn take_permissions_away(&mut self) {
        for list in self.modules.iter_mut().filter_map(|module| module.depends_on.as_mut()) {
            list.value.clear();
        }
        for contract in &mut self.contracts {
            contract.exceptions.clear();
        }
        self.forbid_cycles = None;
    }

    /// A module's name as it has to be written in this file of the config.
    pub fn written_in(&self, file: FileId, name: &str) -> String {
        let Some((_, domain)) = self.domains.iter().find(|(domain, _)| *domain == file) else {
            return name.to_string();
        };
        match name.strip_prefix(domain.as_str()) {
            Some("") => "<domain_root>".to_string(),
            Some(below) if below.starts_with('.') => below[1..].to_string(),
            _ => format!("//{name}"),
        }
    }
}

/// One entry of the `kinds` at the top level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindsOfRules {
    /// The rules that it is for. `None`: all of them, as `kinds` is a list.
    pub rules: Option<Spanned<String>>,
    pub kinds: ImportKinds,
}

/// Kinds of imports. The span is the array's.
pub type ImportKinds = Spanned<Vec<EdgeKind>>;

/// Requirements files, relative to the config's folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequirementFiles {
    pub runtime: Vec<Spanned<String>>,
    pub development: Vec<Spanned<String>>,
}

/// One `[modules."..."]` table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleDeclaration {
    /// The name or pattern; its span is the key's.
    pub pattern: Spanned<ModulePattern>,
    pub layer: Option<Spanned<String>>,
    /// `None`: whatever the layers allow. The span is the array's.
    pub depends_on: Option<Spanned<Vec<Dependency>>>,
    pub forbids: Vec<ForbiddenModule>,
    /// Distributions or imports that the module may use. `None`: any. The span is the array's.
    pub externals: Option<Spanned<Vec<Spanned<String>>>>,
    pub forbids_externals: Vec<ForbiddenExternal>,
    /// Members that others may import, as patterns below the module. `None`: everything. The span is the array's.
    pub exposes: Option<Spanned<Vec<Spanned<ModulePattern>>>>,
    /// Modules that may import this one. `None`: everyone. The span is the array's.
    pub visible_to: Option<Spanned<Vec<Spanned<ModulePattern>>>>,
    /// Set where others need not declare that they depend on it: the span of the key that says so.
    pub utility: Option<Span>,
    /// The kinds of its imports that are looked at. `None`: what the rules say.
    pub kinds: Option<ImportKinds>,
    /// Who answers for the module (a team, a handle); free text.
    pub owner: Option<Spanned<String>>,
}

/// One entry of `depends-on`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The name; its span is the string's.
    pub pattern: Spanned<ModulePattern>,
    /// The whole array element: the string, or the inline table around it.
    pub entry: Span,
    /// Set for a dependency on its way out, with what to do instead (empty for `deprecated = true`).
    pub deprecated: Option<Spanned<String>>,
}

/// One entry of `forbids`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForbiddenModule {
    pub pattern: Spanned<ModulePattern>,
    /// Why, for the reader of the diagnostic.
    pub reason: Option<Spanned<String>>,
}

/// One entry of `forbids-externals`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForbiddenExternal {
    /// A distribution, or an import with what is below it.
    pub name: Spanned<String>,
    /// Why, for the reader of the diagnostic.
    pub reason: Option<Spanned<String>>,
}

/// What some modules let some others import.
///
/// Of those that are for a module and meant for an importer, each allows its members; one that is exclusive is the only
/// one. A module without any allows everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The modules that it is for.
    pub of: Vec<Spanned<ModulePattern>>,
    /// Members below the module. The span is the array's.
    pub exposes: Spanned<Vec<Spanned<ModulePattern>>>,
    /// The modules that it is meant for. `None`: all.
    pub visible_to: Option<Spanned<Vec<Spanned<ModulePattern>>>>,
    pub exclusive: bool,
    /// Set where what it exposes has to be plain data: the span of the value that says so.
    pub data_types: Option<Span>,
}

/// A level of the layering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The name; its span is that of the element of `layers` that holds it.
    pub name: Spanned<String>,
    /// 0 is the top. Layers of one rank (`"domain | events"`) are independent of each other.
    pub rank: usize,
    /// Whether layers above may not reach past this one.
    pub closed: bool,
}

/// What to report and how: the keys that ruff has too.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinterSettings {
    /// `None`: the default rules.
    pub select: Option<Vec<Spanned<String>>>,
    pub extend_select: Vec<Spanned<String>>,
    pub ignore: Vec<Spanned<String>>,
    /// Glob of files -> selectors that are not reported there, in the order of the config.
    pub per_file_ignores: Vec<(Spanned<String>, Vec<Spanned<String>>)>,
    pub fixable: Option<Vec<Spanned<String>>>,
    pub unfixable: Vec<Spanned<String>>,
    /// `None`: ruff's default excludes.
    pub exclude: Option<Vec<Spanned<String>>>,
    pub extend_exclude: Vec<Spanned<String>>,
    /// `None`: yes.
    pub respect_gitignore: Option<bool>,
    /// The oldest Python that the project runs on. `None`: any.
    pub target_version: Option<PythonMinor>,
    /// A PEP 440 specifier of the versions that may run with the config.
    pub required_version: Option<Spanned<String>>,
    /// Whether rules that may still change run without being named.
    pub preview: bool,
    pub output_format: Option<Format>,
    /// Where the known findings are listed, relative to the config's folder. `None`: in `ringfence.baseline`, if that is there.
    pub baseline: Option<Spanned<String>>,
    /// Severity by rule code or name.
    pub severity: Vec<(Spanned<String>, Severity)>,
}

/// The x of Python 3.x.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PythonMinor(pub u8);
