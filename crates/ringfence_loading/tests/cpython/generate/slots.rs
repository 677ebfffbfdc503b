//! Fills the slots of templates.
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
//! The first three, `a` and `z` are the same within a template; the others are new each time.

use std::collections::BTreeMap;

use crate::generate::Kind;
use crate::generate::expand::{Body, Inside};
use crate::generate::layout::SUBMODULES;
use crate::generate::templates;

const FRESH: &[&str] =
    &["a", "b", "c", "count", "item", "made", "other", "tool", "kept", "part", "Kind", "do"];

/// What a template has been given so far.
pub(super) type Given = BTreeMap<&'static str, String>;

/// The module that a template is about, and the name of it.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) module: usize,
    pub(super) name: Option<(String, Kind, usize)>,
}

/// Longer ones first.
const SLOTS: &[&str] = &[
    "missing", "top", "n2", "m", "o", "p", "c", "q", "n", "r", "l", "v", "w", "u", "i", "s", "t", "b", "e",
    "k", "x", "d", "g", "f", "a", "z", "j", "y", "X", "I",
];

impl Body<'_> {
    /// The text with what stands for the slots of it; nothing where one of them has nothing in scope.
    pub(super) fn filled(
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
