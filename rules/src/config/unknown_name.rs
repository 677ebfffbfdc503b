use std::collections::HashSet;

use ringfence_diagnostics::{Fix, Label, Span};
use ringfence_graph::{ModuleId, Target};
use ringfence_manifest::normalized;
use ringfence_policy::{ModuleDeclaration, ModulePattern, ROOT_MODULE, Spanned, UnknownNames, suggest};
use ruff_diagnostics::{Applicability, Edit};
use rustc_hash::FxHashSet;

use crate::allow::quoted;
use crate::boundaries::modules_matching;
use crate::contracts::unmatched::unmatched_names;
use crate::rule::{Default, Found, Rule, Visitor, declare_rule};
use crate::{Context, Finding, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks the config for names that stand for nothing: modules and patterns that match no module, layers that are
    /// not in `layers` or that no module is in, source roots that are no folder, distributions in `externals` that nothing
    /// declares or imports. Those in `forbids-externals` may well be unknown: that is what the entry is for.
    ///
    /// ## Why is this bad?
    /// A rule about a name that does not exist checks nothing, and a green run then says more than it checked. Most
    /// often the name is misspelt, or the module has moved.
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
    /// The fix writes the name that is most like the unknown one. It is a guess, so it is unsafe, and as it changes the
    /// policy it needs `--fix-config` as well.
    UnknownName {
        code: "RF910",
        name: "unknown-name-in-config",
        severity: Error,
        default: Default::On,
        fix: Sometimes,
    }
}

impl Rule for UnknownName {
    const VISITOR: Visitor = Visitor::Config(find);

    fn speak(context: &Context, finding: &Finding) -> Message {
        let position = finding.detail as usize;
        let unknown = match context.policy.modules.get(position) {
            Some(declaration) => {
                let here = |span| Site::Place(span) == finding.site;
                unknown_in_declaration(context, position, declaration, here).pop()
            }
            None => elsewhere(context).get(position - context.policy.modules.len()).map(Elsewhere::unknown),
        };
        unknown.map(|unknown| unknown.speak(context)).unwrap_or_default()
    }

    fn fix(context: &Context, finding: &Finding) -> Option<Fix> {
        let position = finding.detail as usize;
        let declaration = context.policy.modules.get(position)?;
        let here = |span| Site::Place(span) == finding.site;
        let unknown = unknown_in_declaration(context, position, declaration, here).pop()?;
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
}

/// RF910: the position of the declaration that has the name. Positions past the last count the names elsewhere: two
/// layers of one rank have one place.
fn find(context: &Context, found: &mut Found) {
    let mut told: FxHashSet<&str> = FxHashSet::default();
    for (position, declaration) in context.policy.modules.iter().enumerate() {
        for unknown in unknown_in_declaration(context, position, declaration, |_| true) {
            if is_told_once(context, &unknown) && !told.insert(unknown.name) {
                continue;
            }
            found.push(Site::Place(unknown.span), position as u32);
        }
    }
    for (position, unknown) in elsewhere(context).iter().enumerate() {
        found.push(Site::Place(unknown.span), (context.policy.modules.len() + position) as u32);
    }
}

/// Whether a name is a finding once, however many declarations depend on it. Where it is an error, each place has to be mended.
fn is_told_once(context: &Context, unknown: &Unknown) -> bool {
    context.policy.meaning.unknown_names == UnknownNames::Warning
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

struct Unknown<'a> {
    span: Span,
    name: &'a str,
    /// The module that is declared there, if one is.
    declarer: Option<&'a str>,
    what: What<'a>,
}

enum What<'a> {
    /// A key of `[modules]` that matches no module.
    NoModule,
    /// A name in `depends-on` or `forbids` that no boundary module has.
    NoBoundary {
        list: &'static str,
    },
    /// A name in `visible-to` that nobody has.
    Nobody,
    /// A `layer` that `layers` does not list.
    NoLayer,
    /// A layer that no module is in.
    EmptyLayer,
    NoFolder,
    /// An entry of `externals` that nobody declares or imports.
    NoExternal,
    /// A name or pattern of a contract that stands for nothing.
    NotInContract {
        contract: &'a str,
    },
}

/// An unknown name that no declaration has, with the contract that has it, if one does.
#[derive(Debug)]
pub(crate) struct Elsewhere {
    span: Span,
    name: String,
    what: Place,
}

#[derive(Debug)]
enum Place {
    SourceRoots,
    Layers,
    Contract(String),
}

impl Elsewhere {
    fn unknown(&self) -> Unknown<'_> {
        let what = match &self.what {
            Place::SourceRoots => What::NoFolder,
            Place::Layers => What::EmptyLayer,
            Place::Contract(contract) => What::NotInContract { contract },
        };
        Unknown { span: self.span, name: &self.name, declarer: None, what }
    }
}

/// Looked for once: there may be as many as the config is long.
fn elsewhere<'a>(context: &Context<'a>) -> &'a [Elsewhere] {
    context.memo.unknown_elsewhere.get_or_init(|| unknown_elsewhere(context))
}

fn unknown_elsewhere(context: &Context) -> Vec<Elsewhere> {
    let policy = context.policy;
    let mut unknown = Vec::new();
    for root in policy.source_roots.iter().flatten() {
        if context.missing_roots.contains(&root.span) {
            unknown.push(Elsewhere { span: root.span, name: root.value.clone(), what: Place::SourceRoots });
        }
    }
    let members = policy.modules.iter().filter_map(|declaration| declaration.layer.as_ref());
    let members: FxHashSet<&str> = members.map(|member| member.value.as_str()).collect();
    for layer in policy.layers.iter().filter(|layer| !members.contains(layer.name.value.as_str())) {
        let Spanned { span, value } = &layer.name;
        unknown.push(Elsewhere { span: *span, name: value.clone(), what: Place::Layers });
    }
    for contract in &policy.contracts {
        for (name, span) in unmatched_names(context, contract) {
            let what = Place::Contract(contract.name.value.clone());
            unknown.push(Elsewhere { span, name: name.to_string(), what });
        }
    }
    unknown
}

/// The unknown names of a declaration among those at wanted places.
fn unknown_in_declaration<'a>(
    context: &Context<'a>,
    position: usize,
    declaration: &'a ModuleDeclaration,
    wanted: impl Fn(Span) -> bool,
) -> Vec<Unknown<'a>> {
    let index = context.graph.index();
    let no_boundary = |pattern: &ModulePattern| {
        pattern.exact() != Some(ROOT_MODULE) && context.boundaries.matching(pattern, index).is_empty()
    };
    let declarer = Some(declaration.pattern.value.as_str());
    let mut unknown = Vec::new();
    let mut report = |name: &'a Spanned<ModulePattern>, what: What<'a>| {
        unknown.push(Unknown { span: name.span, name: name.value.as_str(), declarer, what });
    };

    if wanted(declaration.pattern.span) && modules_matching(&declaration.pattern.value, index).is_empty() {
        report(&declaration.pattern, What::NoModule);
    }
    for entry in declaration.depends_on.iter().flat_map(|list| &list.value) {
        if wanted(entry.pattern.span) && no_boundary(&entry.pattern.value) {
            report(&entry.pattern, What::NoBoundary { list: "depends-on" });
        }
    }
    for entry in &declaration.forbids {
        if wanted(entry.pattern.span) && no_boundary(&entry.pattern.value) {
            report(&entry.pattern, What::NoBoundary { list: "forbids" });
        }
    }
    for name in declaration.visible_to.iter().flat_map(|list| &list.value) {
        // Code that nobody owns can be named, too.
        let unowned = |module: &ModuleId| context.boundaries.owner(*module).is_none();
        if wanted(name.span)
            && no_boundary(&name.value)
            && !modules_matching(&name.value, index).iter().any(unowned)
        {
            report(name, What::Nobody);
        }
    }
    for name in declaration.externals.iter().flat_map(|list| &list.value) {
        if wanted(name.span) && !known_external(context, &name.value) {
            let Spanned { span, value: name } = name;
            unknown.push(Unknown { span: *span, name, declarer, what: What::NoExternal });
        }
    }
    if let Some(layer) = &declaration.layer
        && wanted(layer.span)
        && context.boundaries.has_unknown_layer(position)
    {
        unknown.push(Unknown { span: layer.span, name: &layer.value, declarer, what: What::NoLayer });
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

impl Unknown<'_> {
    /// The name that is there and is most like this one.
    fn meant(&self, context: &Context) -> Option<String> {
        match self.what {
            What::NoModule | What::NotInContract { .. } => self.module_meant(context),
            What::NoBoundary { .. } if self.inside(context).is_none() => self.boundary_meant(context),
            What::Nobody if self.inside(context).is_none() => self.module_meant(context),
            What::NoLayer => {
                let layers = context.policy.layers.iter().map(|layer| layer.name.value.as_str());
                suggest(self.name, layers).map(str::to_string)
            }
            What::NoExternal => {
                let externals = context.externals.iter();
                let declared =
                    externals.flat_map(|it| &it.projects).flat_map(|project| &project.requirements);
                let keys = declared.map(|requirement| requirement.key.as_str());
                context.suggest(self.name, keys).map(str::to_string)
            }
            What::NoBoundary { .. } | What::Nobody | What::EmptyLayer | What::NoFolder => None,
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

    fn speak(&self, context: &Context) -> Message {
        let Self { span: _, name, declarer: _, what } = self;
        let meant = |suggestion: Option<String>| suggestion.map(|name| format!("did you mean `{name}`?"));
        let (message, help) = match what {
            What::NoModule => (
                format!("`{name}` matches no module"),
                meant(self.meant(context)).or_else(|| Some(self.missing(context))),
            ),
            What::NoBoundary { list } => match self.inside(context) {
                Some(help) => (format!("`{name}` in `{list}` is no boundary module"), Some(help)),
                None => (
                    format!("`{name}` in `{list}` matches no boundary module"),
                    meant(self.meant(context)).or_else(|| {
                        Some("name a boundary module: one that `[modules]` declares".to_string())
                    }),
                ),
            },
            What::Nobody => match self.inside(context) {
                Some(help) => (format!("`{name}` in `visible-to` is no boundary module"), Some(help)),
                None => (
                    format!("`{name}` in `visible-to` matches no module"),
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
            What::NotInContract { contract } => (
                format!("`{name}` in the contract `{contract}` matches no module"),
                meant(self.meant(context)).or_else(|| Some(self.missing(context))),
            ),
            What::NoExternal => (
                format!("`{name}` in `externals` is a distribution that nothing declares or imports"),
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
    fn missing(&self, context: &Context) -> String {
        let mut packages = self.name.rmatch_indices('.').map(|(dot, _)| &self.name[..dot]);
        match packages.find(|package| context.graph.index().get(package).is_some()) {
            Some(package) => format!("there is a module `{package}`, but nothing of this name below it"),
            None => "no file has this name, counted from its source root".to_string(),
        }
    }

    fn module_meant(&self, context: &Context) -> Option<String> {
        nearest(context, self.name, || context.graph.index().iter().map(|(_, module)| &*module.name))
    }

    /// A boundary module, or else a module that could be one.
    fn boundary_meant(&self, context: &Context) -> Option<String> {
        nearest(context, self.name, || context.boundaries.iter().map(|(id, _)| context.boundary_name(id)))
            .or_else(|| self.module_meant(context))
    }

    /// What to say of a module that exists, but whose boundary is another's.
    fn inside(&self, context: &Context) -> Option<String> {
        let module = context.graph.index().get(self.name)?;
        Some(match context.boundaries.owner(module) {
            Some(owner) if self.declarer == Some(context.boundary_name(owner)) => {
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
    context: &Context,
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
