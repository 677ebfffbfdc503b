//! Messages over standard input and output. A malformed message is answered with a parse error, and the server reads on.

use std::io::{self, BufRead, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use lsp_server::{ErrorCode, Message};
use serde_json::json;

/// The largest message that is read, in bytes.
const MOST_BYTES: usize = 1 << 30;

/// What the reader passes to the server.
pub(crate) enum Incoming {
    Message(Message),
    /// A frame whose content is not a message, and why.
    Malformed(String),
}

/// What the server passes to the writer.
pub(crate) enum Outgoing {
    Message(Message),
    /// The answer to a malformed frame: the reason.
    ParseError(String),
}

/// Reads messages on a thread of its own, until the input ends or cannot be read.
pub(crate) fn read_from(mut input: impl BufRead + Send + 'static) -> Receiver<Incoming> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        while let Ok(Some(frame)) = read_frame(&mut input) {
            let incoming = match serde_json::from_slice(&frame) {
                Ok(message) => Incoming::Message(message),
                Err(error) => Incoming::Malformed(error.to_string()),
            };
            if sender.send(incoming).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Writes messages on a thread of its own, so that a client that reads slowly does not block the server. The thread ends once the
/// sender is dropped.
pub(crate) fn write_to(
    mut output: impl Write + Send + 'static,
) -> (Sender<Outgoing>, thread::JoinHandle<()>) {
    let (sender, receiver) = channel::<Outgoing>();
    let writer = thread::spawn(move || {
        for outgoing in receiver {
            let written = match outgoing {
                Outgoing::Message(message) => message.write(&mut output),
                Outgoing::ParseError(reason) => write_parse_error(&mut output, &reason),
            };
            if written.is_err() {
                break;
            }
        }
    });
    (sender, writer)
}

/// JSON-RPC answers a malformed message with the id `null`, which `lsp-server` cannot express.
fn write_parse_error(output: &mut impl Write, reason: &str) -> io::Result<()> {
    let error = json!({ "code": ErrorCode::ParseError as i32, "message": reason });
    let text = json!({ "jsonrpc": "2.0", "id": null, "error": error }).to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}

/// The content of the next frame; none at the end of the input.
fn read_frame(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut length: Option<usize> = None;
    let mut line = String::new();
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let header = line.trim_end_matches(['\r', '\n']);
        if header.is_empty() {
            // Blank lines before a header are ignored.
            match length {
                Some(_) => break,
                None => continue,
            }
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok().filter(|length| *length <= MOST_BYTES);
        }
    }
    let mut content = vec![0; length.unwrap_or_default()];
    input.read_exact(&mut content)?;
    Ok(Some(content))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::{Incoming, read_from};

    #[test]
    fn a_malformed_message_is_reported_and_the_next_one_is_read() {
        let good = r#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#;
        let mut input = String::new();
        for content in [good, "{", "[]", good] {
            input.push_str(&format!("Content-Type: x\r\ncontent-length: {}\r\n\r\n{content}", content.len()));
        }
        let read: Vec<bool> = read_from(Cursor::new(input.into_bytes()))
            .iter()
            .map(|incoming| matches!(incoming, Incoming::Message(_)))
            .collect();
        assert_eq!(read, [true, false, false, true]);
    }
}
