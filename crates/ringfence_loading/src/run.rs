//! The import of modules, each first in a fresh process.

use std::rc::Rc;

use crate::Modules;
use crate::calls::NOWHERE;
use crate::machine::{Exec, Flow, Machine, Progress, Stop};
use rustc_hash::FxHashSet;

use crate::report::{Cause, Certainty, Doubt, Load, Run, Verdict, Why};
use crate::state::Changes;
use crate::trees::Trees;
use crate::value::{ObjId, Value};

/// Imports each of these modules in a fresh process. The answers are in the order of the entries.
///
/// What entries have in common, the packages around them, is executed once. Needs a stack of [`STACK_SIZE`].
pub fn run(modules: &dyn Modules, entries: &[&str]) -> Vec<Run> {
    run_as(modules, entries, false)
}

/// The same, for whoever asks for verdicts alone: what cannot be told is followed no further than to its first doubt.
pub fn verdicts(modules: &dyn Modules, entries: &[&str]) -> Vec<Run> {
    run_as(modules, entries, true)
}

fn run_as(modules: &dyn Modules, entries: &[&str], stops_at_doubt: bool) -> Vec<Run> {
    let trees = Trees::default();
    let mut machine = Machine::new(modules, &trees);
    machine.stops_at_doubt = stops_at_doubt;
    let mut order: Vec<(usize, &str)> = entries.iter().copied().enumerate().collect();
    // What is below a package follows it.
    order.sort_by(|(_, one), (_, other)| one.split('.').cmp(other.split('.')));
    let mut around: Vec<Around> = Vec::new();
    let mut runs: Vec<(usize, Run)> = Vec::with_capacity(order.len());
    for (position, entry) in order {
        while let Some(last) = around.last()
            && !is_below(entry, &last.package)
        {
            machine.state.roll_back(last.mark);
            around.pop();
        }
        machine.enter_packages(entry, &mut around);
        runs.push((position, machine.run_entry(entry, around.last().map(|last| &last.progress))));
    }
    runs.sort_by_key(|(position, _)| *position);
    runs.into_iter().map(|(_, run)| run).collect()
}

fn is_below(module: &str, package: &str) -> bool {
    module.strip_prefix(package).is_some_and(|rest| rest.starts_with('.'))
}

/// A package that has been imported, with what was known before and after.
struct Around {
    package: String,
    mark: usize,
    progress: Progress,
}

/// The stack that [`run`] needs, in bytes: imports are nested as deep as CPython nests them.
pub const STACK_SIZE: usize = 1 << 30;

impl Machine<'_> {
    /// Imports the packages around an entry, as its own import begins with them, for as long as there is one way to go on.
    fn enter_packages(&mut self, entry: &str, around: &mut Vec<Around>) {
        for (end, _) in entry.match_indices('.') {
            let package = &entry[..end];
            if around.iter().any(|known| known.package == package) {
                continue;
            }
            self.start_entry(around.last().map(|last| &last.progress));
            let mark = self.state.mark();
            let cause = Cause { by: None, at: None, why: Why::Ancestor };
            let ends = self.ends(|machine| {
                machine.import_in_fresh_process(package, &cause)?;
                // Who needs a package around it asks for the one at the top once more.
                if let Some((top, _)) = package.split_once('.') {
                    machine.import_name(top, &cause, NOWHERE)?;
                }
                Ok(Flow::Next)
            });
            let [(Ok(_), changes)] = ends.as_slice() else { return };
            self.state.apply(changes);
            around.push(Around { package: package.to_owned(), mark, progress: self.progress.clone() });
        }
    }

    /// The import of what `sys.modules` does not hold when it begins, whatever the packages around it have put there.
    fn import_in_fresh_process(&mut self, name: &str, cause: &Cause) -> Exec<Value> {
        let symbol = self.sym(name);
        self.deeper(NOWHERE, |machine| machine.find_and_load(name, symbol, cause, NOWHERE))
    }

    fn run_entry(&mut self, entry: &str, known: Option<&Progress>) -> Run {
        self.start_entry(known);
        let mark = self.state.mark();
        let cause = Cause { by: None, at: None, why: Why::Entry };
        let at = NOWHERE;
        // As the statement `import a.b` does: what it binds is looked up once more.
        let top = entry.split('.').next().unwrap_or_default();
        let ends = self.ends(|machine| {
            // Whoever needs a package asks for the one at the top as well.
            if known.is_some() && entry.matches('.').count() > 1 {
                machine.import_name(top, &cause, at)?;
            }
            machine.import_in_fresh_process(entry, &cause)?;
            if entry != top {
                machine.import_name(top, &cause, at)?;
            }
            Ok(Flow::Next)
        });
        let loads = self.loaded(&ends);
        self.state.roll_back(mark);
        let results: Vec<&Exec<Flow>> = ends.iter().map(|(result, _)| result).collect();
        let Progress { doubts, unsettled, .. } = &self.progress;
        let verdict = match results.as_slice() {
            [Ok(_)] if doubts.is_empty() => Verdict::Works,
            [Err(Stop::Raised(raised))] if doubts.is_empty() && raised.value != Value::Unknown => {
                Verdict::Fails(Rc::clone(&raised.failure))
            }
            _ => {
                let mut doubts = doubts.clone();
                for doubt in unsettled {
                    if results.len() > 1 && !doubts.contains(doubt) {
                        doubts.push(doubt.clone());
                    }
                }
                if doubts.is_empty() {
                    doubts.push(Doubt { at, reason: "what is raised here is not known".to_owned() });
                }
                Verdict::Unknown(doubts)
            }
        };
        Run { verdict, loads }
    }

    /// What is loaded at the end, whichever way was taken.
    fn loaded(&mut self, ends: &[(Exec<Flow>, Changes)]) -> Vec<Load> {
        let mark = self.state.mark();
        let ways = ends.iter().map(|(_, changes)| changes.clone()).collect();
        let merged = self.state.merge(ways);
        self.state.apply(&merged);
        let mut loads = Vec::new();
        for name in self.state.bound(ObjId::SYS_MODULES) {
            let (deleted, taken) = (self.deleted(name), self.taken_for_loaded(name));
            let Some(value) = self.state.get(ObjId::SYS_MODULES, name) else { continue };
            let is_certain = match value {
                Value::OneOf(alternatives) => !alternatives.contains(&Value::Absent),
                _ => true,
            };
            let has_one_cause = matches!(self.state.get(ObjId::LOADS, name), Some(Value::Int(_)));
            // Where it may have begun to run.
            let number = self.state.get(ObjId::LOADS, name).or_else(|| self.state.get(ObjId::LOADS, deleted));
            let numbers = match number {
                Some(Value::OneOf(numbers)) => numbers,
                Some(number) => std::slice::from_ref(number),
                None => &[],
            };
            let mut records = numbers.iter().filter_map(|number| match number {
                Value::Int(number) => self.loads.get(*number as usize),
                _ => None,
            });
            let Some(record) = records.next() else { continue };
            let last = records.map(|record| record.sequence).fold(record.sequence, i64::max);
            // From the first doubt on, the import may have failed already: what had run to its end is loaded all the same.
            let is_certain = is_certain
                && self.progress.first_doubt.as_ref().is_none_or(|doubt| {
                    last < doubt.sequence
                        && !doubt.running.contains(&record.module)
                        && self.state.get(ObjId::LOADS, taken).is_none()
                });
            let certainty = if is_certain { Certainty::Certain } else { Certainty::May };
            loads.push((record.sequence, record.load(certainty, has_one_cause)));
        }
        self.state.roll_back(mark);
        // What was loaded on a way that ended: it may have been the one.
        if ends.len() > 1 || !self.progress.doubts.is_empty() {
            let known: FxHashSet<Rc<str>> =
                loads.iter().map(|(_, load)| load.module.as_str().into()).collect();
            #[expect(clippy::iter_over_hash_type, reason = "they are put in order below")]
            for number in self.progress.loaded.values() {
                let Some(record) = self.loads.get(*number as usize) else { continue };
                if !known.contains(&record.module) {
                    loads.push((record.sequence, record.load(Certainty::May, false)));
                }
            }
        }
        loads.sort_by(|(one, left), (other, right)| {
            one.cmp(other).then_with(|| left.module.cmp(&right.module))
        });
        loads.into_iter().map(|(_, load)| load).collect()
    }
}
