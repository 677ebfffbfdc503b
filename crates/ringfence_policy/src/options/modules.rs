//! The keys of modules.

use super::{FIELD, IMPORT_KIND_LIST, NAMES, OptionField, OptionKind, top_level::SCHEMA};

pub(crate) const LAYER: OptionField = OptionField {
    key: "layer",
    doc: "The layer of the module: one of the names in `layers`.\n\n\
          Absent: the module is in no layer, and no layer rule applies to it.",
    example: r#"layer = "services""#,
    ..FIELD
};

pub(crate) const DEPENDS_ON: OptionField = OptionField {
    key: "depends-on",
    doc: "The modules that this one may import.\n\n\
          An entry matches exactly that boundary module; `shop.billing.**` matches it and everything below. \
          To phase out a dependency, write a table with `deprecated`. In `ringfence.module.toml`, a name \
          that starts with a dot is relative to the package, as in Python.\n\n\
          Absent: whatever the layers allow. `[]`: no boundary module at all.",
    kind: OptionKind::Array(&OptionKind::OneOf(&[OptionKind::String, OptionKind::Table(DEPENDENCY)])),
    example: r#"depends-on = ["shop.billing", { module = "shop.legacy", deprecated = "use shop.catalog" }]"#,
    ..FIELD
};

pub(crate) const DEPENDENCY_MODULE: OptionField = OptionField {
    key: "module",
    doc: "The module that may be imported, by name or pattern.",
    required: true,
    example: r#"{ module = "shop.legacy", deprecated = true }"#,
    ..FIELD
};

pub(crate) const DEPENDENCY_DEPRECATED: OptionField = OptionField {
    key: "deprecated",
    doc: "Whether each import of the module is reported as deprecated (RF103): `true`, or a text that \
          says what to do instead.",
    kind: OptionKind::OneOf(&[OptionKind::Boolean, OptionKind::String]),
    default: "false",
    example: r#"{ module = "shop.legacy", deprecated = "use shop.catalog" }"#,
    ..FIELD
};

const DEPENDENCY: &[OptionField] = &[DEPENDENCY_MODULE, DEPENDENCY_DEPRECATED];

pub(crate) const FORBIDS: OptionField = OptionField {
    key: "forbids",
    doc: "The modules that this one must not import, whatever else allows it.\n\n\
          An entry is a name, a pattern, or a table with a `reason`, which findings show.",
    kind: OptionKind::Array(&OptionKind::OneOf(&[OptionKind::String, OptionKind::Table(FORBIDDEN)])),
    default: "[]",
    example: r#"forbids = ["shop.web", { module = "shop.admin", reason = "see docs/adr/7" }]"#,
    ..FIELD
};

pub(crate) const FORBIDDEN_MODULE: OptionField = OptionField {
    key: "module",
    doc: "The module that must not be imported, by name or pattern.",
    required: true,
    example: r#"{ module = "shop.admin" }"#,
    ..FIELD
};

pub(crate) const FORBIDDEN_REASON: OptionField = OptionField {
    key: "reason",
    doc: "Why the import is forbidden, for those who import the module anyway.",
    example: r#"{ module = "shop.admin", reason = "see docs/adr/7" }"#,
    ..FIELD
};

const FORBIDDEN: &[OptionField] = &[FORBIDDEN_MODULE, FORBIDDEN_REASON];

pub(crate) const EXTERNALS: OptionField = OptionField {
    key: "externals",
    doc: "The distributions that this module may import, besides the standard library (RF503).\n\n\
          An entry is the name of a distribution, in any spelling (`PyYAML`, `pyyaml`), or of an import and \
          everything below it (`yaml`, `google.cloud`). Boundary modules below this one inherit nothing.\n\n\
          Absent: any. `[]`: none.",
    kind: NAMES,
    example: r#"externals = ["pydantic", "sqlalchemy"]"#,
    ..FIELD
};

pub(crate) const FORBIDS_EXTERNALS: OptionField = OptionField {
    key: "forbids-externals",
    doc: "The distributions that this module must not import, whatever `externals` allows (RF503).\n\n\
          An entry is a name as in `externals`, or a table with a `reason`, which findings show.",
    kind: OptionKind::Array(&OptionKind::OneOf(&[OptionKind::String, OptionKind::Table(FORBIDDEN_EXTERNAL)])),
    default: "[]",
    example: r#"forbids-externals = ["django", { distribution = "requests", reason = "use httpx" }]"#,
    ..FIELD
};

pub(crate) const FORBIDDEN_EXTERNAL_DISTRIBUTION: OptionField = OptionField {
    key: "distribution",
    doc: "The distribution or the import that must not be used.",
    required: true,
    example: r#"{ distribution = "requests" }"#,
    ..FIELD
};

pub(crate) const FORBIDDEN_EXTERNAL_REASON: OptionField = OptionField {
    key: "reason",
    doc: "Why the import is forbidden, for those who use the distribution anyway.",
    example: r#"{ distribution = "requests", reason = "use httpx" }"#,
    ..FIELD
};

const FORBIDDEN_EXTERNAL: &[OptionField] = &[FORBIDDEN_EXTERNAL_DISTRIBUTION, FORBIDDEN_EXTERNAL_REASON];

pub(crate) const EXPOSES: OptionField = OptionField {
    key: "exposes",
    doc: "The members that other modules may import, relative to the module: `Order`, `api.*`.\n\n\
          Absent: everything. `[]`: nothing.",
    kind: NAMES,
    example: r#"exposes = ["Order", "place_order", "api.*"]"#,
    ..FIELD
};

pub(crate) const VISIBLE_TO: OptionField = OptionField {
    key: "visible-to",
    doc: "The modules that may import this one, by name or pattern.\n\n\
          Absent: everyone. `[]`: no one.",
    kind: NAMES,
    example: r#"visible-to = ["shop.web"]"#,
    ..FIELD
};

pub(crate) const UTILITY: OptionField = OptionField {
    key: "utility",
    doc: "Whether the module is a utility: others may import it without listing it in `depends-on`. \
          `forbids`, the layers and `exposes` still apply.",
    kind: OptionKind::Boolean,
    default: "false",
    example: "utility = true",
    ..FIELD
};

pub(crate) const KINDS: OptionField = OptionField {
    key: "kinds",
    doc: "The kinds of imports that are checked when this module is the importer, for all rules. It \
          overrides the top-level `kinds`.\n\n\
          Absent: the top-level `kinds`.",
    kind: IMPORT_KIND_LIST,
    example: r#"kinds = ["runtime", "typing"]"#,
    ..FIELD
};

pub(crate) const OWNER: OptionField = OptionField {
    key: "owner",
    doc: "Who owns the module: a team, a handle, an address. Findings about imports of the module show it.",
    example: r#"owner = "@orders""#,
    ..FIELD
};

pub(crate) const MODULES: OptionField = OptionField {
    key: "modules",
    doc: "The boundary modules, by dotted name or pattern.\n\n\
          A boundary module owns every file below it that no deeper boundary module owns. In a pattern, `*` \
          matches any part of one segment, and `**`, alone in its segment, matches any number of segments: \
          `shop.plugins.*` makes each direct child a boundary module. Quote the name: \
          `[modules.\"shop.web\"]`. In `ringfence.module.toml`, the names are relative to the package.",
    kind: OptionKind::Map {
        key_doc: "boundary modules by dotted name or pattern",
        value: &OptionKind::Table(MODULE_FIELDS),
    },
    default: "{}",
    example: "[modules.\"shop.orders\"]\nlayer = \"services\"\ndepends-on = [\"shop.billing\"]",
    ..FIELD
};

/// The keys of one `[modules."..."]` table.
pub const MODULE_FIELDS: &[OptionField] =
    &[LAYER, DEPENDS_ON, FORBIDS, EXTERNALS, FORBIDS_EXTERNALS, EXPOSES, VISIBLE_TO, UTILITY, KINDS, OWNER];

/// The keys at the top level of `ringfence.module.toml`: those of the package itself, and the modules below it.
pub const PACKAGE_FIELDS: &[OptionField] = &[
    SCHEMA,
    LAYER,
    DEPENDS_ON,
    FORBIDS,
    EXTERNALS,
    FORBIDS_EXTERNALS,
    EXPOSES,
    VISIBLE_TO,
    UTILITY,
    KINDS,
    OWNER,
    MODULES,
];
