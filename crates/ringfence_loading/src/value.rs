//! What an expression can be, as far as it is known.

use std::rc::Rc;

use ruff_python_ast::{ExprGenerator, ExprLambda, Parameters, StmtClassDef, StmtFunctionDef};

use crate::SourceId;
use crate::dataclasses::Field;
use crate::names::Names;
use crate::symbols::Sym;

/// Something with an identity: an index into the objects of a [`Machine`](crate::machine::Machine).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjId(pub(crate) u32);

impl ObjId {
    /// Slots of the machine itself.
    pub(crate) const MACHINE: Self = Self(0);
    /// The dictionary `sys.modules`.
    pub(crate) const SYS_MODULES: Self = Self(1);
    /// Who loaded a module first, by its name.
    pub(crate) const LOADS: Self = Self(2);
    /// Which distributions are there, where that has been assumed.
    pub(crate) const INSTALLED: Self = Self(3);
    /// How often a module has begun to run.
    pub(crate) const GENERATIONS: Self = Self(4);

    /// Whether it is one of these.
    pub(crate) fn is_of_machine(self) -> bool {
        self.0 <= Self::GENERATIONS.0
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// By its bits.
    Float(u64),
    Str(Rc<str>),
    Bytes(Rc<[u8]>),
    Ellipsis,
    Tuple(Rc<[Value]>),
    /// The content of a dictionary, in order of insertion.
    Pairs(Rc<[(Value, Value)]>),
    Object(ObjId),
    /// A function with its first argument.
    Bound(Rc<(Value, Value)>),
    /// What `super()` gives: the class that it stands in, and the instance or class.
    Super(Rc<(Value, Value)>),
    /// A method of a value that Python itself defines.
    Method(Rc<(Value, Sym)>),
    /// A function or class of `builtins`.
    Builtin(&'static str),
    /// An exception whose class is not one of ours.
    Exception(Rc<ExceptionValue>),
    /// Something of a library, by its dotted path; the empty one where there is none. It is taken to do what is asked of it.
    External(Sym),
    /// One of ours, of which nothing is known.
    Unknown,
    /// One of these, depending on conditions that cannot be told. Neither nested nor of one.
    OneOf(Rc<[Value]>),
    /// Not bound.
    Absent,
}

impl Value {
    pub(crate) fn str(text: &str) -> Self {
        Self::Str(text.into())
    }

    pub(crate) fn tuple(items: Vec<Value>) -> Self {
        Self::Tuple(items.into())
    }

    /// Something of a library without a name.
    pub(crate) const fn external() -> Self {
        Self::External(Sym::EMPTY)
    }

    /// One of several.
    pub(crate) fn one_of(values: impl IntoIterator<Item = Value>) -> Self {
        let mut distinct: Vec<Value> = Vec::new();
        let mut add = |value: Value| {
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        };
        for value in values {
            match value {
                Self::OneOf(alternatives) => alternatives.iter().cloned().for_each(&mut add),
                other => add(other),
            }
        }
        // Numbers, texts and such: which of many is worth nothing.
        let is_data = |value: &Value| {
            matches!(
                value,
                Self::Int(_)
                    | Self::Str(_)
                    | Self::Float(_)
                    | Self::Bytes(_)
                    | Self::Tuple(_)
                    | Self::Pairs(_)
            )
        };
        if distinct.len() > 2 && distinct.iter().all(is_data) {
            return Self::external();
        }
        if distinct.len() > 1
            && distinct
                .iter()
                .all(|value| is_data(value) || matches!(value, Self::External(path) if *path == Sym::EMPTY))
            && distinct.contains(&Self::external())
        {
            return Self::external();
        }
        if distinct.len() > MOST_ALTERNATIVES {
            let absent = distinct.contains(&Self::Absent);
            return if absent { Self::OneOf([Self::Unknown, Self::Absent].into()) } else { Self::Unknown };
        }
        match distinct.pop() {
            None => Self::Absent,
            Some(only) if distinct.is_empty() => only,
            Some(last) => {
                distinct.push(last);
                Self::OneOf(distinct.into())
            }
        }
    }

    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// More are no longer told apart.
const MOST_ALTERNATIVES: usize = 6;

/// An instance of a class of exceptions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExceptionValue {
    pub(crate) class: Value,
    pub(crate) arguments: Vec<Value>,
    /// The attribute `name` of an `ImportError`.
    pub(crate) name: Option<Rc<str>>,
}

/// What an object is, apart from the slots that change.
#[derive(Debug, Clone)]
pub(crate) enum Object<'a> {
    /// Slots for the machine's own use.
    Ours,
    Module(ModuleObject),
    Function(Rc<Function<'a>>),
    Class(Rc<Class<'a>>),
    /// An instance of one of our classes.
    Instance {
        class: ObjId,
    },
    List,
    Dict,
    Set,
    /// `globals()`, `vars()`, `module.__dict__`, `sys.modules`: the slots of another object.
    View(ObjId),
    /// The variables of a call or of a comprehension.
    Frame {
        names: Rc<Names>,
        parent: Option<ObjId>,
    },
    /// What a generator function or a generator expression gives.
    Generator(Generator<'a>),
    /// `map`, `filter`, `zip` and such: what they give comes from iterators, when somebody asks.
    Stream {
        kind: Stream,
        function: Value,
        sources: Vec<Value>,
    },
    /// An iterator: the items in [`Sym::CONTENT`], how many are gone in [`Sym::POSITION`].
    Iterator,
    Wrapper {
        kind: Wrapper,
        function: Value,
    },
    /// `contextlib.suppress(...)`.
    Suppress(Value),
    /// `contextlib.nullcontext(...)`
    NullContext(Value),
    /// `contextvars.ContextVar(...)`: its value is in [`Sym::CONTENT`], what it is without one in [`Sym::DEFAULT`].
    ContextVariable,
    /// What `ContextVar.set` gives: the value before is in [`Sym::CONTENT`].
    Token,
    /// A function that runs in a block of this manager, made anew for each call.
    Managed {
        manager: ObjId,
        function: Value,
    },
    /// `functools.cache(...)`: what is remembered is in [`Sym::CONTENT`].
    Cached(Value),
    /// `functools.singledispatch(...)`: the functions by their classes are in [`Sym::CONTENT`].
    Dispatcher(Value),
    /// Something of a type of Python that does nothing to imports, by the name of the type.
    Plain(&'static str),
    /// `dataclasses.field(...)`, or what becomes of an annotation.
    Field(Field),
    /// `contextlib.ExitStack()`: what has been entered is in [`Sym::CONTENT`].
    Stack,
    /// `functools.partial(...)`.
    Partial {
        function: Value,
        arguments: Vec<Value>,
        keywords: Vec<(Sym, Value)>,
    },
    /// PEP 810: what a lazy import binds until it is used.
    Lazy {
        module: Rc<str>,
        member: Option<Sym>,
        top: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Map,
    Filter,
    Zip,
    /// Counted in [`Sym::POSITION`].
    Enumerate,
    /// One after the other: which is at hand is in [`Sym::POSITION`].
    Chain,
    /// `pkgutil.walk_packages`: what is still to be given is in [`Sym::CONTENT`], the package to import then in [`Sym::RESULT`].
    Walk,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrapper {
    Static,
    Class,
    Property,
    /// `functools.cached_property`
    Cached,
}

#[derive(Debug, Clone)]
pub(crate) struct ModuleObject {
    pub(crate) name: Rc<str>,
    pub(crate) source: Option<SourceId>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Code<'a> {
    Def(&'a StmtFunctionDef),
    Lambda(&'a ExprLambda),
}

impl<'a> Code<'a> {
    pub(crate) fn parameters(self) -> Option<&'a Parameters> {
        match self {
            Self::Def(def) => Some(&def.parameters),
            Self::Lambda(lambda) => lambda.parameters.as_deref(),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Function<'a> {
    pub(crate) code: Code<'a>,
    pub(crate) name: Sym,
    pub(crate) source: SourceId,
    /// The module.
    pub(crate) globals: ObjId,
    /// The innermost frame around it.
    pub(crate) parent: Option<ObjId>,
    /// The class whose body it stands in.
    pub(crate) class: Option<ObjId>,
    pub(crate) defaults: Vec<(Sym, Value)>,
    pub(crate) names: Rc<Names>,
    /// Whether a decorator of `contextlib` makes a context manager of it.
    pub(crate) manages_context: bool,
}

impl Function<'_> {
    /// What a parameter is without an argument.
    pub(crate) fn default(&self, parameter: Sym) -> Option<&Value> {
        self.defaults.iter().find(|(name, _)| *name == parameter).map(|(_, value)| value)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Class<'a> {
    pub(crate) def: Option<&'a StmtClassDef>,
    pub(crate) name: Rc<str>,
    pub(crate) module: ObjId,
    pub(crate) bases: Vec<Value>,
    /// Its bases and theirs in the order in which names are looked up, after itself; `object` left out.
    pub(crate) order: Vec<Value>,
    /// Whether some base is not ours, so that names may come from there.
    pub(crate) is_open: bool,
    pub(crate) metaclass: Option<Value>,
    /// Why there cannot be a class with these bases.
    pub(crate) defect: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) enum Generator<'a> {
    Call { function: Rc<Function<'a>>, frame: ObjId },
    Expression { node: &'a ExprGenerator, frame: ObjId, source: SourceId, globals: ObjId, first: Value },
}

impl Generator<'_> {
    /// Whether it can be left at each of its `yield`s.
    pub(crate) fn is_resumable(&self) -> bool {
        match self {
            Self::Call { function, .. } => function.names.is_resumable,
            Self::Expression { .. } => true,
        }
    }

    /// Whether `contextlib` makes a context manager of it.
    pub(crate) fn manages_context(&self) -> bool {
        matches!(self, Self::Call { function, .. } if function.manages_context)
    }
}
