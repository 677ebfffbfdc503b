//! A project in a temporary folder, and the binary run in it.

// Each test program uses a part of this.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Whatever takes longer hangs.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// Variables that would tell the binary something the test did not.
const UNSET: [&str; 15] = [
    "CI",
    "GITHUB_ACTIONS",
    "TF_BUILD",
    "PYTHONPATH",
    "RINGFENCE_OUTPUT_FORMAT",
    "RINGFENCE_OUTPUT_FILE",
    "RINGFENCE_NO_CACHE",
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "FORCE_COLOR",
    "TERM",
    "GIT_DIR",
    "GIT_CEILING_DIRECTORIES",
    "VIRTUAL_ENV",
];

/// A small project with one finding of each of the rules that most projects meet. [`SHOP_FINDINGS`] are these.
pub(crate) const SHOP: &[(&str, &str)] = &[
    (
        "ringfence.toml",
        "[modules.\"shop.web\"]\ndepends-on = [\"shop.orders\"]\n\n\
         [modules.\"shop.orders\"]\n\
         depends-on = [{ module = \"shop.legacy\", deprecated = \"use shop.storage\" }]\nexposes = [\"Order\"]\n\n\
         [modules.\"shop.storage\"]\nvisible-to = [\"shop.orders\"]\n\n\
         [modules.\"shop.legacy\"]\n",
    ),
    ("shop/__init__.py", ""),
    (
        "shop/web.py",
        "from shop.orders import Order\nfrom shop.orders import secret\nfrom shop.legacy import prices\n\
         from shop.storage import connect\n",
    ),
    ("shop/orders.py", "from shop.legacy import prices\nfrom shop.storage import connect\n"),
    ("shop/storage.py", "def connect(): ...\n"),
    ("shop/legacy.py", "prices = {}\n"),
];

pub(crate) const SHOP_FINDINGS: [&str; 5] = [
    "shop/orders.py:1 RF103",
    "shop/orders.py:2 RF101",
    "shop/web.py:2 RF201",
    "shop/web.py:3 RF101",
    "shop/web.py:4 RF104",
];

/// Two boundary modules of which the first must not import the second: an import of `b` from `a` is RF101.
pub(crate) const A_WITHOUT_B: &str = "[modules.a]\ndepends-on = []\n\n[modules.b]\n";

/// A path without the prefix that Windows puts before one that is made absolute, and that nobody types.
fn plain(path: PathBuf) -> PathBuf {
    let text = path.to_str().and_then(|text| text.strip_prefix(r"\\?\"));
    text.map(PathBuf::from).unwrap_or(path)
}

/// A folder with files.
pub(crate) struct Project {
    /// Deletes it at the end.
    _folder: TempDir,
    root: PathBuf,
}

impl Project {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // On some systems the way to temporary files leads over a link.
        let root = plain(folder.path().canonicalize().expect("a path"));
        let project = Self { _folder: folder, root };
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// The shop, with these files changed or added.
    pub(crate) fn shop(files: &[(&str, &str)]) -> Self {
        let project = Self::new(SHOP);
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        std::fs::write(path, bytes).expect("a file can be written");
    }

    pub(crate) fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.path(path)).expect("the file is there")
    }

    pub(crate) fn text(&self, path: &str) -> String {
        String::from_utf8(self.read(path)).expect("the file is text")
    }

    /// Every file with its contents, to tell whether anything has changed.
    pub(crate) fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut contents = BTreeMap::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(bytes) = std::fs::read(&path) {
                    contents.insert(path, bytes);
                }
            }
        }
        contents
    }

    pub(crate) fn git_init(&self) {
        let status = Command::new("git").args(["init", "--quiet"]).current_dir(&self.root).status();
        assert!(status.expect("these tests need `git` on the PATH").success());
    }

    /// Runs the binary with these arguments in the root of the project.
    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        self.call(arguments).run()
    }

    pub(crate) fn call<'a>(&'a self, arguments: &'a [&'a str]) -> Call<'a> {
        Call { project: self, arguments, folder: self.root.clone(), stdin: Vec::new(), variables: Vec::new() }
    }

    /// What `check` finds with these arguments besides, as `path:row CODE`.
    pub(crate) fn findings(&self, arguments: &[&str]) -> Vec<String> {
        let all = [&["check", "--quiet", "--output-format", "json"], arguments].concat();
        let answer = self.run(&all);
        assert!(answer.code <= 1, "{arguments:?}: {answer:?}");
        answer.findings(&self.root)
    }

    /// The same, but only of one file.
    pub(crate) fn findings_in(&self, path: &str, arguments: &[&str]) -> Vec<String> {
        let mut findings = self.findings(arguments);
        findings.retain(|finding| finding.starts_with(&format!("{path}:")));
        findings
    }
}

/// A run of the binary that has not begun.
pub(crate) struct Call<'a> {
    project: &'a Project,
    arguments: &'a [&'a str],
    folder: PathBuf,
    stdin: Vec<u8>,
    variables: Vec<(&'a str, &'a str)>,
}

impl<'a> Call<'a> {
    /// In which folder of the project.
    pub(crate) fn within(mut self, folder: &str) -> Self {
        self.folder = self.project.path(folder);
        self
    }

    pub(crate) fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = bytes.as_ref().to_vec();
        self
    }

    pub(crate) fn variable(mut self, name: &'a str, value: &'a str) -> Self {
        self.variables.push((name, value));
        self
    }

    /// For tests that do something while it runs.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
        for name in UNSET {
            command.env_remove(name);
        }
        command.args(self.arguments).envs(self.variables.iter().copied());
        command.env("COLUMNS", "100").current_dir(&self.folder);
        command
    }

    /// Runs it to its end, which must come soon and must be no panic.
    pub(crate) fn run(self) -> Answer {
        let mut child = self
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut input = child.stdin.take().expect("a pipe");
        let bytes = self.stdin;
        // A program that does not read closes the pipe.
        let writer = std::thread::spawn(move || _ = input.write_all(&bytes));
        let stdout = read_all(child.stdout.take().expect("a pipe"));
        let stderr = read_all(child.stderr.take().expect("a pipe"));
        let started = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("the binary ends") {
                break status;
            }
            if started.elapsed() > TIME_LIMIT {
                child.kill().expect("the binary can be ended");
                panic!("{:?} hangs", self.arguments);
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        writer.join().expect("a thread ends");
        let answer = Answer {
            code: status.code().unwrap_or(-1),
            stdout: stdout.join().expect("a thread ends"),
            stderr: String::from_utf8_lossy(&stderr.join().expect("a thread ends")).into_owned(),
        };
        assert!(
            (0..=2).contains(&answer.code) && !answer.stderr.contains("panicked"),
            "{:?}: {answer:?}",
            self.arguments
        );
        answer
    }
}

fn read_all(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("a pipe can be read");
        bytes
    })
}

/// What a run came to.
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit code {}\nstdout:\n{}\nstderr:\n{}", self.code, self.out(), self.stderr)
    }
}

impl Answer {
    pub(crate) fn out(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.stdout)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("no JSON: {error}: {self:?}"))
    }

    /// The findings of a run with `--output-format json`, as `path:row CODE`.
    pub(crate) fn findings(&self, root: &Path) -> Vec<String> {
        let found = self.json();
        let found = found.as_array().expect("an array of findings");
        found
            .iter()
            .map(|finding| {
                let text = |key: &str| finding[key].as_str().expect("a text");
                let path = Path::new(text("filename"));
                let path = path.strip_prefix(root).unwrap_or(path).display();
                format!("{path}:{} {}", finding["location"]["row"], text("code"))
            })
            .collect()
    }

    /// That a run failed with this code, printed nothing on stdout and said all this on stderr.
    #[track_caller]
    pub(crate) fn assert_refused(&self, code: i32, said: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.out(), "", "{self:?}");
        for text in said {
            assert!(self.stderr.contains(text), "`{text}` is not said: {self:?}");
        }
    }
}

/// A snapshot under `snapshots/cli`, with the folder of the project left out.
#[track_caller]
pub(crate) fn assert_snapshot(name: &str, root: &Path, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/cli"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let text = text.replace(root.to_str().expect("a path of plain text"), "[project]");
    settings.bind(|| insta::assert_snapshot!(name, text));
}
