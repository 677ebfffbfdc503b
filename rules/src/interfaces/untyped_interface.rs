use ringfence_diagnostics::{FileId, Label, Span};
use ringfence_graph::{ModuleId, Target};
use ringfence_policy::{Interface, Precedence};
use ringfence_source::NameRef;
use ruff_text_size::TextRange;
use rustc_hash::FxHashSet;

use crate::rule::{Activation, ExclusiveGroup, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Crossing, Explainer, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for imported members of a plain-data interface that are not annotated as plain data.
    ///
    /// ## Why is this bad?
    /// A plain-data interface can be moved behind a process, a queue or an API. A function that takes or returns an
    /// object of a class ties both sides to that class.
    ///
    /// A variable must be annotated with a plain type, and so must each parameter and the result of a function. Plain
    /// types are `int`, `str`, `bool`, `float`, `bytes`, `None`, `date`, `Decimal`, `UUID` and the like, `list`,
    /// `dict`, `tuple`, `set`, and what is made only of these, such as `dict[str, int]` and `list[str] | None`.
    /// Classes are not checked.
    ///
    /// A member is reported once, where it is defined, however many modules import it. That is also the place for a
    /// suppression.
    ///
    /// With a Tach config, each import is reported, as in Tach. Only bare `int`, `str`, `bool`, `float`, `list`,
    /// `dict` and `tuple` are plain there, and members of submodules are not checked. The same holds for a config
    /// that `ringfence migrate` wrote, as long as it has `precedence = "order"`.
    ///
    /// ## Example
    /// ```toml
    /// [[interfaces]]
    /// of = ["shop.orders"]
    /// exposes = ["total"]
    /// data-types = "plain"
    /// ```
    ///
    /// ```python
    /// # shop/orders/__init__.py
    /// def total(order): ...  # RF202
    ///
    /// # shop/web.py
    /// from shop.orders import total
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// # shop/orders/__init__.py
    /// def total(order: dict) -> float: ...
    /// ```
    ///
    /// ## Options
    /// - `interfaces`
    UntypedInterface {
        code: "RF202",
        name: "untyped-interface",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        dialects: [Tach: Checked],
    }
}

/// Something that is no plain data and crosses an interface of plain data.
#[derive(Debug, Hash)]
pub(crate) struct Untyped {
    /// Who imports it, or the first of those.
    crossing: Crossing,
    /// Position of the interface in `interfaces`.
    interface: u32,
    /// What is not annotated, and where it is defined.
    name: NameRef,
    file: FileId,
    module: ModuleId,
    definition: TextRange,
    /// The annotation that is not plain, or the name without one.
    lack: TextRange,
    is_annotated: bool,
}

impl Rule for UntypedInterface {
    type Violation = Untyped;
    const VISITOR: Visitor<Self> = Visitor::Edge { group: ExclusiveGroup::Independent, find };
    const READS_OTHER_FILES: bool = true;
    const FIND_IN_PROJECT: Option<fn(&Context, &mut Findings<Self>)> = Some(find_definitions);

    fn message(context: &Explainer, violation: &Untyped) -> Message {
        let Untyped { crossing, interface, name, file, module, definition, lack, is_annotated } = violation;
        let to = context.boundary_name(crossing.imported);
        let text = if *is_annotated { "this is no plain type" } else { "this has no annotation" };
        let message =
            Message::new(format!("`{name}` of `{to}` is not plain data, which its interface promises"))
                .owner(context.owner_text(crossing.imported));
        let here = || Label::new(Span::new(*file, *lack), text);
        let message = if is_in_depth(context) {
            let import = context.span(Site::of(&crossing.edge));
            let message = message.symbol(format!("{}.{name}", context.module_name(*module)));
            let message =
                if lack == definition { message.annotation(text.to_string()) } else { message.label(here()) };
            message.label(Label::new(import, "imported here")).help(
                "annotate it throughout with plain types and what is made of them, such as `str`, `dict[str, int]` and \
                 `list[str] | None`, or expose something else",
            )
        } else {
            message.annotation(format!("part of `{to}`")).label(here()).help(
                "annotate it with `int`, `str`, `bool`, `float`, `list`, `dict` or `tuple` throughout, or expose \
                 something else",
            )
        };
        match context.policy.interfaces[*interface as usize].data_types {
            Some(span) => message.label(Label::new(span, "plain data is promised here")),
            None => message,
        }
    }
}

/// RF202, at the import
fn find(context: &Context, crossing: &Crossing) -> Option<Untyped> {
    if is_in_depth(context) { None } else { untyped(context, crossing) }
}

/// RF202, at the definition
fn find_definitions(context: &Context, findings: &mut Findings<UntypedInterface>) {
    let promises = |interface: &Interface| interface.data_types.is_some();
    if !is_in_depth(context) || !context.policy.interfaces.iter().any(promises) {
        return;
    }
    let mut seen: FxHashSet<Span> = FxHashSet::default();
    for edge in context.graph.edges() {
        let Some(crossing) = context.crossing_of(edge).filter(|_| context.kinds.may_matter(edge.kind)) else {
            continue;
        };
        if context.kinds.judges(findings.rule, context.boundaries, crossing.importer, edge.kind)
            && let Some(untyped) = untyped(context, &crossing)
            && let definition = Span::new(untyped.file, untyped.definition)
            && seen.insert(definition)
        {
            findings.push(Site::Place(definition), untyped);
        }
    }
}

/// What is imported, where an interface promises that it is plain data, and it is not.
fn untyped(context: &Context, crossing: &Crossing) -> Option<Untyped> {
    let numbers = context.boundaries.interfaces(crossing.imported).iter();
    let mut interfaces =
        numbers.filter_map(|number| Some((*number, context.policy.interfaces.get(*number as usize)?)));
    if interfaces.clone().all(|(_, interface)| interface.data_types.is_none()) {
        return None;
    }
    let member = context.member_of(crossing);
    let exposes = |(_, interface): &(u32, &Interface)| {
        interface.exposes.value.iter().any(|pattern| pattern.value.matches(&member))
    };
    let (number, _) = interfaces.find(exposes).filter(|(_, interface)| interface.data_types.is_some())?;
    let exposed = context.exposed(crossing.imported, crossing.importer)?;
    if !exposed.patterns().any(|pattern| pattern.matches(&member)) {
        return None;
    }
    let boundary = context.boundaries.get(crossing.imported).module;
    let is_in_depth = is_in_depth(context);
    let (module, name) = match crossing.edge.target {
        Target::Module { module, .. } if is_in_depth => {
            let facts = context.facts(crossing.edge.file)?;
            (module, context.graph.member(&crossing.edge, facts)?)
        }
        _ => (boundary, member),
    };
    let file = context.graph.index().module(module).file?;
    let parsed = context.sources.module(file)?;
    let declared = parsed.module.declared.iter().rev().find(|declared| declared.name.as_str() == name)?;
    let lack = if is_in_depth { declared.lack_in_depth } else { declared.lack }?;
    Some(Untyped {
        crossing: *crossing,
        interface: number,
        name: declared.name,
        file,
        module,
        definition: declared.range,
        lack: lack.range,
        is_annotated: lack.is_annotated,
    })
}

/// Whether submodules are looked into, and findings stand at definitions: not in the words of Tach.
fn is_in_depth(context: &Context) -> bool {
    context.policy.dialect.precedence == Precedence::MostSpecific
}
