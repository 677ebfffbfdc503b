//! From the tree of a native config to the policy. Values of the wrong shape have been reported already and are passed
//! over here; what this reports is values that contradict themselves or each other.

use std::collections::HashMap;

use ringfence_diagnostics::{Diagnostic, EdgeKind, Format, Label, Severity, Span, one_line};
use ruff_text_size::TextRange;

use super::compatibility;
use crate::options::validate::meant_here;
use crate::options::{FIELDS, MODULE_FIELDS, interfaces, modules, top_level};
use crate::report::invalid;
use crate::tree::{Key, Node, Value};
use crate::{
    ImportKinds, Interface, KindsOfRules, Layer, LinterSettings, ModulePattern, Policy, PythonMinor,
    RequirementFiles, Spanned,
};

/// Reads `ringfence.toml` or `[tool.ringfence]`.
pub(super) fn policy(tree: &Node, policy: &mut Policy, errors: &mut Vec<Diagnostic>) {
    let mut lowering = Lowering { package: None, errors };
    policy.source_roots = lowering.optional_strings(tree, top_level::SOURCE_ROOTS.key);
    policy.layers = lowering.layers(tree);
    policy.exhaustive_layers = switched_on(tree, top_level::EXHAUSTIVE.key);
    policy.strict_ownership = switched_on(tree, top_level::STRICT_OWNERSHIP.key);
    policy.forbid_cycles = switched_on(tree, top_level::FORBID_CYCLES.key);
    policy.every_import_cycle = tree
        .get(top_level::IMPORT_CYCLES.key)
        .filter(|value| value.as_str() == Some(top_level::ALL_CYCLES))
        .map(|value| value.span);
    policy.interfaces = lowering.interfaces(tree);
    policy.contracts = lowering.contracts(tree);
    policy.root_packages = lowering.optional_strings(tree, top_level::ROOT_PACKAGES.key);
    policy.dialect = tree.get(top_level::COMPATIBILITY.key).map(compatibility::dialect).unwrap_or_default();
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
pub(super) fn package(tree: &Node, package: &str, policy: &mut Policy, errors: &mut Vec<Diagnostic>) {
    let mut lowering = Lowering { package: Some(package), errors };
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
    pub(super) errors: &'a mut Vec<Diagnostic>,
}

impl Lowering<'_> {
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
                Err(error) => self.errors.push(Diagnostic {
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

    /// A module by absolute name or, in the config of a package, by a name that starts with a dot.
    pub(super) fn name(&mut self, node: &Node) -> Option<Spanned<ModulePattern>> {
        let text = node.as_str()?;
        let Some(package) = self.package.filter(|_| text.starts_with('.')) else {
            return self.pattern(text, node.span, "module name");
        };
        let Some(absolute) = absolute_name(package, text) else {
            self.errors.push(Diagnostic {
                annotation: Some("too many dots".to_string()),
                help: Some(format!("`.` is `{package}` here, and each further dot one package up")),
                ..invalid(node.span, &format!("`{text}` leads out of the top-level package of `{package}`"))
            });
            return None;
        };
        self.pattern(&absolute, node.span, "module name")
    }

    /// A member, counted from its module.
    pub(super) fn member(&mut self, node: &Node) -> Option<Spanned<ModulePattern>> {
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
                self.errors.push(Diagnostic {
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
                    self.errors.push(Diagnostic {
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
                    self.errors.push(Diagnostic {
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
                    let severity = name.parse::<Severity>().ok()?;
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
    pub(super) fn unique<T>(
        &mut self,
        entries: Vec<T>,
        key: impl Fn(&T) -> (&str, Span),
        place: &str,
    ) -> Vec<T> {
        if entries.len() < 2 {
            return entries;
        }
        let mut first: HashMap<&str, Span> = HashMap::with_capacity(entries.len());
        let mut repeated = Vec::with_capacity(entries.len());
        for entry in &entries {
            let (name, span) = key(entry);
            if let Some(earlier) = first.get(name) {
                self.errors.push(Diagnostic {
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

/// The span of a key whose value is `true`.
pub(super) fn switched_on(tree: &Node, key: &str) -> Option<Span> {
    let (key, value) = tree.entry(key)?;
    value.as_bool()?.then_some(key.span)
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
