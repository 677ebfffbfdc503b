//! Takes what fails out of a program, so that imports get further.
//!
//! Nearly every program with a hundred lines of hostile code fails early, at the same place for each of its modules.
//! What fails is left out, or caught, until most of it works, or for a few rounds only.

use std::path::PathBuf;

use crate::interpreter::Interpreter;
use crate::program::Program;
use crate::random::Random;

/// `hold` writes a program to a folder of its own.
pub(crate) fn repair(
    mut program: Program,
    seed: u64,
    interpreter: &mut Interpreter,
    hold: impl Fn(&Program, &str) -> PathBuf,
) -> Program {
    let mut random = Random::new(seed ^ 0x5EED);
    let mut rounds = *random.pick(&[0, 2, 6, 15, 40, 60]);
    let names: Vec<String> = program.names().into_keys().collect();
    for entry in &names {
        while rounds > 0 {
            rounds -= 1;
            let root = hold(&program, &format!("r{seed}.{rounds}"));
            interpreter.begin(&root, std::slice::from_ref(entry), false);
            let answer = interpreter.take(1).remove(0);
            let _ = std::fs::remove_dir_all(&root);
            let error = answer.and_then(|outcome| outcome.error);
            let Some((path, line)) = error.and_then(|error| error.frames.last().cloned()) else { break };
            let Some(file) = program.files.iter_mut().find(|file| file.path == path) else { break };
            match without(&file.text, line, random.chance(50)) {
                Some(text) => file.text = text,
                None => break,
            }
        }
    }
    program
}

/// The text without what begins on a line, or with that caught.
fn without(text: &str, line: usize, catch: bool) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(ToString::to_string).collect();
    let first = line.checked_sub(1).filter(|first| *first < lines.len())?;
    let depth = lines[first].len() - lines[first].trim_start().len();
    let indent = " ".repeat(depth);
    let start = lines[first].trim_start();
    // Parts of statements.
    for (keyword, instead) in [("except", "except Exception:"), ("elif ", "elif True:"), ("case ", "case _:")]
    {
        if start.starts_with(keyword) {
            if start.starts_with(instead) {
                return None;
            }
            lines[first] = format!("{indent}{instead}");
            return Some(joined(&lines));
        }
    }
    let is_decorator = start.starts_with('@');
    let is_deeper = |line: &String| line.len() - line.trim_start().len() > depth;
    let continues = |line: &String| {
        let start = line.get(depth..).unwrap_or_default();
        !is_deeper(line) && ["except", "else", "elif", "finally"].iter().any(|word| start.starts_with(word))
    };
    let mut end = first + 1;
    while end < lines.len() && (is_deeper(&lines[end]) || continues(&lines[end])) {
        end += 1;
    }
    if catch && !is_decorator {
        let inner = lines[first..end].iter().map(|line| format!("    {line}"));
        let mut caught = vec![format!("{indent}try:")];
        caught.extend(inner);
        caught.extend([format!("{indent}except BaseException:"), format!("{indent}    pass")]);
        lines.splice(first..end, caught);
    } else {
        lines.splice(first..end, [format!("{indent}pass")]);
        // A decorator has what it decorates below it.
        if is_decorator {
            lines.remove(first);
        }
    }
    Some(joined(&lines))
}

fn joined(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}
