//! Compares the scanner with the parser, statement by statement, over every Python file of some trees.
//!
//! ```console
//! $ cargo run --release -p ringfence_source --example compare_paths -- TREE ...
//! ```
//!
//! Prints how many files are equal, how many the scanner left to the parser, and every file that differs. Exits with 1 if a file
//! without syntax errors differs.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ringfence_source::{STACK_SIZE, SourceKind, decode, parse, scan};

#[derive(Default)]
struct Counts {
    equal: usize,
    left: usize,
    invalid: usize,
    invalid_differ: usize,
    differ: usize,
    undecodable: usize,
    imports: usize,
}

fn main() -> ExitCode {
    let worker = std::thread::Builder::new().stack_size(STACK_SIZE).spawn(|| {
        let mut counts = Counts::default();
        for tree in std::env::args().skip(1) {
            visit(Path::new(&tree), &mut counts);
        }
        counts
    });
    let Some(counts) = worker.ok().and_then(|worker| worker.join().ok()) else { return ExitCode::from(2) };
    let Counts { equal, left, invalid, invalid_differ, differ, undecodable, imports } = counts;
    let _ = writeln!(
        std::io::stdout(),
        "{equal} files equal ({imports} imports), {left} left to the parser, {differ} differ; {invalid} with syntax \
         errors, of which {invalid_differ} differ; {undecodable} cannot be decoded"
    );
    if differ == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn visit(path: &Path, counts: &mut Counts) {
    if path.is_dir() && !path.is_symlink() {
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        entries.sort_unstable();
        for entry in entries {
            visit(&entry, counts);
        }
    } else if let Some(kind) = kind(path)
        && path.is_file()
    {
        compare(path, kind, counts);
    }
}

fn kind(path: &Path) -> Option<SourceKind> {
    match path.extension()?.to_str()? {
        "py" | "pyw" => Some(SourceKind::Python),
        "pyi" => Some(SourceKind::Stub),
        _ => None,
    }
}

fn compare(path: &Path, kind: SourceKind, counts: &mut Counts) {
    let Ok(bytes) = std::fs::read(path) else { return };
    let Ok(decoded) = decode(&bytes) else {
        counts.undecodable += 1;
        return;
    };
    let expected = parse(&decoded.text, kind);
    let valid = expected.syntax_error.is_none();
    counts.invalid += usize::from(!valid);
    let Some(scanned) = scan(&decoded.text) else {
        counts.left += 1;
        return;
    };
    if scanned == expected {
        counts.equal += 1;
        counts.imports += expected.imports.len();
    } else if valid {
        counts.differ += 1;
        let _ = writeln!(std::io::stdout(), "{}", path.display());
        for (a, b) in scanned.imports.iter().zip(&expected.imports).filter(|(a, b)| a != b).take(2) {
            let _ = writeln!(std::io::stdout(), "  scanner {a:?}\n  parser  {b:?}");
        }
        if scanned.imports.len() != expected.imports.len() {
            let _ = writeln!(
                std::io::stdout(),
                "  {} / {} imports",
                scanned.imports.len(),
                expected.imports.len()
            );
        }
    } else {
        counts.invalid_differ += 1;
    }
}
