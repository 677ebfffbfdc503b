//! What starts, and what it loads: the graph of what runs, chains in it, and what would have to be deferred.

pub(super) mod called;
pub(super) mod entries;
pub(super) mod hidden;
pub(super) mod load_graph;
pub(super) mod mend;
pub(super) mod of_finding;
pub(super) mod reached;
pub(super) mod star;
pub(super) mod targets;
pub(super) mod tried;
pub(super) mod words;
