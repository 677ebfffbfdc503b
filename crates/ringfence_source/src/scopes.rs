//! Notes bindings and uses in the order in which they are carried out, and finds in the end which use means what, by
//! Python's rules of scopes.

use std::collections::{BTreeMap, HashMap};

use ruff_text_size::TextRange;

use crate::bindings::{
    Attribute, Binding, BindingKind, ModuleFacts, Reference, ReferenceContext, Scope, ScopeId, ScopeKind,
    Variable,
};
use crate::{ImportContext, NameRef};

/// Scopes and blocks nested deeper than this are not looked through: `CPython` compiles no such source.
const MOST_NESTED: usize = 1_000;

/// A name, by its position in [`SemanticBuilder::texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Symbol(u32);

/// What a scope says of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Claims {
    bound: bool,
    global: bool,
    nonlocal: bool,
}

#[derive(Debug)]
struct OpenScope {
    scope: Scope,
    claims: HashMap<Symbol, Claims>,
    /// The class around it whose name is put before `__x`.
    class: Option<String>,
}

/// A run of statements that is carried out as a whole or not at all, as far as we look.
#[derive(Debug, Clone, Copy)]
struct Block {
    parent: Option<u32>,
    scope: ScopeId,
    repeats: bool,
}

#[derive(Debug)]
struct Noted<T> {
    symbol: Symbol,
    block: u32,
    /// Position among all bindings and uses.
    moment: u32,
    what: T,
}

#[derive(Debug)]
pub(crate) struct SemanticBuilder {
    facts: ModuleFacts,
    symbols: HashMap<String, Symbol>,
    texts: Vec<NameRef>,
    scopes: Vec<OpenScope>,
    blocks: Vec<Block>,
    bindings: Vec<Noted<Binding>>,
    uses: Vec<Noted<Reference>>,
    scope: ScopeId,
    block: u32,
    moment: u32,
    /// `__class__`, which means the class around a function.
    class_cell: Symbol,
}

/// What to go back to when a scope is left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outside {
    scope: ScopeId,
    block: u32,
}

impl SemanticBuilder {
    pub(crate) fn new(module: TextRange) -> Self {
        let scope = Scope { kind: ScopeKind::Module, parent: None, range: module, name: None };
        let mut names = Self {
            facts: ModuleFacts::default(),
            symbols: HashMap::new(),
            texts: Vec::new(),
            scopes: vec![OpenScope { scope, claims: HashMap::new(), class: None }],
            blocks: vec![Block { parent: None, scope: ScopeId::MODULE, repeats: false }],
            bindings: Vec::new(),
            uses: Vec::new(),
            scope: ScopeId::MODULE,
            block: 0,
            moment: 0,
            class_cell: Symbol(0),
        };
        names.class_cell = names.symbol("__class__");
        names
    }

    /// The facts beside variables and scopes.
    pub(crate) fn facts(&mut self) -> &mut ModuleFacts {
        &mut self.facts
    }

    pub(crate) fn kind(&self) -> ScopeKind {
        self.scopes[self.scope.index()].scope.kind
    }

    /// Whether what stands here runs in a function, whatever class or comprehension lies between.
    pub(crate) fn in_function_scope(&self) -> bool {
        matches!(self.kind(), ScopeKind::Function | ScopeKind::Lambda)
    }

    pub(crate) fn text(&mut self, text: &str) -> NameRef {
        let symbol = self.symbol(text);
        self.texts[symbol.0 as usize]
    }

    fn symbol(&mut self, text: &str) -> Symbol {
        if let Some(symbol) = self.symbols.get(text) {
            return *symbol;
        }
        let symbol = Symbol(self.texts.len() as u32);
        self.texts.push(NameRef::new(text));
        self.symbols.insert(text.to_owned(), symbol);
        symbol
    }

    /// The name of a variable as Python knows it here.
    fn variable(&mut self, name: &str) -> Symbol {
        match self.mangled(name) {
            Some(mangled) => self.symbol(&mangled),
            None => self.symbol(name),
        }
    }

    /// `__x` in a class `A` -> `_A__x`
    fn mangled(&self, name: &str) -> Option<String> {
        if !name.starts_with("__") || name.ends_with("__") {
            return None;
        }
        let class = self.scopes[self.scope.index()].class.as_deref()?.trim_start_matches('_');
        (!class.is_empty()).then(|| format!("_{class}{name}"))
    }

    pub(crate) fn enter(&mut self, kind: ScopeKind, range: TextRange, name: Option<&str>) -> Outside {
        let outside = Outside { scope: self.scope, block: self.block };
        let class = match (kind, name) {
            (ScopeKind::Class, Some(name)) => Some(name.to_owned()),
            _ => self.scopes[self.scope.index()].class.clone(),
        };
        let name = name.map(|name| self.text(name));
        let scope = Scope { kind, parent: Some(self.scope), range, name };
        self.scope = ScopeId(self.scopes.len() as u32);
        self.scopes.push(OpenScope { scope, claims: HashMap::new(), class });
        self.open_block(false);
        outside
    }

    pub(crate) fn leave(&mut self, outside: Outside) {
        let Outside { scope, block } = outside;
        (self.scope, self.block) = (scope, block);
    }

    /// Opens a block; gives the one around it, for [`Self::close_block`].
    pub(crate) fn open_block(&mut self, repeats: bool) -> u32 {
        let outside = self.block;
        self.block = self.blocks.len() as u32;
        self.blocks.push(Block { parent: Some(outside), scope: self.scope, repeats });
        outside
    }

    pub(crate) fn close_block(&mut self, outside: u32) {
        self.block = outside;
    }

    fn tick(&mut self) -> u32 {
        self.moment += 1;
        self.moment
    }

    pub(crate) fn declare_global(&mut self, name: &str) {
        let symbol = self.variable(name);
        self.scopes[self.scope.index()].claims.entry(symbol).or_default().global = true;
    }

    pub(crate) fn declare_nonlocal(&mut self, name: &str) {
        let symbol = self.variable(name);
        self.scopes[self.scope.index()].claims.entry(symbol).or_default().nonlocal = true;
    }

    pub(crate) fn bind(&mut self, name: &str, range: TextRange, how: BindingKind, context: ImportContext) {
        let symbol = self.variable(name);
        let mut owner = self.scope;
        if how == BindingKind::Walrus {
            while let Scope { kind: ScopeKind::Comprehension | ScopeKind::Generator, parent, .. } =
                self.scopes[owner.index()].scope
                && let Some(parent) = parent
            {
                owner = parent;
            }
        }
        self.scopes[owner.index()].claims.entry(symbol).or_default().bound = true;
        let moment = self.tick();
        let what = Binding { range, how, scope: owner, context };
        self.bindings.push(Noted { symbol, block: self.block, moment, what });
    }

    /// `chain`: attributes with their ranges, the first directly after the name.
    pub(crate) fn read(
        &mut self,
        name: &str,
        range: TextRange,
        chain: &[(&str, TextRange)],
        context: ImportContext,
        place: ReferenceContext,
    ) {
        let symbol = self.variable(name);
        let moment = self.tick();
        let chain = chain
            .iter()
            // The attribute `__x` of a module is `_A__x` inside a class, and means something else.
            .take_while(|(name, _)| self.mangled(name).is_none())
            .copied()
            .collect::<Vec<_>>();
        let chain =
            chain.into_iter().map(|(name, range)| Attribute { name: self.text(name), range }).collect();
        let scope = self.scope;
        let what = Reference { range, scope, context, place, chain, binding: None, falls_through: false };
        self.uses.push(Noted { symbol, block: self.block, moment, what });
    }

    /// Resolves every use. O(uses x depth of scopes and blocks).
    pub(crate) fn finish(mut self) -> ModuleFacts {
        let mut found: BTreeMap<(ScopeId, &str), Slot> = BTreeMap::new();
        let text = |symbol: Symbol| -> &str { self.facts.name(self.texts[symbol.0 as usize]) };
        for (position, binding) in self.bindings.iter().enumerate() {
            let owner = self.owner_of_binding(binding.what.scope, binding.symbol);
            found.entry((owner, text(binding.symbol))).or_default().bindings.push(position);
        }
        for (position, used) in self.uses.iter().enumerate() {
            let owner = self.resolve(used.what.scope, used.symbol);
            found.entry((owner, text(used.symbol))).or_default().uses.push((position, false));
            // A class looks its own names up first, and then those of the module.
            let is_class = self.scopes[owner.index()].scope.kind == ScopeKind::Class;
            if is_class && used.symbol != self.class_cell {
                let module = found.entry((ScopeId::MODULE, text(used.symbol))).or_default();
                module.uses.push((position, true));
            }
        }
        let mut variables = Vec::new();
        for ((scope, _), slot) in &found {
            let is_import =
                |position: &usize| matches!(self.bindings[*position].what.how, BindingKind::Import { .. });
            if *scope != ScopeId::MODULE && !slot.bindings.iter().any(is_import) {
                continue;
            }
            variables.extend(self.variable_of(*scope, slot));
        }
        drop(found);
        self.facts.set_variables(variables);
        self.facts.scopes = self.scopes.into_iter().map(|open| open.scope).collect();
        self.facts
    }

    fn variable_of(&self, scope: ScopeId, slot: &Slot) -> Option<Variable> {
        let symbol = slot
            .bindings
            .first()
            .map(|position| self.bindings[*position].symbol)
            .or_else(|| slot.uses.first().map(|(position, _)| self.uses[*position].symbol))?;
        let bindings: Vec<&Noted<Binding>> = slot.bindings.iter().map(|at| &self.bindings[*at]).collect();
        let uses = slot
            .uses
            .iter()
            .map(|(position, falls_through)| {
                let used = &self.uses[*position];
                let binding = self.certain_binding(scope, &bindings, used);
                Reference { binding, falls_through: *falls_through, ..used.what.clone() }
            })
            .collect();
        let bindings = bindings.iter().map(|binding| binding.what).collect();
        Some(Variable { name: self.texts[symbol.0 as usize], scope, bindings, uses })
    }

    /// The scope that a statement in `scope` binds a name in.
    fn owner_of_binding(&self, scope: ScopeId, symbol: Symbol) -> ScopeId {
        let OpenScope { scope: at, claims, .. } = &self.scopes[scope.index()];
        match (claims.get(&symbol), at.parent) {
            (Some(Claims { global: true, .. }), _) => ScopeId::MODULE,
            (Some(Claims { nonlocal: true, .. }), Some(parent)) => self.resolve(parent, symbol),
            _ => scope,
        }
    }

    /// The scope whose name a use in `scope` means; the module's where there is no other.
    fn resolve(&self, scope: ScopeId, symbol: Symbol) -> ScopeId {
        let mut id = scope;
        // The names of a class are seen in its own body, and in the scopes of type parameters there.
        let mut sees_class = true;
        for _ in 0..MOST_NESTED {
            let OpenScope { scope, claims, .. } = &self.scopes[id.index()];
            let Some(parent) = scope.parent else { return ScopeId::MODULE };
            let claims = claims.get(&symbol).copied().unwrap_or_default();
            if claims.global {
                return ScopeId::MODULE;
            }
            let is_cell = symbol == self.class_cell && scope.kind == ScopeKind::Class && !sees_class;
            if is_cell {
                return id;
            }
            if claims.bound && !claims.nonlocal && (scope.kind != ScopeKind::Class || sees_class) {
                return id;
            }
            sees_class &= scope.kind == ScopeKind::TypeParameters;
            id = parent;
        }
        ScopeId::MODULE
    }

    /// The binding that a use means, if only one can be meant: the only one there is, or the last one before the use in
    /// code that is carried out in one go.
    fn certain_binding(
        &self,
        scope: ScopeId,
        bindings: &[&Noted<Binding>],
        used: &Noted<Reference>,
    ) -> Option<u32> {
        if bindings.len() == 1 {
            return Some(0);
        }
        let runs_later = |from: ScopeId| {
            let between = std::iter::successors(Some(from), |id| self.scopes[id.index()].scope.parent);
            between.take_while(|id| *id != scope).take(MOST_NESTED).any(|id| {
                !matches!(
                    self.scopes[id.index()].scope.kind,
                    ScopeKind::Class | ScopeKind::Comprehension | ScopeKind::Module
                )
            })
        };
        let unevaluated = matches!(
            used.what.place,
            ReferenceContext::Quoted | ReferenceContext::Exported | ReferenceContext::TypeExpression
        );
        if unevaluated
            || runs_later(used.what.scope)
            || bindings.iter().any(|binding| runs_later(binding.what.scope))
        {
            return None;
        }
        let position = bindings.partition_point(|binding| binding.moment < used.moment).checked_sub(1)?;
        let last = bindings[position];
        // A scope comes after those around it, so these are the blocks inside `scope`.
        let around = |block: u32| {
            std::iter::successors(Some(block), |block| self.blocks[*block as usize].parent)
                .take_while(|block| self.blocks[*block as usize].scope >= scope)
                .take(MOST_NESTED)
        };
        if !around(used.block).any(|block| block == last.block) {
            return None;
        }
        // In a loop around the use that the binding is not in, a later binding is there on the next round.
        let repeated = around(used.block)
            .take_while(|block| *block != last.block)
            .filter(|block| self.blocks[*block as usize].repeats)
            .any(|repeated| bindings.iter().any(|other| around(other.block).any(|block| block == repeated)));
        (!repeated).then_some(position as u32)
    }
}

#[derive(Debug, Default)]
struct Slot {
    bindings: Vec<usize>,
    uses: Vec<(usize, bool)>,
}
