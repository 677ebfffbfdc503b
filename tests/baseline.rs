//! A baseline over the life of a project: what is known passes, what is new fails, what is mended is stale, and it never grows unasked.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "common/mod.rs"]
mod common;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use common::Project;

const CONFIG: &str = "[modules.\"shop.*\"]\ndepends-on = []\n";

/// Pseudo-random numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// Which module imports which, and how many blank lines stand before.
#[derive(Clone, Default)]
struct Shop {
    imports: BTreeSet<(usize, usize)>,
    blank: Vec<usize>,
    modules: usize,
}

impl Shop {
    fn write(&self, project: &Project) {
        for module in 0..self.modules {
            let mut text = "\n".repeat(self.blank.get(module).copied().unwrap_or(0));
            for (_, imported) in self.imports.iter().filter(|(importer, _)| *importer == module) {
                text.push_str(&format!("import shop.m{imported}\n"));
            }
            project.write(&format!("shop/m{module}.py"), text);
        }
    }

    fn entries(&self) -> BTreeSet<String> {
        self.imports.iter().map(|(from, to)| format!("RF101 shop.m{from} -> shop.m{to}")).collect()
    }
}

fn baseline(project: &Project) -> BTreeSet<String> {
    let text = fs::read_to_string(project.path("ringfence.baseline")).unwrap_or_default();
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_string).collect()
}

/// The codes of what is found.
fn codes(project: &Project) -> Vec<String> {
    let answer = project.run(&["check", "--output-format", "json"]).json();
    answer.as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap().to_string()).collect()
}

#[test]
fn two_hundred_edits() {
    let project = Project::new(&[("ringfence.toml", CONFIG), ("shop/__init__.py", "")]);
    let mut dice = Dice(7);
    let mut shop = Shop { modules: 8, blank: vec![0; 8], ..Shop::default() };
    for _ in 0..14 {
        let (from, to) = (dice.roll(8), dice.roll(8));
        if from != to {
            shop.imports.insert((from, to));
        }
    }
    shop.write(&project);
    assert_eq!(project.run(&["baseline"]).code, 0);
    let mut known = shop.imports.clone();
    assert_eq!(baseline(&project), shop.entries());
    for step in 0..200 {
        match dice.roll(4) {
            // Lines move, which is nothing.
            0 => shop.blank[dice.roll(8)] = dice.roll(5),
            // Something is mended.
            1 => {
                let gone = shop.imports.iter().nth(dice.roll(shop.imports.len().max(1))).copied();
                gone.map(|gone| shop.imports.remove(&gone));
            }
            // Something new is imported, perhaps what was before.
            _ => {
                let (from, to) = (dice.roll(8), dice.roll(8));
                if from != to {
                    shop.imports.insert((from, to));
                }
            }
        }
        shop.write(&project);
        let (new, mended) =
            (shop.imports.difference(&known).count(), known.difference(&shop.imports).count());
        let found = codes(&project);
        let count = |code: &str| found.iter().filter(|it| *it == code).count();
        assert_eq!((count("RF101"), count("RF912")), (new, mended), "step {step}");
        // On a part of the tree nothing is judged stale.
        let part = project.run(&["check", "shop/m0.py", "--output-format", "json"]).json();
        assert!(part.as_array().unwrap().iter().all(|it| it["code"] != "RF912"), "step {step}");
        if dice.roll(3) > 0 {
            continue;
        }
        let before = baseline(&project);
        let answer = project.run(&["baseline"]);
        if new > 0 {
            assert_eq!(answer.code, 1, "step {step}");
            assert_eq!(baseline(&project), before, "growth is refused as a whole");
            let answer = project.run(&["baseline", "--allow-growth", "--reason", "step by step"]);
            assert_eq!(answer.code, 0);
            assert!(answer.out().contains(&format!("{new} added with a reason")), "step {step}: {answer:?}");
            let reasons = baseline(&project).iter().filter(|line| line.ends_with("  # step by step")).count();
            assert!(reasons >= new, "step {step}");
        } else {
            assert_eq!(answer.code, 0, "step {step}: {answer:?}");
        }
        known.clone_from(&shop.imports);
        let now: BTreeSet<String> =
            baseline(&project).iter().map(|line| line.split("  # ").next().unwrap().to_string()).collect();
        assert_eq!(now, shop.entries(), "step {step}");
        assert_eq!(codes(&project), [""; 0], "step {step}");
        let lines: Vec<String> =
            project.text("ringfence.baseline").lines().skip(1).map(str::to_string).collect();
        assert!(lines.is_sorted(), "step {step}");
    }
}

fn git(project: &Project, arguments: &[&str]) -> bool {
    let output = Command::new("git")
        .args(["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "core.autocrlf=false"])
        .args(arguments)
        .current_dir(project.root())
        .output()
        .unwrap();
    output.status.success()
}

#[test]
fn two_branches_that_each_shrink_it_merge() {
    let project = Project::new(&[("ringfence.toml", CONFIG), ("shop/__init__.py", "")]);
    let mut shop = Shop { modules: 8, blank: vec![0; 8], ..Shop::default() };
    for (from, to) in [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 0)] {
        shop.imports.insert((from, to));
    }
    shop.write(&project);
    assert_eq!(project.run(&["baseline"]).code, 0);
    assert!(git(&project, &["init", "-q", "-b", "main"]));
    let commit = || assert!(git(&project, &["add", "-A"]) && git(&project, &["commit", "-qm", "x"]));
    commit();
    let before = shop.clone();
    for (branch, mended) in [("left", [(0, 1), (1, 2)]), ("right", [(5, 6), (7, 0)])] {
        assert!(git(&project, &["checkout", "-q", "-b", branch, "main"]));
        shop = before.clone();
        for import in &mended {
            shop.imports.remove(import);
        }
        shop.write(&project);
        let answer = project.run(&["baseline"]);
        assert_eq!(answer.out(), "baseline 8 -> 6, 2 fixed\n");
        commit();
    }
    assert!(git(&project, &["merge", "-q", "-m", "merge", "left"]), "no conflict");
    assert_eq!(baseline(&project).len(), 4);
    assert_eq!(codes(&project), [""; 0]);
    // A module that is renamed is another one.
    assert!(git(&project, &["mv", "shop/m2.py", "shop/renamed.py"]));
    let found = codes(&project);
    assert!(found.contains(&"RF101".to_string()) && found.contains(&"RF912".to_string()), "{found:?}");
}

#[test]
fn a_cycle_may_lose_members_and_not_win_any() {
    let config = "forbid-cycles = true\n[modules.\"shop.*\"]\n";
    let project = Project::new(&[("ringfence.toml", config), ("shop/__init__.py", "")]);
    let write = |imports: &[(usize, usize)]| {
        Shop { modules: 5, blank: Vec::new(), imports: imports.iter().copied().collect() }.write(&project);
    };
    write(&[(0, 1), (1, 2), (2, 3), (3, 0)]);
    assert_eq!(project.run(&["baseline"]).code, 0);
    assert_eq!(
        baseline(&project).into_iter().collect::<Vec<_>>(),
        ["RF401 shop.m0 <-> shop.m1 <-> shop.m2 <-> shop.m3"]
    );
    assert_eq!(codes(&project), [""; 0]);
    // It falls apart into two.
    write(&[(0, 1), (1, 0), (2, 3), (3, 2)]);
    assert_eq!(codes(&project), [""; 0]);
    assert_eq!(project.run(&["baseline"]).code, 0);
    assert_eq!(baseline(&project).len(), 2);
    // One takes in a new member.
    write(&[(0, 1), (1, 4), (4, 0), (2, 3), (3, 2)]);
    let found = codes(&project);
    assert!(found.contains(&"RF401".to_string()), "{found:?}");
    write(&[]);
    assert_eq!(codes(&project), ["RF912", "RF912"]);
    let answer = project.run(&["check", "--fix"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(baseline(&project), BTreeSet::new());
}

#[test]
fn contracts_and_names_are_part_of_what_is_known() {
    let config = "[[contracts]]\nname = \"a \\\"quoted\\\" name]\"\ntype = \"forbidden\"\nfrom = [\"shop.a\"]\nto = [\"requests\"]\n\n\
                  [modules.\"shop.b\"]\nexposes = []\n[modules.\"shop.c\"]\n";
    let project = Project::new(&[
        ("ringfence.toml", config),
        ("shop/__init__.py", ""),
        ("shop/a.py", "import shop.t\n"),
        ("shop/t.py", "import requests\n"),
        ("shop/b.py", ""),
        ("shop/c.py", "from shop.b import x, y\nfrom shop.b import x\n"),
    ]);
    assert_eq!(project.run(&["baseline"]).out(), "baseline of 3 findings\n");
    assert_eq!(
        baseline(&project).into_iter().collect::<Vec<_>>(),
        [
            "RF201 shop.c -> shop.b x",
            "RF201 shop.c -> shop.b y",
            "RF403 [\"a \\\"quoted\\\" name]\"] shop.a -> requests",
        ]
    );
    let answer = project.run(&["check"]);
    assert_eq!(answer.code, 0);
    assert!(answer.out().contains("4 in the baseline"), "{answer:?}");
    assert_eq!(project.run(&["check", "--ignore-baseline"]).code, 1);
    // What is known is known by any name of the contract's, and another name is another finding.
    project.write("shop/c.py", "from shop.b import x, z\n");
    assert_eq!(project.findings(&[]), ["ringfence.baseline:3 RF912", "shop/c.py:1 RF201"]);
    assert!(
        project.run(&["check"]).out().contains("3 in the baseline (-1)")
            || project.run(&["check"]).out().contains("2 in the baseline (-1)")
    );
}

#[test]
fn each_package_may_have_a_list_of_its_own() {
    let config = format!("baseline = \"known/*.txt\"\n{CONFIG}");
    let project = Project::new(&[("ringfence.toml", &config), ("shop/__init__.py", "")]);
    let mut shop = Shop { modules: 3, ..Shop::default() };
    shop.imports.extend([(0, 1), (1, 2), (1, 0)]);
    shop.write(&project);
    assert_eq!(project.run(&["baseline"]).code, 0);
    assert!(
        project.text("known/shop.m1.txt").contains("RF101 shop.m1 -> shop.m0\nRF101 shop.m1 -> shop.m2\n")
    );
    assert!(project.text("known/shop.m0.txt").contains("RF101 shop.m0 -> shop.m1\n"));
    assert_eq!(codes(&project), [""; 0]);
    shop.imports.remove(&(0, 1));
    shop.write(&project);
    assert_eq!(project.findings(&[]), ["known/shop.m0.txt:2 RF912"]);
    assert_eq!(project.run(&["baseline"]).out(), "baseline 3 -> 2, 1 fixed\n");
    assert!(!project.path("known/shop.m0.txt").exists());
}

#[test]
fn it_is_not_written_where_nobody_looks() {
    let project = Project::new(&[("ringfence.toml", CONFIG), ("shop/__init__.py", "")]);
    project.call(&["baseline"]).variable("CI", "true").run().assert_refused(2, &["never written in CI"]);
    assert!(!project.path("ringfence.baseline").exists());
    project.run(&["baseline", "--allow-growth"]).assert_refused(2, &["--reason"]);
    project.run(&["baseline", "--allow-growth", "--reason", " "]).assert_refused(2, &["on one line"]);
    project.run(&["baseline", "ringfence.toml"]).assert_refused(2, &["is no folder"]);
    assert_eq!(project.run(&["baseline", "--dry-run"]).code, 0);
    assert!(!project.path("ringfence.baseline").exists());
    project.write("ringfence.baseline", "RF101 a -> b\nnonsense\n");
    let answer = project.run(&["check"]);
    assert_eq!(answer.code, 1);
    assert!(answer.out().contains("this line of the baseline says nothing"), "{answer:?}");
}

#[test]
fn what_is_known_takes_nothing_from_what_is_said_of_the_rest() {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.a]\ndepends-on = []\n[modules.b]\n"),
        ("b.py", "class T: ...\n"),
    ]);
    // More than are explained.
    for number in 0..600 {
        project.write(&format!("a/m{number}.py"), "from b import T\n\n\ndef f(x: T): ...\n");
    }
    project.write("a/__init__.py", "");
    assert_eq!(project.run(&["baseline"]).code, 0);
    assert_eq!(project.run(&["check"]).code, 0);
    project.write("a/z.py", "from b import T as U\n\n\ndef f(x: U): ...\n");
    project.write("b.py", "class T: ...\n");
    let config = project.text("ringfence.baseline").replace("RF101 a.m599 -> b T\n", "");
    project.write("ringfence.baseline", config);
    let answer = project.run(&["check"]);
    assert_eq!(answer.code, 1);
    assert!(answer.out().contains("\n2 fixable with"), "{answer:?}");
}

#[test]
fn what_is_mended_is_told_from_above_the_config_too() {
    let project = Project::new(&[
        ("x/ringfence.toml", CONFIG),
        ("x/ringfence.baseline", "RF101 shop.m0 -> shop.m1\n"),
        ("x/shop/m0.py", ""),
        ("x/shop/m1.py", ""),
        ("y/ringfence.toml", CONFIG),
        ("y/shop/m0.py", ""),
    ]);
    let stale = ["x/ringfence.baseline:1 RF912"];
    assert_eq!(project.findings(&[]), stale);
    assert_eq!(project.findings(&["x"]), stale);
    assert_eq!(project.findings(&["x", "y"]), stale);
    // Of a part nothing is told.
    assert_eq!(project.findings(&["x/shop"]), [""; 0]);
    assert_eq!(project.findings(&["y"]), [""; 0]);
}

#[test]
fn what_is_mended_is_not_told_where_the_file_is_spared() {
    let config = format!("per-file-ignores = {{ \"ringfence.baseline\" = [\"RF912\"] }}\n{CONFIG}");
    let project = Project::new(&[
        ("ringfence.toml", &config),
        ("ringfence.baseline", "RF101 shop.m0 -> shop.m1\n"),
        ("shop/m0.py", ""),
        ("shop/m1.py", ""),
    ]);
    assert_eq!(codes(&project), [""; 0]);
    project.write("ringfence.toml", CONFIG);
    assert_eq!(codes(&project), ["RF912"]);
}
