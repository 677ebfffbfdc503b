//! The picture as text for programs that draw: layers are groups of nodes.

use std::collections::BTreeMap;

use ringfence_output::escape::{dot, mermaid};

use super::Picture;

impl Picture {
    /// The names of the nodes by layer, the top first, and then those in none.
    fn by_layer(&self) -> (Vec<(String, Vec<&str>)>, Vec<&str>) {
        let mut members: BTreeMap<(usize, usize), Vec<&str>> = BTreeMap::new();
        let mut others = Vec::new();
        for name in self.nodes.keys() {
            match self.layer_of.get(name) {
                Some(layer) => members.entry(*layer).or_default().push(name),
                None => others.push(name.as_str()),
            }
        }
        let title = |(rank, position): (usize, usize)| {
            self.layers.get(rank).and_then(|layers| layers.get(position)).map(|layer| self.title(layer))
        };
        let groups = members.into_iter().filter_map(|(layer, members)| Some((title(layer)?, members)));
        (groups.collect(), others)
    }

    pub(crate) fn dot(&self) -> Vec<String> {
        let mut lines = vec!["digraph imports {".to_string()];
        let (groups, others) = self.by_layer();
        for (number, (layer, members)) in groups.iter().enumerate() {
            lines.push(format!("    subgraph cluster_{number} {{"));
            lines.push(format!("        label=\"{}\";", dot(layer)));
            lines.extend(members.iter().map(|name| format!("        \"{}\";", dot(name))));
            lines.push("    }".to_string());
        }
        lines.extend(others.iter().map(|name| format!("    \"{}\";", dot(name))));
        for ((importer, imported), occurrences) in &self.edges {
            let (importer, imported) = (dot(importer), dot(imported));
            lines.push(format!("    \"{importer}\" -> \"{imported}\" [label=\"{}\"];", occurrences.len()));
        }
        lines.push("}".to_string());
        lines
    }

    pub(crate) fn mermaid(&self) -> Vec<String> {
        let mut lines = vec!["graph TD".to_string()];
        // Names may hold words that mean something to Mermaid, so nodes go by number.
        let numbers: BTreeMap<&str, usize> =
            self.nodes.keys().enumerate().map(|(number, name)| (name.as_str(), number)).collect();
        let node = |name: &&str| {
            numbers.get(name).map(|number| format!("n{number}[\"{}\"]", mermaid(name))).unwrap_or_default()
        };
        let (groups, others) = self.by_layer();
        for (number, (layer, members)) in groups.iter().enumerate() {
            lines.push(format!("    subgraph l{number}[\"{}\"]", mermaid(layer)));
            lines.extend(members.iter().map(|name| format!("        {}", node(name))));
            lines.push("    end".to_string());
        }
        lines.extend(others.iter().map(|name| format!("    {}", node(name))));
        for ((importer, imported), occurrences) in &self.edges {
            if let (Some(from), Some(to)) = (numbers.get(importer.as_str()), numbers.get(imported.as_str())) {
                lines.push(format!("    n{from} -->|{}| n{to}", occurrences.len()));
            }
        }
        lines
    }
}
