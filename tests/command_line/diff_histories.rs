//! `ringfence diff` against cold runs in two checkouts, over generated histories. `scripts/differential_diff.py` compares more, of more of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use serde_json::Value;

use crate::common::Project;

const NAMES: [&str; 4] = ["web", "orders", "storage", "legacy"];

/// What one commit does.
#[derive(Debug, Clone)]
enum Edit {
    /// The file of a module imports these.
    Write(usize, Vec<usize>),
    Remove(usize),
    /// Under the name of a module that no config names.
    Move(usize),
    Config(Dialect, Vec<Declaration>),
}

#[derive(Debug, Clone, Copy)]
enum Dialect {
    Native,
    Tach,
    ImportLinter,
}

/// What a config says of a module.
#[derive(Debug, Clone)]
struct Declaration {
    depends_on: Option<BTreeSet<usize>>,
    visible_to: Option<BTreeSet<usize>>,
}

fn declarations() -> impl Strategy<Value = Vec<Declaration>> {
    let some = || proptest::option::of(proptest::collection::btree_set(0..NAMES.len(), 0..3));
    let declaration =
        (some(), some()).prop_map(|(depends_on, visible_to)| Declaration { depends_on, visible_to });
    proptest::collection::vec(declaration, NAMES.len())
}

fn dialect() -> impl Strategy<Value = Dialect> {
    prop_oneof![Just(Dialect::Native), Just(Dialect::Tach), Just(Dialect::ImportLinter)]
}

fn edit() -> impl Strategy<Value = Edit> {
    let module = 0..NAMES.len();
    prop_oneof![
        3 => (module.clone(), proptest::collection::vec(module.clone(), 0..3)).prop_map(|(module, imports)| Edit::Write(module, imports)),
        1 => module.clone().prop_map(Edit::Remove),
        1 => module.prop_map(Edit::Move),
        2 => (dialect(), declarations()).prop_map(|(dialect, all)| Edit::Config(dialect, all)),
    ]
}

/// In the repository.
fn path(module: usize) -> String {
    format!("repository/shop/{}.py", NAMES[module])
}

fn apply(project: &Project, edit: &Edit) {
    match edit {
        Edit::Write(module, imports) => {
            let mut lines: Vec<String> =
                imports.iter().map(|to| format!("import shop.{}", NAMES[*to])).collect();
            lines.push(format!("NAME = \"{}\"\n", NAMES[*module]));
            project.write(&path(*module), lines.join("\n"));
        }
        Edit::Remove(module) => _ = std::fs::remove_file(project.path(&path(*module))),
        Edit::Move(module) => {
            let to = format!("repository/shop/{}_moved.py", NAMES[*module]);
            _ = std::fs::rename(project.path(&path(*module)), project.path(&to));
        }
        Edit::Config(dialect, all) => {
            for name in ["ringfence.toml", "tach.toml", ".importlinter"] {
                _ = std::fs::remove_file(project.path("repository").join(name));
            }
            let (name, text) = config(*dialect, all);
            project.write(&format!("repository/{name}"), text);
        }
    }
}

fn config(dialect: Dialect, all: &[Declaration]) -> (&'static str, String) {
    let others = |module: usize, names: &BTreeSet<usize>| -> String {
        let names =
            names.iter().filter(|name| **name != module).map(|name| format!("\"shop.{}\"", NAMES[*name]));
        names.collect::<Vec<_>>().join(", ")
    };
    let key = |name: &str, module: usize, list: &Option<BTreeSet<usize>>| {
        list.as_ref().map(|list| format!("{name} = [{}]\n", others(module, list))).unwrap_or_default()
    };
    let of_each = |make: &dyn Fn(usize, &Declaration) -> String| -> String {
        all.iter().enumerate().map(|(module, declaration)| make(module, declaration)).collect()
    };
    match dialect {
        Dialect::Native => (
            "ringfence.toml",
            of_each(&|module, it| {
                let head = format!("[modules.\"shop.{}\"]\n", NAMES[module]);
                [head, key("depends-on", module, &it.depends_on), key("visible-to", module, &it.visible_to)]
                    .concat()
            }),
        ),
        Dialect::Tach => (
            "tach.toml",
            "source_roots = [\".\"]\n".to_string()
                + &of_each(&|module, it| {
                    let head = format!("[[modules]]\npath = \"shop.{}\"\n", NAMES[module]);
                    [
                        head,
                        key("depends_on", module, &it.depends_on),
                        key("visibility", module, &it.visible_to),
                    ]
                    .concat()
                }),
        ),
        Dialect::ImportLinter => (
            ".importlinter",
            "[importlinter]\nroot_package = shop\n".to_string()
                + &of_each(&|module, it| {
                    let Some(to) = it.depends_on.iter().flatten().find(|to| **to != module) else {
                        return String::new();
                    };
                    format!(
                        "[importlinter:contract:{module}]\nname = {module}\ntype = forbidden\nsource_modules = shop.{}\n\
                         forbidden_modules = shop.{}\n",
                        NAMES[module], NAMES[*to]
                    )
                }),
        ),
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    let command = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
    let output = Command::new("git").args(command).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

/// What cold runs say of a checkout.
struct Cold {
    /// Nothing where the config has errors.
    findings: Option<Vec<String>>,
    edges: BTreeSet<(String, String)>,
    named: BTreeSet<String>,
}

fn cold(project: &Project, checkout: &str) -> Cold {
    let run = |arguments: &[&str]| {
        let answer = project.call(arguments).within(checkout).run();
        (answer.code < 2).then(|| answer.json())
    };
    let found = run(&["check", "-q", "--output-format", "json"]);
    let mut cold = Cold { findings: None, edges: BTreeSet::new(), named: BTreeSet::new() };
    let (Some(found), Some(graph)) = (found, run(&["graph", "-q", "--level", "boundaries"])) else {
        return cold;
    };
    cold.findings = Some(subjects(&found));
    cold.named = graph["modules"].as_array().unwrap().iter().map(|it| text(&it["name"])).collect();
    let edges = graph["edges"].as_array().unwrap().iter();
    cold.edges = edges.map(|it| (text(&it["importer"]), text(&it["imported"]))).collect();
    cold
}

/// What findings are about.
fn subjects(findings: &Value) -> Vec<String> {
    let subject = |it: &Value| match (&it["contract"], &it["importer"]) {
        (Value::Object(contract), _) => {
            format!("{} {:?}", it["code"], (&contract["id"], &contract["importer"], &contract["imported"]))
        }
        (_, Value::String(importer)) => {
            format!("{} {importer} {} {}", it["code"], it["imported"], it["member"])
        }
        _ => format!("{} {}", it["code"], it["message"]),
    };
    let mut subjects: Vec<String> = findings.as_array().unwrap().iter().map(subject).collect();
    subjects.sort();
    subjects
}

/// Which of all pairs may import each other, where every file is empty but for the one import.
fn brute_force(
    project: &Project,
    checkout: &str,
    names: &BTreeSet<String>,
) -> BTreeMap<(String, String), bool> {
    let place = |name: &str| format!("{}.py", name.replace('.', "/"));
    let there: Vec<&String> =
        names.iter().filter(|name| project.path(checkout).join(place(name)).is_file()).collect();
    for name in std::fs::read_dir(project.path(checkout).join("shop")).into_iter().flatten().flatten() {
        std::fs::write(name.path(), "").unwrap();
    }
    let mut verdicts = BTreeMap::new();
    for from in &there {
        for to in there.iter().filter(|to| *to != from) {
            let path = place(from);
            let arguments = ["check", "-q", "--output-format", "json", "--stdin-filename", &path];
            let answer = project.call(&arguments).within(checkout).stdin(format!("import {to}\n")).run();
            let found = answer.json();
            let is_found = found.as_array().unwrap().iter().any(|it| {
                it["code"] != "RF110" && it["filename"].as_str().is_some_and(|file| file.ends_with(&path))
            });
            verdicts.insert(((*from).clone(), (*to).clone()), !is_found);
        }
    }
    verdicts
}

/// A repository with a commit for each list of edits, and checkouts of the first and the last.
fn history(commits: &[Vec<Edit>]) -> Project {
    let project = Project::new(&[
        ("repository/shop/__init__.py", ""),
        ("repository/ringfence.toml", "[modules.\"shop.web\"]\ndepends-on = []\n[modules.\"shop.orders\"]\n"),
    ]);
    let repository = project.path("repository");
    git(&repository, &["init", "-q", "-b", "main"]);
    for module in 0..NAMES.len() {
        apply(&project, &Edit::Write(module, vec![(module + 1) % NAMES.len()]));
    }
    for edits in [&[Vec::new()], commits].concat() {
        for edit in &edits {
            apply(&project, edit);
        }
        git(&repository, &["add", "-A"]);
        git(&repository, &["commit", "-q", "--allow-empty", "-m", "x"]);
    }
    let first = format!("HEAD~{}", commits.len());
    for (checkout, revision) in [("../base", first.as_str()), ("../head", "HEAD")] {
        git(&repository, &["worktree", "add", "-q", "--detach", checkout, revision]);
    }
    project
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_diff_says_what_cold_runs_say(commits in proptest::collection::vec(proptest::collection::vec(edit(), 1..4), 1..3)) {
        let project = history(&commits);
        let (base, head) = (cold(&project, "base"), cold(&project, "head"));
        let first = format!("HEAD~{}", commits.len());
        let answer = project.call(&["diff", "-q", "--output-format", "json", &first, "HEAD"]).within("repository").run();
        let (Some(before), Some(now)) = (base.findings, head.findings) else {
            prop_assert_eq!(answer.code, 2);
            return Ok(());
        };
        prop_assert_eq!(answer.code, 0, "{:?}", answer);
        let told = answer.json();
        // A module that moved is another to cold runs.
        if told["modules"]["moved"] == serde_json::json!([]) {
            prop_assert_eq!(subjects(&told["findings"]["new"]), surplus(&now, &before), "{:#}", told);
            prop_assert_eq!(subjects(&told["findings"]["fixed"]), surplus(&before, &now), "{:#}", told);
        }
        // Of a config without boundary modules `graph` has no such edges.
        if !base.named.is_empty() && !head.named.is_empty() {
            let edges = |key: &str| -> BTreeSet<(String, String)> {
                let edges = told["edges"][key].as_array().unwrap().iter();
                edges.map(|it| (text(&it["from"]), text(&it["to"]))).collect()
            };
            prop_assert_eq!(edges("added"), &head.edges - &base.edges);
            prop_assert_eq!(edges("removed"), &base.edges - &head.edges);
            let names = &base.named | &head.named;
            let (old, new) = (brute_force(&project, "base", &names), brute_force(&project, "head", &names));
            for (key, before, after) in [("newly_allowed", false, true), ("newly_forbidden", true, false)] {
                let pairs = old.iter().filter(|(pair, verdict)| **verdict == before && new.get(*pair) == Some(&after));
                let pairs: BTreeSet<(String, String)> = pairs.map(|(pair, _)| pair.clone()).collect();
                let told = told["policy"][key].as_array().unwrap().iter();
                let told: BTreeSet<(String, String)> = told.map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
                prop_assert_eq!(told, pairs, "{}", key);
            }
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_string()
}

/// What is in one list more often than in another.
fn surplus(these: &[String], others: &[String]) -> Vec<String> {
    let mut others = others.to_vec();
    let mut surplus = Vec::new();
    for this in these {
        match others.iter().position(|other| other == this) {
            Some(position) => _ = others.remove(position),
            None => surplus.push(this.clone()),
        }
    }
    surplus
}
