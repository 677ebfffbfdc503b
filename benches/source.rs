//! From the bytes of one file to its facts.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use ringfence_source::{SourceKind, decode, parse, scan};

use crate::generated::module;

/// A file whose imports all stand at its top: the usual one.
fn head() -> String {
    module(0, 40, false, 1)
}

/// One that imports at its end, too, so that all of it has to be understood.
fn late() -> String {
    module(0, 40, true, 1)
}

fn measure<T>(bencher: Bencher, text: &str, work: impl Fn(&str) -> T + Sync) {
    bencher.counter(BytesCount::of_str(text)).bench(|| work(black_box(text)));
}

#[divan::bench]
fn decode_utf8(bencher: Bencher) {
    measure(bencher, &head(), |text| decode(text.as_bytes()).is_ok());
}

#[divan::bench]
fn scan_imports_at_the_top(bencher: Bencher) {
    let text = head().replace("  # ringfence: ignore[RF101] until it has moved", "");
    assert!(scan(&text).is_some());
    measure(bencher, &text, scan);
}

#[divan::bench]
fn scan_imports_at_the_end(bencher: Bencher) {
    let text = late();
    assert!(scan(&text).is_some());
    measure(bencher, &text, scan);
}

/// A comment that may be a suppression: all of the file is read.
#[divan::bench]
fn scan_suppressions(bencher: Bencher) {
    let text = head();
    assert!(scan(&text).is_some());
    measure(bencher, &text, scan);
}

#[divan::bench]
fn parse_in_full(bencher: Bencher) {
    measure(bencher, &late(), |text| parse(text, SourceKind::Python));
}

/// With calls that import, for which every expression is visited.
#[divan::bench]
fn parse_dynamic_imports(bencher: Bencher) {
    let text = late() + "\nimport importlib\nimportlib.import_module('p1.m1')\n";
    assert!(scan(&text).is_none());
    measure(bencher, &text, |text| parse(text, SourceKind::Python));
}
