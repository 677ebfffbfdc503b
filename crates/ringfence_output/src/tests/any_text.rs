//! What holds of any text, and any ranges in it.

use proptest::prelude::*;
use ringfence_diagnostics::{Diagnostic, FileId, Fix, Label, Span};
use ruff_diagnostics::{Applicability, Edit, IsolationLevel};
use ruff_text_size::{TextRange, TextSize};

use super::{InMemory, diagnostic, options, rendered};
use crate::{Format, RenderOptions};

/// Any text that is likely to break a renderer.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z .,()]{0,12}",
        2 => prop::sample::select(vec!["\n", "\r\n", "\r", "\n\n", "\t", "\u{c}", "\u{feff}", "    "]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["価格", "e\u{301}", "\u{1b}[31m", "\u{200d}", "👩\u{200d}🚀", "\0", "\u{2028}"]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => (0..60usize).prop_map(|count| "\n".repeat(count)),
        1 => (0..500usize).prop_map(|count| "long ".repeat(count)),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// A range of `text` on character boundaries.
fn range(text: &str, (start, end): (prop::sample::Index, prop::sample::Index)) -> TextRange {
    let boundary = |index: prop::sample::Index| {
        TextSize::new(text.floor_char_boundary(index.index(text.len() + 1)) as u32)
    };
    let (start, end) = (boundary(start), boundary(end));
    TextRange::new(start.min(end), start.max(end))
}

type AnyRange = (prop::sample::Index, prop::sample::Index);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_can_be_shown(
        text in text(),
        other in text(),
        message in text(),
        at in any::<AnyRange>(),
        labels in prop::collection::vec((any::<bool>(), any::<AnyRange>()), 0..4),
        edits in prop::collection::vec((any::<bool>(), any::<AnyRange>(), text()), 0..4),
        (color, shrunk) in any::<(bool, bool)>(),
    ) {
        let texts = [text.as_str(), other.as_str()];
        let edits = edits.into_iter().map(|(second, at, content)| {
            let file = usize::from(second);
            let at = range(texts[file], at);
            let edit = if content.is_empty() { Edit::range_deletion(at) } else { Edit::range_replacement(content, at) };
            (FileId::new(file), edit)
        });
        let found = Diagnostic {
            annotation: Some(message.clone()),
            help: Some(message.clone()),
            owner: Some(message.clone()),
            labels: labels
                .into_iter()
                .map(|(second, at)| {
                    let file = usize::from(second);
                    Label::new(Span::new(FileId::new(file), range(texts[file], at)), message.clone())
                })
                .collect(),
            fix: Some(Fix {
                title: message.clone(),
                applicability: Applicability::Unsafe,
                isolation: IsolationLevel::NonOverlapping,
                changes_policy: color,
                appends: false,
                edits: edits.collect(),
            }),
            ..diagnostic("RF101", "undeclared-dependency", &message, range(&text, at))
        };
        // A file that got shorter since it was checked.
        let cut = text.floor_char_boundary(if shrunk { text.len() / 2 } else { text.len() });
        let files = InMemory::new([("/home/ada/a.py", Some(&text[..cut])), ("/home/ada/b.py", Some(other.as_str()))]);
        let options = RenderOptions { color, ..options() };
        let one = std::slice::from_ref(&found);

        for format in [Format::Full, Format::Concise] {
            let output = rendered(format, one, &files, &options);
            let controls = output.contains(['\r', '\u{7}', '\0', '\u{9b}']);
            prop_assert!(!controls);
            let escapes = output.contains('\u{1b}');
            prop_assert!(color || !escapes);
        }
        let concise = rendered(Format::Concise, one, &files, &options);
        prop_assert_eq!(concise.lines().count(), 1);
        let json: serde_json::Value = serde_json::from_str(&rendered(Format::Json, one, &files, &options)).unwrap();
        prop_assert_eq!(json.as_array().unwrap().len(), 1);
    }
}
