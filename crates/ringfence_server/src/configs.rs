//! Names in config files: hover, go to definition and completion.

use gen_lsp_types::{CompletionItem, CompletionItemKind, Location, Position, Range};
use ringfence_diagnostics::Files as _;
use ringfence_graph::{ModuleId, ModuleKind, Target};
use ringfence_project::Session;
use ringfence_rules::RULES;
use ruff_source_file::PositionEncoding;
use ruff_text_size::TextRange;
use rustc_hash::FxHashSet;

use crate::hover::rule_markdown;
use crate::positions::{Lines, size};
use crate::project::State;
use crate::uris::uri_of;

/// A longer list helps nobody; the next letter asks again.
const MOST_COMPLETIONS: usize = 500;

/// The token under the cursor: the longest run of characters that names of modules, layers and rules consist of.
pub(crate) struct Token {
    pub(crate) text: String,
    /// The part before the cursor.
    before: String,
    pub(crate) range: Range,
}

impl Token {
    pub(crate) fn at(text: &str, position: Position, encoding: PositionEncoding) -> Self {
        let lines = Lines::new(text);
        let offset = lines.offset(position, encoding).to_usize();
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '*' | '-' | '@');
        let start = text[..offset].char_indices().rev().take_while(|(_, c)| is_part(*c)).last();
        let start = start.map_or(offset, |(start, _)| start);
        let after = text[offset..].find(|c| !is_part(c)).map_or(text.len(), |end| offset + end);
        Self {
            text: text[start..after].to_string(),
            before: text[start..offset].to_string(),
            range: lines.range(TextRange::new(size(start), size(after)), encoding),
        }
    }
}

/// Describes the rule, module or layer that a token names, in Markdown.
pub(crate) fn describe(session: &Session, token: &str) -> Option<String> {
    if let Some(rule) = rule_markdown(token) {
        return Some(rule);
    }
    let index = session.graph().index();
    if let Some(module) = index.get(token) {
        return Some(describe_module(session, module));
    }
    let policy = session.policy();
    let layer = policy.layers.iter().find(|layer| layer.name.value == token)?;
    let boundaries = session.boundaries();
    let members = boundaries.iter().filter(|(id, _)| {
        boundaries
            .layer(*id)
            .and_then(|position| policy.layers.get(position))
            .is_some_and(|of| of.name.value == token)
    });
    let members: Vec<String> =
        members.map(|(_, boundary)| format!("`{}`", index.name(boundary.module))).collect();
    let closed = if layer.closed { ", closed" } else { "" };
    Some(format!(
        "layer **{token}**{closed}: {}",
        if members.is_empty() { "no module".to_string() } else { members.join(", ") }
    ))
}

fn describe_module(session: &Session, module: ModuleId) -> String {
    let index = session.graph().index();
    let kind = match index.module(module).kind {
        ModuleKind::Package => "package",
        ModuleKind::Namespace => "namespace package",
        _ => "module",
    };
    let below = index.subtree(module).count();
    let boundaries = session.boundaries();
    let mut lines = vec![format!(
        "{kind} **{}**, {below} {}",
        index.name(module),
        if below == 1 { "module" } else { "modules" }
    )];
    let Some(id) = boundaries.at(module) else {
        let owner = boundaries.owner(module).map(|id| index.name(boundaries.get(id).module));
        lines.push(match owner {
            Some(owner) => format!("part of `{owner}`"),
            None => "not in a boundary module".to_string(),
        });
        return lines.join("\n\n");
    };
    let (mut imports, mut imported_by) = (FxHashSet::default(), FxHashSet::default());
    for edge in session.graph().edges() {
        let Target::Module { module: target, .. } = edge.target else { continue };
        let from = index.of_file(edge.file).and_then(|file| boundaries.owner(file.module));
        let to = boundaries.owner(target);
        if from != to {
            if from == Some(id) {
                imports.extend(to);
            }
            if to == Some(id) {
                imported_by.extend(from);
            }
        }
    }
    for (title, others) in [("imports", imports), ("imported by", imported_by)] {
        let mut names: Vec<&str> =
            others.into_iter().map(|id| index.name(boundaries.get(id).module)).collect();
        names.sort_unstable();
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        lines.push(format!(
            "{title} {}",
            if names.is_empty() { "no other boundary module".to_string() } else { names.join(", ") }
        ));
    }
    lines.join("\n\n")
}

/// The file of the module that a token names.
pub(crate) fn definition(state: &State, token: &str) -> Vec<Location> {
    let session = &state.session;
    let index = session.graph().index();
    // `shop.plugins.*` leads to `shop.plugins`.
    let name = token.trim_end_matches(['*', '.']);
    let Some(module) = index.get(name) else { return Vec::new() };
    // A namespace package has no file: the first one below it stands in.
    let mut files = index.subtree(module).filter_map(|module| index.module(module).file);
    let uri = files.next().and_then(|file| uri_of(session.path(file)));
    uri.into_iter().map(|uri| Location { uri, range: Range::default() }).collect()
}

/// The layers, rules and modules that a token can be completed to. Modules are completed one segment at a time.
pub(crate) fn completions(session: &Session, token: &Token) -> Vec<CompletionItem> {
    let item = |label: &str, kind: CompletionItemKind, detail: Option<String>| CompletionItem {
        label: label.to_string(),
        kind: Some(kind),
        detail,
        text_edit: Some(gen_lsp_types::CompletionItemTextEdit::TextEdit(gen_lsp_types::TextEdit {
            range: token.range,
            new_text: label.to_string(),
        })),
        ..CompletionItem::default()
    };
    let mut items = Vec::new();
    for layer in &session.policy().layers {
        if layer.name.value.starts_with(&token.before) {
            items.push(item(&layer.name.value, CompletionItemKind::EnumMember, Some("layer".to_string())));
        }
    }
    if token.before.starts_with("RF") {
        for rule in RULES.iter().filter(|rule| rule.metadata.code.starts_with(&token.before)) {
            items.push(item(
                rule.metadata.code,
                CompletionItemKind::Constant,
                Some(rule.metadata.name.to_string()),
            ));
        }
    }
    let index = session.graph().index();
    let boundaries = session.boundaries();
    for (id, module) in index.iter() {
        let fits = module.name.strip_prefix(token.before.as_str()).is_some_and(|rest| {
            // The rest of this segment, or the next segment after a dot.
            !rest.trim_start_matches('.').contains('.')
        });
        if fits {
            let detail = boundaries.at(id).map(|_| "boundary module".to_string());
            items.push(item(&module.name, CompletionItemKind::Module, detail));
            if items.len() == MOST_COMPLETIONS {
                break;
            }
        }
    }
    items
}
