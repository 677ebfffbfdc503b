//! How much is said of findings, and how much may be looked at for that.

use std::cell::{Cell, RefCell};
use std::ops::Deref;

use ringfence_diagnostics::FileId;
use ringfence_policy::suggest;
use ringfence_refactor::{Basis, Entry};
use ruff_text_size::TextRange;
use rustc_hash::FxHashMap;

use crate::{Context, Site};

/// A statement of no more bytes than this is looked at for each of its names; a longer one so often that no more than these bytes
/// are looked at, but a few times in any case.
const SHORT_STATEMENT: u32 = 4_000;
const MOST_BYTES: u32 = 1_000_000;
const FEWEST_TIMES: u32 = 10;

/// How often a statement is looked at for its names; a short one for each.
fn most_asked(statement: TextRange) -> Option<u32> {
    let length = statement.len().to_u32();
    (length > SHORT_STATEMENT).then(|| (MOST_BYTES / length).max(FEWEST_TIMES))
}

/// How much of a finding somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Detail {
    /// Its place and its message.
    Message,
    /// And what is said beside it.
    Text,
    /// And what a program reads.
    #[default]
    Everything,
}

/// What explaining findings may cost; nothing at all by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budgets {
    /// How many names may be compared with all others: a config full of unknown names is not mended by guesses.
    pub suggestions: u32,
    /// How many times a file may be looked at in full for what is said of a finding, or for its fix.
    pub explanations: u32,
    /// How many times all ways from one module to another are looked at, for what is said of a contract.
    pub chains: u32,
}

/// What explains findings: all that rules may look at, as long as the budgets last.
pub struct Explainer<'a> {
    pub context: Context<'a>,
    suggestions: Cell<u32>,
    explanations: Cell<u32>,
    has_unlooked_fix: Cell<bool>,
    chains: Cell<u32>,
    /// Whether all chains that share no import are listed.
    pub all_chains: bool,
    /// How much of a finding somebody sees.
    pub detail: Detail,
    /// Whether of all fixes only those are asked for that change the policy.
    pub only_policy: bool,
}

impl<'a> Deref for Explainer<'a> {
    type Target = Context<'a>;

    fn deref(&self) -> &Context<'a> {
        &self.context
    }
}

/// By file and import: for how many of its names a fix was looked for, and of how many it was told how they are used.
#[derive(Default)]
struct Looks {
    fixes: RefCell<FxHashMap<(FileId, u32), u32>>,
    explained: RefCell<FxHashMap<(FileId, u32), u32>>,
}

impl Entry for Looks {
    const BASIS: Basis = Basis::Texts;
}

impl<'a> Explainer<'a> {
    /// Says everything that the budgets allow, but of each contract only a few chains.
    pub fn new(context: Context<'a>, budgets: Budgets) -> Self {
        Self {
            context,
            suggestions: Cell::new(budgets.suggestions),
            explanations: Cell::new(budgets.explanations),
            has_unlooked_fix: Cell::new(false),
            chains: Cell::new(budgets.chains),
            all_chains: false,
            detail: Detail::Everything,
            only_policy: false,
        }
    }

    /// Whether no fix was looked for at a finding, because too many files had been looked at.
    pub fn has_unlooked_fix(&self) -> bool {
        self.has_unlooked_fix.get()
    }

    /// Has files be looked at in full so many times from here on.
    pub fn allow_explanations(&self, times: u32) {
        self.explanations.set(times);
    }

    fn looks(&self) -> &'a Looks {
        self.memo.get()
    }

    /// Forgets how often statements were looked at.
    pub fn count_anew(&self) {
        self.looks().fixes.borrow_mut().clear();
        self.looks().explained.borrow_mut().clear();
    }

    /// The candidate that is most likely meant; nothing once there have been too many questions.
    pub fn suggest<'n>(&self, name: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
        self.suggestions.set(self.suggestions.get().checked_sub(1)?);
        suggest(name, candidates)
    }

    /// Whether one more finding may have its file looked at in full. With thousands of them nobody reads each.
    pub(crate) fn may_explain(&self) -> bool {
        let left = self.explanations.get();
        self.explanations.set(left.saturating_sub(1));
        left > 0
    }

    /// Whether one more chain may be looked at in full: which others there are, and what would cut them.
    pub(crate) fn may_explain_chains(&self) -> bool {
        let left = self.chains.get();
        self.chains.set(left.saturating_sub(1));
        left > 0
    }

    /// Fixes of imports look at their files in full.
    pub(crate) fn may_be_fixed(&self, site: Site) -> bool {
        if !matches!(site, Site::Import { .. }) {
            return true;
        }
        if !self.is_asked_again(site, &self.looks().fixes) {
            return false;
        }
        let may_explain = self.may_explain();
        if !may_explain {
            self.has_unlooked_fix.set(true);
        }
        may_explain
    }

    /// Whether the statement of one more finding may be looked at for what is said of its names.
    pub(crate) fn may_tell_more_of(&self, site: Site) -> bool {
        self.is_asked_again(site, &self.looks().explained)
    }

    /// Whether a statement may be looked at once more for one of its names. To tell of a name looks at all of them, and a fix holds
    /// the whole statement: of a long one that is done for a few names. Whoever applies fixes has to do it one after the other anyhow.
    fn is_asked_again(&self, site: Site, asked: &RefCell<FxHashMap<(FileId, u32), u32>>) -> bool {
        let (Site::Import { file, import, .. }, Some(range)) = (site, self.statement_range(site)) else {
            return true;
        };
        let Some(most) = most_asked(range) else { return true };
        let mut asked = asked.borrow_mut();
        let times = asked.entry((file, import)).or_default();
        *times += 1;
        *times <= most
    }

    /// Whether the statement of a finding has been looked at as often as it may, so that less is said of this name than of others.
    pub(crate) fn is_abridged(&self, site: Site) -> bool {
        let (Site::Import { file, import, .. }, Some(range)) = (site, self.statement_range(site)) else {
            return false;
        };
        let asked = [&self.looks().fixes, &self.looks().explained];
        let is_over = |most| {
            asked.iter().any(|asked| asked.borrow().get(&(file, import)).is_some_and(|times| *times > most))
        };
        most_asked(range).is_some_and(is_over)
    }
}
