//! Makes a program that shows a fault smaller.

use crate::program::{File, Program};

/// More trials are not made.
const TRIALS: usize = 600;

/// The smallest program found that `shows` the fault: files, blocks and lines are left out, and blocks come out of what
/// is around them.
pub(crate) fn shrink(program: &Program, mut shows: impl FnMut(&Program) -> bool) -> Program {
    let mut best = program.clone();
    let mut left = TRIALS;
    loop {
        let before = best.size();
        for candidate in 0.. {
            let Some(smaller) = smaller(&best, candidate) else { break };
            // What replaces the best may have as many again: from the same place on.
            let mut next = smaller;
            while let Some(program) = next.take() {
                if left == 0 {
                    return best;
                }
                left -= 1;
                if shows(&program) {
                    best = program;
                    next = self::smaller(&best, candidate).flatten();
                }
            }
        }
        if best.size() == before {
            return best;
        }
    }
}

/// The candidate of this number, if there is one; nothing in it where that makes no difference.
fn smaller(program: &Program, candidate: usize) -> Option<Option<Program>> {
    let mut left = candidate;
    if left < program.files.len() {
        let mut files = program.files.clone();
        files.remove(left);
        return Some((!files.is_empty()).then_some(Program { files }));
    }
    left -= program.files.len();
    for (index, File { text, .. }) in program.files.iter().enumerate() {
        let lines: Vec<&str> = text.lines().collect();
        if left >= 2 * lines.len() {
            left -= 2 * lines.len();
            continue;
        }
        let (line, dedent) = (left / 2, left % 2 == 1);
        let depth = indent_of(lines[line]);
        let end =
            (line + 1..lines.len()).find(|next| indent_of(lines[*next]) <= depth).unwrap_or(lines.len());
        if dedent && end == line + 1 {
            return Some(None);
        }
        let kept = lines[line + 1..end].iter().map(|inner| inner.strip_prefix("    ").unwrap_or(inner));
        let kept: Vec<&str> = if dedent { kept.collect() } else { Vec::new() };
        let all = lines[..line].iter().chain(&kept).chain(&lines[end..]);
        let mut files = program.files.clone();
        files[index].text = all.flat_map(|line| [*line, "\n"]).collect();
        return Some(Some(Program { files }));
    }
    None
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
