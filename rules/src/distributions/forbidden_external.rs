use ringfence_diagnostics::Label;
use ringfence_graph::{Edge, Target};
use ringfence_manifest::normalized;
use ringfence_policy::{ForbiddenExternal as ForbiddenEntry, Key, ModuleDeclaration};

use crate::externals::{Origin, once_a_statement};
use crate::rule::{Activation, Documented, Findings, Rule, Visitor, declare_rule};
use crate::{BoundaryId, Context, Explainer, Message, Reason};

declare_rule! {
    /// ## What it does
    /// Checks for imports of distributions that a boundary module may not use.
    ///
    /// ## Why is this bad?
    /// A framework that every module uses cannot be replaced. Code that is free of it can be tested and used without
    /// it. The config says which modules must stay free.
    ///
    /// With `externals`, a boundary module may import only the listed distributions. With `forbids-externals`, it
    /// must not import the listed ones, whatever `externals` says. The standard library is always allowed. An entry
    /// is the name of a distribution in any spelling (`PyYAML`), or of an import including everything below it
    /// (`yaml`, `google.cloud`). Only the innermost boundary module around the importing file counts: boundary
    /// modules that are declared inside it inherit nothing. Imports for type checking only and dynamic imports are
    /// ignored. RF501 explains how the distribution of an import is found.
    ///
    /// ## Example
    /// ```toml
    /// [modules."shop.domain"]
    /// externals = ["pydantic"]
    /// ```
    ///
    /// ```python
    /// # shop/domain/order.py
    /// from django.db import models  # RF503
    /// ```
    ///
    /// Define the model where Django is allowed, and pass plain values to `shop.domain`.
    ///
    /// ## Options
    /// - `modules.<name>.externals`
    /// - `modules.<name>.forbids-externals`
    /// - `distributions`
    ForbiddenExternal {
        code: "RF503",
        name: "forbidden-external",
        severity: Error,
        default: Activation::On,
        fix: Never,
        since: "0.1.0",
        tags: [Distribution],
        dialects: [Tach: Offered],
    }
}

/// An import of what the importer may not use.
#[derive(Debug, Hash)]
pub(crate) struct ForbiddenUse {
    importer: BoundaryId,
    /// In full.
    imported: String,
    /// The part of it that stands for the distribution.
    import: String,
    /// Position in `forbids-externals` of the importer; nothing for what its `externals` do not list.
    entry: Option<usize>,
}

impl Rule for ForbiddenExternal {
    type Violation = ForbiddenUse;
    const VISITOR: Visitor<Self> = Visitor::Project(find);
    const FILTERS_BY_KIND: bool = true;

    fn message(context: &Explainer, violation: &ForbiddenUse) -> Message {
        let externals_key = context.key(Key::Externals);
        let ForbiddenUse { importer, imported, import, entry } = violation;
        let (name, declaration) = (context.boundary_name(*importer), context.declaration(*importer));
        let Some(entry) = entry.map(|position| &declaration.forbids_externals[position]) else {
            let message = Message::new(format!(
                "`{name}` must not import `{import}`, which its `{externals_key}` do not list"
            ))
            .help(format!("use `{import}` in another module, or add it to `{externals_key}` of `{name}`"));
            return match &declaration.externals {
                Some(list) => message.label(Label::new(list.span, "only these are allowed")),
                None => message,
            };
        };
        // What the entry names may be closer than what the distribution is known by.
        let is_import = name_below(imported, &entry.name.value);
        let import = if is_import { &entry.name.value } else { import };
        Message::new(match &entry.reason {
            Some(reason) => format!("`{name}` must not import `{import}`: {}", reason.value),
            None => format!("`{name}` must not import `{import}`"),
        })
        .label(Label::new(entry.name.span, "forbidden here"))
        .help(format!(
            "use `{import}` in another module, and pass what `{name}` needs of it in from its callers"
        ))
    }
}

/// RF503: the entry of `forbids-externals`, or that none of `externals` covers it.
fn find(context: &Context, findings: &mut Findings<ForbiddenExternal>) {
    if context.externals.is_none() {
        return;
    }
    let rule = findings.rule;
    let sites = once_a_statement(context.graph.edges(), |edge| {
        let forbidden = judge(context, edge).filter(|_| context.judges(rule, edge))?;
        Some((forbidden.import.clone(), forbidden))
    });
    for (site, violation) in sites {
        findings.push(site, violation);
    }
}

fn judge(context: &Context, edge: &Edge) -> Option<ForbiddenUse> {
    if edge.target != Target::ThirdParty {
        return None;
    }
    let importer = context.graph.index().of_file(edge.file)?;
    let importer = context.boundaries.owner(importer.module)?;
    let ModuleDeclaration { externals: allowed, forbids_externals: forbidden, .. } =
        context.declaration(importer);
    if allowed.is_none() && forbidden.is_empty() {
        return None;
    }
    let imported = context.imported_name(edge);
    let origin = context.externals?.origin(&imported);
    let is_forbidden = |entry: &ForbiddenEntry| covers(&entry.name.value, &imported, origin.sure_keys());
    if let Some(position) = forbidden.iter().position(is_forbidden) {
        return Some(ForbiddenUse { importer, imported, import: origin.import, entry: Some(position) });
    }
    let listed = allowed.as_ref()?.value.iter().any(|entry| covers(&entry.value, &imported, &origin.keys));
    (!listed).then_some(ForbiddenUse { importer, imported, import: origin.import, entry: None })
}

/// What a boundary module says of an import from elsewhere, by its name.
pub(crate) fn externals_of(context: &Context, importer: BoundaryId, imported: &str) -> Option<Reason> {
    let externals_key = context.key(Key::Externals);
    let forbids_externals = context.key(Key::ForbidsExternals);
    let ModuleDeclaration { externals: allowed, forbids_externals: forbidden, .. } =
        context.declaration(importer);
    let origin = match context.externals {
        Some(externals) => externals.origin(imported),
        None => Origin { import: imported.to_string(), keys: Vec::new(), sure: 0 },
    };
    let name = context.boundary_name(importer);
    let is_forbidden = |entry: &&ForbiddenEntry| covers(&entry.name.value, imported, origin.sure_keys());
    let (allows, text, span) = if let Some(entry) = forbidden.iter().find(is_forbidden) {
        let text = format!("`{forbids_externals}` of `{name}` lists `{}`", entry.name.value);
        (false, text, entry.name.span)
    } else {
        let allowed = allowed.as_ref()?;
        let is_listed = allowed.value.iter().any(|entry| covers(&entry.value, imported, &origin.keys));
        let verb = if is_listed { "lists" } else { "does not list" };
        (is_listed, format!("`{externals_key}` of `{name}` {verb} `{}`", origin.import), allowed.span)
    };
    Some(Reason { allows, code: ForbiddenExternal::METADATA.code, text, span: Some(span) })
}

/// Whether an entry names a distribution that an import may come from, or the import or what is around it.
fn covers(entry: &str, import: &str, keys: &[String]) -> bool {
    name_below(import, entry) || keys.contains(&normalized(entry))
}

/// Whether an imported name is this one or lies below it.
fn name_below(import: &str, name: &str) -> bool {
    import.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
