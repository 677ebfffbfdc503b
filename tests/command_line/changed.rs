//! Runs that report only what changed.

use std::process::Command;

use crate::common::Project;

/// `a` may not import `b` but does; `c` is clean.
fn project() -> Project {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.a]\ndepends-on = []\n[modules.b]\nexposes = [\"api\"]\n[modules.c]\n"),
        ("a.py", "import b\n"),
        ("b/__init__.py", ""),
        ("b/api.py", ""),
        ("c.py", "import os\n"),
        ("d.py", ""),
    ]);
    assert!(git(&project, &["init", "-q", "-b", "main"]) && commit(&project));
    project
}

fn git(project: &Project, arguments: &[&str]) -> bool {
    let command = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
    let output = Command::new("git").args(command).args(arguments).current_dir(project.root()).output();
    output.unwrap().status.success()
}

fn commit(project: &Project) -> bool {
    git(project, &["add", "-A"]) && git(project, &["commit", "-qm", "x"])
}

#[test]
fn findings_of_before_are_left_out() {
    let project = project();
    assert_eq!(project.findings(&["--since", "HEAD"]), [""; 0]);
    let answer = project.run(&["check", "--since", "HEAD"]);
    assert_eq!(answer.code, 0);
    assert!(answer.stderr.contains("1 finding of before the change left out"), "{answer:?}");
    // In a file that changed all of them are reported, also those of before.
    project.write("a.py", "import os\nimport b\n");
    assert_eq!(project.findings(&["--since", "HEAD"]), ["a.py:2 RF101"]);
    // A new file.
    project.write("a.py", "import b\n");
    project.write("c2.py", "");
    project.write("c.py", "from b import api, hidden\n");
    assert_eq!(project.findings(&["--since", "HEAD"]), ["c.py:1 RF201"]);
    assert!(commit(&project));
    assert_eq!(project.findings(&["--since", "HEAD"]), [""; 0]);
    assert_eq!(project.findings(&["--since", "HEAD~1"]), ["c.py:1 RF201"]);
    assert_eq!(project.findings(&[]), ["a.py:1 RF101", "c.py:1 RF201"]);
}

#[test]
fn what_the_other_branch_did_meanwhile_is_no_change() {
    let project = project();
    assert!(git(&project, &["checkout", "-q", "-b", "topic"]));
    project.write("c.py", "from b import hidden\n");
    assert!(commit(&project) && git(&project, &["checkout", "-q", "main"]));
    // Mended there; here it is as it was.
    project.write("a.py", "");
    assert!(commit(&project) && git(&project, &["checkout", "-q", "topic"]));
    assert_eq!(project.findings(&["--since", "main"]), ["c.py:1 RF201"]);
    assert_eq!(project.findings(&[]), ["a.py:1 RF101", "c.py:1 RF201"]);
}

#[test]
fn what_a_change_causes_elsewhere_is_reported() {
    let project = project();
    // `b.hidden` is a module only from now on; the import of it was there.
    project.write("c.py", "from b import hidden\n");
    project.write(
        "ringfence.toml",
        "[modules.a]\n[modules.b]\n[modules.\"b.hidden\"]\nvisible-to = []\n[modules.c]\n",
    );
    assert!(commit(&project));
    let before = project.findings(&[]);
    assert!(before.iter().all(|finding| !finding.contains("RF104")), "{before:?}");
    project.write("b/hidden.py", "");
    assert_eq!(project.findings(&["--since", "HEAD"]), ["c.py:1 RF104"]);
    // With another config everything is looked at anew.
    project.write("ringfence.toml", "[modules.a]\ndepends-on = []\n[modules.b]\n[modules.c]\n");
    assert_eq!(project.findings(&["--since", "HEAD"]), ["a.py:1 RF101"]);
}

#[test]
fn what_is_staged_is_reported() {
    let project = project();
    project.write("c.py", "import b.inner\n");
    assert_eq!(project.findings(&["--staged"]), [""; 0]);
    assert!(git(&project, &["add", "c.py"]));
    assert_eq!(project.findings(&["--staged"]), ["c.py:1 RF201"]);
    // From a folder below, too; and a file that was removed is no trouble.
    assert!(git(&project, &["rm", "-q", "d.py"]));
    assert_eq!(project.findings(&["--staged"]), ["c.py:1 RF201"]);
    let below = project.call(&["check", "-q", "--staged", "--output-format", "concise"]).within("b").run();
    assert_eq!(below.code, 0, "{below:?}");
}

#[test]
fn a_revision_that_is_none_is_refused() {
    let project = project();
    project.run(&["check", "--since", "nowhere"]).assert_refused(2, &["there is no revision `nowhere`"]);
    project.run(&["check", "--since=--all"]).assert_refused(2, &["there is no revision `--all`"]);
    let elsewhere = Project::shop(&[]);
    elsewhere.run(&["check", "--staged"]).assert_refused(2, &["git"]);
    project.run(&["check", "--since", "HEAD", "--staged"]).assert_refused(2, &["cannot be used with"]);
}
