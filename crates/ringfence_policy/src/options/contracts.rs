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
        doc: "What the contract demands, in words. It is the title of the contract's findings.",
        required: true,
        example: r#"name = "the domain knows no framework""#,
        ..FIELD
    },
    OptionField {
        key: "type",
        doc: "What the contract checks.\n\n\
              - `forbidden` (RF403): no module in `from` imports a module in `to`, directly or indirectly.\n\
              - `layers` (RF408): no layer imports from a layer above it, directly or indirectly.\n\
              - `independent` (RF404): no two of `modules` import each other, directly or indirectly.\n\
              - `protected` (RF405): only `importers` import `modules` directly.\n\
              - `acyclic` (RF406): the children of each of `modules` do not import each other in a cycle.\n\
              - `required` (RF407): each module in `from` imports at least one in `to`, directly or indirectly.",
        kind: OptionKind::Enum(TYPES),
        required: true,
        example: r#"type = "forbidden""#,
        ..FIELD
    },
    OptionField {
        key: "id",
        doc: "The name of the contract for `--contract`.\n\nAbsent: `name`.",
        example: r#"id = "pure-domain""#,
        ..FIELD
    },
    OptionField {
        key: "from",
        doc: "The importing modules, by name or pattern, each with its submodules (`forbidden`, `required`).",
        kind: NAMES,
        example: r#"from = ["shop.domain"]"#,
        ..FIELD
    },
    OptionField {
        key: "to",
        doc: "The imported modules, by name or pattern, each with its submodules (`forbidden`, `required`). A name that is \
              not in the project stands for a package from elsewhere: `django`, `google.cloud`.",
        kind: NAMES,
        example: r#"to = ["django", "shop.web"]"#,
        ..FIELD
    },
    OptionField {
        key: "indirect",
        doc: "Whether chains of imports count, too, and not only direct imports (`forbidden`, `required`).",
        kind: OptionKind::Boolean,
        default: "true",
        example: "indirect = false",
        ..FIELD
    },
    OptionField {
        key: "modules",
        doc: "The modules that the contract is about, by name or pattern: they must not import each other (`independent`), only \
              `importers` may import them (`protected`), or their children must not form a cycle (`acyclic`).",
        kind: NAMES,
        example: r#"modules = ["shop.plugins.*"]"#,
        ..FIELD
    },
    OptionField {
        key: "importers",
        doc: "The modules that may import the protected ones, by name or pattern (`protected`). `[]`: none.",
        kind: NAMES,
        example: r#"importers = ["shop.services"]"#,
        ..FIELD
    },
    OptionField {
        key: "submodules",
        doc: "Whether each module includes its submodules (`forbidden`, `protected`).",
        kind: OptionKind::Boolean,
        default: "true",
        example: "submodules = false",
        ..FIELD
    },
    OptionField {
        key: "layers",
        doc: "The layers, highest first (`layers`). In an entry, `a | b` are independent of each other, `a : b` may import each \
              other, and `(a)` may be missing. `{ name = \"a\", closed = true }`: layers above may not reach past this one.",
        kind: OptionKind::Array(&OptionKind::OneOf(&[OptionKind::String, OptionKind::Table(LAYER)])),
        example: r#"layers = ["shop.web", "shop.orders | shop.billing", "shop.storage"]"#,
        ..FIELD
    },
    OptionField {
        key: "containers",
        doc: "Packages, by name or pattern, to each of which the layers apply separately (`layers`). The names in `layers` are \
              then relative to the container.",
        kind: NAMES,
        example: r#"containers = ["shop.apps.*"]"#,
        ..FIELD
    },
    OptionField {
        key: "exhaustive",
        doc: "Whether every child of a container must be in a layer (`layers`, RF304).",
        kind: OptionKind::Boolean,
        default: "false",
        example: "exhaustive = true",
        ..FIELD
    },
    OptionField {
        key: "exhaustive-except",
        doc: "Children of the containers that may be in no layer (`layers`).",
        kind: NAMES,
        default: "[]",
        example: r#"exhaustive-except = ["conftest"]"#,
        ..FIELD
    },
    OptionField {
        key: "depth",
        doc: "How many levels below the children are checked as well; 0 checks only the children (`acyclic`).\n\nAbsent: all levels.",
        kind: OptionKind::Integer,
        example: "depth = 0",
        ..FIELD
    },
    OptionField {
        key: "skip",
        doc: "Modules whose children are not checked, by name or pattern (`acyclic`).",
        kind: NAMES,
        default: "[]",
        example: r#"skip = ["shop.legacy"]"#,
        ..FIELD
    },
    OptionField {
        key: "kinds",
        doc: "The kinds of imports that the contract checks.\n\nAbsent: those of the top-level `kinds`.",
        kind: IMPORT_KIND_LIST,
        example: r#"kinds = ["runtime", "deferred"]"#,
        ..FIELD
    },
    OptionField {
        key: "except",
        doc: "Imports that the contract ignores: `importer -> imported`, each a module by name or pattern, without its \
              submodules. An exception that no import needs is reported (RF911).",
        kind: NAMES,
        default: "[]",
        example: r#"except = ["shop.domain.orm -> sqlalchemy", "shop.** -> shop.settings"]"#,
        ..FIELD
    },
    OptionField {
        key: "unmatched-exceptions",
        doc: "The severity of exceptions that no import needs.\n\nAbsent: the severity of RF911.",
        kind: OptionKind::Enum(&["error", "warning", "off"]),
        example: r#"unmatched-exceptions = "error""#,
        ..FIELD
    },
    OptionField {
        key: "reason",
        doc: "Why the contract exists, or what to do instead. It is shown with each finding.",
        example: r#"reason = "see docs/adr/7""#,
        ..FIELD
    },
];
