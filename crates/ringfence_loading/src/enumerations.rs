//! `enum`: the members of a class, and how they are found.

use std::rc::Rc;

use crate::Place;
use crate::arguments::Arguments;
use crate::machine::{Exec, Machine, Made};
use crate::symbols::Sym;
use crate::value::{Class, ObjId, Object, Value};
use ruff_python_ast::{Expr, Stmt};

/// What a class that holds texts or numbers derives from.
const BY_VALUE: &[&str] = &["enum.IntEnum", "enum.StrEnum", "enum.IntFlag"];

impl Machine<'_> {
    pub(crate) fn is_enumeration(&self, class: &Class) -> bool {
        class
            .order
            .iter()
            .any(|base| matches!(base, Value::External(path) if self.text(*path).starts_with("enum.")))
    }

    /// `enum.Enum(name, names)`
    pub(crate) fn make_enumeration(&mut self, base: Sym, arguments: &[Value], at: Place) -> Exec<Value> {
        let [Value::Str(name), names] = arguments else { return Ok(Value::external()) };
        let Some(names) = self.listed_names(names.clone(), at)? else { return Ok(Value::external()) };
        let is_flag = matches!(&*self.text(base), "enum.Flag" | "enum.IntFlag");
        let is_text = &*self.text(base) == "enum.StrEnum";
        let id = self.class_of_call(Rc::clone(name), Value::External(base), at);
        for (position, name) in names.iter().enumerate() {
            let symbol = self.sym(name);
            let value = match position {
                _ if is_text => Value::str(&name.to_lowercase()),
                _ if is_flag => Value::Int(1 << position.min(62)),
                _ => Value::Int(position as i64 + 1),
            };
            self.state.set(id, symbol, value);
        }
        self.make_members(id, at)?;
        Ok(Value::Object(id))
    }

    /// Makes members of what the body of a class has bound. Where the class makes them in its own way, they stay what they
    /// are.
    pub(crate) fn make_members(&mut self, id: ObjId, at: Place) -> Exec<()> {
        let Object::Class(class) = self.object(id).clone() else { return Ok(()) };
        if !self.is_enumeration(&class) {
            return Ok(());
        }
        self.refuse_second_member(&class, at)?;
        let next_value = self.sym("_generate_next_value_");
        let own_way = [Sym::NEW, next_value];
        for name in own_way {
            if self.class_attribute(id, name, at)?.is_some() {
                return Ok(());
            }
        }
        let is_plain_base = |machine: &Self, base: &Value| match base {
            Value::Object(base) => {
                matches!(machine.object(*base), Object::Class(class) if machine.is_enumeration(class))
                    || machine.state.get(*base, Sym::INIT).is_none()
                        && machine.state.get(*base, Sym::DATACLASS).is_none()
            }
            Value::Builtin(_) => true,
            Value::External(path) => machine.text(*path).starts_with("enum."),
            _ => false,
        };
        if !class.order.iter().all(|base| is_plain_base(self, base)) {
            return Ok(());
        }
        let init = self.class_attribute(id, Sym::INIT, at)?;
        let is_flag = self.derives_from(&class, &["enum.Flag", "enum.IntFlag"]);
        let is_text = self.derives_from(&class, &["enum.StrEnum"]);
        let mut members: Vec<(Value, Value)> = Vec::new();
        let mut last: Option<i64> = Some(0);
        for name in self.state.bound(id) {
            let text = self.text(name);
            let Some(mut value) = self.state.get(id, name).cloned() else { continue };
            if !may_be_member(&text) || self.is_descriptor(&value) {
                continue;
            }
            value = self.force(value, at);
            if matches!(&value, Value::External(path) if &*self.text(*path) == "enum.auto()") {
                value = match last {
                    _ if is_text => Value::str(&text.to_lowercase()),
                    Some(last) if is_flag => {
                        Value::Int(if last < 1 { 1 } else { 1 << (64 - last.leading_zeros()).min(62) })
                    }
                    Some(last) => Value::Int(last + 1),
                    None => Value::external(),
                };
            }
            last = match &value {
                Value::Int(number) if is_flag => last.map(|last| last.max(*number)),
                Value::Int(number) => Some(*number),
                Value::Bool(number) => Some(i64::from(*number)),
                Value::External(_) | Value::Unknown => None,
                _ => last,
            };
            let mut alias = None;
            for (_, member) in &members {
                if let Some(known) = self.member_value(member)
                    && self.is_equal(&known, &value, at) == Some(true)
                {
                    alias = Some(member.clone());
                    break;
                }
            }
            let member = if let Some(alias) = alias {
                alias
            } else {
                let range = at.range;
                let made = self.make(id, range, Made::Instance, Object::Instance { class: id });
                for slot in ["name", "_name_"] {
                    let slot = self.sym(slot);
                    self.state.set(made, slot, Value::Str(Rc::clone(&text)));
                }
                for slot in ["value", "_value_"] {
                    let slot = self.sym(slot);
                    self.state.set(made, slot, value.clone());
                }
                Value::Object(made)
            };
            self.state.set(id, name, member.clone());
            members.push((Value::Str(text), member.clone()));
            self.state.set(id, Sym::MEMBERS, Value::Pairs(members.clone().into()));
            if let Some(init) = &init {
                let given = match value {
                    Value::Tuple(parts) => parts.to_vec(),
                    other => vec![other],
                };
                self.call(init.clone(), Arguments::of(given).after(member), at)?;
            }
        }
        self.state.set(id, Sym::MEMBERS, Value::Pairs(members.into()));
        Ok(())
    }

    /// The body of an enumeration binds no member twice.
    fn refuse_second_member(&mut self, class: &Class, at: Place) -> Exec<()> {
        let Some(def) = class.def else { return Ok(()) };
        let mut seen: Vec<&str> = Vec::new();
        for statement in &def.body {
            if let Stmt::Assign(assign) = statement
                && let [Expr::Name(name)] = assign.targets.as_slice()
                && may_be_member(&name.id)
                && assign.value.is_literal_expr()
            {
                if seen.contains(&&*name.id) {
                    let message = format!("'{}' already defined", name.id);
                    return Err(self.raise("TypeError", message, Place { range: assign.range, ..at }));
                }
                seen.push(&name.id);
            }
        }
        Ok(())
    }

    /// Whether something that a class binds is asked for by what stands before the dot.
    fn is_descriptor(&mut self, value: &Value) -> bool {
        match value {
            Value::Bound(_) | Value::Method(_) => true,
            Value::Builtin(name) => !crate::builtins::is_type(name),
            Value::Object(id) => match self.object(*id) {
                Object::Function(_) | Object::Wrapper { .. } | Object::Cached(_) | Object::Class(_) => true,
                Object::Instance { class } => {
                    let class = *class;
                    [Sym::GET, Sym::SET].iter().any(|name| self.state.get(class, *name).is_some())
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// The members of an enumeration by their names, aliases included; nothing where they are not known.
    pub(crate) fn members(&self, class: ObjId) -> Option<Rc<[(Value, Value)]>> {
        match self.state.get(class, Sym::MEMBERS)? {
            Value::Pairs(members) => Some(Rc::clone(members)),
            _ => None,
        }
    }

    /// The members that are no aliases.
    pub(crate) fn distinct_members(&self, class: ObjId) -> Option<Vec<Value>> {
        let mut distinct: Vec<Value> = Vec::new();
        for (_, member) in self.members(class)?.iter() {
            if !distinct.contains(member) {
                distinct.push(member.clone());
            }
        }
        Some(distinct)
    }

    /// Whether an enumeration, or its members, may have an attribute that the program does not give it; nothing for other
    /// classes.
    pub(crate) fn enumeration_has(&self, class: &Class, name: &str) -> Option<bool> {
        if !self.is_enumeration(class) {
            return None;
        }
        let mut has = name.starts_with('_') || matches!(name, "name" | "value" | "mro");
        for base in &class.order {
            match base {
                Value::Object(_) => {}
                Value::Builtin(builtin) => has |= crate::builtins::builtin_type_has(builtin, name),
                Value::External(path) => match &*self.text(*path) {
                    "enum.IntEnum" | "enum.IntFlag" => has |= crate::builtins::builtin_type_has("int", name),
                    "enum.StrEnum" => has |= crate::builtins::builtin_type_has("str", name),
                    "enum.Enum" | "enum.Flag" => {}
                    _ => return None,
                },
                _ => return None,
            }
        }
        Some(has)
    }

    /// The value of a member; nothing for everything else.
    pub(crate) fn member_value(&self, member: &Value) -> Option<Value> {
        let Value::Object(id) = member else { return None };
        let Object::Instance { class } = self.object(*id) else { return None };
        self.state.get(*class, Sym::MEMBERS)?;
        let name = self.symbols.find("_value_")?;
        self.state.get(*id, name).cloned()
    }

    /// The value of a member that is a text or a number as well.
    pub(crate) fn value_that_is(&self, member: &Value) -> Option<Value> {
        let value = self.member_value(member)?;
        let Value::Object(id) = member else { return None };
        let Object::Instance { class } = self.object(*id) else { return None };
        let Object::Class(class) = self.object(*class) else { return None };
        let is_both =
            class.order.iter().any(|base| matches!(base, Value::Builtin(name) if *name != "object"))
                || self.derives_from(class, BY_VALUE);
        is_both.then_some(value)
    }

    /// `E(value)`; nothing where that is not looked up.
    pub(crate) fn find_member(
        &mut self,
        id: ObjId,
        class: &Class,
        arguments: &Arguments,
        at: Place,
    ) -> Exec<Option<Value>> {
        if !self.is_enumeration(class) {
            return Ok(None);
        }
        if arguments.len() == 0 && !arguments.more {
            let message = "EnumType.__call__() missing 1 required positional argument: 'value'";
            return Err(self.raise("TypeError", message, at));
        }
        let (Some(members), [value]) = (self.members(id), &arguments.positional[..]) else {
            return Ok(Some(Value::external()));
        };
        if members.is_empty() || !arguments.keywords.is_empty() {
            return Ok(Some(Value::external()));
        }
        let value = self.force(value.clone(), at);
        let mut is_known = !matches!(value, Value::External(_) | Value::Unknown);
        for (_, member) in members.iter() {
            if *member == value {
                return Ok(Some(value));
            }
            let Some(known) = self.member_value(member) else { continue };
            match self.is_equal(&known, &value, at) {
                Some(true) => return Ok(Some(member.clone())),
                Some(false) => {}
                None => is_known = false,
            }
        }
        if !is_known || self.derives_from(class, &["enum.Flag", "enum.IntFlag"]) {
            return Ok(Some(Value::external()));
        }
        let missing = self.sym("_missing_");
        if let Some(missing) = self.class_attribute(id, missing, at)? {
            let missing = self.as_class_method(missing, &Value::Object(id));
            let found = self.call(missing, Arguments::of([value.clone()]), at)?;
            let found = self.force(found, at);
            if found != Value::None {
                return Ok(Some(found));
            }
        }
        let shown = self.represented(&value);
        Err(self.raise("ValueError", format!("{shown} is not a valid {}", class.name), at))
    }

    /// `E[name]`; nothing where that is not looked up.
    pub(crate) fn member_named(&mut self, id: ObjId, name: &Value, at: Place) -> Exec<Option<Value>> {
        let (Some(members), Value::Str(_)) = (self.members(id), name) else { return Ok(None) };
        match members.iter().find(|(known, _)| known == name) {
            Some((_, member)) => Ok(Some(member.clone())),
            None => {
                let shown = self.represented(name);
                Err(self.raise("KeyError", shown, at))
            }
        }
    }
}

/// Whether a name in the body of an enumeration becomes a member.
fn may_be_member(name: &str) -> bool {
    let is_sunder = name.len() > 2 && name.starts_with('_') && name.ends_with('_');
    !name.starts_with(' ') && !is_sunder && !name.starts_with("__")
}
