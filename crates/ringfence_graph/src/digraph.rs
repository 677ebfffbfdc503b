//! A directed graph whose nodes are numbers, in compressed form: one array of successors, and where those of each node start.

/// A directed graph over the nodes `0..nodes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digraph {
    /// By node, ascending.
    successors: Vec<u32>,
    /// Where the successors of each node start; one more at the end.
    starts: Vec<u32>,
}

impl Digraph {
    /// Equal edges are one edge; those from or to a node that is not there are none. O(n log n) in the number of edges.
    pub fn new(nodes: usize, mut edges: Vec<(u32, u32)>) -> Self {
        edges.retain(|(from, to)| (*from as usize) < nodes && (*to as usize) < nodes);
        edges.sort_unstable();
        edges.dedup();
        let mut starts = vec![0; nodes + 1];
        for (from, _) in &edges {
            starts[*from as usize + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        Self { successors: edges.into_iter().map(|(_, to)| to).collect(), starts }
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the edges of a node lead, ascending.
    pub fn successors(&self, node: u32) -> &[u32] {
        let node = node as usize;
        match (self.starts.get(node), self.starts.get(node + 1)) {
            (Some(&start), Some(&end)) => &self.successors[start as usize..end as usize],
            _ => &[],
        }
    }

    pub fn has_edge(&self, from: u32, to: u32) -> bool {
        self.successors(from).binary_search(&to).is_ok()
    }

    /// All edges, ascending.
    pub fn edges(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        (0..self.len() as u32).flat_map(|from| self.successors(from).iter().map(move |to| (from, *to)))
    }

    /// The number of edges.
    pub fn edge_count(&self) -> usize {
        self.successors.len()
    }

    /// The positions of the edges of a node in [`edges`](Self::edges).
    pub(crate) fn edge_range(&self, node: u32) -> std::ops::Range<usize> {
        let node = node as usize;
        match (self.starts.get(node), self.starts.get(node + 1)) {
            (Some(&start), Some(&end)) => start as usize..end as usize,
            _ => 0..0,
        }
    }

    /// The position of an edge in [`edges`](Self::edges).
    pub fn edge_position(&self, from: u32, to: u32) -> Option<usize> {
        let position = self.successors(from).binary_search(&to).ok()?;
        Some(self.edge_range(from).start + position)
    }

    /// The same graph with every edge turned round. O(nodes + edges).
    #[must_use]
    pub fn reversed(&self) -> Self {
        let mut starts = vec![0; self.len() + 1];
        for to in &self.successors {
            starts[*to as usize + 1] += 1;
        }
        for node in 0..self.len() {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut successors = vec![0; self.successors.len()];
        // In ascending order of `from`, so that every list is ascending again.
        for (from, to) in self.edges() {
            let slot = &mut next[to as usize];
            successors[*slot as usize] = from;
            *slot += 1;
        }
        Self { successors, starts }
    }
}
