use ringfence_diagnostics::{FileId, Span};
use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_policy::ModulePattern;
use ringfence_source::{Attribute, BindingKind, ImportContext, ModuleFacts, ParsedFile, Reference, Variable};
use ruff_text_size::{TextRange, TextSize};

use crate::interface::{ask_for, exposed_here, is_private, listed};
use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{BoundaryId, Context, Explainer, Message, RuleId, Site};

declare_rule! {
    /// ## What it does
    /// Checks for uses of module attributes that their boundary module does not list in `exposes`.
    ///
    /// ## Why is this bad?
    /// Importing a boundary module itself is always allowed. So `import shop.orders` followed by
    /// `shop.orders._store.save()` reaches what `from shop.orders._store import save` may not (RF201).
    ///
    /// The rule follows `import a.b`, `import a.b as c` and `from a import b` where `b` is a module, with all
    /// attributes after the name, in the scope where the name means the module. It reports nothing where the name may
    /// mean something else, as after `b = wrap(b)`, and nothing below an import that RF201 reports. Once a name is
    /// exposed, everything that is reached through it is exposed, too.
    ///
    /// Only files that import a module of a boundary module with `exposes` are parsed in full.
    ///
    /// ## Example
    /// ```toml
    /// [modules."shop.orders"]
    /// exposes = ["Order", "place_order"]
    /// ```
    ///
    /// ```python
    /// # shop/web/views.py
    /// import shop.orders
    ///
    /// shop.orders._store.save(order)  # RF203
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// import shop.orders
    ///
    /// shop.orders.place_order(order)
    /// ```
    ///
    /// ## Options
    /// - `modules.<name>.exposes`
    PrivateAttribute {
        code: "RF203",
        name: "private-attribute",
        severity: Error,
        default: Activation::OptIn,
        fix: Never,
        since: "0.1.0",
    }
}

/// An attribute that its boundary module does not expose.
#[derive(Debug, Hash)]
pub(crate) struct PrivateMember {
    boundary: BoundaryId,
    member: String,
}

impl Rule for PrivateAttribute {
    type Violation = PrivateMember;
    const VISITOR: Visitor<Self> = Visitor::File(find);
    const READS_OTHER_FILES: bool = true;
    const FILTERS_BY_KIND: bool = true;

    fn message(context: &Explainer, violation: &PrivateMember) -> Message {
        let PrivateMember { boundary, member } = violation;
        let to = context.boundary_name(*boundary);
        let message = Message::new(format!("`{member}` is not part of the interface of `{to}`"))
            .annotation(format!("private to `{to}`"))
            .owner(context.owner_text(*boundary));
        let declaration = context.declaration(*boundary);
        let Some(exposes) = &declaration.exposes else { return message };
        let exposed: Vec<&ModulePattern> = exposes.value.iter().map(|name| &name.value).collect();
        let ask = ask_for(context, member, &declaration.pattern.value);
        message.label(exposed_here(exposes.span, exposes.value.is_empty())).help(if exposed.is_empty() {
            format!("do without it, or {ask}")
        } else {
            format!("use what `{to}` exposes{}, or {ask}", listed(&exposed))
        })
    }
}

/// RF203
fn find(context: &Context, file: FileId, findings: &mut Findings<PrivateAttribute>) {
    let mut accesses = accesses(context, findings.rule, file, None);
    accesses.sort_by_key(|access| access.range.start());
    accesses.dedup_by_key(|access| access.range);
    for Access { range, boundary, member } in accesses {
        findings.push(Site::Place(Span::new(file, range)), PrivateMember { boundary, member });
    }
}

/// One attribute that reaches past an interface.
struct Access {
    /// From the first attribute that counts to the one at fault.
    range: TextRange,
    boundary: BoundaryId,
    member: String,
}

/// Where a file reaches past an interface by attributes of a module, which is not reported as long as RF201 reports an
/// import of that module.
pub(crate) fn hidden_by_import(context: &Context, file: FileId, module: ModuleId) -> Vec<TextRange> {
    let accesses = accesses(context, RuleId::of::<PrivateAttribute>(), file, Some(module));
    accesses.into_iter().map(|access| access.range).collect()
}

/// What is reported in a file, or what is not because of an import of the module `hidden`.
fn accesses(context: &Context, rule: RuleId, file: FileId, hidden: Option<ModuleId>) -> Vec<Access> {
    if !may_reach_past_an_interface(context, rule, file) {
        return Vec::new();
    }
    let Some(parsed) = context.sources.module(file) else { return Vec::new() };
    if parsed.facts.syntax_error.is_some() {
        return Vec::new();
    }
    let search = Search { context, rule, file, parsed: &parsed, hidden };
    parsed.module.variables().iter().flat_map(|variable| search.of_variable(variable)).collect()
}

/// Whether the imports of a file bind a module from which another's interface can be passed. Asks nothing of the parser.
fn may_reach_past_an_interface(context: &Context, rule: RuleId, file: FileId) -> bool {
    let importer = owner_of_file(context, file);
    context.graph.edges_of(file).iter().any(|edge| {
        let Target::Module { module, member_length: 0, missing: false } = edge.target else { return false };
        context.judges(rule, edge)
            && context
                .boundaries
                .touched_by(module, context.graph.index())
                .any(|id| Some(id) != importer && context.declaration(id).exposes.is_some())
    })
}

fn owner_of_file(context: &Context, file: FileId) -> Option<BoundaryId> {
    context.graph.index().of_file(file).and_then(|module| context.boundaries.owner(module.module))
}

struct Search<'a> {
    context: &'a Context<'a>,
    rule: RuleId,
    file: FileId,
    parsed: &'a ParsedFile,
    /// The module whose attributes alone are looked for, though an import hides them.
    hidden: Option<ModuleId>,
}

impl Search<'_> {
    fn of_variable(&self, variable: &Variable) -> Vec<Access> {
        if !variable.bindings.iter().any(|binding| matches!(binding.how, BindingKind::Import { .. })) {
            return Vec::new();
        }
        let uses = variable.uses.iter().filter(|used| !used.falls_through && !used.chain.is_empty());
        uses.filter(|used| !used.context.intersects(ImportContext::TYPING))
            .filter_map(|used| self.of_use(self.module_meant(variable, used)?, &used.chain))
            .collect()
    }

    /// The module that a name certainly means.
    fn module_meant(&self, variable: &Variable, used: &Reference) -> Option<ModuleId> {
        let mut meant = variable.meant_by(used).iter().map(|binding| self.module_bound(binding.how));
        let first = meant.next()??;
        meant.all(|other| other == Some(first)).then_some(first)
    }

    /// The module that an import binds its name to.
    fn module_bound(&self, how: BindingKind) -> Option<ModuleId> {
        let BindingKind::Import { import, name, binds_top_level } = how else { return None };
        let edge = self.context.edge_at(self.file, import, name)?;
        let Target::Module { module, member_length, missing } = edge.target else { return None };
        if !self.context.judges(self.rule, edge) {
            return None;
        }
        if binds_top_level {
            // What is seen from an outer source root starts with the folders between the two.
            let top_level = self.context.graph.index().ancestors(module).last()?;
            let written = self.context.imported_name(edge);
            let first = written.split('.').next()?;
            return (first == self.context.module_name(top_level)).then_some(top_level);
        }
        (member_length == 0 && !missing && !self.is_private(edge)).then_some(module)
    }

    /// Whether RF201 reports the import already.
    fn is_private(&self, edge: &Edge) -> bool {
        self.context.crossing_of(edge).is_some_and(|crossing| is_private(self.context, &crossing))
    }

    /// The attribute that is not part of the interface of the module it is reached through.
    fn of_use(&self, start: ModuleId, chain: &[Attribute]) -> Option<Access> {
        let Self { context, file, parsed, hidden, rule: _ } = self;
        let names = &parsed.module;
        // The innermost module that the attributes lead to.
        let mut module = start;
        let mut steps: usize = 0;
        for attribute in chain {
            let Some(child) = self.child(module, names.name(attribute.name)) else { break };
            (module, steps) = (child, steps + 1);
        }
        let boundary = context.boundaries.owner(module)?;
        let exposes = context.declaration(boundary).exposes.as_ref()?;
        if owner_of_file(context, *file) == Some(boundary)
            || hidden.is_some_and(|hidden| hidden != module)
            || self.is_imported_past_interface(module) != hidden.is_some()
        {
            return None;
        }
        let base = context.boundaries.get(boundary).module;
        let depth = |module: ModuleId| context.graph.index().ancestors(module).count();
        // How many of the attributes that are modules lie below the boundary module, and how far below it we start.
        let below = depth(module) - depth(base);
        let first = steps.saturating_sub(below);
        let mut member = self.member_at(base, start);
        if exposes.value.iter().any(|pattern| pattern.value.matches(&member)) {
            return None;
        }
        for (position, attribute) in chain.iter().enumerate().skip(first) {
            let name = names.name(attribute.name);
            if is_of_every_module(name) {
                return None;
            }
            if !member.is_empty() {
                member.push('.');
            }
            member.push_str(name);
            let matches = |test: fn(&ModulePattern, &str) -> bool| {
                exposes.value.iter().any(|pattern| test(&pattern.value, &member))
            };
            if matches(ModulePattern::matches) {
                return None;
            }
            let is_module = position < steps;
            if is_module && matches(ModulePattern::matches_below) {
                continue;
            }
            let start = chain.get(first).map_or(TextSize::default(), |attribute| attribute.range.start());
            return Some(Access {
                range: TextRange::new(start, attribute.range.end()),
                boundary,
                member: with_rest(member, is_module, chain.get(position + 1..).unwrap_or_default(), names),
            });
        }
        None
    }

    /// What a module is called below its boundary module; empty where it is that, or around it.
    fn member_at(&self, base: ModuleId, module: ModuleId) -> String {
        if !self.context.graph.index().contains(base, module) {
            return String::new();
        }
        let name = self.context.module_name(module).strip_prefix(self.context.module_name(base));
        name.unwrap_or_default().trim_start_matches('.').to_string()
    }

    fn child(&self, module: ModuleId, name: &str) -> Option<ModuleId> {
        let index = self.context.graph.index();
        index.get(&format!("{}.{name}", index.name(module)))
    }

    /// Whether an import in this file that RF201 reports leads to the module.
    fn is_imported_past_interface(&self, module: ModuleId) -> bool {
        self.context.graph.edges_of(self.file).iter().any(|edge| {
            matches!(edge.target, Target::Module { module: imported, .. } if imported == module)
                && self.context.judges(self.rule, edge)
                && self.is_private(edge)
        })
    }
}

/// The member at fault with the one attribute that is taken from it, where it is a module.
fn with_rest(member: String, is_module: bool, rest: &[Attribute], names: &ModuleFacts) -> String {
    match rest.first() {
        Some(attribute) if is_module => format!("{member}.{}", names.name(attribute.name)),
        _ => member,
    }
}

/// Whether Python gives every module such an attribute.
fn is_of_every_module(name: &str) -> bool {
    matches!(
        name,
        "__name__"
            | "__doc__"
            | "__file__"
            | "__path__"
            | "__dict__"
            | "__spec__"
            | "__loader__"
            | "__package__"
            | "__class__"
            | "__all__"
    )
}
