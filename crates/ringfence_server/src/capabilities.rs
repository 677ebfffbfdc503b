//! What the client supports, and what the server announces in turn.

use gen_lsp_types::{
    ChangeNotifications, ClientCapabilities, CodeActionKind, CodeActionOptions, CompletionOptions,
    DiagnosticOptions, ExecuteCommandOptions, FileOperationFilter, FileOperationOptions,
    FileOperationPattern, FileOperationRegistrationOptions, ResourceOperationKind, Save, ServerCapabilities,
    TextDocumentSyncKind, TextDocumentSyncOptions, WorkspaceFoldersServerCapabilities, WorkspaceOptions,
};
use ruff_source_file::PositionEncoding;

use crate::actions::FIX_ALL;
use crate::positions::{encoding_kind, negotiated_encoding};

/// Fixes everything fixable in a document. Takes one argument: `{ "uri": ... }`.
pub(crate) const APPLY_AUTOFIX: &str = "ringfence.applyAutofix";

/// The client capabilities that the server adapts to. A capability that the client does not mention is not supported.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Capabilities {
    pub(crate) encoding: PositionEncoding,
    /// The client asks for the diagnostics of a document (pull), so that none are published.
    pub(crate) pulls_diagnostics: bool,
    /// The server may ask the client to pull again.
    pub(crate) refreshes_diagnostics: bool,
    pub(crate) related_information: bool,
    /// The client asks for the edits of an action once the user has chosen it.
    pub(crate) resolves_edits: bool,
    /// The client accepts edits of a given document version.
    pub(crate) document_changes: bool,
    /// The client creates files as part of an edit.
    pub(crate) creates_files: bool,
    /// The client watches files on request.
    pub(crate) watches_files: bool,
    /// The client applies edits that the server sends on its own.
    pub(crate) applies_edits: bool,
}

impl Capabilities {
    pub(crate) fn of(client: ClientCapabilities) -> Self {
        let general = client.general.unwrap_or_default();
        let text_document = client.text_document.unwrap_or_default();
        let workspace = client.workspace.unwrap_or_default();
        let workspace_edit = workspace.workspace_edit.unwrap_or_default();
        let published = text_document.publish_diagnostics.map(|it| it.diagnostics_capabilities);
        let pulled = text_document.diagnostic.as_ref().map(|it| &it.diagnostics_capabilities);
        let related = [published.as_ref(), pulled].map(|it| it.and_then(|it| it.related_information));
        let resolvable = text_document.code_action.and_then(|it| it.resolve_support);
        let operations = workspace_edit.resource_operations.unwrap_or_default();
        Self {
            encoding: negotiated_encoding(&general.position_encodings.unwrap_or_default()),
            pulls_diagnostics: text_document.diagnostic.is_some(),
            refreshes_diagnostics: workspace.diagnostics.is_some_and(|it| it.refresh_support == Some(true)),
            related_information: related.contains(&Some(true)),
            resolves_edits: resolvable.is_some_and(|it| it.properties.iter().any(|name| name == "edit")),
            document_changes: workspace_edit.document_changes == Some(true),
            creates_files: operations.contains(&ResourceOperationKind::Create),
            watches_files: workspace
                .did_change_watched_files
                .is_some_and(|it| it.dynamic_registration == Some(true)),
            applies_edits: workspace.apply_edit == Some(true),
        }
    }
}

/// What the server offers to a client with that position encoding.
pub(crate) fn server_capabilities(encoding: PositionEncoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(encoding_kind(encoding)),
        text_document_sync: Some(
            TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(TextDocumentSyncKind::Incremental),
                save: Some(Save::Bool(true)),
                ..TextDocumentSyncOptions::default()
            }
            .into(),
        ),
        diagnostic_provider: Some(
            DiagnosticOptions {
                identifier: Some("ringfence".to_string()),
                inter_file_dependencies: true,
                workspace_diagnostics: true,
                ..DiagnosticOptions::default()
            }
            .into(),
        ),
        code_action_provider: Some(
            CodeActionOptions {
                code_action_kinds: Some(vec![CodeActionKind::QuickFix, FIX_ALL]),
                resolve_provider: Some(true),
                ..CodeActionOptions::default()
            }
            .into(),
        ),
        hover_provider: Some(true.into()),
        definition_provider: Some(true.into()),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(vec![".".to_string(), "\"".to_string()]),
            ..CompletionOptions::default()
        }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: vec![APPLY_AUTOFIX.to_string()],
            ..ExecuteCommandOptions::default()
        }),
        workspace: Some(WorkspaceOptions {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(ChangeNotifications::Bool(true)),
            }),
            file_operations: Some(file_operations()),
            ..WorkspaceOptions::default()
        }),
        ..ServerCapabilities::default()
    }
}

/// The client reports all files and folders that the user creates, renames or deletes in it.
fn file_operations() -> FileOperationOptions {
    let every_file = FileOperationRegistrationOptions {
        filters: vec![FileOperationFilter {
            scheme: Some("file".to_string()),
            pattern: FileOperationPattern { glob: "**".to_string(), ..FileOperationPattern::default() },
        }],
    };
    FileOperationOptions {
        did_create: Some(every_file.clone()),
        did_rename: Some(every_file.clone()),
        did_delete: Some(every_file),
        ..FileOperationOptions::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Capabilities, server_capabilities};

    fn capabilities(client: serde_json::Value) -> Capabilities {
        Capabilities::of(serde_json::from_value(client).unwrap())
    }

    #[test]
    fn nothing_is_supported_that_the_client_does_not_mention() {
        let none = capabilities(json!({}));
        assert!(
            !none.pulls_diagnostics && !none.resolves_edits && !none.creates_files && !none.applies_edits
        );
        let pulls = capabilities(json!({ "textDocument": { "diagnostic": { "relatedInformation": true } } }));
        assert!(pulls.pulls_diagnostics && pulls.related_information && !pulls.refreshes_diagnostics);
        // Values of later protocol versions are let pass.
        let later = capabilities(json!({
            "workspace": {
                "workspaceEdit": { "resourceOperations": ["link", "create"], "failureHandling": "retry" },
                "symbol": { "symbolKind": { "valueSet": [1, 99] } },
            },
            "general": { "positionEncodings": ["utf-64", "utf-16"] },
            "later": {},
        }));
        assert!(later.creates_files);
    }

    #[test]
    fn the_announcement_keeps_its_shape() {
        let everything = json!({ "filters": [{ "scheme": "file", "pattern": { "glob": "**" } }] });
        let announced = server_capabilities(capabilities(json!({})).encoding);
        assert_eq!(
            serde_json::to_value(announced).unwrap(),
            json!({
                "positionEncoding": "utf-16",
                "textDocumentSync": { "openClose": true, "change": 2, "save": true },
                "diagnosticProvider": {
                    "identifier": "ringfence",
                    "interFileDependencies": true,
                    "workspaceDiagnostics": true,
                },
                "codeActionProvider": {
                    "codeActionKinds": ["quickfix", "source.fixAll.ringfence"],
                    "resolveProvider": true,
                },
                "hoverProvider": true,
                "definitionProvider": true,
                "completionProvider": { "triggerCharacters": [".", "\""] },
                "executeCommandProvider": { "commands": ["ringfence.applyAutofix"] },
                "workspace": {
                    "workspaceFolders": { "supported": true, "changeNotifications": true },
                    "fileOperations": {
                        "didCreate": everything,
                        "didRename": everything,
                        "didDelete": everything,
                    },
                },
            })
        );
    }
}
