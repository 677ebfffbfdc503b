//! Modules and interfaces of a Tach config, which in a domain are named from its folder.

use ringfence_diagnostics::{Diagnostic, Severity, Span};

use super::nodes::{empty_declaration, spanned_string, strings, switched_on};
use crate::report::invalid;
use crate::tree::{Node, Value};
use crate::{
    Dependency, ForbiddenExternal, ForbiddenModule, Interface, ModuleDeclaration, ModulePattern,
    PatternError, Policy, ROOT_MODULE, Spanned,
};

/// What stands for the domain in its own file.
const DOMAIN_ROOT: &str = "<domain_root>";

pub(super) struct Scope<'a> {
    /// The dotted name of the folder that names are counted from; nothing in `tach.toml`.
    pub(super) domain: Option<&'a str>,
    pub(super) policy: &'a mut Policy,
    pub(super) errors: &'a mut Vec<Diagnostic>,
}

impl Scope<'_> {
    /// `[[modules]]`; an entry with `paths` stands for one module each.
    pub(super) fn modules(&mut self, tree: &Node) {
        for table in tree.get("modules").and_then(Node::as_array).unwrap_or_default() {
            let paths: Vec<&Node> = match (table.get("paths"), table.get("path")) {
                (Some(paths), _) => paths.as_array().unwrap_or_default().iter().collect(),
                (None, Some(path)) => vec![path],
                (None, None) => {
                    self.errors.push(Diagnostic {
                        annotation: Some("needs the key `path`".to_string()),
                        help: Some("for example `path = \"core\"`".to_string()),
                        ..invalid(table.span, "missing key `path` in an entry of `modules`")
                    });
                    continue;
                }
            };
            for path in paths {
                let Some(name) = path.as_str() else { continue };
                let name = match (self.domain, name) {
                    (Some(domain), _) => format!("{domain}.{name}"),
                    (None, ".") => ROOT_MODULE.to_string(),
                    (None, _) => name.to_string(),
                };
                if let Some(pattern) = self.spanned(path.span, &name, module_pattern) {
                    self.declare(pattern, table);
                }
            }
        }
    }

    /// `[root]` of a domain.
    pub(super) fn domain_root(&mut self, span: Span, table: &Node) {
        let name = self.domain.unwrap_or_default();
        let pattern = Spanned { value: ModulePattern::Exact(name.into()), span };
        self.declare(pattern, table);
    }

    fn declare(&mut self, pattern: Spanned<ModulePattern>, table: &Node) {
        let depends_on = table.get("depends_on").and_then(|node| {
            let entries = node.as_array()?.iter().filter_map(|item| {
                let is_deprecated = item.get("deprecated").filter(|value| value.as_bool() == Some(true));
                Some(Dependency {
                    pattern: self.dependency(item)?,
                    entry: item.span,
                    deprecated: is_deprecated.map(|value| Spanned { value: String::new(), span: value.span }),
                })
            });
            Some(Spanned { value: entries.collect(), span: node.span })
        });
        let forbids = table.get("cannot_depend_on").and_then(Node::as_array).unwrap_or_default();
        let forbids = forbids
            .iter()
            .filter_map(|item| Some(ForbiddenModule { pattern: self.dependency(item)?, reason: None }));
        let forbids = forbids.collect();
        let externals = table.get("depends_on_external").and_then(|node| {
            let names = node.as_array()?.iter().filter_map(spanned_string).collect();
            Some(Spanned { value: names, span: node.span })
        });
        let forbids_externals = strings(table, "cannot_depend_on_external").unwrap_or_default();
        let visible_to = table.get("visibility").and_then(|node| {
            let names = node.as_array()?.iter().filter_map(|item| {
                let name = self.absolute(item.as_str()?);
                let name = if name == "." { ROOT_MODULE } else { &name };
                let read = if is_glob(name) { ModulePattern::loose_glob } else { exact };
                self.spanned(item.span, name, read)
            });
            Some(Spanned { value: names.collect(), span: node.span })
        });
        if let Some(span) = switched_on(table, "strict") {
            self.policy.config_errors.push(Diagnostic {
                severity: Severity::Warning,
                annotation: Some("has no effect".to_string()),
                help: Some("write an `[[interfaces]]` with what the module exposes instead".to_string()),
                ..invalid(span, "`strict` is no key of modules any more")
            });
        }
        self.policy.modules.push(ModuleDeclaration {
            layer: table.get("layer").and_then(spanned_string),
            depends_on,
            forbids,
            externals,
            forbids_externals: forbids_externals
                .into_iter()
                .map(|name| ForbiddenExternal { name, reason: None })
                .collect(),
            visible_to,
            utility: switched_on(table, "utility"),
            // What is not checked has no import of any kind that would be looked at.
            kinds: switched_on(table, "unchecked").map(|span| Spanned { value: Vec::new(), span }),
            ..empty_declaration(pattern)
        });
    }

    /// An entry of `depends_on` or `cannot_depend_on`.
    fn dependency(&mut self, item: &Node) -> Option<Spanned<ModulePattern>> {
        let node = if matches!(item.value, Value::Table(_)) { item.get("path")? } else { item };
        let name = self.absolute(node.as_str()?);
        self.spanned(node.span, &name, module_pattern)
    }

    /// `[[interfaces]]`
    pub(super) fn interfaces(&mut self, tree: &Node) {
        for table in tree.get("interfaces").and_then(Node::as_array).unwrap_or_default() {
            let Some(exposes) = table.get("expose") else { continue };
            let members = exposes.as_array().unwrap_or_default().iter();
            let members: Vec<_> =
                members.filter_map(|item| self.spanned(item.span, item.as_str()?, member_pattern)).collect();
            let of = self.interface_modules(table);
            let visible_to = table.get("visibility").and_then(|node| {
                let names = node.as_array()?.iter().filter_map(|item| {
                    let name = self.absolute(item.as_str()?);
                    self.spanned(item.span, if name == "." { ROOT_MODULE } else { &name }, exact)
                });
                Some(Spanned { value: names.collect(), span: node.span })
            });
            let data_types = table.get("data_types").filter(|value| value.as_str() == Some("primitive"));
            self.policy.interfaces.push(Interface {
                of,
                exposes: Spanned { value: members, span: exposes.span },
                visible_to,
                exclusive: switched_on(table, "exclusive").is_some(),
                data_types: data_types.map(|value| value.span),
            });
        }
    }

    /// The modules that an interface is for. Without `from` in a domain: those below it; the domain itself has to be named.
    fn interface_modules(&mut self, table: &Node) -> Vec<Spanned<ModulePattern>> {
        let Some(items) = table.get("from").and_then(Node::as_array) else {
            let all = self.domain.map_or(".*".to_string(), |domain| format!("{domain}..*"));
            return self.spanned(table.span, &all, ModulePattern::regex).into_iter().collect();
        };
        let mut modules = Vec::new();
        for item in items {
            let Some(name) = item.as_str() else { continue };
            let name = match self.domain {
                None => name.to_string(),
                Some(domain) if name == DOMAIN_ROOT => domain.to_string(),
                Some(domain) => format!("{domain}.{name}"),
            };
            modules.extend(self.spanned(item.span, &name, ModulePattern::regex));
        }
        modules
    }

    /// A name as `tach.toml` would have it.
    fn absolute(&self, name: &str) -> String {
        match (self.domain, name.strip_prefix("//")) {
            (None, _) => name.to_string(),
            (Some(_), Some(absolute)) => absolute.to_string(),
            (Some(domain), None) if name == DOMAIN_ROOT => domain.to_string(),
            (Some(domain), None) => format!("{domain}.{name}"),
        }
    }

    /// A pattern, if it is one; what is none is left out, and reported.
    fn spanned(
        &mut self,
        span: Span,
        text: &str,
        read: impl Fn(&str) -> Result<ModulePattern, PatternError>,
    ) -> Option<Spanned<ModulePattern>> {
        match read(text) {
            Ok(value) => Some(Spanned { value, span }),
            Err(PatternError(reason)) => {
                self.policy.config_errors.push(Diagnostic {
                    annotation: Some("left out of account".to_string()),
                    ..invalid(span, &format!("`{text}` {reason}"))
                });
                None
            }
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "read as the patterns are, which can fail")]
fn exact(name: &str) -> Result<ModulePattern, PatternError> {
    Ok(ModulePattern::Exact(name.into()))
}

fn module_pattern(name: &str) -> Result<ModulePattern, PatternError> {
    if is_glob(name) { ModulePattern::glob(name) } else { exact(name) }
}

/// A regular expression, which may be nothing but a name.
fn member_pattern(text: &str) -> Result<ModulePattern, PatternError> {
    let is_name = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    if is_name { exact(text) } else { ModulePattern::regex(text) }
}

/// Whether one of the characters of globs is in it, without a backslash before.
fn is_glob(name: &str) -> bool {
    let mut escaped = false;
    name.chars().any(|c| {
        let is_wild = matches!(c, '*' | '?' | '[' | ']' | '{' | '}') && !escaped;
        escaped = c == '\\';
        is_wild
    })
}
