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

/// What makes names of importing functions known, and calls of them.
const CALLS: &[&str] = &[
    "import importlib",
    "import importlib as il, builtins as b",
    "from importlib import import_module",
    "from importlib import *",
    "from importlib import util, import_module as im",
    "from builtins import __import__ as import_module",
    "from .importlib import import_module as relative",
    "importlib = import_module = None",
    "importlib.import_module('a')",
    "x = il.import_module('a.b')",
    "import_module('a')",
    "im('a')",
    "relative.import_module('a')",
    "x = importlib.import_module('.a', package='b.c')  # import_module('c')",
    "importlib.import_module('..a', __package__)",
    "return_ = importlib.import_module(f'{a}.b')",
    "importlib.import_module(name)",
    "importlib.import_module(*a)",
    "__import__('a', fromlist=['b', 'c'])",
    "__import__('a', globals(), locals(), ('b',), 1).d",
    "b.__import__('a'); __builtins__.__import__('b') ; x = 1",
    "x.y[__import__('a')] = __import__('b'), importlib.import_module('c')",
    "__import__('a', x=__import__(name), y=[importlib.import_module(z)])",
    "x: __import__('a') = __import__('b')",
    "x = lambda y=__import__('a'): __import__('b')",
    "x = [__import__('a') for y in __import__('b') if importlib.import_module(y)]",
    "x = '__import__(\"a\")'  # __import__('a')",
    "'''\n__import__('a')\n'''; import b",
    "x = f'{__import__(\"a\")} {y!r:>{__import__(\"b\")}}'",
    "x = rf'__import__'; y = {'__import__': b'import_module'}",
    "x = (\n  # __import__('c')\n  __import__('a'),\n\n  importlib . import_module(\n'b'  # d\n  ),\n)",
    "x = \\\n  __import__('a')",
    "assert __import__('a'), __import__('b')",
    "del __import__('a').b, x",
    "raise __import__('a').Error from importlib.import_module(x)",
    "x += __import__('a')",
    "@__import__('a').b\ndef f(): pass",
    "@a(\nimportlib.import_module('b'))\nclass A(__import__('c')): pass",
    "def f(a=__import__('a'), *b: __import__('b')) -> __import__('c'): return __import__('d')",
    "class A: x = __import__('a')",
    "if __import__('a'): import b",
    "if x: __import__('a'); importlib.import_module('b')",
    "while __import__('a'): break",
    "for x in importlib.import_module('a'): __import__('b')",
    "with __import__('a') as x, importlib.import_module('b'): pass",
    "match __import__('a'):\n case __import__.b: pass",
    "match = __import__('a')",
    "match(__import__('a')); case = __import__('b')",
    "if lambda: 0: __import__('a')",
    "if lambda: __import__('a'): __import__('b')",
    "try: __import__('a')\nexcept ImportError: __import__('b')",
    "try: pass\nexcept __import__('a').Error: pass",
    "type X = __import__('a')",
    "print(caf\u{e9}, __import__('\u{e9}', fromlist=('\u{e8}', 'f')))",
    "\u{ff49}mport_module('a')",
    "x = f'{\u{ff49}mportlib.import_module(\"a\")}'",
    "self.import_module('a')",
    "x__import__ = import_modules",
    "global caf\u{e9}",
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
    Call(usize),
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
        1 => (0..CALLS.len()).prop_map(Node::Call),
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
            // Continued lines stand where they are written; what has a suite or a decorator is several lines.
            if number == 0 || ["@", "try:", "match "].iter().any(|head| text.starts_with(head)) {
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
            Node::Call(number) => self.line(depth, CALLS[*number]),
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

/// Lines of imports and calls in blocks that the scanner knows.
fn calling_program() -> impl Strategy<Value = String> {
    const BLOCKS: &[&str] =
        &["def f():", "class A:", "if x:", "if TYPE_CHECKING:", "with suppress(ImportError):"];
    let block = prop::option::weighted(0.3, 0..BLOCKS.len());
    let line = (block, prop::collection::vec(0..CALLS.len(), 1..4));
    prop::collection::vec(line, 1..4).prop_map(|lines| {
        let mut writer = Writer { text: String::new(), newline: "\n", indent: "  " };
        for (block, calls) in lines {
            if let Some(block) = block {
                writer.line(0, BLOCKS[block]);
            }
            for call in calls {
                writer.line(usize::from(block.is_some()), CALLS[call]);
            }
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_scanner_tells_of_calls_what_the_parser_tells(text in calling_program()) {
        let parsed = parse(&text, SourceKind::Python);
        prop_assert_eq!(&parsed.syntax_error, &None, "{}", text);
        if let Some(scanned) = scan(&text) {
            prop_assert_eq!(scanned, parsed, "{}", text);
        }
    }
}

/// Each form alone, after what makes all names known that the scanner can follow.
#[test]
fn calls_in_simple_statements_take_no_parser() {
    const LEFT: &[&str] = &[
        "@",
        "def ",
        "class ",
        "if ",
        "while ",
        "for ",
        "with ",
        "match",
        "try:",
        "type ",
        "from importlib import util",
    ];
    let before = "import importlib as il, builtins as b\nfrom importlib import import_module\n";
    for call in CALLS {
        let text = format!("{before}try:\n  import c\nexcept ImportError:\n  pass\n{call}\nx = 1\n");
        let is_left = LEFT.iter().any(|start| call.starts_with(start));
        let expected = (!is_left).then(|| parse(&text, SourceKind::Python));
        assert_eq!(scan(&text), expected, "{text}");
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
        "importlib.import_module('a')",
        "from importlib import import_module\nx: int = import_module('.a', package=b)",
        "import importlib as il\nx = lambda: il.import_module('a')",
        "def f():\n    return f(__import__('a'), f'{__import__(b)}')",
        "if x:  # __import__('a')\n    '__import__(b)'",
        "\u{ff49}mportlib.import_module('a')",
        "def f():\n    '''\n    >>> import a\n    '''\nx = \"'''\", '\"\"\"'",
    ]) {
        assert!(scan(&format!("{statement}\nimport z\n")).is_some(), "{statement}");
    }
    for statement in [
        "from importlib import import_module as f\nf('a')",
        "from builtins import __import__ as f",
        "@__import__('a').b\ndef f(): pass",
        "def f(x=__import__('a')): pass",
        "if x: __import__('a')",
        "match = __import__('a')",
        "import importlib\nif caf\u{e9}:\n    importlib.import_module('a')",
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
        "__import__('a')\n",
        "__import__;",
        "__import__(",
        "x:__import__:",
        "import importlib as il\n",
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
