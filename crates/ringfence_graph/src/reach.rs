//! What leads where in a directed graph, and by which way. Several sets of nodes, *groups*, are asked about at once: one pass over
//! the graph answers for all of them.
//!
//! Kept by hand: one pass answers for many groups, over the compressed graph as it is and the nodes that a filter lets pass. The rows
//! of bits share one allocation; a set of a library for each row would take one each. Their words are those of `fixedbitset`, so that
//! rows can be added to such a set.

use std::collections::VecDeque;

use crate::Digraph;

/// The distance of a node from which nothing is reached.
pub const UNREACHED: u32 = u32::MAX;

/// The bits of a word.
const BITS: usize = usize::BITS as usize;

/// Sets of marks, one a row, as bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkRows {
    words: Vec<usize>,
    /// Words a row.
    width: usize,
}

impl MarkRows {
    pub fn new(rows: usize, marks: usize) -> Self {
        let width = marks.div_ceil(BITS);
        Self { words: vec![0; rows * width], width }
    }

    pub fn set(&mut self, row: usize, mark: usize) {
        if let Some(word) = self.words.get_mut(row * self.width + mark / BITS) {
            *word |= 1 << (mark % BITS);
        }
    }

    pub fn row(&self, row: usize) -> &[usize] {
        self.words.get(row * self.width..(row + 1) * self.width).unwrap_or_default()
    }

    /// Adds the marks of one row to another.
    fn add(&mut self, from: usize, to: usize) {
        for word in 0..self.width {
            self.words[to * self.width + word] |= self.words[from * self.width + word];
        }
    }

    /// The marks of a row, ascending.
    pub fn marks(words: &[usize]) -> impl Iterator<Item = usize> + '_ {
        words.iter().enumerate().flat_map(|(position, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(position * BITS + bit)
            })
        })
    }
}

/// Which marks are reached from each node, its own included, over `traversable` nodes: another is reached and leads
/// no further. O((nodes + edges) x marks / 64), in one pass over the parts of the graph.
pub struct Reachability {
    part_of: Vec<u32>,
    rows: MarkRows,
}

impl Reachability {
    /// `labels` hands the marks of a node to the function that it is given.
    pub fn new(
        graph: &Digraph,
        traversable: impl Fn(u32) -> bool,
        marks: usize,
        mut labels: impl FnMut(u32, &mut dyn FnMut(usize)),
    ) -> Self {
        let condensation = graph.condense(&traversable);
        let mut rows = MarkRows::new(condensation.parts, marks);
        let mut members: Vec<u32> = (0..graph.len() as u32).collect();
        members.sort_unstable_by_key(|node| (condensation.part_of[*node as usize], *node));
        // Parts that are led to have lower numbers, so they are done when they are asked for.
        for node in members {
            let part = condensation.part_of[node as usize] as usize;
            labels(node, &mut |mark| rows.set(part, mark));
            if !traversable(node) {
                continue;
            }
            let mut last = part;
            for next in graph.successors(node) {
                let other = condensation.part_of[*next as usize] as usize;
                if other != part && other != last {
                    rows.add(other, part);
                    last = other;
                }
            }
        }
        Self { part_of: condensation.part_of, rows }
    }

    /// The marks that are reached from a node.
    pub fn from(&self, node: u32) -> &[usize] {
        self.part_of.get(node as usize).map(|part| self.rows.row(*part as usize)).unwrap_or_default()
    }
}

/// By node, the number of edges to the nearest of the starts, or [`UNREACHED`], against the direction of the edges of the graph
/// whose reverse this is. Nodes that cannot be `passed` are reached and lead no further, unless they are starts.
/// O(nodes + edges).
pub fn distances(
    reversed: &Digraph,
    starts: impl IntoIterator<Item = u32>,
    passed: impl Fn(u32) -> bool,
) -> Vec<u32> {
    let mut distances = vec![UNREACHED; reversed.len()];
    let mut queue = VecDeque::new();
    for start in starts {
        if let Some(distance) = distances.get_mut(start as usize)
            && *distance == UNREACHED
        {
            *distance = 0;
            queue.push_back(start);
        }
    }
    while let Some(node) = queue.pop_front() {
        let distance = distances[node as usize];
        if distance > 0 && !passed(node) {
            continue;
        }
        for next in reversed.successors(node) {
            let slot = &mut distances[*next as usize];
            if *slot == UNREACHED {
                *slot = distance + 1;
                queue.push_back(*next);
            }
        }
    }
    distances
}

/// A shortest chain from one of the sources to the nodes that `distances` are counted to; of several the first by the numbers of
/// its nodes. O(sources + successors of its nodes).
pub fn shortest_chain(
    graph: &Digraph,
    distances: &[u32],
    sources: impl IntoIterator<Item = u32>,
    passed: impl Fn(u32) -> bool,
) -> Option<Vec<u32>> {
    let distance = |node: u32| distances.get(node as usize).copied().unwrap_or(UNREACHED);
    let mut at = sources
        .into_iter()
        .filter(|node| distance(*node) != UNREACHED)
        .min_by_key(|node| (distance(*node), *node))?;
    let mut chain = vec![at];
    while distance(at) > 0 {
        let closer = distance(at) - 1;
        let leads_on = |next: &&u32| distance(**next) == closer && (closer == 0 || passed(**next));
        at = *graph.successors(at).iter().find(leads_on)?;
        chain.push(at);
    }
    Some(chain)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const NODES: usize = 9;

    /// Every chain of the fewest edges from a source to a target by trying all, over nodes that can be passed.
    fn chains(graph: &Digraph, sources: &[u32], targets: &[u32], passed: &[bool]) -> Vec<Vec<u32>> {
        let mut found: Vec<Vec<u32>> = Vec::new();
        let mut open: Vec<Vec<u32>> = sources.iter().map(|source| vec![*source]).collect();
        for _ in 0..=NODES {
            found.extend(open.iter().filter(|chain| targets.contains(&chain[chain.len() - 1])).cloned());
            if !found.is_empty() {
                found.sort();
                return found;
            }
            let mut longer = Vec::new();
            for chain in &open {
                let last = chain[chain.len() - 1];
                if chain.len() > 1 && !passed[last as usize] {
                    continue;
                }
                for next in graph.successors(last).iter().filter(|next| !chain.contains(next)) {
                    longer.push([chain.as_slice(), &[*next]].concat());
                }
            }
            open = longer;
        }
        found
    }

    proptest! {
        #[test]
        fn as_all_chains_say(
            edges in vec((0..NODES as u32, 0..NODES as u32), 0..22),
            passed in vec(any::<bool>(), NODES),
            sources in vec(0..NODES as u32, 1..3),
            targets in vec(0..NODES as u32, 1..3),
        ) {
            let graph = Digraph::new(NODES, edges);
            let reversed = graph.reversed();
            let mut turned: Vec<(u32, u32)> = graph.edges().map(|(from, to)| (to, from)).collect();
            turned.sort_unstable();
            prop_assert_eq!(reversed.edges().collect::<Vec<_>>(), turned);
            let passes = |node: u32| passed[node as usize];
            // A source is where a chain starts, whether or not it can be passed; one at a time, as those may pass each other.
            for source in &sources {
                let distances = distances(&reversed, targets.iter().copied(), passes);
                let found = shortest_chain(&graph, &distances, [*source], passes);
                prop_assert_eq!(found, chains(&graph, &[*source], &targets, &passed).first().cloned());
            }
            let reached = Reachability::new(&graph, passes, NODES, |node, mark| mark(node as usize));
            for source in 0..NODES as u32 {
                let mut expected: Vec<usize> = Vec::new();
                for target in 0..NODES as u32 {
                    let starts = source == target
                        || (passes(source) && !chains(&graph, &[source], &[target], &passed).is_empty());
                    if starts {
                        expected.push(target as usize);
                    }
                }
                prop_assert_eq!(MarkRows::marks(reached.from(source)).collect::<Vec<_>>(), expected);
            }
        }
    }

    #[test]
    fn many_marks_need_several_words() {
        let graph = Digraph::new(200, (0..199).map(|node| (node, node + 1)).collect());
        let reached = Reachability::new(&graph, |node| node != 100, 200, |node, mark| mark(node as usize));
        let from = |node| MarkRows::marks(reached.from(node)).collect::<Vec<_>>();
        assert_eq!(from(3), (3..=100).collect::<Vec<_>>());
        assert_eq!(from(100), [100]);
        assert_eq!(from(150), (150..200).collect::<Vec<_>>());
    }
}
