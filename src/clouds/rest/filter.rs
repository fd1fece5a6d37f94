//! What holes make of their values: `{name|filter:key:value}`.

use super::map;
use crate::core::wire::{Doc, Json, Pairs, Tree, array, base64, object, parse_number};

/// A value, changed.
pub(super) fn filtered(value: &Json, change: &dyn Fn(Doc<'_>) -> Option<Json>) -> Option<Json> {
    change(Tree::json(value.as_str()).ok()?.root())
}

/// A token as providers want it that take only UUIDs.
fn uuid(token: &str) -> String {
    if token.len() != 32 || !token.bytes().all(|b| b.is_ascii_hexdigit()) {
        return token.to_owned();
    }
    let mut out = String::with_capacity(36);
    for (at, digit) in token.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        // The digits that say: made up, of the usual kind.
        out.push(match at {
            12 => '4',
            16 => 'a',
            _ => digit,
        });
    }
    out
}

/// Texts that are numbers, as numbers.
pub(super) fn numbers(doc: Doc<'_>) -> Option<Json> {
    if doc.is_list() {
        return Some(array(doc.children().filter_map(numbers)));
    }
    let word = doc.word()?;
    Some(parse_number(word).map_or_else(|| doc.json(), Json::from))
}

/// Tags however they come: an object, texts (`name:value`, or the name alone), objects of a name and a value.
pub(super) fn tags(doc: Doc<'_>) -> Pairs {
    let word = |d: Option<Doc<'_>>| d.and_then(Doc::word).unwrap_or("").to_owned();
    let read = |tag: Doc<'_>| {
        let Some(text) = tag.word() else {
            // In whatever order, if their names say which they are.
            let part = |name: &str, at| {
                let named = tag.children().find(|d| d.key().to_ascii_lowercase().ends_with(name));
                word(named.or_else(|| tag.children().nth(at)))
            };
            return (part("key", 0), part("value", 1));
        };
        let mut sides = text.splitn(2, [':', '=']);
        match (sides.next(), sides.next()) {
            _ if !doc.is_list() => (tag.key().to_owned(), text.to_owned()),
            (Some(name), Some(value)) if !value.is_empty() => (name.to_owned(), value.to_owned()),
            _ => (text.to_owned(), String::new()),
        }
    };
    Pairs(doc.children().map(read).collect())
}

/// A filter by its name.
pub(super) fn apply(filter: &str, doc: Doc<'_>) -> Option<Json> {
    let mut parts = filter.split(':');
    let (name, key, value) = (parts.next()?, parts.next().unwrap_or("key"), parts.next().unwrap_or("value"));
    let sign = key.chars().next().unwrap_or('/');
    Some(match name {
        // Of a text.
        "base64" => base64(doc.word()?.as_bytes()).into(),
        "text" => doc.word()?.into(),
        "quoted" => doc.json().into_string().into(),
        "lower" => doc.word()?.to_ascii_lowercase().into(),
        "upper" => doc.word()?.to_ascii_uppercase().into(),
        // What stands in a line `key: what`.
        "line" => doc.word()?.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))?.into(),
        // As the name of a host: letters, digits, hyphens, dots.
        "host" => {
            let host = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '-' };
            doc.word()?.chars().map(host).collect::<String>().into()
        }
        // The last part of a path.
        "tail" => doc.word()?.rsplit('/').next()?.into(),
        // Not nothing.
        "some" => doc.word().filter(|word| !matches!(*word, "0" | "false")).map(|_| doc.json())?,
        "times" => parse_number(doc.word()?)?.saturating_mul(parse_number(key)?).into(),
        // What stands before the first of a sign, after the last of it, and from a word on.
        "before" => doc.word()?.split(sign).next()?.into(),
        "after" => doc.word()?.rsplit(sign).next()?.into(),
        "from" => {
            let text = doc.word()?;
            (0..text.len()).find_map(|at| text.get(at..).filter(|rest| rest.starts_with(key)))?.into()
        }
        "uuid" => uuid(doc.word()?).into(),
        // A step of a path, and the text without spaces.
        "step" => doc.word()?.split('/').nth(usize::try_from(parse_number(key)?).ok()?)?.into(),
        "packed" => doc.word()?.split(' ').collect::<String>().into(),
        // Of a list: its first item, one text of all, an object for each.
        "first" => doc.children().next()?.json(),
        "csv" => doc.children().filter_map(Doc::word).collect::<Vec<_>>().join(",").into(),
        // The first number from one on that stands at a path in none of the items.
        "free" => {
            let taken =
                |n: &u64| !doc.children().any(|item| map::first(item, value).and_then(Doc::word).and_then(parse_number) == Some(*n));
            (parse_number(key)?..).find(taken)?.into()
        }
        "each" => array(doc.children().map(|item| object(&[(key, item.json())]))),
        // Of tags: `name:value`, or the name alone; the names; an object for each.
        "list" => array(doc.children().map(text_tag)),
        // Of names: an object that has nothing for each.
        "nulls" => object(&doc.children().filter_map(Doc::word).map(|name| (name, Json::raw("null".to_owned()))).collect::<Vec<_>>()),
        "equals" => array(doc.children().map(|tag| [tag.key(), "=", tag.word().unwrap_or("")].concat().into())),
        "pairs" => array(doc.children().map(|tag| object(&[(key, Json::of(tag.key())), (value, tag.json())]))),
        _ => return None,
    })
}

/// `name:value`, or the name alone.
fn text_tag(tag: Doc<'_>) -> Json {
    match tag.word() {
        Some(value) if !value.is_empty() => [tag.key(), ":", value].concat().into(),
        _ => Json::of(tag.key()),
    }
}
