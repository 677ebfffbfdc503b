//! One file per command.

pub(crate) mod affected;
pub(crate) mod baseline;
pub(crate) mod can;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod contracts;
pub(crate) mod coverage;
pub(crate) mod diff;
pub(crate) mod explore;
pub(crate) mod graph;
pub(crate) mod init;
pub(crate) mod loads;
pub(crate) mod mcp;
pub(crate) mod migrate;
pub(crate) mod rule;
pub(crate) mod server;
pub(crate) mod sync;
pub(crate) mod version;
pub(crate) mod why;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use ringfence_diagnostics::{Diagnostic, Files};
use ringfence_output::{Format, RenderOptions, render};
use ringfence_policy::suggest;
use ringfence_project::{Session, normalized};

use crate::arguments::{ColorChoice, ProjectArguments};
use crate::merged::{ManyFiles, moved};
use crate::sessions::Sessions;
use crate::summary::count;
use crate::terminal::{is_colored, warn};

/// Prints the errors of all configs to stderr. `Some` exit code if there are any: nothing can be checked then.
pub(crate) fn report_config_problems(sessions: &Sessions, color: ColorChoice) -> Result<Option<ExitCode>> {
    let count_of =
        write_config_problems(sessions, is_colored(color, &io::stderr()), &mut io::stderr().lock())?;
    if count_of == 0 {
        return Ok(None);
    }
    warn(&format!("{} in the config; nothing was checked", count(count_of, "mistake")));
    Ok(Some(ExitCode::from(2)))
}

/// The errors of all configs as text; nothing where there are none.
pub(crate) fn config_problems(sessions: &Sessions) -> Result<Option<String>> {
    let mut text = Vec::new();
    let count_of = write_config_problems(sessions, false, &mut text)?;
    Ok((count_of > 0).then(|| String::from_utf8_lossy(&text).into_owned()))
}

/// Writes the errors of all configs, and says how many there are.
fn write_config_problems(sessions: &Sessions, color: bool, out: &mut dyn Write) -> Result<usize> {
    let files = ManyFiles::new(sessions.all.iter().map(Session::files));
    let mut problems: Vec<Diagnostic> = Vec::new();
    let mut offset = 0;
    for session in &sessions.all {
        problems.extend(session.problems().iter().map(|problem| moved(problem.clone(), offset)));
        offset += session.files().len();
    }
    if problems.is_empty() {
        return Ok(0);
    }
    // An error on the command line is one error, however many sessions read it.
    let mut seen = BTreeSet::new();
    problems.retain(|problem| {
        let path = files.path(problem.file).to_path_buf();
        seen.insert((path, problem.range.start(), problem.message.clone()))
    });
    let options = RenderOptions {
        working_directory: &sessions.working_directory,
        repository: &sessions.working_directory,
        rules: &[],
        color,
        hyperlinks: false,
        unsafe_fixes: false,
    };
    render(Format::Full, &problems, &files, &options, out)?;
    Ok(problems.len())
}

/// Says which configs are used.
fn print_configs(sessions: &Sessions, arguments: &ProjectArguments) {
    if arguments.quiet {
        return;
    }
    let names: Vec<String> = sessions
        .all
        .iter()
        .map(|session| match session.config() {
            Some(config) => format!("`{}`", sessions.display(&config.path)),
            None => "no config".to_string(),
        })
        .collect();
    match names.as_slice() {
        [] => {}
        [first, second, third, rest @ ..] if !rest.is_empty() => {
            warn(&format!("using {first}, {second}, {third} and {} more", rest.len()));
        }
        names => warn(&format!("using {}", names.join(", "))),
    }
}

/// What a module is called that is given by its name, or by the path of its file.
fn module_named(sessions: &Sessions, argument: &str) -> Result<String> {
    let extension = Path::new(argument).extension();
    let is_path = argument.contains(['/', '\\'])
        || extension.is_some_and(|extension| extension == "py" || extension == "pyi");
    if !is_path {
        return Ok(argument.to_string());
    }
    let path = normalized(&sessions.working_directory.join(argument));
    let name = sessions.all.iter().find_map(|session| session.module_at(&path));
    name.map(str::to_string).ok_or_else(|| anyhow!("`{argument}` is no file of a module of the project"))
}

/// ``; did you mean `shop.orders`?`` for a name that no module has; empty where none is near.
fn nearest_module(sessions: &Sessions, name: &str) -> String {
    let near = sessions.all.iter().find_map(|session| {
        let index = session.graph().index();
        suggest(name, index.iter().map(|(_, module)| &*module.name)).map(str::to_string)
    });
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}
