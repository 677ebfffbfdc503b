//! Which import of a project leads where: all modules and all edges.

use std::borrow::Cow;

use ringfence_diagnostics::FileId;
use ringfence_source::{EdgeKinds, FileFacts};

use crate::index::{ModuleId, ModuleIndex};
use crate::resolve::{Edge, Resolution, Resolver, Target, join, parts, relative_base};

/// All modules and all edges of a project.
#[derive(Debug, Clone, Default)]
pub struct ImportGraph {
    index: ModuleIndex,
    /// By file, then by position in the file.
    edges: Vec<Edge>,
    /// Where the edges of each file start; one more at the end.
    starts: Vec<u32>,
}

impl ImportGraph {
    /// Resolves every import. `facts` is indexed by file; files without facts have no edges.
    ///
    /// O(names), and O(segments) for each name that no import before it has from the same module.
    pub fn build<'a>(
        index: ModuleIndex,
        facts: impl Iterator<Item = Option<&'a FileFacts>> + Clone,
        resolution: Resolution,
    ) -> Self {
        let mut edges = Vec::with_capacity(facts.clone().flatten().map(|facts| facts.names.len()).sum());
        let mut starts = Vec::with_capacity(facts.size_hint().0 + 1);
        starts.push(0);
        let mut resolver = Resolver::new(&index, resolution);
        for (position, facts) in facts.enumerate() {
            if let Some(facts) = facts {
                resolver.resolve_file(FileId::new(position), facts, &mut edges);
            }
            starts.push(edges.len() as u32);
        }
        Self { index, edges, starts }
    }

    /// Resolves the imports of one file anew, whose facts changed.
    ///
    /// O(segments of its names), and O(edges) to make room for them.
    pub fn replace(&mut self, file: FileId, facts: Option<&FileFacts>, resolution: Resolution) {
        let Some(range) = self.starts.get(file.index()..file.index() + 2) else { return };
        let (start, end) = (range[0] as usize, range[1] as usize);
        let mut edges = Vec::new();
        if let Some(facts) = facts {
            Resolver::new(&self.index, resolution).resolve_file(file, facts, &mut edges);
        }
        let count = edges.len();
        self.edges.splice(start..end, edges);
        for later in &mut self.starts[file.index() + 1..] {
            *later = *later - (end - start) as u32 + count as u32;
        }
    }

    pub fn index(&self) -> &ModuleIndex {
        &self.index
    }

    /// All edges, by file and position.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The edges of one file.
    pub fn edges_of(&self, file: FileId) -> &[Edge] {
        match (self.starts.get(file.index()), self.starts.get(file.index() + 1)) {
            (Some(&start), Some(&end)) => &self.edges[start as usize..end as usize],
            _ => &[],
        }
    }

    /// How many edges come before those of a file.
    pub fn edges_before(&self, file: FileId) -> u32 {
        self.starts.get(file.index()).copied().unwrap_or_default()
    }

    /// The edges of one import of a file. O(log(edges of the file))
    pub fn edges_of_import(&self, file: FileId, import: u32) -> &[Edge] {
        let edges = self.edges_of(file);
        let start = edges.partition_point(|edge| edge.import < import);
        let count = edges[start..].partition_point(|edge| edge.import == import);
        &edges[start..start + count]
    }

    /// The imported name of an edge in full: absolute, relative dots resolved where they can be.
    ///
    /// `from ..orders import Order` in `shop.web.views` -> `shop.orders.Order`
    pub fn imported_name(&self, edge: &Edge, facts: &FileFacts) -> String {
        let Some((import, imported)) =
            facts.imports.get(edge.import as usize).zip(facts.names.get(edge.name as usize))
        else {
            return String::new();
        };
        let name = facts.name(imported.name);
        let written = |level: u32, module: &str| {
            let dots = ".".repeat(level as usize);
            join(&join(&dots, module), name)
        };
        let (level, module) = parts(facts, import.form);
        match self.index.of_file(edge.file) {
            Some(importer) if level > 0 => {
                let mut absolute = String::new();
                if relative_base(&self.index, importer, level, &mut absolute) {
                    join(&join(&absolute, module), name)
                } else if matches!(edge.target, Target::Module { .. }) {
                    // Resolved all the same, from the source root.
                    join(module, name)
                } else {
                    written(level, module)
                }
            }
            _ => written(level, module),
        }
    }

    /// What an edge imports below its module: `Order`, `api.get`, `*`; nothing if it is the module itself.
    pub fn member(&self, edge: &Edge, facts: &FileFacts) -> Option<Cow<'static, str>> {
        let Target::Module { member_length: length @ 1.., .. } = edge.target else { return None };
        let last = |name: &str| name.len().checked_sub(length as usize);
        let name = facts.name(facts.names.get(edge.name as usize)?.name);
        if let Some(start) = last(name) {
            return name.get(start..).map(Cow::Borrowed);
        }
        // It begins in the module of the `from`, the end of which is not there.
        let full = self.imported_name(edge, facts);
        Some(Cow::Owned(full.get(last(&full)?..)?.to_string()))
    }

    /// The modules that CPython has loaded once `module` is imported in a fresh interpreter, over edges of these
    /// kinds: itself, its ancestors, and the same for everything that these import. O(modules + edges).
    ///
    /// Only the file that is loaded for a module counts. Facts know neither bindings nor which branch runs, so there are
    /// limits. Predicted though not loaded: a submodule that a name of its package hides from `from package import
    /// name`; a fallback in `except ImportError` that is not needed; an optional import under a condition; what a
    /// built-in module or, for a namespace, the standard library shadows. Loaded though not predicted: what `from
    /// package import *` takes because `__all__` names it.
    pub fn loaded_by(&self, module: ModuleId, kinds: EdgeKinds) -> Vec<ModuleId> {
        let mut seen = vec![false; self.index.len()];
        let mut stack = vec![module];
        while let Some(next) = stack.pop() {
            for id in self.index.ancestors(next) {
                if std::mem::replace(&mut seen[id.index()], true) {
                    // Its ancestors have been seen with it.
                    break;
                }
                let Some(file) = self.index.module(id).file else { continue };
                stack.extend(self.edges_of(file).iter().filter(|edge| kinds.has(edge.kind)).filter_map(
                    |edge| match edge.target {
                        Target::Module { module, .. } => Some(module),
                        Target::StandardLibrary | Target::ThirdParty | Target::Unresolved => None,
                    },
                ));
            }
        }
        self.index.iter().map(|(id, _)| id).filter(|id| seen[id.index()]).collect()
    }
}

#[cfg(test)]
mod tests {
    use ringfence_source::{SourceKind, extract};

    use super::*;
    use crate::{FileRole, IndexedFile};

    /// For each import of these files, its file, the module that it leads to, and the member.
    fn resolved(files: &[(&str, FileRole, &str)]) -> Vec<String> {
        let indexed: Vec<IndexedFile> = files
            .iter()
            .enumerate()
            .map(|(position, (name, role, _))| IndexedFile {
                file: FileId::new(position),
                name,
                role: *role,
                source: SourceKind::Python,
                root: 0,
            })
            .collect();
        let facts: Vec<FileFacts> =
            files.iter().map(|(_, _, text)| extract(text, SourceKind::Python)).collect();
        let index = ModuleIndex::build(&indexed, Vec::new());
        let graph = ImportGraph::build(index, facts.iter().map(Some), Resolution::default());
        let shown = graph.edges().iter().map(|edge| {
            let file = edge.file.index();
            let member =
                graph.member(edge, &facts[file]).map_or(String::new(), |member| format!(" {member}"));
            match edge.target {
                Target::Module { module, .. } => {
                    format!("{}: {}{member}", files[file].0, graph.index().name(module))
                }
                other => format!("{}: {other:?}", files[file].0),
            }
        });
        shown.collect()
    }

    #[test]
    fn a_name_leads_elsewhere_from_another_package_and_another_form() {
        let resolved = resolved(&[
            ("a", FileRole::Package, "from . import x\nfrom .x import y"),
            ("a.x", FileRole::Module, "from . import x, y\nfrom .. import x\nfrom x import y"),
            ("b", FileRole::Package, "from . import x\nfrom .x import y\nimport x"),
            ("b.x", FileRole::Package, "from .. import x\nfrom . import y\nfrom a import x"),
            ("b.x.y", FileRole::Module, "from ..x import y\nfrom ..y import x"),
        ]);
        let expected = [
            "a: a.x",
            "a: a.x y",
            "a.x: a.x",
            "a.x: a y",
            "a.x: Unresolved",
            "a.x: ThirdParty",
            "b: b.x",
            "b: b.x.y",
            "b: ThirdParty",
            "b.x: b.x",
            "b.x: b.x.y",
            "b.x: a.x",
            "b.x.y: b.x.y",
            "b.x.y: b y.x",
        ];
        assert_eq!(resolved, expected);
    }

    #[test]
    fn a_member_may_begin_before_the_name() {
        let text =
            "from a.gone import thing\nfrom a import *\nfrom a import thing\nimport a\nimport a.gone.too";
        let resolved = resolved(&[("a", FileRole::Package, ""), ("m", FileRole::Module, text)]);
        assert_eq!(resolved, ["m: a gone.thing", "m: a *", "m: a thing", "m: a", "m: a gone.too"]);
    }
}
