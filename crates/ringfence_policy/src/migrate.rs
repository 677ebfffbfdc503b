//! From the policy of another tool's config to one that the native format can say.

mod both;
mod import_linter;

use ringfence_diagnostics::Span;
use ruff_text_size::TextRange;

use crate::{
    Dependency, Dialect, ExternalsDialect, ForbiddenModule, Interface, ModuleDeclaration, ModulePattern,
    Policy, ROOT_MODULE, Spanned, UnknownNames, WalkDialect,
};

pub use both::in_one;
pub use import_linter::contracts_to_native;

/// Something that the native format has no words for. Completes "the native format cannot say ...".
pub type Unsaid = String;

/// The policy of a Tach config in the words of the native format, as [`native::write`](crate::native::write()) writes it.
///
/// What the other tool does not see is not carried over: what falls into its gaps is a finding once it is gone. The native format selects the
/// rules of which `is_opt_in` says, by code, that they are off where nobody names them.
///
/// # Errors
/// Everything that cannot be said.
pub fn to_native(policy: &Policy, is_opt_in: impl Fn(&str) -> bool) -> Result<Policy, Vec<Unsaid>> {
    let mut unsaid = Vec::new();
    let mut native = policy.clone();
    // All or none: an interface that stays speaks beside what a module exposes itself.
    let as_exposes = policy.interfaces.iter().all(|interface| can_be_exposed(policy, interface));
    if as_exposes {
        native.interfaces = Vec::new();
    }
    native.modules = Vec::new();
    native.domains = Vec::new();
    native.config_errors = Vec::new();
    for module in &policy.modules {
        for pattern in patterns(&module.pattern, &mut unsaid) {
            let exposes = if as_exposes { exposes(policy, pattern.value.as_str()) } else { None };
            // Of two declarations the later was meant.
            native.modules.retain(|known| known.pattern.value != pattern.value);
            native.modules.push(declaration(module, pattern, exposes, &mut unsaid));
        }
    }
    native.linter.select = None;
    let selected = policy.linter.select.iter().flatten();
    native.linter.extend_select = selected.filter(|rule| is_opt_in(&rule.value)).cloned().collect();
    let excluded = policy.linter.exclude.iter().flatten();
    let mut exclude: Vec<Spanned<String>> = excluded.filter_map(|line| exclude(line, &mut unsaid)).collect();
    if policy.dialect.walk.only_plain_files {
        // Hidden files and folders.
        let nowhere = Span::new(policy.config, TextRange::default());
        exclude.push(Spanned { value: ".*".to_string(), span: nowhere });
    }
    native.linter.exclude = Some(exclude);
    let Dialect { downward, precedence, unowned, missing_modules, nested_imports, comments, .. } =
        policy.dialect;
    native.dialect = Dialect {
        downward,
        precedence,
        unowned,
        missing_modules,
        nested_imports,
        comments,
        externals: ExternalsDialect {
            exclude: policy.dialect.externals.exclude.clone(),
            ..ExternalsDialect::default()
        },
        unknown_names: UnknownNames::Error,
        walk: WalkDialect::default(),
        ..Dialect::default()
    };
    for (is_said, what) in [
        (policy.dialect.dotted_strings, "imports named in strings"),
        (policy.dialect.foreign_keys, "what foreign keys refer to"),
    ] {
        if is_said {
            unsaid.push(what.to_string());
        }
    }
    unsaid.sort();
    unsaid.dedup();
    if unsaid.is_empty() { Ok(native) } else { Err(unsaid) }
}

fn declaration(
    module: &ModuleDeclaration,
    pattern: Spanned<ModulePattern>,
    exposes: Option<Spanned<Vec<Spanned<ModulePattern>>>>,
    unsaid: &mut Vec<Unsaid>,
) -> ModuleDeclaration {
    let mut forbids: Vec<ForbiddenModule> = Vec::new();
    for entry in &module.forbids {
        for pattern in patterns(&entry.pattern, unsaid) {
            if forbids.iter().all(|known| known.pattern.value != pattern.value) {
                forbids.push(ForbiddenModule { pattern, reason: entry.reason.clone() });
            }
        }
    }
    let depends_on = module.depends_on.as_ref().map(|list| {
        let mut entries: Vec<Dependency> = Vec::new();
        for entry in &list.value {
            for named in patterns(&entry.pattern, unsaid) {
                let is_known = entries.iter().any(|known| known.pattern.value == named.value);
                let is_forbidden = forbids.iter().any(|known| known.pattern.value == named.value);
                // A module always depends on itself, and never on what it forbids.
                if !is_known && !is_forbidden && named.value != pattern.value {
                    entries.push(Dependency { pattern: named, ..entry.clone() });
                }
            }
        }
        Spanned { value: entries, span: list.span }
    });
    let visible_to = module.visible_to.as_ref().map(|list| Spanned {
        value: distinct(list.value.iter().flat_map(|name| patterns(name, unsaid)).collect()),
        span: list.span,
    });
    ModuleDeclaration { pattern, depends_on, forbids, exposes, visible_to, ..module.clone() }
}

/// Whether what an interface says can stand in `exposes` of the modules that it is for.
fn can_be_exposed(policy: &Policy, interface: &Interface) -> bool {
    let Interface { of, exposes, visible_to, exclusive, data_types } = interface;
    let names = || policy.modules.iter().filter_map(|module| module.pattern.value.exact());
    let is_known = |of: &Spanned<ModulePattern>| {
        // Which modules a pattern stands for is not known here.
        of.value.as_str() == ".*"
            || names().count() == policy.modules.len()
            || names().any(|name| of.value.matches(name))
    };
    visible_to.is_none()
        && !exclusive
        && data_types.is_none()
        && of.iter().all(is_known)
        && exposes.value.iter().all(|member| native_member(&member.value).is_some())
}

/// What the interfaces that are for a module expose of it.
fn exposes(policy: &Policy, module: &str) -> Option<Spanned<Vec<Spanned<ModulePattern>>>> {
    let matches = |of: &ModulePattern| of.matches(module) || of.as_str() == ".*";
    let is_for = |interface: &&Interface| interface.of.iter().any(|pattern| matches(&pattern.value));
    let interfaces: Vec<&Interface> =
        policy.interfaces.iter().filter(is_for).filter(|_| module != ROOT_MODULE).collect();
    let first = interfaces.first()?;
    let members = interfaces.iter().flat_map(|interface| &interface.exposes.value);
    let exposed = members
        .filter_map(|member| Some(Spanned { value: native_member(&member.value)?, span: member.span }))
        .collect();
    Some(Spanned { value: distinct(exposed), span: first.exposes.span })
}

/// A regular expression over members as a pattern: a name, a name with `.*` behind it, or `.*`.
fn native_member(member: &ModulePattern) -> Option<ModulePattern> {
    let ModulePattern::Regex(_) = member else { return Some(member.clone()) };
    let text = member.as_str();
    let text = match text.strip_suffix(".*") {
        Some("") => "**".to_string(),
        Some(prefix) => format!("{prefix}*.**"),
        None => return None,
    };
    let is_plain = text.trim_end_matches("*.**").chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_plain || text == "**").then(|| ModulePattern::parse(&text).ok()).flatten()
}

/// A pattern over modules in native ones, which match the same names.
fn patterns(pattern: &Spanned<ModulePattern>, unsaid: &mut Vec<Unsaid>) -> Vec<Spanned<ModulePattern>> {
    let ModulePattern::Glob(glob) = &pattern.value else { return vec![pattern.clone()] };
    let text = pattern.value.as_str();
    let expanded =
        alternatives(text).filter(|all| all.iter().all(|text| !text.contains(['?', '[', ']', '\\'])));
    let native = expanded.map(|all| {
        let native = all.into_iter().map(|text| match (glob.stays_in_segment(), text.as_str()) {
            (true, "**") => "*".to_string(),
            (true, _) => text,
            // Past dots, too.
            (false, "*") => "**".to_string(),
            (false, text) => match text.strip_suffix(".*") {
                Some(above) if !above.contains('*') => format!("{above}.*.**"),
                _ if text.contains('*') => "?".to_string(),
                _ => text.to_string(),
            },
        });
        native.map(|text| ModulePattern::parse(&text)).collect::<Result<Vec<_>, _>>()
    });
    if let Some(Ok(native)) = native {
        return native.into_iter().map(|value| Spanned { value, span: pattern.span }).collect();
    }
    unsaid.push(format!("the glob `{text}`"));
    Vec::new()
}

/// Nobody reads as many entries in the place of one.
const MOST_ALTERNATIVES: usize = 256;

/// `a.{b,c}` as `a.b` and `a.c`; nothing where braces do not match, or stand for too much.
fn alternatives(text: &str) -> Option<Vec<String>> {
    let inside = text.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let mut counts = inside.map(|inside| inside.matches(',').count() + 1);
    counts.try_fold(1_usize, |product, count| {
        product.checked_mul(count).filter(|product| *product <= MOST_ALTERNATIVES)
    })?;
    expanded(text)
}

fn expanded(text: &str) -> Option<Vec<String>> {
    let Some(open) = text.find('{') else { return (!text.contains('}')).then(|| vec![text.to_string()]) };
    let close = open + text[open..].find('}')?;
    let inside = &text[open + 1..close];
    if inside.contains('{') {
        return None;
    }
    let mut all = Vec::new();
    for alternative in inside.split(',') {
        all.extend(expanded(&format!("{}{alternative}{}", &text[..open], &text[close + 1..]))?);
    }
    Some(all)
}

/// A line of a `.gitignore` as a glob of the native format; nothing for one that matches nothing.
fn exclude(line: &Spanned<String>, unsaid: &mut Vec<Unsaid>) -> Option<Spanned<String>> {
    let text = line.value.trim_end_matches('/');
    if text.is_empty() || text.starts_with("./") || text.starts_with('!') || text.contains('\\') {
        return None;
    }
    let value = match text.strip_prefix('/') {
        Some(anchored) if anchored.contains('/') => anchored.to_string(),
        Some(_) => {
            unsaid.push(format!("the exclude `{}`, which is for one place only", line.value));
            return None;
        }
        None => text.to_string(),
    };
    Some(Spanned { value, span: line.span })
}

fn distinct(patterns: Vec<Spanned<ModulePattern>>) -> Vec<Spanned<ModulePattern>> {
    let mut kept: Vec<Spanned<ModulePattern>> = Vec::new();
    for pattern in patterns {
        if kept.iter().all(|known| known.value != pattern.value) {
            kept.push(pattern);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_are_written_out() {
        assert_eq!(alternatives("a.{b,c}.{d,e}").unwrap(), ["a.b.d", "a.b.e", "a.c.d", "a.c.e"]);
        assert_eq!(alternatives("a.{b"), None);
        assert_eq!(alternatives("a}"), None);
        assert_eq!(alternatives(&"{a,b}".repeat(8)).unwrap().len(), 256);
        assert_eq!(alternatives(&"{a,b}".repeat(9)), None);
        assert_eq!(alternatives(&"{a,b}".repeat(10_000)), None);
    }

    #[test]
    fn a_prefix_of_members_is_a_pattern() {
        for (regex, native) in
            [(".*", Some("**")), ("api.*", Some("api*.**")), ("a|b", None), ("(x).*", None)]
        {
            let member = native_member(&ModulePattern::regex(regex).unwrap());
            assert_eq!(member.as_ref().map(ModulePattern::as_str), native, "{regex}");
            if let (Some(member), true) = (member, regex == "api.*") {
                for name in ["api", "api.get", "apifoo", "apifoo.x.y"] {
                    assert!(member.matches(name), "{name}");
                }
                assert!(!member.matches("ap"));
            }
        }
    }
}
