//! The client's end of the connection: answers, notifications and requests to it.

use std::sync::mpsc::Sender;

use anyhow::{Result, anyhow};
use gen_lsp_types::{
    ClientCapabilities, LogMessageNotification, LogMessageParams, MessageType, ShowMessageNotification,
    ShowMessageParams,
};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response, ResponseError};
use serde::Serialize;

use crate::capabilities::Capabilities;
use crate::io::Outgoing;

/// Why a request fails.
#[derive(Debug)]
pub(crate) struct RequestError {
    code: ErrorCode,
    message: String,
}

impl RequestError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

pub(crate) struct Client {
    sender: Sender<Outgoing>,
    pub(crate) capabilities: Capabilities,
    /// The least severe messages that are logged.
    pub(crate) log_level: MessageType,
    last_request: i32,
}

impl Client {
    pub(crate) fn new(sender: Sender<Outgoing>) -> Self {
        Self {
            sender,
            capabilities: Capabilities::of(ClientCapabilities::default()),
            log_level: MessageType::Info,
            last_request: 0,
        }
    }

    pub(crate) fn send(&self, outgoing: Outgoing) -> Result<()> {
        self.sender.send(outgoing).map_err(|_| anyhow!("the client no longer listens"))
    }

    pub(crate) fn respond(&self, id: RequestId, result: &impl Serialize) -> Result<()> {
        match serde_json::to_value(result) {
            Ok(result) => {
                self.send(Outgoing::Message(Message::Response(Response { id, response_result: Ok(result) })))
            }
            Err(error) => {
                self.respond_error(id, RequestError::new(ErrorCode::InternalError, error.to_string()))
            }
        }
    }

    pub(crate) fn respond_error(&self, id: RequestId, error: RequestError) -> Result<()> {
        let RequestError { code, message } = error;
        let error = ResponseError { code: code as i32, message, data: None };
        self.send(Outgoing::Message(Message::Response(Response { id, response_result: Err(error) })))
    }

    pub(crate) fn notify<N: gen_lsp_types::Notification>(&self, params: &N::Params) -> Result<()> {
        let params = serde_json::to_value(params)?;
        let notification = Notification { method: N::METHOD.to_string(), params };
        self.send(Outgoing::Message(Message::Notification(notification)))
    }

    /// Sends a request. The server ignores the answer.
    pub(crate) fn request<R: gen_lsp_types::Request>(&mut self, params: &R::Params) -> Result<()> {
        self.last_request += 1;
        let id = RequestId::from(format!("ringfence-{}", self.last_request));
        let params = serde_json::to_value(params)?;
        self.send(Outgoing::Message(Message::Request(Request { id, method: R::METHOD.to_string(), params })))
    }

    /// Writes to the log of the editor.
    pub(crate) fn log(&self, level: MessageType, message: impl Into<String>) -> Result<()> {
        if u32::from(level) > u32::from(self.log_level) {
            return Ok(());
        }
        self.notify::<LogMessageNotification>(&LogMessageParams { kind: level, message: message.into() })
    }

    /// Shows a message to the user.
    pub(crate) fn show(&self, level: MessageType, message: impl Into<String>) -> Result<()> {
        self.notify::<ShowMessageNotification>(&ShowMessageParams { kind: level, message: message.into() })
    }
}
