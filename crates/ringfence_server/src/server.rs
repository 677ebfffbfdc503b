//! The server's life: it reads messages in order, keeps the projects up to date, and publishes what has changed.

use std::collections::{BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender};

use anyhow::Result;
use gen_lsp_types::{
    CancelNotification, CancelParams, Diagnostic, DiagnosticRefreshRequest, ExitNotification, Id,
    InitializeParams, InitializeRequest, InitializeResult, LspRequestMethod, MessageType, Notification as _,
    PublishDiagnosticsNotification, PublishDiagnosticsParams, Request as _, ServerInfo, ShutdownRequest,
    WorkspaceFolders,
};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId};
use ringfence_diagnostics::Diagnostic as Finding;
use ringfence_project::report_once;
use serde::Deserialize;
use serde_json::Value;

use crate::actions::FixSettings;
use crate::capabilities::{Capabilities, server_capabilities};
use crate::client::{Client, RequestError};
use crate::documents::Documents;
use crate::io::{Incoming, Outgoing};
use crate::project::Project;
use crate::requests::parsed;
use crate::uris::path_of;
use crate::workspace::Workspace;

pub(crate) struct Server {
    pub(crate) client: Client,
    pub(crate) documents: Documents,
    pub(crate) workspace: Workspace,
    pub(crate) fix_settings: FixSettings,
    /// Files whose last published list of diagnostics is not empty.
    published: BTreeSet<PathBuf>,
    lifecycle: Lifecycle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lifecycle {
    New,
    Running,
    ShutDown,
}

/// The settings that clients send, at start and later.
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
            lifecycle: Lifecycle::New,
        }
    }

    /// Serves until the client says `exit` or closes its end. True where `shutdown` came before `exit`.
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
                    let error = RequestError::new(ErrorCode::RequestCanceled, "cancelled");
                    self.client.respond_error(request.id, error)?;
                }
                Incoming::Message(Message::Request(request)) => self.handle_request(request)?,
                Incoming::Message(Message::Notification(notification)) => {
                    if notification.method == ExitNotification::METHOD.as_str() {
                        return Ok(self.lifecycle == Lifecycle::ShutDown);
                    }
                    self.handle_notification(notification)?;
                }
                // The server needs no answer to any of its requests.
                Incoming::Message(Message::Response(_)) => {}
            }
        }
    }

    /// Runs a handler. A panic costs its answer, and all projects are read again.
    fn catch_panic<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let outcome = catch_unwind(AssertUnwindSafe(|| work(self)));
        if outcome.is_err() {
            self.workspace.invalidate();
        }
        outcome.ok()
    }

    fn handle_request(&mut self, request: Request) -> Result<()> {
        let Request { id, method, params } = request;
        let error = match (self.lifecycle, LspRequestMethod::from(method.as_str())) {
            (Lifecycle::New, InitializeRequest::METHOD) => match parsed(params) {
                Ok(params) => return self.initialize(id, params),
                Err(error) => error,
            },
            (Lifecycle::New, _) => {
                RequestError::new(ErrorCode::ServerNotInitialized, "the server is not initialized")
            }
            (Lifecycle::Running, ShutdownRequest::METHOD) => {
                self.lifecycle = Lifecycle::ShutDown;
                return self.client.respond(id, &());
            }
            (Lifecycle::Running, InitializeRequest::METHOD) => {
                RequestError::new(ErrorCode::InvalidRequest, "the server is already initialized")
            }
            (Lifecycle::ShutDown, _) => {
                RequestError::new(ErrorCode::InvalidRequest, "the server is shut down")
            }
            (Lifecycle::Running, _) => {
                self.refresh()?;
                match self.catch_panic(|server| server.dispatch_request(&method, params)) {
                    Some(Ok(result)) => return self.client.respond(id, &result),
                    Some(Err(error)) => error,
                    None => RequestError::new(
                        ErrorCode::InternalError,
                        "internal error; this is a bug of ringfence",
                    ),
                }
            }
        };
        self.client.respond_error(id, error)
    }

    fn initialize(&mut self, id: RequestId, params: InitializeParams) -> Result<()> {
        #[expect(deprecated, reason = "older clients send it in place of folders")]
        let root = params.root_uri;
        let folders = match params.workspace_folders_initialize_params.workspace_folders {
            Some(WorkspaceFolders::WorkspaceFolderList(folders)) => folders,
            Some(WorkspaceFolders::Null) | None => Vec::new(),
        };
        let mut folders: Vec<PathBuf> = folders.iter().filter_map(|folder| path_of(&folder.uri)).collect();
        if folders.is_empty() {
            folders.extend(root.as_ref().and_then(path_of));
        }
        let options = params.initialization_options.unwrap_or_default();
        let settings = options.get("settings").cloned().unwrap_or(options);
        self.client.capabilities = Capabilities::of(params.capabilities);
        self.workspace = Workspace::new(folders, None);
        self.lifecycle = Lifecycle::Running;
        let result = InitializeResult {
            capabilities: server_capabilities(self.client.capabilities.encoding),
            server_info: Some(ServerInfo {
                name: "ringfence".to_string(),
                version: Some(env!("CARGO_PKG_VERSION").to_string()),
            }),
        };
        self.client.respond(id, &result)?;
        self.apply_settings(settings)
    }

    pub(crate) fn apply_settings(&mut self, settings: Value) -> Result<()> {
        if settings.is_null() {
            return Ok(());
        }
        let settings: Settings = match serde_json::from_value(settings) {
            Ok(settings) => settings,
            Err(error) => {
                return self.client.show(MessageType::Error, format!("ringfence: invalid settings: {error}"));
            }
        };
        self.fix_settings = FixSettings {
            fix_all: settings.fix_all.unwrap_or(true),
            unsafe_fixes: settings.unsafe_fixes.unwrap_or(false),
        };
        self.client.log_level = match settings.log_level.as_deref() {
            Some("error") => MessageType::Error,
            Some("warn" | "warning") => MessageType::Warning,
            Some("debug") => MessageType::Debug,
            _ => MessageType::Info,
        };
        let configuration = settings.configuration.filter(|path| !path.as_os_str().is_empty());
        self.workspace.configure(configuration);
        Ok(())
    }

    fn handle_notification(&mut self, notification: Notification) -> Result<()> {
        let Notification { method, params } = notification;
        if self.lifecycle != Lifecycle::Running {
            return Ok(());
        }
        match self.catch_panic(|server| server.dispatch_notification(&method, params)) {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => self.client.log(MessageType::Error, format!("`{method}`: {error:#}")),
            None => self
                .client
                .log(MessageType::Error, format!("`{method}`: internal error; this is a bug of ringfence")),
        }
    }

    /// Brings all projects up to date, and tells the client which diagnostics have changed.
    fn refresh(&mut self) -> Result<()> {
        if self.lifecycle != Lifecycle::Running {
            return Ok(());
        }
        let capabilities = self.client.capabilities;
        let Some(refreshed) =
            self.catch_panic(|server| server.workspace.refresh(&server.documents, capabilities))
        else {
            // The next message tries again. To try at once might never end.
            return self
                .client
                .log(MessageType::Error, "internal error while checking; this is a bug of ringfence");
        };
        if let Some(failure) = &refreshed.failure {
            self.client.show(MessageType::Error, format!("ringfence: {failure}"))?;
        }
        if refreshed.reopened {
            let roots: Vec<String> =
                self.workspace.projects().map(|project| project.root.display().to_string()).collect();
            self.client.log(MessageType::Info, format!("governed: {}", roots.join(", ")))?;
        }
        if refreshed.changed.is_empty() {
            return Ok(());
        }
        if !capabilities.pulls_diagnostics {
            for path in &refreshed.changed {
                self.publish(path)?;
            }
        } else if capabilities.refreshes_diagnostics {
            self.client.request::<DiagnosticRefreshRequest>(&())?;
        }
        Ok(())
    }

    fn publish(&mut self, path: &Path) -> Result<()> {
        let diagnostics = self.diagnostics(path);
        let was_published = self.published.remove(path);
        if diagnostics.is_empty() && !was_published {
            return Ok(());
        }
        let Some(uri) = self.documents.uri(path) else { return Ok(()) };
        if !diagnostics.is_empty() {
            self.published.insert(path.to_path_buf());
        }
        let version = self.documents.get(path).map(|document| document.version);
        self.client.notify::<PublishDiagnosticsNotification>(&PublishDiagnosticsParams {
            uri,
            version,
            diagnostics,
        })
    }

    /// The diagnostics of a file, from every project whose root is above it: a config may be part of several, and a folder may have two
    /// configs.
    pub(crate) fn diagnostics(&self, path: &Path) -> Vec<Diagnostic> {
        let projects = self.workspace.projects().filter(|project| path.starts_with(&project.root));
        let projects: Vec<&Project> = projects.collect();
        let findings = projects.iter().enumerate().flat_map(|(position, project)| {
            project.findings(path).iter().map(move |finding| (position, Finding::clone(finding)))
        });
        let findings = report_once(findings.collect(), |_| path);
        let converted = projects.iter().enumerate().flat_map(|(position, project)| {
            let own = findings.iter().filter(move |(of, _)| *of == position).map(|(_, finding)| finding);
            project.diagnostics(path, own, self.client.capabilities, &self.documents)
        });
        converted.collect()
    }
}

/// Requests that a later message cancels.
fn cancelled(queue: &VecDeque<Incoming>) -> Vec<RequestId> {
    let ids = queue.iter().filter_map(|incoming| match incoming {
        Incoming::Message(Message::Notification(notification))
            if notification.method == CancelNotification::METHOD.as_str() =>
        {
            let CancelParams { id } = serde_json::from_value(notification.params.clone()).ok()?;
            Some(match id {
                Id::Int(id) => RequestId::from(id),
                Id::String(id) => RequestId::from(id),
            })
        }
        _ => None,
    });
    ids.collect()
}
