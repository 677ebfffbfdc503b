//! Names as numbers.

use std::rc::Rc;

use rustc_hash::FxHashMap;

/// A name, or the dotted path of something in a library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Sym(u32);

macro_rules! well_known {
    ($($constant:ident = $text:literal,)*) => {
        #[allow(clippy::upper_case_acronyms, non_camel_case_types)]
        enum Position { $($constant,)* }
        impl Sym {
            $(pub(crate) const $constant: Self = Self(Position::$constant as u32);)*
        }
        const WELL_KNOWN: &[&str] = &[$($text,)*];
    };
}

// A name of Python never holds a space: those that do are slots of ours.
well_known! {
    EMPTY = "",
    MADE = " made",
    CONTENT = " content",
    POSITION = " position",
    RESULT = " result",
    OPAQUE = " opaque",
    STAR = " star",
    SEQUENCE = " sequence",
    PATHS = " paths",
    NAME = "__name__",
    QUALNAME = "__qualname__",
    PACKAGE = "__package__",
    PATH = "__path__",
    FILE = "__file__",
    ALL = "__all__",
    SPEC = "__spec__",
    DOC = "__doc__",
    MODULE = "__module__",
    DICT = "__dict__",
    CLASS = "__class__",
    GETATTR = "__getattr__",
    CALL = "__call__",
    INIT = "__init__",
    NEW = "__new__",
    ENTER = "__enter__",
    EXIT = "__exit__",
    ITER = "__iter__",
    NEXT = "__next__",
    GETITEM = "__getitem__",
    SETITEM = "__setitem__",
    DELITEM = "__delitem__",
    CONTAINS = "__contains__",
    BOOL = "__bool__",
    LEN = "__len__",
    GET = "__get__",
    SET = "__set__",
    SET_NAME = "__set_name__",
    INIT_SUBCLASS = "__init_subclass__",
    CLASS_GETITEM = "__class_getitem__",
    POST_INIT = "__post_init__",
    PREPARE = "__prepare__",
    SETATTR = "__setattr__",
    ANNOTATIONS = "__annotations__",
    EQ = "__eq__",
    DIR = "__dir__",
    MRO_ENTRIES = "__mro_entries__",
    DATACLASS = " dataclass",
    RELOADING = " reloading",
    OWN_CLASS = " class",
    MEMBERS = " members",
    ANNOTATED = " annotated",
    TEXT_ANNOTATIONS = " text annotations",
    INLINED = " inlined",
    OWN_ANNOTATIONS = " annotations",
    DEFAULT = " default",
    TUPLE_FIELDS = " fields of a tuple",
    KIND = " kind",
    FROZEN = " frozen",
    EQUAL_BY_FIELDS = " equal by fields",
    ABSTRACT = " abstract",
    GETATTRIBUTE = "__getattribute__",
    STR = "__str__",
    ERROR_NAME = "name",
}

/// Gives each text one number.
#[derive(Debug)]
pub(crate) struct Symbols {
    numbers: FxHashMap<Rc<str>, Sym>,
    texts: Vec<Rc<str>>,
}

impl Symbols {
    pub(crate) fn new() -> Self {
        let mut symbols = Self { numbers: FxHashMap::default(), texts: Vec::new() };
        for text in WELL_KNOWN {
            symbols.intern(text);
        }
        symbols
    }

    pub(crate) fn intern(&mut self, text: &str) -> Sym {
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        let shared: Rc<str> = text.into();
        let symbol = Sym(self.texts.len() as u32);
        self.texts.push(Rc::clone(&shared));
        self.numbers.insert(shared, symbol);
        symbol
    }

    pub(crate) fn find(&self, text: &str) -> Option<Sym> {
        self.numbers.get(text).copied()
    }

    pub(crate) fn text(&self, symbol: Sym) -> &Rc<str> {
        &self.texts[symbol.0 as usize]
    }
}
