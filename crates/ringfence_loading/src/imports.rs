//! Import statements, and what they make CPython do: `importlib._bootstrap`, step by step.

use std::rc::Rc;

use ruff_python_ast::{StmtImport, StmtImportFrom};

use crate::arguments::Arguments;
use crate::machine::{Exec, Flow, Machine, Running, Scope, ScopeKind, Stop};
use crate::report::{Cause, Why};
use crate::symbols::Sym;
use crate::value::{ModuleObject, ObjId, Object, Value};
use crate::{Found, Place, SourceId};

/// A module that begins to run.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) module: Rc<str>,
    pub(crate) cause: Cause,
    pub(crate) source: Option<SourceId>,
    /// Whether its code is not read.
    pub(crate) is_closed: bool,
    /// How many began before it.
    pub(crate) sequence: i64,
}

impl<'a> Machine<'a> {
    /// Who asks for an import in this scope.
    fn asked(&self, scope: &Scope, at: Place, why: Why) -> Cause {
        // A text in names of its own asks for the module that executes it.
        let module = match (self.object(scope.globals), self.running.last()) {
            (Object::Ours, Some(running)) => Rc::clone(&running.module),
            _ => self.module_name(scope.globals),
        };
        Cause { by: Some(module.to_string()), at: Some(at), why }
    }

    /// The name under which a module was loaded.
    pub(crate) fn module_name(&self, object: ObjId) -> Rc<str> {
        match self.object(object) {
            Object::Module(module) => Rc::clone(&module.name),
            _ => "".into(),
        }
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

    pub(crate) fn load_lazily(
        &mut self,
        module: &str,
        member: Option<Sym>,
        top: bool,
        at: Place,
    ) -> Exec<Value> {
        let by = self.running.last().map(|running| running.module.to_string());
        let cause = Cause { by, at: Some(at), why: Why::Named };
        let value = self.import_name(module, &cause, at)?;
        match member {
            Some(member) => {
                self.import_list(&value, &[member], &cause, at)?;
                self.import_member(value, member, at)
            }
            None if top => {
                let top = module.split('.').next().unwrap_or_default().to_owned();
                self.import_name(&top, &cause, at)
            }
            None => Ok(value),
        }
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
    fn absolute(&mut self, module: &str, level: u32, scope: &Scope, at: Place) -> Exec<Option<Rc<str>>> {
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
        let mut base: &str = &package;
        for _ in 1..level {
            if let Some((above, _)) = base.rsplit_once('.') {
                base = above;
            } else {
                let message = "attempted relative import beyond top-level package".to_owned();
                return Err(self.raise_import("ImportError", "", message, at));
            }
        }
        Ok(Some(if module.is_empty() { base.into() } else { format!("{base}.{module}").into() }))
    }

    /// What `sys.modules` holds under a name.
    pub(crate) fn sys_module(&mut self, name: Sym, at: Place) -> Exec<Option<Value>> {
        let Some(value) = self.state.get(ObjId::SYS_MODULES, name).cloned() else { return Ok(None) };
        let Value::OneOf(alternatives) = &value else { return Ok(Some(value)) };
        // To load what is not read changes nothing: it may as well have been loaded.
        if let [closed @ Value::External(_), Value::Absent] | [Value::Absent, closed @ Value::External(_)] =
            &**alternatives
        {
            let closed = closed.clone();
            self.state.set(ObjId::SYS_MODULES, name, closed.clone());
            return Ok(Some(closed));
        }
        let text = self.text(name);
        let reason = format!("whether `{text}` is loaded here is not known");
        if self.choices_made() >= 8 {
            self.doubt(at, &reason);
            return Ok(alternatives.iter().find(|value| !value.is_absent()).cloned());
        }
        let taken = self.choose(alternatives.len(), at, &reason);
        let value = alternatives[taken].clone();
        self.state.set(ObjId::SYS_MODULES, name, value.clone());
        if value.is_absent() {
            self.forget(name);
            return Ok(None);
        }
        Ok(Some(value))
    }

    /// Takes back all that a module did to itself, where it turns out that it was not loaded.
    fn forget(&mut self, name: Sym) {
        let deleted = self.deleted(name);
        if self.state.get(ObjId::LOADS, deleted).is_some() {
            return;
        }
        let generation = self.generation(name);
        if let Some(object) = self.module_objects.get(&(name, 0)).copied() {
            for bound in self.state.bound(object) {
                self.state.unset(object, bound);
            }
        }
        self.state.unset(ObjId::LOADS, generation);
        self.state.unset(ObjId::LOADS, name);
    }

    fn generation(&mut self, name: Sym) -> Sym {
        let text = format!(" generation {}", self.text(name));
        self.sym(&text)
    }

    fn deleted(&mut self, name: Sym) -> Sym {
        let text = format!(" deleted {}", self.text(name));
        self.sym(&text)
    }

    pub(crate) fn put_sys_module(&mut self, name: Sym, value: Value) {
        self.state.set(ObjId::SYS_MODULES, name, value);
    }

    /// `del sys.modules[name]`
    pub(crate) fn drop_sys_module(&mut self, name: Sym) {
        let deleted = self.deleted(name);
        self.state.set(ObjId::LOADS, deleted, Value::Bool(true));
        self.state.unset(ObjId::SYS_MODULES, name);
        self.state.unset(ObjId::LOADS, name);
    }

    /// `name in sys.modules`, as code asks.
    pub(crate) fn is_in_sys_modules(&mut self, name: Sym, at: Place) -> Exec<bool> {
        if self.sys_module(name, at)?.is_some() {
            return Ok(true);
        }
        let text = self.text(name);
        if matches!(self.modules.find(&text), Found::Closed) {
            return Ok(match &*text {
                "sys" | "builtins" | "os" | "io" | "abc" | "codecs" | "encodings" | "posix" | "stat" => true,
                _ => self.choose(2, at, &format!("whether `{text}` is loaded here is not known")) == 0,
            });
        }
        Ok(false)
    }

    /// `importlib.import_module(name)`, once the name is absolute: all of the path is loaded, and the last of it returned.
    pub(crate) fn import_name(&mut self, name: &str, cause: &Cause, at: Place) -> Exec<Value> {
        let symbol = self.sym(name);
        match self.sys_module(symbol, at)? {
            Some(Value::None) => {
                let message = format!("import of {name} halted; None in sys.modules");
                Err(self.raise_import("ModuleNotFoundError", name, message, at))
            }
            Some(value) => Ok(value),
            None => self.deeper(at, |machine| machine.find_and_load(name, symbol, cause, at)),
        }
    }

    fn find_and_load(&mut self, name: &str, symbol: Sym, cause: &Cause, at: Place) -> Exec<Value> {
        let mut path_changed = false;
        if let Some((parent, _)) = name.rsplit_once('.') {
            let parent_symbol = self.sym(parent);
            if self.sys_module(parent_symbol, at)?.is_none() {
                let cause = Cause { why: Why::Ancestor, ..cause.clone() };
                self.import_name(parent, &cause, at)?;
            }
            // Whatever the package has put there, `None` included.
            if let Some(value) = self.sys_module(symbol, at)? {
                return Ok(value);
            }
            let Some(package) = self.sys_module(parent_symbol, at)? else {
                return Err(self.raise("KeyError", format!("'{parent}'"), at));
            };
            path_changed = match self.search_path(package, at)? {
                SearchPath::None => {
                    let message = format!("No module named '{name}'; '{parent}' is not a package");
                    return Err(self.raise_import("ModuleNotFoundError", name, message, at));
                }
                SearchPath::Empty => {
                    let message = format!("No module named '{name}'");
                    return Err(self.raise_import("ModuleNotFoundError", name, message, at));
                }
                SearchPath::Own => false,
                SearchPath::Other => true,
            };
        } else if name.is_empty() {
            return Err(self.raise("ValueError", "Empty module name", at));
        }
        let found = self.modules.find(name);
        if path_changed {
            self.may_raise(at, "where the package looks for its modules is not known")?;
        }
        let value = match found {
            Found::Source { source, is_package } => {
                self.load_source(name, symbol, source, is_package, cause, at)?
            }
            Found::Namespace => {
                let object = self.start_module(name, symbol, None, true);
                self.record(symbol, cause, None, false);
                self.state.set(ObjId::SYS_MODULES, symbol, Value::Object(object));
                Value::Object(object)
            }
            Found::Closed => self.load_closed(symbol, cause),
            Found::Unknown => self.load_uncertain(name, symbol, cause, at)?,
            Found::Absent => {
                let changed = self.state.get(ObjId::MACHINE, Sym::PATHS).is_some();
                if !changed {
                    let message = format!("No module named '{name}'");
                    return Err(self.raise_import("ModuleNotFoundError", name, message, at));
                }
                self.load_uncertain(name, symbol, cause, at)?
            }
        };
        if let Some((parent, child)) = name.rsplit_once('.') {
            let parent_symbol = self.sym(parent);
            let child = self.sym(child);
            match self.sys_module(parent_symbol, at)? {
                None => return Err(self.raise("KeyError", format!("'{parent}'"), at)),
                Some(Value::Object(object)) => self.state.set(object, child, value.clone()),
                Some(_) => {}
            }
        }
        Ok(value)
    }

    /// Where a package looks for its modules.
    fn search_path(&mut self, package: Value, at: Place) -> Exec<SearchPath> {
        let path = match &package {
            Value::External(_) => return Ok(SearchPath::Own),
            Value::None => return Ok(SearchPath::None),
            Value::Object(_) => match self.attribute(package, Sym::PATH, at) {
                Ok(path) => path,
                Err(Stop::Raised(raised)) if self.is_builtin_raised(&raised.value, "AttributeError") => {
                    return Ok(SearchPath::None);
                }
                Err(stop) => return Err(stop),
            },
            Value::Unknown | Value::OneOf(_) => return Ok(SearchPath::Other),
            _ => return Ok(SearchPath::None),
        };
        Ok(match self.force(path, at) {
            Value::External(path) if path == Sym::PATH => SearchPath::Own,
            Value::Object(id) if matches!(self.object(id), Object::List) => match self.content(id, at) {
                Some(items) if items.is_empty() => SearchPath::Empty,
                Some(items) if items.first() == Some(&Value::External(Sym::PATH)) => SearchPath::Own,
                _ => SearchPath::Other,
            },
            Value::Tuple(items) if items.is_empty() => SearchPath::Empty,
            Value::External(_) => SearchPath::Own,
            _ => SearchPath::Other,
        })
    }

    /// A module that may not be installed.
    fn load_uncertain(&mut self, name: &str, symbol: Sym, cause: &Cause, at: Place) -> Exec<Value> {
        let known = self.state.get(ObjId::INSTALLED, symbol).cloned();
        let there = if let Some(Value::Bool(there)) = known {
            there
        } else {
            let there = self.choose(2, at, &format!("whether `{name}` is installed is not known")) == 0;
            self.state.set(ObjId::INSTALLED, symbol, Value::Bool(there));
            there
        };
        if there {
            return Ok(self.load_closed(symbol, cause));
        }
        Err(self.raise_import("ModuleNotFoundError", name, format!("No module named '{name}'"), at))
    }

    fn load_closed(&mut self, symbol: Sym, cause: &Cause) -> Value {
        self.record(symbol, cause, None, true);
        let value = Value::External(symbol);
        self.state.set(ObjId::SYS_MODULES, symbol, value.clone());
        value
    }

    /// The object of a module that begins to be loaded, with what `importlib` sets.
    fn start_module(&mut self, name: &str, symbol: Sym, source: Option<SourceId>, is_package: bool) -> ObjId {
        let counter = self.generation(symbol);
        let generation = match self.state.get(ObjId::LOADS, counter) {
            Some(Value::Int(generation)) => *generation,
            _ => 0,
        };
        self.state.set(ObjId::LOADS, counter, Value::Int(generation + 1));
        let object = if let Some(known) = self.module_objects.get(&(symbol, generation)) {
            *known
        } else {
            let object = self.push(Object::Module(ModuleObject { name: name.into(), source }));
            self.module_objects.insert((symbol, generation), object);
            object
        };
        self.state.set(object, Sym::MADE, Value::Bool(true));
        let package =
            if is_package { name } else { name.rsplit_once('.').map_or("", |(package, _)| package) };
        self.state.set(object, Sym::NAME, Value::str(name));
        self.state.set(object, Sym::PACKAGE, Value::str(package));
        self.state.set(object, Sym::SPEC, Value::external());
        self.state.set(object, Sym::DOC, Value::external());
        let loader = self.sym("__loader__");
        self.state.set(object, loader, Value::external());
        let builtins = self.sym("__builtins__");
        self.state.set(object, builtins, Value::external());
        if source.is_some() {
            self.state.set(object, Sym::FILE, Value::external());
            let cached = self.sym("__cached__");
            self.state.set(object, cached, Value::external());
        }
        if is_package {
            self.state.set(object, Sym::PATH, Value::External(Sym::PATH));
        }
        object
    }

    fn record(&mut self, symbol: Sym, cause: &Cause, source: Option<SourceId>, is_closed: bool) {
        let sequence = match self.state.get(ObjId::LOADS, Sym::SEQUENCE) {
            Some(Value::Int(sequence)) => *sequence,
            _ => 0,
        };
        self.state.set(ObjId::LOADS, Sym::SEQUENCE, Value::Int(sequence + 1));
        let module = self.text(symbol);
        let record = Record { module, cause: cause.clone(), source, is_closed, sequence };
        let known = self.loads.iter().rposition(|known| {
            known.sequence == sequence && known.module == record.module && known.cause == record.cause
        });
        let number = known.unwrap_or_else(|| {
            self.loads.push(record);
            self.loads.len() - 1
        });
        self.state.set(ObjId::LOADS, symbol, Value::Int(number as i64));
    }

    fn load_source(
        &mut self,
        name: &str,
        symbol: Sym,
        source: SourceId,
        is_package: bool,
        cause: &Cause,
        at: Place,
    ) -> Exec<Value> {
        let object = self.start_module(name, symbol, Some(source), is_package);
        self.state.set(ObjId::SYS_MODULES, symbol, Value::Object(object));
        self.record(symbol, cause, Some(source), false);
        let trees = self.trees;
        let tree = trees.module(self.modules, source);
        let result = match tree.suite() {
            None => Err(self.raise("SyntaxError", "invalid syntax", at)),
            Some(suite) => {
                let scope = Scope {
                    source,
                    globals: object,
                    locals: object,
                    kind: ScopeKind::Module,
                    frame: None,
                    class: None,
                    receiver: None,
                    caller: None,
                    postpones_annotations: tree.postpones_annotations,
                };
                self.running.push(Running { object, module: name.into(), cause: cause.clone(), at: None });
                // The body of a module may run for as long as it likes, whoever imports it.
                let fuel = self.call_fuel.take();
                let result = self.explore(|machine| machine.body(suite, &scope));
                self.call_fuel = fuel;
                self.running.pop();
                result
            }
        };
        match result {
            Ok(_) => match self.sys_module(symbol, at)? {
                Some(value) => Ok(value),
                None => Err(self.raise("KeyError", format!("'{name}'"), at)),
            },
            Err(Stop::Raised(raised)) => {
                self.drop_sys_module(symbol);
                Err(Stop::Raised(raised))
            }
            Err(stop) => Err(stop),
        }
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
                if has != Some(true) && self.modules.find(&full) == Found::Closed {
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
                        continue;
                    };
                    let mut listed = Vec::new();
                    for name in all {
                        match name {
                            Value::Str(text) if &*text != "*" => listed.push(self.sym(&text)),
                            Value::Str(_) => {}
                            Value::External(_) | Value::Unknown => {
                                self.doubt(at, "what `__all__` names is not known");
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
                continue;
            }
            let base = self.attribute(module.clone(), Sym::NAME, at)?;
            let Value::Str(base) = self.force(base, at) else {
                self.doubt(at, "the name of the package is not known");
                continue;
            };
            let full = format!("{base}.{text}");
            match self.import_name(&full, cause, at) {
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
            let is_uncertain = self.catching > 0
                && self.is_module_path(self.symbols.find(&path).unwrap_or(Sym::EMPTY))
                && self.modules.has_member(&path, &text).is_none();
            if is_uncertain {
                let there = match self.state.get(ObjId::INSTALLED, symbol) {
                    Some(Value::Bool(there)) => *there,
                    _ => {
                        let there =
                            self.choose(2, at, &format!("whether `{path}` has `{text}` is not known")) == 0;
                        self.state.set(ObjId::INSTALLED, symbol, Value::Bool(there));
                        there
                    }
                };
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

    fn import_star(&mut self, module: &Value, scope: &Scope, at: Place) -> Exec<()> {
        let module = self.force(module.clone(), at);
        match &module {
            Value::External(path) => {
                let star = self.sym(" star");
                let mut known = match self.state.get(scope.locals, star) {
                    Some(Value::Tuple(known)) => known.to_vec(),
                    _ => Vec::new(),
                };
                if !known.contains(&module) {
                    known.push(Value::External(*path));
                    self.state.set(scope.locals, star, Value::tuple(known));
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
        let star = self.sym(" star");
        if let Some(more) = self.state.get(object, star).cloned() {
            self.state.set(scope.locals, star, more);
        }
        if self.is_opaque(object) {
            self.make_opaque(scope.locals);
        }
        Ok(())
    }

    /// From here on, an object may have names that are not known.
    pub(crate) fn make_opaque(&mut self, object: ObjId) {
        self.state.set(object, Sym::OPAQUE, Value::Bool(true));
    }

    pub(crate) fn is_opaque(&self, object: ObjId) -> bool {
        let star = self.symbols.find(" star");
        self.state.get(object, Sym::OPAQUE).is_some()
            || star.is_some_and(|star| self.state.get(object, star).is_some())
    }

    /// A name that is not bound as far as is known, of an object that may have more.
    pub(crate) fn opaque_name(&mut self, object: ObjId, name: Sym, at: Place) -> Exec<Option<Value>> {
        let text = self.text(name);
        let star = self.sym(" star");
        if let Some(Value::Tuple(sources)) = self.state.get(object, star).cloned()
            && !text.starts_with('_')
        {
            for source in sources.iter() {
                let Value::External(path) = source else { continue };
                let path = self.text(*path);
                if self.modules.has_member(&path, &text) != Some(false) {
                    let full = self.sym(&format!("{path}.{text}"));
                    return Ok(Some(Value::External(full)));
                }
            }
        }
        if self.state.get(object, Sym::OPAQUE).is_some() {
            self.may_raise(at, &format!("whether `{text}` is bound here is not known"))?;
            return Ok(Some(Value::Unknown));
        }
        Ok(None)
    }

    /// Calls that import, whose meaning depends on who calls. Nothing for every other call.
    pub(crate) fn call_importing(
        &mut self,
        function: &Value,
        arguments: &Arguments,
        scope: &Scope,
        at: Place,
    ) -> Exec<Option<Value>> {
        let path: Rc<str> = match function {
            Value::Builtin(name) => (*name).into(),
            Value::External(path) => self.text(*path),
            _ => return Ok(None),
        };
        let argument = |machine: &mut Self, position: usize, name: &str| {
            let name = machine.sym(name);
            arguments.get(position).or_else(|| arguments.keyword(name)).cloned()
        };
        match &*path {
            "importlib.import_module" => {
                let name = argument(self, 0, "name");
                let name = name.map(|name| self.force(name, at));
                let package = argument(self, 1, "package");
                let package = package.map(|package| self.force(package, at));
                let name = match name {
                    Some(Value::Str(name)) => name,
                    Some(Value::External(_) | Value::Unknown) => return self.import_unknown(at).map(Some),
                    _ => {
                        return Err(self.raise(
                            "TypeError",
                            "import_module() needs the name of a module",
                            at,
                        ));
                    }
                };
                let level = name.bytes().take_while(|byte| *byte == b'.').count();
                let full: Rc<str> = if level == 0 {
                    name
                } else {
                    let package = match package {
                        Some(Value::Str(package)) if !package.is_empty() => package,
                        Some(Value::External(_) | Value::Unknown) => {
                            return self.import_unknown(at).map(Some);
                        }
                        _ => {
                            let message = format!(
                                "the 'package' argument is required to perform a relative import for '{name}'"
                            );
                            return Err(self.raise("TypeError", message, at));
                        }
                    };
                    let mut base: &str = &package;
                    for _ in 1..level {
                        if let Some((above, _)) = base.rsplit_once('.') {
                            base = above;
                        } else {
                            let message = "attempted relative import beyond top-level package".to_owned();
                            return Err(self.raise_import("ImportError", "", message, at));
                        }
                    }
                    let rest = &name[level..];
                    if rest.is_empty() { base.into() } else { format!("{base}.{rest}").into() }
                };
                let cause = self.asked(scope, at, Why::Named);
                self.import_name(&full, &cause, at).map(Some)
            }
            "__import__" | "importlib.__import__" => {
                let name = argument(self, 0, "name");
                let level = argument(self, 4, "level");
                let list = argument(self, 3, "fromlist");
                let name = name.map(|name| self.force(name, at));
                let Some(Value::Str(name)) = name else { return self.import_unknown(at).map(Some) };
                let level = match level {
                    None => 0,
                    Some(Value::Int(level)) => u32::try_from(level).unwrap_or(0),
                    Some(_) => return self.import_unknown(at).map(Some),
                };
                let Some(full) = self.absolute(&name, level, scope, at)? else {
                    return Ok(Some(Value::Unknown));
                };
                let cause = self.asked(scope, at, Why::Named);
                let value = self.import_name(&full, &cause, at)?;
                let names = match list {
                    None | Some(Value::None) => Some(Vec::new()),
                    Some(list) => self.items(list, at)?,
                };
                match names {
                    Some(names) if names.is_empty() => {
                        if level > 0 {
                            // The first part of what was written, below the package.
                            let written = name.split('.').next().unwrap_or_default();
                            let cut = name.len() - written.len();
                            let top = full[..full.len() - cut].to_owned();
                            return self.import_name(&top, &cause, at).map(Some);
                        }
                        let top = full.split('.').next().unwrap_or_default().to_owned();
                        self.import_name(&top, &cause, at).map(Some)
                    }
                    Some(names) => {
                        let mut listed = Vec::new();
                        for name in names {
                            if let Value::Str(name) = name {
                                listed.push(self.sym(&name));
                            }
                        }
                        self.import_list(&value, &listed, &cause, at)?;
                        Ok(Some(value))
                    }
                    None => Ok(Some(value)),
                }
            }
            "importlib.reload" => {
                let module = arguments.get(0).cloned().map(|module| self.force(module, at));
                match module {
                    Some(Value::Object(object)) => {
                        let Object::Module(module) = self.object(object).clone() else {
                            return Err(self.raise("TypeError", "reload() argument must be a module", at));
                        };
                        let symbol = self.sym(&module.name);
                        if self.sys_module(symbol, at)? != Some(Value::Object(object)) {
                            let message = format!("module {} not in sys.modules", module.name);
                            return Err(self.raise_import("ImportError", &module.name, message, at));
                        }
                        self.reload(object, &module, at)?;
                        Ok(Some(Value::Object(object)))
                    }
                    Some(Value::External(_)) => Ok(module),
                    Some(Value::Unknown) => self.import_unknown(at).map(Some),
                    _ => Err(self.raise("TypeError", "reload() argument must be a module", at)),
                }
            }
            "pkgutil.iter_modules" => {
                let prefix = argument(self, 1, "prefix");
                let path = argument(self, 0, "path");
                let path = path.map(|path| self.force(path, at));
                let own = self.state.get(scope.globals, Sym::PATH) == Some(&Value::External(Sym::PATH));
                let prefix: Rc<str> = match prefix {
                    None => "".into(),
                    Some(Value::Str(prefix)) => prefix,
                    Some(_) => return Ok(Some(Value::external())),
                };
                // Only the path of the package that asks is known.
                if path != Some(Value::External(Sym::PATH)) || !own {
                    return Ok(Some(Value::external()));
                }
                let package = self.module_name(scope.globals);
                let finder = Value::External(self.sym("importlib.machinery.FileFinder"));
                let mut found = Vec::new();
                for child in self.modules.children(&package) {
                    let is_package = match self.modules.find(&format!("{package}.{child}")) {
                        Found::Namespace | Found::Absent => continue,
                        Found::Source { is_package, .. } => is_package,
                        Found::Closed | Found::Unknown => false,
                    };
                    let name = Value::str(&format!("{prefix}{child}"));
                    found.push(Value::tuple(vec![finder.clone(), name, Value::Bool(is_package)]));
                }
                Ok(Some(self.iterator(Some(found))))
            }
            "importlib.util.find_spec" => {
                let name = arguments.get(0).cloned().map(|name| self.force(name, at));
                let Some(Value::Str(name)) = name else { return Ok(Some(Value::external())) };
                if name.starts_with('.') {
                    return Ok(Some(Value::external()));
                }
                let symbol = self.sym(&name);
                match self.sys_module(symbol, at)? {
                    Some(Value::None) => return Ok(Some(Value::None)),
                    Some(_) => {
                        let spec = self.sym("importlib.machinery.ModuleSpec");
                        return Ok(Some(Value::External(spec)));
                    }
                    None => {}
                }
                if let Some((parent, _)) = name.rsplit_once('.') {
                    let cause = self.asked(scope, at, Why::Ancestor);
                    let package = self.import_name(parent, &cause, at)?;
                    if matches!(self.search_path(package, at)?, SearchPath::None) {
                        let message = format!(
                            "__path__ attribute not found on '{parent}' while trying to find '{name}'"
                        );
                        return Err(self.raise_import("ModuleNotFoundError", &name, message, at));
                    }
                }
                let there = match self.modules.find(&name) {
                    Found::Absent => false,
                    Found::Unknown => {
                        if let Some(Value::Bool(there)) = self.state.get(ObjId::INSTALLED, symbol) {
                            *there
                        } else {
                            let reason = format!("whether `{name}` is installed is not known");
                            let there = self.choose(2, at, &reason) == 0;
                            self.state.set(ObjId::INSTALLED, symbol, Value::Bool(there));
                            there
                        }
                    }
                    _ => true,
                };
                if there {
                    let spec = self.sym("importlib.machinery.ModuleSpec");
                    return Ok(Some(Value::External(spec)));
                }
                Ok(Some(Value::None))
            }
            _ => Ok(None),
        }
    }

    fn import_unknown(&mut self, at: Place) -> Exec<Value> {
        self.may_raise(at, "which module this imports is not known")?;
        Ok(Value::Unknown)
    }

    fn reload(&mut self, object: ObjId, module: &ModuleObject, at: Place) -> Exec<()> {
        let Some(source) = module.source else { return Ok(()) };
        let trees = self.trees;
        let tree = trees.module(self.modules, source);
        let Some(suite) = tree.suite() else { return Err(self.raise("SyntaxError", "invalid syntax", at)) };
        let scope = Scope {
            source,
            globals: object,
            locals: object,
            kind: ScopeKind::Module,
            frame: None,
            class: None,
            receiver: None,
            caller: None,
            postpones_annotations: tree.postpones_annotations,
        };
        let cause = Cause { by: None, at: Some(at), why: Why::Named };
        self.running.push(Running { object, module: Rc::clone(&module.name), cause, at: None });
        let result = self.deeper(at, |machine| machine.explore(|machine| machine.body(suite, &scope)));
        self.running.pop();
        result.map(|_: Flow| ())
    }
}

enum SearchPath {
    /// It is no package.
    None,
    /// Nowhere.
    Empty,
    /// Where it is.
    Own,
    /// Where the program says.
    Other,
}
