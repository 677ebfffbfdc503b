//! Modules that have another name now, and are what they were.

use std::collections::{BTreeMap, BTreeSet};

use super::Changed;
use crate::portrait::Portrait;

/// Which modules came, went and were moved.
pub(crate) struct Moves {
    pub(super) modules: Changed<String>,
    /// By the name of before.
    to: BTreeMap<String, String>,
    /// By the path of before.
    paths: BTreeMap<String, String>,
    /// All modules of before.
    before: BTreeSet<String>,
}

impl Moves {
    /// A module was moved if one that went and one that came, and no third, hold the same.
    pub(super) fn new(base: &Portrait, head: &Portrait) -> Self {
        let names = |portrait: &Portrait| portrait.modules.keys().cloned().collect::<BTreeSet<String>>();
        let before = names(base);
        let mut modules = Changed::between(&before, &names(head));
        let by_content = |portrait: &Portrait, names: &[String]| {
            let mut by_content: BTreeMap<u64, Vec<String>> = BTreeMap::new();
            for name in names {
                if let Some(content) = portrait.modules.get(name).and_then(|module| module.content) {
                    by_content.entry(content).or_default().push(name.clone());
                }
            }
            by_content
        };
        let came = by_content(head, &modules.added);
        let (mut to, mut paths) = (BTreeMap::new(), BTreeMap::new());
        for (content, gone) in by_content(base, &modules.removed) {
            if let ([from], Some([now])) = (gone.as_slice(), came.get(&content).map(Vec::as_slice)) {
                to.insert(from.clone(), now.clone());
                let path = |portrait: &Portrait, name: &String| {
                    portrait.modules.get(name).map(|module| module.path.clone())
                };
                paths.extend(path(base, from).zip(path(head, now)));
            }
        }
        let now: BTreeSet<&String> = to.values().collect();
        modules.added.retain(|name| !now.contains(name));
        modules.removed.retain(|name| !to.contains_key(name));
        Self { modules, to, paths, before }
    }

    /// From, to.
    pub(super) fn moved(&self) -> Vec<(String, String)> {
        self.to.iter().map(|(from, to)| (from.clone(), to.clone())).collect()
    }

    /// What a module of before is called now, or something that was in it.
    pub(super) fn module(&self, name: &str) -> String {
        let ends = std::iter::once(name.len()).chain(name.rmatch_indices('.').map(|(dot, _)| dot));
        let innermost = ends.into_iter().find(|end| self.before.contains(&name[..*end]));
        let now = innermost.and_then(|end| Some((end, self.to.get(&name[..end])?)));
        now.map_or_else(|| name.to_string(), |(end, now)| [now, &name[end..]].concat())
    }

    /// Where a file of before lies now.
    pub(super) fn path(&self, path: &str) -> String {
        self.paths.get(path).map_or(path, String::as_str).to_string()
    }
}
