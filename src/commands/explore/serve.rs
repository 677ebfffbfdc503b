//! Serves a page to the browsers of this machine, and to nobody else: on the loopback address, at a port that the system chooses, below a path that nobody
//! can guess. What asks under another name of the host, or for anything else, gets nothing.

use std::fmt::Write as _;
use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, anyhow};
use tiny_http::{Header, Method, Request, Response, Server};

/// What every answer says: it is kept nowhere, shown in no frame of others, and read by no page from elsewhere.
const HEADERS: [(&str, &str); 6] = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
];

/// Bodies have nothing to say here: who announces a longer one gets no answer. In bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// The page as it is now.
#[derive(Default)]
pub(super) struct Current {
    page: Mutex<(u64, Arc<Vec<u8>>)>,
}

impl Current {
    pub(super) fn set(&self, revision: u64, page: Vec<u8>) {
        *self.page.lock().unwrap_or_else(PoisonError::into_inner) = (revision, Arc::new(page));
    }

    fn get(&self) -> (u64, Arc<Vec<u8>>) {
        self.page.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A server that listens.
pub(super) struct Serving {
    server: Server,
    host: String,
    token: String,
}

impl Serving {
    /// # Errors
    /// Where there is no port, or nothing to make a token from.
    pub(super) fn new() -> Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| anyhow!("cannot make a token: {error}"))?;
        let mut token = String::with_capacity(32);
        for byte in bytes {
            write!(token, "{byte:02x}").context("cannot make a token")?;
        }
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::http(address)
            .map_err(|error| anyhow!("cannot listen on the loopback address: {error}"))?;
        let host = server.server_addr().to_string();
        Ok(Self { server, host, token })
    }

    /// Where the page is.
    pub(super) fn url(&self) -> String {
        format!("http://{}/{}/", self.host, self.token)
    }

    /// Answers until the process ends, each request on its own: who reads slowly keeps nobody else waiting.
    pub(super) fn run(&self, current: &Current) {
        std::thread::scope(|scope| {
            for request in self.server.incoming_requests() {
                // The library makes room for all of a body that nobody reads, however long it is said to be.
                if request.body_length().is_some_and(|length| length > LONGEST_BODY) {
                    std::mem::forget(request);
                    continue;
                }
                let response = self.answer(&request, current);
                // Whoever has gone away needs no answer.
                scope.spawn(move || drop(request.respond(response)));
            }
        });
    }

    fn answer(&self, request: &Request, current: &Current) -> Response<Cursor<Vec<u8>>> {
        let host = request.headers().iter().find(|header| header.field.equiv("Host"));
        // A name that somebody else points here is not ours.
        if host.is_none_or(|host| host.value.as_str() != self.host) {
            return told(403, "text/plain", b"not here\n".to_vec());
        }
        let path = request.url().strip_prefix('/').and_then(|path| path.strip_prefix(self.token.as_str()));
        let (revision, page) = current.get();
        match (request.method(), path) {
            (Method::Get, Some("/")) => told(200, "text/html; charset=utf-8", page.to_vec()),
            (Method::Get, Some("/revision")) => told(200, "text/plain", revision.to_string().into_bytes()),
            (Method::Get, _) | (_, None) => told(404, "text/plain", b"nothing here\n".to_vec()),
            (_, Some(_)) => told(405, "text/plain", b"only GET\n".to_vec()),
        }
    }
}

fn told(code: u16, kind: &str, body: Vec<u8>) -> Response<Cursor<Vec<u8>>> {
    let mut response = Response::from_data(body).with_status_code(code);
    for (name, value) in HEADERS.into_iter().chain([("Content-Type", kind)]) {
        if let Ok(header) = Header::from_bytes(name, value) {
            response.add_header(header);
        }
    }
    response
}
