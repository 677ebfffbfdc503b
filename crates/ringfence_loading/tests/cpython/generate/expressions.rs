//! Expressions for templates: of a kind, of names that are likely to be bound.

use crate::generate::Kind;
use crate::generate::expand::Body;
use crate::generate::tables::{
    ANYTHING, CLASSES, CONDITIONS, ERRORS, INTS, PLATFORM, RAISES, STRINGS, TUPLES,
};

impl Body<'_> {
    pub(crate) fn integer(&mut self) -> String {
        if self.deep() {
            return self.random.below(5).to_string();
        }
        if self.random.chance(45)
            && let Some(found) = self.use_of(Kind::Int)
        {
            return found;
        }
        let template = self.random.weighted(INTS, |(weight, _)| *weight).1;
        if template == "#" { self.random.below(5).to_string() } else { self.inner(template) }
    }

    pub(crate) fn string(&mut self) -> String {
        if self.random.chance(35)
            && let Some(found) = self.use_of(Kind::Str)
        {
            return found;
        }
        self.chosen(STRINGS, "\"text\"")
    }

    pub(crate) fn tuple(&mut self) -> String {
        if self.random.chance(35)
            && let Some(found) = self.use_of(Kind::Tuple)
        {
            return found;
        }
        self.chosen(TUPLES, "(1, 2)")
    }

    pub(crate) fn condition(&mut self) -> String {
        if !self.deep() && self.random.below(400) == 0 {
            return (*self.random.pick(PLATFORM)).to_string();
        }
        self.chosen(CONDITIONS, "True")
    }

    pub(crate) fn anything(&mut self) -> String {
        if self.random.chance(60) {
            let kinds = [Kind::Int, Kind::Str, Kind::Tuple, Kind::Dict, Kind::Class, Kind::Fn, Kind::Any];
            let kind = *self.random.pick(&kinds);
            if let Some(found) = self.use_of(kind) {
                return found;
            }
        }
        self.chosen(ANYTHING, "None")
    }

    pub(crate) fn class(&mut self) -> String {
        if self.random.chance(70)
            && let Some(found) = self.named(Kind::Class)
        {
            return found;
        }
        self.chosen(CLASSES, "object")
    }

    pub(crate) fn error(&mut self) -> String {
        if self.random.chance(20)
            && let Some(found) = self.named(Kind::Error)
        {
            return found;
        }
        self.chosen(ERRORS, "Exception")
    }

    pub(crate) fn raising(&mut self) -> String {
        if self.random.chance(10)
            && let Some(found) = self.named(Kind::Error)
        {
            return format!("raise {found}(\"own\")");
        }
        self.chosen(RAISES, "1 / 0")
    }

    fn chosen(&mut self, of: &[(usize, &'static str)], shallow: &str) -> String {
        if self.deep() {
            return shallow.to_string();
        }
        let template = self.random.weighted(of, |(weight, _)| *weight).1;
        self.inner(template)
    }

    /// A value of the kind that a name leads to: the name, an attribute, or what a call returns.
    fn use_of(&mut self, kind: Kind) -> Option<String> {
        if kind == Kind::Int && self.random.chance(35) {
            return Some(match self.random.below(4) {
                0 => format!("{}()", self.named(Kind::Fn)?),
                1 => format!("{}({})", self.named(Kind::Fn1)?, self.random.below(4)),
                2 => format!("sum({}())", self.named(Kind::Generator)?),
                _ => format!("len({})", self.named(Kind::Dict)?),
            });
        }
        if kind == Kind::Class && self.random.chance(50) {
            return Some(format!("{}()", self.named(Kind::Class)?));
        }
        self.named(kind)
    }

    /// A name of the kind in scope, or an attribute of a module that is in scope.
    pub(crate) fn named(&mut self, kind: Kind) -> Option<String> {
        let called = !matches!(
            kind,
            Kind::Any | Kind::Int | Kind::Str | Kind::Tuple | Kind::Dict | Kind::Module(_) | Kind::Error
        );
        let limit = self.rank;
        let fits = |found: Kind, rank: usize| found == kind && (!called || rank < limit);
        let mut found: Vec<String> = Vec::new();
        for (name, bound, rank) in &self.scope {
            if fits(*bound, *rank) {
                found.push(name.clone());
            }
        }
        // Attributes of modules, which may be in the middle.
        if found.is_empty() || self.random.chance(25) {
            for (name, bound, _) in &self.scope {
                let Kind::Module(index) = bound else { continue };
                let plan =
                    self.modules[*index].plan.iter().filter(|planned| fits(planned.kind, planned.rank));
                found.extend(plan.map(|planned| format!("{name}.{}", planned.name)));
            }
        }
        (!found.is_empty()).then(|| self.random.pick(&found).clone())
    }
}
