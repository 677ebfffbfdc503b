//! Makes a program that shows a fault smaller.

use crate::program::{File, Program};

/// More trials are not made.
const TRIALS: usize = 500;

/// The smallest program found that `shows` the fault: files, statements and clauses are left out, and what is in blocks
/// takes the place of them.
pub(crate) fn shrink(program: &Program, mut shows: impl FnMut(&Program) -> bool) -> Program {
    let mut best = program.clone();
    let mut left = TRIALS;
    loop {
        let before = best.size();
        let mut next = Some(Step { file: 0, line: None, way: Way::Statement });
        while let Some(step) = next {
            next = step.after(&best);
            let Some(smaller) = step.taken(&best) else { continue };
            if left == 0 {
                return best;
            }
            left -= 1;
            if shows(&smaller) {
                best = smaller;
                // The same place has something else now.
                next = Some(step).filter(|step| step.is_in(&best)).or(next).filter(|step| step.is_in(&best));
            }
        }
        if best.size() == before {
            return best;
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Without the statement, with all of its clauses.
    Statement,
    /// Only with what is in its first block.
    Inner,
    /// Without the clause.
    Clause,
}

/// One thing to try.
#[derive(Debug, Clone, Copy)]
struct Step {
    file: usize,
    /// Nothing for the whole file.
    line: Option<usize>,
    way: Way,
}

impl Step {
    fn is_in(self, program: &Program) -> bool {
        let file = program.files.get(self.file);
        file.is_some_and(|file| self.line.is_none_or(|line| line < file.text.lines().count()))
    }

    fn after(self, program: &Program) -> Option<Self> {
        let Self { file, line, way } = self;
        let step = match (line, way) {
            (Some(_), Way::Statement) => Self { way: Way::Inner, ..self },
            (Some(_), Way::Inner) => Self { way: Way::Clause, ..self },
            (Some(line), Way::Clause) => Self { file, line: Some(line + 1), way: Way::Statement },
            // All files first, then the lines of each.
            (None, _) if file + 1 < program.files.len() => Self { file: file + 1, ..self },
            (None, _) => Self { file: 0, line: Some(0), way: Way::Statement },
        };
        if step.is_in(program) {
            return Some(step);
        }
        let step = Self { file: step.file + 1, line: Some(0), way: Way::Statement };
        (step.file < program.files.len())
            .then_some(step)
            .filter(|step| step.is_in(program) || step.after(program).is_some())
    }

    fn taken(self, program: &Program) -> Option<Program> {
        let mut files = program.files.clone();
        let Some(line) = self.line else {
            files.remove(self.file);
            return (!files.is_empty()).then_some(Program { files });
        };
        let File { text, .. } = files.get_mut(self.file)?;
        let lines: Vec<&str> = text.lines().collect();
        let depth = indent_of(lines.get(line)?);
        let end_from = |from: usize| {
            (from..lines.len()).find(|next| indent_of(lines[*next]) <= depth).unwrap_or(lines.len())
        };
        let block = end_from(line + 1);
        let mut end = block;
        while end < lines.len() && indent_of(lines[end]) == depth && is_clause(lines[end].trim_start()) {
            end = end_from(end + 1);
        }
        let inner: Vec<&str> =
            lines[line + 1..block].iter().map(|inner| inner.strip_prefix("    ").unwrap_or(inner)).collect();
        let (end, kept) = match self.way {
            Way::Statement => (end, Vec::new()),
            Way::Inner => (end, inner),
            Way::Clause => (block, Vec::new()),
        };
        // The same as another way.
        if (self.way == Way::Inner && kept.is_empty())
            || (self.way == Way::Clause && !is_clause(lines[line].trim_start()))
        {
            return None;
        }
        let all = lines[..line].iter().chain(&kept).chain(&lines[end..]);
        *text = all.flat_map(|line| [*line, "\n"]).collect();
        Some(Program { files })
    }
}

fn is_clause(start: &str) -> bool {
    ["except", "else:", "elif ", "finally:"].iter().any(|word| start.starts_with(word))
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
