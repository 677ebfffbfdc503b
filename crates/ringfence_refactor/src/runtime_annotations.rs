//! Who reads annotations while the program runs, so that what they name is needed then.

use std::cell::RefCell;

use ringfence_diagnostics::FileId;
use ringfence_graph::Target;
use ringfence_source::{Annotation, Binding, BindingKind, Definition, DottedName, ParsedFile};
use ruff_text_size::TextRange;
use rustc_hash::FxHashMap;

use crate::{Basis, Codebase, Entry};

/// Base classes and names on the way to them are followed so far; more is a cycle.
const MOST_HOPS: usize = 16;

/// Decorators and base classes that read the annotations of what they stand at, with everything below these names.
const READERS: &[&str] = &[
    "advanced_alchemy",
    "attr",
    "attrs",
    "beanie",
    "beartype",
    "click",
    "cyclopts",
    "dagster",
    "dataclasses.dataclass",
    "dataclasses_json",
    "discord",
    "dishka",
    "disnake",
    "fast_depends",
    "fastapi",
    "fastmcp",
    "faststream",
    "functools.singledispatch",
    "functools.singledispatchmethod",
    "injector",
    "litestar",
    "marshmallow_dataclass",
    "mashumaro",
    "mcp",
    "msgspec",
    "nextcord",
    "ninja",
    "ninja_extra",
    "odmantic",
    "pandera",
    "prefect",
    "pydantic",
    "pydantic_ai",
    "pydantic_settings",
    "sqlalchemy",
    "sqlmodel",
    "strawberry",
    "strawberry_django",
    "taskiq",
    "typeguard",
    "typer",
    "typing.NamedTuple",
    "typing.TypedDict",
    "typing_extensions.NamedTuple",
    "typing_extensions.TypedDict",
    "tyro",
];

/// Those that read the parameters of functions that they are only handed: `Depends(get_session)`, `typer.run(main)`.
pub const PARAMETER_READERS: &[&str] = &[
    "click",
    "cyclopts",
    "dagster",
    "discord",
    "dishka",
    "disnake",
    "fast_depends",
    "fastapi",
    "fastmcp",
    "faststream",
    "litestar",
    "mcp",
    "nextcord",
    "ninja",
    "ninja_extra",
    "prefect",
    "pydantic_ai",
    "taskiq",
    "typer",
    "tyro",
];

/// What in the text of a file says that it reads annotations itself.
const READING: &[&str] = &["get_type_hints", "get_annotations", "__annotations__", "evaluate_forward_ref"];

/// By file: whether it asks for annotations somewhere.
#[derive(Default)]
struct FilesThatRead(RefCell<FxHashMap<FileId, bool>>);

impl Entry for FilesThatRead {
    const BASIS: Basis = Basis::Texts;
}

/// What is known of the readers of an annotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reader {
    /// Something reads it.
    Known,
    /// Something may read it: `` `shop.web.route` may read annotations``.
    Possible(String),
}

impl Reader {
    fn possible(name: &str) -> Self {
        Self::Possible(format!("`{name}` may read annotations at run time"))
    }
}

/// Where a name comes from.
enum Origin {
    Builtin,
    Outside {
        name: String,
        is_standard: bool,
    },
    /// A class of the project.
    Class(FileId, TextRange),
    /// Something else of the project, by what it is called.
    Project(String),
    Unknown,
}

/// The annotations of one file.
pub struct Readers<'a> {
    codebase: &'a Codebase<'a>,
    file: FileId,
    parsed: &'a ParsedFile,
    text: &'a str,
}

impl<'a> Readers<'a> {
    pub fn new(codebase: &'a Codebase, file: FileId, parsed: &'a ParsedFile, text: &'a str) -> Self {
        Self { codebase, file, parsed, text }
    }

    /// Whether the file itself asks for annotations somewhere.
    pub fn file_reads(&self) -> bool {
        let mut known = self.codebase.memo.get::<FilesThatRead>().0.borrow_mut();
        *known.entry(self.file).or_insert_with(|| READING.iter().any(|word| self.text.contains(word)))
    }

    /// Who reads an annotation, if anybody.
    pub fn of(&self, annotation: &Annotation) -> Option<Reader> {
        let text = self.text.get(annotation.range.to_std_range()).unwrap_or_default();
        if text.contains("Mapped[") || text.contains("Depends(") {
            return Some(Reader::Known);
        }
        let definition = self.parsed.module.definitions.get(annotation.of? as usize)?;
        if definition.is_class {
            let decorators = self.of_decorators(definition);
            return worst(decorators, || self.of_bases(self.file, self.parsed, definition, MOST_HOPS));
        }
        worst(self.of_decorators(definition), || self.of_function(definition))
    }

    /// Who reads the header of a function, beside its decorators.
    fn of_function(&self, function: &Definition) -> Option<Reader> {
        let name = self.text.get(function.name.to_std_range()).unwrap_or_default();
        if let Some(class) = function.parent.and_then(|at| self.parsed.module.definitions.get(at as usize)) {
            // What makes instances of a class may look at its parameters.
            let constructs = class.is_class && matches!(name, "__init__" | "__new__" | "__call__");
            return if constructs {
                self.of_decorators(class).filter(|it| *it != Reader::Known)
            } else {
                None
            };
        }
        let framework = self.codebase.taken().parameter_reader.as_ref()?;
        Some(Reader::Possible(format!(
            "`{framework}`, which this project uses, may read annotations of functions"
        )))
    }

    fn of_decorators(&self, definition: &Definition) -> Option<Reader> {
        let readers = definition.decorators.iter().map(|decorator| self.of_decorator(*decorator));
        readers.fold(None, |all, reader| worst(all, || reader))
    }

    fn of_decorator(&self, decorator: Option<DottedName>) -> Option<Reader> {
        let Some(reference) = decorator else {
            return Some(Reader::Possible("a decorator may read annotations at run time".to_string()));
        };
        let name = reference.name.as_str();
        match name.rsplit_once('.') {
            Some((_, "setter" | "getter" | "deleter")) => return None,
            // `functools.singledispatch` chooses by the annotation.
            Some((_, "register")) => return Some(Reader::Known),
            _ => {}
        }
        match self.origin(self.file, self.parsed, reference) {
            Origin::Outside { name, .. } | Origin::Project(name) if self.is_reader(&name) => {
                Some(Reader::Known)
            }
            Origin::Builtin | Origin::Outside { is_standard: true, .. } => None,
            // `@app.get`, where `app` is made by what reads parameters.
            Origin::Project(_) | Origin::Unknown if self.uses_parameter_reader() => Some(Reader::Known),
            Origin::Outside { name, .. } | Origin::Project(name) => Some(Reader::possible(&name)),
            Origin::Class(..) | Origin::Unknown => Some(Reader::possible(name)),
        }
    }

    /// Who reads the annotations in the body of a class because of what it derives from.
    fn of_bases(&self, file: FileId, parsed: &ParsedFile, class: &Definition, hops: usize) -> Option<Reader> {
        let readers = class.bases.iter().map(|base| match (base, hops.checked_sub(1)) {
            (Some(base), Some(hops)) => self.of_base(file, parsed, *base, hops),
            _ => Some(Reader::Possible("a base class may read annotations at run time".to_string())),
        });
        readers.fold(None, |all, reader| worst(all, || reader))
    }

    fn of_base(&self, file: FileId, parsed: &ParsedFile, base: DottedName, hops: usize) -> Option<Reader> {
        match self.origin(file, parsed, base) {
            Origin::Outside { name, .. } | Origin::Project(name) if self.is_reader(&name) => {
                Some(Reader::Known)
            }
            // What derives from it is a metaclass, which sees the body of every class that it makes.
            Origin::Builtin if base.name.as_str() == "type" => {
                Some(Reader::Possible("a metaclass may read annotations at run time".to_string()))
            }
            Origin::Builtin | Origin::Outside { is_standard: true, .. } => None,
            Origin::Outside { name, .. } | Origin::Project(name) => Some(Reader::possible(&name)),
            Origin::Class(file, name) => self.of_base_class(file, name, base, hops),
            Origin::Unknown => Some(Reader::possible(base.name.as_str())),
        }
    }

    /// The same for a base class of the project, whose name stands at `name`.
    fn of_base_class(&self, file: FileId, name: TextRange, base: DottedName, hops: usize) -> Option<Reader> {
        if self.is_reader_class(file, name) {
            return Some(Reader::Known);
        }
        let unknown = Some(Reader::possible(base.name.as_str()));
        let (Some(parsed), Some(source)) = (self.codebase.parsed(file), self.codebase.sources.text(file))
        else {
            return unknown;
        };
        let definitions = &parsed.module.definitions;
        let Some(position) = definitions.iter().position(|definition| definition.name == name) else {
            return unknown;
        };
        let sees_subclasses = definitions.iter().any(|method| {
            method.parent == Some(position as u32)
                && source.source_text().get(method.name.to_std_range()) == Some("__init_subclass__")
        });
        let readers = self.of_bases(file, &parsed, &definitions[position], hops);
        if sees_subclasses { worst(readers, || unknown) } else { readers }
    }

    /// Whether a dotted name, or one around it, is known or configured to read annotations.
    fn is_reader(&self, name: &str) -> bool {
        let covers = |entry: &str| {
            name.strip_prefix(entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let configured = self.codebase.runtime_annotations;
        READERS.iter().any(|entry| covers(entry)) || configured.iter().any(|entry| covers(&entry.value))
    }

    fn is_reader_class(&self, file: FileId, name: TextRange) -> bool {
        let Some(module) = self.codebase.graph.index().of_file(file) else { return false };
        let Some(source) = self.codebase.sources.text(file) else { return false };
        let name = source.source_text().get(name.to_std_range()).unwrap_or_default();
        self.is_reader(&format!("{}.{name}", self.codebase.module_name(module.module)))
    }

    fn uses_parameter_reader(&self) -> bool {
        self.codebase.graph.edges_of(self.file).iter().any(|edge| {
            edge.target == Target::ThirdParty
                && self.codebase.import(edge).is_some()
                && is_parameter_reader(&self.codebase.imported_name(edge))
        })
    }

    fn origin(&self, file: FileId, parsed: &ParsedFile, reference: DottedName) -> Origin {
        let (root, rest) = match reference.name.as_str().split_once('.') {
            Some((root, rest)) => (root, Some(rest)),
            None => (reference.name.as_str(), None),
        };
        let Some(variable) = parsed.module.global(root) else { return Origin::Unknown };
        // A name of an inner scope is not among these.
        let Some(used) = variable.uses.iter().find(|used| used.range == reference.first) else {
            return Origin::Unknown;
        };
        match variable.meant_by(used) {
            [] if has_star(parsed) => Origin::Unknown,
            [] => Origin::Builtin,
            [binding] => self.of_binding(file, parsed, *binding, rest, MOST_HOPS),
            _ => Origin::Unknown,
        }
    }

    /// Where what a binding binds comes from; `rest`: the attributes that are taken from it.
    fn of_binding(
        &self,
        file: FileId,
        parsed: &ParsedFile,
        binding: Binding,
        rest: Option<&str>,
        hops: usize,
    ) -> Origin {
        let (BindingKind::Import { import, name, binds_top_level }, Some(hops)) =
            (binding.how, hops.checked_sub(1))
        else {
            if binding.how == BindingKind::Class && rest.is_none() {
                return Origin::Class(file, binding.range);
            }
            let module = self.codebase.graph.index().of_file(file);
            let source = self.codebase.sources.text(file);
            let name = source.as_ref().and_then(|it| it.source_text().get(binding.range.to_std_range()));
            return match (binding.how, module, name) {
                (BindingKind::Function, Some(module), Some(name)) => {
                    Origin::Project(join(self.codebase.module_name(module.module), Some(name)))
                }
                _ => Origin::Unknown,
            };
        };
        let Some(edge) = self.codebase.edge_at(file, import, name) else {
            return Origin::Unknown;
        };
        let imported = self.codebase.imported_name(edge);
        let bound = if binds_top_level { imported.split('.').next().unwrap_or_default() } else { &imported };
        let written = join(bound, rest);
        let is_standard = edge.target == Target::StandardLibrary || written.starts_with("typing_extensions.");
        let Target::Module { module, .. } = edge.target else {
            return Origin::Outside { name: written, is_standard };
        };
        let index = self.codebase.graph.index();
        let base = if binds_top_level { index.ancestors(module).last().unwrap_or(module) } else { module };
        let member = if binds_top_level { None } else { self.codebase.graph.member(edge, &parsed.facts) };
        let mut at = base;
        let path = match (&member, rest) {
            (Some(member), Some(rest)) => format!("{member}.{rest}"),
            (Some(member), None) => member.to_string(),
            (None, rest) => rest.unwrap_or_default().to_string(),
        };
        let mut segments = path.split('.').peekable();
        while let Some(child) =
            segments.peek().and_then(|name| index.get(&format!("{}.{name}", self.codebase.module_name(at))))
        {
            at = child;
            segments.next();
        }
        let canonical = join(self.codebase.module_name(at), segments.clone().next());
        let (Some(name), None) = (segments.next(), segments.next()) else {
            return Origin::Project(canonical);
        };
        let Some(file) = index.module(at).file else { return Origin::Project(canonical) };
        let Some(parsed) = self.codebase.parsed(file) else { return Origin::Project(canonical) };
        match parsed.module.global(name).map(|variable| variable.bindings.as_slice()) {
            Some([binding]) => match self.of_binding(file, &parsed, *binding, None, hops) {
                Origin::Unknown => Origin::Project(canonical),
                origin => origin,
            },
            _ => Origin::Project(canonical),
        }
    }
}

/// Whether an imported name is one of [`PARAMETER_READERS`] or below it.
pub fn is_parameter_reader(name: &str) -> bool {
    PARAMETER_READERS.contains(&name.split('.').next().unwrap_or_default())
}

fn has_star(parsed: &ParsedFile) -> bool {
    parsed.facts.names.iter().any(|imported| parsed.facts.name(imported.name) == "*")
}

fn join(name: &str, rest: Option<&str>) -> String {
    rest.map_or_else(|| name.to_string(), |rest| format!("{name}.{rest}"))
}

/// What is known for sure before what may be.
fn worst(first: Option<Reader>, second: impl FnOnce() -> Option<Reader>) -> Option<Reader> {
    match first {
        Some(Reader::Known) => first,
        None => second(),
        Some(_) => second().filter(|reader| *reader == Reader::Known).or(first),
    }
}
