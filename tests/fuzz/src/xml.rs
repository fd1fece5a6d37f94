//! The XML reader and writers.

use skyfetch::core::error::Kind;
use skyfetch::core::wire::{Doc, Tree, element, text_element};

/// Any text is a tree or an error, and a tree that is written is read alike.
pub fn xml(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Tree::xml(text) {
        Ok(tree) => {
            super::json::walk(tree.root(), 0);
            assert!(Tree::json(tree.root().json().as_str()).is_ok());
            if !is_named(tree.root()) {
                return;
            }
            let written = write(tree.root());
            let again = Tree::xml(&written).expect("what is written can be read");
            same(tree.root(), again.root());
        }
        Err(error) => assert_eq!(error.kind(), Kind::Malformed),
    }
    let quoted = text_element("a", text);
    assert_eq!(Tree::xml(&quoted).expect("a text is XML").root().as_text(), text);
}

/// Whether elements have names that XML allows: the reader does not look.
fn is_named(doc: Doc<'_>) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !doc.key().is_empty() && doc.key().chars().all(plain) && doc.children().all(is_named)
}

fn write(doc: Doc<'_>) -> String {
    match (doc.is_map(), doc.as_text()) {
        (true, _) => element(doc.key(), &doc.children().map(write).collect::<String>()),
        (false, "") => ["<", doc.key(), "/>"].concat(),
        (false, text) => text_element(doc.key(), text),
    }
}

fn same(one: Doc<'_>, other: Doc<'_>) {
    assert_eq!((one.key(), one.as_text(), one.is_map()), (other.key(), other.as_text(), other.is_map()));
    assert_eq!(one.children().count(), other.children().count());
    one.children().zip(other.children()).for_each(|(one, other)| same(one, other));
}
