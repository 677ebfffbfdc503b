//! What is iterated over: loops of comprehensions, and the items that a value gives.

use crate::Place;
use crate::arguments::Arguments;
use crate::generators::Resumption;
use crate::machine::{Exec, Machine, Made, Scope, ScopeKind, Stop};
use crate::names::Names;
use crate::statements::MOST_ROUNDS;
use crate::symbols::Sym;
use crate::typed::NUMBERS;
use crate::value::{Code, Generator, ObjId, Object, Stream, Value};
use ruff_python_ast::Comprehension;
use ruff_text_size::{Ranged, TextRange};
use std::rc::Rc;

/// How often a loop of unknown length is gone through.
pub(crate) const ROUNDS: usize = 2;

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
        self.state.set(inner.locals, Sym::INLINED, Value::Bool(true));
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
        let mut source = self.source(iterable, 1, place)?;
        let mut known = true;
        'items: while let Some(item) = self.next_of(&mut source, place)? {
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
        Ok(known && !matches!(source, Source::Unknown(_)))
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
            Value::External(_) if self.type_name(&value).is_some_and(|kind| NUMBERS.contains(&kind)) => {
                "object is not iterable".to_owned()
            }
            Value::External(_) | Value::Exception(_) | Value::Pairs(_) => return Ok(None),
            Value::Unknown => {
                self.may_raise(at, "what is iterated over is not known")?;
                return Ok(None);
            }
            Value::Method(_) => return Ok(None),
            Value::Object(id) => match self.object(*id).clone() {
                Object::List | Object::Set => return Ok(self.content(*id, at)),
                Object::Dict => {
                    let pairs = self.pairs(&value, at)?;
                    return Ok(pairs.map(|pairs| pairs.into_iter().map(|(key, _)| key).collect()));
                }
                Object::View(ObjId::SYS_MODULES) => return Ok(None),
                Object::View(of) => {
                    let pairs = self.view_pairs(of);
                    return Ok(Some(pairs.into_iter().map(|(key, _)| key).collect()));
                }
                Object::Iterator | Object::Generator(_) | Object::Stream { .. } => {
                    return self.rest_of(&value, at);
                }
                Object::Instance { .. } => return self.iterate_instance(value.clone(), at),
                Object::Class(_) if self.members(*id).is_some() => return Ok(self.distinct_members(*id)),
                Object::Class(class) if !self.orders_as_type_does(&class) => return Ok(None),
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
            if let Some(values) = self.values_of_fields(&value) {
                return Ok(Some(values.to_vec()));
            }
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
        match &iterator {
            Value::Object(id) if matches!(self.object(*id), Object::Instance { .. }) => {
                self.rest_of(&iterator, at)
            }
            _ => self.items(iterator, at),
        }
    }

    /// All that an iterator still gives; nothing where that is not known.
    fn rest_of(&mut self, iterator: &Value, at: Place) -> Exec<Option<Vec<Value>>> {
        let mut items = Vec::new();
        while items.len() < MOST_ROUNDS {
            match self.advance(iterator, at)? {
                Next::Item(item) => items.push(item),
                Next::End => return Ok(Some(items)),
                Next::Unknown => return Ok(None),
            }
        }
        self.doubt(at, "this loop runs so often that it is not followed to its end");
        Ok(None)
    }

    /// What a loop over a value takes its items from; where their number is not known, there are up to so many of them.
    pub(crate) fn source(&mut self, value: Value, rounds: usize, at: Place) -> Exec<Source> {
        let value = self.force(value, at);
        if let Value::Object(id) = &value {
            match self.object(*id).clone() {
                Object::List => return Ok(Source::List { id: *id, next: 0, rounds }),
                Object::Dict => {
                    return Ok(match self.pairs(&value, at)? {
                        Some(pairs) if pairs.len() <= MOST_ROUNDS => {
                            Source::Dict { id: *id, next: 0, size: pairs.len() }
                        }
                        _ => Source::Unknown(rounds),
                    });
                }
                Object::View(of) if of != ObjId::SYS_MODULES => {
                    let names: Vec<Value> = self.view_pairs(of).into_iter().map(|(name, _)| name).collect();
                    return Ok(Source::Names { of, size: names.len(), names: names.into(), next: 0 });
                }
                Object::Iterator | Object::Generator(_) | Object::Stream { .. } => {
                    return Ok(Source::Asked { iterator: value, rounds: 0 });
                }
                Object::Instance { .. } => {
                    if let Some(iter) = self.special(&value, Sym::ITER, at)? {
                        let iterator = self.call(iter, Arguments::default(), at)?;
                        let iterator = self.force(iterator, at);
                        if self.is_instance(&iterator) {
                            return Ok(if self.special(&iterator, Sym::NEXT, at)?.is_some() {
                                Source::Asked { iterator, rounds: 0 }
                            } else if self.is_open_instance(&iterator) {
                                Source::Unknown(rounds)
                            } else {
                                return Err(self.raise("TypeError", "iter() returned non-iterator", at));
                            });
                        }
                        return self.source(iterator, rounds, at);
                    }
                }
                _ => {}
            }
        }
        Ok(match self.items(value, at)? {
            Some(items) if items.len() <= MOST_ROUNDS => Source::Items { items: items.into(), next: 0 },
            _ => Source::Unknown(rounds),
        })
    }

    /// The next item of a loop, if there is one.
    pub(crate) fn next_of(&mut self, source: &mut Source, at: Place) -> Exec<Option<Value>> {
        match source {
            Source::Items { items, next } => {
                *next += 1;
                Ok(items.get(*next - 1).cloned())
            }
            Source::List { id, next, rounds } => {
                let item = match self.state.get(*id, Sym::CONTENT) {
                    Some(Value::Tuple(items)) if items.len() <= MOST_ROUNDS => items.get(*next).cloned(),
                    Some(Value::OneOf(_)) => match self.content(*id, at) {
                        Some(items) => items.get(*next).cloned(),
                        None => {
                            *source = Source::Unknown(*rounds);
                            return self.next_of(source, at);
                        }
                    },
                    _ => {
                        *source = Source::Unknown(*rounds);
                        return self.next_of(source, at);
                    }
                };
                *next += 1;
                Ok(item)
            }
            Source::Dict { id, next, size } => {
                let (length, key) = match self.state.get(*id, Sym::CONTENT) {
                    Some(Value::Pairs(pairs)) => (pairs.len(), pairs.get(*next).map(|(key, _)| key.clone())),
                    _ => {
                        self.may_raise(at, "what this holds is not known")?;
                        return Ok(None);
                    }
                };
                if length != *size {
                    return Err(self.raise("RuntimeError", "dictionary changed size during iteration", at));
                }
                *next += 1;
                Ok(key)
            }
            Source::Names { of, names, next, size } => {
                if self.view_pairs(*of).len() != *size {
                    return Err(self.raise("RuntimeError", "dictionary changed size during iteration", at));
                }
                *next += 1;
                Ok(names.get(*next - 1).cloned())
            }
            Source::Asked { iterator, rounds } => {
                *rounds += 1;
                if *rounds > MOST_ROUNDS {
                    self.doubt(at, "this loop runs so often that it is not followed to its end");
                    return Ok(None);
                }
                let iterator = iterator.clone();
                match self.advance(&iterator, at)? {
                    Next::Item(item) => Ok(Some(item)),
                    Next::End => Ok(None),
                    Next::Unknown => {
                        *source = Source::Unknown(1);
                        self.next_of(source, at)
                    }
                }
            }
            Source::Unknown(0) => Ok(None),
            Source::Unknown(rounds) => {
                *rounds -= 1;
                let goes_on = self.choose(2, at, "how often this loop runs is not known") == 0;
                Ok(goes_on.then(Value::external))
            }
        }
    }

    /// `iter(value)`
    pub(crate) fn iterator_of(&mut self, value: Value, at: Place) -> Exec<Value> {
        Ok(match self.source(value, 1, at)? {
            Source::Asked { iterator, .. } => iterator,
            Source::Items { items, .. } => self.iterator(Some(items.to_vec())),
            Source::Names { names, .. } => self.iterator(Some(names.to_vec())),
            Source::List { id, .. } => {
                let items = self.content(id, at);
                self.iterator(items)
            }
            Source::Dict { id, .. } => {
                let pairs = self.pairs(&Value::Object(id), at)?;
                self.iterator(pairs.map(|pairs| pairs.into_iter().map(|(key, _)| key).collect()))
            }
            Source::Unknown(_) => Value::external(),
        })
    }

    /// What an iterator gives next.
    pub(crate) fn advance(&mut self, iterator: &Value, at: Place) -> Exec<Next> {
        let Value::Object(id) = iterator else {
            if *iterator == Value::Unknown {
                self.may_raise(at, "what this iterator gives next is not known")?;
            }
            return Ok(Next::Unknown);
        };
        match self.object(*id).clone() {
            Object::Generator(generator) if generator.is_resumable() => {
                self.resume(*id, &generator, &Resumption::Sent(Value::None), at)
            }
            Object::Generator(generator) => {
                if self.state.get(*id, Sym::POSITION).is_none() {
                    let items = self.generated(generator, at)?;
                    self.state.set(*id, Sym::POSITION, Value::Int(0));
                    self.set_content(*id, items);
                }
                self.advance_in_content(*id, at)
            }
            Object::Iterator => self.advance_in_content(*id, at),
            Object::Stream { kind, function, sources } => {
                self.advance_stream(*id, kind, &function, &sources, at)
            }
            Object::Instance { .. } => {
                let Some(next) = self.special(iterator, Sym::NEXT, at)? else { return Ok(Next::Unknown) };
                match self.call(next, Arguments::default(), at) {
                    Ok(item) => Ok(Next::Item(item)),
                    Err(Stop::Raised(raised)) if self.is_builtin_raised(&raised.value, "StopIteration") => {
                        Ok(Next::End)
                    }
                    Err(stop) => Err(stop),
                }
            }
            _ => Ok(Next::Unknown),
        }
    }

    fn advance_in_content(&mut self, id: ObjId, at: Place) -> Exec<Next> {
        let position = self.state.get(id, Sym::POSITION).cloned().unwrap_or(Value::Int(0));
        let Value::Int(position) = self.force(position, at) else { return Ok(Next::Unknown) };
        let item = match self.state.get(id, Sym::CONTENT) {
            Some(Value::Tuple(items)) => items.get(position as usize).cloned(),
            _ => match self.content(id, at) {
                Some(items) => items.get(position as usize).cloned(),
                None => return Ok(Next::Unknown),
            },
        };
        let Some(item) = item else { return Ok(Next::End) };
        self.state.set(id, Sym::POSITION, Value::Int(position + 1));
        Ok(Next::Item(item))
    }

    fn advance_stream(
        &mut self,
        id: ObjId,
        kind: Stream,
        function: &Value,
        sources: &[Value],
        at: Place,
    ) -> Exec<Next> {
        let position = match self.state.get(id, Sym::POSITION).cloned() {
            None => 0,
            Some(position) => match self.force(position, at) {
                Value::Int(position) => position,
                _ => return Ok(Next::Unknown),
            },
        };
        match kind {
            Stream::Walk => match (function, sources) {
                (Value::Str(package), [Value::Str(prefix)]) => self.advance_walk(id, package, prefix, at),
                _ => Ok(Next::Unknown),
            },
            Stream::Map | Stream::Zip => {
                let mut row = Vec::with_capacity(sources.len());
                for source in sources {
                    match self.advance(source, at)? {
                        Next::Item(item) => row.push(item),
                        other => return Ok(other),
                    }
                }
                if kind == Stream::Zip {
                    return Ok(if row.is_empty() { Next::End } else { Next::Item(Value::tuple(row)) });
                }
                self.call(function.clone(), Arguments::of(row), at).map(Next::Item)
            }
            Stream::Filter => {
                let Some(source) = sources.first() else { return Ok(Next::End) };
                for _ in 0..MOST_ROUNDS {
                    let item = match self.advance(source, at)? {
                        Next::Item(item) => item,
                        other => return Ok(other),
                    };
                    let test = match function {
                        Value::None => item.clone(),
                        function => self.call(function.clone(), Arguments::of([item.clone()]), at)?,
                    };
                    if self.truth(test, at)? {
                        return Ok(Next::Item(item));
                    }
                }
                Ok(Next::Unknown)
            }
            Stream::Enumerate => {
                let Some(source) = sources.first() else { return Ok(Next::End) };
                Ok(match self.advance(source, at)? {
                    Next::Item(item) => {
                        self.state.set(id, Sym::POSITION, Value::Int(position + 1));
                        Next::Item(Value::tuple(vec![Value::Int(position), item]))
                    }
                    other => other,
                })
            }
            Stream::Chain => {
                for (number, source) in sources.iter().enumerate().skip(position as usize) {
                    match self.advance(source, at)? {
                        Next::End => self.state.set(id, Sym::POSITION, Value::Int(number as i64 + 1)),
                        other => return Ok(other),
                    }
                }
                Ok(Next::End)
            }
        }
    }

    /// An iterator over what others give.
    pub(crate) fn stream(
        &mut self,
        kind: Stream,
        function: Value,
        sources: impl IntoIterator<Item = Value>,
        at: Place,
    ) -> Exec<Value> {
        let mut iterators = Vec::new();
        for source in sources {
            iterators.push(self.iterator_of(source, at)?);
        }
        Ok(Value::Object(self.push(Object::Stream { kind, function, sources: iterators })))
    }

    /// Ends the generator that a loop has asked, and that nobody else holds.
    pub(crate) fn close_source(&mut self, source: &Source, at: Place) -> Exec<()> {
        if let Source::Asked { iterator: Value::Object(id), .. } = source
            && let Object::Generator(generator) = self.object(*id).clone()
        {
            return match self.close_generator(*id, &generator, at) {
                // What is raised then goes to nobody.
                Err(Stop::Raised(_)) => Ok(()),
                other => other,
            };
        }
        Ok(())
    }

    /// All that a generator yields whose `yield`s are deep in expressions.
    fn generated(&mut self, generator: Generator<'a>, at: Place) -> Exec<Option<Vec<Value>>> {
        let Generator::Call { function, frame } = generator else { return Ok(None) };
        let Code::Def(def) = function.code else { return Ok(None) };
        let scope = self.generator_scope(&Generator::Call { function: Rc::clone(&function), frame });
        self.yields.push(Vec::new());
        let depth = self.yields.len();
        let result = self.deeper(at, |machine| machine.body(&def.body, &scope));
        self.yields.truncate(depth);
        let items = self.yields.pop().unwrap_or_default();
        match result {
            Ok(_) => Ok(Some(items)),
            Err(stop) => {
                if !items.is_empty() {
                    self.doubt(at, "how far this generator is run before it raises is not followed");
                }
                match &stop {
                    Stop::Raised(raised) if self.is_builtin_raised(&raised.value, "StopIteration") => {
                        let at = raised.failure.at;
                        Err(self.raise("RuntimeError", "generator raised StopIteration", at))
                    }
                    _ => Err(stop),
                }
            }
        }
    }
}

/// What a loop takes its items from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Source {
    Items {
        items: Rc<[Value]>,
        next: usize,
    },
    /// A list, which the loop may change.
    List {
        id: ObjId,
        next: usize,
        rounds: usize,
    },
    /// A dictionary, which nobody may add to meanwhile.
    Dict {
        id: ObjId,
        next: usize,
        size: usize,
    },
    /// The same for the names of something.
    Names {
        of: ObjId,
        names: Rc<[Value]>,
        next: usize,
        size: usize,
    },
    /// An iterator that is asked for each.
    Asked {
        iterator: Value,
        rounds: usize,
    },
    /// It is not known how many there are: up to so many.
    Unknown(usize),
}

/// What an iterator gives next.
#[derive(Debug, Clone)]
pub(crate) enum Next {
    Item(Value),
    End,
    Unknown,
}
