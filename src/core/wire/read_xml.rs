//! XML into a [`Tree`], in one pass. Attributes are not kept: no provider answers in them.
//!
//! Its own parser, as for JSON: it knows the part of XML that APIs speak, and refuses document types with all that they
//! bring. Beside a general reader it takes a third of the time and a quarter of the bytes.

use std::borrow::Cow;

use super::doc::{MAX_DEPTH, Tree, Value};
use super::{has, number_text, passed};
use crate::core::error::{Error, Result};

impl<'a> Tree<'a> {
    /// Parses XML. Element names lose their namespace prefix; text is kept to the letter.
    ///
    /// Entities of a document type are refused, not expanded.
    pub fn xml(text: &'a str) -> Result<Tree<'a>> {
        let tree = Tree { nodes: Vec::with_capacity(text.len() / 40) };
        let mut parser = Parser { text, at: 0, tree, open: Vec::new(), leaf: None };
        match parser.document() {
            Ok(()) => Ok(parser.tree),
            Err(Broken::Here) => Err(malformed(parser.at)),
            Err(Broken::For(error)) => Err(error),
        }
    }
}

#[cold]
fn malformed(at: usize) -> Error {
    // Says where, never what: a body may hold a secret.
    Error::malformed(["the answer is not XML (byte ", &number_text(at as u64), ")"].concat())
}

enum Broken {
    Here,
    For(Error),
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Broken::For(error)
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    tree: Tree<'a>,
    /// The open elements, innermost last: their places in the tree, and their names with prefixes.
    open: Vec<(usize, &'a str)>,
    /// The innermost open element, while it has no child: text is its own.
    leaf: Option<usize>,
}

impl<'a> Parser<'a> {
    fn document(&mut self) -> Result<(), Broken> {
        loop {
            let (from, mut plain) = (self.at, true);
            self.at += passed(self.rest(), |word| has(word, b'<') | has(word, b'&'));
            while let Some(&byte) = self.text.as_bytes().get(self.at)
                && byte != b'<'
            {
                plain &= byte != b'&';
                self.at += 1;
            }
            let Some(run) = self.text.get(from..self.at) else { return Err(Broken::Here) };
            if plain {
                self.append(run);
            } else {
                self.resolve(run)?;
            }
            match self.rest().get(1) {
                Some(b'/') => self.end()?,
                Some(b'?') => drop(self.until("?>")?),
                Some(b'!') => self.declaration()?,
                Some(_) => self.start()?,
                None => break,
            }
        }
        if self.at == self.text.len() && self.open.is_empty() && !self.tree.nodes.is_empty() { Ok(()) } else { Err(Broken::Here) }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Passes what ends so, end and all, and gives what is before the end.
    fn until(&mut self, end: &str) -> Result<&'a str, Broken> {
        let length = self.rest().windows(end.len()).position(|w| w == end.as_bytes()).ok_or(Broken::Here)?;
        let passed = self.text.get(self.at..self.at + length).ok_or(Broken::Here)?;
        self.at += length + end.len();
        Ok(passed)
    }

    /// Passes a comment or a section of plain text.
    fn declaration(&mut self) -> Result<(), Broken> {
        const COMMENT: &str = "<!--";
        const TEXT: &str = "<![CDATA[";
        if self.rest().starts_with(COMMENT.as_bytes()) {
            self.at += COMMENT.len();
            self.until("-->")?;
        } else if self.rest().starts_with(TEXT.as_bytes()) {
            self.at += TEXT.len();
            let text = self.until("]]>")?;
            self.append(text);
        } else if self.rest().starts_with(b"<!DOCTYPE") {
            return Err(Error::malformed("the answer declares a document type, which is refused").into());
        } else {
            return Err(Broken::Here);
        }
        Ok(())
    }

    fn start(&mut self) -> Result<(), Broken> {
        let first = self.tree.nodes.is_empty();
        match self.open.last().and_then(|(at, _)| self.tree.nodes.get_mut(*at)) {
            // An element that has a child holds no text.
            Some(parent) => parent.value = Value::Map,
            None if first => {}
            None => return Err(Broken::Here),
        }
        let text = self.text;
        let from = self.at + 1;
        let (mut to, mut local) = (from, from);
        while let Some(&byte) = text.as_bytes().get(to)
            && !matches!(byte, b'>' | b'/' | b' ' | b'\n' | b'\r' | b'\t')
        {
            to += 1;
            if byte == b':' {
                local = to;
            }
        }
        // What is behind the name ends where no quote is open.
        let (mut end, mut quote, mut last) = (to, 0, 0);
        loop {
            let Some(&byte) = text.as_bytes().get(end) else { return Err(Broken::Here) };
            match byte {
                b'>' if quote == 0 => break,
                b'"' | b'\'' if quote == 0 => quote = byte,
                _ if byte == quote => quote = 0,
                _ => {}
            }
            last = byte;
            end += 1;
        }
        let (Some(name), Some(key)) = (text.get(from..to), text.get(local..to)) else { return Err(Broken::Here) };
        if key.is_empty() || self.open.len() >= MAX_DEPTH {
            return Err(Broken::Here);
        }
        let at = self.tree.push(Cow::Borrowed(key), Value::Text(Cow::Borrowed("")), "")?;
        self.leaf = (last != b'/').then_some(at);
        if self.leaf.is_some() {
            self.open.push((at, name));
        }
        self.at = end + 1;
        Ok(())
    }

    fn end(&mut self) -> Result<(), Broken> {
        let from = self.at + 2;
        let mut end = from;
        while let Some(&byte) = self.text.as_bytes().get(end)
            && byte != b'>'
        {
            end += 1;
        }
        match (self.text.get(from..end), self.open.pop()) {
            (Some(name), Some((at, open))) if end < self.text.len() && name.trim_ascii_end() == open => self.tree.close(at),
            _ => return Err(Broken::Here),
        }
        self.at = end + 1;
        self.leaf = None;
        Ok(())
    }

    /// A run of text that has references.
    fn resolve(&mut self, run: &'a str) -> Result<(), Broken> {
        let mut pieces = run.split('&');
        self.append(pieces.next().unwrap_or(""));
        for piece in pieces {
            let mut sides = piece.splitn(2, ';');
            let (name, after) = (sides.next().unwrap_or(""), sides.next().ok_or(Broken::Here)?);
            let c = referred(name).ok_or(Broken::Here)?;
            if let Some(text) = self.content() {
                text.to_mut().push(c);
            }
            self.append(after);
        }
        Ok(())
    }

    fn append(&mut self, more: &'a str) {
        match self.content() {
            Some(text) if text.is_empty() => *text = Cow::Borrowed(more),
            Some(text) => text.to_mut().push_str(more),
            None => {}
        }
    }

    /// The text of the innermost open element, unless it has children.
    fn content(&mut self) -> Option<&mut Cow<'a, str>> {
        match &mut self.tree.nodes.get_mut(self.leaf?)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The character that a reference stands for.
fn referred(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => {
            let number = name.strip_prefix('#')?;
            let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
            let code = digits.chars().try_fold(0_u32, |code, c| code.checked_mul(radix)?.checked_add(c.to_digit(radix)?))?;
            char::from_u32(code).filter(|c| *c != '\0' && !digits.is_empty())?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::error::Kind;

    #[test]
    fn reads_elements_and_repeats() {
        let text = "<?xml version=\"1.0\"?>\n<!-- c --><r xmlns='u'>\n <a x=\"1\">one &amp; <![CDATA[<two>]]>&#x21;</a>\n <s><i><k> 1 </k></i><i><k/></i></s><n:e xmlns:n='v'></n:e></r>\n";
        let tree = Tree::xml(text).unwrap();
        let d = tree.root();
        assert_eq!(d.key(), "r");
        assert_eq!(d.text("a"), "one & <two>!");
        assert_eq!(d.each("s/i").map(|i| i.text("k")).collect::<Vec<_>>(), [" 1 ", ""]);
        assert_eq!(d.at("s/i").unwrap().need::<u64>("k").unwrap(), 1);
        assert_eq!(d.get("e").unwrap().as_text(), "");
        assert!(d.get("x").is_none());
    }

    #[test]
    fn passes_what_is_not_kept() {
        let text =
            "\u{feff}<?xml version='1.0'?><a b='>' c=\"/\" ><!-- <b> -- > --><?x <?><p:b\n q = 'r'/ >1</p:b >é&lt;<c/><![CDATA[]]]]></a> ";
        let text = text.replace("'/ >", "' >");
        let tree = Tree::xml(&text).unwrap();
        assert_eq!(tree.root().json().as_str(), "{\"b\":\"1\",\"c\":\"\"}");
        let tree = Tree::xml("<a>&#10;&#x1F600;&quot;x&amp;amp;]]&gt; <![CDATA[&lt;]]></a>").unwrap();
        assert_eq!(tree.root().as_text(), "\n😀\"x&amp;]]> &lt;");
    }

    #[test]
    fn refuses_what_is_broken_or_hostile() {
        let deep = "<a>".repeat(100_000);
        let deeper = ["<a>".repeat(128), "<b/>".to_owned(), "</a>".repeat(128)].concat();
        let bomb = "<!DOCTYPE a [<!ENTITY b \"cccc\">]><a>&b;</a>";
        for text in [
            "",
            "plain",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a>&nope;</a>",
            "<a",
            "</a>",
            "<a>&#xD800;</a>",
            "<a>&#;</a>",
            "<a>&#x;</a>",
            "<a>&lt</a>",
            "<a>&#-1;</a>",
            "<>",
            "< a></ a>",
            "<a b='></a>",
            "<a></A>",
            "<a><!-- </a>",
            "<a><![CDATA[</a>",
            "<?x",
            "<!a><a/>",
            "<p:a></q:a>",
            "<p:/>",
            "<a/><",
            &deep,
            &deeper,
            bomb,
        ] {
            assert_eq!(Tree::xml(text).unwrap_err().kind(), Kind::Malformed, "{:.40}", text);
        }
    }
}
