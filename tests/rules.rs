//! Runs the binary on the scenarios of the rules, and compares what it prints with snapshots.
//!
//! A scenario is one file `resources/fixtures/<CODE>/<scenario>.md`: a title, prose, and fenced blocks.
//!
//! ````markdown
//! # A submodule counts as its package
//!
//! ```toml ringfence.toml
//! [modules."shop.orders"]
//! ```
//! ```python src/shop/orders/place.py
//! import shop.billing
//! ```
//! ```bytes src/shop/latin.py
//! name = "caf\xe9"\r
//! ```
//! ```empty
//! src/shop/billing.py
//! src/shop/__init__.py
//! ```
//! ```console
//! $ ringfence check --select RF101 --fix
//! ```
//! ````
//!
//! - A block of any other language is written to its path as it stands.
//! - `bytes` has escapes as in Python: `\xe9`, `\r`, `\t`, `\f`, `\n`, `\\`, and a backslash at the end of a line for no
//!   line end.
//! - `empty` lists empty files.
//! - `console` lists commands, run one after the other in the folder of these files. Without any it is
//!   `ringfence check --select <CODE>`.
//!
//! The snapshot `snapshots/rules/<CODE>__<scenario>.snap` holds what each command prints, how it exits, and in full the
//! files that it changes. A command that fixes is run again, and must change nothing then.
//!
//! `INSTA_UPDATE=always cargo test --test rules` writes the snapshots anew. Read them. `RINGFENCE_FIXTURES=RF101` runs those of one
//! rule, as `cargo xtask fixtures RF101` does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, anyhow, bail, ensure};
use insta::Settings;
use tempfile::TempDir;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/resources/fixtures");
const SNAPSHOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/rules");
const PROGRAM: &str = "ringfence";

/// Every file below a folder, by path with `/`.
type Files = BTreeMap<String, Vec<u8>>;

#[test]
fn every_scenario_prints_its_snapshot() -> Result<()> {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(SNAPSHOTS);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _bound = settings.bind_to_scope();
    let mut failures = Vec::new();
    let only = std::env::var("RINGFENCE_FIXTURES").ok();
    let mut scenarios = scenarios()?;
    scenarios.retain(|(name, _)| only.as_ref().is_none_or(|code| name.code == *code));
    ensure!(!scenarios.is_empty(), "there are no scenarios of {only:?}");
    for (name, path) in scenarios {
        let text = fs::read_to_string(&path)?;
        match Scenario::parse(&name.code, &text).and_then(|scenario| scenario.run()) {
            Ok(run) => {
                // Whoever looks at one failure wants to see all.
                if catch_unwind(|| insta::assert_snapshot!(name.snapshot(), run)).is_err() {
                    failures.push(format!("{}: not as in the snapshot, see above", name.title()));
                }
            }
            Err(error) => failures.push(format!("{}: {error:#}", name.title())),
        }
    }
    ensure!(failures.is_empty(), "scenarios that fail:\n{}", failures.join("\n"));
    Ok(())
}

#[test]
fn every_rule_has_a_scenario_with_a_finding_and_one_without() -> Result<()> {
    let mut problems = Vec::new();
    let mut found: BTreeMap<String, BTreeSet<bool>> = BTreeMap::new();
    for (name, _) in scenarios()? {
        // Where there is none, the test of the scenarios says so.
        let path = Path::new(SNAPSHOTS).join(format!("{}.snap", name.snapshot()));
        let Ok(snapshot) = fs::read_to_string(path) else { continue };
        let finding =
            ["error", "warning"].iter().any(|level| snapshot.contains(&format!("{level}[{}]", name.code)));
        if finding && name.scenario.starts_with("clean") {
            problems.push(format!("{} is not clean", name.title()));
        }
        found.entry(name.code).or_default().insert(finding);
    }
    let rules = codes()?;
    for code in &rules {
        for (finding, what) in [(true, "with a finding"), (false, "without a finding")] {
            if !found.get(code).is_some_and(|seen| seen.contains(&finding)) {
                problems.push(format!("{code} has no scenario {what}"));
            }
        }
    }
    problems.extend(
        found.keys().filter(|code| !rules.contains(*code)).map(|code| format!("there is no rule {code}")),
    );
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

#[test]
fn every_snapshot_has_its_scenario() -> Result<()> {
    let expected: BTreeSet<String> =
        scenarios()?.iter().map(|(name, _)| format!("{}.snap", name.snapshot())).collect();
    let orphans: Vec<String> =
        entries(Path::new(SNAPSHOTS))?.into_keys().filter(|name| !expected.contains(name)).collect();
    ensure!(orphans.is_empty(), "of no scenario in {SNAPSHOTS}: {}", orphans.join(", "));
    Ok(())
}

/// The codes of all rules, as the binary tells them.
fn codes() -> Result<BTreeSet<String>> {
    let output = program(&["rule", "--all", "--output-format", "json"], Path::new(FIXTURES))?;
    let rules: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout)?;
    rules
        .iter()
        .map(|rule| rule["code"].as_str().map(str::to_string).context("a rule without a code"))
        .collect()
}

/// What a scenario is called.
#[derive(Debug)]
struct Name {
    code: String,
    scenario: String,
}

impl Name {
    fn title(&self) -> String {
        format!("{}/{}", self.code, self.scenario)
    }

    fn snapshot(&self) -> String {
        format!("{}__{}", self.code, self.scenario)
    }
}

/// All scenarios, by code and name.
fn scenarios() -> Result<Vec<(Name, PathBuf)>> {
    let mut scenarios = Vec::new();
    for (code, folder) in entries(Path::new(FIXTURES))? {
        let before = scenarios.len();
        for (file, path) in entries(&folder)? {
            let scenario =
                file.strip_suffix(".md").with_context(|| format!("{code}/{file} is no scenario"))?;
            scenarios.push((Name { code: code.clone(), scenario: scenario.to_string() }, path));
        }
        ensure!(scenarios.len() > before, "{code} has no scenarios");
    }
    Ok(scenarios)
}

/// What is in a folder, by name.
fn entries(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    fs::read_dir(folder)
        .with_context(|| format!("cannot list {}", folder.display()))?
        .map(|entry| {
            let entry = entry?;
            let name =
                entry.file_name().into_string().map_err(|name| anyhow!("{} is not UTF-8", name.display()))?;
            Ok((name, entry.path()))
        })
        .collect()
}

#[derive(Debug)]
struct Scenario {
    files: Files,
    commands: Vec<String>,
}

impl Scenario {
    fn parse(code: &str, markdown: &str) -> Result<Self> {
        ensure!(markdown.starts_with("# "), "no title");
        let mut scenario = Self { files: Files::new(), commands: Vec::new() };
        let mut lines = markdown.lines();
        while let Some(line) = lines.next() {
            let Some(info) = line.strip_prefix("```") else { continue };
            let mut block = String::new();
            loop {
                match lines.next().with_context(|| format!("the block `{info}` does not end"))? {
                    "```" => break,
                    line => block.extend([line, "\n"]),
                }
            }
            scenario.add(info, &block)?;
        }
        if scenario.commands.is_empty() {
            scenario.commands.push(format!("{PROGRAM} check --select {code}"));
        }
        Ok(scenario)
    }

    fn add(&mut self, info: &str, block: &str) -> Result<()> {
        match info.split_once(' ') {
            None if info == "console" => {
                for line in block.lines() {
                    let command =
                        line.strip_prefix("$ ").with_context(|| format!("`{line}` is no command"))?;
                    self.commands.push(command.to_string());
                }
            }
            None if info == "empty" => {
                for path in block.lines() {
                    self.add_file(path, Vec::new())?;
                }
            }
            Some(("bytes", path)) => self.add_file(path, unescape(block)?)?,
            Some((_, path)) => self.add_file(path, block.as_bytes().to_vec())?,
            None => bail!("the block `{info}` has no path"),
        }
        Ok(())
    }

    fn add_file(&mut self, path: &str, bytes: Vec<u8>) -> Result<()> {
        ensure!(self.files.insert(path.to_string(), bytes).is_none(), "`{path}` is written twice");
        Ok(())
    }

    /// Runs the commands, and renders what they print and change.
    fn run(&self) -> Result<String> {
        let folder = TempDir::new()?;
        // Where the folder for temporary files is a link, the program sees what it leads to.
        let root = folder.path().canonicalize()?;
        for (path, bytes) in &self.files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().context("a file has a folder")?)?;
            fs::write(path, bytes)?;
        }
        let mut rendered = String::new();
        let mut before = files_below(&root)?;
        for command in &self.commands {
            let output = run_command(command, &root)?;
            let after = files_below(&root)?;
            render(command, &output, &changes(&before, &after), &mut rendered)?;
            if after != before {
                run_command(command, &root)?;
                ensure!(files_below(&root)? == after, "`{command}` changes something when it is run again");
            }
            before = after;
        }
        ensure!(
            !rendered.contains(&*root.to_string_lossy()),
            "the output holds the path of the temporary folder"
        );
        Ok(rendered)
    }
}

fn run_command(command: &str, root: &Path) -> Result<Output> {
    let mut words = command.split(' ');
    ensure!(words.next() == Some(PROGRAM), "`{command}` runs another program");
    let mut arguments: Vec<&str> = words.collect();
    if arguments.first() == Some(&"check") {
        arguments.extend(["--color", "never"]);
    }
    let output = program(&arguments, root)?;
    let said = || String::from_utf8_lossy(&output.stderr).into_owned();
    // 2: the scenario is no project.
    ensure!(matches!(output.status.code(), Some(0 | 1)), "`{command}` was not carried out: {}", said());
    Ok(output)
}

/// Runs the binary, whatever the environment says.
fn program(arguments: &[&str], folder: &Path) -> Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command.env_remove("GITHUB_ACTIONS").env_remove("PYTHONPATH");
    command.args(arguments).current_dir(folder).env_clear();
    // Windows starts no program without it.
    command.envs(std::env::vars_os().filter(|(name, _)| name == "SystemRoot"));
    command.output().context("cannot run the binary")
}

/// Every file below a folder.
fn files_below(root: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut folders = vec![(String::new(), root.to_path_buf())];
    while let Some((prefix, folder)) = folders.pop() {
        for (name, path) in entries(&folder)? {
            let name = format!("{prefix}{name}");
            if path.is_dir() {
                folders.push((format!("{name}/"), path));
            } else {
                files.insert(name, fs::read(path)?);
            }
        }
    }
    Ok(files)
}

/// The files that are new or have another content; nothing stands for one that is gone.
fn changes<'a>(before: &'a Files, after: &'a Files) -> BTreeMap<&'a str, Option<&'a [u8]>> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| (name.as_str(), after.get(name).map(Vec::as_slice)))
        .collect()
}

fn render(
    command: &str,
    output: &Output,
    changes: &BTreeMap<&str, Option<&[u8]>>,
    rendered: &mut String,
) -> Result<()> {
    writeln!(rendered, "$ {command}")?;
    for (title, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        if !bytes.is_empty() {
            section(title, bytes, rendered)?;
        }
    }
    writeln!(rendered, "----- exit code: {}", output.status.code().context("no exit code")?)?;
    for (path, bytes) in changes {
        match bytes {
            Some(bytes) => section(&format!("changed: {path}"), bytes, rendered)?,
            None => writeln!(rendered, "----- removed: {path}")?,
        }
    }
    writeln!(rendered)?;
    Ok(())
}

/// What would not survive in a snapshot is escaped, and said to be.
fn section(title: &str, bytes: &[u8], rendered: &mut String) -> Result<()> {
    let plain = |text: &&str| !text.contains(|c: char| is_invisible(c) && c != '\n');
    if let Some(text) = std::str::from_utf8(bytes).ok().filter(plain) {
        writeln!(rendered, "----- {title}")?;
        match text.strip_suffix('\n') {
            Some(lines) => writeln!(rendered, "{lines}")?,
            None if text.is_empty() => writeln!(rendered, "(empty)")?,
            None => writeln!(rendered, "{text}\n(no line end)")?,
        }
    } else {
        writeln!(rendered, "----- {title} (escaped)\n{}", escape(bytes).trim_end_matches('\n'))?;
    }
    Ok(())
}

/// The bytes that a block of escaped text stands for.
fn unescape(block: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut characters = block.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            bytes.extend(character.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        match characters.next() {
            Some('\n') => {}
            Some('\\') => bytes.push(b'\\'),
            Some('n') => bytes.push(b'\n'),
            Some('r') => bytes.push(b'\r'),
            Some('t') => bytes.push(b'\t'),
            Some('f') => bytes.push(b'\x0c'),
            Some('x') => {
                let digits: String = characters.by_ref().take(2).collect();
                bytes.push(
                    u8::from_str_radix(&digits, 16).with_context(|| format!("`\\x{digits}` is no byte"))?,
                );
            }
            other => bail!("no escape: `\\{}`", other.unwrap_or_default()),
        }
    }
    Ok(bytes)
}

/// The other way round; line ends stay.
fn escape(bytes: &[u8]) -> String {
    let mut escaped = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' => escaped.push('\n'),
                '\\' => escaped.push_str("\\\\"),
                '\r' => escaped.push_str("\\r"),
                '\t' => escaped.push_str("\\t"),
                '\x0c' => escaped.push_str("\\f"),
                other if is_invisible(other) => {
                    push_bytes(other.encode_utf8(&mut [0; 4]).as_bytes(), &mut escaped);
                }
                other => escaped.push(other),
            }
        }
        push_bytes(chunk.invalid(), &mut escaped);
    }
    escaped
}

fn push_bytes(bytes: &[u8], escaped: &mut String) {
    escaped.extend(bytes.iter().map(|byte| format!("\\x{byte:02x}")));
}

/// Whether nobody would see it in a snapshot: control characters, and the byte order mark.
fn is_invisible(character: char) -> bool {
    character.is_control() || character == '\u{feff}'
}
