//! What is installed: which distribution provides which imports, and what it requires itself.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::manifest::normalized;
use crate::requirement::name;

/// Groups of entry points that do not make a plugin: what is on offer beside the imports.
const ORDINARY_GROUPS: [&str; 5] =
    ["console_scripts", "gui_scripts", "hypothesis", "pyinstaller40", "pytest11"];

/// The files that a `*.dist-info` or `*.egg-info` may hold; empty for one that it does not.
#[derive(Debug, Clone, Copy, Default)]
pub struct MetadataFiles<'a> {
    /// `METADATA` or `PKG-INFO`.
    pub metadata: &'a str,
    /// `RECORD`, or `installed-files.txt` with its paths counted from the folder of packages.
    pub record: &'a str,
    pub top_level: &'a str,
    pub namespace_packages: &'a str,
    pub entry_points: &'a str,
    /// Of an `egg-info`.
    pub requires: &'a str,
}

/// One installed distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// As its metadata writes it.
    pub name: String,
    pub key: String,
    /// What it requires without any extra, normalised.
    pub requires: Vec<String>,
    /// The modules and packages that are its own: `yaml`, `google.cloud.storage` below a namespace.
    pub imports: Vec<String>,
    /// Whether it registers entry points for another program to find, other than its own scripts and an aid for tests.
    pub is_plugin: bool,
}

impl Distribution {
    /// Nothing for metadata without a name. What else cannot be understood is passed over: nobody here can mend what is
    /// installed.
    pub fn new(files: &MetadataFiles) -> Option<Self> {
        let headers: Vec<(&str, &str)> = files
            .metadata
            .lines()
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.split_once(':'))
            .map(|(key, value)| (key, value.trim()))
            .collect();
        let name = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case("name"))?.1.to_string();
        let from_metadata = headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case("requires-dist"))
            .map(|(_, value)| *value);
        // Requirements of extras stand below a header.
        let from_egg = files.requires.lines().take_while(|line| !line.starts_with('['));
        let mut requires: Vec<String> = from_metadata.chain(from_egg).filter_map(required).collect();
        requires.sort_unstable();
        requires.dedup();
        let mut imports = imports(files.record, files.namespace_packages);
        if imports.is_empty() {
            let listed = files.top_level.lines().map(str::trim).filter(|name| is_module(name));
            imports = listed.map(str::to_string).collect();
        }
        let is_plugin = files
            .entry_points
            .lines()
            .filter_map(|line| line.trim().strip_prefix('['))
            .any(|group| !ORDINARY_GROUPS.contains(&group.trim_end_matches(']').trim()));
        Some(Self { key: normalized(&name), name, requires, imports, is_plugin })
    }
}

/// The key of a requirement that holds without any extra.
fn required(text: &str) -> Option<String> {
    let name = name(text).ok()?;
    let only_for_extra = text.split_once(';').is_some_and(|(_, marker)| {
        marker.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "extra")
    });
    (!only_for_extra).then(|| normalized(&name))
}

/// The modules and packages among the files of a distribution. A folder without an `__init__`, and one that is said to be
/// a namespace, is shared with others, so what is in it counts.
fn imports(record: &str, namespaces: &str) -> Vec<String> {
    let paths: Vec<Vec<&str>> = record.lines().filter_map(module_path).collect();
    let namespaces: FxHashSet<&str> = namespaces.lines().map(str::trim).collect();
    let packages: FxHashSet<String> = paths
        .iter()
        .filter_map(|path| path.split_last())
        .filter(|(module, folders)| **module == "__init__" && !folders.is_empty())
        .map(|(_, folders)| folders.join("."))
        .filter(|package| !namespaces.contains(package.as_str()))
        .collect();
    let mut found: Vec<String> = paths
        .iter()
        .filter_map(|path| {
            let folders = path.len() - 1;
            let package =
                (1..=folders).map(|length| path[..length].join(".")).find(|name| packages.contains(name));
            match package {
                Some(package) => Some(package),
                None if path.last() == Some(&"__init__") => None,
                None => Some(path.join(".")),
            }
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// A line of a `RECORD` that is a module: its path without suffixes.
fn module_path(line: &str) -> Option<Vec<&str>> {
    let path = match line.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => line.split(',').next()?,
    };
    let (folders, file) = path.rsplit_once('/').map_or(("", path), |(folders, file)| (folders, file));
    let (_, suffix) = file.rsplit_once('.')?;
    if !matches!(suffix, "py" | "so" | "pyd") {
        return None;
    }
    let mut segments: Vec<&str> = folders.split('/').filter(|folder| !folder.is_empty()).collect();
    segments.push(file.split_once('.')?.0);
    segments.iter().all(|segment| is_module(segment)).then_some(segments)
}

fn is_module(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// All that is installed in one place.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// By key.
    distributions: Vec<Distribution>,
    by_key: FxHashMap<String, usize>,
    /// By what they provide.
    by_import: FxHashMap<String, Vec<usize>>,
    /// The names around what they provide, namespaces that is, with all that is below.
    by_namespace: FxHashMap<String, Vec<usize>>,
}

impl Environment {
    /// Of two distributions of one name the first counts, as on the path of an interpreter.
    pub fn new(distributions: Vec<Distribution>) -> Self {
        let mut seen = FxHashSet::default();
        let mut distributions: Vec<Distribution> =
            distributions.into_iter().filter(|distribution| seen.insert(distribution.key.clone())).collect();
        distributions.sort_by(|a, b| a.key.cmp(&b.key));
        let mut environment = Self::default();
        for (index, distribution) in distributions.iter().enumerate() {
            environment.by_key.insert(distribution.key.clone(), index);
            for import in &distribution.imports {
                environment.by_import.entry(import.clone()).or_default().push(index);
                for (dot, _) in import.match_indices('.') {
                    let below = environment.by_namespace.entry(import[..dot].to_string()).or_default();
                    if below.last() != Some(&index) {
                        below.push(index);
                    }
                }
            }
        }
        Self { distributions, ..environment }
    }

    pub fn is_empty(&self) -> bool {
        self.distributions.is_empty()
    }

    pub fn len(&self) -> usize {
        self.distributions.len()
    }

    pub fn get(&self, key: &str) -> Option<&Distribution> {
        self.by_key.get(key).and_then(|index| self.distributions.get(*index))
    }

    /// Who provides an imported name or what is around it, with the part of the name that is theirs; for the name of a
    /// namespace alone everybody below it.
    pub fn providers<'n>(&self, import: &'n str) -> Option<(&'n str, Vec<&Distribution>)> {
        let found = prefixes(import)
            .find_map(|prefix| Some((prefix, self.by_import.get(prefix)?)))
            .or_else(|| Some((import, self.by_namespace.get(import)?)));
        let (prefix, indices) = found?;
        Some((prefix, indices.iter().filter_map(|index| self.distributions.get(*index)).collect()))
    }

    /// The first of these distributions that brings another with it, directly or not, and the one that requires it.
    pub fn brought_by<'e>(
        &'e self,
        key: &str,
        declared: impl Iterator<Item = &'e str>,
    ) -> Option<&'e Distribution> {
        let mut seen = FxHashSet::default();
        let mut pending: std::collections::VecDeque<&str> = declared.collect();
        while let Some(next) = pending.pop_front() {
            if !seen.insert(next) {
                continue;
            }
            let Some(distribution) = self.get(next) else { continue };
            if distribution.requires.iter().any(|required| required == key) {
                return Some(distribution);
            }
            pending.extend(distribution.requires.iter().map(String::as_str));
        }
        None
    }
}

/// No package that is installed lies deeper than this: paths have an end. A dotted name has none but that of its line, and to look
/// each of its beginnings up would take the square of its length.
const MOST_DEPTH: usize = 64;

/// `a.b.c`, `a.b`, `a`.
pub(crate) fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    let end = name.match_indices('.').nth(MOST_DEPTH - 1).map_or(name.len(), |(dot, _)| dot);
    std::iter::successors(Some(&name[..end]), |prefix| prefix.rsplit_once('.').map(|(parent, _)| parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distribution(name: &str, record: &str, requires: &[&str]) -> Distribution {
        let requires: Vec<String> = requires.iter().map(|it| format!("Requires-Dist: {it}")).collect();
        let requires = requires.join("\n");
        let metadata = format!("Metadata-Version: 2.1\nName: {name}\n{requires}\n\nName: text of the body\n");
        Distribution::new(&MetadataFiles { metadata: &metadata, record, ..MetadataFiles::default() }).unwrap()
    }

    #[test]
    fn imports_come_from_the_list_of_files() {
        for (record, namespaces, expected) in [
            (
                "yaml/__init__.py,sha256=x,1\nyaml/nodes.py,,\n_yaml/__init__.py,,\n",
                "",
                &["_yaml", "yaml"][..],
            ),
            ("six.py,,\nsix-1.16.dist-info/METADATA,,\n../../bin/x.py,,\n", "", &["six"]),
            ("_cffi_backend.cpython-311-x86_64-linux-gnu.so,,\n", "", &["_cffi_backend"]),
            (
                "google/cloud/storage/__init__.py,,\ngoogle/cloud/storage/blob.py,,\ngoogle/cloud/version.py,,\n",
                "",
                &["google.cloud.storage", "google.cloud.version"],
            ),
            ("zope/__init__.py,,\nzope/interface/__init__.py,,\n", "zope\n", &["zope.interface"]),
            ("yaml-stubs/__init__.pyi,,\n", "", &[]),
            ("\"odd,name/__init__.py\",,\na/__pycache__/x.cpython-311.pyc,,\n", "", &[]),
        ] {
            assert_eq!(imports(record, namespaces), expected, "{record}");
        }
    }

    #[test]
    fn the_longest_name_decides_and_a_namespace_is_everybodys() {
        let environment = Environment::new(vec![
            distribution("google-cloud-storage", "google/cloud/storage/__init__.py,,", &["google-auth>=2"]),
            distribution(
                "google-auth",
                "google/auth/__init__.py,,",
                &["cachetools", "aiohttp; extra == 'aio'"],
            ),
            distribution("PyYAML", "yaml/__init__.py,,", &[]),
        ]);
        let names = |import: &str| {
            let (prefix, found) = environment.providers(import)?;
            Some((prefix.to_string(), found.iter().map(|it| it.name.clone()).collect::<Vec<_>>()))
        };
        let owned = |prefix: &str, names: &[&str]| {
            Some((prefix.to_string(), names.iter().map(ToString::to_string).collect()))
        };
        assert_eq!(names("yaml.nodes.Node"), owned("yaml", &["PyYAML"]));
        assert_eq!(
            names("google.cloud.storage.Client"),
            owned("google.cloud.storage", &["google-cloud-storage"])
        );
        assert_eq!(names("google"), owned("google", &["google-auth", "google-cloud-storage"]));
        assert_eq!(names("google.nope"), None);
        assert_eq!(names("requests"), None);
        let brought = |key: &str| {
            let declared = ["google-cloud-storage"].into_iter();
            environment.brought_by(key, declared).map(|it| it.name.as_str())
        };
        assert_eq!(brought("google-auth"), Some("google-cloud-storage"));
        assert_eq!(brought("cachetools"), Some("google-auth"));
        assert_eq!(brought("aiohttp"), None);
    }

    #[test]
    fn metadata_of_eggs_and_plugins_is_understood() {
        let files = MetadataFiles {
            metadata: "Name: My.Plugin\n",
            top_level: "my_plugin\n-bad\n",
            entry_points: "[console_scripts]\nx = y:z\n[pytest11]\nmy = x\n[flask.commands]\nmy = my_plugin\n",
            requires: "six>=1\n\n[test]\npytest\n",
            ..MetadataFiles::default()
        };
        let found = Distribution::new(&files).unwrap();
        assert_eq!((found.key.as_str(), found.is_plugin), ("my-plugin", true));
        assert_eq!((found.imports, found.requires), (vec!["my_plugin".to_string()], vec!["six".to_string()]));
        assert_eq!(Distribution::new(&MetadataFiles::default()), None);
    }
}
