use ringfence_diagnostics::{Label, Severity};
use ringfence_graph::Edge;
use ringfence_manifest::{Group, Requirement, normalized};
use ringfence_policy::PeerGaps;

use crate::externals::{Origin, Project, Provider, Undeclared, once_a_statement, undeclared};
use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Explainer, Message};

declare_rule! {
    /// ## What it does
    /// Checks for imports of distributions that the importing project does not declare.
    ///
    /// ## Why is this bad?
    /// The import works only while something else happens to install the distribution. It fails where the project is
    /// installed on its own, or once that other package drops it.
    ///
    /// Each `pyproject.toml` or `setup.cfg` that declares a project owns the files around it; the nearest one counts.
    /// Its declarations are read from `[project]` with its extras, `[dependency-groups]`, the tables of poetry, uv,
    /// PDM, Hatch, Flit and Rye, and the requirements files that it names. Files that belong to no project are not
    /// checked, nor are those of a project whose build backend computes the dependencies.
    ///
    /// - A requirement for development (a dependency group, poetry's and uv's development dependencies) serves test
    ///   code and code that runs only in development: `setup.py`, `noxfile.py` and `docs/`. An extra serves all code.
    ///   A project that declares nothing for development sets up its tests elsewhere, so such code is not checked.
    /// - The projects of a workspace are distributions to each other: to import from another one, declare it.
    /// - Imports whose failure is caught (`try: ... except ImportError:`) need no declaration, nor do imports for
    ///   type checking only or dynamic imports.
    ///
    /// `distributions` in the config decides which distribution an import comes from. Otherwise the metadata of
    /// installed packages decides: in the environment of `--python`, else of `VIRTUAL_ENV`, else in the nearest
    /// `.venv` of the repository. For packages that are not installed, a built-in table lists the distributions whose
    /// imports have another name. Failing that, the distribution is assumed to have the name of the import, or one
    /// that differs in `py`, `python-`, `django-` and the like; ringfence then says what it assumed. The environment
    /// that ringfence itself is installed in does not matter.
    ///
    /// A script that declares its own requirements (`# /// script`, PEP 723) may use those, too. An import that
    /// matches a file of the tree, in a folder around the importer, is not a distribution.
    ///
    /// ## Example
    /// ```toml
    /// [project]
    /// dependencies = ["fastapi"]
    /// ```
    ///
    /// ```python
    /// from starlette.requests import Request  # RF501: starlette comes with fastapi
    /// ```
    ///
    /// Use instead:
    /// ```toml
    /// [project]
    /// dependencies = ["fastapi", "starlette"]
    /// ```
    ///
    /// ## Options
    /// - `tests`
    /// - `requirements`
    /// - `dev-requirements`
    /// - `distributions`
    UndeclaredExternal {
        code: "RF501",
        name: "undeclared-external",
        severity: Error,
        default: Activation::OptIn,
        fix: Never,
        since: "0.1.0",
        tags: [Distribution, NeedsManifests],
        dialects: [Tach: Offered],
    }
}

/// An import that its project does not declare.
#[derive(Debug, Hash)]
pub(crate) struct UndeclaredImport {
    edge: Edge,
    undeclared: Undeclared,
}

impl Rule for UndeclaredExternal {
    type Violation = UndeclaredImport;
    const VISITOR: Visitor<Self> = Visitor::Project(find);
    const FILTERS_BY_KIND: bool = true;

    fn message(context: &Explainer, violation: &UndeclaredImport) -> Message {
        let Undeclared { project, provider, requirement } = &violation.undeclared;
        let projects = &context.externals().projects;
        let project = &projects[*project];
        match (provider, requirement.map(|position| &project.requirements[position])) {
            (Provider::Distribution(origin), None) => nowhere(context, project, origin),
            (Provider::Distribution(origin), Some(requirement)) => {
                not_for_running(project, &format!("`{}`", origin.import), requirement)
            }
            (Provider::Member(provider), None) => {
                let provider = &projects[*provider];
                let (title, name) = (project.title(), provider.title());
                let message = Message::new(format!("{title} imports from {name}, but does not declare it"))
                    .annotation(format!("part of {name}"))
                    .help(format!("add {name} to the dependencies of {title}"));
                provider.label("another project of this tree", message)
            }
            (Provider::Member(provider), Some(requirement)) => {
                not_for_running(project, &projects[*provider].title(), requirement)
            }
        }
    }

    fn severity(context: &Context, violation: &UndeclaredImport, severity: Severity) -> Option<Severity> {
        Some(context.severity_in(PeerGaps::TYPING_EXTENSIONS, severity, || {
            context.imported_name(&violation.edge).split('.').next() == Some("typing_extensions")
        }))
    }
}

/// RF501
fn find(context: &Context, findings: &mut Findings<UndeclaredExternal>) {
    let Some(externals) = context.externals else { return };
    let rule = findings.rule;
    let sites = once_a_statement(context.graph.edges(), |edge| {
        let unchecked_too = context.policy.dialect.externals.unchecked_modules;
        let is_judged = context.judges(rule, edge) || (unchecked_too && context.judges_elsewhere(rule, edge));
        if !is_judged {
            return None;
        }
        let undeclared = undeclared(context, edge)?;
        let what = match &undeclared.provider {
            Provider::Distribution(origin) => origin.import.clone(),
            Provider::Member(provider) => externals.projects[*provider].title(),
        };
        // One for each name, where the config has it so.
        let each = context.policy.dialect.externals.each_name;
        let what = if each { format!("{what} {}", edge.name) } else { what };
        Some((what, UndeclaredImport { edge: *edge, undeclared }))
    });
    for (site, violation) in sites {
        findings.push(site, violation);
    }
}

fn nowhere(context: &Context, project: &Project, origin: &Origin) -> Message {
    let Origin { import, keys, sure: _ } = origin;
    let (title, manifest) = (project.title(), &project.manifest);
    let environment = context.externals.map(|externals| &externals.environment);
    let installed = keys.iter().find_map(|key| environment?.get(key));
    let key = match installed {
        Some(distribution) => distribution.name.as_str(),
        None => keys.first().map_or(import.as_str(), String::as_str),
    };
    let what = if normalized(key) == normalized(import) {
        format!("`{import}`")
    } else {
        format!("`{import}` of `{key}`")
    };
    let declared = project.requirements.iter().map(|requirement| requirement.key.as_str());
    let parent = environment
        .zip(installed)
        .and_then(|(environment, installed)| environment.brought_by(&installed.key, declared));
    let help = match parent {
        Some(parent) => {
            format!(
                "`{key}` comes with `{}` only for as long as that needs it; declare it in `{manifest}`",
                parent.name
            )
        }
        None => format!("add `{key}` to the dependencies in `{manifest}`"),
    };
    let message = Message::new(format!("{title} imports {what}, but does not declare it")).help(help);
    project.label("it declares its dependencies here", message)
}

fn not_for_running(project: &Project, name: &str, requirement: &Requirement) -> Message {
    let title = project.title();
    let (what, place) = match &requirement.group {
        Group::Build => ("the build", "required by the build only".to_string()),
        Group::Development(group) => ("development", format!("in the group `{group}`, for development only")),
        Group::Runtime | Group::Extra(_) => ("running", "required here".to_string()),
    };
    Message::new(format!("{title} imports {name} at run time, but declares it for {what} only"))
        .label(Label::new(requirement.span, place))
        .help(format!(
            "move `{}` to the dependencies of {title}; if this is test code, list the file in `tests`",
            requirement.name
        ))
}

impl Project {
    /// A label at the name of the project, or else at the start of its manifest.
    fn label(&self, text: &str, message: Message) -> Message {
        let span = self.name.as_ref().map(|name| name.span).or(self.place);
        match span {
            Some(span) => message.label(Label::new(span, text)),
            None => message,
        }
    }
}
