//! The language server: findings while one types, in the file and in those that it bears on, fixes to choose from, and what
//! allows an import or not. It works on the same [`Session`](ringfence_project::Session)s as the command line; what is open in the
//! editor stands for what is on disk.
//!
//! One thread does the work, in the order of the messages; those that have come in the meantime are taken together, so that of
//! several edits only the last is checked.

mod actions;
mod capabilities;
mod client;
mod configs;
mod diagnostics;
mod documents;
mod edits;
mod hover;
mod io;
mod notifications;
mod positions;
mod project;
mod requests;
mod server;
mod uris;
mod workspace;

use std::io::{BufReader, stdin, stdout};

use anyhow::Result;

/// Serves one client over standard input and output, until it says `exit` or is gone. False where it went without `shutdown`.
///
/// # Errors
/// Where the client no longer reads.
pub fn run() -> Result<bool> {
    let incoming = io::read_from(BufReader::new(stdin()));
    let (sender, writer) = io::write_to(stdout());
    let outcome = server::Server::new(sender).serve(&incoming);
    // The sender is gone with the server.
    if writer.join().is_err() {
        anyhow::bail!("writing to the client panicked");
    }
    outcome
}
