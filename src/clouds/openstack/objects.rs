//! What Swift is asked with, and what it answers, read.

pub(super) use crate::clouds::s3::read::{bare, content_length, whole};
use crate::clouds::s3::write::check_value;
pub(super) use crate::clouds::s3::write::{check_body, covers, quoted, range, stored};
use crate::compute::Extra;
use crate::core::call::{Cycle, decode};
use crate::core::error::{Error, Kind, Result};
use crate::core::http::{Method, Request, Response, encode_into};
use crate::core::sort::sort;
use crate::core::wire::{Doc, Json, Pairs, Time, Tree, base64, number_text, object, parse_number, write_text};
use crate::storage::{Container, DownloadOptions, Object, Part, Undeleted, Upload, UploadOptions, Version};

/// The catalogue's name for Swift.
pub const STORE: &str = "object-store";

/// What is added to a container's name for the one that holds the parts of its large objects, as other clients do.
const SEGMENTS: &str = "_segments";
/// Where in that container each upload that is neither complete nor aborted leaves a mark.
pub const PENDING: &str = ".uploads/";

/// The path of a container or an object; refuses names that Swift or a URL cannot carry.
pub fn address(container: &str, name: Option<&str>) -> Result<String> {
    if matches!(container, "" | "." | "..") || container.len() > 256 || container.contains(['/', '\0']) {
        return Err(Error::invalid("a container's name has 1 to 256 bytes of UTF-8, no slash, and is not \".\" or \"..\""));
    }
    let mut path = String::with_capacity(container.len() + name.map_or(0, str::len) + 16);
    path.push('/');
    encode_into(&mut path, container, false);
    if let Some(name) = name {
        if name.is_empty() || name.len() > 1024 || name.contains('\0') {
            return Err(Error::invalid(
                "an object's name has 1 to 1,024 bytes of UTF-8; in parts, with a slash, the upload's id and a number",
            ));
        }
        if name.split('/').any(|segment| segment == "." || segment == "..") {
            return Err(Error::invalid("an object's name cannot have \".\" or \"..\" between slashes: URLs lose them"));
        }
        path.push('/');
        encode_into(&mut path, name, true);
    }
    Ok(path)
}

/// A request to a container or an object.
pub fn request(method: Method, container: &str, name: Option<&str>) -> Request {
    Request::new(method, address(container, name)).to(STORE)
}

/// The container of the parts of this container's large objects.
pub fn segments(container: &str) -> String {
    [container, SEGMENTS].concat()
}

/// The headers that an object is stored with.
pub fn stored_as(mut request: Request, options: &UploadOptions) -> Request {
    for (header, value) in [
        ("content-type", &options.content_type),
        ("cache-control", &options.cache_control),
        ("content-disposition", &options.content_disposition),
        ("content-encoding", &options.content_encoding),
    ] {
        if let Some(value) = value {
            request = request.check(check_value(value)).header(header, value.as_str());
        }
    }
    for (name, value) in &options.metadata.0 {
        let header = ["x-object-meta-", &name.to_ascii_lowercase()].concat();
        let name = match request.headers.get(&header) {
            Some(_) => Err(Error::invalid("two names of metadata differ only in case, which no store keeps")),
            None if name.contains('_') => Err(Error::invalid("Swift takes an underscore in a name of metadata for a dash: write a dash")),
            None => Ok(()),
        };
        request = request.check(name).header(header, written(value));
    }
    request
}

/// A value of metadata as its header has it: what a header cannot carry, or would be read as something else, is
/// percent-encoded, as Swift's documentation asks and its own client does.
fn written(value: &str) -> String {
    if check_value(value).is_ok() && unquoted(value).is_none() {
        return value.to_owned();
    }
    let mut out = String::new();
    encode_into(&mut out, value, true);
    out
}

/// The text that percent-encodes to exactly this.
fn unquoted(value: &str) -> Option<String> {
    let (text, mut again) = (decode(value), String::new());
    encode_into(&mut again, &text, true);
    if text != value && again == value { Some(text) } else { None }
}

/// A value of metadata as it was given. Headers come as bytes, each shown as a letter; other clients write UTF-8 into them.
fn read_value(value: &str) -> String {
    let bytes: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    let value = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| value.to_owned());
    unquoted(&value).unwrap_or(value)
}

/// With the version and the conditions of a download.
pub fn conditional(request: Request, options: &DownloadOptions) -> Request {
    request
        .query_opt("version-id", options.version.as_deref())
        .header_opt("if-match", options.if_match.as_deref().map(quoted))
        .header_opt("if-none-match", options.if_none_match.as_deref().map(quoted))
}

/// With the condition of an upload, the only one that Swift knows. Repeated, a request that succeeded would meet its own
/// effect and fail.
pub fn only_new(mut request: Request, options: &UploadOptions) -> Request {
    match (&options.if_match, options.if_none_match.as_deref()) {
        (None, None) => request,
        (None, Some("*")) => {
            request.idempotent = false;
            request.header("if-none-match", "*")
        }
        _ => request.check::<()>(Err(Error::unsupported("an upload knows one condition here: ifNoneMatch \"*\""))),
    }
}

/// An object from the headers of its answer.
pub fn object_of(response: &Response, container: &str, name: &str, size: u64) -> Object {
    let metadata = response.headers.iter().filter_map(|(n, v)| Some((n.strip_prefix("x-object-meta-")?.to_owned(), read_value(v))));
    let etag = bare(response.header("etag"));
    let mut more = of_headers(response, OBJECT);
    more.push(("md5", etag.as_deref().filter(|_| !is_large(response)).and_then(sum).into()));
    Object {
        name: name.to_owned(),
        container: container.to_owned(),
        size,
        etag,
        last_modified: Time::parse(response.header("last-modified")),
        content_type: response.headers.get("content-type").map(str::to_owned),
        metadata: Pairs(metadata.collect()),
        extra: Extra(object(&more)),
    }
}

const OBJECT: &[(&str, &str)] = &[
    ("content_type", "content-type"),
    ("last_modified", "last-modified"),
    ("content_encoding", "content-encoding"),
    ("cache_control", "cache-control"),
    ("content_disposition", "content-disposition"),
    ("delete_at", "x-delete-at"),
    ("object_manifest", "x-object-manifest"),
    ("static_large_object", "x-static-large-object"),
    ("version_id", "x-object-version-id"),
];

const CONTAINER: &[(&str, &str)] = &[
    ("object_count", "x-container-object-count"),
    ("size", "x-container-bytes-used"),
    ("read_acl", "x-container-read"),
    ("write_acl", "x-container-write"),
    ("storage_policy", "x-storage-policy"),
    ("versions_enabled", "x-versions-enabled"),
    ("last_modified", "last-modified"),
];

/// Members of `extra` from headers; numbers as numbers, as listings have them.
fn of_headers(response: &Response, names: &[(&'static str, &str)]) -> Vec<(&'static str, Json)> {
    let value = |text: &str| match parse_number(text) {
        Some(number) => number.into(),
        None => text.into(),
    };
    names.iter().map(|(known_as, header)| (*known_as, response.headers.get(header).map_or(Json::default(), value))).collect()
}

/// Whether an object is put together from others, by a list or by a prefix.
fn is_large(response: &Response) -> bool {
    is_listed(response) || !response.header("x-object-manifest").is_empty()
}

/// Whether an object is put together from a list of others.
pub fn is_listed(response: &Response) -> bool {
    response.header("x-static-large-object").eq_ignore_ascii_case("true")
}

/// The MD5 that an entity tag is, in base64.
pub fn sum(etag: &str) -> Option<String> {
    let digit = |b: u8| char::from(b).to_digit(16);
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some((digit(*high)? * 16 + digit(*low)?) as u8),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = etag.as_bytes().chunks(2).map(byte).collect();
    bytes.filter(|bytes| bytes.len() == 16).map(|bytes| base64(&bytes))
}

/// One object of a listing, in one pass: pages have ten thousand.
pub fn entry(d: Doc<'_>, container: &str) -> Result<Object> {
    let mut object = Object { container: container.to_owned(), ..Object::default() };
    let (mut size, mut more) = (None, String::with_capacity(96));
    for child in d.children() {
        let text = child.as_text();
        let known_as = match child.key() {
            "name" => {
                text.clone_into(&mut object.name);
                continue;
            }
            "bytes" => {
                size = child.word().and_then(parse_number);
                continue;
            }
            // Of an object in parts, the entity tag is this; the hash is its list's.
            "slo_etag" => {
                object.etag = bare(text);
                continue;
            }
            "hash" => {
                object.etag = object.etag.or_else(|| bare(text));
                continue;
            }
            "last_modified" => {
                object.last_modified = Time::parse(text);
                "last_modified"
            }
            "content_type" => {
                object.content_type = Some(text.to_owned());
                "content_type"
            }
            _ => continue,
        };
        more.push(if more.is_empty() { '{' } else { ',' });
        write_text(&mut more, known_as);
        more.push(':');
        write_text(&mut more, text);
    }
    more.push_str(if more.is_empty() { "{}" } else { "}" });
    object.extra = Extra(Json::raw(more));
    match size {
        Some(size) if !object.name.is_empty() => Ok(Object { size, ..object }),
        _ => Err(Error::malformed("the listing has an object without name or bytes")),
    }
}

pub fn container(d: Doc<'_>) -> Result<Container> {
    let extra = crate::clouds::extra(d, &[("object_count", "count"), ("size", "bytes"), ("last_modified", "last_modified")]);
    Ok(Container { name: d.need("name")?, created_at: None, extra })
}

/// A container from the headers of its answer.
pub fn container_of(response: &Response, name: &str) -> Container {
    Container { name: name.to_owned(), created_at: None, extra: Extra(object(&of_headers(response, CONTAINER))) }
}

pub fn version(d: Doc<'_>) -> Result<Version> {
    Ok(Version {
        id: d.need("version_id")?,
        name: d.need("name")?,
        size: d.need("bytes")?,
        etag: bare(d.text("slo_etag")).or_else(|| bare(d.text("hash"))),
        last_modified: d.opt("last_modified"),
        latest: d.opt("is_latest").unwrap_or(false),
        deleted: d.text("content_type").starts_with("application/x-deleted"),
    })
}

/// The name of an upload's mark.
pub fn mark(name: &str, upload: &str) -> String {
    [PENDING, name, "/", upload].concat()
}

/// What the names of an upload's parts begin with.
pub fn parts_of(name: &str, upload: &str) -> String {
    [name, "/", upload, "/"].concat()
}

/// The name of a part: the number has its digits in front, so that parts are listed in order.
pub fn part_name(name: &str, upload: &str, number: u64) -> String {
    let number = number_text(number);
    let zeros = "00000000".get(number.len()..).unwrap_or("");
    [&parts_of(name, upload), zeros, &number].concat()
}

pub fn part(d: Doc<'_>) -> Result<Part> {
    let number = d.text("name").rsplit('/').next().and_then(parse_number);
    let number = number.ok_or_else(|| Error::malformed("an upload has a part whose name is no number"))?;
    Ok(Part { number, etag: d.need("hash")?, size: d.need("bytes")?, checksum: None })
}

/// The upload that a mark stands for.
pub fn pending(d: Doc<'_>) -> Option<Upload> {
    let mut sides = d.text("name").strip_prefix(PENDING)?.rsplitn(2, '/');
    let (id, name) = (sides.next()?, sides.next()?);
    check_upload(id).ok()?;
    Some(Upload { id: id.to_owned(), name: name.to_owned(), created_at: d.opt("last_modified") })
}

/// Refuses what is no id of an upload: it stands in names of objects that are deleted.
pub fn check_upload(upload: &str) -> Result<()> {
    match upload.len() == 32 && upload.bytes().all(|b| b.is_ascii_hexdigit()) {
        true => Ok(()),
        false => Err(Error::invalid("this is no id of an upload: createUpload and listUploads give them")),
    }
}

/// The list that puts parts together, and their length if all of them tell it.
pub fn manifest(container: &str, name: &str, upload: &str, parts: &[Part], most: u64) -> Result<(String, Option<u64>)> {
    let mut parts: Vec<&Part> = parts.iter().collect();
    sort(&mut parts, |a, b| a.number.cmp(&b.number));
    let twice = parts.windows(2).any(|pair| matches!(pair, [a, b] if a.number == b.number));
    if parts.is_empty() || twice || parts.iter().any(|part| !(1..=most).contains(&part.number)) {
        return Err(Error::invalid("an upload is completed from at least one part; numbers are from 1 to 1000, each once"));
    }
    let known = parts.iter().all(|part| part.size > 0);
    let size = parts.iter().map(|part| part.size).sum();
    let mut list = String::new();
    for part in parts {
        let path = ["/", &segments(container), "/", &part_name(name, upload, part.number)].concat();
        let size = Some(part.size).filter(|size| *size > 0);
        let item = object(&[("path", path.into()), ("etag", (&part.etag).into()), ("size_bytes", size.into())]);
        list.push(if list.is_empty() { '[' } else { ',' });
        list.push_str(item.as_str());
    }
    list.push(']');
    Ok((list, if known { Some(size) } else { None }))
}

/// What an answer to a request about many objects refused: paths and reasons, or the whole. Nothing when it is no such answer.
pub fn refusals(response: &Response) -> Result<Option<Vec<(String, String)>>> {
    let text = response.text()?.trim_ascii();
    if !text.starts_with('{') {
        return Ok(None);
    }
    let tree = Tree::json(text)?;
    let root = tree.root();
    let status = root.text("Response Status");
    if status.is_empty() && root.get("Errors").is_none() {
        return Ok(None);
    }
    let mut found = Vec::new();
    for d in root.each("Errors") {
        let mut sides = d.children().map(Doc::as_text);
        found.push((decode(sides.next().unwrap_or("")), sides.next().unwrap_or("").to_owned()));
    }
    if found.is_empty() && !status.starts_with('2') {
        found.push((String::new(), [status, " ", root.text("Response Body")].concat().trim_ascii().to_owned()));
    }
    Ok(Some(found))
}

/// The error of a path and a reason, as `409 Conflict`.
fn refused(path: &str, reason: &str) -> Error {
    let status = reason.split(' ').next().and_then(parse_number).and_then(|n| u16::try_from(n).ok());
    let kind = status.map_or(Kind::Invalid, Kind::of_status);
    Error::new(kind, ["the provider refused ", path, if path.is_empty() { "" } else { ": " }, reason].concat())
}

/// A listing, page by page.
pub struct Walk {
    path: Result<String>,
    query: Vec<(&'static str, String)>,
    /// The last name so far, and its version.
    last: (String, String),
    seen: u64,
    names: Cycle,
}

impl Walk {
    /// A listing of containers (of no container) or objects.
    pub fn new(container: Option<&str>, query: &[(&'static str, &str)], after: &str) -> Walk {
        let path = container.map_or(Ok(String::from("/")), |name| address(name, None));
        let query = query.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (*name, (*value).to_owned()));
        Walk { path, query: query.collect(), last: (after.to_owned(), String::new()), seen: 0, names: Cycle::default() }
    }

    /// The request for the next page.
    pub fn request(&self) -> Request {
        let mut request = Request::get(self.path.clone()).to(STORE).query("format", "json");
        for (name, value) in &self.query {
            request = request.query(*name, value.as_str());
        }
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        request.query_opt("marker", given(&self.last.0)).query_opt("version_marker", given(&self.last.1))
    }

    /// Reads a page; gives the request for the next.
    pub fn page(&mut self, response: &Response, each: &mut dyn FnMut(Doc<'_>) -> Result<()>) -> Result<Option<Request>> {
        let text = response.text()?;
        // What is not there holds nothing, where its absence was expected.
        if response.status == 404 || text.is_empty() {
            return Ok(None);
        }
        let tree = Tree::json(text)?;
        let (mut count, mut last) = (0, None);
        for d in tree.root().children() {
            each(d)?;
            (count, last) = (count + 1, Some(d));
        }
        self.seen += count;
        let Some(last) = last else { return Ok(None) };
        let name = if last.text("name").is_empty() { last.text("subdir") } else { last.text("name") };
        let last = (name.to_owned(), last.text("version_id").to_owned());
        // How long a page is, clusters choose: only an empty one is surely the last. One that is short and has all that the
        // container counts is, too.
        let counted = ["x-container-object-count", "x-account-container-count"].into_iter().find_map(|name| response.headers.get(name));
        let whole = count < 1000 && counted.and_then(parse_number) == Some(self.seen);
        if whole || last == self.last || self.names.closes(&[&*last.0, "\0", &last.1].concat()) {
            return Ok(None);
        }
        self.last = last;
        Ok(Some(self.request()))
    }
}

/// Deletes objects of one container: together where the cluster can, else one after another.
pub struct Removal {
    container: String,
    /// Those to delete together, in order.
    names: Vec<String>,
    /// Those that may be in parts, which go with them.
    careful: Vec<String>,
    sent: Vec<String>,
    stage: Stage,
    singly: bool,
    /// Those that could not be deleted.
    pub failed: Vec<Undeleted>,
}

enum Stage {
    Together,
    Look,
    One,
}

/// How many names one request deletes at most.
const BATCH: usize = 1000;
/// How long, encoded, a path in such a request may be: Swift takes longer names, but not there.
const LONGEST: usize = 1200;
/// Statuses that say of an object why it is not deleted.
const KEPT: &[u16] = &[400, 403, 404, 409, 423];

impl Removal {
    /// To delete these.
    pub fn new(container: &str, mut names: Vec<String>) -> Removal {
        sort(&mut names, |a, b| a.cmp(b));
        let mut careful = Vec::new();
        names.retain(|name| {
            let fits = address(container, Some(name)).is_ok_and(|path| path.len() <= LONGEST);
            if !fits {
                careful.push(name.clone());
            }
            fits
        });
        let (sent, failed) = (Vec::new(), Vec::new());
        Removal { container: container.to_owned(), names, careful, sent, stage: Stage::Together, singly: false, failed }
    }

    /// Where the parts of any of them lie among the names of all parts, and before which name.
    pub fn span(&self) -> (&str, String) {
        let end = self.names.iter().map(|name| [name, "0"].concat()).max();
        (self.names.first().map_or("", String::as_str), end.unwrap_or_default())
    }

    /// Takes care of the object that a part seems to belong to.
    pub fn beware(&mut self, part: &str) {
        for (at, _) in part.char_indices().filter(|(_, c)| *c == '/') {
            let name = part.get(..at).unwrap_or("");
            if let Ok(found) = self.names.binary_search_by(|one| one.as_str().cmp(name)) {
                self.careful.push(self.names.remove(found));
            }
        }
    }

    /// Takes care of all of them.
    pub fn beware_all(&mut self) {
        self.careful.append(&mut self.names);
    }

    /// How many there are to delete.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The next request, unless all is done.
    pub fn next(&mut self) -> Option<Request> {
        if let Some(name) = self.careful.pop() {
            let look = request(Method::Head, &self.container, Some(&name)).taking(KEPT);
            (self.sent, self.stage) = (vec![name], Stage::Look);
            return Some(look);
        }
        if self.singly {
            let name = self.names.pop()?;
            let delete = request(Method::Delete, &self.container, Some(&name)).taking(KEPT);
            (self.sent, self.stage) = (vec![name], Stage::One);
            return Some(delete);
        }
        if self.names.is_empty() {
            return None;
        }
        (self.sent, self.stage) = (self.names.split_off(self.names.len().saturating_sub(BATCH)), Stage::Together);
        let mut body = String::with_capacity(self.sent.len() * 64);
        for name in &self.sent {
            body.push_str(&address(&self.container, Some(name)).unwrap_or_default());
            body.push('\n');
        }
        let request = Request::post("/").to(STORE).query("bulk-delete", "").header("accept", "application/json");
        let body = crate::core::http::Body::Bytes(body.into_bytes());
        Some(request.header("content-type", "text/plain").taking(&[400, 404, 405, 412, 501]).body(body).repeatable())
    }

    /// Reads an answer; a request that belongs to the same object goes before the next.
    pub fn read(&mut self, response: &Response) -> Result<Option<Request>> {
        match self.stage {
            Stage::Look => {
                let name = self.sent.first().map_or("", String::as_str);
                let delete = delete(&self.container, name, None, response).taking(KEPT);
                self.stage = Stage::One;
                return Ok(Some(delete));
            }
            Stage::One => {
                let name = self.sent.pop().unwrap_or_default();
                if let Err(error) = deleted(response)
                    && error.kind() != Kind::NotFound
                {
                    self.failed.push(Undeleted { name, code: number_text(response.status.into()), message: error.message().to_owned() });
                }
            }
            Stage::Together => match refusals(response)? {
                // A cluster that has no such request takes it for another.
                None => {
                    self.singly = true;
                    self.names.append(&mut self.sent);
                }
                Some(refused) => {
                    for (path, reason) in refused {
                        let at = path.trim_start_matches('/').strip_prefix(self.container.as_str()).and_then(|rest| rest.strip_prefix('/'));
                        let Some(name) = at else { return Err(self::refused(&path, &reason)) };
                        let mut sides = reason.splitn(2, ' ');
                        let (code, message) = (sides.next().unwrap_or("").to_owned(), sides.next().unwrap_or("").to_owned());
                        self.failed.push(Undeleted { name: name.to_owned(), code, message });
                    }
                }
            },
        }
        Ok(None)
    }
}

/// The request that deletes an object, after a look at it: with its parts, if it has some and no older version needs them.
pub fn delete(container: &str, name: &str, version: Option<&str>, found: &Response) -> Request {
    let kept = version.is_none() && !matches!(found.header("x-object-version-id"), "" | "null");
    let request = request(Method::Delete, container, Some(name)).query_opt("version-id", version);
    if !is_listed(found) || kept {
        return request;
    }
    request.query("multipart-manifest", "delete").header("accept", "application/json")
}

/// Whether that request succeeded.
pub fn deleted(response: &Response) -> Result<()> {
    if let Some((path, reason)) = refusals(response)?.and_then(|refused| refused.into_iter().next()) {
        return Err(refused(&path, &reason));
    }
    if response.status < 300 {
        return Ok(());
    }
    let fault = super::fault(response);
    let kind = fault.kind.unwrap_or_else(|| Kind::of_status(response.status));
    Err(Error::new(kind, fault.message.unwrap_or_default()).with_status(response.status))
}
