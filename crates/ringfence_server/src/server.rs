//! The messages of the protocol, and what each does.

use std::collections::{BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender};

use anyhow::Result;
use gen_lsp_types::{
    CodeAction, CodeActionKind, Diagnostic, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, FileChangeType,
    PublishDiagnosticsParams, Range, TextDocumentIdentifier, TextDocumentPositionParams, Uri,
};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::actions::{self, ActionData, FIX_ALL, FixSettings, Place};
use crate::client::{Capabilities, Client, Level};
use crate::configs::{self, Token};
use crate::diagnostics::result_id;
use crate::documents::{Document, Documents};
use crate::hover;
use crate::io::{Incoming, Outgoing};
use ringfence_project::CONFIG_NAMES;

use crate::positions::encoding_kind;
use crate::project::{is_config_name, is_source};
use crate::uris::{path_of, uri_of};
use crate::workspace::Workspace;

/// Fixes what can be fixed in a document: `{ "uri": ... }`.
const APPLY_AUTOFIX: &str = "ringfence.applyAutofix";

pub(crate) struct Server {
    client: Client,
    documents: Documents,
    workspace: Workspace,
    fix_settings: FixSettings,
    /// Files about which something was last published.
    published: BTreeSet<PathBuf>,
    state: Lifecycle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lifecycle {
    New,
    Running,
    ShutDown,
}

/// Why a request has no answer.
struct RequestError {
    code: ErrorCode,
    message: String,
}

impl RequestError {
    fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// What clients set.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Settings {
    configuration: Option<PathBuf>,
    log_level: Option<String>,
    fix_all: Option<bool>,
    unsafe_fixes: Option<bool>,
}

impl Server {
    pub(crate) fn new(sender: Sender<Outgoing>) -> Self {
        Self {
            client: Client::new(sender),
            documents: Documents::default(),
            workspace: Workspace::default(),
            fix_settings: FixSettings { fix_all: true, unsafe_fixes: false },
            published: BTreeSet::new(),
            state: Lifecycle::New,
        }
    }

    /// Works until the client is done. True where it said so in the way that the protocol has it.
    pub(crate) fn serve(mut self, incoming: &Receiver<Incoming>) -> Result<bool> {
        let mut queue: VecDeque<Incoming> = VecDeque::new();
        loop {
            if queue.is_empty() {
                self.refresh()?;
                match incoming.recv() {
                    Ok(message) => queue.push_back(message),
                    Err(_) => return Ok(false),
                }
            }
            queue.extend(incoming.try_iter());
            let cancelled = cancelled(&queue);
            let Some(next) = queue.pop_front() else { continue };
            match next {
                Incoming::Malformed(reason) => self.client.send(Outgoing::ParseError(reason))?,
                Incoming::Message(Message::Request(request)) if cancelled.contains(&request.id) => {
                    self.client.refuse(request.id, ErrorCode::RequestCanceled, "cancelled")?;
                }
                Incoming::Message(Message::Request(request)) => self.answer(request)?,
                Incoming::Message(Message::Notification(notification)) => {
                    if notification.method == "exit" {
                        return Ok(self.state == Lifecycle::ShutDown);
                    }
                    self.handle_notification(notification)?;
                }
                // Nothing follows from what the client answers.
                Incoming::Message(Message::Response(_)) => {}
            }
        }
    }

    /// A panic costs one answer, and what was known.
    fn catch_panic<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let outcome = catch_unwind(AssertUnwindSafe(|| work(self)));
        if outcome.is_err() {
            self.workspace.invalidate();
        }
        outcome.ok()
    }

    fn answer(&mut self, request: Request) -> Result<()> {
        let Request { id, method, params } = request;
        match (self.state, method.as_str()) {
            (Lifecycle::New, "initialize") => return self.initialize(id, &params),
            (Lifecycle::New, _) => {
                return self.client.refuse(id, ErrorCode::ServerNotInitialized, "not initialized");
            }
            (Lifecycle::Running, "shutdown") => {
                self.state = Lifecycle::ShutDown;
                return self.client.respond(id, &Value::Null);
            }
            (Lifecycle::ShutDown, _) | (Lifecycle::Running, "initialize") => {
                return self.client.refuse(id, ErrorCode::InvalidRequest, "not now");
            }
            (Lifecycle::Running, _) => {}
        }
        self.refresh()?;
        match self.catch_panic(|server| server.result(&method, params)) {
            Some(Ok(result)) => self.client.respond(id, &result),
            Some(Err(RequestError { code, message })) => self.client.refuse(id, code, message),
            None => {
                let message = "internal error; this is a bug of ringfence";
                self.client.refuse(id, ErrorCode::InternalError, message)
            }
        }
    }

    fn result(&mut self, method: &str, params: Value) -> Result<Value, RequestError> {
        match method {
            "textDocument/diagnostic" => self.pull_document(&params),
            "workspace/diagnostic" => Ok(self.pull_workspace(&params)),
            "textDocument/codeAction" => self.code_actions(&params),
            "codeAction/resolve" => self.resolve(params),
            "textDocument/hover" => self.hover(params),
            "textDocument/definition" => self.definition(params),
            "textDocument/completion" => self.completion(params),
            "workspace/executeCommand" => self.execute(&params),
            _ => Err(RequestError::new(ErrorCode::MethodNotFound, format!("`{method}` is not known here"))),
        }
    }

    fn initialize(&mut self, id: RequestId, params: &Value) -> Result<()> {
        self.client.capabilities = Capabilities::of(params);
        let folders = params.get("workspaceFolders").and_then(Value::as_array);
        let uris = folders.into_iter().flatten().filter_map(|folder| folder.get("uri"));
        let mut folders: Vec<PathBuf> = uris.filter_map(|uri| path_of(&parsed(uri.clone()).ok()?)).collect();
        if folders.is_empty()
            && let Some(uri) = params.get("rootUri").filter(|uri| uri.is_string())
        {
            folders.extend(parsed(uri.clone()).ok().as_ref().and_then(path_of));
        }
        let options = params.get("initializationOptions").cloned().unwrap_or_default();
        let settings = options.get("settings").cloned().unwrap_or(options);
        self.workspace = Workspace::new(folders, None);
        self.state = Lifecycle::Running;
        let files = json!({ "filters": [{ "scheme": "file", "pattern": { "glob": "**" } }] });
        self.client.respond(
            id,
            &json!({
                "capabilities": {
                    "positionEncoding": encoding_kind(self.client.capabilities.encoding),
                    "textDocumentSync": { "openClose": true, "change": 2, "save": true },
                    "diagnosticProvider": {
                        "identifier": "ringfence",
                        "interFileDependencies": true,
                        "workspaceDiagnostics": true,
                    },
                    "codeActionProvider": {
                        "codeActionKinds": [CodeActionKind::QuickFix, FIX_ALL],
                        "resolveProvider": true,
                    },
                    "hoverProvider": true,
                    "definitionProvider": true,
                    "completionProvider": { "triggerCharacters": [".", "\""] },
                    "executeCommandProvider": { "commands": [APPLY_AUTOFIX] },
                    "workspace": {
                        "workspaceFolders": { "supported": true, "changeNotifications": true },
                        "fileOperations": { "didCreate": files, "didRename": files, "didDelete": files },
                    },
                },
                "serverInfo": { "name": "ringfence", "version": env!("CARGO_PKG_VERSION") },
            }),
        )?;
        self.apply_settings(settings)
    }

    fn apply_settings(&mut self, settings: Value) -> Result<()> {
        if settings.is_null() {
            return Ok(());
        }
        let settings: Settings = match serde_json::from_value(settings) {
            Ok(settings) => settings,
            Err(error) => {
                return self.client.show(Level::Error, &format!("ringfence: invalid settings: {error}"));
            }
        };
        self.fix_settings = FixSettings {
            fix_all: settings.fix_all.unwrap_or(true),
            unsafe_fixes: settings.unsafe_fixes.unwrap_or(false),
        };
        self.client.level = match settings.log_level.as_deref() {
            Some("error") => Level::Error,
            Some("warn" | "warning") => Level::Warning,
            Some("debug") => Level::Debug,
            _ => Level::Info,
        };
        let configuration = settings.configuration.filter(|path| !path.as_os_str().is_empty());
        self.workspace.configure(configuration);
        Ok(())
    }

    fn handle_notification(&mut self, notification: Notification) -> Result<()> {
        let Notification { method, params } = notification;
        if self.state != Lifecycle::Running {
            return Ok(());
        }
        let outcome = self.catch_panic(|server| server.dispatch_notification(&method, params));
        match outcome {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => self.client.log(Level::Error, &format!("`{method}`: {error:#}")),
            None => self
                .client
                .log(Level::Error, &format!("`{method}`: internal error; this is a bug of ringfence")),
        }
    }

    fn dispatch_notification(&mut self, method: &str, params: Value) -> Result<()> {
        match method {
            "initialized" => self.watch()?,
            "textDocument/didOpen" => {
                let DidOpenTextDocumentParams { text_document } = serde_json::from_value(params)?;
                if let Some(path) = path_of(&text_document.uri) {
                    let (version, text) = (text_document.version, text_document.text);
                    self.documents.open(path.clone(), Document { uri: text_document.uri, version, text });
                    self.opened(&path);
                }
            }
            "textDocument/didChange" => {
                let params: DidChangeTextDocumentParams = serde_json::from_value(params)?;
                let encoding = self.client.capabilities.encoding;
                if let Some(path) = path_of(&params.text_document.text_document_identifier.uri)
                    && let Some(document) = self.documents.get_mut(&path)
                {
                    document.version = params.text_document.version;
                    document.change(params.content_changes, encoding);
                    self.changed(&path);
                }
            }
            "textDocument/didClose" => {
                let params: DidCloseTextDocumentParams = serde_json::from_value(params)?;
                if let Some(path) = path_of(&params.text_document.uri) {
                    self.closed(&path);
                }
            }
            "textDocument/didSave" => self.recheck_configs(),
            "workspace/didChangeWatchedFiles" => {
                let params: DidChangeWatchedFilesParams = serde_json::from_value(params)?;
                for event in params.changes {
                    if let Some(path) = path_of(&event.uri) {
                        self.changed_on_disk(&path, event.kind);
                    }
                }
            }
            "workspace/didCreateFiles" | "workspace/didRenameFiles" | "workspace/didDeleteFiles" => {
                // Whole folders, too, of which no watcher tells.
                self.workspace.invalidate();
            }
            "workspace/didChangeWorkspaceFolders" => {
                let params: DidChangeWorkspaceFoldersParams = serde_json::from_value(params)?;
                let paths = |folders: Vec<gen_lsp_types::WorkspaceFolder>| -> Vec<PathBuf> {
                    folders.iter().filter_map(|folder| path_of(&folder.uri)).collect()
                };
                let removed = paths(params.event.removed);
                self.workspace.change_folders(paths(params.event.added), &removed);
            }
            "workspace/didChangeConfiguration" => {
                let settings = params.get("settings").cloned().unwrap_or_default();
                self.apply_settings(settings.get("ringfence").cloned().unwrap_or(settings))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Asks the client to tell when files change on disk.
    fn watch(&mut self) -> Result<()> {
        if !self.client.capabilities.watches {
            return Ok(());
        }
        let names = ["*.py", "*.pyi", "*.baseline", "requirements*.txt"].into_iter().chain(CONFIG_NAMES);
        let watchers: Vec<Value> = names.map(|name| json!({ "globPattern": format!("**/{name}") })).collect();
        let registration = json!({
            "id": "ringfence-files",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": { "watchers": watchers },
        });
        self.client.request("client/registerCapability", &json!({ "registrations": [registration] }))
    }

    fn opened(&mut self, path: &Path) {
        if is_source(path) {
            let bytes = self.documents.get(path).map(Document::bytes);
            let mut is_governed = false;
            for project in self.workspace.projects_of_mut(path) {
                project.edit(path, bytes.clone());
                is_governed = true;
            }
            // It may have a config that is not known yet.
            if !is_governed {
                self.workspace.config_changed(path);
            }
        } else if self.differs_from_disk(path) {
            self.config_edited(path);
        }
        self.recheck_configs();
    }

    /// Some clients watch nothing, and write configs that they have not opened here.
    fn recheck_configs(&mut self) {
        if !self.client.capabilities.watches {
            self.workspace.recheck_configs();
        }
    }

    fn changed(&mut self, path: &Path) {
        if is_source(path) {
            let bytes = self.documents.get(path).map(Document::bytes);
            for project in self.workspace.projects_of_mut(path) {
                project.edit(path, bytes.clone());
            }
        } else {
            self.config_edited(path);
        }
    }

    fn closed(&mut self, path: &Path) {
        let differs = self.differs_from_disk(path);
        self.documents.close(path);
        if is_source(path) {
            for project in self.workspace.projects_of_mut(path) {
                project.edit(path, None);
            }
        } else if differs {
            self.config_edited(path);
        }
    }

    fn differs_from_disk(&self, path: &Path) -> bool {
        let document = self.documents.get(path);
        document.is_some_and(|document| std::fs::read(path).map_or(true, |bytes| bytes != document.bytes()))
    }

    fn config_edited(&mut self, path: &Path) {
        let bears_on_it = |project: &crate::project::Project| project.depends_on(path);
        if is_config_name(path) || self.workspace.projects().any(bears_on_it) {
            self.workspace.config_changed(path);
        }
    }

    fn changed_on_disk(&mut self, path: &Path, kind: FileChangeType) {
        let is_open = self.documents.get(path).is_some();
        match kind {
            // What is open in the editor counts.
            FileChangeType::Changed if is_open => {}
            FileChangeType::Changed if is_source(path) => {
                for project in self.workspace.projects_of_mut(path) {
                    project.edit(path, None);
                }
            }
            _ if is_source(path) => self.workspace.tree_changed(path),
            _ => self.config_edited(path),
        }
    }

    /// Brings everything up to date, and tells the client what is new.
    fn refresh(&mut self) -> Result<()> {
        if self.state != Lifecycle::Running {
            return Ok(());
        }
        let capabilities = self.client.capabilities;
        let Some(refreshed) =
            self.catch_panic(|server| server.workspace.refresh(&server.documents, capabilities))
        else {
            // What is known is asked for anew with the next message; to try at once might go on forever.
            return self
                .client
                .log(Level::Error, "internal error while checking; this is a bug of ringfence");
        };
        if let Some(failure) = &refreshed.failure {
            self.client.show(Level::Error, &format!("ringfence: {failure}"))?;
        }
        if refreshed.reopened {
            let roots: Vec<String> =
                self.workspace.projects().map(|project| project.root.display().to_string()).collect();
            self.client.log(Level::Info, &format!("governed: {}", roots.join(", ")))?;
        }
        if refreshed.changed.is_empty() {
            return Ok(());
        }
        if !capabilities.pulls {
            for path in &refreshed.changed {
                self.publish(path)?;
            }
        } else if capabilities.refreshes {
            self.client.request("workspace/diagnostic/refresh", &Value::Null)?;
        }
        Ok(())
    }

    fn publish(&mut self, path: &Path) -> Result<()> {
        let diagnostics = self.diagnostics(path);
        let was_published = self.published.remove(path);
        if diagnostics.is_empty() && !was_published {
            return Ok(());
        }
        let document = self.documents.get(path);
        let Some(uri) = document.map(|document| document.uri.clone()).or_else(|| uri_of(path)) else {
            return Ok(());
        };
        if !diagnostics.is_empty() {
            self.published.insert(path.to_path_buf());
        }
        let version = document.map(|document| document.version);
        let params = PublishDiagnosticsParams { uri, version, diagnostics };
        self.client.notify("textDocument/publishDiagnostics", &params)
    }

    fn diagnostics(&self, path: &Path) -> Vec<Diagnostic> {
        let uri = |path: &Path| self.documents.get(path).map(|document| document.uri.clone());
        let capabilities = self.client.capabilities;
        // Of a config of its own another project may say something, too.
        let mut diagnostics = Vec::new();
        for project in self.workspace.projects().filter(|project| path.starts_with(&project.root)) {
            diagnostics.extend(project.diagnostics(path, capabilities, &uri));
        }
        diagnostics
    }

    fn pull_document(&mut self, params: &Value) -> Result<Value, RequestError> {
        let path = path_in(params)?;
        let items = self.diagnostics(&path);
        let id = result_id(&items);
        let is_known = params.get("previousResultId").and_then(Value::as_str) == Some(&id);
        Ok(if is_known {
            json!({ "kind": "unchanged", "resultId": id })
        } else {
            json!({ "kind": "full", "resultId": id, "items": items })
        })
    }

    fn pull_workspace(&mut self, params: &Value) -> Value {
        let previous = params.get("previousResultIds").and_then(Value::as_array);
        let previous: Vec<(PathBuf, String)> = previous
            .into_iter()
            .flatten()
            .filter_map(|known| {
                let uri: Uri = parsed(known.get("uri")?.clone()).ok()?;
                Some((path_of(&uri)?, known.get("value")?.as_str()?.to_string()))
            })
            .collect();
        let mut paths: BTreeSet<PathBuf> = previous.iter().map(|(path, _)| path.clone()).collect();
        for project in self.workspace.projects() {
            paths.extend(project.paths());
        }
        let mut reports = Vec::new();
        for path in paths {
            let document = self.documents.get(&path);
            let Some(uri) = document.map(|document| document.uri.clone()).or_else(|| uri_of(&path)) else {
                continue;
            };
            let version = document.map(|document| document.version);
            let items = self.diagnostics(&path);
            let id = result_id(&items);
            let is_known = previous.iter().any(|(known, value)| *known == path && *value == id);
            reports.push(if is_known {
                json!({ "kind": "unchanged", "uri": uri, "version": version, "resultId": id })
            } else {
                json!({ "kind": "full", "uri": uri, "version": version, "resultId": id, "items": items })
            });
        }
        json!({ "items": reports })
    }

    fn code_actions(&mut self, params: &Value) -> Result<Value, RequestError> {
        let path = path_in(params)?;
        let uri: Uri = parsed(params["textDocument"]["uri"].clone())?;
        let range: Range = parsed(params.get("range").cloned().unwrap_or_default())?;
        let only = params.pointer("/context/only").and_then(Value::as_array);
        let only = only.into_iter().flatten().filter_map(|kind| kind.as_str().map(str::to_string)).collect();
        let place = Place { path: &path, uri, range, only };
        let (capabilities, fix_settings) = (self.client.capabilities, self.fix_settings);
        let projects = self.workspace.projects_of_mut(&path);
        let found: Vec<_> = projects
            .flat_map(|project| {
                actions::actions(project, &self.documents, capabilities, fix_settings, &place)
            })
            .collect();
        Ok(serde_json::to_value(found).unwrap_or_default())
    }

    fn resolve(&mut self, params: Value) -> Result<Value, RequestError> {
        let mut action: CodeAction = parsed(params)?;
        let data: ActionData = parsed(action.data.clone().unwrap_or_default())?;
        let gone = |message: &str| RequestError::new(ErrorCode::ContentModified, message);
        let path = path_of(&data.uri).ok_or_else(|| gone("this is no file"))?;
        if self.documents.get(&path).map(|document| document.version) != data.version {
            return Err(gone("the document has changed since"));
        }
        let (capabilities, fix_settings) = (self.client.capabilities, self.fix_settings);
        let edit = self.workspace.projects_of_mut(&path).find_map(|project| {
            actions::edit_of(project, &self.documents, capabilities, fix_settings, &path, &data)
        });
        action.edit = Some(edit.ok_or_else(|| gone("the finding is no longer there"))?);
        serde_json::to_value(action)
            .map_err(|error| RequestError::new(ErrorCode::InternalError, error.to_string()))
    }

    fn hover(&mut self, params: Value) -> Result<Value, RequestError> {
        let encoding = self.client.capabilities.encoding;
        let TextDocumentPositionParams { text_document, position } = parsed(params)?;
        let Some(path) = path_of(&text_document.uri) else { return Ok(Value::Null) };
        let Some(state) = self.workspace.project_of(&path).and_then(|project| project.state()) else {
            return Ok(Value::Null);
        };
        let hover = if is_source(&path) {
            state.file(&path).and_then(|file| hover::hover(state, file, position, encoding))
        } else {
            self.documents.get(&path).and_then(|document| {
                let token = Token::at(&document.text, position, encoding);
                Some(hover::marked(configs::describe(&state.session, &token.text)?, Some(token.range)))
            })
        };
        Ok(serde_json::to_value(hover).unwrap_or_default())
    }

    fn definition(&mut self, params: Value) -> Result<Value, RequestError> {
        let TextDocumentPositionParams { text_document, position } = parsed(params)?;
        let token = self.token(&text_document, position);
        let Some((path, token)) = token else { return Ok(Value::Null) };
        let state = self.workspace.project_of(&path).and_then(|project| project.state());
        let found = state.map(|state| configs::definition(state, &token.text)).unwrap_or_default();
        Ok(serde_json::to_value(found).unwrap_or_default())
    }

    fn completion(&mut self, params: Value) -> Result<Value, RequestError> {
        let TextDocumentPositionParams { text_document, position } = parsed(params)?;
        let token = self.token(&text_document, position);
        let Some((path, token)) = token else { return Ok(Value::Null) };
        let state = self.workspace.project_of(&path).and_then(|project| project.state());
        let items = state.map(|state| configs::completions(&state.session, &token)).unwrap_or_default();
        Ok(json!({ "isIncomplete": true, "items": items }))
    }

    /// The word under the cursor in a config that is open.
    fn token(
        &self,
        document: &TextDocumentIdentifier,
        position: gen_lsp_types::Position,
    ) -> Option<(PathBuf, Token)> {
        let path = path_of(&document.uri).filter(|path| !is_source(path))?;
        let text = &self.documents.get(&path)?.text;
        let token = Token::at(text, position, self.client.capabilities.encoding);
        Some((path, token))
    }

    fn execute(&mut self, params: &Value) -> Result<Value, RequestError> {
        let command = params.get("command").and_then(Value::as_str).unwrap_or_default();
        if command != APPLY_AUTOFIX {
            return Err(RequestError::new(
                ErrorCode::InvalidParams,
                format!("`{command}` is no command of ringfence"),
            ));
        }
        let uri = params.pointer("/arguments/0/uri").cloned().unwrap_or_default();
        let path = path_of(&parsed::<Uri>(uri)?)
            .ok_or_else(|| RequestError::new(ErrorCode::InvalidParams, "`uri` is no file"))?;
        let (capabilities, fix_settings) = (self.client.capabilities, self.fix_settings);
        if !capabilities.applies_edits {
            return Err(RequestError::new(ErrorCode::RequestFailed, "the client applies no edits"));
        }
        let edit = self.workspace.projects_of_mut(&path).find_map(|project| {
            actions::fix_all(project, &self.documents, capabilities, fix_settings, &path)
        });
        if let Some(edit) = edit {
            let params = json!({ "label": "Fix all that ringfence can fix", "edit": edit });
            self.client
                .request("workspace/applyEdit", &params)
                .map_err(|error| RequestError::new(ErrorCode::InternalError, error.to_string()))?;
        }
        Ok(Value::Null)
    }
}

/// Requests that are taken back further on.
fn cancelled(queue: &VecDeque<Incoming>) -> Vec<RequestId> {
    let ids = queue.iter().filter_map(|incoming| match incoming {
        Incoming::Message(Message::Notification(notification))
            if notification.method == "$/cancelRequest" =>
        {
            serde_json::from_value(notification.params.get("id")?.clone()).ok()
        }
        _ => None,
    });
    ids.collect()
}

fn parsed<T: DeserializeOwned>(value: Value) -> Result<T, RequestError> {
    serde_json::from_value(value)
        .map_err(|error| RequestError::new(ErrorCode::InvalidParams, error.to_string()))
}

/// The file that a request is about.
fn path_in(params: &Value) -> Result<PathBuf, RequestError> {
    let uri: Uri = parsed(params.pointer("/textDocument/uri").cloned().unwrap_or_default())?;
    path_of(&uri).ok_or_else(|| RequestError::new(ErrorCode::InvalidParams, "`uri` is no file"))
}
