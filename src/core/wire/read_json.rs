//! JSON into a [`Tree`], by serde_json's parser; and any other serde format, as JavaScript values are.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::doc::{Tree, Value};
use crate::core::error::{Error, Result};

impl<'a> Tree<'a> {
    /// Parses JSON. An empty text is `null`.
    pub fn json(text: &'a str) -> Result<Tree<'a>> {
        if text.trim_ascii().is_empty() {
            return Ok(Tree::default());
        }
        let mut parser = serde_json::Deserializer::from_str(text);
        let tree = Tree::deserialize(&mut parser, text.len() / 24).map_err(|e| malformed(e.line(), e.column()))?;
        parser.end().map_err(|e| malformed(e.line(), e.column()))?;
        Ok(tree)
    }

    /// Reads a tree from any serde format.
    pub fn deserialize<D: Deserializer<'a>>(source: D, size_hint: usize) -> std::result::Result<Tree<'a>, D::Error> {
        let mut tree = Tree { nodes: Vec::with_capacity(size_hint) };
        Place { tree: &mut tree, key: Cow::Borrowed("") }.deserialize(source)?;
        Ok(tree)
    }
}

#[cold]
fn malformed(line: usize, column: usize) -> Error {
    // The parser's own message may quote the body, which may hold a secret.
    Error::malformed(format!("the answer is not JSON (line {line}, column {column})"))
}

struct Place<'t, 'a> {
    tree: &'t mut Tree<'a>,
    key: Cow<'a, str>,
}

impl<'a> Place<'_, 'a> {
    fn leaf<E: serde::de::Error>(self, value: Value<'a>) -> std::result::Result<(), E> {
        self.tree.push(self.key, value).map(|_| ()).map_err(|_| E::custom(""))
    }
}

impl<'a> DeserializeSeed<'a> for Place<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, source: D) -> std::result::Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Place<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain data")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> std::result::Result<(), E> {
        self.leaf(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> std::result::Result<(), E> {
        self.leaf(Value::Int(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> std::result::Result<(), E> {
        self.leaf(Value::UInt(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> std::result::Result<(), E> {
        self.leaf(Value::Float(value))
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, value: &'a str) -> std::result::Result<(), E> {
        self.leaf(Value::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> std::result::Result<(), E> {
        self.leaf(Value::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_unit<E: serde::de::Error>(self) -> std::result::Result<(), E> {
        self.leaf(Value::Null)
    }

    fn visit_none<E: serde::de::Error>(self) -> std::result::Result<(), E> {
        self.leaf(Value::Null)
    }

    fn visit_some<D: Deserializer<'a>>(self, source: D) -> std::result::Result<(), D::Error> {
        self.deserialize(source)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> std::result::Result<(), A::Error> {
        let at = self.tree.push(self.key, Value::List).map_err(|_| A::Error::custom(""))?;
        while items.next_element_seed(Place { tree: &mut *self.tree, key: Cow::Borrowed("") })?.is_some() {}
        self.tree.close(at);
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> std::result::Result<(), A::Error> {
        let at = self.tree.push(self.key, Value::Map).map_err(|_| A::Error::custom(""))?;
        while let Some(Key(key)) = members.next_key_seed(KeySeed)? {
            members.next_value_seed(Place { tree: &mut *self.tree, key })?;
        }
        self.tree.close(at);
        Ok(())
    }
}

struct Key<'a>(Cow<'a, str>);
struct KeySeed;

impl<'a> DeserializeSeed<'a> for KeySeed {
    type Value = Key<'a>;

    fn deserialize<D: Deserializer<'a>>(self, source: D) -> std::result::Result<Key<'a>, D::Error> {
        source.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for KeySeed {
    type Value = Key<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, value: &'a str) -> std::result::Result<Key<'a>, E> {
        Ok(Key(Cow::Borrowed(value)))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> std::result::Result<Key<'a>, E> {
        Ok(Key(Cow::Owned(value.to_owned())))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::core::error::Kind;

    #[test]
    fn reads_values_of_every_type() {
        let text = r#"{"id":12345678901234567890,"n":-3,"f":0.5,"t":"a\"b","u":"é","b":true,"z":null,"l":[{"k":1},{"k":2}],"e":[]}"#;
        let tree = Tree::json(text).unwrap();
        let d = tree.root();
        assert_eq!(d.need::<u64>("id").unwrap(), 12_345_678_901_234_567_890);
        assert_eq!(d.need::<String>("id").unwrap(), "12345678901234567890");
        assert_eq!(d.need::<i64>("n").unwrap(), -3);
        assert_eq!(d.opt::<f64>("f"), Some(0.5));
        assert_eq!(d.text("t"), "a\"b");
        assert_eq!(d.text("u"), "é");
        assert_eq!(d.opt::<bool>("b"), Some(true));
        assert!(d.get("z").unwrap().is_null());
        assert_eq!(d.each("l").map(|i| i.need::<u64>("k").unwrap()).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(d.each("e").count() + d.each("z").count() + d.each("none/x").count(), 0);
        assert_eq!(d.json().as_str(), text);
        assert_eq!(d.need::<u64>("t").unwrap_err().kind(), Kind::Malformed);
    }

    #[test]
    fn refuses_what_is_broken_or_hostile() {
        let deep = "[".repeat(100_000);
        for text in ["{", "{\"a\":}", "[1,]", "nul", "{} x", "\"\\ud800\"", deep.as_str()] {
            let error = Tree::json(text).unwrap_err();
            assert_eq!(error.kind(), Kind::Malformed);
            assert!(error.message().contains("not JSON"), "{error}");
        }
        assert!(Tree::json("  ").unwrap().root().is_null());
    }
}
