//! XML into a [`Tree`], by quick-xml's reader. Attributes are not kept: no provider answers in them.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::doc::{MAX_DEPTH, Tree, Value};
use crate::core::error::{Error, Result};

impl<'a> Tree<'a> {
    /// Parses XML. Element names lose their namespace prefix; text is kept to the letter.
    ///
    /// Entities of a document type are refused, not expanded.
    pub fn xml(text: &'a str) -> Result<Tree<'a>> {
        // The reader passes a byte-order mark without counting it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = Reader::from_str(text);
        let mut tree = Tree { nodes: Vec::with_capacity(text.len() / 40) };
        let mut open: Vec<usize> = Vec::new();
        loop {
            let at = reader.buffer_position();
            match reader.read_event().map_err(|_| malformed(at))? {
                Event::Start(tag) => {
                    if open.len() >= MAX_DEPTH || (open.is_empty() && !tree.nodes.is_empty()) {
                        return Err(malformed(at));
                    }
                    tree.parent(&open);
                    let name = name_at(text, at, tag.name().into_inner().len())?;
                    open.push(tree.push(Cow::Borrowed(name), Value::Text(Cow::Borrowed("")))?);
                }
                Event::Empty(tag) => {
                    if open.len() >= MAX_DEPTH || (open.is_empty() && !tree.nodes.is_empty()) {
                        return Err(malformed(at));
                    }
                    tree.parent(&open);
                    let name = name_at(text, at, tag.name().into_inner().len())?;
                    tree.push(Cow::Borrowed(name), Value::Text(Cow::Borrowed("")))?;
                }
                Event::End(_) => match open.pop() {
                    Some(at) => tree.close(at),
                    None => return Err(malformed(at)),
                },
                Event::Text(_) => {
                    let raw = text.get(at as usize..reader.buffer_position() as usize).ok_or_else(|| malformed(at))?;
                    tree.append(&open, Cow::Borrowed(raw));
                }
                Event::CData(data) => {
                    let data: &str = &data;
                    tree.append(&open, Cow::Owned(data.to_owned()));
                }
                Event::GeneralRef(name) => {
                    let c = match name.resolve_char_ref().map_err(|_| malformed(at))? {
                        Some(c) => c,
                        None => match &*name {
                            "lt" => '<',
                            "gt" => '>',
                            "amp" => '&',
                            "apos" => '\'',
                            "quot" => '"',
                            _ => return Err(malformed(at)),
                        },
                    };
                    tree.append(&open, Cow::Owned(c.to_string()));
                }
                Event::DocType(_) => return Err(Error::malformed("the answer declares a document type, which is refused")),
                Event::Eof => break,
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            }
        }
        if open.is_empty() && !tree.nodes.is_empty() { Ok(tree) } else { Err(malformed(reader.buffer_position())) }
    }

    /// The innermost open element gets a child, so it holds no text.
    fn parent(&mut self, open: &[usize]) {
        if let Some(node) = open.last().and_then(|&at| self.nodes.get_mut(at)) {
            node.value = Value::Map;
        }
    }

    fn append(&mut self, open: &[usize], more: Cow<'a, str>) {
        let Some(node) = open.last().and_then(|&at| self.nodes.get_mut(at)) else { return };
        if let Value::Text(text) = &mut node.value {
            if text.is_empty() {
                *text = more;
            } else {
                text.to_mut().push_str(&more);
            }
        }
    }
}

/// The element name in the tag that starts at `at`, borrowed from the text, without its prefix.
fn name_at(text: &str, at: u64, length: usize) -> Result<&str> {
    let start = at as usize + 1;
    let name = text.get(start..start + length).ok_or_else(|| malformed(at))?;
    Ok(name.rsplit(':').next().unwrap_or(name))
}

#[cold]
fn malformed(at: u64) -> Error {
    Error::malformed(format!("the answer is not XML (byte {at})"))
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
        let marked = Tree::xml("\u{feff}<r><a>b</a></r>").unwrap();
        assert_eq!((marked.root().key(), marked.root().text("a")), ("r", "b"));
    }

    #[test]
    fn refuses_what_is_broken_or_hostile() {
        let deep = "<a>".repeat(100_000);
        let deeper = ["<a>".repeat(128), "<b/>".to_owned(), "</a>".repeat(128)].concat();
        let bomb = "<!DOCTYPE a [<!ENTITY b \"cccc\">]><a>&b;</a>";
        for text in ["", "plain", "<a>", "<a></b>", "<a/><b/>", "<a>&nope;</a>", "<a", "</a>", "<a>&#xD800;</a>", &deep, &deeper, bomb] {
            assert_eq!(Tree::xml(text).unwrap_err().kind(), Kind::Malformed, "{:.40}", text);
        }
    }
}
