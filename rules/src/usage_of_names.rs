//! How the names that an import brings in are used in their file, in words: what a way out of a finding depends on.

use ringfence_diagnostics::joined;
use ringfence_graph::{Edge, ModuleId};
use ringfence_refactor::typing_only::typing_only;
use ringfence_source::{BindingKind, ModuleFacts, Reference, ReferenceContext, ScopeKind};
use ruff_text_size::TextSize;

use crate::equivalent_exports::instead;
use crate::{Context, Crossing, Explainer, RuleId, Site};

/// When a name is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum UsageTime {
    /// Somewhere while the module is loaded.
    AtImport,
    /// Only when functions run.
    InFunctions,
    InAnnotations,
    /// Only in `__all__`, or nowhere in a file from which others import it.
    PassedOn,
    Nowhere,
}

/// A name of an import statement, with where it is used.
#[derive(Debug, Clone)]
pub(crate) struct UsedName {
    pub(crate) name: String,
    /// Whether the finding is about it.
    pub(crate) is_at_fault: bool,
    pub(crate) when: UsageTime,
    /// The first use that decides `when`.
    pub(crate) line: Option<usize>,
    /// The function of the first use that runs in one.
    pub(crate) function: Option<String>,
    /// What the first use at import is for: `a base class`.
    pub(crate) role: Option<&'static str>,
}

/// The names that the statement of a crossing takes from the boundary module at fault, in order. Parses the file in full;
/// nothing where uses cannot be told.
pub(crate) fn names_used(context: &Context, crossing: &Crossing) -> Option<Vec<UsedName>> {
    let Edge { file, import, name: own, .. } = crossing.edge;
    let parsed = context.sources.module(file)?;
    if parsed.facts.syntax_error.is_some() || !parsed.module.dynamic.is_empty() {
        return None;
    }
    let edges = context.graph.edges_of_import(file, import).iter();
    let same = edges
        .filter(|edge| context.crossing_of(edge).is_some_and(|other| other.imported == crossing.imported));
    same.map(|edge| {
        let name = used_name(context, &parsed.module, edge)?;
        Some(UsedName { is_at_fault: edge.name == own, ..name })
    })
    .collect()
}

fn used_name(context: &Context, module: &ModuleFacts, edge: &Edge) -> Option<UsedName> {
    let (variable, binding) = module.bound_by(edge.name)?;
    // `import a.b` binds `a`, which stands for all that is imported below it.
    let binds_top_level = matches!(binding.how, BindingKind::Import { binds_top_level: true, .. });
    if binds_top_level || variable.bindings.len() > 1 {
        return None;
    }
    let text = context.sources.text(edge.file)?;
    let row = |offset: TextSize| text.to_source_code().line_index(offset).get();
    let when = |used: &Reference| match used.place {
        ReferenceContext::Exported => UsageTime::PassedOn,
        ReferenceContext::Annotation
        | ReferenceContext::LocalAnnotation
        | ReferenceContext::Quoted
        | ReferenceContext::TypeExpression => UsageTime::InAnnotations,
        _ if used.is_deferred() => UsageTime::InFunctions,
        ReferenceContext::Value
        | ReferenceContext::Decorator
        | ReferenceContext::Base
        | ReferenceContext::Default => UsageTime::AtImport,
    };
    let first = variable.uses.iter().min_by_key(|used| (when(used), used.range.start()));
    let name = module.name(variable.name).to_string();
    let Some(first) = first else {
        let importer = context.graph.index().of_file(edge.file);
        let others_may =
            importer.is_some_and(|importer| importer.is_package || is_taken(context, importer.module, &name));
        let when = if others_may { UsageTime::PassedOn } else { UsageTime::Nowhere };
        return Some(UsedName { name, is_at_fault: false, when, line: None, function: None, role: None });
    };
    let when = when(first);
    Some(UsedName {
        name,
        is_at_fault: false,
        when,
        line: Some(row(first.range.start())),
        function: (when == UsageTime::InFunctions).then(|| function_of(module, first)).flatten(),
        role: match first.place {
            ReferenceContext::Base => Some("a base class"),
            ReferenceContext::Decorator => Some("a decorator"),
            ReferenceContext::Default => Some("a default"),
            _ => None,
        },
    })
}

/// Whether some other module imports the name, or everything, from this one.
fn is_taken(context: &Context, module: ModuleId, name: &str) -> bool {
    context.taken().of(module).is_some_and(|taken| taken.star || taken.names.contains(name))
}

/// The innermost function that a use stands in.
fn function_of(module: &ModuleFacts, used: &Reference) -> Option<String> {
    let mut scope = Some(used.scope);
    while let Some(found) = scope.and_then(|id| module.scopes.get(id.index())) {
        if found.kind == ScopeKind::Function {
            return found.name.map(|name| module.name(name).to_string());
        }
        scope = found.parent;
    }
    None
}

/// ``2 names, `Headers` and `parse`, in annotations only``; when the names differ, one part for each kind of use.
pub(crate) fn described(names: &[UsedName]) -> String {
    let mut parts = Vec::new();
    for when in [
        UsageTime::AtImport,
        UsageTime::InFunctions,
        UsageTime::InAnnotations,
        UsageTime::PassedOn,
        UsageTime::Nowhere,
    ] {
        let of_kind: Vec<&UsedName> = names.iter().filter(|name| name.when == when).collect();
        let Some(first) = of_kind.first() else { continue };
        let line = first.line.map_or(String::new(), |line| format!(" (line {line})"));
        let how = match when {
            UsageTime::AtImport => match first.role {
                Some(role) if of_kind.len() == 1 => format!("as {role}{line}"),
                _ => format!("while the module is loaded{line}"),
            },
            UsageTime::InFunctions => match &first.function {
                Some(function) if of_kind.len() == 1 => {
                    format!("in functions only, first in `{function}`{line}")
                }
                _ => format!("in functions only{line}"),
            },
            UsageTime::InAnnotations => format!("in annotations only{line}"),
            UsageTime::PassedOn => "to be imported from here".to_string(),
            UsageTime::Nowhere => "nowhere".to_string(),
        };
        parts.push(format!("{}, {how}", listed(&of_kind)));
    }
    parts.join("; ")
}

/// ``2 names, `Headers` and `parse` ``
fn listed(names: &[&UsedName]) -> String {
    let count = if names.len() == 1 { String::new() } else { format!("{} names, ", names.len()) };
    count + &enumerated(names)
}

fn enumerated(names: &[&UsedName]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.name)).collect();
    match quoted.as_slice() {
        names if names.len() <= 4 => joined(names, "and"),
        names => format!("{} and others", names[..2].join(", ")),
    }
}

/// The ways out of a finding as numbered steps under what is used, the likeliest first; `otherwise` where that is unknown,
/// or where the file or the statement has been looked at too often.
pub(crate) fn suggestions(
    context: &Explainer,
    rule: RuleId,
    crossing: &Crossing,
    otherwise: String,
    ways: impl FnOnce(UsageTime, &str) -> Vec<String>,
) -> String {
    if !context.may_tell_more_of(Site::of(&crossing.edge)) || !context.may_explain() {
        return otherwise;
    }
    let instead = instead(context, crossing);
    let names = names_used(context, crossing).unwrap_or_default();
    let Some(own) = names.iter().find(|name| name.is_at_fault) else {
        return match instead {
            Some(instead) => format!("{instead}, or {otherwise}"),
            None => otherwise,
        };
    };
    let alike: Vec<&UsedName> = names.iter().filter(|name| name.when == own.when).collect();
    let what = enumerated(&alike);
    if own.when == UsageTime::Nowhere {
        let verb = if alike.len() == 1 { "is" } else { "are" };
        return format!("remove the import: {what} {verb} used nowhere in this file");
    }
    let mut steps = ways(own.when, &what);
    if own.when == UsageTime::InAnnotations && context.lets_typing_through(rule, &crossing.edge) {
        let doubt = typing_only(context, &crossing.edge).and_then(|only| only.doubt);
        let unless =
            doubt.map(|doubt| format!(", unless the name is needed there: {doubt}")).unwrap_or_default();
        steps
            .insert(0, format!("move the import under `if TYPE_CHECKING:`, which this rule ignores{unless}"));
    }
    steps.splice(0..0, instead);
    let mut help = format!("used here: {}", described(&names));
    for (number, step) in steps.iter().enumerate() {
        help.push_str(&format!("\n{}. {step}", number + 1));
    }
    help
}
