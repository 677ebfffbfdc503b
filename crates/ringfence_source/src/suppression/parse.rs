//! Reads suppression directives out of the comments of a file.

use jiff::civil::Date;
use memchr::{memchr_iter, memchr2, memchr2_iter, memrchr2};
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::{Ranged, TextLen, TextRange, TextSize};

use super::{Defect, SuppressedCode, Suppression, SuppressionForm, Until};
use crate::FileFacts;
use crate::needle::Needle;

const KEYWORD: &str = "ringfence";
const NOQA: &str = "noqa";
const TACH_IGNORE: &str = "tach-ignore";

static KEYWORD_NEEDLE: Needle = Needle::new(KEYWORD);
static TACH_NEEDLE: Needle = Needle::new(TACH_IGNORE);
static CODE_NEEDLE: Needle = Needle::new("RF");

/// Words that somebody writes who takes us for another tool, or for an older one.
const NEAR_WORDS: [&str; 13] = [
    "allow",
    "disable",
    "disable-next-line",
    "enable",
    "file-ignores",
    "fileignore",
    "ignore-file",
    "ignore-next-line",
    "ignored",
    "ignores",
    "noqa",
    "off",
    "skip",
];

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

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn skip_blanks(text: &str, at: usize, end: usize) -> usize {
    at + text[at..end].bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Whether `text` starts with `word`, in any case, and the word ends there.
fn starts_with_word(text: &str, word: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
        && bytes.get(word.len()).is_none_or(|next| !is_word(*next))
}

/// Where a `noqa` for this line stands. `ruff: noqa: ...` and `flake8: noqa: ...` are for a whole file, and not for us.
fn find_noqa(text: &str) -> Option<usize> {
    memchr2_iter(b'n', b'N', text.as_bytes()).find(|&at| {
        let before = &text.as_bytes()[..at];
        let file_wide = || {
            let before = before.trim_ascii_end().to_ascii_lowercase();
            before.ends_with(b"ruff:") || before.ends_with(b"flake8:")
        };
        before.last().is_none_or(u8::is_ascii_whitespace)
            && text.is_char_boundary(at)
            && starts_with_word(&text[at..], NOQA)
            && !file_wide()
    })
}

/// The length of the letters and digits of a code, as in `RF101`.
fn code_length(text: &str) -> Option<usize> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let digits = text[letters..].bytes().take_while(u8::is_ascii_digit).count();
    (letters > 0 && digits > 0).then_some(letters + digits)
}

/// `RF101`, and so `RF1` and `RF` too.
fn is_code(name: &str) -> bool {
    let digits = name.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    digits.len() < name.len() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// `undeclared-dependency`
fn is_rule_name(name: &str) -> bool {
    name.split('-').all(|word| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

/// A reason without what parts it from the list: `- `, `-- `, `: `.
fn clean_start(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '-', ':', '–', '—']).trim_end()
}

/// Start of `until`, start of its value, end of its value.
fn find_until(text: &str) -> Option<(usize, usize, usize)> {
    const WORD: &str = "until=";
    let start = text
        .match_indices(WORD)
        .map(|(at, _)| at)
        .find(|&at| text.as_bytes()[..at].last().is_none_or(|before| !is_word(*before) && *before != b'-'))?;
    let value = start + WORD.len();
    let token = text[value..].split([' ', '\t']).next().unwrap_or_default();
    Some((start, value, value + token.trim_end_matches([',', ';', '.', ')']).len()))
}

fn parse_date(text: &str) -> Option<Date> {
    // jiff also reads `20270131` and date times.
    let shape =
        |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    let is_shaped = text.len() == 10 && text.bytes().enumerate().all(shape);
    is_shaped.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use crate::{FileFacts, SourceKind, Suppression, SuppressionForm, extract, parse};
    use ruff_text_size::TextRange;

    fn slice(text: &str, range: TextRange) -> &str {
        &text[std::ops::Range::<usize>::from(range)]
    }

    /// `form [codes] reason until | directive | defect @ its text`, the empty parts left out.
    fn describe(text: &str, facts: &FileFacts, suppression: &Suppression) -> String {
        let form = match suppression.form {
            SuppressionForm::Ignore => "ignore",
            SuppressionForm::FileIgnore => "file",
            SuppressionForm::Noqa => "noqa",
            SuppressionForm::TachIgnore => "tach",
        };
        let codes: Vec<&str> = suppression.codes.iter().map(|code| slice(text, code.range)).collect();
        for code in &suppression.codes {
            assert_eq!(facts.name(code.name), slice(text, code.range));
        }
        let mut line = format!("{form} [{}]", codes.join(" "));
        if let Some(reason) = suppression.reason {
            write!(line, " {}", facts.name(reason)).unwrap();
        }
        if let Some(until) = suppression.until {
            write!(line, " <{} {}>", until.date, slice(text, until.range)).unwrap();
        }
        if let Some(defect) = &suppression.defect {
            write!(line, " | {} @ {}", defect.message, slice(text, defect.range)).unwrap();
        }
        line
    }

    fn all(text: &str) -> Vec<String> {
        let facts = parse(text, SourceKind::Python);
        assert_eq!(extract(text, SourceKind::Python).suppressions, facts.suppressions);
        facts.suppressions.iter().map(|suppression| describe(text, &facts, suppression)).collect()
    }

    #[test]
    fn directives() {
        let cases: &[(&str, &[&str])] = &[
            ("# ringfence: ignore[RF101]", &["ignore [RF101]"]),
            ("# ringfence: file-ignore[RF101]", &["file [RF101]"]),
            ("#ringfence:ignore[RF101,undeclared-dependency]", &["ignore [RF101 undeclared-dependency]"]),
            ("#  ringfence \t:  Ignore [ RF101 ,\tRF1, ]", &["ignore [RF101 RF1]"]),
            // The keyword is looked for as it is written.
            ("# RingFence: ignore[RF101]", &[]),
            ("# ringfence: ignore[RF101] see docs/adr/7", &["ignore [RF101] see docs/adr/7"]),
            ("# ringfence: ignore[RF101] -- legacy", &["ignore [RF101] legacy"]),
            ("# ringfence: ignore[RF101]: legacy – so be it  ", &["ignore [RF101] legacy – so be it"]),
            ("# ringfence: ignore[RF101] — weil's so ist", &["ignore [RF101] weil's so ist"]),
            (
                "# ringfence: ignore[RF101] legacy until=2027-01-31",
                &["ignore [RF101] legacy <2027-01-31 until=2027-01-31>"],
            ),
            (
                "# ringfence: ignore[RF101] until=2027-01-31",
                &["ignore [RF101] <2027-01-31 until=2027-01-31>"],
            ),
            (
                "# ringfence: ignore[RF101] a, until=2027-01-31. b",
                &["ignore [RF101] a b <2027-01-31 until=2027-01-31>"],
            ),
            ("# ringfence: ignore[RF101] not-until=2027-01-31", &["ignore [RF101] not-until=2027-01-31"]),
            // Several in one comment.
            ("# type: ignore  # ringfence: ignore[RF101]", &["ignore [RF101]"]),
            ("# ringfence: ignore[RF101] why # noqa: E501", &["ignore [RF101] why"]),
            (
                "# ringfence: ignore[RF101] a # ringfence: file-ignore[RF2] b # noqa: RF3",
                &["ignore [RF101] a", "file [RF2] b", "noqa [RF3]"],
            ),
            // Defects.
            ("# ringfence: ignore", &["ignore [] | names no code @ ignore"]),
            ("# ringfence: ignore RF101", &["ignore [] | names no code @ ignore"]),
            ("# ringfence: ignore[ , ]", &["ignore [] | names no code @ [ , ]"]),
            ("# ringfence: file-ignore[RF101", &["file [] | has a list without its closing `]` @ [RF101"]),
            ("# ringfence: ignore[RF101 # x]", &["ignore [] | has a list without its closing `]` @ [RF101"]),
            (
                "# ringfence: ignore[RF1, RF 101]",
                &["ignore [RF1] | has an entry that is neither a code nor the name of a rule @ RF 101"],
            ),
            (
                "# ringfence: ignore[a_b]",
                &["ignore [] | has an entry that is neither a code nor the name of a rule @ a_b"],
            ),
            (
                "# ringfence: disable[RF101]",
                &["ignore [] | is neither `ignore[...]` nor `file-ignore[...]` @ disable"],
            ),
            (
                "# ringfence: ignore-file",
                &["ignore [] | is neither `ignore[...]` nor `file-ignore[...]` @ ignore-file"],
            ),
            (
                "# ringfence: whatever[RF101]",
                &["ignore [] | is neither `ignore[...]` nor `file-ignore[...]` @ whatever"],
            ),
            ("# ringfence: noqa", &["ignore [] | is neither `ignore[...]` nor `file-ignore[...]` @ noqa"]),
            (
                "# ringfence ignore[RF101]",
                &["ignore [] | lacks a `:` after `ringfence` @ # ringfence ignore[RF101]"],
            ),
            (
                "# ringfence: ignore[RF101] until=soon",
                &["ignore [RF101] | has an `until` that is not a date (YYYY-MM-DD) @ until=soon"],
            ),
            (
                "# ringfence: ignore[RF101] until=2027-02-30",
                &["ignore [RF101] | has an `until` that is not a date (YYYY-MM-DD) @ until=2027-02-30"],
            ),
            (
                "# ringfence: ignore[RF101] until=20270131",
                &["ignore [RF101] | has an `until` that is not a date (YYYY-MM-DD) @ until=20270131"],
            ),
            // Prose, and other things.
            ("# ringfence: see docs", &[]),
            ("# ringfence", &[]),
            ("# ringfence:", &[]),
            ("# ringfence: a list [1]", &[]),
            ("# ringfences: ignore[RF101]", &[]),
            ("# my ringfence: ignore[RF101]", &[]),
            ("# we ignore[RF101] the ringfence", &[]),
            ("x = '# ringfence: ignore[RF101]'", &[]),
            ("'''\n# ringfence: ignore[RF101]\n# noqa: RF101\n'''", &[]),
            ("f'# noqa: RF101 {x}'", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(all(text), *expected, "{text}");
        }
    }

    #[test]
    fn noqa() {
        let cases: &[(&str, &[&str], &str)] = &[
            ("# noqa: RF101", &["RF101"], "# noqa: RF101"),
            ("#NOQA:RF101,E501 because", &["RF101"], "#NOQA:RF101,E501"),
            ("# NoQA : E501 RF101, RF2", &["RF101", "RF2"], "# NoQA : E501 RF101, RF2"),
            ("# noqa: RF101 # why", &["RF101"], "# noqa: RF101"),
            ("# type: ignore # noqa: RF101", &["RF101"], "# noqa: RF101"),
            ("# why not noqa: RF101", &["RF101"], "noqa: RF101"),
            ("# noqa: RF101RF102", &["RF101", "RF102"], "# noqa: RF101RF102"),
            ("# noqa", &[], ""),
            ("# noqa: E501", &[], ""),
            ("# noqa RF101", &[], ""),
            ("# noqa: rf101", &[], ""),
            ("# noqa: RFX101", &[], ""),
            ("# noqa: because RF101", &[], ""),
            ("# xnoqa: RF101", &[], ""),
            ("# noqas: RF101", &[], ""),
            ("# ruff: noqa: RF101", &[], ""),
            ("# flake8: noqa: RF101", &[], ""),
        ];
        for (text, codes, directive) in cases {
            let facts = parse(text, SourceKind::Python);
            assert_eq!(extract(text, SourceKind::Python).suppressions, facts.suppressions);
            let found: Vec<&str> = facts
                .suppressions
                .iter()
                .flat_map(|it| &it.codes)
                .map(|code| slice(text, code.range))
                .collect();
            assert_eq!(found, *codes, "{text}");
            let range = facts.suppressions.first().map(|suppression| slice(text, suppression.range));
            assert_eq!(range.unwrap_or_default(), *directive, "{text}");
        }
    }

    #[test]
    fn tach_ignores() {
        let cases: &[(&str, &[&str], &str, &str)] = &[
            ("import a  # tach-ignore", &[], "", "# tach-ignore"),
            (
                "import a  #tach-ignore(why not #12) a.b c",
                &["a.b", "c"],
                "why not #12",
                "#tach-ignore(why not #12) a.b c",
            ),
            ("import a  # noqa  # tach-ignore", &[], "", "# tach-ignore"),
            ("import a  # tach-ignore(x)  # pylint: disable=y", &[], "x", "# tach-ignore(x)"),
            ("import a  # tach-ignore()", &[], "", "# tach-ignore()"),
        ];
        for (text, names, reason, directive) in cases {
            let facts = parse(text, SourceKind::Python);
            assert_eq!(extract(text, SourceKind::Python).suppressions, facts.suppressions);
            let [found] = facts.suppressions.as_slice() else { panic!("{text}") };
            assert_eq!(found.form, SuppressionForm::TachIgnore);
            let codes: Vec<&str> = found.codes.iter().map(|code| slice(text, code.range)).collect();
            assert_eq!(codes, *names, "{text}");
            assert_eq!(found.reason.map_or("", |reason| facts.name(reason)), *reason, "{text}");
            assert_eq!(slice(text, found.range), *directive);
        }
        for text in
            ["# tach-ignore: a", "# tach-ignore, a", "# tach-ignore [a]", "# tach-ignored", "# Tach-ignore"]
        {
            assert_eq!(parse(text, SourceKind::Python).suppressions, [], "{text}");
        }
        let text = "# tach-ignore\n# more\nimport a";
        assert_eq!(slice(text, parse(text, SourceKind::Python).suppressions[0].line), "# more");
    }

    #[test]
    fn lines() {
        let ignore = "# ringfence: ignore[RF1]";
        let cases: &[(&str, bool, &str)] = &[
            ("import a  @", false, "import a  @"),
            ("  @\nimport a\nimport b", true, "import a"),
            ("\x0c@\r\nimport a\r\nimport b", true, "import a"),
            ("@\rimport a\rimport b", true, "import a"),
            ("@\n# more\n  # and more\n  import a", true, "  import a"),
            ("@\n\nimport a", true, ""),
            ("from a import (\n    @\n    b,\n)", true, "    b,"),
            ("from a import (\n    b, @\n    c,\n)", false, "    b, @"),
            ("import a\n@", true, "@"),
            ("import a\n@\n", true, "@"),
            ("import a\n@\n# more", true, "@"),
            ("import a\n@\n# more\n", true, "@"),
            ("import a\n@\r\n", true, "@"),
        ];
        for (text, own_line, line) in cases {
            let (text, line) = (text.replace('@', ignore), line.replace('@', ignore));
            let facts = parse(&text, SourceKind::Python);
            assert_eq!(extract(&text, SourceKind::Python).suppressions, facts.suppressions);
            let suppression = &facts.suppressions[0];
            assert_eq!(
                (suppression.own_line, slice(&text, suppression.line)),
                (*own_line, &*line),
                "{text:?}"
            );
            assert_eq!(slice(&text, suppression.comment), ignore);
        }
        let text = "# noqa: RF1\nimport a # ringfence: file-ignore[RF1]\n";
        let facts = parse(text, SourceKind::Python);
        assert_eq!(extract(text, SourceKind::Python).suppressions, facts.suppressions);
        let lines: Vec<_> =
            facts.suppressions.iter().map(|suppression| slice(text, suppression.line)).collect();
        assert_eq!(lines, ["# noqa: RF1", text]);
    }

    #[test]
    fn ranges() {
        let text = "import a  # ringfence: ignore[RF101] legacy  # noqa: RF1, E501 x\n";
        let facts = parse(text, SourceKind::Python);
        assert_eq!(extract(text, SourceKind::Python).suppressions, facts.suppressions);
        let ranges: Vec<_> =
            facts.suppressions.iter().map(|suppression| slice(text, suppression.range)).collect();
        assert_eq!(ranges, ["# ringfence: ignore[RF101] legacy", "# noqa: RF1, E501"]);
        for suppression in &facts.suppressions {
            assert_eq!(slice(text, suppression.comment), &text[10..text.len() - 1]);
        }
    }
}
