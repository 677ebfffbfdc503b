//! The keys of Tach 0.35: `tach.toml`, `[tool.tach]`, `tach.domain.toml`.

use crate::options::{FIELD, OptionField, OptionKind};

const STRINGS: OptionKind = OptionKind::Array(&OptionKind::String);
const LEVEL: OptionKind = OptionKind::Enum(&["error", "warn", "off"]);
const DEPENDENCIES: OptionKind =
    OptionKind::Array(&OptionKind::OneOf(&[OptionKind::String, OptionKind::Table(DEPENDENCY)]));

const fn of(key: &'static str, kind: OptionKind) -> OptionField {
    OptionField { key, kind, ..FIELD }
}

const DEPENDENCY: &[OptionField] = &[
    OptionField { key: "path", required: true, example: r#"{ path = "core", deprecated = true }"#, ..FIELD },
    of("deprecated", OptionKind::Boolean),
];

/// The keys of one `[[modules]]`, those of its name first.
pub(super) const MODULE: &[OptionField] = &[
    of("path", OptionKind::String),
    of("paths", STRINGS),
    of("depends_on", DEPENDENCIES),
    of("cannot_depend_on", DEPENDENCIES),
    of("depends_on_external", STRINGS),
    of("cannot_depend_on_external", STRINGS),
    of("layer", OptionKind::String),
    of("visibility", STRINGS),
    of("utility", OptionKind::Boolean),
    of("unchecked", OptionKind::Boolean),
    of("strict", OptionKind::Boolean),
];

/// The keys of `[root]` in a domain: those of a module but for its name.
const DOMAIN_ROOT: &[OptionField] = MODULE.split_at(2).1;

const INTERFACE: &[OptionField] = &[
    OptionField {
        key: "expose",
        kind: STRINGS,
        required: true,
        example: r#"expose = ["get", "api.*"]"#,
        ..FIELD
    },
    of("from", STRINGS),
    of("visibility", STRINGS),
    of("data_types", OptionKind::Enum(&["all", "primitive"])),
    of("exclusive", OptionKind::Boolean),
];

const LAYER: &[OptionField] = &[
    OptionField { key: "name", required: true, example: r#"{ name = "core", closed = true }"#, ..FIELD },
    of("closed", OptionKind::Boolean),
];

pub(super) const RULES: &[OptionField] = &[
    of("unused_ignore_directives", LEVEL),
    of("require_ignore_directive_reasons", LEVEL),
    of("unused_external_dependencies", LEVEL),
    of("local_imports", LEVEL),
];

pub(super) const EXTERNAL: &[OptionField] = &[of("exclude", STRINGS), of("rename", STRINGS)];

pub(super) const CACHE: &[OptionField] = &[
    of("backend", OptionKind::Enum(&["disk"])),
    of("file_dependencies", STRINGS),
    of("env_dependencies", STRINGS),
];

pub(super) const PLUGINS: &[OptionField] =
    &[of("django", OptionKind::Table(&[of("settings_module", OptionKind::String)]))];

const MODULES: OptionField = of("modules", OptionKind::Array(&OptionKind::Table(MODULE)));
const INTERFACES: OptionField = of("interfaces", OptionKind::Array(&OptionKind::Table(INTERFACE)));

/// The keys of `tach.toml` and of `[tool.tach]`.
pub(super) const PROJECT: &[OptionField] = &[
    MODULES,
    INTERFACES,
    of("layers", OptionKind::Array(&OptionKind::OneOf(&[OptionKind::String, OptionKind::Table(LAYER)]))),
    of("cache", OptionKind::Table(CACHE)),
    of("external", OptionKind::Table(EXTERNAL)),
    of("exclude", STRINGS),
    of("source_roots", STRINGS),
    of("exact", OptionKind::Boolean),
    of("ignore_type_checking_imports", OptionKind::Boolean),
    of("include_string_imports", OptionKind::Boolean),
    of("forbid_circular_dependencies", OptionKind::Boolean),
    of("layers_explicit_depends_on", OptionKind::Boolean),
    of("respect_gitignore", OptionKind::OneOf(&[OptionKind::Boolean, OptionKind::Enum(&["if_git_repo"])])),
    of("root_module", OptionKind::Enum(&["allow", "ignore", "forbid", "dependenciesonly"])),
    of("rules", OptionKind::Table(RULES)),
    of(
        "map",
        OptionKind::Table(&[of(
            "extra_dependencies",
            OptionKind::Map { key_doc: "globs of files", value: &STRINGS },
        )]),
    ),
    of("plugins", OptionKind::Table(PLUGINS)),
];

/// The keys of `tach.domain.toml`.
pub(super) const DOMAIN: &[OptionField] = &[of("root", OptionKind::Table(DOMAIN_ROOT)), MODULES, INTERFACES];

/// Keys of earlier releases, with what became of them.
pub(super) const REMOVED: [(&str, &str); 4] = [
    ("source_root", "it is `source_roots` now, a list"),
    ("disable_logging", "Tach has no logging any more: remove it"),
    ("use_regex_matching", "names are globs now: remove it"),
    ("file_dependencies", "it belongs in `[cache]` now"),
];
