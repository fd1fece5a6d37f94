//! Requests and answers as plain values.

use std::any::Any;
use std::fmt;
use std::ops::{Deref, DerefMut};

use super::error::{Error, Result};
use super::wire::{Json, form};

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl Method {
    /// The method's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Options => "OPTIONS",
        }
    }

    /// The method of this name.
    pub fn parse(name: &str) -> Result<Method> {
        const ALL: [Method; 7] = [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete, Method::Options];
        ALL.into_iter()
            .find(|m| m.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| Error::invalid("unknown HTTP method: use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS"))
    }

    /// Whether a repeated request has the effect of one.
    pub fn is_idempotent(self) -> bool {
        !matches!(self, Method::Post | Method::Patch)
    }
}

/// Header fields: lower-case names, in order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// The value of a header, by lower-case name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Sets a header, replacing what it was.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(n, _)| *n == name) {
            Some(entry) => entry.1 = value,
            None => self.0.push((name, value)),
        }
    }

    /// All headers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

impl FromIterator<(String, String)> for Headers {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Headers(pairs.into_iter().map(|(n, v)| (n.to_ascii_lowercase(), v)).collect())
    }
}

impl fmt::Debug for Headers {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(n, _)| n)).finish()
    }
}

/// Bytes that the host holds and that pass through unread: a `ReadableStream` or `Blob` in JavaScript.
pub struct Stream {
    /// The host's own value.
    pub handle: Box<dyn Any>,
    /// The length in bytes, where it is known.
    pub length: Option<u64>,
    /// Whether it can be sent a second time (a `Blob` can, a stream cannot).
    pub repeatable: bool,
}

/// The body of a request or of an answer.
#[derive(Default)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// Held in memory.
    Bytes(Vec<u8>),
    /// Handed through unread.
    Stream(Stream),
}

impl Body {
    /// The bytes held; empty for a stream.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Body::Bytes(bytes) => bytes,
            _ => &[],
        }
    }

    /// Whether the body can be sent a second time.
    pub fn is_repeatable(&self) -> bool {
        !matches!(self, Body::Stream(s) if !s.repeatable)
    }

    /// The length in bytes, where it is known.
    pub fn length(&self) -> Option<u64> {
        match self {
            Body::Empty => Some(0),
            Body::Bytes(bytes) => Some(bytes.len() as u64),
            Body::Stream(stream) => stream.length,
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.length() {
            Some(n) => write!(f, "{n} bytes"),
            None => f.write_str("stream"),
        }
    }
}

/// A path whose variable parts were encoded one by one; made by [`path`].
#[derive(Clone, Debug)]
pub struct Path(Result<String>);

impl From<&str> for Path {
    fn from(text: &str) -> Self {
        Path(Ok(text.to_owned()))
    }
}

impl From<Result<String>> for Path {
    fn from(text: Result<String>) -> Self {
        Path(text)
    }
}

/// Fills each `*` of a template with the next part, percent-encoded.
///
/// A part that is empty, `.` or `..` is refused: a URL parser would remove it and hit another resource.
pub fn path(template: &str, parts: &[&str]) -> Path {
    let mut text = String::with_capacity(template.len() + 40);
    let mut rest = parts.iter();
    for c in template.chars() {
        match (c, rest.as_slice().first()) {
            ('*', Some(part)) => {
                if part.is_empty() || *part == "." || *part == ".." {
                    return Path(Err(Error::invalid("an id or name is empty, \".\" or \"..\": it cannot stand in a URL")));
                }
                encode_into(&mut text, part, false);
                rest.next();
            }
            _ => text.push(c),
        }
    }
    Path(Ok(text))
}

/// Percent-encodes as RFC 3986 wants it (and SigV4 demands): all but letters, digits, `-._~`.
pub fn encode_into(out: &mut String, text: &str, keep_slash: bool) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    // What stays is taken in runs.
    let mut run = 0;
    for (at, &b) in text.as_bytes().iter().enumerate() {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~') || (keep_slash && b == b'/') {
            continue;
        }
        out.push_str(text.get(run..at).unwrap_or(""));
        run = at + 1;
        out.push('%');
        for digit in [b >> 4, b & 15] {
            out.push(HEX.get(usize::from(digit)).copied().unwrap_or('0'));
        }
    }
    out.push_str(text.get(run..).unwrap_or(""));
}

/// A request as a driver states it: without origin, credentials or time. Its parts are [`Ask`]'s fields.
///
/// It is one pointer: drivers pass requests on from call to call, by the hundred.
#[derive(Debug)]
pub struct Request(Box<Ask>);

/// The parts of a [`Request`].
pub struct Ask {
    /// The method.
    pub method: Method,
    /// Which endpoint of the account it goes to (a key of a service catalogue); empty for the only one.
    pub service: &'static str,
    /// Another origin (and path prefix) than the account's, as `https://bucket.s3.example`.
    pub base: Option<String>,
    /// The encoded path.
    pub path: String,
    /// Query pairs, not encoded.
    pub query: Vec<(String, String)>,
    /// Headers, without those that authentication adds.
    pub headers: Headers,
    /// The body.
    pub body: Body,
    /// Whether repeating it has the effect of one; by default what the method says.
    pub idempotent: bool,
    /// Whether the answer's body is handed through as a stream.
    pub streaming: bool,
    /// The request whose answer says where this one goes and with which credentials; asked anew when an attempt fails.
    pub ticket: Option<Request>,
    /// Failures that are answers: the call's reader sees them, retries excepted.
    pub takes: &'static [u16],
    /// Input that was found wrong while the request was built; it will not be sent.
    pub fault: Option<Error>,
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Request");
        out.field("method", &self.method).field("service", &self.service).field("base", &self.base).field("path", &self.path);
        out.field("query", &Names(&self.query)).field("headers", &self.headers).field("body", &self.body).field("fault", &self.fault);
        out.finish_non_exhaustive()
    }
}

/// Names only: values may be secrets, as signatures of URLs are.
struct Names<'q>(&'q [(String, String)]);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Deref for Request {
    type Target = Ask;

    fn deref(&self) -> &Ask {
        &self.0
    }
}

impl DerefMut for Request {
    fn deref_mut(&mut self) -> &mut Ask {
        &mut self.0
    }
}

impl Request {
    /// A request of any method.
    pub fn new(method: Method, path: impl Into<Path>) -> Self {
        Self::at(method, path.into())
    }

    fn at(method: Method, Path(path): Path) -> Self {
        let (path, fault) = match path {
            Ok(path) => (path, None),
            Err(fault) => (String::new(), Some(fault)),
        };
        Request(Box::new(Ask {
            method,
            service: "",
            base: None,
            path,
            query: Vec::new(),
            headers: Headers::default(),
            body: Body::Empty,
            idempotent: method.is_idempotent(),
            streaming: false,
            ticket: None,
            takes: &[],
            fault,
        }))
    }

    /// A GET request.
    pub fn get(path: impl Into<Path>) -> Self {
        Self::new(Method::Get, path)
    }

    /// A HEAD request.
    pub fn head(path: impl Into<Path>) -> Self {
        Self::new(Method::Head, path)
    }

    /// A POST request.
    pub fn post(path: impl Into<Path>) -> Self {
        Self::new(Method::Post, path)
    }

    /// A PUT request.
    pub fn put(path: impl Into<Path>) -> Self {
        Self::new(Method::Put, path)
    }

    /// A PATCH request.
    pub fn patch(path: impl Into<Path>) -> Self {
        Self::new(Method::Patch, path)
    }

    /// A DELETE request.
    pub fn delete(path: impl Into<Path>) -> Self {
        Self::new(Method::Delete, path)
    }

    /// To this endpoint of the account's service catalogue.
    #[must_use]
    pub fn to(mut self, service: &'static str) -> Self {
        self.service = service;
        self
    }

    /// Goes where the answer to another request says.
    #[must_use]
    pub fn ticket(mut self, ticket: Request) -> Self {
        self.ticket = Some(ticket);
        self
    }

    /// Adds a query pair.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Adds a query pair if there is a value.
    #[must_use]
    pub fn query_opt(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Sets a header; a value that no header can carry (a control character, a letter beyond Latin-1) is refused.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.set_header(name.into(), value.into());
        self
    }

    fn set_header(&mut self, name: String, value: String) {
        if value.chars().any(|c| (c.is_control() && c != '\t') || u32::from(c) > 0xff) || !is_token(&name) {
            self.refuse(Error::invalid("a header has an illegal name, a control character or a letter that headers cannot carry"));
        } else {
            self.headers.set(name.to_ascii_lowercase(), value);
        }
    }

    /// Sets a header if there is a value.
    #[must_use]
    pub fn header_opt(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, json: Json) -> Self {
        self.header("content-type", "application/json").body(Body::Bytes(json.into_string().into_bytes()))
    }

    /// With an XML body.
    #[must_use]
    pub fn xml(self, xml: String) -> Self {
        self.header("content-type", "application/xml").body(Body::Bytes(xml.into_bytes()))
    }

    /// With a form as its body.
    #[must_use]
    pub fn form(self, pairs: &[(String, String)]) -> Self {
        self.header("content-type", "application/x-www-form-urlencoded; charset=utf-8").body(Body::Bytes(form(pairs).into_bytes()))
    }

    /// Declares that repeating the request has the effect of one (it carries an idempotency token, or only reads).
    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Hands the answer's body through as a stream.
    #[must_use]
    pub fn stream(mut self) -> Self {
        self.streaming = true;
        self
    }

    /// Tells this request from others: path and query.
    pub(super) fn mark(&self) -> String {
        let mut mark = self.path.clone();
        for (_, value) in &self.query {
            mark.push('&');
            mark.push_str(value);
        }
        mark
    }

    /// The same once more; a stream, which cannot be sent twice, is left out.
    #[must_use]
    pub fn again(&self) -> Self {
        let mut request = Request::new(self.method, Ok(self.path.clone()));
        request.service = self.service;
        request.base.clone_from(&self.base);
        request.query.clone_from(&self.query);
        request.headers.clone_from(&self.headers);
        request.idempotent = self.idempotent;
        request.takes = self.takes;
        request.ticket = self.ticket.as_ref().map(Request::again);
        // No bytes are not the same as none: GET has no body.
        if let Body::Bytes(bytes) = &self.body {
            request.body = Body::Bytes(bytes.clone());
        }
        request
    }

    /// Hands answers of these statuses to the reader, although they say that the request failed.
    #[must_use]
    pub fn taking(mut self, statuses: &'static [u16]) -> Self {
        self.takes = statuses;
        self
    }

    /// Refuses to be sent, with this error, if there is one.
    #[must_use]
    pub fn check<T>(mut self, input: Result<T>) -> Self {
        if let Err(error) = input {
            self.refuse(error);
        }
        self
    }

    /// The first fault is the one that is told.
    fn refuse(&mut self, error: Error) {
        self.fault.get_or_insert(error);
    }
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// One attempt at a request: what authentication completes and the host sends.
pub struct Attempt<'r> {
    /// The method.
    pub method: Method,
    /// Scheme and authority, as `https://ec2.eu-west-1.amazonaws.com`.
    pub origin: String,
    /// The encoded path, from `/`.
    pub path: String,
    /// Query pairs, not encoded.
    pub query: Vec<(String, String)>,
    /// Headers so far.
    pub headers: Headers,
    /// The body.
    pub body: &'r Body,
    /// Whether the answer's body is handed through as a stream.
    pub streaming: bool,
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Attempt");
        out.field("method", &self.method).field("origin", &self.origin).field("path", &self.path);
        out.field("query", &Names(&self.query)).field("headers", &self.headers).field("body", self.body).finish_non_exhaustive()
    }
}

impl Attempt<'_> {
    /// The authority part of the origin.
    pub fn host(&self) -> &str {
        let mut parts = self.origin.splitn(3, '/');
        parts.nth(2).unwrap_or("")
    }

    /// The query's names and values.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The URL to fetch.
    pub fn url(&self) -> String {
        let mut url = String::with_capacity(self.origin.len() + self.path.len() + 64);
        url.push_str(&self.origin);
        url.push_str(&self.path);
        let mut sign = '?';
        for (name, value) in &self.query {
            url.push(sign);
            sign = '&';
            encode_into(&mut url, name, false);
            url.push('=');
            encode_into(&mut url, value, false);
        }
        url
    }
}

/// Splits an endpoint into origin and path prefix (without its final slash).
pub fn split_endpoint(endpoint: &str) -> Result<(&str, &str)> {
    let bad = || Error::invalid("an endpoint must look like https://host or http://host:port/path");
    let after = endpoint.strip_prefix("https://").or_else(|| endpoint.strip_prefix("http://")).ok_or_else(bad)?;
    let host = after.bytes().position(|b| matches!(b, b'/' | b'?' | b'#')).map_or(after, |at| after.get(..at).unwrap_or(""));
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    if host.is_empty() || !host.bytes().all(plain) {
        return Err(bad());
    }
    let origin = endpoint.len() - after.len() + host.len();
    let (origin, prefix) = endpoint.split_at_checked(origin).ok_or_else(bad)?;
    if prefix.bytes().any(|b| matches!(b, b'?' | b'#') || b <= b' ') {
        return Err(bad());
    }
    Ok((origin, prefix.trim_end_matches('/')))
}

/// An endpoint as a URL parser would write it (host in lower case, no default port), for signatures cover the host.
pub fn plain_endpoint(endpoint: &str) -> Result<String> {
    let (origin, prefix) = split_endpoint(endpoint)?;
    let mut plain = origin.to_ascii_lowercase();
    for (scheme, port) in [("https://", ":443"), ("http://", ":80")] {
        if plain.starts_with(scheme)
            && let Some(short) = plain.strip_suffix(port)
        {
            plain.truncate(short.len());
        }
    }
    plain.push_str(prefix);
    Ok(plain)
}

/// An answer.
#[derive(Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers that the host shows (a browser shows those that CORS exposes).
    pub headers: Headers,
    /// The body, read whole unless the request asked for a stream.
    pub body: Body,
}

impl Response {
    /// An answer with a body in memory.
    pub fn new(status: u16, headers: Headers, body: Vec<u8>) -> Self {
        Response { status, headers, body: Body::Bytes(body) }
    }

    /// The body as text.
    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(self.body.bytes()).map_err(|_| Error::malformed("the answer is not UTF-8"))
    }

    /// A header as text; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_shows() {
        let request =
            Request::get("/a").query("X-Amz-Signature", "s3cret").header("authorization", "s3cret").body(Body::Bytes(b"s3cret".to_vec()));
        let attempt = Attempt {
            method: request.method,
            origin: "https://h".to_owned(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request.headers.clone(),
            body: &request.body,
            streaming: false,
        };
        let shown = format!("{request:?} {attempt:?}");
        assert_eq!((shown.matches("X-Amz-Signature").count(), shown.matches("s3cret").count()), (2, 0), "{shown}");
    }

    #[test]
    fn again_is_the_same() {
        let request = Request::get("/a").query("b", "c").header("d", "e").repeatable();
        let again = request.again();
        assert!(matches!(again.body, Body::Empty));
        assert_eq!((&again.path, &again.query, &again.headers), (&request.path, &request.query, &request.headers));
        let request = Request::post("/").xml("<a/>".to_owned());
        assert_eq!((request.again().body.bytes(), request.again().idempotent), (&b"<a/>"[..], false));
    }

    #[test]
    fn endpoints_are_written_as_a_url_parser_does() {
        for (given, plain) in [
            ("https://S3.Example.com:443/", "https://s3.example.com"),
            ("http://LOCALHOST:80/Path/", "http://localhost/Path"),
            ("http://localhost:443", "http://localhost:443"),
            ("https://[::1]:9000/a", "https://[::1]:9000/a"),
        ] {
            assert_eq!(plain_endpoint(given).unwrap(), plain);
        }
        assert!(plain_endpoint("s3.example.com").is_err());
    }
}
