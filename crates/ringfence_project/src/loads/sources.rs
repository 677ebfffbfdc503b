//! The texts of the modules that an import finds, each read when it is first asked for.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use elsa::FrozenVec;
use ringfence_diagnostics::{FileId, Files};
use ringfence_loading::SourceId;
use ringfence_source::decode;
use ruff_source_file::LineIndex;
use ruff_text_size::TextSize;

use crate::Session;
use crate::environment_modules::{EnvironmentModules, EnvironmentSource};
use crate::files::read_regular;

/// Texts by [`SourceId`], in the order in which they were found.
#[derive(Default)]
pub(super) struct SourceTexts {
    sources: FrozenVec<Box<Source>>,
}

/// Where a text comes from.
pub(super) enum SourcePlace {
    Own(FileId),
    /// A file beside those of the session, as one that git ignores.
    Beside(PathBuf),
    Installed(EnvironmentSource),
}

struct Source {
    place: SourcePlace,
    /// Nothing for what is installed: the environment keeps its text.
    text: OnceCell<Option<String>>,
    /// Made for the few texts of which something is told.
    lines: OnceCell<LineIndex>,
}

impl SourceTexts {
    pub(super) fn add(&self, place: SourcePlace) -> SourceId {
        let source = SourceId(self.sources.len() as u32);
        self.sources.push(Box::new(Source { place, text: OnceCell::new(), lines: OnceCell::new() }));
        source
    }

    /// The file of the session that a text comes from.
    pub(super) fn own(&self, source: SourceId) -> Option<FileId> {
        match self.sources.get(source.0 as usize)?.place {
            SourcePlace::Own(file) => Some(file),
            SourcePlace::Beside(_) | SourcePlace::Installed(_) => None,
        }
    }

    pub(super) fn path<'a>(
        &'a self,
        source: SourceId,
        session: &'a Session,
        environment: Option<&'a EnvironmentModules>,
    ) -> Option<&'a Path> {
        match &self.sources.get(source.0 as usize)?.place {
            SourcePlace::Own(file) => Some(session.table.path(*file)),
            SourcePlace::Beside(path) => Some(path),
            SourcePlace::Installed(source) => environment?.path(*source),
        }
    }

    /// A text without a byte order mark; nothing where it cannot be read or decoded.
    pub(super) fn text<'a>(
        &'a self,
        source: SourceId,
        session: &Session,
        environment: Option<&'a EnvironmentModules>,
    ) -> Option<&'a str> {
        let Source { place, text, .. } = self.sources.get(source.0 as usize)?;
        let decoded = |bytes: &[u8]| Some(decode(bytes).ok()?.text.into_owned());
        let text = match place {
            SourcePlace::Own(file) => text.get_or_init(|| decoded(&session.table.bytes(*file).ok()?)),
            SourcePlace::Beside(path) => text.get_or_init(|| decoded(&read_regular(path).ok()?)),
            SourcePlace::Installed(source) => return environment?.text(*source),
        };
        text.as_deref()
    }

    /// The line of an offset, from 1.
    pub(super) fn line(
        &self,
        source: SourceId,
        offset: TextSize,
        session: &Session,
        environment: Option<&EnvironmentModules>,
    ) -> Option<usize> {
        let text = self.text(source, session, environment)?;
        let lines = &self.sources.get(source.0 as usize)?.lines;
        Some(lines.get_or_init(|| LineIndex::from_source_text(text)).line_index(offset).get())
    }
}
