//! The notifications that a running server acts on: changes of documents, files, folders and settings.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use gen_lsp_types::{
    DidChangeConfigurationNotification, DidChangeConfigurationParams, DidChangeTextDocumentNotification,
    DidChangeTextDocumentParams, DidChangeWatchedFilesNotification, DidChangeWatchedFilesParams,
    DidChangeWatchedFilesRegistrationOptions, DidChangeWorkspaceFoldersNotification,
    DidChangeWorkspaceFoldersParams, DidCloseTextDocumentNotification, DidCloseTextDocumentParams,
    DidCreateFilesNotification, DidDeleteFilesNotification, DidOpenTextDocumentNotification,
    DidOpenTextDocumentParams, DidRenameFilesNotification, DidSaveTextDocumentNotification, FileChangeType,
    FileSystemWatcher, InitializedNotification, LspNotificationMethod, Notification, Registration,
    RegistrationParams, RegistrationRequest, WorkspaceFolder,
};
use ringfence_project::CONFIG_NAMES;
use serde_json::Value;

use crate::documents::Document;
use crate::project::{is_config_name, is_source};
use crate::server::Server;
use crate::uris::path_of;

fn parsed<N: Notification>(params: Value) -> Result<N::Params> {
    serde_json::from_value(params).context("invalid parameters")
}

impl Server {
    /// Acts on a notification. Unknown ones are ignored, as the protocol asks.
    ///
    /// # Errors
    /// Where the parameters do not have the form that the protocol defines, or the client no longer reads.
    pub(crate) fn dispatch_notification(&mut self, method: &str, params: Value) -> Result<()> {
        match LspNotificationMethod::from(method) {
            InitializedNotification::METHOD => self.watch_files()?,
            DidOpenTextDocumentNotification::METHOD => {
                self.did_open(parsed::<DidOpenTextDocumentNotification>(params)?);
            }
            DidChangeTextDocumentNotification::METHOD => {
                self.did_change(parsed::<DidChangeTextDocumentNotification>(params)?);
            }
            DidCloseTextDocumentNotification::METHOD => {
                self.did_close(&parsed::<DidCloseTextDocumentNotification>(params)?);
            }
            DidSaveTextDocumentNotification::METHOD => self.recheck_configs(),
            DidChangeWatchedFilesNotification::METHOD => {
                self.did_change_watched_files(parsed::<DidChangeWatchedFilesNotification>(params)?);
            }
            DidCreateFilesNotification::METHOD
            | DidRenameFilesNotification::METHOD
            | DidDeleteFilesNotification::METHOD => {
                // Watchers do not report what lies in a folder that is renamed or deleted.
                self.workspace.invalidate();
            }
            DidChangeWorkspaceFoldersNotification::METHOD => {
                self.did_change_workspace_folders(&parsed::<DidChangeWorkspaceFoldersNotification>(params)?);
            }
            DidChangeConfigurationNotification::METHOD => {
                self.did_change_configuration(parsed::<DidChangeConfigurationNotification>(params)?)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Asks the client to report changes on disk.
    fn watch_files(&mut self) -> Result<()> {
        if !self.client.capabilities.watches_files {
            return Ok(());
        }
        let names = ["*.py", "*.pyi", "*.baseline", "requirements*.txt"].into_iter().chain(CONFIG_NAMES);
        let watchers = names.map(|name| FileSystemWatcher::new(format!("**/{name}").into(), None));
        let options = DidChangeWatchedFilesRegistrationOptions::new(watchers.collect());
        self.client.request::<RegistrationRequest>(&RegistrationParams::new(vec![Registration {
            id: "ringfence-files".to_string(),
            method: DidChangeWatchedFilesNotification::METHOD.to_string(),
            register_options: Some(serde_json::to_value(options)?),
        }]))
    }

    fn did_open(&mut self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let Some(path) = path_of(&document.uri) else { return };
        let (version, text) = (document.version, document.text);
        self.documents.open(path.clone(), Document { uri: document.uri, version, text });
        if is_source(&path) {
            // The nearest config may be a new one.
            if !self.update_source(&path) {
                self.workspace.config_changed(&path);
            }
        } else if self.differs_from_disk(&path) {
            self.config_edited(&path);
        }
        self.recheck_configs();
    }

    fn did_change(&mut self, params: DidChangeTextDocumentParams) {
        let encoding = self.client.capabilities.encoding;
        let Some(path) = path_of(&params.text_document.text_document_identifier.uri) else { return };
        let Some(document) = self.documents.get_mut(&path) else { return };
        document.version = params.text_document.version;
        document.change(params.content_changes, encoding);
        if is_source(&path) {
            self.update_source(&path);
        } else {
            self.config_edited(&path);
        }
    }

    fn did_close(&mut self, params: &DidCloseTextDocumentParams) {
        let Some(path) = path_of(&params.text_document.uri) else { return };
        let differs = self.differs_from_disk(&path);
        self.documents.close(&path);
        if is_source(&path) {
            self.update_source(&path);
        } else if differs {
            self.config_edited(&path);
        }
    }

    fn did_change_watched_files(&mut self, params: DidChangeWatchedFilesParams) {
        for event in params.changes {
            let Some(path) = path_of(&event.uri) else { continue };
            let is_changed = event.kind == FileChangeType::Changed;
            if is_changed && self.documents.get(&path).is_some() {
                // The text in the editor takes precedence.
            } else if !is_source(&path) {
                self.config_edited(&path);
            } else if is_changed {
                self.update_source(&path);
            } else {
                self.workspace.tree_changed(&path);
            }
        }
    }

    fn did_change_workspace_folders(&mut self, params: &DidChangeWorkspaceFoldersParams) {
        let paths = |folders: &[WorkspaceFolder]| -> Vec<PathBuf> {
            folders.iter().filter_map(|folder| path_of(&folder.uri)).collect()
        };
        self.workspace.change_folders(paths(&params.event.added), &paths(&params.event.removed));
    }

    /// Accepts the settings of the server as they are, and those of the whole editor.
    fn did_change_configuration(&mut self, params: DidChangeConfigurationParams) -> Result<()> {
        let settings = params.settings;
        self.apply_settings(settings.get("ringfence").cloned().unwrap_or(settings))
    }

    /// Hands the text in the editor, or else the one on disk, to the projects of a source. False where it has no project.
    fn update_source(&mut self, path: &Path) -> bool {
        let bytes = self.documents.get(path).map(Document::bytes);
        let mut has_project = false;
        for project in self.workspace.projects_of_mut(path) {
            project.edit(path, bytes.clone());
            has_project = true;
        }
        has_project
    }

    /// Reads configs again where the client does not report changes on disk.
    fn recheck_configs(&mut self) {
        if !self.client.capabilities.watches_files {
            self.workspace.recheck_configs();
        }
    }

    fn differs_from_disk(&self, path: &Path) -> bool {
        let document = self.documents.get(path);
        document.is_some_and(|document| std::fs::read(path).map_or(true, |bytes| bytes != document.bytes()))
    }

    fn config_edited(&mut self, path: &Path) {
        if is_config_name(path) || self.workspace.projects().any(|project| project.depends_on(path)) {
            self.workspace.config_changed(path);
        }
    }
}
