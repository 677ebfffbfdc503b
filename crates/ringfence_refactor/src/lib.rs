//! Changes imports, follows names, and proves that a change makes no other difference. Knows the import graph, the facts of
//! files and, where it asks, their texts; nothing of boundaries and rules, which use it for their fixes.

mod codebase;
mod layout;
mod memo;

pub mod array_edit;
pub mod exports;
pub mod import_block;
pub mod import_edit;
pub mod importers;
pub mod loads;
pub mod module_attributes;
pub mod origin;
pub mod proof;
pub mod relocate_import;
pub mod runtime_annotations;
pub mod star;
pub mod substitution;
pub mod take_from;
pub mod typing_only;

pub use codebase::{Codebase, Sources};
pub use memo::{Basis, Entry, Memo};
