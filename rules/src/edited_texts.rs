//! Several fixes as one, and what the texts of files are once it is applied.

use ringfence_diagnostics::{FileId, Fix, Span};
use ruff_diagnostics::Edit;
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;

use crate::Context;

/// Other texts in the place of those of files.
pub(crate) type Overlay = FxHashMap<FileId, String>;

/// The edits of some fixes as one; nothing where they cannot all be made at once.
pub(crate) fn joined(fixes: &[&Fix]) -> Option<Fix> {
    let (first, rest) = fixes.split_first()?;
    let mut all = (*first).clone();
    for fix in rest {
        all.title = format!("{}; {}", all.title, fix.title);
        if !fix.applicability.is_safe() {
            all.applicability = fix.applicability;
        }
        all.edits.extend(fix.edits.iter().cloned());
    }
    all.edits.sort_by(|(file, edit), (other_file, other)| {
        let place = |file: FileId, edit: &Edit| (file, edit.start(), edit.end());
        place(*file, edit).cmp(&place(*other_file, other)).then_with(|| edit.content().cmp(&other.content()))
    });
    let mut edits: Vec<(FileId, Edit)> = Vec::new();
    for (file, edit) in all.edits {
        let known = edits.iter_mut().filter(|(other, known)| {
            *other == file
                && edit.is_insertion()
                && known.is_insertion()
                && one_insertion(known, &edit).is_some()
        });
        if let Some((_, known)) = known.last() {
            if let Some(joined) = one_insertion(known, &edit) {
                *known = joined;
            }
            continue;
        }
        if edits.last().is_some_and(|(other, known)| *other == file && edit.start() < known.end()) {
            return None;
        }
        edits.push((file, edit));
    }
    all.edits = edits;
    Some(all)
}

/// What stands for two insertions that need the same: an import at the top, further up, or one block. Nothing where each is needed.
fn one_insertion(known: &Edit, edit: &Edit) -> Option<Edit> {
    let (one, other) = (known.content()?, edit.content()?);
    if one.trim_end() == other.trim_end() && !one.starts_with([' ', '\t', '\r', '\n']) {
        return Some(known.clone());
    }
    let same = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let head = one.get(..same).and_then(|same| same.rfind(":\n")).map(|colon| colon + 2)?;
    let rest = other.get(head..).filter(|_| known.start() == edit.start())?;
    Some(Edit::insertion([one.trim_end_matches('\n'), "\n", rest].concat(), known.start()))
}

/// The texts of files after some edits.
pub(crate) fn overlay(context: &Context, edits: &[(FileId, Edit)]) -> Overlay {
    let mut by_file: FxHashMap<FileId, Vec<&Edit>> = FxHashMap::default();
    for (file, edit) in edits {
        by_file.entry(*file).or_default().push(edit);
    }
    let edited = by_file.into_iter().filter_map(|(file, edits)| {
        let source = context.sources.text(file)?;
        let text = source.source_text();
        let (mut new, mut copied) = (String::with_capacity(text.len() + 64), 0);
        for edit in edits {
            new.push_str(text.get(copied..edit.start().to_usize())?);
            new.push_str(edit.content().unwrap_or_default());
            copied = edit.end().to_usize();
        }
        new.push_str(text.get(copied..)?);
        Some((file, new))
    });
    edited.collect()
}

/// Where something stood before some edits that did not touch it.
pub(crate) fn before(edits: &[(FileId, Edit)], span: Span) -> Option<Span> {
    let (mut added, mut taken) = (0, 0);
    for (_, edit) in edits.iter().filter(|(file, _)| *file == span.file) {
        let content = edit.content().map_or(0, str::len);
        if edit.start().to_usize() + added + content > span.range.start().to_usize() + taken {
            break;
        }
        added += content;
        taken += edit.range().len().to_usize();
    }
    let moved = |offset: TextSize| {
        let before = (offset.to_usize() + taken).checked_sub(added)?;
        u32::try_from(before).ok().map(TextSize::new)
    };
    Some(Span::new(span.file, TextRange::new(moved(span.range.start())?, moved(span.range.end())?)))
}
