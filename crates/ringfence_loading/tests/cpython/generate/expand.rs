//! Fills templates in.
//!
//! In a template stands, after a `$`:
//! - `m`, `o`: the names of two modules; `top` the first part of `m`; `p` a package; `c` what is below it
//! - `q`: how `from` names `m`; `n`: a name of `m`, `n2` another one; `r` a name of `o`; `l`: the name of `m` as code computes it
//! - `v`, `w`: names that the template binds; `u`: a name that may be bound
//! - `i`, `s`, `t`, `b`, `e`: an integer, a string, some integers, a condition, anything
//! - `y`: a dictionary; `j`: an integer without quotes in it
//! - `k`, `x`: a class, classes to catch; `d`, `g`, `f`: a decorator, a manager, a function, if there is one in scope
//! - `a`: a module in scope, `z` an attribute of it
//! - `X`: a statement that raises; `I`: an import; `missing`: a module that is not there
//! - alone on its line: `S` statements, `D` of which many fail, `F` the body of a function, `K` that of a class, `L` that of a loop
//!
//! The same of the first five lines is the same within a template; the others are new each time.

use std::collections::BTreeMap;

use crate::generate::layout::{Module, SUBMODULES};
use crate::generate::templates::{self, DANGERS, IMPORTS, STATEMENTS, Template, WITH_LIBRARY, WITH_VALUES};
use crate::generate::{Care, Kind};
use crate::random::Random;

/// Where a statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Module,
    Class,
    Function,
}

/// The text of a module while it is being written.
pub(crate) struct Body<'a> {
    pub(crate) random: &'a mut Random,
    pub(crate) modules: &'a [Module],
    pub(crate) current: usize,
    /// Names, what they are bound to, and the rank of what is called.
    pub(crate) scope: Vec<(String, Kind, usize)>,
    /// What is called here has a smaller one.
    pub(crate) rank: usize,
    pub(crate) care: Care,
    inside: Inside,
    in_loop: bool,
    /// How many blocks are around.
    depth: usize,
    /// How many expressions are around.
    nesting: usize,
    /// The modules and names of the template around, for the expressions in it.
    lines: Vec<String>,
}

const FRESH: &[&str] =
    &["a", "b", "c", "count", "item", "made", "other", "tool", "kept", "part", "Kind", "do"];

/// What a template has been given so far.
type Given = BTreeMap<&'static str, String>;

impl<'a> Body<'a> {
    pub(crate) fn new(random: &'a mut Random, modules: &'a [Module], current: usize, care: Care) -> Self {
        Self {
            random,
            modules,
            current,
            scope: Vec::new(),
            rank: 1_000,
            care,
            inside: Inside::Module,
            in_loop: false,
            depth: 0,
            nesting: 0,
            lines: Vec::new(),
        }
    }

    pub(crate) fn write(mut self) -> String {
        if self.random.below(150) == 0 {
            return (*self.random.pick(templates::NO_SYNTAX)).to_string();
        }
        let plan = &self.modules[self.current].plan;
        let mut left: Vec<_> = plan.iter().rev().cloned().collect();
        let mut imports = 1 + self.random.below(3);
        let mut others = self.random.below(4);
        while !left.is_empty() || imports > 0 || others > 0 {
            match self.random.below(left.len() * self.care.early + 2 * imports + others) {
                choice if choice < left.len() * self.care.early => {
                    let planned = left.pop().expect("one is left");
                    let rank = std::mem::replace(&mut self.rank, planned.rank);
                    let template = self.random.weighted(templates::of(planned.kind), |template| template.0);
                    self.expand(template, Some(planned.name), 0);
                    self.rank = rank;
                    self.bind(planned.name.to_string(), planned.kind, planned.rank);
                }
                choice if choice < left.len() * self.care.early + 2 * imports => {
                    imports -= 1;
                    self.one_of(IMPORTS, 0);
                }
                _ => {
                    others -= 1;
                    self.statement(0, false);
                }
            }
        }
        if self.random.chance(30) {
            self.one_of(templates::MODULE_HOOKS, 0);
        }
        let mut head = String::new();
        if self.random.chance(15) {
            head.push_str("from __future__ import annotations\n");
        }
        let body = self.lines.concat();
        for (mark, import) in templates::HEADS {
            if body.contains(mark) {
                head.push_str(import);
                head.push('\n');
            }
        }
        head + &body
    }

    pub(crate) fn deep(&self) -> bool {
        self.nesting > 2
    }

    /// An expression in an expression.
    pub(crate) fn inner(&mut self, template: &str) -> String {
        self.nesting += 1;
        let text = self.filled(template, &mut Given::new(), None).unwrap_or_else(|| "None".to_string());
        self.nesting -= 1;
        text
    }

    fn bind(&mut self, name: String, kind: Kind, rank: usize) {
        self.scope.retain(|(bound, ..)| *bound != name);
        self.scope.push((name, kind, rank));
    }

    fn statement(&mut self, indent: usize, guarded: bool) {
        let danger = if guarded { 45 } else { self.care.danger };
        if self.random.chance(danger) {
            self.one_of(DANGERS, indent);
        } else if self.random.chance(25) {
            self.one_of(IMPORTS, indent);
        } else if self.random.chance(12) {
            self.one_of(WITH_LIBRARY, indent);
        } else if self.random.chance(20) {
            self.one_of(WITH_VALUES, indent);
        } else {
            self.one_of(STATEMENTS, indent);
        }
    }

    /// Adds a statement of one of the templates, of the first that fits here.
    fn one_of(&mut self, of: &'static [Template], indent: usize) {
        for _ in 0..20 {
            let template = self.random.weighted(of, |template| template.0);
            if self.fits(template.2) && self.expand(template, None, indent) {
                return;
            }
        }
        self.line(indent, "pass");
    }

    fn fits(&self, text: &str) -> bool {
        let has_block = text.lines().any(|line| is_block(line).is_some());
        if has_block && self.depth >= 2 {
            return false;
        }
        // What only stands in a module, a function or a loop.
        if self.inside != Inside::Module && text.contains("import *") {
            return false;
        }
        if text.contains("_modules(__path__") && !self.modules[self.current].is_package() {
            return false;
        }
        self.inside == Inside::Function || !text.starts_with("return")
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.lines.push(format!("{}{text}\n", "    ".repeat(indent)));
    }

    /// Adds the lines of a template; false where something for it is not in scope.
    fn expand(&mut self, template: &Template, name: Option<&str>, indent: usize) -> bool {
        let Template(_, binds, text) = template;
        let start = self.lines.len();
        let mut given = Given::new();
        if let Some(name) = name {
            given.insert("v", name.to_string());
        }
        let mut chosen = None;
        for line in text.lines() {
            let deeper = (line.len() - line.trim_start().len()) / 4;
            if let Some(block) = is_block(line) {
                self.block(block, indent + deeper);
                continue;
            }
            let Some(filled) = self.filled(line.trim_start(), &mut given, Some(&mut chosen)) else {
                self.lines.truncate(start);
                return false;
            };
            self.line(indent + deeper, &filled);
        }
        for bind in binds.split_whitespace() {
            let (slot, kind) = bind.split_once(':').expect("a slot and a kind");
            let Some(name) = given.get(slot).cloned() else { continue };
            if name.contains('.') {
                continue;
            }
            let rank = self.random.below(self.rank.max(1));
            let (kind, rank) = match (kind, &chosen) {
                ("m", Some(Chosen { module, .. })) => (Kind::Module(*module), 0),
                ("n", Some(Chosen { name: Some((_, kind, rank)), .. })) => (*kind, *rank),
                (kind, _) => (kind_of(kind), rank),
            };
            self.bind(name, kind, rank);
        }
        true
    }

    fn block(&mut self, block: char, indent: usize) {
        let (inside, in_loop, rank, scope) = (self.inside, self.in_loop, self.rank, self.scope.len());
        match block {
            'F' => {
                (self.inside, self.in_loop) = (Inside::Function, false);
                self.rank = self.random.below(rank.clamp(1, 100));
            }
            'K' => (self.inside, self.in_loop) = (Inside::Class, false),
            'L' => self.in_loop = true,
            _ => {}
        }
        self.depth += 1;
        for _ in 0..=usize::from(self.random.chance(30)) {
            self.statement(indent, block == 'D');
        }
        if self.in_loop && self.random.chance(15) {
            let text = *self.random.pick(&["break", "continue"]);
            self.line(indent, text);
        }
        self.depth -= 1;
        if matches!(block, 'F' | 'K') {
            self.scope.truncate(scope);
        }
        (self.inside, self.in_loop, self.rank) = (inside, in_loop, rank);
    }

    /// The text with what stands for the slots of it; nothing where one of them has nothing in scope.
    fn filled(
        &mut self,
        text: &str,
        given: &mut Given,
        chosen: Option<&mut Option<Chosen>>,
    ) -> Option<String> {
        let mut own = None;
        let chosen = chosen.unwrap_or(&mut own);
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let slot = SLOTS.iter().find(|slot| after.starts_with(**slot)).expect("a slot");
            rest = &after[slot.len()..];
            let value = match given.get(slot) {
                Some(value) => value.clone(),
                None => self.value(slot, given, chosen)?,
            };
            out.push_str(&value);
        }
        out.push_str(rest);
        Some(out)
    }

    fn value(
        &mut self,
        slot: &'static str,
        given: &mut Given,
        chosen: &mut Option<Chosen>,
    ) -> Option<String> {
        let lasting = match slot {
            "missing" => return Some(self.missing()),
            "i" => return Some(self.integer()),
            "s" => return Some(self.string()),
            "t" => return Some(self.tuple()),
            "b" => return Some(self.condition()),
            "e" => return Some(self.anything()),
            "k" => return Some(self.class()),
            "x" => return Some(self.error()),
            "d" => return self.named(Kind::Decorator),
            "g" => return self.named(Kind::Manager),
            "f" => return self.named(Kind::Fn),
            "y" => return Some(self.named(Kind::Dict).unwrap_or_else(|| "{\"a\": 1}".to_string())),
            "j" => {
                let bound =
                    self.scope.iter().filter(|(_, kind, _)| *kind == Kind::Int).map(|(name, ..)| name);
                let bound: Vec<&String> = bound.collect();
                let any = bound.is_empty() || self.random.chance(30);
                return Some(if any {
                    self.random.below(5).to_string()
                } else {
                    (*self.random.pick(&bound)).clone()
                });
            }
            "X" => return Some(self.raising()),
            "I" => {
                let line = self.random.weighted(templates::SHORT_IMPORTS, |template| template.0);
                return self.filled(line.2, &mut Given::new(), None);
            }
            "u" => {
                let bound: Vec<&String> = self.scope.iter().map(|(name, ..)| name).collect();
                let any = bound.is_empty() || self.random.chance(20);
                return Some(if any {
                    (*self.random.pick(SUBMODULES)).to_string()
                } else {
                    (*self.random.pick(&bound)).clone()
                });
            }
            "v" | "w" => match self.random.below(12) {
                0 if self.inside != Inside::Function => (*self.random.pick(SUBMODULES)).to_string(),
                _ => (*self.random.pick(FRESH)).to_string(),
            },
            "a" => {
                let modules: Vec<(String, usize)> = (self.scope.iter())
                    .filter_map(|(name, kind, _)| match kind {
                        Kind::Module(index) => Some((name.clone(), *index)),
                        _ => None,
                    })
                    .collect();
                if modules.is_empty() {
                    return None;
                }
                let (name, module) = self.random.pick(&modules).clone();
                let (attribute, ..) = self.name_of(module);
                given.insert("z", attribute);
                name
            }
            "o" => {
                let module = self.module();
                let (name, ..) = self.name_of(module);
                given.insert("r", name);
                self.modules[module].name.clone()
            }
            "p" | "c" => {
                let packages: Vec<usize> =
                    (0..self.modules.len()).filter(|index| !self.below(*index).is_empty()).collect();
                let package = *self.random.pick(&packages);
                let below = self.below(package);
                let below = *self.random.pick(&below);
                given.insert("c", self.last_name(below).to_string());
                given.insert("p", self.modules[package].name.clone());
                return given.get(slot).cloned();
            }
            // All that is said of one module.
            _ => {
                let module =
                    chosen.get_or_insert_with(|| Chosen { module: self.module(), name: None }).module;
                match slot {
                    "n" => {
                        let found = self.name_of(module);
                        let name = found.0.clone();
                        chosen.get_or_insert(Chosen { module, name: None }).name = Some(found);
                        name
                    }
                    "n2" => self.name_of(module).0,
                    "q" => self.origin(module),
                    "l" => self.spelled(module),
                    "top" => {
                        let name = &self.modules[module].name;
                        name.split_once('.').map_or(name.as_str(), |(top, _)| top).to_string()
                    }
                    _ => self.modules[module].name.clone(),
                }
            }
        };
        given.insert(slot, lasting.clone());
        Some(lasting)
    }
}

/// The module that a template is about, and the name of it.
#[derive(Debug)]
struct Chosen {
    module: usize,
    name: Option<(String, Kind, usize)>,
}

/// Longer ones first.
const SLOTS: &[&str] = &[
    "missing", "top", "n2", "m", "o", "p", "c", "q", "n", "r", "l", "v", "w", "u", "i", "s", "t", "b", "e",
    "k", "x", "d", "g", "f", "a", "z", "j", "y", "X", "I",
];

fn is_block(line: &str) -> Option<char> {
    let mut rest = line.trim_start().strip_prefix('$')?.chars();
    let block = rest.next().filter(|block| "SDFKL".contains(*block))?;
    rest.next().is_none().then_some(block)
}

fn kind_of(name: &str) -> Kind {
    match name {
        "int" => Kind::Int,
        "str" => Kind::Str,
        "tuple" => Kind::Tuple,
        "dict" => Kind::Dict,
        "fn" => Kind::Fn,
        "fn1" => Kind::Fn1,
        "class" => Kind::Class,
        "error" => Kind::Error,
        "decorator" => Kind::Decorator,
        "manager" => Kind::Manager,
        "generator" => Kind::Generator,
        _ => Kind::Any,
    }
}
