//! Runs that report only what changed. Long, as one subject has many cases.

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

#[test]
fn what_is_staged_is_judged_and_not_the_working_tree() {
    let project = project();
    // Staged with a finding, mended in the working tree only.
    project.write("c.py", "import b.inner\n");
    assert!(git(&project, &["add", "c.py"]));
    project.write("c.py", "import os\n");
    assert_eq!(project.findings(&["--staged"]), ["c.py:1 RF201"]);
    let shown = project.run(&["check", "--staged"]);
    assert!(shown.out().contains("import b.inner"), "{shown:?}");
    // The other way round.
    assert!(git(&project, &["add", "c.py"]));
    project.write("c.py", "import b.inner\n");
    assert_eq!(project.findings(&["--staged"]), [""; 0]);
    // What is not tracked is not there, and what is only gone from the working tree is.
    project.write("b/inner.py", "");
    project.write("e.py", "import b.hidden\n");
    assert_eq!(project.findings(&["--staged"]), [""; 0]);
    project.write("d.py", "import b.inner\n");
    assert!(git(&project, &["add", "d.py"]));
    std::fs::remove_file(project.path("d.py")).unwrap();
    assert_eq!(project.findings(&["--staged"]), ["d.py:1 RF201"]);
    let files = project.run(&["check", "--staged", "--show-files"]);
    assert!(files.out().contains("d.py") && !files.out().contains("e.py"), "{files:?}");
}

#[test]
fn configs_are_those_that_are_staged() {
    let project = project();
    let config = project.text("ringfence.toml");
    // Not staged: what the file on the disk says is not asked.
    project.write("ringfence.toml", "nonsense");
    project.write("c.py", "import b.inner\n");
    assert!(git(&project, &["add", "c.py"]));
    assert_eq!(project.findings(&["--staged"]), ["c.py:1 RF201"]);
    std::fs::remove_file(project.path("ringfence.toml")).unwrap();
    assert_eq!(project.findings(&["--staged"]), ["c.py:1 RF201"]);
    // A baseline that is not staged does not count, and one that is does.
    project.write("ringfence.toml", &config);
    project.write("ringfence.baseline", "RF201 c -> b inner\n");
    let known = project.findings(&["--staged"]);
    assert_eq!(known, ["c.py:1 RF201"]);
    assert!(git(&project, &["add", "ringfence.baseline"]));
    std::fs::remove_file(project.path("ringfence.baseline")).unwrap();
    assert_eq!(project.findings(&["--staged"]).iter().filter(|it| it.starts_with("c.py")).count(), 0);
}

#[test]
fn fixes_of_what_is_staged_leave_other_changes_alone() {
    let comment = "import os  # ringfence: ignore[RF101]\n";
    let project = project();
    project.write("c.py", comment);
    project.write("d.py", comment);
    assert!(git(&project, &["add", "-A"]));
    project.write("d.py", format!("{comment}unfinished = 1\n"));
    let answer = project.run(&["check", "--staged", "--fix"]);
    assert_eq!(project.text("c.py"), "import os\n");
    assert_eq!(project.text("d.py"), format!("{comment}unfinished = 1\n"));
    assert!(
        answer.stderr.contains("`d.py` is not fixed: the file has changes that are not staged"),
        "{answer:?}"
    );
    assert!(answer.out().contains("RF901"), "{answer:?}");
}

#[test]
fn fixes_touch_only_files_that_changed() {
    let comment = "import os  # ringfence: ignore[RF101]\n";
    let project = project();
    project.write("c.py", comment);
    assert!(commit(&project));
    project.write("d.py", comment);
    let answer = project.run(&["check", "--since", "HEAD", "--fix"]);
    assert!(answer.out().contains("Fixed 1 finding in 1 file."), "{answer:?}");
    assert_eq!((project.text("c.py").as_str(), project.text("d.py").as_str()), (comment, "import os\n"));
    project.write("d.py", "import b.inner\n");
    project.run(&["check", "--since", "HEAD", "--add-ignore"]);
    assert_eq!(project.text("a.py"), "import b\n");
    assert!(project.text("d.py").contains("ignore[RF201]"));
}

#[test]
fn a_change_of_any_file_that_says_what_is_allowed_is_seen() {
    let names = ["ringfence.toml", "b/ringfence.module.toml", "ringfence.baseline"];
    for name in names {
        let project = project();
        project.write("c.py", "import b.inner\nimport d\n");
        project.write("b/ringfence.module.toml", "exposes = ['api', 'inner']\n");
        project.write("ringfence.toml", "[modules.a]\n[modules.c]\ndepends-on = ['b', 'd']\n[modules.d]\n");
        project.write("ringfence.baseline", "");
        assert!(commit(&project));
        let before = project.findings(&[]);
        assert_eq!(before, [""; 0], "{name}");
        let expected: &[&str] = match name {
            "ringfence.toml" => {
                project.write(name, "[modules.a]\n[modules.c]\ndepends-on = ['b']\n[modules.d]\n");
                &["c.py:2 RF101"]
            }
            "b/ringfence.module.toml" => {
                project.write(name, "exposes = ['api']\n");
                &["c.py:1 RF201"]
            }
            _ => {
                project.write("c.py", "import b.other\n");
                project.write(name, "RF201 c -> b other\n");
                assert!(commit(&project));
                assert_eq!(project.findings(&["--since", "HEAD"]), [""; 0]);
                project.write(name, "");
                &["c.py:1 RF201"]
            }
        };
        assert_eq!(project.findings(&["--since", "HEAD"]), expected, "{name}");
    }
    // Findings that the old config had are of before, too.
    let project = project();
    project.write("ringfence.toml", "[modules.a]\ndepends-on = []\n[modules.b]\nexposes = []\n[modules.c]\n");
    assert_eq!(project.findings(&["--since", "HEAD"]), [""; 0]);
    // Without an old config nobody knows.
    assert!(
        git(&project, &["rm", "-q", "--cached", "ringfence.toml"]) && git(&project, &["commit", "-qm", "x"])
    );
    let answer = project.run(&["check", "--since", "HEAD"]);
    assert!(
        answer.stderr.contains("so everything is reported") && answer.out().contains("RF101"),
        "{answer:?}"
    );
}

#[test]
fn a_submodule_is_said_to_be_left_out() {
    let project = project();
    let other = Project::new(&[("x.py", "")]);
    assert!(git(&other, &["init", "-q"]) && commit(&other));
    let source = other.root().to_str().unwrap();
    assert!(git(&project, &["-c", "protocol.file.allow=always", "submodule", "add", "-q", source, "sub"]));
    for arguments in [&["--since", "HEAD"][..], &["--staged"]] {
        let answer = project.run(&[&["check", "--error-on-warning"], arguments].concat());
        assert!(answer.stderr.contains("the submodule `sub` is not looked at"), "{answer:?}");
        assert!(answer.stderr.contains("`--error-on-warning` does not let pass"), "{answer:?}");
        assert_eq!(answer.code, 1);
    }
}

/// Each way that is known for the config of a repository to name a program. Every one of them would leave a file.
#[cfg(unix)]
#[test]
fn git_runs_nothing_that_a_repository_names() {
    use std::os::unix::fs::PermissionsExt as _;

    let project = project();
    let mark = project.path("mark");
    let program = project.path("run.sh");
    project.write("run.sh", format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\ncat\n", mark.display()));
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = program.to_str().unwrap();
    // An attribute may name a driver with any character.
    project.write(".gitattributes", "*.py filter=a=b diff=x\n");
    assert!(commit(&project));
    project.write(".git/info/attributes", "*.py filter=evil diff=x working-tree-encoding=UTF-16\n");
    for hook in
        ["post-index-change", "post-checkout", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"]
    {
        project.write(&format!(".git/hooks/{hook}"), format!("#!/bin/sh\n{program}\n"));
        let path = project.path(&format!(".git/hooks/{hook}"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut config = project.text(".git/config");
    config.push_str(&format!(
        "[core]\n\tfsmonitor = {program}\n\tpager = {program}\n\taskPass = {program}\n\tsshCommand = {program}\n\
         \tgitProxy = {program}\n\teditor = {program}\n\talternateRefsCommand = {program}\n\
         [diff]\n\texternal = {program}\n[diff \"x\"]\n\ttextconv = {program}\n\tcommand = {program}\n\
         [filter \"evil\"]\n\tclean = {program}\n\tsmudge = {program}\n\tprocess = {program}\n\trequired = true\n\
         [filter \"a=b\"]\n\tclean = {program}\n\tprocess = {program}\n\trequired = true\n\
         [credential]\n\thelper = !{program}\n[gpg]\n\tprogram = {program}\n\
         [alias]\n\trev-parse = !{program}\n\tdiff-index = !{program}\n\tls-files = !{program}\n\
         [pager]\n\trev-parse = {program}\n\tdiff-index = {program}\n\tls-files = {program}\n\
         [uploadpack]\n\tpackObjectsHook = {program}\n\
         [remote \"origin\"]\n\turl = {root}\n\tpromisor = true\n\tpartialclonefilter = blob:none\n\
         \tuploadpack = {program}\n\treceivepack = {program}\n\tvcs = evil\n\
         [protocol]\n\tallow = always\n[extensions]\n\tpartialClone = origin\n\
         [include]\n\tpath = more\n",
        root = project.root().display()
    ));
    project
        .write(".git/config", config.replace("repositoryformatversion = 0", "repositoryformatversion = 1"));
    project.write(".git/more", format!("[core]\n\thooksPath = {}\n", project.path(".git/hooks").display()));
    // Files whose metadata tells nothing, and one whose object would have to be fetched.
    project.write("c.py", "import os\n");
    project.write("d.py", "import os\n");
    let object = text_of(Command::new("git").args(["rev-parse", "HEAD:a.py"]).current_dir(project.root()));
    _ = std::fs::remove_file(&mark);
    let loose = format!(".git/objects/{}/{}", &object[..2], &object[2..]);
    let object = project.read(&loose);
    std::fs::remove_file(project.path(&loose)).unwrap();
    project.write("a.py", "import b  # changed\n");
    for arguments in [&["--since", "HEAD"][..], &["--staged"], &[], &["--since", "HEAD", "--fix"]] {
        let answer = project.run(&[&["check"], arguments].concat());
        if !arguments.is_empty() {
            assert_eq!(answer.code, 2, "{arguments:?}: {answer:?}");
            assert!(answer.stderr.contains("is not in this clone"), "{answer:?}");
        }
        assert!(!mark.exists(), "{arguments:?}: {}", project.text("mark"));
    }
    project.write(&loose, object);
    project.write("c.py", "import b.inner\n");
    assert_eq!(project.findings(&["--staged"]), [""; 0]);
    assert_eq!(project.findings(&["--since", "HEAD"]), ["a.py:1 RF101", "c.py:1 RF201"]);
    assert!(!mark.exists(), "{}", project.text("mark"));
}

fn text_of(command: &mut Command) -> String {
    let output = command.output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_string()
}

#[test]
fn a_working_tree_that_lies_elsewhere_is_refused() {
    let project = project();
    let elsewhere = Project::new(&[("a.py", "")]);
    assert!(git(&project, &["config", "core.worktree", elsewhere.root().to_str().unwrap()]));
    for arguments in [["check", "--since=HEAD"], ["check", "--staged"]] {
        project.run(&arguments).assert_refused(2, &["lies in no working tree"]);
    }
}

#[cfg(unix)]
#[test]
fn what_lies_in_another_repository_is_refused() {
    let outer = Project::new(&[]);
    for name in ["p", "other"] {
        outer.write(&format!("{name}/ringfence.toml"), "[modules.a]\ndepends-on = []\n[modules.b]\n");
        outer.write(&format!("{name}/a/m.py"), "");
        outer.write(&format!("{name}/b.py"), "");
        let folder = outer.path(name);
        for arguments in [&["init", "-q"][..], &["add", "-A"], &["commit", "-qm", "x"]] {
            let command = ["-C", folder.to_str().unwrap()];
            assert!(git(&outer, &[&command, arguments].concat()));
        }
        outer.write(&format!("{name}/a/m.py"), "import b\n");
        assert!(git(&outer, &["-C", folder.to_str().unwrap(), "add", "-A"]));
        outer.write(&format!("{name}/a/m.py"), "x = 1\n");
    }
    std::os::unix::fs::symlink("p", outer.path("link")).unwrap();
    for changes in [&["--staged"][..], &["--since", "HEAD"]] {
        for (path, said) in [
            ("../other", "lies outside the repository of the working directory"),
            ("../other/a/m.py", "lies outside the repository of the working directory"),
            ("../link", "git does not know"),
            ("../link/a/m.py", "git does not know"),
        ] {
            let arguments = [&["check", path], changes].concat();
            outer.call(&arguments).within("p").run().assert_refused(2, &[said]);
        }
    }
    // In its own name it is judged.
    let answer = outer.call(&["check", "--staged", "../p/a/m.py"]).within("p").run();
    assert!(answer.code == 1 && answer.out().contains("RF101"), "{answer:?}");
}

#[cfg(unix)]
fn link(project: &Project, target: &str, path: &str) {
    _ = std::fs::remove_file(project.path(path));
    std::os::unix::fs::symlink(target, project.path(path)).unwrap();
}

/// Module `c` may import `b`, and `a` may not; `a/link.py` leads to a file of `c`.
#[cfg(unix)]
fn project_with_link() -> Project {
    let project = project();
    std::fs::remove_file(project.path("a.py")).unwrap();
    std::fs::remove_file(project.path("c.py")).unwrap();
    for path in ["a/__init__.py", "c/__init__.py", "c/real.py", "c/other.py"] {
        project.write(path, "x = 1\n");
    }
    project.write("cfg/r.toml", project.text("ringfence.toml"));
    link(&project, "../c/real.py", "a/link.py");
    link(&project, "cfg/r.toml", "ringfence.toml");
    assert!(commit(&project));
    project
}

#[cfg(unix)]
#[test]
fn what_a_link_leads_to_is_a_change_of_the_link() {
    // How it is changed, and what that causes.
    type Change = fn(&Project);
    let changes: [(Change, &[&str]); 5] = [
        (|project| project.write("c/real.py", "import b\n"), &["a/link.py:1 RF101"]),
        (
            |project| {
                link(project, "../c", "a/folder");
                link(project, "folder/real.py", "a/link.py");
                assert!(commit(project));
                project.write("c/real.py", "import b\n");
            },
            &["a/link.py:1 RF101"],
        ),
        (
            |project| {
                link(project, "real.py", "c/chain.py");
                link(project, "../c/chain.py", "a/link.py");
                project.write("c/other.py", "import b\n");
                assert!(commit(project));
                link(project, "other.py", "c/chain.py");
            },
            &["a/link.py:1 RF101"],
        ),
        (
            |project| {
                project.write("c/real.py", "import b.inner\n");
                link(project, "../c/other.py", "a/link.py");
                project
                    .write("cfg/r.toml", project.text("cfg/r.toml").replace("[\"api\"]", "['inner', 'api']"));
                assert!(commit(project));
                project.write("cfg/r.toml", project.text("cfg/r.toml").replace("'inner', ", ""));
            },
            &["c/real.py:1 RF201"],
        ),
        // Of before.
        (
            |project| {
                project.write("c/real.py", "import b\n");
                assert!(commit(project));
                project.write("c/other.py", "import b\n");
            },
            &[],
        ),
    ];
    for (position, (change, expected)) in changes.into_iter().enumerate() {
        let project = project_with_link();
        change(&project);
        assert_eq!(project.findings(&["--since", "HEAD"]), expected, "{position}");
        assert!(git(&project, &["add", "-A"]));
        assert_eq!(project.findings(&["--staged"]), expected, "{position}");
        assert_eq!(project.findings(&["--since", "HEAD"]), expected, "{position}");
    }
}

#[test]
fn what_git_does_not_track_is_never_of_before() {
    let project = project();
    project.write("ringfence.toml", format!("respect-gitignore = false\n{}", project.text("ringfence.toml")));
    project.write(".gitignore", "ignored.py\n");
    assert!(commit(&project));
    project.write("c2/x.py", "");
    project.write("ignored.py", "import b.inner\n");
    assert_eq!(project.findings(&["--since", "HEAD"]), ["ignored.py:1 RF201"]);
    // A repository inside of this one that is no submodule.
    let below = project.path("nested");
    project.write("nested/x.py", "import b.inner\n");
    let command = ["-C", below.to_str().unwrap()];
    for arguments in [&["init", "-q"][..], &["add", "-A"], &["commit", "-qm", "x"]] {
        assert!(git(&project, &[&command, arguments].concat()));
    }
    assert_eq!(project.findings(&["--since", "HEAD"]), ["ignored.py:1 RF201", "nested/x.py:1 RF201"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_as_they_are_staged() {
    let staged = |project: &Project| project.findings(&["--staged"]);
    // To a file that is not tracked, as in a clone.
    let project = project_with_link();
    project.write(".gitignore", "local.py\n");
    project.write("local.py", "import b\n");
    link(&project, "../local.py", "a/link.py");
    assert!(git(&project, &["add", "-A"]));
    assert_eq!(staged(&project), ["a/link.py:1 RF905"]);
    link(&project, "../c/real.py", "a/link.py");
    assert_eq!(staged(&project), ["a/link.py:1 RF905"]);
    // A file in whose place lies a link to nowhere, or to itself.
    for target in ["nowhere.py", "real.py"] {
        let project = project_with_link();
        project.write("c/real.py", "import b.inner\n");
        assert!(git(&project, &["add", "-A"]));
        link(&project, target, "c/real.py");
        assert_eq!(
            staged(&project),
            ["a/link.py:1 RF101", "a/link.py:1 RF201", "c/real.py:1 RF201"],
            "{target}"
        );
    }
    // A chain, in whose midst lies a file.
    let project = project_with_link();
    link(&project, "real.py", "c/chain.py");
    link(&project, "../c/chain.py", "a/link.py");
    project.write("c/real.py", "import b\n");
    assert!(git(&project, &["add", "-A"]));
    std::fs::remove_file(project.path("c/chain.py")).unwrap();
    project.write("c/chain.py", "x = 1\n");
    assert_eq!(staged(&project), ["a/link.py:1 RF101"]);
}

/// With two configs in the folder each is asked what was there before.
#[test]
fn both_configs_of_a_folder_are_compared() {
    let contracts = "[importlinter]\nroot_package = p\n\n[importlinter:contract:no_c]\nname = b knows no c\n\
                     type = forbidden\nsource_modules = p.b\nforbidden_modules = p.c\n";
    let project = Project::new(&[
        ("ringfence.toml", "[modules.\"p.a\"]\ndepends-on = []\n\n[modules.\"p.b\"]\n"),
        (".importlinter", contracts),
        ("p/__init__.py", ""),
        ("p/a.py", "import p.b\n"),
        ("p/b.py", "import p.c  # ringfence: ignore[RF403] for now\n"),
        ("p/c.py", "import p.d\n"),
        ("p/d.py", ""),
    ]);
    assert!(git(&project, &["init", "-q", "-b", "main"]) && commit(&project));
    assert_eq!(project.findings(&["--since", "HEAD"]), [""; 0]);
    // New by the one, and by the other.
    project.write("p/d.py", "import p.b\n");
    project.write("p/a.py", "import p.b\nimport p.b\n");
    assert_eq!(project.findings(&["--since", "HEAD"]), ["p/a.py:1 RF101", "p/a.py:2 RF101"]);
    assert!(git(&project, &["checkout", "-q", "."]));
    // What nobody needs any more because another file changed is new, though its own did not.
    project.write(".importlinter", contracts.replace("= p.c", "= p.d"));
    assert_eq!(project.findings(&["--since", "HEAD"]), [""; 0]);
    project.write("p/c.py", "");
    assert_eq!(project.findings(&["--since", "HEAD"]), ["p/b.py:1 RF901"]);
    assert!(git(&project, &["checkout", "-q", "."]));
    // Before, the contract was broken elsewhere.
    project.write("p/b.py", "import p.c  # ringfence: ignore[RF403] for now\nimport p.d\n");
    project.write(".importlinter", contracts.replace("= p.c", "= p.d"));
    assert_eq!(project.findings(&["--since", "HEAD"]), ["p/b.py:2 RF403"]);
}
