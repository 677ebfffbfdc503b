//! Patterns over dotted names: `shop.orders`, `shop.plugins.*`, `shop.**`, `*_api`.
//!
//! Kept by hand, because globs are over paths: here `.` separates, `a.**` matches `a`, too, and of two patterns one is more specific.

use std::fmt;

use globset::GlobSet;
use regex::Regex;

use crate::ROOT_MODULE;
use crate::globs::{self, Wildcards};

/// Positions in a pattern are bits of one word.
const MOST_SEGMENTS: usize = 62;

/// A dotted name, or a pattern over dotted names.
///
/// `*` stands for any part of one segment, `**` as a whole segment for any number of segments, also none:
/// `shop.**` matches `shop` and everything below it, `shop.*` each direct child, `shop.*_api` those that end so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModulePattern {
    /// Exactly this name.
    Exact(Box<str>),
    /// By segments, at least one of which is a wildcard.
    Segments { text: Box<str>, segments: Box<[Segment]> },
    /// A glob as shells have it, with `?`, `[ab]` and `{a,b}`.
    Glob(Box<GlobPattern>),
    /// A regular expression over the whole name.
    Regex(Box<RegexPattern>),
}

/// A glob over a dotted name.
#[derive(Debug, Clone)]
pub struct GlobPattern {
    text: Box<str>,
    /// Whether a wildcard stays inside one segment.
    by_segment: bool,
    matcher: GlobSet,
}

impl GlobPattern {
    /// Whether a wildcard stays inside one segment.
    pub fn stays_in_segment(&self) -> bool {
        self.by_segment
    }
}

impl PartialEq for GlobPattern {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, self.by_segment) == (&other.text, other.by_segment)
    }
}

impl Eq for GlobPattern {}

/// A regular expression over a dotted name.
#[derive(Debug, Clone)]
pub struct RegexPattern {
    text: Box<str>,
    regex: Regex,
    /// Where the text has alternatives: what it means if only the first is bound to the start of the name and only the
    /// last to its end.
    unbound: Option<Regex>,
}

impl PartialEq for RegexPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for RegexPattern {}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// This text, with `*` for any run of characters.
    One(Box<str>),
    /// `**`
    Any,
}

/// Why a text is no pattern. Completes "`{text}` ...".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError(pub String);

impl ModulePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Where a segment is empty or holds a character that no module name has.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if is_plain_name(text) || text == ROOT_MODULE {
            return Ok(Self::Exact(text.into()));
        }
        if text.is_empty() {
            return Err(PatternError("is empty".to_string()));
        }
        if text.contains(['/', '\\']) {
            let dotted = text.trim_matches(['/', '\\']).replace(['/', '\\'], ".");
            return Err(PatternError(format!(
                "is a path; write the dotted name `{}`",
                dotted.trim_end_matches(".py")
            )));
        }
        if let Some(bad) = text.chars().find(|c| c.is_whitespace() || "[]{}?<>|:;,'\"()=!".contains(*c)) {
            return Err(PatternError(format!("has `{}`, which no module name has", bad.escape_default())));
        }
        if text.split('.').any(str::is_empty) {
            return Err(PatternError("has an empty segment".to_string()));
        }
        if let Some(segment) = text.split('.').find(|segment| segment.contains("**") && *segment != "**") {
            return Err(PatternError(format!(
                "has `**` inside the segment `{segment}`; it must stand alone"
            )));
        }
        if !text.contains('*') {
            return Ok(Self::Exact(text.into()));
        }
        if text.split('.').count() > MOST_SEGMENTS {
            return Err(PatternError(format!("has more than {MOST_SEGMENTS} segments")));
        }
        let segments = text
            .split('.')
            .map(|segment| if segment == "**" { Segment::Any } else { Segment::One(segment.into()) })
            .collect();
        Ok(Self::Segments { text: text.into(), segments })
    }

    /// Reads a module expression of import-linter's: `*` is one segment, and `**` at least one.
    ///
    /// # Errors
    /// Where a wildcard is part of a segment, or stands beside one of the other sort.
    pub fn expression(text: &str) -> Result<Self, PatternError> {
        if !text.contains('*') {
            return Ok(Self::Exact(text.into()));
        }
        let mut segments: Vec<Segment> = Vec::new();
        let mut before = "";
        for segment in text.split('.') {
            match (before, segment) {
                ("*", "**") => {
                    return Err(PatternError("has `**` directly after `*`".to_string()));
                }
                ("**", "*" | "**") => {
                    return Err(PatternError("has a wildcard directly after `**`".to_string()));
                }
                (_, "**") => segments.extend([Segment::One("*".into()), Segment::Any]),
                (_, "*") => segments.push(Segment::One("*".into())),
                (_, plain) if plain.contains('*') => {
                    let reason = format!("has `*` inside the segment `{plain}`; it must stand alone");
                    return Err(PatternError(reason));
                }
                (_, plain) => segments.push(Segment::One(plain.into())),
            }
            before = segment;
        }
        if segments.len() > MOST_SEGMENTS {
            return Err(PatternError(format!("has more than {MOST_SEGMENTS} segments")));
        }
        Ok(Self::Segments { text: text.into(), segments: segments.into() })
    }

    /// Reads a glob of which no wildcard but `**` between dots goes past one; `a.**` matches `a`, too. Alone `**` is one
    /// segment, as it is in Tach.
    ///
    /// # Errors
    /// Where it is no glob.
    pub fn glob(text: &str) -> Result<Self, PatternError> {
        let path = text.replace('.', "/");
        let path = match path.strip_suffix("/**") {
            Some(prefix) => format!("{prefix}{{,/**}}"),
            None if path == "**" => "*".to_string(),
            None => path,
        };
        Self::build_glob(text, &path, true)
    }

    /// Reads a glob whose wildcards go past dots.
    ///
    /// # Errors
    /// Where it is no glob.
    pub fn loose_glob(text: &str) -> Result<Self, PatternError> {
        Self::build_glob(text, text, false)
    }

    fn build_glob(text: &str, glob: &str, by_segment: bool) -> Result<Self, PatternError> {
        let matcher = globs::glob(glob, Wildcards::SegmentOrNothing).and_then(|glob| globs::set([glob]));
        let matcher = matcher.map_err(|error| PatternError(format!("is no glob: {}", error.reason)))?;
        Ok(Self::Glob(Box::new(GlobPattern { text: text.into(), by_segment, matcher })))
    }

    /// Reads a regular expression that has to match the whole name. Of alternatives each has to.
    ///
    /// # Errors
    /// Where it is none.
    pub fn regex(text: &str) -> Result<Self, PatternError> {
        let build = |text: &str| {
            globs::regex(text).map_err(|error| {
                PatternError(format!("is no regular expression that can be used: {}", error.reason))
            })
        };
        // Alone first: `a)(b` would be one inside the group.
        build(text)?;
        let regex = build(&format!("^(?:{text})$"))?;
        let unbound = text.contains('|').then(|| build(&format!("^{text}$"))).transpose()?;
        Ok(Self::Regex(Box::new(RegexPattern { text: text.into(), regex, unbound })))
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Exact(text) | Self::Segments { text, .. } => text,
            Self::Glob(glob) => &glob.text,
            Self::Regex(regex) => &regex.text,
        }
    }

    /// The name, for a pattern that can match only one.
    pub fn exact(&self) -> Option<&str> {
        match self {
            Self::Exact(name) => Some(name),
            Self::Segments { .. } | Self::Glob(_) | Self::Regex(_) => None,
        }
    }

    /// The segments before the first wildcard, as a dotted name: whatever it matches is that or below it. Nothing where it
    /// starts with a wildcard.
    pub fn literal_prefix(&self) -> Option<&str> {
        let text = self.as_str();
        let wild: &[char] = match self {
            Self::Exact(_) => &[],
            Self::Segments { .. } => &['*'],
            Self::Glob(_) => &['*', '?', '[', ']', '{', '}', '\\'],
            Self::Regex(_) => return None,
        };
        let literal = match text.find(wild) {
            Some(first) => text[..first].rfind('.').map_or("", |dot| &text[..dot]),
            None => text,
        };
        (!literal.is_empty()).then_some(literal)
    }

    /// Whether it matches this dotted name as a whole. O(segments of name x segments of pattern).
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exact(text) => &**text == name,
            Self::Segments { segments, .. } => reachable(segments, name) & end_of(segments) != 0,
            Self::Glob(glob) if glob.by_segment => glob.matcher.is_match(name.replace('.', "/")),
            Self::Glob(glob) => glob.matcher.is_match(name),
            Self::Regex(regex) => regex.regex.is_match(name),
        }
    }

    /// Whether it matches the name once the alternatives of a regular expression are not held to match all of it.
    pub fn matches_unbound(&self, name: &str) -> bool {
        match self {
            Self::Regex(regex) => regex.unbound.as_ref().is_some_and(|unbound| unbound.is_match(name)),
            Self::Exact(_) | Self::Segments { .. } | Self::Glob(_) => false,
        }
    }

    /// Whether it matches some name strictly below this one.
    pub fn matches_below(&self, name: &str) -> bool {
        match self {
            Self::Exact(text) => text.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')),
            // Any position from which a further segment can be consumed leads to a match, as every part matches some text.
            Self::Segments { segments, .. } => reachable(segments, name) & (end_of(segments) - 1) != 0,
            // Of these only whole names are known to match.
            Self::Glob(_) | Self::Regex(_) => false,
        }
    }

    /// Of two patterns that match a name, the one with more literal characters is meant; an exact name always.
    pub fn specificity(&self) -> (bool, usize) {
        match self {
            Self::Exact(text) => (true, text.len()),
            Self::Segments { .. } | Self::Glob(_) | Self::Regex(_) => {
                (false, self.as_str().chars().filter(|c| *c != '*').count())
            }
        }
    }
}

impl fmt::Display for ModulePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether this is segments of ASCII letters, digits and `_`, as almost every entry of a config is.
fn is_plain_name(text: &str) -> bool {
    let mut in_segment = false;
    text.bytes().all(|byte| {
        let fits = byte.is_ascii_alphanumeric() || byte == b'_' || (byte == b'.' && in_segment);
        in_segment = byte != b'.';
        fits
    }) && in_segment
}

/// The positions of the pattern that can be reached once the whole name is consumed, as bits: bit n stands before part
/// n. All at once, so that `**.**.**` stays linear.
fn reachable(pattern: &[Segment], name: &str) -> u64 {
    let mut positions = skip_any(pattern, 1);
    for segment in name.split('.') {
        let mut next = 0;
        for (position, part) in pattern.iter().enumerate() {
            if positions & (1 << position) != 0 {
                match part {
                    Segment::Any => next |= 1 << position,
                    Segment::One(text) if matches_text(text.as_bytes(), segment.as_bytes()) => {
                        next |= 1 << (position + 1);
                    }
                    Segment::One(_) => {}
                }
            }
        }
        if next == 0 {
            return 0;
        }
        positions = skip_any(pattern, next);
    }
    positions
}

/// The position behind the last part.
fn end_of(pattern: &[Segment]) -> u64 {
    1 << pattern.len()
}

fn skip_any(pattern: &[Segment], mut positions: u64) -> u64 {
    for (position, part) in pattern.iter().enumerate() {
        if positions & (1 << position) != 0 && *part == Segment::Any {
            positions |= 1 << (position + 1);
        }
    }
    positions
}

/// `*` in `pattern` stands for any run of bytes.
fn matches_text(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some((star_p, star_t)) = star {
            p = star_p + 1;
            t = star_t + 1;
            star = Some((star_p, star_t + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names_by_segment() {
        for (pattern, name, expected) in [
            ("shop.web", "shop.web", true),
            ("shop.web", "shop.web.views", false),
            ("shop.*", "shop.web", true),
            ("shop.*", "shop", false),
            ("shop.*", "shop.web.views", false),
            ("shop.**", "shop", true),
            ("shop.**", "shop.web.views", true),
            ("shop.**", "shopping", false),
            ("**.api", "api", true),
            ("**.api", "shop.web.api", true),
            ("shop.**.api", "shop.api", true),
            ("shop.**.api", "shop.a.b.api", true),
            ("shop.**.api", "shop.a.b.apis", false),
            ("shop.*_api", "shop.web_api", true),
            ("shop.w*b*", "shop.web", true),
            ("shop.w*b", "shop.webs", false),
            ("**", "anything.at.all", true),
        ] {
            let parsed = ModulePattern::parse(pattern).unwrap();
            assert_eq!(parsed.matches(name), expected, "{pattern} on {name}");
        }
    }

    #[test]
    fn globs_match_by_segment_or_not() {
        for (pattern, name, expected) in [
            ("lib.*", "lib.x", true),
            ("lib.*", "lib.x.y", false),
            ("lib.**", "lib", true),
            ("lib.**", "lib.x.y", true),
            ("lib.{x,q}", "lib.q", true),
            ("lib.**.z", "lib.z", true),
            ("lib.**.z", "lib.x.y.z", true),
            ("**", "lib", true),
            ("**", "lib.x", false),
            ("*", "<root>", true),
            ("**.y", "lib.x.y", true),
            ("l?b", "lab", true),
        ] {
            assert_eq!(ModulePattern::glob(pattern).unwrap().matches(name), expected, "{pattern} on {name}");
        }
        assert!(ModulePattern::loose_glob("q.*").unwrap().matches("q.r.s"));
        assert!(ModulePattern::glob("{a").is_err());
    }

    #[test]
    fn regular_expressions_match_whole_names() {
        let pattern = ModulePattern::regex("x|pub").unwrap();
        for (name, bound, unbound) in
            [("x", true, true), ("pub", true, true), ("xy", false, true), ("y", false, false)]
        {
            assert_eq!((pattern.matches(name), pattern.matches_unbound(name)), (bound, unbound), "{name}");
        }
        assert!(ModulePattern::regex("api.*").unwrap().matches("apifoo"));
        assert!(ModulePattern::regex("a)(b").is_err());
        assert!(
            ModulePattern::regex("[")
                .unwrap_err()
                .0
                .starts_with("is no regular expression that can be used: ")
        );
    }

    #[test]
    fn what_a_pattern_matches_is_at_or_below_its_prefix() {
        for (pattern, expected) in [
            ("shop.web", Some("shop.web")),
            ("shop.web.**", Some("shop.web")),
            ("shop.w*.api", Some("shop")),
            ("shop*.api", None),
            ("**", None),
        ] {
            assert_eq!(ModulePattern::parse(pattern).unwrap().literal_prefix(), expected, "{pattern}");
        }
    }

    #[test]
    fn a_pattern_may_match_below_a_name() {
        for (pattern, name, expected) in [
            ("api.get", "api", true),
            ("api", "api", false),
            ("api.*", "api", true),
            ("api.*", "api.get", false),
            ("api.**", "api.get", true),
            ("apis.*", "api", false),
        ] {
            let parsed = ModulePattern::parse(pattern).unwrap();
            assert_eq!(parsed.matches_below(name), expected, "{pattern} below {name}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_a_reason() {
        for (text, reason) in [
            ("", "is empty"),
            ("shop..web", "has an empty segment"),
            (".shop", "has an empty segment"),
            ("shop.", "has an empty segment"),
            ("src/shop/web.py", "is a path; write the dotted name `src.shop.web`"),
            ("shop web", "has ` `, which no module name has"),
            ("shop.a**", "has `**` inside the segment `a**`; it must stand alone"),
        ] {
            assert_eq!(ModulePattern::parse(text), Err(PatternError(reason.to_string())), "{text}");
        }
    }
}
