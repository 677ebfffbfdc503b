//! The machine that executes: its objects, the ways that it may go on, and its doubts.
//!
//! Long, as whoever explores ways to go on needs the private parts of what keeps them.

use std::rc::Rc;

use ruff_text_size::TextRange;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::exceptions::Raised;
use crate::generators::Standing;
use crate::names::{Names, is_plain};
use crate::report::{Cause, Doubt, Failure, HalfLoaded, Place, Step};
use crate::state::{Changes, State};
use crate::symbols::{Sym, Symbols};
use crate::trees::Trees;
use crate::value::{ExceptionValue, ObjId, Object, Value};
use crate::{Modules, SourceId};

/// How many statements are executed for one entry.
const FUEL: u64 = 3_000_000;

/// How many more, once something is not known.
const FUEL_IN_DOUBT: u64 = 300_000;

/// How many statements are executed for one call at the level of a module.
pub(crate) const CALL_FUEL: u32 = 4_000;

/// How many ways of going on are followed in one statement.
const MOST_WAYS: usize = 48;

/// The same, once something is not known.
const MOST_WAYS_IN_DOUBT: usize = 12;

/// How deep calls and imports may be nested: about as deep as CPython lets them.
pub(crate) const DEEPEST: usize = 240;

/// How a statement ends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Flow {
    Next,
    Return(Value),
    Break,
    Continue,
}

/// Why an execution does not go on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stop {
    Raised(Raised),
    /// It would take too long, or leads where nothing is known.
    GaveUp,
    /// A call at the level of a module takes so long that it is not followed to its end.
    Abandoned,
}

pub(crate) type Exec<T> = Result<T, Stop>;

/// One end of a statement, with what it changed.
#[derive(Debug, Clone)]
struct Outcome {
    changes: Changes,
    result: Exec<Flow>,
}

/// One of several ways of going on.
#[derive(Debug, Clone)]
struct Choice {
    taken: usize,
    count: usize,
    /// The ends to choose from, and which statement of those that were explored has them.
    outcomes: Option<(usize, Rc<Vec<Outcome>>)>,
    doubt: Option<Doubt>,
}

/// The choices that one statement has met so far.
#[derive(Debug, Default)]
struct Exploration {
    choices: Vec<Choice>,
    position: usize,
    /// How many statements inside it have been explored.
    explored: usize,
}

impl Exploration {
    /// Goes from the beginning, the way that is next.
    fn start(&mut self) {
        self.position = 0;
        self.explored = 0;
    }

    /// Turns to the next way; false once there is none.
    fn turn(&mut self) -> bool {
        while let Some(last) = self.choices.last_mut() {
            last.taken += 1;
            if last.taken < last.count {
                break;
            }
            self.choices.pop();
        }
        !self.choices.is_empty()
    }
}

/// What has been loaded when something is met that is not known.
#[derive(Debug, Clone)]
pub(crate) struct FirstDoubt {
    /// How many modules have begun to run.
    pub(crate) sequence: i64,
    /// Those that run.
    pub(crate) running: Vec<Rc<str>>,
}

/// What is known of the run so far, beside its state.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    /// How many more statements may be executed.
    fuel: u64,
    pub(crate) doubts: Vec<Doubt>,
    /// What was being loaded at the first doubt.
    pub(crate) first_doubt: Option<FirstDoubt>,
    /// Why the ways that were met last do not end alike.
    pub(crate) unsettled: Vec<Doubt>,
    /// Whether nothing but imports is executed any more.
    pub(crate) skims: bool,
    /// How often something was given up, and what follows after it executed.
    pub(crate) given_up: usize,
    /// The modules that were loaded on some way, with the number of where each began.
    pub(crate) loaded: FxHashMap<Sym, i64>,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            fuel: FUEL,
            doubts: Vec::new(),
            first_doubt: None,
            unsettled: Vec::new(),
            skims: false,
            given_up: 0,
            loaded: FxHashMap::default(),
        }
    }
}

/// How deep everything is nested at some point.
#[derive(Debug)]
pub(crate) struct Levels {
    depth: usize,
    catching: usize,
    running: usize,
    yields: usize,
    handled: usize,
}

/// A module that is being executed.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pub(crate) object: ObjId,
    pub(crate) module: Rc<str>,
    pub(crate) cause: Cause,
    /// The statement of its body that is being executed.
    pub(crate) at: Option<Place>,
}

/// Where code stands, and what its names mean.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    pub(crate) source: SourceId,
    pub(crate) globals: ObjId,
    /// Where names are bound.
    pub(crate) locals: ObjId,
    pub(crate) kind: ScopeKind,
    /// The frame of the innermost function around it, or its own.
    pub(crate) frame: Option<ObjId>,
    /// The class whose body it stands in, or whose method it is.
    pub(crate) class: Option<ObjId>,
    /// The first argument of a method.
    pub(crate) receiver: Option<Value>,
    /// The call that runs a text: where its errors are.
    pub(crate) caller: Option<Place>,
    pub(crate) postpones_annotations: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum ScopeKind {
    Module,
    Class,
    Function(Rc<Names>),
}

impl Scope {
    pub(crate) fn place(&self, range: TextRange) -> Place {
        self.caller.unwrap_or(Place { source: self.source, range })
    }
}

/// What kind of thing is made at a place, so that things of one place are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Made {
    Frame,
    Function,
    Class,
    Instance,
    Container,
    Module,
    View,
    Wrapper,
}

pub(crate) struct Machine<'a> {
    pub(crate) modules: &'a dyn Modules,
    pub(crate) trees: &'a Trees,
    pub(crate) symbols: Symbols,
    pub(crate) state: State,
    objects: Vec<Object<'a>>,
    /// What was made at a place, by the frame that made it, and for the how manieth time.
    made: FxHashMap<(ObjId, TextRange, Made, u32), Vec<ObjId>>,
    counts: FxHashMap<(TextRange, Made), Sym>,
    exploration: Exploration,
    pub(crate) progress: Progress,
    /// How many statements may be executed for a call at the level of a module, and what that calls.
    pub(crate) call_fuel: Option<u32>,
    /// How deep calls and imports are nested.
    pub(crate) depth: usize,
    /// How many blocks are around that catch something.
    pub(crate) catching: usize,
    pub(crate) running: Vec<Running>,
    /// Whether nothing is executed any more once something is not known.
    pub(crate) stops_at_doubt: bool,
    /// Whether a module is being imported that may be another one.
    pub(crate) may_import_any: bool,
    /// Whether `importlib.import_module` asks for what is being imported: a statement asks for the package at the top, too.
    pub(crate) asks_by_function: bool,
    pub(crate) loads: Vec<crate::imports::Record>,
    /// By name and how often it was begun before.
    pub(crate) module_objects: FxHashMap<(Sym, i64), ObjId>,
    pub(crate) names: FxHashMap<(SourceId, TextRange), Rc<Names>>,
    /// Functions that are not followed, as a call of them took too long.
    pub(crate) too_long: FxHashSet<(SourceId, TextRange)>,
    /// What the generators that are being run have yielded.
    pub(crate) yields: Vec<Vec<Value>>,
    /// The classes whose metaclasses are being called, with the keywords of each.
    pub(crate) making: Vec<(ObjId, Vec<(Sym, Value)>)>,
    /// The exceptions that are being handled.
    pub(crate) handled: Vec<Raised>,
    /// Where generators have been left.
    pub(crate) standing: Vec<Standing<'a>>,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(modules: &'a dyn Modules, trees: &'a Trees) -> Self {
        let mut objects = vec![Object::Ours; 5];
        objects[ObjId::SYS_MODULES.0 as usize] = Object::View(ObjId::SYS_MODULES);
        Self {
            modules,
            trees,
            symbols: Symbols::new(),
            state: State::default(),
            objects,
            made: FxHashMap::default(),
            counts: FxHashMap::default(),
            exploration: Exploration::default(),
            progress: Progress::default(),
            call_fuel: None,
            depth: 0,
            catching: 0,
            running: Vec::new(),
            stops_at_doubt: false,
            may_import_any: false,
            asks_by_function: false,
            loads: Vec::new(),
            module_objects: FxHashMap::default(),
            names: FxHashMap::default(),
            too_long: FxHashSet::default(),
            yields: Vec::new(),
            making: Vec::new(),
            handled: Vec::new(),
            standing: Vec::new(),
        }
    }

    /// Goes on from what is known: of a fresh process, or after the packages around an entry.
    pub(crate) fn start_entry(&mut self, known: Option<&Progress>) {
        self.progress = known.cloned().unwrap_or_default();
        self.call_fuel = None;
        self.exploration = Exploration::default();
        self.depth = 0;
        self.catching = 0;
        self.running.clear();
        self.may_import_any = false;
        self.asks_by_function = false;
        self.yields.clear();
        self.making.clear();
        self.handled.clear();
    }

    pub(crate) fn object(&self, id: ObjId) -> &Object<'a> {
        &self.objects[id.0 as usize]
    }

    pub(crate) fn sym(&mut self, text: &str) -> Sym {
        self.symbols.intern(text)
    }

    pub(crate) fn text(&self, symbol: Sym) -> Rc<str> {
        Rc::clone(self.symbols.text(symbol))
    }

    /// Something new, made by this code at this place. On every way to go on that makes the same there, it is the same.
    pub(crate) fn make(&mut self, by: ObjId, at: TextRange, kind: Made, object: Object<'a>) -> ObjId {
        let counter = if let Some(known) = self.counts.get(&(at, kind)) {
            *known
        } else {
            let name = format!(" made {}-{} {kind:?}", at.start().to_u32(), at.end().to_u32());
            let symbol = self.symbols.intern(&name);
            self.counts.insert((at, kind), symbol);
            symbol
        };
        let times = match self.state.get(by, counter) {
            Some(Value::Int(times)) => *times,
            // Ways that were taken together: none of the things made so far.
            Some(Value::OneOf(counts)) => counts
                .iter()
                .map(|count| if let Value::Int(count) = count { *count } else { 0 })
                .max()
                .unwrap_or(0),
            _ => 0,
        };
        self.state.set(by, counter, Value::Int(times + 1));
        let key = (by, at, kind, times as u32);
        let known = self.made.get(&key).into_iter().flatten();
        if let Some(same) = known.copied().find(|known| is_same(self.object(*known), &object)) {
            self.state.set(same, Sym::MADE, Value::Bool(true));
            return same;
        }
        let id = self.push(object);
        self.made.entry(key).or_default().push(id);
        id
    }

    /// Something that is made once for an object.
    pub(crate) fn make_once(&mut self, of: ObjId, at: TextRange, object: Object<'a>) -> ObjId {
        let key = (of, at, Made::View, 0);
        if let Some(known) = self.made.get(&key).and_then(|made| made.first()) {
            return *known;
        }
        let id = self.push(object);
        self.made.insert(key, vec![id]);
        id
    }

    /// Something new that is never the same as another.
    pub(crate) fn push(&mut self, object: Object<'a>) -> ObjId {
        let id = ObjId(self.objects.len() as u32);
        self.objects.push(object);
        self.state.set(id, Sym::MADE, Value::Bool(true));
        id
    }

    /// Takes one of `count` ways; sooner or later, all of them.
    pub(crate) fn choose(&mut self, count: usize, at: Place, reason: &str) -> usize {
        let doubt = Doubt { at, reason: reason.to_owned() };
        self.choose_from(count, None, Some(doubt))
    }

    fn choose_from(
        &mut self,
        count: usize,
        outcomes: Option<(usize, Rc<Vec<Outcome>>)>,
        doubt: Option<Doubt>,
    ) -> usize {
        // Whatever way is taken, the imports are the same.
        if self.progress.skims {
            return 0;
        }
        let Exploration { choices, position, .. } = &mut self.exploration;
        if *position == choices.len() {
            choices.push(Choice { taken: 0, count, outcomes, doubt });
        }
        let taken = choices[*position].taken;
        *position += 1;
        taken.min(count - 1)
    }

    /// How many choices the statement in hand has met.
    pub(crate) fn choices_made(&self) -> usize {
        self.exploration.position
    }

    /// Executes something on every way that it may go, and takes together what ends alike.
    pub(crate) fn explore(&mut self, run: impl FnMut(&mut Self) -> Exec<Flow>) -> Exec<Flow> {
        self.explore_ways(run, false)
    }

    /// The same for a statement of a module. Where it may raise and nothing catches that, the import may fail: that is
    /// a doubt, and what else is to be known follows from the ways that do not raise.
    pub(crate) fn explore_statement(&mut self, run: impl FnMut(&mut Self) -> Exec<Flow>) -> Exec<Flow> {
        let is_caught = self.catching > 0;
        self.explore_ways(run, !is_caught)
    }

    fn explore_ways(&mut self, mut run: impl FnMut(&mut Self) -> Exec<Flow>, goes_on: bool) -> Exec<Flow> {
        self.exploration.explored += 1;
        let number = self.exploration.explored;
        let position = self.exploration.position;
        if let Some(choice) = self.exploration.choices.get(position)
            && let Some((of, outcomes)) = &choice.outcomes
            && *of == number
        {
            let outcome = outcomes[choice.taken].clone();
            self.exploration.position += 1;
            self.state.apply(&outcome.changes);
            return outcome.result;
        }
        let mark = self.state.mark();
        let levels = self.levels();
        let yields = self.yields.clone();
        let around = std::mem::take(&mut self.exploration);
        let mut outcomes: Vec<Outcome> = Vec::new();
        let mut doubts: Vec<Doubt> = Vec::new();
        loop {
            self.exploration.start();
            let result = run(self);
            let at_once = self.exploration.choices.is_empty() && outcomes.is_empty();
            if at_once || matches!(result, Err(Stop::GaveUp | Stop::Abandoned)) {
                self.exploration = around;
                return result;
            }
            for choice in &self.exploration.choices {
                if let Some(doubt) = &choice.doubt
                    && !doubts.contains(doubt)
                {
                    doubts.push(doubt.clone());
                }
            }
            outcomes.push(Outcome { changes: self.state.changes_since(mark), result });
            self.state.roll_back(mark);
            self.return_to(&levels);
            self.yields.clone_from(&yields);
            if !self.exploration.turn() {
                break;
            }
            // Once something is not known, precision is worth less.
            let most = if self.progress.doubts.is_empty() { MOST_WAYS } else { MOST_WAYS_IN_DOUBT };
            if outcomes.len() >= most {
                let reason = "there are too many ways to go on".to_owned();
                if let Some(doubt) = doubts.first() {
                    self.doubt(doubt.at, &reason);
                }
                break;
            }
        }
        self.exploration = around;
        let mut groups: Vec<(Exec<Flow>, Vec<Changes>)> = Vec::new();
        for Outcome { changes, result } in outcomes {
            match groups.iter_mut().find(|(other, _)| ends_alike(other, &result)) {
                Some((known, others)) => {
                    if let (Ok(Flow::Return(known)), Ok(Flow::Return(value))) = (known, result) {
                        *known = Value::one_of([known.clone(), value]);
                    }
                    others.push(changes);
                }
                None => groups.push((result, vec![changes])),
            }
        }
        if goes_on && groups.len() > 1 && groups.iter().any(|(result, _)| result.is_ok()) {
            let ways = groups.len();
            groups.retain(|(result, _)| result.is_ok());
            if groups.len() < ways {
                doubts.iter().for_each(|doubt| self.doubt(doubt.at, &doubt.reason));
                // What was met on the way, however late, depends on what is left out here.
                self.date_back();
            }
        }
        let outcomes: Vec<Outcome> = groups
            .into_iter()
            .map(|(result, ways)| Outcome { changes: self.state.merge(ways), result })
            .collect();
        let taken = if outcomes.len() > 1 {
            for doubt in &doubts {
                if !self.progress.unsettled.contains(doubt) {
                    self.progress.unsettled.push(doubt.clone());
                }
            }
            let outcomes = Rc::new(outcomes);
            let count = outcomes.len();
            let doubt = doubts.first().cloned();
            let taken = self.choose_from(count, Some((number, Rc::clone(&outcomes))), doubt);
            outcomes[taken].clone()
        } else {
            let Some(only) = outcomes.into_iter().next() else { return Err(Stop::GaveUp) };
            only
        };
        self.state.apply(&taken.changes);
        taken.result
    }

    /// How deep everything is nested here.
    pub(crate) fn levels(&self) -> Levels {
        Levels {
            depth: self.depth,
            catching: self.catching,
            running: self.running.len(),
            yields: self.yields.len(),
            handled: self.handled.len(),
        }
    }

    /// Leaves what was entered since.
    pub(crate) fn return_to(&mut self, levels: &Levels) {
        (self.depth, self.catching) = (levels.depth, levels.catching);
        self.running.truncate(levels.running);
        self.yields.truncate(levels.yields);
        self.handled.truncate(levels.handled);
    }

    /// All ends of something, with nothing around it that could choose among them: each with how the state is then.
    pub(crate) fn ends(
        &mut self,
        mut run: impl FnMut(&mut Self) -> Exec<Flow>,
    ) -> Vec<(Exec<Flow>, Changes)> {
        let mark = self.state.mark();
        let around = std::mem::take(&mut self.exploration);
        let mut ends: Vec<(Exec<Flow>, Changes)> = Vec::new();
        loop {
            self.exploration.start();
            let result = self.explore(&mut run);
            ends.push((result, self.state.changes_since(mark)));
            self.state.roll_back(mark);
            if !self.exploration.turn() {
                break;
            }
        }
        self.exploration = around;
        ends
    }

    /// Records that something is not known that could make the import fail.
    pub(crate) fn doubt(&mut self, at: Place, reason: &str) {
        let doubt = Doubt { at, reason: reason.to_owned() };
        if self.progress.doubts.contains(&doubt) {
            return;
        }
        self.progress.doubts.push(doubt);
        if self.progress.first_doubt.is_none() {
            let sequence = self.begun();
            let running = self.running.iter().map(|running| Rc::clone(&running.module)).collect();
            self.progress.first_doubt = Some(FirstDoubt { sequence, running });
            self.progress.fuel = self.progress.fuel.min(FUEL_IN_DOUBT);
        }
    }

    /// From here on, all is in doubt.
    fn date_back(&mut self) {
        let sequence = self.begun();
        if self.progress.first_doubt.as_ref().is_some_and(|first| sequence < first.sequence) {
            let running = self.running.iter().map(|running| Rc::clone(&running.module)).collect();
            self.progress.first_doubt = Some(FirstDoubt { sequence, running });
        }
    }

    /// Something that may raise, for all that is known.
    pub(crate) fn may_raise(&mut self, at: Place, reason: &str) -> Exec<()> {
        if self.catching > 0 && self.choices_made() < 6 {
            if self.choose(2, at, reason) == 1 {
                return Err(self.raise_value(Value::Unknown, "Exception", String::new(), at, None));
            }
            return Ok(());
        }
        self.doubt(at, reason);
        Ok(())
    }

    /// Whether what follows does not matter any more.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stops_at_doubt && !self.progress.doubts.is_empty()
    }

    /// Counts a statement.
    pub(crate) fn burn(&mut self, at: Place) -> Exec<()> {
        if self.is_stopped() {
            return Err(Stop::GaveUp);
        }
        if self.progress.skims {
            return Ok(());
        }
        if self.progress.fuel == 0 {
            self.doubt(at, "so much runs until here that only imports are followed further");
            self.progress.skims = true;
            return Err(Stop::GaveUp);
        }
        self.progress.fuel -= 1;
        if let Some(fuel) = &mut self.call_fuel {
            if *fuel == 0 {
                return Err(Stop::Abandoned);
            }
            *fuel -= 1;
        }
        Ok(())
    }

    /// Raises a class of `builtins`.
    pub(crate) fn raise(&mut self, class: &'static str, message: impl Into<String>, at: Place) -> Stop {
        let message = message.into();
        let value = Value::Exception(Rc::new(ExceptionValue {
            class: Value::Builtin(class),
            arguments: vec![Value::str(&message)],
            name: None,
        }));
        self.raise_value(value, class, message, at, None)
    }

    /// Raises an error of an import, with the name that it is about.
    pub(crate) fn raise_import(
        &mut self,
        class: &'static str,
        name: &str,
        message: String,
        at: Place,
    ) -> Stop {
        let value = Value::Exception(Rc::new(ExceptionValue {
            class: Value::Builtin(class),
            arguments: vec![Value::str(&message)],
            name: Some(name.into()),
        }));
        self.raise_value(value, class, message, at, None)
    }

    pub(crate) fn raise_value(
        &mut self,
        value: Value,
        error: &str,
        message: String,
        at: Place,
        half_loaded: Option<HalfLoaded>,
    ) -> Stop {
        let trail = self
            .running
            .iter()
            .map(|running| Step { module: running.module.to_string(), cause: running.cause.clone() })
            .collect();
        let failure = Failure { error: error.to_owned(), message, at, trail, half_loaded };
        Stop::Raised(Raised { value, failure: Rc::new(failure) })
    }

    /// A module that is met in the middle of its execution.
    pub(crate) fn half_loaded(&self, object: ObjId) -> Option<HalfLoaded> {
        let running = self.running.iter().rev().find(|running| running.object == object)?;
        let names = self.state.bound(object).into_iter();
        let binds = names.map(|name| self.text(name).to_string()).filter(|name| is_plain(name)).collect();
        Some(HalfLoaded { module: running.module.to_string(), at: running.at?, binds })
    }

    /// Executes deeper, if it may.
    pub(crate) fn deeper<T>(&mut self, at: Place, run: impl FnOnce(&mut Self) -> Exec<T>) -> Exec<T> {
        if self.depth >= DEEPEST {
            self.doubt(at, "calls and imports are nested too deeply to be followed");
            return Err(Stop::GaveUp);
        }
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        result
    }

    /// One of the values that something may have; on every way, another.
    pub(crate) fn force(&mut self, value: Value, at: Place) -> Value {
        let Value::OneOf(alternatives) = value else { return value };
        if self.choices_made() >= 6 {
            return Value::Unknown;
        }
        let taken = self.choose(alternatives.len(), at, "which of several values this has is not known");
        alternatives[taken].clone()
    }
}

/// Whether two ends of a statement can be taken together.
fn ends_alike(one: &Exec<Flow>, other: &Exec<Flow>) -> bool {
    match (one, other) {
        (Ok(Flow::Return(_)), Ok(Flow::Return(_))) => true,
        (Ok(one), Ok(other)) => one == other,
        (Err(one), Err(other)) => one == other,
        _ => false,
    }
}

/// Whether two things made at one place are the same apart from what changes.
fn is_same(one: &Object, other: &Object) -> bool {
    match (one, other) {
        (Object::Module(one), Object::Module(other)) => one.name == other.name && one.source == other.source,
        (Object::Function(one), Object::Function(other)) => {
            one.defaults == other.defaults
                && one.parent == other.parent
                && one.manages_context == other.manages_context
                && one.class == other.class
        }
        (Object::Class(one), Object::Class(other)) => {
            one.bases == other.bases
                && one.metaclass == other.metaclass
                && one.name == other.name
                && one.order == other.order
                && one.defect == other.defect
        }
        (Object::Instance { class: one }, Object::Instance { class: other }) => one == other,
        (Object::List, Object::List)
        | (Object::Dict, Object::Dict)
        | (Object::Set, Object::Set)
        | (Object::ContextVariable, Object::ContextVariable)
        | (Object::Iterator, Object::Iterator) => true,
        (Object::View(one), Object::View(other)) => one == other,
        (Object::Field(one), Object::Field(other)) => one == other,
        (Object::Frame { parent: one, .. }, Object::Frame { parent: other, .. }) => one == other,
        (Object::Wrapper { kind: one, function: of }, Object::Wrapper { kind: other, function }) => {
            one == other && of == function
        }
        (Object::Suppress(one), Object::Suppress(other))
        | (Object::Cached(one), Object::Cached(other))
        | (Object::Dispatcher(one), Object::Dispatcher(other)) => one == other,
        _ => false,
    }
}
