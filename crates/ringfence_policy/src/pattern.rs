//! Patterns over dotted names: `shop.orders`, `shop.plugins.*`, `shop.**`, `*_api`.

use std::fmt;

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
}

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
        let segments = text
            .split('.')
            .map(|segment| if segment == "**" { Segment::Any } else { Segment::One(segment.into()) })
            .collect();
        Ok(Self::Segments { text: text.into(), segments })
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Exact(text) | Self::Segments { text, .. } => text,
        }
    }

    /// The name, for a pattern that can match only one.
    pub fn exact(&self) -> Option<&str> {
        match self {
            Self::Exact(name) => Some(name),
            Self::Segments { .. } => None,
        }
    }

    /// Whether it matches this dotted name as a whole. O(segments of name x segments of pattern).
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exact(text) => &**text == name,
            Self::Segments { segments, .. } => {
                let name: Vec<&str> = name.split('.').collect();
                matches_segments(segments, &name, false)
            }
        }
    }

    /// Whether it matches some name strictly below this one.
    pub fn matches_below(&self, name: &str) -> bool {
        match self {
            Self::Exact(text) => text.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')),
            Self::Segments { segments, .. } => {
                let name: Vec<&str> = name.split('.').collect();
                matches_segments(segments, &name, true)
            }
        }
    }

    /// Of two patterns that match a name, the one with more literal characters is meant; an exact name always.
    pub fn specificity(&self) -> (bool, usize) {
        match self {
            Self::Exact(text) => (true, text.len()),
            Self::Segments { text, .. } => (false, text.chars().filter(|c| *c != '*').count()),
        }
    }
}

impl fmt::Display for ModulePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `below`: whether `name` plus at least one more segment could match. Dynamic programming over the positions of the
/// pattern that are reachable after each segment, so that `**.**.**` stays linear.
fn matches_segments(pattern: &[Segment], name: &[&str], below: bool) -> bool {
    let mut reachable = vec![false; pattern.len() + 1];
    reachable[0] = true;
    skip_any(pattern, &mut reachable);
    for segment in name {
        let mut next = vec![false; pattern.len() + 1];
        for (position, part) in pattern.iter().enumerate() {
            if reachable[position] {
                match part {
                    Segment::Any => next[position] = true,
                    Segment::One(text) => {
                        next[position + 1] |= matches_text(text.as_bytes(), segment.as_bytes());
                    }
                }
            }
        }
        reachable = next;
        skip_any(pattern, &mut reachable);
    }
    if below {
        // Any position from which a further segment can be consumed leads to a match, as every part matches some text.
        reachable[..pattern.len()].contains(&true)
    } else {
        reachable[pattern.len()]
    }
}

fn skip_any(pattern: &[Segment], reachable: &mut [bool]) {
    for (position, part) in pattern.iter().enumerate() {
        if reachable[position] && *part == Segment::Any {
            reachable[position + 1] = true;
        }
    }
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
            ("src/shop/web.py", "is a path; write the dotted name `src.shop.web`"),
            ("shop web", "has ` `, which no module name has"),
            ("shop.a**", "has `**` inside the segment `a**`; it must stand alone"),
        ] {
            assert_eq!(ModulePattern::parse(text), Err(PatternError(reason.to_string())), "{text}");
        }
    }
}
