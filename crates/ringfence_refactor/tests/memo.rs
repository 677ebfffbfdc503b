//! What a memo keeps, and what it forgets.

use std::cell::{Cell, OnceCell};

use ringfence_refactor::{Basis, Entry, Memo};

#[derive(Default)]
struct OfImports(Cell<u32>);

impl Entry for OfImports {
    const BASIS: Basis = Basis::Imports;
}

#[derive(Default)]
struct OfTexts(OnceCell<String>);

impl Entry for OfTexts {
    const BASIS: Basis = Basis::Texts;
}

#[test]
fn each_type_has_one_entry() {
    let memo = Memo::default();
    let (number, text) = (memo.get::<OfImports>(), memo.get::<OfTexts>());
    number.0.set(1);
    assert_eq!(text.0.get_or_init(|| "first".to_string()), "first");
    assert_eq!(memo.get::<OfImports>().0.get(), 1);
    assert_eq!(memo.get::<OfTexts>().0.get_or_init(|| "second".to_string()), "first");
}

#[test]
fn what_follows_from_texts_is_forgotten_alone() {
    let mut memo = Memo::default();
    memo.get::<OfTexts>().0.get_or_init(|| "first".to_string());
    memo.get::<OfImports>().0.set(1);
    memo.forget_texts();
    assert_eq!(memo.get::<OfImports>().0.get(), 1);
    assert_eq!(memo.get::<OfTexts>().0.get(), None);
    memo.forget_texts();
    assert_eq!(memo.get::<OfImports>().0.get(), 1);
}
