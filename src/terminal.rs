//! Everything that is written to the terminal goes through here.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::arguments::ColorChoice;

/// A line on stderr. If nobody can read it, nobody can be told so either.
pub(crate) fn warn(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Text on stdout.
pub(crate) fn print(text: &str) -> io::Result<()> {
    print_bytes(text.as_bytes())
}

/// Bytes on stdout, in whatever encoding they are.
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
