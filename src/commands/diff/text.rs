//! The differences for a terminal.

use std::io::{self, Write};

use ringfence_output::escape;

use super::Shown;
use super::outline::{nothing, outline};

/// More of one sort are counted.
const MOST_ITEMS: usize = 30;
const MOST_DETAILS: usize = 4;

pub(super) fn render(shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    if shown.difference.is_empty() {
        return writeln!(out, "{}", escape::line(&nothing(shown.difference)));
    }
    let mut lines = vec![format!("From {} to {}", shown.difference.base, shown.difference.head)];
    for section in outline(shown) {
        lines.push(String::new());
        lines.push(section.title.to_string());
        for group in section.groups {
            lines.push(format!("  {}:", group.title));
            for item in group.items.iter().take(MOST_ITEMS) {
                lines.push(format!("    {}", item.text));
                lines.extend(item.details.iter().take(MOST_DETAILS).map(|detail| format!("      {detail}")));
                if item.details.len() > MOST_DETAILS {
                    lines.push(format!("      and {} more", item.details.len() - MOST_DETAILS));
                }
            }
            if group.items.len() > MOST_ITEMS {
                lines.push(format!("    and {} more", group.items.len() - MOST_ITEMS));
            }
        }
    }
    lines.iter().try_for_each(|line| writeln!(out, "{}", escape::line(line)))
}
