//! Writes a rule that works and finds something, for its author to change.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

/// By the digits after `RF`: the folder of the rules.
const FAMILIES: [(&str, &str); 8] = [
    ("1", "dependencies"),
    ("2", "interfaces"),
    ("3", "layers"),
    ("4", "contracts"),
    ("5", "distributions"),
    ("6", "forms"),
    ("90", "suppressions"),
    ("91", "config"),
];

const REGISTRY: &str = "rules/src/lib.rs";

pub(crate) fn run(root: &Path, code: &str, name: &str) -> Result<()> {
    let family = family(code)?;
    ensure!(is_kebab_case(name), "`{name}` is no name of a rule: write it like `undeclared-dependency`");
    let registry = fs::read_to_string(root.join(REGISTRY)).context(REGISTRY)?;
    let rules = root.join("rules/src");
    let known = known_rules(&rules)?;
    if let Some(taken) = known.iter().find(|known| known.code == code || known.name == name) {
        bail!("{} has this code or name", taken.rule);
    }
    let file_name = name.replace('-', "_");
    let rule = pascal_case(name);
    let registry = register(&registry, family, &file_name, &rule, code, &known)?;
    let fixtures = root.join("resources/fixtures").join(code);
    let files = [
        (rules.join(family).join(format!("{file_name}.rs")), source(code, name, &rule)),
        (fixtures.join("basic.md"), finding()),
        (fixtures.join("clean.md"), clean()),
    ];
    for (path, _) in &files {
        ensure!(!path.exists(), "{} is there already", path.display());
    }
    fs::create_dir_all(&fixtures)?;
    for (path, text) in &files {
        fs::write(path, text).with_context(|| path.display().to_string())?;
        println!("wrote {}", path.strip_prefix(root).unwrap_or(path).display());
    }
    fs::write(root.join(REGISTRY), registry).context(REGISTRY)?;
    println!("wrote its lines in {REGISTRY}");
    println!(
        "next: change what it finds and says, then `cargo xtask fixtures {code} --update` and `cargo xtask generate`"
    );
    Ok(())
}

fn family(code: &str) -> Result<&'static str> {
    let digits = code.strip_prefix("RF").filter(|it| it.len() == 3 && it.bytes().all(|b| b.is_ascii_digit()));
    let digits = digits.with_context(|| format!("`{code}` is no code: write it like `RF605`"))?;
    let family = FAMILIES.iter().find(|(prefix, _)| digits.starts_with(prefix));
    Ok(family.with_context(|| format!("no family of rules has the code `{code}`"))?.1)
}

fn is_kebab_case(name: &str) -> bool {
    name.split('-').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()))
}

fn pascal_case(name: &str) -> String {
    let capital = |part: &str| part[..1].to_uppercase() + &part[1..];
    name.split('-').map(capital).collect()
}

/// A rule that is there.
struct Known {
    code: String,
    name: String,
    /// Its struct.
    rule: String,
}

fn known_rules(rules: &Path) -> Result<Vec<Known>> {
    let known = |text: String| {
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.trim().strip_prefix(key))?;
            Some(line.trim_matches([' ', '"', ',']).to_string())
        };
        let rule = text.lines().find_map(|line| {
            let rule =
                line.strip_prefix("impl Rule for ").or_else(|| line.strip_prefix("impl ContractType for "));
            rule?.strip_suffix(" {")
        })?;
        Some(Known { code: value("code: ")?, name: value("name: ")?, rule: rule.to_string() })
    };
    Ok(texts(rules)?.into_iter().filter_map(known).collect())
}

/// The files of all families.
fn texts(rules: &Path) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for family in fs::read_dir(rules)? {
        let family = family?.path();
        if family.is_dir() {
            for file in fs::read_dir(family)? {
                let file = file?.path();
                // What a family shares may be in a folder of its own.
                if file.is_file() {
                    texts.push(fs::read_to_string(file)?);
                }
            }
        }
    }
    Ok(texts)
}

/// The registry with the module in its family and the rule after the one with the next lower code.
fn register(
    registry: &str,
    family: &str,
    file_name: &str,
    rule: &str,
    code: &str,
    known: &[Known],
) -> Result<String> {
    let mut lines: Vec<String> = registry.lines().map(str::to_string).collect();
    let head = format!("mod {family} {{");
    let start = lines.iter().position(|line| *line == head);
    let start = start.with_context(|| format!("{REGISTRY} has no `{head}`"))? + 1;
    let module = format!("    pub(crate) mod {file_name};");
    let after = lines[start..].iter().position(|line| *line == "}" || *line > module);
    lines.insert(start + after.with_context(|| format!("`{head}` does not end"))?, module);

    let entry = format!("    RuleEntry::of::<{family}::{file_name}::{rule}>(),");
    let before = known.iter().filter(|known| known.code.as_str() < code).max_by_key(|known| &known.code);
    let before = before.context("there is no rule with a lower code")?;
    let before = format!("::{}>(),", before.rule);
    let position = lines.iter().position(|line| line.ends_with(&before));
    lines.insert(position.with_context(|| format!("{REGISTRY} does not list `{before}`"))? + 1, entry);
    Ok(lines.join("\n") + "\n")
}

fn source(code: &str, name: &str, rule: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        r#"use crate::rule::{{Activation, ExclusiveGroup, Rule, Visitor, declare_rule}};
use crate::{{Context, Crossing, Explainer, Message}};

declare_rule! {{
    /// ## What it does
    /// Checks for imports of another boundary module's `example`.
    ///
    /// ## Why is this bad?
    /// Say what breaks, and for whom.
    ///
    /// ## Example
    /// ```python
    /// # shop/web/views.py
    /// from shop.orders import example  # {code}
    /// ```
    ///
    /// Use instead:
    /// ```python
    /// from shop.orders import place_order
    /// ```
    {rule} {{
        code: "{code}",
        name: "{name}",
        severity: Error,
        default: Activation::OptIn,
        fix: Never,
        since: "{version}",
        preview: true,
    }}
}}

impl Rule for {rule} {{
    type Violation = Crossing;
    const VISITOR: Visitor<Self> = Visitor::Edge {{ group: ExclusiveGroup::Independent, find }};

    fn message(context: &Explainer, crossing: &Crossing) -> Message {{
        let (from, to) = (context.importer_title(crossing), context.boundary_name(crossing.imported));
        let text = format!("`{{from}}` imports the `example` of `{{to}}`");
        context.crossing_message(crossing, text).help("import what the example shows")
    }}
}}

/// {code}
fn find(context: &Context, crossing: &Crossing) -> Option<Crossing> {{
    (context.member_of(crossing) == "example").then_some(*crossing)
}}
"#
    )
}

const TREE: &str = r#"```toml ringfence.toml
[modules."shop.orders"]
[modules."shop.web"]
```
"#;

fn finding() -> String {
    format!(
        "# An import that breaks the rule\n\n{TREE}```python shop/web.py\nfrom shop.orders import example\n```\n```empty\n\
         shop/orders.py\n```\n"
    )
}

fn clean() -> String {
    format!(
        "# Imports that do not\n\n{TREE}```python shop/web.py\nfrom shop.orders import place_order\n```\n```empty\n\
         shop/orders.py\n```\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTRY: &str = "\
mod forms {
    pub(crate) mod beta;
    pub(crate) mod delta;
}
pub static RULES: &[RuleEntry] = &[
    RuleEntry::of::<forms::delta::Delta>(),
    RuleEntry::of::<forms::beta::Beta>(),
];
";

    #[test]
    fn a_rule_is_registered_in_the_order_of_names_and_of_codes() {
        let known = [("RF602", "Beta"), ("RF601", "Delta")].map(|(code, rule)| Known {
            code: code.to_string(),
            name: rule.to_lowercase(),
            rule: rule.to_string(),
        });
        let text = register(REGISTRY, "forms", "gamma", "Gamma", "RF603", &known).unwrap();
        let order: Vec<&str> =
            text.lines().filter(|line| line.contains("mod ") || line.contains("of::")).collect();
        assert_eq!(
            order,
            [
                "mod forms {",
                "    pub(crate) mod beta;",
                "    pub(crate) mod delta;",
                "    pub(crate) mod gamma;",
                "    RuleEntry::of::<forms::delta::Delta>(),",
                "    RuleEntry::of::<forms::beta::Beta>(),",
                "    RuleEntry::of::<forms::gamma::Gamma>(),",
            ]
        );
        assert!(register(REGISTRY, "layers", "gamma", "Gamma", "RF303", &known).is_err());
    }

    #[test]
    fn codes_and_names_are_checked() {
        assert_eq!(family("RF605").unwrap(), "forms");
        assert_eq!(family("RF912").unwrap(), "config");
        for bad in ["RF7", "RF701", "605", "RF60x", "rf605"] {
            assert!(family(bad).is_err(), "{bad}");
        }
        assert!(is_kebab_case("late-import"));
        for bad in ["", "Late-import", "late_import", "late--import", "late2"] {
            assert!(!is_kebab_case(bad), "{bad}");
        }
        assert_eq!(pascal_case("late-import"), "LateImport");
    }

    #[test]
    fn every_rule_is_known() {
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/src");
        let registry = fs::read_to_string(rules.join("lib.rs")).unwrap();
        let known = known_rules(&rules).unwrap();
        let listed = registry.lines().filter(|line| line.trim_start().starts_with("RuleEntry::of::<"));
        assert_eq!(listed.count(), known.len());
        register(&registry, "forms", "some_name", "SomeName", "RF698", &known).unwrap();
    }
}
