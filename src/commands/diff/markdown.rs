//! The differences for a comment on a pull request: short, with a picture of the neighbourhood that changed.

use std::collections::BTreeMap;
use std::io::{self, Write};

use ringfence_output::escape::{markdown_text, mermaid};

use super::Shown;
use super::outline::{Item, nothing, outline};
use crate::difference::Difference;

/// More of one sort are counted.
const MOST_ITEMS: usize = 10;
/// More edges than this make no picture.
const MOST_EDGES: usize = 30;

pub(super) fn render(shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    let difference = shown.difference;
    if difference.is_empty() {
        return writeln!(out, "{}", markdown_text(&nothing(difference)));
    }
    writeln!(out, "## What changed in the architecture\n")?;
    writeln!(out, "{}\n", markdown_text(&format!("From {} to {}.", difference.base, difference.head)))?;
    for section in outline(shown) {
        writeln!(out, "### {}\n", section.title)?;
        for group in section.groups {
            writeln!(out, "**{}**\n", markdown_text(&group.title))?;
            for Item { text, details } in group.items.iter().take(MOST_ITEMS) {
                writeln!(out, "- {}", markdown_text(text))?;
                if let Some(first) = details.first() {
                    let more = details.len() - 1;
                    let more = if more == 0 { String::new() } else { format!("; and {more} more") };
                    let is_told_in_full = details.len() == 2;
                    if is_told_in_full {
                        writeln!(
                            out,
                            "  <br>{}",
                            details.iter().map(|it| markdown_text(it)).collect::<Vec<_>>().join("<br>")
                        )?;
                    } else {
                        writeln!(out, "  <br>{}{more}", markdown_text(first))?;
                    }
                }
            }
            if group.items.len() > MOST_ITEMS {
                writeln!(out, "- and {} more", group.items.len() - MOST_ITEMS)?;
            }
            writeln!(out)?;
        }
        if section.title == "Architecture" {
            picture(difference, out)?;
        }
    }
    Ok(())
}

/// Edges that came as solid arrows, and those that went as dotted ones.
fn picture(difference: &Difference, out: &mut dyn Write) -> io::Result<()> {
    let edges = &difference.edges;
    let number_of_edges = edges.added.len() + edges.removed.len();
    if number_of_edges == 0 || number_of_edges > MOST_EDGES {
        return Ok(());
    }
    let all = || edges.added.iter().chain(&edges.removed);
    // Names may hold words that mean something to Mermaid, so nodes go by number.
    let names: std::collections::BTreeSet<&str> =
        all().flat_map(|edge| [edge.from.as_str(), edge.to.as_str()]).collect();
    let numbers: BTreeMap<&str, usize> = names.into_iter().zip(0..).collect();
    writeln!(out, "```mermaid\ngraph LR")?;
    for (name, number) in &numbers {
        writeln!(out, "    n{number}[\"{}\"]", mermaid(name))?;
    }
    for edge in &edges.added {
        let (from, to) = (numbers[edge.from.as_str()], numbers[edge.to.as_str()]);
        writeln!(out, "    n{from} -->|new| n{to}")?;
    }
    for edge in &edges.removed {
        let (from, to) = (numbers[edge.from.as_str()], numbers[edge.to.as_str()]);
        writeln!(out, "    n{from} -.->|gone| n{to}")?;
    }
    let added = edges.added.len();
    let positions = |range: std::ops::Range<usize>| {
        range.map(|position| position.to_string()).collect::<Vec<_>>().join(",")
    };
    if added > 0 {
        writeln!(out, "    linkStyle {} stroke:#1a7f37,stroke-width:2px", positions(0..added))?;
    }
    if added < number_of_edges {
        writeln!(out, "    linkStyle {} stroke:#cf222e", positions(added..number_of_edges))?;
    }
    writeln!(out, "```\n")
}
