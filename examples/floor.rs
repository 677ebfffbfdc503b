//! The floor under every cold check: walks a tree, reads its Python files, and does nothing with them.
//!
//! ```console
//! $ cargo run --release --example floor -- TREE
//! $ cargo run --release --example floor -- --walk TREE    # reads nothing
//! ```

use std::fs::File;
use std::io::{self, Read, Write};

use ignore::WalkBuilder;

fn main() -> io::Result<()> {
    let mut root = ".".to_string();
    let mut reads = true;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--walk" => reads = false,
            _ => root = argument,
        }
    }
    let (mut files, mut bytes) = (0_u64, 0);
    let mut buffer = vec![0; 1 << 18];
    for entry in WalkBuilder::new(root).hidden(false).build() {
        let Ok(entry) = entry else { continue };
        if entry.path().extension().is_some_and(|extension| extension == "py") {
            files += 1;
            if reads {
                bytes += length(&mut File::open(entry.path())?, &mut buffer)?;
            }
        }
    }
    writeln!(io::stdout(), "{files} files, {bytes} bytes")
}

/// Reads to the end, for the sake of reading.
fn length(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    loop {
        match file.read(buffer)? {
            0 => return Ok(length),
            count => length += count,
        }
    }
}
