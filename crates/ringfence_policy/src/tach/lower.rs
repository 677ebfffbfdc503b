//! From the tree of a Tach config to the policy.

use std::collections::{HashMap, HashSet};

use ringfence_diagnostics::{Diagnostic, EdgeKind, Label, Severity, Span, one_line};
use ruff_text_size::TextRange;
use strum::IntoEnumIterator as _;

use super::modules::Scope;
use super::nodes::{empty_declaration, level, strings, switched_on};
use crate::report::invalid;
use crate::tree::Node;
use crate::{
    Comments, DeclaredVisibility, Dialect, Downward, Elsewhere, ExcludeSyntax, ExternalsDialect, IgnoreFiles,
    Key, KindsOfRules, Layer, Level, MissingModules, ModuleDeclaration, ModulePattern, PeerGaps, Policy,
    Precedence, ROOT_MODULE, Setting, Spanned, Switch, SwitchSetting, Tool, ToolChecks, TypingGuards,
    UnknownNames, Unowned, WalkDialect,
};

/// What Tach calls our keys.
const KEYS: [(Key, &str); 8] = [
    (Key::DependsOn, "depends_on"),
    (Key::Forbids, "cannot_depend_on"),
    (Key::Exposes, "expose"),
    (Key::VisibleTo, "visibility"),
    (Key::SourceRoots, "source_roots"),
    (Key::Externals, "depends_on_external"),
    (Key::ForbidsExternals, "cannot_depend_on_external"),
    (Key::Modules, "[[modules]]"),
];

/// Reads the keys of `tach.toml`.
pub(super) fn project(tree: &Node, policy: &mut Policy, errors: &mut Vec<Diagnostic>) {
    policy.dialect = dialect(tree);
    policy.source_roots = Some(strings(tree, "source_roots").unwrap_or_else(|| {
        vec![Spanned { value: ".".to_string(), span: Span::new(tree.span.file, TextRange::default()) }]
    }));
    policy.layers = layers(tree);
    policy.linter.exclude = Some(strings(tree, "exclude").unwrap_or_default());
    policy.linter.respect_gitignore = tree.get("respect_gitignore").and_then(Node::as_bool);
    policy.forbid_cycles = switched_on(tree, "forbid_circular_dependencies");
    kinds(tree, policy);
    external(tree, policy);

    let mut scope = Scope { domain: None, policy, errors };
    scope.modules(tree);
    scope.interfaces(tree);
}

/// Reads the keys of a `tach.domain.toml`, which lies in the folder of this dotted name.
pub(super) fn domain(tree: &Node, name: &str, policy: &mut Policy, errors: &mut Vec<Diagnostic>) {
    let mut scope = Scope { domain: Some(name), policy, errors };
    if let Some((key, table)) = tree.entry("root") {
        scope.domain_root(key.span, table);
    }
    scope.modules(tree);
    scope.interfaces(tree);
}

fn dialect(tree: &Node) -> Dialect {
    let mut peer_gaps = PeerGaps::all() - PeerGaps::UNMATCHED_PATTERNS;
    if tree.get("ignore_type_checking_imports").and_then(Node::as_bool) == Some(false) {
        peer_gaps.remove(PeerGaps::ELSE_OF_GUARD);
    }
    let local = tree.get("rules").and_then(|rules| level(rules, "local_imports"));
    Dialect {
        downward: match switched_on(tree, "layers_explicit_depends_on") {
            Some(_) => Downward::Declared,
            None => Downward::Free,
        },
        precedence: Precedence::Order,
        unowned: match tree.get("root_module").and_then(Node::as_str) {
            Some("allow") => Unowned::Module,
            Some("dependenciesonly") => Unowned::HiddenModule,
            Some("forbid") => Unowned::ForbiddenModule,
            _ => Unowned::Unchecked,
        },
        unowned_span: tree.entry("root_module").map(|(key, _)| key.span),
        declared_visibility: DeclaredVisibility::Entries,
        missing_modules: MissingModules::Foreign,
        relative_from_root: true,
        nested_imports: local.map_or(Level::Full, |(level, _)| level),
        peer_gaps,
        unknown_names: UnknownNames::Warning,
        walk: WalkDialect {
            excludes: ExcludeSyntax::Gitignore,
            ignore_files: match tree.get("respect_gitignore").and_then(Node::as_str) {
                Some(_) => IgnoreFiles::InRepositories,
                None => IgnoreFiles::Everywhere,
            },
            only_plain_files: true,
            only_packages: false,
        },
        comments: Comments::TachIgnore,
        checks: Some(checks(tree)),
        dotted_strings: switched_on(tree, "include_string_imports").is_some(),
        foreign_keys: tree.get("plugins").is_some_and(|plugins| plugins.get("django").is_some()),
        typing_guards: TypingGuards::Any,
        elsewhere: Elsewhere::ByName,
        keys: &KEYS,
        externals: ExternalsDialect {
            each_name: true,
            unchecked_modules: true,
            requirements_files: true,
            ..ExternalsDialect::default()
        },
    }
}

/// Layers, of which one that is named twice stands where it is named first.
fn layers(tree: &Node) -> Vec<Layer> {
    let items = tree.get("layers").and_then(Node::as_array).unwrap_or_default();
    let mut layers: Vec<Layer> = Vec::new();
    let mut known = HashSet::new();
    for (rank, item) in items.iter().enumerate() {
        let name = item.as_str().or_else(|| item.get("name").and_then(Node::as_str));
        let Some(name) = name.filter(|name| known.insert(*name)) else {
            continue;
        };
        let closed = item.get("closed").and_then(Node::as_bool).unwrap_or(false);
        layers.push(Layer { name: Spanned { value: name.to_string(), span: item.span }, rank, closed });
    }
    layers
}

fn kinds(tree: &Node, policy: &mut Policy) {
    let Some((key, _)) =
        tree.entry("ignore_type_checking_imports").filter(|(_, value)| value.as_bool() == Some(false))
    else {
        return;
    };
    let all = EdgeKind::iter().filter(|kind| *kind != EdgeKind::Dynamic).collect();
    policy.kinds.push(KindsOfRules { rules: None, kinds: Spanned { value: all, span: key.span } });
}

/// What the config says of the checks that Tach lets it switch.
fn checks(tree: &Node) -> ToolChecks {
    let start = Span::new(tree.span.file, TextRange::default());
    let mut switches = Vec::new();
    for (key, switch) in
        [("forbid_circular_dependencies", Switch::Cycles), ("exact", Switch::UnusedDependencies)]
    {
        let span = switched_on(tree, key);
        switches.extend(span.map(|span| SwitchSetting { switch, setting: Setting::On, span }));
    }
    let table = tree.get("rules");
    for (key, switch, default) in [
        ("unused_ignore_directives", Switch::UnusedSuppressions, Some(Level::Warning)),
        ("require_ignore_directive_reasons", Switch::SuppressionReasons, None),
        ("unused_external_dependencies", Switch::UnusedDistributions, None),
    ] {
        let said = table.and_then(|table| level(table, key)).or(default.map(|level| (level, start)));
        switches.extend(said.map(|(level, span)| {
            let setting = level.of(Severity::Error).map_or(Setting::Off, Setting::As);
            SwitchSetting { switch, setting, span }
        }));
    }
    ToolChecks { tool: Tool::Tach, start, switches }
}

fn external(tree: &Node, policy: &mut Policy) {
    let Some(table) = tree.get("external") else { return };
    policy.dialect.externals.exclude =
        strings(table, "exclude").unwrap_or_default().into_iter().map(|name| name.value).collect();
    for entry in strings(table, "rename").unwrap_or_default() {
        match entry.value.split_once(':') {
            Some((import, distribution)) if !distribution.contains(':') => {
                let part = |text: &str| Spanned { value: text.to_string(), span: entry.span };
                policy.distributions.push((part(import), part(distribution)));
            }
            _ => policy.dialect.externals.config_errors.push(Diagnostic {
                annotation: Some("expected an import and a distribution, with `:` between them".to_string()),
                help: Some("for example `\"PIL:pillow\"`".to_string()),
                ..invalid(entry.span, &format!("`{}` in `rename` says nothing", entry.value))
            }),
        }
    }
}

/// Fits the modules of all files together: what `root_module` makes of `<root>`, and modules that are declared twice.
pub(super) fn finish(policy: &mut Policy) {
    root_module(policy);
    repeated_modules(policy);
}

fn root_module(policy: &mut Policy) {
    let is_root = |pattern: &ModulePattern| pattern.exact() == Some(ROOT_MODULE);
    let Policy { modules, config_errors, dialect, .. } = policy;
    let Dialect { unowned, unowned_span, .. } = dialect;
    let declared = modules.iter().find(|module| is_root(&module.pattern.value)).map(|it| it.pattern.span);
    let mut entries = modules.iter().flat_map(|module| &module.depends_on).flat_map(|list| &list.value);
    let named = entries.find(|entry| is_root(&entry.pattern.value)).map(|entry| entry.pattern.span);
    let label = unowned_span.map(|span| Label::new(span, "says so"));
    let config_error = |span: Span, severity: Severity, text: &str, annotation: &str| Diagnostic {
        severity,
        annotation: Some(annotation.to_string()),
        labels: label.iter().cloned().collect(),
        ..invalid(span, text)
    };
    match unowned {
        Unowned::Free | Unowned::Module => {}
        Unowned::Unchecked => {
            if let Some(span) = declared {
                let text = "`<root>` is declared, and code outside of all modules is not looked at";
                config_errors.push(Diagnostic {
                    help: Some("set `root_module = \"allow\"` to have it checked".to_string()),
                    ..config_error(span, Severity::Warning, text, "has no effect")
                });
                modules.retain(|module| !is_root(&module.pattern.value));
            }
        }
        Unowned::HiddenModule => {
            if let Some(span) = named {
                let text = "a module depends on `<root>`, on which none may depend";
                config_errors.push(config_error(span, Severity::Error, text, "not allowed here"));
            }
        }
        Unowned::ForbiddenModule => {
            for span in [declared, named].into_iter().flatten() {
                let text = "the config names `<root>`, which must not be used";
                config_errors.push(config_error(span, Severity::Error, text, "not allowed here"));
            }
        }
    }
    if matches!(unowned, Unowned::HiddenModule | Unowned::ForbiddenModule) {
        for list in modules.iter_mut().filter_map(|module| module.depends_on.as_mut()) {
            list.value.retain(|entry| !is_root(&entry.pattern.value));
        }
    }
    if let (None, true, Some(span)) = (declared, unowned.is_module(), *unowned_span) {
        let pattern = Spanned { value: ModulePattern::Exact(ROOT_MODULE.into()), span };
        modules.push(ModuleDeclaration {
            depends_on: Some(Spanned { value: Vec::new(), span }),
            ..empty_declaration(pattern)
        });
    }
}

/// Keeps the first of two declarations of a module, and reports the second. A declaration may override an earlier one that is
/// another glob.
fn repeated_modules(policy: &mut Policy) {
    let mut first: HashMap<String, Span> = HashMap::new();
    let mut literals: Vec<(String, Span)> = Vec::new();
    let mut globs: HashMap<String, Span> = HashMap::new();
    let mut config_errors = Vec::new();
    policy.modules.retain(|module| {
        let pattern = &module.pattern.value;
        let span = module.pattern.span;
        let earlier = match pattern.exact() {
            Some(name) => first.get(name).map(|span| (name.to_string(), *span)),
            None => literals.iter().find(|(name, _)| pattern.matches(name)).cloned(),
        };
        if pattern.exact().is_none()
            && let Some(earlier) = globs.insert(pattern.as_str().to_string(), span)
        {
            let glob = one_line(pattern.as_str());
            let config_error = Diagnostic {
                annotation: Some("declared again".to_string()),
                labels: vec![Label::new(earlier, "first declared here")],
                help: Some("keep one of the two declarations".to_string()),
                ..invalid(span, &format!("the modules `{glob}` are declared twice"))
            };
            policy.module_config_errors.push((pattern.clone(), config_error));
        }
        if let Some((name, earlier)) = &earlier {
            config_errors.push(Diagnostic {
                annotation: Some("declared again".to_string()),
                labels: vec![Label::new(*earlier, "first declared here")],
                help: Some(match pattern.exact() {
                    Some(_) => "keep one of the two declarations".to_string(),
                    None => "put the glob first: what comes later may override it".to_string(),
                }),
                ..invalid(span, &format!("module `{}` is declared twice", one_line(name)))
            });
        }
        if let Some(name) = pattern.exact() {
            first.entry(name.to_string()).or_insert(span);
            literals.push((name.to_string(), span));
        }
        earlier.is_none() || pattern.exact().is_none()
    });
    policy.config_errors.extend(config_errors);
}
