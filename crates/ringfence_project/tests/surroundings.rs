//! Startup contracts follow the code that is installed, as far as it is there.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use ringfence_diagnostics::Severity;
use ringfence_project::{CheckOptions, Interpreter, Session, SessionOptions, find_config};

/// What a check says of a tree, one finding a line, with its help.
fn checked(files: &[(&str, &str)], has_environment: bool) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap().join("tree");
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let named = has_environment.then(|| root.join("env"));
    let options = SessionOptions {
        config: Some(find_config(&root, Path::new("/")).unwrap()),
        interpreter: Interpreter { named, active: None },
        threads: 1,
        root,
        ..SessionOptions::default()
    };
    let session = Session::open(options, &|_| {}).unwrap();
    assert!(session.problems().is_empty(), "{:?}", session.problems());
    assert_eq!(session.contracts_without_environment().is_empty(), has_environment);
    let report = session.check(&CheckOptions { most_chains: 9, ..CheckOptions::default() });
    let errors = report.diagnostics.into_iter().filter(|it| it.severity == Severity::Error);
    let line = |text: String| text.replace('\n', " / ");
    errors.map(|it| line(format!("{}: {}", it.message, it.help.unwrap_or_default()))).collect()
}

const PROJECT: [(&str, &str); 8] = [
    (
        "ringfence.toml",
        "exclude = [\"env\"]\n[[contracts]]\nname = \"fast\"\ntype = \"startup\"\nentry = [\"shop.cli\"]\n\
         must-not-load = [\"heavy\", \"slow.*\", \"shop.back\"]\nmax-modules = { own = 9, all = 5 }\n",
    ),
    ("shop/__init__.py", ""),
    ("shop/cli.py", "import light.part\nfrom light import name, other\n"),
    ("shop/back.py", ""),
    (
        "env/lib/python3.12/site-packages/light/__init__.py",
        "from . import part, other\nfrom ._all import *\nname = 1\n",
    ),
    (
        "env/lib/python3.12/site-packages/light/part.py",
        "try:\n    import slow.a\nexcept ImportError:\n    pass\nif __name__ == '__main__':\n    import slow.never\n",
    ),
    (
        "env/lib/python3.12/site-packages/light/other.py",
        "import heavy\nimport shop.back\n\ndef f():\n    import slow.later\n",
    ),
    ("env/lib/python3.12/site-packages/light/_all/__init__.py", "__all__ = ['one']\n"),
];

const MORE: [(&str, &str); 6] = [
    ("env/lib/python3.12/site-packages/light/_all/one.py", "import slow.star\n"),
    ("env/lib/python3.12/site-packages/heavy.py", ""),
    ("env/lib/python3.12/site-packages/slow/a.py", ""),
    ("env/lib/python3.12/site-packages/slow/never.py", ""),
    ("env/lib/python3.12/site-packages/slow/later.py", ""),
    ("env/lib/python3.12/site-packages/slow/star.py", ""),
];

#[test]
fn installed_code_is_followed() {
    let files: Vec<(&str, &str)> = PROJECT.into_iter().chain(MORE).collect();
    let found = checked(&files, true);
    let begins = [
        "starting `shop.cli` loads 12 modules, 5 are allowed with those from elsewhere",
        "starting `shop.cli` loads `heavy`, through `light` and `light.other`",
        "starting `shop.cli` loads `shop.back`, through `light` and `light.other`",
        "starting `shop.cli` loads `slow.star`, through `light` and `light._all.one`",
        "starting `shop.cli` may load `slow.a`, through `light.part`",
    ];
    assert_eq!(found.len(), begins.len(), "{found:#?}");
    for begin in begins {
        assert!(found.iter().any(|line| line.starts_with(begin)), "{begin}\n{found:#?}");
    }
    let heavy = found.iter().find(|line| line.contains("`heavy`, ")).unwrap();
    assert!(heavy.contains("from there on: `light` -> `light.other` -> `heavy`"), "{heavy}");
}

#[test]
fn without_an_environment_what_the_project_imports_is_known() {
    let mut files = PROJECT.to_vec();
    files[2].1 = "import light\nimport heavy.part\n";
    let found = checked(&files[..4], false);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("starting `shop.cli` loads `heavy`: "), "{found:#?}");
}
