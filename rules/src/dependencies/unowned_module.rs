use std::collections::BTreeMap;

use ringfence_diagnostics::{FileId, Label};
use ringfence_graph::{ModuleId, Target};
use ringfence_policy::ModulePattern;
use rustc_hash::FxHashMap;

use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{BoundaryId, Context, Explainer, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for files that no boundary module owns. Off unless the config says `strict-ownership = true`.
    ///
    /// ## Why is this bad?
    /// Hardly any boundary rule applies to such a file: no `depends-on` limits its imports, and anyone may import it.
    /// New code starts there unnoticed.
    ///
    /// The help suggests a boundary module that could own the file: the one that imports it most, else the one that
    /// it imports most, else the one beside it whose name it shares.
    ///
    /// ## Example
    /// ```toml
    /// strict-ownership = true
    ///
    /// [modules."shop.web"]
    /// ```
    ///
    /// RF105 then reports the file `shop/reports/monthly.py`. Use instead:
    /// ```toml
    /// [modules."shop.web"]
    ///
    /// [modules."shop.reports"]
    /// ```
    ///
    /// ## Options
    /// - `strict-ownership`
    /// - `exclude`
    UnownedModule {
        code: "RF105",
        name: "unowned-module",
        severity: Error,
        default: Activation::ByConfig("strict-ownership = true"),
        fix: Never,
        since: "0.1.0",
    }
}

/// A file that nobody owns, with who could.
#[derive(Debug, Hash)]
pub(crate) struct Unowned {
    module: ModuleId,
    suggestion: Option<Suggestion>,
}

impl Rule for UnownedModule {
    type Violation = Unowned;
    const VISITOR: Visitor<Self> = Visitor::Project(find);

    fn message(context: &Explainer, violation: &Unowned) -> Message {
        let Unowned { module, suggestion } = violation;
        let name = context.module_name(*module);
        let suggested = match suggestion {
            Some(Suggestion { owner, because }) => {
                format!("; it could belong to `{}`, {}", context.boundary_name(*owner), because.as_str())
            }
            None => String::new(),
        };
        let package = if name.contains('.') { " or a package around it" } else { "" };
        let message = Message::new(format!("`{name}` is owned by no boundary module"));
        let message = message.help(match ModulePattern::parse(name) {
            Ok(_) => format!("declare `[modules.\"{name}\"]`{package}, or exclude the file{suggested}"),
            // A folder with a dot in its name is on the way.
            Err(_) => format!("exclude the file, which no name of a module stands for{suggested}"),
        });
        match context.policy.strict_ownership {
            Some(span) => message.label(Label::new(span, "every file must have an owner")),
            None => message,
        }
    }
}

/// RF105: a suggestion who could own the file.
fn find(context: &Context, findings: &mut Findings<UnownedModule>) {
    if context.policy.strict_ownership.is_none() {
        return;
    }
    let mut unowned: Vec<(FileId, ModuleId)> = Vec::new();
    for (position, facts) in context.facts.iter().enumerate() {
        let file = FileId::new(position);
        if facts.is_some()
            && let Some(module) = context.graph.index().of_file(file)
            && context.boundaries.owner(module.module).is_none()
        {
            unowned.push((file, module.module));
        }
    }
    if unowned.is_empty() {
        return;
    }
    let ties = Ties::count(context);
    for (file, module) in unowned {
        let suggestion = ties.suggestion(context, module);
        findings.push(Site::File(file), Unowned { module, suggestion });
    }
}

/// A boundary module that could own a file, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Suggestion {
    owner: BoundaryId,
    because: Because,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Because {
    OnlyImporter,
    MostImports,
    OnlyImported,
    MostImported,
    Name,
}

impl Because {
    fn as_str(self) -> &'static str {
        match self {
            Self::OnlyImporter => "the only boundary module that imports it",
            Self::MostImports => "which imports it most",
            Self::OnlyImported => "the only boundary module that it imports",
            Self::MostImported => "which it imports most",
            Self::Name => "whose name it shares",
        }
    }
}

/// How often modules that nobody owns and boundary modules import each other.
#[derive(Debug, Default)]
struct Ties {
    imported_by: FxHashMap<ModuleId, Counts>,
    imports: FxHashMap<ModuleId, Counts>,
}

type Counts = BTreeMap<BoundaryId, u32>;

impl Ties {
    fn count(context: &Context) -> Self {
        let mut ties = Self::default();
        let index = context.graph.index();
        for edge in context.graph.edges() {
            let (Some(importer), Target::Module { module: imported, .. }) =
                (index.of_file(edge.file), edge.target)
            else {
                continue;
            };
            let importer = importer.module;
            match (context.boundaries.owner(importer), context.boundaries.owner(imported)) {
                (Some(owner), None) => {
                    *ties.imported_by.entry(imported).or_default().entry(owner).or_default() += 1;
                }
                (None, Some(owner)) => {
                    *ties.imports.entry(importer).or_default().entry(owner).or_default() += 1;
                }
                _ => {}
            }
        }
        ties
    }

    /// Whoever uses a module has most reason to own it, then what it is about, then what it is called like.
    fn suggestion(&self, context: &Context, module: ModuleId) -> Option<Suggestion> {
        let by_imports = [
            (&self.imported_by, Because::OnlyImporter, Because::MostImports),
            (&self.imports, Because::OnlyImported, Because::MostImported),
        ];
        for (ties, only, most) in by_imports {
            let Some(counts) = ties.get(&module) else { continue };
            if let Some(owner) = clear_winner(counts) {
                return Some(Suggestion { owner, because: if counts.len() == 1 { only } else { most } });
            }
        }
        Some(Suggestion { owner: namesake(context, module)?, because: Because::Name })
    }
}

/// The one with the highest count, if no other has it too.
fn clear_winner(counts: &Counts) -> Option<BoundaryId> {
    let most = *counts.values().max()?;
    let mut winners = counts.iter().filter(|(_, count)| **count == most);
    let (winner, _) = winners.next()?;
    winners.next().is_none().then_some(*winner)
}

/// The boundary module beside a module that is called like the start or the end of its name: `shop.web` for
/// `shop.web_api`.
fn namesake(context: &Context, module: ModuleId) -> Option<BoundaryId> {
    let index = context.graph.index();
    let name = index.name(module);
    let (package, last) = name.rsplit_once('.').map_or(("", name), |(package, last)| (package, last));
    let mut words: Vec<&str> = last.match_indices('_').map(|(at, _)| &last[..at]).rev().collect();
    words.extend(last.match_indices('_').map(|(at, _)| &last[at + 1..]));
    words.into_iter().filter(|word| !word.is_empty()).find_map(|word| {
        let beside = if package.is_empty() { word.to_string() } else { format!("{package}.{word}") };
        context.boundaries.at(index.get(&beside)?)
    })
}
