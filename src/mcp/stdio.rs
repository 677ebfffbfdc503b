//! Standard input and output for a runtime that opens no sockets: a thread each moves the bytes.

use std::io::{self, Read as _};

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::terminal::print_bytes;

/// How much is on its way at a time.
const BUFFER: usize = 1 << 16;

/// What is written to standard output.
pub(super) struct Output {
    written: oneshot::Receiver<io::Result<()>>,
}

impl Output {
    /// Waits until all of it is written. Nobody may write to it any more.
    pub(super) async fn finish(self) -> Result<()> {
        match self.written.await {
            Ok(result) => result.context("cannot write to standard output"),
            // Its thread says what is wrong by itself.
            Err(_) => Ok(()),
        }
    }
}

/// Both ends that a server reads from and writes to.
pub(super) fn open(runtime: &Handle) -> Result<((DuplexStream, DuplexStream), Output)> {
    let (mut theirs, input) = tokio::io::duplex(BUFFER);
    let handle = runtime.clone();
    let thread = |name: &str| std::thread::Builder::new().name(name.to_string());
    thread("input")
        .spawn(move || {
            let mut buffer = vec![0; BUFFER];
            let mut stdin = io::stdin().lock();
            // An input that cannot be read has ended.
            while let Ok(length @ 1..) = stdin.read(&mut buffer) {
                let Some(bytes) = buffer.get(..length) else { break };
                if handle.block_on(theirs.write_all(bytes)).is_err() {
                    break;
                }
            }
        })
        .context("cannot start a thread")?;
    let (output, mut ours) = tokio::io::duplex(BUFFER);
    let (done, written) = oneshot::channel();
    let handle = runtime.clone();
    thread("output")
        .spawn(move || {
            let mut buffer = vec![0; BUFFER];
            let result = loop {
                match handle.block_on(ours.read(&mut buffer)) {
                    Ok(0) => break Ok(()),
                    Ok(length) => {
                        let bytes = buffer.get(..length).unwrap_or_default();
                        if let Err(error) = print_bytes(bytes) {
                            break Err(error);
                        }
                    }
                    Err(error) => break Err(error),
                }
            };
            // Nobody waits where the server has ended for another reason.
            drop(done.send(result));
        })
        .context("cannot start a thread")?;
    Ok(((input, output), Output { written }))
}
