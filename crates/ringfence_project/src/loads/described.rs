//! From what was executed to plain data: paths and lines in the place of sources and offsets.

use ringfence_loading::{Cause, Doubt, Failure, Place, Run, Verdict};

use super::modules::SessionModules;
use super::{
    CodePlace, HalfLoadedModule, LoadDoubt, LoadFailure, LoadStep, LoadVerdict, LoadedModule, ModuleLoads,
};

pub(super) fn described(entry: &str, run: &Run, modules: &SessionModules) -> ModuleLoads {
    let loads = run.loads.iter().map(|load| LoadedModule {
        step: step(&load.module, &load.cause, modules),
        certainty: load.certainty,
        origin: modules.origin(&load.module),
        is_opaque: load.is_closed,
    });
    let verdict = match &run.verdict {
        Verdict::Works => LoadVerdict::Works,
        Verdict::Fails(failed) => LoadVerdict::Fails(failure(failed, modules)),
        Verdict::Unknown(doubts) => {
            let doubt =
                |doubt: &Doubt| LoadDoubt { at: place(doubt.at, modules), reason: doubt.reason.clone() };
            LoadVerdict::Unknown(doubts.iter().map(doubt).collect())
        }
    };
    ModuleLoads { module: entry.to_string(), verdict, loads: loads.collect() }
}

fn failure(failure: &Failure, modules: &SessionModules) -> LoadFailure {
    let half_loaded = failure.half_loaded.as_ref().map(|half| HalfLoadedModule {
        module: half.module.clone(),
        at: place(half.at, modules),
        binds: half.binds.clone(),
    });
    LoadFailure {
        error: failure.error.clone(),
        message: failure.message.clone(),
        at: place(failure.at, modules),
        trail: failure.trail.iter().map(|it| step(&it.module, &it.cause, modules)).collect(),
        half_loaded,
    }
}

fn step(module: &str, cause: &Cause, modules: &SessionModules) -> LoadStep {
    LoadStep {
        module: module.to_string(),
        by: cause.by.clone(),
        at: cause.at.and_then(|at| place(at, modules)),
        why: cause.why,
    }
}

/// Nothing for what is in no file: the import that was asked for.
fn place(place: Place, modules: &SessionModules) -> Option<CodePlace> {
    let path = modules.path(place.source)?.to_path_buf();
    let line = modules.line(place.source, place.range.start())?;
    Some(CodePlace { path, line })
}
