//! A row of `resources/conformance/import_linter.jsonl` holds the files of a project, the arguments, and what import-linter 2.16
//! says of it: whether it ends with an error, or each contract kept or broken and which modules reach which; and the graph that
//! it reads. Where ringfence differs the row is `decided`, or its graph is `graph_decided`, and `docs/compatibility.md` gives the
//! reason under the row's name.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::{PAGE, strings, write_files};

const ROWS: &str = include_str!("../../resources/conformance/import_linter.jsonl");

/// The rules that contracts become.
const CODES: [&str; 6] = ["RF304", "RF403", "RF404", "RF405", "RF406", "RF408"];

fn rows() -> Vec<Value> {
    ROWS.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn contracts_are_kept_and_broken_as_import_linter_says() {
    let rows = rows();
    assert!(rows.len() > 150);
    let wrong: Vec<String> =
        rows.iter().filter(|row| row["decided"] != true).flat_map(|row| in_project(row, verdicts)).collect();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_graph_is_that_of_import_linter() {
    let with_graph: Vec<Value> =
        rows().into_iter().filter(|row| row["graph"].is_object() && row["graph_decided"] != true).collect();
    assert!(with_graph.len() > 130);
    let wrong: Vec<String> = with_graph.iter().flat_map(|row| in_project(row, graphs)).collect();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_difference_is_decided_on_the_page() {
    let differs = |row: &Value| row["decided"] == true || row["graph_decided"] == true;
    let decided: Vec<String> = rows()
        .iter()
        .filter(|row| differs(row))
        .map(|row| row["name"].as_str().unwrap().to_string())
        .collect();
    assert!(decided.len() > 3);
    // A row that no longer differs is not decided.
    for row in rows().iter().filter(|row| row["decided"] == true) {
        assert!(!in_project(row, verdicts).is_empty(), "{} does not differ", row["name"]);
    }
    let missing: Vec<&String> = decided.iter().filter(|name| !PAGE.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "not on the page: {missing:?}");
}

fn in_project(row: &Value, compare: impl Fn(&Value, &Path) -> Vec<String>) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let root = folder.path().canonicalize().unwrap();
    write_files(row, &root);
    let name = row["name"].as_str().unwrap();
    compare(row, &root).into_iter().map(|difference| format!("{name}: {difference}")).collect()
}

fn run(row: &Value, root: &Path, command: &[&str]) -> Output {
    let mut ringfence = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    ringfence.args(command).args(strings(&row["arguments"])).env_remove("VIRTUAL_ENV");
    let folders = strings(&row["env"]["PYTHONPATH"]);
    let folders = std::env::join_paths(folders.iter().map(|folder| root.join(folder))).unwrap();
    ringfence.env("PYTHONPATH", folders);
    ringfence.current_dir(root.join(row["cwd"].as_str().unwrap_or("."))).output().unwrap()
}

fn verdicts(row: &Value, root: &Path) -> Vec<String> {
    let output = run(row, root, &["check", "--output-format", "json"]);
    let code = output.status.code();
    assert!(matches!(code, Some(0..=2)), "{}", String::from_utf8_lossy(&output.stderr));
    if row["error"] == true {
        let passes = code == Some(0);
        return passes.then(|| "passes, and import-linter does not".to_string()).into_iter().collect();
    }
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let Some(findings) = answer.as_array() else {
        return vec![format!("no answer: {}", String::from_utf8_lossy(&output.stderr))];
    };
    let mut wrong = Vec::new();
    let contracts = row["contracts"].as_array().unwrap();
    let has_ids = findings.iter().any(|finding| {
        contracts.iter().any(|it| it["id"].is_string() && it["id"] == finding["contract"]["id"])
    });
    for contract in contracts {
        let key = if has_ids && contract["id"].is_string() { "id" } else { "name" };
        let mine: Vec<&Value> = findings
            .iter()
            .filter(|finding| {
                finding["contract"][key] == contract[key]
                    && CODES.contains(&finding["code"].as_str().unwrap_or_default())
            })
            .collect();
        if (contract["verdict"] == "broken") == mine.is_empty() {
            wrong.push(format!(
                "{} is {}, and there are {} findings",
                contract[key],
                contract["verdict"],
                mine.len()
            ));
        }
        let Some(pairs) = contract["pairs"].as_array() else { continue };
        let wanted: BTreeSet<String> = pairs.iter().map(|pair| format!("{} {}", pair[0], pair[1])).collect();
        let found: BTreeSet<String> = mine
            .iter()
            .map(|finding| &finding["contract"])
            .filter(|contract| contract["imported"].is_string())
            .map(|contract| format!("{} {}", contract["importer"], contract["imported"]))
            .collect();
        if wanted != found {
            wrong.push(format!("{}: wanted {wanted:?}, found {found:?}", contract[key]));
        }
    }
    if code.map(i64::from) != row["exit"].as_i64() {
        wrong.push(format!("exit {code:?}, wanted {}", row["exit"]));
    }
    wrong
}

fn graphs(row: &Value, root: &Path) -> Vec<String> {
    let output = run(row, root, &["graph", "--format", "json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let wanted: BTreeSet<String> = list(&row["graph"]["modules"]).iter().map(Value::to_string).collect();
    let found: BTreeSet<String> =
        list(&answer["modules"]).iter().map(|module| module["name"].to_string()).collect();
    let mut wrong = Vec::new();
    if wanted != found {
        wrong.push(format!("modules: wanted {wanted:?}, found {found:?}"));
    }
    let wanted: BTreeSet<String> = list(&row["graph"]["imports"])
        .iter()
        .map(|import| format!("{} {} {}", import[0], import[1], import[2]))
        .collect();
    let mut edges = list(&answer["edges"]);
    if row["graph"]["externals"] == true {
        edges.extend(list(&answer["externals"]));
    }
    let found: BTreeSet<String> = edges
        .iter()
        .map(|edge| {
            let lines: BTreeSet<u64> =
                list(&edge["imports"]).iter().filter_map(|import| import["line"].as_u64()).collect();
            let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
            format!("{} {} [{}]", edge["importer"], edge["imported"], lines.join(","))
        })
        .collect();
    if wanted != found {
        let (missing, more): (Vec<_>, Vec<_>) =
            (wanted.difference(&found).collect(), found.difference(&wanted).collect());
        wrong.push(format!("imports: missing {missing:?}, unexpected {more:?}"));
    }
    wrong
}
