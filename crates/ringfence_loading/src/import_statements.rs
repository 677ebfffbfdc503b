//! Import statements: what they ask for, and what they bind.

use crate::machine::{Exec, Machine, Scope, Stop};
use crate::report::{Cause, Why};
use crate::standard_library::has_member;
use crate::symbols::Sym;
use crate::value::{ObjId, Object, Value};
use crate::{Found, Place, Python};
use ruff_python_ast::{StmtImport, StmtImportFrom};
use std::rc::Rc;

impl<'a> Machine<'a> {
    /// Who asks for an import in this scope.
    pub(crate) fn asked(&self, scope: &Scope, at: Place, why: Why) -> Cause {
        // A text in names of its own asks for the module that executes it.
        let module = match (self.object(scope.globals), self.running.last()) {
            (Object::Ours, Some(running)) => Rc::clone(&running.module),
            _ => self.module_name(scope.globals),
        };
        Cause { by: Some(module.to_string()), at: Some(at), why }
    }

    pub(crate) fn import_statement(&mut self, import: &'a StmtImport, scope: &Scope) -> Exec<()> {
        let at = scope.place(import.range);
        for alias in &import.names {
            let full: &str = &alias.name;
            let top = full.split('.').next().unwrap_or_default();
            let bound = alias.asname.as_ref().map_or(top, |name| name.as_str());
            let bound = self.sym(bound);
            let value = if import.is_lazy {
                let lazy = Object::Lazy { module: full.into(), member: None, top: alias.asname.is_none() };
                Value::Object(self.push(lazy))
            } else {
                let cause = self.asked(scope, at, Why::Named);
                let mut value = self.import_name(full, &cause, at)?;
                if full.contains('.') {
                    value = self.import_name(top, &cause, at)?;
                }
                if alias.asname.is_some() {
                    for part in full.split('.').skip(1) {
                        let part = self.sym(part);
                        value = self.import_member(value, part, at)?;
                    }
                }
                value
            };
            self.bind(bound, value, scope);
        }
        Ok(())
    }

    pub(crate) fn import_from_statement(&mut self, import: &'a StmtImportFrom, scope: &Scope) -> Exec<()> {
        let at = scope.place(import.range);
        let module = import.module.as_ref().map_or("", |module| module.as_str());
        if module == "__future__" && import.level == 0 {
            for alias in &import.names {
                let name = self.sym(alias.asname.as_ref().unwrap_or(&alias.name));
                self.bind(name, Value::external(), scope);
            }
            return Ok(());
        }
        let Some(full) = self.absolute(module, import.level, scope, at)? else {
            for alias in &import.names {
                let name = self.sym(alias.asname.as_ref().unwrap_or(&alias.name));
                self.bind(name, Value::Unknown, scope);
            }
            return Ok(());
        };
        if import.is_lazy {
            for alias in &import.names {
                let member = self.sym(&alias.name);
                let lazy = Object::Lazy { module: full.clone(), member: Some(member), top: false };
                let name = self.sym(alias.asname.as_ref().unwrap_or(&alias.name));
                let value = Value::Object(self.push(lazy));
                self.bind(name, value, scope);
            }
            return Ok(());
        }
        let cause = self.asked(scope, at, Why::Named);
        let value = self.import_name(&full, &cause, at)?;
        let names: Vec<Sym> = import.names.iter().map(|alias| self.symbols.intern(&alias.name)).collect();
        self.import_list(&value, &names, &cause, at)?;
        for (alias, name) in import.names.iter().zip(names) {
            if &*alias.name == "*" {
                self.import_star(&value, scope, at)?;
                continue;
            }
            let member = self.import_member(value.clone(), name, at)?;
            let bound = self.sym(alias.asname.as_ref().unwrap_or(&alias.name));
            self.bind(bound, member, scope);
        }
        Ok(())
    }

    /// The full name of what a relative import means; nothing where the package is not known.
    pub(crate) fn absolute(
        &mut self,
        module: &str,
        level: u32,
        scope: &Scope,
        at: Place,
    ) -> Exec<Option<Rc<str>>> {
        if level == 0 {
            return Ok(Some(module.into()));
        }
        let package = self.present(scope.globals, Sym::PACKAGE, at)?;
        let package = match package {
            Some(Value::Str(package)) => package,
            None | Some(Value::None) => {
                let name = self.module_name(scope.globals);
                let is_package = self.state.get(scope.globals, Sym::PATH).is_some();
                match name.rsplit_once('.') {
                    _ if is_package => name,
                    Some((package, _)) => package.into(),
                    None => "".into(),
                }
            }
            Some(Value::External(_) | Value::Unknown | Value::OneOf(_)) => {
                self.may_raise(at, "which package this module belongs to is not known")?;
                return Ok(None);
            }
            Some(_) => return Err(self.raise("TypeError", "__package__ must be a string", at)),
        };
        if package.is_empty() {
            let message = "attempted relative import with no known parent package".to_owned();
            return Err(self.raise_import("ImportError", "", message, at));
        }
        let base = self.climb(&package, level, at)?;
        Ok(Some(if module.is_empty() { base.into() } else { format!("{base}.{module}").into() }))
    }

    /// The package that the dots of a relative import mean, counted from the one that it stands in.
    pub(crate) fn climb<'p>(&mut self, package: &'p str, level: u32, at: Place) -> Exec<&'p str> {
        let mut base = package;
        for _ in 1..level {
            let Some((above, _)) = base.rsplit_once('.') else {
                let message = "attempted relative import beyond top-level package".to_owned();
                return Err(self.raise_import("ImportError", "", message, at));
            };
            base = above;
        }
        Ok(base)
    }

    /// `_handle_fromlist`: submodules that a `from` names are loaded, unless the package has the name already.
    pub(crate) fn import_list(
        &mut self,
        module: &Value,
        names: &[Sym],
        cause: &Cause,
        at: Place,
    ) -> Exec<()> {
        if let Value::External(path) = module {
            let path = self.text(*path);
            for name in names {
                let full = format!("{path}.{}", self.text(*name));
                let has = self.modules.has_member(&path, &self.text(*name));
                let is_value = (&*path, &*self.text(*name)) == ("typing_extensions", "TYPE_CHECKING");
                if has != Some(true) && !is_value && self.modules.find(&full) == Found::Closed {
                    let symbol = self.sym(&full);
                    if self.state.get(ObjId::SYS_MODULES, symbol).is_none() {
                        self.load_closed(symbol, cause);
                    }
                }
            }
            return Ok(());
        }
        if !self.has_attribute(module.clone(), Sym::PATH, at)? {
            return Ok(());
        }
        for name in names {
            let text = self.text(*name);
            if &*text == "*" {
                if self.has_attribute(module.clone(), Sym::ALL, at)? {
                    let all = self.attribute(module.clone(), Sym::ALL, at)?;
                    let Some(all) = self.items(all, at)? else {
                        self.doubt(at, "what `__all__` names is not known");
                        self.may_import_named(module, cause, at)?;
                        continue;
                    };
                    let mut listed = Vec::new();
                    for name in all {
                        match name {
                            Value::Str(text) if &*text != "*" => listed.push(self.sym(&text)),
                            Value::Str(_) => {}
                            Value::External(_) | Value::Unknown => {
                                self.doubt(at, "what `__all__` names is not known");
                                self.may_import_named(module, cause, at)?;
                            }
                            _ => {
                                let message = "Item in __all__ must be str";
                                return Err(self.raise("TypeError", message, at));
                            }
                        }
                    }
                    let cause = Cause { why: Why::Star, ..cause.clone() };
                    self.import_list(module, &listed, &cause, at)?;
                }
                continue;
            }
            if self.has_attribute(module.clone(), *name, at)? {
                if matches!(module, Value::Object(object) if self.state.get(*object, *name).is_none()) {
                    self.may_import_member(module, &text, cause, at)?;
                }
                continue;
            }
            let base = self.attribute(module.clone(), Sym::NAME, at)?;
            let Value::Str(base) = self.force(base, at) else {
                self.doubt(at, "the name of the package is not known");
                continue;
            };
            let full = format!("{base}.{text}");
            // `__import__` without names returns the package at the top: it is imported once more if somebody has removed it.
            let top = full.split('.').next().unwrap_or_default();
            let imported = self.import_name(&full, cause, at).and_then(|_| self.import_name(top, cause, at));
            match imported {
                Ok(_) => {}
                Err(Stop::Raised(raised)) => {
                    let is_about_it = match &raised.value {
                        Value::Exception(value) => {
                            value.class == Value::Builtin("ModuleNotFoundError")
                                && value.name.as_deref() == Some(&*full)
                        }
                        _ => false,
                    };
                    let symbol = self.sym(&full);
                    let halted = self.state.get(ObjId::SYS_MODULES, symbol) == Some(&Value::None);
                    if !is_about_it || halted {
                        return Err(Stop::Raised(raised));
                    }
                }
                Err(stop) => return Err(stop),
            }
        }
        Ok(())
    }

    /// Whether some of the Pythons that may be meant have a name of the standard library, and others have not.
    fn depends_on_version(&self, module: &str, name: &str) -> bool {
        let first = match self.modules.python() {
            Some(python) if python.exact => return false,
            Some(python) => python.minor,
            None => 8,
        };
        let mut answers =
            (first..=15).map(|minor| has_member(module, name, Some(Python { minor, exact: true })));
        answers.clone().any(|answer| answer == Some(true)) && answers.any(|answer| answer == Some(false))
    }

    /// `IMPORT_FROM`: an attribute, or else what `sys.modules` has under the full name.
    pub(crate) fn import_member(&mut self, module: Value, name: Sym, at: Place) -> Exec<Value> {
        let module = self.force(module, at);
        let text = self.text(name);
        if let Value::External(path) = &module {
            let path = self.text(*path);
            let full = format!("{path}.{text}");
            let symbol = self.sym(&full);
            if self.state.get(ObjId::SYS_MODULES, symbol).is_some() {
                return Ok(Value::External(symbol));
            }
            if self.modules.has_member(&path, &text) == Some(false)
                && self.modules.find(&path) == Found::Closed
            {
                let message = format!("cannot import name '{text}' from '{path}'");
                return Err(self.raise_import("ImportError", &path, message, at));
            }
            let is_uncertain = (self.catching > 0 || self.depends_on_version(&path, &text))
                && self.is_module_path(self.symbols.find(&path).unwrap_or(Sym::EMPTY))
                && self.modules.has_member(&path, &text).is_none();
            if is_uncertain {
                let there = self.is_there(symbol, at, &format!("whether `{path}` has `{text}` is not known"));
                if !there {
                    let message = format!("cannot import name '{text}' from '{path}'");
                    return Err(self.raise_import("ImportError", &path, message, at));
                }
            }
            return self.attribute(module, name, at);
        }
        match self.attribute(module.clone(), name, at) {
            Err(Stop::Raised(raised)) if self.is_builtin_raised(&raised.value, "AttributeError") => {
                let base = match self.attribute(module.clone(), Sym::NAME, at) {
                    Ok(Value::Str(base)) => Some(base),
                    Ok(Value::External(_) | Value::Unknown | Value::OneOf(_)) => {
                        self.may_raise(at, "the name of the package is not known")?;
                        return Ok(Value::Unknown);
                    }
                    Ok(_) => None,
                    Err(Stop::Raised(raised)) if self.is_builtin_raised(&raised.value, "AttributeError") => {
                        None
                    }
                    Err(stop) => return Err(stop),
                };
                if let Some(base) = &base {
                    let full = self.sym(&format!("{base}.{text}"));
                    if let Some(value) = self.sys_module(full, at)? {
                        return Ok(value);
                    }
                }
                let base = base.unwrap_or_else(|| "<unknown module name>".into());
                let half = if let Value::Object(object) = module { self.half_loaded(object) } else { None };
                let message = if half.is_some() {
                    format!(
                        "cannot import name '{text}' from partially initialized module '{base}' (most likely due to a circular import)"
                    )
                } else {
                    format!("cannot import name '{text}' from '{base}'")
                };
                let value = Value::Exception(Rc::new(crate::value::ExceptionValue {
                    class: Value::Builtin("ImportError"),
                    arguments: vec![Value::str(&message)],
                    name: Some(base),
                }));
                Err(self.raise_value(value, "ImportError", message, at, half))
            }
            other => other,
        }
    }

    pub(crate) fn import_star(&mut self, module: &Value, scope: &Scope, at: Place) -> Exec<()> {
        let module = self.force(module.clone(), at);
        match &module {
            Value::External(path) => {
                let mut known = match self.state.get(scope.locals, Sym::STAR) {
                    Some(Value::Tuple(known)) => known.to_vec(),
                    _ => Vec::new(),
                };
                if !known.contains(&module) {
                    known.push(Value::External(*path));
                    self.state.set(scope.locals, Sym::STAR, Value::tuple(known));
                }
                return Ok(());
            }
            Value::Unknown => {
                self.doubt(at, "which names this brings is not known");
                self.make_opaque(scope.locals);
                return Ok(());
            }
            _ => {}
        }
        if self.has_attribute(module.clone(), Sym::ALL, at)? {
            let all = self.attribute(module.clone(), Sym::ALL, at)?;
            let Some(names) = self.items(all, at)? else {
                self.doubt(at, "what `__all__` names is not known");
                self.make_opaque(scope.locals);
                return Ok(());
            };
            for name in names {
                match name {
                    Value::Str(text) => {
                        let name = self.sym(&text);
                        let value = self.attribute(module.clone(), name, at)?;
                        self.bind(name, value, scope);
                    }
                    Value::External(_) | Value::Unknown => self.make_opaque(scope.locals),
                    _ => return Err(self.raise("TypeError", "Item in __all__ must be str", at)),
                }
            }
            return Ok(());
        }
        let Value::Object(object) = module else {
            let message = "from-import-* object has no __dict__ and no __all__".to_owned();
            return Err(self.raise_import("ImportError", "", message, at));
        };
        for name in self.state.bound(object) {
            let text = self.text(name);
            if text.starts_with('_') || text.starts_with(' ') {
                continue;
            }
            let Some(value) = self.state.get(object, name).cloned() else { continue };
            let value = match &value {
                Value::OneOf(alternatives) if alternatives.contains(&Value::Absent) => {
                    let before = self.state.get(scope.locals, name).cloned().unwrap_or(Value::Absent);
                    let there = alternatives.iter().filter(|value| !value.is_absent()).cloned();
                    Value::one_of(there.chain([before]))
                }
                _ => value,
            };
            self.bind(name, value, scope);
        }
        if let Some(more) = self.state.get(object, Sym::STAR).cloned() {
            self.state.set(scope.locals, Sym::STAR, more);
        }
        if self.is_opaque(object) {
            self.make_opaque(scope.locals);
        }
        Ok(())
    }
}
