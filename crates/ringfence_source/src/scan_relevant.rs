//! Finds the words of a file that bear on its imports: how far the scanner reads depends on them.

use memchr::memrchr;

use crate::keyword::Keyword;
use crate::lexical::{is_identifier, starts_with_keyword};

static IMPORT: Keyword = Keyword::new("import");
static IMPORTLIB: Keyword = Keyword::new("importlib");
static BUILTINS: Keyword = Keyword::new("builtins");

/// What of a file bears on its imports.
pub(crate) struct Relevant {
    /// One past the last `import` that may start a statement, judged from its physical line alone, and the last call
    /// that may import; 0 if there is none.
    pub(crate) last_import: usize,
    pub(crate) may_call: bool,
}

/// Adds to `call_words` where `import_module` and `__import__` stand, to `import_words` where a statement may start.
pub(crate) fn relevant(
    source: &[u8],
    call_words: &mut Vec<usize>,
    import_words: &mut Vec<usize>,
) -> Relevant {
    let mut last_import = 0;
    // In a longer word, too: then the parser's walk looks at calls.
    let mut mentions_call = false;
    let mut names_dunder = false;
    let mut line = Line::default();
    for at in IMPORT.find_iter(source) {
        let after = at + b"import".len();
        let starts_word = at == 0 || !is_identifier(source[at - 1]);
        match source.get(after) {
            Some(b'_') if source[..at].ends_with(b"__") => {
                let start = at - 2;
                mentions_call |= source[start..].starts_with(b"__import__");
                let starts_word = start == 0 || !is_identifier(source[start - 1]);
                if starts_word && starts_with_keyword(source, start, b"__import__") {
                    names_dunder = true;
                    call_words.push(start);
                }
            }
            Some(b'_') => {
                mentions_call |= source[at..].starts_with(b"import_module");
                if starts_word && starts_with_keyword(source, at, b"import_module") {
                    call_words.push(at);
                }
            }
            Some(byte) if is_identifier(*byte) => {}
            _ if starts_word && line.may_start_statement(source, at) => {
                last_import = after;
                import_words.push(at);
            }
            _ => {}
        }
    }
    if !mentions_call {
        return Relevant { last_import, may_call: false };
    }
    // The parser reads some letters that are not ASCII as those that are.
    let is_ascii = source.is_ascii();
    // An `import_module` is Python's only if it comes out of a module of Python's.
    let may_call = names_dunder
        || !is_ascii
        || (!call_words.is_empty() && (IMPORTLIB.is_in(source) || BUILTINS.is_in(source)));
    if may_call {
        let last_call = if is_ascii { call_words.last().map_or(0, |start| start + 1) } else { source.len() };
        last_import = last_import.max(last_call);
    }
    Relevant { last_import, may_call }
}

/// What is known of the line up to a position, so that a long line is read once.
#[derive(Default)]
struct Line {
    start: usize,
    /// Up to here.
    seen: usize,
    /// Where its first word is; `seen` as long as there is none.
    first: usize,
    /// Whether it holds what another statement may follow.
    has_separator: bool,
}

impl Line {
    /// Whether a statement may start at an `import` here. Positions must rise.
    fn may_start_statement(&mut self, source: &[u8], at: usize) -> bool {
        if let Some(newline) = memrchr(b'\n', &source[self.seen..at]) {
            let start = self.seen + newline + 1;
            *self = Self { start, seen: start, first: start, has_separator: false };
        }
        let unseen = &source[self.seen..at];
        if self.first == self.seen {
            self.first += unseen.len() - unseen.trim_ascii_start().len();
        }
        self.has_separator |= unseen.iter().any(|byte| matches!(byte, b';' | b':' | b'\r'));
        self.seen = at;
        let prefix = &source[self.first..at];
        prefix.is_empty()
            || self.has_separator
            || prefix.starts_with(b"from")
            || prefix.starts_with(b"lazy")
            || !is_prose(prefix)
            || source[..self.start]
                .strip_suffix(b"\n")
                .is_some_and(|before| before.strip_suffix(b"\r").unwrap_or(before).ends_with(b"\\"))
    }
}

/// Whether an `import` behind this text, which starts its line, is a word of a sentence or of a comment. Else a slip of the hand
/// may have put something before a statement, as in `f(from a import b`: that shows once the line is read.
fn is_prose(prefix: &[u8]) -> bool {
    let before = prefix.trim_ascii_end();
    let is_of_name = |byte: &&u8| is_identifier(**byte) || **byte == b'.';
    let name = before.iter().rev().take_while(is_of_name).count();
    let from = before[..before.len() - name].trim_ascii_end();
    let has_from =
        from.strip_suffix(b"from").is_some_and(|rest| !rest.last().is_some_and(|byte| is_identifier(*byte)));
    prefix.starts_with(b"#") || (name > 0 && !has_from)
}
