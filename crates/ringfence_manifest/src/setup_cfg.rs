//! `setup.cfg`, as setuptools reads it.

use ringfence_diagnostics::{Diagnostic, FileId};
use ringfence_policy::Spanned;
use ringfence_policy::ini::{Ini, IniEntry, IniLine, KeyCase, parse};
use ruff_text_size::{TextRange, TextSize};

use crate::manifest::{Group, Manifest, NamedFile};
use crate::requirement::requirement;

/// Reads a `setup.cfg`: what could be understood, and every error at its place.
pub fn read(file: FileId, text: &str) -> (Manifest, Vec<Diagnostic>) {
    let (ini, errors) = parse(file, text, KeyCase::Kept);
    let mut manifest = Manifest {
        name: ini.get("metadata", "name").and_then(|entry| entry.lines.first()).map(spanned),
        ..Manifest::default()
    };
    manifest.declares_project = manifest.name.is_some() || ini.section("options").is_some();
    manifest.is_package = manifest.declares_project;
    let mut reader = Reader { manifest, errors };
    reader.options(&ini);
    (reader.manifest, reader.errors)
}

struct Reader {
    manifest: Manifest,
    errors: Vec<Diagnostic>,
}

impl Reader {
    fn options(&mut self, ini: &Ini) {
        for (key, group) in [
            ("install_requires", Group::Runtime),
            ("setup_requires", Group::Build),
            ("tests_require", Group::Development("tests_require".to_string())),
        ] {
            // setuptools takes a dash for an underscore in the keys of this section.
            let dashed = key.replace('_', "-");
            let found = ini.get("options", key).or_else(|| ini.get("options", &dashed));
            if let Some(entry) = found {
                self.manifest.states_runtime |= group == Group::Runtime;
                self.manifest.lists_runtime |= group == Group::Runtime;
                self.entry(entry, &group);
            }
        }
        for entry in ini.section("options.extras_require").into_iter().flat_map(|section| &section.entries) {
            self.entry(entry, &Group::Extra(entry.key.clone()));
        }
    }

    fn entry(&mut self, entry: &IniEntry, group: &Group) {
        let value = entry.value();
        if let Some(list) = value.trim_start().strip_prefix("file:") {
            self.named_files(entry, list, group);
            return;
        }
        // On one line requirements are parted by semicolons, on several each has its own.
        if value.contains('\n') {
            for line in &entry.lines {
                self.requirement(line, 0..line.text.len(), group);
            }
        } else if let Some(line) = entry.lines.first() {
            let mut start = 0;
            for part in line.text.split(';') {
                self.requirement(line, start..start + part.len(), group);
                start += part.len() + 1;
            }
        }
    }

    fn requirement(&mut self, line: &IniLine, part: std::ops::Range<usize>, group: &Group) {
        let Some(written) = line.text.get(part.clone()) else { return };
        let text = written.trim();
        if text.is_empty() || text.starts_with('#') {
            return;
        }
        let indent = part.start + written.len() - written.trim_start().len();
        let start = line.span.range.start() + TextSize::new(u32::try_from(indent).unwrap_or_default());
        let mut span = line.span;
        span.range = TextRange::at(start, TextSize::of(text));
        match requirement(text, span, Some(span.range), group.clone()) {
            Ok(requirement) => self.manifest.requirements.push(requirement),
            Err(error) => self.errors.push(*error),
        }
    }

    fn named_files(&mut self, entry: &IniEntry, list: &str, group: &Group) {
        let paths = list.split([',', '\n']).map(str::trim).filter(|path| !path.is_empty());
        for path in paths {
            // The line that holds the path.
            let line = entry.lines.iter().find(|line| line.text.contains(path));
            if let Some(line) = line {
                let path = Spanned { value: path.to_string(), span: line.span };
                self.manifest.files.push(NamedFile { path, group: group.clone() });
            }
        }
    }
}

fn spanned(line: &IniLine) -> Spanned<String> {
    Spanned { value: line.text.clone(), span: line.span }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_read_as_setuptools_reads_them() {
        let text = "[metadata]\nname = acme\n[options]\ninstall_requires =\n    PyYAML>=6\n    # a comment\n\n    \
                    tomli; python_version < '3.11'\nsetup_requires = setuptools_scm; wheel\n\
                    tests-require = pytest\n[options.extras_require]\ncli = rich ;typer\nFast =\n  orjson\n";
        let (manifest, errors) = read(FileId::new(0), text);
        assert_eq!(errors, []);
        let found: Vec<(&str, &str, &Group)> = manifest
            .requirements
            .iter()
            .map(|it| (it.key.as_str(), &text[it.span.range], &it.group))
            .collect();
        let extra = |name: &str| Group::Extra(name.to_string());
        assert_eq!(
            found,
            [
                ("pyyaml", "PyYAML>=6", &Group::Runtime),
                ("tomli", "tomli; python_version < '3.11'", &Group::Runtime),
                ("setuptools-scm", "setuptools_scm", &Group::Build),
                ("wheel", "wheel", &Group::Build),
                ("pytest", "pytest", &Group::Development("tests_require".to_string())),
                ("rich", "rich", &extra("cli")),
                ("typer", "typer", &extra("cli")),
                ("orjson", "orjson", &extra("Fast")),
            ]
        );
        assert!(manifest.declares_project && manifest.states_runtime);
        assert_eq!(manifest.name.map(|name| name.value).as_deref(), Some("acme"));
    }

    #[test]
    fn files_are_named_and_errors_said() {
        let text = "[options]\ninstall_requires = file: base.txt, more.txt\n[options.extras_require]\n\
                    x =\n    file: x.txt\ny =\n    a =>\n    b\n";
        let (manifest, errors) = read(FileId::new(0), text);
        let files: Vec<&str> = manifest.files.iter().map(|file| file.path.value.as_str()).collect();
        assert_eq!(files, ["base.txt", "more.txt", "x.txt"]);
        assert_eq!(manifest.requirements.len(), 1);
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].message, "`a =>` is not a requirement");
    }

    #[test]
    fn tools_alone_make_no_project() {
        let (manifest, _) = read(FileId::new(0), "[flake8]\nmax-line-length = 100\n");
        assert!(!manifest.declares_project && !manifest.states_runtime);
    }
}
