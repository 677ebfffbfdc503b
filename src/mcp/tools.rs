//! The tools: what each is asked, and how it is answered. Each answers as the command of its name does.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use ringfence_diagnostics::{Span, paths};
use ringfence_output::{Format, RenderOptions, render};
use ringfence_policy::{ModulePattern, Spanned};
use ringfence_project::{CheckOptions, Session};
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};

use super::answers::{Answer, HIGHEST_LIMIT, Part, USUAL_LIMIT};
use super::arguments::{
    CanArguments, CheckArguments, ModulesArguments, RuleArguments, WhyArguments, check_module, path_within,
    typed,
};
use super::project::{self, Project};
use crate::arguments::ProjectArguments;
use crate::can::{self, Question};
use crate::commands;
use crate::merged::{ManyFiles, combine};
use crate::sessions::{Buffer, Sessions};

/// A text that is checked has no more bytes.
const LONGEST_TEXT: usize = 12 * 1024 * 1024;

/// How to answer.
type Answering = fn(&mut Project, JsonObject) -> Result<Answer>;

/// What a tool is called, what it is for, the schema of its arguments, and how it answers.
struct Entry {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    properties: fn() -> Value,
    required: &'static [&'static str],
    answer: Answering,
}

/// One line for each tool.
const TOOLS: &[Entry] = &[
    Entry {
        name: "check",
        title: "Check a file, a folder, or a text before it is saved",
        description: "Checks the imports of the project against its boundaries, as `ringfence check` does. With `path` it reports what is \
            found in that file or folder; with `text`, too, what would be found if the file had this text, whether it is there yet or not.",
        properties: check_properties,
        required: &[],
        answer: check,
    },
    Entry {
        name: "can",
        title: "May this import be written here?",
        description: "Says whether an import may be written, by which line of the config, and what may be written instead. The importer need \
            not be there yet.",
        properties: can_properties,
        required: &["importer", "imported"],
        answer: can_import,
    },
    Entry {
        name: "why",
        title: "Why may one module import another, or why not?",
        description: "Says what the config says for and against imports of one module by another, which of them are there, and how one is \
            reached from the other.",
        properties: why_properties,
        required: &["importer", "imported"],
        answer: why,
    },
    Entry {
        name: "explain_rule",
        title: "Explain a rule",
        description: "Explains a rule by its code or name: what it finds, why that is bad, an example, and its options.",
        properties: rule_properties,
        required: &["rule"],
        answer: explain_rule,
    },
    Entry {
        name: "modules",
        title: "The boundary modules and their interfaces",
        description: "Lists the boundary modules of the config with their interface, layer, owner and the modules that each may depend on.",
        properties: modules_properties,
        required: &[],
        answer: modules,
    },
];

/// All tools, as a client sees them.
pub(super) fn all() -> Vec<Tool> {
    TOOLS
        .iter()
        .map(|entry| {
            let Entry { name, title, description, properties, required, .. } = entry;
            let schema = json!({
                "type": "object",
                "properties": properties(),
                "required": required,
                "additionalProperties": false,
            });
            let schema = schema.as_object().cloned().unwrap_or_default();
            let annotations =
                ToolAnnotations::with_title(*title).read_only(true).idempotent(true).open_world(false);
            Tool::new(*name, *description, schema).with_title(*title).with_annotations(annotations)
        })
        .collect()
}

pub(super) fn exists(name: &str) -> bool {
    TOOLS.iter().any(|entry| entry.name == name)
}

pub(super) fn answer(project: &mut Project, name: &str, arguments: JsonObject) -> Result<Answer> {
    let entry = TOOLS.iter().find(|entry| entry.name == name);
    let entry = entry.ok_or_else(|| anyhow!("there is no tool of that name"))?;
    (entry.answer)(project, arguments)
}

fn check_properties() -> Value {
    json!({
        "path": { "type": "string", "description": "A file or folder of the project, relative to its root; all of it where nothing is said" },
        "text": { "type": "string", "description": "What the file at `path` would hold" },
        "elsewhere": { "type": "boolean", "description": "With `text`: tell what is found in all files, such as a chain of imports that the text completes" },
        "offset": { "type": "integer", "minimum": 0, "description": "The first finding that is shown" },
        "limit": limit_property(),
    })
}

fn can_properties() -> Value {
    let kinds = <ringfence_diagnostics::EdgeKind as strum::VariantNames>::VARIANTS;
    json!({
        "importer": { "type": "string", "description": "The module that would import: a dotted name, or the path of its file, there or not" },
        "imported": { "type": "string", "description": "What would be imported: a dotted name, or `module:name`" },
        "name": { "type": "string", "description": "The name of `from imported import name`" },
        "kind": { "type": "string", "enum": kinds, "description": "When the import would run; `runtime` where nothing is said" },
    })
}

fn why_properties() -> Value {
    json!({
        "importer": { "type": "string", "description": "A module: a dotted name, or the path of its file" },
        "imported": { "type": "string", "description": "A module, a name in one, or something from elsewhere" },
    })
}

fn rule_properties() -> Value {
    json!({ "rule": { "type": "string", "description": "A code (`RF101`) or a name (`undeclared-dependency`)" } })
}

fn modules_properties() -> Value {
    json!({
        "module": { "type": "string", "description": "Only this boundary module, or the one that owns this module, and those below it" },
        "offset": { "type": "integer", "minimum": 0, "description": "The first module that is shown" },
        "limit": limit_property(),
    })
}

fn limit_property() -> Value {
    let about = format!("How many are shown; {USUAL_LIMIT} where nothing is said");
    json!({ "type": "integer", "minimum": 1, "maximum": HIGHEST_LIMIT, "description": about })
}

fn check(project: &mut Project, arguments: JsonObject) -> Result<Answer> {
    let arguments: CheckArguments = typed(arguments)?;
    let sessions = project.sessions()?;
    let path = arguments.path.as_deref().map(|path| path_within(sessions, path)).transpose()?;
    match (&arguments.text, path) {
        (Some(_), None) => bail!("`text` needs `path`, the name of the file that has it"),
        (Some(text), Some(path)) => {
            if text.len() > LONGEST_TEXT {
                bail!("`text` has more than {LONGEST_TEXT} bytes");
            }
            let is_python = path.extension().is_some_and(|suffix| suffix == "py" || suffix == "pyi");
            if !is_python || path.is_dir() {
                bail!("`path` is no Python file, so no text can stand for it");
            }
            let buffer = Buffer { path: path.clone(), bytes: text.clone().into_bytes() };
            let mut opened = project.open(Some(buffer))?;
            judged(&mut opened, vec![path], &arguments)
        }
        (None, Some(path)) => {
            if !path.exists() {
                bail!(
                    "there is no `{}`; with `text` it would be checked as if there were",
                    sessions.display(&path)
                );
            }
            let is_known = path.is_dir() || sessions.all.iter().any(|it| it.module_of(&path).is_some());
            if is_known {
                return judged(sessions, vec![path], &arguments);
            }
            // What is named is checked, though an exclude hides it.
            let own = ProjectArguments { paths: vec![path.clone()], ..project.arguments() };
            judged(&mut project::open(&own, None)?, vec![path], &arguments)
        }
        (None, None) => judged(sessions, Vec::new(), &arguments),
    }
}

/// What a check finds, as `ringfence check --output-format json` tells it.
fn judged(sessions: &mut Sessions, paths: Vec<PathBuf>, arguments: &CheckArguments) -> Result<Answer> {
    sessions.share_comments();
    let mut options = commands::check::options_for_programs(sessions);
    if arguments.elsewhere {
        options.paths.clear();
    } else if !paths.is_empty() {
        options = CheckOptions { paths, ..options };
    }
    let mut reports = Vec::new();
    for session in &mut sessions.all {
        reports.push(session.check_as_it_is(&options)?);
    }
    let files = ManyFiles::new(sessions.all.iter().map(Session::files));
    let report = combine(reports, &files);
    let render_options = RenderOptions {
        working_directory: &sessions.working_directory,
        repository: &sessions.working_directory,
        rules: &[],
        color: false,
        hyperlinks: false,
        unsafe_fixes: false,
    };
    let mut text = Vec::new();
    render(Format::Json, &report.diagnostics, &files, &render_options, &mut text)?;
    let findings: Vec<Value> = serde_json::from_slice(&text).context("cannot read our own findings")?;
    let errors = report.diagnostics.iter().filter(|it| it.severity == ringfence_diagnostics::Severity::Error);
    let passes = errors.count() == 0;
    let part = Part::of(findings, arguments.offset, arguments.limit());
    let mut lines: Vec<String> =
        part.shown.iter().map(|finding| finding_line(finding, &sessions.working_directory)).collect();
    if report.diagnostics.is_empty() {
        lines.push("nothing is found".to_string());
    }
    lines.extend(part.more());
    let mut value = part.into_value("findings");
    value["passes"] = Value::Bool(passes);
    value["files"] = json!(report.coverage.files);
    Ok(Answer::new(lines, value))
}

fn finding_line(finding: &Value, directory: &Path) -> String {
    let text = |key: &str| finding[key].as_str().unwrap_or_default();
    let path = paths::below(Path::new(text("filename")), directory);
    let row = finding["location"]["row"].as_u64().unwrap_or(1);
    let help = finding["help"].as_str().map(|help| format!(" (help: {help})")).unwrap_or_default();
    format!("{path}:{row}: {} {} {}{help}", text("severity"), text("code"), text("message"))
}

fn can_import(project: &mut Project, arguments: JsonObject) -> Result<Answer> {
    let arguments: CanArguments = typed(arguments)?;
    let kind = arguments.kind()?;
    let own = project.arguments();
    let sessions = project.sessions()?;
    check_module(sessions, &arguments.importer)?;
    let imported = arguments.imported.split_once(':').map_or(&*arguments.imported, |(module, _)| module);
    check_module(sessions, imported)?;
    let CanArguments { importer, imported, name, .. } = arguments;
    let question = Question { importer, imported, name, kind };
    let answer = can::answer(sessions, &question, &|buffer| project::open(&own, Some(buffer)))?;
    Ok(Answer::new(commands::can::described(&answer), commands::can::as_json(&answer)))
}

fn why(project: &mut Project, arguments: JsonObject) -> Result<Answer> {
    let arguments: WhyArguments = typed(arguments)?;
    let own = project.arguments();
    let sessions = project.sessions()?;
    for module in [&arguments.importer, &arguments.imported] {
        check_module(sessions, module)?;
    }
    let WhyArguments { importer, imported } = &arguments;
    let open = |buffer| project::open(&own, Some(buffer));
    let (lines, value) = commands::why::answer(sessions, importer, imported, &open)?;
    Ok(Answer::new(lines, value))
}

fn explain_rule(_: &mut Project, arguments: JsonObject) -> Result<Answer> {
    let arguments: RuleArguments = typed(arguments)?;
    let shown: String = arguments.rule.chars().take(100).collect();
    let rule = commands::rule::find(&shown)?.entry();
    Ok(Answer::new(commands::rule::explanation(rule).lines(), commands::rule::object(rule)))
}

fn modules(project: &mut Project, arguments: JsonObject) -> Result<Answer> {
    let arguments: ModulesArguments = typed(arguments)?;
    let sessions = project.sessions()?;
    let around = match &arguments.module {
        Some(module) => {
            let owner = sessions.all.iter().find_map(|session| session.owner_of(module));
            let shown: String = module.chars().take(100).collect();
            Some(owner.ok_or_else(|| anyhow!("no boundary module owns a module `{shown}`"))?.to_string())
        }
        None => None,
    };
    let mut all: Vec<Value> = Vec::new();
    let mut seen = BTreeSet::new();
    for session in sessions.one_a_folder() {
        for (id, boundary) in session.boundaries().iter() {
            let name = session.graph().index().name(boundary.module);
            let is_asked_for = around.as_ref().is_none_or(|around| {
                name.strip_prefix(around.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            });
            if is_asked_for && seen.insert(name.to_string()) {
                all.push(boundary_module(sessions, session, id));
            }
        }
    }
    let part = Part::of(all, arguments.offset, arguments.limit());
    let mut lines: Vec<String> = part.shown.iter().map(module_line).collect();
    if seen.is_empty() {
        lines.push("the config declares no boundary module".to_string());
    }
    lines.extend(part.more());
    Ok(Answer::new(lines, part.into_value("modules")))
}

fn boundary_module(sessions: &Sessions, session: &Session, id: ringfence_rules::BoundaryId) -> Value {
    let boundary = session.boundaries().get(id);
    let policy = session.policy();
    let declaration = &policy.modules[boundary.declaration];
    let names = |list: &[Spanned<ModulePattern>]| -> Vec<String> {
        list.iter().map(|pattern| pattern.value.to_string()).collect()
    };
    let interfaces: Vec<Value> = session
        .boundaries()
        .interfaces(id)
        .iter()
        .filter_map(|number| policy.interfaces.get(*number as usize))
        .map(|interface| {
            json!({
                "exposes": names(&interface.exposes.value),
                "visible_to": interface.visible_to.as_ref().map(|list| names(&list.value)),
            })
        })
        .collect();
    let depends_on: Option<Vec<Value>> = declaration.depends_on.as_ref().map(|list| {
        let entry = |it: &ringfence_policy::Dependency| {
            json!({ "module": it.pattern.value.to_string(), "deprecated": it.deprecated.is_some() })
        };
        list.value.iter().map(entry).collect()
    });
    let layer = session.boundaries().layer(id).and_then(|layer| policy.layers.get(layer));
    let place = |span: Span| sessions.place(session, span);
    let (file, line) = place(declaration.pattern.span);
    json!({
        "module": session.graph().index().name(boundary.module),
        "layer": layer.map(|layer| &layer.name.value),
        "owner": declaration.owner.as_ref().map(|owner| &owner.value),
        "exposes": declaration.exposes.as_ref().map(|list| names(&list.value)),
        "interfaces": interfaces,
        "depends_on": depends_on,
        "forbids": declaration.forbids.iter().map(|it| it.pattern.value.to_string()).collect::<Vec<_>>(),
        "visible_to": declaration.visible_to.as_ref().map(|list| names(&list.value)),
        "utility": declaration.utility.is_some(),
        "file": file,
        "line": line,
    })
}

fn module_line(module: &Value) -> String {
    let list = |key: &str| -> Option<Vec<String>> {
        let entries = module[key].as_array()?.iter();
        let name = |it: &Value| it.as_str().or_else(|| it["module"].as_str()).map(|name| format!("`{name}`"));
        Some(entries.filter_map(name).collect())
    };
    let joined = |names: Vec<String>| if names.is_empty() { "nothing".to_string() } else { names.join(", ") };
    let mut parts = vec![format!("`{}`", module["module"].as_str().unwrap_or_default())];
    parts.extend(module["layer"].as_str().map(|layer| format!("layer `{layer}`")));
    parts.extend(module["owner"].as_str().map(|owner| format!("owner {owner}")));
    parts.extend(list("exposes").map(|names| format!("exposes {}", joined(names))));
    parts.extend(list("depends_on").map(|names| format!("depends on {}", joined(names))));
    parts.join("; ")
}
