use std::collections::HashSet;

use ringfence_diagnostics::{Fix, Label, Severity, Span};
use ringfence_graph::{Edge, ModuleId, Target};
use ringfence_manifest::normalized;
use ringfence_policy::{
    Key, Level, ModuleDeclaration, ModulePattern, PeerGaps, ROOT_MODULE, Spanned, UnknownNames, suggest,
};
use ruff_diagnostics::{Applicability, Edit};
use rustc_hash::FxHashSet;

use crate::boundaries::modules_matching;
use crate::contracts::types::type_of;
use crate::contracts::unmatched::{LookedFor, Unmatched, unmatched_names};
use crate::layers::layer_violation::LayerViolation;
use crate::policy_fix::quoted;
use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Explainer, LayerStep, Message, RuleId, Site};

declare_rule! {
    /// ## What it does
    /// Checks for names in the config that match nothing. This covers modules and patterns that match no module,
    /// layers that are not in `layers` or that contain no module, source roots that are not folders, and
    /// distributions in `externals` that nothing declares or imports. Distributions in `forbids-externals` may be
    /// unknown: the entry is there to keep them out.
    ///
    /// ## Why is this bad?
    /// A rule about a name that does not exist checks nothing, so a green run promises more than it checked. Usually
    /// the name is misspelled, or the module has moved.
    ///
    /// ## Example
    /// ```toml
    /// [modules."shop.orders"]
    /// depends-on = ["shop.biling"]  # RF910
    /// ```
    ///
    /// Use instead:
    /// ```toml
    /// [modules."shop.orders"]
    /// depends-on = ["shop.billing"]
    /// ```
    ///
    /// ## Options
    /// - `modules`
    /// - `layers`
    /// - `source-roots`
    ///
    /// ## Fix safety
    /// The fix replaces the unknown name with the existing name that is most similar. That is a guess, so the fix is
    /// unsafe. It changes the policy, so it also needs `--fix-config`.
    UnknownName {
        code: "RF910",
        name: "unknown-name-in-config",
        severity: Error,
        default: Activation::On,
        fix: Sometimes,
        since: "0.1.0",
        tags: [Health, Run],
        dialects: [Tach: Checked, ImportLinter: Besides],
    }
}

impl Rule for UnknownName {
    type Violation = Unknown;
    const VISITOR: Visitor<Self> = Visitor::Config(find);

    fn message(context: &Explainer, violation: &Unknown) -> Message {
        violation.message(context)
    }

    fn fix(context: &Explainer, unknown: &Unknown) -> Option<Fix> {
        let declaration = &context.policy.modules[unknown.declaration?];
        let meant = unknown.meant(context)?;
        if unknown.would_repeat(context, declaration, &meant) {
            return None;
        }
        let Span { file, range } = unknown.span;
        let written = context.policy.written_in(file, &meant);
        let edit = Edit::range_replacement(quoted(&written)?, range);
        let mut fix =
            Fix::safe(format!("Write `{meant}` instead of `{}`", unknown.name), file, edit).in_policy();
        // Which name was meant is a guess.
        fix.applicability = Applicability::Unsafe;
        Some(fix)
    }

    fn severity(context: &Context, unknown: &Unknown, severity: Severity) -> Option<Severity> {
        Some(if context.policy.dialect.unknown_names == UnknownNames::Warning {
            match unknown.what {
                // A layer that `layers` lacks is needed once an import leads from one layer to another.
                What::NoLayer if unknown.declaration.is_some_and(|it| is_layer_needed(context, it)) => {
                    Severity::Error
                }
                _ => Severity::Warning,
            }
        } else if is_unmatched_pattern(context, unknown.span) {
            Severity::Warning
        } else {
            severity
        })
    }
}

/// Whether a pattern of a contract stands there, of which another tool says nothing if it stands for nothing.
fn is_unmatched_pattern(context: &Context, span: Span) -> bool {
    context.policy.dialect.peer_gaps.contains(PeerGaps::UNMATCHED_PATTERNS)
        && context.policy.contracts.iter().any(|contract| {
            let contract_type = type_of(contract);
            let mut patterns = contract_type.patterns_of(contract).into_iter().flatten();
            contract_type.patterns_may_match_nothing()
                && patterns.any(|it| it.span == span && it.value.exact().is_none())
        })
}

/// Whether an import leads from or to the modules of a declaration whose layer is unknown.
fn is_layer_needed(context: &Context, declaration: usize) -> bool {
    let names = |id| context.boundaries.get(id).declaration == declaration;
    let rule = RuleId::of::<LayerViolation>();
    let nested = context.policy.dialect.nested_imports;
    let counts =
        |edge: &&Edge| context.judges(rule, edge) && (nested == Level::Full || !context.is_nested(edge));
    context.graph.edges().iter().filter(counts).any(|edge| {
        context.crossing_of(edge).is_some_and(|crossing| {
            crossing.importer.is_some_and(|importer| {
                (names(importer) || names(crossing.imported))
                    && context.boundaries.step(context.policy, importer, crossing.imported)
                        == LayerStep::Unknown
            })
        })
    })
}

/// RF910
fn find(context: &Context, findings: &mut Findings<UnknownName>) {
    let mut told: FxHashSet<String> = FxHashSet::default();
    for (position, declaration) in context.policy.modules.iter().enumerate() {
        for unknown in unknown_in_declaration(context, position, declaration) {
            if is_told_once(context, &unknown) && !told.insert(unknown.name.clone()) {
                continue;
            }
            findings.push(Site::Place(unknown.span), unknown);
        }
    }
    for unknown in unknown_elsewhere(context) {
        findings.push(Site::Place(unknown.span), unknown);
    }
}

/// Whether a name is a finding once, however many declarations depend on it. Where it is an error, each place has to be mended.
fn is_told_once(context: &Context, unknown: &Unknown) -> bool {
    context.policy.dialect.unknown_names == UnknownNames::Warning
        && matches!(unknown.what, What::NoBoundary { .. })
}

/// In how many places declarations depend on a name.
fn mentions(context: &Context, name: &str) -> usize {
    let depends = |declaration: &ModuleDeclaration| {
        let entries = declaration.depends_on.iter().flat_map(|list| &list.value).map(|entry| &entry.pattern);
        let patterns = entries.chain(declaration.forbids.iter().map(|entry| &entry.pattern));
        patterns
            .filter(|pattern| pattern.value.as_str() == name)
            .map(|pattern| pattern.span)
            .collect::<Vec<_>>()
    };
    // Several declarations may share a place.
    context.policy.modules.iter().flat_map(depends).collect::<HashSet<_>>().len()
}

/// A name that stands for nothing.
#[derive(Debug, Hash)]
pub(crate) struct Unknown {
    span: Span,
    name: String,
    /// The position of the declaration that it is in, if it is in one.
    declaration: Option<usize>,
    what: What,
}

/// What there is none of.
#[derive(Debug, Hash)]
enum What {
    /// `[modules."shop.nope"]`
    NoModule,
    /// In `depends-on` or `forbids`.
    NoBoundary {
        list: Key,
    },
    /// In `visible-to`.
    Nobody,
    NoLayer,
    EmptyLayer,
    NoFolder,
    NoExternal,
    NotInContract {
        contract: String,
        looked_for: LookedFor,
    },
}

/// Names of the config, but for those of declarations, that stand for nothing.
fn unknown_elsewhere(context: &Context) -> Vec<Unknown> {
    let policy = context.policy;
    let mut unknown = Vec::new();
    let mut report = |span: Span, name: &str, what: What| {
        unknown.push(Unknown { span, name: name.to_string(), declaration: None, what });
    };
    for root in policy.source_roots.iter().flatten() {
        if context.missing_roots.contains(&root.span) {
            report(root.span, &root.value, What::NoFolder);
        }
    }
    let members = policy.modules.iter().filter_map(|declaration| declaration.layer.as_ref());
    let members: FxHashSet<&str> = members.map(|member| member.value.as_str()).collect();
    for layer in policy.layers.iter().filter(|layer| !members.contains(layer.name.value.as_str())) {
        report(layer.name.span, &layer.name.value, What::EmptyLayer);
    }
    for contract in &policy.contracts {
        for Unmatched { name, span, looked_for } in unmatched_names(context, contract) {
            report(span, name, What::NotInContract { contract: contract.name.value.clone(), looked_for });
        }
    }
    unknown
}

/// The unknown names of a declaration among those at wanted places.
fn unknown_in_declaration(
    context: &Context,
    position: usize,
    declaration: &ModuleDeclaration,
) -> Vec<Unknown> {
    let index = context.graph.index();
    let no_boundary = |pattern: &ModulePattern| {
        pattern.exact() != Some(ROOT_MODULE) && context.boundaries.matching(pattern, index).is_empty()
    };
    let mut unknown = Vec::new();
    let mut add = |span: Span, name: &str, what: What| {
        unknown.push(Unknown { span, name: name.to_string(), declaration: Some(position), what });
    };
    let mut report = |name: &Spanned<ModulePattern>, what: What| add(name.span, name.value.as_str(), what);

    if modules_matching(&declaration.pattern.value, index).is_empty() {
        report(&declaration.pattern, What::NoModule);
    }
    for entry in declaration.depends_on.iter().flat_map(|list| &list.value) {
        if no_boundary(&entry.pattern.value) {
            report(&entry.pattern, What::NoBoundary { list: Key::DependsOn });
        }
    }
    for entry in &declaration.forbids {
        if no_boundary(&entry.pattern.value) {
            report(&entry.pattern, What::NoBoundary { list: Key::Forbids });
        }
    }
    for name in declaration.visible_to.iter().flat_map(|list| &list.value) {
        // Code that nobody owns can be named, too.
        let unowned = |module: &ModuleId| context.boundaries.owner(*module).is_none();
        if no_boundary(&name.value) && !modules_matching(&name.value, index).iter().any(unowned) {
            report(name, What::Nobody);
        }
    }
    for name in declaration.externals.iter().flat_map(|list| &list.value) {
        if !known_external(context, &name.value) {
            add(name.span, &name.value, What::NoExternal);
        }
    }
    if let Some(layer) = &declaration.layer
        && context.boundaries.has_unknown_layer(position)
    {
        add(layer.span, &layer.value, What::NoLayer);
    }
    unknown
}

/// Whether some project declares a distribution, or some file imports it.
fn known_external(context: &Context, name: &str) -> bool {
    let Some(externals) = context.externals else { return true };
    let key = normalized(name);
    let declared = externals.projects.iter().flat_map(|project| &project.requirements);
    declared.map(|requirement| &requirement.key).any(|declared| *declared == key)
        || context.graph.edges().iter().filter(|edge| edge.target == Target::ThirdParty).any(|edge| {
            let import = context.imported_name(edge);
            let is_around =
                import.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            is_around || externals.origin(&import).keys.contains(&key)
        })
}

impl Unknown {
    /// The declaration that it is in, by its name.
    fn declarer<'a>(&self, context: &Context<'a>) -> Option<&'a str> {
        self.declaration.map(|position| context.policy.modules[position].pattern.value.as_str())
    }

    /// The name that is there and is most like this one.
    fn meant(&self, context: &Explainer) -> Option<String> {
        match self.what {
            What::NotInContract { looked_for: LookedFor::Below(ref container), .. } => {
                self.module_meant_below(context, container)
            }
            What::NoModule | What::NotInContract { looked_for: LookedFor::InRoots, .. } => {
                self.module_meant(context)
            }
            What::NoBoundary { .. } if self.inside(context).is_none() => self.boundary_meant(context),
            What::Nobody if self.inside(context).is_none() => self.module_meant(context),
            What::NoLayer => {
                let layers = context.policy.layers.iter().map(|layer| layer.name.value.as_str());
                suggest(&self.name, layers).map(str::to_string)
            }
            What::NoExternal => {
                let externals = context.externals.iter();
                let declared =
                    externals.flat_map(|it| &it.projects).flat_map(|project| &project.requirements);
                let keys = declared.map(|requirement| requirement.key.as_str());
                context.suggest(&self.name, keys).map(str::to_string)
            }
            What::NoBoundary { .. }
            | What::Nobody
            | What::EmptyLayer
            | What::NoFolder
            | What::NotInContract { looked_for: LookedFor::AmongScripts, .. } => None,
        }
    }

    /// Whether the name that is meant is there already, so that it would be listed twice, or would be the module itself.
    fn would_repeat(&self, context: &Context, declaration: &ModuleDeclaration, meant: &str) -> bool {
        let ModuleDeclaration { pattern, depends_on, forbids, externals, visible_to, .. } = declaration;
        let is_meant = |name: &Spanned<ModulePattern>| name.value.as_str() == meant;
        let lists_meant = |list: &Option<Spanned<Vec<Spanned<ModulePattern>>>>| {
            list.iter().flat_map(|list| &list.value).any(is_meant)
        };
        match self.what {
            // The names of a package's own config are counted from the package.
            What::NoModule => {
                self.span.file != context.policy.config
                    || context.policy.modules.iter().any(|module| is_meant(&module.pattern))
            }
            // One may not depend on what one forbids, either.
            What::NoBoundary { .. } => {
                is_meant(pattern)
                    || depends_on.iter().flat_map(|list| &list.value).any(|entry| is_meant(&entry.pattern))
                    || forbids.iter().any(|entry| is_meant(&entry.pattern))
            }
            What::Nobody => lists_meant(visible_to),
            What::NoExternal => {
                externals.iter().flat_map(|list| &list.value).any(|entry| entry.value == meant)
            }
            What::NoLayer | What::EmptyLayer | What::NoFolder | What::NotInContract { .. } => false,
        }
    }

    fn message(&self, context: &Explainer) -> Message {
        let modules_key = context.key(Key::Modules);
        let externals_key = context.key(Key::Externals);
        let visible_to = context.key(Key::VisibleTo);
        let Self { span: _, name, declaration: _, what } = self;
        let meant = |suggestion: Option<String>| suggestion.map(|name| format!("did you mean `{name}`?"));
        let (message, help) = match what {
            What::NoModule => (
                format!("`{name}` matches no module"),
                meant(self.meant(context)).or_else(|| Some(self.missing(context))),
            ),
            What::NoBoundary { list } => match (context.key(*list), self.inside(context)) {
                (list, Some(help)) => (format!("`{name}` in `{list}` is no boundary module"), Some(help)),
                (list, None) => (
                    format!("`{name}` in `{list}` matches no boundary module"),
                    meant(self.meant(context)).or_else(|| {
                        Some(format!("name a boundary module: one that `{modules_key}` declares"))
                    }),
                ),
            },
            What::Nobody => match self.inside(context) {
                Some(help) => (format!("`{name}` in `{visible_to}` is no boundary module"), Some(help)),
                None => (
                    format!("`{name}` in `{visible_to}` matches no module"),
                    meant(self.meant(context)).or_else(|| Some(self.missing(context))),
                ),
            },
            What::NoLayer => {
                let help = meant(self.meant(context));
                let add =
                    || format!("add `\"{name}\"` to `layers`, above the layers that it may import from");
                (format!("layer `{name}` is not in `layers`"), help.or_else(|| Some(add())))
            }
            What::EmptyLayer => (
                format!("no module is in the layer `{name}`"),
                Some(format!("give a module `layer = \"{name}\"`, or remove it from `layers`")),
            ),
            What::NotInContract { contract, .. } => (
                format!("`{name}` in the contract `{contract}` matches no module"),
                meant(self.meant(context)).or_else(|| Some(self.missing(context))),
            ),
            What::NoExternal => (
                format!("`{name}` in `{externals_key}` is a distribution that nothing declares or imports"),
                meant(self.meant(context))
                    .or_else(|| Some("remove it, or declare it where it is needed".to_string())),
            ),
            What::NoFolder => (
                format!("source root `{name}` matches no folder"),
                Some("source roots are relative to the folder that the config governs".to_string()),
            ),
        };
        let more = if is_told_once(context, self) { mentions(context, name).saturating_sub(1) } else { 0 };
        let mut spoken = Message::new(match more {
            0 => message,
            1 => format!("{message}, here and in 1 more place"),
            _ => format!("{message}, here and in {more} more places"),
        });
        spoken.help = help;
        if let (What::NoLayer, [first, .., last]) = (what, context.policy.layers.as_slice()) {
            let range = first.name.span.range.cover(last.name.span.range);
            spoken = spoken.label(Label::new(Span::new(first.name.span.file, range), "these are the layers"));
        }
        spoken
    }

    /// How far the name can be followed.
    fn missing(&self, context: &Explainer) -> String {
        let name = match &self.what {
            What::NotInContract { looked_for: LookedFor::AmongScripts, .. } => {
                return "no `[project.scripts]` or `[project.gui-scripts]` of a `pyproject.toml` names a callable of a module here"
                    .to_string();
            }
            What::NotInContract { looked_for: LookedFor::Below(container), .. } => {
                format!("{container}.{}", self.name)
            }
            _ => self.name.clone(),
        };
        let mut packages = name.rmatch_indices('.').map(|(dot, _)| &name[..dot]);
        match packages.find(|package| context.graph.index().get(package).is_some()) {
            Some(package) => format!("there is a module `{package}`, but nothing of this name below it"),
            None => "no file has this name, counted from its source root".to_string(),
        }
    }

    fn module_meant(&self, context: &Explainer) -> Option<String> {
        nearest(context, &self.name, || context.graph.index().iter().map(|(_, module)| &*module.name))
    }

    /// A module of a package, as it is called below that.
    fn module_meant_below(&self, context: &Explainer, package: &str) -> Option<String> {
        let index = context.graph.index();
        let package = index.get(package)?;
        let start = index.name(package).len() + 1;
        nearest(context, &self.name, || {
            index.subtree(package).filter(move |id| *id != package).map(move |id| &index.name(id)[start..])
        })
    }

    /// A boundary module, or else a module that could be one.
    fn boundary_meant(&self, context: &Explainer) -> Option<String> {
        nearest(context, &self.name, || context.boundaries.iter().map(|(id, _)| context.boundary_name(id)))
            .or_else(|| self.module_meant(context))
    }

    /// What to say of a module that exists, but whose boundary is another's.
    fn inside(&self, context: &Context) -> Option<String> {
        let module = context.graph.index().get(&self.name)?;
        Some(match context.boundaries.owner(module) {
            Some(owner) if self.declarer(context) == Some(context.boundary_name(owner)) => {
                let owner = context.boundary_name(owner);
                format!("it is part of `{owner}` itself: remove it, or declare `[modules.\"{}\"]`", self.name)
            }
            Some(owner) => {
                let owner = context.boundary_name(owner);
                format!("it belongs to `{owner}`: name that, or declare `[modules.\"{}\"]`", self.name)
            }
            None => format!("declare `[modules.\"{}\"]` to give it a boundary", self.name),
        })
    }
}

/// The name that is probably meant. What a pattern has before its first `*` is compared with names, too.
fn nearest<'a, I: Iterator<Item = &'a str>>(
    context: &Explainer,
    name: &str,
    names: impl Fn() -> I,
) -> Option<String> {
    let literal =
        name.find('*').map_or(name, |star| name[..star].trim_end_matches(|c| c != '.').trim_end_matches('.'));
    if literal.is_empty() || (literal != name && names().any(|known| known == literal)) {
        return None;
    }
    // That a package exists says nothing of what is missing in it.
    let is_above = |known: &str| literal.strip_prefix(known).is_some_and(|rest| rest.starts_with('.'));
    let meant = context.suggest(literal, names().filter(|known| !is_above(known)))?;
    Some(format!("{meant}{}", &name[literal.len()..]))
}
