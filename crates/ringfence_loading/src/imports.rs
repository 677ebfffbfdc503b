//! Import statements, and what they make CPython do: `importlib._bootstrap`, step by step.

use std::rc::Rc;

use ruff_text_size::{TextRange, TextSize};

use crate::machine::{Exec, Flow, Machine, Running, Scope, ScopeKind, Stop};
use crate::report::{Cause, Certainty, Load, Why};
use crate::symbols::Sym;
use crate::value::{ModuleObject, ObjId, Object, Value};
use crate::{Found, Place, SourceId, standard_library};

/// Tells the `__path__` of a package from other things that are made once for it.
const PATH_RANGE: TextRange = TextRange::new(TextSize::new(1), TextSize::new(1));

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

impl Record {
    /// What is told of it.
    pub(crate) fn load(&self, certainty: Certainty, has_one_cause: bool) -> Load {
        Load {
            module: self.module.to_string(),
            certainty,
            cause: self.cause.clone(),
            has_one_cause,
            source: self.source,
            is_closed: self.is_closed,
        }
    }
}

impl Machine<'_> {
    /// The name under which a module was loaded.
    pub(crate) fn module_name(&self, object: ObjId) -> Rc<str> {
        match self.object(object) {
            Object::Module(module) => Rc::clone(&module.name),
            _ => "".into(),
        }
    }

    /// What `sys.modules` holds under a name.
    pub(crate) fn sys_module(&mut self, name: Sym, at: Place) -> Exec<Option<Value>> {
        let Some(value) = self.state.get(ObjId::SYS_MODULES, name).cloned() else { return Ok(None) };
        let Value::OneOf(alternatives) = &value else { return Ok(Some(value)) };
        // To load what is not read changes nothing: it may as well have been loaded.
        if let [closed @ Value::External(_), Value::Absent] | [Value::Absent, closed @ Value::External(_)] =
            &**alternatives
            && self.modules.find(&self.text(name)) != Found::Unknown
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
        let taken_for_loaded = self.taken_for_loaded(name);
        self.state.set(ObjId::LOADS, taken_for_loaded, Value::Bool(true));
        if matches!(value, Value::External(_)) && self.state.get(ObjId::INSTALLED, name).is_some() {
            self.state.set(ObjId::INSTALLED, name, Value::Bool(true));
        }
        Ok(Some(value))
    }

    /// Takes back all that a module did to itself, where it turns out that it was not loaded.
    pub(crate) fn forget(&mut self, name: Sym) {
        let deleted = self.deleted(name);
        if self.state.get(ObjId::LOADS, deleted).is_some() {
            return;
        }
        if let Some(object) = self.module_objects.get(&(name, 0)).copied() {
            for bound in self.state.bound(object) {
                self.state.unset(object, bound);
            }
        }
        self.state.unset(ObjId::GENERATIONS, name);
        self.state.unset(ObjId::LOADS, name);
    }

    pub(crate) fn deleted(&mut self, name: Sym) -> Sym {
        let text = format!(" deleted {}", self.text(name));
        self.sym(&text)
    }

    /// Where it is kept that a module is loaded on the way that was taken.
    pub(crate) fn taken_for_loaded(&mut self, name: Sym) -> Sym {
        let text = format!(" taken {}", self.text(name));
        self.sym(&text)
    }

    pub(crate) fn put_sys_module(&mut self, name: Sym, value: Value) {
        self.state.set(ObjId::SYS_MODULES, name, value);
    }

    /// `del sys.modules[name]`
    pub(crate) fn drop_sys_module(&mut self, name: Sym) {
        let deleted = self.deleted(name);
        // Something else may come in its place.
        let number = self.state.get(ObjId::LOADS, name).cloned().unwrap_or(Value::Bool(true));
        self.state.set(ObjId::LOADS, deleted, number);
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

    pub(crate) fn find_and_load(&mut self, name: &str, symbol: Sym, cause: &Cause, at: Place) -> Exec<Value> {
        let mut path_changed = false;
        let mut is_assumed = false;
        // Another module in the place of the package: what is found is what is below that one.
        let mut found_as = None;
        if let Some((parent, _)) = name.rsplit_once('.') {
            let parent_symbol = self.sym(parent);
            if self.sys_module(parent_symbol, at)?.is_none() {
                let cause = Cause { why: Why::Ancestor, ..cause.clone() };
                let choices = self.choices_made();
                let package = self.import_name(parent, &cause, at)?;
                if !self.asks_by_function
                    && let Some((top, _)) = parent.split_once('.')
                {
                    self.import_name(top, &cause, at)?;
                }
                // Whoever is taken to be installed has what is asked of it: without it, all goes as without the package.
                is_assumed = matches!(package, Value::External(_)) && self.choices_made() > choices;
            }
            // Whatever the package has put there, `None` included.
            if let Some(value) = self.sys_module(symbol, at)? {
                return Ok(value);
            }
            let Some(package) = self.sys_module(parent_symbol, at)? else {
                return Err(self.raise("KeyError", format!("'{parent}'"), at));
            };
            self.ask_above(parent, &package, at)?;
            if let Value::Object(id) = &package
                && let Object::Module(module) = self.object(*id)
            {
                let real = Rc::clone(&module.name);
                let stands_for = self.stands_for(&real);
                let real = match self.state.get(ObjId::MACHINE, stands_for) {
                    Some(Value::Str(other)) => Rc::clone(other),
                    _ => real,
                };
                if *real != *parent {
                    let (_, child) = name.rsplit_once('.').unwrap_or_default();
                    found_as = Some(format!("{real}.{child}"));
                }
            }
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
        if standard_library::is_always_there(name) {
            // Nobody loads it.
            self.state.set(ObjId::SYS_MODULES, symbol, Value::External(symbol));
            return Ok(Value::External(symbol));
        }
        let found = self.modules.find(found_as.as_deref().unwrap_or(name));
        if let Some(found_as) = found_as {
            let stands_for = self.stands_for(name);
            self.state.set(ObjId::MACHINE, stands_for, Value::str(&found_as));
        }
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
                self.note_loaded(symbol);
                self.state.set(ObjId::SYS_MODULES, symbol, Value::Object(object));
                Value::Object(object)
            }
            Found::Closed => self.load_closed(symbol, cause),
            Found::Unknown if is_assumed => self.load_closed(symbol, cause),
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

    /// Where it is kept which folder or file a module is that was found through another package than its name says.
    fn stands_for(&mut self, name: &str) -> Sym {
        let text = format!(" found as {name}");
        self.sym(&text)
    }

    /// A folder without `__init__` asks the packages around it each time where it is, up to the first that has one.
    fn ask_above(&mut self, package: &str, value: &Value, at: Place) -> Exec<()> {
        let (mut package, mut value) = (package, value.clone());
        while let Some((above, _)) = package.rsplit_once('.')
            && let Value::Object(id) = &value
            && matches!(self.object(*id), Object::Module(module) if *module.name == *package)
            && self.modules.find(package) == Found::Namespace
        {
            let symbol = self.sym(above);
            let Some(next) = self.sys_module(symbol, at)? else {
                return Err(self.raise("KeyError", format!("'{above}'"), at));
            };
            self.attribute(next.clone(), Sym::PATH, at)?;
            (package, value) = (above, next);
        }
        Ok(())
    }

    /// Where a package looks for its modules.
    pub(crate) fn search_path(&mut self, package: Value, at: Place) -> Exec<SearchPath> {
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
                Some(items) if items.contains(&Value::External(Sym::PATH)) => SearchPath::Own,
                _ => SearchPath::Other,
            },
            Value::Tuple(items) if items.is_empty() => SearchPath::Empty,
            Value::External(_) => SearchPath::Own,
            _ => SearchPath::Other,
        })
    }

    /// A module that may not be installed.
    pub(crate) fn load_uncertain(
        &mut self,
        name: &str,
        symbol: Sym,
        cause: &Cause,
        at: Place,
    ) -> Exec<Value> {
        let reason = format!("whether `{name}` is installed is not known");
        let is_said = self.state.get(ObjId::INSTALLED, symbol).is_some();
        if self.catching == 0 && !is_said {
            self.doubt(at, &reason);
            self.state.set(ObjId::INSTALLED, symbol, Value::Bool(true));
        }
        if self.is_there(symbol, at, &reason) {
            return Ok(self.load_closed(symbol, cause));
        }
        Err(self.raise_import("ModuleNotFoundError", name, format!("No module named '{name}'"), at))
    }

    /// Whether there is something of which that is not known: both in turn, and from then on the same.
    pub(crate) fn is_there(&mut self, symbol: Sym, at: Place, reason: &str) -> bool {
        if let Some(Value::Bool(there)) = self.state.get(ObjId::INSTALLED, symbol) {
            return *there;
        }
        let there = self.choose(2, at, reason) == 0;
        self.state.set(ObjId::INSTALLED, symbol, Value::Bool(there));
        there
    }

    pub(crate) fn load_closed(&mut self, symbol: Sym, cause: &Cause) -> Value {
        self.record(symbol, cause, None, true);
        let value = Value::External(symbol);
        self.state.set(ObjId::SYS_MODULES, symbol, value.clone());
        value
    }

    /// The object of a module that begins to be loaded, with what `importlib` sets.
    pub(crate) fn start_module(
        &mut self,
        name: &str,
        symbol: Sym,
        source: Option<SourceId>,
        is_package: bool,
    ) -> ObjId {
        let generation = match self.state.get(ObjId::GENERATIONS, symbol) {
            Some(Value::Int(generation)) => *generation,
            _ => 0,
        };
        self.state.set(ObjId::GENERATIONS, symbol, Value::Int(generation + 1));
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
        let spec = self.sym("importlib.machinery.ModuleSpec");
        self.state.set(object, Sym::SPEC, Value::External(spec));
        self.state.set(object, Sym::DOC, Value::external());
        let loader = self.sym("__loader__");
        self.state.set(object, loader, Value::external());
        let builtins = self.sym("__builtins__");
        self.state.set(object, builtins, Value::external());
        if source.is_some() {
            let file = self.object_of("str");
            self.state.set(object, Sym::FILE, file);
            let cached = self.sym("__cached__");
            self.state.set(object, cached, Value::external());
        } else if is_package {
            self.state.set(object, Sym::FILE, Value::None);
        }
        if is_package {
            let path = self.make_once(object, PATH_RANGE, Object::List);
            self.state.set(path, Sym::MADE, Value::Bool(true));
            self.set_content(path, Some(vec![Value::External(Sym::PATH)]));
            self.state.set(object, Sym::PATH, Value::Object(path));
        }
        object
    }

    /// How many modules have begun to run.
    pub(crate) fn begun(&self) -> i64 {
        match self.state.get(ObjId::LOADS, Sym::SEQUENCE) {
            Some(Value::Int(sequence)) => *sequence,
            _ => 0,
        }
    }

    pub(crate) fn record(&mut self, symbol: Sym, cause: &Cause, source: Option<SourceId>, is_closed: bool) {
        let sequence = self.begun();
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

    /// Keeps that a module has been loaded, even if the way on which it was ends.
    fn note_loaded(&mut self, symbol: Sym) {
        let numbers = match self.state.get(ObjId::LOADS, symbol) {
            Some(Value::OneOf(numbers)) => numbers.to_vec(),
            Some(number) => vec![number.clone()],
            None => Vec::new(),
        };
        for number in numbers {
            if let Value::Int(number) = number {
                self.progress.loaded.entry(symbol).or_insert(number);
            }
        }
    }

    pub(crate) fn load_source(
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
        // The body of a module may run for as long as it likes, whoever imports it.
        let fuel = self.call_fuel.take();
        let result = self.run_module(object, name.into(), source, cause.clone(), at);
        self.call_fuel = fuel;
        if result.is_ok() {
            self.note_loaded(symbol);
        }
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

    /// Executes the code of a module, in its names.
    pub(crate) fn run_module(
        &mut self,
        object: ObjId,
        module: Rc<str>,
        source: SourceId,
        cause: Cause,
        at: Place,
    ) -> Exec<Flow> {
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
        self.running.push(Running { object, module, cause, at: None });
        let asks_by_function = std::mem::take(&mut self.asks_by_function);
        let result = self.explore(|machine| machine.body(suite, &scope));
        self.asks_by_function = asks_by_function;
        self.running.pop();
        result
    }

    /// From here on, an object may have names that are not known.
    pub(crate) fn make_opaque(&mut self, object: ObjId) {
        self.state.set(object, Sym::OPAQUE, Value::Bool(true));
    }

    pub(crate) fn is_opaque(&self, object: ObjId) -> bool {
        self.state.get(object, Sym::OPAQUE).is_some() || self.state.get(object, Sym::STAR).is_some()
    }

    /// A name that is not bound as far as is known, of an object that may have more.
    pub(crate) fn opaque_name(&mut self, object: ObjId, name: Sym, at: Place) -> Exec<Option<Value>> {
        let text = self.text(name);
        if let Some(Value::Tuple(sources)) = self.state.get(object, Sym::STAR).cloned()
            && !text.starts_with('_')
        {
            for source in sources.iter() {
                let Value::External(path) = source else { continue };
                let path = self.text(*path);
                if self.modules.has_member(&path, &text) != Some(false) {
                    // A module that it imports itself is in few `__all__`.
                    if self.modules.find(&text) == Found::Closed {
                        self.may_raise(at, &format!("whether `{text}` is bound here is not known"))?;
                    }
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
}

pub(crate) enum SearchPath {
    /// It is no package.
    None,
    /// Nowhere.
    Empty,
    /// Where it is.
    Own,
    /// Where the program says.
    Other,
}
