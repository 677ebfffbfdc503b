//! Interpreters that import what they are told to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::library::{BUILT_IN, LIBRARY, Library};

/// What became of the import of one module in a fresh interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) error: Option<Raised>,
    /// Modules of the program in the order in which they began to run, once for each time.
    pub(crate) began: Vec<String>,
    /// Names in `sys.modules` at the end, in its order.
    pub(crate) loaded: Vec<String>,
    /// Names that are None in `sys.modules`.
    pub(crate) blocked: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raised {
    /// The class as a traceback names it.
    pub(crate) class: String,
    pub(crate) message: String,
    /// Files of the program and lines, the innermost last.
    pub(crate) frames: Vec<(String, usize)>,
    /// Modules that stopped in the middle, by their files: the line, and the names bound by the end.
    pub(crate) halves: BTreeMap<String, (usize, Vec<String>)>,
}

impl Outcome {
    pub(crate) fn told(&self) -> String {
        let Self { error, began, loaded, blocked } = self;
        let mut out =
            error.as_ref().map_or("works".to_string(), |Raised { class, message, frames, halves }| {
                format!("{class}: {message}\n    frames {frames:?}\n    in the middle {halves:?}")
            });
        out.push_str(&format!("\n    began {began:?}\n    loaded {loaded:?}, blocked {blocked:?}"));
        out
    }
}

/// Nothing for an import that does not end, or not in a way that can be told.
type Answer = Option<Outcome>;

fn read(value: &Value) -> Answer {
    let names = |key: &str| -> Vec<String> {
        let names = value[key].as_array().expect("a list of names");
        names.iter().map(|name| name.as_str().expect("a name").to_string()).collect()
    };
    if value.get("killed").is_some() {
        return None;
    }
    let error = value["error"].as_str().map(|class| Raised {
        class: class.to_string(),
        message: value["message"].as_str().unwrap_or_default().to_string(),
        halves: value["halves"].as_object().into_iter().flatten().map(half).collect(),
        frames: value["frames"].as_array().map_or(&[][..], Vec::as_slice).iter().map(frame).collect(),
    });
    let outcome =
        Outcome { error, began: names("began"), loaded: names("loaded"), blocked: names("blocked") };
    // Where the stack ends is a matter of the interpreter, and so is all that comes of it.
    let endless = outcome.error.as_ref().is_some_and(|error| error.class == "RecursionError");
    (!endless && outcome.began.len() < 200).then_some(outcome)
}

fn half((file, value): (&String, &Value)) -> (String, (usize, Vec<String>)) {
    let binds = value["binds"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let line = value["line"].as_u64().unwrap_or_default();
    (file.clone(), (usize::try_from(line).expect("a line"), binds.map(ToString::to_string).collect()))
}

fn frame(value: &Value) -> (String, usize) {
    let line = value[1].as_u64().unwrap_or_default();
    (value[0].as_str().expect("a file").to_string(), usize::try_from(line).expect("a line"))
}

/// The process that [`DRIVER`] runs in.
pub(crate) struct Interpreter {
    /// What was started.
    pub(crate) path: PathBuf,
    /// The x of 3.x.
    pub(crate) minor: u8,
    pub(crate) library: Library,
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

const DRIVER: &str = include_str!("driver.py");

impl Interpreter {
    /// Those of `RINGFENCE_PYTHONS`, a list with commas; without it, what there is of 3.11 and 3.13, or `python3`.
    pub(crate) fn all() -> Vec<Self> {
        if let Ok(list) = std::env::var("RINGFENCE_PYTHONS") {
            let start =
                |path: &str| Self::start(Path::new(path)).unwrap_or_else(|| panic!("{path} does not start"));
            return list.split(',').map(start).collect();
        }
        let found: Vec<Self> = ["3.11", "3.13"].into_iter().filter_map(Self::of_version).collect();
        if !found.is_empty() {
            return found;
        }
        vec![
            Self::start(Path::new("python3"))
                .expect("these tests compare with CPython and need `python3` on the PATH"),
        ]
    }

    /// On the PATH, or where pyenv keeps them.
    fn of_version(version: &str) -> Option<Self> {
        let command = format!("python{version}");
        if let Some(found) = Self::start(Path::new(&command)) {
            return Some(found);
        }
        let pyenv = std::env::var_os("PYENV_ROOT")
            .map_or_else(|| std::env::home_dir().unwrap_or_default().join(".pyenv"), PathBuf::from);
        let versions = std::fs::read_dir(pyenv.join("versions")).ok()?;
        let mut folders: Vec<PathBuf> = versions.flatten().map(|entry| entry.path()).collect();
        folders.sort();
        let of_version = |folder: &PathBuf| {
            let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.strip_prefix(version).is_some_and(|rest| rest.starts_with('.'))
        };
        folders
            .iter()
            .filter(|folder| of_version(folder))
            .find_map(|folder| Self::start(&folder.join("bin").join(&command)))
    }

    fn start(path: &Path) -> Option<Self> {
        let mut process = Command::new(path)
            // Neither site-packages nor the environment have a say.
            .args(["-I", "-S", "-c", DRIVER, &LIBRARY.join(",")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let requests = process.stdin.take().expect("a pipe");
        let mut answers = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut line = String::new();
        answers.read_line(&mut line).ok()?;
        let minor = line.trim().parse().ok()?;
        let mut interpreter =
            Self { path: path.to_path_buf(), minor, library: Library::default(), process, requests, answers };
        let names: Vec<&str> = LIBRARY.iter().chain(BUILT_IN).copied().collect();
        interpreter.ask(&json!({ "members": names }));
        for name in names {
            let Value::Array(members) = interpreter.answer() else { continue };
            let members = members.iter().map(|member| member.as_str().expect("a name").to_string());
            interpreter.library.0.insert(name.to_string(), members.collect());
        }
        Some(interpreter)
    }

    fn ask(&mut self, request: &Value) {
        writeln!(self.requests, "{request}").expect("python listens");
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("python answers");
        serde_json::from_str(&line).expect("python answers in JSON")
    }

    /// Begins to import each of these modules with `root` first on `sys.path`; the answers are to be taken.
    ///
    /// Each has a process of its own where `alone` says so; else one process forgets what was before.
    pub(crate) fn begin(&mut self, root: &Path, modules: &[String], alone: bool) {
        let root = root.to_str().expect("a path of plain text");
        self.ask(&json!({ "root": root, "modules": modules, "fork": alone }));
    }

    pub(crate) fn take(&mut self, count: usize) -> Vec<Answer> {
        (0..count).map(|_| read(&self.answer())).collect()
    }

    /// One import in a process of its own.
    pub(crate) fn import(&mut self, root: &Path, module: &str) -> Answer {
        self.begin(root, &[module.to_string()], true);
        self.take(1).remove(0)
    }
}

impl Drop for Interpreter {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
