//! Small programs that were written to a file before: what they show now.

use crate::interpreter::Interpreter;
use crate::predict;
use crate::program::{File, Program};
use crate::sources::{Version, View};
use crate::{Scratch, told};

/// What is in such a file: the program, the entry, what is known around it, and whether the newest Python is meant.
fn read(text: &str) -> (Program, String, View, bool) {
    let mut files: Vec<File> = Vec::new();
    let (mut entry, mut view, mut is_newest) = (String::new(), View::FULL, false);
    for line in text.lines().take_while(|line| !line.starts_with("CPython:")) {
        if line.starts_with("seed ") {
            entry = line.rsplit(' ').next().unwrap_or_default().to_string();
            is_newest = line.contains("3.13");
        } else if line.starts_with("View") {
            view = View {
                python: match line {
                    _ if line.contains("python: Oldest") => Version::Oldest,
                    _ if line.contains("python: Unknown") => Version::Unknown,
                    _ => Version::Exact,
                },
                knows_library: line.contains("knows_library: true"),
                knows_distributions: line.contains("knows_distributions: true"),
            };
        } else if let Some(path) = line.strip_prefix("# ") {
            files.push(File { path: path.to_string(), text: String::new() });
        } else if let Some(file) = files.last_mut() {
            // The number of the line is left out.
            file.text.push_str(line.get(6..).unwrap_or_default());
            file.text.push('\n');
        }
    }
    (Program { files }, entry, view, is_newest)
}

#[test]
fn what_was_shown_is_told_again() {
    let Ok(file) = std::env::var("RINGFENCE_LOADING_AGAIN") else { return };
    predict::deep(move || {
        let text = std::fs::read_to_string(&file).expect("the file can be read");
        let (program, entry, view, is_newest) = read(&text);
        let mut interpreters = Interpreter::all();
        let which = if is_newest { interpreters.len() - 1 } else { 0 };
        eprintln!("{}", told(&program, &entry, &mut interpreters[which], &Scratch::new(), 0, view));
    });
}
