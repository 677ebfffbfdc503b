//! Any contract, interface and dialect that can be written.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use ringfence_diagnostics::Severity;

use super::policies::{import_kinds, pattern, patterns, text};
use super::spans::{nowhere, spanned};
use crate::{
    Callable, Comments, Contract, ContractLayer, Dialect, Downward, Entries, Exception, ExternalsDialect,
    Interface, LayerMember, Level, LoadBudget, MissingModules, ModulePattern, Precedence, Reach, Spanned,
    Terms, TypingGuards, Unmatched, Unowned, WalkDialect,
};

pub(super) fn interface() -> impl Strategy<Value = Interface> {
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
pub(super) fn dialects() -> [Dialect; 4] {
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

fn entries() -> impl Strategy<Value = Entries> {
    let callable = ("[a-c](\\.[a-c])?", "[a-c](\\.[a-c])?")
        .prop_map(|(module, name)| spanned(Callable { module, name }));
    let callables = vec(callable, 0..3).prop_map(|mut callables| {
        callables.sort_by(|a, b| a.value.cmp(&b.value));
        callables.dedup();
        callables
    });
    prop_oneof![
        Just(Entries { scripts: Some(nowhere()), ..Entries::default() }),
        (patterns(), callables).prop_map(|(modules, callables)| Entries {
            modules,
            callables,
            scripts: None
        }),
    ]
}

fn budget() -> impl Strategy<Value = LoadBudget> {
    (option::of(0u32..999), option::of(0u32..999)).prop_filter_map("limits something", |(own, all)| {
        let budget = LoadBudget { own: own.map(spanned), all: all.map(spanned) };
        (own.is_some() || all.is_some()).then_some(budget)
    })
}

pub(super) fn contract() -> impl Strategy<Value = Contract> {
    let list = patterns;
    let reach = || any::<bool>().prop_map(|direct| if direct { Reach::Direct } else { Reach::Indirect });
    let terms = prop_oneof![
        (list(), list(), reach(), any::<[bool; 2]>()).prop_map(
            |(from, to, reach, [submodules, through_inits])| Terms::Forbidden {
                from,
                to,
                reach,
                submodules,
                through_inits
            }
        ),
        (entries(), list(), option::of(budget())).prop_map(|(entries, must_not_load, max_modules)| {
            Terms::Startup { entries, must_not_load, max_modules }
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
