//! What the client can do, and how it is spoken to.

use std::sync::mpsc::Sender;

use anyhow::{Result, anyhow};
use gen_lsp_types::PositionEncodingKind;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response, ResponseError};
use ruff_source_file::PositionEncoding;
use serde::Serialize;
use serde_json::{Value, json};

use crate::io::Outgoing;
use crate::positions::negotiated_encoding;

/// What of the client's capabilities matters here. What a client does not say, it cannot do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Capabilities {
    pub(crate) encoding: PositionEncoding,
    /// Asks for diagnostics of a document.
    pub(crate) pulls: bool,
    /// Can be told to ask anew.
    pub(crate) refreshes: bool,
    pub(crate) related_information: bool,
    /// Asks for the edits of an action once it is chosen.
    pub(crate) resolves_edits: bool,
    /// Takes edits with the version that they are for, and files that are made.
    pub(crate) document_changes: bool,
    pub(crate) creates_files: bool,
    /// Watches files if it is asked to.
    pub(crate) watches: bool,
    pub(crate) applies_edits: bool,
}

impl Capabilities {
    pub(crate) fn of(initialize: &Value) -> Self {
        let at = |path: &str| initialize.pointer(&format!("/capabilities/{path}"));
        let can = |path: &str| at(path).and_then(Value::as_bool).unwrap_or(false);
        let lists = |path: &str, item: &str| {
            at(path).and_then(Value::as_array).is_some_and(|items| items.iter().any(|it| it == item))
        };
        let encodings: Vec<PositionEncodingKind> = at("general/positionEncodings")
            .and_then(|kinds| serde_json::from_value(kinds.clone()).ok())
            .unwrap_or_default();
        Self {
            encoding: negotiated_encoding(&encodings),
            pulls: at("textDocument/diagnostic").is_some_and(Value::is_object),
            refreshes: can("workspace/diagnostics/refreshSupport"),
            related_information: can("textDocument/publishDiagnostics/relatedInformation")
                || can("textDocument/diagnostic/relatedInformation"),
            resolves_edits: lists("textDocument/codeAction/resolveSupport/properties", "edit"),
            document_changes: can("workspace/workspaceEdit/documentChanges"),
            creates_files: lists("workspace/workspaceEdit/resourceOperations", "create"),
            watches: can("workspace/didChangeWatchedFiles/dynamicRegistration"),
            applies_edits: can("workspace/applyEdit"),
        }
    }
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Error = 1,
    Warning,
    Info,
    Debug,
}

/// The other end of the connection.
pub(crate) struct Client {
    sender: Sender<Outgoing>,
    pub(crate) capabilities: Capabilities,
    pub(crate) level: Level,
    last_request: i32,
}

impl Client {
    pub(crate) fn new(sender: Sender<Outgoing>) -> Self {
        Self { sender, capabilities: Capabilities::of(&Value::Null), level: Level::Info, last_request: 0 }
    }

    pub(crate) fn send(&self, outgoing: Outgoing) -> Result<()> {
        self.sender.send(outgoing).map_err(|_| anyhow!("the client no longer listens"))
    }

    pub(crate) fn respond(&self, id: RequestId, result: &impl Serialize) -> Result<()> {
        let response_result = serde_json::to_value(result).map_err(|error| ResponseError {
            code: ErrorCode::InternalError as i32,
            message: error.to_string(),
            data: None,
        });
        self.send(Outgoing::Message(Message::Response(Response { id, response_result })))
    }

    pub(crate) fn refuse(&self, id: RequestId, code: ErrorCode, message: impl Into<String>) -> Result<()> {
        let error = ResponseError { code: code as i32, message: message.into(), data: None };
        self.send(Outgoing::Message(Message::Response(Response { id, response_result: Err(error) })))
    }

    pub(crate) fn notify(&self, method: &str, params: &impl Serialize) -> Result<()> {
        let params = serde_json::to_value(params)?;
        let notification = Notification { method: method.to_string(), params };
        self.send(Outgoing::Message(Message::Notification(notification)))
    }

    /// Asks for something. Whatever the answer is, nothing follows from it.
    pub(crate) fn request(&mut self, method: &str, params: &impl Serialize) -> Result<()> {
        self.last_request += 1;
        let id = RequestId::from(format!("ringfence-{}", self.last_request));
        let params = serde_json::to_value(params)?;
        self.send(Outgoing::Message(Message::Request(Request { id, method: method.to_string(), params })))
    }

    pub(crate) fn log(&self, level: Level, message: &str) -> Result<()> {
        if level > self.level {
            return Ok(());
        }
        self.notify("window/logMessage", &json!({ "type": level as i32, "message": message }))
    }

    /// Something that the user has to see.
    pub(crate) fn show(&self, level: Level, message: &str) -> Result<()> {
        self.notify("window/showMessage", &json!({ "type": level as i32, "message": message }))
    }
}
