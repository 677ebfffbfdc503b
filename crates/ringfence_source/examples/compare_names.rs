//! Compares the names of the parser's facts with `CPython`'s `symtable`, over every Python file of some trees: which names
//! are bound at the top level of a module, and which scope reads which of them.
//!
//! ```console
//! $ cargo run --release -p ringfence_source --example compare_names -- PYTHON TREE ...
//! ```
//!
//! Prints how many files are equal and every difference. Exits with 1 if there is one. Left out, as `symtable` has
//! them not or otherwise: types in strings, names in `__all__`, annotations where they are not evaluated, `__class__`.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use ringfence_source::{
    BindingKind, ModuleFacts, ReferenceContext, STACK_SIZE, ScopeId, ScopeKind, SourceKind, decode,
    parse_module,
};

fn main() -> ExitCode {
    let worker = std::thread::Builder::new().stack_size(STACK_SIZE).spawn(run);
    match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(true))) => ExitCode::SUCCESS,
        Ok(Ok(Ok(false))) => ExitCode::from(1),
        Ok(Ok(Err(error))) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::from(2)
        }
        Ok(Err(_)) | Err(_) => ExitCode::from(2),
    }
}

/// Whether all files are equal.
fn run() -> std::io::Result<bool> {
    let mut arguments = std::env::args().skip(1);
    let python = arguments.next().unwrap_or_else(|| "python3".to_string());
    let mut files = Vec::new();
    for tree in arguments {
        collect(Path::new(&tree), &mut files);
    }
    let expected = ask(&python, &files)?;
    let (mut equal, mut names, mut refused, mut differ) = (0, 0, 0, 0);
    for (path, expected) in files.iter().zip(expected.split("=\n")) {
        let expected: BTreeSet<String> = expected.lines().map(str::to_string).collect();
        let Some(found) = ours(path).filter(|_| !expected.iter().any(|line| line.starts_with("refused")))
        else {
            refused += 1;
            continue;
        };
        if found == expected {
            equal += 1;
            names += found.len();
            continue;
        }
        differ += 1;
        let mut out = std::io::stdout();
        writeln!(out, "{}", path.display())?;
        for line in found.symmetric_difference(&expected).take(8) {
            writeln!(out, "  {} {line}", if found.contains(line) { "ours   " } else { "CPython" })?;
        }
    }
    writeln!(
        std::io::stdout(),
        "{equal} files equal ({names} names), {differ} differ; {refused} that one of the two cannot read"
    )?;
    Ok(differ == 0)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() && !path.is_symlink() {
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        entries.sort_unstable();
        for entry in &entries {
            collect(entry, files);
        }
    } else if path.extension().is_some_and(|extension| extension == "py") && path.is_file() {
        files.push(path.to_path_buf());
    }
}

/// What `CPython` says of these files: blocks of lines, `=` after each.
fn ask(python: &str, files: &[PathBuf]) -> std::io::Result<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/compare_names.py");
    let mut child = Command::new(python)
        .arg("-Wignore")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    // All of the input is read before anything is written.
    if let Some(mut input) = child.stdin.take() {
        for file in files {
            writeln!(input, "{}", file.display())?;
        }
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(std::io::Error::other(format!("{python} failed")));
    }
    String::from_utf8(output.stdout).map_err(std::io::Error::other)
}

/// The same by our facts.
fn ours(path: &Path) -> Option<BTreeSet<String>> {
    let bytes = std::fs::read(path).ok()?;
    let decoded = decode(&bytes).ok()?;
    let parsed = parse_module(&decoded.text, SourceKind::Python);
    if parsed.facts.syntax_error.is_some() {
        return None;
    }
    let module = &parsed.module;
    let mut lines = BTreeSet::new();
    for variable in module.variables().iter().filter(|variable| variable.scope == ScopeId::MODULE) {
        let name = module.name(variable.name);
        if !variable.bindings.is_empty() {
            lines.insert(format!("bound {name}"));
        }
        for used in &variable.uses {
            let seen = match used.place {
                ReferenceContext::Quoted | ReferenceContext::Exported => false,
                ReferenceContext::Annotation | ReferenceContext::LocalAnnotation => {
                    !module.future_annotations
                }
                ReferenceContext::Value
                | ReferenceContext::Decorator
                | ReferenceContext::Base
                | ReferenceContext::Default
                | ReferenceContext::TypeExpression => true,
            };
            // `x += 1` is no use for symtable.
            let augmented = variable
                .bindings
                .iter()
                .any(|binding| binding.how == BindingKind::Augmented && binding.range == used.range);
            if seen && !augmented && !used.falls_through && name != "__class__" {
                lines.insert(format!("used {} {name}", path_of(module, used.scope)));
            }
        }
    }
    Some(lines)
}

fn path_of(module: &ModuleFacts, scope: ScopeId) -> String {
    let Some(scope) = module.scopes.get(scope.index()) else { return String::new() };
    let Some(parent) = scope.parent else { return String::new() };
    let name = match (scope.kind, scope.name) {
        (ScopeKind::Comprehension | ScopeKind::Generator, _) => "comprehension",
        (ScopeKind::Lambda, _) => "lambda",
        (_, Some(name)) => module.name(name),
        _ => "",
    };
    format!("{}/{name}", path_of(module, parent))
}
