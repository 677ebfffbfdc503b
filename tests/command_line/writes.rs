//! What is written, what is never written, and what is not written over.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::{A_WITHOUT_B, Project};

/// `a.py` has a comment that is fixed (RF901), the config a dependency that is not needed (RF110).
const FIXABLE: &[(&str, &str)] = &[
    ("ringfence.toml", "extend-select = [\"RF110\"]\n\n[modules.a]\n\n[modules.b]\ndepends-on = [\"a\"]\n"),
    ("a.py", BEFORE),
    ("b.py", ""),
];
const BEFORE: &str = "import b  # ringfence: ignore[RF101] long gone\n";
const AFTER: &str = "import b\n";

/// Two findings that a baseline holds.
fn with_findings(baseline: &str, files: &[(&str, &str)]) -> Project {
    let config =
        format!("baseline = {baseline:?}\n[modules.\"a\"]\ndepends-on = []\n[modules.b]\ndepends-on = []\n");
    let project =
        Project::new(&[("ringfence.toml", &config), ("a.py", "import b\n"), ("b.py", "import a\n")]);
    for (path, text) in files {
        project.write(path, text);
    }
    project
}

fn make_fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("`mkfifo` can be run").success());
}

/// Runs something that writes a report into a pipe, and does `meanwhile` between what was read and what is written: a run opens
/// the pipe once it knows what to write, and waits for a reader.
fn run_and_meanwhile(project: &Project, arguments: &[&str], meanwhile: impl FnOnce()) -> (i32, String) {
    let pipe = project.path("pipe");
    make_fifo(&pipe);
    let arguments = [arguments, &["--output-file", "pipe"]].concat();
    let call = project.call(&arguments);
    let child =
        call.command().stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    // A pipe opened for writing without waiting tells whether somebody reads; here the other end is awaited.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    meanwhile();
    drop(fs::read(&pipe).expect("the report is written"));
    let output = child.wait_with_output().expect("the binary ends");
    fs::remove_file(pipe).expect("the pipe goes");
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_baseline_takes_nothing_that_is_none() {
    for (pattern, files) in [
        ("baselines/*.txt", &[("baselines/notes.txt", "my notes\n")][..]),
        ("baselines/*", &[("baselines/notes.txt", "RF101 x -> y\n"), ("baselines/x", "")]),
        ("*.txt", &[("requirements.txt", "django\n")]),
    ] {
        let project = with_findings(pattern, files);
        let answer = project.run(&["baseline"]);
        for (path, text) in files {
            assert_eq!(project.text(path), *text, "{pattern}: {answer:?}");
        }
        // What was written by hand is a baseline, and is not to grow.
        let is_list = files[0].1.starts_with("RF101");
        assert_eq!(answer.code, i32::from(is_list), "{pattern}: {answer:?}");
    }
    // A plain name is not written over, either.
    for text in ["my notes\n", "", "RF101 a -> b\n"] {
        let project = with_findings("notes.txt", &[("notes.txt", text)]);
        let answer = project.run(&["baseline", "--allow-growth", "--reason", "old"]);
        answer.assert_refused(2, &["error: ", "`notes.txt`"]);
        assert_eq!(project.text("notes.txt"), text);
        // Nor is it by a fix.
        project.run(&["check", "--fix", "--unsafe-fixes", "--fix-config"]);
        assert_eq!(project.text("notes.txt"), text);
    }
}

#[test]
fn a_baseline_lies_in_the_project_and_is_no_source_and_no_config() {
    let outside = Project::new(&[("key", "secret"), ("x.txt", "x")]);
    let absolute = outside.path("key").display().to_string();
    for pattern in [
        "../ssh/*",
        "/etc/passwd",
        &absolute,
        "a/../../x",
        "",
        "a.py",
        "a/*.py",
        "b.pyi",
        "x.pyw",
        "x.so",
        "pyproject.toml",
        "sub/tach.toml",
        ".importlinter",
        "*/x.txt",
        "a*b*.txt",
        ".git/config",
        "sub/.git/hooks/post-commit",
        ".GIT/x",
        "RINGFENCE.toml",
        "a/m.PY",
        ".gitignore",
        "uv.lock",
    ] {
        let project = with_findings(pattern, &[]);
        let before = project.contents();
        for arguments in [&["baseline"][..], &["check"], &["check", "--fix"]] {
            let answer = project.run(arguments);
            assert_eq!(answer.code, 2, "{pattern}: {answer:?}");
            assert!(answer.stderr.contains("ringfence.toml:1:12"), "{pattern}: {answer:?}");
        }
        assert_eq!(project.contents(), before, "{pattern}");
    }
    // Links that lead elsewhere are not followed.
    let project = with_findings("list.txt", &[]);
    symlink(outside.path("key"), project.path("list.txt")).unwrap();
    assert_eq!(project.run(&["baseline"]).code, 2);
    let project = with_findings("far/*.txt", &[]);
    symlink(outside.root(), project.path("far")).unwrap();
    assert_eq!(project.run(&["baseline"]).code, 2);
    let project = with_findings("new.txt", &[]);
    symlink(outside.path("nothing"), project.path("new.txt")).unwrap();
    assert_eq!(project.run(&["baseline"]).code, 2);
    let contents: BTreeMap<_, _> = outside.contents();
    assert_eq!(contents.len(), 2);
    assert_eq!((outside.text("key"), outside.text("x.txt")), ("secret".to_string(), "x".to_string()));
}

#[test]
fn files_of_a_baseline_come_and_go() {
    let project = with_findings("known/*.txt", &[("known/notes.txt", "mine\n")]);
    assert_eq!(project.run(&["baseline"]).code, 0);
    assert!(project.path("known/a.txt").exists() && project.path("known/b.txt").exists());
    let mode = fs::metadata(project.path("a.py")).unwrap().mode();
    assert_eq!(fs::metadata(project.path("known/a.txt")).unwrap().mode(), mode);
    project.write("b.py", "");
    let answer = project.run(&["baseline"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.stderr.contains("`known/notes.txt` matches `baseline`"), "{answer:?}");
    assert!(project.path("known/a.txt").exists() && !project.path("known/b.txt").exists());
    assert_eq!(project.text("known/notes.txt"), "mine\n");
}

/// What people write into a baseline is theirs.
#[test]
fn notes_in_a_baseline_stay_and_what_cannot_be_read_stops_it() {
    let header = "# Known findings; this list may only shrink (`ringfence baseline`).";
    let project = with_findings("list.txt", &[]);
    let old = format!(
        "\u{feff}{header}\r\n# Owner: team x, ask before touching\r\nRF101 a -> b  # soon\r\nRF101 a -> b\r\nRF101 b -> a\r\n"
    );
    project.write("list.txt", &old);
    project.write("b.py", "");
    let answer = project.run(&["baseline"]);
    assert!(answer.out().contains("baseline 3 -> 1, 1 fixed"), "{answer:?}");
    let new = format!("\u{feff}{header}\r\n# Owner: team x, ask before touching\r\nRF101 a -> b  # soon\r\n");
    assert_eq!(project.text("list.txt"), new);
    for wrong in ["<<<<<<< ours\n", "RFX nonsense of mine\n"] {
        let text = format!("{header}\n{wrong}RF101 a -> b\n");
        project.write("list.txt", &text);
        project.run(&["baseline"]).assert_refused(2, &["`list.txt` has lines that say nothing"]);
        assert_eq!(project.text("list.txt"), text);
    }
    // Nearly the header is not the header.
    let text = format!("{header} BUT MINE\nRF101 a -> b\n");
    project.write("list.txt", &text);
    assert_eq!(project.run(&["baseline", "--allow-growth", "--reason", "x"]).code, 2);
    assert_eq!(project.text("list.txt"), text);
}

/// A stream that the process shares with others gets what is written behind what is there.
#[test]
#[cfg(target_os = "linux")]
fn a_report_may_go_to_a_stream() {
    let project = Project::new(FIXABLE);
    let binary = env!("CARGO_BIN_EXE_ringfence");
    let script = format!(
        "{{ echo first; {binary} check -q --output-format concise -o /dev/stdout; echo last; }} > log"
    );
    assert!(Command::new("sh").args(["-c", &script]).current_dir(project.root()).status().unwrap().success());
    let log = project.text("log");
    assert!(log.starts_with("first\n") && log.ends_with("last\n") && log.contains("RF901"), "{log}");
}

#[test]
fn what_was_saved_meanwhile_is_not_written_over() {
    let saved = "import b  # ringfence: ignore[RF101] long gone\nx = 'saved by an editor'\n";
    let project = Project::new(FIXABLE);
    let (code, said) = run_and_meanwhile(&project, &["check", "--fix"], || project.write("a.py", saved));
    assert_eq!(project.text("a.py"), saved, "{said}");
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("error: cannot write `a.py`: it was changed by somebody else since it was read"),
        "{said}"
    );

    for (before, arguments) in [
        (AFTER, &["check", "--add-ignore=later", "--config", "modules.a.depends-on = []"][..]),
        (BEFORE, &["check", "--fix", "--unsafe-fixes"]),
    ] {
        let project = Project::new(FIXABLE);
        project.write("a.py", before);
        let (code, said) = run_and_meanwhile(&project, arguments, || project.write("a.py", ""));
        assert_eq!((project.text("a.py").as_str(), code), ("", 2), "{arguments:?}: {said}");
    }
    // Of what else there is to fix nothing is lost.
    let project = Project::new(FIXABLE);
    let config = FIXABLE[0].1.replace("extend-select", "# saved\nextend-select");
    let (code, said) = run_and_meanwhile(&project, &["check", "--fix", "--fix-config"], || {
        project.write("ringfence.toml", &config);
    });
    assert_eq!((project.text("ringfence.toml"), code), (config, 2), "{said}");
    assert_eq!(project.text("a.py"), AFTER);
    // A file that is gone stays gone.
    let project = Project::new(FIXABLE);
    let (code, said) = run_and_meanwhile(&project, &["check", "--fix"], || {
        fs::remove_file(project.path("a.py")).unwrap();
    });
    assert!(!project.path("a.py").exists());
    assert_eq!(code, 2, "{said}");
}

#[test]
fn what_could_not_be_fixed_is_still_found() {
    let project = Project::new(FIXABLE);
    fs::hard_link(project.path("a.py"), project.path("other.txt")).unwrap();
    let answer = project.run(&["check", "--fix", "--output-format", "concise"]);
    assert_eq!(answer.code, 2, "{answer:?}");
    assert!(answer.stderr.contains("cannot write `a.py`: it has 2 names (hard links)"), "{answer:?}");
    assert!(
        answer.out().contains("a.py:1:11: warning RF901") || answer.out().contains("RF901"),
        "{answer:?}"
    );
    assert!(!answer.out().contains("Fixed 1 finding"), "{answer:?}");
    assert_eq!(project.text("other.txt"), BEFORE);
}

#[test]
fn nothing_outside_of_the_project_is_fixed() {
    let outside = Project::new(&[("victim.py", BEFORE)]);
    let project = Project::new(FIXABLE);
    fs::remove_file(project.path("a.py")).unwrap();
    symlink(outside.path("victim.py"), project.path("a.py")).unwrap();
    for arguments in [&["check", "--fix"][..], &["check", "--fix", "a.py"], &["check", "--add-ignore"]] {
        let answer = project.run(&[arguments, &["--config", "modules.a.depends-on = []"]].concat());
        assert_eq!(outside.text("victim.py"), BEFORE, "{answer:?}");
    }
    let answer = project.run(&["check", "--fix"]);
    assert_eq!(answer.code, 2, "{answer:?}");
    assert!(answer.stderr.contains("it leads out of the project"), "{answer:?}");
    // Within the project a link is followed.
    let project = Project::new(FIXABLE);
    fs::rename(project.path("a.py"), project.path("real.txt")).unwrap();
    symlink("real.txt", project.path("a.py")).unwrap();
    assert_eq!(project.run(&["check", "--fix", "--ignore", "RF110"]).code, 0);
    assert_eq!(project.text("real.txt"), AFTER);
    assert!(fs::symlink_metadata(project.path("a.py")).unwrap().is_symlink());
    // A config that was found in the project is, too; one that the user names may lie anywhere.
    let outside = Project::new(&[("policy.toml", FIXABLE[0].1)]);
    let project = Project::new(FIXABLE);
    fs::remove_file(project.path("ringfence.toml")).unwrap();
    symlink(outside.path("policy.toml"), project.path("ringfence.toml")).unwrap();
    assert_eq!(project.run(&["check", "--fix-config"]).code, 2);
    assert_eq!(project.run(&["sync"]).code, 2);
    assert_eq!(outside.text("policy.toml"), FIXABLE[0].1);
    fs::remove_file(project.path("ringfence.toml")).unwrap();
    let policy = outside.path("policy.toml");
    project.run(&["check", "--fix-config", "--config", policy.to_str().unwrap()]);
    assert_ne!(outside.text("policy.toml"), FIXABLE[0].1);
}

#[test]
fn a_report_is_not_written_over_what_is_read() {
    for path in [
        "a.py",
        "new.py",
        "ringfence.toml",
        "sub/pyproject.toml",
        "ringfence.baseline",
        "link",
        ".",
        ".git/x",
        "uv.lock",
        "B.PY",
    ] {
        let project = Project::new(FIXABLE);
        project.write("ringfence.baseline", "# Known findings\n");
        project.write("sub/x", "");
        symlink("b.py", project.path("link")).unwrap();
        let before = project.contents();
        let answer = project.run(&["check", "--fix", "--output-file", path]);
        assert_eq!(answer.code, 2, "{path}: {answer:?}");
        assert_eq!(project.contents(), before, "{path}: {answer:?}");
    }
    // Where it has no place to go, nothing is fixed.
    let project = Project::new(FIXABLE);
    let before = project.contents();
    project.run(&["check", "--fix", "-o", "no/such/folder/report"]).assert_refused(2, &["cannot write"]);
    assert_eq!(project.contents(), before);
    // Else the old one is replaced as a whole.
    project.write(
        "report.txt",
        "old and very much longer than what is written over it, whatever that may be in the end",
    );
    fs::set_permissions(project.path("report.txt"), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(project.run(&["check", "--fix", "--output-format", "json", "-o", "report.txt"]).code, 1);
    assert!(serde_json::from_str::<serde_json::Value>(&project.text("report.txt")).is_ok());
    assert_eq!(fs::metadata(project.path("report.txt")).unwrap().mode() & 0o777, 0o640);
    assert_eq!(project.text("a.py"), AFTER);
}

#[test]
fn what_a_killed_run_left_goes_with_the_next() {
    let leftover = "pkg/ringfence-unfinished-Ab12Cd34Ef56Gh78";
    for (config, arguments) in
        [(A_WITHOUT_B, &["check"][..]), (A_WITHOUT_B, &["baseline"]), (A_WITHOUT_B, &["sync", "--check"])]
    {
        let project =
            Project::new(&[("ringfence.toml", config), ("a.py", ""), ("pkg/x.py", ""), (leftover, "half")]);
        project.write("pkg/ringfence-unfinished-mine", "");
        project.run(arguments);
        assert!(!project.path(leftover).exists(), "{arguments:?}");
        // Who only asks changes nothing.
        project.write(leftover, "half");
        project.run(&["graph", "-q"]);
        assert!(project.path(leftover).exists());
        assert!(project.path("pkg/ringfence-unfinished-mine").exists());
    }
    let other = "[importlinter]\nroot_package = pkg\n[importlinter:contract:x]\nname = x\ntype = forbidden\n\
                 source_modules = pkg\nforbidden_modules = pkg.y\n";
    let project = Project::new(&[
        (".importlinter", other),
        ("pkg/__init__.py", ""),
        ("pkg/y.py", ""),
        (leftover, "half"),
    ]);
    project.run(&["check"]);
    assert!(!project.path(leftover).exists());
}
