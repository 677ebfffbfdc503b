//! Hovers in Python source.

use gen_lsp_types::{Contents, Hover, MarkupContent, MarkupKind, Position};
use ringfence_diagnostics::{Diagnostic, FileId, Files as _};
use ringfence_graph::{Edge, Target};
use ringfence_project::Session;
use ringfence_rules::RuleId;
use ruff_source_file::PositionEncoding;
use ruff_text_size::{TextRange, TextSize};

use crate::positions::Lines;
use crate::project::State;

/// On an import: both boundary modules, and the rules that allow or deny it. On a code in a suppression: the docs of the rule.
pub(crate) fn hover(
    state: &State,
    file: FileId,
    position: Position,
    encoding: PositionEncoding,
) -> Option<Hover> {
    let session = &state.session;
    let source = session.text(file)?;
    let lines = Lines::of_file(&source);
    let offset = lines.offset(position, encoding);
    let (text_range, markdown) = code_at(session, file, offset).or_else(|| import_at(state, file, offset))?;
    Some(markdown_hover(markdown, Some(lines.range(text_range, encoding))))
}

pub(crate) fn markdown_hover(value: String, range: Option<gen_lsp_types::Range>) -> Hover {
    Hover { contents: Contents::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value }), range }
}

/// The docs of a rule, in Markdown.
pub(crate) fn rule_markdown(code_or_name: &str) -> Option<String> {
    let metadata = RuleId::from_code_or_name(code_or_name)?.metadata();
    let url = ringfence_diagnostics::rule_url(metadata.name);
    Some(format!("**{}** [{}]({url})\n\n{}", metadata.code, metadata.name, metadata.explanation))
}

fn code_at(session: &Session, file: FileId, offset: TextSize) -> Option<(TextRange, String)> {
    let facts = session.facts(file)?;
    let mut codes = facts.suppressions.iter().flat_map(|suppression| &suppression.codes);
    let code = codes.find(|code| code.range.contains_inclusive(offset))?;
    Some((code.range, rule_markdown(facts.name(code.name))?))
}

fn import_at(state: &State, file: FileId, offset: TextSize) -> Option<(TextRange, String)> {
    let session = &state.session;
    let facts = session.facts(file)?;
    let (position, import) =
        facts.imports.iter().enumerate().find(|(_, import)| import.range.contains_inclusive(offset))?;
    let edges = session.graph().edges_of(file);
    let mut edges = edges.iter().filter(|edge| edge.import as usize == position);
    let name_range = |edge: &Edge| facts.names.get(edge.name as usize).map(|name| name.range);
    let at_cursor =
        edges.clone().find(|edge| name_range(edge).is_some_and(|range| range.contains_inclusive(offset)));
    let edge = at_cursor.or_else(|| edges.next())?;
    let range = at_cursor.and_then(name_range).unwrap_or(import.range);
    // Only findings on this name: others of the same statement may be fine.
    let found = state.live.diagnostics(file).iter().filter(|found| Some(found.range) == name_range(edge));
    let found: Vec<&Diagnostic> = found.map(AsRef::as_ref).collect();
    Some((range, describe(session, file, edge, &found)?))
}

fn describe(session: &Session, file: FileId, edge: &Edge, found: &[&Diagnostic]) -> Option<String> {
    let facts = session.facts(file)?;
    let index = session.graph().index();
    let importer = index.name(index.of_file(file)?.module);
    let written = session.graph().imported_name(edge, facts);
    let Target::Module { module, missing, .. } = edge.target else {
        let from = match edge.target {
            Target::StandardLibrary => "standard library",
            Target::ThirdParty => "third-party",
            Target::Module { .. } | Target::Unresolved => "not found",
        };
        return Some(format!("`{written}`: {from}"));
    };
    let imported = index.name(module);
    let why = session.why(importer, imported)?;
    let mut lines = vec![format!("`{importer}` imports `{written}` ({})", edge.kind.as_str()), String::new()];
    if missing {
        lines.push(format!("`{written}` does not exist; it is checked as part of `{imported}`.\n"));
    }
    for (title, boundary) in [("from", &why.importer_boundary), ("to", &why.imported_boundary)] {
        lines.push(match boundary {
            Some(name) => format!("- {title} **{name}**{}", layer_and_owner(session, name)),
            None => format!("- {title} no boundary module"),
        });
    }
    lines.push(String::new());
    let is_allowed = why.allowed && found.is_empty();
    lines.push(if is_allowed { "**allowed**".to_string() } else { "**not allowed**".to_string() });
    lines.extend(found.iter().map(|found| format!("- \u{2717} {}: {}", found.code, found.message)));
    for reason in &why.reasons {
        // A reason that allows some names of a module may deny this one.
        let is_against = !reason.allows || found.iter().any(|found| found.code == reason.code);
        let sign = if is_against { "\u{2717}" } else { "\u{2713}" };
        let place = reason.span.and_then(|span| {
            let source = session.text(span.file)?;
            let row = source.to_source_code().line_index(span.range.start());
            let name = session.path(span.file).file_name()?.to_string_lossy().into_owned();
            Some(format!(" ({name}:{row})"))
        });
        lines.push(format!("- {sign} {}: {}{}", reason.code, reason.text, place.unwrap_or_default()));
    }
    if why.way.len() > 1 {
        let way: Vec<String> = why.way.iter().map(|module| format!("`{module}`")).collect();
        lines.push(format!("\nthe nearest allowed way: {}", way.join(" \u{2192} ")));
    }
    Some(lines.join("\n"))
}

/// The layer and the owner of a boundary module, as a suffix of its name; empty if it has neither.
fn layer_and_owner(session: &Session, name: &str) -> String {
    let boundaries = session.boundaries();
    let Some(id) = session.graph().index().get(name).and_then(|module| boundaries.at(module)) else {
        return String::new();
    };
    let policy = session.policy();
    let mut text = String::new();
    if let Some(layer) = boundaries.layer(id).and_then(|layer| policy.layers.get(layer)) {
        text.push_str(&format!(", layer `{}`", layer.name.value));
    }
    let declaration = policy.modules.get(boundaries.get(id).declaration);
    if let Some(owner) = declaration.and_then(|declaration| declaration.owner.as_ref()) {
        text.push_str(&format!(", owner {}", owner.value));
    }
    text
}
