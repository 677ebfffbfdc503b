//! The one place that asks for predictions.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ringfence_loading::{Doubt, Modules, Run, STACK_SIZE, run};

use crate::program::Program;

/// What is predicted of each import; nothing where that panics.
///
/// Needs a [`deep`] stack.
pub(crate) fn predict(modules: &dyn Modules, entries: &[&str]) -> Vec<Option<Run>> {
    let ask = |entries: &[&str]| catch_unwind(AssertUnwindSafe(|| run(modules, entries))).ok();
    if let Some(runs) = ask(entries) {
        assert_eq!(runs.len(), entries.len(), "as many answers as entries");
        return runs.into_iter().map(Some).collect();
    }
    entries.iter().map(|entry| ask(&[entry])?.pop()).collect()
}

/// Does something on a stack on which one can ask for predictions.
pub(crate) fn deep(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK_SIZE).spawn(work).expect("a thread starts");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// The file and the line that a doubt is about.
pub(crate) fn place_of(doubt: &Doubt, program: &Program) -> String {
    let Some(file) = program.files.get(doubt.at.source.0 as usize) else { return "in no file".to_string() };
    format!("{}:{}", file.path, crate::compare::lines_of(doubt.at.range, &file.text).0)
}
