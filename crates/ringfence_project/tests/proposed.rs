//! What is said of an import before it is written is what a check finds once it is.
//!
//! `scripts/differential_can.py` asks the binary the same about more projects.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use ringfence_diagnostics::{Diagnostic, EdgeKind, Files as _, Severity};
use ringfence_project::{CheckOptions, ConfigFile, ProposedImport, Session, SessionOptions};
use ringfence_rules::{Tag, has_tag};

const MODULES: [(&str, &str); 8] = [
    ("p.a", "p/a/__init__.py"),
    ("p.a.view", "p/a/view.py"),
    ("p.b", "p/b/__init__.py"),
    ("p.b.api", "p/b/api.py"),
    ("p.b._core", "p/b/_core.py"),
    ("p.c", "p/c.py"),
    ("p.d", "p/d.py"),
    ("q", "q/__init__.py"),
];

const NATIVE: &str = r#"
layers = ["top", "middle", "bottom"]
forbid-cycles = true

[modules."p.a"]
layer = "top"
depends-on = ["p.b"]

[modules."p.b"]
layer = "middle"
exposes = ["api.*"]

[modules."p.c"]
visible-to = ["p.a"]
forbids = ["p.d"]

[modules."p.d"]
layer = "bottom"

[[contracts]]
name = "far"
type = "forbidden"
from = ["q"]
to = ["p.d"]

[[contracts]]
name = "apart"
type = "independent"
modules = ["p.b", "p.c"]
"#;

const TACH: &str = r#"
source_roots = ["."]
forbid_circular_dependencies = true
layers = ["top", "low"]

[[modules]]
path = "p.a"
layer = "top"
depends_on = ["p.b"]

[[modules]]
path = "p.b"
layer = "low"
depends_on = []
visibility = ["p.a"]

[[modules]]
path = "p.c"
depends_on = ["p.d"]

[[modules]]
path = "p.d"

[[interfaces]]
expose = ["api"]
from = ["p.b"]
"#;

const IMPORT_LINTER: &str = "[importlinter]
root_packages =
    p
    q

[importlinter:contract:far]
name = far
type = forbidden
source_modules =
    q
forbidden_modules =
    p.d

[importlinter:contract:up]
name = up
type = layers
layers =
    p.a
    p.b
    p.c
";

const CONFIGS: [(&str, &str); 3] =
    [("ringfence.toml", NATIVE), ("tach.toml", TACH), (".importlinter", IMPORT_LINTER)];

/// A project of one of the formats, with these imports of one module by another.
fn write(root: &Path, config: usize, imports: &[(usize, usize, bool)]) -> PathBuf {
    let (name, text) = CONFIGS[config];
    let put = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        std::fs::write(path, text).expect("a file can be written");
    };
    put(name, text);
    put("p/__init__.py", "");
    for (number, (_, path)) in MODULES.iter().enumerate() {
        let mut text = String::from("\"\"\"One of them.\"\"\"\n\nthing = 1\n");
        for (_, imported, deferred) in imports.iter().filter(|(importer, ..)| *importer == number) {
            let imported = MODULES[*imported].0;
            text += &if *deferred {
                format!("\n\ndef use_{}():\n    import {imported}\n", imported.replace('.', "_"))
            } else {
                format!("import {imported}\n")
            };
        }
        put(path, &text);
    }
    root.join(name)
}

fn open(root: &Path, config: &Path) -> Session {
    let options = SessionOptions {
        root: root.to_path_buf(),
        config: Some(ConfigFile::named(config.to_path_buf())),
        ..SessionOptions::default()
    };
    let session = Session::open(options, &|_| {}).expect("the session opens");
    assert!(session.problems().is_empty(), "{:?}", session.problems());
    session
}

/// What errors are about, without lines.
fn errors(session: &Session) -> Vec<Diagnostic> {
    let report = session.check(&CheckOptions::default());
    let mut found = report.diagnostics;
    found.retain(|it| it.severity == Severity::Error && !has_tag(it.code, Tag::Run));
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn an_import_is_denied_if_and_only_if_a_check_finds_something_new(
        config in 0..CONFIGS.len(),
        imports in prop::collection::vec((0..MODULES.len(), 0..MODULES.len(), any::<bool>()), 0..5),
        importer in 0..MODULES.len(),
    ) {
        let imports: Vec<_> = imports.into_iter().filter(|(from, to, _)| from != to).collect();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("a path");
        let config = write(&root, config, &imports);
        let path = root.join(MODULES[importer].1);
        let text = std::fs::read_to_string(&path).expect("the file is there");
        let mut session = open(&root, &config);
        let before = errors(&session);
        let known: BTreeSet<_> = before.iter().map(Diagnostic::identity).collect();
        let file = session.files().get(&path).expect("the file is known");
        let mut answers = Vec::new();
        {
            let mut trial = session.trial(file).expect("a source");
            for (imported, _) in MODULES.iter().filter(|(name, _)| *name != MODULES[importer].0) {
                let proposed =
                    ProposedImport { module: (*imported).to_string(), name: None, kind: EdgeKind::Runtime };
                answers.push((*imported, trial.of(&proposed).expect("it can be written")));
            }
        }
        // A trial leaves nothing behind.
        prop_assert_eq!(&errors(&session), &before);
        for (imported, tried) in answers {
            std::fs::write(&path, text.replacen("thing = 1\n", &format!("import {imported}\nthing = 1\n"), 1))
                .expect("a file can be written");
            let after = open(&root, &config);
            let is_new = |found: &&Diagnostic| {
                let is_own = after.files().path(found.file) == path
                    && after.files().text(found.file).is_some_and(|text| {
                        text.to_source_code().line_index(found.range.start()).get() == 3
                    });
                is_own || !known.contains(&found.identity())
            };
            let found = errors(&after);
            let found: BTreeSet<&str> = found.iter().filter(is_new).map(|found| found.code).collect();
            let mut denied: BTreeSet<&str> = BTreeSet::new();
            for it in tried.findings.iter().filter(|it| it.severity == Severity::Error) {
                // What another import breaks already, a check may report once.
                let is_broken = it.is_direct && before.iter().any(|known| known.code == it.code && known.contract.is_some());
                if !is_broken || found.contains(it.code) {
                    denied.insert(it.code);
                }
            }
            prop_assert_eq!(denied, found, "{} imports {}", MODULES[importer].0, imported);
        }
        std::fs::write(&path, text).expect("a file can be written");
    }
}
