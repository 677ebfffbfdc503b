//! What git tracks, by its index; no process is started.
//!
//! Formats 2 to 4 are read, with object names of 20 and of 32 bytes. A split index has its entries in several files, and a sparse one
//! names folders in place of what they hold: whoever wants these asks git.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use ringfence_diagnostics::paths;

/// One path that git tracks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// Relative to the folder of the repository.
    pub path: PathBuf,
    pub mode: u32,
    /// The name of its contents, in hexadecimal digits.
    pub object: String,
    /// Whether it is one of several entries of a path whose merge has a conflict.
    pub unmerged: bool,
    /// Whether a sparse checkout leaves it out of the working tree.
    pub skipped: bool,
    /// Whether it is only meant to be added, so that it has no contents yet.
    pub intended: bool,
    /// What the file in the working tree looked like when git last compared it; nothing where that is not known.
    pub seen: Option<Seen>,
}

/// What git compares before it looks into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    changed: (u32, u32),
    modified: (u32, u32),
    inode: u32,
    pub size: u32,
}

impl IndexEntry {
    pub fn is_link(&self) -> bool {
        self.mode & KIND == 0o120_000
    }

    pub fn is_submodule(&self) -> bool {
        self.mode & KIND == 0o160_000
    }
}

/// The index of a repository.
#[derive(Debug, Default)]
pub struct GitIndex {
    pub entries: Vec<IndexEntry>,
    /// When it was written; a file that changed since may look the same.
    written: Option<(u32, u32)>,
}

/// The repository around a folder: its own folder, and where its index is; nothing where there is none.
pub fn repository_of(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let top = folder.ancestors().find(|folder| folder.join(".git").exists())?;
    Some((top.to_path_buf(), git_folder(top)?.join("index")))
}

/// What git opens of its own before it answers anything, and whatever it is asked: a pipe in the place of one would never end.
const OWN_FILES: [&str; 9] = [
    "HEAD",
    "config",
    "config.worktree",
    "index",
    "info/attributes",
    "info/exclude",
    "objects/info/alternates",
    "packed-refs",
    "shallow",
];

/// The file of git's own around a folder that is a pipe or a device.
pub fn endless_file(folder: &Path) -> Option<PathBuf> {
    let top = folder.ancestors().find(|folder| folder.join(".git").exists())?;
    let git = git_folder(top)?;
    let common = crate::files::read_text(&git.join("commondir"));
    let common = common.map(|path| git.join(path.trim()));
    let folders = std::iter::once(git).chain(common);
    let mut files = folders.flat_map(|folder| OWN_FILES.iter().map(move |name| folder.join(name)));
    files.find(|file| std::fs::metadata(file).is_ok_and(|it| !it.is_file() && !it.is_dir()))
}

/// The folder of git's own files: `.git`, or what that file names in a linked working tree and in a submodule.
pub(crate) fn git_folder(top: &Path) -> Option<PathBuf> {
    let dot_git = top.join(".git");
    if dot_git.is_dir() {
        return Some(dot_git);
    }
    let text = crate::files::read_text(&dot_git)?;
    Some(top.join(text.strip_prefix("gitdir:")?.trim()))
}

impl GitIndex {
    /// Reads an index. `None` where it is not all in this file; one that is not there is empty.
    ///
    /// # Errors
    /// Where it cannot be read, or is none.
    pub fn read(path: &Path) -> io::Result<Option<Self>> {
        let Some(bytes) = bytes_of(path)? else { return Ok(Some(Self::default())) };
        let written = std::fs::metadata(path).ok().as_ref().and_then(modified);
        // By name, the method is of one lifetime only.
        #[allow(clippy::redundant_closure_for_method_calls)]
        let entries = parsed(&bytes, |raw| raw.entry())?;
        Ok(entries.map(|entries| Self { entries, written }))
    }

    /// Whether a file is what the index has of it for certain, by its metadata. Where it is not, the contents decide.
    pub fn is_unchanged(&self, entry: &IndexEntry, metadata: &Metadata) -> bool {
        let (Some(seen), Some(written)) = (entry.seen, self.written) else { return false };
        let Some(modified) = modified(metadata) else { return false };
        let same_kind = metadata.file_type().is_symlink() == entry.is_link();
        // Written at the same time as the index or later, a file may have changed once more at that very time.
        same_kind
            && seen.size == metadata.len() as u32
            && seen.modified == modified
            && modified < written
            && is_same_inode(seen, metadata)
    }
}

fn modified(metadata: &Metadata) -> Option<(u32, u32)> {
    let time = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((time.as_secs() as u32, time.subsec_nanos()))
}

#[cfg(unix)]
fn is_same_inode(seen: Seen, metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    seen.inode == metadata.ino() as u32
        && seen.changed.0 == metadata.ctime().cast_unsigned() as u32
        && seen.changed.1 == metadata.ctime_nsec().cast_unsigned() as u32
}

#[cfg(not(unix))]
fn is_same_inode(_: Seen, _: &Metadata) -> bool {
    true
}

/// The paths below a folder of the repository that an index tracks and that pass a test, relative to that folder. `None` where they are
/// not all in this file.
pub(crate) fn tracked(
    index: &Path,
    folder: &Path,
    is_wanted: impl Fn(&[u8]) -> bool,
) -> io::Result<Option<Vec<PathBuf>>> {
    let Some(bytes) = bytes_of(index)? else { return Ok(Some(Vec::new())) };
    let mut prefix = paths::absolute(folder).into_bytes();
    if !prefix.is_empty() {
        prefix.push(b'/');
    }
    parsed(&bytes, |raw| {
        let relative = raw.name.strip_prefix(prefix.as_slice())?;
        // What a sparse checkout leaves out is not there to be read.
        let is_file = raw.mode & 0o100_000 != 0 && raw.more & SKIPPED == 0;
        (is_file && is_wanted(relative)).then(|| path(relative))?
    })
}

/// The contents; nothing where there is no index yet.
fn bytes_of(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match crate::files::read_regular(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is picked of the entries; nothing where these are not all in this file.
fn parsed<T>(bytes: &[u8], pick: impl Fn(&Raw) -> Option<T>) -> io::Result<Option<Vec<T>>> {
    for hash in [20, 32] {
        let mut reader = Reader { bytes, at: 0 };
        let (mut picked, mut has_folders) = (Vec::new(), false);
        let whole = all_entries(&mut reader, hash, |raw| {
            has_folders |= raw.mode & KIND == FOLDER;
            picked.extend(pick(raw));
        });
        if let Some(is_whole) = whole.and_then(|()| is_whole(&mut reader, hash)) {
            return Ok((is_whole && !has_folders).then_some(picked));
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "it is no index of git that can be read"))
}

const KIND: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const SKIPPED: u16 = 0x4000;
const INTENDED: u16 = 0x2000;

/// An entry as it stands in the file.
struct Raw<'a> {
    name: &'a [u8],
    object: &'a [u8],
    mode: u32,
    seen: Seen,
    flags: u16,
    more: u16,
}

impl Raw<'_> {
    fn entry(&self) -> Option<IndexEntry> {
        Some(IndexEntry {
            path: path(self.name)?,
            mode: self.mode,
            object: hexadecimal(self.object),
            unmerged: self.flags & 0x3000 != 0,
            skipped: self.more & SKIPPED != 0,
            intended: self.more & INTENDED != 0,
            seen: (self.seen.modified != (0, 0)).then_some(self.seen),
        })
    }
}

/// Whether no extension says that entries are elsewhere.
fn is_whole(reader: &mut Reader, hash: usize) -> Option<bool> {
    while reader.bytes.len().checked_sub(reader.at)? > hash {
        let name = reader.take(4)?;
        let length = reader.number()? as usize;
        let content = reader.take(length)?;
        if name == b"sdir" || (name == b"link" && content.iter().any(|byte| *byte != 0)) {
            return Some(false);
        }
    }
    Some(true)
}

fn all_entries(reader: &mut Reader, hash: usize, mut visit: impl FnMut(&Raw)) -> Option<()> {
    if reader.take(4)? != b"DIRC" {
        return None;
    }
    let version = reader.number()?;
    if !(2..=4).contains(&version) {
        return None;
    }
    let count = reader.number()? as usize;
    let mut name: Vec<u8> = Vec::new();
    for _ in 0..count {
        let start = reader.at;
        let changed = (reader.number()?, reader.number()?);
        let modified = (reader.number()?, reader.number()?);
        let (_device, inode) = (reader.number()?, reader.number()?);
        let mode = reader.number()?;
        let (_user, _group, size) = (reader.number()?, reader.number()?, reader.number()?);
        let object = reader.take(hash)?;
        let flags = reader.short()?;
        let more = if flags & 0x4000 != 0 { reader.short()? } else { 0 };
        if version == 4 {
            let dropped = reader.varint()?;
            name.truncate(name.len().checked_sub(dropped)?);
            name.extend_from_slice(reader.text()?);
        } else {
            name.clear();
            name.extend_from_slice(reader.text()?);
            // Up to seven more zero bytes fill it up to a multiple of eight.
            let length = reader.at - start;
            let padding = reader.take(length.next_multiple_of(8) - length)?;
            if padding.iter().any(|byte| *byte != 0) {
                return None;
            }
        }
        let stated = usize::from(flags & 0x0fff);
        if name.is_empty() || stated != name.len().min(0x0fff) {
            return None;
        }
        let seen = Seen { changed, modified, inode, size };
        visit(&Raw { name: &name, object, mode, seen, flags, more });
    }
    Some(())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    text
}

/// A path from how git writes it: with `/`, and in UTF-8 where the system wants text.
pub fn path(bytes: &[u8]) -> Option<PathBuf> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;
        Some(PathBuf::from(std::ffi::OsString::from_vec(bytes.to_vec())))
    }
    #[cfg(not(unix))]
    {
        Some(PathBuf::from(std::str::from_utf8(bytes).ok()?.replace('/', std::path::MAIN_SEPARATOR_STR)))
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn short(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    /// Up to a zero byte.
    fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.bytes.get(self.at..)?.iter().position(|byte| *byte == 0)?;
        let text = self.take(length)?;
        self.at += 1;
        Some(text)
    }

    /// As git writes offsets: seven bits a byte, the highest first, each but the last one more than it says.
    fn varint(&mut self) -> Option<usize> {
        let mut byte = *self.take(1)?.first()?;
        let mut value = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = *self.take(1)?.first()?;
            value = value.checked_add(1)?.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
        }
        Some(value)
    }
}
