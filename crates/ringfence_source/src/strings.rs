//! Strings that name modules, where the config takes them for imports.

use crate::{FileFacts, Import, ImportContext, ImportForm, ImportedName, ModuleFacts};

/// Which strings count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NamingStrings {
    /// Those with two dots or more.
    pub dotted: bool,
    /// What foreign keys of Django models refer to.
    pub foreign_keys: bool,
}

/// Adds an import for each string of a file that names a module, as far as these count.
pub fn add_naming_strings(facts: &mut FileFacts, module: &ModuleFacts, which: NamingStrings) {
    let dotted = module.dotted_strings.iter().filter(|(name, _)| name.as_str().matches('.').count() > 1);
    let dotted = dotted.filter(|_| which.dotted);
    let foreign_keys = module.foreign_keys.iter().filter(|_| which.foreign_keys);
    for (name, range) in dotted.chain(foreign_keys) {
        let position = facts.names.len() as u32;
        facts.names.push(ImportedName { name: *name, range: *range, alias: None });
        facts.imports.push(Import {
            range: *range,
            form: ImportForm::Import { level: 0 },
            context: ImportContext::STRING,
            names: (position, position + 1),
        });
    }
    facts.sort();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SourceKind, parse_module};

    #[test]
    fn strings_with_dots_and_foreign_keys_are_imports() {
        let text = "import a\n\"a.b.c\"\nx = {'k.l.m': 1}\n'not one'\n'a.b'\nif x:\n    y = models.ForeignKey('shop.Order')\n\
                    z = ForeignKey(to=\"auth.User\", on_delete=1)\n";
        let parsed = parse_module(text, SourceKind::Python);
        let names = |which| {
            let mut facts = parsed.facts.clone();
            add_naming_strings(&mut facts, &parsed.module, which);
            let names = facts.imports.iter().flat_map(|import| facts.names_of(import));
            names.map(|name| facts.name(name.name)).collect::<Vec<_>>()
        };
        assert_eq!(names(NamingStrings::default()), ["a"]);
        assert_eq!(names(NamingStrings { dotted: true, foreign_keys: false }), ["a", "a.b.c", "k.l.m"]);
        let all = NamingStrings { dotted: true, foreign_keys: true };
        assert_eq!(names(all), ["a", "a.b.c", "k.l.m", "shop.Order", "auth.User"]);
    }
}
