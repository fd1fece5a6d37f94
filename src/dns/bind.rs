//! A zone as a zone file.

use super::data::escape;
use super::{Record, Zone, content};
use crate::core::sort::sort;
use crate::core::wire::{Tree, number_text, write_number};

/// The time to live of a record that has none, in a zone that has none.
const TTL: u64 = 3600;

/// Types that some providers have and no zone file knows.
const FOREIGN: &[&str] = &["ALIAS", "ANAME", "LUA", "REDIRECT", "URL"];

/// The zone as a zone file (RFC 1035, section 5), as BIND and others read it.
///
/// The order is the same whatever the order of the records: SOA, the apex, then by name and type. What is not served
/// (disabled records) and what no zone file knows is there as a comment. Providers that do not list their SOA leave it
/// to the reader to add one: the file says so.
pub fn export_bind(zone: &Zone, records: &[Record]) -> String {
    let mut out = ["$ORIGIN ", &zone.domain, ".\n$TTL ", &number_text(zone.ttl.unwrap_or(TTL)), "\n"].concat();
    if !records.iter().any(|r| r.kind == "SOA") {
        out.push_str("; The provider lists no SOA record: a name server needs one.\n");
    }
    let mut lines: Vec<_> = records.iter().map(|r| (rank(r), r.name.to_ascii_lowercase(), r.kind.as_str(), line(r))).collect();
    sort(&mut lines, Ord::cmp);
    for (.., line) in &lines {
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn rank(record: &Record) -> u8 {
    match (record.name.as_str(), record.kind.as_str()) {
        (_, "SOA") => 0,
        ("", "NS") => 1,
        _ => 2,
    }
}

fn line(record: &Record) -> String {
    let extra = Tree::json(record.extra.0.as_str()).unwrap_or_default();
    let extra = extra.root();
    let mut out = String::new();
    if FOREIGN.contains(&record.kind.as_str()) || extra.opt("disabled") == Some(true) {
        out.push_str("; ");
    }
    owner(&mut out, &record.name);
    if let Some(ttl) = record.ttl {
        out.push(' ');
        write_number(&mut out, ttl);
    }
    out.push_str(" IN ");
    out.push_str(&record.kind);
    out.push(' ');
    let data = content(&record.kind, &record.data, extra.opt("priority"));
    // A line break would start a record of its own.
    out.extend(data.chars().map(|c| if c.is_control() { ' ' } else { c }));
    out
}

/// A name as a zone file has it: what means something there is escaped; an escape that is there already stays.
fn owner(out: &mut String, name: &str) {
    if name.is_empty() {
        return out.push('@');
    }
    for &b in name.as_bytes() {
        match b {
            b'"' | b'$' | b'(' | b')' | b';' | b'@' => {
                out.push('\\');
                out.push(char::from(b));
            }
            b'!'..=b'~' => out.push(char::from(b)),
            _ => escape(out, b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::Extra;
    use crate::core::wire::Json;

    fn record(name: &str, kind: &str, data: &str, ttl: Option<u64>, extra: &str) -> Record {
        let (name, kind, data) = (name.to_owned(), kind.to_owned(), data.to_owned());
        Record { name, kind, data, ttl, extra: Extra(Json::raw(extra.to_owned())), ..Record::default() }
    }

    #[test]
    fn a_file_of_every_rule() {
        let zone = Zone { domain: "example.org".into(), ttl: Some(600), ..Zone::default() };
        let mut records = vec![
            record("www", "A", "192.0.2.2", Some(300), "{}"),
            record("www", "A", "192.0.2.1", Some(300), "{}"),
            record("WWW", "AAAA", "2001:db8::1", None, "{}"),
            record("", "TXT", "say \"hi\"; 100%\\", Some(300), "{}"),
            record("", "MX", "mail.example.net", Some(300), r#"{"priority":10}"#),
            record("", "MX", "20 mail2.example.net", Some(300), "{}"),
            record("", "NS", "ns1.example.org", Some(3600), "{}"),
            record("", "ALIAS", "elsewhere.example", Some(300), "{}"),
            record("", "SOA", "ns1.example.org. hostmaster.example.org. 1 2 3 4 5", Some(3600), "{}"),
            record("*.dev", "CNAME", "www.example.org", Some(300), "{}"),
            record("off", "A", "192.0.2.9", Some(300), r#"{"disabled":true}"#),
            record("_s._tcp", "SRV", "5 443 www.example.org", Some(300), r#"{"priority":0}"#),
            record("0/25", "NS", "ns.example.net", Some(300), "{}"),
            record("we ird;$@(ü\\.x", "A", "192.0.2.3", Some(300), "{}"),
            record("evil", "CAA", "0 issue \"a\"\nroot IN A 192.0.2.66", Some(300), "{}"),
        ];
        let want = r#"$ORIGIN example.org.
$TTL 600
@ 3600 IN SOA ns1.example.org. hostmaster.example.org. 1 2 3 4 5
@ 3600 IN NS ns1.example.org.
; @ 300 IN ALIAS elsewhere.example.
@ 300 IN MX 10 mail.example.net.
@ 300 IN MX 20 mail2.example.net.
@ 300 IN TXT "say \"hi\"; 100%\\"
*.dev 300 IN CNAME www.example.org.
0/25 300 IN NS ns.example.net.
_s._tcp 300 IN SRV 0 5 443 www.example.org.
evil 300 IN CAA 0 issue "a" root IN A 192.0.2.66
; off 300 IN A 192.0.2.9
we\032ird\;\$\@\(\195\188\.x 300 IN A 192.0.2.3
www 300 IN A 192.0.2.1
www 300 IN A 192.0.2.2
WWW IN AAAA 2001:db8::1
"#;
        assert_eq!(export_bind(&zone, &records), want);
        records.reverse();
        assert_eq!(export_bind(&zone, &records), want, "the order is the file's own");
    }

    #[test]
    fn a_file_without_soa_says_so() {
        let text = export_bind(&Zone { domain: "example.org".into(), ..Zone::default() }, &[]);
        assert_eq!(text, "$ORIGIN example.org.\n$TTL 3600\n; The provider lists no SOA record: a name server needs one.\n");
    }
}
