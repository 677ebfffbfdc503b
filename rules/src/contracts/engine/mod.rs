//! What all types of contracts share: the graph, the imports that count, chains and how they are explained. Nothing here knows a
//! type; [`contract_type::ContractType`] is what one has to say of itself.

pub(crate) mod chains;
pub(crate) mod contract_graph;
pub(crate) mod contract_type;
pub(crate) mod cuts;
pub(crate) mod imports;
pub(crate) mod messages;
pub(crate) mod question;
pub(crate) mod scope;
pub(crate) mod separation;
pub(crate) mod unseen;
pub(crate) mod verdict;
