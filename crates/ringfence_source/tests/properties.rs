//! What holds for every text.

use proptest::prelude::*;
use ringfence_source::{FileFacts, ImportForm, SourceKind, decode, extract, parse};
use ruff_text_size::TextRange;

const PIECES: &[&str] = &[
    "import a.b as c\n",
    "from ..a import (b, c as d)\n",
    "from . import *\n",
    "lazy import x\n",
    "if TYPE_CHECKING:\n    import t\n",
    "elif not typing.TYPE_CHECKING and x:\n    import u\n",
    "else:\n    import v\n",
    "try:\n\timport a\nexcept (ImportError, E):\n\tpass\n",
    "def f(x=__import__('a')):\n    return lambda: importlib.import_module('.b', __package__)\n",
    "class A(B): import c\n",
    "match x:\n    case {'a': [1, *_]}:\n        import m\n",
    "with suppress(ImportError): import w\n",
    "__import__('a', fromlist=['b'])",
    "f\"{x!r:{y}} {__import__('z')}\"",
    "'''import q\n",
    "\"\"\"",
    "# ringfence: ignore[RF101, a-b] reason until=2027-01-31\n",
    "# noqa: RF101,E501 # ringfence: file-ignore[RF2\n",
    "  # ringfence:ignore [ RF101 ] — weil's so ist until=ü\n",
    "größe = ﬁ\n",
    "import größe.ﬁ\n",
    "\r\n",
    "\r",
    "\x0c",
    "\\\n",
    "    ",
    "\t",
    "(",
    ")",
    "[",
    "{",
    "}",
    ":",
    "lambda ",
    "async ",
    "\0",
    "\u{feff}",
    "💥",
    "…",
];

fn source() -> impl Strategy<Value = String> {
    let piece = prop_oneof![4 => proptest::sample::select(PIECES).prop_map(str::to_owned), 1 => ".{0,3}"];
    let text = proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat());
    // A cut anywhere: half a statement, half a string.
    (text, any::<proptest::sample::Index>(), any::<proptest::sample::Index>()).prop_map(
        |(text, from, length)| {
            let characters: Vec<char> = text.chars().collect();
            if characters.is_empty() {
                return text;
            }
            let from = from.index(characters.len());
            let length = length.index(characters.len().min(6));
            characters[..from].iter().chain(&characters[(from + length).min(characters.len())..]).collect()
        },
    )
}

fn check_range(text: &str, range: TextRange) {
    assert!(text.get(std::ops::Range::<usize>::from(range)).is_some(), "{range:?} of {text:?}");
}

fn check_facts(text: &str, facts: &FileFacts) {
    let mut last = 0.into();
    let mut next_name = None;
    for import in &facts.imports {
        check_range(text, import.range);
        assert!(last <= import.range.start(), "imports are out of order in {text:?}");
        last = import.range.start();
        assert!(!facts.names_of(import).is_empty());
        next_name = next_name.max(Some(import.name_indices().end));
        if let ImportForm::From { module: Some((module, range)), .. } = import.form {
            check_range(text, range);
            assert!(!facts.name(module).is_empty());
        }
        for name in facts.names_of(import) {
            check_range(text, name.range);
            assert!(import.range.contains_range(name.range));
            assert!(!facts.name(name.name).is_empty());
            if let Some((_, range)) = name.alias {
                check_range(text, range);
            }
        }
    }
    assert_eq!(next_name.unwrap_or(0) as usize, facts.names.len(), "a name that no import owns in {text:?}");
    facts.opaque_imports.iter().for_each(|range| check_range(text, *range));
    if let Some(error) = &facts.syntax_error {
        check_range(text, error.range);
    }
    for suppression in &facts.suppressions {
        for range in [suppression.comment, suppression.range, suppression.line] {
            check_range(text, range);
        }
        assert!(suppression.comment.contains_range(suppression.range));
        for code in &suppression.codes {
            check_range(text, code.range);
            assert_eq!(&text[std::ops::Range::<usize>::from(code.range)], facts.name(code.name));
        }
        suppression.until.iter().for_each(|until| check_range(text, until.range));
        suppression.defect.iter().for_each(|defect| check_range(text, defect.range));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn facts_of_any_string_are_sound(text in any::<String>()) {
        check_facts(&text, &extract(&text, SourceKind::Python));
        check_facts(&text, &parse(&text, SourceKind::Python));
    }

    #[test]
    fn facts_of_broken_python_are_sound(text in source()) {
        check_facts(&text, &extract(&text, SourceKind::Python));
        check_facts(&text, &parse(&text, SourceKind::Python));
        prop_assert_eq!(extract(&text, SourceKind::Stub), extract(&text, SourceKind::Python));
        prop_assert_eq!(parse(&text, SourceKind::Stub), parse(&text, SourceKind::Python));
    }

    #[test]
    fn a_comment_is_all_that_a_suppression_can_come_from(text in source()) {
        for suppression in extract(&text, SourceKind::Python).suppressions {
            prop_assert!(text[std::ops::Range::<usize>::from(suppression.comment)].starts_with('#'));
        }
    }

    #[test]
    fn no_bytes_make_decode_panic(bytes in any::<Vec<u8>>(), cookie in "[a-z0-9_-]{1,12}", mark in any::<bool>()) {
        let mut file = if mark { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        file.extend(format!("# coding: {cookie}\n").bytes());
        file.extend(&bytes);
        for bytes in [&bytes, &file] {
            if let Err(error) = decode(bytes) {
                prop_assert!(error.offset() <= bytes.len());
            }
        }
    }

    #[test]
    fn encode_undoes_decode(text in source(), mark in any::<bool>()) {
        // What the file starts with must not be taken for another mark.
        prop_assume!(!text.starts_with('\u{feff}'));
        let mut bytes = if mark { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        bytes.extend(text.bytes());
        let decoded = decode(&bytes).unwrap();
        prop_assert_eq!(decoded.encode(&decoded.text), Some(bytes.clone()));
    }

    #[test]
    fn encode_undoes_decode_of_single_bytes(
        tail in any::<Vec<u8>>(),
        codec in proptest::sample::select(&["latin-1", "iso-8859-9", "iso-8859-15", "cp1252", "koi8-r", "cp1251", "ascii", "mac-roman", "iso8859-7", "cp1255"][..]),
    ) {
        let bytes = [format!("# coding: {codec}\n").as_bytes(), &tail].concat();
        if let Ok(decoded) = decode(&bytes) {
            prop_assert_eq!(decoded.encode(&decoded.text), Some(bytes.clone()));
        }
    }

    #[test]
    fn encode_undoes_decode_of_many_bytes(
        tail in "[a-z가-힣一-丿ぁ-ゖ\n]{0,20}",
        codec in proptest::sample::select(&["gbk", "euc-kr", "shift_jis", "euc-jp", "big5", "gb18030", "iso2022-jp"][..]),
    ) {
        let ascii = format!("# coding: {codec}\n");
        let head = decode(ascii.as_bytes()).unwrap();
        if let Some(bytes) = head.encode(&format!("{ascii}{tail}")) {
            let decoded = decode(&bytes).unwrap();
            prop_assert_eq!(&*decoded.text, format!("{ascii}{tail}"));
            prop_assert_eq!(decoded.encode(&decoded.text), Some(bytes.clone()));
        }
    }
}
