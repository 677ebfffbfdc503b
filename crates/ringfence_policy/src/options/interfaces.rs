//! The keys of one `[[interfaces]]`.

use super::{FIELD, NAMES, OptionField, OptionKind};

pub(crate) const REGEX: OptionField = OptionField {
    key: "regex",
    doc: "A regular expression that must match the whole name.",
    required: true,
    example: r#"{ regex = "api_.*" }"#,
    ..FIELD
};

/// A name or pattern, or a regular expression over the whole name.
const PATTERNS: OptionKind =
    OptionKind::Array(&OptionKind::OneOf(&[OptionKind::String, OptionKind::Table(&[REGEX])]));

pub(crate) const OF: OptionField = OptionField {
    key: "of",
    doc: "The boundary modules that the interface belongs to: names, patterns, or tables with a `regex`.",
    kind: PATTERNS,
    required: true,
    example: r#"of = ["shop.orders", "shop.plugins.*"]"#,
    ..FIELD
};

pub(crate) const EXPOSES: OptionField = OptionField {
    key: "exposes",
    doc: "The members below the module that may be imported: names, patterns, or tables with a `regex`.",
    kind: PATTERNS,
    required: true,
    example: r#"exposes = ["Order", "api.*", { regex = "make_.*" }]"#,
    ..FIELD
};

pub(crate) const VISIBLE_TO: OptionField = OptionField {
    key: "visible-to",
    doc: "The boundary modules that the interface is meant for.\n\n\
          Absent: all.",
    kind: NAMES,
    example: r#"visible-to = ["shop.web"]"#,
    ..FIELD
};

pub(crate) const EXCLUSIVE: OptionField = OptionField {
    key: "exclusive",
    doc: "Whether the modules that the interface is meant for may use no other interface of the module.",
    kind: OptionKind::Boolean,
    default: "false",
    example: "exclusive = true",
    ..FIELD
};

pub(crate) const DATA_TYPES: OptionField = OptionField {
    key: "data-types",
    doc: "Whether what the interface exposes may be of `any` type, or must be `plain` data (RF202).",
    kind: OptionKind::Enum(&["any", "plain"]),
    default: "\"any\"",
    example: "data-types = \"plain\"",
    ..FIELD
};

/// The keys of one `[[interfaces]]`.
pub(super) const INTERFACE: &[OptionField] = &[OF, EXPOSES, VISIBLE_TO, EXCLUSIVE, DATA_TYPES];
