//! Calls that import, list modules or load them again.

use crate::arguments::Arguments;
use crate::calls::MODULE_TYPE;
use crate::imports::SearchPath;
use crate::iteration::Next;
use crate::machine::{Exec, Flow, Machine, Scope, Stop};
use crate::report::{Cause, Why};
use crate::symbols::Sym;
use crate::value::{ModuleObject, ObjId, Object, Stream, Value};
use crate::{Found, Place};
use std::rc::Rc;

/// How many modules of a package may be imported by a name that is not known.
const MOST_CHILDREN: usize = 200;

impl Machine<'_> {
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

    /// `importlib.import_module`
    pub(crate) fn import_by_function(&mut self, name: &str, cause: &Cause, at: Place) -> Exec<Value> {
        let before = std::mem::replace(&mut self.asks_by_function, true);
        let result = self.import_name(name, cause, at);
        self.asks_by_function = before;
        result
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
        let path_of_call = Rc::clone(&path);
        match &*path {
            "importlib.import_module" => {
                let name = argument(self, 0, "name");
                let name = name.map(|name| self.force(name, at));
                let package = argument(self, 1, "package");
                let package = package.map(|package| self.force(package, at));
                let name = match name {
                    Some(Value::Str(name)) => name,
                    Some(Value::External(_) | Value::Unknown) => {
                        return self.import_unknown(scope, at).map(Some);
                    }
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
                            return self.import_unknown(scope, at).map(Some);
                        }
                        _ => {
                            let message = format!(
                                "the 'package' argument is required to perform a relative import for '{name}'"
                            );
                            return Err(self.raise("TypeError", message, at));
                        }
                    };
                    let base = self.climb(&package, level as u32, at)?;
                    let rest = &name[level..];
                    if rest.is_empty() { base.into() } else { format!("{base}.{rest}").into() }
                };
                let cause = self.asked(scope, at, Why::Named);
                self.import_by_function(&full, &cause, at).map(Some)
            }
            "__import__" | "importlib.__import__" => {
                let name = argument(self, 0, "name");
                let level = argument(self, 4, "level");
                let list = argument(self, 3, "fromlist");
                let name = name.map(|name| self.force(name, at));
                let Some(Value::Str(name)) = name else { return self.import_unknown(scope, at).map(Some) };
                let level = match level {
                    None => 0,
                    Some(Value::Int(level)) => u32::try_from(level).unwrap_or(0),
                    Some(_) => return self.import_unknown(scope, at).map(Some),
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
                        if !name.contains('.') {
                            return Ok(Some(value));
                        }
                        if level > 0 {
                            // The first part of what was written, below the package.
                            let written = name.split('.').next().unwrap_or_default();
                            let cut = name.len() - written.len();
                            let top = full[..full.len() - cut].to_owned();
                            return self.import_name(&top, &cause, at).map(Some);
                        }
                        match full.split_once('.') {
                            Some((top, _)) => self.import_name(top, &cause, at).map(Some),
                            None => Ok(Some(value)),
                        }
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
                        let module = Value::Object(object);
                        if self.derives_from_library(&module, MODULE_TYPE) {
                            self.doubt(at, "what becomes of a module of a class of its own is not followed");
                            return Ok(Some(module));
                        }
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
                    Some(Value::Unknown) => self.import_unknown(scope, at).map(Some),
                    _ => Err(self.raise("TypeError", "reload() argument must be a module", at)),
                }
            }
            "pkgutil.iter_modules" | "pkgutil.walk_packages" => {
                let prefix = argument(self, 1, "prefix");
                let path = argument(self, 0, "path");
                let path = path.map(|path| self.force(path, at));
                let own = self.state.get(scope.globals, Sym::PATH).cloned();
                let is_whole = match own.clone() {
                    Some(Value::Object(list)) => {
                        self.content(list, at) == Some(vec![Value::External(Sym::PATH)])
                    }
                    _ => false,
                };
                let prefix: Rc<str> = match prefix {
                    None => "".into(),
                    Some(Value::Str(prefix)) => prefix,
                    Some(_) => return Ok(Some(Value::external())),
                };
                // Only the path of the package that asks is known.
                if !is_whole || path != own {
                    return Ok(Some(Value::external()));
                }
                let package = self.module_name(scope.globals);
                let found = self.listed(&package, &prefix);
                if &*path_of_call == "pkgutil.walk_packages" {
                    let walk = self.push(Object::Stream {
                        kind: Stream::Walk,
                        function: Value::Str(package),
                        sources: vec![Value::Str(prefix)],
                    });
                    self.set_content(walk, Some(found));
                    return Ok(Some(Value::Object(walk)));
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
                    Some(value) => {
                        let spec = match self.attribute(value, Sym::SPEC, at) {
                            Err(Stop::Raised(raised))
                                if self.is_builtin_raised(&raised.value, "AttributeError") =>
                            {
                                let message = format!("{name}.__spec__ is not set");
                                return Err(self.raise("ValueError", message, at));
                            }
                            spec => self.force(spec?, at),
                        };
                        if spec == Value::None {
                            return Err(self.raise("ValueError", format!("{name}.__spec__ is None"), at));
                        }
                        let spec = self.sym("importlib.machinery.ModuleSpec");
                        return Ok(Some(Value::External(spec)));
                    }
                    None => {}
                }
                if let Some((parent, _)) = name.rsplit_once('.') {
                    let cause = self.asked(scope, at, Why::Ancestor);
                    let package = self.import_name(parent, &cause, at)?;
                    match self.search_path(package, at)? {
                        SearchPath::None => {
                            let message = format!(
                                "__path__ attribute not found on '{parent}' while trying to find '{name}'"
                            );
                            return Err(self.raise_import("ModuleNotFoundError", &name, message, at));
                        }
                        SearchPath::Empty => return Ok(Some(Value::None)),
                        SearchPath::Other => {
                            self.may_raise(at, "where the package looks for its modules is not known")?;
                            return Ok(Some(Value::Unknown));
                        }
                        SearchPath::Own => {}
                    }
                }
                let there = match self.modules.find(&name) {
                    Found::Absent => false,
                    Found::Unknown => {
                        self.is_there(symbol, at, &format!("whether `{name}` is installed is not known"))
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

    /// What `pkgutil` tells of the modules in a package of ours, in the order of names.
    fn listed(&mut self, package: &str, prefix: &str) -> Vec<Value> {
        let finder = Value::External(self.sym("importlib.machinery.FileFinder"));
        let mut found = Vec::new();
        for child in self.modules.children(package) {
            let is_package = match self.modules.find(&format!("{package}.{child}")) {
                Found::Namespace | Found::Absent => continue,
                Found::Source { is_package, .. } => is_package,
                Found::Closed | Found::Unknown => false,
            };
            let name = Value::str(&format!("{prefix}{child}"));
            found.push(Value::tuple(vec![finder.clone(), name, Value::Bool(is_package)]));
        }
        found
    }

    /// What `pkgutil.walk_packages` gives next. A package is imported once its own entry has been given.
    pub(crate) fn advance_walk(&mut self, id: ObjId, package: &str, prefix: &str, at: Place) -> Exec<Next> {
        let Some(mut rest) = self.content(id, at) else { return Ok(Next::Unknown) };
        if let Some(Value::Str(name)) = self.state.get(id, Sym::RESULT).cloned() {
            self.state.unset(id, Sym::RESULT);
            let by = self.running.last().map(|running| running.module.to_string());
            let cause = Cause { by, at: Some(at), why: Why::Named };
            match self.import_name(&name, &cause, at) {
                Ok(value) => {
                    if matches!(self.search_path(value, at)?, SearchPath::Own) {
                        let full = name
                            .strip_prefix(prefix)
                            .map_or_else(|| name.to_string(), |below| format!("{package}.{below}"));
                        let mut found = self.listed(&full, &format!("{name}."));
                        found.append(&mut rest);
                        rest = found;
                    }
                }
                Err(Stop::Raised(raised)) if self.is_builtin_raised(&raised.value, "ImportError") => {}
                Err(stop) => return Err(stop),
            }
        }
        if rest.is_empty() {
            return Ok(Next::End);
        }
        let next = rest.remove(0);
        if let Value::Tuple(parts) = &next
            && let [_, name, Value::Bool(true)] = &**parts
        {
            self.state.set(id, Sym::RESULT, name.clone());
        }
        self.set_content(id, Some(rest));
        Ok(Next::Item(next))
    }

    /// The import of a module whose name is not known: as likely as not one of those beside whoever asks.
    pub(crate) fn import_unknown(&mut self, scope: &Scope, at: Place) -> Exec<Value> {
        let cause = self.asked(scope, at, Why::Named);
        let module = cause.by.clone().unwrap_or_default();
        let is_package = self.state.get(scope.globals, Sym::PATH).is_some();
        let package =
            if is_package { &*module } else { module.rsplit_once('.').map_or("", |(package, _)| package) };
        if !package.is_empty() {
            self.may_import_below(package, &cause, at)?;
        }
        self.may_raise(at, "which module this imports is not known")?;
        Ok(Value::Unknown)
    }

    /// Each of the modules right below a package may be imported here.
    pub(crate) fn may_import_below(&mut self, package: &str, cause: &Cause, at: Place) -> Exec<()> {
        // Those that do the same would go through all orders.
        if self.may_import_any {
            return Ok(());
        }
        self.may_import_any = true;
        let mut result = Ok(());
        for child in self.modules.children(package).into_iter().take(MOST_CHILDREN) {
            let name = format!("{package}.{child}");
            result = self.may_import(&name, cause, at);
            if result.is_err() {
                break;
            }
        }
        self.may_import_any = false;
        result
    }

    /// Imports a module on one of two ways.
    fn may_import(&mut self, name: &str, cause: &Cause, at: Place) -> Exec<()> {
        let symbol = self.sym(name);
        if self.state.get(ObjId::SYS_MODULES, symbol).is_some() {
            return Ok(());
        }
        let ended = self.explore(|machine| {
            if machine.choose(2, at, "which module this imports is not known") == 1 {
                match machine.import_name(name, cause, at) {
                    Ok(_) | Err(Stop::Raised(_)) => {}
                    Err(stop) => return Err(stop),
                }
            }
            Ok(Flow::Next)
        });
        ended.map(|_| ())
    }

    /// A module that is imported if a package that may have more names than are known does not have this one.
    pub(crate) fn may_import_member(
        &mut self,
        package: &Value,
        name: &str,
        cause: &Cause,
        at: Place,
    ) -> Exec<()> {
        let Value::Object(object) = package else { return Ok(()) };
        let full = format!("{}.{name}", self.module_name(*object));
        let is_there = matches!(self.modules.find(&full), Found::Source { .. } | Found::Namespace);
        if self.is_opaque(*object) && is_there && !self.may_import_any {
            self.may_import_any = true;
            let result = self.may_import(&full, cause, at);
            self.may_import_any = false;
            return result;
        }
        Ok(())
    }

    /// The same, where a star takes what `__all__` of a package names.
    pub(crate) fn may_import_named(&mut self, package: &Value, cause: &Cause, at: Place) -> Exec<()> {
        let Value::Object(object) = package else { return Ok(()) };
        let name = self.module_name(*object);
        let cause = Cause { why: Why::Star, ..cause.clone() };
        self.may_import_below(&name, &cause, at)
    }

    pub(crate) fn reload(&mut self, object: ObjId, module: &ModuleObject, at: Place) -> Exec<()> {
        let Some(source) = module.source else { return Ok(()) };
        // One that is being loaded again is not, once more.
        if self.state.get(object, Sym::RELOADING).is_some() {
            return Ok(());
        }
        if let Some((parent, _)) = module.name.rsplit_once('.') {
            let symbol = self.sym(parent);
            if self.sys_module(symbol, at)?.is_none() {
                let message = format!("parent '{parent}' not in sys.modules");
                return Err(self.raise_import("ImportError", parent, message, at));
            }
        }
        self.state.set(object, Sym::RELOADING, Value::Bool(true));
        let cause = Cause { by: None, at: Some(at), why: Why::Named };
        let name = Rc::clone(&module.name);
        let result = self.deeper(at, |machine| machine.run_module(object, name, source, cause, at));
        self.state.unset(object, Sym::RELOADING);
        result.map(|_| ())
    }
}
