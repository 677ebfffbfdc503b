//! The keys of one `[[contracts]]`.

use strum::VariantNames as _;

use super::{FIELD, IMPORT_KIND_LIST, NAMES, OptionField, OptionKind};
use crate::Terms;

/// The keys that are not for every type of contracts, with the types that they are for.
const KEYS_OF_TYPES: &[(OptionField, &[&str])] = &[
    (FROM, &["forbidden", "required"]),
    (TO, &["forbidden", "required"]),
    (INDIRECT, &["forbidden", "required"]),
    (MODULES, &["independent", "protected", "acyclic"]),
    (SUBMODULES, &["forbidden", "protected"]),
    (THROUGH_INITS, &["forbidden"]),
    (LAYERS, &["layers"]),
    (CONTAINERS, &["layers"]),
    (EXHAUSTIVE, &["layers"]),
    (EXHAUSTIVE_EXCEPT, &["layers"]),
    (IMPORTERS, &["protected"]),
    (DEPTH, &["acyclic"]),
    (SKIP, &["acyclic"]),
    (ENTRY, &["startup"]),
    (MUST_NOT_LOAD, &["startup"]),
    (MAX_MODULES, &["startup"]),
];

/// Which types of contracts a key is for.
pub(crate) fn types_of(key: &str) -> &'static [&'static str] {
    let known = KEYS_OF_TYPES.iter().find(|(field, _)| field.key == key);
    known.map_or(TYPES, |(_, types)| types)
}

/// The keys without which a type of contracts means nothing.
pub(crate) fn needed_keys(type_name: &str) -> &'static [&'static str] {
    match type_name {
        "forbidden" | "required" => &[FROM.key, TO.key],
        "layers" => &[LAYERS.key],
        "independent" | "acyclic" => &[MODULES.key],
        "protected" => &[MODULES.key, IMPORTERS.key],
        "startup" => &[ENTRY.key],
        _ => &[],
    }
}

pub(crate) const TYPES: &[&str] = Terms::VARIANTS;

pub(crate) const LAYER_NAME: OptionField = OptionField {
    key: "name",
    doc: "The modules of the layer: `a`, `a | b` (independent of each other), `a : b` (not), `(a)` (need not be there).",
    required: true,
    example: r#"{ name = "domain", closed = true }"#,
    ..FIELD
};

pub(crate) const LAYER_CLOSED: OptionField = OptionField {
    key: "closed",
    doc: "Whether layers above may not reach past it.",
    kind: OptionKind::Boolean,
    default: "false",
    example: r#"{ name = "domain", closed = true }"#,
    ..FIELD
};

/// A level, by its modules.
const LAYER: &[OptionField] = &[LAYER_NAME, LAYER_CLOSED];

pub(crate) const NAME: OptionField = OptionField {
    key: "name",
    doc: "What the contract demands, in words. It is the title of the contract's findings.",
    required: true,
    example: r#"name = "the domain knows no framework""#,
    ..FIELD
};

pub(crate) const TYPE: OptionField = OptionField {
    key: "type",
    doc: "What the contract checks.\n\n\
          - `forbidden` (RF403): no module in `from` imports a module in `to`, directly or indirectly.\n\
          - `layers` (RF408): no layer imports from a layer above it, directly or indirectly.\n\
          - `independent` (RF404): no two of `modules` import each other, directly or indirectly.\n\
          - `protected` (RF405): only `importers` import `modules` directly.\n\
          - `acyclic` (RF406): the children of each of `modules` do not import each other in a cycle.\n\
          - `required` (RF407): each module in `from` imports at least one in `to`, directly or indirectly.\n\
          - `startup` (RF409): what `entry` loads when it starts contains none of `must-not-load`, and no more than \
          `max-modules`.",
    kind: OptionKind::Enum(TYPES),
    required: true,
    example: r#"type = "forbidden""#,
    ..FIELD
};

pub(crate) const ID: OptionField = OptionField {
    key: "id",
    doc: "The name of the contract for `--contract`.\n\nAbsent: `name`.",
    example: r#"id = "pure-domain""#,
    ..FIELD
};

pub(crate) const FROM: OptionField = OptionField {
    key: "from",
    doc: "The importing modules, by name or pattern, each with its submodules (`forbidden`, `required`).",
    kind: NAMES,
    example: r#"from = ["shop.domain"]"#,
    ..FIELD
};

pub(crate) const TO: OptionField = OptionField {
    key: "to",
    doc: "The imported modules, by name or pattern, each with its submodules (`forbidden`, `required`). A name that is \
          not in the project stands for a package from elsewhere: `django`, `google.cloud`.",
    kind: NAMES,
    example: r#"to = ["django", "shop.web"]"#,
    ..FIELD
};

pub(crate) const INDIRECT: OptionField = OptionField {
    key: "indirect",
    doc: "Whether chains of imports count, too, and not only direct imports (`forbidden`, `required`).",
    kind: OptionKind::Boolean,
    default: "true",
    example: "indirect = false",
    ..FIELD
};

pub(crate) const MODULES: OptionField = OptionField {
    key: "modules",
    doc: "The modules that the contract is about, by name or pattern: they must not import each other (`independent`), only \
          `importers` may import them (`protected`), or their children must not form a cycle (`acyclic`).",
    kind: NAMES,
    example: r#"modules = ["shop.plugins.*"]"#,
    ..FIELD
};

pub(crate) const IMPORTERS: OptionField = OptionField {
    key: "importers",
    doc: "The modules that may import the protected ones, by name or pattern (`protected`). `[]`: none.",
    kind: NAMES,
    example: r#"importers = ["shop.services"]"#,
    ..FIELD
};

pub(crate) const SUBMODULES: OptionField = OptionField {
    key: "submodules",
    doc: "Whether each module includes its submodules (`forbidden`, `protected`).",
    kind: OptionKind::Boolean,
    default: "true",
    example: "submodules = false",
    ..FIELD
};

pub(crate) const THROUGH_INITS: OptionField = OptionField {
    key: "through-inits",
    doc: "Whether an import also counts as an import of every package around the imported module, as it runs their \
          `__init__.py` (`forbidden`).",
    kind: OptionKind::Boolean,
    default: "false",
    example: "through-inits = true",
    ..FIELD
};

/// The value of `entry` that stands for the scripts of the manifests.
pub(crate) const SCRIPTS: &str = "scripts";

pub(crate) const ENTRY: OptionField = OptionField {
    key: "entry",
    doc: "What starts (`startup`): modules of the project, by name or pattern, each without its submodules, and \
          `module:callable`, which is imported and called. `\"scripts\"` instead of a list: every entry in \
          `[project.scripts]` and `[project.gui-scripts]` of the project's `pyproject.toml`.",
    kind: OptionKind::OneOf(&[NAMES, OptionKind::Enum(&[SCRIPTS])]),
    example: r#"entry = ["shop.commands.*", "shop.cli:main"]"#,
    ..FIELD
};

pub(crate) const MUST_NOT_LOAD: OptionField = OptionField {
    key: "must-not-load",
    doc: "Modules that must not be loaded (`startup`), by name or pattern, each with its submodules: of the project, of \
          what is installed, or of the standard library.",
    kind: NAMES,
    example: r#"must-not-load = ["pandas", "shop.reports"]"#,
    ..FIELD
};

pub(crate) const OWN: OptionField = OptionField {
    key: "own",
    doc: "How many modules of the project may be loaded.",
    kind: OptionKind::Integer,
    example: "max-modules = { own = 40, all = 300 }",
    ..FIELD
};

pub(crate) const ALL: OptionField = OptionField {
    key: "all",
    doc: "How many modules may be loaded, with those of what is installed and of the standard library.",
    kind: OptionKind::Integer,
    example: "max-modules = { own = 40, all = 300 }",
    ..FIELD
};

pub(crate) const MAX_MODULES: OptionField = OptionField {
    key: "max-modules",
    doc: "How many modules may be loaded, the entry included (`startup`): of the project, or \
          `{ own = 40, all = 300 }` with those of what is installed and of the standard library.",
    kind: OptionKind::OneOf(&[OptionKind::Integer, OptionKind::Table(&[OWN, ALL])]),
    example: "max-modules = 40",
    ..FIELD
};

pub(crate) const LAYERS: OptionField = OptionField {
    key: "layers",
    doc: "The layers, highest first (`layers`). In an entry, `a | b` are independent of each other, `a : b` may import each \
          other, and `(a)` may be missing. `{ name = \"a\", closed = true }`: layers above may not reach past this one.",
    kind: OptionKind::Array(&OptionKind::OneOf(&[OptionKind::String, OptionKind::Table(LAYER)])),
    example: r#"layers = ["shop.web", "shop.orders | shop.billing", "shop.storage"]"#,
    ..FIELD
};

pub(crate) const CONTAINERS: OptionField = OptionField {
    key: "containers",
    doc: "Packages, by name or pattern, to each of which the layers apply separately (`layers`). The names in `layers` are \
          then relative to the container.",
    kind: NAMES,
    example: r#"containers = ["shop.apps.*"]"#,
    ..FIELD
};

pub(crate) const EXHAUSTIVE: OptionField = OptionField {
    key: "exhaustive",
    doc: "Whether every child of a container must be in a layer (`layers`, RF304).",
    kind: OptionKind::Boolean,
    default: "false",
    example: "exhaustive = true",
    ..FIELD
};

pub(crate) const EXHAUSTIVE_EXCEPT: OptionField = OptionField {
    key: "exhaustive-except",
    doc: "Children of the containers that may be in no layer (`layers`).",
    kind: NAMES,
    default: "[]",
    example: r#"exhaustive-except = ["conftest"]"#,
    ..FIELD
};

pub(crate) const DEPTH: OptionField = OptionField {
    key: "depth",
    doc: "How many levels below the children are checked as well; 0 checks only the children (`acyclic`).\n\nAbsent: all levels.",
    kind: OptionKind::Integer,
    example: "depth = 0",
    ..FIELD
};

pub(crate) const SKIP: OptionField = OptionField {
    key: "skip",
    doc: "Modules whose children are not checked, by name or pattern (`acyclic`).",
    kind: NAMES,
    default: "[]",
    example: r#"skip = ["shop.legacy"]"#,
    ..FIELD
};

pub(crate) const KINDS: OptionField = OptionField {
    key: "kinds",
    doc: "The kinds of imports that the contract checks.\n\nAbsent: those of the top-level `kinds`. For a `startup` \
          contract: the imports that run while a module is loaded (`runtime`, `optional`, `conditional`).",
    kind: IMPORT_KIND_LIST,
    example: r#"kinds = ["runtime", "deferred"]"#,
    ..FIELD
};

pub(crate) const EXCEPT: OptionField = OptionField {
    key: "except",
    doc: "Imports that the contract ignores: `importer -> imported`, each a module by name or pattern, without its \
          submodules. An exception that no import needs is reported (RF911).",
    kind: NAMES,
    default: "[]",
    example: r#"except = ["shop.domain.orm -> sqlalchemy", "shop.** -> shop.settings"]"#,
    ..FIELD
};

pub(crate) const UNMATCHED_EXCEPTIONS: OptionField = OptionField {
    key: "unmatched-exceptions",
    doc: "The severity of exceptions that no import needs.\n\nAbsent: the severity of RF911.",
    kind: OptionKind::Enum(&["error", "warning", "off"]),
    example: r#"unmatched-exceptions = "error""#,
    ..FIELD
};

pub(crate) const REASON: OptionField = OptionField {
    key: "reason",
    doc: "Why the contract exists, or what to do instead. It is shown with each finding.",
    example: r#"reason = "see docs/adr/7""#,
    ..FIELD
};

/// The keys of one `[[contracts]]`.
pub(super) const CONTRACT: &[OptionField] = &[
    NAME,
    TYPE,
    ID,
    FROM,
    TO,
    INDIRECT,
    MODULES,
    IMPORTERS,
    SUBMODULES,
    THROUGH_INITS,
    LAYERS,
    CONTAINERS,
    EXHAUSTIVE,
    EXHAUSTIVE_EXCEPT,
    DEPTH,
    SKIP,
    ENTRY,
    MUST_NOT_LOAD,
    MAX_MODULES,
    KINDS,
    EXCEPT,
    UNMATCHED_EXCEPTIONS,
    REASON,
];
