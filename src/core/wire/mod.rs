//! What goes over the wire: the tree a driver reads, and writers for the bodies it sends.

mod doc;
mod json;
mod read_json;
mod read_xml;
mod time;
mod xml;

pub(crate) use doc::read_fields;
pub use doc::{Doc, Each, Fill, FromDoc, Model, Tree};
pub use json::{Decimal, Encode, Json, Pairs, array, object, write_text};
pub(crate) use json::{member, model, write_fields};
pub use time::Time;
pub use xml::{element, text_element};

use super::http::encode_into;

/// Writes pairs as `application/x-www-form-urlencoded`.
pub fn form(pairs: &[(String, String)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        encode_into(&mut out, name, false);
        out.push('=');
        encode_into(&mut out, value, false);
    }
    out
}

/// A number in decimal digits. (The standard library's formatting is general, and its price several kilobytes.)
pub fn number_text(number: u64) -> String {
    let mut out = String::new();
    write_number(&mut out, number);
    out
}

/// Appends a number.
pub fn write_number(out: &mut String, number: u64) {
    if number > 9 {
        write_number(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// Reads a number of decimal digits, and nothing but digits.
pub fn parse_number(text: &str) -> Option<u64> {
    let digit = |b: u8| Some(u64::from(b.checked_sub(b'0').filter(|d| *d < 10)?));
    let number = text.bytes().try_fold(0_u64, |n, b| n.checked_mul(10)?.checked_add(digit(b)?));
    number.filter(|_| !text.is_empty())
}

/// How many bytes there are, by eights, before eight of which one is wanted: eight at once are seen as quickly as one.
#[inline(always)]
pub(crate) fn passed(bytes: &[u8], wanted: impl Fn(u64) -> bool) -> usize {
    let mut length = 0;
    for word in bytes.as_chunks::<8>().0 {
        if wanted(u64::from_le_bytes(*word)) {
            break;
        }
        length += 8;
    }
    length
}

/// Whether one of eight bytes is this one.
#[inline(always)]
pub(crate) fn has(word: u64, byte: u8) -> bool {
    has_less(word ^ (ONES * u64::from(byte)), 1)
}

/// Whether one of eight bytes is less than this, which is at most 128.
#[inline(always)]
pub(crate) fn has_less(word: u64, than: u8) -> bool {
    word.wrapping_sub(ONES * u64::from(than)) & !word & (ONES << 7) != 0
}

const ONES: u64 = u64::MAX / 255;

/// The length, by eights, of what a JSON string holds as it is.
pub(crate) fn plain_text(bytes: &[u8]) -> usize {
    passed(bytes, |word| has(word, b'"') | has(word, b'\\') | has_less(word, b' '))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| if n < 10 { b'0' + n } else { b'a' + n - 10 };
    let mut out = vec![0; bytes.len() * 2];
    for (pair, &b) in out.chunks_exact_mut(2).zip(bytes) {
        if let [high, low] = pair {
            (*high, *low) = (digit(b >> 4), digit(b & 15));
        }
    }
    String::from_utf8(out).unwrap_or_default()
}

/// Standard base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    let digit = |n: u32| {
        char::from(match (n & 63) as u8 {
            n @ 0..=25 => b'A' + n,
            n @ 26..=51 => b'a' + n - 26,
            n @ 52..=61 => b'0' + n - 52,
            62 => b'+',
            _ => b'/',
        })
    };
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let at = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let n = (at(0) << 16) | (at(1) << 8) | at(2);
        out.push(digit(n >> 18));
        out.push(digit(n >> 12));
        out.push(if group.len() > 1 { digit(n >> 6) } else { '=' });
        out.push(if group.len() > 2 { digit(n) } else { '=' });
    }
    out
}

/// Reads standard base64; its padding may be left out.
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    let (mut held, mut bits) = (0_u32, 0);
    for b in digits.bytes() {
        let digit = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6) | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits) as u8);
        }
    }
    // A lone digit holds no byte; neither are there more than two signs of padding.
    if digits.len() % 4 == 1 || text.len() - digits.len() > 2 { None } else { Some(out) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_at_once() {
        for at in 0..16 {
            for byte in 0..=255 {
                let mut bytes = [b'~'; 16];
                bytes[at] = byte;
                let ends = byte < b' ' || byte == b'"' || byte == b'\\';
                assert_eq!(plain_text(&bytes), if ends { at / 8 * 8 } else { 16 }, "{byte} at {at}");
            }
        }
    }

    #[test]
    fn encodings() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(base64(bytes.as_bytes()), text);
            assert_eq!(decode_base64(text).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
        assert_eq!(decode_base64("+/8").as_deref(), Some(&[0xfb, 0xff][..]));
        for text in ["A", "AAAAA", "AA===", "A A=", "AA-_", "=A=="] {
            assert_eq!(decode_base64(text), None, "{text}");
        }
        let pairs = [("a b".to_owned(), "ü&=".to_owned()), ("c".to_owned(), String::new())];
        assert_eq!(form(&pairs), "a%20b=%C3%BC%26%3D&c=");
        for (text, number) in [("0", Some(0)), ("0012", Some(12)), ("18446744073709551615", Some(u64::MAX)), ("18446744073709551616", None)]
        {
            assert_eq!(parse_number(text), number);
        }
        for text in ["", "-1", "+1", " 1", "1.0", "1e3", "a", "/", ":"] {
            assert_eq!(parse_number(text), None, "{text}");
        }
        for number in [0, 7, 10, 1_234_567_890, u64::MAX] {
            assert_eq!(number_text(number), number.to_string());
        }
    }
}
