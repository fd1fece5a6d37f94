//! A page of a listing, from XML to the rows that JavaScript takes: pages have a thousand objects, so the objects of a
//! plain page are read without a tree, and only the rest of it by the general reader.

use super::read;
use crate::core::error::Result;
use crate::core::http::Response;
use crate::core::wire::{Encode, Json, Time, Tree, object, write_text};
use crate::storage::Listing;

/// A page as rows, and the token of the next page.
pub(super) fn page(response: &Response, container: &str) -> Result<(Json, Option<String>)> {
    if let Some(plain) = plain_page(response.text()?, container) {
        return Ok(plain);
    }
    let mut listing = Listing::default();
    let token = read::listing(read::document(response)?.root(), container, &mut listing)?;
    Ok((listing.rows(), token))
}

/// A page whose objects are plain elements; nothing for any other, which the general reader reads, or refuses.
fn plain_page(text: &str, container: &str) -> Option<(Json, Option<String>)> {
    let mut head = String::with_capacity(text.len());
    head.push_str("{\"container\":");
    write_text(&mut head, container);
    head.push_str(",\"objects\":");
    let mut reader = Reader { text: text.as_bytes(), at: 0, encoded: false, rows: head.into_bytes(), shape: Vec::new() };
    let (rest, runs) = reader.page()?;
    let rest = String::from_utf8(rest).ok()?;
    let tree = Tree::xml(&rest).ok()?;
    let root = tree.root();
    let mut listing = Listing::default();
    let token = read::listing(root, container, &mut listing).ok()?;
    // Each run stood where objects stand, none was passed, and names were read as they were written.
    let right = root.each(RUN).count() == runs && listing.objects.is_empty() && reader.encoded == (root.text("EncodingType") == "url");
    if !right || root.key() == "Error" {
        return None;
    }
    let mut rows = String::from_utf8(reader.rows).ok()?;
    rows.push_str("],\"prefixes\":");
    listing.prefixes.encode(&mut rows);
    rows.push('}');
    Some((Json::raw(rows), token))
}

const OBJECT: &[u8] = b"<Contents>";
/// Stands in the rest for objects that were read.
const RUN: &str = "_";

/// Reads bytes: it cuts at ASCII only.
struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    /// Whether names are percent-encoded.
    encoded: bool,
    rows: Vec<u8>,
    /// The tags of the first object, and which fields they are: others nearly always have the same.
    shape: Vec<(&'a [u8], usize)>,
}

impl<'a> Reader<'a> {
    /// Reads all objects; gives what else there is, and in how many runs the objects came.
    fn page(&mut self) -> Option<(Vec<u8>, usize)> {
        let mut rest = Vec::with_capacity(1024);
        let mut runs = 0;
        let mut before = b'[';
        while let Some(next) = self.rest().windows(OBJECT.len()).position(|w| w == OBJECT) {
            let between = self.rest().get(..next)?;
            self.encoded |= between.split(|b| *b == b'<').any(|part| part == b"EncodingType>url");
            rest.extend_from_slice(between);
            rest.extend_from_slice(b"<_/>");
            runs += 1;
            self.at += next;
            while self.rest().starts_with(OBJECT) {
                self.at += OBJECT.len();
                self.rows.push(before);
                before = b',';
                self.object()?;
                self.space();
            }
        }
        rest.extend_from_slice(self.rest());
        if runs > 0 { Some((rest, runs)) } else { None }
    }

    /// Reads an object's elements and its end.
    fn object(&mut self) -> Option<()> {
        let mut fields: [Option<&[u8]>; OTHER + 1] = [None; OTHER + 1];
        let mut nth = 0;
        loop {
            self.space();
            let rest = self.rest();
            let (tag, field) = match self.shape.get(nth) {
                Some(known) if rest.starts_with(known.0) => *known,
                _ => {
                    let tag = rest.get(..=rest.iter().position(|b| *b == b'>')?)?;
                    let field = field(tag)?;
                    if nth == self.shape.len() {
                        self.shape.push((tag, field));
                    }
                    (tag, field)
                }
            };
            nth += 1;
            let rest = rest.get(tag.len()..)?;
            self.at += tag.len();
            let Some(place) = fields.get_mut(field) else { break };
            let mut length = 0;
            while *rest.get(length)? != b'<' {
                length += 1;
            }
            let content = rest.get(..length)?;
            // It ends as it began, but for the slash. What is not looked at may not be wrong.
            let ends = *rest.get(length + 1)? == b'/' && rest.get(length + 2..)?.starts_with(tag.get(1..)?);
            let unread = if field == OTHER { content.contains(&b'&') } else { place.is_some() };
            if !ends || unread {
                return None;
            }
            *place = Some(content);
            self.at += length + 1 + tag.len();
        }
        let [key, size, etag, modified, class, _] = fields;
        self.row(key?, size?, etag.unwrap_or_default(), modified?, class)
    }

    fn row(&mut self, key: &[u8], size: &[u8], etag: &[u8], modified: &[u8], class: Option<&[u8]>) -> Option<()> {
        if key.is_empty() || !is_number(size) {
            return None;
        }
        let bare = etag.strip_prefix(b"&quot;").and_then(|etag| etag.strip_suffix(b"&quot;")).unwrap_or(etag);
        let tag = !bare.is_empty() && !etag.starts_with(b"W");
        if let Some(class) =
            class.filter(|class| tag && is_iso(modified) && [key, bare, class].iter().all(|text| text.iter().all(is_plain)))
        {
            for piece in [b"[\"", key, b"\",", size, b",\"", bare, b"\",\"", modified, b"\",\"", class, b"\"]"] as [&[u8]; 11] {
                self.rows.extend_from_slice(piece);
            }
            return Some(());
        }
        let modified = resolved(modified)?;
        let class = if let Some(class) = class { Some(resolved(class)?) } else { None };
        let cells = [
            read::name(&resolved(key)?, self.encoded).into(),
            Json::raw(resolved(size)?),
            read::bare(&resolved(etag)?).map_or_else(null, Json::from),
            Time::parse(&modified).map_or_else(null, |time| Json::of(&time)),
            object(&[("last_modified", modified.into()), ("storage_class", class.into())]),
        ];
        let mut before = b'[';
        for cell in &cells {
            self.rows.push(before);
            self.rows.extend_from_slice(cell.as_str().as_bytes());
            before = b',';
        }
        self.rows.push(b']');
        Some(())
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }
}

/// An element that is none of an object's fields.
const OTHER: usize = 5;

/// Which field of an object a tag begins; past them all, the object's end.
fn field(tag: &[u8]) -> Option<usize> {
    const FIELDS: [&[u8]; OTHER] = [b"<Key>", b"<Size>", b"<ETag>", b"<LastModified>", b"<StorageClass>"];
    let name = tag.strip_prefix(b"<")?.strip_suffix(b">")?;
    match FIELDS.iter().position(|known| *known == tag) {
        None if tag == b"</Contents>" => Some(OTHER + 1),
        None if name.iter().all(u8::is_ascii_alphanumeric) => Some(OTHER),
        known => known,
    }
}

fn null() -> Json {
    Json::raw("null".to_owned())
}

/// Whether a name with this byte may need more than quotes around it.
fn is_plain(b: &u8) -> bool {
    *b >= b' ' && !matches!(b, b'"' | b'&' | b'\\' | b'%' | b'+')
}

fn is_number(text: &[u8]) -> bool {
    match text {
        [b'0'] => true,
        [b'1'..=b'9', ..] => text.len() < 16 && text.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Text with its references resolved.
fn resolved(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    if !text.contains('&') {
        return Some(text.to_owned());
    }
    let text = ["<a>", text, "</a>"].concat();
    Some(Tree::xml(&text).ok()?.root().as_text().to_owned())
}

/// Whether a time is surely written as we write it; not so the last days of months, which need a calendar.
fn is_iso(text: &[u8]) -> bool {
    const LIKE: &[u8; 24] = b"2000-00-00T00:00:00.000Z";
    let like = text.iter().zip(LIKE).all(|(b, like)| if *like == b'0' { b.is_ascii_digit() } else { b == like });
    let pair = |at: usize| match text.get(at..) {
        Some([tens, ones, ..]) => u32::from(*tens) * 10 + u32::from(*ones) - 528,
        _ => 0,
    };
    text.len() == LIKE.len()
        && like
        && pair(0) == 20
        && (1..=12).contains(&pair(5))
        && (1..=28).contains(&pair(8))
        && pair(11) < 24
        && pair(14) < 60
        && pair(17) < 60
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::core::error::Kind;
    use crate::core::http::Headers;
    use serde_json::{Value, json};

    fn answer(text: &str) -> Response {
        Response::new(200, Headers::default(), text.as_bytes().to_vec())
    }

    /// Rows written out: a storage class as the extra that it stands for.
    fn plain(rows: &Json) -> Value {
        let mut value: Value = serde_json::from_str(rows.as_str()).unwrap_or_else(|e| panic!("{e}: {}", rows.as_str()));
        for row in value["objects"].as_array_mut().unwrap() {
            if let Some(class) = row[4].as_str() {
                row[4] = json!({"last_modified": row[3], "storage_class": class});
            }
        }
        if value["objects"] == json!([]) {
            value["container"] = Value::Null;
        }
        value
    }

    /// What the general reader makes of it.
    fn general(text: &str) -> Result<(Value, Option<String>)> {
        let mut listing = Listing::default();
        let answer = answer(text);
        let token = read::listing(read::document(&answer)?.root(), "bucket", &mut listing)?;
        Ok((plain(&listing.rows()), token))
    }

    /// Holds the reader of plain pages to the general one, and says whether it read this.
    fn held(text: &str) -> bool {
        match (plain_page(text, "bucket"), general(text)) {
            (None, _) => false,
            (Some((rows, token)), Ok(general)) => {
                assert_eq!((plain(&rows), token), general, "{text}");
                true
            }
            (Some(_), Err(error)) => panic!("only the general reader refuses ({error}): {text}"),
        }
    }

    const OBJECT: &str = "<Contents><Key>a/b</Key><LastModified>2026-01-02T10:42:17.000Z</LastModified><ETag>&quot;530cd509f2e2a8d5b24954f3567b404e-2&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><Size>977</Size><StorageClass>STANDARD</StorageClass></Contents>";

    fn document(head: &str, objects: &str, tail: &str) -> String {
        ["<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"x\"><Name>bucket</Name>", head, objects, tail, "</ListBucketResult>\n"]
            .concat()
    }

    fn with(element: &str, content: &str) -> String {
        let start = OBJECT.find(&["<", element, ">"].concat()).unwrap();
        let end = OBJECT.find(&["</", element, ">"].concat()).unwrap();
        [OBJECT.get(..start).unwrap(), "<", element, ">", content, OBJECT.get(end..).unwrap()].concat()
    }

    #[test]
    fn plain_pages_are_read_alike() {
        const ENCODED: &str =
            "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;1</NextContinuationToken>";
        const PREFIXES: &str =
            "<CommonPrefixes><Prefix>a%2Fb/</Prefix></CommonPrefixes> <CommonPrefixes><Prefix>&lt;</Prefix></CommonPrefixes>";
        let keys = [
            "a b",
            "a+b",
            "%C3%BC%2F",
            "ü日本😀",
            "&lt;&gt;&amp;&quot;&apos;",
            "&#x41;&#13;&#10;",
            "\\\"q",
            " a ",
            "a\tb",
            "%",
            "%zz",
            "x>y",
            "\u{7f}\u{85}",
        ];
        let times = [
            "2026-02-31T10:42:17.000Z",
            "2026-12-29T24:00:00.000Z",
            "2026-01-01T10:42:17Z",
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "soon",
            "2026-13-01T10:42:17.000Z",
            "1999-01-01T00:00:00.000Z",
            "2026-01-01T23:59:60.000Z",
            "2026-01-00T10:42:17.000Z",
            "20260101T10:42:17.0000000",
        ];
        let tags = ["", "\"\"", "&quot;&quot;", "\"a\"", "a", "W/\"a\"", "W/a", "W", "&quot;a", "&#34;a&#34;", "\"\"a\"\"", "a\"b"];
        let classes = ["", "GLACIER", "a&amp;b", "\"", "é\\"];
        let mut objects = vec![OBJECT.to_owned(), OBJECT.replace("><", "> \n\t<")];
        objects.extend(keys.iter().map(|key| with("Key", key)));
        objects.extend(times.iter().map(|time| with("LastModified", time)));
        objects.extend(tags.iter().map(|tag| with("ETag", tag)));
        objects.extend(classes.iter().map(|class| with("StorageClass", class)));
        objects.extend(["0", "1", "999999999999999"].map(|size| with("Size", size)));
        // Fields in another order, some missing.
        objects.push("<Contents><Size>1</Size><Key>z</Key><LastModified>2026-01-02T10:42:17.000Z</LastModified></Contents>".into());
        for (head, tail) in [("", ""), (ENCODED, PREFIXES), (PREFIXES, ENCODED), ("<EncodingType>url</EncodingType>", ""), ("\n ", "\n")] {
            for object in &objects {
                let late = tail.contains("<EncodingType>");
                assert_eq!(held(&document(head, object, tail)), !late, "{object}");
                assert_eq!(held(&document(head, &[OBJECT, object, OBJECT].concat(), tail)), !late, "{object}");
            }
            let apart = [OBJECT, PREFIXES, &objects[1], "<X><Y>1</Y></X>", OBJECT].concat();
            assert_eq!(held(&document(head, &apart, tail)), !tail.contains("<EncodingType>"));
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_general_reader() {
        for objects in [
            "",
            "<Contents/>",
            "<Contents></Contents>",
            &with("Size", ""),
            &with("Size", "x"),
            &with("Size", "007"),
            &with("Size", "18446744073709551615"),
            &with("Key", ""),
            &with("Key", "<![CDATA[a]]>"),
            &with("Key", "&nope;"),
            &with("Key", "a<!-- -->b"),
            &with("ETag", "&nope;"),
            &with("LastModified", "&nope;"),
            &with("StorageClass", "&"),
            &OBJECT.replace("</Contents>", "<Key>again</Key></Contents>"),
            &OBJECT.replace("CRC64NVME", "CRC64&NVME"),
            &OBJECT.replace("<Key>", "<Key a='b'>"),
            &OBJECT.replace("<Key>", "<p:Key>").replace("</Key>", "</p:Key>"),
            &OBJECT.replace("</Key>", "</Kex>"),
            &OBJECT.replace("</Key>", "</Key >"),
            &OBJECT.replace("</Contents>", "<Owner><ID>1</ID></Owner></Contents>"),
            &OBJECT.replace("</Contents>", "text</Contents>"),
            &OBJECT.replace("<Contents>", "<Contents a=\"b\">"),
            &["<Other>", OBJECT, "</Other>"].concat(),
            &["<!-- ", OBJECT, " -->"].concat(),
            &["<X><![CDATA[", OBJECT, "]]></X>"].concat(),
            &[OBJECT, "<_/>"].concat(),
            &[OBJECT, "<Contents />"].concat(),
            &["<Contents><Key>a</Key><Size>1</Size></Contents>", OBJECT].concat(),
        ] {
            let text = document("", objects, "");
            assert!(!held(&text), "{objects}");
            // Through the front door both ways give the same.
            match (page(&answer(&text), "bucket"), general(&text)) {
                (Ok((rows, token)), Ok(general)) => assert_eq!((plain(&rows), token), general),
                (ours, general) => assert_eq!(ours.err().map(|e| e.kind()), general.err().map(|e| e.kind()), "{objects}"),
            }
        }
        assert!(!held(&document("", OBJECT, "").replace("ListBucketResult", "Error")));
    }

    #[test]
    fn what_is_cut_off_is_malformed() {
        let whole = document(
            "<EncodingType>url</EncodingType>",
            &[OBJECT, &with("Key", "%C3%BC"), OBJECT].concat(),
            "<IsTruncated>false</IsTruncated>",
        );
        assert!(held(&whole));
        for length in 0..whole.trim_end().len() {
            let error = page(&answer(whole.get(..length).unwrap()), "bucket").unwrap_err();
            assert_eq!(error.kind(), Kind::Malformed, "{length}");
        }
    }

    /// Whatever is done to a page, it is read as the general reader reads it.
    #[test]
    fn changed_at_random() {
        let whole = document(
            "<EncodingType>url</EncodingType>",
            &[OBJECT, &with("Key", "a+%2F&amp;"), OBJECT].concat(),
            "<CommonPrefixes><Prefix>p</Prefix></CommonPrefixes>",
        );
        let pieces = [
            "<",
            ">",
            "/",
            "&",
            ";",
            "\"",
            "&quot;",
            " ",
            "<Contents>",
            "</Contents>",
            "<Key>",
            "</Key>",
            "<Size>",
            "0",
            "9",
            "a",
            "<_/>",
            "<!--",
            "-->",
            "]]>",
            "%",
            "+",
            "\\",
            "\n",
            "é",
        ];
        let mut state = 7_u32;
        let mut next = |most: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize % most
        };
        let mut plain = 0;
        for _ in 0..20_000 {
            let mut text = whole.clone();
            for _ in 0..=next(2) {
                let (at, most) = (next(text.len()), text.len());
                let end = (at + next(8)).min(most);
                if !text.is_char_boundary(at) || !text.is_char_boundary(end) {
                    continue;
                }
                text.replace_range(at..end, if next(3) == 0 { "" } else { pieces[next(pieces.len())] });
            }
            plain += usize::from(held(&text));
        }
        assert!(plain > 2_000, "{plain} were plain");
    }
}
