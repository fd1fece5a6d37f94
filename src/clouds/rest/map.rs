//! From a provider's answer to a model, by a table.

use super::{Api, Holes};
use crate::core::error::{Error, Result};
use crate::core::ip;
use crate::core::wire::{Doc, Fill, Json, Model, Tree, number_text, object};

/// Where the fields of a model are in an item of an answer: `(field, expression)`.
///
/// An expression is a path, or several with `|` between them, of which the first that is there counts; `!` before it says that
/// it must be there. In a path, names stand between slashes: `*` is every child, `name[]` every item of a list, and
/// `name[key=value]` those whose member is that; a slash at its start leads to the answer itself. `name@list` goes on from
/// those items of the answer's list whose `id` stands at the name. `^` is the place's own
/// name, `path^` the capitals of a text up to its first hyphen: the country of `de-fra1`. `path*1024` multiplies a number,
/// `path%1024` divides it, and what is not whole is cut off; `=text` is the text itself, in which holes are filled with what
/// stands at their paths: `={.family}.{.size}`, `={.selfLink|after:/}`, and a semicolon goes before what counts where one of
/// them is empty. Of states, the first counts that the table knows. `cidr` may
/// be two paths with a comma, `address,bits`. Of addresses, `a,b` takes those of both, and `@path` only those that are of the
/// field's kind, public or private.
/// `extra` is a list of `name` or `name=path`.
pub type Map = &'static [(&'static str, &'static str)];

/// Calls back for every place at a path.
pub(super) fn many<'t>(doc: Doc<'t>, path: &str, found: &mut dyn FnMut(Doc<'t>)) {
    if path.is_empty() {
        return found(doc);
    }
    if let Some(path) = path.strip_prefix('/') {
        return many(doc.root(), path, found);
    }
    // A slash in a filter is part of what is looked for.
    let mut open = false;
    let end = path.bytes().position(|b| {
        open = (open || b == b'[') && b != b']';
        b == b'/' && !open
    });
    let (step, rest) = (path.get(..end.unwrap_or(path.len())).unwrap_or(""), end.and_then(|at| path.get(at + 1..)).unwrap_or(""));
    if step == "*" {
        return doc.children().for_each(|child| many(child, rest, found));
    }
    let mut parts = step.splitn(2, '[');
    let mut sides = parts.next().unwrap_or("").splitn(2, '@');
    let name = sides.next().unwrap_or("");
    let Some(child) = (if name.is_empty() { Some(doc) } else { doc.get(name) }) else { return };
    if let Some(list) = sides.next() {
        let is_it = |item: &Doc<'t>| same(item.text("id"), child.as_text());
        return doc.root().each(list).filter(is_it).for_each(|item| many(item, rest, found));
    }
    let Some(filter) = parts.next().map(|f| f.trim_end_matches(']')) else { return many(child, rest, found) };
    let mut sides = filter.splitn(2, '=');
    let (key, value) = (sides.next().unwrap_or(""), sides.next().unwrap_or(""));
    for item in child.children() {
        if key.is_empty() || item.get(key).and_then(Doc::word) == Some(value) {
            many(item, rest, found);
        }
    }
}

/// Whether ids are the same: some providers write them in capitals here and there. Long ones differ at their ends.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().rev().zip(b.bytes().rev()).all(|(a, b)| a.eq_ignore_ascii_case(&b))
}

/// The first place at a path that holds something.
pub(super) fn first<'t>(doc: Doc<'t>, path: &str) -> Option<Doc<'t>> {
    let mut place = None;
    many(doc, path, &mut |d| {
        if place.is_none() && !d.is_null() {
            place = Some(d);
        }
    });
    place
}

/// Calls back for every item at a place of a list's answer: `?` before its path says that it may be absent. With `|` between
/// them, several paths are places.
pub(super) fn each<'t>(root: Doc<'t>, place: &str, item: &mut dyn FnMut(Doc<'t>) -> Result<()>) -> Result<()> {
    let paths = place.trim_start_matches('?');
    let (mut outcome, mut there) = (Ok(()), paths.len() < place.len());
    // What a step chooses from must be there, even if it chooses nothing.
    for path in paths.split('|') {
        let whole = path.split(['*', '[']).next().unwrap_or("").trim_end_matches('/');
        many(root, whole, &mut |_| there = true);
    }
    let mut found = |d: Doc<'t>| {
        let mut give = |d| {
            if outcome.is_ok() {
                outcome = item(d);
            }
        };
        if d.is_list() {
            d.children().for_each(give)
        } else if !d.is_null() {
            give(d)
        }
    };
    paths.split('|').for_each(|path| many(root, path, &mut found));
    if there { outcome } else { Err(Error::malformed(["the answer lacks \"", paths, "\""].concat())) }
}

/// Reads a model.
pub(super) fn read<T: Model>(api: &Api, doc: Doc<'_>) -> Result<T> {
    let mut new = T::default();
    let map = api.maps.iter().find(|(name, _)| *name == T::NAME).map_or(&[][..], |(_, map)| map);
    let mut missing = None;
    new.fields(&mut |field, slot| {
        if let Some((_, expression)) = map.iter().find(|(name, _)| *name == field)
            && !fill(api, T::NAME, doc, field, expression, slot)
        {
            missing = Some(*expression);
        }
    });
    match missing {
        Some(expression) => Err(Error::malformed(["the answer lacks \"", expression.trim_start_matches('!'), "\""].concat())),
        None => Ok(new),
    }
}

/// Fills a field; fails when what must be there is not.
fn fill(api: &Api, model: &str, doc: Doc<'_>, field: &str, expression: &str, slot: &mut dyn Fill) -> bool {
    match field {
        "extra" => slot.fill_json(extra(doc, expression)),
        "state" => {
            let mut known = None;
            for path in expression.split('|') {
                many(doc, path, &mut |d| known = known.or_else(|| state(api, model, d.word()?)));
            }
            if let Some(name) = known {
                slot.fill(Tree::text(name).root());
            }
        }
        "publicIps" | "privateIps" => {
            let mut addresses = Vec::new();
            for path in expression.split(',') {
                let sorted = path.starts_with('@');
                many(doc, path.trim_start_matches('@'), &mut |d| {
                    let word = d.word().unwrap_or("");
                    let address = word.split('/').next().unwrap_or("");
                    // Where none is given out yet, some write a zero. Of a node's own IPv6 network, the first address is the node's.
                    let none = matches!(address, "" | "0.0.0.0") || (address == "::" && !word.contains('/'));
                    let address = [address, if word.ends_with("::/64") { "1" } else { "" }].concat();
                    if !none && !addresses.contains(&address) && (!sorted || is_private(&address) == (field == "privateIps")) {
                        addresses.push(address);
                    }
                });
            }
            slot.fill(Tree::texts(&addresses.iter().map(String::as_str).collect::<Vec<_>>()).root());
        }
        "cidr" if expression.contains(',') => {
            let parts: Vec<_> = expression.split(',').filter_map(|path| first(doc, path)?.word()).collect();
            slot.fill(Tree::text(&parts.join("/")).root());
        }
        "country" if !expression.contains(['=', '^']) => {
            if let Some(code) = first(doc, expression).and_then(Doc::word) {
                slot.fill(Tree::text(&code.to_ascii_uppercase()).root());
            }
        }
        _ => {
            let alternatives = expression.trim_start_matches('!');
            // In a text with holes, filters stand after such signs.
            let found = match alternatives.starts_with('=') {
                true => alternatives.split(';').any(|one| value(doc, one, slot)),
                false => alternatives.split('|').any(|one| value(doc, one, slot)),
            };
            return found || alternatives.len() == expression.len();
        }
    }
    true
}

fn value(doc: Doc<'_>, expression: &str, slot: &mut dyn Fill) -> bool {
    if expression.starts_with('=') {
        let text = Holes::default().fill(expression.trim_start_matches('='), doc, |out, word, _| out.push_str(word));
        return text.map(|text| slot.fill(Tree::text(&text).root())).is_some();
    }
    if expression == "^" {
        slot.fill(Tree::text(doc.key()).root());
        return true;
    }
    // The country that an id starts with.
    if let Some(path) = expression.strip_suffix('^') {
        let country = first(doc, path).and_then(Doc::word).and_then(|word| word.split('-').next());
        return country.map(|country| slot.fill(Tree::text(&country.to_ascii_uppercase()).root())).is_some();
    }
    // A star that is a step of a path stands before a slash, or ends.
    let mut sides = expression.rsplitn(2, ['*', '%']);
    let factor = sides.next().and_then(crate::core::wire::parse_number);
    let path = sides.next().unwrap_or("");
    let Some(factor) = factor.filter(|n| *n > 0) else {
        return first(doc, expression).map(|d| slot.fill(d)).is_some();
    };
    let Some(thousandths) = first(doc, path).and_then(Doc::word).and_then(thousandths) else { return false };
    let number = if expression.contains('%') { thousandths / 1000 / factor } else { thousandths.saturating_mul(factor) / 1000 };
    slot.fill(Tree::text(&number_text(number)).root());
    true
}

/// A number with at most three digits after its point that count, times a thousand.
fn thousandths(word: &str) -> Option<u64> {
    let mut parts = word.splitn(2, '.');
    let (whole, part) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let mut digits = part.bytes().chain([b'0'; 3]);
    let mut text = whole.to_owned();
    text.extend((0..3).filter_map(|_| digits.next()).map(char::from));
    crate::core::wire::parse_number(&text)
}

fn state(api: &Api, model: &str, word: &str) -> Option<&'static str> {
    match model {
        "Node" => api.node_states.iter().find(|(name, _)| *name == word).map(|(_, state)| state.name()),
        "Volume" => api.volume_states.iter().find(|(name, _)| *name == word).map(|(_, state)| state.name()),
        _ => api.snapshot_states.iter().find(|(name, _)| *name == word).map(|(_, state)| state.name()),
    }
}

fn extra(doc: Doc<'_>, names: &str) -> Json {
    let mut members = Vec::new();
    for one in names.split(',').filter(|n| !n.is_empty()) {
        let mut sides = one.splitn(2, '=');
        let name = sides.next().unwrap_or("");
        if let Some(place) = first(doc, sides.next().unwrap_or(name)) {
            members.push((name, place.json()));
        }
    }
    object(&members)
}

/// Whether an address is reachable only inside a network.
pub(super) fn is_private(address: &str) -> bool {
    match (ip::v4(address), ip::v6(address)) {
        (Some([10 | 127, ..] | [192, 168, ..] | [169, 254, ..]), _) => true,
        (Some([172, b, ..]), _) => (16..32).contains(&b),
        (Some([100, b, ..]), _) => (64..128).contains(&b),
        (_, Some([first, ..])) => first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80,
        _ => false,
    }
}
