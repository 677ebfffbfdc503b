//! What projects declare, and what is installed.

use crate::common::Project;

const MANIFEST: &str = "[project]\nname = 'shop'\ndependencies = ['acme-fork']\n";

/// A project that imports `acme`, which the distribution `acme-fork` provides where these files are installed.
fn project(packages: &str, more: &[(&str, &str)]) -> Project {
    let project = Project::new(&[
        ("ringfence.toml", ""),
        ("pyproject.toml", MANIFEST),
        ("shop/__init__.py", "import acme\n"),
    ]);
    project.write(&format!("{packages}/acme_fork-1.dist-info/METADATA"), "Name: acme-fork\n");
    project.write(&format!("{packages}/acme_fork-1.dist-info/RECORD"), "acme/__init__.py,,\n");
    for (path, text) in more {
        project.write(path, text);
    }
    project
}

const UNDECLARED: &str = "shop/__init__.py:1 RF501";

#[test]
fn an_environment_is_found_where_it_is_named() {
    let project =
        project("env/lib/python3.12/site-packages", &[("env/bin/python3.12", ""), ("env/pyvenv.cfg", "")]);
    assert_eq!(project.findings(&["--select", "RF501"]), [UNDECLARED]);
    for named in ["env", "env/bin/python3.12"] {
        assert_eq!(project.findings(&["--select", "RF501", "--python", named]), [""; 0], "{named}");
    }
    let folder = project.path("env");
    let folder = folder.to_str().expect("a path of plain text");
    let arguments = ["check", "--select", "RF501", "--quiet"];
    let answer = project.call(&arguments).variable("VIRTUAL_ENV", folder).run();
    assert_eq!(answer.code, 0, "{answer:?}");
}

#[test]
fn the_environment_beside_the_project_is_used_and_a_named_one_wins() {
    let project = project(".venv/Lib/site-packages", &[("other/lib/python3.11/site-packages/x.py", "")]);
    assert_eq!(project.findings(&["--select", "RF501"]), [""; 0]);
    assert_eq!(project.findings(&["--select", "RF501", "--python", "other", "shop"]), [UNDECLARED]);
    let answer = project.run(&["check", "--select", "RF501", "--verbose", "shop"]);
    assert!(answer.stderr.contains("installed distributions: .venv/Lib/site-packages"), "{answer:?}");
}

#[test]
fn an_environment_above_the_root_counts_within_the_repository_only() {
    let files = [("a/ringfence.toml", ""), ("a/pyproject.toml", MANIFEST), ("a/shop.py", "import acme\n")];
    let project = project(".venv/lib/python3.12/site-packages", &files);
    let found = |project: &Project| project.findings(&["--select", "RF501", "a"]);
    assert_eq!(found(&project), ["a/shop.py:1 RF501"]);
    project.git_init();
    assert_eq!(found(&project), [""; 0]);
}

#[test]
fn an_environment_that_is_none_is_said_to_be() {
    let project = project("env/lib/python3.12/site-packages", &[("nothing/x.txt", "")]);
    for (named, said) in
        [("nowhere", "there is no such file or folder"), ("nothing", "found no folder of installed")]
    {
        let answer = project.run(&["check", "--select", "RF501", "--python", named]);
        answer.assert_refused(2, &["--python", named, said]);
    }
    let folder = project.path("nothing");
    let folder = folder.to_str().expect("a path of plain text");
    let arguments = ["check", "--select", "RF501"];
    let answer = project.call(&arguments).variable("VIRTUAL_ENV", folder).run();
    assert!(answer.stderr.contains("`VIRTUAL_ENV` names `nothing`"), "{answer:?}");
    assert_eq!(answer.code, 1, "{answer:?}");
}

#[test]
fn a_link_to_the_interpreter_means_the_environment_around_it() {
    let project = project("system/lib/python3.12/dist-packages", &[("system/bin/python3.12", "")]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(project.path("system/bin/python3.12"), project.path("python"))
            .expect("a link can be made");
        assert_eq!(project.findings(&["--select", "RF501", "--python", "python"]), [""; 0]);
    }
    // A virtual environment that sees the packages of the system.
    let config =
        format!("home = {}\ninclude-system-site-packages = true\n", project.path("system/bin").display());
    project.write("env/pyvenv.cfg", config);
    project.write("env/lib/python3.12/site-packages/x.py", "");
    assert_eq!(project.findings(&["--select", "RF501", "--python", "env"]), [""; 0]);
}

#[test]
fn manifests_are_read_only_where_a_rule_asks() {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.shop]\n"),
        ("pyproject.toml", "[project]\nname = 'shop'\ndependencies = ['a >=']\n"),
        ("shop.py", "import requests\n"),
    ]);
    let broken = "pyproject.toml:3 RF504";
    for (arguments, expected) in [
        (&[][..], &[][..]),
        (&["--select", "RF503"], &[]),
        (&["--config", "modules.shop.externals = ['requests']"], &[broken]),
        (&["--extend-select", "RF502"], &[broken]),
        (&["--select", "RF504"], &[broken]),
        (&["--select", "RF501"], &["shop.py:1 RF501"]),
        // Findings in manifests are reported whatever paths are given, as those in the config are.
        (&["--select", "RF504", "shop.py"], &[broken]),
    ] {
        assert_eq!(project.findings(arguments), expected, "{arguments:?}");
    }
}

#[test]
fn a_manifest_that_is_the_config_too_is_one_file() {
    let project = Project::new(&[
        (
            "pyproject.toml",
            "[project]\nname = 'shop'\ndependencies = ['requests']\n[tool.ringfence]\nselect = ['RF502']\n",
        ),
        ("shop.py", ""),
    ]);
    assert_eq!(project.findings(&[]), ["pyproject.toml:3 RF502"]);
    assert_eq!(
        project.findings(&["--config", "per-file-ignores = { 'pyproject.toml' = ['RF502'] }"]),
        [""; 0]
    );
}

#[test]
fn a_project_governed_by_another_config_is_a_project_all_the_same() {
    let project = Project::new(&[
        ("ringfence.toml", "select = ['RF50']\nsource-roots = ['.', 'lib']\n"),
        ("pyproject.toml", "[project]\nname = 'app'\n"),
        ("app.py", "import lib_core\n"),
        ("lib/ringfence.toml", "select = ['RF50']\n"),
        ("lib/pyproject.toml", "[project]\nname = 'lib-core'\ndependencies = ['requests']\n"),
        ("lib/lib_core.py", ""),
    ]);
    assert_eq!(project.findings(&[]), ["app.py:1 RF501", "lib/pyproject.toml:3 RF502"]);
}

#[test]
fn an_import_that_a_declared_distribution_is_called_like_is_a_doubt_and_no_finding() {
    let project = Project::new(&[
        ("ringfence.toml", "select = [\"RF501\", \"RF502\"]\n"),
        (
            "pyproject.toml",
            "[project]\nname = \"shop\"\ndependencies = [\"pyfoo\", \"django-bar\", \"requests-toolbelt\", \"pydocket\"]\n\
             [dependency-groups]\ndev = [\"vcrpy\"]\n",
        ),
        ("shop/__init__.py", "import foo.x, docket\nimport bar\nimport requests_toolbelt\nimport foo\n"),
        ("shop/web.py", "import requests\n"),
        // Files of the tree come from no distribution, however they are found.
        ("tests/conftest.py", "x = 1\n"),
        ("tests/unit/__init__.py", ""),
        ("tests/unit/test_a.py", "from conftest import x\nimport vcr\nimport conftest, helpers\n"),
        ("tests/unit/helpers.py", ""),
        // What a script says itself.
        (
            "scripts/run.py",
            "# /// script\n# dependencies = [\"rich>=13\", \"PyYAML\"]\n# ///\nimport rich\nimport yaml, httpx\n",
        ),
    ]);
    let answer = project.run(&["check"]);
    assert_eq!(project.findings(&[]), ["scripts/run.py:5 RF501", "shop/web.py:1 RF501"], "{answer:?}");
    assert_eq!(answer.stderr.matches("`foo` from `pyfoo`").count(), 1, "{answer:?}");
    assert!(answer.stderr.contains("`bar` from `django-bar`, `foo` from `pyfoo`; `--python`"), "{answer:?}");
}
