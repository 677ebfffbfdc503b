//! The INI reader and Python's own `configparser` must agree on any text: whether it is right, and what it says.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, clippy::print_stderr)]

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use ringfence_diagnostics::FileId;
use ringfence_policy::ini::{IniEntry, KeyCase, comments, parse};
use serde_json::{Value, json};

/// Reads a list of texts and prints what each means: for each section its name and its own keys; nothing for an error.
const PROGRAM: &str = r"
import configparser, io, json, sys

def meaning(text, folded):
    parser = configparser.ConfigParser(interpolation=None)
    if not folded:
        parser.optionxform = str
    try:
        parser.read_file(io.StringIO(text, newline=None))
    except configparser.Error:
        return None
    sections = [[name, list(map(list, section.items()))] for name, section in parser._sections.items()]
    return [['DEFAULT', list(map(list, parser._defaults.items()))]] + sections

texts = json.load(sys.stdin)
json.dump([[meaning(text, True), meaning(text, False)] for text in texts], sys.stdout)
";

fn entries(entries: &[IniEntry]) -> Vec<Value> {
    entries.iter().map(|entry| json!([entry.key, entry.value()])).collect()
}

fn meaning(text: &str, case: KeyCase) -> Value {
    let (ini, errors) = parse(FileId::new(0), text, case);
    for config_error in &errors {
        assert!(text.get(config_error.range.to_std_range()).is_some(), "{config_error:?} in {text:?}");
    }
    if !errors.is_empty() {
        return Value::Null;
    }
    let mut sections = vec![json!(["DEFAULT", entries(&ini.defaults)])];
    for section in &ini.sections {
        assert_eq!(&text[section.span.range], section.name);
        for entry in &section.entries {
            let written = &text[entry.key_span.range];
            assert!(written == entry.key || written.to_lowercase() == entry.key, "{written} in {text:?}");
            for line in &entry.lines {
                assert_eq!(&text[line.span.range], line.text);
            }
        }
        sections.push(json!([section.name, entries(&section.entries)]));
    }
    Value::Array(sections)
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => proptest::sample::select(vec![
            "\n", "\n", "\n", "\r\n", "\r", "\n    ", "\n  ", "\n\t", "\n\n", "[a]\n", "\n[a]", "\n[b]\n", "\n[DEFAULT]\n",
            "[", "]", "=", " = ", ":", " : ", "#", ";", "\n# x", "\n  ; y", "key", "Key", "other", "x", "%(x)s", "%",
            "\nkey = 1", "\nother: 2", "\n    more", " ", "\u{a0}", "\u{1c}", "\u{b}", "\u{85}", "é",
        ]).prop_map(ToString::to_string),
        1 => ".{0,3}",
    ]
}

/// Texts of which many are right, the same on every run.
fn texts(count: usize) -> Vec<String> {
    let seed = [7; 32];
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let strategy = (any::<bool>(), vec(piece(), 0..24)).prop_map(|(headed, pieces)| {
        let text = pieces.concat();
        if headed { format!("[s]{text}") } else { text }
    });
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// What Python says of these texts; nothing where there is no Python.
fn python(texts: &[String]) -> Option<Vec<[Value; 2]>> {
    let child = Command::new("python3")
        .args(["-c", PROGRAM])
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else { return None };
    let mut input = child.stdin.take().unwrap();
    let bytes = serde_json::to_vec(texts).unwrap();
    let writer = std::thread::spawn(move || input.write_all(&bytes).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn any_text_means_what_python_says() {
    let texts = texts(20_000);
    let Some(expected) = python(&texts) else {
        eprintln!("skipped: there is no `python3` on the PATH to compare with");
        return;
    };
    let mut right = 0;
    for (text, [folded, kept]) in texts.iter().zip(expected) {
        right += usize::from(!folded.is_null());
        assert_eq!(meaning(text, KeyCase::Folded), folded, "{text:?}");
        assert_eq!(meaning(text, KeyCase::Kept), kept, "{text:?}, case kept");
    }
    // Else nothing but errors would be compared.
    assert!(right > 2_000, "{right} texts are right");
}

#[test]
fn mistakes_are_all_said_at_their_places() {
    let text = "stray = 1\n[a]\nkey = 1\nKEY: 2\n  more\nword\n[b]\n[a]\nlost = 1\n= x\n";
    let (ini, errors) = parse(FileId::new(0), text, KeyCase::Folded);
    let said: Vec<(&str, &str)> = errors
        .iter()
        .map(|config_error| (&text[config_error.range], config_error.message.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            ("stray = 1", "no section header before the first key"),
            ("KEY", "duplicate key `key`"),
            ("word", "`word` is no key with a value"),
            ("a", "duplicate section `a`"),
            ("= x", "`= x` is no key with a value"),
        ]
    );
    assert_eq!(&text[errors[1].labels[0].span.range], "key");
    assert_eq!(ini.get("a", "key").unwrap().value(), "1");
    assert_eq!(ini.get("a", "lost"), None);
}

#[test]
fn defaults_stand_behind_sections_and_comments_are_whole_lines() {
    let text = "[DEFAULT]\nx = d\n[a]\ny = 1 # no comment\n    ; a comment\n    2\n";
    let (ini, errors) = parse(FileId::new(0), text, KeyCase::Kept);
    assert_eq!(errors, []);
    assert_eq!(ini.get("a", "x").unwrap().value(), "d");
    assert_eq!(ini.get("a", "y").unwrap().value(), "1 # no comment\n2");
    assert_eq!(ini.get("b", "x"), None);
    assert_eq!(comments(text).map(|range| &text[range]).collect::<Vec<_>>(), ["; a comment"]);
}
