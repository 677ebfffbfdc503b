//! The circles of a project, and what becomes of whoever imports one of their members first.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_graph::ModuleId;
use ringfence_refactor::loads::{AT_RUN_TIME, WHILE_LOADED, loads};
use ringfence_refactor::{Basis, Entry};
use rustc_hash::{FxHashMap, FxHashSet};

use super::circle_runs::{Failed, Ground, Outcome, on_deep_stacks};
use super::load_circles::{Circle, Neighbourhood, neighbourhoods};
use crate::Context;
use crate::edited_texts::Overlay;

/// So many bytes of code are held at once, beside those of the largest neighbourhood.
const MOST_HELD: usize = 32 << 20;

/// So many bytes of code may be executed for one neighbourhood: the sum of what each entry may load.
const MOST_EXECUTED: usize = 400 << 20;

/// So many modules may be executed once more for one circle that fails: the sum of what its members load.
pub(crate) const MOST_AROUND: usize = 10_000;

/// Entries that one thread imports after each other: what they have in common it reads once.
const AT_ONCE: usize = 64;

#[derive(Default)]
struct Known(OnceCell<Circles>);

impl Entry for Known {
    const BASIS: Basis = Basis::Texts;
}

/// The circles of a project.
#[derive(Debug, Default)]
pub(crate) struct Circles {
    /// By their members.
    pub(crate) judged: Vec<Judged>,
    /// How many were not followed to the end.
    pub(crate) unfollowed: usize,
}

/// A circle with what importing each of its members first does.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) circle: Circle,
    /// Those of the members.
    names: FxHashSet<Arc<str>>,
    /// All that may run on the way. Ascending.
    pub(crate) around: Vec<ModuleId>,
    /// Ascending by module.
    pub(crate) entries: Vec<(ModuleId, Outcome)>,
    /// Whether all members were imported.
    pub(crate) is_complete: bool,
}

impl Judged {
    /// The entries that fail because of the circle: one of its modules is half loaded, or the statement that raises works for another
    /// entry.
    pub(crate) fn failing(&self) -> impl Iterator<Item = (ModuleId, &Failed)> {
        self.entries.iter().filter_map(|(entry, outcome)| match outcome {
            Outcome::Fails(failed) if self.is_to_blame(failed) => Some((*entry, failed)),
            _ => None,
        })
    }

    /// Whether it is known what every entry does.
    fn is_clear(&self) -> bool {
        let is_known = |(_, outcome): &(ModuleId, Outcome)| !matches!(outcome, Outcome::Unknown(..));
        self.is_complete && self.entries.iter().all(is_known)
    }

    fn is_to_blame(&self, failed: &Failed) -> bool {
        match failed.met_half_loaded() {
            // It may be in a circle of its own, into which this one leads.
            Some(half) => self.names.contains(half),
            None => self
                .entries
                .iter()
                .any(|(_, other)| matches!(other, Outcome::Works(loads) if loads.contains(&failed.at.file))),
        }
    }
}

/// The circles of a project; found once a check.
pub(crate) fn circles<'a>(context: &Context<'a>) -> &'a Circles {
    context.memo.get::<Known>().0.get_or_init(|| {
        let mut found = Circles::default();
        let (mut tasks, mut held) = (Vec::new(), 0);
        for neighbourhood in neighbourhoods(context) {
            let task = Task::new(context, neighbourhood);
            held += task.ground.bytes();
            tasks.push(task);
            if held > MOST_HELD {
                found.judge(context, std::mem::take(&mut tasks));
                held = 0;
            }
        }
        found.judge(context, tasks);
        found.look_around(context);
        found.judged.sort_by(|one, other| one.circle.members.cmp(&other.circle.members));
        found
    })
}

/// How many circles were not followed to the end, if anybody asked.
pub(crate) fn unfollowed(context: &Context) -> usize {
    context.memo.get::<Known>().0.get().map_or(0, |known| known.unfollowed)
}

/// What is known of an entry that was imported among its neighbours, and then with all that it loads.
fn agreed(near: &Outcome, far: Outcome) -> Outcome {
    match (near, far) {
        // With more code there is more that cannot be told.
        (near, Outcome::Unknown(..)) => near.clone(),
        // What fails outside for another reason than a circle is not what is looked at here.
        (near, Outcome::Fails(failed))
            if failed.met_half_loaded().is_none() && !matches!(near, Outcome::Fails(_)) =>
        {
            near.clone()
        }
        (Outcome::Works(_), Outcome::Fails(failed)) => {
            Outcome::Unknown(Some(failed.at), format!("this may raise {}", failed.error))
        }
        (Outcome::Fails(failed), Outcome::Works(_)) => {
            Outcome::Unknown(Some(failed.at), "what was imported before decides".to_string())
        }
        (_, far) => far,
    }
}

/// Whether somebody imports a module: a program is started by its `__main__`.
pub(crate) fn is_imported(context: &Context, module: ModuleId) -> bool {
    context.module_name(module).rsplit('.').next() != Some("__main__")
}

/// A neighbourhood with its code.
struct Task<'a> {
    neighbourhood: Neighbourhood,
    ground: Ground<'a>,
    /// The members of all circles, as far as the budget goes.
    entries: Vec<ModuleId>,
}

impl<'a> Task<'a> {
    fn new(context: &Context<'a>, neighbourhood: Neighbourhood) -> Self {
        let ground = Ground::new(context, &neighbourhood.modules);
        let mut entries: Vec<ModuleId> =
            neighbourhood.circles.iter().flat_map(|circle| &circle.members).copied().collect();
        entries.retain(|entry| is_imported(context, *entry));
        entries.truncate(MOST_EXECUTED / ground.bytes().max(1) + 1);
        Self { neighbourhood, ground, entries }
    }
}

impl Circles {
    /// Imports the members of circles that are reported with all that they load: what is outside may be in a circle of its own.
    fn look_around(&mut self, context: &Context) {
        let fails = |judged: &Judged| judged.failing().next().is_some();
        let all = context.policy.every_import_cycle.is_some() && self.judged.iter().any(fails);
        let jobs: Vec<(usize, Ground, Vec<ModuleId>)> = self
            .judged
            .iter()
            .enumerate()
            .filter(|(_, judged)| all || fails(judged))
            .filter_map(|(position, judged)| {
                let entries: Vec<ModuleId> = judged.entries.iter().map(|(entry, _)| *entry).collect();
                // Functions may be called, if that is not too much to look at.
                let modules = [AT_RUN_TIME, WHILE_LOADED].into_iter().find_map(|kinds| {
                    let mut modules: BTreeSet<ModuleId> = judged.around.iter().copied().collect();
                    for entry in &entries {
                        modules.extend(&loads(context, *entry, kinds).modules);
                    }
                    (modules.len() * entries.len() <= MOST_AROUND).then_some(modules)
                })?;
                let modules: Vec<ModuleId> = modules.into_iter().collect();
                Some((position, Ground::new(context, &modules), entries))
            })
            .collect();
        let overlay = Overlay::default();
        let outcomes = on_deep_stacks(context.loading.threads(), &jobs, |(_, ground, entries)| {
            ground.outcomes(&overlay, entries)
        });
        for ((position, ..), outcomes) in jobs.iter().zip(outcomes.unwrap_or_default()) {
            for ((_, near), far) in self.judged[*position].entries.iter_mut().zip(outcomes) {
                *near = agreed(near, far);
            }
        }
        self.unfollowed += self.judged.iter().filter(|judged| !judged.is_clear()).count();
    }

    fn judge(&mut self, context: &Context, tasks: Vec<Task>) {
        let jobs: Vec<(usize, &[ModuleId])> = tasks
            .iter()
            .enumerate()
            .flat_map(|(position, task)| task.entries.chunks(AT_ONCE).map(move |entries| (position, entries)))
            .collect();
        let overlay = Overlay::default();
        let outcomes = on_deep_stacks(context.loading.threads(), &jobs, |(position, entries)| {
            let outcomes = tasks[*position].ground.outcomes(&overlay, entries);
            entries.iter().copied().zip(outcomes).collect::<Vec<(ModuleId, Outcome)>>()
        });
        let by_entry: FxHashMap<ModuleId, Outcome> = outcomes.into_iter().flatten().flatten().collect();
        let index = context.graph.index();
        for task in tasks {
            let Neighbourhood { circles, modules } = task.neighbourhood;
            for circle in circles {
                let known = |member: &ModuleId| Some((*member, by_entry.get(member)?.clone()));
                let entries: Vec<(ModuleId, Outcome)> = circle.members.iter().filter_map(known).collect();
                let is_asked = |member: &&ModuleId| is_imported(context, **member);
                let is_complete = entries.len() == circle.members.iter().filter(is_asked).count();
                let names =
                    circle.members.iter().map(|member| Arc::clone(&index.module(*member).name)).collect();
                self.judged.push(Judged { circle, names, around: modules.clone(), entries, is_complete });
            }
        }
    }
}
