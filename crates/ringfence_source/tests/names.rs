//! What the facts say of names: each case is a source and its variables, one a line.
//!
//! `scope name: bindings | uses`. A binding is how it is bound, with `?` if it may be skipped and `@` before the scope
//! of a statement elsewhere. A use is its place with the attributes reached, `>` in a function, `~` where a class may have
//! the name itself, and `=n` where it certainly means binding n.

use std::fmt::Write as _;

use ringfence_source::{
    BindingKind, DynamicNames, Exports, ModuleFacts, ParsedFile, ReferenceContext, STACK_SIZE, ScopeId,
    SourceKind, parse_module,
};
use ruff_text_size::TextRange;

fn parsed(source: &str) -> ParsedFile {
    let source = source.to_string();
    let worker = std::thread::Builder::new()
        .stack_size(STACK_SIZE)
        .spawn(move || parse_module(&source, SourceKind::Python));
    let joined = worker.map(std::thread::JoinHandle::join);
    assert!(matches!(joined, Ok(Ok(_))), "the parser failed");
    joined.ok().and_then(Result::ok).unwrap_or_default()
}

fn module(source: &str) -> ModuleFacts {
    let parsed = parsed(source);
    assert_eq!(parsed.facts.syntax_error, None, "{source}");
    parsed.module
}

fn slice(source: &str, range: TextRange) -> &str {
    &source[range.to_std_range()]
}

fn scope_name(module: &ModuleFacts, scope: ScopeId) -> String {
    match module.scopes[scope.index()].name {
        Some(name) => module.name(name).to_string(),
        None => format!("{:?}", module.scopes[scope.index()].kind).to_lowercase(),
    }
}

/// The variables of these names.
fn render(source: &str, names: &[&str]) -> Result<String, std::fmt::Error> {
    let module = module(source);
    let mut text = String::new();
    for variable in module.variables().iter().filter(|it| names.contains(&module.name(it.name))) {
        let (scope, name) = (scope_name(&module, variable.scope), module.name(variable.name));
        write!(text, "{scope} {name}:")?;
        for binding in &variable.bindings {
            let how = match binding.how {
                BindingKind::Import { binds_top_level: true, .. } => "top".to_string(),
                how => format!("{how:?}").split([' ', '{']).next().unwrap_or_default().to_lowercase(),
            };
            write!(text, " {how}{}", if binding.is_conditional() { "?" } else { "" })?;
            if binding.scope != variable.scope {
                write!(text, "@{}", scope_name(&module, binding.scope))?;
            }
        }
        text.push_str(" |");
        for used in &variable.uses {
            // What stands at the range is the name, or the string that holds it.
            let written = slice(source, used.range);
            assert!(written.contains(name.trim_start_matches("_A")) || written.contains('"'), "{written}");
            let place = format!("{:?}", used.place).to_lowercase();
            write!(text, " {}{place}", if used.is_deferred() { ">" } else { "" })?;
            for attribute in &used.chain {
                assert_eq!(slice(source, attribute.range), module.name(attribute.name));
                write!(text, ".{}", module.name(attribute.name))?;
            }
            text.push_str(if used.falls_through { "~" } else { "" });
            if let Some(binding) = used.binding {
                write!(text, "={binding}")?;
            }
        }
        text.push('\n');
    }
    Ok(text)
}

#[track_caller]
fn check(names: &[&str], cases: &[(&str, &[&str])]) {
    for (source, expected) in cases {
        let found = render(source, names).unwrap_or_default();
        assert_eq!(found.lines().map(str::trim_end).collect::<Vec<_>>(), *expected, "{source}");
    }
}

#[test]
fn how_a_name_is_bound() {
    check(
        &["a"],
        &[
            ("import a", &["module a: top |"]),
            ("import a.b.c", &["module a: top |"]),
            ("import b.c as a", &["module a: import |"]),
            ("from b import a", &["module a: import |"]),
            ("from b import c as a", &["module a: import |"]),
            ("from . import a", &["module a: import |"]),
            ("from a import *", &[]),
            ("def a(): pass", &["module a: function |"]),
            ("async def a(): pass", &["module a: function |"]),
            ("class a: pass", &["module a: class |"]),
            ("a = 1", &["module a: assignment |"]),
            ("x = (a, [*b]) = c", &["module a: assignment |"]),
            ("[x, *a] = b", &["module a: assignment |"]),
            ("a: int", &["module a: declaration |"]),
            ("a: int = 1", &["module a: assignment |"]),
            ("(a): int", &[]),
            ("(a): int = 1", &["module a: assignment |"]),
            ("a += 1", &["module a: augmented | value=0"]),
            ("for a in b: pass", &["module a: for? |"]),
            ("with b as (a, c): pass", &["module a: with |"]),
            ("try: pass\nexcept E as a: pass", &["module a: except? deletion? |"]),
            ("match x:\n case [a]: pass", &["module a: pattern? |"]),
            ("match x:\n case {'k': 1, **a}: pass", &["module a: pattern? |"]),
            ("match x:\n case [*a]: pass", &["module a: pattern? |"]),
            ("match x:\n case C(y=1) as a: pass", &["module a: pattern? |"]),
            ("match x:\n case a.b: pass", &["module a: | value.b"]),
            ("(a := 1)", &["module a: walrus |"]),
            ("[(a := x) for x in y]", &["module a: walrus |"]),
            ("type a = int", &["module a: typealias |"]),
            ("del a", &["module a: deletion |"]),
            ("del a.b", &["module a: | value.b"]),
            ("a.b = 1", &["module a: | value.b"]),
            ("a[0] = 1", &["module a: | value"]),
            ("def f():\n global a\n a = 1", &["module a: assignment@f |"]),
            ("def f():\n global a\n import a.b", &["module a: top@f |"]),
            ("class C:\n global a\n def a(self): pass", &["module a: function@C |"]),
            ("if x: import a", &["module a: top? |"]),
            ("if TYPE_CHECKING: import a", &["module a: top? |"]),
            ("try: import a\nexcept ImportError: a = None", &["module a: top? assignment? |"]),
            ("with suppress(ImportError): import a", &["module a: top |"]),
            ("while x: import a", &["module a: top? |"]),
        ],
    );
}

#[test]
fn which_scope_a_name_means() {
    check(
        &["__class__"],
        &[
            ("class C:\n def f(self): return __class__.x", &[]),
            ("class C: x = __class__", &["module __class__: | value"]),
            ("def f(): return __class__", &["module __class__: | >value"]),
        ],
    );
    check(
        &["a", "_A__a"],
        &[
            ("import a\ndef f(): return a", &["module a: top | >value=0"]),
            ("import a\ndef f(a): return a", &["module a: top |"]),
            ("import a\ndef f(*a): return a", &["module a: top |"]),
            ("import a\ndef f(b, **a): return a", &["module a: top |"]),
            ("import a\ndef f():\n a\n a = 1", &["module a: top |"]),
            ("import a\ndef f():\n a\n if x: del a", &["module a: top |"]),
            ("import a\ndef f():\n for a in b: a", &["module a: top |"]),
            ("import a\ndef f():\n with b as a: a", &["module a: top |"]),
            ("import a\ndef f():\n (a := 1)\n return a", &["module a: top |"]),
            ("import a\ndef f():\n [a := 1 for b in c]\n return a", &["module a: top |"]),
            ("import a\ndef f():\n match x:\n  case a: return a", &["module a: top |"]),
            ("import a\ndef f():\n global a\n return a", &["module a: top | >value=0"]),
            ("import a\ndef f():\n global a\n a = a.b", &["module a: top assignment@f | >value.b"]),
            (
                "import a\ndef f():\n a = 1\n def g():\n  nonlocal a\n  a = 2\n  return a",
                &["module a: top |"],
            ),
            ("import a\ndef f(a):\n def g():\n  global a\n  return a", &["module a: top | >value=0"]),
            ("import a\ndef f(a):\n def g(): return a", &["module a: top |"]),
            ("def f():\n import a\n def g(): return a.b", &["f a: top | >value.b=0"]),
            ("def f():\n import a\ndef g(): return a", &["module a: | >value", "f a: top |"]),
            ("import a\nlambda a: a", &["module a: top |"]),
            ("import a\nlambda b=a: a", &["module a: top | default=0 >value=0"]),
            ("import a\n[a for a in a]", &["module a: top | value=0"]),
            ("import a\n[b for b in c for d in a if a]", &["module a: top | value=0 value=0"]),
            ("import a\n{a: 1 for b in a}", &["module a: top | value=0 value=0"]),
            ("import a\nclass C:\n a = a", &["module a: top | value~=0"]),
            ("import a\nclass C:\n a = 1\n def f(self): return a", &["module a: top | >value=0"]),
            ("import a\nclass C:\n a = 1\n b = [a for x in y]", &["module a: top | value=0"]),
            ("import a\nclass C:\n a = 1\n b = [x for x in a]", &["module a: top | value~=0"]),
            ("import a\nclass C:\n a = 1\n class D: b = a", &["module a: top | value=0"]),
            ("class C:\n import a\n b = a.c", &["module a: | value.c~", "C a: top | value.c=0"]),
            ("import a\ndef f[a](x: a) -> a: return a", &["module a: top |"]),
            ("import a\ndef f[T: a](x=a): return T", &["module a: top | default=0 typeexpression=0"]),
            ("import a\nclass C[a](B[a]): x = a", &["module a: top |"]),
            ("import a\ntype X[a] = a", &["module a: top |"]),
            ("import a\ntype X = a.b", &["module a: top | typeexpression.b=0"]),
            ("import a\nclass C:\n a = 1\n def f[T: a](self): pass", &["module a: top | typeexpression~=0"]),
            ("from b import __a\nclass A:\n def f(self): return __a", &["module _A__a: | >value"]),
            ("class _A:\n import __a\n __a.__b.c", &["module _A__a: | value~", "_A _A__a: top | value=0"]),
        ],
    );
}

#[test]
fn what_a_name_is_read_for() {
    check(
        &["a"],
        &[
            ("import a\na.b.c().d", &["module a: top | value.b.c=0"]),
            ("import a\na.b[0].c", &["module a: top | value.b=0"]),
            ("import a\n(a.b).c = 1", &["module a: top | value.b.c=0"]),
            ("import a\nf'{a.b!r:{a.c}}'", &["module a: top | value.b=0 value.c=0"]),
            ("import a\n@a.b(a.c)\ndef f(): a", &["module a: top | decorator.b=0 decorator.c=0 >value=0"]),
            ("import a\nclass C(a.B, m=a.c): x = a", &["module a: top | base.B=0 base.c=0 value=0"]),
            ("import a\ndef f(x=a, *, y=a.b): pass", &["module a: top | default=0 default.b=0"]),
            ("import a\ndef f(x: a) -> a.b: pass", &["module a: top | annotation=0 annotation.b=0"]),
            ("import a\nx: a.b = a", &["module a: top | value=0 annotation.b=0"]),
            ("import a\ndef f():\n x: a.b = 1", &["module a: top | >localannotation.b=0"]),
            ("import a\ndef f(self):\n self.x: a = 1", &["module a: top | >localannotation=0"]),
            ("import a\nclass C:\n x: a", &["module a: top | annotation=0"]),
            ("import a\nx: 'a.b'", &["module a: top | quoted.b=0"]),
            ("import a\nx: 'list[\"a.b\"]'", &["module a: top | quoted.b=0"]),
            ("import a\nx: Optional['a.b']", &["module a: top | quoted.b=0"]),
            ("import a\nx: Literal['a']", &["module a: top |"]),
            ("import a\nx: Annotated['a', 'a', a]", &["module a: top | quoted=0 annotation=0"]),
            ("import a\nX = Optional['a.b']", &["module a: top | quoted.b=0"]),
            ("import a\nx = data['a']", &["module a: top |"]),
            ("import a\ncast('a.b', x)\ncast(a, 'a')", &["module a: top | quoted.b=0 value=0"]),
            ("import a\nTypeVar('a', bound='a.b')", &["module a: top | quoted.b=0"]),
            ("import a\nclass C(Base['a']): pass", &["module a: top | quoted=0"]),
            ("import a\nx: '''\n a.b'''", &["module a: top | quoted.b=0"]),
            ("import a\nx: 'not a type ('", &["module a: top |"]),
            ("import a\n__all__ = ['a']", &["module a: top | exported=0"]),
            ("import a\n__all__ += ('a',)", &["module a: top | exported=0"]),
            ("import a\nglobal_ = lambda: a", &["module a: top | >value=0"]),
            ("import a\na += 1", &["module a: top augmented | value=0"]),
            ("import a\na = a.b", &["module a: top assignment | value.b=0"]),
            ("import a\nraise a.E from a.F", &["module a: top | value.E=0 value.F=0"]),
        ],
    );
    // The names of a type that is pieced together are somewhere in it.
    let source = "import a\nx: \"a\" \".b\"";
    let facts = module(source);
    assert_eq!(slice(source, facts.global("a").unwrap().uses[0].range), "\"a\" \".b\"");
}

#[test]
fn which_binding_a_use_means() {
    check(
        &["a"],
        &[
            ("import a.b\nimport a.c\na.d", &["module a: top top | value.d=1"]),
            ("import a\na\na = f(a)\na", &["module a: top assignment | value=0 value=0 value=1"]),
            ("import a\na = 1\ndef f(): a", &["module a: top assignment | >value"]),
            ("def f(): a\nimport a", &["module a: top | >value=0"]),
            ("try: import a\nexcept E: a = 1\na", &["module a: top? assignment? | value"]),
            ("try:\n import a\n a.b\nexcept E: a = 1", &["module a: top? assignment? | value.b=0"]),
            ("import a\nif x: a = 1\nelse: a.b\na", &["module a: top assignment? | value.b value"]),
            ("import a\nfor x in y:\n a.b\n a = 1", &["module a: top assignment? | value.b"]),
            ("import a\nwhile a.b:\n a = 1", &["module a: top assignment? | value.b"]),
            ("for x in y:\n import a\n a.b\n del a", &["module a: top? deletion? | value.b=0"]),
            ("import a\ndel a\na", &["module a: top deletion | value=1"]),
            ("import a\ndef f():\n global a\n a = 1\na", &["module a: top assignment@f | value"]),
            ("import a\n[a for x in y]\na = 1", &["module a: top assignment | value=0"]),
            ("import a\ng = (a for x in y)\na = 1", &["module a: top assignment | value"]),
            ("import a\nclass C: x = a\na = 1", &["module a: top assignment | value=0"]),
            ("import a\nx: 'a'\na = 1", &["module a: top assignment | quoted"]),
            ("def f():\n import a\n a.b\n a = 1", &["f a: top assignment | >value.b=0"]),
        ],
    );
}

#[test]
fn exports() {
    let exported = |source: &str| match module(source).exports.clone() {
        Exports::Absent => "absent".to_string(),
        Exports::Listed(names) => {
            let module = module(source);
            let names: Vec<&str> = names
                .iter()
                .map(|(name, range)| {
                    assert_eq!(module.name(*name), slice(source, *range));
                    slice(source, *range)
                })
                .collect();
            names.join(" ")
        }
        Exports::Computed(range) => format!("computed: {}", slice(source, range)),
    };
    for (source, expected) in [
        ("x = 1", "absent"),
        ("__all__ = []", ""),
        ("__all__ = ['a', \"b\"]", "a b"),
        ("__all__: list[str] = ['a']", "a"),
        ("__all__ = ('a',) + ('b',)", "a b"),
        ("__all__ = ['a']\n__all__ += ['b']\n__all__.extend(('c',))\n__all__.append('d')", "a b c d"),
        ("__all__ = ['a']\n__all__ = ['b']", "b"),
        ("__all__ = ['a'] + other.__all__", "computed: ['a'] + other.__all__"),
        ("__all__ = ['a']\n__all__ += other.__all__", "computed: other.__all__"),
        ("__all__ = ['a']\n__all__.append(b)", "computed: __all__.append(b)"),
        ("__all__ = ['a']\n__all__.remove('a')", "computed: __all__.remove('a')"),
        ("__all__ = [*a]", "computed: [*a]"),
        ("def f(): __all__ = ['a']", "absent"),
    ] {
        assert_eq!(exported(source), expected, "{source}");
    }
}

#[test]
fn names_that_no_statement_shows() {
    for (source, expected) in [
        ("globals()['a'] = 1", vec![DynamicNames::Namespace]),
        ("vars()", vec![DynamicNames::Namespace]),
        ("vars(x); locals", vec![]),
        ("exec('a = 1')", vec![DynamicNames::Code]),
        ("setattr(sys.modules[__name__], 'a', 1)", vec![DynamicNames::LoadedModules]),
        ("sys.modules['b'] = x", vec![DynamicNames::LoadedModules]),
    ] {
        let found: Vec<DynamicNames> = module(source).dynamic.iter().map(|(names, _)| *names).collect();
        assert_eq!(found, expected, "{source}");
    }
    assert!(module("def __getattr__(name): ...").computes_attributes());
    assert!(!module("class C:\n def __getattr__(self, name): ...").computes_attributes());
    assert!(module("from __future__ import annotations").future_annotations);
}

#[test]
fn strings_that_look_like_names() {
    let source = "patch('a.b._c', 'a', 'a..b', 'a.b c', '1.2', '', f'x.y', 'e.é')";
    let module = module(source);
    let found: Vec<(&str, &str)> = module
        .dotted_strings
        .iter()
        .map(|(name, range)| (module.name(*name), slice(source, *range)))
        .collect();
    assert_eq!(found, [("a.b._c", "a.b._c"), ("e.é", "e.é")]);
}

#[test]
fn imports_are_those_of_the_facts() {
    let source = "__import__('z')\nimport a.b, c as d\nfrom e import f\n";
    let parsed = parsed(source);
    for (name, written) in [("a", "a.b"), ("d", "c"), ("f", "f")] {
        let BindingKind::Import { import, name: position, .. } =
            parsed.module.global(name).unwrap().bindings[0].how
        else {
            panic!("{name} is imported")
        };
        let imported = parsed.facts.names[position as usize];
        assert_eq!(parsed.facts.name(imported.name), written);
        assert!(parsed.facts.imports[import as usize].name_indices().contains(&position));
    }
}

#[test]
fn broken_and_deep_sources_do_not_matter() {
    for source in [
        "from a. import b\nimport \nx.",
        "def f(a, a): a\nglobal x",
        "a.b.\nimport c",
        "lambda: (yield)\nclass C(: pass",
    ] {
        parsed(source);
    }
    let deep = format!("x = {}1{}", "(".repeat(20_000), ")".repeat(20_000));
    assert_eq!(parsed(&deep).module.global("x").map(|x| x.bindings.len()), Some(1));
    let chain = format!("import a\na{}", ".b".repeat(100_000));
    assert_eq!(parsed(&chain).module.global("a").unwrap().uses[0].chain.len(), 100_000);
    let sum = format!("import a\na{}", " + a".repeat(100_000));
    assert_eq!(parsed(&sum).module.global("a").unwrap().uses.len(), 100_001);
    let string = format!("x: '{}a'", "(".repeat(10_000));
    assert_eq!(parsed(&string).module.global("a"), None);
    assert_eq!(ReferenceContext::Value, parsed("import a\na").module.global("a").unwrap().uses[0].place);
}

#[test]
fn annotations_know_whose_they_are_and_definitions_what_they_are_built_from() {
    let source = "\
\"\"\"Doc.\"\"\"
x: int = 1

@app.get(\"/\")
@(lambda f: f)
def outer(a: list[int], *b: str) -> bytes:
    \"\"\"Doc.\"\"\"
    y: float = 1
    @cached
    class Inner(Base[T], a.b.Other, metaclass=Meta, key=1):
        z: dict
    return a
";
    let module = module(source);
    let names = |references: &[Option<ringfence_source::DottedName>]| -> Vec<&str> {
        references.iter().map(|it| it.map_or("?", |it| module.name(it.name))).collect()
    };
    let definitions: Vec<_> = module
        .definitions
        .iter()
        .map(|it| (slice(source, it.name), it.is_class, it.parent, names(&it.decorators), names(&it.bases)))
        .collect();
    let expected = [
        ("outer", false, None, vec!["app.get", "?"], vec![]),
        ("Inner", true, Some(0), vec!["cached"], vec!["Base", "a.b.Other", "Meta"]),
    ];
    assert_eq!(definitions, expected);
    let annotations: Vec<_> = module.annotations.iter().map(|it| (slice(source, it.range), it.of)).collect();
    // Of a variable inside of a function none is ever evaluated.
    let expected =
        [("int", None), ("list[int]", Some(0)), ("str", Some(0)), ("bytes", Some(0)), ("dict", Some(1))];
    assert_eq!(annotations, expected);
    let starts = |range: TextRange| slice(source, range).lines().next().unwrap_or_default().to_string();
    assert_eq!(
        module.definitions.iter().map(|it| starts(it.body)).collect::<Vec<_>>(),
        ["y: float = 1", "z: dict"]
    );
    assert!(module.body.is_some_and(|body| source[body.to_usize()..].starts_with("x: int")));
}
