//! The one place that asks for predictions.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ringfence_loading::{Certainty, Modules, Place, Run, STACK_SIZE, Verdict, run};

use crate::compare::lines_of;
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

/// The file and the line of a place.
pub(crate) fn place_of(at: Place, program: &Program) -> String {
    let Some(file) = program.files.get(at.source.0 as usize) else { return "in no file".to_string() };
    format!("{}:{}", file.path, lines_of(at.range, &file.text).0)
}

/// A prediction in a few lines.
pub(crate) fn told(run: &Run, program: &Program) -> String {
    let mut out = match &run.verdict {
        Verdict::Works => "works".to_string(),
        Verdict::Fails(failure) => {
            let trail: Vec<&str> = failure.trail.iter().map(|step| step.module.as_str()).collect();
            let half = failure.half_loaded.as_ref();
            let half = half.map(|half| (&half.module, place_of(half.at, program), &half.binds));
            format!(
                "{} at {}: {}\n    trail {trail:?}, half loaded {half:?}",
                failure.error,
                place_of(failure.at, program),
                failure.message
            )
        }
        Verdict::Unknown(doubts) => {
            let doubts =
                doubts.iter().map(|doubt| format!("{}: {}", place_of(doubt.at, program), doubt.reason));
            format!("unknown\n    {}", doubts.collect::<Vec<_>>().join("\n    "))
        }
    };
    let of = |certainty| -> Vec<&str> {
        let loads = run.loads.iter().filter(|load| load.certainty == certainty && !load.is_closed);
        loads.map(|load| load.module.as_str()).collect()
    };
    let (certain, may) = (of(Certainty::Certain), of(Certainty::May));
    out.push_str(&format!("\n    certain {certain:?}, may {may:?}"));
    out
}
