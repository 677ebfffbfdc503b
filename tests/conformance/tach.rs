//! A row of `resources/conformance/tach.jsonl` holds the files of a project, and for each run its arguments, the findings that
//! ringfence has to report (file, line, code, severity) and how it has to exit. What Tach 0.35.3 says is the same, but
//! for warnings where it does not look; where it differs, the row is `decided`, holds Tach's answer, and
//! `docs/compatibility.md` gives the reason under the row's name.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::{PAGE, strings, write_files};

const ROWS: &str = include_str!("../../resources/conformance/tach.jsonl");

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
            .env_remove("GITHUB_ACTIONS")
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
