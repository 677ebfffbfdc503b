//! A `python3` that imports what it is told to.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// What became of the import of one module in a fresh interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    /// Modules of the program in the order in which their code began to run.
    pub(crate) ran: Vec<String>,
    /// Those whose code ran to its end.
    pub(crate) completed: Vec<String>,
    /// Loaded modules without a file.
    pub(crate) namespaces: Vec<String>,
    /// By module of the program: its names, and what each is bound to.
    pub(crate) bound: Value,
    /// What the program printed.
    pub(crate) output: String,
    pub(crate) error: Option<String>,
}

impl Import {
    /// Whether no module stopped in the middle.
    pub(crate) fn is_complete(&self) -> bool {
        self.ran.len() == self.completed.len()
    }

    /// The modules of the program that are loaded, in order.
    pub(crate) fn loaded(&self) -> Vec<&str> {
        self.bound.as_object().into_iter().flatten().map(|(module, _)| module.as_str()).collect()
    }

    fn read(value: &Value) -> Self {
        let names = |key: &str| -> Vec<String> {
            let names = value[key].as_array().expect("a list of names");
            names.iter().map(|name| name.as_str().expect("a name").to_string()).collect()
        };
        Self {
            ran: names("ran"),
            completed: names("completed"),
            namespaces: names("namespaces"),
            bound: value["bound"].clone(),
            output: value["output"].as_str().unwrap_or_default().to_string(),
            error: value["error"].as_str().map(ToString::to_string),
        }
    }
}

/// The process that [`DRIVER`] runs in. It forks for each import, so no import sees another.
pub(crate) struct Interpreter {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

const DRIVER: &str = include_str!("driver.py");

impl Interpreter {
    pub(crate) fn start() -> Self {
        let mut process = Command::new("python3")
            // Neither site-packages nor the environment have a say.
            .args(["-I", "-S", "-c", DRIVER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("these tests compare with CPython and need `python3` on the PATH: {error}")
            });
        let requests = process.stdin.take().expect("a pipe");
        let answers = BufReader::new(process.stdout.take().expect("a pipe"));
        Self { process, requests, answers }
    }

    /// Imports each of these modules with `root` first on `sys.path`.
    pub(crate) fn import_each(&mut self, root: &Path, modules: &[&str]) -> Vec<Import> {
        let root = root.to_str().expect("a path of plain text");
        writeln!(self.requests, "{}", json!({ "root": root, "modules": modules })).expect("python3 listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("python3 answers");
        let answers: Value = serde_json::from_str(&line).expect("python3 answers in JSON");
        let answers: Vec<Import> = answers.as_array().expect("a list").iter().map(Import::read).collect();
        assert_eq!(answers.len(), modules.len());
        answers
    }
}

impl Drop for Interpreter {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
