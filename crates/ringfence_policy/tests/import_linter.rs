//! What holds for every text that is read as a config of import-linter's.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use proptest::prelude::*;
use ringfence_diagnostics::{Diagnostic, FileId};
use ringfence_policy::import_linter::{Document, has_config, read};

const VALID: &str = "[importlinter]\nroot_packages =\n    shop\n    tools\ninclude_external_packages = True\n\n\
                     [importlinter:contract:a]\nname = a\ntype = layers\nlayers =\n    x | (y)\n    z : w\ncontainers = shop\n\
                     ignore_imports =\n    shop.* -> shop.**\n[importlinter:contract:b]\nname: %% b\ntype: acyclic_siblings\n\
                     ancestors: shop\ndepth: 3\n";

const VALID_TOML: &str = "[tool.importlinter]\nroot_package = \"shop\"\n\n[[tool.importlinter.contracts]]\nname = \"a\"\ntype = \
                          \"protected\"\nprotected_modules = [\"shop.a\"]\nallowed_importers = []\nas_packages = false\n";

/// Reads a text in both ways, and checks what must hold of any diagnostic.
fn check(text: &str) {
    let file = FileId::new(1);
    for is_toml in [false, true] {
        has_config(text, is_toml);
        let (policy, errors) = read(&Document { file, text, is_toml, only: &[] });
        let said: Vec<&Diagnostic> = errors.iter().chain(&policy.config_errors).collect();
        for diagnostic in said {
            assert!(!diagnostic.message.is_empty() && !diagnostic.message.contains(char::is_control));
            assert_eq!(diagnostic.file, file);
            assert!(text.get(diagnostic.range.to_std_range()).is_some(), "{diagnostic:?} in {text:?}");
        }
        for contract in &policy.contracts {
            for exception in &contract.exceptions {
                assert!(text.get(exception.span.range.to_std_range()).is_some());
            }
        }
    }
}

#[test]
fn the_two_forms_are_read() {
    let (policy, errors) = read(&Document { file: FileId::new(0), text: VALID, is_toml: false, only: &[] });
    assert_eq!((errors, policy.config_errors), (Vec::new(), Vec::new()));
    assert_eq!(policy.contracts.iter().map(|it| it.name.value.as_str()).collect::<Vec<_>>(), ["a", "% b"]);
    let document = Document { file: FileId::new(0), text: VALID_TOML, is_toml: true, only: &[] };
    let (policy, errors) = read(&document);
    assert_eq!((errors, policy.config_errors, policy.contracts.len()), (Vec::new(), Vec::new(), 1));
    assert!(has_config(VALID, false) && !has_config(VALID, true));
    assert!(has_config(VALID_TOML, true) && !has_config(VALID_TOML, false));
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn a_config_with_something_wrong_is_read(
        is_toml in any::<bool>(),
        at in any::<prop::sample::Index>(),
        length in 0usize..12,
        put in prop::sample::select(vec![
            "", "\n", " ", "[", "]", "=", ":", "->", "*", "**", "%", "%(name)s", "|", "(", ")", "\"", "é", "#", ";", ",", "\r",
            "name", "type", "[importlinter:x]\n", "true", "-1", "[[", "    ",
        ]),
    ) {
        let valid = if is_toml { VALID_TOML } else { VALID };
        let start = at.index(valid.len());
        let end = (start + length).min(valid.len());
        check(&format!("{}{put}{}", &valid[..start], &valid[end..]));
    }
}
