//! Under which names Python knows its codecs.
//!
//! Kept by hand, because the labels of `encoding_rs` are those of the web: it lacks many of Python's names, and gives some of them
//! to other encodings.

use crate::encoding::Encoding;

/// The spellings that `CPython`'s tokenizer takes for UTF-8 before it asks any codec. Only these go with a mark.
pub(crate) fn is_cpython_utf8(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    name == "utf-8" || name.starts_with("utf-8-")
}

/// The codec that Python looks up under this name.
pub(crate) fn python_codec(name: &str) -> Option<Encoding> {
    if is_cpython_utf8(name) {
        return Some(Encoding::Utf8 { bom: false });
    }
    // As `encodings.normalize_encoding`; the dot is kept there too.
    let mut name: String = name
        .to_ascii_lowercase()
        .split(|character: char| !character.is_ascii_alphanumeric() && character != '.')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("_");
    // The tokenizer's own rule for `latin-1-unix` and its like.
    for prefix in ["latin_1_", "iso_8859_1_", "iso_latin_1_"] {
        if name.starts_with(prefix) {
            name.truncate(prefix.len() - 1);
        }
    }
    let label =
        match name.as_str() {
            "utf8" | "u8" | "utf" | "utf8_ucs2" | "utf8_ucs4" | "cp65001" => {
                return Some(Encoding::Utf8 { bom: false });
            }
            "latin_1" | "latin1" | "latin" | "l1" | "iso_8859_1" | "iso8859_1" | "iso8859" | "8859"
            | "cp819" | "csisolatin1" | "ibm819" | "iso_8859_1_1987" | "iso_ir_100" | "iso_latin_1" => {
                return Some(Encoding::Latin1);
            }
            "latin5" | "l5" | "iso_8859_9" | "iso8859_9" | "csisolatin5" | "iso_8859_9_1989"
            | "iso_ir_148" => {
                return Some(Encoding::Latin5);
            }
            "ascii" | "us_ascii" | "us" | "646" | "ansi_x3.4_1968" | "ansi_x3_4_1968" | "ansi_x3.4_1986"
            | "cp367" | "csascii" | "ibm367" | "iso646_us" | "iso_646.irv_1991" | "iso_ir_6" => {
                return Some(Encoding::Ascii);
            }
            "cp1250" | "windows_1250" | "1250" => "windows-1250",
            "cp1251" | "windows_1251" | "1251" => "windows-1251",
            "cp1252" | "windows_1252" | "1252" => "windows-1252",
            "cp1253" | "windows_1253" | "1253" => "windows-1253",
            "cp1254" | "windows_1254" | "1254" => "windows-1254",
            "cp1255" | "windows_1255" | "1255" => "windows-1255",
            "cp1256" | "windows_1256" | "1256" => "windows-1256",
            "cp1257" | "windows_1257" | "1257" => "windows-1257",
            "cp1258" | "windows_1258" | "1258" => "windows-1258",
            "iso8859_2" | "iso_8859_2" | "latin2" | "l2" | "csisolatin2" | "iso_8859_2_1987"
            | "iso_ir_101" => "iso-8859-2",
            "iso8859_3" | "iso_8859_3" | "latin3" | "l3" | "csisolatin3" | "iso_8859_3_1988"
            | "iso_ir_109" => "iso-8859-3",
            "iso8859_4" | "iso_8859_4" | "latin4" | "l4" | "csisolatin4" | "iso_8859_4_1988"
            | "iso_ir_110" => "iso-8859-4",
            "iso8859_5" | "iso_8859_5" | "cyrillic" | "csisolatincyrillic" | "iso_8859_5_1988"
            | "iso_ir_144" => "iso-8859-5",
            "iso8859_6" | "iso_8859_6" | "arabic" | "asmo_708" | "ecma_114" | "csisolatinarabic"
            | "iso_ir_127" => "iso-8859-6",
            "iso8859_7" | "iso_8859_7" | "greek" | "greek8" | "elot_928" | "ecma_118" | "csisolatingreek"
            | "iso_ir_126" => "iso-8859-7",
            "iso8859_8" | "iso_8859_8" | "hebrew" | "csisolatinhebrew" | "iso_8859_8_1988" | "iso_ir_138" => {
                "iso-8859-8"
            }
            "iso8859_10" | "iso_8859_10" | "latin6" | "l6" | "csisolatin6" | "iso_ir_157" => "iso-8859-10",
            "iso8859_11" | "iso_8859_11" | "thai" | "tis_620" | "tis620" | "tis_620_0" | "iso_ir_166"
            | "cp874" => "windows-874",
            "iso8859_13" | "iso_8859_13" | "latin7" | "l7" => "iso-8859-13",
            "iso8859_14" | "iso_8859_14" | "latin8" | "l8" | "iso_celtic" | "iso_ir_199" => "iso-8859-14",
            "iso8859_15" | "iso_8859_15" | "latin9" | "latin_9" | "l9" => "iso-8859-15",
            "iso8859_16" | "iso_8859_16" | "latin10" | "l10" | "iso_ir_226" => "iso-8859-16",
            "koi8_r" | "cskoi8r" => "koi8-r",
            "koi8_u" => "koi8-u",
            "cp866" | "866" | "ibm866" | "csibm866" => "ibm866",
            "mac_roman" | "macroman" | "macintosh" => "macintosh",
            "mac_cyrillic" | "maccyrillic" => "x-mac-cyrillic",
            "shift_jis" | "shiftjis" | "sjis" | "s_jis" | "csshiftjis" | "cp932" | "932" | "ms932"
            | "mskanji" | "ms_kanji" | "windows_31j" => "shift_jis",
            "euc_jp" | "eucjp" | "ujis" | "u_jis" => "euc-jp",
            "iso2022_jp" | "iso2022jp" | "iso_2022_jp" | "csiso2022jp" => "iso-2022-jp",
            "euc_kr" | "euckr" | "korean" | "ksc5601" | "ks_c_5601" | "ks_c_5601_1987" | "ksx1001"
            | "ks_x_1001" | "cp949" | "949" | "ms949" | "uhc" => "euc-kr",
            // GB 2312 with the web is GBK, which holds all of it.
            "gbk" | "936" | "cp936" | "ms936" | "gb2312" | "gb2312_1980" | "gb2312_80" | "chinese"
            | "csiso58gb231280" | "euc_cn" | "euccn" | "eucgb2312_cn" | "iso_ir_58" => "gbk",
            "gb18030" | "gb18030_2000" => "gb18030",
            "big5" | "big5_tw" | "csbig5" | "cp950" | "950" | "ms950" | "big5hkscs" | "big5_hkscs"
            | "hkscs" => "big5",
            _ => return None,
        };
    encoding_rs::Encoding::for_label(label.as_bytes()).map(Encoding::Other)
}
