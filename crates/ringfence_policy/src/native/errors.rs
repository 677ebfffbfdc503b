//! What is said about configs that are wrong.

use super::*;

/// Each diagnostic as `line:column text: message`, followed by its annotation, labels and help.
fn render(documents: &[Document], diagnostics: &[Diagnostic]) -> String {
    let mut lines = Vec::new();
    for diagnostic in diagnostics {
        let place = |file: FileId, range: ruff_text_size::TextRange| {
            let text = documents.iter().find(|document| document.file == file).unwrap().text;
            let before = &text[..range.start().to_usize()];
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            format!("{}@{line}:{column} {:?}", file.index(), &text[range])
        };
        lines.push(format!("{}: {}", place(diagnostic.file, diagnostic.range), diagnostic.message));
        lines.extend(diagnostic.annotation.iter().map(|annotation| format!("    ^ {annotation}")));
        for label in &diagnostic.labels {
            lines.push(format!("    - {}: {}", place(label.span.file, label.span.range), label.message));
        }
        lines.extend(diagnostic.help.iter().map(|help| format!("    help: {help}")));
    }
    lines.join("\n")
}

fn document(text: &str, kind: DocumentKind) -> Document<'_> {
    Document { file: FileId::new(1), text, kind }
}

/// What is said about a `ringfence.toml`.
fn said(text: &str) -> String {
    let document = document(text, DocumentKind::Ringfence);
    render(&[document], &read(Some(&document), &[]).1)
}

/// The messages alone, one a line.
fn messages(diagnostics: &[Diagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect()
}

#[test]
fn every_kind_of_mistake_is_said_at_its_place_and_all_at_once() {
    let found = format!("{}\n", said(include_str!("errors/every.toml")));
    if std::env::var_os("RINGFENCE_UPDATE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/errors/every.txt");
        std::fs::write(path, &found).unwrap();
    } else {
        let update = "update every.txt: RINGFENCE_UPDATE=1 cargo test -p ringfence_policy mistake";
        assert_eq!(found, include_str!("errors/every.txt"), "{update}");
    }
}

#[test]
fn a_mistake_of_syntax_does_not_hide_others_nor_make_more() {
    for (text, expected) in [
        (
            "select\nlayer = 1\n",
            "1@1:7 \"\": invalid TOML: key with no value, expected `=`\n1@2:1 \"layer\": unknown key `layer`",
        ),
        (
            "exhaustive: true\nexhaustiv: true\nselect = 1",
            "1@1:11 \":\": invalid TOML: invalid unquoted key, expected letters, numbers, `-`, `_`\n\
             1@2:10 \":\": invalid TOML: invalid unquoted key, expected letters, numbers, `-`, `_`\n\
             1@3:10 \"1\": wrong type for `select`: expected an array of strings, found an integer",
        ),
        (
            "select = [\"a\" \"b\" \"c\"]\nignore = 1",
            "1@1:15 \"\": invalid TOML: missing comma between array elements, expected `,`\n\
             1@2:10 \"1\": wrong type for `ignore`: expected an array of strings, found an integer",
        ),
        (
            "ignore = 1\nselect = [\"a\nexclude = 3\n[modules.x]\nlayer = 3\n",
            "1@1:10 \"1\": wrong type for `ignore`: expected an array of strings, found an integer\n\
             1@2:13 \"\": invalid TOML: invalid basic string, expected `\"`\n    - 1@2:10 \"[\": never closed",
        ),
        ("select = [\"a\", # one\n", "1@1:10 \"[\": invalid TOML: unclosed array, expected `]`"),
        ("[modules]\nx = {layer = \"a\"\n", "1@2:5 \"{\": invalid TOML: unclosed inline table, expected `}`"),
        (
            "select = []\nselect = 3",
            "1@2:1 \"select\": duplicate key `select`\n    - 1@1:1 \"select\": first written here",
        ),
        (
            "[modules.a]\nlayer = \"1\"\n[modules.b]\nlayer = \"1\"\n[modules.a]\nlayer = \"1\"",
            "1@5:10 \"a\": duplicate key `a`\n    - 1@1:10 \"a\": first written here\n\
             1@6:1 \"layer\": duplicate key `layer`\n    - 1@2:1 \"layer\": first written here",
        ),
        (
            "select = [RF1]",
            "1@1:11 \"RF1\": invalid TOML: string values must be quoted, expected literal string",
        ),
        (
            "[[modules]]\npath = \"a\"",
            "1@1:1 \"[[modules]]\": wrong type for `modules`: \
             expected a table of boundary modules by dotted name or pattern, found an array",
        ),
    ] {
        let found = said(text);
        let kept = |line: &&str| !line.starts_with("    ^") && !line.starts_with("    help");
        let found: Vec<&str> = found.lines().filter(kept).collect();
        assert_eq!(found.join("\n"), expected, "{text}");
    }
}

#[test]
fn what_would_overflow_the_parser_is_refused() {
    let wide = vec!["a"; 1_000].join(".");
    assert!(!said(&format!("[{wide}]\n{wide} = 1")).contains("nested too deeply"));
    let wide = vec!["a"; 100_000].join(".");
    for text in [format!("select = 1\n[{wide}]"), format!("{wide} = 1"), format!("x = {{ {wide} = 1 }}")] {
        assert!(said(&text).contains("invalid TOML: nested too deeply"));
    }
    assert!(said(&format!("x = {}", "[".repeat(100_000))).contains("invalid TOML"));
}

#[test]
fn a_pyproject_is_read_below_its_table() {
    let text = r#"[project]
name = "x"
[tool.ringfence]
layer = "x"
[tool.ringfence.modules."a.b"]
depend-on = []
select = []
"#;
    let document = document(text, DocumentKind::Pyproject);
    let (policy, diagnostics) = read(Some(&document), &[]);
    assert_eq!(policy.modules.len(), 1);
    let expected = r#"1@4:1 "layer": unknown key `layer` in `[tool.ringfence]`
    ^ unknown key
    help: `layer` belongs in the table of a module: `[tool.ringfence.modules."the.module"]`
1@6:1 "depend-on": unknown key `depend-on` in `[tool.ringfence.modules."a.b"]`
    ^ unknown key
    help: did you mean `depends-on`?
1@7:1 "select": unknown key `select` in `[tool.ringfence.modules."a.b"]`
    ^ unknown key
    help: `select` belongs in `[tool.ringfence]`"#;
    assert_eq!(render(&[document], &diagnostics), expected);
}

#[test]
fn a_pyproject_has_a_config_where_it_names_the_tool_in_a_header() {
    for (text, expected) in [
        ("[tool.ringfence]\n", true),
        ("[tool.ringfence.modules.\"a\"]\n", true),
        ("tool.ringfence.exhaustive = true", true),
        ("[tool]\nringfence = 3", true),
        ("[tool.other]\nname = \"ringfence\"\n", false),
        ("[project]\ndependencies = [\"ringfence\"]\n", false),
        ("# [tool.ringfence]\n", false),
        ("name = \n[tool.ringfence]\n", true),
        ("x = [\n[tool.ringfence]\nselect = []\n", true),
        ("x = [\n [ tool.ringfence.modules.x]\nselect = []\n", true),
        ("x = [\n\"ringfence\"\n", false),
        ("x = [\n[tool.ringfencer]\n", false),
        ("", false),
    ] {
        assert_eq!(has_config(text), expected, "{text}");
    }
}

#[test]
fn overrides_win_over_the_file_and_say_where_they_are_wrong() {
    let text = "select = [\"RF1\"]\nexhaustive = true\n[modules.\"a.b\"]\nlayer = \"x\"\nowner = \"me\"";
    let main = document(text, DocumentKind::Ringfence);
    let overrides: Vec<Document> = [
        "select = [\"RF2\"]",
        "modules.\"a.b\".layer = \"y\"",
        "exhaustive = false",
        "ignor = []",
        "select = [\"RF3\"]",
    ]
    .into_iter()
    .enumerate()
    .map(|(index, text)| Document { file: FileId::new(2 + index), text, kind: DocumentKind::Override })
    .collect();
    let (policy, diagnostics) = read(Some(&main), &overrides);
    assert_eq!(messages(&diagnostics), ["unknown key `ignor`"]);
    assert_eq!(diagnostics[0].file, FileId::new(5));
    let select = policy.linter.select.unwrap();
    assert_eq!(select.len(), 1);
    assert_eq!((select[0].value.as_str(), select[0].span.file), ("RF3", FileId::new(6)));
    assert_eq!(policy.exhaustive_layers, None);
    assert_eq!(policy.modules.len(), 1);
    let module = &policy.modules[0];
    assert_eq!(module.pattern.span.file, FileId::new(1));
    assert_eq!(module.layer.as_ref().map(|layer| layer.value.as_str()), Some("y"));
    assert_eq!(module.owner.as_ref().map(|owner| owner.value.as_str()), Some("me"));

    let (policy, diagnostics) = read(None, &overrides[..1]);
    assert_eq!((policy.config, diagnostics.len()), (FileId::new(0), 0));
    assert!(policy.linter.select.is_some() && policy.modules.is_empty());
}

/// Reads `text` as the `ringfence.module.toml` of `package`, after a main file that declares `shop.web`.
fn package(text: &str, package: &str) -> (String, String) {
    let text_of_main = "[modules.\"shop.web\"]\n";
    let main = Document { file: FileId::new(0), text: text_of_main, kind: DocumentKind::Ringfence };
    let (mut policy, diagnostics) = read(Some(&main), &[]);
    assert_eq!(diagnostics, []);
    let document = document(text, DocumentKind::Package);
    let diagnostics = read_package(&mut policy, &document, package);
    (write(&policy), render(&[main, document], &diagnostics))
}

#[test]
fn names_in_a_package_are_relative_as_in_python() {
    let text = r#"layer = "services"
depends-on = [".api", "..billing", "shop.core", { module = "..", deprecated = true }]
forbids = ["..web.**"]
exposes = ["Order"]
visible-to = ["..*"]
[modules."api.v1"]
depends-on = [".", "..core"]
"#;
    let (policy, said) = package(text, "shop.orders");
    assert_eq!(said, "");
    let expected = r#"[modules."shop.web"]

[modules."shop.orders"]
layer = "services"
depends-on = [
    "shop.orders.api",
    "shop.billing",
    "shop.core",
    { module = "shop", deprecated = true },
]
forbids = ["shop.web.**"]
exposes = ["Order"]
visible-to = ["shop.*"]

[modules."shop.orders.api.v1"]
depends-on = ["shop.orders", "shop.core"]
"#;
    assert_eq!(policy, expected);
}

#[test]
fn a_package_is_declared_where_its_file_describes_it_or_is_empty() {
    for (text, expected) in [
        ("", true),
        ("# nothing\n", true),
        ("\"$schema\" = \"x\"", true),
        ("owner = \"me\"", true),
        ("[modules.\"api\"]\n", false),
        ("exposes = []\n[modules.\"api\"]\n", true),
    ] {
        let (policy, said) = package(text, "shop.orders");
        assert_eq!(said, "", "{text}");
        assert_eq!(policy.contains("[modules.\"shop.orders\"]"), expected, "{text}");
    }
}

#[test]
fn mistakes_in_a_package_are_said_in_its_file() {
    for (text, name, expected) in [
        (
            "depends-on = ['....x']\n",
            "shop.orders",
            r#"1@1:15 "'....x'": `....x` leads out of the top-level package of `shop.orders`
    ^ too many dots
    help: `.` is `shop.orders` here, and each further dot one package up"#,
        ),
        (
            "depends-on = ['..x']\n",
            "shop",
            r#"1@1:15 "'..x'": `..x` leads out of the top-level package of `shop`
    ^ too many dots
    help: `.` is `shop` here, and each further dot one package up"#,
        ),
        (
            "depends-on = ['.']\n",
            "shop",
            r#"1@1:15 "'.'": module `shop` lists itself in `depends-on`
    ^ a module may always import itself
    help: remove `shop` from its own `depends-on`"#,
        ),
        (
            "depends-on = ['.a', 'shop.a']\n",
            "shop",
            r#"1@1:21 "'shop.a'": `shop.a` is listed twice in `depends-on` of `shop`
    ^ listed again
    - 1@1:15 "'.a'": first listed here"#,
        ),
        (
            "owner = 'me'\n",
            "shop.web",
            r#"1@1:1 "": module `shop.web` is declared twice
    ^ declared again
    - 0@1:10 "\"shop.web\"": first declared here
    help: keep one of the two declarations"#,
        ),
        (
            "[modules.web]\n",
            "shop",
            r#"1@1:10 "web": module `shop.web` is declared twice
    ^ declared again
    - 0@1:10 "\"shop.web\"": first declared here
    help: keep one of the two declarations"#,
        ),
        (
            "select = []\n",
            "shop",
            r#"1@1:1 "select": unknown key `select`
    ^ unknown key
    help: `select` belongs in `ringfence.toml` or `[tool.ringfence]`"#,
        ),
        (
            "[modules.'.api']\n",
            "shop",
            r#"1@1:10 "'.api'": module name `.api` has an empty segment
    ^ has an empty segment
    help: these names are counted from the package: write `api`"#,
        ),
    ] {
        assert_eq!(package(text, name).1, expected, "{text}");
    }
}

#[test]
fn every_example_of_the_options_is_right() {
    for (header, fields, kind) in [
        ("", FIELDS, DocumentKind::Ringfence),
        ("[modules.\"shop.x\"]\n", crate::options::MODULE_FIELDS, DocumentKind::Ringfence),
        ("", PACKAGE_FIELDS, DocumentKind::Package),
    ] {
        for field in fields {
            let text = format!("{header}{}\n", field.example);
            let document = document(&text, kind);
            let diagnostics = match kind {
                DocumentKind::Package => read_package(&mut empty(FileId::new(0)), &document, "shop.y"),
                _ => read(Some(&document), &[]).1,
            };
            assert_eq!(diagnostics, [], "{text}");
        }
    }
}
