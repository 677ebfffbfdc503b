//! Hostile programs: modules that import each other in circles while they do all that code can do to an import.
//!
//! A program is planned first (which modules there are, and what names each is to have), so that most of what a module
//! asks of another is there by the end. Then each body is written from templates: see [`templates`].

mod expand;
mod expressions;
mod layout;
mod naming;
mod slots;
mod tables;
mod templates;

use crate::generate::expand::Body;
use crate::generate::layout::{Module, layout};
use crate::program::{File, Program};
use crate::random::Random;

/// What is known of a value that a name is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Any,
    Int,
    Str,
    /// Some integers.
    Tuple,
    /// Strings to integers.
    Dict,
    /// A function without parameters.
    Fn,
    /// A function of one integer.
    Fn1,
    /// A class whose objects are made from nothing.
    Class,
    /// An exception class.
    Error,
    Decorator,
    /// What, when called without arguments, is a context manager.
    Manager,
    /// A generator function.
    Generator,
    /// A module of the program.
    Module(usize),
}

/// A name that a module is to have, and its place in the order that keeps calls from going round: what is called in a
/// body has a smaller one.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) rank: usize,
}

/// How much of a program is meant to work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Care {
    /// Of a hundred statements that nothing guards, so many are made to fail.
    danger: usize,
    /// Of a hundred modules that are asked for, so many come after the one that asks.
    order: usize,
    /// How much sooner names are defined than others are imported.
    early: usize,
}

/// The program of this seed.
pub(crate) fn program(seed: u64) -> Program {
    let mut random = Random::new(seed);
    let modules = layout(&mut random);
    let care = Care {
        danger: *random.pick(&[0, 0, 0, 1, 2]),
        order: *random.pick(&[0, 50, 80, 90, 95]),
        early: *random.pick(&[1, 3, 10, 20]),
    };
    let mut files = Vec::new();
    for (current, module) in modules.iter().enumerate() {
        let Some(path) = &module.path else { continue };
        let text = Body::new(&mut random, &modules, current, care).write();
        files.push(File { path: path.clone(), text });
    }
    Program { files }
}

impl Module {
    fn is_package(&self) -> bool {
        self.path.as_ref().is_none_or(|path| path.ends_with("__init__.py"))
    }
}
