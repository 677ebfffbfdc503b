//! A part of the picture: packages as one node, and what is near a module.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Picture;

impl Picture {
    /// Has what is deeper than so many parts of a name be one node with what is around it.
    pub(crate) fn collapse(&mut self, parts: usize) {
        let around = |name: &str| -> String {
            let end = name.match_indices('.').nth(parts.saturating_sub(1)).map_or(name.len(), |(dot, _)| dot);
            name[..end].to_string()
        };
        let mut layer_of: BTreeMap<String, Option<(usize, usize)>> = BTreeMap::new();
        for name in self.nodes.keys() {
            let layer = self.layer_of.get(name).copied();
            let common = layer_of.entry(around(name)).or_insert(layer);
            if *common != layer {
                *common = None;
            }
        }
        self.layer_of = layer_of.into_iter().filter_map(|(name, layer)| Some((name, layer?))).collect();
        let mut nodes: BTreeMap<String, Value> = BTreeMap::new();
        for (name, node) in std::mem::take(&mut self.nodes) {
            let key = around(&name);
            if let Some(known) = nodes.get_mut(&key) {
                // What its parts do not have in common is not told.
                let differs = known["layer"] != node["layer"];
                if let Some(layer) = known.get_mut("layer").filter(|_| differs) {
                    *layer = Value::Null;
                }
            } else if key == name {
                nodes.insert(key, node);
            } else {
                let mut whole = json!({ "name": key });
                for property in ["layer", "owner", "kind", "path"] {
                    if let Some(value) = node.get(property) {
                        whole[property] = match property {
                            "layer" => value.clone(),
                            "kind" => "package".into(),
                            _ => Value::Null,
                        };
                    }
                }
                nodes.insert(key, whole);
            }
        }
        self.nodes = nodes;
        let mut edges: BTreeMap<(String, String), BTreeSet<_>> = BTreeMap::new();
        for ((from, to), occurrences) in std::mem::take(&mut self.edges) {
            let key = (around(&from), around(&to));
            if key.0 != key.1 {
                edges.entry(key).or_default().extend(occurrences);
            }
        }
        self.edges = edges;
        let mut externals: BTreeMap<(String, String), BTreeSet<_>> = BTreeMap::new();
        for ((from, to), occurrences) in std::mem::take(&mut self.externals) {
            externals.entry((around(&from), to)).or_default().extend(occurrences);
        }
        self.externals = externals;
        self.broken = std::mem::take(&mut self.broken)
            .into_iter()
            .map(|(from, to)| (around(&from), around(&to)))
            .collect();
    }

    /// Keeps what is at most so many imports away from a module, and of that what leads nearer or further. Whether there is the module.
    pub(crate) fn focus(&mut self, module: &str, depth: usize) -> bool {
        let is_it = |name: &str| {
            name.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let mut distances: BTreeMap<String, usize> =
            self.nodes.keys().filter(|name| is_it(name)).map(|name| (name.clone(), 0)).collect();
        let is_there = !distances.is_empty();
        for distance in 0..depth {
            let is_at = |name: &String| distances.get(name) == Some(&distance);
            let next: Vec<String> = self
                .edges
                .keys()
                .flat_map(|(from, to)| [(from, to), (to, from)])
                .filter(|(near, far)| is_at(near) && !distances.contains_key(*far))
                .map(|(_, far)| far.clone())
                .collect();
            if next.is_empty() {
                break;
            }
            distances.extend(next.into_iter().map(|name| (name, distance + 1)));
        }
        self.nodes.retain(|name, _| distances.contains_key(name));
        self.edges.retain(|(from, to), _| match (distances.get(from), distances.get(to)) {
            (Some(0), Some(0)) => true,
            (Some(from), Some(to)) => from != to,
            _ => false,
        });
        self.externals.retain(|(from, _), _| distances.contains_key(from));
        self.unresolved.retain(|(from, _)| distances.contains_key(from));
        is_there
    }
}
