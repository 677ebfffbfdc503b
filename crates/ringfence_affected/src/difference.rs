//! Which names of a module are others than they were.

use std::collections::BTreeMap;

use ruff_python_ast::name::Name;

use crate::outline::{Kind, Outline, Statement};

/// What distinguishes two versions of a file, in what they mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// The names that are others, and whether they are gone.
    pub names: BTreeMap<Name, bool>,
    /// Names of classes of which a part is another that runs while the class is made: that matters if somebody looks.
    pub(crate) classes: Vec<Name>,
    /// Modules that one of the two imports and the other does not, as written.
    pub(crate) imports: Vec<Name>,
    /// Why the whole module is another.
    pub module: Option<Cause>,
}

/// Why a module is another as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// One of the two has syntax errors or is not there.
    Unreadable,
    Code,
    Order,
    /// `__all__`, a star import, `from __future__`.
    Exports,
    /// Part of a definition that runs at import.
    Running,
}

impl Difference {
    /// Whether both mean the same.
    pub fn is_none(&self) -> bool {
        self.names.is_empty() && self.module.is_none()
    }

    fn whole(cause: Cause) -> Self {
        Self { module: Some(cause), ..Self::default() }
    }
}

/// Compares two versions of a file; nothing stands for one that is not there or cannot be read.
pub fn difference(old: Option<&Outline>, new: Option<&Outline>) -> Difference {
    let (Some(old), Some(new)) = (old, new) else { return Difference::whole(Cause::Unreadable) };
    let mut difference = Difference::default();
    let (before, after) = (by_name(old), by_name(new));
    for (name, statements) in &before {
        match after.get(name) {
            None => _ = difference.names.insert((*name).clone(), true),
            Some(now)
                if !statements.iter().map(|it| it.hashes.whole).eq(now.iter().map(|it| it.hashes.whole)) =>
            {
                difference.names.insert((*name).clone(), false);
                compare_running(name, statements, now, &mut difference);
            }
            Some(_) => {}
        }
    }
    for (name, now) in &after {
        if !before.contains_key(name) {
            difference.names.insert((*name).clone(), false);
            compare_running(name, &[], now, &mut difference);
        }
    }
    if difference.module.is_none() && !others(old).eq(others(new)) {
        difference.module = Some(Cause::Code);
    }
    if difference.module.is_none() && !running_order(old, new).eq(running_order(new, old)) {
        difference.module = Some(Cause::Order);
    }
    let keys = |outline: &Outline| {
        let imports =
            outline.statements.iter().filter(|it| it.kind == Kind::Import).flat_map(|it| &it.imports);
        imports.map(|import| import.key.clone()).collect::<Vec<Name>>()
    };
    let (old_keys, new_keys) = (keys(old), keys(new));
    difference.imports = old_keys.iter().filter(|key| !new_keys.contains(key)).cloned().collect();
    difference.imports.extend(new_keys.iter().filter(|key| !old_keys.contains(key)).cloned());
    if difference.names.contains_key("__all__") {
        difference.module = Some(Cause::Exports);
    }
    difference
}

type ByName<'a> = BTreeMap<&'a Name, Vec<&'a Statement>>;

fn by_name(outline: &Outline) -> ByName<'_> {
    let mut names: ByName = BTreeMap::new();
    for statement in &outline.statements {
        for name in &statement.binds {
            names.entry(name).or_default().push(statement);
        }
    }
    names
}

/// Whether what runs to define a name is another.
fn compare_running(name: &Name, old: &[&Statement], new: &[&Statement], difference: &mut Difference) {
    let running = |statements: &[&Statement]| -> Vec<u64> {
        statements.iter().map(|it| it.hashes.running).filter(|hash| *hash != 0).collect()
    };
    let at_import = |statements: &[&Statement]| -> Vec<u64> {
        let classes = statements.iter().filter(|it| it.kind == Kind::Class);
        classes.map(|it| it.hashes.at_import).collect()
    };
    let is_harmless =
        |statement: &&Statement| matches!(statement.kind, Kind::Import | Kind::Typing | Kind::Main);
    if old.iter().chain(new).all(is_harmless) {
        return;
    }
    if running(old) != running(new) && difference.module.is_none() {
        difference.module = Some(Cause::Running);
    }
    if at_import(old) != at_import(new) {
        difference.classes.push(name.clone());
    }
}

/// What runs and is no definition.
fn others(outline: &Outline) -> impl Iterator<Item = u64> {
    let others =
        outline.statements.iter().filter(|statement| matches!(statement.kind, Kind::Other | Kind::Main));
    others.map(|statement| statement.hashes.whole)
}

/// Of each statement that runs and that both have, what comes before it, of what both have.
fn running_order(outline: &Outline, other: &Outline) -> impl Iterator<Item = (u64, u64)> {
    let known: rustc_hash::FxHashSet<u64> = other.statements.iter().map(|it| it.hashes.whole).collect();
    let mut before = 0_u64;
    outline.statements.iter().filter(move |it| known.contains(&it.hashes.whole)).filter_map(
        move |statement| {
            let found = (statement.hashes.whole, before);
            before = before.wrapping_add(statement.hashes.whole);
            (statement.hashes.running != 0 && statement.kind != Kind::Import).then_some(found)
        },
    )
}
