//! Compares a config with the options: unknown keys, missing keys and values of the wrong type, all of them, each at
//! its place. What the values mean is not looked at here.

use ringfence_diagnostics::{Diagnostic, one_line};

use super::{FIELDS, MODULE_FIELDS, OptionField, OptionKind, modules, top_level};
use crate::report::{invalid, listing, toml_key, toml_string};
use crate::suggest::suggest;
use crate::tree::{Key, Node, Value};

/// Reports whatever in `root` is not as `fields` say. `prefix` is the path of the table in its file:
/// `["tool", "ringfence"]` in `pyproject.toml`.
pub(crate) fn validate(root: &Node, fields: &'static [OptionField], prefix: &[&str]) -> Vec<Diagnostic> {
    validated(root, fields, prefix, true)
}

/// [`validate`] for the keys of another tool, of which ours are no misspellings.
pub(crate) fn validate_foreign(
    root: &Node,
    fields: &'static [OptionField],
    prefix: &[&str],
) -> Vec<Diagnostic> {
    validated(root, fields, prefix, false)
}

fn validated(
    root: &Node,
    fields: &'static [OptionField],
    prefix: &[&str],
    is_native: bool,
) -> Vec<Diagnostic> {
    let mut validator = Validator {
        path: prefix.iter().map(|key| Step::Key((*key).to_string())).collect(),
        prefix: prefix.len(),
        root: fields,
        is_native,
        diagnostics: Vec::new(),
    };
    validator.value(root, &OptionKind::Table(fields));
    validator.diagnostics
}

struct Validator {
    path: Vec<Step>,
    /// How many steps of the path lead to the root.
    prefix: usize,
    root: &'static [OptionField],
    /// Whether the keys are ours.
    is_native: bool,
    diagnostics: Vec<Diagnostic>,
}

enum Step {
    Key(String),
    /// An entry of an array.
    Entry,
}

impl Validator {
    fn value(&mut self, node: &Node, kind: &OptionKind) {
        match (kind, &node.value) {
            (OptionKind::Boolean, Value::Boolean(_))
            | (OptionKind::Integer, Value::Integer(_))
            | (OptionKind::String, Value::String(_)) => {}
            (OptionKind::Enum(names), Value::String(text)) => self.name(node, text, names),
            (OptionKind::Array(item), Value::Array(items)) => {
                self.path.push(Step::Entry);
                for found in items {
                    self.value(found, item);
                }
                self.path.pop();
            }
            (OptionKind::Table(fields), Value::Table(entries)) => self.table(node, entries, fields),
            (OptionKind::Map { value, .. }, Value::Table(entries)) => {
                for (key, found) in entries {
                    self.path.push(Step::Key(key.name.clone()));
                    self.value(found, value);
                    self.path.pop();
                }
            }
            (OptionKind::OneOf(kinds), value) => {
                if let Some(kind) = kinds.iter().find(|kind| accepts(kind, value)) {
                    self.value(node, kind);
                } else {
                    self.wrong_type(node, kind);
                }
            }
            _ => self.wrong_type(node, kind),
        }
    }

    fn table(&mut self, node: &Node, entries: &[(Key, Node)], fields: &'static [OptionField]) {
        let meant = |name: &str| {
            if self.is_native { meant_here(name, fields) } else { near(name, fields) }
        };
        let present = |wanted: &str| entries.iter().any(|(key, _)| meant(&key.name) == Some(wanted));
        for field in fields.iter().filter(|field| field.required && !present(field.key)) {
            self.diagnostics.push(Diagnostic {
                annotation: Some(format!("needs the key `{}`", field.key)),
                help: Some(format!("for example `{}`", field.example)),
                ..invalid(node.span, &format!("missing key `{}` in {}", field.key, place(&self.path)))
            });
        }
        for (key, found) in entries {
            if let Some(field) = fields.iter().find(|field| field.key == key.name) {
                self.path.push(Step::Key(key.name.clone()));
                self.value(found, &field.kind);
                self.path.pop();
            } else {
                self.unknown_key(key, found, fields);
            }
        }
    }

    fn unknown_key(&mut self, key: &Key, found: &Node, fields: &'static [OptionField]) {
        let place = place(&self.path);
        let message = if place.is_empty() {
            format!("unknown key `{}`", key.name)
        } else {
            format!("unknown key `{}` in {place}", key.name)
        };
        self.diagnostics.push(Diagnostic {
            annotation: Some("unknown key".to_string()),
            help: Some(self.help_for_key(key, found, fields)),
            ..invalid(key.span, &message)
        });
    }

    fn help_for_key(&self, key: &Key, found: &Node, fields: &'static [OptionField]) -> String {
        if !self.is_native {
            let keys: Vec<&str> = fields.iter().map(|field| field.key).collect();
            return match near(&key.name, fields) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("the keys here are {}", listing(&keys, "and")),
            };
        }
        if let Some(dotted) = self.unquoted_module(&key.name, found) {
            return format!(
                "quote the name of the module: `[{}]`",
                self.path_to(&[modules::MODULES.key, &dotted])
            );
        }
        if let Some(meant) = meant_here(&key.name, fields) {
            return format!("did you mean `{meant}`?");
        }
        let meant = common_name(&key.name);
        if let Some(home) = home_of(&meant) {
            return format!("`{meant}` belongs {}", self.describe_home(&meant, home));
        }
        let keys: Vec<&str> =
            fields.iter().map(|field| field.key).filter(|key| *key != top_level::SCHEMA.key).collect();
        format!("the keys here are {}", listing(&keys, "and"))
    }

    /// `[modules.shop.web]` without quotes is a table `web` in the table of the module `shop`: `shop.web`.
    fn unquoted_module(&self, name: &str, found: &Node) -> Option<String> {
        let [Step::Key(table), Step::Key(first)] = self.path.get(self.prefix..)? else {
            return None;
        };
        if table != modules::MODULES.key {
            return None;
        }
        let mut dotted = format!("{first}.{name}");
        let mut node = found;
        let Value::Table(_) = node.value else {
            return None;
        };
        while let [(key, below)] = node.entries()
            && matches!(below.value, Value::Table(_))
        {
            dotted.push('.');
            dotted.push_str(&key.name);
            node = below;
        }
        Some(one_line(&dotted))
    }

    fn describe_home(&self, key: &str, home: Home) -> String {
        match home {
            Home::Module => {
                format!(
                    "in the table of a module: `[{}]`",
                    self.path_to(&[modules::MODULES.key, "the.module"])
                )
            }
            Home::Root if self.root.iter().all(|field| field.key != key) => {
                "in `ringfence.toml` or `[tool.ringfence]`".to_string()
            }
            Home::Root if self.prefix > 0 => format!("in `[{}]`", self.path_to(&[])),
            Home::Root => "at the top level".to_string(),
        }
    }

    fn wrong_type(&mut self, node: &Node, kind: &OptionKind) {
        let expected = describe(kind, false);
        let found = describe_value(&node.value);
        self.diagnostics.push(Diagnostic {
            annotation: Some(format!("expected {expected}")),
            help: self.help_for_type(node, kind),
            ..invalid(
                node.span,
                &format!("wrong type for {}: expected {expected}, found {found}", subject(&self.path)),
            )
        });
    }

    fn help_for_type(&self, node: &Node, kind: &OptionKind) -> Option<String> {
        match (kind, &node.value) {
            (OptionKind::Array(item), Value::String(text)) if accepts(item, &node.value) => {
                Some(format!("write `[{}]`", toml_string(text)))
            }
            (OptionKind::Array(item), value) if accepts(item, value) => {
                Some("put brackets around it: `[...]`".to_string())
            }
            (OptionKind::Boolean, Value::String(text)) => {
                let text = text.to_lowercase();
                let meant = match text.as_str() {
                    "true" | "yes" | "on" => "true",
                    "false" | "no" | "off" => "false",
                    _ => return None,
                };
                Some(format!("write `{meant}`, without quotes"))
            }
            (OptionKind::String | OptionKind::Enum(_), Value::Array(items)) => match items.as_slice() {
                [Node { value: Value::String(text), .. }] => Some(format!("write `{}`", toml_string(text))),
                _ => None,
            },
            (OptionKind::Map { .. }, _) if self.ends_with_key(modules::MODULES.key) => Some(format!(
                "write one table for each module: `[{}]`",
                self.path_to(&[modules::MODULES.key, "the.module"])
            )),
            _ => None,
        }
    }

    fn name(&mut self, node: &Node, text: &str, names: &[&'static str]) {
        if names.contains(&text) {
            return;
        }
        let expected = listing(names, "or");
        self.diagnostics.push(Diagnostic {
            annotation: Some(format!("expected {expected}")),
            help: suggest(text, names.iter().copied()).map(|near| format!("did you mean `{near}`?")),
            ..invalid(
                node.span,
                &format!("unknown value `{text}` for {}: expected {expected}", subject(&self.path)),
            )
        });
    }

    fn ends_with_key(&self, wanted: &str) -> bool {
        matches!(self.path.get(self.prefix..), Some([Step::Key(key)]) if key == wanted)
    }

    /// A path below the root of the options, as it is written in this file.
    fn path_to(&self, below: &[&str]) -> String {
        let root = self.path[..self.prefix].iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Entry => None,
        });
        let keys: Vec<String> = root.chain(below.iter().copied()).map(toml_key).collect();
        keys.join(".")
    }
}

/// A table or an entry: ``[modules."shop.web"]``, ``an entry of `layers` ``; empty for the top level of a file.
fn place(path: &[Step]) -> String {
    match path {
        [] => String::new(),
        [.., Step::Entry] => subject(path),
        [.., Step::Key(_)] => format!("`[{}]`", dotted(path)),
    }
}

/// A value: `` `depends-on` in `[modules."shop.web"]` ``.
fn subject(path: &[Step]) -> String {
    match path {
        [] => String::new(),
        [list @ .., Step::Entry] => format!("an entry of {}", subject(list)),
        [Step::Key(key)] => format!("`{key}`"),
        [table @ .., Step::Key(key)] => format!("`{key}` in {}", place(table)),
    }
}

fn dotted(path: &[Step]) -> String {
    let keys: Vec<String> = path
        .iter()
        .filter_map(|step| match step {
            Step::Key(key) => Some(toml_key(key)),
            Step::Entry => None,
        })
        .collect();
    keys.join(".")
}

/// The key of this table that was meant by a name, which may be one of them.
pub(crate) fn meant_here(name: &str, fields: &'static [OptionField]) -> Option<&'static str> {
    let key = |wanted: &str| fields.iter().map(|field| field.key).find(|key| *key == wanted);
    let meant = common_name(name);
    key(name).or_else(|| key(&meant)).or_else(|| {
        // What is right elsewhere is not a slip here.
        let slip = home_of(&meant).is_none();
        suggest(name, fields.iter().map(|field| field.key)).filter(|_| slip)
    })
}

/// The key of this table that is called so, or almost so.
fn near(name: &str, fields: &'static [OptionField]) -> Option<&'static str> {
    let keys = || fields.iter().map(|field| field.key);
    keys().find(|key| *key == name).or_else(|| suggest(name, keys()))
}

/// The table that a key belongs in.
#[derive(Clone, Copy)]
enum Home {
    Module,
    Root,
}

fn home_of(key: &str) -> Option<Home> {
    let has = |fields: &[OptionField]| fields.iter().any(|field| field.key == key);
    if has(MODULE_FIELDS) { Some(Home::Module) } else { has(FIELDS).then_some(Home::Root) }
}

/// A key in this tool's spelling, or in its word for what others call so.
fn common_name(key: &str) -> String {
    let kebab = key.to_lowercase().replace('_', "-");
    alias(&kebab).to_string()
}

/// What this tool calls what others call so.
fn alias(key: &str) -> &str {
    match key {
        "allow" | "allows" | "allowed" | "dependencies" | "deps" | "imports" | "may-import" => {
            modules::DEPENDS_ON.key
        }
        "cannot-depend-on" | "deny" | "disallow" | "forbidden" => modules::FORBIDS.key,
        "expose" | "interface" | "interfaces" | "public" => modules::EXPOSES.key,
        "visibility" => modules::VISIBLE_TO.key,
        "owners" | "team" => modules::OWNER.key,
        "roots" | "src" | "source-root" => top_level::SOURCE_ROOTS.key,
        "path" => modules::DEPENDENCY_MODULE.key,
        _ => key,
    }
}

/// Whether a value is of the TOML type that this kind takes.
fn accepts(kind: &OptionKind, value: &Value) -> bool {
    match kind {
        OptionKind::Boolean => matches!(value, Value::Boolean(_)),
        OptionKind::Integer => matches!(value, Value::Integer(_)),
        OptionKind::String | OptionKind::Enum(_) => matches!(value, Value::String(_)),
        OptionKind::Array(_) => matches!(value, Value::Array(_)),
        OptionKind::Table(_) | OptionKind::Map { .. } => matches!(value, Value::Table(_)),
        OptionKind::OneOf(kinds) => kinds.iter().any(|kind| accepts(kind, value)),
    }
}

fn describe(kind: &OptionKind, plural: bool) -> String {
    let word = match kind {
        OptionKind::Boolean if plural => "booleans",
        OptionKind::Boolean => "a boolean",
        OptionKind::Integer if plural => "integers",
        OptionKind::Integer => "an integer",
        OptionKind::String if plural => "strings",
        OptionKind::String => "a string",
        OptionKind::Enum(names) => return listing(names, "or"),
        OptionKind::Array(item) => {
            let article = if plural { "arrays" } else { "an array" };
            return format!("{article} of {}", describe(item, true));
        }
        OptionKind::Table(_) if plural => "tables",
        OptionKind::Table(_) => "a table",
        OptionKind::Map { key_doc, .. } => return format!("a table of {key_doc}"),
        OptionKind::OneOf(kinds) => {
            let kinds: Vec<String> = kinds.iter().map(|kind| describe(kind, plural)).collect();
            return kinds.join(" or ");
        }
    };
    word.to_string()
}

fn describe_value(value: &Value) -> &'static str {
    match value {
        Value::Table(_) => "a table",
        Value::Array(_) => "an array",
        Value::String(_) => "a string",
        Value::Boolean(_) => "a boolean",
        Value::Integer(_) => "an integer",
        Value::Float => "a float",
        Value::Datetime => "a date or time",
    }
}
