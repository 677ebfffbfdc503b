//! `ringfence loads`

mod described;
mod json;
mod tree;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use ringfence_project::CommandLine;
use ringfence_project::loads::{LoadVerdict, LoadsOptions, ModuleLoads};

use super::{module_named, nearest_module, print_configs, report_config_problems};
use crate::arguments::{ColorChoice, LoadsArguments, TextOrJson};
use crate::sessions::Sessions;
use crate::summary::count;
use crate::terminal::{JsonArray, print, warn};

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
    let mut told = Told { sessions: &sessions, arguments, inverse, counts: Counts::default(), array: None };
    if arguments.output_format == TextOrJson::Json {
        told.array = Some(JsonArray::default());
    }
    if arguments.modules.is_empty() {
        for session in sessions.one_a_folder() {
            for batch in session.importable_names().chunks(BATCH) {
                let names: Vec<String> = batch.iter().map(|name| (*name).to_string()).collect();
                told.tell(&session.loads(&names, options)?.modules)?;
            }
        }
    } else {
        told.tell(&asked(&sessions, &arguments.modules, options)?)?;
    }
    told.end()
}

/// So many modules are asked for at once. What is known of them is printed and forgotten before the next.
const BATCH: usize = 256;

/// What is told of imports, as it becomes known.
struct Told<'a> {
    sessions: &'a Sessions,
    arguments: &'a LoadsArguments,
    /// The module that makes others be asked who loads it.
    inverse: Option<String>,
    counts: Counts,
    /// Where JSON is asked for.
    array: Option<JsonArray>,
}

/// How many imports there are of each verdict.
#[derive(Default)]
struct Counts {
    works: usize,
    fails: usize,
    unknown: usize,
    /// How many are told, or load the module that is asked for.
    told: usize,
}

impl Told<'_> {
    fn tell(&mut self, all: &[ModuleLoads]) -> Result<()> {
        let path = |path: &Path| self.sessions.display(path);
        for loads in all {
            match loads.verdict {
                LoadVerdict::Works => self.counts.works += 1,
                LoadVerdict::Fails(_) => self.counts.fails += 1,
                LoadVerdict::Unknown(_) => self.counts.unknown += 1,
            }
            let selected = match &self.inverse {
                Some(module) if *module == loads.module => continue,
                Some(module) => tree::chain(loads, module),
                None => Some(tree::selected(loads, self.arguments.depth, &self.arguments.only)),
            };
            let Some(selected) = selected else { continue };
            self.counts.told += 1;
            match (&mut self.array, &self.inverse) {
                (Some(array), _) => array.print(&json::module(loads, selected, &path))?,
                (None, Some(module)) => print(described::chain(loads, module, &selected, &path))?,
                (None, None) => print(described::module(loads, &selected, &path))?,
            }
        }
        Ok(())
    }

    fn end(self) -> Result<ExitCode> {
        let Self { sessions, arguments, inverse, counts, array } = self;
        if let Some(module) = &inverse
            && counts.told == 0
        {
            if !sessions.all.iter().any(|session| session.is_importable(module)) {
                let near = nearest_module(sessions, module);
                return Err(anyhow!(
                    "there is no module `{module}`, and nothing of that name is loaded{near}"
                ));
            }
            if array.is_none() {
                print([format!("no import loads `{module}`")])?;
            }
        }
        if let Some(array) = array {
            array.end()?;
        }
        let Counts { works, fails, unknown, .. } = counts;
        if !arguments.project().quiet {
            let imports = count(works + fails + unknown, "import");
            warn(&format!("{imports}: {works} work, {fails} fail, {unknown} cannot be told"));
        }
        Ok(ExitCode::from(u8::from(fails > 0)))
    }
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
        all.extend(session.loads(names, options)?.modules);
    }
    all.sort_by_key(|loads| names.iter().position(|name| *name == loads.module));
    Ok(all)
}
