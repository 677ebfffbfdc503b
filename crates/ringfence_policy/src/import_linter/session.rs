//! The keys that are for all contracts.

use ringfence_diagnostics::{Diagnostic, EdgeKind, Severity};
use strum::IntoEnumIterator as _;

use super::Document;
use super::contracts::{self, Scope};
use super::raw::{Config, Raw, Table};
use crate::report::{invalid, listing};
use crate::suggest::suggest;
use crate::{
    Dialect, Elsewhere, Key, KindsOfRules, MissingModules, PeerGaps, Policy, Setting, Spanned, Switch,
    SwitchSetting, Tool, ToolChecks, TypingGuards, WalkDialect,
};

const KEYS: [&str; 6] = [
    "root_package",
    "root_packages",
    "include_external_packages",
    "exclude_type_checking_imports",
    "contract_types",
    "contracts",
];

/// What import-linter calls our keys.
const WORDS: [(Key, &str); 1] = [(Key::ExhaustiveExcept, "exhaustive_ignores")];

/// Makes the policy of a config.
pub(super) fn lower(config: &Config, document: &Document, policy: &mut Policy, errors: &mut Vec<Diagnostic>) {
    let session = &config.session;
    unknown_keys(session, policy);
    let externals = is_switched_on(session, "include_external_packages", policy);
    let without_typing = is_switched_on(session, "exclude_type_checking_imports", policy);
    let start = session.span;
    policy.dialect = Dialect {
        missing_modules: if externals { MissingModules::RootPackage } else { MissingModules::Nowhere },
        typing_guards: TypingGuards::Bare,
        elsewhere: if externals { Elsewhere::TopLevel } else { Elsewhere::Unseen },
        peer_gaps: PeerGaps::UNMATCHED_PATTERNS,
        walk: WalkDialect { only_packages: true, ..WalkDialect::default() },
        keys: &WORDS,
        checks: Some(ToolChecks {
            tool: Tool::ImportLinter,
            start,
            switches: vec![SwitchSetting {
                switch: Switch::UnmatchedExceptions,
                setting: Setting::As(Severity::Error),
                span: start,
            }],
        }),
        ..Dialect::default()
    };
    policy.linter.exclude = Some(Vec::new());
    policy.linter.respect_gitignore = Some(false);
    let is_left_out =
        |kind: &EdgeKind| *kind == EdgeKind::Dynamic || (without_typing && *kind == EdgeKind::Typing);
    let kinds = EdgeKind::iter().filter(|kind| !is_left_out(kind)).collect();
    policy.kinds.push(KindsOfRules { rules: None, kinds: Spanned { value: kinds, span: start } });
    let roots = roots(session, document, policy, errors);
    if config.contracts.is_empty() && errors.is_empty() {
        policy.config_errors.push(Diagnostic {
            help: Some(if document.is_toml {
                "add a table `[[tool.importlinter.contracts]]`".to_string()
            } else {
                "add a section `[importlinter:contract:name]`".to_string()
            }),
            ..invalid(start, "the config has no contracts, so no import can break one")
        });
    }
    let mut custom = custom_types(session, policy);
    custom.sort();
    let mut scope = Scope { roots: &roots, externals, custom: &custom, policy };
    for table in &config.contracts {
        let name = table.entry("name").and_then(|entry| entry.value.texts().first());
        let name = name.map(|name| name.value.as_str());
        let is_called = |called: &String| {
            Some(called.as_str()) == table.id.as_deref().or(name) || Some(called.as_str()) == name
        };
        if document.only.is_empty() || document.only.iter().any(is_called) {
            contracts::lower(table, &mut scope);
        } else {
            scope.policy.deselected_contracts.extend(table.id.clone().or_else(|| name.map(str::to_string)));
        }
    }
    policy.root_packages = Some(roots);
}

/// import-linter passes over keys that it does not know.
fn unknown_keys(session: &Table, policy: &mut Policy) {
    for entry in &session.entries {
        if KEYS.contains(&entry.key.as_str()) {
            continue;
        }
        let help = match entry.key.as_str() {
            "unmatched_ignore_imports_alerting" | "ignore_imports" | "broken_contract_guidance" => {
                "this key is for each contract: write it there".to_string()
            }
            key => match suggest(key, KEYS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the keys here are {}", listing(&KEYS[..5], "and")),
            },
        };
        policy.config_errors.push(Diagnostic {
            severity: Severity::Warning,
            annotation: Some("has no effect".to_string()),
            help: Some(help),
            ..invalid(entry.key_span, &format!("unknown key `{}`", entry.key))
        });
    }
}

/// Whether a key says `True`; import-linter takes whatever it does not know for `False`.
fn is_switched_on(session: &Table, key: &str, policy: &mut Policy) -> bool {
    let Some(entry) = session.entry(key) else { return false };
    let text = match entry.value.texts() {
        [text] => text.value.trim().to_lowercase(),
        _ => String::new(),
    };
    if !matches!(text.as_str(), "true" | "false") {
        policy.config_errors.push(Diagnostic {
            severity: Severity::Warning,
            annotation: Some("counts as `False`".to_string()),
            help: Some("write `True` or `False`".to_string()),
            ..invalid(
                entry.value.span().unwrap_or(entry.key_span),
                &format!("`{key}` is neither true nor false"),
            )
        });
    }
    text == "true"
}

fn roots(
    session: &Table,
    document: &Document,
    policy: &mut Policy,
    errors: &mut Vec<Diagnostic>,
) -> Vec<Spanned<String>> {
    let Some(entry) = session.entry("root_packages").or_else(|| session.entry("root_package")) else {
        if errors.is_empty() {
            errors.push(Diagnostic {
                annotation: Some("needs the key `root_package` or `root_packages`".to_string()),
                help: Some("name the top-level packages whose imports are looked at".to_string()),
                ..invalid(session.span, "missing key `root_package`")
            });
        }
        return Vec::new();
    };
    if let Raw::Other(span) = entry.value {
        errors.push(Diagnostic {
            annotation: Some("expected the name of a package".to_string()),
            ..invalid(span, &format!("wrong type for `{}`", entry.key))
        });
    }
    let mut roots: Vec<Spanned<String>> = Vec::new();
    for text in entry.value.texts() {
        // What was meant is plain, also where import-linter takes each character for a package.
        for name in text.value.split([',', ' ', '\t']).filter(|name| !name.is_empty()) {
            if roots.iter().all(|known| known.value != name) {
                roots.push(Spanned { value: name.to_string(), span: text.span });
            }
        }
    }
    let is_one_text = matches!(entry.value, Raw::One(_)) && entry.key == "root_packages";
    if let (true, true, Some(span)) = (is_one_text, document.is_toml, entry.value.span()) {
        policy.config_errors.push(Diagnostic {
            annotation: Some("expected an array of strings".to_string()),
            help: Some(
                "put brackets around it: import-linter takes each character for a package".to_string(),
            ),
            ..invalid(span, "wrong type for `root_packages`")
        });
    }
    if roots.is_empty() && errors.is_empty() {
        errors.push(Diagnostic {
            annotation: Some("names no package".to_string()),
            ..invalid(entry.key_span, &format!("`{}` is empty", entry.key))
        });
    }
    roots
}

/// The names of contract types that are classes of the project.
fn custom_types(session: &Table, policy: &mut Policy) -> Vec<String> {
    let mut names = Vec::new();
    for text in session.entry("contract_types").map(|entry| entry.value.texts()).unwrap_or_default() {
        match text.value.split_once(':') {
            Some((name, class)) if !name.trim().is_empty() && !class.trim().is_empty() => {
                names.push(name.trim().to_string());
            }
            _ => policy.config_errors.push(Diagnostic {
                annotation: Some("expected a name and a class, with `:` between them".to_string()),
                help: Some("for example `mine: shop.contracts.MyContract`".to_string()),
                ..invalid(text.span, &format!("`{}` in `contract_types` says nothing", text.value))
            }),
        }
    }
    names
}
