//! A policy as native TOML.

use ringfence_diagnostics::Severity;

use crate::report::{toml_key, toml_string};
use crate::{
    Comments, Contract, ContractLayer, Dependency, Dialect, Downward, ForbiddenExternal, ForbiddenModule,
    ImportKinds, Interface, KindsOfRules, Layer, Level, MissingModules, ModuleDeclaration, ModulePattern,
    Policy, Precedence, Reach, RequirementFiles, Spanned, Terms, TypingGuards, Unmatched, Unowned,
};

/// The widest array that is written on one line.
const WIDTH: usize = 100;

/// The policy as the text of a `ringfence.toml`: every key that is set, in the order of the documentation, lists and
/// modules in the order of the policy. Reading it gives the same policy but for the spans.
///
/// Layers of one rank are written as one entry, which is closed if any of them is.
pub fn write(policy: &Policy) -> String {
    let Policy {
        config: _,
        source_roots,
        modules,
        layers,
        layers_are_in_doubt: _,
        exhaustive_layers,
        strict_ownership,
        forbid_cycles,
        kinds,
        tests,
        runtime_annotations,
        requirement_files: RequirementFiles { runtime, development },
        distributions,
        linter,
        interfaces,
        contracts,
        deselected_contracts: _,
        unchecked: _,
        root_packages,
        dialect,
        domains: _,
        config_errors: _,
        module_config_errors: _,
    } = policy;
    let mut writer = Writer::default();
    writer.optional_strings("source-roots", source_roots.as_deref());
    writer.optional_strings("root-packages", root_packages.as_deref());
    if !layers.is_empty() {
        let ranks: Vec<String> = layers.chunk_by(|a, b| a.rank == b.rank).map(rank).collect();
        writer.array("layers", &ranks);
    }
    if exhaustive_layers.is_some() {
        writer.line("exhaustive", "true");
    }
    if strict_ownership.is_some() {
        writer.line("strict-ownership", "true");
    }
    if forbid_cycles.is_some() {
        writer.line("forbid-cycles", "true");
    }
    for entry in kinds.iter().filter(|entry| entry.rules.is_none()) {
        writer.kinds("kinds", &entry.kinds);
    }
    writer.optional_strings("tests", tests.as_deref());
    writer.strings("runtime-annotations", runtime_annotations);
    writer.strings("requirements", runtime);
    writer.strings("dev-requirements", development);
    writer.optional_strings("select", linter.select.as_deref());
    writer.strings("extend-select", &linter.extend_select);
    writer.strings("ignore", &linter.ignore);
    writer.optional_strings("fixable", linter.fixable.as_deref());
    writer.strings("unfixable", &linter.unfixable);
    writer.optional_strings("exclude", linter.exclude.as_deref());
    writer.strings("extend-exclude", &linter.extend_exclude);
    if let Some(respect) = linter.respect_gitignore {
        writer.line("respect-gitignore", if respect { "true" } else { "false" });
    }
    if let Some(version) = linter.target_version {
        writer.line("target-version", &toml_string(&format!("py3{}", version.0)));
    }
    if let Some(version) = &linter.required_version {
        writer.line("required-version", &toml_string(&version.value));
    }
    if linter.preview {
        writer.line("preview", "true");
    }
    if let Some(format) = linter.output_format {
        writer.line("output-format", &toml_string(format.as_str()));
    }
    if let Some(baseline) = &linter.baseline {
        writer.line("baseline", &toml_string(&baseline.value));
    }
    if kinds.iter().any(|entry| entry.rules.is_some()) {
        writer.header("kinds");
        for KindsOfRules { rules, kinds } in kinds {
            if let Some(rules) = rules {
                writer.kinds(&toml_key(&rules.value), kinds);
            }
        }
    }
    if !distributions.is_empty() {
        writer.header("distributions");
        for (import, distribution) in distributions {
            writer.line(&toml_key(&import.value), &toml_string(&distribution.value));
        }
    }
    if !linter.per_file_ignores.is_empty() {
        writer.header("per-file-ignores");
        for (glob, rules) in &linter.per_file_ignores {
            writer.optional_strings(&toml_key(&glob.value), Some(rules));
        }
    }
    if !linter.severity.is_empty() {
        writer.header("severity");
        for (rule, severity) in &linter.severity {
            writer.line(&toml_key(&rule.value), &toml_string(Severity::as_str(*severity)));
        }
    }
    writer.compatibility(dialect);
    for interface in interfaces {
        writer.interface(interface);
    }
    for contract in contracts {
        writer.contract(contract);
    }
    for module in modules {
        writer.module(module);
    }
    writer.text
}

#[derive(Default)]
struct Writer {
    text: String,
}

impl Writer {
    fn interface(&mut self, interface: &Interface) {
        let Interface { of, exposes, visible_to, exclusive, data_types } = interface;
        self.header("[interfaces]");
        self.patterns("of", of);
        self.patterns("exposes", &exposes.value);
        if let Some(visible_to) = visible_to {
            self.patterns("visible-to", &visible_to.value);
        }
        if *exclusive {
            self.line("exclusive", "true");
        }
        if data_types.is_some() {
            self.line("data-types", "\"plain\"");
        }
    }

    fn contract(&mut self, contract: &Contract) {
        let Contract { id, name, terms, kinds, exceptions, unmatched_exceptions, reason } = contract;
        self.header("[contracts]");
        self.line("name", &toml_string(&name.value));
        self.line("type", &toml_string(contract.type_name()));
        if let Some(id) = id {
            self.line("id", &toml_string(id));
        }
        match terms {
            Terms::Forbidden { from, to, reach, submodules } => {
                self.patterns("from", from);
                self.patterns("to", to);
                self.unless("indirect", *reach == Reach::Indirect);
                self.unless("submodules", *submodules);
            }
            Terms::Layers { layers, containers, exhaustive, exhaustive_except } => {
                let layers: Vec<String> = layers.iter().map(contract_layer).collect();
                self.array("layers", &layers);
                if let Some(containers) = containers {
                    self.patterns("containers", containers);
                }
                if exhaustive.is_some() {
                    self.line("exhaustive", "true");
                }
                self.strings("exhaustive-except", exhaustive_except);
            }
            Terms::Independent { modules } => self.patterns("modules", modules),
            Terms::Protected { modules, importers, submodules } => {
                self.patterns("modules", modules);
                self.patterns("importers", importers);
                self.unless("submodules", *submodules);
            }
            Terms::Acyclic { packages, depth, skip } => {
                self.patterns("modules", packages);
                if let Some(depth) = depth {
                    self.line("depth", &depth.to_string());
                }
                if !skip.is_empty() {
                    self.patterns("skip", skip);
                }
            }
            Terms::Required { from, to, reach } => {
                self.patterns("from", from);
                self.patterns("to", to);
                self.unless("indirect", *reach == Reach::Indirect);
            }
        }
        if let Some(kinds) = kinds {
            self.kinds("kinds", kinds);
        }
        if !exceptions.is_empty() {
            let entries: Vec<String> =
                exceptions.iter().map(|exception| toml_string(&exception.text())).collect();
            self.array("except", &entries);
        }
        match unmatched_exceptions {
            Unmatched::AsRule => {}
            Unmatched::Off => self.line("unmatched-exceptions", "\"off\""),
            Unmatched::Severity(severity) => {
                self.line("unmatched-exceptions", &toml_string(severity.as_str()));
            }
        }
        if let Some(reason) = reason {
            self.line("reason", &toml_string(&reason.value));
        }
    }

    /// A key that is `true` unless it is written.
    fn unless(&mut self, key: &str, value: bool) {
        if !value {
            self.line(key, "false");
        }
    }

    fn compatibility(&mut self, dialect: &Dialect) {
        let Dialect {
            downward,
            precedence,
            unowned,
            nested_imports,
            missing_modules,
            comments,
            externals,
            typing_guards,
            walk,
            ..
        } = dialect;
        let said = [
            ("downward-imports", (*downward == Downward::Free).then_some("\"free\"")),
            ("precedence", (*precedence == Precedence::Order).then_some("\"order\"")),
            (
                "unowned-code",
                match unowned {
                    Unowned::Free => None,
                    Unowned::Unchecked => Some("\"unchecked\""),
                    Unowned::Module | Unowned::HiddenModule | Unowned::ForbiddenModule => Some("\"module\""),
                },
            ),
            (
                "nested-imports",
                match nested_imports {
                    Level::Full => None,
                    Level::Warning => Some("\"warning\""),
                    Level::Off => Some("\"off\""),
                },
            ),
            (
                "missing-modules",
                match missing_modules {
                    MissingModules::ByName => None,
                    MissingModules::Foreign => Some("\"foreign\""),
                    MissingModules::Nowhere => Some("\"nowhere\""),
                    MissingModules::RootPackage => Some("\"root-package\""),
                },
            ),
            ("only-packages", walk.only_packages.then_some("true")),
            ("typing-guards", (*typing_guards == TypingGuards::Bare).then_some("\"bare\"")),
            ("tach-ignore", (*comments == Comments::TachIgnore).then_some("true")),
        ];
        let excluded: Vec<String> = externals.exclude.iter().map(|name| toml_string(name)).collect();
        if said.iter().any(|(_, value)| value.is_some()) || !excluded.is_empty() {
            self.header("compatibility");
        }
        if !excluded.is_empty() {
            self.array("exclude-externals", &excluded);
        }
        for (key, value) in said {
            if let Some(value) = value {
                self.line(key, value);
            }
        }
    }

    fn module(&mut self, module: &ModuleDeclaration) {
        let ModuleDeclaration {
            pattern,
            layer,
            depends_on,
            forbids,
            externals,
            forbids_externals,
            exposes,
            visible_to,
            utility,
            kinds,
            owner,
        } = module;
        self.header(&format!("modules.{}", toml_string(pattern.value.as_str())));
        if let Some(layer) = layer {
            self.line("layer", &toml_string(&layer.value));
        }
        if let Some(depends_on) = depends_on {
            let entries: Vec<String> = depends_on.value.iter().map(dependency).collect();
            self.array("depends-on", &entries);
        }
        if !forbids.is_empty() {
            let entries: Vec<String> = forbids
                .iter()
                .map(|ForbiddenModule { pattern, reason }| {
                    forbidden("module", pattern.value.as_str(), reason.as_ref())
                })
                .collect();
            self.array("forbids", &entries);
        }
        if let Some(externals) = externals {
            self.optional_strings("externals", Some(&externals.value));
        }
        if !forbids_externals.is_empty() {
            let entries: Vec<String> = forbids_externals
                .iter()
                .map(|ForbiddenExternal { name, reason }| {
                    forbidden("distribution", &name.value, reason.as_ref())
                })
                .collect();
            self.array("forbids-externals", &entries);
        }
        if let Some(exposes) = exposes {
            self.patterns("exposes", &exposes.value);
        }
        if let Some(visible_to) = visible_to {
            self.patterns("visible-to", &visible_to.value);
        }
        if utility.is_some() {
            self.line("utility", "true");
        }
        if let Some(kinds) = kinds {
            self.kinds("kinds", kinds);
        }
        if let Some(owner) = owner {
            self.line("owner", &toml_string(&owner.value));
        }
    }

    fn header(&mut self, path: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.extend(["[", path, "]\n"]);
    }

    fn line(&mut self, key: &str, value: &str) {
        self.text.extend([key, " = ", value, "\n"]);
    }

    fn strings(&mut self, key: &str, values: &[Spanned<String>]) {
        self.optional_strings(key, Some(values).filter(|values| !values.is_empty()));
    }

    fn optional_strings(&mut self, key: &str, values: Option<&[Spanned<String>]>) {
        if let Some(values) = values {
            let entries: Vec<String> = values.iter().map(|value| toml_string(&value.value)).collect();
            self.array(key, &entries);
        }
    }

    fn kinds(&mut self, key: &str, kinds: &ImportKinds) {
        let entries: Vec<String> = kinds.value.iter().map(|kind| toml_string(kind.as_str())).collect();
        self.array(key, &entries);
    }

    fn patterns(&mut self, key: &str, patterns: &[Spanned<ModulePattern>]) {
        let entries: Vec<String> = patterns.iter().map(|pattern| pattern_text(&pattern.value)).collect();
        self.array(key, &entries);
    }

    fn array(&mut self, key: &str, entries: &[String]) {
        let line = format!("{key} = [{}]\n", entries.join(", "));
        if line.len() <= WIDTH {
            self.text.push_str(&line);
        } else {
            self.text.extend([key, " = [\n    ", &entries.join(",\n    "), ",\n]\n"]);
        }
    }
}

fn pattern_text(pattern: &ModulePattern) -> String {
    let text = toml_string(pattern.as_str());
    match pattern {
        ModulePattern::Regex(_) => format!("{{ regex = {text} }}"),
        ModulePattern::Exact(_) | ModulePattern::Segments { .. } | ModulePattern::Glob(_) => text,
    }
}

fn rank(layers: &[Layer]) -> String {
    let names: Vec<&str> = layers.iter().map(|layer| layer.name.value.as_str()).collect();
    let names = toml_string(&names.join(" | "));
    if layers.iter().any(|layer| layer.closed) {
        format!("{{ name = {names}, closed = true }}")
    } else {
        names
    }
}

fn contract_layer(layer: &ContractLayer) -> String {
    let members: Vec<String> = layer
        .members
        .iter()
        .map(
            |member| {
                if member.optional { format!("({})", member.name.value) } else { member.name.value.clone() }
            },
        )
        .collect();
    let name = toml_string(&members.join(if layer.independent { " | " } else { " : " }));
    if layer.closed { format!("{{ name = {name}, closed = true }}") } else { name }
}

fn dependency(dependency: &Dependency) -> String {
    let module = toml_string(dependency.pattern.value.as_str());
    match &dependency.deprecated {
        None => module,
        Some(Spanned { value, .. }) if value.is_empty() => {
            format!("{{ module = {module}, deprecated = true }}")
        }
        Some(Spanned { value, .. }) => {
            format!("{{ module = {module}, deprecated = {} }}", toml_string(value))
        }
    }
}

/// An entry of a list of what is forbidden: its name, or a table with the name under `key` and the reason.
fn forbidden(key: &str, name: &str, reason: Option<&Spanned<String>>) -> String {
    let name = toml_string(name);
    match reason {
        None => name,
        Some(reason) => format!("{{ {key} = {name}, reason = {} }}", toml_string(&reason.value)),
    }
}
