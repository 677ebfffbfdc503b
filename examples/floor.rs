//! The floor under every cold check: walks a tree and reads its Python files, and does nothing with them.
//!
//! ```console
//! $ cargo run --release --example floor -- TREE
//! ```

use std::io::{Read, Write};

use ignore::WalkBuilder;

fn main() -> std::io::Result<()> {
    let root = std::env::args().nth(1).unwrap_or_else(|| ".".to_string());
    let (mut files, mut bytes) = (0_u64, 0_u64);
    let mut buffer = Vec::new();
    for entry in WalkBuilder::new(root).hidden(false).build() {
        let Ok(entry) = entry else { continue };
        if entry.path().extension().is_some_and(|extension| extension == "py") {
            buffer.clear();
            std::fs::File::open(entry.path())?.read_to_end(&mut buffer)?;
            files += 1;
            bytes += buffer.len() as u64;
        }
    }
    writeln!(std::io::stdout(), "{files} files, {bytes} bytes")
}
