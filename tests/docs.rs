//! The pages that are made from the code: one for each rule, the options, the command line.
//!
//! `cargo xtask generate` writes them, by `RINGFENCE_UPDATE=1 cargo test --test docs`.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use ringfence_diagnostics::Severity;
use ringfence_policy::options::{self, OptionField, OptionKind};
use ringfence_rules::{Activation, FixAvailability, REDIRECTS, RULES};

const UPDATE: &str = "cargo xtask generate";

/// What the first line of each page says.
const NOTE: &str = "<!-- Made from the code by `cargo xtask generate`. -->\n\n";

/// Below `docs`.
const README: &str = "../README.md";

/// What is around the table of rules in the README.
const RULES_START: &str = "<!-- Made from the code by `cargo xtask generate`. -->\n";
const RULES_END: &str = "<!-- The end of what is made. -->\n";

/// The README with the rules as they are.
fn with_rules(readme: &str) -> Option<String> {
    let (before, rest) = readme.split_once(RULES_START)?;
    let (_, after) = rest.split_once(RULES_END)?;
    Some([before, RULES_START, &rule_table(), RULES_END, after].concat())
}

/// A line for each rule: what it finds, and what differs from an error that is on by default.
fn rule_table() -> String {
    let mut table = "| code | name | finds |\n|---|---|---|\n".to_string();
    for rule in RULES {
        let rule = &rule.metadata;
        let mut notes = Vec::new();
        match rule.activation {
            Activation::On => {}
            Activation::ByConfig(option) => notes.push(format!("with `{option}`")),
            Activation::OptIn => notes.push("opt-in".to_string()),
        }
        notes.extend((rule.severity == Severity::Warning).then(|| "warning".to_string()));
        notes.extend((rule.fix != FixAvailability::Never).then(|| "fix".to_string()));
        notes.extend(rule.preview.then(|| "preview".to_string()));
        let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
        let summary = rule.summary().replace('|', "\\|");
        let summary = summary.strip_prefix("Checks for ").unwrap_or(&summary);
        table += &format!("| {} | {} | {summary}{notes} |\n", rule.code, rule.name);
    }
    table
}

#[test]
fn pages_are_as_the_code_says() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut pages = pages();
    let readme = std::fs::read_to_string(docs.join(README)).expect("the README");
    pages.insert(PathBuf::from(README), with_rules(&readme).expect("the README has a place for the rules"));
    if std::env::var_os("RINGFENCE_UPDATE").is_some() {
        std::fs::create_dir_all(docs.join("rules")).expect("a folder for the rules");
        for (path, text) in &pages {
            std::fs::write(docs.join(path), text).expect("a page can be written");
        }
        for path in rule_pages_on_disk(&docs).filter(|path| !pages.contains_key(path)) {
            std::fs::remove_file(docs.join(path)).expect("a page of a rule that is gone can be removed");
        }
        return;
    }
    for (path, text) in &pages {
        let written = std::fs::read_to_string(docs.join(path)).unwrap_or_default();
        assert!(written == *text, "docs/{} is stale; update it: {UPDATE}", path.display());
    }
    for path in rule_pages_on_disk(&docs) {
        assert!(pages.contains_key(&path), "docs/{} is of no rule; remove it: {UPDATE}", path.display());
    }
}

/// By path below `docs`.
fn pages() -> BTreeMap<PathBuf, String> {
    let mut pages = BTreeMap::from([
        (PathBuf::from("rules.md"), rule_index()),
        (PathBuf::from("options.md"), options_page()),
        (PathBuf::from("command-line.md"), command_line_page()),
    ]);
    for rule in RULES {
        let text = ringfence(&["rule", rule.metadata.code]);
        pages.insert(PathBuf::from(format!("rules/{}.md", rule.metadata.name)), format!("{NOTE}{text}"));
    }
    let is_code = |text: &str| text.starts_with("RF");
    for (former, now) in REDIRECTS.iter().filter(|(former, now)| !is_code(former) && !is_code(now)) {
        pages.insert(PathBuf::from(format!("rules/{former}.md")), redirect_page(former, now));
    }
    pages
}

/// What is at the address that a released version gave a rule: it leads to the page of today.
fn redirect_page(former: &str, now: &str) -> String {
    format!(
        "---\nsearch:\n  exclude: true\n---\n{NOTE}# {former}\n\n\
         <meta http-equiv=\"refresh\" content=\"0; url=../{now}/\">\n\n\
         This rule is now called [{now}]({now}.md). The old name still works in configs, on the command line and in suppressions.\n"
    )
}

fn rule_pages_on_disk(docs: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(docs.join("rules")).expect("the folder of the rules");
    entries.map(|entry| Path::new("rules").join(entry.expect("an entry of the folder").file_name()))
}

/// What the binary prints.
fn ringfence(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ringfence"))
        .env_remove("GITHUB_ACTIONS")
        .args(arguments)
        .env_clear()
        .env("COLUMNS", "100")
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("the output is UTF-8")
}

fn rule_index() -> String {
    let mut page = format!(
        "{NOTE}# Rules\n\nA rule is named by its code or its name; `RF1` or `ALL` names several. Every page is also what \
         `ringfence rule CODE` prints.\n\n| code | name | what it does | default | severity | fix |\n\
         |---|---|---|---|---|---|\n"
    );
    for rule in RULES {
        let rule = &rule.metadata;
        let default = match rule.activation {
            Activation::On => "on".to_string(),
            Activation::ByConfig(option) => format!("by `{option}`"),
            Activation::OptIn => "opt-in".to_string(),
        };
        let default = if rule.preview { format!("{default}, in preview") } else { default };
        let fix = match rule.fix {
            FixAvailability::Never => "",
            FixAvailability::Sometimes => "sometimes",
            FixAvailability::Always => "always",
        };
        let (code, name, severity) = (rule.code, rule.name, rule.severity.as_str());
        let summary = rule.summary().replace('|', "\\|");
        page +=
            &format!("| {code} | [{name}](rules/{name}.md) | {summary} | {default} | {severity} | {fix} |\n");
    }
    page
}

fn options_page() -> String {
    let mut page = format!(
        "{NOTE}# Options\n\nThe keys of `ringfence.toml`, and of `[tool.ringfence]` in `pyproject.toml`. A package may hold \
         a `ringfence.module.toml` with the keys of one module, in which names are relative to the package.\n"
    );
    for field in options::FIELDS {
        option(&mut page, "##", field.key, field);
    }
    for field in options::MODULE_FIELDS {
        option(&mut page, "##", &format!("modules.<name>.{}", field.key), field);
    }
    page
}

fn option(page: &mut String, level: &str, title: &str, field: &OptionField) {
    let OptionField { key: _, doc, kind, required, example, .. } = field;
    let default = field.default_text();
    *page += &format!("\n{level} `{title}`\n\n{doc}\n\n");
    if *required {
        page.push_str("**Required.** ");
    }
    if !default.is_empty() {
        *page += &format!("**Default:** `{default}`. ");
    }
    *page += &format!("**Type:** {}.\n\n```toml\n{example}\n```\n", kind_text(kind));
    for table in tables(kind) {
        for inner in table {
            option(page, &format!("{level}#"), &format!("{title}.{}", inner.key), inner);
        }
    }
}

fn kind_text(kind: &OptionKind) -> String {
    match kind {
        OptionKind::Boolean => "`true` or `false`".to_string(),
        OptionKind::Integer => "integer".to_string(),
        OptionKind::String => "string".to_string(),
        OptionKind::Enum(names) => {
            let names: Vec<String> = names.iter().map(|name| format!("`\"{name}\"`")).collect();
            format!("one of {}", names.join(", "))
        }
        OptionKind::Array(item) => format!("list of: {}", kind_text(item)),
        OptionKind::Table(_) => "table".to_string(),
        OptionKind::Map { key_doc, value } => format!("table of {key_doc}, each {}", kind_text(value)),
        OptionKind::OneOf(kinds) => kinds.iter().map(kind_text).collect::<Vec<_>>().join("; or "),
    }
}

/// The tables with keys of their own, but for that of `modules`, which has its own part.
fn tables(kind: &OptionKind) -> Vec<&'static [OptionField]> {
    match kind {
        OptionKind::Table(fields) => vec![fields],
        OptionKind::Array(item) => tables(item),
        OptionKind::OneOf(kinds) => kinds.iter().flat_map(tables).collect(),
        OptionKind::Map { .. }
        | OptionKind::Boolean
        | OptionKind::Integer
        | OptionKind::String
        | OptionKind::Enum(_) => Vec::new(),
    }
}

fn command_line_page() -> String {
    let mut page = format!("{NOTE}# The command line\n");
    let overview = ringfence(&["--help"]);
    page += &format!("\n```text\n{}\n```\n", without_blanks(&overview));
    let commands: Vec<&str> = overview
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.contains(&"check"), "{overview}");
    for command in commands {
        let help = without_blanks(&ringfence(&[command, "--help"]));
        page += &format!("\n## ringfence {command}\n\n```text\n{help}\n```\n");
    }
    page
}

fn without_blanks(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
