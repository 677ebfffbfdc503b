//! What assignments and deletions aim at.

use crate::machine::{Exec, Machine, Scope, ScopeKind};
use crate::symbols::Sym;
use crate::value::{ObjId, Object, Value};
use ruff_python_ast::{Expr, StmtAugAssign};
use ruff_text_size::Ranged;

impl<'a> Machine<'a> {
    /// Binds a name where assignments of this scope go.
    pub(crate) fn bind(&mut self, name: Sym, value: Value, scope: &Scope) {
        let holder = self.holder(name, scope);
        self.state.set(holder, name, value);
    }

    /// Where a name is bound that is assigned or deleted in this scope.
    pub(crate) fn holder(&self, name: Sym, scope: &Scope) -> ObjId {
        match &scope.kind {
            ScopeKind::Function(names) if names.globals.contains(&name) => scope.globals,
            ScopeKind::Function(names) if names.nonlocals.contains(&name) => {
                self.frame_of(name, scope.frame).unwrap_or(scope.locals)
            }
            ScopeKind::Function(names) if !names.locals.contains(&name) => {
                // `:=` in a comprehension.
                self.frame_of(name, scope.frame).unwrap_or(scope.globals)
            }
            _ => scope.locals,
        }
    }

    /// The frame from here on outwards in which a name is local.
    pub(crate) fn frame_of(&self, name: Sym, mut frame: Option<ObjId>) -> Option<ObjId> {
        while let Some(id) = frame {
            let Object::Frame { names, parent } = self.object(id) else { return None };
            if names.locals.contains(&name) {
                return Some(id);
            }
            frame = *parent;
        }
        None
    }

    pub(crate) fn assign(&mut self, target: &'a Expr, value: Value, scope: &Scope) -> Exec<()> {
        let place = scope.place(target.range());
        match target {
            Expr::Name(name) => {
                let name = self.sym(&name.id);
                self.bind(name, value, scope);
            }
            Expr::Attribute(attribute) => {
                let object = self.eval(&attribute.value, scope)?;
                let name = self.sym(&attribute.attr);
                self.set_attribute(object, name, value, place)?;
            }
            Expr::Subscript(subscript) => {
                let object = self.eval(&subscript.value, scope)?;
                let key = self.eval(&subscript.slice, scope)?;
                self.set_item(object, key, value, place)?;
            }
            Expr::Tuple(tuple) => self.unpack(&tuple.elts, value, scope, place)?,
            Expr::List(list) => self.unpack(&list.elts, value, scope, place)?,
            Expr::Starred(starred) => self.assign(&starred.value, value, scope)?,
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn unpack(
        &mut self,
        targets: &'a [Expr],
        value: Value,
        scope: &Scope,
        place: crate::Place,
    ) -> Exec<()> {
        let value = self.force(value, place);
        let starred = targets.iter().position(Expr::is_starred_expr);
        let Some(items) = self.items(value.clone(), place)? else {
            if self.is_text(&value) {
                self.may_raise(place, "how many characters this text has is not known")?;
            } else if self.is_collection(&value) {
                self.may_raise(place, "how many items this collection has is not known")?;
            }
            let is_own = matches!(value, Value::Unknown);
            for (position, target) in targets.iter().enumerate() {
                let part =
                    if starred == Some(position) || !is_own { Value::external() } else { Value::Unknown };
                self.assign(target, part, scope)?;
            }
            return Ok(());
        };
        let enough = match starred {
            Some(_) => items.len() + 1 >= targets.len(),
            None => items.len() == targets.len(),
        };
        if !enough {
            let message = if items.len() > targets.len() {
                format!("too many values to unpack (expected {})", targets.len())
            } else {
                format!("not enough values to unpack (expected {}, got {})", targets.len(), items.len())
            };
            return Err(self.raise("ValueError", message, place));
        }
        let more = items.len() + 1 - targets.len().min(items.len() + 1);
        let mut items = items.into_iter();
        for (position, target) in targets.iter().enumerate() {
            if starred == Some(position) {
                let rest: Vec<Value> = items.by_ref().take(more).collect();
                let list = self.make_list(rest, scope.locals, target.range());
                self.assign(target, list, scope)?;
            } else if let Some(item) = items.next() {
                self.assign(target, item, scope)?;
            }
        }
        Ok(())
    }

    pub(crate) fn delete(&mut self, target: &'a Expr, scope: &Scope) -> Exec<()> {
        let place = scope.place(target.range());
        match target {
            Expr::Name(name) => {
                // Says whether it is there.
                self.load_name(name, scope)?;
                let symbol = self.sym(&name.id);
                let holder = self.holder(symbol, scope);
                // It may be a name of something around this place.
                if self.present(holder, symbol, place)?.is_none()
                    && self.opaque_name(holder, symbol, place)?.is_none()
                {
                    return Err(self.raise("NameError", format!("name '{}' is not defined", name.id), place));
                }
                self.state.unset(holder, symbol);
            }
            Expr::Attribute(attribute) => {
                let object = self.eval(&attribute.value, scope)?;
                let name = self.sym(&attribute.attr);
                self.delete_attribute(object, name, place)?;
            }
            Expr::Subscript(subscript) => {
                let object = self.eval(&subscript.value, scope)?;
                let key = self.eval(&subscript.slice, scope)?;
                self.delete_item(object, key, place)?;
            }
            Expr::Tuple(tuple) => {
                for target in &tuple.elts {
                    self.delete(target, scope)?;
                }
            }
            Expr::List(list) => {
                for target in &list.elts {
                    self.delete(target, scope)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn augment(&mut self, assign: &'a StmtAugAssign, scope: &Scope) -> Exec<()> {
        let place = scope.place(assign.range);
        match &*assign.target {
            Expr::Name(name) => {
                let old = self.load_name(name, scope)?;
                let other = self.eval(&assign.value, scope)?;
                let new = self.in_place(old, assign.op, other, place)?;
                let name = self.sym(&name.id);
                self.bind(name, new, scope);
            }
            Expr::Attribute(attribute) => {
                let object = self.eval(&attribute.value, scope)?;
                let name = self.sym(&attribute.attr);
                let old = self.attribute(object.clone(), name, place)?;
                let other = self.eval(&assign.value, scope)?;
                let new = self.in_place(old, assign.op, other, place)?;
                self.set_attribute(object, name, new, place)?;
            }
            Expr::Subscript(subscript) => {
                let object = self.eval(&subscript.value, scope)?;
                let key = self.eval(&subscript.slice, scope)?;
                let old = self.item(object.clone(), key.clone(), place)?;
                let other = self.eval(&assign.value, scope)?;
                let new = self.in_place(old, assign.op, other, place)?;
                self.set_item(object, key, new, place)?;
            }
            _ => {}
        }
        Ok(())
    }
}
