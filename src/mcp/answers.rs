//! What a tool answers, within bounds.

use ringfence_output::escape;
use serde_json::{Value, json};

/// How much an answer holds where nobody says.
pub(super) const USUAL_LIMIT: usize = 50;
/// How much may be asked for.
pub(super) const HIGHEST_LIMIT: usize = 500;
/// A list is cut where it would be longer as JSON, in bytes.
const MOST_BYTES: usize = 256 * 1024;
/// A text is cut where it has more characters: a name in hostile code may have millions.
const MOST_CHARACTERS: usize = 2_000;
/// A list in a list is cut where it has more entries.
const MOST_ENTRIES: usize = 200;

/// For a person, and for a program.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) lines: String,
    pub(super) value: Value,
}

impl Answer {
    pub(super) fn new<T: AsRef<str>>(lines: impl IntoIterator<Item = T>, value: Value) -> Self {
        let lines: Vec<String> = lines.into_iter().map(|line| harmless(line.as_ref())).collect();
        let mut text = lines.join("\n");
        clip(&mut text, MOST_BYTES);
        Self { lines: text, value: clipped(value) }
    }
}

/// A line that shows nothing else than what it says, and not too much of it.
pub(super) fn harmless(line: &str) -> String {
    let mut line = escape::line(line).into_owned();
    clip(&mut line, MOST_CHARACTERS);
    line
}

/// The same of several lines.
pub(super) fn harmless_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(harmless).collect();
    let mut text = lines.join("\n");
    clip(&mut text, MOST_CHARACTERS);
    text
}

/// Part of a list: what is shown, and what is left out.
pub(super) struct Part {
    pub(super) shown: Vec<Value>,
    total: usize,
    offset: usize,
}

impl Part {
    /// As many as are asked for, from an offset on, and as fit.
    pub(super) fn of(all: Vec<Value>, offset: usize, limit: usize) -> Self {
        let total = all.len();
        let mut bytes = 0;
        let mut shown = Vec::new();
        for value in all.into_iter().skip(offset).take(limit) {
            let value = clipped(value);
            bytes += value.to_string().len();
            if bytes > MOST_BYTES && !shown.is_empty() {
                break;
            }
            shown.push(value);
        }
        Self { shown, total, offset }
    }

    /// Where the rest starts, if there is more.
    fn next(&self) -> Option<usize> {
        let next = self.offset.saturating_add(self.shown.len());
        (next < self.total && !self.shown.is_empty()).then_some(next)
    }

    /// ``and 12 more from `offset` 50 on``; nothing where all is shown.
    pub(super) fn more(&self) -> Option<String> {
        let next = self.next()?;
        Some(format!("and {} more, from `offset` {next} on", self.total - next))
    }

    /// The list under its name, with how much there is.
    pub(super) fn into_value(self, name: &str) -> Value {
        let (total, next, offset) = (self.total, self.next(), self.offset);
        let left_out = total - self.shown.len().min(total);
        json!({
            name: self.shown,
            "total": total,
            "offset": offset,
            "left_out": left_out,
            "next_offset": next,
        })
    }
}

/// The same with long texts and lists cut.
fn clipped(value: Value) -> Value {
    match value {
        Value::String(mut text) => {
            clip(&mut text, MOST_CHARACTERS);
            Value::String(text)
        }
        Value::Array(values) => {
            let left = values.len().saturating_sub(HIGHEST_LIMIT.max(MOST_ENTRIES));
            let mut values: Vec<Value> =
                values.into_iter().take(HIGHEST_LIMIT.max(MOST_ENTRIES)).map(clipped).collect();
            if left > 0 {
                values.push(Value::String(format!("... and {left} more")));
            }
            Value::Array(values)
        }
        Value::Object(entries) => {
            Value::Object(entries.into_iter().map(|(key, value)| (key, clipped(value))).collect())
        }
        other => other,
    }
}

fn clip(text: &mut String, most: usize) {
    if text.len() <= most {
        return;
    }
    if let Some((end, _)) = text.char_indices().nth(most) {
        let left = text.len() - end;
        text.truncate(end);
        text.push_str(&format!("... ({left} bytes left out)"));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_list_says_what_it_leaves_out_and_where_that_starts() {
        let all = || (0..120).map(Value::from).collect::<Vec<_>>();
        let part = Part::of(all(), 0, 50).into_value("numbers");
        assert_eq!(
            (&part["total"], &part["left_out"], &part["next_offset"]),
            (&120.into(), &70.into(), &50.into())
        );
        let last = Part::of(all(), 100, 50).into_value("numbers");
        assert_eq!((last["numbers"].as_array().unwrap().len(), &last["next_offset"]), (20, &Value::Null));
        let beyond = Part::of(all(), 500, 50).into_value("numbers");
        assert_eq!((beyond["numbers"].as_array().unwrap().len(), &beyond["next_offset"]), (0, &Value::Null));
    }

    #[test]
    fn long_texts_and_long_lists_are_cut() {
        let long = Value::from("x".repeat(1_000_000));
        assert!(clipped(long.clone()).to_string().len() < 3_000);
        let part = Part::of(vec![long; 500], 0, 500);
        assert!(part.shown.len() < 500 && part.more().is_some());
        assert!(harmless(&"y".repeat(1_000_000)).len() < 3_000);
        assert!(!harmless("a\x1b[31mb\nc").contains(['\x1b', '\n']));
    }
}
