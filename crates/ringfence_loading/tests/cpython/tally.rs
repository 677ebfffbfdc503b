//! Counts of what predictions came to.

use std::collections::BTreeMap;
use std::fmt::Write;

/// How often something was, and what it was.
type Counts = BTreeMap<String, usize>;

#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) programs: usize,
    pub(crate) works: usize,
    pub(crate) fails: usize,
    /// Imports that do not end, or whose end says nothing.
    pub(crate) killed: usize,
    pub(crate) unknown: usize,
    /// Imports in programs around which everything is known, and those of them that are unknown nevertheless.
    pub(crate) in_full_view: usize,
    pub(crate) unknown_in_full_view: usize,
    /// What CPython says, by class.
    pub(crate) errors: Counts,
    /// The first reason of each entry that is not known.
    pub(crate) reasons: Counts,
    pub(crate) wrong: Counts,
    /// What is told in another way than CPython tells it.
    pub(crate) wordings: Counts,
    /// Entries that one Python imports, and another one does not.
    pub(crate) differ: usize,
}

impl Tally {
    pub(crate) fn entries(&self) -> usize {
        self.works + self.fails
    }

    pub(crate) fn table(&self) -> String {
        let Self {
            programs,
            works,
            fails,
            killed,
            unknown,
            in_full_view,
            unknown_in_full_view,
            errors,
            reasons,
            wrong,
            wordings,
            differ,
        } = self;
        let all = self.entries().max(1);
        let mut out = format!(
            "{programs} programs, {} imports: {works} work, {fails} fail ({} %); {killed} not counted, {differ} differ between Pythons\n\
             unknown: {unknown} ({:.2} %), {unknown_in_full_view} of {in_full_view} ({:.2} %) where everything around is known; wrong: {}\n",
            self.entries(),
            100 * fails / all,
            100.0 * as_f64(*unknown) / as_f64(all),
            100.0 * as_f64(*unknown_in_full_view) / as_f64((*in_full_view).max(1)),
            wrong.values().sum::<usize>(),
        );
        for (title, counts) in
            [("wrong", wrong), ("wording", wordings), ("reasons", reasons), ("errors", errors)]
        {
            let mut sorted: Vec<(&String, &usize)> = counts.iter().collect();
            sorted.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), (*name).clone()));
            if sorted.len() > 60 {
                let _ = writeln!(out, "{title:8}: the first 60 of {}", sorted.len());
            }
            for (name, count) in sorted.into_iter().take(60) {
                let _ = writeln!(out, "{title:8} {count:8}  {name}");
            }
        }
        out
    }
}

fn as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

pub(crate) fn add(counts: &mut Counts, name: &str) {
    *counts.entry(name.to_string()).or_default() += 1;
}

/// The text with nothing between backticks, so that what differs only in names is counted as one.
pub(crate) fn without_names(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { "`_`" } else { part }).collect()
}
