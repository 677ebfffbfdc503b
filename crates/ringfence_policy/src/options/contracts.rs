//! The keys of one `[[contracts]]`.

use super::{FIELD, IMPORT_KIND_LIST, NAMES, OptionField, OptionKind};

/// Which types of contracts a key is for.
pub(crate) fn types_of(key: &str) -> &'static [&'static str] {
    match key {
        "from" | "to" | "indirect" => &["forbidden", "required"],
        "modules" => &["independent", "protected", "acyclic"],
        "submodules" => &["forbidden", "protected"],
        "layers" | "containers" | "exhaustive" | "exhaustive-except" => &["layers"],
        "importers" => &["protected"],
        "depth" | "skip" => &["acyclic"],
        _ => TYPES,
    }
}

/// The keys without which a type of contracts means nothing.
pub(crate) fn needed_keys(type_name: &str) -> &'static [&'static str] {
    match type_name {
        "forbidden" | "required" => &["from", "to"],
        "layers" => &["layers"],
        "independent" | "acyclic" => &["modules"],
        "protected" => &["modules", "importers"],
        _ => &[],
    }
}

pub(crate) const TYPES: &[&str] = &["forbidden", "layers", "independent", "protected", "acyclic", "required"];

/// A level, by its modules.
const LAYER: &[OptionField] = &[
    OptionField {
        key: "name",
        doc: "The modules of the layer: `a`, `a | b` (independent of each other), `a : b` (not), `(a)` (need not be there).",
        required: true,
        example: r#"{ name = "domain", closed = true }"#,
        ..FIELD
    },
    OptionField {
        key: "closed",
        doc: "Whether layers above may not reach past it.",
        kind: OptionKind::Boolean,
        default: "false",
        example: r#"{ name = "domain", closed = true }"#,
        ..FIELD
    },
];

/// The keys of one `[[contracts]]`.
pub(super) const CONTRACT: &[OptionField] = &[
    OptionField {
        key: "name",
        doc: "What the contract says, in words: it is the title of the findings.",
        required: true,
        example: r#"name = "the domain knows no framework""#,
        ..FIELD
    },
    OptionField {
        key: "type",
        doc: "What it demands.\n\n\
              `forbidden` (RF403): nothing in `from` reaches anything in `to`. `layers` (RF408): no layer reaches one above it. \
              `independent` (RF404): none of `modules` reaches another. `protected` (RF405): nobody but `importers` imports \
              `modules` directly. `acyclic` (RF406): the children of each of `modules` do not import each other in a cycle. \
              `required` (RF407): each of `from` reaches some of `to`.",
        kind: OptionKind::Enum(TYPES),
        required: true,
        example: r#"type = "forbidden""#,
        ..FIELD
    },
    OptionField {
        key: "id",
        doc: "What `--contract` calls it.\n\nAbsent: its name.",
        example: r#"id = "pure-domain""#,
        ..FIELD
    },
    OptionField {
        key: "from",
        doc: "The modules that must not reach, or must, by name or pattern, each with what is below it (`forbidden`, `required`).",
        kind: NAMES,
        example: r#"from = ["shop.domain"]"#,
        ..FIELD
    },
    OptionField {
        key: "to",
        doc: "The modules that must not be reached, or must, by name or pattern, each with what is below it (`forbidden`, \
              `required`). A name that is no module of the project is what is imported from elsewhere: `django`, \
              `google.cloud`.",
        kind: NAMES,
        example: r#"to = ["django", "shop.web"]"#,
        ..FIELD
    },
    OptionField {
        key: "indirect",
        doc: "Whether to import something that imports it, and so on, counts as reaching (`forbidden`, `required`).",
        kind: OptionKind::Boolean,
        default: "true",
        example: "indirect = false",
        ..FIELD
    },
    OptionField {
        key: "modules",
        doc: "The modules that must not reach each other (`independent`), that are protected (`protected`), or whose children must \
              not import each other in a cycle (`acyclic`), by name or pattern.",
        kind: NAMES,
        example: r#"modules = ["shop.plugins.*"]"#,
        ..FIELD
    },
    OptionField {
        key: "importers",
        doc: "The modules that may import what is protected, by name or pattern (`protected`). `[]`: no one.",
        kind: NAMES,
        example: r#"importers = ["shop.services"]"#,
        ..FIELD
    },
    OptionField {
        key: "submodules",
        doc: "Whether a module stands for what is below it, too (`forbidden`, `protected`).",
        kind: OptionKind::Boolean,
        default: "true",
        example: "submodules = false",
        ..FIELD
    },
    OptionField {
        key: "layers",
        doc: "The layers, top first (`layers`). In an entry `a | b` are independent of each other, `a : b` are not, and `(a)` need \
              not be there; a table says that a layer is `closed`: layers above may not reach past it.",
        kind: OptionKind::Array(&OptionKind::OneOf(&[OptionKind::String, OptionKind::Table(LAYER)])),
        example: r#"layers = ["shop.web", "shop.orders | shop.billing", "shop.storage"]"#,
        ..FIELD
    },
    OptionField {
        key: "containers",
        doc: "Packages, by name or pattern, in each of which the layers are looked for on their own (`layers`). The names in \
              `layers` are then counted from the container.",
        kind: NAMES,
        example: r#"containers = ["shop.apps.*"]"#,
        ..FIELD
    },
    OptionField {
        key: "exhaustive",
        doc: "Whether every child of a container has to be in a layer (`layers`, RF304).",
        kind: OptionKind::Boolean,
        default: "false",
        example: "exhaustive = true",
        ..FIELD
    },
    OptionField {
        key: "exhaustive-except",
        doc: "Children of the containers that need not be in a layer (`layers`).",
        kind: NAMES,
        default: "[]",
        example: r#"exhaustive-except = ["conftest"]"#,
        ..FIELD
    },
    OptionField {
        key: "depth",
        doc: "How many generations below the children are held to it, too: 0 is the children alone (`acyclic`).\n\nAbsent: all.",
        kind: OptionKind::Integer,
        example: "depth = 0",
        ..FIELD
    },
    OptionField {
        key: "skip",
        doc: "Modules whose children are not held to it, by name or pattern (`acyclic`).",
        kind: NAMES,
        default: "[]",
        example: r#"skip = ["shop.legacy"]"#,
        ..FIELD
    },
    OptionField {
        key: "kinds",
        doc: "The kinds of imports that are looked at.\n\nAbsent: what the `kinds` at the top level say.",
        kind: IMPORT_KIND_LIST,
        example: r#"kinds = ["runtime", "deferred"]"#,
        ..FIELD
    },
    OptionField {
        key: "except",
        doc: "Imports that do not count: `importer -> imported`, each a module by name or pattern, without what is below it. One \
              that no import needs is reported (RF911).",
        kind: NAMES,
        default: "[]",
        example: r#"except = ["shop.domain.orm -> sqlalchemy", "shop.** -> shop.settings"]"#,
        ..FIELD
    },
    OptionField {
        key: "unmatched-exceptions",
        doc: "How much an exception weighs that no import needs.\n\nAbsent: what `severity` says of RF911.",
        kind: OptionKind::Enum(&["error", "warning", "off"]),
        example: r#"unmatched-exceptions = "error""#,
        ..FIELD
    },
    OptionField {
        key: "reason",
        doc: "Why, or what to do about it, for whoever breaks it.",
        example: r#"reason = "see docs/adr/7""#,
        ..FIELD
    },
];
