// Links, owners and modes are those of Unix.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;

/// A project with a neighbor.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("project")).unwrap();
        fs::create_dir(folder.path().join("outside")).unwrap();
        Self { folder }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn with(&self, path: &str, text: &str) -> PathBuf {
        fs::write(self.path(path), text).unwrap();
        self.path(path)
    }

    fn writer(&self) -> Writer {
        Writer::new(&self.path("project")).unwrap()
    }

    /// Names and contents of a folder.
    fn listing(&self, path: &str) -> Vec<(String, String)> {
        let entries = fs::read_dir(self.path(path)).unwrap().map(Result::unwrap);
        let mut listing: Vec<_> = entries
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read_to_string(entry.path()).unwrap_or_default())
            })
            .collect();
        listing.sort();
        listing
    }
}

#[test]
fn only_what_was_read_is_replaced() {
    let place = Place::new();
    let file = place.with("project/a.py", "old");
    place.writer().replace(&file, b"old", b"new").unwrap();
    assert!(matches!(place.writer().replace(&file, b"old", b"newer"), Err(WriteError::Changed)));
    assert!(matches!(place.writer().remove(&file, b"old"), Err(WriteError::Changed)));
    assert!(matches!(place.writer().create(&file, b"x"), Err(WriteError::AlreadyThere)));
    assert_eq!(place.listing("project"), [("a.py".to_string(), "new".to_string())]);
    place.writer().remove(&file, b"new").unwrap();
    assert!(matches!(place.writer().replace(&file, b"new", b"x"), Err(WriteError::Changed)));
    assert!(place.listing("project").is_empty());
}

#[test]
fn nothing_outside_is_written() {
    let place = Place::new();
    let victim = place.with("outside/v.py", "old");
    let inside = place.with("project/a.py", "old");
    let [link, folder, dangling] =
        ["project/v.py", "project/far", "project/new"].map(|path| place.path(path));
    symlink(&victim, &link).unwrap();
    symlink(place.path("outside"), &folder).unwrap();
    symlink(place.path("outside/nothing"), &dangling).unwrap();
    let writer = place.writer();
    for path in [&victim, &link, &folder.join("v.py"), &place.path("project/../outside/v.py")] {
        assert!(matches!(writer.replace(path, b"old", b"new"), Err(WriteError::Outside(_))), "{path:?}");
    }
    for path in [folder.join("x/y"), place.path("outside/x"), place.path("project/../x")] {
        assert!(matches!(writer.create(&path, b"new"), Err(WriteError::Outside(_))), "{path:?}");
    }
    assert!(matches!(writer.create(&dangling, b"new"), Err(WriteError::AlreadyThere)));
    assert!(matches!(writer.remove(&link, b"old"), Err(WriteError::NotRegular)));
    assert_eq!(place.listing("outside"), [("v.py".to_string(), "old".to_string())]);
    // A link within the project is followed, and stays one.
    let alias = place.path("project/alias.py");
    symlink(&inside, &alias).unwrap();
    writer.replace(&alias, b"old", b"new").unwrap();
    assert_eq!(fs::read_to_string(&inside).unwrap(), "new");
    assert!(fs::symlink_metadata(&alias).unwrap().is_symlink());
    // What the user named may lie anywhere.
    place.writer().with_named(Some(&victim)).replace(&victim, b"old", b"new").unwrap();
}

#[test]
fn what_a_file_has_stays() {
    let place = Place::new();
    let file = place.with("project/a.py", "old");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o751)).unwrap();
    let has_attributes = xattr::set(&file, "user.note", b"mine").is_ok();
    let is_given_away = std::os::unix::fs::chown(&file, Some(12), Some(34)).is_ok();
    place.writer().replace(&file, b"old", b"new").unwrap();
    let metadata = fs::metadata(&file).unwrap();
    assert_eq!(metadata.mode() & 0o7777, 0o751);
    if has_attributes {
        assert_eq!(xattr::get(&file, "user.note").unwrap().unwrap(), b"mine");
    }
    if is_given_away {
        assert_eq!((metadata.uid(), metadata.gid()), (12, 34));
    }
    // What is new has what any new file has.
    let (new, like) = (place.path("project/new"), place.with("project/like", ""));
    place.writer().create(&new, b"").unwrap();
    assert_eq!(fs::metadata(&new).unwrap().mode(), fs::metadata(&like).unwrap().mode());
}

#[test]
fn files_that_must_not_change_are_refused() {
    let place = Place::new();
    let file = place.with("project/a.py", "old");
    fs::hard_link(&file, place.path("outside/other")).unwrap();
    assert!(matches!(place.writer().replace(&file, b"old", b"new"), Err(WriteError::HardLinks(2))));
    let file = place.with("project/b.py", "old");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    assert!(matches!(place.writer().replace(&file, b"old", b"new"), Err(WriteError::ReadOnly)));
    assert!(matches!(
        place.writer().replace(&place.path("project"), b"", b"new"),
        Err(WriteError::NotRegular)
    ));
    assert_eq!(place.listing("project").len(), 2);
}

#[test]
fn leftovers_go_and_what_is_in_use_stays() {
    let place = Place::new();
    let leftover = place.with("project/ringfence-unfinished-aB3xYz0123456789", "half");
    let others = [
        "ringfence-unfinished-",
        "ringfence-unfinished-work",
        "ringfence-unfinished-a.py",
        "xringfence-unfinished-aB3xYz0123456789",
    ];
    for name in others {
        place.with(&format!("project/{name}"), "");
    }
    let held = Unfinished::new(&place.path("project"), true).unwrap();
    let held_path = held.file.path().to_path_buf();
    assert!(is_unfinished(held_path.file_name().unwrap().to_str().unwrap()));
    let link = place.path("project/ringfence-unfinished-link110123456789");
    symlink(place.with("outside/x", ""), &link).unwrap();
    place.writer().create(&place.path("project/new"), b"").unwrap();
    assert!(!leftover.exists() && held_path.exists() && link.exists());
    drop(held);
    assert!(!held_path.exists());
    assert_eq!(place.listing("project").len(), others.len() + 2);
}

#[test]
fn a_report_is_whole_or_what_it_was() {
    let place = Place::new();
    let root = place.path("project");
    let file = place.with("project/report.json", "old");
    let open = |path: &Path| OutputFile::open(path, &root, |path| path.ends_with("known.txt"));
    let mut report = open(&file).unwrap();
    report.write_all(b"new").unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    drop(report);
    let mut report = open(&file).unwrap();
    report.write_all(b"new").unwrap();
    report.finish().unwrap();
    assert_eq!(place.listing("project"), [("report.json".to_string(), "new".to_string())]);

    place.with("project/known.txt", "");
    symlink(place.with("outside/x", "old"), place.path("project/link")).unwrap();
    symlink(place.path("outside/nowhere"), place.path("project/dangling")).unwrap();
    assert!(matches!(open(&place.path("project/a.py")), Err(OutputError::Foreign("Python source"))));
    assert!(matches!(open(&place.path("project/tach.toml")), Err(OutputError::Foreign("a config"))));
    assert!(matches!(open(&place.path("project/known.txt")), Err(OutputError::Known)));
    assert!(matches!(open(&root), Err(OutputError::Folder)));
    assert!(matches!(open(&place.path("project/link")), Err(OutputError::Outside(_))));
    assert!(matches!(open(&place.path("project/dangling")), Err(OutputError::Dangling(_))));
    // Where the user says so, it goes elsewhere, and into what is no file.
    open(&place.path("outside/report")).unwrap().finish().unwrap();
    open(Path::new("/dev/null")).unwrap().finish().unwrap();
}

/// Whoever saves by renaming at the same time is seen, or comes after us. (Who writes over a file may have opened it long before.)
#[test]
fn what_is_saved_at_the_last_moment_wins() {
    let place = Place::new();
    let file = place.path("project/a.py");
    let mut written = 0;
    for round in 0..150 {
        fs::write(&file, "old").unwrap();
        let other = place.with("project/saving", "saved");
        let result = std::thread::scope(|scope| {
            let saver = scope.spawn(|| {
                // Over the time that it takes us.
                std::thread::sleep(std::time::Duration::from_micros(round * 100));
                fs::rename(&other, &file)
            });
            let result = place.writer().replace(&file, b"old", b"ours");
            saver.join().unwrap().unwrap();
            result
        });
        match result {
            Ok(()) => written += 1,
            Err(error) => assert!(matches!(error, WriteError::Changed), "{error}"),
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "saved", "{round}");
    }
    assert!(written < 150);
    assert_eq!(place.listing("project").len(), 1);
}
