//! What one file tells of its own names: where each is bound, where it is used and for what, and which attributes are
//! reached through it. Plain data with ranges; names are unresolved beyond the file.

use ruff_text_size::{TextRange, TextSize};

use crate::{Declared, ImportContext, NameRef};

/// The names of one file, by the parser. Past a syntax error they are those of what the parser could recover.
///
/// Comments that hold types (`# type: ...`) are not read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModuleFacts {
    /// Every scope, the module first, each after the one around it.
    pub scopes: Vec<Scope>,
    /// By scope, then by name: every name of the module scope, also those that nothing binds there (builtins, what a
    /// star import brings); of other scopes, those that an import binds.
    pub(crate) variables: Vec<Variable>,
    /// Ascending: each imported name with the variable and the position of the binding that it is.
    pub(crate) by_import: Vec<(u32, u32, u32)>,
    pub exports: Exports,
    /// Whether annotations are never evaluated: `from __future__ import annotations`.
    pub future_annotations: bool,
    /// Where names may be bound or read that no statement shows.
    pub dynamic: Vec<(DynamicNames, TextRange)>,
    /// String literals that look like dotted names (`"a.b._c"`), with the inside of the quotes.
    pub dotted_strings: Vec<(NameRef, TextRange)>,
    /// What is handed to calls of `ForeignKey`, with the inside of the quotes.
    pub foreign_keys: Vec<(NameRef, TextRange)>,
    /// Functions and classes, each after the one around it.
    pub definitions: Vec<Definition>,
    /// The annotations that are [`ReferenceContext::Annotation`], as a whole.
    pub annotations: Vec<Annotation>,
    /// What statements at the top level bind, and whether it is annotated as plain data.
    pub declared: Vec<Declared>,
    /// Where the first statement after the docstring starts.
    pub body: Option<TextSize>,
}

impl ModuleFacts {
    /// The text behind a name.
    pub fn name(&self, name: NameRef) -> &'static str {
        name.as_str()
    }

    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// The variable that an imported name binds (index into [`crate::FileFacts::names`]), and where. O(log imports).
    pub fn bound_by(&self, imported: u32) -> Option<(&Variable, &Binding)> {
        let first = self.by_import.partition_point(|(name, ..)| *name < imported);
        let (name, variable, binding) = *self.by_import.get(first)?;
        let variable = self.variables.get(variable as usize).filter(|_| name == imported)?;
        Some((variable, variable.bindings.get(binding as usize)?))
    }

    /// Takes the variables, which are complete.
    pub(crate) fn set_variables(&mut self, variables: Vec<Variable>) {
        let bindings = variables.iter().enumerate().flat_map(|(variable, it)| {
            let bindings = it.bindings.iter().enumerate();
            bindings.filter_map(move |(binding, it)| match it.how {
                BindingKind::Import { name, .. } => Some((name, variable as u32, binding as u32)),
                _ => None,
            })
        });
        self.by_import = bindings.collect();
        self.by_import.sort_unstable();
        self.variables = variables;
    }

    /// What a name means at the top level of the file. O(log variables).
    pub fn global(&self, name: &str) -> Option<&Variable> {
        let position = self
            .variables
            .binary_search_by(|variable| (variable.scope, self.name(variable.name)).cmp(&(ScopeId(0), name)))
            .ok()?;
        self.variables.get(position)
    }

    /// The names that are bound or used at the top level.
    pub fn globals(&self) -> impl Iterator<Item = &'static str> {
        let globals = self.variables.iter().take_while(|variable| variable.scope == ScopeId(0));
        globals.filter(|variable| !variable.bindings.is_empty()).map(|variable| self.name(variable.name))
    }

    /// Whether the file computes attributes of the module: `def __getattr__(name)` at the top level.
    pub fn computes_attributes(&self) -> bool {
        self.global("__getattr__").is_some_and(|variable| !variable.bindings.is_empty())
    }
}

/// A function or a class, with what its header names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    pub is_class: bool,
    /// Where its name stands: the range of the binding.
    pub name: TextRange,
    /// From its first statement after the docstring to its end.
    pub body: TextRange,
    /// The definition directly around it, as an index.
    pub parent: Option<u32>,
    /// What each decorator calls or is; nothing for one that is no dotted name.
    pub decorators: Vec<Option<DottedName>>,
    /// The same for base classes, the metaclass among them. `Base[T]` is `Base`.
    pub bases: Vec<Option<DottedName>>,
}

/// A dotted name in an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DottedName {
    /// All of it: `app.get`.
    pub name: NameRef,
    /// Where its first segment stands: the range of the [`Reference`].
    pub first: TextRange,
}

/// An annotation as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Annotation {
    pub range: TextRange,
    /// The function whose header it is in, or the class whose body, as an index.
    pub of: Option<u32>,
}

/// Index into [`ModuleFacts::scopes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub(crate) u32);

impl ScopeId {
    pub const MODULE: Self = Self(0);

    pub fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    pub kind: ScopeKind,
    pub parent: Option<ScopeId>,
    /// The statement or expression that opens it.
    pub range: TextRange,
    /// What a function or class is called.
    pub name: Option<NameRef>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScopeKind {
    Module,
    Class,
    Function,
    Lambda,
    /// A list, set or dict comprehension: runs where it stands.
    Comprehension,
    /// Runs when somebody asks for its values.
    Generator,
    /// Around a generic function, class or alias (PEP 695), and what a `type` statement stands for. It sees the names of
    /// the class around it.
    TypeParameters,
}

/// One name in one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// As Python knows it: `__x` in a class `A` is `_A__x`.
    pub name: NameRef,
    pub scope: ScopeId,
    /// In the order in which they are carried out. Empty for a name that nothing in the file binds.
    pub bindings: Vec<Binding>,
    pub uses: Vec<Reference>,
}

impl Variable {
    /// The bindings that a use may mean: one if it is certain, else all.
    pub fn meant_by(&self, used: &Reference) -> &[Binding] {
        match used.binding {
            Some(position) => self.bindings.get(position as usize..=position as usize).unwrap_or_default(),
            None => &self.bindings,
        }
    }
}

/// One place that binds a name, or unbinds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The name; of an import without alias the imported name.
    pub range: TextRange,
    pub how: BindingKind,
    /// The scope of the statement; another than the variable's where `global` or `nonlocal` says so.
    pub scope: ScopeId,
    pub context: ImportContext,
}

impl Binding {
    /// Whether it may be skipped while its scope runs.
    pub fn is_conditional(&self) -> bool {
        const CONDITIONS: ImportContext = ImportContext::IF
            .union(ImportContext::MATCH)
            .union(ImportContext::LOOP)
            .union(ImportContext::TRY_BODY)
            .union(ImportContext::EXCEPT)
            .union(ImportContext::TRY_ELSE)
            .union(ImportContext::TYPING)
            .union(ImportContext::NEGATED_GUARD)
            .union(ImportContext::ELSE_OF_GUARD);
        self.context.intersects(CONDITIONS)
    }
}

/// How a name is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindingKind {
    Import {
        /// Index into [`crate::FileFacts::imports`].
        import: u32,
        /// Index into [`crate::FileFacts::names`].
        name: u32,
        /// Whether the top-level package is bound, whatever is imported below it: `import a.b` binds `a`.
        binds_top_level: bool,
    },
    Function,
    Class,
    /// `x = 1`, `[x, y] = z`
    Assignment,
    /// `x: int`: a name without a value.
    Declaration,
    /// `x += 1`
    Augmented,
    For,
    With,
    Except,
    /// `case [x, *y]:`
    Pattern,
    /// `(x := 1)`
    Walrus,
    Parameter,
    /// `type X = ...`
    TypeAlias,
    TypeParameter,
    /// `del x`, or the end of `except ... as x`.
    Deletion,
}

/// One place that reads a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The name alone; the whole string where it is read from one that is pieced together.
    pub range: TextRange,
    pub scope: ScopeId,
    pub context: ImportContext,
    pub place: ReferenceContext,
    /// The attributes reached through it: `b` and `_c` of `a.b._c()`.
    pub chain: Vec<Attribute>,
    /// The binding that it means, as a position in the variable's, where that is certain.
    pub binding: Option<u32>,
    /// Whether it means this variable only as long as the class that it stands in has not bound the name itself.
    pub falls_through: bool,
}

impl Reference {
    /// Whether it is read only when a function runs.
    pub fn is_deferred(&self) -> bool {
        self.context.contains(ImportContext::FUNCTION)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    pub name: NameRef,
    pub range: TextRange,
}

/// What a name is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferenceContext {
    /// An expression that is evaluated.
    Value,
    Decorator,
    /// A base class or another argument of a `class` statement.
    Base,
    /// A default of a parameter.
    Default,
    /// Evaluated unless `from __future__ import annotations` says otherwise.
    Annotation,
    /// Of a variable inside a function: never evaluated.
    LocalAnnotation,
    /// Bounds and defaults of type parameters, the value of a `type` statement: evaluated on demand.
    TypeExpression,
    /// In a string that holds a type: in an annotation, in `cast("T", x)`, `TypeVar("T", bound="X")`, `Optional["T"]`.
    Quoted,
    /// A string in `__all__`.
    Exported,
}

/// What `__all__` says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Exports {
    /// There is none.
    #[default]
    Absent,
    /// These names, each with the inside of its quotes.
    Listed(Vec<(NameRef, TextRange)>),
    /// It is computed: the expression that cannot be read.
    Computed(TextRange),
}

/// What makes names that cannot be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DynamicNames {
    /// `globals()`, and `vars()` and `locals()` without arguments.
    Namespace,
    /// `exec(...)`, `eval(...)`
    Code,
    /// `sys.modules[...]`: the module may be replaced or written to.
    LoadedModules,
}
