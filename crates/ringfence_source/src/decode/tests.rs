//! What Python reads, byte by byte.

use super::*;

#[test]
fn plain_utf8_is_borrowed() {
    for bytes in [&b""[..], b"x = 1\n", "# größe\n".as_bytes(), b"\xef\xbb\xbfx", b"# coding: utf-8\n"] {
        let decoded = decode(bytes).unwrap();
        assert!(matches!(decoded.text, Cow::Borrowed(_)), "{bytes:?}");
        assert!(!decoded.text.starts_with('\u{feff}'));
        assert_eq!(decoded.encode(&decoded.text).unwrap(), bytes);
    }
}

#[test]
fn cookies() {
    let latin = Some(Encoding::Latin1);
    let cases: [(&str, Option<Encoding>); 22] = [
        ("# coding: latin-1\n", latin),
        ("#coding=latin-1", latin),
        ("# -*- coding: latin-1 -*-\r\n", latin),
        ("\x0c \t# vim: set fileencoding=latin-1 :\n", latin),
        ("#!/usr/bin/python\n# coding: latin-1\n", latin),
        ("#!/usr/bin/python\r# coding: latin-1\r", latin),
        ("\n# coding: latin-1\n", latin),
        ("\r\n# coding: latin-1\n", latin),
        ("# coding is easy, coding: latin-1\n", latin),
        ("# coding: \t latin-1-unix\n", latin),
        ("# coding: Latin_1\n", latin),
        ("# coding: utf-8-unix\n", Some(Encoding::Utf8 { bom: false })),
        ("# coding: u8\n", Some(Encoding::Utf8 { bom: false })),
        ("# coding: utf-8-sig\n", Some(Encoding::Utf8 { bom: false })),
        // Not a cookie.
        ("# coding : latin-1\n", None),
        ("# coding:\nlatin-1\n", None),
        ("# Coding: latin-1\n", None),
        ("x = 1  # coding: latin-1\n", None),
        ("x = 1\n# coding: latin-1\n", None),
        ("'''\n# coding: latin-1\n'''\n", None),
        ("\n\n# coding: latin-1\n", None),
        ("coding: latin-1\n", None),
    ];
    for (text, expected) in cases {
        let expected = expected.unwrap_or(Encoding::Utf8 { bom: false });
        assert_eq!(decode(text.as_bytes()).unwrap().encoding, expected, "{text:?}");
    }
}

#[test]
fn codecs() {
    let cases: [(&str, &[u8], &str); 17] = [
        ("latin-1", b"\xe9\x80\xff", "é\u{80}ÿ"),
        ("iso-8859-1", b"\xa4", "¤"),
        ("iso-8859-15", b"\xa4", "€"),
        ("latin9", b"\xa4", "€"),
        ("iso-8859-9", b"\xf0\xe9\x85", "ğé\u{85}"),
        ("cp1252", b"\x80\xe9", "€é"),
        ("windows-1251", b"\xc6", "Ж"),
        ("koi8-r", b"\xf6", "Ж"),
        ("cp866", b"\x86", "Ж"),
        ("mac-roman", b"\x8e", "é"),
        ("gbk", b"\xc4\xe3", "你"),
        ("gb2312", b"\xc4\xe3", "你"),
        ("euc-kr", b"\xb0\xa1", "가"),
        ("shift_jis", b"\x82\xa0", "あ"),
        ("euc_jp", b"\xa4\xa2", "あ"),
        ("iso-2022-jp", b"\x1b$B$\"\x1b(B", "あ"),
        ("big5", b"\xa7A", "你"),
    ];
    for (codec, tail, text) in cases {
        let bytes = [b"# coding: ", codec.as_bytes(), b"\n", tail].concat();
        let decoded = decode(&bytes).unwrap();
        assert_eq!(decoded.text, format!("# coding: {codec}\n{text}"), "{codec}");
        assert_eq!(decoded.encode(&decoded.text).unwrap(), bytes, "{codec}");
    }
}

#[test]
fn characters_without_bytes() {
    for (codec, text) in [
        ("ascii", "é"),
        ("latin-1", "€"),
        ("iso-8859-9", "ð"),
        ("cp1252", "\u{81}"),
        ("gbk", "💥"),
        ("koi8-r", "é"),
    ] {
        let head = format!("# coding: {codec}\n");
        assert_eq!(decode(head.as_bytes()).unwrap().encode(text), None, "{codec}");
    }
    assert_eq!(Encoding::Utf8 { bom: true }.encode("é"), Some(b"\xef\xbb\xbf\xc3\xa9".to_vec()));
}

#[test]
fn errors() {
    let cases: [(&[u8], &str, usize); 15] = [
        (b"x\r\ny\rz\n\xe9", "byte 0xe9 on line 4 is not valid `utf-8`", 7),
        (b"\xef\xbb\xbf\n\xff", "byte 0xff on line 2 is not valid `utf-8`", 4),
        (b"x = '\xc3", "byte 0xc3 on line 1 is not valid `utf-8`", 5),
        (b"# coding: utf-8\n\xe9", "byte 0xe9 on line 2 is not valid `utf-8`", 16),
        (b"# coding: ascii\n\xe9", "byte 0xe9 on line 2 is not valid `ascii`", 16),
        (b"# coding: ascii\n\n\xc3\xa9", "byte 0xc3 on line 3 is not valid `ascii`", 17),
        (b"# coding: cp1252\n'\x81'", "byte 0x81 on line 2 is not valid `windows-1252`", 18),
        (b"# coding: gbk\n\xc4", "byte 0xc4 on line 2 is not valid `gbk`", 14),
        (b"# coding: euc-kr\na\xff\n", "byte 0xff on line 2 is not valid `euc-kr`", 18),
        (b"\n# coding: rot13\n", "unknown encoding `rot13` on line 2", 11),
        (b"# coding: utf-16\n", "unknown encoding `utf-16` on line 1", 10),
        (
            b"\xef\xbb\xbf# coding: latin-1\n",
            "encoding `latin-1` on line 1 contradicts the utf-8 byte order mark of the file",
            13,
        ),
        // As in CPython, which compares spellings here.
        (
            b"\xef\xbb\xbf# coding: utf8\n",
            "encoding `utf8` on line 1 contradicts the utf-8 byte order mark of the file",
            13,
        ),
        (
            b"\xff\xfex\0",
            "line 1 starts with the byte order mark of `utf-16`, which Python does not read as source",
            0,
        ),
        (
            b"\xff\xfe\0\0x\0\0\0",
            "line 1 starts with the byte order mark of `utf-32`, which Python does not read as source",
            0,
        ),
    ];
    for (bytes, message, offset) in cases {
        let error = decode(bytes).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.offset()), (message, offset), "{bytes:?}");
    }
    assert!(decode(b"\xef\xbb\xbf# coding: UTF_8\n").is_ok());
}
