//! Whether an import may be written: asks the check itself, with the import tried in its file.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use ringfence_diagnostics::{ChainHop, EdgeKind, FileId, Files as _, Fix, Severity, Span, paths};
use ringfence_policy::suggest;
use ringfence_project::{Leads, ProposedImport, Session, Trial, TrialError, Tried, normalized};
use ringfence_rules::named;
use ruff_python_stdlib::identifiers::is_identifier;
use ruff_text_size::Ranged as _;

use crate::sessions::{Buffer, Sessions};

/// How many modules are tried that have the same object.
const MOST_SOURCES: usize = 8;
/// No name of a module is longer.
const LONGEST_NAME: usize = 4_096;

/// What somebody wants to know.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    /// A dotted name, or the path of a file, there or not.
    pub(crate) importer: String,
    /// A dotted name, `module:name`, or the path of a file.
    pub(crate) imported: String,
    pub(crate) name: Option<String>,
    /// Nothing: at the top of the file.
    pub(crate) kind: Option<EdgeKind>,
}

/// Whether the import may be written, and why.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) importer: String,
    /// As it is shown.
    pub(crate) path: String,
    /// Whether the file of the importer is there.
    pub(crate) exists: bool,
    pub(crate) imported: String,
    /// Whether something of that name is known to be there.
    pub(crate) is_known: bool,
    pub(crate) name: Option<String>,
    /// The boundary modules that own them.
    pub(crate) importer_boundary: Option<String>,
    pub(crate) imported_boundary: Option<String>,
    pub(crate) kind: EdgeKind,
    pub(crate) statement: String,
    pub(crate) allowed: bool,
    /// Whether other imports have a part in it.
    pub(crate) by_chain: bool,
    pub(crate) because: Vec<Because>,
    pub(crate) instead: Vec<Instead>,
    pub(crate) notes: Vec<String>,
}

/// One rule, or one key of the config, that speaks for or against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Because {
    pub(crate) allows: bool,
    pub(crate) code: &'static str,
    /// Nothing for what allows it.
    pub(crate) severity: Option<Severity>,
    pub(crate) message: String,
    /// A place in the config.
    pub(crate) place: Option<Place>,
    pub(crate) help: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) chain: Vec<Hop>,
    /// The modules of a cycle.
    pub(crate) members: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hop {
    pub(crate) importer: String,
    pub(crate) imported: String,
    pub(crate) place: Place,
}

/// A path as it is shown, and a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: String,
    pub(crate) row: usize,
}

/// What may be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instead {
    /// What may be written; nothing where the config has to change.
    pub(crate) statement: Option<String>,
    pub(crate) why: String,
    /// The place in the config to change.
    pub(crate) place: Option<Place>,
}

/// A file that is imported into.
struct Importer {
    path: PathBuf,
    exists: bool,
}

/// Answers a question. `open` gives sessions in which a buffer stands for a file, to ask about one that is not there.
///
/// # Errors
/// Where a name is none, or stands for no place of the project.
pub(crate) fn answer(
    sessions: &mut Sessions,
    question: &Question,
    open: &dyn Fn(Buffer) -> Result<Sessions>,
) -> Result<Answer> {
    let importer = importer(sessions, &question.importer)?;
    if importer.exists {
        return answer_in(sessions, question, &importer);
    }
    let mut opened = open(Buffer { path: importer.path.clone(), bytes: Vec::new() })?;
    answer_in(&mut opened, question, &importer)
}

fn answer_in(sessions: &mut Sessions, question: &Question, importer: &Importer) -> Result<Answer> {
    let shown = sessions.display(&importer.path);
    let Some(name) = sessions.all.iter().find_map(|session| session.module_of(&importer.path)) else {
        bail!("`{shown}` is governed by no config, or lies outside of every source root");
    };
    let importer_name = name.to_string();
    let proposed = proposed(sessions, question)?;
    let mut notes = Vec::new();
    if !importer.exists {
        notes.push(format!("`{importer_name}` is not there yet; the answer is for a file `{shown}`"));
    }
    let directory = sessions.working_directory.clone();
    let mut trials: Vec<Trial> = Vec::new();
    for session in &mut sessions.all {
        let Some(file) = session.files().get(&importer.path).filter(|file| session.is_source(*file)) else {
            continue;
        };
        trials.push(session.trial(file).map_err(|error| anyhow!("`{shown}`: {error}"))?);
    }
    if trials.is_empty() {
        bail!("`{shown}` is governed by no config");
    }
    let tried = try_all(&mut trials, &proposed).map_err(|error| anyhow!("`{shown}`: {error}"))?;
    let allowed = tried.iter().all(is_allowed);
    let mut because: Vec<Because> = Vec::new();
    for (trial, tried) in trials.iter().zip(&tried) {
        for reason in reasons(trial.session(), tried, &proposed, allowed, &directory) {
            if !because.contains(&reason) {
                because.push(reason);
            }
        }
    }
    let findings = tried.iter().flat_map(|tried| &tried.findings);
    let mut errors = findings.filter(|finding| finding.severity == Severity::Error);
    let by_chain = !allowed && errors.all(|finding| !finding.is_direct);
    if allowed && !because.iter().any(|reason| reason.allows) {
        because.push(Because {
            allows: true,
            code: "",
            severity: None,
            message: "no rule that is selected finds anything".to_string(),
            place: None,
            help: None,
            owner: None,
            chain: Vec::new(),
            members: Vec::new(),
        });
    }
    let note = existence_note(&trials, &tried, &proposed);
    let is_known = note.is_none()
        && (tried.iter().any(|tried| tried.leads != Leads::Elsewhere)
            || trials.iter().any(|trial| trial.session().is_known_elsewhere(&proposed.module)));
    notes.extend(note);
    let owner = |module: &str| {
        let mut owners = trials.iter().filter_map(|trial| trial.session().owner_of(module));
        owners.next().map(str::to_string)
    };
    let (importer_boundary, imported_boundary) = (owner(&importer_name), owner(&proposed.module));
    let instead = if allowed { Vec::new() } else { ways(&mut trials, &tried, &proposed, &directory) };
    Ok(Answer {
        importer: importer_name,
        path: shown,
        exists: importer.exists,
        imported: proposed.module.clone(),
        is_known,
        importer_boundary,
        imported_boundary,
        name: proposed.name.clone(),
        kind: proposed.kind,
        statement: proposed.written().trim_end().to_string(),
        allowed,
        by_chain,
        because,
        instead,
        notes,
    })
}

fn is_allowed(tried: &Tried) -> bool {
    tried.findings.iter().all(|finding| finding.severity != Severity::Error)
}

fn try_all(trials: &mut [Trial], proposed: &ProposedImport) -> Result<Vec<Tried>, TrialError> {
    trials.iter_mut().map(|trial| trial.of(proposed)).collect()
}

/// The file of the importer, which may not be there.
fn importer(sessions: &Sessions, argument: &str) -> Result<Importer> {
    let path = Path::new(argument);
    let is_python = path.extension().is_some_and(|extension| extension == "py" || extension == "pyi");
    if argument.contains(['/', '\\']) || is_python {
        if argument.contains('\0') || argument.len() > LONGEST_NAME {
            bail!("the path of the importer is none");
        }
        let mut path = normalized(&sessions.working_directory.join(path));
        if path.is_dir() {
            path.push("__init__.py");
        } else if !is_python {
            bail!("`{argument}` is no Python file");
        }
        let exists = path.exists();
        if !exists && !sessions.all.iter().any(|session| path.starts_with(session.root())) {
            bail!("`{argument}` lies outside of the project");
        }
        let is_known = sessions.all.iter().any(|session| session.module_of(&path).is_some());
        if exists && !is_known {
            bail!("`{argument}` is no file of a module of the project");
        }
        return Ok(Importer { path, exists });
    }
    check_dotted(argument, "importer")?;
    let known =
        sessions.all.iter().find_map(|session| session.graph().index().get(argument).map(|id| (session, id)));
    if let Some((session, id)) = known {
        let Some(file) = session.graph().index().module(id).file else {
            bail!("`{argument}` is a folder without an `__init__.py`; name a module in it");
        };
        return Ok(Importer { path: session.files().path(file).to_path_buf(), exists: true });
    }
    let path = sessions.all.iter().find_map(|session| session.path_of_new_module(argument));
    match path {
        // Something that is no module of the project may lie there.
        Some(path) if path.exists() => {
            bail!("`{}` is no file of a module of the project", sessions.display(&path))
        }
        Some(path) => Ok(Importer { path, exists: false }),
        None => {
            let near = near_module(sessions.all.iter(), argument)
                .map(|near| format!("; did you mean `{near}`?"))
                .unwrap_or_default();
            bail!(
                "`{argument}` lies in no package of the project{near}; to ask about a new file, name its path"
            )
        }
    }
}

fn check_dotted(name: &str, what: &str) -> Result<()> {
    if name.len() > LONGEST_NAME {
        bail!("the name of the {what} has more than {LONGEST_NAME} bytes");
    }
    if !name.split('.').all(is_identifier) {
        bail!("`{name}` is no dotted name");
    }
    Ok(())
}

/// The import that is meant.
fn proposed(sessions: &Sessions, question: &Question) -> Result<ProposedImport> {
    let Question { imported, name, kind, .. } = question;
    let kind = kind.unwrap_or(EdgeKind::Runtime);
    let (module, name) = match (imported.split_once(':'), name) {
        (Some((module, name)), None) => (module.to_string(), Some(name.to_string())),
        (Some((_, name)), Some(other)) if name != other => {
            bail!("`{imported}` names `{name}`, and `--name` names `{other}`")
        }
        (Some((module, _)), Some(name)) => (module.to_string(), Some(name.clone())),
        (None, name) => (imported.clone(), name.clone()),
    };
    let is_path = module.contains(['/', '\\'])
        || Path::new(&module).extension().is_some_and(|extension| extension == "py" || extension == "pyi")
            && sessions.working_directory.join(&module).is_file();
    let module = if is_path {
        if module.contains('\0') {
            bail!("the path of what is imported is none");
        }
        let path = normalized(&sessions.working_directory.join(&module));
        let known = sessions.all.iter().find_map(|session| session.module_at(&path));
        known.ok_or_else(|| anyhow!("`{module}` is no file of a module of the project"))?.to_string()
    } else {
        check_dotted(&module, "import")?;
        module
    };
    if let Some(name) = &name {
        if name.len() > LONGEST_NAME {
            bail!("the imported name has more than {LONGEST_NAME} bytes");
        }
        if name != "*" && !is_identifier(name) {
            bail!("`{name}` is no name");
        }
        return Ok(ProposedImport { module, name: Some(name.clone()), kind });
    }
    // A name in a module, as `why` has it.
    let bound = sessions.all.iter().find_map(|session| session.bound_name(&module));
    Ok(match bound {
        Some((module, name)) => ProposedImport { module, name: Some(name), kind },
        None => ProposedImport { module, name: None, kind },
    })
}

/// What speaks for or against it, in the order in which rules speak; what is found before what is said.
fn reasons(
    session: &Session,
    tried: &Tried,
    proposed: &ProposedImport,
    allowed: bool,
    directory: &Path,
) -> Vec<Because> {
    let place = |span: Span| place(session, span, directory);
    let found = tried.findings.iter().map(|finding| Because {
        allows: false,
        code: finding.code,
        severity: Some(finding.severity),
        message: finding.message.clone(),
        place: finding.config.map(place),
        help: finding.help.clone(),
        owner: finding.owner.clone(),
        chain: finding.chain.iter().map(|hop| shown_hop(session, hop, directory)).collect(),
        members: finding.members.clone(),
    });
    let mut because: Vec<Because> = found.collect();
    if !allowed {
        return because;
    }
    because.extend(tried.reasons.iter().map(|said| {
        let reason = &said.reason;
        let message = match (reason.allows, said.is_judged) {
            (true, _) => reason.text.clone(),
            (false, false) => {
                let kind = proposed.kind.as_str();
                format!("{}, but `{kind}` imports are not looked at", reason.text)
            }
            (false, true) => format!("{}, but nothing is reported here", reason.text),
        };
        Because {
            allows: true,
            code: reason.code,
            severity: None,
            message,
            place: reason.span.map(place),
            help: None,
            owner: None,
            chain: Vec::new(),
            members: Vec::new(),
        }
    }));
    because
}

fn shown_hop(session: &Session, hop: &ChainHop, directory: &Path) -> Hop {
    Hop {
        importer: hop.importer.to_string(),
        imported: hop.imported.to_string(),
        place: place(session, hop.span, directory),
    }
}

fn place(session: &Session, span: Span, directory: &Path) -> Place {
    let files = session.files();
    Place { path: paths::below(files.path(span.file), directory), row: files.line(span) }
}

/// What is to be said of a name that nothing has.
fn existence_note(trials: &[Trial], tried: &[Tried], proposed: &ProposedImport) -> Option<String> {
    let sessions = || trials.iter().map(Trial::session);
    let near = |name: &str| {
        let near = near_module(sessions(), name);
        near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
    };
    let ProposedImport { module, name, .. } = proposed;
    let has_module = sessions().any(|session| session.graph().index().get(module).is_some());
    match (tried.iter().all(|tried| tried.leads == Leads::ToNothing), name) {
        (true, _) if !has_module => Some(format!("no module is called `{module}`{}", near(module))),
        (_, Some(name)) if has_module && name != "*" => {
            let full = format!("{module}.{name}");
            let is_there = sessions()
                .any(|session| session.graph().index().get(&full).is_some() || session.binds(module, name));
            if is_there {
                return None;
            }
            let names = sessions().flat_map(|session| session.bound_names(module)).collect::<Vec<_>>();
            let near = suggest(name, names.iter().map(String::as_str));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            Some(format!("nothing in `{module}` is called `{name}`{near}"))
        }
        _ if tried.iter().all(|tried| tried.leads == Leads::Elsewhere) => {
            let near = near(module);
            (!near.is_empty() && !sessions().any(|session| session.is_known_elsewhere(module))).then(|| {
                format!("no module of the project and no known distribution is called `{module}`{near}")
            })
        }
        _ => None,
    }
}

fn near_module<'a>(sessions: impl Iterator<Item = &'a Session>, name: &str) -> Option<String> {
    let mut sessions = sessions;
    sessions.find_map(|session| {
        let index = session.graph().index();
        suggest(name, index.iter().map(|(_, module)| &*module.name)).map(str::to_string)
    })
}

/// What may be written in its place, each tried, the nearest first; and who may change the config.
fn ways(trials: &mut [Trial], denied: &[Tried], proposed: &ProposedImport, directory: &Path) -> Vec<Instead> {
    let mut ways: Vec<Instead> = Vec::new();
    let mut add = |trials: &mut [Trial], other: ProposedImport, why: String| {
        let is_fine = try_all(trials, &other).is_ok_and(|tried| tried.iter().all(is_allowed));
        if is_fine {
            let statement = Some(other.written().trim_end().to_string());
            ways.push(Instead { statement, why, place: None });
        }
        is_fine
    };
    let mut sources: Vec<(String, String)> = Vec::new();
    for (module, name) in denied.iter().flat_map(|tried| &tried.other_sources) {
        if !sources.iter().any(|known| known == &(module.clone(), name.clone())) {
            sources.push((module.clone(), name.clone()));
        }
    }
    for (module, name) in sources.into_iter().take(MOST_SOURCES) {
        let why = format!("`{module}` has the same object, and may be imported");
        let other = ProposedImport { module, name: Some(name), kind: proposed.kind };
        if add(trials, other, why) {
            break;
        }
    }
    let private = named::private_import().metadata().code;
    let is_private = denied.iter().flat_map(|tried| &tried.findings).any(|it| it.code == private);
    if is_private {
        let owners = trials.iter().filter_map(|trial| trial.session().owner_of(&proposed.module));
        if let Some(owner) = owners.map(str::to_string).next().filter(|owner| *owner != proposed.module) {
            let why = format!("`{owner}` is the boundary module, whose interface may be imported");
            add(trials, ProposedImport { module: owner, name: None, kind: proposed.kind }, why);
        }
    }
    for (kind, why) in [
        (EdgeKind::Typing, "imports for type checking only are let through"),
        (EdgeKind::Deferred, "imports in functions are let through"),
    ] {
        if proposed.kind != kind && proposed.kind != EdgeKind::Typing {
            add(trials, ProposedImport { kind, ..proposed.clone() }, why.to_string());
        }
    }
    let way = denied.iter().map(|tried| &tried.way).find(|way| way.len() > 2);
    if let Some([_, next, .., last]) = way.map(Vec::as_slice) {
        let why = format!("`{next}` may be imported, and leads to `{last}` by imports that are allowed");
        add(trials, ProposedImport { module: next.clone(), name: None, kind: proposed.kind }, why);
    }
    for (trial, tried) in trials.iter().zip(denied) {
        for finding in &tried.findings {
            let Some(fix) = &finding.policy_fix else { continue };
            let asked = finding.owner.as_ref().map(|owner| format!(", which {owner} has to agree to"));
            let why = format!("{}{}", fix.title, asked.unwrap_or_default());
            let place = edited(fix).map(|span| place(trial.session(), span, directory));
            let way = Instead { statement: None, why, place };
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
    }
    ways
}

fn edited(fix: &Fix) -> Option<Span> {
    let (file, edit): &(FileId, _) = fix.edits.first()?;
    Some(Span::new(*file, edit.range()))
}
