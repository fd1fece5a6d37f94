//! Many deletions in one request. <https://cloud.google.com/storage/docs/batch>

use crate::core::error::{Error, Result};
use crate::core::http::{Body, Request, Response, path};
use crate::core::wire::{Tree, number_text, parse_number};
use crate::storage::Undeleted;

/// How many calls a batch has at most.
pub(super) const MOST: usize = 100;

const BOUNDARY: &str = "--skyfetch-deletions";

/// The request that deletes these objects.
pub(super) fn deletion(container: &str, names: &[String]) -> Result<Request> {
    let mut body = String::with_capacity(names.len() * 160);
    for (at, name) in names.iter().enumerate() {
        let one = Request::delete(path("/storage/v1/b/*/o/*", &[container, name]));
        if let Some(fault) = &one.fault {
            return Err(fault.clone());
        }
        super::presign::place(container, Some(name))?;
        for piece in [BOUNDARY, "\r\nContent-Type: application/http\r\nContent-ID: <", &number_text(at as u64), ">\r\n\r\nDELETE "] {
            body.push_str(piece);
        }
        body.push_str(&one.path);
        body.push_str(" HTTP/1.1\r\n\r\n\r\n");
    }
    body.push_str(BOUNDARY);
    body.push_str("--\r\n");
    let request = Request::post("/batch/storage/v1").header("content-type", "multipart/mixed; boundary=skyfetch-deletions");
    Ok(request.body(Body::Bytes(body.into_bytes())).repeatable())
}

/// Those that could not be deleted. What was not there counts as deleted; a name that the answer is silent about does not.
pub(super) fn undeleted(response: &Response, names: &[String]) -> Result<Vec<Undeleted>> {
    let mut outcomes: Vec<Option<Undeleted>> = names.iter().map(|name| Some(undone(name, "", "the provider did not answer"))).collect();
    let text = response.text()?;
    // The boundary is its first line.
    let boundary = text.trim_ascii_start().lines().next().filter(|line| line.starts_with("--"));
    let boundary = boundary.ok_or_else(|| Error::malformed("the answer to a batch has no parts"))?;
    let mut lines = text.trim_ascii_start().lines().skip(1).peekable();
    let mut next = 0;
    while lines.peek().is_some() {
        let (mut at, mut status, mut json) = (next, None, String::new());
        for line in lines.by_ref().take_while(|line| !line.starts_with(boundary)) {
            let mut sides = line.splitn(2, ':');
            if sides.next().is_some_and(|name| name.eq_ignore_ascii_case("content-id")) {
                let id = line.trim_end_matches('>').rsplit('-').next().and_then(parse_number);
                at = id.map_or(at, |id| id as usize);
            } else if line.starts_with("HTTP/") {
                status = line.split(' ').nth(1).and_then(parse_number);
            } else if !json.is_empty() || line.starts_with('{') {
                json.push_str(line);
            }
        }
        next = at + 1;
        let (Some(status), Some(name), Some(outcome)) = (status, names.get(at), outcomes.get_mut(at)) else { continue };
        let tree = Tree::json(&json).unwrap_or_default();
        let message = tree.root().text("error/message");
        let reason = tree.root().each("error/errors").next().map_or("", |d| d.text("reason"));
        let gone = (200..300).contains(&status) || (status == 404 && message.starts_with("No such object"));
        let code = if reason.is_empty() { number_text(status) } else { reason.to_owned() };
        *outcome = if gone { None } else { Some(undone(name, &code, message)) };
    }
    Ok(outcomes.into_iter().flatten().collect())
}

fn undone(name: &str, code: &str, message: &str) -> Undeleted {
    Undeleted { name: name.to_owned(), code: code.to_owned(), message: message.to_owned() }
}
