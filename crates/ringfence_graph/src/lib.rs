//! Takes the facts of all files and gives the [`ImportGraph`]: which modules there are ([`ModuleIndex`], numbered in
//! preorder so that a package with everything below it is one range) and which import leads to which module
//! ([`Edge`]). Knows no config and reads no file: whoever has changed facts builds the graph anew. What is asked of any graph,
//! also one that others build over this one, is a function of a [`Digraph`].
//!
//! Only edges as written are stored. What CPython runs besides, the `__init__` of every ancestor, is derived where
//! load order is asked for ([`ImportGraph::loaded_by`]).

mod cut;
mod cycles;
mod digraph;
mod dominators;
mod feedback;
mod flow;
mod graph;
mod index;
mod reach;
mod resolve;

pub use cut::{CutEdge, cheapest_cut};
pub use cycles::{Condensation, shortest_cycle};
pub use digraph::Digraph;
pub use dominators::Dominators;
pub use feedback::{Feedback, WeightedEdge, cheapest_feedback};
pub use flow::{Disjoint, Role, disjoint_chains};
pub use graph::ImportGraph;
pub use index::{FileModule, FileRole, IndexedFile, Module, ModuleId, ModuleIndex, ModuleKind, NestedRoot};
pub use reach::{MarkRows, Reachability, UNREACHED, distances, shortest_chain};
pub use resolve::{Edge, Resolution, Target};
