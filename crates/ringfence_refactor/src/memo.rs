//! What is found out about a project as a whole, once for all that ask.

use std::any::{Any, TypeId};
use std::cell::OnceCell;

/// What an entry follows from, which says when it has to be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The facts of files, but for their places.
    Imports,
    /// Texts: what names are bound to, and what stands in strings.
    Texts,
}

/// What a [`Memo`] can hold. Each entry is declared beside the code that fills it.
pub trait Entry: Default + 'static {
    const BASIS: Basis;
}

/// Entries by their type. Good for as long as no file changes; with [`forget_texts`](Self::forget_texts) for as long as no
/// facts do but for their places.
#[derive(Debug, Default)]
pub struct Memo {
    first: OnceCell<Box<Slot>>,
}

/// One entry, and the next one.
#[derive(Debug)]
struct Slot {
    id: TypeId,
    basis: Basis,
    entry: Box<dyn Any>,
    next: OnceCell<Box<Slot>>,
}

impl Slot {
    fn of<T: Entry>() -> Self {
        Self { id: TypeId::of::<T>(), basis: T::BASIS, entry: Box::new(T::default()), next: OnceCell::new() }
    }
}

impl Memo {
    /// The entry of this type; one by default the first time. O(entries), which are a few dozen at most.
    pub fn get<T: Entry>(&self) -> &T {
        let mut at = &self.first;
        loop {
            let slot = at.get_or_init(|| Box::new(Slot::of::<T>()));
            if slot.id == TypeId::of::<T>()
                && let Some(entry) = slot.entry.downcast_ref()
            {
                return entry;
            }
            at = &slot.next;
        }
    }

    /// Forgets what follows from texts.
    pub fn forget_texts(&mut self) {
        let mut kept: OnceCell<Box<Slot>> = OnceCell::new();
        let mut next = self.first.take();
        while let Some(mut slot) = next {
            next = slot.next.take();
            if slot.basis == Basis::Imports {
                slot.next = kept;
                kept = OnceCell::from(slot);
            }
        }
        self.first = kept;
    }
}
