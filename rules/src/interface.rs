//! What modules expose, and what the rules about interfaces say of it.

use ringfence_diagnostics::{Label, Span};
use ringfence_policy::{Interface, Key, ModulePattern, Spanned};

use crate::{BoundaryId, Context, Crossing};

/// An interface longer than this is not listed in a message.
const MOST_LISTED: usize = 6;

/// A list of what is exposed. The span is the array's.
type Members = Spanned<Vec<Spanned<ModulePattern>>>;

/// What a boundary module lets somebody import.
pub(crate) struct Exposed<'a> {
    /// By its declaration.
    own: Option<&'a Members>,
    /// By interfaces that are for it, and meant for whoever imports.
    interfaces: Vec<&'a Interface>,
}

impl<'a> Exposed<'a> {
    /// Nothing where nobody says what is exposed, and so everything is. `numbers` are those of the interfaces that are for the
    /// module.
    pub(crate) fn new(
        own: Option<&'a Members>,
        numbers: &[u32],
        all: &'a [Interface],
        importer: Option<&str>,
    ) -> Option<Self> {
        let is_meant = |interface: &Interface| {
            let Some(visible_to) = &interface.visible_to else { return true };
            importer.is_some_and(|name| visible_to.value.iter().any(|pattern| pattern.value.matches(name)))
        };
        let for_it = numbers.iter().filter_map(|number| all.get(*number as usize));
        let mut interfaces: Vec<&Interface> = for_it.filter(|interface| is_meant(interface)).collect();
        if let Some(exclusive) = interfaces.iter().position(|interface| interface.exclusive) {
            interfaces = vec![interfaces.swap_remove(exclusive)];
        }
        (own.is_some() || !interfaces.is_empty()).then_some(Self { own, interfaces })
    }

    fn lists(&self) -> impl Iterator<Item = &'a Members> {
        self.own.into_iter().chain(self.interfaces.iter().map(|interface| &interface.exposes))
    }

    pub(crate) fn patterns(&self) -> impl Iterator<Item = &'a ModulePattern> {
        self.lists().flat_map(|list| &list.value).map(|pattern| &pattern.value)
    }

    /// The list to which something would be added, with where its last entry ends.
    pub(crate) fn list(&self) -> Option<&'a Members> {
        self.lists().next()
    }

    /// A label at each list that something is missing from.
    pub(crate) fn labels(&self) -> impl Iterator<Item = Label> {
        self.lists().map(|list| exposed_here(list.span, list.value.is_empty()))
    }
}

/// A label at the list that something is missing from.
pub(crate) fn exposed_here(list: Span, is_empty: bool) -> Label {
    Label::new(list, if is_empty { "nothing is exposed" } else { "only these are exposed" })
}

/// `` (`Order`, `api.*`)`` with a space before it; empty where there is nothing or too much to list.
pub(crate) fn listed(exposed: &[&ModulePattern]) -> String {
    match exposed {
        [_, ..] if exposed.len() <= MOST_LISTED => {
            let names: Vec<String> = exposed.iter().map(|name| format!("`{name}`")).collect();
            format!(" ({})", names.join(", "))
        }
        _ => String::new(),
    }
}

/// The way out that takes an agreement.
pub(crate) fn ask_for(context: &Context, member: &str, declarer: &ModulePattern) -> String {
    let exposes_key = context.key(Key::Exposes);
    format!("ask for `\"{member}\"` to be added to `{exposes_key}` of `{declarer}`")
}

/// Whether what is imported below a boundary module is part of its interface, as far as the importer is concerned.
pub(crate) fn is_exposed(
    context: &Context,
    imported: BoundaryId,
    importer: Option<BoundaryId>,
    member: &str,
) -> bool {
    let Some(exposed) = context.exposed(imported, importer) else { return true };
    member.is_empty()
        || exposed.patterns().any(|pattern| {
            pattern.matches(member) || (!member.ends_with('*') && pattern.matches_below(member))
        })
}

/// Whether a crossing reaches for what the imported boundary module does not expose.
pub(crate) fn is_private(context: &Context, crossing: &Crossing) -> bool {
    !is_exposed(context, crossing.imported, crossing.importer, &context.member_of(crossing))
}
