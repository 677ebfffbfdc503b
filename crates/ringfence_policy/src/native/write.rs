//! A policy as native TOML.
//!
//! Keys and strings are written by `toml_writer`, always as basic strings. The layout is ours: blank lines only before
//! headers, short lists on one line and long ones with a line for each entry.

use crate::options::{OptionField, compatibility, contracts, interfaces, modules, top_level};
use crate::report::{toml_key, toml_string};
use crate::{
    Comments, Contract, ContractLayer, Dependency, Dialect, Entries, ForbiddenExternal, ForbiddenModule,
    ImportKinds, Interface, KindsOfRules, Layer, LoadBudget, ModuleDeclaration, ModulePattern, Patterns,
    Policy, Reach, RequirementFiles, Spanned, Terms, Unmatched, Unowned,
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
        every_import_cycle,
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
    writer.optional_strings(top_level::SOURCE_ROOTS.key, source_roots.as_deref());
    writer.optional_strings(top_level::ROOT_PACKAGES.key, root_packages.as_deref());
    if !layers.is_empty() {
        let ranks: Vec<String> = layers.chunk_by(|a, b| a.rank == b.rank).map(rank).collect();
        writer.array(top_level::LAYERS.key, &ranks);
    }
    if exhaustive_layers.is_some() {
        writer.line(top_level::EXHAUSTIVE.key, "true");
    }
    if strict_ownership.is_some() {
        writer.line(top_level::STRICT_OWNERSHIP.key, "true");
    }
    if forbid_cycles.is_some() {
        writer.line(top_level::FORBID_CYCLES.key, "true");
    }
    if every_import_cycle.is_some() {
        writer.line(top_level::IMPORT_CYCLES.key, &toml_string("all"));
    }
    for entry in kinds.iter().filter(|entry| entry.rules.is_none()) {
        writer.kinds(top_level::KINDS.key, &entry.kinds);
    }
    writer.optional_strings(top_level::TESTS.key, tests.as_deref());
    writer.strings(top_level::RUNTIME_ANNOTATIONS.key, runtime_annotations);
    writer.strings(top_level::REQUIREMENTS.key, runtime);
    writer.strings(top_level::DEV_REQUIREMENTS.key, development);
    writer.optional_strings(top_level::SELECT.key, linter.select.as_deref());
    writer.strings(top_level::EXTEND_SELECT.key, &linter.extend_select);
    writer.strings(top_level::IGNORE.key, &linter.ignore);
    writer.optional_strings(top_level::FIXABLE.key, linter.fixable.as_deref());
    writer.strings(top_level::UNFIXABLE.key, &linter.unfixable);
    writer.optional_strings(top_level::EXCLUDE.key, linter.exclude.as_deref());
    writer.strings(top_level::EXTEND_EXCLUDE.key, &linter.extend_exclude);
    if let Some(respect) = linter.respect_gitignore {
        writer.line(top_level::RESPECT_GITIGNORE.key, if respect { "true" } else { "false" });
    }
    if let Some(version) = linter.target_version {
        writer.line(top_level::TARGET_VERSION.key, &toml_string(&format!("py3{}", version.0)));
    }
    if let Some(version) = &linter.required_version {
        writer.line(top_level::REQUIRED_VERSION.key, &toml_string(&version.value));
    }
    if linter.preview {
        writer.line(top_level::PREVIEW.key, "true");
    }
    if let Some(format) = linter.output_format {
        writer.line(top_level::OUTPUT_FORMAT.key, &toml_string(format.as_str()));
    }
    if let Some(baseline) = &linter.baseline {
        writer.line(top_level::BASELINE.key, &toml_string(&baseline.value));
    }
    if kinds.iter().any(|entry| entry.rules.is_some()) {
        writer.header(top_level::KINDS.key);
        for KindsOfRules { rules, kinds } in kinds {
            if let Some(rules) = rules {
                writer.kinds(&toml_key(&rules.value), kinds);
            }
        }
    }
    if !distributions.is_empty() {
        writer.header(top_level::DISTRIBUTIONS.key);
        for (import, distribution) in distributions {
            writer.line(&toml_key(&import.value), &toml_string(&distribution.value));
        }
    }
    if !linter.per_file_ignores.is_empty() {
        writer.header(top_level::PER_FILE_IGNORES.key);
        for (glob, rules) in &linter.per_file_ignores {
            writer.optional_strings(&toml_key(&glob.value), Some(rules));
        }
    }
    if !linter.severity.is_empty() {
        writer.header(top_level::SEVERITY.key);
        for (rule, severity) in &linter.severity {
            writer.line(&toml_key(&rule.value), &toml_string(severity.as_str()));
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
        self.header(&format!("[{}]", top_level::INTERFACES.key));
        self.patterns(interfaces::OF.key, of);
        self.patterns(interfaces::EXPOSES.key, &exposes.value);
        if let Some(visible_to) = visible_to {
            self.patterns(interfaces::VISIBLE_TO.key, &visible_to.value);
        }
        if *exclusive {
            self.line(interfaces::EXCLUSIVE.key, "true");
        }
        if data_types.is_some() {
            self.line(interfaces::DATA_TYPES.key, &toml_string("plain"));
        }
    }

    fn contract(&mut self, contract: &Contract) {
        let Contract { id, name, terms, kinds, exceptions, unmatched_exceptions, reason } = contract;
        self.header(&format!("[{}]", top_level::CONTRACTS.key));
        self.line(contracts::NAME.key, &toml_string(&name.value));
        self.line(contracts::TYPE.key, &toml_string(contract.type_name()));
        if let Some(id) = id {
            self.line(contracts::ID.key, &toml_string(id));
        }
        match terms {
            Terms::Forbidden { from, to, reach, submodules, through_inits } => {
                self.patterns(contracts::FROM.key, from);
                self.patterns(contracts::TO.key, to);
                self.unless(contracts::INDIRECT.key, *reach == Reach::Indirect);
                self.unless(contracts::SUBMODULES.key, *submodules);
                if *through_inits {
                    self.line(contracts::THROUGH_INITS.key, "true");
                }
            }
            Terms::Layers { layers, containers, exhaustive, exhaustive_except } => {
                let layers: Vec<String> = layers.iter().map(contract_layer).collect();
                self.array(contracts::LAYERS.key, &layers);
                if let Some(containers) = containers {
                    self.patterns(contracts::CONTAINERS.key, containers);
                }
                if exhaustive.is_some() {
                    self.line(contracts::EXHAUSTIVE.key, "true");
                }
                self.strings(contracts::EXHAUSTIVE_EXCEPT.key, exhaustive_except);
            }
            Terms::Independent { modules } => self.patterns(contracts::MODULES.key, modules),
            Terms::Protected { modules, importers, submodules } => {
                self.patterns(contracts::MODULES.key, modules);
                self.patterns(contracts::IMPORTERS.key, importers);
                self.unless(contracts::SUBMODULES.key, *submodules);
            }
            Terms::Acyclic { packages, depth, skip } => {
                self.patterns(contracts::MODULES.key, packages);
                if let Some(depth) = depth {
                    self.line(contracts::DEPTH.key, &depth.to_string());
                }
                if !skip.is_empty() {
                    self.patterns(contracts::SKIP.key, skip);
                }
            }
            Terms::Required { from, to, reach } => {
                self.patterns(contracts::FROM.key, from);
                self.patterns(contracts::TO.key, to);
                self.unless(contracts::INDIRECT.key, *reach == Reach::Indirect);
            }
            Terms::Startup { entries, must_not_load, max_modules } => {
                self.startup(entries, must_not_load, max_modules.as_ref());
            }
        }
        if let Some(kinds) = kinds {
            self.kinds(contracts::KINDS.key, kinds);
        }
        if !exceptions.is_empty() {
            let entries: Vec<String> =
                exceptions.iter().map(|exception| toml_string(&exception.text())).collect();
            self.array(contracts::EXCEPT.key, &entries);
        }
        match unmatched_exceptions {
            Unmatched::AsRule => {}
            Unmatched::Off => self.line(contracts::UNMATCHED_EXCEPTIONS.key, &toml_string("off")),
            Unmatched::Severity(severity) => {
                self.line(contracts::UNMATCHED_EXCEPTIONS.key, &toml_string(severity.as_str()));
            }
        }
        if let Some(reason) = reason {
            self.line(contracts::REASON.key, &toml_string(&reason.value));
        }
    }

    fn startup(&mut self, entries: &Entries, must_not_load: &Patterns, max_modules: Option<&LoadBudget>) {
        let Entries { modules, callables, scripts } = entries;
        if scripts.is_some() {
            self.line(contracts::ENTRY.key, &toml_string(contracts::SCRIPTS));
        } else {
            let modules = modules.iter().map(|pattern| toml_string(pattern.value.as_str()));
            let callables = callables.iter().map(|callable| toml_string(&callable.value.to_string()));
            let entries: Vec<String> = modules.chain(callables).collect();
            self.array(contracts::ENTRY.key, &entries);
        }
        if !must_not_load.is_empty() || max_modules.is_none() {
            self.patterns(contracts::MUST_NOT_LOAD.key, must_not_load);
        }
        let Some(LoadBudget { own, all }) = max_modules else { return };
        let number = |count: &Spanned<u32>| count.value.to_string();
        let value = if let (Some(own), None) = (own, all) {
            number(own)
        } else {
            let own = own.as_ref().map(|own| (contracts::OWN, number(own)));
            let all = all.as_ref().map(|all| (contracts::ALL, number(all)));
            inline_table(&own.into_iter().chain(all).collect::<Vec<_>>())
        };
        self.line(contracts::MAX_MODULES.key, &value);
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
        let unowned = match unowned {
            Unowned::Free => None,
            Unowned::Unchecked => Some("unchecked"),
            Unowned::Module | Unowned::HiddenModule | Unowned::ForbiddenModule => Some("module"),
        };
        let switch = |is_on: bool| is_on.then(|| "true".to_string());
        let said = [
            (compatibility::DOWNWARD_IMPORTS, named(*downward)),
            (compatibility::PRECEDENCE, named(*precedence)),
            (compatibility::UNOWNED_CODE, unowned.map(toml_string)),
            (compatibility::NESTED_IMPORTS, named(*nested_imports)),
            (compatibility::MISSING_MODULES, named(*missing_modules)),
            (compatibility::ONLY_PACKAGES, switch(walk.only_packages)),
            (compatibility::TYPING_GUARDS, named(*typing_guards)),
            (compatibility::TACH_IGNORE, switch(*comments == Comments::TachIgnore)),
        ];
        let excluded: Vec<String> = externals.exclude.iter().map(|name| toml_string(name)).collect();
        if said.iter().any(|(_, value)| value.is_some()) || !excluded.is_empty() {
            self.header(top_level::COMPATIBILITY.key);
        }
        if !excluded.is_empty() {
            self.array(compatibility::EXCLUDE_EXTERNALS.key, &excluded);
        }
        for (field, value) in said {
            if let Some(value) = value {
                self.line(field.key, &value);
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
        self.header(&format!("{}.{}", modules::MODULES.key, toml_string(pattern.value.as_str())));
        if let Some(layer) = layer {
            self.line(modules::LAYER.key, &toml_string(&layer.value));
        }
        if let Some(depends_on) = depends_on {
            let entries: Vec<String> = depends_on.value.iter().map(dependency).collect();
            self.array(modules::DEPENDS_ON.key, &entries);
        }
        if !forbids.is_empty() {
            let entries: Vec<String> = forbids
                .iter()
                .map(|ForbiddenModule { pattern, reason }| {
                    forbidden(
                        [modules::FORBIDDEN_MODULE, modules::FORBIDDEN_REASON],
                        pattern.value.as_str(),
                        reason.as_ref(),
                    )
                })
                .collect();
            self.array(modules::FORBIDS.key, &entries);
        }
        if let Some(externals) = externals {
            self.optional_strings(modules::EXTERNALS.key, Some(&externals.value));
        }
        if !forbids_externals.is_empty() {
            let entries: Vec<String> = forbids_externals
                .iter()
                .map(|ForbiddenExternal { name, reason }| {
                    forbidden(
                        [modules::FORBIDDEN_EXTERNAL_DISTRIBUTION, modules::FORBIDDEN_EXTERNAL_REASON],
                        &name.value,
                        reason.as_ref(),
                    )
                })
                .collect();
            self.array(modules::FORBIDS_EXTERNALS.key, &entries);
        }
        if let Some(exposes) = exposes {
            self.patterns(modules::EXPOSES.key, &exposes.value);
        }
        if let Some(visible_to) = visible_to {
            self.patterns(modules::VISIBLE_TO.key, &visible_to.value);
        }
        if utility.is_some() {
            self.line(modules::UTILITY.key, "true");
        }
        if let Some(kinds) = kinds {
            self.kinds(modules::KINDS.key, kinds);
        }
        if let Some(owner) = owner {
            self.line(modules::OWNER.key, &toml_string(&owner.value));
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

/// A value by its name, unless it is the default.
fn named<T: Default + PartialEq + Into<&'static str>>(value: T) -> Option<String> {
    (value != T::default()).then(|| toml_string(value.into()))
}

fn pattern_text(pattern: &ModulePattern) -> String {
    let text = toml_string(pattern.as_str());
    match pattern {
        ModulePattern::Regex(_) => inline_table(&[(interfaces::REGEX, text)]),
        ModulePattern::Exact(_) | ModulePattern::Segments { .. } | ModulePattern::Glob(_) => text,
    }
}

fn rank(layers: &[Layer]) -> String {
    let names: Vec<&str> = layers.iter().map(|layer| layer.name.value.as_str()).collect();
    let names = toml_string(&names.join(" | "));
    if layers.iter().any(|layer| layer.closed) {
        inline_table(&[(top_level::LAYER_NAME, names), (top_level::LAYER_CLOSED, "true".to_string())])
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
    if layer.closed {
        inline_table(&[(contracts::LAYER_NAME, name), (contracts::LAYER_CLOSED, "true".to_string())])
    } else {
        name
    }
}

fn dependency(dependency: &Dependency) -> String {
    let module = toml_string(dependency.pattern.value.as_str());
    let Some(Spanned { value: instead, .. }) = &dependency.deprecated else { return module };
    let deprecated = if instead.is_empty() { "true".to_string() } else { toml_string(instead) };
    inline_table(&[(modules::DEPENDENCY_MODULE, module), (modules::DEPENDENCY_DEPRECATED, deprecated)])
}

/// An entry of a list of what is forbidden: its name, or a table with the name and the reason under these keys.
fn forbidden(keys: [OptionField; 2], name: &str, reason: Option<&Spanned<String>>) -> String {
    let name = toml_string(name);
    let [name_key, reason_key] = keys;
    match reason {
        None => name,
        Some(reason) => inline_table(&[(name_key, name), (reason_key, toml_string(&reason.value))]),
    }
}

/// A table on one line.
fn inline_table(entries: &[(OptionField, String)]) -> String {
    let entries: Vec<String> =
        entries.iter().map(|(field, value)| format!("{} = {value}", field.key)).collect();
    format!("{{ {} }}", entries.join(", "))
}
