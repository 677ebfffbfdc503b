//! The scanner and the parser tell the same of every source without syntax errors, and neither panics on any.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence_source::{SourceKind, decode, parse, scan};

fuzz_target!(|bytes: &[u8]| {
    let Ok(decoded) = decode(bytes) else { return };
    let scanned = scan(&decoded.text);
    let parsed = parse(&decoded.text, SourceKind::Python);
    if parsed.syntax_error.is_none()
        && let Some(scanned) = scanned
    {
        assert_eq!(scanned, parsed);
    }
});
