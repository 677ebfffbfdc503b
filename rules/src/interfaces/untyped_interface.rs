use ringfence_diagnostics::{FileId, Label, Span};
use ringfence_graph::{ModuleId, Target};
use ringfence_policy::{Interface, Precedence};
use ringfence_source::{Declared, Lack};
use rustc_hash::FxHashSet;

use crate::contracts::imports::site_of;
use crate::rule::{Claim, Default, Found, Rule, Visitor, declare_rule};
use crate::{Context, Crossing, Finding, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for what an interface exposes as plain data, others import, and is not annotated as such.
    ///
    /// ## Why is this bad?
    /// An interface of plain data is one that can be moved behind a wire: a process, a queue, an API. A function that takes
    /// or returns an object of a class ties both sides to that class.
    ///
    /// A variable has to be annotated, and a function in each of its parameters and its result, with a plain type: `int`, `str`,
    /// `bool`, `float`, `bytes`, `None`, `date`, `Decimal`, `UUID` and the like, `list`, `dict`, `tuple`, `set`, and what is made of these
    /// alone, such as `dict[str, int]` and `list[str] | None`. Of classes nothing is asked.
    ///
    /// It is reported where it is defined, once, however many import it, and a comment that suppresses it stands there.
    ///
    /// In a config of Tach each import is reported, as Tach does; plain are `int`, `str`, `bool`, `float`, `list`, `dict` and `tuple`
    /// as such, and of members of submodules nothing is asked. The same holds for one that `ringfence migrate` wrote, as long as it has
    /// `precedence = "order"`.
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
        default: Default::On,
        fix: Never,
    }
}

impl Rule for UntypedInterface {
    const VISITOR: Visitor = Visitor::Edge { claim: Claim::Independent, find };
    const LOOKS_FURTHER: bool = true;

    const ALSO: Option<fn(&Context, &mut Found)> = Some(find_definitions);

    fn speak(context: &Context, finding: &Finding) -> Message {
        let at_definition = is_in_depth(context);
        let crossing = if at_definition {
            let edge = context.graph.edges().get(finding.detail as usize);
            edge.and_then(|edge| context.crossing_of(edge))
        } else {
            context.crossing(finding)
        };
        let Some(crossing) = crossing else { return Message::default() };
        let Some(Exposed { file, module, declared, lack, interface }) = untyped(context, &crossing) else {
            return Message::default();
        };
        let to = context.boundary_name(crossing.imported);
        let name = declared.name.as_str();
        let text = if lack.is_annotated { "this is no plain type" } else { "this has no annotation" };
        let message =
            Message::new(format!("`{name}` of `{to}` is not plain data, which its interface promises"))
                .owner(context.owner_text(crossing.imported));
        let message = if at_definition {
            let import = context.span(site_of(crossing.edge));
            let message = message.symbol(format!("{}.{name}", context.module_name(module)));
            let message = if lack.range == declared.range {
                message.annotation(text.to_string())
            } else {
                message.label(Label::new(Span::new(file, lack.range), text))
            };
            message.label(Label::new(import, "imported here"))
        } else {
            message.annotation(format!("part of `{to}`")).label(Label::new(Span::new(file, lack.range), text))
        };
        let message = message.help(if at_definition {
            "annotate it throughout with plain types and what is made of them, such as `str`, `dict[str, int]` and \
             `list[str] | None`, or expose something else"
        } else {
            "annotate it with `int`, `str`, `bool`, `float`, `list`, `dict` or `tuple` throughout, or expose \
             something else"
        });
        match interface.data_types {
            Some(span) => message.label(Label::new(span, "plain data is promised here")),
            None => message,
        }
    }
}

/// RF202 at imports.
fn find(context: &Context, crossing: &Crossing) -> Option<u32> {
    if is_in_depth(context) {
        return None;
    }
    untyped(context, crossing).map(|_| 0)
}

/// RF202 where each is defined that somebody imports. The detail is the place of the first import in the graph.
fn find_definitions(context: &Context, found: &mut Found) {
    let promises = |interface: &Interface| interface.data_types.is_some();
    if !is_in_depth(context) || !context.policy.interfaces.iter().any(promises) {
        return;
    }
    let mut seen: FxHashSet<Span> = FxHashSet::default();
    for (position, edge) in context.graph.edges().iter().enumerate() {
        let Some(crossing) = context.crossing_of(edge).filter(|_| context.kinds.may_matter(edge.kind)) else {
            continue;
        };
        if context.kinds.judges(found.rule, context.boundaries, crossing.importer, edge.kind)
            && let Some(Exposed { file, declared, .. }) = untyped(context, &crossing)
            && seen.insert(Span::new(file, declared.range))
        {
            found.push(Site::Place(Span::new(file, declared.range)), position as u32);
        }
    }
}

/// What is exposed as plain data and is not.
struct Exposed<'a> {
    file: FileId,
    module: ModuleId,
    declared: Declared,
    lack: Lack,
    /// The first interface that exposes it.
    interface: &'a Interface,
}

/// What is imported, if it is exposed as plain data and is not.
fn untyped<'a>(context: &Context<'a>, crossing: &Crossing) -> Option<Exposed<'a>> {
    let interfaces = context.boundaries.interfaces(crossing.imported).iter();
    let mut interfaces = interfaces.filter_map(|number| context.policy.interfaces.get(*number as usize));
    if interfaces.clone().all(|interface| interface.data_types.is_none()) {
        return None;
    }
    let member = context.member_of(crossing);
    let exposes =
        |interface: &&Interface| interface.exposes.value.iter().any(|pattern| pattern.value.matches(&member));
    let interface = interfaces.find(exposes).filter(|interface| interface.data_types.is_some())?;
    let exposed = context.exposed(crossing.imported, crossing.importer)?;
    if !exposed.patterns().any(|pattern| pattern.matches(&member)) {
        return None;
    }
    let boundary = context.boundaries.get(crossing.imported).module;
    let is_in_depth = is_in_depth(context);
    let (module, name) = match crossing.edge.target {
        Target::Module { module, .. } if is_in_depth => {
            let facts = context.facts(crossing.edge.file)?;
            (module, context.graph.member(crossing.edge, facts)?)
        }
        _ => (boundary, member),
    };
    let file = context.graph.index().module(module).file?;
    let parsed = context.sources.module(file)?;
    let declared = parsed.module.declared.iter().rev().find(|declared| declared.name.as_str() == name)?;
    let lack = if is_in_depth { declared.lack_in_depth } else { declared.lack };
    Some(Exposed { file, module, declared: *declared, lack: lack?, interface })
}

/// Whether what is made of plain types is plain, submodules are looked into, and it is the definition that is reported: Tach
/// does none of these.
fn is_in_depth(context: &Context) -> bool {
    context.policy.meaning.precedence == Precedence::MostSpecific
}
