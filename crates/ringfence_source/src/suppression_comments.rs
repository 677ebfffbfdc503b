//! Reads suppression directives out of the comments of a file.

use memchr::{memchr_iter, memchr2, memrchr2};
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::{Ranged, TextLen, TextRange, TextSize};

use crate::FileFacts;
use crate::keyword::Keyword;
use crate::suppression::{Defect, SuppressedCode, Suppression, SuppressionForm, Until};
use crate::suppression_words::{
    NEAR_WORDS, NOQA, clean_start, code_length, find_noqa, find_until, is_code, is_rule_name, is_word,
    parse_date, skip_blanks, starts_with_word,
};

const KEYWORD: &str = "ringfence";
const TACH_IGNORE: &str = "tach-ignore";

static KEYWORD_NEEDLE: Keyword = Keyword::new(KEYWORD);
static TACH_NEEDLE: Keyword = Keyword::new(TACH_IGNORE);
static CODE_NEEDLE: Keyword = Keyword::new("RF");

/// Adds the suppressions of a file. Comments come from the tokens of its parse, so what looks like one in a string is none.
pub(crate) fn collect(text: &str, tokens: &Tokens, facts: &mut FileFacts) {
    if may_hold(text) {
        let comments = tokens.iter().filter(|token| token.kind() == TokenKind::Comment);
        collect_comments(text, comments.map(Ranged::range), facts);
    }
}

/// Whether a text may hold suppressions of ours: a cheap look at its bytes.
pub(crate) fn may_hold(text: &str) -> bool {
    let text = text.as_bytes();
    let is_code = |at: usize| text.get(at + 2).is_some_and(u8::is_ascii_digit);
    KEYWORD_NEEDLE.is_in(text)
        || TACH_NEEDLE.is_in(text)
        // `noqa` is frequent, and counts only with a code of ours.
        || CODE_NEEDLE.find_iter(text).any(is_code)
}

/// Adds the suppressions in these comments.
pub(crate) fn collect_comments(text: &str, comments: impl Iterator<Item = TextRange>, facts: &mut FileFacts) {
    for range in comments {
        let Some(content) = text.get(range.start().to_usize()..range.end().to_usize()) else { continue };
        Comment { text, content, range, facts }.read();
    }
}

/// The facts of a file that is no Python: the suppressions in its comments.
pub fn suppressions_in(text: &str, comments: impl Iterator<Item = TextRange>) -> FileFacts {
    let mut facts = FileFacts::default();
    if may_hold(text) {
        collect_comments(text, comments, &mut facts);
    }
    facts
}

struct Comment<'a> {
    text: &'a str,
    content: &'a str,
    range: TextRange,
    facts: &'a mut FileFacts,
}

/// What a directive says, before it is known where it holds.
struct Directive {
    form: SuppressionForm,
    range: TextRange,
    codes: Vec<SuppressedCode>,
    reason: Option<String>,
    until: Option<Until>,
    defect: Option<Defect>,
}

impl Comment<'_> {
    /// A directive ends where the next `#` starts, and there the next one may start.
    fn read(mut self) {
        let hashes: Vec<usize> = memchr_iter(b'#', self.content.as_bytes()).collect();
        for (index, &start) in hashes.iter().enumerate() {
            let end = hashes.get(index + 1).copied().unwrap_or(self.content.len());
            let Some(directive) = self.read_part(start, end) else { continue };
            let own_line = self.is_alone();
            let line = match directive.form {
                SuppressionForm::FileIgnore => TextRange::up_to(self.text.text_len()),
                SuppressionForm::Ignore if own_line => self.line_below(),
                SuppressionForm::TachIgnore if own_line => self.next_line(),
                // As in ruff and flake8, a `noqa` never speaks for another line.
                SuppressionForm::Ignore | SuppressionForm::Noqa | SuppressionForm::TachIgnore => {
                    line_at(self.text, self.range.start().to_usize())
                }
            };
            let Directive { form, range, codes, reason, until, defect } = directive;
            let reason = reason.map(|reason| self.facts.intern(&reason));
            self.facts.suppressions.push(Suppression {
                form,
                comment: self.range,
                range,
                own_line,
                line,
                codes,
                reason,
                until,
                defect,
            });
        }
    }

    /// The directive of the part of the comment that starts with the `#` at `start`.
    fn read_part(&mut self, start: usize, end: usize) -> Option<Directive> {
        let comment = self.content;
        let end = start + comment[start..end].trim_end().len();
        let after_hash = skip_blanks(comment, start + 1, end);
        let part = &comment[after_hash..end];
        if part.starts_with(KEYWORD) && starts_with_word(part, KEYWORD) {
            return self.read_native(start, after_hash + KEYWORD.len(), end);
        }
        if part.starts_with(TACH_IGNORE) {
            return self.read_tach_ignore(start, after_hash + TACH_IGNORE.len());
        }
        // `# noqa: ...`, or `# some text noqa: ...`.
        let found = find_noqa(&comment[after_hash..end])? + after_hash;
        let from = if found == after_hash { start } else { found };
        self.read_noqa(from, found + NOQA.len(), end)
    }

    fn read_native(&mut self, start: usize, at: usize, end: usize) -> Option<Directive> {
        let comment = self.content;
        let mut at = skip_blanks(comment, at, end);
        let colon = comment[at..end].starts_with(':');
        if colon {
            at = skip_blanks(comment, at + 1, end);
        }
        let word_start = at;
        let word_end =
            at + comment[at..end].bytes().take_while(|byte| is_word(*byte) || *byte == b'-').count();
        let word = comment[word_start..word_end].to_ascii_lowercase();
        let list = skip_blanks(comment, word_end, end);
        let has_list = comment[list..end].starts_with('[');

        let form = match word.as_str() {
            "ignore" => Some(SuppressionForm::Ignore),
            "file-ignore" => Some(SuppressionForm::FileIgnore),
            _ => None,
        };
        let mut directive = Directive {
            form: form.unwrap_or(SuppressionForm::Ignore),
            range: self.range_of(start, end),
            codes: Vec::new(),
            reason: None,
            until: None,
            defect: None,
        };
        let defect = match form {
            // Without a colon it is prose, unless its list shows that it was meant.
            Some(_) if has_list && !colon => Some(("lacks a `:` after `ringfence`", start, end)),
            _ if !colon => return None,
            None if (has_list && word_start < word_end && list == word_end)
                || NEAR_WORDS.contains(&word.as_str()) =>
            {
                Some(("is neither `ignore[...]` nor `file-ignore[...]`", word_start, word_end))
            }
            None => return None,
            Some(_) if !has_list => Some(("names no code", word_start, word_end)),
            Some(_) => None,
        };
        if let Some((message, from, to)) = defect {
            directive.defect = Some(Defect { range: self.range_of(from, to), message });
            return Some(directive);
        }
        let Some(close) = comment[list..end].find(']').map(|length| list + length) else {
            let range = self.range_of(list, end);
            directive.defect = Some(Defect { range, message: "has a list without its closing `]`" });
            return Some(directive);
        };
        self.read_list(list, close, &mut directive);
        self.read_reason(close + 1, end, &mut directive);
        Some(directive)
    }

    /// The entries between the brackets at `open` and `close`.
    fn read_list(&mut self, open: usize, close: usize, directive: &mut Directive) {
        let mut at = open + 1;
        for entry in self.content[open + 1..close].split(',') {
            let name = entry.trim();
            let start = at + (entry.len() - entry.trim_start().len());
            at += entry.len() + 1;
            if name.is_empty() {
                continue;
            }
            let range = self.range_of(start, start + name.len());
            if is_code(name) || is_rule_name(name) {
                directive.codes.push(SuppressedCode { name: self.facts.intern(name), range });
            } else if directive.defect.is_none() {
                let message = "has an entry that is neither a code nor the name of a rule";
                directive.defect = Some(Defect { range, message });
            }
        }
        if directive.codes.is_empty() && directive.defect.is_none() {
            let range = self.range_of(open, close + 1);
            directive.defect = Some(Defect { range, message: "names no code" });
        }
    }

    fn read_reason(&self, start: usize, end: usize, directive: &mut Directive) {
        let text = &self.content[start..end];
        let reason = match find_until(text) {
            None => clean_start(text).to_owned(),
            Some((from, value, to)) => {
                let range = self.range_of(start + from, start + to);
                match parse_date(&text[value..to]) {
                    Some(date) => directive.until = Some(Until { date, range }),
                    None if directive.defect.is_none() => {
                        let message = "has an `until` that is not a date (YYYY-MM-DD)";
                        directive.defect = Some(Defect { range, message });
                    }
                    None => {}
                }
                let before = clean_start(&text[..from]).trim_end_matches([' ', '\t', ',', ';', '(', '-']);
                let after = text[to..].trim_start_matches([' ', '\t', ',', ';', ')', '.', ':', '-']);
                if before.is_empty() || after.is_empty() {
                    format!("{before}{after}")
                } else {
                    format!("{before} {after}")
                }
            }
        };
        directive.reason = Some(reason).filter(|reason| !reason.is_empty());
    }

    /// `at` stands behind the word `noqa`. None where no code is ours.
    fn read_noqa(&mut self, from: usize, at: usize, end: usize) -> Option<Directive> {
        let comment = self.content;
        let mut at = skip_blanks(comment, at, end);
        if !comment[at..end].starts_with(':') {
            return None;
        }
        at += 1;
        let mut codes = Vec::new();
        let mut list_end = at;
        loop {
            at += comment[at..end].bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b',')).count();
            let Some(length) = code_length(&comment[at..end]) else { break };
            let code = &comment[at..at + length];
            if code.trim_end_matches(|digit: char| digit.is_ascii_digit()) == "RF" {
                codes.push(SuppressedCode {
                    name: self.facts.intern(code),
                    range: self.range_of(at, at + length),
                });
            }
            at += length;
            list_end = at;
        }
        (!codes.is_empty()).then(|| Directive {
            form: SuppressionForm::Noqa,
            range: self.range_of(from, list_end),
            codes,
            reason: None,
            until: None,
            defect: None,
        })
    }

    /// `at` stands behind `tach-ignore`. A reason in parentheses may follow, then names; None where anything else does
    /// before the end of the comment or the next `#`.
    fn read_tach_ignore(&mut self, start: usize, at: usize) -> Option<Directive> {
        let comment = self.content;
        let mut at = at;
        let mut reason = None;
        if comment[at..].starts_with('(') {
            let close = at + comment[at..].find(')')?;
            reason = Some(comment[at + 1..close].trim().to_string()).filter(|reason| !reason.is_empty());
            at = close + 1;
        }
        let end = at + comment[at..].find('#').unwrap_or(comment.len() - at);
        let rest = &comment[at..end];
        let is_name = |word: &str| word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        let is_apart = rest.is_empty() || rest.starts_with(char::is_whitespace);
        if !is_apart || !rest.split_whitespace().all(is_name) {
            return None;
        }
        let mut codes = Vec::new();
        for word in rest.split_whitespace() {
            let from = at + (word.as_ptr() as usize - rest.as_ptr() as usize);
            let range = self.range_of(from, from + word.len());
            codes.push(SuppressedCode { name: self.facts.intern(word), range });
        }
        Some(Directive {
            form: SuppressionForm::TachIgnore,
            range: self.range_of(start, at + rest.trim_end().len()),
            codes,
            reason,
            until: None,
            defect: None,
        })
    }

    /// The line below; at the end of the file its own.
    fn next_line(&self) -> TextRange {
        let end = self.range.end().to_usize();
        let rest = &self.text[end..];
        let start = end + if rest.starts_with("\r\n") { 2 } else { rest.len().min(1) };
        line_at(self.text, if start >= self.text.len() { self.range.start().to_usize() } else { start })
    }

    fn is_alone(&self) -> bool {
        let start = line_at(self.text, self.range.start().to_usize()).start().to_usize();
        is_blank(&self.text[start..self.range.start().to_usize()])
    }

    /// The first line below that is more than a comment. At the end of the file there is none, and it is the own one.
    fn line_below(&self) -> TextRange {
        let mut end = self.range.end().to_usize();
        loop {
            let rest = &self.text[end..];
            let start = end + if rest.starts_with("\r\n") { 2 } else { rest.len().min(1) };
            if start >= self.text.len() {
                return line_at(self.text, self.range.start().to_usize());
            }
            let line = line_at(self.text, start);
            end = line.end().to_usize();
            if !self.text[start..end].trim_start_matches(is_space).starts_with('#') {
                return line;
            }
        }
    }

    /// Offsets in the comment as a range of the file.
    fn range_of(&self, start: usize, end: usize) -> TextRange {
        let at = self.range.start();
        TextRange::new(at + TextSize::new(start as u32), at + TextSize::new(end as u32))
    }
}

/// The physical line around an offset, without its line end.
fn line_at(text: &str, offset: usize) -> TextRange {
    let bytes = text.as_bytes();
    let start = memrchr2(b'\n', b'\r', &bytes[..offset]).map_or(0, |at| at + 1);
    let end = memchr2(b'\n', b'\r', &bytes[offset..]).map_or(bytes.len(), |at| offset + at);
    TextRange::new(TextSize::new(start as u32), TextSize::new(end as u32))
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\x0c')
}

fn is_blank(text: &str) -> bool {
    text.chars().all(is_space)
}

#[cfg(test)]
mod tests;
