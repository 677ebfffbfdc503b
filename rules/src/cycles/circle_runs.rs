//! What importing modules first does: their code is executed abstractly, by `ringfence_loading`.

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use ringfence_diagnostics::{FileId, Span};
use ringfence_graph::{ModuleId, ModuleIndex};
use ringfence_loading::{Cause, Certainty, Failure, Place, Run, STACK_SIZE, Verdict, Why, verdicts};
use ruff_source_file::SourceFile;
use rustc_hash::{FxHashMap, FxHashSet};

use super::circle_modules::{CircleModules, Loading, OwnModules, optional_names};
use crate::Context;
use crate::edited_texts::Overlay;

/// What importing a module first does.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// It ends; the files of the project that it certainly loads.
    Works(FxHashSet<FileId>),
    Fails(Failed),
    /// It cannot be told: where, and why, as a clause.
    Unknown(Option<Span>, String),
}

/// An exception that nothing catches.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Failed {
    pub(crate) error: String,
    pub(crate) message: String,
    /// The statement that raises.
    pub(crate) at: Span,
    /// The imports that lead there.
    pub(crate) trail: Vec<Hop>,
    pub(crate) half_loaded: Option<Half>,
}

impl Failed {
    /// The module in the middle of its execution that is met.
    pub(crate) fn met_half_loaded(&self) -> Option<&str> {
        self.half_loaded.as_ref().map(|half| half.module.as_str()).or_else(|| self.not_bound_yet())
    }

    /// A module on the way that its package lacks as an attribute: it is bound there once it has run to its end.
    pub(crate) fn not_bound_yet(&self) -> Option<&str> {
        let is_it = |module: &&str| {
            let names = module.rsplit_once('.').filter(|_| self.half_loaded.is_none());
            names.is_some_and(|(package, last)| {
                self.message == format!("module '{package}' has no attribute '{last}'")
            })
        };
        self.trail.iter().map(|hop| hop.module.as_str()).find(is_it)
    }
}

/// A module that begins to run on the way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Hop {
    pub(crate) module: String,
    /// Whose code asks for it, and where; nothing for the entry.
    pub(crate) by: Option<(String, Span)>,
    /// Whether it runs because something below it is imported.
    pub(crate) is_around: bool,
}

/// A module in the middle of its execution.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Half {
    pub(crate) module: String,
    pub(crate) at: Span,
    pub(crate) binds: Vec<String>,
}

/// The code of some modules, ready to be executed on any thread.
pub(crate) struct Ground<'a> {
    index: &'a ModuleIndex,
    loading: &'a dyn Loading,
    followed: FxHashSet<ModuleId>,
    texts: FxHashMap<FileId, SourceFile>,
    optional: FxHashSet<String>,
}

impl<'a> Ground<'a> {
    pub(crate) fn new(context: &Context<'a>, modules: &[ModuleId]) -> Self {
        let index = context.graph.index();
        let files = modules.iter().filter_map(|id| index.module(*id).file);
        Self {
            index,
            loading: context.loading,
            followed: modules.iter().copied().collect(),
            texts: files.filter_map(|file| Some((file, context.sources.text(file)?))).collect(),
            optional: optional_names(context, modules),
        }
    }

    /// The size of the code, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.texts.values().map(|text| text.source_text().len()).sum()
    }

    /// What is certainly loaded where a module is imported first, with some texts exchanged, and the module that makes it so; nothing if
    /// that fails. Needs a stack of [`STACK_SIZE`].
    pub(crate) fn loaded(&self, overlay: &Overlay, entry: ModuleId) -> Option<Vec<(String, Option<String>)>> {
        let run = self.runs(overlay, &[entry], |runs, _| runs.first().cloned())?;
        let loads = run.loads.into_iter().filter(|load| load.certainty == Certainty::Certain);
        let certain = loads.map(|load| (load.module, load.cause.by)).collect();
        (!matches!(run.verdict, Verdict::Fails(_))).then_some(certain)
    }

    /// Imports each of these modules first, with some texts exchanged. Needs a stack of [`STACK_SIZE`].
    pub(crate) fn outcomes(&self, overlay: &Overlay, entries: &[ModuleId]) -> Vec<Outcome> {
        self.runs(overlay, entries, |runs, own| runs.iter().map(|run| outcome(run, own)).collect())
    }

    fn runs<R>(
        &self,
        overlay: &Overlay,
        entries: &[ModuleId],
        read: impl Fn(&[Run], &dyn OwnModules) -> R,
    ) -> R {
        let modules = CircleModules {
            own: self.loading.modules(&self.followed),
            index: self.index,
            followed: &self.followed,
            texts: &self.texts,
            overlay,
            optional: &self.optional,
        };
        let names: Vec<&str> = entries.iter().map(|id| self.index.name(*id)).collect();
        read(&verdicts(&modules, &names), &*modules.own)
    }
}

fn outcome(run: &Run, own: &dyn OwnModules) -> Outcome {
    let span = |place: Place| Some(Span::new(own.file(place.source)?, place.range));
    match &run.verdict {
        Verdict::Works => {
            let certain = run.loads.iter().filter(|load| load.certainty == Certainty::Certain);
            Outcome::Works(certain.filter_map(|load| own.file(load.source?)).collect())
        }
        Verdict::Fails(failure) => match failed(failure, own) {
            Some(failed) => Outcome::Fails(failed),
            None => Outcome::Unknown(None, format!("what raises {} is not in the project", failure.error)),
        },
        Verdict::Unknown(doubts) => match doubts.first() {
            Some(doubt) => Outcome::Unknown(span(doubt.at), doubt.reason.clone()),
            None => Outcome::Unknown(None, "something on the way is not known".to_string()),
        },
    }
}

/// Nothing where it is not code of the project that raises.
fn failed(failure: &Failure, own: &dyn OwnModules) -> Option<Failed> {
    let span = |place: Place| Some(Span::new(own.file(place.source)?, place.range));
    let half_loaded = match &failure.half_loaded {
        Some(half) => {
            let (module, binds) = (half.module.clone(), half.binds.clone());
            Some(Half { module, at: span(half.at)?, binds })
        }
        None => None,
    };
    let hop = |module: &str, cause: &Cause| {
        let by = cause.by.clone().zip(cause.at.and_then(span));
        Hop { module: module.to_string(), by, is_around: cause.why == Why::Ancestor }
    };
    Some(Failed {
        error: failure.error.clone(),
        message: failure.message.clone(),
        at: span(failure.at)?,
        trail: failure.trail.iter().map(|step| hop(&step.module, &step.cause)).collect(),
        half_loaded,
    })
}

/// Does all jobs on threads that bear the execution of code; nothing where there can be no such thread.
pub(crate) fn on_deep_stacks<J: Sync, R: Send>(
    threads: usize,
    jobs: &[J],
    work: impl Fn(&J) -> R + Sync + Send,
) -> Option<Vec<R>> {
    if jobs.is_empty() {
        return Some(Vec::new());
    }
    let pool = |threads: usize| ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK_SIZE).build();
    let pool = pool(threads.clamp(1, jobs.len())).or_else(|_| pool(1)).ok()?;
    Some(pool.install(|| jobs.par_iter().with_max_len(1).map(work).collect()))
}
