//! Takes the bytes of a Python project's own metadata and gives what it declares: [`Manifest`] of a `pyproject.toml` or
//! `setup.cfg`, the requirements of a requirements file, and the [`Environment`] that the metadata of installed
//! distributions describes. Every requirement keeps its span. No file is read and no Python is run here.
//!
//! A *distribution* is what is installed (`PyYAML`), an *import* what code names (`yaml`). [`Environment`] knows which
//! comes from which where something is installed, [`well_known`] where the two are known to differ, and else they are
//! taken to be the same but for spelling.

mod comments;
mod environment;
mod manifest;
mod pyproject;
mod requirement;
mod requirements_file;
mod script;
mod setup_cfg;
pub mod well_known;

pub use comments::{hash_comments, toml_comments};
pub use environment::{Distribution, Environment, MetadataFiles};
pub use manifest::{Group, Manifest, NamedFile, Requirement, normalized};
pub use pyproject::read as read_pyproject;
pub use requirements_file::{RequirementsFile, read as read_requirements};
pub use script::script_requirements;
pub use setup_cfg::read as read_setup_cfg;
