//! CPython as the oracle of fixes: a program that `--fix` has changed must load the same modules and bind the same names
//! to the same objects, whichever of its modules is imported first.
//!
//! `RINGFENCE_FIX_PROGRAMS` says how many programs, `RINGFENCE_FIX_FIRST` from which on; number n is the same in every run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use ringfence_diagnostics::{FileId, Files as _};
use ringfence_project::fix::{FixOptions, Outcome, fix};
use ringfence_project::write::Writer;
use ringfence_project::{CheckOptions, Report, Session, SessionOptions, find_config};
use ringfence_source::{SourceKind, parse};
use ruff_diagnostics::Applicability;
use ruff_source_file::OneIndexed;

use crate::interpreter::{Import, Interpreter};
use crate::nasty;

/// Enough for each form of binding to meet each form of import some times.
const PROGRAMS: u64 = 200;

pub(crate) const NAMES: [&str; 4] = ["alpha", "beta", "gamma", "delta"];

/// A source of choices (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.roll(times) == 0
    }

    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

pub(crate) type Files = BTreeMap<String, String>;

/// A program with two packages that pass names on, and modules that take them from inside.
fn program(dice: &mut Dice) -> Files {
    let mut files = Files::new();
    let mut config = "select = [\"RF1\", \"RF2\", \"RF6\", \"RF9\"]\n".to_string();
    files.insert(
        "shop/__init__.py".to_string(),
        if dice.once_in(8) { line_of_importer(dice, "shop") } else { String::new() },
    );
    for package in ["billing", "orders"] {
        let mut exposes: Vec<String> =
            NAMES.iter().filter(|_| dice.roll(3) > 0).map(|name| format!("\"{name}\"")).collect();
        let more = dice.pick(&["", "", "", "api.*", "*", "_core.other"]);
        exposes.extend((!more.is_empty()).then(|| format!("\"{more}\"")));
        let depends = dice.pick(&["", "", "depends-on = []\n"]);
        write!(config, "[modules.\"shop.{package}\"]\nexposes = [{}]\n{depends}", exposes.join(", "))
            .unwrap();
        let folder = format!("shop/{package}");
        let core_is_package = dice.once_in(4);
        let core = if core_is_package {
            format!("{folder}/_core/__init__.py")
        } else {
            format!("{folder}/_core.py")
        };
        files.insert(format!("{folder}/_deep.py"), module(dice, package, "_deep", &[]));
        files.insert(core, module(dice, package, "_core", &["_deep"]));
        files.insert(
            format!("{folder}/__init__.py"),
            module(dice, package, "", &["_core", "_core", "_core", "_deep"]),
        );
        if dice.once_in(2) {
            files.insert(format!("{folder}/api.py"), module(dice, package, "api", &["_core"]));
        }
        if dice.once_in(6) {
            files.insert(format!("{folder}/{}.py", dice.pick(&NAMES)), "began(__name__)\n".to_string());
        }
    }
    for (user, path) in [("web", "shop/web.py"), ("cli", "shop/cli.py"), ("main", "main.py")] {
        files.insert(path.to_string(), importer(dice, user));
        let name = if user == "main" { user.to_string() } else { format!("shop.{user}") };
        let depends = dice.pick(&["", "", "depends-on = [\"shop.billing\"]\n"]);
        write!(config, "[modules.\"{name}\"]\n{depends}").unwrap();
    }
    if dice.once_in(3) {
        let patched = format!("shop.{}._core.{}", dice.pick(&["billing", "orders"]), dice.pick(&NAMES));
        files.insert(
            "test_all.py".to_string(),
            format!(
                "from unittest import mock\n\ndef test():\n    with mock.patch('{patched}'):\n        pass\n"
            ),
        );
    }
    // What is about modules comes after what is about all.
    files.insert("ringfence.toml".to_string(), config);
    files
}

/// A module that binds names: some by itself, some from the modules beside it.
fn module(dice: &mut Dice, package: &str, own: &str, beside: &[&str]) -> String {
    let mut text = "began(__name__)\n".to_string();
    if dice.once_in(10) {
        text.push_str(&line_of_importer(dice, own));
    }
    let is_init = own.is_empty();
    let from = |dice: &mut Dice, module: &str| {
        if dice.once_in(2) || !is_init { format!("shop.{package}.{module}") } else { format!(".{module}") }
    };
    for name in NAMES {
        let passes_on = !beside.is_empty() && dice.roll(5) > 0;
        if passes_on {
            let module = dice.pick(beside);
            let module = from(dice, module);
            let other = dice.pick(&NAMES);
            let _ = match dice.roll(16) {
                0..8 => writeln!(text, "from {module} import {name}"),
                8 => writeln!(text, "from {module} import {other} as {name}"),
                9 => writeln!(text, "from {module} import *"),
                10 => writeln!(text, "if began:\n    from {module} import {name}"),
                11 => writeln!(text, "try:\n    from {module} import {name}\nexcept ImportError:\n    pass"),
                12 => writeln!(text, "from {module} import {name}, {other}"),
                13 => writeln!(text, "from {module} import {name}\n{name} = {name}"),
                14 => writeln!(text, "from {module} import {name} as _{name}\n{name} = _{name}"),
                _ => writeln!(text, "with nothing:\n    from {module} import {name}"),
            };
        } else {
            let _ = match dice.roll(9) {
                0..3 => writeln!(text, "def {name}():\n    pass"),
                3 => writeln!(text, "class {name}:\n    pass"),
                4 => writeln!(text, "{name} = '{package}.{own}.{name}'"),
                5 => writeln!(text, "if began:\n    def {name}(): pass\nelse:\n    {name} = 0"),
                6 => writeln!(text, "{name} = 1\ndef set_{name}():\n    global {name}\n    {name} = '{own}'"),
                7 => writeln!(text, "{name} = '{own}'\n{name} = '{package}'"),
                _ => Ok(()),
            };
        }
    }
    let name = dice.pick(&NAMES);
    match dice.roll(24) {
        0 => text.push_str("def __getattr__(name):\n    return 'got ' + name\n"),
        1 => text.push_str(&format!("globals()['{name}'] = 'by globals'\n")),
        2 => text.push_str(&format!("{name} = 'again'\ndel {name}\n")),
        3 => text.push_str(&format!("{name} = 'again'\n")),
        4 => text.push_str(&format!("def change():\n    global {name}\n    {name} = 'changed'\nchange()\n")),
        5 => text.push_str(&format!("for {name} in (1, 2): pass\n")),
        6 => text.push_str(&format!("exec('{name} = 3')\n")),
        7..11 => text.push_str(&format!("__all__ = ['{name}']\n")),
        11 => text.push_str(&format!("__all__ = ['{name}'] + []\n")),
        12 => text.push_str(&line_of_importer(dice, own)),
        _ => {}
    }
    text
}

/// A line that leads, or may lead, to a module that imports from the packages.
fn line_of_importer(dice: &mut Dice, own: &str) -> String {
    let user = dice.pick(&["shop.web", "shop.cli", "main"]);
    match dice.roll(6) {
        0 => format!("import {user}\n"),
        1 => format!("def reach_{own}():\n    import {user}\nreach_{own}()\n"),
        2 => format!("def reach_{own}():\n    import {user}\n"),
        3 => format!("import importlib\nimportlib.import_module('{user}')\n"),
        4 => format!("import importlib\nimportlib.import_module('{user}'.strip())\n"),
        _ => format!("try:\n    import {user}\nexcept ImportError:\n    pass\n"),
    }
}

/// A module that takes names from inside the packages.
fn importer(dice: &mut Dice, own: &str) -> String {
    let mut text = "began(__name__)\n".to_string();
    for number in 0..=dice.roll(4) {
        let package = dice.pick(&["billing", "orders"]);
        let inner = dice.pick(&["_core", "_core", "_core", "_deep"]);
        let module = if dice.once_in(4) && own != "main" {
            format!(".{package}.{inner}")
        } else {
            format!("shop.{package}.{inner}")
        };
        // The same name twice in one statement makes one edit of two fixes.
        let first = dice.roll(NAMES.len());
        let (name, other) = (NAMES[first], NAMES[(first + 1 + dice.roll(NAMES.len() - 1)) % NAMES.len()]);
        let _ = match dice.roll(16) {
            0..3 => writeln!(text, "from {module} import {name}"),
            3 => writeln!(text, "from {module} import {name} as it{number}  # why"),
            4 => writeln!(text, "from {module} import {name} as {name}{number}, {other}"),
            5 => writeln!(
                text,
                "from {module} import (\n    {name},  # one\n    # two\n    {other} as o{number},\n)  # three"
            ),
            6 => writeln!(
                text,
                "x{number} = 1; from {module} import {name}, \\\n    {other} as o{number}; y = 2"
            ),
            7 => writeln!(text, "if began: from {module} import {name}, {other}"),
            8 => writeln!(
                text,
                "try:\n    from {module} import {name}\nexcept ImportError:\n    {name} = None"
            ),
            9 => writeln!(
                text,
                "def f{number}():\n    from {module} import {name}\n    return {name}\nz{number} = f{number}()"
            ),
            10 => writeln!(text, "class C{number}:\n    from {module} import {name}"),
            11 => writeln!(text, "import shop.{package}.{inner}\nv{number} = shop.{package}.{inner}.{name}"),
            12 => writeln!(text, "import shop.{package}.{inner} as m{number}\nv{number} = m{number}.{name}"),
            13 => writeln!(text, "from {module} import {name}  # ringfence: ignore[RF101]"),
            14 => writeln!(
                text,
                "from {module} import {name}, {other} as o{number}  # ringfence: ignore[RF101]"
            ),
            _ => writeln!(text, "import shop.{package}"),
        };
    }
    if own != "main" && dice.once_in(5) {
        text.push_str("import main\n");
    }
    text
}

/// The dotted names of the Python files.
pub(crate) fn modules(files: &Files) -> Vec<String> {
    let names = files.keys().filter_map(|path| path.strip_suffix(".py"));
    names.map(|path| path.trim_end_matches("/__init__").replace('/', ".")).collect()
}

pub(crate) fn write(files: &Files, root: &Path) {
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
}

pub(crate) fn read(files: &Files, root: &Path) -> Files {
    let text = |path: &String| std::fs::read_to_string(root.join(path)).expect("a file");
    files.keys().map(|path| (path.clone(), text(path))).collect()
}

/// What was found before and after, and the fixes.
fn fixed(root: &Path, applicability: Applicability) -> (Counts, Counts, Outcome) {
    let config = Some(find_config(root, root).expect("a config"));
    let options =
        SessionOptions { root: root.to_path_buf(), config, threads: 1, ..SessionOptions::default() };
    let mut session = Session::open(options, &|_| {}).expect("a program can be opened");
    assert!(session.problems().is_empty(), "{:?}", session.problems());
    let found = counts(&session, &session.check(&CheckOptions::default()));
    let options = FixOptions { applicability, source: true, policy: false };
    let outcome = fix(&mut session, &CheckOptions::default(), options).expect("fixes can be applied");
    let left = counts(&session, &outcome.report);
    (found, left, outcome)
}

/// What a rule finds: of how many names, on how many lines, and in which words in which file. A star that becomes the names which
/// it brought is found once for each, and a statement that is taken apart is found on more lines.
#[derive(Debug, Default)]
struct Count {
    names: usize,
    lines: BTreeSet<(FileId, OneIndexed)>,
    words: BTreeSet<(FileId, String)>,
}

type Counts = BTreeMap<&'static str, Count>;

fn counts(session: &Session, report: &Report) -> Counts {
    let mut counts = Counts::new();
    for diagnostic in &report.diagnostics {
        let text = session.files().text(diagnostic.file).expect("a text");
        let line = text.to_source_code().line_index(diagnostic.range.start());
        let count = counts.entry(diagnostic.code).or_default();
        count.names += 1;
        count.lines.insert((diagnostic.file, line));
        count.words.insert((diagnostic.file, diagnostic.message.clone()));
    }
    counts
}

impl Count {
    /// Whether it is more than before by any measure: a statement that is split says of more names, on more lines, what was said.
    fn is_more_than(&self, before: &Self) -> bool {
        self.names > before.names
            && self.lines.len() > before.lines.len()
            && !self.words.is_subset(&before.words)
    }
}

/// Fixes the program at `root`, and holds what must hold of any fix against it. How many fixes have been applied.
fn check_fixes(files: &Files, root: &Path, applicability: Applicability) -> Result<usize, String> {
    let (found, left, outcome) = fixed(root, applicability);
    if !outcome.settled || !outcome.dropped.is_empty() {
        return Err(format!("fixes go on, or would not parse: {:?}", outcome.dropped));
    }
    for (code, count) in &left {
        if found.get(code).is_none_or(|before| count.is_more_than(before)) {
            return Err(format!("new findings of {code}: {found:?} -> {left:?}"));
        }
    }
    // A suppression that goes may take more findings than one with it.
    let fewer = |count: fn(&Count) -> usize| {
        found.values().map(count).sum::<usize>() < left.values().map(count).sum::<usize>() + outcome.applied
    };
    // A star that becomes names may leave a finding for each of them.
    let stars = |counts: &Counts| counts.get("RF602").map_or(0, |count| count.names);
    let has_all_stars = stars(&found) == stars(&left);
    if has_all_stars && fewer(|it| it.names) && fewer(|it| it.lines.len()) {
        return Err(format!("{} fixes are applied, but {found:?} -> {left:?}", outcome.applied));
    }
    for change in &outcome.changes {
        if let Some(error) = parse(&change.after, SourceKind::Python).syntax_error {
            return Err(format!("{}: {error:?}\n{}", change.path.display(), change.after));
        }
        let writer = Writer::new(root).map_err(|error| error.to_string())?;
        ringfence_project::fix::write(&writer, change).map_err(|error| error.to_string())?;
    }
    let (_, _, again) = fixed(root, applicability);
    if !again.changes.is_empty() {
        return Err("a second run changes something".to_string());
    }
    let applied = outcome.applied;
    if (applied > 0) != (read(files, root) != *files) {
        return Err(format!("{applied} fixes change nothing, or none change something"));
    }
    Ok(applied)
}

/// What the programs tried.
#[derive(Debug, Default)]
struct Tally {
    changed: usize,
    safe: usize,
    all: usize,
    /// Imports of a module of a program that was changed by safe fixes, and that worked.
    compared: usize,
    failed: usize,
}

/// `drops`: whether fixes may take names out of modules, so that only those count that are there before and after.
fn check(files: &Files, drops: bool, interpreter: &mut Interpreter, tally: &mut Tally) -> Result<(), String> {
    let folders = [(); 3].map(|()| tempfile::tempdir().expect("a temporary folder"));
    let roots = folders.each_ref().map(|folder| folder.path().canonicalize().expect("a path"));
    for root in &roots {
        write(files, root);
    }
    let [original, safe, every] = &roots;
    let applied = check_fixes(files, safe, Applicability::Safe)?;
    tally.safe += applied;
    tally.all +=
        check_fixes(files, every, Applicability::Unsafe).map_err(|reason| format!("unsafe: {reason}"))?;
    if applied == 0 {
        return Ok(());
    }
    tally.changed += 1;
    let names = modules(files);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let befores = interpreter.import_each(original, &names);
    let afters = interpreter.import_each(safe, &names);
    for ((name, before), after) in names.iter().zip(befores).zip(afters) {
        tally.failed += usize::from(before.error.is_some());
        tally.compared += usize::from(before.error.is_none());
        let shown = |import: &Import| {
            format!("{:?} {:?}\n{:#}\n{}", import.ran, import.error, import.bound, import.output)
        };
        if !is_same(drops, &before, &after) {
            return Err(format!("import {name}\nbefore: {}\nafter: {}", shown(&before), shown(&after)));
        }
    }
    Ok(())
}

/// Whether two runs of a program load, bind and print the same, or fail alike.
pub(crate) fn is_same(drops: bool, before: &Import, after: &Import) -> bool {
    let kind = |import: &Import| {
        import.error.as_ref().map(|it| it.split(':').next().unwrap_or_default().to_string())
    };
    let bound = |a: &Import, b: &Import| -> BTreeMap<String, serde_json::Value> {
        let modules = a.bound.as_object().into_iter().flatten();
        let names = modules.flat_map(|(module, names)| {
            let names = names.as_object().into_iter().flatten();
            names.map(move |(name, value)| (module.clone(), name.clone(), value.clone()))
        });
        names
            .filter(|(module, name, _)| !drops || b.bound[module].get(name).is_some())
            .map(|(module, name, value)| (format!("{module}.{name}"), value))
            .collect()
    };
    before.ran == after.ran
        && before.completed == after.completed
        && before.namespaces == after.namespaces
        && before.output == after.output
        && before.loaded() == after.loaded()
        && kind(before) == kind(after)
        && bound(before, after) == bound(after, before)
}

fn shown(files: &Files) -> String {
    files.iter().flat_map(|(path, text)| ["==> ", path, "\n", text, "\n"]).collect()
}

#[test]
fn fixed_programs_load_and_bind_the_same() {
    let wanted = |name: &str| std::env::var(name).ok().and_then(|count| count.parse().ok());
    let programs: u64 = wanted("RINGFENCE_FIX_PROGRAMS").unwrap_or(PROGRAMS);
    let first: u64 = wanted("RINGFENCE_FIX_FIRST").unwrap_or(0);
    let mut interpreter = Interpreter::start();
    let mut tally = Tally::default();
    for number in first..first + programs {
        let dice = &mut Dice(number);
        let (files, drops) = match number % 4 {
            0 | 1 => (program(dice), false),
            2 => (nasty::made_nasty(dice, program), false),
            _ => (nasty::program(dice), true),
        };
        if let Err(reason) = check(&files, drops, &mut interpreter, &mut tally) {
            panic!("program {number}: {reason}\n{}", shown(&files));
        }
        let done = number - first + 1;
        if done.is_multiple_of(1_000) && done < programs {
            eprintln!("{done} programs, all equal: {tally:?}");
        }
    }
    let enough = programs as usize / 10;
    assert!(
        tally.changed >= enough && tally.compared > enough && tally.all > tally.safe + enough / 2,
        "the programs do not try enough: {tally:?}"
    );
    eprintln!("{programs} programs: {tally:?}");
}
