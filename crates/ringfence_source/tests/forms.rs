//! What is an import, and what it brings in: each case is a source and one line for each imported name,
//! `kind level module name alias`. `-` as the module is the form `import name`; `.` is `from` dots alone.

use ringfence_source::{FileFacts, ImportForm, SourceKind, extract, parse};
use ruff_text_size::{TextLen, TextRange};

fn lines(facts: &FileFacts, kind: SourceKind) -> Vec<String> {
    let mut lines = Vec::new();
    for import in &facts.imports {
        let (level, module) = match import.form {
            ImportForm::Import { level } => (level, "-"),
            ImportForm::From { level, module: Some((module, _)) } => (level, facts.name(module)),
            ImportForm::From { level, module: None } => (level, "."),
        };
        for name in facts.names_of(import) {
            let alias = name.alias.map_or("-", |(alias, _)| facts.name(alias));
            let kind = import.kind(kind).as_str();
            lines.push(format!("{kind} {level} {module} {} {alias}", facts.name(name.name)));
        }
    }
    lines
}

#[track_caller]
fn check(cases: &[(&str, &[&str])]) {
    for (source, expected) in cases {
        // By the scanner where it can tell, and always by the parser.
        for read in [extract, parse] {
            let facts = read(source, SourceKind::Python);
            assert_eq!(lines(&facts, SourceKind::Python), *expected, "{source}");
        }
    }
}

#[test]
fn statements() {
    check(&[
        ("import a", &["runtime 0 - a -"]),
        ("import a.b.c", &["runtime 0 - a.b.c -"]),
        ("import a . b\\\n . c", &["runtime 0 - a.b.c -"]),
        ("import a.b as c", &["runtime 0 - a.b c"]),
        ("import a, b.c as d, e", &["runtime 0 - a -", "runtime 0 - b.c d", "runtime 0 - e -"]),
        ("import a; import b", &["runtime 0 - a -", "runtime 0 - b -"]),
        ("from a import b", &["runtime 0 a b -"]),
        ("from a.b import c as d, e", &["runtime 0 a.b c d", "runtime 0 a.b e -"]),
        ("from a import (\n    b,  # why\n    c as d,\n)", &["runtime 0 a b -", "runtime 0 a c d"]),
        ("from a import b, \\\n    c", &["runtime 0 a b -", "runtime 0 a c -"]),
        ("from a import *", &["runtime 0 a * -"]),
        ("from a import(b)", &["runtime 0 a b -"]),
        ("from . import x", &["runtime 1 . x -"]),
        ("from.import x", &["runtime 1 . x -"]),
        ("from .a import x", &["runtime 1 a x -"]),
        ("from .. import x, y", &["runtime 2 . x -", "runtime 2 . y -"]),
        ("from ... a.b import x", &["runtime 3 a.b x -"]),
        ("from ....a import *", &["runtime 4 a * -"]),
        ("from . . import x", &["runtime 2 . x -"]),
        ("from __future__ import annotations", &["runtime 0 __future__ annotations -"]),
        (
            "import match, type, lazy, case",
            &["runtime 0 - match -", "runtime 0 - type -", "runtime 0 - lazy -", "runtime 0 - case -"],
        ),
        ("from lazy import a", &["runtime 0 lazy a -"]),
        ("lazy import a, b.c as d", &["lazy 0 - a -", "lazy 0 - b.c d"]),
        ("lazy from .a import b", &["lazy 1 a b -"]),
        // Identifiers mean their NFKC form.
        ("import ﬁle.ａ", &["runtime 0 - file.a -"]),
        ("import größe", &["runtime 0 - größe -"]),
    ]);
}

#[test]
fn text_that_is_no_import() {
    check(&[
        ("", &[]),
        ("# import a\n", &[]),
        ("'import a'\n\"\"\"\nimport b\nfrom c import d\n\"\"\"\n", &[]),
        ("def f():\n    '''\n    import a\n    '''\n", &[]),
        ("x = f'import {a} from b'\nf'''\nimport a\n'''", &[]),
        ("imports = reimport.import_\nlazy = 1\nimporta\n", &[]),
        ("x = (\n  'a',\n  'import b',\n)", &[]),
        ("raise E from e\nyield_ = [i for i in a]\n", &[]),
        ("def f(): yield from g\n", &[]),
        ("x = 'a\\\nimport b'\n", &[]),
        ("import_module('a')\nself.import_module('b')\nobj.__import__('c')\n", &[]),
        ("# importlib.import_module('a')\n'importlib.import_module(\"b\")'\n", &[]),
        ("def __import__(name): ...\nx = __import__\n", &[]),
        ("def import_module(name): ...\nimport_module('a')\n", &[]),
    ]);
}

#[test]
fn places() {
    check(&[
        ("def f():\n    import a\nimport b\n", &["deferred 0 - a -", "runtime 0 - b -"]),
        ("async def f():\n    async with x:\n        import a\n", &["deferred 0 - a -"]),
        ("class A:\n    import a\n    def f(self): import b\n", &["runtime 0 - a -", "deferred 0 - b -"]),
        (
            "try:\n    import a\nexcept ImportError:\n    import b\nelse:\n    import c\nfinally:\n    import d\n",
            &["optional 0 - a -", "optional 0 - b -", "runtime 0 - c -", "runtime 0 - d -"],
        ),
        (
            "try:\n    import a\nexcept ValueError:\n    import b\n",
            &["runtime 0 - a -", "conditional 0 - b -"],
        ),
        (
            "if x:\n    import a\nelif y:\n    import b\nelse:\n    import c\n",
            &["conditional 0 - a -", "conditional 0 - b -", "conditional 0 - c -"],
        ),
        (
            "match x:\n    case 1:\n        import a\n    case _: import b\n",
            &["conditional 0 - a -", "conditional 0 - b -"],
        ),
        ("for x in y:\n    import a\nelse:\n    import b\n", &["conditional 0 - a -", "conditional 0 - b -"]),
        ("while x: import a\n", &["conditional 0 - a -"]),
        (
            "with x: import a\nwith suppress(ImportError): import b\n",
            &["runtime 0 - a -", "optional 0 - b -"],
        ),
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b\n", &["typing 0 - a -", "runtime 0 - b -"]),
        ("def f():\n    if TYPE_CHECKING: import a\n", &["typing 0 - a -"]),
        ("if x: pass; import a\n", &["conditional 0 - a -"]),
    ]);
}

#[test]
fn every_import_of_a_stub_is_typing() {
    let source = "import a\ndef f(): import b\nlazy import c\n__import__('d')\n";
    assert_eq!(extract(source, SourceKind::Stub), parse(source, SourceKind::Stub));
    let facts = parse(source, SourceKind::Stub);
    let expected = ["typing 0 - a -", "typing 0 - b -", "typing 0 - c -", "typing 0 - d -"];
    assert_eq!(lines(&facts, SourceKind::Stub), expected);
}

#[test]
fn calls() {
    check(&[
        (
            "import importlib\nimportlib.import_module('a.b')",
            &["runtime 0 - importlib -", "dynamic 0 - a.b -"],
        ),
        (
            "import importlib as il\nil.import_module(name='a')",
            &["runtime 0 - importlib il", "dynamic 0 - a -"],
        ),
        (
            "from importlib import import_module\nimport_module('a')",
            &["runtime 0 importlib import_module -", "dynamic 0 - a -"],
        ),
        (
            "from importlib import import_module as im\nim('a')\nimport_module('b')",
            &["runtime 0 importlib import_module im", "dynamic 0 - a -"],
        ),
        ("from importlib import *\nimport_module('a')", &["runtime 0 importlib * -", "dynamic 0 - a -"]),
        ("importlib.__import__('a')", &["dynamic 0 - a -"]),
        ("__import__('a.b')", &["dynamic 0 - a.b -"]),
        ("builtins.__import__('a')", &["dynamic 0 - a -"]),
        ("import builtins as b\nb.__import__('a')", &["runtime 0 - builtins b", "dynamic 0 - a -"]),
        ("__import__('a' '.b')", &["dynamic 0 - a.b -"]),
        ("x = [f(__import__(r'a'))]", &["dynamic 0 - a -"]),
        ("f'{__import__(\"a\")}'", &["dynamic 0 - a -"]),
        ("importlib.import_module(__import__('a').b)", &["dynamic 0 - a -"]),
        ("importlib.import_module('.b', __package__)", &["dynamic 1 - b -"]),
        ("importlib.import_module('..b.c', package=__name__)", &["dynamic 2 - b.c -"]),
        ("importlib.import_module('.b', package=__spec__.parent)", &["dynamic 1 - b -"]),
        ("importlib.import_module('.b', 'x.y')", &["dynamic 0 - x.y.b -"]),
        ("importlib.import_module('..b', package='x.y')", &["dynamic 0 - x.b -"]),
        ("importlib.import_module('..', package='x.y')", &["dynamic 0 - x -"]),
        ("importlib.import_module('a', 'x.y')", &["dynamic 0 - a -"]),
        ("__import__('a', fromlist=['b', 'c'])", &["dynamic 0 a b -", "dynamic 0 a c -"]),
        ("__import__('a', globals(), locals(), ('b',), 0)", &["dynamic 0 a b -"]),
        ("__import__('a', fromlist=[''])", &["dynamic 0 - a -"]),
        ("__import__('a', fromlist=names)", &["dynamic 0 - a -"]),
        ("__import__('a', globals(), locals(), ['b'], 2)", &["dynamic 2 a b -"]),
        ("__import__('', globals(), level=1, fromlist=['b'])", &["dynamic 1 . b -"]),
        ("__import__('a', globals(), level=1)", &["dynamic 1 - a -"]),
        ("__import__('a', level=-1)", &["dynamic 0 - a -"]),
        // By offset, whatever runs first.
        (
            "x = __import__('b') if __import__('a') else __import__('c')",
            &["dynamic 0 - b -", "dynamic 0 - a -", "dynamic 0 - c -"],
        ),
        // Known, and not an import: it fails, it imports nothing, or what runs already.
        ("__import__()\n__import__('')\nimportlib.import_module('')", &[]),
        ("importlib.import_module('.b')\nimportlib.import_module('...b', 'x.y')", &[]),
        ("importlib.import_module('.', __package__)\n__import__('.a')", &[]),
    ]);
}

#[test]
fn calls_that_do_not_say_what_they_import() {
    let cases = [
        "__import__(name)",
        "importlib.import_module(f'a.{b}')",
        "importlib.import_module('a.' + b)",
        "importlib.import_module(*args)",
        "importlib.import_module(**options)",
        "importlib.import_module('.a', package)",
        "__import__('a', level=level)",
        "__import__(b'a')",
    ];
    for source in cases {
        let facts = extract(source, SourceKind::Python);
        assert!(facts.imports.is_empty(), "{source}");
        let whole = TextRange::up_to(source.text_len());
        assert_eq!(facts.opaque_imports, [whole], "{source}");
    }
}

#[test]
fn line_ends_tabs_and_form_feeds() {
    check(&[
        ("import a\r\nif x:\r\n\timport b\r\n", &["runtime 0 - a -", "conditional 0 - b -"]),
        ("import a\rimport b\r", &["runtime 0 - a -", "runtime 0 - b -"]),
        ("\x0cimport a\n\x0c\nimport b\n", &["runtime 0 - a -", "runtime 0 - b -"]),
        ("if x:\n\timport a\n\tif y:\n\t\timport b", &["conditional 0 - a -", "conditional 0 - b -"]),
        ("\n\n   \n# coding: utf-8\nimport a", &["runtime 0 - a -"]),
    ]);
}

#[test]
fn what_is_left_after_a_syntax_error() {
    check(&[
        ("import a\nx = = 1\nimport b\n", &["runtime 0 - a -", "runtime 0 - b -"]),
        ("from a import \nimport b\n", &["runtime 0 - b -"]),
        ("from a import ()\n", &[]),
        ("from import x\n", &[]),
        ("import \n", &[]),
        ("import a.\nimport b\n", &["runtime 0 - b -"]),
        ("from a. import b\n", &[]),
        ("import a, , b\n", &["runtime 0 - a -", "runtime 0 - b -"]),
        ("import a as\n", &["runtime 0 - a -"]),
        ("def f(:\n    import a\nimport b\n", &["deferred 0 - a -", "runtime 0 - b -"]),
        ("f(a,\nimport b\n", &["runtime 0 - b -"]),
    ]);
    let facts = parse("import a\nx = = 1\ny = = 2\n", SourceKind::Python);
    let error = facts.syntax_error.unwrap();
    assert_eq!(error.message, "expected an expression");
    assert_eq!(std::ops::Range::<usize>::from(error.range), 13..14);
    assert_eq!(error.more, 1);
    assert_eq!(parse("lazy import a\ntype X = int\n", SourceKind::Python).syntax_error, None);
}
