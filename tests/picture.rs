//! The picture of the README: what the binary prints for the demo, drawn.
//!
//! `RINGFENCE_UPDATE=1 cargo test --test picture` draws it anew.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used)]

use std::path::Path;
use std::process::Command;

use anstyle_svg::Term;

/// What is typed in the demo.
const COMMANDS: [&str; 2] =
    ["check --quiet --select RF201,RF301", "check --quiet --select RF201 --fix --diff"];

#[test]
fn the_picture_shows_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let transcript: Vec<String> = COMMANDS
        .iter()
        .map(|command| {
            let output = Command::new(env!("CARGO_BIN_EXE_ringfence"))
                .args(command.split(' '))
                .args(["--color", "always", "--output-format", "full"])
                .current_dir(root.join("resources/demo"))
                .output()
                .expect("the binary runs");
            let printed = String::from_utf8(output.stdout).expect("UTF-8");
            assert!(!printed.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
            format!(
                "\u{1b}[1m$ ringfence {}\u{1b}[0m\n{}",
                command.replace(" --quiet", ""),
                printed.trim_end()
            )
        })
        .collect();
    let drawn = Term::new().min_width_px(860).render_svg(&transcript.join("\n\n"));
    let path = root.join("docs/demo.svg");
    if std::env::var_os("RINGFENCE_UPDATE").is_some() {
        std::fs::write(&path, drawn).expect("the picture can be written");
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == drawn,
        "docs/demo.svg is stale; look at it after: RINGFENCE_UPDATE=1 cargo test --test picture"
    );
}
