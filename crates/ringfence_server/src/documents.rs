//! The documents that are open in the editor.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gen_lsp_types::{TextDocumentContentChangeEvent, Uri};
use ringfence_source::decode;
use ruff_source_file::PositionEncoding;

use crate::positions::Lines;
use crate::uris::uri_of;

/// An open file, with the text that the editor shows.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// As the client spells it.
    pub(crate) uri: Uri,
    pub(crate) version: i32,
    pub(crate) text: String,
}

impl Document {
    /// Applies changes in order. The positions of each refer to the text after the previous one.
    pub(crate) fn change(
        &mut self,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: PositionEncoding,
    ) {
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(change) => {
                    let range = Lines::new(&self.text).text_range(change.range, encoding);
                    self.text.replace_range(range.start().to_usize()..range.end().to_usize(), &change.text);
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(change) => {
                    self.text = change.text;
                }
            }
        }
    }

    /// The bytes that saving the document would write, in the encoding that the source declares.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let text = self.text.strip_prefix('\u{feff}').unwrap_or(&self.text);
        let declared = decode(text.as_bytes()).ok().map(|decoded| decoded.encoding);
        declared.and_then(|encoding| encoding.encode(text)).unwrap_or_else(|| text.as_bytes().to_vec())
    }
}

/// All open documents, by path.
#[derive(Debug, Clone, Default)]
pub(crate) struct Documents {
    by_path: BTreeMap<PathBuf, Document>,
}

impl Documents {
    pub(crate) fn get(&self, path: &Path) -> Option<&Document> {
        self.by_path.get(path)
    }

    /// The URI of a file, spelled as the client spells it if the file is open. None for a path that is not absolute.
    pub(crate) fn uri(&self, path: &Path) -> Option<Uri> {
        self.get(path).map(|document| document.uri.clone()).or_else(|| uri_of(path))
    }

    pub(crate) fn get_mut(&mut self, path: &Path) -> Option<&mut Document> {
        self.by_path.get_mut(path)
    }

    pub(crate) fn open(&mut self, path: PathBuf, document: Document) {
        self.by_path.insert(path, document);
    }

    pub(crate) fn close(&mut self, path: &Path) {
        self.by_path.remove(path);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Path, &Document)> {
        self.by_path.iter().map(|(path, document)| (path.as_path(), document))
    }

    /// The open documents below a folder.
    pub(crate) fn below(&self, folder: &Path) -> impl Iterator<Item = (&Path, &Document)> {
        self.iter().filter(move |(path, _)| path.starts_with(folder))
    }
}
