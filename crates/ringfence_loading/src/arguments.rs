//! Arguments of calls.

use crate::symbols::Sym;
use crate::value::Value;

#[derive(Debug, Clone, Default)]
pub(crate) struct Arguments {
    pub(crate) positional: Vec<Value>,
    pub(crate) keywords: Vec<(Sym, Value)>,
    /// Whether there may be more: `*args` or `**kwargs` of something that is not known.
    pub(crate) more: bool,
}

impl Arguments {
    pub(crate) fn of(positional: impl IntoIterator<Item = Value>) -> Self {
        Self { positional: positional.into_iter().collect(), ..Self::default() }
    }

    /// With one more in front.
    pub(crate) fn after(mut self, first: Value) -> Self {
        self.positional.insert(0, first);
        self
    }

    /// Behind what `functools.partial` gives: keywords of the call win.
    pub(crate) fn added_to(mut self, first: Vec<Value>, keywords: Vec<(Sym, Value)>) -> Self {
        self.positional.splice(0..0, first);
        for (name, value) in keywords {
            if self.keyword(name).is_none() {
                self.keywords.push((name, value));
            }
        }
        self
    }

    pub(crate) fn get(&self, position: usize) -> Option<&Value> {
        self.positional.get(position)
    }

    pub(crate) fn keyword(&self, name: Sym) -> Option<&Value> {
        self.keywords.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    pub(crate) fn len(&self) -> usize {
        self.positional.len() + self.keywords.len()
    }
}
