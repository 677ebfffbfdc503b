//! The keys that say in which ways the config means what another tool's did.

use strum::VariantNames as _;

use super::{FIELD, NAMES, OptionField, OptionKind};
use crate::{Downward, Level, MissingModules, Precedence, TypingGuards};

pub(crate) const DOWNWARD_IMPORTS: OptionField = OptionField {
    key: "downward-imports",
    doc: "Whether a module with `depends-on` must list the modules of lower layers that it imports: \
          `declared`. With `free`, it need not, as in Tach.",
    kind: OptionKind::Enum(Downward::VARIANTS),
    default: "\"declared\"",
    example: "downward-imports = \"free\"",
    ..FIELD
};

pub(crate) const PRECEDENCE: OptionField = OptionField {
    key: "precedence",
    doc: "Which of several matching patterns applies to a module: the most `specific` one, or the one \
          that their `order` picks: the last declaration, the first entry of a list. With `order`, \
          layers also come before `forbids`, and `visible-to` after `depends-on`.",
    kind: OptionKind::Enum(Precedence::VARIANTS),
    default: "\"specific\"",
    example: "precedence = \"order\"",
    ..FIELD
};

pub(crate) const UNOWNED_CODE: OptionField = OptionField {
    key: "unowned-code",
    doc: "How to treat code that no boundary module owns. `free`: everyone may import it, and it must \
          respect `exposes` and `visible-to`. `unchecked`: its imports are not checked. `module`: it \
          forms a boundary module named `<root>`, if that is declared.",
    kind: OptionKind::Enum(&["free", "unchecked", "module"]),
    default: "\"free\"",
    example: "unowned-code = \"unchecked\"",
    ..FIELD
};

pub(crate) const NESTED_IMPORTS: OptionField = OptionField {
    key: "nested-imports",
    doc: "How to report findings at imports below module level, as in functions, branches and `try`: in \
          `full`, as a `warning`, or not at all: `off`. Contracts check all of these imports.",
    kind: OptionKind::Enum(Level::VARIANTS),
    default: "\"full\"",
    example: "nested-imports = \"warning\"",
    ..FIELD
};

pub(crate) const MISSING_MODULES: OptionField = OptionField {
    key: "missing-modules",
    doc: "How to treat an import of a module that does not exist, if more than its last part is missing. \
          `by-name`: as an import of the module around it. `foreign`: as an import from outside the \
          project; then a pattern does not match folders without an `__init__` either. `nowhere`: as an \
          import from outside the project. `root-package`: as an import of the root package around it.",
    kind: OptionKind::Enum(MissingModules::VARIANTS),
    default: "\"by-name\"",
    example: "missing-modules = \"foreign\"",
    ..FIELD
};

pub(crate) const TYPING_GUARDS: OptionField = OptionField {
    key: "typing-guards",
    doc: "Which conditions mark an import as being for type checking only. `any`: all that mean \
          `TYPE_CHECKING`. `bare`: only the name or an attribute `TYPE_CHECKING`.",
    kind: OptionKind::Enum(TypingGuards::VARIANTS),
    default: "\"any\"",
    example: "typing-guards = \"bare\"",
    ..FIELD
};

pub(crate) const ONLY_PACKAGES: OptionField = OptionField {
    key: "only-packages",
    doc: "Whether to find modules as import-linter does: only `*.py` files of the `root-packages`, \
          including those behind links, and no folder without an `__init__` in a package that has one.",
    kind: OptionKind::Boolean,
    default: "false",
    example: "only-packages = true",
    ..FIELD
};

pub(crate) const EXCLUDE_EXTERNALS: OptionField = OptionField {
    key: "exclude-externals",
    doc: "Distributions and imports that RF501 and RF502 ignore.",
    kind: NAMES,
    default: "[]",
    example: "exclude-externals = [\"git\", \"PyYAML\"]",
    ..FIELD
};

pub(crate) const TACH_IGNORE: OptionField = OptionField {
    key: "tach-ignore",
    doc: "Whether Tach's comments also suppress findings, except those of contracts: \
          `# tach-ignore(reason) name`.",
    kind: OptionKind::Boolean,
    default: "false",
    example: "tach-ignore = true",
    ..FIELD
};

/// The keys of `[compatibility]`.
pub(super) const FIELDS: &[OptionField] = &[
    DOWNWARD_IMPORTS,
    PRECEDENCE,
    UNOWNED_CODE,
    NESTED_IMPORTS,
    MISSING_MODULES,
    TYPING_GUARDS,
    ONLY_PACKAGES,
    EXCLUDE_EXTERNALS,
    TACH_IGNORE,
];
