//! The same project gives the same bytes, whatever the threads, the order of the files on disk and the run.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::fmt::Write;

use crate::common::Project;

/// A generator of numbers that is the same everywhere (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % limit as u64).expect("a small number")
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for position in (1..items.len()).rev() {
            items.swap(position, self.below(position + 1));
        }
    }
}

const PACKAGES: usize = 12;
const MODULES: usize = 24;

/// Packages that import each other at random, against most of what their config allows.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut numbers = Numbers(7);
    let mut config = String::from(
        "extend-select = ['ALL']\nlayers = ['l0', 'l1 | l2', { name = 'l3', closed = true }, 'l4']\n",
    );
    for package in 0..PACKAGES {
        writeln!(config, "[modules.p{package}]\nowner = '@p{package}'").unwrap();
        if package % 2 == 0 {
            writeln!(config, "layer = 'l{}'", package / 2 % 5).unwrap();
        }
        match package % 4 {
            0 => writeln!(
                config,
                "depends-on = ['p2', 'p{}', {{ module = 'p3', deprecated = true }}]",
                package + 1
            )
            .unwrap(),
            1 => writeln!(config, "exposes = ['m1', 'api']\nforbids = ['p2', 'nowhere']").unwrap(),
            2 => writeln!(config, "visible-to = ['p4', 'p5']").unwrap(),
            _ => {}
        }
    }
    let mut files = vec![("ringfence.toml".to_string(), config.into_bytes())];
    for package in 0..PACKAGES {
        files.push((format!("src/p{package}/__init__.py"), Vec::new()));
        for module in 0..MODULES {
            let mut text = String::new();
            for _ in 0..numbers.below(12) {
                let (to, inner) = (numbers.below(PACKAGES + 1), numbers.below(MODULES + 2));
                let comment = match numbers.below(6) {
                    0 => "  # ringfence: ignore[RF101, RF201] seldom right",
                    1 => "  # ringfence: ignore",
                    2 => "  # noqa: RF104, E501",
                    _ => "",
                };
                let pad = if numbers.below(5) == 0 { "if x:\n    " } else { "" };
                match numbers.below(5) {
                    0 => writeln!(text, "{pad}import p{to}.m{inner}{comment}"),
                    1 => writeln!(text, "{pad}from p{to} import m{inner}, api, y{comment}"),
                    2 => writeln!(text, "{pad}from . import m{inner}{comment}"),
                    3 => writeln!(text, "{pad}from ..p{to}.m{inner} import *{comment}"),
                    _ => writeln!(text, "def f():\n    import p{to}.m{inner} as z{comment}"),
                }
                .unwrap();
            }
            let mut bytes = text.into_bytes();
            match numbers.below(40) {
                0 => bytes.extend(b"x = '\xff'\n"),
                1 => bytes.extend(b"def (:\n"),
                2 => bytes.extend(b"# coding: klingon\n"),
                _ => {}
            }
            let folder = if module % 6 == 5 { "deep/" } else { "" };
            let ending = if module % 9 == 8 { "pyi" } else { "py" };
            files.push((format!("src/p{package}/{folder}m{module}.{ending}"), bytes));
        }
    }
    for package in 0..3 {
        files.push((
            format!("parts/q{package}/ringfence.toml"),
            b"[modules.a]\ndepends-on = []\n[modules.b]\n".to_vec(),
        ));
        files.push((format!("parts/q{package}/a.py"), b"import b, gone\n".to_vec()));
        files.push((format!("parts/q{package}/b.py"), b"import a  # ringfence: ignore[RF101]\n".to_vec()));
    }
    files
}

/// The files of a project, created in an order that `seed` decides.
fn project(seed: u64) -> Project {
    let mut files = files();
    Numbers(seed).shuffle(&mut files);
    let project = Project::new(&[]);
    for (path, bytes) in &files {
        project.write(path, bytes);
    }
    #[cfg(unix)]
    for number in 0..5 {
        std::os::unix::fs::symlink(
            "nowhere",
            project.path(&format!("src/p1/broken{}.py", (number + seed) % 5)),
        )
        .unwrap();
    }
    project
}

const COMMANDS: &[&[&str]] = &[
    &["check", "--output-format", "full"],
    &["check", "--output-format", "concise", "--verbose"],
    &["check", "--output-format", "json"],
    &["check", "--output-format", "concise", "src/p3", "parts/q1", "src/p1/m1.py"],
    &["check", "--statistics"],
    &["check", "--show-files"],
    &["check", "--show-settings"],
    &["check", "--diff"],
    &["check", "--diff", "--fix", "--fix-config", "--unsafe-fixes"],
    &["graph", "--format", "json"],
    &["graph", "--format", "dot"],
    &["graph", "--format", "mermaid", "--level", "boundaries"],
    &["graph", "--format", "svg", "--level", "boundaries"],
];

#[test]
fn every_run_says_the_same() {
    let (first, second) = (project(1), project(2));
    let answer = |project: &Project, command: &[&str], threads: &str| {
        let answer = project.run(&[command, &["--threads", threads]].concat());
        let root = project.root().to_str().unwrap();
        (answer.code, answer.out().replace(root, ""), answer.stderr.replace(root, ""))
    };
    for command in COMMANDS {
        let expected = answer(&first, command, "1");
        assert!(expected.1.len() > 200, "{command:?} says nothing: {expected:?}");
        for threads in ["2", "8", "0", "1"] {
            assert_eq!(answer(&first, command, threads), expected, "{command:?} with {threads} threads");
            assert_eq!(answer(&second, command, threads), expected, "{command:?}, files in another order");
        }
    }
}

#[test]
fn the_findings_are_many_and_in_order() {
    let project = project(3);
    let answer = project.run(&["check", "--output-format", "json"]);
    let found = answer.json();
    let found = found.as_array().expect("an array");
    let place = |finding: &serde_json::Value| {
        let number = |key: &str| finding["location"][key].as_u64().unwrap();
        let text = |key: &str| finding[key].as_str().unwrap().to_string();
        (std::path::PathBuf::from(text("filename")), number("row"), number("column"), text("code"))
    };
    let places: Vec<_> = found.iter().map(place).collect();
    assert!(places.is_sorted(), "{places:#?}");
    let mut codes: Vec<&str> = found.iter().map(|finding| finding["code"].as_str().unwrap()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert!(found.len() > 300 && codes.len() >= 12, "{} findings of {codes:?}", found.len());
}

#[test]
fn fixes_are_the_same_whatever_the_threads() {
    let (one, many) = (project(4), project(5));
    let fixed = |project: &Project, threads: &str| {
        project.run(&["check", "--fix", "--fix-config", "--unsafe-fixes", "--threads", threads]);
        let root = project.root().to_path_buf();
        let contents = project.contents().into_iter();
        contents
            .map(move |(path, bytes)| (path.strip_prefix(&root).unwrap().to_path_buf(), bytes))
            .collect::<Vec<_>>()
    };
    let before = one.contents().into_values().collect::<Vec<_>>();
    let (one, many) = (fixed(&one, "1"), fixed(&many, "8"));
    assert!(one == many, "fixed files differ");
    assert!(one.into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>() != before, "nothing was fixed");
}
