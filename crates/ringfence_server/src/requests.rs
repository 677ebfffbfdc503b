//! The requests that a running server answers. Each handler takes the typed parameters of its request.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gen_lsp_types::{
    ApplyWorkspaceEditParams, ApplyWorkspaceEditRequest, CodeAction, CodeActionParams, CodeActionRequest,
    CodeActionResolveRequest, CodeActionResponse, CompletionList, CompletionParams, CompletionRequest,
    CompletionResponse, Definition, DefinitionParams, DefinitionRequest, DefinitionResponse,
    DocumentDiagnosticParams, DocumentDiagnosticReport, DocumentDiagnosticRequest, ExecuteCommandParams,
    ExecuteCommandRequest, FullDocumentDiagnosticReport, Hover, HoverParams, HoverRequest, LspAny,
    LspRequestMethod, PreviousResultId, RelatedFullDocumentDiagnosticReport,
    RelatedUnchangedDocumentDiagnosticReport, Request, TextDocumentPositionParams,
    UnchangedDocumentDiagnosticReport, Uri, WorkspaceDiagnosticParams, WorkspaceDiagnosticReport,
    WorkspaceDiagnosticRequest, WorkspaceDocumentDiagnosticReport, WorkspaceFullDocumentDiagnosticReport,
    WorkspaceUnchangedDocumentDiagnosticReport,
};
use lsp_server::ErrorCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::actions::{self, ActionData};
use crate::capabilities::APPLY_AUTOFIX;
use crate::client::RequestError;
use crate::configs::{self, Token};
use crate::diagnostics::result_id;
use crate::hover;
use crate::project::{State, is_source};
use crate::server::Server;
use crate::uris::path_of;

/// The argument of [`APPLY_AUTOFIX`].
#[derive(Debug, Deserialize)]
struct AutofixArgument {
    uri: Uri,
}

/// Reads parameters.
///
/// # Errors
/// `InvalidParams` where they do not have the form that the protocol defines.
pub(crate) fn parsed<T: DeserializeOwned>(params: Value) -> Result<T, RequestError> {
    serde_json::from_value(params)
        .map_err(|error| RequestError::new(ErrorCode::InvalidParams, error.to_string()))
}

fn handle<R: Request>(
    params: Value,
    handler: impl FnOnce(R::Params) -> Result<R::Result, RequestError>,
) -> Result<Value, RequestError> {
    serde_json::to_value(handler(parsed(params)?)?)
        .map_err(|error| RequestError::new(ErrorCode::InternalError, error.to_string()))
}

/// Empties the list of diagnostics in the parameters of a code action request. The server has its own, and editors also send those of
/// other servers, which do not always have the form that the protocol defines.
fn without_diagnostics(mut params: Value) -> Value {
    if let Some(context) = params.get_mut("context").and_then(Value::as_object_mut) {
        context.insert("diagnostics".to_string(), Value::Array(Vec::new()));
    }
    params
}

impl Server {
    /// The result of a request.
    ///
    /// # Errors
    /// `MethodNotFound`, `InvalidParams`, or whatever the handler refuses.
    pub(crate) fn dispatch_request(&mut self, method: &str, params: Value) -> Result<Value, RequestError> {
        match LspRequestMethod::from(method) {
            DocumentDiagnosticRequest::METHOD => {
                handle::<DocumentDiagnosticRequest>(params, |params| self.document_diagnostic(&params))
            }
            WorkspaceDiagnosticRequest::METHOD => {
                handle::<WorkspaceDiagnosticRequest>(params, |params| Ok(self.workspace_diagnostic(params)))
            }
            CodeActionRequest::METHOD => {
                let params = without_diagnostics(params);
                handle::<CodeActionRequest>(params, |params| self.code_actions(&params).map(Some))
            }
            CodeActionResolveRequest::METHOD => {
                handle::<CodeActionResolveRequest>(params, |action| self.resolve_code_action(action))
            }
            HoverRequest::METHOD => handle::<HoverRequest>(params, |params| Ok(self.hover(params))),
            DefinitionRequest::METHOD => {
                handle::<DefinitionRequest>(params, |params| Ok(self.definition(&params)))
            }
            CompletionRequest::METHOD => {
                handle::<CompletionRequest>(params, |params| Ok(self.completion(&params)))
            }
            ExecuteCommandRequest::METHOD => {
                handle::<ExecuteCommandRequest>(params, |params| self.execute_command(params))
            }
            _ => Err(RequestError::new(
                ErrorCode::MethodNotFound,
                format!("method `{method}` is not supported"),
            )),
        }
    }

    fn document_diagnostic(
        &self,
        params: &DocumentDiagnosticParams,
    ) -> Result<DocumentDiagnosticReport, RequestError> {
        let items = self.diagnostics(&file_of(&params.text_document.uri)?);
        let id = result_id(&items);
        Ok(if params.previous_result_id.as_ref() == Some(&id) {
            RelatedUnchangedDocumentDiagnosticReport {
                related_documents: None,
                unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport::new(id),
            }
            .into()
        } else {
            RelatedFullDocumentDiagnosticReport {
                related_documents: None,
                full_document_diagnostic_report: FullDocumentDiagnosticReport::new(Some(id), items),
            }
            .into()
        })
    }

    /// Reports on every file with findings, and on every file that the client knows of.
    fn workspace_diagnostic(&self, params: WorkspaceDiagnosticParams) -> WorkspaceDiagnosticReport {
        let previous: Vec<(PathBuf, String)> = params
            .previous_result_ids
            .into_iter()
            .filter_map(|PreviousResultId { uri, value }| Some((path_of(&uri)?, value)))
            .collect();
        let mut paths: BTreeSet<PathBuf> = previous.iter().map(|(path, _)| path.clone()).collect();
        for project in self.workspace.projects() {
            paths.extend(project.paths());
        }
        let reports = paths.iter().filter_map(|path| self.workspace_report(path, &previous));
        WorkspaceDiagnosticReport::new(reports.collect())
    }

    fn workspace_report(
        &self,
        path: &Path,
        previous: &[(PathBuf, String)],
    ) -> Option<WorkspaceDocumentDiagnosticReport> {
        let uri = self.documents.uri(path)?;
        let version = self.documents.get(path).map(|document| document.version);
        let items = self.diagnostics(path);
        let id = result_id(&items);
        Some(if previous.iter().any(|(known, value)| known == path && *value == id) {
            WorkspaceUnchangedDocumentDiagnosticReport {
                uri,
                version,
                unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport::new(id),
            }
            .into()
        } else {
            WorkspaceFullDocumentDiagnosticReport {
                uri,
                version,
                full_document_diagnostic_report: FullDocumentDiagnosticReport::new(Some(id), items),
            }
            .into()
        })
    }

    fn code_actions(&mut self, params: &CodeActionParams) -> Result<Vec<CodeActionResponse>, RequestError> {
        let path = file_of(&params.text_document.uri)?;
        let (capabilities, settings) = (self.client.capabilities, self.fix_settings);
        let projects = self.workspace.projects_of_mut(&path);
        let actions = projects.flat_map(|project| {
            actions::actions(project, &self.documents, capabilities, settings, &path, params)
        });
        Ok(actions.map(CodeActionResponse::CodeAction).collect())
    }

    fn resolve_code_action(&mut self, mut action: CodeAction) -> Result<CodeAction, RequestError> {
        let data: ActionData = parsed(action.data.clone().unwrap_or_default())?;
        let outdated = |message: &str| RequestError::new(ErrorCode::ContentModified, message);
        let path = path_of(&data.uri).ok_or_else(|| outdated("`uri` is not a file"))?;
        if self.documents.get(&path).map(|document| document.version) != data.version {
            return Err(outdated("the document has changed since the action was offered"));
        }
        let (capabilities, settings) = (self.client.capabilities, self.fix_settings);
        let edit = self.workspace.projects_of_mut(&path).find_map(|project| {
            actions::edit_of(project, &self.documents, capabilities, settings, &path, &data)
        });
        action.edit = Some(edit.ok_or_else(|| outdated("the finding is gone"))?);
        Ok(action)
    }

    fn hover(&self, params: HoverParams) -> Option<Hover> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let encoding = self.client.capabilities.encoding;
        let path = path_of(&text_document.uri)?;
        let state = self.state_at(&path)?;
        if is_source(&path) {
            return hover::hover(state, state.file(&path)?, position, encoding);
        }
        let token = Token::at(&self.documents.get(&path)?.text, position, encoding);
        Some(hover::markdown_hover(configs::describe(&state.session, &token.text)?, Some(token.range)))
    }

    fn definition(&self, params: &DefinitionParams) -> Option<DefinitionResponse> {
        let (path, token) = self.config_token(&params.text_document_position_params)?;
        let state = self.state_at(&path);
        let locations = state.map(|state| configs::definition(state, &token.text)).unwrap_or_default();
        Some(Definition::LocationList(locations).into())
    }

    fn completion(&self, params: &CompletionParams) -> Option<CompletionResponse> {
        let (path, token) = self.config_token(&params.text_document_position_params)?;
        let state = self.state_at(&path);
        let items = state.map(|state| configs::completions(&state.session, &token)).unwrap_or_default();
        Some(CompletionList { is_incomplete: true, items, ..CompletionList::default() }.into())
    }

    fn execute_command(&mut self, params: ExecuteCommandParams) -> Result<Option<LspAny>, RequestError> {
        let ExecuteCommandParams { command, arguments, .. } = params;
        if command != APPLY_AUTOFIX {
            return Err(RequestError::new(ErrorCode::InvalidParams, format!("unknown command `{command}`")));
        }
        let argument = arguments.and_then(|arguments| arguments.into_iter().next());
        let AutofixArgument { uri } = parsed(argument.unwrap_or_default())?;
        let path = file_of(&uri)?;
        let (capabilities, settings) = (self.client.capabilities, self.fix_settings);
        if !capabilities.applies_edits {
            return Err(RequestError::new(ErrorCode::RequestFailed, "the client does not apply edits"));
        }
        let edit = self
            .workspace
            .projects_of_mut(&path)
            .find_map(|project| actions::fix_all(project, &self.documents, capabilities, settings, &path));
        if let Some(edit) = edit {
            let label = Some("Fix all fixable ringfence findings".to_string());
            self.client
                .request::<ApplyWorkspaceEditRequest>(&ApplyWorkspaceEditParams {
                    label,
                    edit,
                    metadata: None,
                })
                .map_err(|error| RequestError::new(ErrorCode::InternalError, error.to_string()))?;
        }
        Ok(None)
    }

    /// The analyzed tree that a path belongs to.
    fn state_at(&self, path: &Path) -> Option<&State> {
        self.workspace.project_of(path)?.state()
    }

    /// The token under the cursor in an open config.
    fn config_token(&self, params: &TextDocumentPositionParams) -> Option<(PathBuf, Token)> {
        let path = path_of(&params.text_document.uri).filter(|path| !is_source(path))?;
        let text = &self.documents.get(&path)?.text;
        let token = Token::at(text, params.position, self.client.capabilities.encoding);
        Some((path, token))
    }
}

fn file_of(uri: &Uri) -> Result<PathBuf, RequestError> {
    path_of(uri).ok_or_else(|| RequestError::new(ErrorCode::InvalidParams, "`uri` is not a file"))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use serde_json::json;

    use crate::server::Server;

    #[test]
    fn diagnostics_of_other_servers_do_no_harm() {
        let mut server = Server::new(channel().0);
        let foreign = json!({ "message": "no range", "codeDescription": { "href": "docs/rule" } });
        let params = json!({
            "textDocument": { "uri": "file:///a.py" },
            "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 1 } },
            "context": { "diagnostics": [foreign] },
        });
        assert_eq!(server.dispatch_request("textDocument/codeAction", params).unwrap(), json!([]));
        let params = json!({ "textDocument": { "uri": "file:///a.py" } });
        assert!(server.dispatch_request("textDocument/codeAction", params).is_err());
    }
}
