//! The command line of ringfence: one file per command under [`commands`].

// Printing is what the command line is for; it does so through the writers of `terminal`.
mod arguments;
mod can;
mod changes;
mod commands;
mod compared;
mod difference;
mod explorer;
mod git;
mod links;
mod mcp;
mod merged;
mod picture;
mod portrait;
mod revision;
mod sessions;
mod summary;
mod terminal;
mod writing;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;
use ringfence_output::escape;

use crate::arguments::{Arguments, Command};
use crate::terminal::warn;

/// A cold check makes small, short-lived allocations on many threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    silence_workers();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return answer(&error),
    };
    let result = catch_unwind(AssertUnwindSafe(|| match arguments.command {
        Command::Check(arguments) => commands::check::run(&arguments),
        Command::Rule(arguments) => commands::rule::run(&arguments),
        Command::Config(arguments) => commands::config::run(&arguments),
        Command::Baseline(arguments) => commands::baseline::run(&arguments),
        Command::Graph(arguments) => commands::graph::run(&arguments),
        Command::Explore(arguments) => commands::explore::run(&arguments),
        Command::Init(arguments) => commands::init::run(&arguments),
        Command::Why(arguments) => commands::why::run(&arguments),
        Command::Can(arguments) => commands::can::run(&arguments),
        Command::Loads(arguments) => commands::loads::run(&arguments),
        Command::Affected(arguments) => commands::affected::run(&arguments),
        Command::Coverage(arguments) => commands::coverage::run(&arguments),
        Command::Contracts(arguments) => commands::contracts::run(&arguments),
        Command::Diff(arguments) => commands::diff::run(&arguments),
        Command::Migrate(arguments) => commands::migrate::run(&arguments),
        Command::Server => commands::server::run(),
        Command::Mcp(arguments) => commands::mcp::run(&arguments),
        Command::Sync(arguments) => commands::sync::run(&arguments),
        Command::Version => commands::version::run(),
        Command::Completions(arguments) => commands::completions::run(&arguments),
    }));
    match result {
        Ok(Ok(code)) => code,
        // Nobody is left to tell, and nobody has read all of it.
        Ok(Err(error)) if is_broken_pipe(&error) => ExitCode::from(2),
        Ok(Err(error)) => {
            warn(&format!("error: {error:#}"));
            ExitCode::from(2)
        }
        Err(_) => {
            warn("error: internal error; this is a bug of ringfence");
            ExitCode::from(2)
        }
    }
}

/// Help, or what is wrong with the command line, which may quote what somebody else put there.
fn answer(error: &clap::Error) -> ExitCode {
    let is_harmless =
        |argument: std::ffi::OsString| argument.to_str().is_some_and(|text| escape::line(text) == text);
    if !error.use_stderr() || std::env::args_os().all(is_harmless) {
        if let Err(error) = error.print() {
            warn(&format!("error: cannot print it: {error}"));
            return ExitCode::from(2);
        }
        return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
    }
    for line in error.to_string().lines() {
        warn(line);
    }
    ExitCode::from(2)
}

/// A panic while one file is read becomes a finding of that file; its trace would only hide the others.
fn silence_workers() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let worker = std::thread::current().name().is_some_and(|name| name.starts_with("ringfence-"));
        if !worker {
            default(info);
        }
    }));
}

/// The reader of our output has seen enough.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}
