//! Classes that derive from classes of the library: what they may have from there, and what is left to them.

use std::rc::Rc;

use crate::builtins::{abstract_methods, builtin_type_has, library_class_has};
use crate::items::is_generic;
use crate::machine::Machine;
use crate::symbols::Sym;
use crate::value::{Class, ObjId, Object, Value};

/// The path of `typing.Generic[T]`.
pub(crate) const GENERIC: &str = "typing.Generic[]";

impl Machine<'_> {
    /// Whether a class of the library has a name that is not private; nothing where that is not known.
    pub(crate) fn library_class_has(&self, path: Sym, name: &str) -> Option<bool> {
        if name.starts_with('_') {
            return None;
        }
        let text = self.text(path);
        library_class_has(if &*text == GENERIC { "typing.Generic" } else { &text }, name)
    }

    /// Whether `Class[int]` may be written, as far as what is not ours among its bases is concerned.
    pub(crate) fn bases_may_be_generic(&self, class: &Class) -> bool {
        !self.has_plain_metaclass(class)
            || class.order.iter().any(|base| match base {
                Value::Builtin(base) => is_generic(base),
                Value::External(path) => {
                    let text = self.text(*path);
                    // What enumerations have is known elsewhere.
                    text.starts_with("enum.")
                        || &*text == GENERIC
                        || library_class_has(&text, "__class_getitem__") != Some(false)
                }
                _ => false,
            })
    }

    /// Whether a class of ours derives from one of these classes of the library.
    pub(crate) fn derives_from(&self, class: &Class, paths: &[&str]) -> bool {
        class
            .order
            .iter()
            .any(|base| matches!(base, Value::External(path) if paths.contains(&&*self.text(*path))))
    }

    /// Whether a value is an object of a class of ours that derives from a class of the library.
    pub(crate) fn derives_from_library(&self, value: &Value, path: &str) -> bool {
        let Value::Object(id) = value else { return false };
        let Object::Instance { class } = self.object(*id) else { return false };
        let Object::Class(definition) = self.object(*class) else { return false };
        self.derives_from(definition, &[path])
    }

    /// Whether a class may have a name from what is not ours among its bases.
    fn bases_may_have(&self, class: &Class, name: &str) -> bool {
        class.is_open
            && class.order.iter().any(|base| match base {
                Value::External(path) => {
                    // What enumerations have is known elsewhere.
                    self.text(*path).starts_with("enum.")
                        || self.library_class_has(*path, name) != Some(false)
                }
                _ => false,
            })
    }

    /// Whether a class itself has no more than what `type` gives it.
    fn has_plain_metaclass(&self, class: &Class) -> bool {
        match &class.metaclass {
            None => true,
            Some(Value::External(path)) => &*self.text(*path) == "abc.ABCMeta",
            Some(_) => false,
        }
    }

    /// Whether nothing but `type` says how a class is compared with others: it has no order.
    pub(crate) fn orders_as_type_does(&self, class: &Class) -> bool {
        self.has_plain_metaclass(class) && !self.bases_may_have(class, "order")
    }

    /// The same, where the class itself is asked, which has what its metaclass has.
    pub(crate) fn class_may_have(&self, class: &Class, name: &str) -> bool {
        // What a metaclass of ours has is seen.
        let of_metaclass =
            !self.has_plain_metaclass(class) && !matches!(class.metaclass, Some(Value::Object(_)));
        of_metaclass
            || self.bases_may_have(class, name)
            || (class.is_open || class.metaclass.is_some()) && (name.starts_with('_') || name == "register")
    }

    /// The same, where an instance is asked.
    pub(crate) fn instance_may_have(&self, class: &Class, id: ObjId, name: &str) -> bool {
        class.is_open
            && (name.starts_with('_')
                || self.bases_may_have(class, name)
                // It has what it is called with.
                || self.derives_from(class, &["types.SimpleNamespace"])
                || self.derives_from(class, &["typing.NamedTuple"]) && self.annotates(id, class, name))
    }

    /// Whether a class of ours, or one that it derives from, annotates a name.
    fn annotates(&self, id: ObjId, class: &Class, name: &str) -> bool {
        let ours =
            class.order.iter().filter_map(|base| if let Value::Object(id) = base { Some(*id) } else { None });
        std::iter::once(id).chain(ours).any(|id| match self.state.get(id, Sym::ANNOTATED) {
            Some(Value::Tuple(names)) => names.iter().any(
                |pair| matches!(pair, Value::Tuple(pair) if matches!(pair.first(), Some(Value::Str(text)) if **text == *name)),
            ),
            _ => false,
        })
    }

    /// The first method that a class of the library among the bases leaves to others, and that nothing defines.
    pub(crate) fn abstract_method_of_library(&mut self, id: ObjId, class: &Class) -> Option<Rc<str>> {
        for base in &class.order {
            let Value::External(path) = base else { continue };
            for name in abstract_methods(&self.text(*path)).iter().copied() {
                let symbol = self.sym(name);
                let is_defined = |value: &Value| match value {
                    Value::Object(base) => self.state.get(*base, symbol).is_some(),
                    Value::Builtin(builtin) => builtin_type_has(builtin, name),
                    Value::External(path) => {
                        let path = self.text(*path);
                        !abstract_methods(&path).contains(&name)
                            && library_class_has(&path, name) != Some(false)
                    }
                    _ => true,
                };
                if !is_defined(&Value::Object(id)) && !class.order.iter().any(is_defined) {
                    return Some(name.into());
                }
            }
        }
        None
    }
}
