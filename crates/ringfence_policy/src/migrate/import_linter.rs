//! From the policy of an import-linter config to one that the native format can say.

use std::collections::HashSet;

use ringfence_diagnostics::Span;
use ruff_text_size::TextRange;

use super::Unsaid;
use crate::{
    Contract, Dialect, Elsewhere, Exception, MissingModules, ModulePattern, Patterns, PeerGaps, Policy,
    Segment, Spanned, Terms, WalkDialect,
};

/// The policy in the words of the native format, with the folders that the names of its root packages were counted from.
///
/// # Errors
/// Everything that cannot be said.
pub fn contracts_to_native(policy: &Policy, source_roots: &[String]) -> Result<Policy, Vec<Unsaid>> {
    let nowhere = Span::new(policy.config, TextRange::default());
    let mut unsaid = Vec::new();
    let mut native = policy.clone();
    let root = |root: &String| Spanned { value: root.clone(), span: nowhere };
    native.source_roots = Some(source_roots.iter().map(root).collect());
    native.config_errors = Vec::new();
    native.unchecked = Vec::new();
    native.linter.select = None;
    native.linter.severity = Vec::new();
    // Whatever is from elsewhere has the name that it is imported by.
    let of_elsewhere = policy.dialect.elsewhere == Elsewhere::TopLevel;
    let is_strict = policy.dialect.missing_modules == MissingModules::RootPackage;
    native.dialect = Dialect {
        missing_modules: if is_strict { MissingModules::RootPackage } else { MissingModules::Nowhere },
        typing_guards: policy.dialect.typing_guards,
        peer_gaps: PeerGaps::empty(),
        walk: WalkDialect { only_packages: true, ..WalkDialect::default() },
        ..Dialect::default()
    };
    name_apart(&mut native.contracts);
    for contract in &mut native.contracts {
        contract_to_native(contract, of_elsewhere, &mut unsaid);
    }
    unsaid.sort();
    unsaid.dedup();
    if unsaid.is_empty() { Ok(native) } else { Err(unsaid) }
}

/// Gives each contract an id of its own.
fn name_apart(contracts: &mut [Contract]) {
    let mut taken: HashSet<String> = contracts.iter().map(|contract| contract.id().to_string()).collect();
    let mut seen: HashSet<String> = HashSet::new();
    for contract in contracts {
        let id = contract.id().to_string();
        if !seen.insert(id.clone()) {
            let free = (2..usize::MAX)
                .map(|number| format!("{id}-{number}"))
                .find(|free| taken.insert(free.clone()));
            contract.id = free;
        }
    }
}

fn contract_to_native(contract: &mut Contract, of_elsewhere: bool, unsaid: &mut Vec<Unsaid>) {
    let lists: Vec<&mut Patterns> = match &mut contract.terms {
        Terms::Forbidden { from, to, .. } | Terms::Required { from, to, .. } => vec![from, to],
        Terms::Layers { containers, .. } => containers.iter_mut().collect(),
        Terms::Independent { modules } => vec![modules],
        Terms::Protected { modules, importers, .. } => vec![modules, importers],
        Terms::Acyclic { packages, skip, .. } => vec![packages, skip],
        Terms::Startup { entries, must_not_load, .. } => vec![&mut entries.modules, must_not_load],
    };
    for pattern in lists.into_iter().flatten() {
        if of_elsewhere && pattern.value.exact().is_none() && pattern.value.literal_prefix().is_none() {
            unsaid.push(format!(
                "the pattern `{}`, which also stands for packages from elsewhere",
                pattern.value
            ));
        }
        pattern.value = native_pattern(&pattern.value, unsaid);
    }
    for Exception { importer, imported, .. } in &mut contract.exceptions {
        *importer = native_pattern(importer, unsaid);
        *imported = native_pattern(imported, unsaid);
    }
}

/// `a.**`, which is what is below `a`, is `a.*.**` here.
fn native_pattern(pattern: &ModulePattern, unsaid: &mut Vec<Unsaid>) -> ModulePattern {
    let ModulePattern::Segments { segments, .. } = pattern else {
        // A name may be anything there, and here it has to be one.
        return ModulePattern::parse(pattern.as_str()).unwrap_or_else(|error| {
            unsaid.push(format!("the module `{pattern}`, which {}", error.0));
            pattern.clone()
        });
    };
    let text: Vec<&str> = segments
        .iter()
        .map(|segment| match segment {
            Segment::One(text) => text,
            Segment::Any => "**",
        })
        .collect();
    ModulePattern::parse(&text.join(".")).unwrap_or_else(|error| {
        unsaid.push(format!("the pattern `{pattern}`, which {}", error.0));
        pattern.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_the_same_names() {
        for text in ["a", "a.*", "a.**", "*.b", "**.b", "**", "a.*.b.**"] {
            let theirs = ModulePattern::expression(text).unwrap();
            let ours = native_pattern(&theirs, &mut Vec::new());
            for name in ["a", "b", "a.b", "a.b.c", "a.x.b", "a.x.b.y", "a.x.b.y.z", "x.y.b"] {
                assert_eq!(theirs.matches(name), ours.matches(name), "{text} {ours} {name}");
            }
        }
        assert!(!ModulePattern::expression("a.**").unwrap().matches("a"));
    }
}
