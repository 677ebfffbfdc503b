//! `functools.update_wrapper`: what a wrapper takes over of the function that it wraps.

use crate::Place;
use crate::machine::{Exec, Machine};
use crate::symbols::Sym;
use crate::value::{Object, Value};

const TAKEN_OVER: &[Sym] = &[Sym::MODULE, Sym::NAME, Sym::QUALNAME, Sym::DOC];

impl Machine<'_> {
    /// Gives one of our functions the name of another, and what else it has.
    pub(crate) fn update_wrapper(&mut self, wrapper: &Value, wrapped: Option<Value>, at: Place) -> Exec<()> {
        let Some(wrapped) = wrapped else { return Ok(()) };
        let wrapped = self.force(wrapped, at);
        let Value::Object(into) = *wrapper else { return Ok(()) };
        let Value::Object(from) = wrapped else { return Ok(()) };
        let is_function = |machine: &Self, id| matches!(machine.object(id), Object::Function(_));
        if !is_function(self, into) || !is_function(self, from) {
            return Ok(());
        }
        for name in TAKEN_OVER {
            let value = self.attribute(wrapped.clone(), *name, at)?;
            self.state.set(into, *name, value);
        }
        for name in self.state.bound(from) {
            if !self.text(name).starts_with(' ')
                && let Some(value) = self.state.get(from, name).cloned()
            {
                self.state.set(into, name, value);
            }
        }
        let name = self.sym("__wrapped__");
        self.state.set(into, name, wrapped);
        Ok(())
    }
}
