//! What a record's data looks like: as users write it, and as zone files and some providers do.
//!
//! Users write TXT plainly, host names without their final dot, and the priority of MX and SRV by itself. A zone file has
//! them in one text, [`content`], from which [`parts`] makes the user's form again without loss.

use crate::core::error::{Error, Result};
use crate::core::ip;
use crate::core::wire::{Encode, number_text, parse_number};

/// Types whose data ends with a host name.
const HOSTS: &[&str] = &["CNAME", "NS", "PTR", "DNAME", "ALIAS", "MX", "SRV"];

/// Types that start with a priority, and how many words follow it.
const PRIORITIES: &[(&str, usize)] = &[("MX", 1), ("SRV", 3)];

/// The longest string that TXT data is made of, in bytes.
const LONGEST: usize = 255;

/// Checks what a user gave as the data of a new record, type in capitals. A priority may stand in the data instead.
pub fn check(kind: &str, data: &str, priority: Option<u64>) -> Result<()> {
    let bad = |what: &str| Err(Error::invalid(["the data of a record of type ", kind, " ", what].concat()));
    if !kind.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) || kind.is_empty() {
        return Err(Error::invalid("a record's type is letters and digits, as A or MX"));
    }
    if is_text(kind) {
        return Ok(());
    }
    if data.trim_ascii().is_empty() || data.chars().any(char::is_control) {
        return bad("is empty, or has a line break or control character");
    }
    if priority.is_some_and(|p| p > 65_535) {
        return Err(Error::invalid("a priority is at most 65535"));
    }
    let words = data.split_ascii_whitespace().count();
    match (kind, PRIORITIES.iter().find(|(k, _)| *k == kind)) {
        ("A", _) if ip::v4(data).is_none() => bad("must be an IPv4 address"),
        ("AAAA", _) if ip::v6(data).is_none() => bad("must be an IPv6 address"),
        (_, None) if priority.is_some() => bad("has no priority: only MX and SRV do"),
        (_, None) if HOSTS.contains(&kind) && words != 1 => bad("must be one host name"),
        (_, None) => Ok(()),
        (_, Some((_, rest))) if words == *rest && priority.is_none() => bad("needs a priority: give option \"priority\""),
        (_, Some((_, rest))) if words != rest + usize::from(priority.is_none()) => {
            bad(if *rest == 1 { "must be a host name" } else { "must be weight, port and host name" })
        }
        _ => Ok(()),
    }
}

/// The data as a zone file has it, type in capitals: TXT quoted, host names with their final dot, the priority in front.
/// TXT that is quoted already stays as it is.
pub fn content(kind: &str, data: &str, priority: Option<u64>) -> String {
    if is_text(kind) {
        return match strings(data) {
            Some(_) => data.trim_ascii().to_owned(),
            None => quote(&split(data.as_bytes())),
        };
    }
    let mut out = priority.map_or_else(String::new, |p| number_text(p) + " ");
    let data = data.trim_ascii();
    match (kind, ip::v6(data)) {
        ("AAAA", Some(address)) => out.push_str(&ip::v6_text(&address)),
        // Where the server is told by mistake without dots, names would be taken as relative to the zone.
        ("SOA", _) => {
            for (i, word) in data.split_ascii_whitespace().enumerate() {
                out.push_str(if i > 0 { " " } else { "" });
                out.push_str(word);
                out.push_str(if i < 2 && !word.ends_with('.') { "." } else { "" });
            }
        }
        _ => out.push_str(data),
    }
    if HOSTS.contains(&kind) && !out.ends_with('.') {
        out.push('.');
    }
    out
}

/// Splits what a zone file has into priority and data: the reverse of [`content`]. TXT stays quoted where plain text
/// would not lead back to the same strings.
pub fn parts(kind: &str, content: &str) -> (Option<u64>, String) {
    if is_text(kind) {
        let plain = strings(content).and_then(|list| {
            let text = String::from_utf8(list.concat()).ok()?;
            (split(text.as_bytes()) == list && !text.starts_with('"')).then_some(text)
        });
        return (None, plain.unwrap_or_else(|| content.to_owned()));
    }
    let mut data = content.trim_ascii();
    let mut priority = None;
    if let Some((_, rest)) = PRIORITIES.iter().find(|(k, _)| *k == kind)
        && data.split_ascii_whitespace().count() == rest + 1
        && let Some((first, after)) = data.split_once(' ')
    {
        priority = parse_number(first);
        data = if priority.is_some() { after.trim_ascii_start() } else { data };
    }
    if HOSTS.contains(&kind) && !data.ends_with(" .") && data.len() > 1 {
        data = data.strip_suffix('.').unwrap_or(data);
    }
    (priority, data.to_owned())
}

/// Whether two contents mean the same: case of host names, quoting, spaces and the spelling of addresses and numbers do not
/// matter.
pub fn same(kind: &str, one: &str, other: &str) -> bool {
    one == other || normal(kind, one) == normal(kind, other)
}

fn normal(kind: &str, content: &str) -> String {
    if is_text(kind) {
        return strings(content).map_or_else(|| content.to_owned(), |list| quote(&list));
    }
    if HOSTS.contains(&kind) {
        let mut out = String::with_capacity(content.len());
        let mut words = content.trim_end_matches('.').split_ascii_whitespace().peekable();
        while let Some(word) = words.next() {
            if !out.is_empty() {
                out.push(' ');
            }
            // Priority, weight and port are numbers, so `010` is 10; the name comes last.
            match parse_number(word) {
                Some(number) if words.peek().is_some() => number.encode(&mut out),
                _ => out.push_str(&word.to_ascii_lowercase()),
            }
        }
        return out;
    }
    ip::v6(content).map_or_else(|| content.trim_ascii().to_owned(), |address| ip::v6_text(&address))
}

fn is_text(kind: &str) -> bool {
    matches!(kind, "TXT" | "SPF")
}

fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    if bytes.is_empty() { vec![Vec::new()] } else { bytes.chunks(LONGEST).map(<[u8]>::to_vec).collect() }
}

/// Strings in quotes, with everything escaped that is not plain in every zone-file reader (RFC 1035, 5.1).
fn quote(list: &[Vec<u8>]) -> String {
    let mut out = String::new();
    for (i, string) in list.iter().enumerate() {
        out.push_str(if i > 0 { " \"" } else { "\"" });
        for &b in string {
            match b {
                b'"' | b'\\' => {
                    out.push('\\');
                    out.push(char::from(b));
                }
                b' '..=b'~' => out.push(char::from(b)),
                _ => escape(&mut out, b),
            }
        }
        out.push('"');
    }
    out
}

/// A byte as a backslash and three decimal digits.
pub(super) fn escape(out: &mut String, byte: u8) {
    out.push('\\');
    for place in [100, 10, 1] {
        out.push(char::from(b'0' + byte / place % 10));
    }
}

/// The strings of quoted text; nothing when it is not (only) that.
fn strings(text: &str) -> Option<Vec<Vec<u8>>> {
    let mut list = Vec::new();
    let mut rest = text.trim_ascii().bytes();
    while let Some(first) = rest.next() {
        match first {
            b' ' | b'\t' => continue,
            b'"' => {}
            _ => return None,
        }
        let mut string = Vec::new();
        loop {
            match rest.next()? {
                b'"' => break,
                b'\\' => string.push(match rest.next()? {
                    high @ b'0'..=b'9' => [high, rest.next()?, rest.next()?].iter().try_fold(0_u8, |n, d| {
                        let digit = d.checked_sub(b'0').filter(|d| *d < 10)?;
                        n.checked_mul(10)?.checked_add(digit)
                    })?,
                    plain => plain,
                }),
                b => string.push(b),
            }
        }
        if string.len() > LONGEST {
            return None;
        }
        list.push(string);
    }
    if list.is_empty() { None } else { Some(list) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_and_back() {
        let long = "a".repeat(300);
        let long_quoted = format!("\"{}\" \"{}\"", "a".repeat(255), "a".repeat(45));
        let cases: &[(&str, Option<u64>, &str, &str)] = &[
            ("A", None, "192.0.2.1", "192.0.2.1"),
            ("AAAA", None, "2001:db8::1", "2001:db8::1"),
            ("CNAME", None, "www.example.org", "www.example.org."),
            ("NS", None, "ns1.example.org", "ns1.example.org."),
            ("CNAME", None, ".", "."),
            ("MX", Some(10), "mail.example.org", "10 mail.example.org."),
            ("MX", Some(0), ".", "0 ."),
            ("SRV", Some(1), "2 443 www.example.org", "1 2 443 www.example.org."),
            ("SRV", Some(0), "0 0 .", "0 0 0 ."),
            ("CAA", None, "0 issue \"ca.example\"", "0 issue \"ca.example\""),
            ("TXT", None, "v=spf1 -all", "\"v=spf1 -all\""),
            ("TXT", None, "", "\"\""),
            ("TXT", None, "a\"b\\c;d", "\"a\\\"b\\\\c;d\""),
            ("TXT", None, "ü\n", "\"\\195\\188\\010\""),
            ("TXT", None, " lead and trail ", "\" lead and trail \""),
            ("TXT", None, &long, &long_quoted),
            // What plain text cannot say stays quoted.
            ("TXT", None, "\"a\" \"b\"", "\"a\" \"b\""),
            ("TXT", None, "\"\\255\"", "\"\\255\""),
            ("TXT", None, "\"\\\"quoted\\\"\"", "\"\\\"quoted\\\"\""),
        ];
        for (kind, priority, data, wire) in cases {
            assert_eq!(content(kind, data, *priority), *wire, "{kind} {data}");
            assert_eq!(parts(kind, wire), (*priority, (*data).to_owned()), "{kind} {wire}");
        }
    }

    #[test]
    fn content_of_other_spellings() {
        for (kind, priority, data, wire) in [
            ("CNAME", None, "www.example.org.", "www.example.org."),
            ("MX", None, "10 mail.example.org", "10 mail.example.org."),
            ("AAAA", None, "2001:DB8:0:0::1", "2001:db8::1"),
            ("SOA", None, "ns1.example.org  admin.example.org 1 2 3 4 5", "ns1.example.org. admin.example.org. 1 2 3 4 5"),
            ("TXT", None, "\"not closed", "\"\\\"not closed\""),
            ("TXT", None, " \"quoted\" ", "\"quoted\""),
        ] {
            assert_eq!(content(kind, data, priority), wire);
        }
        assert_eq!(parts("MX", "mail.example.org."), (None, "mail.example.org".to_owned()));
        assert_eq!(parts("TXT", "never quoted"), (None, "never quoted".to_owned()));
    }

    #[test]
    fn sameness() {
        for (kind, one, other, want) in [
            ("MX", "010  mail.", "10 Mail.", true),
            ("CNAME", "010.", "10.", false),
            ("CNAME", "WWW.example.org.", "www.example.org.", true),
            ("MX", "10 a.example.", "20 a.example.", false),
            ("AAAA", "2001:DB8::1", "2001:db8:0::1", true),
            ("TXT", "\"ü\"", "\"\\195\\188\"", true),
            ("TXT", "\"A\"", "\"a\"", false),
            ("TXT", "\"ab\"", "\"a\" \"b\"", false),
            ("CAA", "0 issue \"A\"", "0 issue \"a\"", false),
        ] {
            assert_eq!(same(kind, one, other), want, "{kind} {one} {other}");
        }
    }

    #[test]
    fn checks() {
        for (kind, data, priority, ok) in [
            ("A", "192.0.2.1", None, true),
            ("A", "192.0.2.256", None, false),
            ("A", "2001:db8::1", None, false),
            ("A", "192.0.2.1", Some(1), false),
            ("AAAA", "192.0.2.1", None, false),
            ("CNAME", "a b", None, false),
            ("CNAME", "", None, false),
            ("TXT", "", None, true),
            ("CAA", "0 issue \"ca\"\n", None, false),
            ("MX", "mail.example.org", None, false),
            ("MX", "mail.example.org", Some(10), true),
            ("MX", "10 mail.example.org", None, true),
            ("MX", "10 mail.example.org", Some(10), false),
            ("MX", "mail.example.org", Some(65_536), false),
            ("SRV", "1 443 www.example.org", Some(0), true),
            ("SRV", "443 www.example.org", Some(0), false),
            ("", "x", None, false),
            ("A/B", "x", None, false),
            ("TYPE65534", "\\# 0", None, true),
        ] {
            assert_eq!(check(kind, data, priority).is_ok(), ok, "{kind} {data} {priority:?}");
        }
    }
}
