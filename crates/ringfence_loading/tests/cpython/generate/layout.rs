//! Which modules a program has, and what names each of them is to have.

use crate::generate::{Kind, Planned};
use crate::random::Random;

#[derive(Debug)]
pub(crate) struct Module {
    /// Absolute and dotted.
    pub(crate) name: String,
    /// Nothing for a folder without `__init__`.
    pub(crate) path: Option<String>,
    pub(crate) plan: Vec<Planned>,
}

/// No program has these.
pub(crate) const MISSING: &[&str] = &["nope", "ant.nope", "nope.one", "bee.nope", "cat.nope", "ant.mid.nope"];

/// Submodules are named like variables, so that one hides the other.
pub(crate) const SUBMODULES: &[&str] = &["one", "two", "mid", "low"];

const KINDS: &[(usize, Kind, &[&str])] = &[
    (6, Kind::Int, &["size", "value", "flag", "one", "low"]),
    (2, Kind::Str, &["label", "title", "two"]),
    (2, Kind::Tuple, &["names", "parts"]),
    (2, Kind::Dict, &["table", "registry"]),
    (6, Kind::Fn, &["make", "helper", "build", "two", "low"]),
    (2, Kind::Fn1, &["scale", "check"]),
    (6, Kind::Class, &["Thing", "Base", "Node", "one"]),
    (2, Kind::Error, &["Fault", "Broken", "Lost"]),
    (2, Kind::Decorator, &["wrap", "mark"]),
    (1, Kind::Manager, &["Guard", "scope"]),
    (1, Kind::Generator, &["steps", "walk"]),
];

pub(crate) fn layout(random: &mut Random) -> Vec<Module> {
    let mut paths: Vec<(String, Option<String>)> = Vec::new();
    let packages: &[&str] = if random.chance(35) { &["ant", "bee"] } else { &["ant"] };
    for package in packages {
        add_package(random, package, 0, &mut paths);
    }
    for name in ["cat", "dog"] {
        if random.chance(55) {
            paths.push((name.to_string(), Some(format!("{name}.py"))));
        }
    }
    while paths.iter().filter(|(_, path)| path.is_some()).count() < 2 {
        let name = format!("fox{}", paths.len());
        paths.push((name.clone(), Some(format!("{name}.py"))));
    }
    paths.truncate(9);
    paths.into_iter().map(|(name, path)| Module { plan: plan(random, path.is_some()), name, path }).collect()
}

fn add_package(random: &mut Random, name: &str, depth: usize, paths: &mut Vec<(String, Option<String>)>) {
    let folder = name.replace('.', "/");
    let has_code = !random.chance(10);
    paths.push((name.to_string(), has_code.then(|| format!("{folder}/__init__.py"))));
    let mut any = false;
    for below in SUBMODULES {
        let nested = *below == "mid" && depth == 0;
        if random.chance(if nested { 35 } else { 45 }) || (*below == "low" && !any) {
            any = true;
            let name = format!("{name}.{below}");
            if nested {
                add_package(random, &name, depth + 1, paths);
            } else {
                paths.push((name, Some(format!("{folder}/{below}.py"))));
            }
        }
    }
}

fn plan(random: &mut Random, has_code: bool) -> Vec<Planned> {
    let mut plan: Vec<Planned> = Vec::new();
    let count = if has_code { 2 + random.below(3) } else { 0 };
    for _ in 0..count {
        let (_, kind, names) = random.weighted(KINDS, |(weight, ..)| *weight);
        // The last of them are names of submodules: not often.
        let name = names[random.below(names.len()).min(random.below(names.len()))];
        if plan.iter().all(|planned| planned.name != name) {
            plan.push(Planned { name, kind: *kind, rank: random.below(100) });
        }
    }
    plan
}
