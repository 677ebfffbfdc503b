//! A broken rule, before anybody has put it into words.

use std::fmt::{self, Debug, Formatter};
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use ringfence_diagnostics::{FileId, Fix, Severity, Span};
use ringfence_graph::Edge;
use rustc_hash::FxBuildHasher;

use crate::rule::Rule;
use crate::{Context, Explainer, Message, RuleId};

/// Where a finding is. Turned into a text range only when it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Site {
    /// One name of one import: indices into the facts of the file.
    Import { file: FileId, import: u32, name: u32 },
    /// A suppression comment: index into the facts of the file.
    Suppression { file: FileId, index: u32 },
    /// A file as a whole.
    File(FileId),
    /// A range that is known already, in source or config.
    Place(Span),
}

impl Site {
    /// The name that an edge stands for.
    pub fn of(edge: &Edge) -> Self {
        Self::Import { file: edge.file, import: edge.import, name: edge.name }
    }

    pub fn file(self) -> FileId {
        match self {
            Self::Import { file, .. } | Self::Suppression { file, .. } | Self::File(file) => file,
            Self::Place(span) => span.file,
        }
    }
}

/// One finding of one rule: where it is, and what the rule saw there.
#[derive(Debug, Clone)]
pub struct Finding {
    pub rule: RuleId,
    pub site: Site,
    violation: Arc<dyn AnyViolation>,
    fingerprint: u64,
}

impl Finding {
    /// A finding of rule `R`, which has this id.
    pub(crate) fn of<R: Rule>(rule: RuleId, site: Site, violation: R::Violation) -> Self {
        let fingerprint = FxBuildHasher.hash_one(&violation);
        Self { rule, site, violation: Arc::new(Seen::<R>(violation)), fingerprint }
    }

    /// What the rule saw.
    pub(crate) fn violation(&self) -> &dyn AnyViolation {
        &*self.violation
    }
}

/// Of one rule the hash of a violation stands for it: what is said of equal findings is the same.
impl PartialEq for Finding {
    fn eq(&self, other: &Self) -> bool {
        (self.rule, self.site, self.fingerprint) == (other.rule, other.site, other.fingerprint)
    }
}

impl Eq for Finding {}

impl Hash for Finding {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.rule, self.site, self.fingerprint).hash(state);
    }
}

/// A violation of some rule, by what can be asked of it.
pub(crate) trait AnyViolation: Debug + Send + Sync {
    fn message(&self, context: &Explainer) -> Message;
    fn fix(&self, context: &Explainer) -> Option<Fix>;
    fn severity(&self, context: &Context, severity: Severity) -> Option<Severity>;
}

/// A violation with the rule that saw it, which knows what to say.
struct Seen<R: Rule>(R::Violation);

impl<R: Rule> AnyViolation for Seen<R> {
    fn message(&self, context: &Explainer) -> Message {
        R::message(context, &self.0)
    }

    fn fix(&self, context: &Explainer) -> Option<Fix> {
        R::fix(context, &self.0)
    }

    fn severity(&self, context: &Context, severity: Severity) -> Option<Severity> {
        R::severity(context, &self.0, severity)
    }
}

impl<R: Rule> Debug for Seen<R> {
    fn fmt(&self, formatter: &mut Formatter) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
