//! `dataclasses`: the fields of a class, and the methods that come of them.

use ruff_python_ast::{Expr, StmtAnnAssign};

use crate::Place;
use crate::arguments::Arguments;
use crate::machine::{Exec, Machine, Made, Scope};
use crate::symbols::Sym;
use crate::value::{Class, ObjId, Object, Value};

/// `dataclasses.field(...)`, and what becomes of an annotation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) default: Option<Value>,
    pub(crate) factory: Option<Value>,
    pub(crate) in_init: bool,
    /// Nothing where the class says.
    pub(crate) by_keyword: Option<bool>,
    /// Whether it is given to `__post_init__` only.
    pub(crate) is_initial: bool,
}

/// What an annotation of a class says of its name.
const CLASS_VARIABLE: &str = "ClassVar";
const INITIAL: &str = "InitVar";
const BY_KEYWORD: &str = "KW_ONLY";

/// The options of a decorator that are told apart.
#[derive(Debug, Clone, Copy)]
struct Options {
    init: bool,
    eq: bool,
    order: bool,
    frozen: bool,
    by_keyword: bool,
    slots: bool,
}

impl<'a> Machine<'a> {
    /// Keeps which names a class annotates, in order.
    pub(crate) fn annotate(&mut self, assign: &'a StmtAnnAssign, scope: &Scope) {
        let Expr::Name(name) = &*assign.target else { return };
        let mut names = match self.state.get(scope.locals, Sym::ANNOTATED) {
            Some(Value::Tuple(names)) => names.to_vec(),
            _ => Vec::new(),
        };
        // `dataclasses` looks up what a text names in the module of the class.
        if begins_with_name(&assign.annotation, scope.postpones_annotations) {
            self.state.set(scope.locals, Sym::TEXT_ANNOTATIONS, Value::Bool(true));
        }
        let pair = Value::tuple(vec![Value::str(&name.id), Value::str(kind_of(&assign.annotation))]);
        if !names.contains(&pair) {
            names.push(pair);
            self.state.set(scope.locals, Sym::ANNOTATED, Value::tuple(names));
        }
    }

    /// `dataclasses.field(...)`
    pub(crate) fn make_field(&mut self, arguments: &Arguments, at: Place) -> Value {
        let mut given = |name: &str| {
            let name = self.sym(name);
            arguments.keyword(name).cloned()
        };
        let field = Field {
            default: given("default"),
            factory: given("default_factory"),
            in_init: given("init") != Some(Value::Bool(false)),
            by_keyword: match given("kw_only") {
                Some(Value::Bool(by_keyword)) => Some(by_keyword),
                _ => None,
            },
            is_initial: false,
        };
        Value::Object(self.make(ObjId::MACHINE, at.range, Made::Container, Object::Field(field)))
    }

    /// `@dataclasses.dataclass(...)` on a class of ours.
    pub(crate) fn make_dataclass(&mut self, id: ObjId, arguments: &Arguments, at: Place) -> Exec<()> {
        let Object::Class(class) = self.object(id).clone() else { return Ok(()) };
        let mut option = |name: &str, default: bool| {
            let name = self.sym(name);
            match arguments.keyword(name) {
                Some(Value::Bool(value)) => *value,
                _ => default,
            }
        };
        let options = Options {
            init: option("init", true),
            eq: option("eq", true),
            order: option("order", false),
            frozen: option("frozen", false),
            by_keyword: option("kw_only", false),
            slots: option("slots", false),
        };
        let mut fields: Vec<(Value, Value)> = Vec::new();
        for base in class.order.iter().rev() {
            let Value::Object(base) = base else { continue };
            let Some(Value::Pairs(inherited)) = self.state.get(*base, Sym::DATACLASS).cloned() else {
                continue;
            };
            for (name, field) in inherited.iter() {
                crate::expressions::insert(&mut fields, name.clone(), field.clone());
            }
            let is_frozen = self.state.get(*base, Sym::FROZEN).is_some();
            if is_frozen != options.frozen {
                let message = if is_frozen {
                    "cannot inherit non-frozen dataclass from a frozen one"
                } else {
                    "cannot inherit frozen dataclass from a non-frozen one"
                };
                return Err(self.raise("TypeError", message, at));
            }
        }
        let mut by_keyword = options.by_keyword;
        let annotated = match self.state.get(id, Sym::ANNOTATED) {
            Some(Value::Tuple(names)) => names.to_vec(),
            _ => Vec::new(),
        };
        if self.state.get(id, Sym::TEXT_ANNOTATIONS).is_some()
            && let Some(Value::Str(module)) = self.state.get(id, Sym::MODULE).cloned()
        {
            let module = self.sym(&module);
            if matches!(self.sys_module(module, at)?, None | Some(Value::None)) {
                let message = "'NoneType' object has no attribute '__dict__'";
                return Err(self.raise("AttributeError", message, at));
            }
        }
        let mut own = Vec::new();
        for pair in annotated {
            let Value::Tuple(pair) = &pair else { continue };
            let [Value::Str(name), Value::Str(kind)] = &**pair else { continue };
            if &**kind == BY_KEYWORD {
                by_keyword = true;
                continue;
            }
            own.push(name.clone());
            if &**kind == CLASS_VARIABLE {
                continue;
            }
            let symbol = self.sym(name);
            let field = self.field_of(id, symbol, &**kind == INITIAL, by_keyword, at)?;
            let made = self.make(id, at.range, Made::Container, Object::Field(field));
            crate::expressions::insert(&mut fields, Value::Str(name.clone()), Value::Object(made));
        }
        for name in self.state.bound(id) {
            let text = self.text(name);
            if let Some(Value::Object(value)) = self.state.get(id, name)
                && matches!(self.object(*value), Object::Field(_))
                && !own.contains(&text)
            {
                let message = format!("'{text}' is a field but has no type annotation");
                return Err(self.raise("TypeError", message, at));
            }
        }
        if options.init && !class.is_open {
            self.check_defaults(&fields, at)?;
        }
        self.state.set(id, Sym::DATACLASS, Value::Pairs(fields.clone().into()));
        if options.init && self.state.get(id, Sym::INIT).is_none() {
            let init = Value::Method(std::rc::Rc::new((Value::Object(id), Sym::DATACLASS)));
            self.state.set(id, Sym::INIT, init);
        }
        if options.order {
            if !options.eq {
                return Err(self.raise("ValueError", "eq must be true if order is true", at));
            }
            for name in ["__lt__", "__le__", "__gt__", "__ge__"] {
                let symbol = self.sym(name);
                if self.state.get(id, symbol).is_some() {
                    let message = format!(
                        "Cannot overwrite attribute {name} in class {}. Consider using functools.total_ordering",
                        class.name
                    );
                    return Err(self.raise("TypeError", message, at));
                }
            }
        }
        if options.eq && self.state.get(id, Sym::EQ).is_none() {
            self.state.set(id, Sym::EQUAL_BY_FIELDS, Value::Bool(true));
        }
        if options.frozen {
            if self.state.get(id, Sym::SETATTR).is_some() {
                let message = format!("Cannot overwrite attribute __setattr__ in class {}", class.name);
                return Err(self.raise("TypeError", message, at));
            }
            self.state.set(id, Sym::FROZEN, Value::Bool(true));
        }
        if options.slots {
            self.make_slots(id, &fields, &own);
        }
        Ok(())
    }

    /// Instances have no more than their fields, whose defaults the class no longer has.
    fn make_slots(&mut self, id: ObjId, fields: &[(Value, Value)], own: &[std::rc::Rc<str>]) {
        let slots = self.sym("__slots__");
        let names: Vec<Value> = fields
            .iter()
            .map(|(name, _)| name.clone())
            .filter(|name| matches!(name, Value::Str(name) if own.contains(name)))
            .collect();
        for name in &names {
            if let Value::Str(name) = name {
                let name = self.sym(name);
                self.state.unset(id, name);
            }
        }
        self.state.set(id, slots, Value::tuple(names));
    }

    /// The field that an annotated name of a class becomes. The class is left with its default.
    fn field_of(
        &mut self,
        id: ObjId,
        name: Sym,
        is_initial: bool,
        by_keyword: bool,
        at: Place,
    ) -> Exec<Field> {
        let default = self.class_attribute(id, name, at)?;
        let given = match &default {
            Some(Value::Object(value)) => match self.object(*value) {
                Object::Field(field) => Some(field.clone()),
                _ => None,
            },
            _ => None,
        };
        let mut field = match given {
            Some(field) => {
                match &field.default {
                    Some(default) => self.state.set(id, name, default.clone()),
                    None => self.state.unset(id, name),
                }
                field
            }
            None => Field { default, factory: None, in_init: true, by_keyword: None, is_initial },
        };
        field.is_initial = is_initial;
        field.by_keyword = Some(field.by_keyword.unwrap_or(by_keyword));
        if let Some(default) = field.default.clone()
            && !is_initial
            && self.is_mutable(&default)
        {
            let message =
                format!("mutable default for field {} is not allowed: use default_factory", self.text(name));
            return Err(self.raise("ValueError", message, at));
        }
        Ok(field)
    }

    /// Whether `dataclasses` does not take a value as a default, as it has no hash.
    fn is_mutable(&self, value: &Value) -> bool {
        let Value::Object(id) = value else { return false };
        match self.object(*id) {
            Object::List | Object::Dict => true,
            Object::Instance { class } => {
                let hash = self.symbols.find("__hash__");
                let has_hash = hash.is_some_and(|hash| self.state.get(*class, hash).is_some());
                let is_equal = self.state.get(*class, Sym::EQ).is_some()
                    || self.state.get(*class, Sym::EQUAL_BY_FIELDS).is_some()
                        && self.state.get(*class, Sym::FROZEN).is_none();
                is_equal && !has_hash && self.modules.python().is_some_and(|python| python.minor >= 11)
            }
            _ => false,
        }
    }

    fn field(&self, value: &Value) -> Option<Field> {
        let Value::Object(id) = value else { return None };
        match self.object(*id) {
            Object::Field(field) => Some(field.clone()),
            _ => None,
        }
    }

    /// A parameter without a default stands before those with one.
    fn check_defaults(&mut self, fields: &[(Value, Value)], at: Place) -> Exec<()> {
        let mut has_default = false;
        for (name, field) in fields {
            let Some(field) = self.field(field) else { continue };
            if !field.in_init || field.by_keyword == Some(true) {
                continue;
            }
            if field.default.is_some() || field.factory.is_some() {
                has_default = true;
            } else if has_default {
                let name = self.represented(name);
                let message = format!("non-default argument {name} follows default argument");
                return Err(self.raise("TypeError", message, at));
            }
        }
        Ok(())
    }

    /// The `__init__` that comes of the fields of a class; the first argument is the instance.
    pub(crate) fn initialize(&mut self, class: ObjId, arguments: Arguments, at: Place) -> Exec<Value> {
        let Object::Class(definition) = self.object(class).clone() else { return Ok(Value::None) };
        let Some(Value::Pairs(fields)) = self.state.get(class, Sym::DATACLASS).cloned() else {
            // Ways that were taken together made other fields each.
            if let Some(Value::Object(instance)) = arguments.get(0) {
                self.make_opaque(*instance);
            }
            return Ok(Value::None);
        };
        let Arguments { positional, mut keywords, more } = arguments;
        let lenient = more || definition.is_open;
        let mut positional = positional.into_iter();
        let Some(instance) = positional.next() else {
            return Err(self.raise(
                "TypeError",
                "__init__() missing 1 required positional argument: 'self'",
                at,
            ));
        };
        let is_frozen = self.state.get(class, Sym::FROZEN).is_some();
        let mut initial = Vec::new();
        let mut missing = Vec::new();
        let mut values = Vec::new();
        for (name, field) in fields.iter() {
            let (Value::Str(text), Some(field)) = (name, self.field(field)) else { continue };
            let symbol = self.sym(text);
            let mut value = None;
            if field.in_init {
                if field.by_keyword != Some(true) {
                    value = positional.next();
                }
                if let Some(position) = keywords.iter().position(|(name, _)| *name == symbol) {
                    if value.is_some() {
                        let message = format!("__init__() got multiple values for argument '{text}'");
                        return Err(self.raise("TypeError", message, at));
                    }
                    value = Some(keywords.remove(position).1);
                }
            }
            values.push((symbol, field, value));
        }
        if !lenient && positional.next().is_some() {
            let message =
                format!("{}.__init__() takes fewer positional arguments than were given", definition.name);
            return Err(self.raise("TypeError", message, at));
        }
        if !lenient && let Some((name, _)) = keywords.first() {
            let message = format!(
                "{}.__init__() got an unexpected keyword argument '{}'",
                definition.name,
                self.text(*name)
            );
            return Err(self.raise("TypeError", message, at));
        }
        for (symbol, field, value) in &values {
            let given = value.is_some() || field.default.is_some() || field.factory.is_some();
            if field.in_init && !given && !lenient {
                missing.push(format!("'{}'", self.text(*symbol)));
            }
        }
        if !missing.is_empty() {
            let message = format!(
                "{}.__init__() missing {} required positional arguments: {}",
                definition.name,
                missing.len(),
                missing.join(" and ")
            );
            return Err(self.raise("TypeError", message, at));
        }
        for (symbol, field, value) in values {
            let value = match (value, &field.default, &field.factory) {
                (Some(value), ..) => value,
                (None, Some(default), _) => default.clone(),
                (None, None, Some(factory)) => self.call(factory.clone(), Arguments::default(), at)?,
                (None, None, None) if field.in_init => Value::external(),
                (None, None, None) => continue,
            };
            if field.is_initial {
                initial.push(value);
                continue;
            }
            match &instance {
                Value::Object(id) if is_frozen => self.state.set(*id, symbol, value),
                _ => self.set_attribute(instance.clone(), symbol, value, at)?,
            }
        }
        if definition.is_open
            && let Value::Object(id) = instance
        {
            self.make_opaque(id);
        }
        let own = match &instance {
            Value::Object(id) => match self.object(*id) {
                Object::Instance { class } => *class,
                _ => class,
            },
            _ => class,
        };
        if let Some(post) = self.class_attribute(own, Sym::POST_INIT, at)? {
            let post = self.bound_to(post, instance, own, at)?;
            self.call(post, Arguments::of(initial), at)?;
        }
        Ok(Value::None)
    }

    /// Whether instances of a class cannot be changed.
    pub(crate) fn is_frozen(&self, id: ObjId, class: &Class) -> bool {
        self.state.get(id, Sym::FROZEN).is_some()
            || class.order.iter().any(
                |base| matches!(base, Value::Object(base) if self.state.get(*base, Sym::FROZEN).is_some()),
            )
    }

    /// The values of the fields of an instance that is equal to others by them; nothing for all others.
    pub(crate) fn field_values(&self, instance: ObjId) -> Option<(ObjId, Vec<Value>)> {
        let Object::Instance { class } = self.object(instance) else { return None };
        self.state.get(*class, Sym::EQUAL_BY_FIELDS)?;
        let Some(Value::Pairs(fields)) = self.state.get(*class, Sym::DATACLASS) else { return None };
        let mut values = Vec::new();
        for (name, _) in fields.iter() {
            let Value::Str(name) = name else { return None };
            let name = self.symbols.find(name)?;
            values.push(self.state.get(instance, name).cloned().unwrap_or(Value::external()));
        }
        Some((*class, values))
    }
}

/// Whether an annotation is a text that begins with a name without a dot behind it.
fn begins_with_name(annotation: &Expr, postpones: bool) -> bool {
    match annotation {
        Expr::StringLiteral(text) if !postpones => {
            let text = text.value.to_str().trim_start();
            let rest = text.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
            rest.len() < text.len() && !rest.trim_start().starts_with('.')
        }
        Expr::Name(_) | Expr::NoneLiteral(_) => postpones,
        Expr::Subscript(subscript) => begins_with_name(&subscript.value, postpones) && postpones,
        Expr::BinOp(operation) => begins_with_name(&operation.left, postpones) && postpones,
        Expr::Call(call) => begins_with_name(&call.func, postpones) && postpones,
        _ => false,
    }
}

/// What an annotation says beside a type.
fn kind_of(annotation: &Expr) -> &'static str {
    let name = match annotation {
        Expr::Subscript(subscript) => return kind_of(&subscript.value),
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        Expr::StringLiteral(text) => {
            let text = text.value.to_str();
            let name = text.split('[').next().unwrap_or_default();
            name.rsplit('.').next().unwrap_or_default().trim()
        }
        _ => "",
    };
    [CLASS_VARIABLE, INITIAL, BY_KEYWORD].into_iter().find(|known| *known == name).unwrap_or_default()
}
