//! How many ways lead from one set of nodes to another that share no edge, and which edges have to go so that none is left.
//!
//! Dinic's algorithm is kept by hand: it is iterative, takes a role for each node, and needs no graph beside the one there is.

use std::collections::VecDeque;

use crate::Digraph;

/// As many chains as there can be that share no edge, and as few edges as there can be that cut all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Disjoint {
    /// Each from a source to a target; shorter ones first, then by the numbers of their nodes.
    pub chains: Vec<Vec<u32>>,
    /// One edge for each chain, ascending: those nearest to the sources.
    pub cut: Vec<(u32, u32)>,
}

/// What a node is to the chains that are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Chains start here, and do not come back.
    Source,
    /// Chains end here.
    Target,
    /// Chains may lead through it.
    Passed,
    /// No chain leads through it.
    Closed,
}

/// The most chains from sources to targets that share no edge, with a smallest cut, by Dinic's algorithm with all capacities
/// one: O(edges x sqrt(edges)), and O(edges) a length of chains in practice.
pub fn disjoint_chains(graph: &Digraph, role: impl Fn(u32) -> Role) -> Disjoint {
    let nodes = graph.len() as u32;
    let roles: Vec<Role> = (0..nodes).map(role).collect();
    let mut flow = Flow::new(graph, &roles);
    while flow.level() {
        flow.block();
    }
    let mut chains = flow.chains();
    chains.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    Disjoint { chains, cut: flow.cut() }
}

struct Flow<'a> {
    graph: &'a Digraph,
    roles: &'a [Role],
    /// By edge: whether a chain leads over it.
    used: Vec<bool>,
    /// By node: the edges that lead into it, with the node that they come from.
    incoming: Vec<(u32, u32)>,
    incoming_starts: Vec<u32>,
    /// By node: how far it is from the sources over what is left; `u32::MAX` where nothing leads.
    levels: Vec<u32>,
    /// By node: how many of its edges, forward and then backward, have been tried at these levels.
    tried: Vec<u32>,
}

impl<'a> Flow<'a> {
    fn new(graph: &'a Digraph, roles: &'a [Role]) -> Self {
        let reversed = graph.reversed();
        let mut incoming = Vec::with_capacity(graph.edge_count());
        let mut incoming_starts = Vec::with_capacity(graph.len() + 1);
        for node in 0..graph.len() as u32 {
            incoming_starts.push(incoming.len() as u32);
            incoming.extend(
                reversed
                    .successors(node)
                    .iter()
                    .filter_map(|from| Some((*from, graph.edge_position(*from, node)? as u32))),
            );
        }
        incoming_starts.push(incoming.len() as u32);
        Self {
            graph,
            roles,
            used: vec![false; graph.edge_count()],
            incoming,
            incoming_starts,
            levels: Vec::new(),
            tried: Vec::new(),
        }
    }

    fn is_open(&self, node: u32) -> bool {
        matches!(self.roles[node as usize], Role::Passed | Role::Target)
    }

    /// How many ways lead on from a node: its edges, and back over those that lead into it.
    fn ways(&self, node: u32) -> u32 {
        let back = self.incoming_starts[node as usize + 1] - self.incoming_starts[node as usize];
        self.graph.edge_range(node).len() as u32 + back
    }

    /// Where the n-th way leads, and over which edge, if it is open: over an edge that no chain uses, or back over one that a
    /// chain uses.
    fn way(&self, node: u32, number: u32) -> Option<(u32, u32)> {
        let forward = self.graph.edge_range(node);
        if (number as usize) < forward.len() {
            let edge = forward.start + number as usize;
            let next = self.graph.successors(node)[number as usize];
            return (!self.used[edge] && self.is_open(next)).then_some((next, edge as u32));
        }
        let start = self.incoming_starts[node as usize];
        let (from, edge) = *self.incoming.get((start + number) as usize - forward.len())?;
        // Nothing is to be won by leading back into a source.
        (self.used[edge as usize] && self.is_open(from)).then_some((from, edge))
    }

    /// Finds how far every node is from the sources. Whether a target is reached.
    fn level(&mut self) -> bool {
        self.levels = vec![u32::MAX; self.graph.len()];
        self.tried = vec![0; self.graph.len()];
        let mut queue: VecDeque<u32> = VecDeque::new();
        for (node, role) in self.roles.iter().enumerate() {
            if *role == Role::Source {
                self.levels[node] = 0;
                queue.push_back(node as u32);
            }
        }
        let mut is_reached = false;
        while let Some(node) = queue.pop_front() {
            if self.roles[node as usize] == Role::Target {
                is_reached = true;
                continue;
            }
            for number in 0..self.ways(node) {
                if let Some((next, _)) = self.way(node, number)
                    && self.levels[next as usize] == u32::MAX
                {
                    self.levels[next as usize] = self.levels[node as usize] + 1;
                    queue.push_back(next);
                }
            }
        }
        is_reached
    }

    /// Leads chains over ways that go one level on with each step, until there is none left.
    fn block(&mut self) {
        for source in 0..self.roles.len() as u32 {
            if self.roles[source as usize] == Role::Source {
                while self.lead(source) {}
            }
        }
    }

    /// Leads one more chain from a source to a target. Whether there was one.
    fn lead(&mut self, source: u32) -> bool {
        let mut path: Vec<(u32, u32)> = Vec::new();
        let mut at = source;
        loop {
            if self.roles[at as usize] == Role::Target {
                for (_, edge) in path {
                    let used = &mut self.used[edge as usize];
                    *used = !*used;
                }
                return true;
            }
            let number = self.tried[at as usize];
            if number == self.ways(at) {
                let Some((before, _)) = path.pop() else { return false };
                at = before;
                self.tried[at as usize] += 1;
                continue;
            }
            match self.way(at, number) {
                Some((next, edge)) if self.levels[next as usize] == self.levels[at as usize] + 1 => {
                    path.push((at, edge));
                    at = next;
                }
                _ => self.tried[at as usize] += 1,
            }
        }
    }

    /// Takes the used edges apart into chains, without what they lead round in.
    fn chains(&self) -> Vec<Vec<u32>> {
        let mut left = self.used.clone();
        let mut take = |node: u32| {
            let position = self.graph.edge_range(node).find(|edge| left[*edge])?;
            left[position] = false;
            Some(self.graph.successors(node)[position - self.graph.edge_range(node).start])
        };
        let mut chains = Vec::new();
        for source in 0..self.roles.len() as u32 {
            if self.roles[source as usize] != Role::Source {
                continue;
            }
            while let Some(mut at) = take(source) {
                let mut chain = vec![source, at];
                while self.roles[at as usize] != Role::Target {
                    let Some(next) = take(at) else { break };
                    at = next;
                    if let Some(before) = chain.iter().position(|node| *node == at) {
                        chain.truncate(before);
                    }
                    chain.push(at);
                }
                chains.push(chain);
            }
        }
        chains
    }

    /// The edges from what is still reached from the sources to what is not.
    fn cut(&self) -> Vec<(u32, u32)> {
        let is_reached = |node: u32| self.levels[node as usize] != u32::MAX;
        self.graph
            .edges()
            .enumerate()
            .filter(|(position, (from, to))| self.used[*position] && is_reached(*from) && !is_reached(*to))
            .map(|(_, edge)| edge)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const NODES: usize = 7;

    fn roles(closed: &[bool]) -> impl Fn(u32) -> Role + '_ {
        |node| match node {
            0 | 1 => Role::Source,
            5 | 6 => Role::Target,
            _ if closed[node as usize] => Role::Closed,
            _ => Role::Passed,
        }
    }

    /// Whether some chain leads from a source to a target without these edges.
    fn is_connected(edges: &[(u32, u32)], without: &[(u32, u32)], role: &dyn Fn(u32) -> Role) -> bool {
        let mut reached: Vec<u32> = (0..NODES as u32).filter(|node| role(*node) == Role::Source).collect();
        let mut position = 0;
        while let Some(&node) = reached.get(position) {
            position += 1;
            if role(node) == Role::Target {
                return true;
            }
            for (from, to) in edges {
                let is_open = matches!(role(*to), Role::Passed | Role::Target);
                if *from == node && is_open && !without.contains(&(*from, *to)) && !reached.contains(to) {
                    reached.push(*to);
                }
            }
        }
        false
    }

    /// The size of a smallest cut, by trying all sets of edges of each size.
    fn smallest_cut(edges: &[(u32, u32)], role: &dyn Fn(u32) -> Role) -> usize {
        (0..1u32 << edges.len())
            .filter(|set| {
                let chosen = edges.iter().enumerate().filter(|(position, _)| set & (1 << position) != 0);
                !is_connected(edges, &chosen.map(|(_, edge)| *edge).collect::<Vec<_>>(), role)
            })
            .map(u32::count_ones)
            .min()
            .unwrap_or(0) as usize
    }

    proptest! {
        #[test]
        fn as_all_sets_of_edges_say(
            edges in vec((0..NODES as u32, 0..NODES as u32), 0..13),
            closed in vec(proptest::bool::weighted(0.2), NODES),
        ) {
            let graph = Digraph::new(NODES, edges);
            let edges: Vec<(u32, u32)> = graph.edges().collect();
            let role = roles(&closed);
            let Disjoint { chains, cut } = disjoint_chains(&graph, &role);
            prop_assert_eq!(chains.len(), smallest_cut(&edges, &role));
            prop_assert_eq!(cut.len(), chains.len());
            prop_assert!(!is_connected(&edges, &cut, &role));
            let mut used: Vec<(u32, u32)> = Vec::new();
            for chain in &chains {
                prop_assert_eq!(role(chain[0]), Role::Source);
                prop_assert_eq!(role(chain[chain.len() - 1]), Role::Target);
                prop_assert!(chain[1..chain.len() - 1].iter().all(|node| role(*node) == Role::Passed));
                for pair in chain.windows(2) {
                    let edge = (pair[0], pair[1]);
                    prop_assert!(graph.has_edge(edge.0, edge.1) && !used.contains(&edge));
                    used.push(edge);
                }
            }
        }
    }

    #[test]
    fn ten_thousand_chains_are_found_in_one_go() {
        // A source, 10,000 nodes between, a target; and one edge past them.
        let between = 2..10_002;
        let mut edges: Vec<(u32, u32)> = between.clone().map(|node| (0, node)).collect();
        edges.extend(between.map(|node| (node, 1)));
        edges.push((0, 1));
        let role = |node| match node {
            0 => Role::Source,
            1 => Role::Target,
            _ => Role::Passed,
        };
        let Disjoint { chains, cut } = disjoint_chains(&Digraph::new(10_002, edges), role);
        assert_eq!((chains.len(), cut.len()), (10_001, 10_001));
        assert_eq!(chains[..2], [vec![0, 1], vec![0, 2, 1]]);
    }
}
