//! What is special about objects: they have bytes, versions and conditions, and are listed in pages.

use std::mem::take;

use super::{Ask, Item, Refusal, World, merge, null, refuse};
use crate::core::http::Method;
use crate::core::wire::{Doc, Json, Time, array, number_text, object};

type Special = Result<Option<String>, Refusal>;

/// So many names a page has at most.
const PAGE: u64 = 1_000;

pub(super) fn containers(w: &mut World, ask: &Ask<'_>) -> Special {
    match ask.method {
        Method::Delete if w.all("objects", ask.id).next().is_some() => refuse(409, "the container is not empty"),
        _ => Ok(None),
    }
}

pub(super) fn objects(w: &mut World, ask: &Ask<'_>) -> Special {
    let json = match (ask.method, ask.id) {
        (Method::Get, "") => page(w, ask),
        (Method::Get, id) => {
            conditions(w, ask)?;
            let object = w.find("objects", ask.within, id)?;
            let json = object.json.clone();
            // Whoever asks for bytes says for which, be it nothing.
            if ask.doc.is_map() {
                match range(&object.bytes, ask.doc).map(<[u8]>::to_vec) {
                    Some(bytes) => w.bytes = bytes,
                    None => return refuse(416, "the object has no such bytes"),
                }
            }
            json
        }
        (Method::Put, id) => {
            conditions(w, ask)?;
            let mut model = ask.doc.get("object").map_or_else(Json::default, Doc::json).into_string();
            if let Some(from) = ask.doc.get("from") {
                let source = w.find("objects", from.text("container"), from.text("name"))?.clone();
                w.bytes = source.bytes;
                if model.is_empty() {
                    model = source.json;
                }
            }
            store(w, ask.within, id, &model)
        }
        (Method::Delete, id) => {
            forget(w, ask.within, id);
            null()
        }
        _ => {
            for name in ask.doc.each("names") {
                forget(w, ask.within, name.as_text());
            }
            "[]".to_owned()
        }
    };
    Ok(Some(json))
}

/// Deletes an object. Gone is gone, whether it was there or not.
fn forget(w: &mut World, container: &str, name: &str) {
    if let Ok(at) = w.seek("objects", container, name) {
        drop(w.items.remove(at));
    }
}

pub(super) fn uploads(w: &mut World, ask: &Ask<'_>) -> Special {
    if ask.method == Method::Get || ask.id.is_empty() {
        return Ok(None);
    }
    let upload = w.find("uploads", ask.within, ask.id)?.clone();
    if !upload.says("name", ask.doc.text("name")) {
        return refuse(404, "this upload is another object's");
    }
    match ask.method {
        Method::Put => {
            let bytes = take(&mut w.bytes);
            let (etag, size, number) = (version(w), bytes.len() as u64, ask.doc.text("number"));
            let json = object(&[("number", number.into()), ("etag", etag.into()), ("size", size.into())]).into_string();
            w.put(Item { kind: "parts", within: upload.id, id: number.to_owned(), json: json.clone(), bytes });
            Ok(Some(json))
        }
        Method::Post => {
            let (mut bytes, mut last) = (Vec::new(), "");
            for wanted in ask.doc.each("parts") {
                let number = wanted.text("number");
                match w.find("parts", ask.id, number) {
                    Ok(part) if number > last && part.says("etag", wanted.text("etag")) => bytes.extend_from_slice(&part.bytes),
                    _ => return refuse(400, "a part was not uploaded so, or the parts are not in order"),
                }
                last = number;
            }
            if last.is_empty() {
                return refuse(400, "an object has one part at least");
            }
            w.remove(ask)?;
            w.bytes = bytes;
            Ok(Some(store(w, ask.within, ask.doc.text("name"), &upload.json)))
        }
        _ => Ok(None),
    }
}

/// Stores the bytes that came, with what an object says besides.
fn store(w: &mut World, container: &str, name: &str, model: &str) -> String {
    let (bytes, etag) = (take(&mut w.bytes), version(w));
    let said = [
        ("name", name.into()),
        ("container", container.into()),
        ("size", (bytes.len() as u64).into()),
        ("etag", etag.into()),
        ("lastModified", Json::of(&Time(w.now))),
    ];
    let mut item = Item { kind: "objects", within: container.to_owned(), id: name.to_owned(), json: merge(model, &said), bytes };
    item.set_extra(&[("sandbox", true.into())]);
    let json = item.json.clone();
    w.put(item);
    json
}

/// A tag for what is written now.
fn version(w: &mut World) -> String {
    w.versions += 1;
    ["v", &number_text(w.versions)].concat()
}

fn conditions(w: &mut World, ask: &Ask<'_>) -> Result<(), Refusal> {
    let etag = w.find("objects", ask.within, ask.id).map_or_else(|_| String::new(), |o| o.text("etag"));
    for (name, must) in [("ifMatch", true), ("ifNoneMatch", false)] {
        let wish = ask.doc.text(name);
        let hit = !etag.is_empty() && (wish == "*" || wish == etag);
        if !wish.is_empty() && hit != must {
            return refuse(412, "the object is not as the condition says");
        }
    }
    Ok(())
}

fn range<'b>(bytes: &'b [u8], doc: Doc<'_>) -> Option<&'b [u8]> {
    let number = |name: &str| doc.opt::<u64>(name).map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    let end = number("end").map_or(bytes.len(), |end| end.saturating_add(1).min(bytes.len()));
    let start = match (number("start"), number("suffix")) {
        (Some(start), _) => start,
        (_, Some(length)) => bytes.len().saturating_sub(length),
        _ => return bytes.get(..end),
    };
    bytes.get(start..end).filter(|b| !b.is_empty())
}

/// A page of names, in the order of their bytes, and the last of them if there are more.
fn page(w: &World, ask: &Ask<'_>) -> String {
    let [prefix, delimiter, after] = ["prefix", "delimiter", "startAfter"].map(|name| ask.doc.text(name));
    let mut left = ask.doc.opt("pageSize").unwrap_or(PAGE).clamp(1, PAGE);
    let (mut objects, mut prefixes, mut last) = (Vec::new(), Vec::new(), "");
    for item in w.all("objects", ask.within) {
        let name = &*item.id;
        let Some(rest) = name.strip_prefix(prefix).filter(|_| name > after) else { continue };
        let cut = rest.as_bytes().windows(delimiter.len().max(1)).position(|w| w == delimiter.as_bytes());
        let group = cut.and_then(|at| name.get(..prefix.len() + at + delimiter.len()));
        if group.is_some_and(|g| g == after || g == last) {
            continue;
        }
        if left == 0 {
            return listing(objects, prefixes, last);
        }
        left -= 1;
        match group {
            Some(group) => prefixes.push(group.into()),
            // As real clouds have it, a list says less than the object itself.
            None => {
                let less =
                    [("contentType", Json::default()), ("metadata", Json::default()), ("extra", object(&[("sandbox", true.into())]))];
                objects.push(Json::raw(merge(&item.json, &less)));
            }
        }
        last = group.unwrap_or(name);
    }
    listing(objects, prefixes, "")
}

fn listing(objects: Vec<Json>, prefixes: Vec<Json>, next: &str) -> String {
    object(&[("objects", array(objects)), ("prefixes", array(prefixes)), ("next", next.into())]).into_string()
}
