//! Tells what a change of some files can reach: which names of a file changed ([`mod@difference`]), and which statements of which
//! files use them, directly or not ([`mod@spread`]).
//!
//! Every answer errs to one side. Names are followed by their text, whatever scope they stand in, and what cannot be followed
//! widens to the whole module. So a file that is not named is not affected, while one that is may not be.

mod collector;
mod difference;
mod effects;
mod hashing;
mod importing;
mod loaded;
mod outline;
mod pytest;
mod spread;
mod steps;

pub use difference::{Difference, difference};
pub use outline::{Outline, Statement, outline};
pub use spread::{Change, Project, Spread, spread};
pub use steps::{How, Step};
