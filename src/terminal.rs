//! Everything that is written to the terminal goes through here.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ringfence_output::escape;
use serde_json::Value;

use crate::arguments::ColorChoice;

/// A line on stderr, made harmless. If nobody can read it, nobody can be told so either.
pub(crate) fn warn(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", escape::line(line));
}

/// Lines on stdout, each made harmless: what is quoted in one of them cannot become another.
pub(crate) fn print<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> io::Result<()> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&escape::line(line.as_ref()));
        text.push('\n');
    }
    print_bytes(text.as_bytes())
}

/// A value on stdout as JSON.
pub(crate) fn print_json(value: &Value) -> io::Result<()> {
    let mut text = Vec::new();
    escape::json_pretty(value, &mut text)?;
    text.push(b'\n');
    print_bytes(&text)
}

/// An array of JSON on stdout, whose values are printed as they become known.
#[derive(Debug, Default)]
pub(crate) struct JsonArray {
    has_values: bool,
}

impl JsonArray {
    pub(crate) fn print(&mut self, value: &Value) -> io::Result<()> {
        let mut text = Vec::new();
        escape::json_pretty(value, &mut text)?;
        let mut lines = if self.has_values { b",".to_vec() } else { b"[".to_vec() };
        self.has_values = true;
        // A string has no line of its own.
        for line in text.split(|byte| *byte == b'\n') {
            lines.extend_from_slice(b"\n  ");
            lines.extend_from_slice(line);
        }
        print_bytes(&lines)
    }

    pub(crate) fn end(self) -> io::Result<()> {
        print_bytes(if self.has_values { b"\n]\n" } else { b"[]\n" })
    }
}

/// A config on stdout.
pub(crate) fn print_toml(text: &str) -> io::Result<()> {
    print_bytes(escape::toml(text).as_bytes())
}

/// What changes would do, on stdout: for whoever applies them as it is; where a person or a runner reads it, made harmless.
pub(crate) fn print_diff(diff: &str) -> io::Result<()> {
    if io::stdout().is_terminal() || is_in_runner() {
        print_bytes(escape::lines(diff).as_bytes())
    } else {
        print_bytes(diff.as_bytes())
    }
}

/// Whether a runner reads what is printed, and takes some lines for commands.
fn is_in_runner() -> bool {
    ["GITHUB_ACTIONS", "TF_BUILD"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Bytes on stdout for a program, in whatever encoding they are. Nothing is made harmless: use it for what is ours, and for what
/// came from a program that gets it back.
pub(crate) fn print_bytes(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// Whether output to this stream is colored: `NO_COLOR`, `CLICOLOR_FORCE` and the like decide where nobody says.
pub(crate) fn is_colored(choice: ColorChoice, stream: &impl anstream::stream::RawStream) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
    }
}

/// A counter of files on stderr, for runs that take long on a terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
    last: Mutex<Instant>,
}

impl Progress {
    /// Runs shorter than this show nothing.
    const PATIENCE: Duration = Duration::from_millis(700);
    const INTERVAL: Duration = Duration::from_millis(100);

    pub(crate) fn new(quiet: bool) -> Self {
        let target = if quiet || !io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("reading imports: {pos} files") {
            bar.set_style(style);
        }
        let now = Instant::now();
        Self { bar, started: now, last: Mutex::new(now) }
    }

    pub(crate) fn files(&self, done: usize) {
        if self.bar.is_hidden() || self.started.elapsed() < Self::PATIENCE {
            return;
        }
        if let Ok(mut last) = self.last.try_lock()
            && last.elapsed() >= Self::INTERVAL
        {
            *last = Instant::now();
            self.bar.set_position(done as u64);
        }
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
