//! What no edit touches keeps its bytes, whatever the encoding.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use ringfence_source::{decode, splice};
use ruff_text_size::{TextRange, TextSize};

/// Every codec that is read with a table, and two others.
const CODECS: [&str; 41] = [
    "latin-1",
    "iso8859-9",
    "cp1250",
    "cp1251",
    "cp1252",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp1258",
    "iso8859-2",
    "iso8859-3",
    "iso8859-4",
    "iso8859-5",
    "iso8859-6",
    "iso8859-7",
    "iso8859-8",
    "iso8859-10",
    "iso8859-11",
    "iso8859-13",
    "iso8859-14",
    "iso8859-15",
    "iso8859-16",
    "cp874",
    "koi8-r",
    "koi8-u",
    "cp866",
    "mac-roman",
    "mac-cyrillic",
    "shift_jis",
    "cp932",
    "euc_jp",
    "euc_kr",
    "cp949",
    "gbk",
    "gb2312",
    "gb18030",
    "big5",
    "big5hkscs",
    "ascii",
];

fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(TextSize::new(start as u32), TextSize::new(end as u32))
}

/// A file of comments that hold these, if they are text.
fn comments(codec: &str, contents: &[Vec<u8>]) -> Vec<u8> {
    let mut file = format!("# coding: {codec}\n").into_bytes();
    for content in contents {
        file.extend([b"#=", content.as_slice(), b"=#\nimport b\n"].concat());
    }
    file
}

/// Takes the imports out, and puts a word at the end of each comment.
fn check(codec: &str, contents: &[Vec<u8>]) {
    let file = comments(codec, contents);
    let text = decode(&file).unwrap().text.into_owned();
    let mut edits = Vec::new();
    for (at, found) in text.match_indices("=#\nimport b\n") {
        edits.push((range(at + 2, at + 2), " word"));
        edits.push((range(at + 3, at + found.len()), ""));
    }
    assert_eq!(edits.len(), 2 * contents.len(), "{codec}");
    let mut expected = format!("# coding: {codec}\n").into_bytes();
    for content in contents {
        expected.extend([b"#=", content.as_slice(), b"=# word\n"].concat());
    }
    let spliced = splice(&file, edits).unwrap();
    assert!(spliced.bytes == expected, "{codec} {contents:x?}");
    assert_eq!(spliced.before, text, "{codec}");
    assert_eq!(decode(&spliced.bytes).unwrap().text, spliced.after, "{codec}");
}

fn is_text(codec: &str, content: &[u8]) -> bool {
    decode(&comments(codec, &[content.to_vec()])).is_ok()
}

#[test]
fn all_sequences_of_one_and_two_bytes() {
    for codec in CODECS {
        let mut total = 0;
        for first in 0..=u8::MAX {
            let both = (0..=u8::MAX).map(|second| vec![first, second]);
            let contents: Vec<Vec<u8>> =
                std::iter::once(vec![first]).chain(both).filter(|content| is_text(codec, content)).collect();
            total += contents.len();
            check(codec, &contents);
        }
        assert!(total > 128 * 128, "{codec} {total}");
    }
}

/// What makes it necessary to copy bytes.
#[test]
fn some_sequences_would_be_encoded_otherwise() {
    for codec in ["big5", "gb18030", "shift_jis", "euc_kr"] {
        let is_kept = |content: &[u8]| {
            let file = comments(codec, &[content.to_vec()]);
            decode(&file).map(|decoded| decoded.encode(&decoded.text) == Some(file.clone()))
        };
        let all = (0x81..=u8::MAX).flat_map(|first| (0x40..=u8::MAX).map(move |second| [first, second]));
        let lost = all.filter(|content| is_kept(content) == Ok(false)).count();
        println!("{codec}: {lost}");
        assert_eq!(lost > 0, codec != "euc_kr", "{codec}");
    }
}

#[test]
fn longer_sequences() {
    let four = (0x81..=0xfe_u8).flat_map(|first| {
        (0x81..=0xfe_u8).step_by(5).flat_map(move |third| {
            (0x30..=0x39).map(move |second| vec![first, second, third, 0x30 + (first ^ third) % 10])
        })
    });
    let contents: Vec<Vec<u8>> = four.filter(|content| is_text("gb18030", content)).collect();
    assert!(contents.len() > 1_000, "{}", contents.len());
    check("gb18030", &contents);
    let three =
        (0xa1..=0xfe_u8).flat_map(|second| (0xa1..=0xfe_u8).map(move |third| vec![0x8f, second, third]));
    let contents: Vec<Vec<u8>> = three.filter(|content| is_text("euc_jp", content)).collect();
    assert!(contents.len() > 5_000, "{}", contents.len());
    check("euc_jp", &contents);
}

#[test]
fn two_characters_of_one_sequence_are_not_cut() {
    let file = b"# coding: big5\n#\x88\x62#\nimport b\n";
    let text = decode(file).unwrap().text.into_owned();
    let middle = text.find('\u{304}').unwrap();
    assert_eq!(splice(file, [(range(middle, middle), "x")]), None);
    let end = middle + '\u{304}'.len_utf8();
    assert_eq!(
        splice(file, [(range(end, end), "x")]).unwrap().bytes,
        b"# coding: big5\n#\x88\x62x#\nimport b\n"
    );
}

#[test]
fn shifts_of_iso_2022_jp() {
    let head = "# coding: iso2022_jp\n";
    let shifted = b"# coding: iso2022_jp\n#\x1b$B$\"$\"\x1b(B\nimport b\n";
    let text = decode(shifted).unwrap().text.into_owned();
    assert!(text.contains("ああ"));
    // Where ASCII is on.
    let end = text.find("\nimport").unwrap();
    let spliced = splice(shifted, [(range(end, end), " word"), (range(end + 1, text.len()), "")]).unwrap();
    assert_eq!(spliced.bytes, b"# coding: iso2022_jp\n#\x1b$B$\"$\"\x1b(B word\n");
    // Where it is not.
    let middle = text.find('あ').unwrap() + 'あ'.len_utf8();
    assert_eq!(splice(shifted, [(range(middle, middle), "x")]), None);
    // What an encoder would write otherwise: the old set, and Roman instead of ASCII.
    let old = b"# coding: iso2022_jp\n#\x1b$@$\"\x1b(J\x1b$B$\"\x1b(B#\nimport b\n";
    if let Ok(decoded) = decode(old) {
        let text = decoded.text.into_owned();
        let start = text.find("import").unwrap();
        let spliced = splice(old, [(range(start, text.len()), "")]).unwrap();
        assert_eq!(spliced.bytes, old[..old.len() - 9]);
    }
    let spliced = splice(head.as_bytes(), [(range(head.len(), head.len()), "# あ\n")]).unwrap();
    assert_eq!(spliced.bytes, b"# coding: iso2022_jp\n# \x1b$B$\"\x1b(B\n");
}

#[test]
fn what_is_refused() {
    let end = |file: &[u8]| decode(file).unwrap().text.len();
    for (file, at, content) in [
        // No bytes for it.
        (&b"# coding: latin-1\n"[..], 18, "# €\n"),
        (b"# coding: ascii\n", 16, "# é\n"),
        // Bytes of another character.
        (b"# coding: shift_jis\n", 20, "# ¥\n"),
        // What Python takes for the encoding would be another, and so would the text.
        ("x = 'é'\n".as_bytes(), 0, "# coding: latin-1\n"),
        (b"\nx = 1\n", 0, "# coding: klingon"),
        (b"\xef\xbb\xbfx = 1\n", 0, "# coding: latin-1\n"),
        (b"\n# coding: latin-1\nx = '\xe9'\n", 0, "import a\n"),
        (b"x", 0, "\u{feff}"),
    ] {
        assert!(at <= end(file));
        assert_eq!(splice(file, [(range(at, at), content)]), None, "{file:x?} {content}");
    }
    // Not on the border of a character, behind the end, and no text at all.
    assert_eq!(splice("é".as_bytes(), [(range(1, 1), "x")]), None);
    assert_eq!(splice(b"x", [(range(2, 2), "x")]), None);
    assert_eq!(splice(b"\xff", []), None);
}

#[test]
fn marks_stay() {
    let spliced = splice(b"\xef\xbb\xbfimport a\n\xc3\xa9\n", [(range(0, 9), "import ü\n")]).unwrap();
    assert_eq!(spliced.bytes, "\u{feff}import ü\né\n".as_bytes());
    assert_eq!((spliced.before.as_str(), spliced.after.as_str()), ("import a\né\n", "import ü\né\n"));
}
