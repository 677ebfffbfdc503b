//! What pytest does without an import: it runs the `conftest.py` of every folder around a test, and hands over fixtures by their names.

use std::path::Path;

use ringfence_diagnostics::FileId;
use ruff_python_ast::name::Name;
use rustc_hash::FxHashSet;

use crate::importing::Target;
use crate::outline::{Flags, Kind};
use crate::spread::Spreading;
use crate::steps::How;

/// Names are passed on at most so often.
const MOST_HOPS: usize = 8;

impl Spreading<'_> {
    fn is_conftest(&self, file: FileId) -> bool {
        self.project.path(file).file_name().is_some_and(|name| name == "conftest.py")
    }

    /// The tests that a `conftest.py` is run for, with those that are such themselves.
    fn tests_below(&self, conftest: FileId) -> Vec<FileId> {
        let folder = self.project.path(conftest).parent().unwrap_or(Path::new(""));
        let files = self.project.python_files().iter().copied();
        let is_below = |file: &FileId| self.project.path(*file).starts_with(folder) && *file != conftest;
        files.filter(is_below).filter(|file| self.project.is_test(*file) || self.is_conftest(*file)).collect()
    }

    /// What follows from another name of a `conftest.py`.
    pub(crate) fn spread_fixture(&mut self, file: FileId, name: &Name, event: u32) {
        if !self.is_conftest(file) {
            return;
        }
        let tests = self.tests_below(file);
        if name.starts_with("pytest_") || self.has_flag(file, name, Flags::AUTOUSE, MOST_HOPS) {
            for test in tests {
                self.mark(test, event, How::Conftest);
            }
            return;
        }
        self.load(&tests);
        let below: FxHashSet<FileId> = tests.into_iter().collect();
        let uses = self.users.parameters.get(name).cloned().unwrap_or_default();
        for use_ in uses.into_iter().filter(|use_| below.contains(&use_.file)) {
            self.hit(use_, false, event, How::Fixture);
        }
    }

    /// What follows from a `conftest.py` that is another as a whole.
    pub(crate) fn spread_conftest(&mut self, file: FileId, event: u32) {
        if self.is_conftest(file) {
            for test in self.tests_below(file) {
                self.mark(test, event, How::Conftest);
            }
        }
    }

    /// Whether a name is defined by a statement with this flag, here or where it is imported from.
    fn has_flag(&mut self, file: FileId, name: &Name, flag: Flags, hops: usize) -> bool {
        let index = self.project.graph().index();
        let Some(loaded) = self.loaded(file) else { return true };
        let mut is_defined = false;
        for (_, statement) in loaded.outline.binding(name) {
            if statement.flags.contains(flag) {
                return true;
            }
            is_defined |= statement.kind != Kind::Import;
        }
        if is_defined {
            return false;
        }
        let Some(hops) = hops.checked_sub(1) else { return true };
        let targets = loaded.targets.get(name).into_iter().flatten();
        let mut next: Vec<(Option<FileId>, Name)> = targets
            .filter_map(|target| match target {
                Target::Symbol(module, name) => Some((index.module(*module).file, name.clone())),
                _ => None,
            })
            .collect();
        next.extend(loaded.stars.iter().map(|module| (index.module(*module).file, name.clone())));
        next.into_iter().any(|(file, name)| match file {
            Some(file) => self.has_flag(file, &name, flag, hops),
            None => false,
        })
    }
}
