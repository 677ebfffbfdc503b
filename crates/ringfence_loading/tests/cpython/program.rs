//! A program: files, and what an import finds in them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use ringfence_loading::{Found, SourceId};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// With `/`, from the root on.
    pub(crate) path: String,
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) files: Vec<File>,
}

impl Program {
    pub(crate) fn write(&self, root: &Path) {
        for File { path, text } in &self.files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
            std::fs::write(path, text).expect("a file can be written");
        }
    }

    /// What can be imported.
    pub(crate) fn names(&self) -> BTreeMap<String, Found> {
        let mut names = BTreeMap::new();
        self.collect("", "", &mut names);
        names
    }

    /// What `path.FileFinder` finds in one folder: packages before modules before folders.
    fn collect(&self, folder: &str, prefix: &str, names: &mut BTreeMap<String, Found>) {
        for (index, file) in self.files.iter().enumerate() {
            let Some(rest) = file.path.strip_prefix(folder) else { continue };
            let source = SourceId(u32::try_from(index).expect("few files"));
            if let Some((below, rest)) = rest.split_once('/') {
                let name = format!("{prefix}{below}");
                if rest == "__init__.py" {
                    names.insert(name, Found::Source { source, is_package: true });
                } else {
                    names.entry(name).or_insert(Found::Namespace);
                }
            } else if let Some(stem) = rest.strip_suffix(".py").filter(|stem| *stem != "__init__") {
                let found = names.entry(format!("{prefix}{stem}")).or_insert(Found::Namespace);
                if *found == Found::Namespace {
                    *found = Found::Source { source, is_package: false };
                }
            }
        }
        let here: Vec<(String, Found)> = names
            .iter()
            .filter(|(name, _)| name.strip_prefix(prefix).is_some_and(|rest| !rest.contains('.')))
            .map(|(name, found)| (name.clone(), *found))
            .collect();
        for (name, found) in here {
            if matches!(found, Found::Namespace | Found::Source { is_package: true, .. }) {
                let last = &name[prefix.len()..];
                self.collect(&format!("{folder}{last}/"), &format!("{name}."), names);
            }
        }
    }

    pub(crate) fn size(&self) -> usize {
        self.files.iter().map(|file| file.text.len() + 20).sum()
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for File { path, text } in &self.files {
            writeln!(f, "# {path}")?;
            for (index, line) in text.lines().enumerate() {
                writeln!(f, "{:4}  {line}", index + 1)?;
            }
        }
        Ok(())
    }
}
