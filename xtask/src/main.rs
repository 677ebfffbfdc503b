//! Tasks of the project itself, run as `cargo xtask TASK`. `CONTRIBUTING.md` says when.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what it says is for whoever runs it")]

mod generate;
mod new_rule;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;

/// What can be asked for.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
enum Task {
    /// Write every file that is made from the code
    Generate,
    /// Write the file of a new rule, its fixtures and its lines in the registry
    NewRule {
        /// `RF605`; the first digit says which family it is of
        code: String,
        /// `deferred-import`: read as "allow ..."
        name: String,
    },
    /// Run the fixtures of one rule, or of all
    Fixtures {
        /// `RF101`
        code: Option<String>,
        /// Write the snapshots anew; read them before you commit them
        #[arg(long)]
        update: bool,
    },
}

fn main() -> ExitCode {
    match run(&Task::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result<()> {
    let root = workspace_root()?;
    match task {
        Task::Generate => generate::run(&root),
        Task::NewRule { code, name } => new_rule::run(&root, code, name),
        Task::Fixtures { code, update } => fixtures(&root, code.as_deref(), *update),
    }
}

/// The folder of the workspace: the one around this crate.
fn workspace_root() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    Ok(root.context("the crate lies in no workspace")?.to_path_buf())
}

fn fixtures(root: &Path, code: Option<&str>, update: bool) -> Result<()> {
    if let Some(code) = code {
        let folder = root.join("resources/fixtures").join(code);
        ensure!(folder.is_dir(), "there are no fixtures in {}", folder.display());
    }
    let of_rule = |only: &[&str], update: &str| {
        let mut command = cargo(root, &["test", "--locked", "--test", "rules"]);
        command.args(only).env("INSTA_UPDATE", update);
        if let Some(code) = code {
            command.env("RINGFENCE_FIXTURES", code);
        }
        wait(command)
    };
    if update {
        // Other tests look at the snapshots, which have to be there first.
        of_rule(&["every_scenario_prints_its_snapshot"], "always")?;
    }
    of_rule(&[], "no")
}

/// A call of cargo in the workspace.
fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root);
    command
}

/// Runs a command and fails where it does.
fn wait(mut command: Command) -> Result<()> {
    eprintln!("$ {command:?}");
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}
