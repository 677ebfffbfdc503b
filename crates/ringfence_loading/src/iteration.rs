//! What is iterated over: loops of comprehensions, and the items that a value gives.

use crate::Place;
use crate::arguments::Arguments;
use crate::machine::{Exec, Machine, Made, Scope, ScopeKind, Stop};
use crate::names::Names;
use crate::statements::MOST_ROUNDS;
use crate::symbols::Sym;
use crate::value::{ObjId, Object, Value};
use ruff_python_ast::Comprehension;
use ruff_text_size::{Ranged, TextRange};
use std::rc::Rc;

impl<'a> Machine<'a> {
    pub(crate) fn comprehension_scope(
        &mut self,
        generators: &'a [Comprehension],
        scope: &Scope,
        range: TextRange,
    ) -> Scope {
        let targets = generators.iter().map(|generator| &generator.target);
        let names = Rc::new(Names::of_targets(&mut self.symbols, targets));
        let frame = Object::Frame { names: Rc::clone(&names), parent: scope.frame };
        let locals = self.make(scope.locals, range, Made::Frame, frame);
        Scope { locals, kind: ScopeKind::Function(names), frame: Some(locals), ..scope.clone() }
    }

    /// What a comprehension gives; nothing where that is not known.
    pub(crate) fn comprehend(
        &mut self,
        generators: &'a [Comprehension],
        scope: &Scope,
        mut element: impl FnMut(&mut Self, &Scope) -> Exec<Value>,
    ) -> Exec<Option<Vec<Value>>> {
        let Some(first) = generators.first() else { return Ok(None) };
        let iterable = self.eval(&first.iter, scope)?;
        let range = TextRange::new(first.range.start(), generators[generators.len() - 1].range.end());
        let inner = self.comprehension_scope(generators, scope, range);
        let mut items = Some(Vec::new());
        self.generate(generators, Some(iterable), &inner, &mut |machine, scope| {
            let value = element(machine, scope)?;
            if let Some(items) = &mut items {
                items.push(value);
            }
            Ok(())
        })
        .map(|known| if known { items.take() } else { None })
    }

    /// Runs the loops of a comprehension. Gives whether their lengths are known.
    pub(crate) fn generate(
        &mut self,
        generators: &'a [Comprehension],
        first: Option<Value>,
        scope: &Scope,
        element: &mut dyn FnMut(&mut Self, &Scope) -> Exec<()>,
    ) -> Exec<bool> {
        let Some((generator, rest)) = generators.split_first() else {
            element(self, scope)?;
            return Ok(true);
        };
        let place = scope.place(generator.iter.range());
        let iterable = match first {
            Some(value) => value,
            None => self.eval(&generator.iter, scope)?,
        };
        let items = self.items(iterable, place)?.filter(|items| items.len() <= MOST_ROUNDS);
        let mut known = items.is_some();
        let items = match items {
            Some(items) => items,
            None if self.choose(2, place, "how often this loop runs is not known") == 1 => Vec::new(),
            None => vec![Value::external()],
        };
        'items: for item in items {
            self.burn(place)?;
            self.assign(&generator.target, item, scope)?;
            for test in &generator.ifs {
                let at = scope.place(test.range());
                let value = self.eval(test, scope)?;
                if self.choices_made() >= 6
                    && matches!(value, Value::External(_) | Value::Unknown | Value::OneOf(_))
                {
                    known = false;
                } else if !self.truth(value, at)? {
                    continue 'items;
                }
            }
            known &= self.generate(rest, None, scope, element)?;
        }
        Ok(known)
    }

    /// The items that something gives when it is iterated over; nothing where that is not known.
    pub(crate) fn items(&mut self, value: Value, at: Place) -> Exec<Option<Vec<Value>>> {
        let value = self.force(value, at);
        let text = match &value {
            Value::Tuple(items) => return Ok(Some(items.to_vec())),
            Value::Str(text) => {
                return Ok(Some(text.chars().map(|character| Value::str(&character.to_string())).collect()));
            }
            Value::Bytes(bytes) => {
                return Ok(Some(bytes.iter().map(|byte| Value::Int(i64::from(*byte))).collect()));
            }
            Value::External(_) | Value::Exception(_) | Value::Pairs(_) => return Ok(None),
            Value::Unknown => {
                self.may_raise(at, "what is iterated over is not known")?;
                return Ok(None);
            }
            Value::Method(_) => return Ok(None),
            Value::Object(id) => match self.object(*id).clone() {
                Object::List | Object::Set => return Ok(self.content(*id, at)),
                Object::Iterator => {
                    let gone = match self.state.get(*id, Sym::POSITION) {
                        Some(Value::Int(gone)) => *gone as usize,
                        _ => return Ok(None),
                    };
                    let Some(items) = self.content(*id, at) else { return Ok(None) };
                    self.state.set(*id, Sym::POSITION, Value::Int(items.len() as i64));
                    return Ok(Some(items.into_iter().skip(gone).collect()));
                }
                Object::Dict => {
                    let pairs = self.pairs(&value, at)?;
                    return Ok(pairs.map(|pairs| pairs.into_iter().map(|(key, _)| key).collect()));
                }
                Object::View(ObjId::SYS_MODULES) => return Ok(None),
                Object::View(of) => {
                    let pairs = self.view_pairs(of);
                    return Ok(Some(pairs.into_iter().map(|(key, _)| key).collect()));
                }
                Object::Generator(generator) => return self.run_generator(*id, generator, at),
                Object::Mapped { filter, function, items } => {
                    let Some(items) = self.items(items, at)? else { return Ok(None) };
                    let mut results = Vec::with_capacity(items.len());
                    for item in items.into_iter().take(MOST_ROUNDS) {
                        let arguments = match (&item, filter) {
                            (Value::Tuple(several), false)
                                if several.first() == Some(&Value::Builtin("zip")) =>
                            {
                                Arguments::of(several[1..].iter().cloned())
                            }
                            _ => Arguments::of([item.clone()]),
                        };
                        let result = match &function {
                            Value::None => item.clone(),
                            function => self.call(function.clone(), arguments, at)?,
                        };
                        if !filter {
                            results.push(result);
                        } else if self.truth(result, at)? {
                            results.push(item);
                        }
                    }
                    return Ok(Some(results));
                }
                Object::Instance { .. } => return self.iterate_instance(value.clone(), at),
                Object::Class(class) if class.is_open || class.metaclass.is_some() => return Ok(None),
                Object::Module(_) => "'module' object is not iterable".to_owned(),
                Object::Class(_) => "'type' object is not iterable".to_owned(),
                _ => "object is not iterable".to_owned(),
            },
            Value::None => "'NoneType' object is not iterable".to_owned(),
            Value::Int(_) => "'int' object is not iterable".to_owned(),
            Value::Bool(_) => "'bool' object is not iterable".to_owned(),
            _ => "object is not iterable".to_owned(),
        };
        Err(self.raise("TypeError", text, at))
    }

    pub(crate) fn iterate_instance(&mut self, value: Value, at: Place) -> Exec<Option<Vec<Value>>> {
        let Some(iter) = self.special(&value, Sym::ITER, at)? else {
            if let Some(get) = self.special(&value, Sym::GETITEM, at)? {
                let mut items = Vec::new();
                for position in 0..MOST_ROUNDS {
                    match self.call(get.clone(), Arguments::of([Value::Int(position as i64)]), at) {
                        Ok(item) => items.push(item),
                        Err(Stop::Raised(raised)) if self.is_builtin_raised(&raised.value, "IndexError") => {
                            return Ok(Some(items));
                        }
                        Err(stop) => return Err(stop),
                    }
                }
                return Ok(None);
            }
            if self.is_open_instance(&value) {
                return Ok(None);
            }
            return Err(self.raise("TypeError", "object is not iterable", at));
        };
        let iterator = self.call(iter, Arguments::default(), at)?;
        let iterator = self.force(iterator, at);
        let Value::Object(id) = iterator else { return self.items(iterator, at) };
        if !matches!(self.object(id), Object::Instance { .. }) {
            return self.items(iterator, at);
        }
        let Some(next) = self.special(&iterator, Sym::NEXT, at)? else { return Ok(None) };
        let mut items = Vec::new();
        for _ in 0..MOST_ROUNDS {
            match self.call(next.clone(), Arguments::default(), at) {
                Ok(item) => items.push(item),
                Err(Stop::Raised(raised)) if self.is_builtin_raised(&raised.value, "StopIteration") => {
                    return Ok(Some(items));
                }
                Err(stop) => return Err(stop),
            }
        }
        self.doubt(at, "this loop runs so often that it is not followed to its end");
        Ok(None)
    }
}
