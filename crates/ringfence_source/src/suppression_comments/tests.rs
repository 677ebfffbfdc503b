//! Which directives stand in comments, and where they hold.

use std::fmt::Write;

use crate::{FileFacts, SourceKind, Suppression, SuppressionForm, extract, parse};
use ruff_text_size::TextRange;

fn slice(text: &str, range: TextRange) -> &str {
    &text[std::ops::Range::<usize>::from(range)]
}

/// `form [codes] reason until | directive | defect @ its text`, the empty parts left out.
fn describe(text: &str, facts: &FileFacts, suppression: &Suppression) -> String {
    let form = match suppression.form {
        SuppressionForm::Ignore => "ignore",
        SuppressionForm::FileIgnore => "file",
        SuppressionForm::Noqa => "noqa",
        SuppressionForm::TachIgnore => "tach",
    };
    let codes: Vec<&str> = suppression.codes.iter().map(|code| slice(text, code.range)).collect();
    for code in &suppression.codes {
        assert_eq!(facts.name(code.name), slice(text, code.range));
    }
    let mut line = format!("{form} [{}]", codes.join(" "));
    if let Some(reason) = suppression.reason {
        write!(line, " {}", facts.name(reason)).unwrap();
    }
    if let Some(until) = suppression.until {
        write!(line, " <{} {}>", until.date, slice(text, until.range)).unwrap();
    }
    if let Some(defect) = &suppression.defect {
        write!(line, " | {} @ {}", defect.message, slice(text, defect.range)).unwrap();
    }
    line
}

fn all(text: &str) -> Vec<String> {
    let facts = parse(text, SourceKind::Python);
    assert_eq!(extract(text, SourceKind::Python).suppressions, facts.suppressions);
    facts.suppressions.iter().map(|suppression| describe(text, &facts, suppression)).collect()
}

#[test]
fn directives() {
    let cases: &[(&str, &[&str])] = &[
        ("# ringfence: ignore[RF101]", &["ignore [RF101]"]),
        ("# ringfence: file-ignore[RF101]", &["file [RF101]"]),
        ("#ringfence:ignore[RF101,undeclared-dependency]", &["ignore [RF101 undeclared-dependency]"]),
        ("#  ringfence \t:  Ignore [ RF101 ,\tRF1, ]", &["ignore [RF101 RF1]"]),
        // The keyword is looked for as it is written.
        ("# RingFence: ignore[RF101]", &[]),
        ("# ringfence: ignore[RF101] see docs/adr/7", &["ignore [RF101] see docs/adr/7"]),
        ("# ringfence: ignore[RF101] -- legacy", &["ignore [RF101] legacy"]),
        ("# ringfence: ignore[RF101]: legacy – so be it  ", &["ignore [RF101] legacy – so be it"]),
        ("# ringfence: ignore[RF101] — weil's so ist", &["ignore [RF101] weil's so ist"]),
        (
            "# ringfence: ignore[RF101] legacy until=2027-01-31",
            &["ignore [RF101] legacy <2027-01-31 until=2027-01-31>"],
        ),
        ("# ringfence: ignore[RF101] until=2027-01-31", &["ignore [RF101] <2027-01-31 until=2027-01-31>"]),
        (
            "# ringfence: ignore[RF101] a, until=2027-01-31. b",
            &["ignore [RF101] a b <2027-01-31 until=2027-01-31>"],
        ),
        ("# ringfence: ignore[RF101] not-until=2027-01-31", &["ignore [RF101] not-until=2027-01-31"]),
        // Several in one comment.
        ("# type: ignore  # ringfence: ignore[RF101]", &["ignore [RF101]"]),
        ("# ringfence: ignore[RF101] why # noqa: E501", &["ignore [RF101] why"]),
        (
            "# ringfence: ignore[RF101] a # ringfence: file-ignore[RF2] b # noqa: RF3",
            &["ignore [RF101] a", "file [RF2] b", "noqa [RF3]"],
        ),
        // Defects.
        ("# ringfence: ignore", &["ignore [] | names no code @ ignore"]),
        ("# ringfence: ignore RF101", &["ignore [] | names no code @ ignore"]),
        ("# ringfence: ignore[ , ]", &["ignore [] | names no code @ [ , ]"]),
        ("# ringfence: file-ignore[RF101", &["file [] | has a list without its closing `]` @ [RF101"]),
        ("# ringfence: ignore[RF101 # x]", &["ignore [] | has a list without its closing `]` @ [RF101"]),
        (
            "# ringfence: ignore[RF1, RF 101]",
            &["ignore [RF1] | has an entry that is neither a code nor the name of a rule @ RF 101"],
        ),
        (
            "# ringfence: ignore[a_b]",
            &["ignore [] | has an entry that is neither a code nor the name of a rule @ a_b"],
        ),
        (
            "# ringfence: disable[RF101]",
            &["ignore [] | is neither `ignore[...]` nor `file-ignore[...]` @ disable"],
        ),
        (
            "# ringfence: ignore-file",
            &["ignore [] | is neither `ignore[...]` nor `file-ignore[...]` @ ignore-file"],
        ),
        (
            "# ringfence: whatever[RF101]",
            &["ignore [] | is neither `ignore[...]` nor `file-ignore[...]` @ whatever"],
        ),
        ("# ringfence: noqa", &["ignore [] | is neither `ignore[...]` nor `file-ignore[...]` @ noqa"]),
        (
            "# ringfence ignore[RF101]",
            &["ignore [] | lacks a `:` after `ringfence` @ # ringfence ignore[RF101]"],
        ),
        (
            "# ringfence: ignore[RF101] until=soon",
            &["ignore [RF101] | has an `until` that is not a date (YYYY-MM-DD) @ until=soon"],
        ),
        (
            "# ringfence: ignore[RF101] until=2027-02-30",
            &["ignore [RF101] | has an `until` that is not a date (YYYY-MM-DD) @ until=2027-02-30"],
        ),
        (
            "# ringfence: ignore[RF101] until=20270131",
            &["ignore [RF101] | has an `until` that is not a date (YYYY-MM-DD) @ until=20270131"],
        ),
        // Prose, and other things.
        ("# ringfence: see docs", &[]),
        ("# ringfence", &[]),
        ("# ringfence:", &[]),
        ("# ringfence: a list [1]", &[]),
        ("# ringfences: ignore[RF101]", &[]),
        ("# my ringfence: ignore[RF101]", &[]),
        ("# we ignore[RF101] the ringfence", &[]),
        ("x = '# ringfence: ignore[RF101]'", &[]),
        ("'''\n# ringfence: ignore[RF101]\n# noqa: RF101\n'''", &[]),
        ("f'# noqa: RF101 {x}'", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(all(text), *expected, "{text}");
    }
}

#[test]
fn noqa() {
    let cases: &[(&str, &[&str], &str)] = &[
        ("# noqa: RF101", &["RF101"], "# noqa: RF101"),
        ("#NOQA:RF101,E501 because", &["RF101"], "#NOQA:RF101,E501"),
        ("# NoQA : E501 RF101, RF2", &["RF101", "RF2"], "# NoQA : E501 RF101, RF2"),
        ("# noqa: RF101 # why", &["RF101"], "# noqa: RF101"),
        ("# type: ignore # noqa: RF101", &["RF101"], "# noqa: RF101"),
        ("# why not noqa: RF101", &["RF101"], "noqa: RF101"),
        ("# noqa: RF101RF102", &["RF101", "RF102"], "# noqa: RF101RF102"),
        ("# noqa", &[], ""),
        ("# noqa: E501", &[], ""),
        ("# noqa RF101", &[], ""),
        ("# noqa: rf101", &[], ""),
        ("# noqa: RFX101", &[], ""),
        ("# noqa: because RF101", &[], ""),
        ("# xnoqa: RF101", &[], ""),
        ("# noqas: RF101", &[], ""),
        ("# ruff: noqa: RF101", &[], ""),
        ("# flake8: noqa: RF101", &[], ""),
    ];
    for (text, codes, directive) in cases {
        let facts = parse(text, SourceKind::Python);
        assert_eq!(extract(text, SourceKind::Python).suppressions, facts.suppressions);
        let found: Vec<&str> =
            facts.suppressions.iter().flat_map(|it| &it.codes).map(|code| slice(text, code.range)).collect();
        assert_eq!(found, *codes, "{text}");
        let range = facts.suppressions.first().map(|suppression| slice(text, suppression.range));
        assert_eq!(range.unwrap_or_default(), *directive, "{text}");
    }
}

#[test]
fn tach_ignores() {
    let cases: &[(&str, &[&str], &str, &str)] = &[
        ("import a  # tach-ignore", &[], "", "# tach-ignore"),
        (
            "import a  #tach-ignore(why not #12) a.b c",
            &["a.b", "c"],
            "why not #12",
            "#tach-ignore(why not #12) a.b c",
        ),
        ("import a  # noqa  # tach-ignore", &[], "", "# tach-ignore"),
        ("import a  # tach-ignore(x)  # pylint: disable=y", &[], "x", "# tach-ignore(x)"),
        ("import a  # tach-ignore()", &[], "", "# tach-ignore()"),
    ];
    for (text, names, reason, directive) in cases {
        let facts = parse(text, SourceKind::Python);
        assert_eq!(extract(text, SourceKind::Python).suppressions, facts.suppressions);
        let [found] = facts.suppressions.as_slice() else { panic!("{text}") };
        assert_eq!(found.form, SuppressionForm::TachIgnore);
        let codes: Vec<&str> = found.codes.iter().map(|code| slice(text, code.range)).collect();
        assert_eq!(codes, *names, "{text}");
        assert_eq!(found.reason.map_or("", |reason| facts.name(reason)), *reason, "{text}");
        assert_eq!(slice(text, found.range), *directive);
    }
    for text in
        ["# tach-ignore: a", "# tach-ignore, a", "# tach-ignore [a]", "# tach-ignored", "# Tach-ignore"]
    {
        assert_eq!(parse(text, SourceKind::Python).suppressions, [], "{text}");
    }
    let text = "# tach-ignore\n# more\nimport a";
    assert_eq!(slice(text, parse(text, SourceKind::Python).suppressions[0].line), "# more");
}

#[test]
fn lines() {
    let ignore = "# ringfence: ignore[RF1]";
    let cases: &[(&str, bool, &str)] = &[
        ("import a  @", false, "import a  @"),
        ("  @\nimport a\nimport b", true, "import a"),
        ("\x0c@\r\nimport a\r\nimport b", true, "import a"),
        ("@\rimport a\rimport b", true, "import a"),
        ("@\n# more\n  # and more\n  import a", true, "  import a"),
        ("@\n\nimport a", true, ""),
        ("from a import (\n    @\n    b,\n)", true, "    b,"),
        ("from a import (\n    b, @\n    c,\n)", false, "    b, @"),
        ("import a\n@", true, "@"),
        ("import a\n@\n", true, "@"),
        ("import a\n@\n# more", true, "@"),
        ("import a\n@\n# more\n", true, "@"),
        ("import a\n@\r\n", true, "@"),
    ];
    for (text, own_line, line) in cases {
        let (text, line) = (text.replace('@', ignore), line.replace('@', ignore));
        let facts = parse(&text, SourceKind::Python);
        assert_eq!(extract(&text, SourceKind::Python).suppressions, facts.suppressions);
        let suppression = &facts.suppressions[0];
        assert_eq!((suppression.own_line, slice(&text, suppression.line)), (*own_line, &*line), "{text:?}");
        assert_eq!(slice(&text, suppression.comment), ignore);
    }
    let text = "# noqa: RF1\nimport a # ringfence: file-ignore[RF1]\n";
    let facts = parse(text, SourceKind::Python);
    assert_eq!(extract(text, SourceKind::Python).suppressions, facts.suppressions);
    let lines: Vec<_> = facts.suppressions.iter().map(|suppression| slice(text, suppression.line)).collect();
    assert_eq!(lines, ["# noqa: RF1", text]);
}

#[test]
fn ranges() {
    let text = "import a  # ringfence: ignore[RF101] legacy  # noqa: RF1, E501 x\n";
    let facts = parse(text, SourceKind::Python);
    assert_eq!(extract(text, SourceKind::Python).suppressions, facts.suppressions);
    let ranges: Vec<_> =
        facts.suppressions.iter().map(|suppression| slice(text, suppression.range)).collect();
    assert_eq!(ranges, ["# ringfence: ignore[RF101] legacy", "# noqa: RF1, E501"]);
    for suppression in &facts.suppressions {
        assert_eq!(slice(text, suppression.comment), &text[10..text.len() - 1]);
    }
}
