//! Says what the import of modules below a folder does: `cargo run -p ringfence_loading --example imports -- ROOT MODULE...`
//! Beside the folder, there is nothing but the standard library.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ringfence_loading::{Found, Modules, Python, STACK_SIZE, SourceId, Verdict, run};

struct Folder {
    files: Vec<(PathBuf, String)>,
    names: BTreeMap<String, Found>,
}

impl Folder {
    fn read(&mut self, folder: &Path, prefix: &str) -> std::io::Result<bool> {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        entries.sort();
        let mut any = false;
        for path in entries {
            let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
            let name = if prefix.is_empty() { stem.to_owned() } else { format!("{prefix}.{stem}") };
            if path.is_dir() {
                if self.read(&path, &name)? {
                    any = true;
                    self.names.entry(name).or_insert(Found::Namespace);
                }
            } else if path.extension().is_some_and(|extension| extension == "py") {
                any = true;
                let is_package = stem == "__init__";
                let source = SourceId(self.files.len() as u32);
                self.files.push((path.clone(), std::fs::read_to_string(&path)?));
                let name = if is_package { prefix.to_owned() } else { name };
                let beside = matches!(self.names.get(&name), Some(Found::Source { is_package: true, .. }));
                if is_package || !beside {
                    self.names.insert(name, Found::Source { source, is_package });
                }
            }
        }
        Ok(any)
    }
}

impl Modules for Folder {
    fn find(&self, name: &str) -> Found {
        let top = name.split('.').next().unwrap_or_default();
        match self.names.get(name) {
            Some(found) => *found,
            None if self.names.contains_key(top) || top.starts_with("missing") => Found::Absent,
            None => Found::Closed,
        }
    }

    fn text(&self, source: SourceId) -> Option<&str> {
        self.files.get(source.0 as usize).map(|(_, text)| text.as_str())
    }

    fn has_member(&self, _module: &str, _name: &str) -> Option<bool> {
        None
    }

    fn children(&self, package: &str) -> Vec<String> {
        let prefix = format!("{package}.");
        let below = self.names.keys().filter_map(|name| name.strip_prefix(&prefix));
        below.filter(|name| !name.contains('.')).map(ToOwned::to_owned).collect()
    }

    fn python(&self) -> Option<Python> {
        Some(Python { minor: 11, exact: true })
    }
}

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let root = arguments.next().ok_or("usage: imports ROOT MODULE...")?;
    let mut folder = Folder { files: Vec::new(), names: BTreeMap::new() };
    folder.read(Path::new(&root), "")?;
    let mut entries: Vec<String> = arguments.collect();
    if entries.is_empty() {
        entries = folder.names.keys().cloned().collect();
    }
    let thread = std::thread::Builder::new().stack_size(STACK_SIZE).spawn(move || {
        let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
        let line = |place: ringfence_loading::Place| match folder.files.get(place.source.0 as usize) {
            Some((path, text)) => {
                let line = text[..place.range.start().to_usize()].matches('\n').count() + 1;
                format!("{}:{line}", path.display())
            }
            None => "nowhere".to_owned(),
        };
        let started = std::time::Instant::now();
        for (entry, run) in entries.iter().zip(run(&folder, &entries)) {
            match run.verdict {
                Verdict::Works => println!("{entry}: works, {} loaded", run.loads.len()),
                Verdict::Fails(failure) => {
                    println!("{entry}: {} at {}: {}", failure.error, line(failure.at), failure.message);
                }
                Verdict::Unknown(doubts) => {
                    let doubt = &doubts[0];
                    println!(
                        "{entry}: unknown, {} at {} (and {})",
                        doubt.reason,
                        line(doubt.at),
                        doubts.len() - 1
                    );
                }
            }
            if entries.len() == 1 {
                for load in run.loads {
                    println!(
                        "  {:?} {} <- {:?} {:?}",
                        load.certainty, load.module, load.cause.by, load.cause.why
                    );
                }
            }
        }
        println!("{:?}", started.elapsed());
    })?;
    thread.join().map_err(|_| "it panicked".into())
}
