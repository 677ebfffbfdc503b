//! What holds for every text and every policy.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use ringfence_diagnostics::{EdgeKind, Format, Severity, Span};
use ruff_text_size::TextRange;
use strum::IntoEnumIterator as _;

use super::*;
use crate::{
    Comments, Contract, ContractLayer, Dependency, Downward, Exception, ExternalsDialect, ForbiddenExternal,
    ForbiddenModule, ImportKinds, Interface, KindsOfRules, Layer, LayerMember, Level, MissingModules,
    ModuleDeclaration, ModulePattern, Precedence, PythonMinor, Reach, RequirementFiles, Spanned, Terms,
    TypingGuards, Unmatched, Unowned, WalkDialect,
};

const VALID: &str = r#"
"$schema" = "x"
source-roots = ["src", "."]
layers = ["web", "domain | events", { name = "storage", closed = true }]
exhaustive = true
strict-ownership = false
forbid-cycles = true
tests = ["tests/**"]
runtime-annotations = ["acme.inject"]
requirements = ["requirements.txt"]
distributions = { "acme.db" = "acme-database-client" }
select = ["RF1"]
per-file-ignores = { "tests/**" = ["RF201"] }
target-version = "py311"
severity.RF103 = "error"
kinds.RF1 = ["runtime", "typing"]
required-version = ">=0.1"
preview = true

[modules."shop.örders"]
layer = "web"
depends-on = [
    "shop.billing", # ✓
    { module = "shop.legacy", deprecated = "use shop.catalog" },
]
forbids = [{ module = 'shop.admin', reason = """
no""" }]
externals = ["pydantic", "google.cloud"]
forbids-externals = ["django", { distribution = "requests", reason = "use httpx" }]
exposes = ["Order", "api.*"]
visible-to = []
kinds = ["runtime"]
owner = "@orders"
"#;

/// Reads a text in each of the four ways, and checks what must hold of any diagnostic.
fn check(text: &str) {
    let file = FileId::new(1);
    for kind in
        [DocumentKind::Ringfence, DocumentKind::Pyproject, DocumentKind::Override, DocumentKind::Package]
    {
        let document = Document { file, text, kind };
        let diagnostics = match kind {
            DocumentKind::Package => read_package(&mut empty(FileId::new(0)), &document, "shop.orders"),
            DocumentKind::Override => read(None, &[document]).1,
            DocumentKind::Ringfence | DocumentKind::Pyproject => read(Some(&document), &[]).1,
        };
        for diagnostic in &diagnostics {
            assert!(!diagnostic.message.is_empty() && !diagnostic.message.contains(char::is_control));
            assert_eq!(diagnostic.file, file);
            assert!(text.get(diagnostic.range.to_std_range()).is_some(), "{diagnostic:?} in {text:?}");
            for label in &diagnostic.labels {
                assert!(text.get(label.span.range.to_std_range()).is_some(), "{label:?} in {text:?}");
            }
        }
        assert!(diagnostics.is_sorted_by_key(|diagnostic| diagnostic.range.start()));
    }
    has_config(text);
}

/// A piece of text that means something to TOML or to the options.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(vec![
            "[",
            "]",
            "{",
            "}",
            "=",
            ",",
            ".",
            "\"",
            "'",
            "\"\"\"",
            "#",
            "\n",
            "\r\n",
            " ",
            "|",
            ":",
            "\\",
            "é",
            "\u{feff}",
            "modules",
            "tool.ringfence",
            "ringfence",
            "layers",
            "layer",
            "depends-on",
            "module",
            "select",
            "severity",
            "\"shop\"",
            "\".\"",
            "\"..x\"",
            "true",
            "1",
            "1.5",
            "1979-05-27",
            "inf",
            "x = 1\n",
            "[modules.a]\n",
            "[modules.\"shop.a\"]\n",
            "[[modules]]\n",
            "layer = \"a\"\n",
            "depends-on = [\"a\", \"a\"]\n",
        ])
        .prop_map(ToString::to_string),
        ".{0,4}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_without_a_panic(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_pieces_of_toml_are_read_without_a_panic(pieces in vec(piece(), 0..40)) {
        check(&pieces.concat());
    }

    #[test]
    fn a_config_with_pieces_exchanged_is_read_without_a_panic(
        changes in vec((any::<proptest::sample::Index>(), 0..12_usize, piece()), 1..6),
        pyproject in any::<bool>(),
    ) {
        let mut text = VALID.to_string();
        if pyproject {
            text = text.replace("[modules", "[tool.ringfence.modules").replacen('"', "[tool.ringfence]\n\"", 1);
        }
        for (at, length, piece) in changes {
            let start = text.floor_char_boundary(at.index(text.len() + 1));
            let end = text.ceil_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end, &piece);
        }
        check(&text);
    }

    #[test]
    fn a_policy_that_is_written_reads_as_itself(policy in policy()) {
        let text = write(&policy);
        let document = Document { file: FileId::new(0), text: &text, kind: DocumentKind::Ringfence };
        let (mut read, diagnostics) = read(Some(&document), &[]);
        prop_assert_eq!(&diagnostics, &[], "{}", text);
        strip(&mut read);
        prop_assert_eq!(&read, &policy, "{}", text);
        prop_assert_eq!(write(&read), text);
    }
}

#[test]
fn the_valid_config_is_valid() {
    let document = Document { file: FileId::new(1), text: VALID, kind: DocumentKind::Ringfence };
    assert_eq!(read(Some(&document), &[]).1, []);
}

fn nowhere() -> Span {
    Span::new(FileId::new(0), TextRange::default())
}

fn spanned<T>(value: T) -> Spanned<T> {
    Spanned { value, span: nowhere() }
}

/// Texts that differ.
fn texts() -> impl Strategy<Value = Vec<Spanned<String>>> {
    vec(".{0,6}", 0..4).prop_map(|texts| distinct(texts, Clone::clone).into_iter().map(spanned).collect())
}

fn distinct<T>(mut items: Vec<T>, key: impl Fn(&T) -> String) -> Vec<T> {
    let mut seen = Vec::new();
    items.retain(|item| {
        let key = key(item);
        let new = !seen.contains(&key);
        seen.push(key);
        new
    });
    items
}

fn pattern() -> impl Strategy<Value = Spanned<ModulePattern>> {
    vec(
        prop_oneof!["[a-c]{1,2}", Just("*".to_string()), Just("**".to_string()), Just("ö_*".to_string())],
        1..3,
    )
    .prop_map(|segments| spanned(ModulePattern::parse(&segments.join(".")).unwrap()))
}

fn patterns() -> impl Strategy<Value = Vec<Spanned<ModulePattern>>> {
    vec(pattern(), 0..3).prop_map(|patterns| distinct(patterns, |pattern| pattern.value.to_string()))
}

fn text() -> impl Strategy<Value = Spanned<String>> {
    any::<String>().prop_map(spanned)
}

fn dependency() -> impl Strategy<Value = Dependency> {
    (pattern(), option::of(text())).prop_map(|(pattern, deprecated)| Dependency {
        pattern,
        entry: nowhere(),
        deprecated,
    })
}

fn forbidden() -> impl Strategy<Value = ForbiddenModule> {
    (pattern(), option::of(text())).prop_map(|(pattern, reason)| ForbiddenModule { pattern, reason })
}

fn external() -> impl Strategy<Value = Spanned<String>> {
    "[a-zé0-9][a-z_.-]{0,3}[a-z0-9]".prop_map(spanned)
}

type Names = Vec<Spanned<String>>;

fn externals() -> impl Strategy<Value = (Option<Spanned<Names>>, Vec<ForbiddenExternal>)> {
    (option::of(vec(external(), 0..3)), vec((external(), option::of(text())), 0..3)).prop_map(
        |(allowed, forbidden)| {
            let allowed = allowed.map(|names| distinct(names, |name| name.value.clone()));
            let forbidden = forbidden.into_iter().map(|(name, reason)| ForbiddenExternal { name, reason });
            let mut forbidden = distinct(forbidden.collect(), |entry| entry.name.value.clone());
            forbidden.retain(|entry| !allowed.iter().flatten().any(|name| name.value == entry.name.value));
            (allowed.map(spanned), forbidden)
        },
    )
}

fn module() -> impl Strategy<Value = ModuleDeclaration> {
    let layer = option::of("[a-z]{1,4}".prop_map(spanned));
    let depends_on = option::of(vec(dependency(), 0..4));
    let lists = (option::of(patterns()), option::of(patterns()));
    let rest = (any::<bool>(), option::of(import_kinds()), option::of(text()));
    (pattern(), layer, depends_on, vec(forbidden(), 0..3), externals(), lists, rest).prop_map(
        |(
            pattern,
            layer,
            depends_on,
            forbids,
            (externals, forbids_externals),
            (exposes, visible_to),
            (utility, kinds, owner),
        )| {
            let depends_on = depends_on.map(|dependencies| {
                let mut dependencies =
                    distinct(dependencies, |dependency| dependency.pattern.value.to_string());
                dependencies.retain(|dependency| dependency.pattern != pattern);
                spanned(dependencies)
            });
            let mut forbids = distinct(forbids, |entry| entry.pattern.value.to_string());
            forbids.retain(|entry| {
                !depends_on.iter().flat_map(|list| &list.value).any(|other| other.pattern == entry.pattern)
            });
            let (exposes, visible_to) = (exposes.map(spanned), visible_to.map(spanned));
            ModuleDeclaration {
                pattern,
                layer,
                depends_on,
                forbids,
                externals,
                forbids_externals,
                exposes,
                visible_to,
                utility: utility.then(nowhere),
                kinds,
                owner,
            }
        },
    )
}

fn layers() -> impl Strategy<Value = Vec<Layer>> {
    vec((vec("[a-zß ]{1,3}", 1..3), any::<bool>()), 0..4).prop_map(|ranks| {
        let mut layers: Vec<Layer> = Vec::new();
        let mut next = 0;
        for (names, closed) in ranks {
            let rank = next;
            for name in names {
                let name = name.trim();
                if !name.is_empty() && layers.iter().all(|layer| layer.name.value != name) {
                    layers.push(Layer { name: spanned(name.to_string()), rank, closed });
                    next = rank + 1;
                }
            }
        }
        layers
    })
}

fn linter() -> impl Strategy<Value = LinterSettings> {
    let lists = (texts(), texts(), texts(), texts());
    let optional = (option::of(texts()), option::of(texts()), option::of(texts()), option::of(any::<bool>()));
    let named = (
        vec((text(), texts()), 0..3),
        vec((text(), prop_oneof![Just(Severity::Error), Just(Severity::Warning)]), 0..3),
    );
    let choices = (
        option::of(8..=15_u8),
        option::of(proptest::sample::select(Format::iter().collect::<Vec<_>>())),
        option::of(text()),
        any::<bool>(),
    );
    (lists, optional, named, choices).prop_map(
        |(
            (extend_select, ignore, unfixable, extend_exclude),
            (select, fixable, exclude, respect_gitignore),
            (per_file_ignores, severity),
            (target_version, output_format, required_version, preview),
        )| LinterSettings {
            baseline: None,
            select,
            extend_select,
            ignore,
            per_file_ignores: distinct(per_file_ignores, |(glob, _)| glob.value.clone()),
            fixable,
            unfixable,
            exclude,
            extend_exclude,
            respect_gitignore,
            target_version: target_version.map(PythonMinor),
            required_version,
            preview,
            output_format,
            severity: distinct(severity, |(rule, _)| rule.value.clone()),
        },
    )
}

fn import_kinds() -> impl Strategy<Value = ImportKinds> {
    proptest::sample::subsequence(EdgeKind::iter().collect::<Vec<_>>(), 0..=7).prop_map(spanned)
}

/// One list for all rules, or entries for some.
fn kinds_of_rules() -> impl Strategy<Value = Vec<KindsOfRules>> {
    let all = import_kinds().prop_map(|kinds| vec![KindsOfRules { rules: None, kinds }]);
    let some = vec((text(), import_kinds()), 0..3).prop_map(|entries| {
        let entries = distinct(entries, |(rules, _)| rules.value.clone());
        entries.into_iter().map(|(rules, kinds)| KindsOfRules { rules: Some(rules), kinds }).collect()
    });
    prop_oneof![all, some]
}

fn interface() -> impl Strategy<Value = Interface> {
    let regex = "[a-z]{1,3}(\\.\\*)?".prop_map(|text| spanned(ModulePattern::regex(&text).unwrap()));
    let entries = || vec(prop_oneof![pattern(), regex.clone()], 0..3);
    (entries(), entries(), option::of(vec(pattern(), 0..3).prop_map(spanned)), any::<bool>(), any::<bool>())
        .prop_map(|(of, exposes, visible_to, exclusive, plain)| Interface {
            of,
            exposes: spanned(exposes),
            visible_to,
            exclusive,
            data_types: plain.then(nowhere),
        })
}

/// Of what the native format can say of other formats' dialects, each value once.
fn dialects() -> [Dialect; 4] {
    [
        Dialect::default(),
        Dialect {
            downward: Downward::Free,
            precedence: Precedence::Order,
            unowned: Unowned::Unchecked,
            nested_imports: Level::Warning,
            missing_modules: MissingModules::Foreign,
            comments: Comments::TachIgnore,
            externals: ExternalsDialect { exclude: vec!["a b".to_string()], ..ExternalsDialect::default() },
            ..Dialect::default()
        },
        Dialect {
            unowned: Unowned::Module,
            nested_imports: Level::Off,
            missing_modules: MissingModules::RootPackage,
            ..Dialect::default()
        },
        Dialect {
            precedence: Precedence::Order,
            missing_modules: MissingModules::Nowhere,
            typing_guards: TypingGuards::Bare,
            walk: WalkDialect { only_packages: true, ..WalkDialect::default() },
            ..Dialect::default()
        },
    ]
}

fn contract() -> impl Strategy<Value = Contract> {
    let list = patterns;
    let reach = || any::<bool>().prop_map(|direct| if direct { Reach::Direct } else { Reach::Indirect });
    let terms = prop_oneof![
        (list(), list(), reach(), any::<bool>()).prop_map(|(from, to, reach, submodules)| Terms::Forbidden {
            from,
            to,
            reach,
            submodules
        }),
        (list(), list(), reach()).prop_map(|(from, to, reach)| Terms::Required { from, to, reach }),
        list().prop_map(|modules| Terms::Independent { modules }),
        (list(), list(), any::<bool>()).prop_map(|(modules, importers, submodules)| Terms::Protected {
            modules,
            importers,
            submodules
        }),
        (list(), option::of(0u32..9), list()).prop_map(|(packages, depth, skip)| Terms::Acyclic {
            packages,
            depth,
            skip
        }),
        (any::<[bool; 6]>(), list()).prop_map(|([pipe, first, second, closed, contained, whole], list)| {
            let member = |name: &str, optional| LayerMember {
                name: Spanned { value: name.to_string(), span: nowhere() },
                optional,
            };
            let layers = vec![
                ContractLayer {
                    members: vec![member("a", first), member("b.c", second)],
                    independent: pipe,
                    closed,
                },
                ContractLayer { members: vec![member("d", closed)], independent: true, closed: false },
            ];
            Terms::Layers {
                layers,
                containers: contained.then_some(list),
                exhaustive: (contained && whole).then(nowhere),
                exhaustive_except: Vec::new(),
            }
        }),
    ];
    let exceptions =
        vec((pattern(), pattern()), 0..3).prop_map(|sides| {
            let exception = |(importer, imported): (Spanned<ModulePattern>, Spanned<ModulePattern>)| {
                Exception { importer: importer.value, imported: imported.value, span: nowhere() }
            };
            sides.into_iter().map(exception).collect::<Vec<_>>()
        });
    let unmatched = prop_oneof![
        Just(Unmatched::AsRule),
        Just(Unmatched::Off),
        Just(Unmatched::Severity(Severity::Error)),
        Just(Unmatched::Severity(Severity::Warning)),
    ];
    (
        option::of(any::<String>()),
        text(),
        terms,
        option::of(import_kinds()),
        exceptions,
        unmatched,
        option::of(text()),
    )
        .prop_map(|(id, name, terms, kinds, exceptions, unmatched_exceptions, reason)| Contract {
            id,
            name,
            terms,
            kinds,
            exceptions,
            unmatched_exceptions,
            reason,
        })
}

fn policy() -> impl Strategy<Value = Policy> {
    let dialects = dialects();
    let over_graph = (vec(contract(), 0..3), option::of(texts()));
    let switches = (any::<bool>(), any::<bool>(), any::<bool>(), vec(interface(), 0..3), over_graph);
    let distributions = vec((text(), external()), 0..3);
    let files = (option::of(texts()), texts(), texts(), texts(), distributions);
    (option::of(texts()), vec(module(), 0..4), layers(), switches, files, kinds_of_rules(), linter())
        .prop_map(
            move |(
                source_roots,
                modules,
                layers,
                (exhaustive, strict, acyclic, interfaces, (contracts, root_packages)),
                (tests, runtime_annotations, runtime, development, distributions),
                kinds,
                linter,
            )| {
                Policy {
                    config: FileId::new(0),
                    source_roots,
                    modules: distinct(modules, |module| module.pattern.value.to_string()),
                    layers,
                    layers_are_in_doubt: false,
                    exhaustive_layers: exhaustive.then(nowhere),
                    strict_ownership: strict.then(nowhere),
                    forbid_cycles: acyclic.then(nowhere),
                    tests,
                    runtime_annotations,
                    requirement_files: RequirementFiles { runtime, development },
                    distributions: distinct(distributions, |(import, _)| import.value.clone()),
                    kinds,
                    linter,
                    interfaces,
                    deselected_contracts: Vec::new(),
                    unchecked: Vec::new(),
                    contracts: distinct(contracts, |contract| contract.id().to_string()),
                    root_packages,
                    dialect: dialects[usize::from(strict) + 2 * usize::from(acyclic)].clone(),
                    domains: Vec::new(),
                    config_errors: Vec::new(),
                    module_config_errors: Vec::new(),
                }
            },
        )
}

/// Forgets where everything was read.
fn strip(policy: &mut Policy) {
    fn all<T>(items: &mut [Spanned<T>]) {
        items.iter_mut().for_each(one);
    }
    fn one<T>(item: &mut Spanned<T>) {
        item.span = nowhere();
    }
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
        dialect: _,
        domains: _,
        config_errors: _,
        module_config_errors: _,
    } = policy;
    for Interface { of, exposes, visible_to, exclusive: _, data_types } in interfaces {
        all(of);
        one(exposes);
        all(&mut exposes.value);
        for list in visible_to.iter_mut() {
            one(list);
            all(&mut list.value);
        }
        if let Some(span) = data_types {
            *span = nowhere();
        }
    }
    for Contract { id: _, name, terms, kinds, exceptions, unmatched_exceptions: _, reason } in contracts {
        one(name);
        kinds.iter_mut().for_each(one);
        reason.iter_mut().for_each(one);
        for exception in exceptions {
            exception.span = nowhere();
        }
        match terms {
            Terms::Forbidden { from, to, .. } | Terms::Required { from, to, .. } => {
                all(from);
                all(to);
            }
            Terms::Layers { layers, containers, exhaustive, exhaustive_except } => {
                layers.iter_mut().flat_map(|it| &mut it.members).for_each(|member| one(&mut member.name));
                if let Some(containers) = containers {
                    all(containers);
                }
                if let Some(span) = exhaustive {
                    *span = nowhere();
                }
                all(exhaustive_except);
            }
            Terms::Independent { modules } => all(modules),
            Terms::Protected { modules, importers, .. } => {
                all(modules);
                all(importers);
            }
            Terms::Acyclic { packages, skip, .. } => {
                all(packages);
                all(skip);
            }
        }
    }
    for KindsOfRules { rules, kinds } in kinds {
        rules.iter_mut().for_each(one);
        one(kinds);
    }
    linter.required_version.iter_mut().for_each(one);
    linter.baseline.iter_mut().for_each(one);
    for (import, distribution) in distributions {
        one(import);
        one(distribution);
    }
    for list in
        [source_roots, root_packages, tests, &mut linter.select, &mut linter.fixable, &mut linter.exclude]
            .into_iter()
            .flatten()
    {
        all(list);
    }
    for list in [
        runtime_annotations,
        runtime,
        development,
        &mut linter.extend_select,
        &mut linter.ignore,
        &mut linter.unfixable,
        &mut linter.extend_exclude,
    ] {
        all(list);
    }
    for (glob, rules) in &mut linter.per_file_ignores {
        one(glob);
        all(rules);
    }
    for (rule, _) in &mut linter.severity {
        one(rule);
    }
    for layer in layers {
        one(&mut layer.name);
    }
    for span in [exhaustive_layers, strict_ownership, forbid_cycles].into_iter().flatten() {
        *span = nowhere();
    }
    for module in modules {
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
        if let Some(span) = utility {
            *span = nowhere();
        }
        if let Some(externals) = externals {
            one(externals);
            all(&mut externals.value);
        }
        for entry in forbids_externals {
            one(&mut entry.name);
            entry.reason.iter_mut().for_each(one);
        }
        one(pattern);
        kinds.iter_mut().for_each(one);
        for text in [layer, owner].into_iter().flatten() {
            one(text);
        }
        for list in [exposes, visible_to].into_iter().flatten() {
            one(list);
            all(&mut list.value);
        }
        for entry in forbids {
            one(&mut entry.pattern);
            entry.reason.iter_mut().for_each(one);
        }
        if let Some(depends_on) = depends_on {
            one(depends_on);
            for dependency in &mut depends_on.value {
                one(&mut dependency.pattern);
                dependency.entry = nowhere();
                dependency.deprecated.iter_mut().for_each(one);
            }
        }
    }
}
