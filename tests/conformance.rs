//! Small projects with another tool's config, and what that tool and ringfence say of them.
//!
//! A row of `resources/conformance/tach.jsonl` holds the files of a project, and for each run its arguments, the findings that
//! ringfence has to report (file, line, code, severity) and how it has to exit. What Tach 0.35.3 says is the same, but
//! for warnings where it does not look; where it differs, the row is `decided`, holds Tach's answer, and
//! `docs/compatibility.md` gives the reason under the row's name.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

const ROWS: &str = include_str!("../resources/conformance/tach.jsonl");
const PAGE: &str = include_str!("../docs/compatibility.md");

#[test]
fn every_project_gets_the_verdicts_that_are_recorded() {
    let rows: Vec<Value> = ROWS.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(rows.len() > 200);
    let wrong: Vec<String> = rows.iter().flat_map(differences).collect();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_difference_is_decided_on_the_page() {
    let decided: BTreeSet<String> = ROWS
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|row| row["decided"] == true)
        .map(|row| row["name"].as_str().unwrap().to_string())
        .collect();
    assert!(decided.len() > 20);
    let missing: Vec<&String> = decided.iter().filter(|name| !PAGE.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "not on the page: {missing:?}");
}

fn differences(row: &Value) -> Vec<String> {
    let name = row["name"].as_str().unwrap();
    let folder = TempDir::new().unwrap();
    let root = folder.path().canonicalize().unwrap();
    write_files(row, &root);
    let working_directory = root.join(row["cwd"].as_str().unwrap_or("."));
    let mut wrong = Vec::new();
    for run in row["runs"].as_array().unwrap() {
        let arguments: Vec<&str> = strings(&run["arguments"]);
        let output = Command::new(env!("CARGO_BIN_EXE_ringfence"))
            .args(["check", "--output-format", "json"])
            .args(&arguments)
            .current_dir(&working_directory)
            .env_remove("VIRTUAL_ENV")
            .output()
            .unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let compared = codes(&arguments);
        let found: BTreeSet<String> =
            numbered(answer.as_array().into_iter().flatten().filter_map(|finding| {
                let code = finding["code"].as_str()?;
                let path = Path::new(finding["filename"].as_str()?).strip_prefix(&root).ok()?;
                let place = format!("{}:{}", path.display(), finding["location"]["row"]);
                compared(code)
                    .then(|| format!("{place} {code} {}", finding["severity"].as_str().unwrap_or("")))
            }));
        let wanted = numbered(run["findings"].as_array().unwrap().iter().map(|finding| {
            let text = |at: usize| finding[at].as_str().unwrap();
            format!("{}:{} {} {}", text(0), finding[1], text(2), text(3))
        }));
        for finding in wanted.difference(&found) {
            wrong.push(format!("{name}: missing {finding}"));
        }
        for finding in found.difference(&wanted) {
            wrong.push(format!("{name}: unexpected {finding}"));
        }
        if output.status.code().map(i64::from) != run["exit"].as_i64() {
            let said = String::from_utf8_lossy(&output.stderr);
            wrong.push(format!("{name}: exit {:?}, wanted {}: {said}", output.status.code(), run["exit"]));
        }
    }
    wrong
}

/// Texts that are there more than once get a number, so that a set can hold them.
fn numbered(texts: impl Iterator<Item = String>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for text in texts {
        let mut number = 1;
        let mut candidate = text.clone();
        while !seen.insert(candidate.clone()) {
            number += 1;
            candidate = format!("{text} ({number})");
        }
    }
    seen
}

/// The codes that are compared: those about the same as what Tach reports at a line.
fn codes(arguments: &[&str]) -> impl Fn(&str) -> bool + use<> {
    let external = arguments.contains(&"RF5");
    let of_externals = ["RF501", "RF503"];
    let others = ["RF101", "RF102", "RF103", "RF201", "RF202", "RF301", "RF302", "RF901", "RF902"];
    let is_check = !external || arguments.contains(&"--ignore");
    move |code| if is_check { others.contains(&code) } else { of_externals.contains(&code) }
}

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
            (None, None) => panic!("{}: `{name}` is neither text nor base64", row["name"]),
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
