//! `match`.

use ruff_python_ast::{Pattern, Singleton, StmtMatch};
use ruff_text_size::Ranged;

use crate::Place;
use crate::machine::{Exec, Flow, Machine, Scope};
use crate::value::Value;

impl<'a> Machine<'a> {
    pub(crate) fn match_cases(&mut self, choice: &'a StmtMatch, scope: &Scope) -> Exec<Flow> {
        let subject = self.eval(&choice.subject, scope)?;
        let subject = self.force(subject, scope.place(choice.subject.range()));
        for case in &choice.cases {
            let at = scope.place(case.pattern.range());
            if !self.matches(&case.pattern, &subject, scope, at)? {
                continue;
            }
            if let Some(guard) = &case.guard {
                let holds = self.eval(guard, scope)?;
                if !self.truth(holds, scope.place(guard.range()))? {
                    continue;
                }
            }
            return self.body(&case.body, scope);
        }
        Ok(Flow::Next)
    }

    fn undecided(&mut self, at: Place) -> bool {
        self.choose(2, at, "whether this pattern matches is not known") == 0
    }

    /// Whether a pattern matches; where that is not known, both in turn. Binds its names.
    fn matches(&mut self, pattern: &'a Pattern, subject: &Value, scope: &Scope, at: Place) -> Exec<bool> {
        let unknown = matches!(subject, Value::External(_) | Value::Unknown);
        Ok(match pattern {
            Pattern::MatchValue(value) => {
                let expected = self.eval(&value.value, scope)?;
                match self.is_equal(subject, &expected, at) {
                    Some(equal) => equal,
                    None => self.undecided(at),
                }
            }
            Pattern::MatchSingleton(singleton) => match (singleton.value, subject) {
                (_, Value::External(_) | Value::Unknown) => self.undecided(at),
                (Singleton::None, value) => *value == Value::None,
                (Singleton::True, value) => *value == Value::Bool(true),
                (Singleton::False, value) => *value == Value::Bool(false),
            },
            Pattern::MatchAs(named) => {
                let inner = match &named.pattern {
                    Some(pattern) => self.matches(pattern, subject, scope, at)?,
                    None => true,
                };
                if inner && let Some(name) = &named.name {
                    let name = self.sym(name);
                    self.bind(name, subject.clone(), scope);
                }
                inner
            }
            Pattern::MatchOr(either) => {
                for pattern in &either.patterns {
                    if self.matches(pattern, subject, scope, at)? {
                        return Ok(true);
                    }
                }
                false
            }
            Pattern::MatchSequence(sequence) => {
                let is_sequence = match subject {
                    Value::Tuple(_) => true,
                    Value::Object(id) => matches!(self.object(*id), crate::value::Object::List),
                    _ => false,
                };
                let has_star = sequence.patterns.iter().any(Pattern::is_match_star);
                let items = if is_sequence { self.items(subject.clone(), at)? } else { None };
                match items {
                    Some(items) if !has_star => {
                        if items.len() != sequence.patterns.len() {
                            return Ok(false);
                        }
                        for (pattern, item) in sequence.patterns.iter().zip(items) {
                            if !self.matches(pattern, &item, scope, at)? {
                                return Ok(false);
                            }
                        }
                        true
                    }
                    _ if !is_sequence && !unknown && !self.is_open_instance(subject) => false,
                    _ => self.guessed(pattern, scope, at)?,
                }
            }
            Pattern::MatchClass(class)
                if class.arguments.patterns.is_empty() && class.arguments.keywords.is_empty() =>
            {
                let of = self.eval(&class.cls, scope)?;
                let own = self.class_of(subject);
                match if unknown { None } else { self.is_subclass(&own, &of) } {
                    Some(answer) => answer,
                    None => self.undecided(at),
                }
            }
            Pattern::MatchStar(_) => true,
            Pattern::MatchClass(class) => {
                self.eval(&class.cls, scope)?;
                self.guessed(pattern, scope, at)?
            }
            Pattern::MatchMapping(_) => self.guessed(pattern, scope, at)?,
        })
    }

    /// A pattern that is not followed: it may match, and what its names are is not known.
    fn guessed(&mut self, pattern: &'a Pattern, scope: &Scope, at: Place) -> Exec<bool> {
        if !self.undecided(at) {
            return Ok(false);
        }
        let mut names = Vec::new();
        captured(pattern, &mut names);
        for name in names {
            let name = self.sym(name);
            self.bind(name, Value::Unknown, scope);
        }
        Ok(true)
    }
}

fn captured<'p>(pattern: &'p Pattern, names: &mut Vec<&'p str>) {
    match pattern {
        Pattern::MatchAs(named) => {
            names.extend(named.name.as_ref().map(ruff_python_ast::Identifier::as_str));
            if let Some(inner) = &named.pattern {
                captured(inner, names);
            }
        }
        Pattern::MatchStar(star) => names.extend(star.name.as_ref().map(ruff_python_ast::Identifier::as_str)),
        Pattern::MatchOr(either) => either.patterns.iter().for_each(|pattern| captured(pattern, names)),
        Pattern::MatchSequence(sequence) => {
            sequence.patterns.iter().for_each(|pattern| captured(pattern, names));
        }
        Pattern::MatchMapping(mapping) => {
            mapping.patterns.iter().for_each(|pattern| captured(pattern, names));
            names.extend(mapping.rest.as_ref().map(ruff_python_ast::Identifier::as_str));
        }
        Pattern::MatchClass(class) => {
            class.arguments.patterns.iter().for_each(|pattern| captured(pattern, names));
            class.arguments.keywords.iter().for_each(|keyword| captured(&keyword.pattern, names));
        }
        Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => {}
    }
}
