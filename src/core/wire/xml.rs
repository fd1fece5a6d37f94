//! Writing XML bodies.

/// An element with this content, which is XML already.
pub fn element(name: &str, content: &str) -> String {
    ["<", name, ">", content, "</", name, ">"].concat()
}

/// An element that holds this text.
pub fn text_element(name: &str, text: &str) -> String {
    let mut content = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => content.push_str("&amp;"),
            '<' => content.push_str("&lt;"),
            '>' => content.push_str("&gt;"),
            // Written plainly, a parser would turn it into a line feed.
            '\r' => content.push_str("&#13;"),
            c => content.push(c),
        }
    }
    element(name, &content)
}
