//! What the rules about interfaces say of `exposes`.

use ringfence_diagnostics::Label;
use ringfence_policy::{ModulePattern, Spanned};

/// An interface longer than this is not listed in a message.
const MOST_LISTED: usize = 6;

/// A label at the list that something is missing from.
pub(crate) fn exposed_here(exposes: &Spanned<Vec<Spanned<ModulePattern>>>) -> Label {
    let text = if exposes.value.is_empty() { "nothing is exposed" } else { "only these are exposed" };
    Label::new(exposes.span, text)
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
pub(crate) fn ask_for(member: &str, declarer: &ModulePattern) -> String {
    format!("ask for `\"{member}\"` to be added to `exposes` of `{declarer}`")
}
