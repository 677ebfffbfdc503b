//! Writes what is made from the code: the tests that compare each file with the code know how.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::{cargo, wait};

/// Each asks a test to write what it otherwise compares.
const TESTS: [&[&str]; 3] = [
    // Pages of rules, options and commands, and the table of rules in the README.
    &["test", "--locked", "--test", "docs"],
    // The picture of the demo in the README.
    &["test", "--locked", "--test", "picture"],
    // The JSON schema of the config.
    &["test", "--locked", "-p", "ringfence_policy", "--lib", "schema"],
];

pub(crate) fn run(root: &Path) -> Result<()> {
    for test in TESTS {
        let mut command = cargo(root, test);
        command.env("RINGFENCE_UPDATE", "1");
        wait(command)?;
    }
    let mut notices = Command::new("python3");
    notices.arg("scripts/third_party_notices.py").current_dir(root);
    wait(notices)
}
