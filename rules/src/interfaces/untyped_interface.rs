use ringfence_diagnostics::{FileId, Label, Span};
use ringfence_graph::Target;
use ringfence_policy::{Interface, Precedence};
use ringfence_source::{Declared, Lack};

use crate::rule::{Claim, Default, Rule, Visitor, declare_rule};
use crate::{Context, Crossing, Finding, Message};

declare_rule! {
    /// ## What it does
    /// Checks for imports of something that an interface exposes as plain data, and that is not annotated as such.
    ///
    /// ## Why is this bad?
    /// An interface of plain data is one that can be moved behind a wire: a process, a queue, an API. A function that takes
    /// or returns an object of a class ties both sides to that class.
    ///
    /// A variable has to be annotated, and a function in each of its parameters and its result, with a plain type: `int`, `str`,
    /// `bool`, `float`, `bytes`, `None`, `date`, `Decimal`, `UUID` and the like, `list`, `dict`, `tuple`, `set`, and what is made of these
    /// alone, such as `dict[str, int]` and `list[str] | None`. Of classes nothing is asked.
    ///
    /// In a config of Tach these are `int`, `str`, `bool`, `float`, `list`, `dict` and `tuple` as such, and of members of submodules
    /// nothing is asked.
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
    /// def total(order): ...
    ///
    /// # shop/web.py
    /// from shop.orders import total  # RF202
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

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Some(crossing) = context.crossing(finding) else { return Message::default() };
        let Some((file, declared, lack, interface)) = untyped(context, &crossing) else {
            return Message::default();
        };
        let to = context.boundary_name(crossing.imported);
        let name = declared.name.as_str();
        let text = if lack.is_annotated { "this is no plain type" } else { "this has no annotation" };
        let message = Message::new(format!(
            "`{name}` of `{to}` is not plain data, which its interface promises"
        ))
        .annotation(format!("part of `{to}`"))
        .label(Label::new(Span::new(file, lack.range), text))
        .help(if is_in_depth(context) {
            "annotate it throughout with plain types and what is made of them, such as `str`, `dict[str, int]` and \
             `list[str] | None`, or expose something else"
        } else {
            "annotate it with `int`, `str`, `bool`, `float`, `list`, `dict` or `tuple` throughout, or expose \
             something else"
        })
        .owner(context.owner_text(crossing.imported));
        match interface.data_types {
            Some(span) => message.label(Label::new(span, "plain data is promised here")),
            None => message,
        }
    }
}

/// RF202
fn find(context: &Context, crossing: &Crossing) -> Option<u32> {
    untyped(context, crossing).map(|_| 0)
}

/// What is exposed as plain data and is not: its file, the name and what it lacks, and the first interface that exposes it.
fn untyped<'a>(
    context: &Context<'a>,
    crossing: &Crossing,
) -> Option<(FileId, Declared, Lack, &'a Interface)> {
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
    Some((file, *declared, lack?, interface))
}

/// Whether what is made of plain types is plain, and submodules are looked into: Tach does neither.
fn is_in_depth(context: &Context) -> bool {
    context.policy.meaning.precedence == Precedence::MostSpecific
}
