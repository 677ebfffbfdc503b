//! `[[contracts]]` of a native config.

use std::collections::HashMap;

use ringfence_diagnostics::{Diagnostic, Label, Severity, Span};

use super::lower::{Lowering, spanned_string, switched_on};
use super::startup::STARTUP;
use crate::contract::{layer_members, sides};
use crate::options::contracts::{TYPES, needed_keys, types_of};
use crate::options::{contracts, top_level};
use crate::report::{invalid, listing};
use crate::tree::{Node, Value};
use crate::{
    Contract, ContractLayer, Exception, LayerMember, ModulePattern, Patterns, Reach, Spanned, Terms,
    Unmatched,
};

impl Lowering<'_> {
    pub(super) fn contracts(&mut self, tree: &Node) -> Vec<Contract> {
        let tables = tree.get(top_level::CONTRACTS.key).and_then(Node::as_array).unwrap_or_default();
        let mut contracts: Vec<Contract> = Vec::new();
        // By id, the position of the first.
        let mut first_of: HashMap<String, usize> = HashMap::new();
        for table in tables {
            // Missing and unknown ones have been reported.
            let (Some(name), Some(type_name)) = (
                table.get(contracts::NAME.key).and_then(spanned_string),
                table.get(contracts::TYPE.key).and_then(Node::as_str),
            ) else {
                continue;
            };
            let Some(contract) = self.contract(table, name, type_name) else { continue };
            let first = *first_of.entry(contract.id().to_string()).or_insert(contracts.len());
            if let Some(first) = contracts.get(first) {
                let what = if contract.id.is_some() || first.id.is_some() {
                    contracts::ID.key
                } else {
                    contracts::NAME.key
                };
                self.errors.push(Diagnostic {
                    annotation: Some("named again".to_string()),
                    labels: vec![Label::new(first.name.span, "first named here")],
                    help: Some("give one of them an `id` of its own".to_string()),
                    ..invalid(
                        contract.name.span,
                        &format!("two contracts have the {what} `{}`", contract.id()),
                    )
                });
            }
            contracts.push(contract);
        }
        contracts
    }

    fn contract(&mut self, table: &Node, name: Spanned<String>, type_name: &str) -> Option<Contract> {
        // That it is none has been said; what the keys are for, nobody knows then.
        if !TYPES.contains(&type_name) {
            return None;
        }
        for (key, _) in table.entries() {
            let types = types_of(&key.name);
            if !types.contains(&type_name) {
                self.errors.push(Diagnostic {
                    annotation: Some(format!("for {} contracts", listing(types, "and"))),
                    ..invalid(
                        key.span,
                        &format!("`{}` means nothing in a contract of type `{type_name}`", key.name),
                    )
                });
            }
        }
        let mut is_complete = true;
        for key in needed_keys(type_name) {
            if table.get(key).is_none() {
                is_complete = false;
                self.errors.push(Diagnostic {
                    annotation: Some(format!("needs the key `{key}`")),
                    ..invalid(name.span, &format!("missing key `{key}` in the contract `{}`", name.value))
                });
            }
        }
        if type_name == STARTUP && is_complete {
            is_complete = self.limits_startup(table, &name);
        }
        let terms = self.terms(table, type_name).filter(|_| is_complete)?;
        Some(Contract {
            id: table.get(contracts::ID.key).and_then(Node::as_str).map(str::to_string),
            terms,
            kinds: table
                .get(contracts::KINDS.key)
                .and_then(|node| self.kinds(node, &format!("`kinds` of the contract `{}`", name.value))),
            exceptions: self.exceptions(table),
            unmatched_exceptions: match table.get(contracts::UNMATCHED_EXCEPTIONS.key).and_then(Node::as_str)
            {
                Some("error") => Unmatched::Severity(Severity::Error),
                Some("warning") => Unmatched::Severity(Severity::Warning),
                Some("off") => Unmatched::Off,
                _ => Unmatched::AsRule,
            },
            reason: table.get(contracts::REASON.key).and_then(spanned_string),
            name,
        })
    }

    fn terms(&mut self, table: &Node, type_name: &str) -> Option<Terms> {
        let says_no = |key: &str| table.get(key).and_then(Node::as_bool) == Some(false);
        let reach = if says_no(contracts::INDIRECT.key) { Reach::Direct } else { Reach::Indirect };
        let submodules = !says_no(contracts::SUBMODULES.key);
        Some(match type_name {
            "forbidden" => Terms::Forbidden {
                from: self.modules(table, contracts::FROM.key),
                to: self.modules(table, contracts::TO.key),
                reach,
                submodules,
                through_inits: switched_on(table, contracts::THROUGH_INITS.key).is_some(),
            },
            "required" => Terms::Required {
                from: self.modules(table, contracts::FROM.key),
                to: self.modules(table, contracts::TO.key),
                reach,
            },
            "independent" => Terms::Independent { modules: self.modules(table, contracts::MODULES.key) },
            "protected" => Terms::Protected {
                modules: self.modules(table, contracts::MODULES.key),
                importers: self.modules(table, contracts::IMPORTERS.key),
                submodules,
            },
            "acyclic" => Terms::Acyclic {
                packages: self.modules(table, contracts::MODULES.key),
                depth: self.depth(table),
                skip: self.modules(table, contracts::SKIP.key),
            },
            "layers" => Terms::Layers {
                layers: self.contract_layers(table),
                containers: table
                    .get(contracts::CONTAINERS.key)
                    .map(|_| self.modules(table, contracts::CONTAINERS.key)),
                exhaustive: self.exhaustive(table),
                exhaustive_except: self.strings(table, contracts::EXHAUSTIVE_EXCEPT.key),
            },
            STARTUP => Terms::Startup {
                entries: self.entries(table),
                must_not_load: self.modules(table, contracts::MUST_NOT_LOAD.key),
                max_modules: self.load_budget(table),
            },
            _ => return None,
        })
    }

    fn exhaustive(&mut self, table: &Node) -> Option<Span> {
        let span = switched_on(table, contracts::EXHAUSTIVE.key)?;
        if table.get(contracts::CONTAINERS.key).is_none() {
            self.errors.push(Diagnostic {
                annotation: Some("needs `containers`".to_string()),
                help: Some(
                    "name the package whose children the layers are, and write its layers without it"
                        .to_string(),
                ),
                ..invalid(span, "`exhaustive` is about the children of `containers`, and there are none")
            });
            return None;
        }
        Some(span)
    }

    fn depth(&mut self, table: &Node) -> Option<u32> {
        let node = table.get(contracts::DEPTH.key)?;
        let Value::Integer(number) = node.value else { return None };
        let depth = number.and_then(|number| u32::try_from(number).ok());
        if depth.is_none() {
            self.errors.push(Diagnostic {
                annotation: Some("expected 0 or more".to_string()),
                ..invalid(node.span, "`depth` is how many generations below the children count")
            });
        }
        depth
    }

    fn modules(&mut self, table: &Node, key: &str) -> Patterns {
        let items = table.get(key).and_then(Node::as_array).unwrap_or_default();
        self.patterns_of(items, key)
    }

    /// Patterns of modules, each once.
    pub(super) fn patterns_of<'n>(
        &mut self,
        items: impl IntoIterator<Item = &'n Node>,
        key: &str,
    ) -> Patterns {
        let mut patterns: Patterns = Vec::new();
        // By text, the position of the first.
        let mut first_of: HashMap<String, usize> = HashMap::new();
        for item in items {
            let Some(pattern) = item.as_str().and_then(|text| self.pattern(text, item.span, "module name"))
            else {
                continue;
            };
            let first = *first_of.entry(pattern.value.to_string()).or_insert(patterns.len());
            if let Some(first) = patterns.get(first) {
                self.errors.push(Diagnostic {
                    annotation: Some("listed again".to_string()),
                    labels: vec![Label::new(first.span, "first listed here")],
                    ..invalid(pattern.span, &format!("`{}` is listed twice in `{key}`", pattern.value))
                });
            } else {
                patterns.push(pattern);
            }
        }
        patterns
    }

    fn exceptions(&mut self, table: &Node) -> Vec<Exception> {
        let items = table.get(contracts::EXCEPT.key).and_then(Node::as_array).unwrap_or_default();
        let mut exceptions: Vec<Exception> = Vec::new();
        for item in items {
            let Some(text) = item.as_str() else { continue };
            let Ok((importer, imported)) = sides(text) else {
                self.errors.push(Diagnostic {
                    annotation: Some("expected `importer -> imported`".to_string()),
                    help: Some("for example `\"shop.domain.orm -> sqlalchemy\"`".to_string()),
                    ..invalid(item.span, &format!("`{text}` does not name an import"))
                });
                continue;
            };
            let mut side = |text: &str| -> Option<ModulePattern> {
                self.pattern(text, item.span, "module name").map(|pattern| pattern.value)
            };
            if let (Some(importer), Some(imported)) = (side(importer), side(imported)) {
                exceptions.push(Exception { importer, imported, span: item.span });
            }
        }
        exceptions
    }

    fn contract_layers(&mut self, table: &Node) -> Vec<ContractLayer> {
        let items = table.get(contracts::LAYERS.key).and_then(Node::as_array).unwrap_or_default();
        let mut layers = Vec::new();
        let mut first: HashMap<String, Span> = HashMap::new();
        for item in items {
            let (text, closed) = match &item.value {
                Value::Table(_) => (
                    item.get(contracts::LAYER_NAME.key),
                    switched_on(item, contracts::LAYER_CLOSED.key).is_some(),
                ),
                _ => (Some(item), false),
            };
            let Some((text, span)) = text.and_then(|node| Some((node.as_str()?, node.span))) else {
                continue;
            };
            let Some((names, independent)) = layer_members(text) else {
                self.errors.push(Diagnostic {
                    annotation: Some("either `|` or `:`".to_string()),
                    help: Some(
                        "`a | b` are independent of each other, `a : b` may import each other".to_string(),
                    ),
                    ..invalid(span, &format!("layer `{text}` holds both `|` and `:`"))
                });
                continue;
            };
            let mut members = Vec::new();
            for (name, optional) in names {
                if let Some(earlier) = first.get(name) {
                    let labels = vec![Label::new(*earlier, "first named here")];
                    self.errors.push(Diagnostic {
                        annotation: Some("named again".to_string()),
                        // In `"web | web"` both places are the same.
                        labels: if *earlier == span { Vec::new() } else { labels },
                        ..invalid(span, &format!("layer `{name}` is named twice in `layers`"))
                    });
                    continue;
                }
                let Some(pattern) = self.pattern(name, span, "layer") else { continue };
                if pattern.value.exact().is_none() {
                    self.errors.push(Diagnostic {
                        annotation: Some("expected a name without `*`".to_string()),
                        help: Some("patterns are for `containers`; name each layer".to_string()),
                        ..invalid(span, &format!("layer `{name}` is a pattern"))
                    });
                    continue;
                }
                first.insert(name.to_string(), span);
                members.push(LayerMember { name: Spanned { value: name.to_string(), span }, optional });
            }
            layers.push(ContractLayer { members, independent, closed });
        }
        layers
    }
}
