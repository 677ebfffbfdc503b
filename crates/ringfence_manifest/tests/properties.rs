//! What holds for every text: no panic, and every span within the text.

use proptest::collection::vec;
use proptest::prelude::*;
use ringfence_diagnostics::{Diagnostic, FileId};
use ringfence_manifest::{
    Distribution, Group, Manifest, MetadataFiles, Requirement, read_pyproject, read_requirements,
    read_setup_cfg,
};

fn file() -> FileId {
    FileId::new(3)
}

fn check(text: &str, requirements: &[Requirement], errors: &[Diagnostic]) {
    for requirement in requirements {
        assert!(text.get(requirement.span.range.to_std_range()).is_some(), "{requirement:?} in {text:?}");
        assert!(!requirement.key.is_empty());
    }
    for error in errors {
        assert_eq!(error.file, file());
        assert!(text.get(error.range.to_std_range()).is_some(), "{error:?} in {text:?}");
        assert!(!error.message.is_empty() && !error.message.contains(char::is_control), "{error:?}");
        if let Some(annotation) = &error.annotation {
            assert!(!annotation.contains(char::is_control), "{error:?}");
        }
    }
}

fn check_manifest(text: &str, (manifest, errors): (Manifest, Vec<Diagnostic>)) {
    check(text, &manifest.requirements, &errors);
    for file in &manifest.files {
        assert!(text.get(file.path.span.range.to_std_range()).is_some());
    }
}

fn check_all(text: &str) {
    check_manifest(text, read_pyproject(file(), text));
    check_manifest(text, read_setup_cfg(file(), text));
    let found = read_requirements(file(), text, &Group::Runtime);
    check(text, &found.requirements, &found.errors);
    for include in &found.includes {
        assert_eq!(&text[include.span.range], include.value);
    }
    let files = MetadataFiles {
        metadata: text,
        record: text,
        top_level: text,
        namespace_packages: text,
        entry_points: text,
        requires: text,
    };
    Distribution::new(&files);
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => proptest::sample::select(vec![
            "[project]\n", "dependencies = [", "]", "\n", "\r\n", "'", "\"", "\"requests\"", "'a>=1'", ", ", " = ", "#", ";",
            "[dependency-groups]\n", "dev = [", "{ include-group = 'x' }", "[tool.poetry.dependencies]\n", "a = '*'\n",
            "[tool.poetry.group.x]\n", "[options]\n", "install_requires =\n", "    a >= 1\n", "file: x, y", "-r x", "-e ",
            "git+https://x/y#egg=z", "\\\n", "@", "é", "name = 'x'\n", "dynamic = ['dependencies']\n", "Name: x\n",
            "a/b.py,,\n", "k-", "[x_, y]", "a", "https://", "[", "{", "a\\u0020!", "; python_version < '3'", "${X}",
        ]).prop_map(ToString::to_string),
        1 => ".{0,4}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_without_a_panic(text in any::<String>()) {
        check_all(&text);
    }

    #[test]
    fn any_pieces_of_manifests_are_read_without_a_panic(pieces in vec(piece(), 0..24)) {
        check_all(&pieces.concat());
    }
}
