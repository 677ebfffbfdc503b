//! `ringfence config`

use std::process::ExitCode;

use anyhow::Result;
use ringfence_policy::{native, options};
use ringfence_project::CommandLine;

use super::{print_configs, report_config_problems};
use crate::arguments::{ColorChoice, ConfigArguments, ConfigCommand};
use crate::sessions::Sessions;
use crate::terminal::{print, print_json, print_toml};

pub(crate) fn run(arguments: &ConfigArguments) -> Result<ExitCode> {
    match &arguments.command {
        ConfigCommand::Schema => print_json(&options::schema())?,
        ConfigCommand::Show(project) => {
            let sessions = Sessions::open(project, CommandLine::default(), None, None)?;
            print_configs(&sessions, project);
            if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
                return Ok(code);
            }
            for session in &sessions.all {
                if sessions.all.len() > 1
                    && let Some(config) = session.config()
                {
                    print([format!("# {}", sessions.display(&config.path))])?;
                }
                print_toml(&native::write(session.policy()))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
