//! Distributions whose imports are called otherwise, or lie below a namespace, for where nothing is installed that could tell.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::environment::prefixes;

/// One line each: an import, and the distributions that provide it, the most usual first.
const TEXT: &str = include_str!("well_known.txt");

struct Table {
    by_import: FxHashMap<&'static str, Vec<&'static str>>,
    by_distribution: FxHashMap<&'static str, Vec<&'static str>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { by_import: FxHashMap::default(), by_distribution: FxHashMap::default() };
    for (import, distributions) in lines() {
        for distribution in &distributions {
            table.by_distribution.entry(distribution).or_default().push(import);
        }
        table.by_import.insert(import, distributions);
    }
    table
});

fn lines() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    TEXT.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words.collect()))
    })
}

/// The distributions, normalised, that are known to provide an imported name or what is around it.
pub fn distributions(import: &str) -> Option<(&str, &'static [&'static str])> {
    prefixes(import).find_map(|prefix| Some((prefix, TABLE.by_import.get(prefix)?.as_slice())))
}

/// The imports that a distribution is known to provide.
pub fn imports(key: &str) -> &'static [&'static str] {
    TABLE.by_distribution.get(key).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalized;

    #[test]
    fn the_table_is_in_order_and_says_only_what_differs() {
        let lines: Vec<(&str, Vec<&str>)> = lines().collect();
        assert!(lines.len() > 200);
        for pair in lines.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{} before {}", pair[0].0, pair[1].0);
        }
        for (import, distributions) in &lines {
            assert!(!distributions.is_empty(), "{import}");
            // Below a namespace the import says how far the name of the distribution goes.
            let differs = distributions != &[normalized(import).as_str()];
            assert!(differs || import.contains('.'), "{import} goes without saying");
            for distribution in distributions {
                assert_eq!(&normalized(distribution), distribution, "{import}");
            }
        }
    }

    #[test]
    fn both_ways_lead_somewhere() {
        assert_eq!(distributions("yaml.nodes"), Some(("yaml", &["pyyaml"][..])));
        assert_eq!(
            distributions("google.protobuf.message").map(|(prefix, _)| prefix),
            Some("google.protobuf")
        );
        assert_eq!(distributions("requests"), None);
        assert_eq!(imports("attrs"), ["attr"]);
        assert!(imports("requests").is_empty());
    }
}
