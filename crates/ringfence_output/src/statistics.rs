//! How often each rule has something to say, the most frequent first.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use ringfence_diagnostics::Diagnostic;
use serde::Serialize;

use crate::{Format, escape, is_fixable};

/// Writes one line (or, in JSON, one object) a code: count, code, what `--fix` can do, name.
///
/// `[*]`: all findings of the code are fixable; `[-]`: some are.
pub fn render_statistics(
    diagnostics: &[Diagnostic],
    unsafe_fixes: bool,
    format: Format,
    out: &mut dyn Write,
) -> io::Result<()> {
    let statistics = count(diagnostics, unsafe_fixes);
    match format {
        Format::Json | Format::JsonLines => {
            escape::json_pretty(&statistics, out)?;
            writeln!(out)
        }
        _ => {
            let width =
                statistics.iter().map(|row| row.count).max().map_or(0, |count| count.to_string().len());
            let any_fixable = statistics.iter().any(|row| row.fixable_count > 0);
            for Row { code, name, count, fixable, fixable_count } in statistics {
                let marker = match (any_fixable, fixable, fixable_count) {
                    (false, ..) => "",
                    (true, true, _) => "[*] ",
                    (true, false, 0) => "[ ] ",
                    (true, false, _) => "[-] ",
                };
                writeln!(out, "{count:>width$}\t{code}\t{marker}{name}")?;
            }
            Ok(())
        }
    }
}

fn count(diagnostics: &[Diagnostic], unsafe_fixes: bool) -> Vec<Row> {
    let mut by_code: BTreeMap<&'static str, Row> = BTreeMap::new();
    for diagnostic in diagnostics {
        let row = by_code.entry(diagnostic.code).or_insert(Row {
            code: diagnostic.code,
            name: diagnostic.name,
            count: 0,
            fixable: false,
            fixable_count: 0,
        });
        row.count += 1;
        row.fixable_count += usize::from(is_fixable(diagnostic, unsafe_fixes));
    }
    let mut rows: Vec<Row> = by_code.into_values().collect();
    for row in &mut rows {
        row.fixable = row.fixable_count == row.count;
    }
    rows.sort_by_key(|row| (Reverse(row.count), row.code));
    rows
}

#[derive(Serialize)]
struct Row {
    code: &'static str,
    name: &'static str,
    count: usize,
    /// Whether every finding of the code is fixable.
    fixable: bool,
    fixable_count: usize,
}
