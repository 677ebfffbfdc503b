//! All that changes while a program runs, as slots; and how what several ways of going on have changed is taken together.

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::symbols::Sym;
use crate::value::{ObjId, Value};

/// A name of an object.
pub(crate) type Slot = (ObjId, Sym);

/// What one way of going on has changed since a mark.
pub(crate) type Changes = FxHashMap<Slot, Value>;

#[derive(Debug, Default)]
pub(crate) struct State {
    slots: FxHashMap<Slot, Value>,
    /// By object: its names in the order in which they were first bound; those that are not bound now included.
    names: FxHashMap<ObjId, Vec<Sym>>,
    /// Every change with the value before it.
    journal: Vec<(Slot, Value)>,
}

impl State {
    /// The value of a slot; nothing where it is not bound, [`Value::OneOf`] with [`Value::Absent`] where it may not be.
    pub(crate) fn get(&self, object: ObjId, name: Sym) -> Option<&Value> {
        self.slots.get(&(object, name)).filter(|value| !value.is_absent())
    }

    pub(crate) fn set(&mut self, object: ObjId, name: Sym, value: Value) {
        let old = if let Some(slot) = self.slots.get_mut(&(object, name)) {
            std::mem::replace(slot, value)
        } else {
            self.slots.insert((object, name), value);
            self.names.entry(object).or_default().push(name);
            Value::Absent
        };
        self.journal.push(((object, name), old));
    }

    pub(crate) fn unset(&mut self, object: ObjId, name: Sym) {
        if self.get(object, name).is_some() {
            self.set(object, name, Value::Absent);
        }
    }

    /// The names of an object that are or may be bound, in the order in which they first were.
    pub(crate) fn bound(&self, object: ObjId) -> Vec<Sym> {
        let names = self.names.get(&object).map_or(&[][..], Vec::as_slice);
        names.iter().copied().filter(|name| self.get(object, *name).is_some()).collect()
    }

    /// Where [`Self::changes_since`] counts from.
    pub(crate) fn mark(&self) -> usize {
        self.journal.len()
    }

    /// What has changed since a mark.
    pub(crate) fn changes_since(&self, mark: usize) -> Changes {
        let mut changes = Changes::with_capacity_and_hasher(self.journal.len() - mark, FxBuildHasher);
        for (slot, _) in &self.journal[mark..] {
            changes.entry(*slot).or_insert_with(|| self.slots.get(slot).cloned().unwrap_or(Value::Absent));
        }
        changes
    }

    /// Takes back what has changed since a mark.
    pub(crate) fn roll_back(&mut self, mark: usize) {
        while self.journal.len() > mark {
            let Some((slot, old)) = self.journal.pop() else { break };
            self.slots.insert(slot, old);
        }
    }

    pub(crate) fn apply(&mut self, changes: &Changes) {
        #[expect(clippy::iter_over_hash_type, reason = "each slot is set once, whatever the order")]
        for ((object, name), value) in changes {
            self.set(*object, *name, value.clone());
        }
    }

    /// What has changed, if one of several ways was taken and it cannot be told which.
    ///
    /// Of an object that was not made on one of the ways, the slots are as on the other: where it does not exist, nothing
    /// leads to it.
    pub(crate) fn merge(&self, ways: Vec<Changes>) -> Changes {
        let mut ways = ways.into_iter();
        let Some(mut merged) = ways.next() else { return Changes::default() };
        for way in ways {
            let before = |slot: &Slot| self.slots.get(slot).cloned().unwrap_or(Value::Absent);
            let exists = |way: &Changes, object: ObjId| {
                object.is_of_machine()
                    || way
                        .get(&(object, Sym::MADE))
                        .map_or_else(|| self.get(object, Sym::MADE).is_some(), |made| !made.is_absent())
            };
            let mut settled: Vec<(Slot, Value)> = Vec::new();
            #[expect(clippy::iter_over_hash_type, reason = "each slot is merged alone, whatever the order")]
            for (slot, value) in &merged {
                if !way.contains_key(slot) && exists(&way, slot.0) {
                    let other = before(slot);
                    let value =
                        if exists(&merged, slot.0) { together(*slot, [value.clone(), other]) } else { other };
                    settled.push((*slot, value));
                }
            }
            #[expect(clippy::iter_over_hash_type, reason = "each slot is merged alone, whatever the order")]
            for (slot, value) in &way {
                if !exists(&way, slot.0) {
                    continue;
                }
                if !exists(&merged, slot.0) {
                    settled.push((*slot, value.clone()));
                    continue;
                }
                let other = merged.get(slot).cloned().unwrap_or_else(|| before(slot));
                let value = if other == *value { other } else { together(*slot, [other, value.clone()]) };
                settled.push((*slot, value));
            }
            merged.extend(settled);
        }
        merged
    }

    /// What was changed since a mark is no longer known.
    pub(crate) fn blur(&mut self, mark: usize) {
        let changes = self.changes_since(mark);
        // What was made since is whole, or nothing leads to it.
        let changed: Vec<Slot> = changes
            .keys()
            .filter(|(object, _)| !changes.contains_key(&(*object, Sym::MADE)))
            .copied()
            .collect();
        for (object, name) in changed {
            let is_counter =
                matches!(self.slots.get(&(object, name)), Some(Value::Int(_))) && name != Sym::POSITION;
            if object.is_of_machine() || name == Sym::MADE || is_counter {
                continue;
            }
            self.set(object, name, Value::external());
        }
    }
}

/// One of two values. What is counted is counted on from the larger; of the many places at which a module may have begun to
/// run, the first and the last are kept.
fn together((object, name): Slot, values: [Value; 2]) -> Value {
    if name == Sym::SEQUENCE || object == ObjId::GENERATIONS {
        let counts =
            values.iter().filter_map(|value| if let Value::Int(count) = value { Some(*count) } else { None });
        if let Some(most) = counts.max() {
            return Value::Int(most);
        }
    }
    if object == ObjId::LOADS {
        let all = values.iter().flat_map(|value| match value {
            Value::OneOf(alternatives) => alternatives.to_vec(),
            other => vec![other.clone()],
        });
        let (numbers, others): (Vec<Value>, Vec<Value>) =
            all.partition(|value| matches!(value, Value::Int(_)));
        let number = |value: &Value| if let Value::Int(number) = value { *number } else { 0 };
        let first = numbers.iter().min_by_key(|value| number(value)).cloned();
        let last = numbers.iter().max_by_key(|value| number(value)).cloned();
        return Value::one_of(first.into_iter().chain(last).chain(others));
    }
    Value::one_of(values)
}
