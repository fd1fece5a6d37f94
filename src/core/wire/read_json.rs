//! JSON into a [`Tree`]: strict RFC 8259, one pass, text and numbers borrowed from the answer.
//!
//! Its own parser, for it is the hot path: beside serde_json into the same tree it takes half the time and a third of the
//! bytes (no floats, no error texts). The tests hold it to serde_json.

use std::borrow::Cow;

use super::doc::{MAX_DEPTH, Tree, Value};
use crate::core::error::{Error, Result};

impl<'a> Tree<'a> {
    /// Parses JSON. An empty text is `null`.
    pub fn json(text: &'a str) -> Result<Tree<'a>> {
        let mut parser = Parser { text, at: 0, blank: 0, tree: Tree { nodes: Vec::with_capacity(text.len() / 24) } };
        parser.blank();
        if parser.at < text.len() {
            parser.document().map_err(|Broken| malformed(parser.at))?;
        }
        Ok(parser.tree)
    }
}

#[cold]
fn malformed(at: usize) -> Error {
    // Says where, never what: a body may hold a secret.
    Error::malformed(["the answer is not JSON (byte ", &super::number_text(at as u64), ")"].concat())
}

struct Broken;

impl From<Error> for Broken {
    fn from(_: Error) -> Self {
        Broken
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// The place behind the last blank.
    blank: usize,
    tree: Tree<'a>,
}

impl<'a> Parser<'a> {
    #[inline(always)]
    fn peek(&self) -> u8 {
        match self.text.as_bytes().get(self.at) {
            Some(byte) => *byte,
            None => 0,
        }
    }

    #[inline(always)]
    fn blank(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
            self.blank = self.at;
        }
    }

    #[inline(always)]
    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == byte;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), Broken> {
        if self.eat(byte) { Ok(()) } else { Err(Broken) }
    }

    #[inline(always)]
    fn close(&mut self, at: usize, from: usize) {
        let raw = if self.blank > from { None } else { self.text.get(from..self.at) };
        self.tree.close_raw(at, raw.unwrap_or(""));
    }

    /// One value and what is in it, without recursion.
    fn document(&mut self) -> Result<(), Broken> {
        // The open lists and maps, innermost last: their places in the tree, whether each is a map, and where it begins.
        let mut open: Vec<(usize, bool, usize)> = Vec::new();
        let mut key = Cow::Borrowed("");
        loop {
            self.blank();
            let opened = match self.peek() {
                b'{' => Some(true),
                b'[' => Some(false),
                _ => None,
            };
            let place = std::mem::replace(&mut key, Cow::Borrowed(""));
            let mut ended = match opened {
                None => {
                    let from = self.at;
                    let value = self.scalar()?;
                    self.tree.push(place, value, self.text.get(from..self.at).unwrap_or(""))?;
                    true
                }
                Some(map) => {
                    if open.len() >= MAX_DEPTH {
                        return Err(Broken);
                    }
                    let at = self.tree.push(place, if map { Value::Map } else { Value::List }, "")?;
                    open.push((at, map, self.at));
                    self.at += 1;
                    self.blank();
                    self.eat(if map { b'}' } else { b']' })
                }
            };
            // An opened container that is empty ends at once; a value may end any number of containers.
            let mut closing = opened.is_some() && ended;
            loop {
                if closing {
                    let Some((at, _, from)) = open.pop() else { return Err(Broken) };
                    self.close(at, from);
                    ended = true;
                }
                self.blank();
                let Some(&(_, map, _)) = open.last() else {
                    return if self.at == self.text.len() { Ok(()) } else { Err(Broken) };
                };
                if !ended {
                    break;
                }
                if self.eat(b',') {
                    self.blank();
                    break;
                }
                self.expect(if map { b'}' } else { b']' })?;
                closing = true;
            }
            if let Some(&(_, true, _)) = open.last() {
                self.expect(b'"')?;
                key = self.string()?;
                self.blank();
                self.expect(b':')?;
            }
        }
    }

    fn scalar(&mut self) -> Result<Value<'a>, Broken> {
        let word = |parser: &mut Self, word: &str, value| {
            let rest = parser.text.as_bytes().get(parser.at..).unwrap_or_default();
            if !rest.starts_with(word.as_bytes()) {
                return Err(Broken);
            }
            parser.at += word.len();
            Ok(value)
        };
        match self.peek() {
            b'"' => {
                self.at += 1;
                self.string().map(Value::Text)
            }
            b't' => word(self, "true", Value::Bool(true)),
            b'f' => word(self, "false", Value::Bool(false)),
            b'n' => word(self, "null", Value::Null),
            _ => self.number(),
        }
    }

    fn digits(&mut self) -> Result<(), Broken> {
        let from = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at > from { Ok(()) } else { Err(Broken) }
    }

    fn number(&mut self) -> Result<Value<'a>, Broken> {
        let from = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
        }
        self.text.get(from..self.at).map(|text| Value::Number(Cow::Borrowed(text))).ok_or(Broken)
    }

    /// The rest of a string whose first quote is behind us.
    fn string(&mut self) -> Result<Cow<'a, str>, Broken> {
        let from = self.at;
        let plain = self.plain();
        let start = self.text.get(from..from + plain).ok_or(Broken)?;
        if self.eat(b'"') {
            return Ok(Cow::Borrowed(start));
        }
        let mut owned = start.to_owned();
        loop {
            if self.eat(b'"') {
                return Ok(Cow::Owned(owned));
            }
            self.expect(b'\\')?;
            owned.push(self.escape()?);
            let from = self.at;
            let plain = self.plain();
            owned.push_str(self.text.get(from..from + plain).ok_or(Broken)?);
        }
    }

    /// Passes what needs no attention; says how many bytes.
    fn plain(&mut self) -> usize {
        let from = self.at;
        self.at += super::plain_text(self.text.as_bytes().get(from..).unwrap_or_default());
        while let Some(&byte) = self.text.as_bytes().get(self.at)
            && byte >= 0x20
            && byte != b'"'
            && byte != b'\\'
        {
            self.at += 1;
        }
        self.at - from
    }

    fn escape(&mut self) -> Result<char, Broken> {
        let escape = self.peek();
        self.at += 1;
        Ok(match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut code = self.unit()?;
                if (0xd800..0xdc00).contains(&code) {
                    self.expect(b'\\')?;
                    self.expect(b'u')?;
                    let low = self.unit()?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(Broken);
                    }
                    code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
                char::from_u32(code).ok_or(Broken)?
            }
            _ => return Err(Broken),
        })
    }

    fn unit(&mut self) -> Result<u32, Broken> {
        (0..4).try_fold(0, |unit, _| {
            let digit = char::from(self.peek()).to_digit(16).ok_or(Broken)?;
            self.at += 1;
            Ok(unit * 16 + digit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::error::Kind;

    #[test]
    fn reads_values_of_every_type() {
        let text = r#"{"id":12345678901234567890,"n":-3,"f":0.5,"t":"a\"b","u":"é","b":true,"z":null,"l":[{"k":1},{"k":2}],"e":[],"o":{},"x":[[],[{}]]}"#;
        let tree = Tree::json(text).unwrap();
        let d = tree.root();
        assert_eq!(d.need::<u64>("id").unwrap(), 12_345_678_901_234_567_890);
        assert_eq!(d.need::<String>("id").unwrap(), "12345678901234567890");
        assert_eq!(d.need::<i64>("n").unwrap(), -3);
        assert_eq!(d.opt::<String>("f").as_deref(), Some("0.5"));
        assert_eq!(d.text("t"), "a\"b");
        assert_eq!(d.text("u"), "é");
        assert_eq!(d.opt::<bool>("b"), Some(true));
        assert!(d.get("z").unwrap().is_null());
        assert_eq!(d.each("l").map(|i| i.need::<u64>("k").unwrap()).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(d.each("e").count() + d.each("z").count() + d.each("none/x").count(), 0);
        assert_eq!(d.json().as_str(), text);
        assert_eq!(d.need::<u64>("t").unwrap_err().kind(), Kind::Malformed);
    }

    /// serde_json is the judge of what is JSON and what it says.
    #[test]
    fn agrees_with_serde_json() {
        let deep_enough = "[".repeat(120) + &"]".repeat(120);
        let deep = "[".repeat(100_000);
        let texts = [
            "1",
            "-0",
            "0.5e+10",
            "1E3",
            "\"a\"",
            "true",
            " null ",
            "[]",
            "{}",
            "[1,[2,{\"a\":[]}],{}]",
            "{\"a\":{\"b\":{}},\"c\":[{}]}",
            r#""\u00e9\ud83d\ude00\n\t\b\f\r\/\\""#,
            "{\"k\\u0041\":1}",
            "\"\u{7f}\u{2028}\"",
            &deep_enough,
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "+1",
            "--1",
            "1e+",
            "0x1",
            "NaN",
            "tru",
            "nulll",
            "\"",
            "\"a",
            "\"\n\"",
            "\"\\x\"",
            "\"\\u12\"",
            r#""\ud800""#,
            r#""\ud800\u0041""#,
            r#""\udc00""#,
            "[",
            "]",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,",
            "{\"a\":1,}",
            "{a:1}",
            "{1:1}",
            "{\"a\" 1}",
            "{\"a\":1 \"b\":2}",
            "[}",
            "{]",
            "{\"a\":1]",
            "1 2",
            "{} []",
            "[]]",
            &deep,
            "\u{feff}1",
            "\u{0}",
            "[1]\u{0}",
        ];
        for text in texts {
            let ours = Tree::json(text);
            match serde_json::from_str::<serde_json::Value>(text) {
                Ok(theirs) => {
                    let tree = ours.unwrap_or_else(|e| unreachable!("{text:.40}: {e}"));
                    assert_eq!(serde_json::from_str::<serde_json::Value>(tree.root().json().as_str()).unwrap(), theirs, "{text}");
                }
                Err(_) => assert_eq!(ours.unwrap_err().kind(), Kind::Malformed, "{text:.40}"),
            }
        }
        assert!(Tree::json(" \n ").unwrap().root().is_null());
    }
}
