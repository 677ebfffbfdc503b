use std::cell::{OnceCell, RefCell};

use ringfence_diagnostics::{FileId, Fix};
use ringfence_graph::{Edge, ModuleId, ModuleKind, Target};
use ringfence_refactor::proof::Together;
use ringfence_refactor::take_from::{Taken, take_from};
use ringfence_refactor::{Basis, Entry};
use ringfence_source::ImportForm;
use ruff_diagnostics::{Applicability, IsolationLevel};
use ruff_python_stdlib::identifiers::is_identifier;
use rustc_hash::FxHashMap;

use ringfence_policy::Key;

use crate::rule::{Activation, ExclusiveGroup, Rule, Visitor, declare_rule};
use crate::{Context, Crossing, Explainer, Message};

declare_rule! {
    /// ## What it does
    /// Checks for relative imports that leave their boundary module.
    ///
    /// ## Why is this bad?
    /// Dots suggest that the target is near, and a boundary module is moved and read as one unit. A relative import
    /// that leaves it hides its target. When the module is moved, the import breaks or finds another module.
    ///
    /// ## Example
    /// ```python
    /// # shop/orders/place.py
    /// from ..billing import charge  # RF601
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/orders/place.py
    /// from shop.billing import charge
    /// ```
    ///
    /// ## Fix safety
    /// The fix replaces the dots with the absolute name of the module. It is safe if the file can be loaded under one
    /// name only: under a second name, the absolute import would load a second copy of the module. It is unsafe, and
    /// says why, if
    /// - a source root contains another one, or a package around the file has no `__init__`,
    /// - the tree contains another module of the same name, such as a vendored copy, or symbolic links,
    /// - something in the project may load modules by name or by path: `importlib`, `exec`, `sys.path`,
    /// - its block holds other absolute imports, so the import moves there and is loaded before others.
    CrossingRelativeImport {
        code: "RF601",
        name: "crossing-relative-import",
        severity: Error,
        default: Activation::OptIn,
        fix: Sometimes,
        since: "0.1.0",
    }
}

impl Rule for CrossingRelativeImport {
    type Violation = Crossing;
    const VISITOR: Visitor<Self> = Visitor::Edge { group: ExclusiveGroup::Independent, find };

    fn message(context: &Explainer, crossing: &Crossing) -> Message {
        let source_roots = context.key(Key::SourceRoots);
        let (from, to) = (context.importer_title(crossing), context.boundary_name(crossing.imported));
        let text = format!("relative import leaves `{from}` for `{to}`");
        let message = context.crossing_message(crossing, text);
        match absolute(context, crossing) {
            Some(statement) => message.help(format!("write `{statement}`")),
            None => message.help(match odd_folder(context, crossing) {
                Some(folder) => format!(
                    "no absolute name leads there, as `{folder}` is none of a module: make a folder below it a source root \
                     (`{source_roots}`)"
                ),
                None => format!("write an absolute name, from a source root (`{source_roots}`)"),
            }),
        }
    }

    fn fix(context: &Explainer, crossing: &Crossing) -> Option<Fix> {
        let (facts, _, _) = context.import(&crossing.edge)?;
        let module = &absolute_module(context, &crossing.edge)?;
        let file = crossing.edge.file;
        let names = context.facts(file)?.names_of(context.import(&crossing.edge)?.1);
        let moved: Vec<(usize, &str)> = names.iter().map(|name| facts.name(name.name)).enumerate().collect();
        let Taken { edits, crosses } = take_from(context, &crossing.edge, &moved, module)?;
        let doubt = doubt_of_name(context, file).or_else(|| {
            crosses.then(|| "it then stands among other imports, and is loaded before some".to_string())
        });
        let reason = doubt.as_ref().map(|doubt| format!(", though {doubt}")).unwrap_or_default();
        Some(Fix {
            title: format!("Write `{module}` for the dots{reason}"),
            applicability: if doubt.is_some() { Applicability::Unsafe } else { Applicability::Safe },
            isolation: IsolationLevel::NonOverlapping,
            changes_policy: false,
            appends: false,
            edits: edits.into_iter().map(|edit| (file, edit)).collect(),
        })
    }
}

/// Whether an import can name a module so: dots may lead past the root, and a folder on the way may be called `prefect-azure`.
pub(crate) fn is_module_name(module: &str) -> bool {
    module.split('.').all(is_identifier)
}

/// What the dots of an import stand for; nothing where it has none, or they lead past the root.
pub(crate) fn absolute_module(context: &Context, edge: &Edge) -> Option<String> {
    let (facts, import, imported) = context.import(edge)?;
    let ImportForm::From { level: 1.., .. } = import.form else { return None };
    let full = context.imported_name(edge);
    let module = full.strip_suffix(facts.name(imported.name))?.strip_suffix('.')?;
    is_module_name(module).then(|| module.to_string())
}

/// By file: why it may be loaded under another name.
#[derive(Default)]
struct DoubtsOfName(RefCell<FxHashMap<FileId, Option<String>>>);

impl Entry for DoubtsOfName {
    const BASIS: Basis = Basis::Texts;
}

/// Whether links in the tree may give files other names.
#[derive(Default)]
struct HasLinks(OnceCell<bool>);

impl Entry for HasLinks {
    const BASIS: Basis = Basis::Texts;
}

/// By the last segment of their names: the modules of files.
#[derive(Default)]
struct Namesakes(OnceCell<FxHashMap<String, Vec<ModuleId>>>);

impl Entry for Namesakes {
    const BASIS: Basis = Basis::Imports;
}

/// Why a file may be loaded under another name, from which the dots lead elsewhere.
pub(crate) fn doubt_of_name(context: &Context, file: FileId) -> Option<String> {
    if let Some(known) = context.memo.get::<DoubtsOfName>().0.borrow().get(&file) {
        return known.clone();
    }
    let doubt = find_doubt_of_name(context, file);
    context.memo.get::<DoubtsOfName>().0.borrow_mut().insert(file, doubt.clone());
    doubt
}

fn find_doubt_of_name(context: &Context, file: FileId) -> Option<String> {
    let index = context.graph.index();
    let module = index.of_file(file)?.module;
    if !index.has_one_name(file) {
        return Some("this file may be loaded under another name, too".to_string());
    }
    let mut around = index.ancestors(module);
    if let Some(namespace) = around.find(|id| index.module(*id).kind == ModuleKind::Namespace) {
        let namespace = context.module_name(namespace);
        return Some(format!(
            "`{namespace}` has no `__init__`, so that this file may have another name, too"
        ));
    }
    if let Some(copy) = namesake(context, module) {
        return Some(format!("`{copy}` may be a copy of this file, or this file one of it"));
    }
    if *context.memo.get::<HasLinks>().0.get_or_init(|| context.sources.has_links()) {
        return Some("symbolic links may give this file another name, too".to_string());
    }
    Together::with(context, module).hidden()
}

/// A module whose name ends like another's: a package that lies in the tree twice, of which one may be loaded as the other.
fn namesake<'a>(context: &Context<'a>, module: ModuleId) -> Option<&'a str> {
    let index = context.graph.index();
    let name = context.module_name(module);
    let ends_with = |long: &str, short: &str| {
        long.strip_suffix(short).is_some_and(|rest| rest.ends_with('.')) && short.contains('.')
    };
    let last_segment = |name: &str| name.rsplit('.').next().unwrap_or_default().to_string();
    let namesakes = context.memo.get::<Namesakes>().0.get_or_init(|| {
        let mut namesakes: FxHashMap<String, Vec<ModuleId>> = FxHashMap::default();
        for (id, module) in index.iter().filter(|(_, module)| module.file.is_some()) {
            namesakes.entry(last_segment(&module.name)).or_default().push(id);
        }
        namesakes
    });
    let others = namesakes.get(&last_segment(name))?.iter().filter(|id| **id != module);
    others.map(|id| context.module_name(*id)).find(|other| ends_with(name, other) || ends_with(other, name))
}

/// The one imported name as an absolute import; nothing for a call that imports.
fn absolute(context: &Context, crossing: &Crossing) -> Option<String> {
    let (facts, import, imported) = context.import(&crossing.edge)?;
    let ImportForm::From { .. } = import.form else { return None };
    let name = facts.name(imported.name);
    let full = context.imported_name(&crossing.edge);
    let module = full.strip_suffix(name)?.strip_suffix('.').filter(|module| is_module_name(module))?;
    let alias = imported.alias.map_or(String::new(), |(alias, _)| format!(" as {}", facts.name(alias)));
    Some(format!("from {module} import {name}{alias}"))
}

/// A folder around what is imported whose name no import statement can hold.
fn odd_folder(context: &Context, crossing: &Crossing) -> Option<String> {
    let Target::Module { module, .. } = crossing.edge.target else { return None };
    context.module_name(module).split('.').find(|name| !is_identifier(name)).map(str::to_string)
}

/// RF601
fn find(context: &Context, crossing: &Crossing) -> Option<Crossing> {
    crossing.importer?;
    let (_, import, _) = context.import(&crossing.edge)?;
    let (ImportForm::Import { level } | ImportForm::From { level, .. }) = import.form;
    (level > 0).then_some(*crossing)
}
