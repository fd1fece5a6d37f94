//! What S3 answers, read.

use super::refusal;
use crate::clouds::extra;
use crate::compute::Extra;
use crate::core::call::decode;
use crate::core::error::{Error, Result};
use crate::core::http::Response;
use crate::core::wire::{Doc, Json, Pairs, Time, Tree, object, parse_number, write_text};
use crate::storage::{Container, Listing, Object, Undeleted, Upload};

/// The document that an answer holds, unless it is an error.
pub(super) fn document(response: &Response) -> Result<Tree<'_>> {
    let tree = Tree::xml(response.text()?)?;
    if tree.root().key() == "Error" { Err(refusal(response)) } else { Ok(tree) }
}

/// An entity tag without its quotes.
pub(in crate::clouds) fn bare(etag: &str) -> Option<String> {
    let etag = etag.strip_prefix("W/").unwrap_or(etag).trim_matches('"');
    if etag.is_empty() { None } else { Some(etag.to_owned()) }
}

pub(super) fn container(d: Doc<'_>) -> Result<Container> {
    Ok(Container {
        name: d.need("Name")?,
        created_at: d.opt("CreationDate"),
        extra: extra(d, &[("creation_date", "CreationDate"), ("bucket_region", "BucketRegion")]),
    })
}

/// Adds a page's objects and prefixes; gives the token of the next page.
pub(super) fn listing(root: Doc<'_>, container: &str, out: &mut Listing) -> Result<Option<String>> {
    let encoded = root.text("EncodingType") == "url";
    let (mut more, mut token) = (false, "");
    for child in root.children() {
        match child.key() {
            "Contents" => out.objects.push(entry(child, container, encoded)?),
            "CommonPrefixes" => out.prefixes.push(name(child.text("Prefix"), encoded)),
            "IsTruncated" => more = child.as_text() == "true",
            "NextContinuationToken" => token = child.as_text(),
            _ => {}
        }
    }
    // A store that promises a page and says not where would be asked for the same one for ever.
    Ok(if more && !token.is_empty() { Some(token.to_owned()) } else { None })
}

/// One object of a listing, in one pass: pages have a thousand.
fn entry(d: Doc<'_>, container: &str, encoded: bool) -> Result<Object> {
    let mut object = Object { container: container.to_owned(), ..Object::default() };
    let mut size = None;
    let mut more = String::with_capacity(80);
    for child in d.children() {
        let text = child.as_text();
        let known_as = match child.key() {
            "Key" => {
                object.name = name(text, encoded);
                continue;
            }
            "Size" => {
                size = parse_number(text);
                continue;
            }
            "ETag" => {
                object.etag = bare(text);
                continue;
            }
            "LastModified" => {
                object.last_modified = Time::parse(text);
                "last_modified"
            }
            "StorageClass" => "storage_class",
            "Owner" => {
                member(&mut more, "owner");
                let owner = extra(child, &[("id", "ID"), ("display_name", "DisplayName")]);
                more.push_str(owner.0.as_str());
                continue;
            }
            _ => continue,
        };
        member(&mut more, known_as);
        write_text(&mut more, text);
    }
    more.push_str(if more.is_empty() { "{}" } else { "}" });
    object.extra = Extra(Json::raw(more));
    match size {
        Some(size) if !object.name.is_empty() => Ok(Object { size, ..object }),
        _ => Err(Error::malformed("the listing has an object without Key or Size")),
    }
}

/// Starts a member of the object that is being written.
fn member(out: &mut String, name: &str) {
    out.push(if out.is_empty() { '{' } else { ',' });
    write_text(out, name);
    out.push(':');
}

/// A name as the object has it.
fn name(text: &str, encoded: bool) -> String {
    if encoded && text.contains(['%', '+']) { decode(text) } else { text.to_owned() }
}

/// An object from the headers of its answer; `size` where the headers do not tell it of the whole object.
pub(super) fn object_of(response: &Response, container: String, name: String, size: u64) -> Object {
    let metadata = response.headers.iter().filter_map(|(n, v)| Some((n.strip_prefix("x-amz-meta-")?.to_owned(), v.to_owned())));
    let mut more = Vec::with_capacity(EXTRA.len());
    for (known_as, header) in EXTRA {
        more.push((*known_as, response.headers.get(header).map(str::to_owned).into()));
    }
    Object {
        name,
        container,
        size,
        etag: bare(response.header("etag")),
        last_modified: Time::parse(response.header("last-modified")),
        content_type: response.headers.get("content-type").map(str::to_owned),
        metadata: Pairs(metadata.collect()),
        extra: Extra(object(&more)),
    }
}

const EXTRA: &[(&str, &str)] = &[
    ("content_type", "content-type"),
    ("etag", "etag"),
    ("last_modified", "last-modified"),
    ("content_encoding", "content-encoding"),
    ("cache_control", "cache-control"),
    ("content_disposition", "content-disposition"),
    ("version_id", "x-amz-version-id"),
    ("storage_class", "x-amz-storage-class"),
    ("server_side_encryption", "x-amz-server-side-encryption"),
];

/// The length that an answer declares.
pub(in crate::clouds) fn content_length(response: &Response) -> Result<u64> {
    let hidden = || Error::malformed("the answer shows no Content-Length: let the bucket's CORS rules expose it");
    parse_number(response.header("content-length")).ok_or_else(hidden)
}

/// The whole object's length, from `Content-Range`: `bytes 0-4/1234`.
pub(in crate::clouds) fn whole(response: &Response) -> Result<u64> {
    let hidden = || Error::malformed("the answer shows no Content-Range: let the bucket's CORS rules expose it");
    response.header("content-range").rsplit('/').next().and_then(parse_number).ok_or_else(hidden)
}

pub(super) fn undeleted(d: Doc<'_>) -> Result<Undeleted> {
    Ok(Undeleted { name: d.text("Key").to_owned(), code: d.text("Code").to_owned(), message: d.text("Message").to_owned() })
}

/// Adds a page's uploads; gives the markers of the next page.
pub(super) fn uploads(root: Doc<'_>, out: &mut Vec<Upload>) -> Result<Option<(String, String)>> {
    let encoded = root.text("EncodingType") == "url";
    let marker = root.text("NextKeyMarker");
    // Ceph encodes the keys without saying so, but not the marker, which is the last of them.
    let last = root.each("Upload").last().map_or("", |d| d.text("Key"));
    let silently = !encoded && last != marker && decode(last) == marker;
    for d in root.each("Upload") {
        out.push(Upload { id: d.need("UploadId")?, name: name(d.text("Key"), encoded || silently), created_at: d.opt("Initiated") });
    }
    let markers = (name(marker, encoded), root.text("NextUploadIdMarker").to_owned());
    Ok(if root.text("IsTruncated") == "true" && !markers.0.is_empty() { Some(markers) } else { None })
}
