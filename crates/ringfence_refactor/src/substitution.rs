//! Whether what is imported from one module may as well be imported from another that passes it on, and what may make a
//! difference.

use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_source::{FileFacts, ImportContext, ImportForm, Reference, ReferenceContext, SourceKind};
use ruff_source_file::LineRanges;
use ruff_text_size::TextRange;

use crate::Codebase;
use crate::exports::lists;
use crate::loads::{AT_RUN_TIME, MAY_GO_ON, WHILE_LOADED, goes_on, loads};
use crate::origin::{Definition, Provenance};
use crate::proof::Together;
use crate::proof::patches::patch;
use crate::proof::split::split_doubt;

/// One import that is to be of another module.
pub struct Substitution<'a> {
    codebase: &'a Codebase<'a>,
    edge: &'a Edge,
    facts: &'a FileFacts,
    /// The module that is imported from, or that is imported.
    pub private: ModuleId,
    importer: ModuleId,
}

impl<'a> Substitution<'a> {
    pub fn new(codebase: &'a Codebase<'a>, edge: &'a Edge) -> Option<Self> {
        let Target::Module { module: private, missing: false, .. } = edge.target else { return None };
        let facts = codebase.facts(edge.file)?;
        let importer = codebase.graph.index().of_file(edge.file)?.module;
        Some(Self { codebase, edge, facts, private, importer })
    }

    /// `from a.b._c import x`, with `x`.
    pub fn of_member(codebase: &'a Codebase<'a>, edge: &'a Edge) -> Option<(Self, &'a str)> {
        let substitution = Self::new(codebase, edge)?;
        let (facts, import, imported) = codebase.import(edge)?;
        let (name, length) = (facts.name(imported.name), member_length(edge));
        let is_member = matches!(import.form, ImportForm::From { .. }) && name.len() == length as usize;
        let is_statement = !import.context.contains(ImportContext::DYNAMIC);
        (is_member && is_statement && name != "*").then_some((substitution, name))
    }

    /// Why a module must not be imported from here.
    pub fn obstacle(&self, public: ModuleId) -> Option<String> {
        let (codebase, index) = (self.codebase, self.codebase.graph.index());
        let (name, importer) = (codebase.module_name(public), codebase.module_name(self.importer));
        if index.contains(public, self.importer) {
            return Some(format!("`{importer}` is a part of `{name}`"));
        }
        let loads = loads(codebase, public, WHILE_LOADED);
        let is_loaded = loads.modules.contains(&self.importer);
        is_loaded.then(|| format!("`{name}` loads `{importer}`, which may then look for it too early"))
    }

    /// What may make a difference, once it is certain that the names are bound to one object.
    pub fn doubts(&self, candidate: &Definition, path: &Provenance, private: &Provenance) -> Vec<String> {
        let (codebase, index) = (self.codebase, self.codebase.graph.index());
        let (public, importer) =
            (codebase.module_name(candidate.module), codebase.module_name(self.importer));
        let mut doubts = Vec::new();
        if !index.contains(candidate.module, self.private) {
            doubts.push(format!("`{public}` may not be loaded yet"));
        } else if !path.iter().any(|passed| passed.module == self.private) {
            doubts.push(format!("`{public}` does not take it from `{}`", codebase.module_name(self.private)));
        }
        let loads = loads(codebase, candidate.module, AT_RUN_TIME);
        if loads.modules.contains(&self.importer) {
            doubts.push(format!("`{public}` may load `{importer}`, which may then look for it too early"));
        }
        if let Some(opaque) = loads.opaque {
            let loaded = match codebase.module_name(opaque) {
                name if opaque == candidate.module => format!("`{name}`"),
                name => format!("`{name}`, which `{public}` loads,"),
            };
            doubts.push(format!("{loaded} imports modules by names that are not known"));
        }
        doubts.extend(goes_on(codebase, candidate.module));
        let around = self.facts.imports.get(self.edge.import as usize).map(|import| import.context);
        if around.is_none_or(|around| {
            around.intersects(ImportContext::FUNCTION | ImportContext::CLASS | ImportContext::LAZY)
        }) {
            doubts.push("the import is not carried out while the module is loaded".to_string());
        } else if around.is_none_or(|around| around.intersects(MAY_GO_ON.union(ImportContext::LOOP))) {
            doubts.push("the import stands in a block that may go on where it fails".to_string());
        }
        if index.of_file(self.edge.file).is_some_and(|file| file.source == SourceKind::Stub) {
            doubts.push("it stands in a stub".to_string());
        }
        if doubts.is_empty() {
            doubts.extend(self.unlisted(candidate));
        }
        if doubts.is_empty() {
            doubts.extend(split_doubt(codebase, self.edge));
        }
        // Last, as these read every file the first time.
        if doubts.is_empty() {
            let together = Together::with(codebase, self.importer);
            let mut names: Vec<&str> = Vec::new();
            for passed in path.iter().chain(private.iter()) {
                names.push(&passed.name);
                names.extend(codebase.module_name(passed.module).rsplit('.').next());
            }
            doubts.extend(together.hidden().or_else(|| together.set(&names)));
        }
        if doubts.is_empty() {
            doubts.extend(path.iter().chain(private.iter()).find_map(|passed| patch(codebase, passed)));
        }
        doubts
    }

    /// An `__all__` that leaves out what the config exposes.
    fn unlisted(&self, candidate: &Definition) -> Option<String> {
        let file = self.codebase.graph.index().module(candidate.module).file?;
        let is_listed = lists(&*self.codebase.sources.module(file)?, &candidate.name)?;
        let public = self.codebase.module_name(candidate.module);
        (!is_listed).then(|| format!("`__all__` of `{public}` does not list it"))
    }

    /// The module of the statement without its last segments, if that leads to `public`; else its full name.
    pub fn written(&self, public: ModuleId) -> Option<String> {
        let index = self.codebase.graph.index();
        let import = self.facts.imports.get(self.edge.import as usize)?;
        let (level, written) = match import.form {
            ImportForm::From { level, module } => {
                (level, module.map_or("", |(name, _)| self.facts.name(name)))
            }
            ImportForm::Import { level } => {
                (level, self.facts.name(self.facts.names.get(self.edge.name as usize)?.name))
            }
        };
        if index.contains(public, self.private) {
            let steps = index.ancestors(self.private).take_while(|module| *module != public).count();
            let mut rest = written;
            for _ in 0..steps {
                rest = rest.rsplit_once('.')?.0;
            }
            return (!rest.is_empty()).then(|| ".".repeat(level as usize) + rest);
        }
        // The name as seen from here may start at another root.
        (level == 0 && written == index.name(self.private)).then(|| index.name(public).to_string())
    }
}

/// The length of what is left over of an imported name behind the module.
pub fn member_length(edge: &Edge) -> u32 {
    match edge.target {
        Target::Module { member_length, .. } => member_length,
        _ => 0,
    }
}

/// Whether an attribute is read where it stands, in code, and not assigned or deleted.
pub fn is_read(text: &str, used: &Reference, attribute: TextRange) -> bool {
    let is_code =
        !matches!(used.place, ReferenceContext::Quoted | ReferenceContext::Exported) && !used.falls_through;
    let after = text[attribute.end().to_usize()..].trim_start();
    let operator: String =
        after.chars().take_while(|character| "=+-*/%@&|^<>:!".contains(*character)).collect();
    let assigns = match operator.as_str() {
        "==" | "<=" | ">=" | "!=" => false,
        // `x: int = 1` after an attribute, and the end of a header, cannot be told apart by so little.
        operator => operator.ends_with('='),
    };
    let line = &text[text.line_start(used.range.start()).to_usize()..used.range.start().to_usize()];
    let is_deleted = line.trim_start().starts_with("del ") || line.contains("for ");
    is_code && !assigns && !is_deleted
}
