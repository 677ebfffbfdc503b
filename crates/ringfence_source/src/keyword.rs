//! Words that are looked for in every file.

use std::sync::OnceLock;

use memchr::memmem::{FindIter, Finder};

/// The names of guards.
pub(crate) static TYPE_CHECKING: Keyword = Keyword::new("TYPE_CHECKING");
pub(crate) static MYPY: Keyword = Keyword::new("MYPY");

/// `contextlib.suppress`
pub(crate) static SUPPRESS: Keyword = Keyword::new("suppress");

/// A word to look for, prepared at its first use.
pub(crate) struct Keyword {
    word: &'static str,
    finder: OnceLock<Finder<'static>>,
}

impl Keyword {
    pub(crate) const fn new(word: &'static str) -> Self {
        Self { word, finder: OnceLock::new() }
    }

    fn finder(&self) -> &Finder<'static> {
        self.finder.get_or_init(|| Finder::new(self.word))
    }

    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        self.finder().find(text).is_some()
    }

    /// Where it starts, each time.
    pub(crate) fn find_iter<'a>(&'a self, text: &'a [u8]) -> FindIter<'a, 'a> {
        self.finder().find_iter(text)
    }
}
