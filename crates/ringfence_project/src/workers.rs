//! The threads that parse, with stacks that bear expressions nested as deep as any file has them.
//!
//! Where there is too little address space, or the system starts no more threads, fewer have to do, then smaller stacks, and at
//! last the thread that asks: everything is read all the same, but for what is nested too deeply.

use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::available_parallelism;

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use ringfence_source::{STACK_SIZE, parse_on_stack_of};

use crate::SetupError;

/// More threads than this only cost time and memory.
const MOST_THREADS: usize = 256;

const LEAST_STACK: usize = 4 << 20;

/// What a thread that somebody else started is sure to have left.
const STACK_OF_OTHERS: usize = 1 << 20;

/// The threads of a session.
pub(crate) struct Workers {
    pub(crate) pool: ThreadPool,
    /// How many threads a walk may start.
    pub(crate) walkers: Walkers,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Walkers {
    /// So many; 0: as many as there are cores.
    Threads(usize),
    /// The one that asks: the system may start no other.
    None,
}

/// Threads and the stack of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Plan {
    /// 0: as many as there are cores.
    threads: usize,
    stack: usize,
}

impl Workers {
    /// Those of all sessions that want so many: a tree may have a thousand configs.
    pub(crate) fn shared(wanted: usize) -> Result<Arc<Self>, SetupError> {
        static STARTED: Mutex<Vec<(usize, Weak<Workers>)>> = Mutex::new(Vec::new());
        let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
        started.retain(|(_, workers)| workers.strong_count() > 0);
        let known = started.iter().find(|(threads, _)| *threads == wanted);
        if let Some(workers) = known.and_then(|(_, workers)| workers.upgrade()) {
            return Ok(workers);
        }
        let workers = Arc::new(Self::start(wanted)?);
        started.push((wanted, Arc::downgrade(&workers)));
        Ok(workers)
    }

    /// Starts so many threads, or as many as there are cores.
    fn start(wanted: usize) -> Result<Self, SetupError> {
        let wanted = wanted.min(MOST_THREADS);
        let mut plan = Plan::within(wanted, address_space());
        let mut walkers = Walkers::Threads(plan.threads);
        loop {
            match plan.build() {
                Ok(pool) => {
                    if plan.stack < STACK_SIZE {
                        parse_on_stack_of(plan.stack);
                    }
                    return Ok(Self { pool, walkers });
                }
                Err(_) => walkers = Walkers::None,
            }
            match plan.smaller() {
                Some(smaller) => plan = smaller,
                None => break,
            }
        }
        parse_on_stack_of(STACK_OF_OTHERS);
        let pool = ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
        pool.map(|pool| Self { pool, walkers }).map_err(|error| SetupError::Threads(error.to_string()))
    }
}

impl Plan {
    /// At most half of the address space is for stacks.
    fn within(wanted: usize, address_space: Option<u64>) -> Self {
        let Some(limit) = address_space else { return Self { threads: wanted, stack: STACK_SIZE } };
        let budget = usize::try_from(limit / 2).unwrap_or(usize::MAX);
        let cores = available_parallelism().map_or(1, NonZero::get);
        let threads = if wanted == 0 { cores } else { wanted };
        Self {
            threads: threads.min(budget / STACK_SIZE).max(1),
            stack: budget.clamp(LEAST_STACK, STACK_SIZE) & !0xffff,
        }
    }

    /// What may go where this did not.
    fn smaller(self) -> Option<Self> {
        let Self { threads, stack } = self;
        let threads = if threads == 0 { available_parallelism().map_or(1, NonZero::get) } else { threads };
        if threads > 1 {
            Some(Self { threads: threads / 2, stack })
        } else {
            (stack > LEAST_STACK).then(|| Self { threads, stack: (stack / 2).max(LEAST_STACK) })
        }
    }

    fn build(self) -> Result<ThreadPool, ThreadPoolBuildError> {
        ThreadPoolBuilder::new()
            .num_threads(self.threads)
            .stack_size(self.stack)
            .thread_name(|number| format!("ringfence-{number}"))
            .build()
    }
}

/// The address space that the process may have, if that is limited.
#[cfg(unix)]
fn address_space() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::As).current
}

#[cfg(not(unix))]
fn address_space() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_take_half_of_the_address_space() {
        const MB: u64 = 1 << 20;
        let stack = STACK_SIZE;
        for (wanted, limit, expected) in [
            (0, None, Plan { threads: 0, stack }),
            (1_000, None, Plan { threads: 1_000, stack }),
            (3, Some(64 * 1_024 * MB), Plan { threads: 3, stack }),
            (256, Some(4 * 1_024 * MB), Plan { threads: 4, stack }),
            (8, Some(1_024 * MB), Plan { threads: 1, stack }),
            (8, Some(600 * MB), Plan { threads: 1, stack: 300 << 20 }),
            (8, Some(MB), Plan { threads: 1, stack: LEAST_STACK }),
        ] {
            assert_eq!(Plan::within(wanted, limit), expected, "{wanted} {limit:?}");
        }
    }

    #[test]
    fn what_did_not_go_is_tried_with_less_until_nothing_is_left() {
        let mut plan = Plan { threads: 256, stack: STACK_SIZE };
        let mut tried = 0;
        while let Some(smaller) = plan.smaller() {
            assert!(smaller.threads < plan.threads || smaller.stack < plan.stack);
            plan = smaller;
            tried += 1;
        }
        assert_eq!((plan, tried), (Plan { threads: 1, stack: LEAST_STACK }, 15));
    }
}
