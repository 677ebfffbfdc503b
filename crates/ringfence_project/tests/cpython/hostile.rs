//! Programs that are written to break the proofs of safe fixes, one way each, judged by CPython: imported from each of
//! their modules, a program that safe fixes have changed must load, bind, print and raise what it did before.
//!
//! The programs are in `hostile/`, a file a rule, beside plain ones of which the fixes must stay safe.

use ringfence_project::fix::{FixOptions, fix};
use ringfence_project::write::Writer;
use ringfence_project::{CheckOptions, Session, SessionOptions, find_config};
use ruff_diagnostics::Applicability;

use crate::fixes::{self, Files, modules, read, write};
use crate::interpreter::{Import, Interpreter};

const HOSTILE: &[(&str, &str)] = &[
    ("RF201", include_str!("hostile/RF201.txt")),
    ("RF204", include_str!("hostile/RF204.txt")),
    ("RF601", include_str!("hostile/RF601.txt")),
    ("RF602", include_str!("hostile/RF602.txt")),
    ("RF603", include_str!("hostile/RF603.txt")),
    ("RF901", include_str!("hostile/RF901.txt")),
];

const PLAIN: &str = include_str!("hostile/plain.txt");

/// So many of the hostile programs are changed by the fixes that are called unsafe, or they would prove nothing.
const TRULY_HOSTILE: usize = 100;

/// The programs of a text, each over the files of the first, which is none itself.
fn programs(text: &str) -> Vec<(String, Files)> {
    let mut blocks = text.split("\n=== ").skip(1).map(|block| {
        let (title, rest) = block.split_once('\n').unwrap_or((block, ""));
        let files = rest.split("==> ").skip(1).map(|part| {
            let (path, text) = part.split_once('\n').unwrap_or((part, ""));
            let text = if text.trim().is_empty() { String::new() } else { format!("{}\n", text.trim_end()) };
            (path.to_string(), text)
        });
        (title.to_string(), files.collect::<Files>())
    });
    let (_, default) = blocks.next().expect("every text begins with the default");
    blocks.map(|(title, files)| (title, default.clone().into_iter().chain(files).collect())).collect()
}

/// What a program does, imported from each of its modules.
type Runs = Vec<Import>;

struct Judge {
    interpreter: Interpreter,
}

impl Judge {
    /// The files that fixes of a rule change, and what the program does before and after.
    fn judge(
        &mut self,
        rule: &str,
        files: &Files,
        applicability: Applicability,
    ) -> Option<(Files, Runs, Runs)> {
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
        let [before, after] = folders.each_ref().map(|folder| folder.path().canonicalize().expect("a path"));
        let mut files = files.clone();
        let config = files.get_mut("ringfence.toml").expect("a config");
        if !config.contains("select = ") {
            config.insert_str(0, &format!("select = [\"{rule}\"]\n"));
        }
        write(&files, &before);
        write(&files, &after);
        let config = Some(find_config(&after, &after).expect("a config"));
        let options = SessionOptions { root: after.clone(), config, threads: 1, ..SessionOptions::default() };
        let mut session = Session::open(options, &|_| {}).expect("a program can be opened");
        assert!(session.problems().is_empty(), "{:?}", session.problems());
        let options = FixOptions { applicability, source: true, policy: false };
        let outcome = fix(&mut session, &CheckOptions::default(), options).expect("fixes can be applied");
        assert!(outcome.settled, "fixes go on");
        let writer = Writer::new(&after).expect("a folder that can be written to");
        for change in &outcome.changes {
            let kind = ringfence_source::SourceKind::Python;
            assert_eq!(ringfence_source::parse(&change.after, kind).syntax_error, None, "{}", change.after);
            ringfence_project::fix::write(&writer, change).expect("a fix is written");
        }
        let changed = read(&files, &after);
        if changed == files {
            return None;
        }
        let names = modules(&files);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut run = |root| self.interpreter.import_each(root, &names);
        Some((changed, run(&before), run(&after)))
    }
}

/// Names that a fix takes out of a module are missed by whoever asks for them.
fn is_same(rule: &str, before: &Import, after: &Import) -> bool {
    fixes::is_same(matches!(rule, "RF602" | "RF603"), before, after)
}

fn shown(files: &Files) -> String {
    files.iter().flat_map(|(path, text)| ["==> ", path, "\n", text]).collect()
}

#[test]
fn hostile_programs_do_the_same_after_safe_fixes() {
    let mut judge = Judge { interpreter: Interpreter::start() };
    let mut failures = Vec::new();
    let (mut all, mut truly_hostile) = (0, 0);
    for (rule, text) in HOSTILE {
        for (title, files) in programs(text) {
            all += 1;
            if let Some((changed, before, after)) = judge.judge(rule, &files, Applicability::Safe) {
                for (before, after) in before.iter().zip(&after) {
                    if !is_same(rule, before, after) {
                        failures.push(format!("{rule}: {title}\n{}\n{before:?}\n{after:?}", shown(&changed)));
                        break;
                    }
                }
            }
            if let Some((_, before, after)) = judge.judge(rule, &files, Applicability::Unsafe) {
                truly_hostile += usize::from(before.iter().zip(&after).any(|(a, b)| !is_same(rule, a, b)));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {all} programs are changed:\n{}",
        failures.len(),
        failures.join("\n\n")
    );
    assert!(truly_hostile >= TRULY_HOSTILE, "only {truly_hostile} of {all} programs are hostile");
}

#[test]
fn plain_programs_have_safe_fixes() {
    let mut judge = Judge { interpreter: Interpreter::start() };
    for (title, files) in programs(PLAIN) {
        let rule = title.split(' ').next().unwrap_or_default();
        let judged = judge.judge(rule, &files, Applicability::Safe);
        let (changed, before, after) = judged.unwrap_or_else(|| panic!("no fix of `{title}` is safe"));
        for (before, after) in before.iter().zip(&after) {
            assert!(is_same(rule, before, after), "{title}\n{}\n{before:?}\n{after:?}", shown(&changed));
        }
    }
}
