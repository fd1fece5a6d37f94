//! Many deletions in one request. <https://cloud.google.com/storage/docs/batch>

use crate::core::error::{Error, Result};
use crate::core::http::{Body, Request, Response, encode_into};
use crate::core::wire::{Tree, number_text, parse_number};
use crate::storage::Undeleted;

/// How many calls a batch has at most.
pub(super) const MOST: usize = 100;

/// The batch that starts here.
pub(super) fn of(names: &[String], from: usize) -> &[String] {
    let rest = names.get(from..).unwrap_or_default();
    rest.get(..MOST).unwrap_or(rest)
}

/// The request that deletes these objects, whose names were checked.
pub(super) fn deletion(container: &str, names: &[String]) -> Request {
    let mut body = String::with_capacity(names.len() * 200);
    for (at, name) in names.iter().enumerate() {
        body.push_str("--skyfetch-deletions\r\nContent-Type: application/http\r\nContent-ID: <");
        body.push_str(&number_text(at as u64));
        body.push_str(">\r\n\r\nDELETE /storage/v1/b/");
        encode_into(&mut body, container, false);
        body.push_str("/o/");
        encode_into(&mut body, name, false);
        body.push_str(" HTTP/1.1\r\n\r\n\r\n");
    }
    body.push_str("--skyfetch-deletions--\r\n");
    let request = Request::post("/batch/storage/v1").header("content-type", "multipart/mixed; boundary=skyfetch-deletions");
    request.body(Body::Bytes(body.into_bytes())).repeatable()
}

/// Adds those that could not be deleted. What was not there counts as deleted; a name that the answer is silent about does not.
pub(super) fn undeleted(response: &Response, names: &[String], out: &mut Vec<Undeleted>) -> Result<()> {
    let mut answered = vec![false; names.len()];
    let (mut at, mut next, mut status, mut json) = (0, 0, 0, String::new());
    // The boundary is the first line.
    let mut boundary = "";
    for line in response.text()?.split('\n') {
        let line = line.trim_ascii_end();
        if boundary.is_empty() {
            boundary = line;
        } else if line.starts_with(boundary) {
            let tree = Tree::json(&json).unwrap_or_default();
            let error = tree.root().get("error").unwrap_or(tree.root());
            let message = error.text("message");
            if let (Some(name), Some(answered)) = (names.get(at), answered.get_mut(at))
                && status > 0
            {
                *answered = true;
                let gone = status < 300 || (status == 404 && message.starts_with("No such object"));
                let code = error.each("errors").next().map_or("", |d| d.text("reason"));
                if !gone {
                    out.push(undone(name, if code.is_empty() { number_text(status) } else { code.to_owned() }, message));
                }
            }
            next += 1;
            (at, status) = (next, 0);
            json.clear();
        } else if line.starts_with("Content-ID:") {
            at = line.trim_end_matches('>').rsplit('-').next().and_then(parse_number).map_or(at, |id| id as usize);
        } else if line.starts_with("HTTP/") {
            status = line.split(' ').nth(1).and_then(parse_number).unwrap_or(0);
        } else if !json.is_empty() || line.starts_with('{') {
            json.push_str(line);
        }
    }
    if !boundary.starts_with("--") {
        return Err(Error::malformed("the answer to a batch has no parts"));
    }
    for (name, answered) in names.iter().zip(answered) {
        if !answered {
            out.push(undone(name, String::new(), "the provider did not answer"));
        }
    }
    Ok(())
}

fn undone(name: &str, code: String, message: &str) -> Undeleted {
    Undeleted { name: name.to_owned(), code, message: message.to_owned() }
}
