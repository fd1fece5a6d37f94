//! Writing JSON: answers for JavaScript, bodies for providers.

use super::{parse_number, write_number};

/// A piece of JSON text. The empty piece stands for an absent member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Json(String);

impl Json {
    /// Takes a text that is JSON.
    pub fn raw(text: String) -> Self {
        Json(text)
    }

    /// This value as JSON.
    pub fn of(value: &(impl Encode + ?Sized)) -> Self {
        let mut out = String::new();
        value.encode(&mut out);
        Json(out)
    }

    /// The same, made once for all types.
    pub(crate) fn of_any(value: &dyn Encode) -> Self {
        let mut out = String::new();
        value.encode(&mut out);
        Json(out)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }

    /// Adds the items of another list to this list, or the members of another object to this object.
    pub fn append_items(&mut self, more: &Json) {
        let more = more.0.strip_prefix(['[', '{']).unwrap_or(&more.0);
        if matches!(more, "]" | "}") {
            return;
        }
        if self.0.pop().is_some() && self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(more);
    }
}

/// An object of these members; the absent ones are left out.
pub fn object(members: &[(&str, Json)]) -> Json {
    let mut out = String::from("{");
    for (name, value) in members.iter().filter(|(_, value)| !value.0.is_empty()) {
        if out.len() > 1 {
            out.push(',');
        }
        write_text(&mut out, name);
        out.push(':');
        out.push_str(&value.0);
    }
    out.push('}');
    Json(out)
}

/// A list of these items.
pub fn array(items: impl IntoIterator<Item = Json>) -> Json {
    let mut out = String::from("[");
    for item in items {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&item.0);
    }
    out.push(']');
    Json(out)
}

impl<T: Encode + ?Sized> From<&T> for Json {
    fn from(value: &T) -> Self {
        Json::of(value)
    }
}

impl<T: Encode> From<Option<T>> for Json {
    /// Nothing is an absent member.
    fn from(value: Option<T>) -> Self {
        value.map_or_else(Json::default, |v| Json::of(&v))
    }
}

macro_rules! from_value {
    ($($type:ty),*) => {$(
        impl From<$type> for Json {
            fn from(value: $type) -> Self {
                Json::of(&value)
            }
        }
    )*};
}
from_value!(bool, u32, u64, i64, Decimal, String);

/// Names and values in order, written as an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs(pub Vec<(String, String)>);

impl Pairs {
    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// What can be written as JSON.
pub trait Encode {
    /// Appends this value.
    fn encode(&self, out: &mut String);
}

impl Encode for str {
    fn encode(&self, out: &mut String) {
        write_text(out, self);
    }
}

impl Encode for String {
    fn encode(&self, out: &mut String) {
        write_text(out, self);
    }
}

impl Encode for bool {
    fn encode(&self, out: &mut String) {
        out.push_str(if *self { "true" } else { "false" });
    }
}

impl Encode for u64 {
    fn encode(&self, out: &mut String) {
        write_number(out, *self);
    }
}

impl Encode for u32 {
    fn encode(&self, out: &mut String) {
        u64::from(*self).encode(out);
    }
}

impl Encode for u16 {
    fn encode(&self, out: &mut String) {
        u64::from(*self).encode(out);
    }
}

impl Encode for i64 {
    fn encode(&self, out: &mut String) {
        if *self < 0 {
            out.push('-');
        }
        write_number(out, self.unsigned_abs());
    }
}

/// A decimal number as a provider wrote it, exact: a price, say. (Binary fractions would lose digits, and formatting them
/// would cost every user 8 kB.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal(String);

impl Decimal {
    /// Reads a number as JSON writes it; spare zeros and spaces around it are fine.
    pub fn parse(text: &str) -> Option<Decimal> {
        let text = text.trim_ascii();
        let number = text.bytes().any(|b| b.is_ascii_digit())
            && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'e' | b'E' | b'+'));
        let size = text.strip_prefix('-').unwrap_or(text);
        let number = number && size.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        let lead = size.trim_start_matches('0');
        let lead = if lead.as_bytes().first().is_some_and(u8::is_ascii_digit) { lead.to_owned() } else { ["0", lead].concat() };
        let text = if text.starts_with('-') { ["-", &lead].concat() } else { lead };
        (number && super::Tree::json(&text).is_ok()).then_some(Decimal(text))
    }

    /// The number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// So many `10^-places`, rounded down: `1.5` to 3 places is 1500. Nothing for what is negative or has an exponent.
    pub fn scaled(&self, places: usize) -> Option<u64> {
        if self.0.bytes().any(|b| matches!(b, b'e' | b'E')) {
            return None;
        }
        let point = self.0.bytes().position(|b| b == b'.').unwrap_or(self.0.len());
        let mut digits = self.0.get(..point)?.to_owned();
        let mut fraction = self.0.bytes().skip(point + 1);
        for _ in 0..places {
            digits.push(char::from(fraction.next().unwrap_or(b'0')));
        }
        parse_number(&digits)
    }
}

impl Encode for Decimal {
    fn encode(&self, out: &mut String) {
        out.push_str(&self.0);
    }
}

impl Encode for Json {
    fn encode(&self, out: &mut String) {
        out.push_str(if self.0.is_empty() { "null" } else { &self.0 });
    }
}

impl Encode for () {
    fn encode(&self, out: &mut String) {
        out.push_str("null");
    }
}

impl Encode for Pairs {
    fn encode(&self, out: &mut String) {
        out.push('{');
        for (i, (name, value)) in self.0.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            write_text(out, name);
            out.push(':');
            write_text(out, value);
        }
        out.push('}');
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, out: &mut String) {
        match self {
            Some(value) => value.encode(out),
            None => out.push_str("null"),
        }
    }
}

impl<T: Encode> Encode for [T] {
    fn encode(&self, out: &mut String) {
        let mut before = "[";
        for item in self {
            out.push_str(before);
            item.encode(out);
            before = ",";
        }
        out.push_str(if self.is_empty() { "[]" } else { "]" });
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, out: &mut String) {
        self.as_slice().encode(out);
    }
}

/// As text: optimized for size, a `char` is pushed by way of several calls.
const QUOTE: &str = "\"";

/// Appends a JSON string.
pub fn write_text(out: &mut String, text: &str) {
    out.push_str(QUOTE);
    let mut plain = true;
    for &byte in text.as_bytes().get(super::plain_text(text.as_bytes())..).unwrap_or_default() {
        plain &= byte >= 0x20 && byte != b'"' && byte != b'\\';
    }
    if !plain {
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c < ' ' => {
                    out.push_str("\\u00");
                    out.push_str(&super::hex(&[c as u8]));
                }
                c => out.push(c),
            }
        }
    } else {
        out.push_str(text);
    }
    out.push_str(QUOTE);
}

/// Begins a member of the object that is being written; its name is a plain one, which needs no escapes.
pub(crate) fn member(out: &mut String, name: &str) {
    out.push_str(if out.as_bytes().last() == Some(&b'{') { "\"" } else { ",\"" });
    out.push_str(name);
    out.push_str("\":");
}

/// Appends the fields of a model; names are JSON already.
pub(crate) fn write_fields(out: &mut String, fields: &[(&str, &dyn Encode)]) {
    let mut before = "{";
    for (name, field) in fields {
        out.push_str(before);
        out.push_str(name);
        field.encode(out);
        before = ",";
    }
    out.push('}');
}

/// Declares a model: a plain struct whose fields are written to JSON under their JavaScript names.
macro_rules! model {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$fmeta:meta])* $field:ident $js:literal: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name { $($(#[$fmeta])* pub $field: $type),* }

        impl $crate::core::wire::Encode for $name {
            fn encode(&self, out: &mut String) {
                $crate::core::wire::write_fields(out, &[$((concat!("\"", $js, "\":"), &self.$field)),*]);
            }
        }

        impl $crate::core::wire::Model for $name {
            const NAME: &'static str = stringify!($name);

            fn fields(&mut self, each: &mut dyn FnMut(&'static str, &mut dyn $crate::core::wire::Fill)) {
                let fields: &mut [(&'static str, &mut dyn $crate::core::wire::Fill)] = &mut [$(($js, &mut self.$field)),*];
                for (name, field) in fields {
                    each(name, *field);
                }
            }
        }

        /// Reads what it writes; what is missing is as by default.
        impl $crate::core::wire::FromDoc for $name {
            #[inline(never)]
            fn from_doc(doc: $crate::core::wire::Doc<'_>) -> Option<Self> {
                let mut new = Self::default();
                let is_one = $crate::core::wire::read_fields(doc, &mut [$((concat!("\"", $js, "\":"), &mut new.$field)),*]);
                if is_one { Some(new) } else { None }
            }
        }
    };
}
pub(crate) use model;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_a_parser_reads_back() {
        let text = "quote \" slash \\ line \n tab \t bell \u{7} é 😀 \u{2028}";
        assert_eq!(serde_json::from_str::<String>(Json::of(text).as_str()).ok().as_deref(), Some(text));
        let json = object(&[
            ("a", 1u64.into()),
            ("b", None::<String>.into()),
            ("c", array([true.into(), "x".into()])),
            ("d", Json::of(&Pairs(vec![("k".into(), "v".into())]))),
            ("e", Decimal::parse("0.250").into()),
            ("f", Decimal::parse("NaN").into()),
        ]);
        assert_eq!(json.as_str(), r#"{"a":1,"c":[true,"x"],"d":{"k":"v"},"e":0.250}"#);
    }

    #[test]
    fn decimals() {
        for (text, want, milli) in [
            ("1.5", "1.5", Some(1500)),
            ("0", "0", Some(0)),
            ("007.2500", "7.2500", Some(7250)),
            (" 3 ", "3", Some(3000)),
            ("-1.25", "-1.25", None),
            ("1e3", "1e3", None),
            (".5", "0.5", Some(500)),
            ("1.500e3", "1.500e3", None),
            ("0e5", "0e5", None),
        ] {
            let d = Decimal::parse(text);
            assert_eq!(d.as_ref().map(Decimal::as_str), Some(want));
            assert_eq!(d.and_then(|d| d.scaled(3)), milli, "{text}");
        }
        for text in ["", "x", "1.", "1 2", "--1", "1,5", "0x1", ".", "e5", "-e5"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn models_read_what_they_write() {
        use crate::compute::{Extra, Node, NodeState};
        use crate::core::wire::{FromDoc, Time, Tree};
        let node = Node {
            id: "n".into(),
            state: NodeState::Rebooting,
            public_ips: vec!["192.0.2.1".into()],
            created_at: Some(Time(1_000)),
            extra: Extra(Json::raw(r#"{"a":[1]}"#.into())),
            ..Node::default()
        };
        let read = |text: &str| Tree::json(text).ok().and_then(|tree| Node::from_doc(tree.root()));
        assert_eq!(read(Json::of(&node).as_str()), Some(node));
        assert_eq!(read(r#"{"id":null,"more":1}"#), Some(Node::default()));
        assert_eq!(read("[]"), None);
    }

    #[test]
    fn joins_lists() {
        let mut list = Json::raw("[]".into());
        list.append_items(&Json::raw("[]".into()));
        list.append_items(&Json::raw("[1,2]".into()));
        list.append_items(&Json::raw("[]".into()));
        list.append_items(&Json::raw("[3]".into()));
        assert_eq!(list.as_str(), "[1,2,3]");
        let mut object = Json::raw("{}".into());
        for more in [r#"{"a":1}"#, "{}", r#"{"b":2}"#] {
            object.append_items(&Json::raw(more.into()));
        }
        assert_eq!(object.as_str(), r#"{"a":1,"b":2}"#);
    }
}
