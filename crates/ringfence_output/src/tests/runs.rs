//! Whole runs: each format, statistics, and what stays the same from run to run.

use ringfence_diagnostics::Diagnostic;

use super::{InMemory, assert_output, diagnostic, full, options, rendered, shop};
use crate::{Format, RenderOptions, is_fixable, render_statistics};

#[test]
fn a_run_in_every_format() {
    let (files, diagnostics) = shop();
    for (name, format) in
        [("shop_full", Format::Full), ("shop_concise", Format::Concise), ("shop_json", Format::Json)]
    {
        assert_output(name, &rendered(format, &diagnostics, &files, &options()));
    }
}

#[test]
fn styled_output_is_colored_and_linked() {
    let (files, diagnostics) = shop();
    let options = RenderOptions { color: true, hyperlinks: true, unsafe_fixes: true, ..options() };
    let output = [Format::Full, Format::Concise]
        .map(|format| rendered(format, &diagnostics[..1], &files, &options))
        .concat();
    let output: Vec<String> = output.lines().map(|line| line.escape_debug().to_string()).collect();
    let output = output.join("\n");
    assert_output("styled", &output);
}

#[test]
fn nothing_to_say() {
    let files = InMemory::shop();
    assert_eq!(full(&[], &files), "");
    assert_eq!(rendered(Format::Concise, &[], &files, &options()), "");
    assert_eq!(rendered(Format::Json, &[], &files, &options()), "[]\n");
}

/// What a finding is that is about no import, its line says to GitLab.
#[test]
fn fingerprints_stay_when_words_change() {
    let fingerprint = |comment: &str, before: &str, message: &str| {
        let text = format!("{before}x = 1  {comment}\n");
        let files = InMemory::new([("/home/ada/shop/a.py", Some(text.as_str()))]);
        let found = diagnostic("RF901", "unused-suppression", message, files.range(0, comment));
        let issues = rendered(Format::Gitlab, &[found], &files, &options());
        let issues: serde_json::Value = serde_json::from_str(&issues).unwrap();
        issues[0]["fingerprint"].as_str().unwrap().to_string()
    };
    let [comment, words] = ["# ringfence: ignore[RF101]", "nothing here needs it"];
    let expected = fingerprint(comment, "", words);
    assert_eq!(fingerprint(comment, "", "said in other words"), expected);
    assert_eq!(fingerprint(comment, "\n# moved\n", words), expected);
    assert_ne!(fingerprint("# ringfence: ignore[RF102]", "", words), expected);
}

#[test]
fn statistics_count_by_code() {
    let (_, mut diagnostics) = shop();
    diagnostics.extend_from_slice(&[diagnostics[0].clone(), diagnostics[3].clone(), diagnostics[3].clone()]);
    // The same finding without a fix.
    diagnostics.push(Diagnostic { fix: None, ..diagnostics[3].clone() });
    let mut out = Vec::new();
    for (unsafe_fixes, format) in [(false, Format::Full), (true, Format::Concise), (true, Format::Json)] {
        render_statistics(&diagnostics, unsafe_fixes, format, &mut out).unwrap();
        out.push(b'\n');
    }
    assert_output("statistics", &String::from_utf8(out).unwrap());
}

#[test]
fn fixable_is_what_fix_applies() {
    let (_, diagnostics) = shop();
    let fixable =
        |unsafe_fixes| -> Vec<bool> { diagnostics.iter().map(|one| is_fixable(one, unsafe_fixes)).collect() };
    assert_eq!(fixable(false), [false, false, false, true]);
    assert_eq!(fixable(true), [true, false, false, true]);
}
