//! `ringfence graph`

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use ringfence_project::CommandLine;

use super::check::options_for_programs;
use super::{nearest_module, print_configs, report_config_problems};
use crate::arguments::{ColorChoice, GraphArguments, GraphFormat};
use crate::picture::Picture;
use crate::sessions::Sessions;
use crate::terminal::{print, print_json};

pub(crate) fn run(arguments: &GraphArguments) -> Result<ExitCode> {
    let mut sessions = Sessions::open(&arguments.project, CommandLine::default(), None, None)?;
    print_configs(&sessions, &arguments.project);
    if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
        return Ok(code);
    }
    let mut picture = Picture::default();
    if arguments.format == GraphFormat::Svg {
        sessions.share_comments();
        let options = options_for_programs(&sessions);
        for session in &mut sessions.all {
            let report = session.check_as_it_is(&options)?;
            picture.add_findings(session, arguments.level, &report);
        }
    }
    for session in sessions.one_a_folder() {
        picture.add(session, arguments.level, &sessions, &arguments.project.paths);
    }
    if let Some(module) = &arguments.focus
        && !picture.focus(module, arguments.depth)
    {
        return Err(anyhow!("no node is `{module}` or below it{}", nearest_module(&sessions, module)));
    }
    if let Some(parts) = arguments.collapse {
        picture.collapse(parts.get());
    }
    match arguments.format {
        GraphFormat::Json => print_json(&picture.json())?,
        GraphFormat::Dot => print(picture.dot())?,
        GraphFormat::Mermaid => print(picture.mermaid())?,
        GraphFormat::Svg => {
            let lines = picture.svg().map_err(|too_many| {
                anyhow!(
                    "{} nodes are too many for a picture of at most {}: `--level boundaries`, `--collapse` or `--focus` leave fewer",
                    too_many.nodes,
                    too_many.most
                )
            })?;
            print(lines)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
