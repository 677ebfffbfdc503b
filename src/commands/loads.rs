//! `ringfence loads`

mod described;
mod json;
mod tree;

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use ringfence_project::CommandLine;
use ringfence_project::loads::{Asked, LoadVerdict, LoadsOptions, ModuleLoads};
use serde_json::Value;

use super::{module_named, nearest_module, print_configs, report_config_problems};
use crate::arguments::{ColorChoice, LoadsArguments, TextOrJson};
use crate::sessions::Sessions;
use crate::summary::count;
use crate::terminal::{print, print_json, warn};
use tree::Selected;

pub(crate) fn run(arguments: &LoadsArguments) -> Result<ExitCode> {
    let rules = CommandLine { reads_manifests: true, ..CommandLine::default() };
    let sessions = Sessions::open(&arguments.project(), rules, None, arguments.python.as_deref())?;
    print_configs(&sessions, &arguments.project());
    if let Some(code) = report_config_problems(&sessions, ColorChoice::Auto)? {
        return Ok(code);
    }
    let inverse = match &arguments.inverse {
        Some(argument) => Some(module_named(&sessions, argument)?),
        None => None,
    };
    let options = LoadsOptions { follow: arguments.python.is_some() };
    let all = if arguments.modules.is_empty() {
        let mut all = Vec::new();
        for session in sessions.one_a_folder() {
            all.extend(session.loads(Asked::All, options)?.modules);
        }
        all
    } else {
        asked(&sessions, &arguments.modules, options)?
    };
    if let Some(module) = &inverse {
        let is_known = sessions.all.iter().any(|session| session.is_importable(module))
            || all.iter().any(|loads| tree::loads(loads, module));
        if !is_known {
            let near = nearest_module(&sessions, module);
            return Err(anyhow!("there is no module `{module}`, and nothing of that name is loaded{near}"));
        }
    }
    let shown = all.iter().filter_map(|loads| {
        let selected = match &inverse {
            Some(module) if *module == loads.module => return None,
            Some(module) => tree::chain(loads, module)?,
            None => tree::selected(loads, arguments.depth, &arguments.only),
        };
        Some((loads, selected))
    });
    let shown: Vec<(&ModuleLoads, Vec<Selected>)> = shown.collect();
    match arguments.output_format {
        TextOrJson::Text => {
            let path = |path: &std::path::Path| sessions.display(path);
            let lines = shown.iter().flat_map(|(loads, selected)| match &inverse {
                Some(module) => described::chain(loads, module, selected, &path),
                None => described::module(loads, selected, &path),
            });
            print(lines)?;
            if let (Some(module), []) = (&inverse, shown.as_slice()) {
                print([format!("no import loads `{module}`")])?;
            }
        }
        TextOrJson::Json => {
            let objects = shown.iter().map(|(loads, selected)| {
                json::module(loads, selected, &|path: &std::path::Path| sessions.display(path))
            });
            print_json(&Value::Array(objects.collect()))?;
        }
    }
    if !arguments.project().quiet {
        warn(&summary(&all));
    }
    let fails = all.iter().any(|loads| matches!(loads.verdict, LoadVerdict::Fails(_)));
    Ok(ExitCode::from(u8::from(fails)))
}

/// What is known of these modules, each asked of the first session that has it.
fn asked(sessions: &Sessions, arguments: &[String], options: LoadsOptions) -> Result<Vec<ModuleLoads>> {
    let mut names: Vec<String> = Vec::new();
    for argument in arguments {
        let name = module_named(sessions, argument)?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut of_session: Vec<Vec<String>> = vec![Vec::new(); sessions.all.len()];
    for name in &names {
        let Some(position) = sessions.all.iter().position(|session| session.is_importable(name)) else {
            let near = nearest_module(sessions, name);
            return Err(anyhow!("there is no module `{name}` that can be imported{near}"));
        };
        if let Some(of_session) = of_session.get_mut(position) {
            of_session.push(name.clone());
        }
    }
    let mut all: Vec<ModuleLoads> = Vec::new();
    for (session, names) in sessions.all.iter().zip(&of_session).filter(|(_, names)| !names.is_empty()) {
        all.extend(session.loads(Asked::Modules(names), options)?.modules);
    }
    all.sort_by_key(|loads| names.iter().position(|name| *name == loads.module));
    Ok(all)
}

fn summary(all: &[ModuleLoads]) -> String {
    let of = |is: fn(&LoadVerdict) -> bool| all.iter().filter(|loads| is(&loads.verdict)).count();
    let works = of(|verdict| matches!(verdict, LoadVerdict::Works));
    let fails = of(|verdict| matches!(verdict, LoadVerdict::Fails(_)));
    let unknown = of(|verdict| matches!(verdict, LoadVerdict::Unknown(_)));
    format!("{}: {works} work, {fails} fail, {unknown} cannot be told", count(all.len(), "import"))
}
