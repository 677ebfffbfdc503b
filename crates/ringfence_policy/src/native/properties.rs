//! What holds for every text and every policy.

mod contracts;
mod policies;
mod spans;

use proptest::collection::vec;
use proptest::prelude::*;

use self::policies::policy;
use self::spans::strip;
use super::*;

const VALID: &str = r#"
"$schema" = "x"
source-roots = ["src", "."]
layers = ["web", "domain | events", { name = "storage", closed = true }]
exhaustive = true
strict-ownership = false
forbid-cycles = true
import-cycles = "all"
tests = ["tests/**"]
runtime-annotations = ["acme.inject"]
requirements = ["requirements.txt"]
distributions = { "acme.db" = "acme-database-client" }
select = ["RF1"]
per-file-ignores = { "tests/**" = ["RF201"] }
target-version = "py311"
severity.RF103 = "error"
kinds.RF1 = ["runtime", "typing"]
required-version = ">=0.1"
preview = true

[modules."shop.örders"]
layer = "web"
depends-on = [
    "shop.billing", # ✓
    { module = "shop.legacy", deprecated = "use shop.catalog" },
]
forbids = [{ module = 'shop.admin', reason = """
no""" }]
externals = ["pydantic", "google.cloud"]
forbids-externals = ["django", { distribution = "requests", reason = "use httpx" }]
exposes = ["Order", "api.*"]
visible-to = []
kinds = ["runtime"]
owner = "@orders"
"#;

/// Reads a text in each of the four ways, and checks what must hold of any diagnostic.
fn check(text: &str) {
    let file = FileId::new(1);
    for kind in
        [DocumentKind::Ringfence, DocumentKind::Pyproject, DocumentKind::Override, DocumentKind::Package]
    {
        let document = Document { file, text, kind };
        let diagnostics = match kind {
            DocumentKind::Package => read_package(&mut empty(FileId::new(0)), &document, "shop.orders"),
            DocumentKind::Override => read(None, &[document]).1,
            DocumentKind::Ringfence | DocumentKind::Pyproject => read(Some(&document), &[]).1,
        };
        for diagnostic in &diagnostics {
            assert!(!diagnostic.message.is_empty() && !diagnostic.message.contains(char::is_control));
            assert_eq!(diagnostic.file, file);
            assert!(text.get(diagnostic.range.to_std_range()).is_some(), "{diagnostic:?} in {text:?}");
            for label in &diagnostic.labels {
                assert!(text.get(label.span.range.to_std_range()).is_some(), "{label:?} in {text:?}");
            }
        }
        assert!(diagnostics.is_sorted_by_key(|diagnostic| diagnostic.range.start()));
    }
    has_config(text);
}

/// A piece of text that means something to TOML or to the options.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(vec![
            "[",
            "]",
            "{",
            "}",
            "=",
            ",",
            ".",
            "\"",
            "'",
            "\"\"\"",
            "#",
            "\n",
            "\r\n",
            " ",
            "|",
            ":",
            "\\",
            "é",
            "\u{feff}",
            "modules",
            "tool.ringfence",
            "ringfence",
            "layers",
            "layer",
            "depends-on",
            "module",
            "select",
            "severity",
            "\"shop\"",
            "\".\"",
            "\"..x\"",
            "true",
            "1",
            "1.5",
            "1979-05-27",
            "inf",
            "x = 1\n",
            "[modules.a]\n",
            "[modules.\"shop.a\"]\n",
            "[[modules]]\n",
            "layer = \"a\"\n",
            "depends-on = [\"a\", \"a\"]\n",
        ])
        .prop_map(ToString::to_string),
        ".{0,4}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_without_a_panic(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_pieces_of_toml_are_read_without_a_panic(pieces in vec(piece(), 0..40)) {
        check(&pieces.concat());
    }

    #[test]
    fn a_config_with_pieces_exchanged_is_read_without_a_panic(
        changes in vec((any::<proptest::sample::Index>(), 0..12_usize, piece()), 1..6),
        pyproject in any::<bool>(),
    ) {
        let mut text = VALID.to_string();
        if pyproject {
            text = text.replace("[modules", "[tool.ringfence.modules").replacen('"', "[tool.ringfence]\n\"", 1);
        }
        for (at, length, piece) in changes {
            let start = text.floor_char_boundary(at.index(text.len() + 1));
            let end = text.ceil_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end, &piece);
        }
        check(&text);
    }

    #[test]
    fn a_policy_that_is_written_reads_as_itself(policy in policy()) {
        let text = write(&policy);
        let document = Document { file: FileId::new(0), text: &text, kind: DocumentKind::Ringfence };
        let (mut read, diagnostics) = read(Some(&document), &[]);
        prop_assert_eq!(&diagnostics, &[], "{}", text);
        strip(&mut read);
        prop_assert_eq!(&read, &policy, "{}", text);
        prop_assert_eq!(write(&read), text);
    }
}

#[test]
fn the_valid_config_is_valid() {
    let document = Document { file: FileId::new(1), text: VALID, kind: DocumentKind::Ringfence };
    assert_eq!(read(Some(&document), &[]).1, []);
}
