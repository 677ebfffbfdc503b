//! Writes the text of a module from templates.

use crate::generate::layout::Module;
use crate::generate::slots::{Chosen, Given};
use crate::generate::templates::{
    self, DANGERS, IMPORTS, RARE, STATEMENTS, Template, WITH_LIBRARY, WITH_VALUES,
};
use crate::generate::{Care, Kind};
use crate::random::Random;

/// Where a statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
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
    pub(super) inside: Inside,
    in_loop: bool,
    /// How many blocks are around.
    depth: usize,
    /// How many expressions are around.
    nesting: usize,
    /// The modules and names of the template around, for the expressions in it.
    lines: Vec<String>,
}

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
        if self.random.below(40_000) == 0 {
            return self.one_of(RARE, indent);
        }
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
}

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
