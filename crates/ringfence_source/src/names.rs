//! Names, each stored once for the whole process.
//!
//! A few names make up most of all imports, so facts hold numbers instead of texts, and whoever resolves imports can
//! look up numbers. A number means the same text for as long as the process runs; which number a text has depends on
//! the order of the threads, so nothing may be ordered by it. Names are never dropped: a tree of 30,000 files has
//! some 50,000, of 1 MB in all.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hasher;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use rustc_hash::{FxBuildHasher, FxHasher};

/// Enough that threads seldom wait for each other.
const SHARDS: usize = 16;

/// What a thread remembers, so that it asks the shards for rare names only.
const RECENT: usize = 4096;

/// The first segment has as many texts as this has values.
const FIRST_SEGMENT_BITS: u32 = 12;

static NUMBERS: [Mutex<Numbers>; SHARDS] =
    [const { Mutex::new(HashMap::with_hasher(FxBuildHasher)) }; SHARDS];

/// By number. Each segment has as many as all before it, so that texts stay where they are and are read without a lock.
static TEXTS: [OnceLock<Segment>; (u32::BITS - FIRST_SEGMENT_BITS) as usize] =
    [const { OnceLock::new() }; (u32::BITS - FIRST_SEGMENT_BITS) as usize];

/// The number of the last name.
static LAST: AtomicU32 = AtomicU32::new(0);

thread_local! {
    /// By the hash of the name; a newer name takes the place of an older.
    static KNOWN: Box<[Cell<Option<Entry>>]> = vec![Cell::new(None); RECENT].into();
}

type Entry = (&'static str, NameRef);
type Numbers = HashMap<&'static str, NameRef, FxBuildHasher>;
type Segment = Box<[OnceLock<&'static str>]>;

/// A name: equal to another if the texts are equal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NameRef(NonZeroU32);

impl NameRef {
    /// The name of this text.
    pub(crate) fn new(text: &str) -> Self {
        let mut hasher = FxHasher::default();
        hasher.write(text.as_bytes());
        let hash = hasher.finish();
        KNOWN.with(|known| {
            let slot = &known[hash as usize % RECENT];
            match slot.get() {
                Some((other, name)) if other == text => name,
                _ => {
                    let (text, name) = look_up(text, hash);
                    slot.set(Some((text, name)));
                    name
                }
            }
        })
    }

    pub fn as_str(self) -> &'static str {
        let (segment, position) = place(self.0);
        let text = TEXTS.get(segment).and_then(|segment| segment.get()?.get(position)?.get());
        text.copied().unwrap_or_default()
    }
}

impl fmt::Display for NameRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for NameRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// The one copy of a text, with its number.
fn look_up(text: &str, hash: u64) -> Entry {
    // The map goes by the lowest and the highest bits.
    let mut numbers = NUMBERS[(hash >> 40) as usize % SHARDS].lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((text, name)) = numbers.get_key_value(text) {
        return (text, *name);
    }
    // Every name has memory of its own, so memory ends before numbers do.
    let number = LAST.fetch_add(1, Ordering::Relaxed).saturating_add(1);
    let name = NameRef(NonZeroU32::MIN.saturating_add(number - 1));
    let text: &'static str = Box::leak(text.into());
    let (segment, position) = place(name.0);
    let length = 1_usize << (segment + FIRST_SEGMENT_BITS as usize);
    if let Some(segment) = TEXTS.get(segment) {
        let texts = segment.get_or_init(|| (0..length).map(|_| OnceLock::new()).collect());
        texts[position].get_or_init(|| text);
    }
    numbers.insert(text, name);
    (text, name)
}

/// Segment of [`TEXTS`] and position in it.
fn place(number: NonZeroU32) -> (usize, usize) {
    let shifted = number.get() as usize + (1 << FIRST_SEGMENT_BITS) - 1;
    let bits = shifted.ilog2();
    ((bits - FIRST_SEGMENT_BITS) as usize, shifted - (1 << bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_whichever_thread_asks() {
        // More than a thread remembers, and more than a segment holds.
        let texts: Vec<String> = (0..3 * RECENT).map(|number| format!("name_{number}")).collect();
        let names = || texts.iter().map(|text| NameRef::new(text)).collect::<Vec<_>>();
        let (here, there) = std::thread::scope(|scope| {
            let there = [scope.spawn(names), scope.spawn(names)];
            (names(), there.map(|thread| thread.join().unwrap()))
        });
        assert_eq!([&here, &here], [&there[0], &there[1]]);
        for (text, name) in texts.iter().zip(&here) {
            assert_eq!(text, name.as_str());
        }
        let distinct: std::collections::HashSet<NameRef> = here.iter().copied().collect();
        assert_eq!(distinct.len(), texts.len());
        assert_eq!(NameRef::new("").as_str(), "");
        assert_eq!(Some(NameRef::new("name_1")), here.get(1).copied());
    }

    #[test]
    fn segments_follow_each_other() {
        let places = [1, 4096, 4097, 4096 * 3, 4096 * 3 + 1].map(|n| place(NonZeroU32::new(n).unwrap()));
        assert_eq!(places, [(0, 0), (0, 4095), (1, 0), (1, 8191), (2, 0)]);
        assert_eq!(place(NonZeroU32::MAX).0, TEXTS.len());
    }
}
