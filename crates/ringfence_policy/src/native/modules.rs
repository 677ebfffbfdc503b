//! The tables of modules in a native config.

use std::collections::HashMap;

use ringfence_diagnostics::{Diagnostic, Label, Span};

use super::lower::{Lowering, spanned_string, switched_on};
use crate::options::modules;
use crate::report::invalid;
use crate::tree::{Node, Value};
use crate::{
    Dependency, ForbiddenExternal, ForbiddenModule, ModuleDeclaration, ModulePattern, Policy, Spanned,
};

impl Lowering<'_> {
    pub(super) fn declare(&mut self, declaration: ModuleDeclaration, policy: &mut Policy) {
        let name = declaration.pattern.value.as_str();
        if let Some(first) = policy.modules.iter().find(|known| known.pattern.value.as_str() == name) {
            self.errors.push(Diagnostic {
                annotation: Some("declared again".to_string()),
                labels: vec![Label::new(first.pattern.span, "first declared here")],
                help: Some("keep one of the two declarations".to_string()),
                ..invalid(declaration.pattern.span, &format!("module `{name}` is declared twice"))
            });
        } else {
            policy.modules.push(declaration);
        }
    }

    pub(super) fn declaration(&mut self, pattern: Spanned<ModulePattern>, table: &Node) -> ModuleDeclaration {
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
                self.errors.push(Diagnostic {
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
                    self.errors.push(Diagnostic {
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
    pub(super) fn external(&mut self, node: &Node) -> Option<Spanned<String>> {
        let name = spanned_string(node)?;
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
        let end = name.value.find(|c| !is_part(c)).unwrap_or(name.value.len());
        let plain = name.value[..end].trim_matches(['.', '-']);
        if !plain.is_empty() && plain == name.value {
            return Some(name);
        }
        self.errors.push(Diagnostic {
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
                self.errors.push(Diagnostic {
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
                self.errors.push(Diagnostic {
                    annotation: Some(later.1.to_string()),
                    labels: vec![Label::new(first.0, first.1)],
                    help: Some("remove one of the two".to_string()),
                    ..invalid(later.0, &format!("module `{module}` both depends on `{name}` and forbids it"))
                });
            }
        }
    }
}

fn deprecation(node: &Node) -> Option<Spanned<String>> {
    match &node.value {
        Value::Boolean(true) => Some(Spanned { value: String::new(), span: node.span }),
        Value::String(_) => spanned_string(node),
        _ => None,
    }
}
