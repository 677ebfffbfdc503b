//! The one door through which a pattern from outside becomes a matcher. What is wrong with one, or too much, is an error: no
//! pattern makes a library panic or takes the stack.

use std::fmt;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use regex::{Regex, RegexBuilder};

/// A list of alternatives may be long.
const MOST_BYTES: usize = 1 << 16;

/// How large a regular expression may be once it is compiled, and what it may keep while it matches. A config may have hundreds.
const MOST_COMPILED: usize = 256 << 10;

/// Braces in each other: each level takes stack wherever the pattern is looked at.
const MOST_NESTED: usize = 32;

/// What a wildcard of a glob matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wildcards {
    /// Slashes, too.
    Anything,
    /// What is between two slashes.
    Segment,
    /// The same, and `{,a}` stands for nothing or `a`.
    SegmentOrNothing,
}

/// Why a text is no pattern that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPattern {
    /// Without the pattern.
    pub reason: String,
    /// With the pattern, where it is short enough to be read.
    text: String,
}

impl fmt::Display for BadPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl BadPattern {
    fn new(reason: String) -> Self {
        Self { text: reason.clone(), reason }
    }

    fn of_glob(error: &globset::Error) -> Self {
        let reason = match error.kind() {
            // Of what was made of the pattern.
            globset::ErrorKind::Regex(_) => "it is too large".to_string(),
            kind => kind.to_string(),
        };
        let is_short = error.glob().is_none_or(|glob| glob.len() <= 200);
        let is_regex = matches!(error.kind(), globset::ErrorKind::Regex(_));
        Self { text: if is_short && !is_regex { error.to_string() } else { reason.clone() }, reason }
    }
}

/// A glob, which [`set`] makes a matcher of.
///
/// # Errors
/// Where it is none, or too much of one.
pub fn glob(text: &str, wildcards: Wildcards) -> Result<Glob, BadPattern> {
    check_size(text)?;
    GlobBuilder::new(text)
        .literal_separator(wildcards != Wildcards::Anything)
        .empty_alternates(wildcards == Wildcards::SegmentOrNothing)
        .build()
        .map_err(|error| BadPattern::of_glob(&error))
}

/// What matches if one of these does.
///
/// # Errors
/// Where they are too much together.
pub fn set(globs: impl IntoIterator<Item = Glob>) -> Result<GlobSet, BadPattern> {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        builder.add(glob);
    }
    // Unlike the matcher of one glob this is an error where it is too large, and no panic.
    builder.build().map_err(|error| BadPattern::of_glob(&error))
}

/// Whether a pattern is one that may be given to whoever reads it, a line of an ignore file included.
///
/// # Errors
/// Where it is too long or nested too deeply.
pub fn check_size(text: &str) -> Result<(), BadPattern> {
    if text.len() > MOST_BYTES {
        return Err(BadPattern::new(format!("it has more than {MOST_BYTES} bytes")));
    }
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        deepest = deepest.max(depth);
    }
    if deepest > MOST_NESTED {
        return Err(BadPattern::new(format!("its braces are nested more than {MOST_NESTED} deep")));
    }
    Ok(())
}

/// A regular expression.
///
/// # Errors
/// Where it is none, or too much of one.
pub fn regex(text: &str) -> Result<Regex, BadPattern> {
    if text.len() > MOST_BYTES {
        return Err(BadPattern::new(format!("it has more than {MOST_BYTES} bytes")));
    }
    let builder = RegexBuilder::new(text).size_limit(MOST_COMPILED).dfa_size_limit(MOST_COMPILED).build();
    builder.map_err(|error| {
        if matches!(error, regex::Error::CompiledTooBig(_)) {
            return BadPattern::new("it is larger than any that names of modules need".to_string());
        }
        let error = error.to_string();
        BadPattern::new(error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_string())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn usable(text: &str) -> Result<(), String> {
        for wildcards in [Wildcards::Anything, Wildcards::Segment, Wildcards::SegmentOrNothing] {
            let set =
                glob(text, wildcards).and_then(|glob| set([glob])).map_err(|error| error.to_string())?;
            set.is_match("a/b");
        }
        Ok(())
    }

    #[test]
    fn no_pattern_is_too_much() {
        for (pattern, reason) in [
            ("{".repeat(33) + "a" + &"}".repeat(33), "nested more than 32 deep"),
            ("{".repeat(100_000), "more than 65536 bytes"),
            ("{".repeat(10_000), "nested more than 32 deep"),
            ("{a,".repeat(20_000) + &"}".repeat(20_000), "more than 65536 bytes"),
            ("?".repeat(1 << 17), "more than 65536 bytes"),
        ] {
            assert!(usable(&pattern).unwrap_err().contains(reason), "{}", &pattern[..10]);
        }
        for pattern in [
            "{".repeat(32) + "a" + &"}".repeat(32),
            "?".repeat(1 << 16),
            "**/".repeat(20_000),
            "[a-z]*".repeat(10_000),
        ] {
            // Whatever it is, it is an answer.
            _ = usable(&pattern);
        }
        for pattern in ["(".repeat(10_000), "a{1000}{1000}{1000}".to_string(), "(?:a|b){999999}".to_string()]
        {
            assert!(regex(&pattern).is_err());
        }
    }

    proptest! {
        #[test]
        fn every_pattern_is_answered(pattern in "[a{},*?\\[\\]!^/\\\\.-]{0,80}") {
            _ = usable(&pattern);
        }
    }
}
