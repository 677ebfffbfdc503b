//! The keys at the top level of a config.

use ringfence_diagnostics::Format;
use strum::VariantNames as _;

use super::modules::MODULES;
use super::{
    DEFAULT_EXCLUDE, DEFAULT_TESTS, FIELD, GLOBS, IMPORT_KIND_LIST, NAMES, OptionField, OptionKind,
    SELECTORS, compatibility, contracts, interfaces,
};

pub(crate) const SCHEMA: OptionField = OptionField {
    key: "$schema",
    doc: "Where an editor finds the JSON schema of this file. It has no other effect.",
    example: r#""$schema" = "https://ringfence.github.io/ringfence/ringfence.schema.json""#,
    ..FIELD
};

pub(crate) const SOURCE_ROOTS: OptionField = OptionField {
    key: "source-roots",
    doc: "The folders from which module names are counted, relative to the folder that the config \
          governs; globs are allowed. If one root contains another, the longest one that holds a file \
          names it.\n\n\
          Absent: found from the tree, `src` and the folder that the config governs first.",
    kind: GLOBS,
    example: r#"source-roots = ["src", "services/*/src"]"#,
    ..FIELD
};

pub(crate) const ROOT_PACKAGES: OptionField = OptionField {
    key: "root-packages",
    doc: "The only top-level packages that make up the project; other code below the source roots is \
          ignored.\n\n\
          Absent: everything below the source roots.",
    kind: NAMES,
    example: r#"root-packages = ["shop"]"#,
    ..FIELD
};

pub(crate) const LAYERS: OptionField = OptionField {
    key: "layers",
    doc: "The layers, top first. A layer may import only from the layers below it.\n\n\
          `\"domain | events\"` names two layers of one rank that must not import each other. A table \
          with `closed = true` is a layer that higher layers must not skip.",
    kind: OptionKind::Array(&OptionKind::OneOf(&[OptionKind::String, OptionKind::Table(LAYER)])),
    default: "[]",
    example: r#"layers = ["web", "services", "domain | events", { name = "storage", closed = true }]"#,
    ..FIELD
};

pub(crate) const LAYER_NAME: OptionField = OptionField {
    key: "name",
    doc: "The name of the layer, or several names of one rank with `|` between them.",
    required: true,
    example: r#"{ name = "domain", closed = true }"#,
    ..FIELD
};

pub(crate) const LAYER_CLOSED: OptionField = OptionField {
    key: "closed",
    doc: "Whether higher layers may import from this one, but not from the layers below it.",
    kind: OptionKind::Boolean,
    default: "false",
    example: r#"{ name = "domain", closed = true }"#,
    ..FIELD
};

/// A rank of layers.
const LAYER: &[OptionField] = &[LAYER_NAME, LAYER_CLOSED];

pub(crate) const EXHAUSTIVE: OptionField = OptionField {
    key: "exhaustive",
    doc: "Whether every boundary module must be in a layer (RF304).",
    kind: OptionKind::Boolean,
    default: "false",
    example: "exhaustive = true",
    ..FIELD
};

pub(crate) const STRICT_OWNERSHIP: OptionField = OptionField {
    key: "strict-ownership",
    doc: "Whether every Python file must be owned by a boundary module (RF105).",
    kind: OptionKind::Boolean,
    default: "false",
    example: "strict-ownership = true",
    ..FIELD
};

pub(crate) const FORBID_CYCLES: OptionField = OptionField {
    key: "forbid-cycles",
    doc: "Whether to forbid cycles between boundary modules, through their imports or their `depends-on` \
          (RF401).",
    kind: OptionKind::Boolean,
    default: "false",
    example: "forbid-cycles = true",
    ..FIELD
};

/// Import cycles that work are reported, too.
pub(crate) const ALL_CYCLES: &str = "all";

pub(crate) const IMPORT_CYCLES: OptionField = OptionField {
    key: "import-cycles",
    doc: "Which modules that import each other in a circle are reported (RF402).\n\n\
          `failing`: those of which some module cannot be imported first. `all`: those that work, too, and those \
          of which it cannot be told, as warnings.",
    kind: OptionKind::Enum(&["failing", ALL_CYCLES]),
    default: r#""failing""#,
    example: r#"import-cycles = "all""#,
    ..FIELD
};

pub(crate) const INTERFACES: OptionField = OptionField {
    key: "interfaces",
    doc: "What modules expose in addition to their own `exposes`: for several modules at once, or only \
          to some importers (RF201).\n\n\
          Each interface that belongs to a module and is meant for the importer allows its members; if \
          one is `exclusive`, the first such interface is the only one that counts. If there is none, \
          and the module has no `exposes`, everything is allowed.",
    kind: OptionKind::Array(&OptionKind::Table(interfaces::INTERFACE)),
    default: "[]",
    example: "[[interfaces]]\nof = [\"shop.plugins.*\"]\nexposes = [\"Plugin\", { regex = \"register_.*\" }]",
    ..FIELD
};

pub(crate) const CONTRACTS: OptionField = OptionField {
    key: "contracts",
    doc: "Rules over the whole graph: which modules may reach which others, directly or through other \
          modules (RF403 to RF408).",
    kind: OptionKind::Array(&OptionKind::Table(contracts::CONTRACT)),
    default: "[]",
    example: "[[contracts]]\nname = \"the domain knows no framework\"\ntype = \"forbidden\"\nfrom = [\"shop.domain\"]\nto = [\"django\"]",
    ..FIELD
};

pub(crate) const COMPATIBILITY: OptionField = OptionField {
    key: "compatibility",
    doc: "Where this config means what another tool's config means. `ringfence migrate` writes it.",
    kind: OptionKind::Table(compatibility::FIELDS),
    default: "{}",
    example: "[compatibility]\ndownward-imports = \"free\"",
    ..FIELD
};

pub(crate) const KINDS: OptionField = OptionField {
    key: "kinds",
    doc: "The kinds of imports that are checked: one list for all rules, or a table with a list for each \
          rule or group of rules (`ALL`, `RF3`, `RF301`, a name). The most specific entry wins.\n\n\
          `runtime`: while the module is loaded. `typing`: under `if TYPE_CHECKING:` or in a stub. \
          `deferred`: in a function. `lazy`: on first use (PEP 810). `optional`: in a `try` that catches \
          the failure. `conditional`: in a branch. `dynamic`: by a call with the name as a string.\n\n\
          In order of precedence: `kinds` of the importing module, the most specific entry here, the \
          default.",
    kind: OptionKind::OneOf(&[
        IMPORT_KIND_LIST,
        OptionKind::Map { key_doc: "import kinds by selector of rules", value: &IMPORT_KIND_LIST },
    ]),
    default: r#"["runtime", "deferred", "lazy", "optional", "conditional"]"#,
    example: "kinds = { ALL = [\"runtime\"], RF301 = [\"runtime\", \"typing\"] }",
    ..FIELD
};

pub(crate) const TESTS: OptionField = OptionField {
    key: "tests",
    doc: "Globs of the files that hold test code, relative to the folder that the config governs. All \
          other code is production code, which must not import test code (RF604) or development \
          dependencies (RF501).\n\n\
          `*` stays inside one segment of a path, `**` matches any number of segments.",
    kind: GLOBS,
    default_list: &DEFAULT_TESTS,
    example: r#"tests = ["tests/**", "**/*_spec.py"]"#,
    ..FIELD
};

pub(crate) const RUNTIME_ANNOTATIONS: OptionField = OptionField {
    key: "runtime-annotations",
    doc: "The decorators and base classes that read annotations at run time, by dotted name, besides the \
          built-in ones (RF603). An entry covers everything below it: `shop.inject`, `falcon`.\n\n\
          Names in the annotations of such a function or class are then needed at run time.",
    kind: NAMES,
    default: "[]",
    example: r#"runtime-annotations = ["shop.inject", "shop.models.Record"]"#,
    ..FIELD
};

pub(crate) const REQUIREMENTS: OptionField = OptionField {
    key: "requirements",
    doc: "Requirements files that declare what a project needs at run time, besides its `pyproject.toml` \
          and `setup.cfg` (RF501, RF502). Paths are relative to the folder that the config governs. Each \
          file declares for the project whose folder it is in.",
    kind: OptionKind::Array(&OptionKind::String),
    default: "[]",
    example: r#"requirements = ["requirements.txt", "services/mail/requirements.txt"]"#,
    ..FIELD
};

pub(crate) const DEV_REQUIREMENTS: OptionField = OptionField {
    key: "dev-requirements",
    doc: "Requirements files that declare what a project needs only for development (RF501).",
    kind: OptionKind::Array(&OptionKind::String),
    default: "[]",
    example: r#"dev-requirements = ["requirements-dev.txt"]"#,
    ..FIELD
};

pub(crate) const DISTRIBUTIONS: OptionField = OptionField {
    key: "distributions",
    doc: "Which distribution an import comes from, if neither the installed packages nor the built-in \
          table say: an import, and its distribution. Entries here take precedence.",
    kind: OptionKind::Map { key_doc: "distributions by import", value: &OptionKind::String },
    default: "{}",
    example: "[distributions]\n\"acme.db\" = \"acme-database-client\"",
    ..FIELD
};

pub(crate) const SELECT: OptionField = OptionField {
    key: "select",
    doc: "The rules to run: codes, names, prefixes of codes such as `RF1`, or `ALL`.\n\n\
          Absent: the rules that are on by default. RF900, RF904, RF905 and RF910 check the run itself: \
          that files can be read, and that names in configs and comments exist. They are always on, \
          whatever is selected, unless `ignore` names them.",
    kind: SELECTORS,
    example: r#"select = ["RF1", "RF2"]"#,
    ..FIELD
};

pub(crate) const EXTEND_SELECT: OptionField = OptionField {
    key: "extend-select",
    doc: "Rules to run in addition to those of `select`.",
    kind: SELECTORS,
    default: "[]",
    example: r#"extend-select = ["unused-dependency"]"#,
    ..FIELD
};

pub(crate) const IGNORE: OptionField = OptionField {
    key: "ignore",
    doc: "Rules to switch off, even if selected.\n\n\
          To switch off RF900, RF904, RF905 or RF910, list its code or name; `ALL` and `RF9` leave them \
          on.",
    kind: SELECTORS,
    default: "[]",
    example: r#"ignore = ["RF103"]"#,
    ..FIELD
};

pub(crate) const PER_FILE_IGNORES: OptionField = OptionField {
    key: "per-file-ignores",
    doc: "Rules to ignore in some files: a glob of files, and the rules.\n\n\
          Globs are relative to the folder that the config governs. RF900, RF904, RF905 and RF910 must \
          be named, as in `ignore`.",
    kind: OptionKind::Map { key_doc: "rules by glob of files", value: &SELECTORS },
    default: "{}",
    example: "[per-file-ignores]\n\"tests/**\" = [\"RF201\"]",
    ..FIELD
};

pub(crate) const FIXABLE: OptionField = OptionField {
    key: "fixable",
    doc: "The rules whose fixes are offered.",
    kind: SELECTORS,
    default: r#"["ALL"]"#,
    example: r#"fixable = ["RF110"]"#,
    ..FIELD
};

pub(crate) const UNFIXABLE: OptionField = OptionField {
    key: "unfixable",
    doc: "Rules whose fixes are not offered, even if `fixable` lists them.",
    kind: SELECTORS,
    default: "[]",
    example: r#"unfixable = ["RF901"]"#,
    ..FIELD
};

pub(crate) const EXCLUDE: OptionField = OptionField {
    key: "exclude",
    doc: "Globs of files and folders to skip. It replaces the default; to add to it, use \
          `extend-exclude`.",
    kind: GLOBS,
    default_list: &DEFAULT_EXCLUDE,
    example: r#"exclude = ["vendored"]"#,
    ..FIELD
};

pub(crate) const EXTEND_EXCLUDE: OptionField = OptionField {
    key: "extend-exclude",
    doc: "Globs of files and folders to skip in addition to those of `exclude`.",
    kind: GLOBS,
    default: "[]",
    example: r#"extend-exclude = ["generated"]"#,
    ..FIELD
};

pub(crate) const RESPECT_GITIGNORE: OptionField = OptionField {
    key: "respect-gitignore",
    doc: "Whether to skip files that git ignores.",
    kind: OptionKind::Boolean,
    default: "true",
    example: "respect-gitignore = false",
    ..FIELD
};

pub(crate) const TARGET_VERSION: OptionField = OptionField {
    key: "target-version",
    doc: "The oldest Python that the project runs on.\n\n\
          Absent: any.",
    kind: OptionKind::Enum(&["py38", "py39", "py310", "py311", "py312", "py313", "py314", "py315"]),
    example: r#"target-version = "py311""#,
    ..FIELD
};

pub(crate) const REQUIRED_VERSION: OptionField = OptionField {
    key: "required-version",
    doc: "The versions of ringfence that may run with this config, as a PEP 440 specifier; a bare \
          version means exactly that one. Any other version stops with an error.\n\n\
          Absent: any.",
    example: r#"required-version = ">=0.1,<0.3""#,
    ..FIELD
};

pub(crate) const PREVIEW: OptionField = OptionField {
    key: "preview",
    doc: "Whether a prefix or `ALL` also selects preview rules, which may still change.",
    kind: OptionKind::Boolean,
    default: "false",
    example: "preview = true",
    ..FIELD
};

pub(crate) const OUTPUT_FORMAT: OptionField = OptionField {
    key: "output-format",
    doc: "How findings are printed: `full` with the surrounding source, `concise` with one line each, \
          `grouped` by file, `json` as an array in the shape of ruff's, `json-lines`, or for another \
          system: `github`, `gitlab`, `sarif`, `junit`, `azure`, `rdjson`, `pylint`, `markdown`, \
          `agent`.\n\n\
          Absent: `github` in a GitHub workflow, else `full`.",
    kind: OptionKind::Enum(Format::VARIANTS),
    example: r#"output-format = "concise""#,
    ..FIELD
};

pub(crate) const BASELINE: OptionField = OptionField {
    key: "baseline",
    doc: "The file that lists the findings that are accepted for now, relative to the folder that the \
          config governs. A `*` in the file name stands for packages, each of which has its own list: \
          `baselines/*.txt`.\n\n\
          The file must be in the project, and be neither Python nor a config. `ringfence baseline` \
          overwrites and removes only files whose first line is that of a baseline.\n\n\
          Absent: `ringfence.baseline`, if it exists.",
    example: r#"baseline = "baselines/*.txt""#,
    ..FIELD
};

pub(crate) const SEVERITY: OptionField = OptionField {
    key: "severity",
    doc: "The severity of a rule's findings, by code or name. Only errors make a run fail.\n\n\
          Absent: the rule's own severity.",
    kind: OptionKind::Map {
        key_doc: "severities by code or name of the rule",
        value: &OptionKind::Enum(&["error", "warning"]),
    },
    default: "{}",
    example: "[severity]\nRF103 = \"error\"",
    ..FIELD
};

/// The keys at the top level of `ringfence.toml` and in `[tool.ringfence]`.
pub const FIELDS: &[OptionField] = &[
    SCHEMA,
    SOURCE_ROOTS,
    ROOT_PACKAGES,
    LAYERS,
    EXHAUSTIVE,
    STRICT_OWNERSHIP,
    FORBID_CYCLES,
    IMPORT_CYCLES,
    INTERFACES,
    CONTRACTS,
    COMPATIBILITY,
    KINDS,
    TESTS,
    RUNTIME_ANNOTATIONS,
    REQUIREMENTS,
    DEV_REQUIREMENTS,
    DISTRIBUTIONS,
    SELECT,
    EXTEND_SELECT,
    IGNORE,
    PER_FILE_IGNORES,
    FIXABLE,
    UNFIXABLE,
    EXCLUDE,
    EXTEND_EXCLUDE,
    RESPECT_GITIGNORE,
    TARGET_VERSION,
    REQUIRED_VERSION,
    PREVIEW,
    OUTPUT_FORMAT,
    BASELINE,
    SEVERITY,
    MODULES,
];
