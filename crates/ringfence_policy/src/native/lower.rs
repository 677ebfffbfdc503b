//! From the tree of a native config to the policy. Values of the wrong shape have been reported already and are passed
//! over here; what this reports is values that contradict themselves or each other.

use std::collections::HashMap;

use ringfence_diagnostics::{Diagnostic, EdgeKind, Format, Label, Severity, Span, one_line};
use ruff_text_size::TextRange;

use crate::options::validate::meant_here;
use crate::options::{FIELDS, MODULE_FIELDS, compatibility, interfaces, modules, top_level};
use crate::report::invalid;
use crate::tree::{Key, Node, Value};
use crate::{
    Comments, Dependency, Dialect, Downward, ExternalsDialect, ForbiddenExternal, ForbiddenModule,
    ImportKinds, Interface, KindsOfRules, Layer, Level, LinterSettings, MissingModules, ModuleDeclaration,
    ModulePattern, Policy, Precedence, PythonMinor, RequirementFiles, Spanned, TypingGuards, Unowned,
    WalkDialect,
};

/// Reads `ringfence.toml` or `[tool.ringfence]`.
pub(super) fn policy(tree: &Node, policy: &mut Policy, mistakes: &mut Vec<Diagnostic>) {
    let mut lowering = Lowering { package: None, mistakes };
    policy.source_roots = lowering.optional_strings(tree, top_level::SOURCE_ROOTS.key);
    policy.layers = lowering.layers(tree);
    policy.exhaustive_layers = switched_on(tree, top_level::EXHAUSTIVE.key);
    policy.strict_ownership = switched_on(tree, top_level::STRICT_OWNERSHIP.key);
    policy.forbid_cycles = switched_on(tree, top_level::FORBID_CYCLES.key);
    policy.interfaces = lowering.interfaces(tree);
    policy.contracts = lowering.contracts(tree);
    policy.root_packages = lowering.optional_strings(tree, top_level::ROOT_PACKAGES.key);
    policy.dialect = tree.get(top_level::COMPATIBILITY.key).map(compatibility).unwrap_or_default();
    policy.kinds = lowering.kinds_of_rules(tree);
    policy.tests = lowering.optional_strings(tree, top_level::TESTS.key);
    policy.runtime_annotations = lowering.strings(tree, top_level::RUNTIME_ANNOTATIONS.key);
    policy.requirement_files = RequirementFiles {
        runtime: lowering.strings(tree, top_level::REQUIREMENTS.key),
        development: lowering.strings(tree, top_level::DEV_REQUIREMENTS.key),
    };
    policy.distributions = entries(tree, top_level::DISTRIBUTIONS.key)
        .iter()
        .filter_map(|(import, distribution)| Some((spanned_key(import), lowering.external(distribution)?)))
        .collect();
    policy.linter = lowering.linter(tree);
    for (key, table) in entries(tree, modules::MODULES.key) {
        if let Some(pattern) = lowering.pattern(&key.name, key.span, "module name") {
            let declaration = lowering.declaration(pattern, table);
            policy.modules.push(declaration);
        }
    }
}

/// The value of `layers`; where there is no such key, of one that was meant as it.
pub(super) fn list_of_layers(tree: &Node) -> Option<&Node> {
    let is_meant = |(key, _): &&(Key, Node)| meant_here(&key.name, FIELDS) == Some(top_level::LAYERS.key);
    tree.get(top_level::LAYERS.key).or_else(|| tree.entries().iter().find(is_meant).map(|(_, value)| value))
}

/// Reads the `ringfence.module.toml` of a package.
pub(super) fn package(tree: &Node, package: &str, policy: &mut Policy, mistakes: &mut Vec<Diagnostic>) {
    let mut lowering = Lowering { package: Some(package), mistakes };
    let mut keys =
        tree.entries().iter().map(|(key, _)| key.name.as_str()).filter(|key| *key != top_level::SCHEMA.key);
    let describes_itself = tree.entries().iter().all(|(key, _)| key.name == top_level::SCHEMA.key)
        || keys.any(|key| MODULE_FIELDS.iter().any(|field| field.key == key));
    if describes_itself {
        let start = Span::new(tree.span.file, TextRange::default());
        if let Some(pattern) = lowering.pattern(package, start, "module name") {
            let declaration = lowering.declaration(pattern, tree);
            lowering.declare(declaration, policy);
        }
    }
    for (key, table) in entries(tree, modules::MODULES.key) {
        if let Some(below) = lowering.pattern(&key.name, key.span, "module name")
            && let Some(pattern) =
                lowering.pattern(&format!("{package}.{}", below.value), key.span, "module name")
        {
            let declaration = lowering.declaration(pattern, table);
            lowering.declare(declaration, policy);
        }
    }
}

pub(super) struct Lowering<'a> {
    /// The package that names with a leading dot are counted from.
    package: Option<&'a str>,
    pub(super) mistakes: &'a mut Vec<Diagnostic>,
}

impl Lowering<'_> {
    fn declare(&mut self, declaration: ModuleDeclaration, policy: &mut Policy) {
        let name = declaration.pattern.value.as_str();
        if let Some(first) = policy.modules.iter().find(|known| known.pattern.value.as_str() == name) {
            self.mistakes.push(Diagnostic {
                annotation: Some("declared again".to_string()),
                labels: vec![Label::new(first.pattern.span, "first declared here")],
                help: Some("keep one of the two declarations".to_string()),
                ..invalid(declaration.pattern.span, &format!("module `{name}` is declared twice"))
            });
        } else {
            policy.modules.push(declaration);
        }
    }

    fn declaration(&mut self, pattern: Spanned<ModulePattern>, table: &Node) -> ModuleDeclaration {
        let name = pattern.value.as_str();
        let depends_on = self.depends_on(table, &pattern.value);
        let forbids = self.forbids(table, name);
        self.contradictions(name, depends_on.as_ref(), &forbids);
        let externals = self.externals(table, name);
        let forbids_externals = self.forbids_externals(table, name);
        self.contradictory_externals(name, externals.as_ref(), &forbids_externals);
        let exposes = table.get(modules::EXPOSES.key).and_then(|node| {
            let items = node.as_array()?.iter().filter_map(|item| self.member(item)).collect();
            let items = self.unique(
                items,
                |item| (item.value.as_str(), item.span),
                &format!("`exposes` of `{name}`"),
            );
            Some(Spanned { value: items, span: node.span })
        });
        let visible_to = table.get(modules::VISIBLE_TO.key).and_then(|node| {
            let items = node.as_array()?.iter().filter_map(|item| self.name(item)).collect();
            let items = self.unique(
                items,
                |item| (item.value.as_str(), item.span),
                &format!("`visible-to` of `{name}`"),
            );
            Some(Spanned { value: items, span: node.span })
        });
        let layer = table.get(modules::LAYER.key).and_then(spanned_string).and_then(|layer| {
            if layer.value.trim().is_empty() {
                self.mistakes.push(Diagnostic {
                    annotation: Some("a layer without a name".to_string()),
                    help: Some("leave `layer` out where the module is in none".to_string()),
                    ..invalid(layer.span, &format!("empty layer name in `layer` of `{name}`"))
                });
                return None;
            }
            Some(layer)
        });
        let kinds =
            table.get(modules::KINDS.key).and_then(|node| self.kinds(node, &format!("`kinds` of `{name}`")));
        let owner = table.get(modules::OWNER.key).and_then(spanned_string);
        ModuleDeclaration {
            pattern,
            layer,
            depends_on,
            forbids,
            externals,
            forbids_externals,
            exposes,
            visible_to,
            utility: switched_on(table, modules::UTILITY.key),
            kinds,
            owner,
        }
    }

    fn interfaces(&mut self, tree: &Node) -> Vec<Interface> {
        let tables = tree.get(top_level::INTERFACES.key).and_then(Node::as_array).unwrap_or_default();
        let mut interfaces = Vec::new();
        for table in tables {
            let (Some(of), Some(exposes)) =
                (table.get(interfaces::OF.key), table.get(interfaces::EXPOSES.key))
            else {
                continue;
            };
            let visible_to = table.get(interfaces::VISIBLE_TO.key).and_then(|node| {
                let items = node.as_array()?.iter().filter_map(|item| self.name(item)).collect();
                Some(Spanned { value: items, span: node.span })
            });
            let data_types =
                table.get(interfaces::DATA_TYPES.key).filter(|value| value.as_str() == Some("plain"));
            interfaces.push(Interface {
                of: self.patterns(of, "module name"),
                exposes: Spanned { value: self.patterns(exposes, "member"), span: exposes.span },
                visible_to,
                exclusive: switched_on(table, interfaces::EXCLUSIVE.key).is_some(),
                data_types: data_types.map(|value| value.span),
            });
        }
        interfaces
    }

    /// Names and patterns, and tables with a `regex`.
    fn patterns(&mut self, list: &Node, what: &str) -> Vec<Spanned<ModulePattern>> {
        let mut patterns = Vec::new();
        for item in list.as_array().unwrap_or_default() {
            let Some(regex) = item.get(interfaces::REGEX.key) else {
                patterns.extend(item.as_str().and_then(|text| self.pattern(text, item.span, what)));
                continue;
            };
            let Some(text) = regex.as_str() else { continue };
            match ModulePattern::regex(text) {
                Ok(value) => patterns.push(Spanned { value, span: item.span }),
                Err(error) => self.mistakes.push(Diagnostic {
                    annotation: Some(one_line(&error.0)),
                    ..invalid(regex.span, &format!("`{text}` {}", error.0))
                }),
            }
        }
        patterns
    }

    fn kinds_of_rules(&mut self, tree: &Node) -> Vec<KindsOfRules> {
        let Some(node) = tree.get(top_level::KINDS.key) else { return Vec::new() };
        if let Some(kinds) = self.kinds(node, "`kinds`") {
            return vec![KindsOfRules { rules: None, kinds }];
        }
        let entries = node.entries().iter();
        entries
            .filter_map(|(rules, node)| {
                let kinds = self.kinds(node, &format!("`kinds.{}`", rules.name))?;
                Some(KindsOfRules { rules: Some(spanned_key(rules)), kinds })
            })
            .collect()
    }

    /// Unknown names have been reported already.
    pub(super) fn kinds(&mut self, node: &Node, place: &str) -> Option<ImportKinds> {
        let names = self.list(node, place)?;
        let known = names.iter().filter_map(|name| name.value.parse::<EdgeKind>().ok());
        Some(Spanned { value: known.collect(), span: node.span })
    }

    fn depends_on(&mut self, table: &Node, module: &ModulePattern) -> Option<Spanned<Vec<Dependency>>> {
        let node = table.get(modules::DEPENDS_ON.key)?;
        let mut dependencies = Vec::new();
        for item in node.as_array()? {
            let (name, deprecated) = match &item.value {
                Value::Table(_) => (
                    item.get(modules::DEPENDENCY_MODULE.key),
                    item.get(modules::DEPENDENCY_DEPRECATED.key).and_then(deprecation),
                ),
                _ => (Some(item), None),
            };
            if let Some(pattern) = name.and_then(|name| self.name(name)) {
                if module.exact() == Some(pattern.value.as_str()) {
                    self.mistakes.push(Diagnostic {
                        annotation: Some("a module may always import itself".to_string()),
                        help: Some(format!("remove `{module}` from its own `depends-on`")),
                        ..invalid(pattern.span, &format!("module `{module}` lists itself in `depends-on`"))
                    });
                } else {
                    dependencies.push(Dependency { pattern, entry: item.span, deprecated });
                }
            }
        }
        let dependencies = self.unique(
            dependencies,
            |dependency| (dependency.pattern.value.as_str(), dependency.pattern.span),
            &format!("`depends-on` of `{module}`"),
        );
        Some(Spanned { value: dependencies, span: node.span })
    }

    fn forbids(&mut self, table: &Node, module: &str) -> Vec<ForbiddenModule> {
        let items = table.get(modules::FORBIDS.key).and_then(Node::as_array).unwrap_or_default();
        let mut forbidden = Vec::new();
        for item in items {
            let (name, reason) = match &item.value {
                Value::Table(_) => (
                    item.get(modules::FORBIDDEN_MODULE.key),
                    item.get(modules::FORBIDDEN_REASON.key).and_then(spanned_string),
                ),
                _ => (Some(item), None),
            };
            if let Some(pattern) = name.and_then(|name| self.name(name)) {
                forbidden.push(ForbiddenModule { pattern, reason });
            }
        }
        self.unique(
            forbidden,
            |entry| (entry.pattern.value.as_str(), entry.pattern.span),
            &format!("`forbids` of `{module}`"),
        )
    }

    fn externals(&mut self, table: &Node, module: &str) -> Option<Spanned<Vec<Spanned<String>>>> {
        let node = table.get(modules::EXTERNALS.key)?;
        let names = node.as_array()?.iter().filter_map(|item| self.external(item)).collect();
        let value =
            self.unique(names, |name| (&name.value, name.span), &format!("`externals` of `{module}`"));
        Some(Spanned { value, span: node.span })
    }

    fn forbids_externals(&mut self, table: &Node, module: &str) -> Vec<ForbiddenExternal> {
        let items = table.get(modules::FORBIDS_EXTERNALS.key).and_then(Node::as_array).unwrap_or_default();
        let mut forbidden = Vec::new();
        for item in items {
            let (name, reason) = match &item.value {
                Value::Table(_) => (
                    item.get(modules::FORBIDDEN_EXTERNAL_DISTRIBUTION.key),
                    item.get(modules::FORBIDDEN_EXTERNAL_REASON.key).and_then(spanned_string),
                ),
                _ => (Some(item), None),
            };
            if let Some(name) = name.and_then(|name| self.external(name)) {
                forbidden.push(ForbiddenExternal { name, reason });
            }
        }
        self.unique(
            forbidden,
            |entry| (&entry.name.value, entry.name.span),
            &format!("`forbids-externals` of `{module}`"),
        )
    }

    /// The name of a distribution or an import: no version, no extras.
    fn external(&mut self, node: &Node) -> Option<Spanned<String>> {
        let name = spanned_string(node)?;
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
        let end = name.value.find(|c| !is_part(c)).unwrap_or(name.value.len());
        let plain = name.value[..end].trim_matches(['.', '-']);
        if !plain.is_empty() && plain == name.value {
            return Some(name);
        }
        self.mistakes.push(Diagnostic {
            annotation: Some("the name of a distribution or of an import".to_string()),
            help: (!plain.is_empty())
                .then(|| format!("write `{plain}`: versions and extras do not matter here")),
            ..invalid(name.span, &format!("`{}` is not the name of a distribution", name.value))
        });
        None
    }

    /// Reports what a module both allows and forbids, at the second of the two lists.
    fn contradictory_externals(
        &mut self,
        module: &str,
        externals: Option<&Spanned<Vec<Spanned<String>>>>,
        forbidden: &[ForbiddenExternal],
    ) {
        let allowed: HashMap<&str, Span> = externals
            .iter()
            .flat_map(|list| &list.value)
            .map(|name| (name.value.as_str(), name.span))
            .collect();
        for ForbiddenExternal { name, .. } in forbidden {
            if let Some(allowed) = allowed.get(name.value.as_str()) {
                self.mistakes.push(Diagnostic {
                    annotation: Some("forbidden here".to_string()),
                    labels: vec![Label::new(*allowed, "allowed here")],
                    help: Some("remove one of the two".to_string()),
                    ..invalid(
                        name.span,
                        &format!("module `{module}` both allows and forbids `{}`", name.value),
                    )
                });
            }
        }
    }

    /// Reports what a module both depends on and forbids, at whichever is written later.
    fn contradictions(
        &mut self,
        module: &str,
        depends_on: Option<&Spanned<Vec<Dependency>>>,
        forbids: &[ForbiddenModule],
    ) {
        if forbids.is_empty() {
            return;
        }
        let dependencies: HashMap<&str, Span> = depends_on
            .map(|depends_on| depends_on.value.as_slice())
            .unwrap_or_default()
            .iter()
            .map(|dependency| (dependency.pattern.value.as_str(), dependency.pattern.span))
            .collect();
        for entry in forbids {
            let name = entry.pattern.value.as_str();
            if let Some(declared) = dependencies.get(name) {
                let declared = (*declared, "a dependency here");
                let forbidden = (entry.pattern.span, "forbidden here");
                let forbidden_is_later = forbidden.0.file != declared.0.file
                    || declared.0.range.start() < forbidden.0.range.start();
                let (first, later) =
                    if forbidden_is_later { (declared, forbidden) } else { (forbidden, declared) };
                self.mistakes.push(Diagnostic {
                    annotation: Some(later.1.to_string()),
                    labels: vec![Label::new(first.0, first.1)],
                    help: Some("remove one of the two".to_string()),
                    ..invalid(later.0, &format!("module `{module}` both depends on `{name}` and forbids it"))
                });
            }
        }
    }

    /// A module by absolute name or, in the config of a package, by a name that starts with a dot.
    fn name(&mut self, node: &Node) -> Option<Spanned<ModulePattern>> {
        let text = node.as_str()?;
        let Some(package) = self.package.filter(|_| text.starts_with('.')) else {
            return self.pattern(text, node.span, "module name");
        };
        let Some(absolute) = absolute_name(package, text) else {
            self.mistakes.push(Diagnostic {
                annotation: Some("too many dots".to_string()),
                help: Some(format!("`.` is `{package}` here, and each further dot one package up")),
                ..invalid(node.span, &format!("`{text}` leads out of the top-level package of `{package}`"))
            });
            return None;
        };
        self.pattern(&absolute, node.span, "module name")
    }

    /// A member, counted from its module.
    fn member(&mut self, node: &Node) -> Option<Spanned<ModulePattern>> {
        let text = node.as_str()?;
        self.pattern(text, node.span, "member")
    }

    pub(super) fn pattern(&mut self, text: &str, span: Span, what: &str) -> Option<Spanned<ModulePattern>> {
        match ModulePattern::parse(text) {
            Ok(value) => Some(Spanned { value, span }),
            Err(error) => {
                let message = if text.is_empty() {
                    format!("empty {what}")
                } else {
                    format!("{what} `{text}` {}", error.0)
                };
                let after_dots = text.trim_start_matches('.');
                let help = if after_dots.len() == text.len() || ModulePattern::parse(after_dots).is_err() {
                    None
                } else if what == "member" {
                    Some(format!("members are counted from the module: write `{after_dots}`"))
                } else if self.package.is_some() {
                    Some(format!("these names are counted from the package: write `{after_dots}`"))
                } else {
                    Some(
                        "relative names are for `ringfence.module.toml`; write the full dotted name"
                            .to_string(),
                    )
                };
                self.mistakes.push(Diagnostic {
                    annotation: Some(one_line(&error.0)),
                    help,
                    ..invalid(span, &message)
                });
                None
            }
        }
    }

    fn layers(&mut self, tree: &Node) -> Vec<Layer> {
        let items = list_of_layers(tree).and_then(Node::as_array).unwrap_or_default();
        let mut layers: Vec<Layer> = Vec::new();
        let mut first: HashMap<&str, Span> = HashMap::new();
        for (rank, item) in items.iter().enumerate() {
            let (names, closed) = match &item.value {
                Value::Table(_) => (
                    item.get(top_level::LAYER_NAME.key),
                    item.get(top_level::LAYER_CLOSED.key).and_then(Node::as_bool).unwrap_or(false),
                ),
                _ => (Some(item), false),
            };
            let Some(Node { value: Value::String(names), span }) = names else {
                continue;
            };
            for name in names.split('|').map(str::trim) {
                if name.is_empty() {
                    self.mistakes.push(Diagnostic {
                        annotation: Some("a layer without a name".to_string()),
                        ..invalid(*span, "empty layer name in `layers`")
                    });
                } else if let Some(earlier) = first.get(name) {
                    // In `"web | web"` both places are the same.
                    let labels = if earlier == span {
                        Vec::new()
                    } else {
                        vec![Label::new(*earlier, "first named here")]
                    };
                    self.mistakes.push(Diagnostic {
                        annotation: Some("named again".to_string()),
                        labels,
                        ..invalid(*span, &format!("layer `{name}` is named twice in `layers`"))
                    });
                } else {
                    first.insert(name, *span);
                    layers.push(Layer {
                        name: Spanned { value: name.to_string(), span: item.span },
                        rank,
                        closed,
                    });
                }
            }
        }
        layers
    }

    fn linter(&mut self, tree: &Node) -> LinterSettings {
        LinterSettings {
            select: self.optional_strings(tree, top_level::SELECT.key),
            extend_select: self.strings(tree, top_level::EXTEND_SELECT.key),
            ignore: self.strings(tree, top_level::IGNORE.key),
            per_file_ignores: entries(tree, top_level::PER_FILE_IGNORES.key)
                .iter()
                .filter_map(|(glob, rules)| {
                    let rules = self.list(rules, &format!("`{}` in `per-file-ignores`", glob.name))?;
                    Some((spanned_key(glob), rules))
                })
                .collect(),
            fixable: self.optional_strings(tree, top_level::FIXABLE.key),
            unfixable: self.strings(tree, top_level::UNFIXABLE.key),
            exclude: self.optional_strings(tree, top_level::EXCLUDE.key),
            extend_exclude: self.strings(tree, top_level::EXTEND_EXCLUDE.key),
            respect_gitignore: tree.get(top_level::RESPECT_GITIGNORE.key).and_then(Node::as_bool),
            target_version: tree
                .get(top_level::TARGET_VERSION.key)
                .and_then(Node::as_str)
                .and_then(python_minor),
            required_version: tree.get(top_level::REQUIRED_VERSION.key).and_then(spanned_string),
            preview: tree.get(top_level::PREVIEW.key).and_then(Node::as_bool).unwrap_or(false),
            output_format: tree
                .get(top_level::OUTPUT_FORMAT.key)
                .and_then(Node::as_str)
                .and_then(|name| name.parse::<Format>().ok()),
            baseline: tree.get(top_level::BASELINE.key).and_then(spanned_string),
            severity: entries(tree, top_level::SEVERITY.key)
                .iter()
                .filter_map(|(rule, severity)| {
                    let name = severity.as_str()?;
                    let severity =
                        [Severity::Error, Severity::Warning].into_iter().find(|s| s.as_str() == name)?;
                    Some((spanned_key(rule), severity))
                })
                .collect(),
        }
    }

    pub(super) fn strings(&mut self, tree: &Node, key: &str) -> Vec<Spanned<String>> {
        self.optional_strings(tree, key).unwrap_or_default()
    }

    pub(super) fn optional_strings(&mut self, tree: &Node, key: &str) -> Option<Vec<Spanned<String>>> {
        self.list(tree.get(key)?, &format!("`{key}`"))
    }

    fn list(&mut self, node: &Node, place: &str) -> Option<Vec<Spanned<String>>> {
        let items = node.as_array()?.iter().filter_map(spanned_string).collect();
        Some(self.unique(items, |item| (item.value.as_str(), item.span), place))
    }

    /// The entries of a list without those that repeat an earlier one, which are reported.
    fn unique<T>(&mut self, entries: Vec<T>, key: impl Fn(&T) -> (&str, Span), place: &str) -> Vec<T> {
        if entries.len() < 2 {
            return entries;
        }
        let mut first: HashMap<&str, Span> = HashMap::with_capacity(entries.len());
        let mut repeated = Vec::with_capacity(entries.len());
        for entry in &entries {
            let (name, span) = key(entry);
            if let Some(earlier) = first.get(name) {
                self.mistakes.push(Diagnostic {
                    annotation: Some("listed again".to_string()),
                    labels: vec![Label::new(*earlier, "first listed here")],
                    ..invalid(span, &format!("`{name}` is listed twice in {place}"))
                });
                repeated.push(true);
            } else {
                first.insert(name, span);
                repeated.push(false);
            }
        }
        let kept = entries.into_iter().zip(repeated).filter(|(_, repeated)| !repeated);
        kept.map(|(entry, _)| entry).collect()
    }
}

fn entries<'a>(tree: &'a Node, key: &str) -> &'a [(Key, Node)] {
    tree.get(key).map(Node::entries).unwrap_or_default()
}

fn spanned_key(key: &Key) -> Spanned<String> {
    Spanned { value: key.name.clone(), span: key.span }
}

pub(super) fn spanned_string(node: &Node) -> Option<Spanned<String>> {
    Some(Spanned { value: node.as_str()?.to_string(), span: node.span })
}

fn strings_in(table: &Node, key: &str) -> Vec<String> {
    let items = table.get(key).and_then(Node::as_array).unwrap_or_default();
    items.iter().filter_map(Node::as_str).map(str::to_string).collect()
}

/// What `[compatibility]` says.
fn compatibility(table: &Node) -> Dialect {
    let is = |key: &str, value: &str| table.get(key).and_then(Node::as_str) == Some(value);
    Dialect {
        downward: if is(compatibility::DOWNWARD_IMPORTS.key, "free") {
            Downward::Free
        } else {
            Downward::Declared
        },
        precedence: if is(compatibility::PRECEDENCE.key, "order") {
            Precedence::Order
        } else {
            Precedence::MostSpecific
        },
        unowned: match table.get(compatibility::UNOWNED_CODE.key).and_then(Node::as_str) {
            Some("unchecked") => Unowned::Unchecked,
            Some("module") => Unowned::Module,
            _ => Unowned::Free,
        },
        nested_imports: match table.get(compatibility::NESTED_IMPORTS.key).and_then(Node::as_str) {
            Some("warning") => Level::Warning,
            Some("off") => Level::Off,
            _ => Level::Full,
        },
        missing_modules: match table.get(compatibility::MISSING_MODULES.key).and_then(Node::as_str) {
            Some("foreign") => MissingModules::Foreign,
            Some("nowhere") => MissingModules::Nowhere,
            Some("root-package") => MissingModules::RootPackage,
            _ => MissingModules::ByName,
        },
        typing_guards: if is(compatibility::TYPING_GUARDS.key, "bare") {
            TypingGuards::Bare
        } else {
            TypingGuards::Any
        },
        externals: ExternalsDialect {
            exclude: strings_in(table, compatibility::EXCLUDE_EXTERNALS.key),
            ..ExternalsDialect::default()
        },
        comments: match switched_on(table, compatibility::TACH_IGNORE.key) {
            Some(_) => Comments::TachIgnore,
            None => Comments::Own,
        },
        walk: WalkDialect {
            only_packages: switched_on(table, compatibility::ONLY_PACKAGES.key).is_some(),
            ..WalkDialect::default()
        },
        ..Dialect::default()
    }
}

/// The span of a key whose value is `true`.
pub(super) fn switched_on(tree: &Node, key: &str) -> Option<Span> {
    let (key, value) = tree.entry(key)?;
    value.as_bool()?.then_some(key.span)
}

fn deprecation(node: &Node) -> Option<Spanned<String>> {
    match &node.value {
        Value::Boolean(true) => Some(Spanned { value: String::new(), span: node.span }),
        Value::String(_) => spanned_string(node),
        _ => None,
    }
}

fn python_minor(name: &str) -> Option<PythonMinor> {
    let minor: u8 = name.strip_prefix("py3")?.parse().ok()?;
    (8..=15).contains(&minor).then_some(PythonMinor(minor))
}

/// `..billing` in `shop.orders` is `shop.billing`; nothing where the dots lead out of the top-level package.
fn absolute_name(package: &str, relative: &str) -> Option<String> {
    let name = relative.trim_start_matches('.');
    let up = relative.len() - name.len() - 1;
    let segments: Vec<&str> = package.split('.').collect();
    let base = segments.get(..segments.len().checked_sub(up)?).filter(|base| !base.is_empty())?.join(".");
    Some(if name.is_empty() { base } else { format!("{base}.{name}") })
}
