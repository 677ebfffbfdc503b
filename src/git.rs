//! Runs git, and nothing that a repository names.
//!
//! Git reads the config of the repository in which it runs, and that may name programs: to watch files, to filter and to compare them,
//! to fetch what is missing, to page and to prompt. So only commands are run that look at trees, objects and names, never at the
//! contents of the working tree, to which filters apply; what git might start all the same is switched off; and whatever would reach
//! out of this machine finds no protocol that is allowed.

use std::ffi::{OsStr, OsString};
use std::io::{BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, anyhow};
use ringfence_project::git_index::endless_file;
use ringfence_project::normalized;

/// What wins over the config of the repository.
const CONFIG: [&str; 10] = [
    // A folder of the project that is laid out as a bare repository would be one.
    "safe.bareRepository=explicit",
    // No contents of the working tree are asked for, and it may be a pipe.
    "core.attributesFile=/dev/null",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.askPass=",
    "core.alternateRefsCommand=",
    "diff.external=",
    "credential.helper=",
    "submodule.recurse=false",
];

/// Variables that would have git start something, or say something else than it is asked for.
const UNSET: [&str; 15] = [
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_EDITOR",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_PROXY_COMMAND",
    "GIT_TRACE",
    "GIT_TRACE_SETUP",
    "GIT_TRACE_PERFORMANCE",
    "GIT_TRACE_PACKET",
    "GIT_TRACE2",
    "GIT_TRACE2_EVENT",
    "GIT_TRACE2_PERF",
];

const SET: [(&str, &str); 7] = [
    ("GIT_NO_LAZY_FETCH", "1"),
    // None.
    ("GIT_ALLOW_PROTOCOL", ""),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_PAGER", "cat"),
    ("LC_ALL", "C"),
];

/// A working tree of git.
#[derive(Debug)]
pub(crate) struct Git {
    program: PathBuf,
    /// The folder of the repository, as it is called from the folder that was asked for: links are shown as the user wrote them.
    pub(crate) top: PathBuf,
    pub(crate) index: PathBuf,
    /// The name of the tree with nothing in it.
    pub(crate) empty_tree: &'static str,
}

impl Git {
    /// The working tree around a folder.
    pub(crate) fn around(folder: &Path) -> Result<Self> {
        let program = program()?;
        if let Some(file) = endless_file(folder) {
            return Err(anyhow!("git: `{}` is not a regular file", file.display()));
        }
        let mut git = Self {
            program,
            top: folder.to_path_buf(),
            index: PathBuf::new(),
            empty_tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        };
        let questions = [
            "rev-parse",
            "--is-inside-work-tree",
            "--show-object-format",
            "--show-cdup",
            "--git-path",
            "index",
        ];
        let answer = git.run(&questions).context("what changed is asked of git")?;
        let mut lines = answer.splitn(4, |byte| *byte == b'\n');
        let mut line = || lines.next().unwrap_or_default();
        let (is_inside, format, up, index) = (line(), line(), line(), line());
        if is_inside != b"true" {
            // Its config may say that the files are somewhere else.
            let folder = folder.display();
            return Err(anyhow!(
                "git: `{folder}` lies in no working tree, so that nothing tells what changed"
            ));
        }
        if format == b"sha256" {
            git.empty_tree = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";
        }
        git.index = folder.join(as_path(index.strip_suffix(b"\n").unwrap_or(index)));
        if !up.is_empty() {
            git.top = normalized(&folder.join(as_path(up)));
        }
        Ok(git)
    }

    /// Refuses paths of which git knows nothing by these names: in another repository, or behind a link to a folder.
    pub(crate) fn check_names<'a>(&self, paths: impl Iterator<Item = &'a PathBuf>) -> Result<()> {
        let top = self.top.canonicalize().with_context(|| format!("cannot read `{}`", self.top.display()))?;
        for path in paths {
            // A file may be a link, of which git knows.
            let Some(folder) = path.ancestors().find(|folder| folder.is_dir()) else { continue };
            let real =
                folder.canonicalize().with_context(|| format!("cannot read `{}`", folder.display()))?;
            if folder.strip_prefix(&self.top).is_ok_and(|relative| real == top.join(relative)) {
                continue;
            }
            let path = path.display();
            return Err(match real.strip_prefix(&top) {
                Ok(relative) => anyhow!(
                    "git does not know `{path}` by this name, which leads through a link: it is `{}`",
                    self.top.join(relative).display()
                ),
                Err(_) => anyhow!(
                    "`{path}` lies outside the repository of the working directory, which is asked what changed: run it there"
                ),
            });
        }
        Ok(())
    }

    /// The files in the working tree that git neither tracks nor ignores, relative to its top.
    pub(crate) fn untracked(&self) -> Result<Vec<PathBuf>> {
        let question = ["config", "--type=path", "--get", "core.excludesFile"];
        let ignored = answer(self.command_with_ignores().args(question))?;
        let ignored = ignored.map(|path| as_path(path.strip_suffix(b"\n").unwrap_or(&path)));
        if let Some(file) = ignored.map(|path| self.top.join(path))
            && file.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
        {
            return Err(anyhow!(
                "git: `{}`, which `core.excludesFile` names, is not a regular file",
                file.display()
            ));
        }
        let question = ["ls-files", "--others", "--exclude-standard", "-z"];
        let files = answer(self.command_with_ignores().args(question))?.unwrap_or_default();
        Ok(fields(&files).filter(|path| !path.ends_with(b"/")).map(as_path).collect())
    }

    fn command(&self) -> Command {
        let mut command = self.command_with_ignores();
        // It may be a pipe, and what nobody tracks is asked for by itself.
        command.args(["-c", "core.excludesFile=/dev/null"]);
        command
    }

    fn command_with_ignores(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["--no-pager", "--no-optional-locks", "--literal-pathspecs"]);
        for setting in CONFIG {
            command.args(["-c", setting]);
        }
        for name in UNSET {
            command.env_remove(name);
        }
        command.envs(SET).current_dir(&self.top).stdin(Stdio::null());
        command
    }

    /// What a command of git says.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<Vec<u8>> {
        let output = self.command().args(arguments).output().context("cannot run `git`")?;
        if output.status.success() { Ok(output.stdout) } else { Err(failure(&output.stderr)) }
    }

    /// The same, or nothing where git answers no, and says so by ending with 1.
    pub(crate) fn ask<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<Option<Vec<u8>>> {
        answer(self.command().args(arguments))
    }

    /// The contents of objects, from one process; nothing for one that is not in this clone.
    pub(crate) fn contents(&self, objects: &[&str]) -> Result<Vec<Option<Vec<u8>>>> {
        self.ask_of_each(&["cat-file", "--batch", "--buffer"], objects, next_object)
    }

    /// How many bytes objects hold; nothing for one that is not in this clone.
    pub(crate) fn sizes(&self, objects: &[&str]) -> Result<Vec<Option<u64>>> {
        let question = ["cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", "--buffer"];
        self.ask_of_each(&question, objects, |output| Ok(next_size(output)?.map(|size| size as u64)))
    }

    /// Asks one process about each object, and reads its answers.
    fn ask_of_each<T>(
        &self,
        question: &[&str],
        objects: &[&str],
        mut next: impl FnMut(&mut BufReader<ChildStdout>) -> Result<T>,
    ) -> Result<Vec<T>> {
        if objects.is_empty() {
            return Ok(Vec::new());
        }
        let mut child = self
            .command()
            .args(question)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot run `git`")?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(unreadable_answer());
        };
        let mut output = BufReader::new(output);
        let answers = std::thread::scope(|scope| {
            // Both pipes may be full.
            scope.spawn(move || {
                let mut questions = objects.join("\n");
                questions.push('\n');
                // One that has ended answers nothing, which is seen below.
                _ = input.write_all(questions.as_bytes());
            });
            objects.iter().map(|_| next(&mut output)).collect::<Result<Vec<_>>>()
        });
        _ = child.kill();
        child.wait().context("cannot run `git`")?;
        answers
    }
}

/// What a command of git says, or nothing where git answers no, and says so by ending with 1.
fn answer(command: &mut Command) -> Result<Option<Vec<u8>>> {
    let output = command.output().context("cannot run `git`")?;
    match output.status.code() {
        Some(0) => Ok(Some(output.stdout)),
        Some(1) if output.stderr.is_empty() => Ok(None),
        _ => Err(failure(&output.stderr)),
    }
}

/// The next answer of `cat-file`: the contents of an object, or nothing where it is not there.
fn next_object(output: &mut impl std::io::BufRead) -> Result<Option<Vec<u8>>> {
    let Some(size) = next_size(output)? else { return Ok(None) };
    let mut bytes = Vec::new();
    output.by_ref().take(size as u64 + 1).read_to_end(&mut bytes)?;
    // A line end follows.
    let is_whole = bytes.pop() == Some(b'\n') && bytes.len() == size;
    if is_whole { Ok(Some(bytes)) } else { Err(unreadable_answer()) }
}

/// The head of an answer of `cat-file`: how large the object is, or nothing where it is not there.
fn next_size(output: &mut impl std::io::BufRead) -> Result<Option<usize>> {
    let mut head = String::new();
    if output.read_line(&mut head)? == 0 {
        return Err(unreadable_answer());
    }
    let (_, last) = head.trim_end().rsplit_once(' ').ok_or_else(unreadable_answer)?;
    Ok(last.parse().ok())
}

fn unreadable_answer() -> anyhow::Error {
    anyhow!("git: `cat-file` gave no answer that can be read")
}

/// Where git is. Entries of the path that are relative would be looked for in the repository.
fn program() -> Result<PathBuf> {
    let name = format!("git{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    folders
        .map(|folder| folder.join(&name))
        .find(|program| program.is_file())
        .ok_or_else(|| anyhow!("cannot run `git`: it is not on the `PATH`"))
}

fn failure(said: &[u8]) -> anyhow::Error {
    let said = String::from_utf8_lossy(said);
    anyhow!("git: {}", said.trim().lines().next().unwrap_or("it failed and does not say why"))
}

/// The first line of what git says.
pub(crate) fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).trim_end_matches(['\n', '\r']).to_string()
}

/// Fields with a zero byte behind each.
pub(crate) fn fields(output: &[u8]) -> impl Iterator<Item = &[u8]> {
    output.split(|byte| *byte == 0).filter(|field| !field.is_empty())
}

pub(crate) fn as_path(bytes: &[u8]) -> PathBuf {
    let text = || PathBuf::from(OsString::from(String::from_utf8_lossy(bytes).into_owned()));
    ringfence_project::git_index::path(bytes).unwrap_or_else(text)
}
