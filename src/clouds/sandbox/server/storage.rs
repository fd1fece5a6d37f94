//! What is special about objects: they have bytes, versions and conditions, and are listed in pages.

use super::{Answer, Ask, Item, KINDS, Place, Refusal, World, refuse, time};
use crate::core::http::Method;
use crate::core::wire::{Doc, Json, array, object};

/// So many names a page has at most.
const PAGE: u64 = 1_000;

/// What an object is stored with.
const OPTIONS: &[&str] = &["contentType", "cacheControl", "contentDisposition", "contentEncoding", "metadata"];

pub(super) fn special(world: &mut World, place: &Place<'_>, ask: &Ask<'_>) -> Result<Option<Answer>, Refusal> {
    let (within, id) = (place.within, place.id);
    let json = match (ask.method, place.kind, id) {
        (Method::Get, "objects", "") => page(world.all("objects", within), ask),
        (Method::Get, "objects", _) => {
            let object = world.find("objects", within, id)?;
            let json = object.show(ask.now);
            conditions(Some(object), ask.doc)?;
            if ask.streaming {
                return Ok(Some((json, Some(range(&object.bytes, ask.doc)?.to_vec()))));
            }
            json
        }
        (Method::Put, "objects", _) => {
            conditions(world.find("objects", within, id).ok().as_deref(), ask.doc)?;
            let mut bytes = ask.bytes.take();
            let mut options = ask.doc.json();
            if let Some(from) = ask.doc.get("from") {
                let source = world.find("objects", from.text("container"), from.text("name"))?;
                bytes = source.bytes.clone();
                if !from.need("replace").unwrap_or(false) {
                    options = Json::raw(source.json.clone());
                }
            }
            store(world, within, id, options.as_str(), bytes, ask.now)
        }
        (Method::Delete, "objects", _) => {
            // Gone is gone, whether it was there or not.
            if let Ok(at) = world.seek("objects", within, id) {
                world.items.remove(at);
            }
            "null".to_owned()
        }
        (Method::Post, "objects", _) => {
            for name in ask.doc.each("names") {
                if let Ok(at) = world.seek("objects", within, name.as_text()) {
                    world.items.remove(at);
                }
            }
            "[]".to_owned()
        }
        (Method::Put, "uploads", _) => {
            of_object(world, place, ask)?;
            let number = ask.doc.text("number").to_owned();
            let bytes = ask.bytes.take();
            let (size, etag) = (bytes.len() as u64, version(world));
            let at = world.seek("parts", id, &number);
            let json = object(&[("etag", (&etag).into()), ("size", size.into())]).into_string();
            let part = Item { kind: "parts", within: id.to_owned(), id: number, json: json.clone(), bytes, ..Item::default() };
            match at {
                Ok(at) => world.items.splice(at..=at, [part]).for_each(drop),
                Err(at) => world.items.insert(at, part),
            }
            json
        }
        (Method::Post, "uploads", id) if !id.is_empty() => {
            let options = of_object(world, place, ask)?;
            let (mut bytes, mut last) = (Vec::new(), "");
            for wanted in ask.doc.each("parts") {
                let number = wanted.text("number");
                match world.find("parts", id, number) {
                    Ok(part) if number > last && part.text("etag") == wanted.text("etag") => bytes.extend_from_slice(&part.bytes),
                    _ => return refuse(400, &["part ", number, " was not uploaded so, or not in this order"]),
                }
                last = number;
            }
            if last.is_empty() {
                return refuse(400, &["an object has one part at least"]);
            }
            if let Some(kind) = KINDS.iter().find(|k| k.path == "uploads") {
                world.remove(kind, place)?;
            }
            store(world, within, ask.doc.text("name"), &options, bytes, ask.now)
        }
        _ => return Ok(None),
    };
    Ok(Some((json, None)))
}

fn store(world: &mut World, container: &str, name: &str, options: &str, bytes: Vec<u8>, now: u64) -> String {
    let tree = crate::core::wire::Tree::json(options).unwrap_or_default();
    let kept = OPTIONS.iter().map(|o| (*o, tree.root().get(o).map_or_else(Json::default, Doc::json)));
    let said = [("size", (bytes.len() as u64).into()), ("etag", version(world).into()), ("lastModified", time(now))];
    let json = object(&kept.chain(said).collect::<Vec<_>>()).into_string();
    let item = Item { kind: "objects", within: container.to_owned(), id: name.to_owned(), json, bytes, ..Item::default() };
    let shown = item.show(now);
    match world.seek("objects", container, name) {
        Ok(at) => world.items.splice(at..=at, [item]).for_each(drop),
        Err(at) => world.items.insert(at, item),
    }
    shown
}

fn version(world: &mut World) -> String {
    ["v", &world.count("versions").to_string()].concat()
}

/// An upload's options; it must be the one of this object.
fn of_object(world: &mut World, place: &Place<'_>, ask: &Ask<'_>) -> Result<String, Refusal> {
    let upload = world.find("uploads", place.within, place.id)?;
    if upload.text("name") != ask.doc.text("name") {
        return refuse(404, &["this upload is another object's"]);
    }
    Ok(upload.json.clone())
}

fn conditions(object: Option<&Item>, doc: Doc<'_>) -> Result<(), Refusal> {
    let etag = object.map(|o| o.text("etag"));
    let (want, refused) = (doc.opt::<String>("ifMatch"), doc.opt::<String>("ifNoneMatch"));
    let hit = |wish: &String| etag.as_ref().is_some_and(|etag| wish == "*" || wish == etag);
    if want.is_some_and(|w| !hit(&w)) || refused.is_some_and(|r| hit(&r)) {
        return refuse(412, &["the object is not as the condition says"]);
    }
    Ok(())
}

fn range<'b>(bytes: &'b [u8], doc: Doc<'_>) -> Result<&'b [u8], Refusal> {
    let number = |name: &str| doc.opt::<u64>(name).map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    let end = number("end").map_or(bytes.len(), |end| end.saturating_add(1).min(bytes.len()));
    let range = match (number("start"), number("suffix")) {
        (Some(start), _) if start >= bytes.len() => None,
        (Some(start), _) => bytes.get(start..end),
        (None, Some(0)) => None,
        (None, Some(length)) => bytes.get(bytes.len().saturating_sub(length)..),
        (None, None) => bytes.get(..end),
    };
    range.ok_or_else(|| Refusal(416, "the object has no such bytes".to_owned()))
}

/// A page of names, in the order of their bytes.
fn page(objects: &[Item], ask: &Ask<'_>) -> String {
    let (prefix, delimiter, after) = (ask.doc.text("prefix"), ask.doc.text("delimiter"), ask.doc.text("startAfter"));
    let most = ask.doc.opt("pageSize").unwrap_or(PAGE).clamp(1, PAGE);
    let start = objects.partition_point(|o| o.id.as_str() <= after || o.id.as_str() < prefix);
    let (mut found, mut prefixes, mut next) = (Vec::new(), Vec::<&str>::new(), "");
    for object in objects.iter().skip(start).take_while(|o| o.id.starts_with(prefix)) {
        let rest = object.id.get(prefix.len()..).unwrap_or("");
        let cut = rest.as_bytes().windows(delimiter.len().max(1)).position(|w| w == delimiter.as_bytes());
        let group = cut.and_then(|at| object.id.get(..prefix.len() + at + delimiter.len()));
        if group.is_some_and(|g| g == after || prefixes.last() == Some(&g)) {
            continue;
        }
        if (found.len() + prefixes.len()) as u64 == most {
            return listing(found, prefixes, next);
        }
        match group {
            Some(group) => prefixes.push(group),
            None => found.push(Json::raw(object.show(ask.now))),
        }
        next = group.unwrap_or(&object.id);
    }
    listing(found, prefixes, "")
}

fn listing(objects: Vec<Json>, prefixes: Vec<&str>, next: &str) -> String {
    let prefixes = array(prefixes.into_iter().map(Json::from));
    object(&[("objects", array(objects)), ("prefixes", prefixes), ("next", next.into())]).into_string()
}
