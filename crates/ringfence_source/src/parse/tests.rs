//! What is found in statements of every form.

use super::*;
use crate::dynamic::Importers;
use crate::extract::extract_statement;
use crate::{ImportContext, ImportForm};
use ruff_python_ast::Identifier;
use ruff_text_size::Ranged;

fn contexts(source: &str) -> Vec<ImportContext> {
    let facts = parse(source, SourceKind::Python);
    assert_eq!(extract(source, SourceKind::Python), facts, "{source}");
    facts.imports.iter().map(|import| import.context).collect()
}

#[track_caller]
fn check(cases: &[(&str, &[ImportContext])]) {
    for (source, expected) in cases {
        assert_eq!(contexts(source), *expected, "{source}");
    }
}

const NONE: ImportContext = ImportContext::empty();

#[test]
fn places() {
    let caught = ImportContext::TRY_BODY | ImportContext::CATCHES_IMPORT_ERROR;
    let fallback = ImportContext::EXCEPT | ImportContext::EXCEPT_IMPORT_ERROR;
    check(&[
        ("import a", &[NONE]),
        ("def f():\n class A: import a", &[ImportContext::FUNCTION | ImportContext::CLASS]),
        ("async def f(): import a", &[ImportContext::FUNCTION]),
        ("try: import a\nexcept ImportError: import b", &[caught, fallback]),
        ("try: import a\nexcept (ValueError, ModuleNotFoundError): import b", &[caught, fallback]),
        ("try: import a\nexcept builtins.ImportError as e: import b", &[caught, fallback]),
        ("try: import a\nexcept (x.Exception): import b", &[caught, fallback]),
        ("try: import a\nexcept BaseException: import b", &[caught, fallback]),
        ("try: import a\nexcept: import b", &[caught, fallback]),
        ("try: import a\nexcept* ImportError: import b", &[caught, fallback]),
        (
            "try: import a\nexcept OSError: import b\nexcept ImportError: import c",
            &[caught, ImportContext::EXCEPT, fallback],
        ),
        ("try: import a\nexcept ImportErrors: import b", &[ImportContext::TRY_BODY, ImportContext::EXCEPT]),
        ("try: import a\nfinally: import b", &[ImportContext::TRY_BODY, ImportContext::FINALLY]),
        ("try: pass\nexcept E: pass\nelse: import a", &[ImportContext::TRY_ELSE]),
        (
            "try: pass\nexcept ImportError:\n try: import a\n except E: pass",
            &[fallback | ImportContext::TRY_BODY],
        ),
        ("with x: import a", &[ImportContext::WITH]),
        (
            "with suppress(ImportError): import a",
            &[ImportContext::WITH | ImportContext::CATCHES_IMPORT_ERROR],
        ),
        (
            "with x, contextlib.suppress(E, Exception) as y: import a",
            &[ImportContext::WITH | ImportContext::CATCHES_IMPORT_ERROR],
        ),
        ("with suppress(ValueError), ImportError: import a", &[ImportContext::WITH]),
        ("for x in y: import a\nelse: import b", &[ImportContext::LOOP, ImportContext::LOOP]),
        ("while x: import a\nelse: import b", &[ImportContext::LOOP, ImportContext::LOOP]),
        ("match x:\n case y if z: import a", &[ImportContext::MATCH]),
        ("lazy import a", &[ImportContext::LAZY]),
        (
            "if x: import a\nelif y: import b\nelse: import c",
            &[ImportContext::IF, ImportContext::IF, ImportContext::IF],
        ),
    ]);
}

#[test]
fn guards() {
    let name = ImportContext::GUARD_NAME;
    let attribute = ImportContext::GUARD_ATTRIBUTE;
    let alias = ImportContext::GUARD_ALIAS;
    let compound = ImportContext::GUARD_COMPOUND;
    let after = ImportContext::ELSE_OF_GUARD;
    let negated = ImportContext::NEGATED_GUARD;
    let negated_else = ImportContext::GUARD_NEGATED_ELSE;
    let constant = ImportContext::GUARD_CONSTANT;
    let or_if = ImportContext::IF;
    check(&[
        ("if TYPE_CHECKING: import a\nelse: import b", &[name, after]),
        ("if (TYPE_CHECKING): import a", &[name]),
        ("if typing.TYPE_CHECKING: import a\nelse: import b", &[attribute, after]),
        ("if a.b.TYPE_CHECKING: import a", &[attribute]),
        (
            "if TYPE_CHECKING: import a\nelif x: import b\nelse: import c",
            &[name, after | or_if, after | or_if],
        ),
        (
            "if x: import a\nelif TYPE_CHECKING: import b\nelse: import c",
            &[or_if, or_if | ImportContext::GUARD_ELIF, or_if | after],
        ),
        (
            "if TYPE_CHECKING: import a\nelif t.TYPE_CHECKING: import b",
            &[name, after | ImportContext::GUARD_ELIF],
        ),
        ("if not TYPE_CHECKING: import a\nelse: import b", &[negated, negated_else]),
        ("if not (t.TYPE_CHECKING): import a\nelif x: import b", &[negated, negated_else | or_if]),
        ("if TYPE_CHECKING and x: import a\nelse: import b", &[compound, or_if]),
        ("if x and typing.TYPE_CHECKING: import a\nelse: import b", &[compound, or_if]),
        ("if x and (y and TYPE_CHECKING): import a", &[compound]),
        ("if TYPE_CHECKING or x: import a\nelse: import b", &[or_if, or_if]),
        ("if TYPE_CHECKING or MYPY: import a\nelse: import b", &[compound, NONE]),
        ("if not not TYPE_CHECKING: import a\nelse: import b", &[compound, NONE]),
        ("if not (TYPE_CHECKING and x): import a\nelse: import b", &[or_if, negated_else]),
        ("if TYPE_CHECKING is True: import a\nelse: import b", &[compound, NONE]),
        ("if TYPE_CHECKING == False: import a\nelse: import b", &[negated, negated_else]),
        ("if TYPE_CHECKING is x: import a", &[or_if]),
        ("if bool(TYPE_CHECKING): import a", &[or_if]),
        ("if x.TYPE_CHECKING(): import a", &[or_if]),
        ("if 'TYPE_CHECKING': import a", &[or_if]),
        ("if TYPE_CHECKING_: import a", &[or_if]),
        ("if False: import a\nelse: import b", &[constant, NONE]),
        ("if 0: import a\nelif x: import b", &[constant, or_if]),
        ("if True: import a\nelse: import b", &[NONE, NONE]),
        ("if 1: import a", &[NONE]),
        ("if 2: import a", &[NONE]),
        ("if not True: import a", &[constant]),
        ("if 0.0: import a", &[or_if]),
        ("while TYPE_CHECKING: import a", &[ImportContext::LOOP]),
        ("import a if TYPE_CHECKING else b", &[NONE]),
        ("if MYPY: import a", &[alias]),
        ("MYPY = False\nif MYPY: import a", &[alias]),
        ("TYPE_CHECKING = False\nif TYPE_CHECKING: import a", &[name]),
        ("from typing import TYPE_CHECKING as TC\nif TC: import a\nelse: import b", &[NONE, alias, NONE]),
        (
            "from x.compat import TYPE_CHECKING as TC\nif not TC: import a\nelse: import b",
            &[NONE, negated, negated_else],
        ),
        ("TC = TYPE_CHECKING\nif TC and x: import a", &[compound]),
        ("TC: bool = typing.TYPE_CHECKING\nif TC: import a", &[alias]),
        ("A = B = TYPE_CHECKING\nC = A\nif C: import a", &[alias]),
        ("if TC: import a\nTC = TYPE_CHECKING", &[or_if]),
        ("TC = TYPE_CHECKING\nTC = 1\nif TC: import a", &[or_if]),
        ("TC = not TYPE_CHECKING\nif TC: import a", &[or_if]),
    ]);
}

#[test]
fn calls() {
    let call = ImportContext::DYNAMIC;
    let deferred = ImportContext::DYNAMIC | ImportContext::FUNCTION;
    let case = ImportContext::DYNAMIC | ImportContext::MATCH;
    check(&[
        (
            "@__import__('a')\ndef f(x: __import__('b') = __import__('c')) -> __import__('d'): __import__('e')",
            &[call, call, call, call, deferred],
        ),
        (
            "@__import__('a').x\nclass A(__import__('b').B, m=__import__('c')): __import__('d')",
            &[call, call, call, call | ImportContext::CLASS],
        ),
        ("f = lambda x=__import__('a'): __import__('b')", &[call, deferred]),
        (
            "if __import__('a'): __import__('b')\nelif __import__('c'): pass",
            &[call, call | ImportContext::IF, call | ImportContext::IF],
        ),
        ("match __import__('a'):\n case x if __import__('b'): __import__('c')", &[call, case, case]),
        ("for x in __import__('a'): __import__('b')", &[call, call | ImportContext::LOOP]),
        ("while __import__('a'): __import__('b')", &[call, call | ImportContext::LOOP]),
        ("with __import__('a') as x: __import__('b')", &[call, call | ImportContext::WITH]),
        ("try: pass\nexcept __import__('a').E: __import__('b')", &[call, call | ImportContext::EXCEPT]),
        ("x: __import__('a') = [__import__('b') for c in d]", &[call, call]),
        (
            "x = y = __import__('a')\nassert __import__('b'), __import__('c')\ndel __import__('d').x",
            &[call, call, call, call],
        ),
    ]);
}

fn slice(text: &str, range: TextRange) -> &str {
    &text[std::ops::Range::<usize>::from(range)]
}

#[test]
fn ranges() {
    let text =
        "x; from ..a . b import (c as d, *)\nf(__import__(name='e'), importlib.import_module('f' r'.g'))\n";
    let facts = extract(text, SourceKind::Python);
    let ranges: Vec<_> = facts.imports.iter().map(|import| slice(text, import.range)).collect();
    assert_eq!(
        ranges,
        ["from ..a . b import (c as d, *)", "__import__(name='e')", "importlib.import_module('f' r'.g')"]
    );
    let names: Vec<_> = facts.names.iter().map(|name| slice(text, name.range)).collect();
    assert_eq!(names, ["c", "*", "e", "'f' r'.g'"]);
    let ImportForm::From { level: 2, module: Some((module, range)) } = facts.imports[0].form else {
        panic!()
    };
    assert_eq!((facts.name(module), slice(text, range)), ("a.b", "a . b"));
    assert_eq!(facts.names[0].alias.map(|(_, range)| slice(text, range)), Some("d"));
}

#[test]
fn one_statement_is_parsed_alone() {
    let text = "def f():\n    from .a import (\n  b as c,  # why\n    )\n    return (((\n";
    let facts = parse(text, SourceKind::Python);
    let Some(Stmt::ImportFrom(import)) = parse_statement(text, facts.imports[0].range) else { panic!() };
    assert_eq!(import.names[0].asname.as_ref().map(Identifier::as_str), Some("c"));
    assert_eq!(import.names[0].range() + facts.imports[0].range.start(), TextRange::at(32.into(), 6.into()));
    assert!(parse_statement(text, TextRange::new(0.into(), 8.into())).is_none());
    assert!(parse_statement(text, TextRange::new(0.into(), 8_000.into())).is_none());
}

/// An overflow would end the process.
#[test]
fn a_shallow_statement_needs_little_stack() {
    let forms = [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("f(", ")"),
        ("x[", "]"),
        ("not ", ""),
        ("-", ""),
        ("lambda: ", ""),
        ("a if b else ", ""),
        ("*", ""),
        ("", ".a"),
        ("", "()"),
        ("", "+a"),
        ("", "**a"),
        ("f'{", "}'"),
        ("", " = a"),
    ];
    let statement = |(before, after): (&str, &str), count: usize| {
        format!("{}__import__('a'){}", before.repeat(count), after.repeat(count))
    };
    for form in forms {
        let deepest = (1..1_000).take_while(|count| parse_depth::is_shallow(&statement(form, *count))).last();
        let Some(count) = deepest.filter(|count| *count > 10) else { panic!("{form:?}") };
        let text = statement(form, count);
        let run = move || {
            extract_statement(&text, NONE, &mut Importers::default()).map(|facts| facts.imports.len())
        };
        let thread =
            std::thread::Builder::new().stack_size(parse_depth::SMALL_STACK_SIZE).spawn(run).unwrap();
        let found = thread.join().unwrap();
        assert!(matches!(found, Ok(1) | Err(Unsupported)), "{form:?} {found:?}");
    }
    let deep = statement(forms[0], 1_000);
    assert_eq!(extract_statement(&deep, NONE, &mut Importers::default()), Err(Unsupported));
}

#[test]
fn messages_of_the_parser() {
    for (message, expected) in [
        ("Expected an expression.", "expected an expression"),
        ("unindent does not match", "unindent does not match"),
        ("IPython escape commands", "IPython escape commands"),
        ("", ""),
    ] {
        assert_eq!(lower_case_start(message), expected);
    }
    let error = |text: &str| parse(text, SourceKind::Python).syntax_error;
    assert_eq!(error("x = 1\n"), None);
    assert_eq!(error("'é"), error("'é").filter(|error| error.range.end() <= "'é".text_len()));
    assert_eq!(error("x = (\n").map(|error| error.more), Some(0));
}
