//! What systems do each in their own way: what a file has beside its contents, and exchanging two files. What the system does not
//! let us keep is lost without a word, as with every editor.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

use tempfile::Builder;

/// Under how many names a file is known.
#[cfg(unix)]
pub(super) fn names(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

/// Under how many names a file is known; not told here.
#[cfg(not(unix))]
pub(super) fn names(_: &Metadata) -> u64 {
    1
}

/// Gives a new file what the one that it will replace has: owner, extended attributes (access control lists among them), mode.
#[cfg(unix)]
pub(super) fn keep(path: &Path, before: &Metadata, file: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};

    use xattr::FileExt as _;

    // A change of owner takes the set-ID bits away, so the mode comes last. Only the superuser may give files away; a group of
    // one's own can be kept by anybody.
    let mut mode = before.mode();
    let now = file.metadata()?;
    if (now.uid(), now.gid()) != (before.uid(), before.gid())
        && fchown(file, Some(before.uid()), Some(before.gid())).is_err()
    {
        let _ = fchown(file, None, Some(before.gid()));
        // What ran as the owner must not run as somebody else.
        mode &= 0o1777;
    }
    for name in xattr::list(path).into_iter().flatten() {
        if let Ok(Some(value)) = xattr::get(path, &name) {
            let _ = file.set_xattr(&name, &value);
        }
    }
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

/// Gives a new file the permissions of the one that it will replace.
#[cfg(not(unix))]
pub(super) fn keep(_: &Path, before: &Metadata, file: &File) -> io::Result<()> {
    file.set_permissions(before.permissions())
}

/// Temporary files are for their owner alone; what is new for good has what the user's mask leaves.
#[cfg(unix)]
pub(super) fn as_new_file(builder: &mut Builder) {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(std::fs::Permissions::from_mode(0o666));
}

/// New files have the permissions of their folder.
#[cfg(not(unix))]
pub(super) fn as_new_file(_: &mut Builder) {}

#[cfg(unix)]
pub(super) fn flush_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Folders cannot be opened here.
#[cfg(not(unix))]
pub(super) fn flush_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Exchanges two files in one step.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(super) fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

/// There is no such step here.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(super) fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
