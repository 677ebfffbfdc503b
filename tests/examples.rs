//! The examples in the documentation, run.
//!
//! Every page has a project of its own. In it,
//!
//! - a block of code with a `title="PATH"` is that file,
//! - a block of `toml` without one is a config that can be read,
//! - a block of `python` can be parsed, but for one that mentions RF900,
//! - a block of `console` holds commands after `$ `, which print what follows them: on stdout, or on stderr where that is empty. A line `...`
//!   stands for any lines,
//! - in blocks of `bash` and `yaml` every call of ringfence is one that the command line takes, and what is YAML can be read.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::panic)]

mod common;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use yaml_rust2::YamlLoader;

use common::Project;

/// A fenced block of a page.
#[derive(Debug)]
struct Block {
    line: usize,
    language: String,
    /// Which file it is.
    title: Option<String>,
    text: String,
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![PathBuf::from("README.md")];
    for folder in ["docs", "docs/rules"] {
        let entries = std::fs::read_dir(repository().join(folder)).expect("the folder of the pages");
        let names = entries.map(|entry| entry.expect("an entry of the folder").file_name());
        pages.extend(names.map(|name| Path::new(folder).join(name)).filter(|path| is_of(path, "md")));
    }
    pages.sort();
    pages
}

fn is_of(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn blocks(page: &Path) -> Vec<Block> {
    let text = std::fs::read_to_string(repository().join(page)).expect("the page");
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        match (&mut open, fence) {
            (None, Some(info)) => {
                let (language, rest) = info.split_once(' ').unwrap_or((info, ""));
                let title = rest.strip_prefix("title=\"").and_then(|rest| rest.strip_suffix('"'));
                assert!(title.is_some() || rest.is_empty(), "{}:{}: `{info}`", page.display(), number + 1);
                open = Some(Block {
                    line: number + 1,
                    language: language.to_string(),
                    title: title.map(str::to_string),
                    text: String::new(),
                });
            }
            (Some(_), Some("")) => blocks.extend(open.take()),
            (Some(block), _) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{}: a block has no end", page.display());
    blocks
}

#[test]
fn every_example_does_what_its_page_says() {
    let mut failures = String::new();
    let mut run = 0;
    for page in pages() {
        let project = Project::new(&[]);
        for block in blocks(&page) {
            let wrong = match (&block.title, block.language.as_str()) {
                (Some(path), _) => {
                    project.write(path, &block.text);
                    continue;
                }
                // Parts of tables, read in their context by `every_example_of_the_options_is_right`.
                (None, "toml") if page.ends_with("options.md") => continue,
                (None, "toml") => config(&block.text),
                (None, "python") => python(&block.text),
                (None, "console") => console(&project, &block.text),
                (None, "bash") => calls(&block.text),
                (None, "yaml") => yaml(&block.text).and_then(|()| calls(&block.text)),
                // What is printed elsewhere, drawings, and settings of editors, which run these themselves.
                (None, "text" | "diff" | "" | "lua" | "json" | "elisp") => continue,
                (None, other) => Err(format!("how is an example in `{other}` run?")),
            };
            run += 1;
            if let Err(wrong) = wrong {
                _ = writeln!(failures, "{}:{}: {wrong}\n", page.display(), block.line);
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(run > 100, "only {run} examples");
}

/// That a config, or a part of one, can be read.
fn config(text: &str) -> Result<(), String> {
    let name = if text.contains("[tool.") || text.contains("[project") {
        "pyproject.toml"
    } else if text.contains("[[modules]]") {
        "tach.toml"
    } else {
        "ringfence.toml"
    };
    let is_ours = name != "pyproject.toml" || text.contains("[tool.ringfence") || text.contains("[tool.tach");
    if !is_ours {
        let read: Result<toml_edit::DocumentMut, _> = text.parse();
        return read.map(drop).map_err(|error| error.to_string());
    }
    let answer = Project::new(&[(name, text)]).run(&["config", "show"]);
    if answer.code == 0 { Ok(()) } else { Err(format!("{name}: {answer:?}")) }
}

/// That every part of an example, which may be of several files, can be parsed.
fn python(text: &str) -> Result<(), String> {
    let project = Project::new(&[("ringfence.toml", "target-version = \"py315\"\n"), ("example.py", text)]);
    let answer = project.run(&["check", "--select", "RF900", "--ignore", "RF904"]);
    let expected = i32::from(text.contains("# RF900"));
    if answer.code == expected { Ok(()) } else { Err(format!("{answer:?}")) }
}

fn yaml(text: &str) -> Result<(), String> {
    YamlLoader::load_from_str(text).map(drop).map_err(|error| error.to_string())
}

/// That commands print what follows them.
fn console(project: &Project, text: &str) -> Result<(), String> {
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(command) = line.strip_prefix("$ ") else {
            return Err(format!("`{line}` is no command: `$ COMMAND`"));
        };
        let mut expected = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
            expected.push(line);
        }
        let printed = match command.split_once(' ').unwrap_or((command, "")) {
            ("ringfence", arguments) => {
                let arguments: Vec<&str> = arguments.split_whitespace().collect();
                let answer = project.run(&arguments);
                if answer.stdout.is_empty() { answer.stderr } else { answer.out().into_owned() }
            }
            ("cat", path) => project.text(path),
            ("git", arguments) => {
                let identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"];
                let output = Command::new("git")
                    .args(identity)
                    .args(arguments.split_whitespace())
                    .current_dir(project.root())
                    .output()
                    .map_err(|error| error.to_string())?;
                if !output.status.success() {
                    return Err(format!("`{command}`: {output:?}"));
                }
                String::from_utf8_lossy(&output.stdout).into_owned()
            }
            (program, _) => return Err(format!("`{program}` is not run here; write the block as `bash`")),
        };
        let printed: Vec<&str> = printed.lines().filter(|line| !line.starts_with("using `")).collect();
        if !agree(&expected, &printed) {
            return Err(format!("`{command}` prints\n{}", printed.join("\n")));
        }
    }
    Ok(())
}

/// Whether lines are as expected, where `...` stands for any number of them. Blank lines at the end and before and after `...` say nothing.
fn agree(expected: &[&str], printed: &[&str]) -> bool {
    match expected {
        [] => printed.iter().all(|line| line.trim().is_empty()),
        ["...", rest @ ..] => (0..=printed.len()).any(|skipped| agree(rest, &printed[skipped..])),
        ["", rest @ ..] if rest.iter().all(|line| line.is_empty()) => agree(rest, printed),
        [first, rest @ ..] => printed
            .split_first()
            .is_some_and(|(next, others)| first.trim_end() == next.trim_end() && agree(rest, others)),
    }
}

/// That every call of ringfence in a script is one that the command line takes.
fn calls(text: &str) -> Result<(), String> {
    // Nothing is there that could be changed.
    let project = Project::new(&[]);
    let text = text.replace("\\\n", " ");
    for line in text.lines() {
        let line =
            line.trim().trim_start_matches("- ").trim_start_matches("run: ").trim_start_matches("script: ");
        let Some(call) = line.strip_prefix("ringfence ") else { continue };
        let call = call.split([';', '|', '#', '>']).next().unwrap_or_default();
        let call = call.trim().trim_end_matches("...");
        let arguments: Vec<String> = call.split_whitespace().map(|word| word.replace('"', "")).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        // Usage is told where the arguments are not understood.
        let answer = project.run(&arguments);
        if answer.stderr.contains("\nUsage: ") || answer.stderr.contains("For more information, try") {
            return Err(format!("`ringfence {call}`: {}", answer.stderr));
        }
    }
    Ok(())
}

#[test]
fn what_is_shipped_for_builds_can_be_read_and_calls_what_is_there() {
    let mut paths = vec![PathBuf::from("action.yml"), PathBuf::from(".pre-commit-hooks.yaml")];
    for folder in ["templates", ".github/workflows"] {
        let entries = std::fs::read_dir(repository().join(folder)).expect("a folder");
        paths.extend(entries.map(|entry| Path::new(folder).join(entry.expect("an entry").file_name())));
    }
    for path in paths {
        let text = std::fs::read_to_string(repository().join(&path)).expect("the file is there");
        yaml(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let script = text.replace("\"${arguments[@]}\"", "").replace("entry: ", "");
        calls(&script).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

#[test]
fn an_example_that_is_wrong_is_noticed() {
    assert!(config("colour = 1\n").is_err());
    assert!(python("from a import\n").is_err());
    assert!(yaml("a: [\n").is_err());
    assert!(calls("- run: ringfence check --colour\n").is_err());
    let project = Project::new(&[("ringfence.toml", ""), ("a.py", "")]);
    assert!(console(&project, "$ ringfence check\nFound 1 error.\n...\n").is_err());
    assert!(console(&project, "$ ringfence check\nNo findings.\n").is_err());
    assert!(console(&project, "$ ringfence check\nNo findings.\n...\n").is_ok());
}
