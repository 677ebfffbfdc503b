//! The language server: diagnostics on each keystroke, in the edited file and in every file that the edit affects; code actions;
//! hovers that explain what allows or denies an import. It uses the same [`Session`](ringfence_project::Session)s as the command
//! line. Text in the editor takes precedence over the file on disk.
//!
//! One thread handles the messages in order. It checks only once no message is waiting, so that of several edits only the last is
//! checked.

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

/// Serves one client over standard input and output until it says `exit` or closes its end. True where `shutdown` came before `exit`.
///
/// # Errors
/// If the client no longer reads.
pub fn run() -> Result<bool> {
    let incoming = io::read_from(BufReader::new(stdin()));
    let (sender, writer) = io::write_to(stdout());
    let outcome = server::Server::new(sender).serve(&incoming);
    // `serve` has dropped the sender, so the writer ends.
    if writer.join().is_err() {
        anyhow::bail!("writing to the client panicked");
    }
    outcome
}
