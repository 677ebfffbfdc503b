//! No config makes the reader panic, every diagnostic lies within the text, and what can be read can be written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence_diagnostics::FileId;
use ringfence_policy::native::{Document, DocumentKind, read, write};

fuzz_target!(|text: &str| {
    let file = FileId::new(0);
    let (policy, problems) = read(Some(&Document { file, text, kind: DocumentKind::Ringfence }), &[]);
    for problem in &problems {
        let range = problem.range;
        assert!(text.get(range.start().to_usize()..range.end().to_usize()).is_some());
    }
    if problems.is_empty() {
        let written = write(&policy);
        let document = Document { file, text: &written, kind: DocumentKind::Ringfence };
        let (again, problems) = read(Some(&document), &[]);
        assert!(problems.is_empty(), "{written}");
        assert_eq!(write(&again), written);
    }
});
