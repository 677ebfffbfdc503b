//! Conversion of fixes to workspace edits of the protocol.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use gen_lsp_types::{
    CreateFile, CreateFileOptions, DocumentChange, Edit as DocumentEdit,
    OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, TextDocumentIdentifier, TextEdit,
    WorkspaceEdit,
};
use ringfence_diagnostics::{FileId, Files};
use ruff_diagnostics::Edit;
use ruff_text_size::{Ranged, TextRange};

use crate::capabilities::Capabilities;
use crate::documents::Documents;
use crate::positions::{Lines, size};
use crate::uris::uri_of;

/// Edits of existing files, and files to create.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    by_path: BTreeMap<PathBuf, Vec<TextEdit>>,
    created: Vec<PathBuf>,
}

impl Edits {
    /// The edits of a fix; none if the text of a file is not available.
    pub(crate) fn of_fix(
        files: &dyn Files,
        edits: &[(FileId, Edit)],
        capabilities: Capabilities,
    ) -> Option<Self> {
        let mut all = Self::default();
        for (file, edit) in edits {
            let source = files.text(*file)?;
            let new_text = edit.content().unwrap_or_default().to_string();
            all.add(files.path(*file), &Lines::of_file(&source), edit.range(), new_text, capabilities);
        }
        Some(all)
    }

    pub(crate) fn add(
        &mut self,
        path: &Path,
        lines: &Lines,
        range: TextRange,
        new_text: String,
        capabilities: Capabilities,
    ) {
        let range = lines.range(range, capabilities.encoding);
        self.by_path.entry(path.to_path_buf()).or_default().push(TextEdit { range, new_text });
    }

    /// Turns one text into another by one edit. It leaves out the equal lines at the start and at the end.
    pub(crate) fn rewrite(&mut self, path: &Path, before: &str, after: &str, capabilities: Capabilities) {
        let mut start = 0;
        for (old, new) in before.split_inclusive('\n').zip(after.split_inclusive('\n')) {
            if old != new {
                break;
            }
            start += old.len();
        }
        let (old, new) = (&before[start..], &after[start..]);
        let mut end = 0;
        for (old_line, new_line) in old.split_inclusive('\n').rev().zip(new.split_inclusive('\n').rev()) {
            if old_line != new_line {
                break;
            }
            end += old_line.len();
        }
        let range = TextRange::new(size(start), size(before.len() - end));
        self.add(path, &Lines::new(before), range, new[..new.len() - end].to_string(), capabilities);
    }

    /// Creates a file with this text.
    pub(crate) fn create(&mut self, path: &Path, text: String) {
        self.created.push(path.to_path_buf());
        let edit = TextEdit { range: gen_lsp_types::Range::default(), new_text: text };
        self.by_path.entry(path.to_path_buf()).or_default().push(edit);
    }

    /// The workspace edit, in the form that the client supports. None if it has to create a file and the client cannot.
    pub(crate) fn into_workspace_edit(
        self,
        documents: &Documents,
        capabilities: Capabilities,
    ) -> Option<WorkspaceEdit> {
        let can_create = capabilities.creates_files && capabilities.document_changes;
        if !self.created.is_empty() && !can_create {
            return None;
        }
        let mut changes = HashMap::new();
        let mut document_changes = Vec::new();
        for path in &self.created {
            let options = CreateFileOptions { overwrite: None, ignore_if_exists: Some(true) };
            document_changes.push(DocumentChange::CreateFile(CreateFile::new(
                uri_of(path)?,
                Some(options),
                None,
            )));
        }
        for (path, edits) in self.by_path {
            let uri = documents.uri(&path)?;
            if capabilities.document_changes {
                document_changes.push(DocumentChange::TextDocumentEdit(TextDocumentEdit {
                    text_document: OptionalVersionedTextDocumentIdentifier {
                        version: documents.get(&path).map(|document| document.version),
                        text_document_identifier: TextDocumentIdentifier { uri },
                    },
                    edits: edits.into_iter().map(DocumentEdit::TextEdit).collect(),
                }));
            } else {
                changes.insert(uri, edits);
            }
        }
        Some(if capabilities.document_changes {
            WorkspaceEdit { document_changes: Some(document_changes), ..WorkspaceEdit::default() }
        } else {
            WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
        })
    }
}
