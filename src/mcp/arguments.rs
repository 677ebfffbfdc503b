//! What a client may ask, and what it may not: wrong types, and paths that lead out of the project.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use anyhow::{Result, anyhow, bail};
use ringfence_diagnostics::EdgeKind;
use ringfence_project::{Disk, Session, normalized};
use rmcp::model::JsonObject;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answers::{HIGHEST_LIMIT, USUAL_LIMIT};
use crate::sessions::{Sessions, as_walked};

/// A path has no more bytes.
const LONGEST_PATH: usize = 4_096;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CheckArguments {
    pub(super) path: Option<String>,
    pub(super) text: Option<String>,
    /// Whether what the text causes in other files is told, too.
    pub(super) elsewhere: bool,
    pub(super) offset: usize,
    limit: Option<usize>,
}

impl CheckArguments {
    pub(super) fn limit(&self) -> usize {
        limit(self.limit)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CanArguments {
    pub(super) importer: String,
    pub(super) imported: String,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    kind: Option<String>,
}

impl CanArguments {
    pub(super) fn kind(&self) -> Result<Option<EdgeKind>> {
        let parsed = self.kind.as_deref().map(EdgeKind::from_str).transpose();
        parsed.map_err(|_| anyhow!("`kind` is none of the kinds of imports"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WhyArguments {
    pub(super) importer: String,
    pub(super) imported: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleArguments {
    pub(super) rule: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ModulesArguments {
    pub(super) module: Option<String>,
    pub(super) offset: usize,
    limit: Option<usize>,
}

impl ModulesArguments {
    pub(super) fn limit(&self) -> usize {
        limit(self.limit)
    }
}

fn limit(asked: Option<usize>) -> usize {
    asked.unwrap_or(USUAL_LIMIT).clamp(1, HIGHEST_LIMIT)
}

/// The arguments of a tool by their types.
pub(super) fn typed<T: DeserializeOwned>(arguments: JsonObject) -> Result<T> {
    serde_json::from_value(Value::Object(arguments)).map_err(|error| anyhow!("wrong arguments: {error}"))
}

/// The absolute form of a path that lies in the project, there or not.
///
/// # Errors
/// Where it leads out of the project, by its text or over a link, or is no file or folder.
pub(super) fn path_within(sessions: &Sessions, argument: &str) -> Result<PathBuf> {
    if argument.is_empty() {
        bail!("the path is empty");
    }
    if argument.len() > LONGEST_PATH {
        bail!("the path has more than {LONGEST_PATH} bytes");
    }
    if argument.contains('\0') {
        bail!("the path has a NUL in it");
    }
    let path = normalized(&sessions.working_directory.join(argument));
    let is_outside = || anyhow!("`{argument}` lies outside of the project");
    let roots: Vec<&Path> = sessions.all.iter().map(Session::root).collect();
    if !roots.iter().any(|root| path.starts_with(root)) {
        return Err(is_outside());
    }
    // What is there of it must not lead elsewhere.
    let there = path.ancestors().find(|ancestor| ancestor.symlink_metadata().is_ok());
    let real = there.and_then(|there| there.canonicalize().ok()).ok_or_else(is_outside)?;
    let real_roots = roots.iter().filter_map(|root| root.canonicalize().ok());
    if !real_roots.into_iter().any(|root| real.starts_with(root)) {
        return Err(is_outside());
    }
    if path.exists() && !path.is_dir() && !path.is_file() {
        bail!("`{argument}` is no file and no folder");
    }
    Ok(as_walked(&Disk::default(), path, &sessions.working_directory))
}

/// Refuses a module that is given by a path which leads out of the project. A name is let through.
pub(super) fn check_module(sessions: &Sessions, argument: &str) -> Result<()> {
    let looks_like_path = argument.contains(['/', '\\', '\0'])
        || argument.starts_with('.')
        || Path::new(argument).extension().is_some_and(|extension| extension == "py" || extension == "pyi");
    if looks_like_path { path_within(sessions, argument).map(|_| ()) } else { Ok(()) }
}
