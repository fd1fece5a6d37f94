//! The JSON reader and writers, held to serde_json.

use serde_json::Value;
use skyfetch::core::error::Kind;
use skyfetch::core::wire::{Decimal, Doc, Json, Tree, array, object};

/// A text is JSON for us exactly if it is for serde_json, and means the same.
pub fn json(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let ours = Tree::json(text);
    if let Ok(tree) = &ours {
        walk(tree.root(), 0);
        let written = tree.root().json();
        let again = Tree::json(written.as_str()).expect("what is written can be read");
        assert_eq!(again.root().json(), written, "what is read again is written alike");
        let list = array([written.clone(), written.clone()]);
        let mut joined = array([written.clone()]);
        joined.append_items(&array([]));
        joined.append_items(&array([written.clone()]));
        assert_eq!(joined, list);
        let _ = Tree::json(object(&[(text, written)]).as_str()).map(|t| assert_eq!(t.root().children().next().map(Doc::key), Some(text)));
    }
    compare(text, ours);
    let quoted = Json::of(text);
    assert_eq!(Tree::json(quoted.as_str()).expect("a text is JSON").root().as_text(), text);
    assert_eq!(serde_json::from_str::<String>(quoted.as_str()).expect("a text is JSON"), text);
}

fn compare(text: &str, ours: Result<Tree<'_>, skyfetch::core::error::Error>) {
    if text.bytes().all(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t')) {
        assert!(ours.expect("nothing is null").root().is_null());
        return;
    }
    let nested = text.bytes().filter(|b| matches!(b, b'[' | b'{')).count();
    match (ours, serde_json::from_str::<Value>(text)) {
        (Ok(tree), Ok(theirs)) => same(tree.root(), &theirs),
        (Err(error), Err(_)) => {
            assert_eq!(error.kind(), Kind::Malformed);
        }
        // Both refuse what is nested too deeply, one of them one level earlier.
        (..) if nested >= 127 => {}
        // We keep numbers as they are written, whatever their size.
        (Ok(_), Err(error)) if error.to_string().starts_with("number out of range") => {}
        (Ok(_), Err(error)) => panic!("serde_json refuses this: {error}"),
        (Err(error), Ok(_)) => panic!("serde_json takes this: {error}"),
    }
}

/// Of members of one name we keep all, serde_json the last.
fn same(ours: Doc<'_>, theirs: &Value) {
    match theirs {
        Value::Null => assert!(ours.is_null()),
        Value::Bool(b) => assert_eq!(skyfetch::core::wire::FromDoc::from_doc(ours), Some(*b)),
        Value::Number(n) => {
            let written = ours.json();
            assert_eq!(serde_json::from_str::<Value>(written.as_str()).expect("a number"), *theirs);
            assert!(Decimal::parse(written.as_str()).is_some(), "{n}");
            if let (Some(n), false) = (n.as_u64(), written.as_str().starts_with('-')) {
                assert_eq!(skyfetch::core::wire::FromDoc::from_doc(ours), Some(n));
            }
            if let Some(n) = n.as_i64().filter(|n| *n > i64::MIN) {
                assert_eq!(skyfetch::core::wire::FromDoc::from_doc(ours), Some(n));
            }
        }
        Value::String(text) => assert_eq!(ours.as_text(), text),
        Value::Array(items) => {
            assert!(ours.is_list() && !ours.is_null());
            assert_eq!(ours.children().count(), items.len());
            ours.children().zip(items).for_each(|(ours, theirs)| same(ours, theirs));
        }
        Value::Object(members) => {
            assert!(ours.is_map() && !ours.is_null());
            for (key, theirs) in members {
                same(ours.children().filter(|d| d.key() == key).last().expect("the same members"), theirs);
            }
            assert!(ours.children().all(|d| members.contains_key(d.key())));
        }
    }
}

/// Reads every place in every way.
pub(super) fn walk(doc: Doc<'_>, depth: usize) {
    assert!(depth <= 128, "too deep");
    let key = doc.key();
    let _ = (doc.as_text(), doc.is_null(), doc.is_map(), doc.is_list());
    for path in ["", "/", key, "a/b", "item/item"] {
        let found = doc.at(path);
        assert_eq!(doc.opt::<String>(path).is_some(), doc.need::<String>(path).is_ok());
        assert_eq!(doc.text(path), found.map_or("", Doc::as_text));
        let _ = (doc.need::<u64>(path), doc.need::<u32>(path), doc.need::<i64>(path), doc.need::<bool>(path));
        let _ = (doc.need::<Decimal>(path), doc.need::<skyfetch::core::wire::Time>(path), doc.need::<Vec<String>>(path));
        let _ = doc.each(path).count();
    }
    let mut members = 0;
    for child in doc.children() {
        walk(child, depth + 1);
        assert!(doc.get(child.key()).is_some());
        if !child.is_list() && !child.key().contains('/') {
            assert!(doc.each(child.key()).count() > 0 || child.is_null());
        }
        members += 1;
    }
    assert!(members == 0 || doc.is_map() || doc.is_list());
}
