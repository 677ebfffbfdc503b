//! Small projects with another tool's config, and what that tool and ringfence say of them.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod import_linter;
mod tach;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Where every difference is told.
const PAGE: &str = include_str!("../../docs/compatibility.md");

fn write_files(row: &Value, root: &Path) {
    let create = |path: PathBuf| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    for (name, content) in row["files"].as_object().unwrap() {
        let path = create(root.join(name));
        match (content.as_str(), content["base64"].as_str()) {
            (Some(text), _) => fs::write(path, text).unwrap(),
            (None, Some(encoded)) => fs::write(path, decoded(encoded)).unwrap(),
            (None, None) => link(content["symlink"].as_str().expect("text, base64 or a link"), &path),
        }
    }
    for name in strings(&row["empty_dirs"]) {
        fs::create_dir_all(root.join(name)).unwrap();
    }
    if let Some(setup) = row["setup"].as_str() {
        let done = Command::new("sh").args(["-c", setup]).current_dir(root).output().unwrap();
        assert!(done.status.success(), "{}: {}", row["name"], String::from_utf8_lossy(&done.stderr));
    }
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Base64, of which the rows have a few lines.
fn decoded(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.bytes().filter_map(|byte| DIGITS.iter().position(|digit| *digit == byte)) {
        bits = (bits << 6) | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[cfg(unix)]
fn link(target: &str, path: &Path) {
    std::os::unix::fs::symlink(target, path).unwrap();
}

#[cfg(not(unix))]
fn link(target: &str, path: &Path) {
    panic!("{}: no links to `{target}` here", path.display());
}
