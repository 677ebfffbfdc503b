//! `pyproject.toml`: PEP 621, PEP 735, and the tables of poetry, uv, PDM, Hatch, Flit, Rye and setuptools.

use ringfence_diagnostics::{Diagnostic, FileId, Span};
use ringfence_policy::Spanned;
use ringfence_policy::tree::{Key, Node, Value, parse};
use ruff_text_size::{TextRange, TextSize};

use crate::manifest::{Group, Manifest, NamedFile, Requirement, invalid, normalized};
use crate::requirement::requirement;

/// Reads a `pyproject.toml`: what could be understood, and every error at its place.
pub fn read(file: FileId, text: &str) -> (Manifest, Vec<Diagnostic>) {
    let (root, errors) = parse(file, text);
    let mut reader = Reader { text, manifest: Manifest::default(), project_depends: false, errors };
    reader.project(&root);
    if let Some(requires) = at(&root, &["build-system", "requires"]) {
        reader.list(requires, "`build-system.requires`", &Group::Build);
    }
    reader.dependency_groups(&root);
    if let Some(tool) = root.get("tool") {
        reader.poetry(tool);
        reader.other_tools(tool);
    }
    let Reader { manifest, mut errors, .. } = reader;
    errors.sort_by_key(|error| (error.range.start(), error.range.end()));
    (manifest, errors)
}

struct Reader<'a> {
    text: &'a str,
    manifest: Manifest,
    /// Whether `project.dependencies` is there, to which poetry's own table then adds nothing.
    project_depends: bool,
    errors: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn project(&mut self, root: &Node) {
        let Some(project) = root.get("project") else { return };
        self.manifest.declares_project = true;
        self.manifest.is_package = true;
        self.manifest.name = project.get("name").and_then(string);
        let dynamic = |field: &str| {
            let fields = project.get("dynamic").and_then(Node::as_array).unwrap_or_default();
            fields.iter().find(|node| node.as_str() == Some(field)).map(|node| node.span)
        };
        let tool = root.get("tool");
        if let Some(dependencies) = project.get("dependencies") {
            self.project_depends = true;
            self.manifest.lists_runtime = true;
            self.list(dependencies, "`project.dependencies`", &Group::Runtime);
        }
        self.manifest.states_runtime = true;
        if let Some(span) = dynamic("dependencies")
            && !tool.is_some_and(|tool| self.dynamic_dependencies(tool))
        {
            self.manifest.states_runtime = false;
            self.manifest.computed = Some(span);
        }
        for (extra, list) in entries(project.get("optional-dependencies")) {
            let place = format!("the extra `{}`", extra.name);
            self.list(list, &place, &Group::Extra(extra.name.clone()));
        }
        if let Some(span) = dynamic("optional-dependencies")
            && !tool.is_some_and(|tool| self.dynamic_extras(tool))
        {
            self.manifest.computed = Some(span);
        }
    }

    /// What setuptools and Hatch read from requirements files. Poetry has tables of its own.
    fn dynamic_dependencies(&mut self, tool: &Node) -> bool {
        let from_setuptools = at(tool, &["setuptools", "dynamic", "dependencies", "file"]);
        let from_hatch = at(tool, &["hatch", "metadata", "hooks", "requirements_txt", "files"]);
        let found = from_setuptools.into_iter().chain(from_hatch);
        let before = self.manifest.files.len();
        for files in found {
            self.named_files(files, &Group::Runtime);
        }
        self.manifest.files.len() > before || at(tool, &["poetry", "dependencies"]).is_some()
    }

    fn dynamic_extras(&mut self, tool: &Node) -> bool {
        let from_setuptools = entries(at(tool, &["setuptools", "dynamic", "optional-dependencies"]))
            .iter()
            .filter_map(|(extra, node)| Some((extra, node.get("file")?)));
        let hatch = at(tool, &["hatch", "metadata", "hooks", "requirements_txt", "optional-dependencies"]);
        let from_hatch = entries(hatch).iter().map(|(extra, files)| (extra, files));
        let before = self.manifest.files.len();
        for (extra, files) in from_setuptools.chain(from_hatch) {
            self.named_files(files, &Group::Extra(extra.name.clone()));
        }
        self.manifest.files.len() > before || at(tool, &["poetry", "extras"]).is_some()
    }

    fn named_files(&mut self, node: &Node, group: &Group) {
        let one = std::slice::from_ref(node);
        let files = node.as_array().unwrap_or(one).iter().filter_map(string);
        let files = files.map(|path| NamedFile { path, group: group.clone() });
        self.manifest.files.extend(files);
    }

    fn dependency_groups(&mut self, root: &Node) {
        let groups = entries(root.get("dependency-groups"));
        self.manifest.declares_project |= !groups.is_empty();
        for (name, list) in groups {
            let place = format!("the dependency group `{}`", name.name);
            let group = Group::Development(name.name.clone());
            for item in self.array(list, &place).unwrap_or_default() {
                let Value::Table(_) = item.value else {
                    self.item(item, &place, &group);
                    continue;
                };
                let included = item.get("include-group").and_then(string);
                let Some(included) = included else {
                    self.errors.push(invalid(
                        item.span,
                        &format!("{place} may hold requirements and `include-group`"),
                    ));
                    continue;
                };
                let key = normalized(&included.value);
                if !groups.iter().any(|(other, _)| normalized(&other.name) == key) {
                    self.errors.push(Diagnostic {
                        annotation: Some("no such group".to_string()),
                        ..invalid(
                            included.span,
                            &format!("{place} includes `{}`, which is no group", included.value),
                        )
                    });
                }
            }
        }
    }

    fn poetry(&mut self, tool: &Node) {
        let Some(poetry) = tool.get("poetry") else { return };
        let dependencies = poetry.get("dependencies");
        if poetry.get("name").is_some() || dependencies.is_some() {
            self.manifest.declares_project = true;
            self.manifest.states_runtime |= dependencies.is_some();
            self.manifest.lists_runtime |= dependencies.is_some();
            // Said to be no package: its files are the application.
            self.manifest.is_package = true;
        }
        if self.manifest.name.is_none() {
            self.manifest.name = poetry.get("name").and_then(string);
        }
        let extras = entries(poetry.get("extras"));
        let extra_of = |name: &str| {
            let key = normalized(name);
            let holds = |list: &Node| {
                let names = list.as_array().unwrap_or_default().iter().filter_map(Node::as_str);
                names.map(normalized).any(|name| name == key)
            };
            extras.iter().find(|(_, list)| holds(list)).map(|(extra, _)| extra.name.clone())
        };
        for (key, value) in entries(dependencies) {
            let optional = value.get("optional").and_then(Node::as_bool).unwrap_or(false);
            let group = match (optional, extra_of(&key.name)) {
                (_, Some(extra)) => Group::Extra(extra),
                (true, None) => Group::Extra(key.name.clone()),
                (false, None) => Group::Runtime,
            };
            if group != Group::Runtime || !self.project_depends {
                self.poetry_dependency(key, group);
            }
        }
        for (key, _) in entries(poetry.get("dev-dependencies")) {
            self.poetry_dependency(key, Group::Development("dev".to_string()));
        }
        for (name, table) in entries(poetry.get("group")) {
            for (key, _) in entries(table.get("dependencies")) {
                let group = match name.name.as_str() {
                    "main" => Group::Runtime,
                    name => Group::Development(name.to_string()),
                };
                self.poetry_dependency(key, group);
            }
        }
    }

    fn poetry_dependency(&mut self, key: &Key, group: Group) {
        if key.name == "python" {
            return;
        }
        match requirement(&key.name, key.span, None, group) {
            Ok(requirement) => self.manifest.requirements.push(requirement),
            Err(error) => self.errors.push(*error),
        }
    }

    fn other_tools(&mut self, tool: &Node) {
        let dev = || Group::Development("dev".to_string());
        for name in ["uv", "rye"] {
            if let Some(list) = at(tool, &[name, "dev-dependencies"]) {
                self.list(list, &format!("`tool.{name}.dev-dependencies`"), &dev());
            }
        }
        for (name, list) in entries(at(tool, &["pdm", "dev-dependencies"])) {
            let place = format!("`tool.pdm.dev-dependencies.{}`", name.name);
            let group = Group::Development(name.name.clone());
            for item in self.array(list, &place).unwrap_or_default() {
                // `-e file:///...#egg=name` is PDM's own.
                if !item.as_str().is_some_and(|text| text.trim_start().starts_with("-e ")) {
                    self.item(item, &place, &group);
                }
            }
        }
        for (name, environment) in entries(at(tool, &["hatch", "envs"])) {
            for key in ["dependencies", "extra-dependencies"] {
                if let Some(list) = environment.get(key) {
                    let place = format!("`tool.hatch.envs.{}.{key}`", name.name);
                    self.hatch_list(list, &place, &Group::Development(name.name.clone()));
                }
            }
        }
        if let Some(flit) = at(tool, &["flit", "metadata"]) {
            self.manifest.declares_project = true;
            self.manifest.is_package = true;
            self.manifest.states_runtime = true;
            self.manifest.lists_runtime = true;
            if self.manifest.name.is_none() {
                self.manifest.name = flit.get("dist-name").or_else(|| flit.get("module")).and_then(string);
            }
            if let Some(list) = flit.get("requires") {
                self.list(list, "`tool.flit.metadata.requires`", &Group::Runtime);
            }
            for (extra, list) in entries(flit.get("requires-extra")) {
                let place = format!("the extra `{}`", extra.name);
                self.list(list, &place, &Group::Extra(extra.name.clone()));
            }
        }
    }

    /// Hatch fills in `{root:uri}` and the like before it reads a requirement.
    fn hatch_list(&mut self, list: &Node, place: &str, group: &Group) {
        for item in self.array(list, place).unwrap_or_default() {
            match item.as_str().and_then(|text| text.split_once('{')) {
                Some((before, _)) => {
                    let name = before.split('@').next().unwrap_or_default().trim().to_string();
                    if !name.is_empty() {
                        let key = normalized(&name);
                        let requirement = Requirement { name, key, span: item.span, group: group.clone() };
                        self.manifest.requirements.push(requirement);
                    }
                }
                None => self.item(item, place, group),
            }
        }
    }

    fn list(&mut self, list: &Node, place: &str, group: &Group) {
        for item in self.array(list, place).unwrap_or_default() {
            self.item(item, place, group);
        }
    }

    fn array<'n>(&mut self, list: &'n Node, place: &str) -> Option<&'n [Node]> {
        let items = list.as_array();
        if items.is_none() {
            self.errors.push(invalid(list.span, &format!("{place} is not an array of requirements")));
        }
        items
    }

    fn item(&mut self, item: &Node, place: &str, group: &Group) {
        let Some(text) = item.as_str() else {
            self.errors.push(invalid(item.span, &format!("an entry of {place} is not a string")));
            return;
        };
        match requirement(text, item.span, self.inside(item.span, text), group.clone()) {
            Ok(requirement) => self.manifest.requirements.push(requirement),
            Err(error) => self.errors.push(*error),
        }
    }

    /// Where in a literal its text is, if no escape makes it look different.
    fn inside(&self, span: Span, text: &str) -> Option<TextRange> {
        let range = TextRange::at(span.range.start() + TextSize::new(1), TextSize::of(text));
        (self.text.get(range.to_std_range()) == Some(text)).then_some(range)
    }
}

fn at<'a>(node: &'a Node, path: &[&str]) -> Option<&'a Node> {
    path.iter().try_fold(node, |node, key| node.get(key))
}

fn entries(node: Option<&Node>) -> &[(Key, Node)] {
    node.map(Node::entries).unwrap_or_default()
}

fn string(node: &Node) -> Option<Spanned<String>> {
    Some(Spanned { value: node.as_str()?.to_string(), span: node.span })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each requirement as `name: group`.
    pub(crate) fn groups(requirements: &[Requirement]) -> Vec<String> {
        requirements
            .iter()
            .map(|requirement| {
                let group = match &requirement.group {
                    Group::Runtime => "runtime".to_string(),
                    Group::Extra(name) => format!("extra {name}"),
                    Group::Development(name) => format!("development {name}"),
                    Group::Build => "build".to_string(),
                };
                format!("{}: {group}", requirement.key)
            })
            .collect()
    }

    fn said(text: &str) -> Vec<(&str, String)> {
        let (_, errors) = read(FileId::new(0), text);
        errors
            .iter()
            .map(|error| {
                let annotation = error.annotation.as_deref().unwrap_or_default();
                (&text[error.range], format!("{} ({annotation})", error.message))
            })
            .collect()
    }

    #[test]
    fn each_tool_declares_in_its_own_way() {
        for (text, expected) in [
            (
                "[build-system]\nrequires = ['hatchling']\n[project]\nname = 'x'\n\
                 dependencies = ['PyYAML>=6', 'requests[socks] ~= 2.0; python_version < \"3.12\"']\n\
                 optional-dependencies.cli = ['rich', 'x[all]']\n[dependency-groups]\ntest = ['pytest']\n\
                 all = [{ include-group = 'Test' }, 'mypy']\n[tool.uv]\ndev-dependencies = ['ruff']\n",
                &[
                    "pyyaml: runtime",
                    "requests: runtime",
                    "rich: extra cli",
                    "x: extra cli",
                    "hatchling: build",
                    "pytest: development test",
                    "mypy: development all",
                    "ruff: development dev",
                ][..],
            ),
            (
                "[tool.poetry]\nname = 'x'\nextras = { fast = ['Or_JSON'] }\n[tool.poetry.dependencies]\n\
                 python = '^3.11'\nPyYAML = '*'\norjson = { version = '3', optional = true }\n\
                 'or-json' = { version = '3', optional = true }\nlocal = { path = '../local' }\n\
                 many = [{ version = '1' }, { version = '2' }]\n[tool.poetry.dev-dependencies]\nblack = '*'\n\
                 [tool.poetry.group.docs.dependencies]\nsphinx = '*'\n",
                &[
                    "pyyaml: runtime",
                    "orjson: extra orjson",
                    "or-json: extra fast",
                    "local: runtime",
                    "many: runtime",
                    "black: development dev",
                    "sphinx: development docs",
                ],
            ),
            (
                "[tool.pdm.dev-dependencies]\ntest = ['pytest', '-e file:///x#egg=x']\n\
                 [tool.hatch.envs.docs]\ndependencies = ['mkdocs', 'me @ {root:uri}']\n\
                 [tool.flit.metadata]\nmodule = 'x'\nrequires = ['six']\nrequires-extra = { a = ['b'] }\n",
                &[
                    "pytest: development test",
                    "mkdocs: development docs",
                    "me: development docs",
                    "six: runtime",
                    "b: extra a",
                ],
            ),
        ] {
            let (manifest, errors) = read(FileId::new(0), text);
            assert_eq!(errors, []);
            assert_eq!(groups(&manifest.requirements), expected);
            assert!(manifest.declares_project);
        }
    }

    #[test]
    fn a_requirement_stands_where_it_is_written() {
        let text =
            "[project]\ndependencies = [\n  'PyYAML >= 6',\n]\n[tool.poetry.dependencies]\n\"Six\" = '*'\n";
        let (manifest, _) = read(FileId::new(0), text);
        let places: Vec<&str> = manifest.requirements.iter().map(|it| &text[it.span.range]).collect();
        // Poetry takes its own table for no more than where to get these from.
        assert_eq!(places, ["'PyYAML >= 6'"]);
        assert_eq!(manifest.requirements[0].name, "PyYAML");
        let text = &text[text.find("[tool").unwrap_or_default()..];
        let (manifest, _) = read(FileId::new(0), text);
        let places: Vec<&str> = manifest.requirements.iter().map(|it| &text[it.span.range]).collect();
        assert_eq!(places, ["\"Six\""]);
    }

    #[test]
    fn what_the_backend_computes_is_read_from_files_or_known_to_be_unknown() {
        for (tool, files, computed) in [
            ("", &[][..], true),
            (
                "[tool.setuptools.dynamic]\ndependencies = { file = ['a.txt', 'b.txt'] }",
                &["a.txt", "b.txt"],
                false,
            ),
            ("[tool.setuptools.dynamic]\ndependencies = { file = 'a.txt' }", &["a.txt"], false),
            ("[tool.setuptools.dynamic]\nversion = { attr = 'x' }", &[], true),
            ("[tool.hatch.metadata.hooks.requirements_txt]\nfiles = ['a.txt']", &["a.txt"], false),
            ("[tool.poetry.dependencies]\nsix = '*'", &[], false),
        ] {
            let text = format!("[project]\nname = 'x'\ndynamic = ['version', 'dependencies']\n{tool}\n");
            let (manifest, errors) = read(FileId::new(0), &text);
            assert_eq!(errors, []);
            let named: Vec<&str> = manifest.files.iter().map(|file| file.path.value.as_str()).collect();
            assert_eq!((named.as_slice(), manifest.computed.is_some()), (files, computed), "{tool}");
        }
    }

    #[test]
    fn only_a_project_is_one() {
        for (text, project, package) in [
            ("[tool.ruff]\nline-length = 1", false, false),
            ("[build-system]\nrequires = []", false, false),
            ("[tool.uv.workspace]\nmembers = ['a']", false, false),
            ("[dependency-groups]\ndev = []", true, false),
            ("[project]\nname = 'x'", true, true),
            ("[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\npython = '3'", true, true),
        ] {
            let (manifest, _) = read(FileId::new(0), text);
            assert_eq!((manifest.declares_project, manifest.is_package), (project, package), "{text}");
        }
    }

    #[test]
    fn errors_are_said_at_their_places_and_hide_nothing() {
        let text = "[project]\nname = 'x'\ndependencies = ['a >=', 3, \"b\\u0020!\", 'c']\nbroken = \n\
                    optional-dependencies.x = 'd'\n[dependency-groups]\ndev = [{ include-group = 'no' }, { x = 1 }]\n";
        let said = said(text);
        let places: Vec<&str> = said.iter().map(|(place, _)| *place).collect();
        assert_eq!(places.len(), 7, "{said:?}");
        assert!(said[0].1.starts_with("`a >=` is not a requirement"), "{said:?}");
        assert_eq!(said[1].1, "an entry of `project.dependencies` is not a string ()");
        assert_eq!(places[2], "\"b\\u0020!\"");
        assert!(said[3].1.starts_with("invalid TOML: "), "{said:?}");
        assert_eq!(said[4].1, "the extra `x` is not an array of requirements ()");
        assert_eq!((places[5], said[5].1.contains("which is no group")), ("'no'", true));
        let (manifest, _) = read(FileId::new(0), text);
        assert_eq!(groups(&manifest.requirements), ["c: runtime"]);
    }
}
