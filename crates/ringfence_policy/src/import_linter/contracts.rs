//! The contracts. What import-linter refuses is a config error of that contract alone.

use ringfence_diagnostics::{Diagnostic, Severity, Span};

use super::raw::{Entry, Raw, Table};
use crate::contract::{layer_members, sides};
use crate::report::{invalid, listing};
use crate::suggest::suggest;
use crate::{
    Contract, ContractLayer, Exception, LayerMember, ModulePattern, PatternError, Patterns, Policy, Reach,
    Spanned, Terms, Unmatched,
};

/// The types that import-linter has.
const TYPES: [&str; 5] = ["forbidden", "layers", "independence", "protected", "acyclic_siblings"];

/// The keys that every type has.
const SHARED: [&str; 5] =
    ["name", "type", "ignore_imports", "unmatched_ignore_imports_alerting", "broken_contract_guidance"];

/// The generations below the children that import-linter looks at where nobody says so.
const DEPTH: u32 = 10;

/// What contracts are read with.
pub(super) struct Scope<'a> {
    pub(super) roots: &'a [Spanned<String>],
    /// Whether the config takes imports from elsewhere into account.
    pub(super) externals: bool,
    /// Types that are classes of the project.
    pub(super) custom: &'a [String],
    pub(super) policy: &'a mut Policy,
}

/// Adds a contract, or a config error that says why it cannot be one.
pub(super) fn lower(table: &Table, scope: &mut Scope) {
    let name = table.entry("name").and_then(|entry| entry.value.texts().first().cloned());
    let Some(type_name) = table.entry("type").and_then(|entry| entry.value.texts().first().cloned()) else {
        scope.missing(table, "type", "for example `type = forbidden`");
        return;
    };
    let Some(name) = name else {
        scope.missing(table, "name", "say in words what the contract demands");
        return;
    };
    let known = scope.policy.contracts.len();
    lower_type(table, scope, name.clone(), &type_name);
    if scope.policy.contracts.len() == known {
        scope.policy.unchecked.push(name.value);
    }
}

fn lower_type(table: &Table, scope: &mut Scope, name: Spanned<String>, type_name: &Spanned<String>) {
    if scope.custom.binary_search(&type_name.value).is_ok() {
        scope.policy.config_errors.push(Diagnostic {
            severity: Severity::Warning,
            annotation: Some("a class of this project".to_string()),
            help: Some(
                "ringfence runs no code of the project; keep import-linter for this contract".to_string(),
            ),
            ..invalid(type_name.span, &format!("the contract `{}` is not checked", name.value))
        });
        return;
    }
    if !TYPES.contains(&type_name.value.as_str()) {
        let near = suggest(&type_name.value, TYPES);
        scope.policy.config_errors.push(Diagnostic {
            annotation: Some(format!("expected {}", listing(&TYPES, "or"))),
            help: near.map(|near| format!("did you mean `{near}`?")),
            ..invalid(
                type_name.span,
                &format!("unknown type `{}` of the contract `{}`", type_name.value, name.value),
            )
        });
        return;
    }
    let mut reader = Reader { table, name: &name, scope, is_sound: true };
    let terms = reader.terms(&type_name.value);
    reader.unknown_keys(&type_name.value);
    let exceptions = reader.exceptions();
    let unmatched_exceptions = reader.alerting();
    let reason = reader.guidance();
    let is_sound = reader.is_sound;
    let Some(terms) = terms.filter(|_| is_sound) else { return };
    scope.policy.contracts.push(Contract {
        id: table.id.clone(),
        kinds: None,
        terms,
        exceptions,
        unmatched_exceptions,
        reason,
        name,
    });
}

impl Scope<'_> {
    fn missing(&mut self, table: &Table, key: &str, help: &str) {
        self.policy.config_errors.push(Diagnostic {
            annotation: Some(format!("needs the key `{key}`")),
            help: Some(help.to_string()),
            ..invalid(table.span, &format!("missing key `{key}` in a contract"))
        });
    }

    /// Whether a name is a root package or below one.
    fn is_internal(&self, name: &str) -> bool {
        self.roots.iter().any(|root| {
            name.strip_prefix(root.value.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    fn root_names(&self) -> String {
        let names: Vec<&str> = self.roots.iter().map(|root| root.value.as_str()).collect();
        listing(&names, "and")
    }
}

struct Reader<'a, 's> {
    table: &'a Table,
    name: &'a Spanned<String>,
    scope: &'a mut Scope<'s>,
    /// Whether import-linter would take the contract.
    is_sound: bool,
}

impl<'a> Reader<'a, '_> {
    fn config_error(
        &mut self,
        span: Span,
        message: &str,
        annotation: impl Into<String>,
        help: Option<String>,
    ) {
        self.is_sound = false;
        let message = format!("contract `{}`: {message}", self.name.value);
        self.scope.policy.config_errors.push(Diagnostic {
            annotation: Some(annotation.into()),
            help,
            ..invalid(span, &message)
        });
    }

    fn terms(&mut self, type_name: &str) -> Option<Terms> {
        match type_name {
            "forbidden" => self.forbidden(),
            "layers" => self.layers(),
            "independence" => Some(Terms::Independent { modules: self.required("modules")? }),
            "protected" => self.protected(),
            _ => self.acyclic(),
        }
    }

    fn forbidden(&mut self) -> Option<Terms> {
        let from = self.required("source_modules");
        let to = self.required("forbidden_modules");
        let direct = self.boolean("allow_indirect_imports", false);
        let submodules = self.boolean("as_packages", true);
        let (from, to) = (from?, to?);
        for pattern in &to {
            let Some(name) = pattern.value.exact() else { continue };
            if self.scope.is_internal(name) {
                continue;
            }
            if !self.scope.externals {
                self.config_error(
                    pattern.span,
                    &format!("`{name}` is in no root package, and imports from elsewhere are not looked at"),
                    "not part of the project",
                    Some("set `include_external_packages = True`".to_string()),
                );
            } else if let Some((top_level, _)) = name.split_once('.') {
                self.config_error(
                    pattern.span,
                    &format!("`{name}` is part of a package from elsewhere, of which only the whole can be forbidden"),
                    "part of a package from elsewhere",
                    Some(format!("forbid `{top_level}`, or move to a native config, where parts can be named")),
                );
            }
        }
        let reach = if direct { Reach::Direct } else { Reach::Indirect };
        Some(Terms::Forbidden { from, to, reach, submodules, through_inits: false })
    }

    fn layers(&mut self) -> Option<Terms> {
        let Some(entry) = self.table.entry("layers") else {
            self.missing("layers");
            return None;
        };
        let layers = self.levels(entry);
        let containers = self.table.entry("containers").map(|entry| self.expressions(entry, true));
        let containers = containers.filter(|containers| !containers.is_empty());
        for container in containers.iter().flatten() {
            let is_known = container.value.exact().is_none_or(|name| self.scope.is_internal(name));
            if !is_known {
                let roots = self.scope.root_names();
                self.config_error(
                    container.span,
                    &format!("the container `{}` is in no root package", container.value),
                    "not part of the project",
                    Some(format!("the root packages are {roots}")),
                );
            }
        }
        let exhaustive = self.boolean("exhaustive", false).then(|| self.table.entry("exhaustive")).flatten();
        let exhaustive = exhaustive.map(|entry| entry.key_span);
        if let (Some(span), None) = (exhaustive, &containers) {
            self.config_error(
                span,
                "`exhaustive` is about the children of `containers`, and there are none",
                "needs `containers`",
                None,
            );
        }
        let except = self.table.entry("exhaustive_ignores").map(|entry| entry.value.texts().to_vec());
        Some(Terms::Layers { layers, containers, exhaustive, exhaustive_except: except.unwrap_or_default() })
    }

    fn levels(&mut self, entry: &Entry) -> Vec<ContractLayer> {
        let mut layers: Vec<ContractLayer> = Vec::new();
        self.only_texts(entry);
        for text in entry.value.texts() {
            let Some((names, independent)) = layer_members(&text.value) else {
                self.config_error(
                    text.span,
                    &format!("layer `{}` holds both `|` and `:`", text.value),
                    "either `|` or `:`",
                    Some("`a | b` are independent of each other, `a : b` may import each other".to_string()),
                );
                continue;
            };
            let mut members: Vec<LayerMember> = Vec::new();
            for (name, optional) in names {
                let mut known = layers.iter().flat_map(|layer| &layer.members).chain(&members);
                if name.is_empty() {
                    self.config_error(text.span, "a layer has no name", "a layer without a name", None);
                } else if known.any(|member| member.name.value == name) {
                    let message = format!("`{name}` is in the layers twice");
                    self.config_error(text.span, &message, "named again", None);
                } else {
                    let name = Spanned { value: name.to_string(), span: text.span };
                    members.push(LayerMember { name, optional });
                }
            }
            layers.push(ContractLayer { members, independent, closed: false });
        }
        layers
    }

    fn protected(&mut self) -> Option<Terms> {
        let modules = self.required("protected_modules");
        let importers = self.required("allowed_importers");
        let submodules = self.boolean("as_packages", true);
        let (modules, importers) = (modules?, importers?);
        if submodules {
            for importer in &importers {
                let foreign = importer.value.exact().filter(|name| !self.scope.is_internal(name));
                if let Some(name) = foreign {
                    self.config_error(
                        importer.span,
                        &format!("the allowed importer `{name}` is in no root package"),
                        "not part of the project",
                        Some("what comes from elsewhere imports nothing here: remove it".to_string()),
                    );
                }
            }
        }
        Some(Terms::Protected { modules, importers, submodules })
    }

    fn acyclic(&mut self) -> Option<Terms> {
        let packages = self.required("ancestors");
        let skip = self.table.entry("skip_descendants").map(|entry| self.expressions(entry, true));
        let skip = skip.unwrap_or_default();
        let depth = self.depth();
        let packages = packages?;
        for package in &packages {
            let foreign = package.value.exact().filter(|name| !self.scope.is_internal(name));
            if let Some(name) = foreign {
                self.config_error(
                    package.span,
                    &format!("the ancestor `{name}` is in no root package"),
                    "not part of the project",
                    None,
                );
            }
            // A pattern that matches an ancestor skips others.
            if let Some(skipped) = skip.iter().find(|skipped| skipped.value == package.value) {
                let message = format!("`{}` is an ancestor, and cannot be skipped", package.value);
                self.config_error(skipped.span, &message, "an ancestor, too", None);
            }
        }
        Some(Terms::Acyclic { packages, depth: Some(depth), skip })
    }

    fn depth(&mut self) -> u32 {
        let Some(entry) = self.table.entry("depth") else { return DEPTH };
        let span = entry.value.span().unwrap_or(entry.key_span);
        match entry.value.texts() {
            [text] => match text.value.trim().parse::<i64>() {
                Ok(depth) if depth >= 0 => return u32::try_from(depth).unwrap_or(u32::MAX),
                Ok(_) => self.config_error(span, "`depth` is negative", "expected 0 or more", None),
                Err(_) => {
                    let message = format!("`{}` is no number", text.value);
                    self.config_error(span, &message, "expected 0 or more", None);
                }
            },
            _ => self.config_error(span, "`depth` is no number", "expected 0 or more", None),
        }
        DEPTH
    }

    fn missing(&mut self, key: &str) {
        let message = format!("missing key `{key}`");
        self.config_error(self.table.span, &message, format!("needs the key `{key}`"), None);
    }

    /// A list of modules without which the contract means nothing; it may be blank.
    fn required(&mut self, key: &str) -> Option<Patterns> {
        let Some(entry) = self.table.entry(key) else {
            self.missing(key);
            return None;
        };
        Some(self.expressions(entry, true))
    }

    /// Reports values that are no texts.
    fn only_texts(&mut self, entry: &Entry) {
        if let Raw::Other(span) = entry.value {
            let message = format!("wrong type for `{}`", entry.key);
            self.config_error(span, &message, "expected an array of strings", None);
        }
    }

    fn expressions(&mut self, entry: &Entry, wildcards: bool) -> Patterns {
        self.only_texts(entry);
        let mut patterns: Patterns = Vec::new();
        for text in entry.value.texts() {
            let value = match ModulePattern::expression(text.value.trim()) {
                Ok(value) if wildcards || value.exact().is_some() => value,
                Ok(_) => ModulePattern::Exact(text.value.as_str().into()),
                Err(PatternError(reason)) => {
                    self.config_error(text.span, &format!("`{}` {reason}", text.value), reason.clone(), None);
                    continue;
                }
            };
            if patterns.iter().all(|known| known.value != value) {
                patterns.push(Spanned { value, span: text.span });
            }
        }
        patterns
    }

    fn boolean(&mut self, key: &str, default: bool) -> bool {
        let Some(entry) = self.table.entry(key) else { return default };
        let span = entry.value.span().unwrap_or(entry.key_span);
        match entry.value.texts() {
            [text] if text.value.eq_ignore_ascii_case("true") => return true,
            [text] if text.value.eq_ignore_ascii_case("false") => return false,
            [text] => {
                let help = text.value.find([';', '#']).map(|_| {
                    "a comment has to stand on a line of its own: what follows a value is part of it"
                        .to_string()
                });
                let message = format!("`{}` is neither true nor false", text.value);
                self.config_error(span, &message, "expected `True` or `False`", help);
            }
            texts => {
                let what = if texts.is_empty() { "no value" } else { "several values" };
                let message = format!("`{key}` has {what}");
                self.config_error(span, &message, "expected `True` or `False`", None);
            }
        }
        default
    }

    fn exceptions(&mut self) -> Vec<Exception> {
        let Some(entry) = self.table.entry("ignore_imports") else { return Vec::new() };
        self.only_texts(entry);
        let mut exceptions: Vec<Exception> = Vec::new();
        for text in entry.value.texts() {
            let is_name = |name: &str| {
                name.split('.').all(|segment| {
                    matches!(segment, "*" | "**")
                        || (!segment.is_empty() && segment.chars().all(|c| c.is_alphanumeric() || c == '_'))
                })
            };
            let sides = sides(&text.value).ok().filter(|(from, to)| is_name(from) && is_name(to));
            let Some((importer, imported)) = sides else {
                let message = format!("`{}` does not name an import", text.value);
                let help = Some("for example `shop.domain.orm -> shop.tables`".to_string());
                self.config_error(text.span, &message, "expected `importer -> imported`", help);
                continue;
            };
            match (ModulePattern::expression(importer), ModulePattern::expression(imported)) {
                (Ok(importer), Ok(imported)) => {
                    let exception = Exception { importer, imported, span: text.span };
                    if exceptions.iter().all(|known| known.text() != exception.text()) {
                        exceptions.push(exception);
                    }
                }
                (Err(PatternError(reason)), _) | (_, Err(PatternError(reason))) => {
                    self.config_error(text.span, &format!("`{}` {reason}", text.value), reason.clone(), None);
                }
            }
        }
        exceptions
    }

    fn alerting(&mut self) -> Unmatched {
        let Some(entry) = self.table.entry("unmatched_ignore_imports_alerting") else {
            return Unmatched::Severity(Severity::Error);
        };
        let span = entry.value.span().unwrap_or(entry.key_span);
        match entry.value.texts() {
            [text] => match text.value.as_str() {
                "error" => return Unmatched::Severity(Severity::Error),
                "warn" => return Unmatched::Severity(Severity::Warning),
                "none" => return Unmatched::Off,
                other => {
                    let message = format!("`{other}` is no level");
                    self.config_error(span, &message, "expected `error`, `warn` or `none`", None);
                }
            },
            _ => self.config_error(
                span,
                "`unmatched_ignore_imports_alerting` is no level",
                "expected `error`, `warn` or `none`",
                None,
            ),
        }
        Unmatched::Severity(Severity::Error)
    }

    fn guidance(&self) -> Option<Spanned<String>> {
        let entry = self.table.entry("broken_contract_guidance")?;
        let lines: Vec<&str> = entry.value.texts().iter().map(|line| line.value.as_str()).collect();
        let span = entry.value.span()?;
        (!lines.is_empty()).then(|| Spanned { value: lines.join("\n"), span })
    }

    fn unknown_keys(&mut self, type_name: &str) {
        let own: &[&str] = match type_name {
            "forbidden" => &["source_modules", "forbidden_modules", "allow_indirect_imports", "as_packages"],
            "layers" => &["layers", "containers", "exhaustive", "exhaustive_ignores"],
            "independence" => &["modules"],
            "protected" => &["protected_modules", "allowed_importers", "as_packages"],
            _ => &["ancestors", "depth", "skip_descendants"],
        };
        let table: &'a Table = self.table;
        for entry in &table.entries {
            let key = entry.key.as_str();
            if own.contains(&key) || SHARED.contains(&key) {
                continue;
            }
            let near = suggest(key, own.iter().chain(&SHARED).copied());
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the keys of this type are {}", listing(own, "and")),
            };
            let message = format!("unknown key `{key}`");
            self.config_error(entry.key_span, &message, "unknown key", Some(help));
        }
    }
}
