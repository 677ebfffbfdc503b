//! The scanner and the parser have one meaning: over generated programs, the facts are the same to the byte.

use proptest::prelude::*;
use ringfence_source::{SourceKind, parse, scan};

/// Simple statements, imports and what surrounds them.
const STATEMENTS: &[&str] = &[
    "import a",
    "import a.b as c, d",
    "from a import b",
    "from ..a.b import (c as d,  # why\n    e,\n)",
    "from . import x, y as z",
    "from a import *",
    "lazy import a.b",
    "lazy from a import b as c",
    "import a; import b",
    "x = 1; from a import b; y: int = 2",
    "from a \\\n  import b",
    "pass",
    "x = 'import a'",
    "x = f'{a}import b{c!r:>{w}}'",
    "x = rb'\\\\' ; y = '''\nimport a\n'''",
    "x = (\n# import a\n1,\n)  # import b",
    "import a  # ringfence: ignore[RF101] why",
    "# ringfence: ignore[RF201]",
    "from a import b  # noqa: RF101,E501",
    "match = case = lazy = 1",
    "from typing import TYPE_CHECKING",
    "x = lambda: 0",
    "self.import_module('a')",
    "import_module('a')",
    "x__import__ = import_modules",
    "x = {'a': 1}[b:c]",
];

/// Heads of compound statements that take any block.
const HEADS: &[&str] = &[
    "def f(a: int = 1, *b) -> c:",
    "async def f():",
    "class A(B, metaclass=C):",
    "for x in y:",
    "async for x in y:",
    "while x:",
    "with a as b, c():",
    "async with a:",
    "with suppress(ImportError):",
    "with contextlib.suppress(OSError, errors.ModuleNotFoundError):",
    "with suppress(ValueError) as x:",
    "@a.b(c)\ndef f():",
];

const TESTS: &[&str] = &[
    "x",
    "(x)",
    "x and y",
    "not x",
    "TYPE_CHECKING",
    "(TYPE_CHECKING)",
    "typing.TYPE_CHECKING",
    "not TYPE_CHECKING",
    "not (typing.TYPE_CHECKING)",
    "TYPE_CHECKING and x",
    "TYPE_CHECKING or x",
    "TYPE_CHECKING is True",
    "MYPY",
    "False",
    "0",
    "True",
    "not 0",
    "sys.version_info >= (3, 11)",
    "x := f(':')",
    "(\n x  # TYPE_CHECKING\n)",
    "'import a'",
    "f(lambda: 0)",
    "f('(', lambda: 0)",
    "lambda: 0",
    "f(x) or (lambda: 0)",
];

const HANDLERS: &[&str] = &[
    "except:",
    "except ImportError:",
    "except (OSError, ImportError) as e:",
    "except errors.ModuleNotFoundError:",
    "except ValueError as ImportError:",
    "except (A, (B, Exception)):",
    "except f(ImportError):",
    "except* OSError:",
];

#[derive(Debug, Clone)]
enum Node {
    Simple(usize),
    Block(usize, Vec<Node>),
    If {
        tests: Vec<usize>,
        bodies: Vec<Vec<Node>>,
        orelse: Option<Vec<Node>>,
    },
    Loop {
        head: usize,
        body: Vec<Node>,
        orelse: Vec<Node>,
    },
    Try {
        body: Vec<Node>,
        handlers: Vec<(usize, Vec<Node>)>,
        rest: u8,
        tail: Vec<Node>,
    },
    Match(Vec<Vec<Node>>),
    /// A head and one statement on one line.
    OneLine(usize, usize),
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        4 => (0..STATEMENTS.len()).prop_map(Node::Simple),
        1 => (0..TESTS.len(), 0..2_usize).prop_map(|(test, statement)| Node::OneLine(test, statement)),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let body = prop::collection::vec(inner, 1..4).boxed();
        prop_oneof![
            (0..HEADS.len(), body.clone()).prop_map(|(head, body)| Node::Block(head, body)),
            (
                prop::collection::vec(0..TESTS.len(), 1..4),
                prop::collection::vec(body.clone(), 4),
                prop::option::of(body.clone())
            )
                .prop_map(|(tests, bodies, orelse)| Node::If { tests, bodies, orelse }),
            (4..7_usize, body.clone(), body.clone()).prop_map(|(head, body, orelse)| Node::Loop {
                head: head.min(5),
                body,
                orelse
            }),
            (
                body.clone(),
                prop::collection::vec((0..HANDLERS.len() - 1, body.clone()), 1..3),
                0..4_u8,
                body.clone()
            )
                .prop_map(|(body, handlers, rest, tail)| Node::Try {
                    body,
                    handlers,
                    rest,
                    tail
                }),
            prop::collection::vec(body, 1..3).prop_map(Node::Match),
        ]
    })
}

struct Writer {
    text: String,
    newline: &'static str,
    indent: &'static str,
}

impl Writer {
    fn line(&mut self, depth: usize, text: &str) {
        for (number, line) in text.split('\n').enumerate() {
            // Continued lines stand where they are written; a decorated head is two lines.
            if number == 0 || text.starts_with('@') {
                self.text.push_str(&self.indent.repeat(depth));
            }
            self.text.push_str(line);
            self.text.push_str(self.newline);
        }
    }

    fn body(&mut self, depth: usize, body: &[Node]) {
        for node in body {
            self.node(depth, node);
        }
        // A block of comments alone is none.
        self.line(depth, "pass");
    }

    fn node(&mut self, depth: usize, node: &Node) {
        match node {
            Node::Simple(number) => self.line(depth, STATEMENTS[*number]),
            Node::Block(head, body) => {
                self.line(depth, HEADS[*head]);
                self.body(depth + 1, body);
            }
            Node::If { tests, bodies, orelse } => {
                for (number, (test, body)) in tests.iter().zip(bodies).enumerate() {
                    let word = if number == 0 { "if" } else { "elif" };
                    self.line(depth, &format!("{word} {}:", TESTS[*test]));
                    self.body(depth + 1, body);
                }
                if let Some(body) = orelse {
                    self.line(depth, "else:");
                    self.body(depth + 1, body);
                }
            }
            Node::Loop { head, body, orelse } => {
                self.line(depth, HEADS[*head]);
                self.body(depth + 1, body);
                self.line(depth, "else:  # import a");
                self.body(depth + 1, orelse);
            }
            Node::Try { body, handlers, rest, tail } => {
                self.line(depth, "try:");
                self.body(depth + 1, body);
                for (number, (handler, body)) in handlers.iter().enumerate() {
                    // A bare handler must be the last.
                    let handler = if number + 1 < handlers.len() { (*handler).max(1) } else { *handler };
                    self.line(depth, HANDLERS[handler]);
                    self.body(depth + 1, body);
                }
                if rest & 1 != 0 {
                    self.line(depth, "else:");
                    self.body(depth + 1, tail);
                }
                if rest & 2 != 0 {
                    self.line(depth, "finally:");
                    self.body(depth + 1, tail);
                }
            }
            Node::Match(cases) => {
                self.line(depth, "match x:");
                for body in cases {
                    self.line(depth + 1, "case [1, *rest] if y:");
                    self.body(depth + 2, body);
                }
            }
            Node::OneLine(test, statement) => {
                self.line(depth, &format!("if {}: {}", TESTS[*test], STATEMENTS[*statement]));
            }
        }
    }
}

fn program() -> impl Strategy<Value = String> {
    let newlines = prop_oneof![3 => Just("\n"), 1 => Just("\r\n")];
    let indents = prop_oneof![2 => Just("    "), 1 => Just("\t"), 1 => Just(" ")];
    (prop::collection::vec(node(), 1..6), newlines, indents).prop_map(|(nodes, newline, indent)| {
        let mut writer = Writer { text: String::new(), newline, indent };
        for node in &nodes {
            writer.node(0, node);
        }
        writer.text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_scanner_tells_what_the_parser_tells(text in program()) {
        let parsed = parse(&text, SourceKind::Python);
        prop_assert_eq!(&parsed.syntax_error, &None, "{}", text);
        if let Some(scanned) = scan(&text) {
            prop_assert_eq!(scanned, parsed, "{}", text);
        }
    }
}

#[test]
fn the_usual_forms_take_no_parser() {
    for statement in STATEMENTS.iter().copied().chain([
        "if TYPE_CHECKING:\n    import a\nelif x:\n    import b\nelse:\n    import c",
        "try:\n    import a\nexcept (ImportError, OSError) as e:\n    import b\nelse:\n    import c\nfinally:\n    import d",
        "with contextlib.suppress(ImportError):\n    import a",
        "def f():\n    import a",
        "def import_module(): pass\nloader.import_module('a')",
        "if TYPE_CHECKING:\n    import a\nelif lambda_ or flambda:\n    import b",
        "if f(lambda x: x) and [lambda: 0]:\n    import a",
    ]) {
        assert!(scan(&format!("{statement}\nimport z\n")).is_some(), "{statement}");
    }
    for statement in [
        "importlib.import_module('a')",
        "from importlib import import_module\nimport_module('a')",
        "f(__builtins__.import_module)",
        "\u{ff49}mportlib.import_module('a')",
        "__import__('a')",
        "try:\n    import a\nexcept lambda: 0:\n    import b",
        "if TYPE_CHECKING or f('(', lambda: 0):\n    import a",
        "from typing import TYPE_CHECKING as TC",
        "TC = typing.TYPE_CHECKING\nif TC:\n    import a",
        "from caf\u{e9} import b",
        "import a . b",
        "x = (",
    ] {
        assert!(scan(&format!("{statement}\nimport z\n")).is_none(), "{statement}");
    }
}

#[test]
fn time_is_linear_in_hostile_text() {
    // 1 MB each; anything quadratic would take hours.
    for unit in [
        "import\n",
        "from a import (",
        "'''",
        "f'{",
        "if x:\n",
        "\\\n",
        "(",
        "#",
        "\"",
        "try:\n",
        "except:\n",
        "=TYPE_CHECKING ",
        "TYPE_CHECKING ",
    ] {
        let text = unit.repeat((1 << 20) / unit.len());
        scan(&text);
        scan(&format!("import a\n{text}\nimport b\n"));
        scan(&format!("import a\nif x: pass\n{text}\nimport b\n"));
    }
    for line in ["if (", "x (", "f(;"] {
        let imports = "from a import (".repeat(1 << 16);
        scan(&format!("{line}{imports}\nimport b\n"));
        scan(&format!("{}{imports}\nimport b\n", " ".repeat(1 << 20)));
    }
    let lambdas = "lambda ".repeat(1 << 17);
    scan(&format!("if TYPE_CHECKING or ({lambdas}): pass\nimport b\n"));
}

/// On the stack of a test: a field in a format in a field takes some, however it is ended.
#[test]
fn formats_without_end() {
    for form in ["{x:", "{x:>{y:", "{f'{x:"] {
        let text = format!("f'{}\nimport a\n", form.repeat(1_000_000));
        assert!(scan(&text).is_none(), "{form}");
    }
}
