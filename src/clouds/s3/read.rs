//! What S3 answers, read.

use super::write::CHECKSUMS;
use super::{fault, refusal};
use crate::clouds::extra;
use crate::compute::Extra;
use crate::core::call::decode;
use crate::core::error::{Error, Result};
use crate::core::http::Response;
use crate::core::wire::{Doc, Json, Pairs, Time, Tree, object, parse_number, write_text};
use crate::storage::{Container, CorsRule, Listing, Object, Part, Undeleted, Upload, Version};

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
        extra: extra(d, &[("creation_date", "CreationDate"), ("bucket_region", "BucketRegion"), ("location", "Location")]),
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
pub(super) fn name(text: &str, encoded: bool) -> String {
    if encoded && text.contains(['%', '+']) { decode(text) } else { text.to_owned() }
}

/// An object from the headers of its answer; `size` where the headers do not tell it of the whole object.
pub(super) fn object_of(response: &Response, container: String, name: String, size: u64) -> Object {
    let metadata = response.headers.iter().filter_map(|(n, v)| Some((n.strip_prefix("x-amz-meta-")?.to_owned(), v.to_owned())));
    Object {
        name,
        container,
        size,
        etag: bare(response.header("etag")),
        last_modified: Time::parse(response.header("last-modified")),
        content_type: response.headers.get("content-type").map(str::to_owned),
        metadata: Pairs(metadata.collect()),
        extra: headers(response, EXTRA, Vec::new()),
    }
}

/// What is known of an object by the headers of the answer that stored it; `acl` is what it was stored with.
pub(super) fn stored(response: &Response, acl: Option<String>) -> Extra {
    headers(response, STORED, vec![("acl", acl.into())])
}

/// What is known of an object by the answer that completed its upload.
pub(super) fn completed(response: &Response, root: Doc<'_>) -> Extra {
    let sums = CHECKSUMS.iter().map(|(name, element)| (*name, root.opt::<String>(element).into()));
    headers(response, STORED, sums.collect())
}

fn headers(response: &Response, names: &[(&'static str, &str)], mut more: Vec<(&'static str, Json)>) -> Extra {
    for (known_as, header) in names {
        more.push((*known_as, response.headers.get(header).map(str::to_owned).into()));
    }
    Extra(object(&more))
}

/// Of these, `STORED` is the end.
const EXTRA: &[(&str, &str)] = &[
    ("content_type", "content-type"),
    ("etag", "etag"),
    ("last_modified", "last-modified"),
    ("content_encoding", "content-encoding"),
    ("cache_control", "cache-control"),
    ("content_disposition", "content-disposition"),
    ("storage_class", "x-amz-storage-class"),
    ("tag_count", "x-amz-tagging-count"),
    ("version_id", "x-amz-version-id"),
    ("server_side_encryption", "x-amz-server-side-encryption"),
    ("kms_key_id", "x-amz-server-side-encryption-aws-kms-key-id"),
    ("customer_algorithm", "x-amz-server-side-encryption-customer-algorithm"),
    ("crc32c", "x-amz-checksum-crc32c"),
    ("sha256", "x-amz-checksum-sha256"),
    ("crc32", "x-amz-checksum-crc32"),
    ("sha1", "x-amz-checksum-sha1"),
    ("crc64nvme", "x-amz-checksum-crc64nvme"),
    ("crc64ecma", "x-amz-hash-crc64ecma"),
];
const STORED: &[(&str, &str)] = EXTRA.split_at(8).1;

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

/// After what the next page begins, if there is one.
pub(super) type Markers = Option<[String; 2]>;

fn markers(root: Doc<'_>, first: String, second: &str) -> Markers {
    if root.text("IsTruncated") == "true" { Some([first, root.text(second).to_owned()]) } else { None }
}

/// Adds a page's uploads; gives the markers of the next page.
pub(super) fn uploads(root: Doc<'_>, out: &mut Vec<Upload>) -> Result<Markers> {
    let encoded = root.text("EncodingType") == "url";
    let marker = root.text("NextKeyMarker");
    // Ceph encodes the keys without saying so, but not the marker, which is the last of them.
    let last = root.each("Upload").last().map_or("", |d| d.text("Key"));
    let silently = !encoded && last != marker && decode(last) == marker;
    for d in root.each("Upload") {
        out.push(Upload { id: d.need("UploadId")?, name: name(d.text("Key"), encoded || silently), created_at: d.opt("Initiated") });
    }
    Ok(markers(root, name(marker, encoded), "NextUploadIdMarker"))
}

/// The checksum of a part that an answer shows in its elements.
fn checksum(d: Doc<'_>) -> Option<String> {
    let (name, element) = CHECKSUMS.iter().find(|(_, element)| !d.text(element).is_empty())?;
    Some([name, "=", d.text(element)].concat())
}

/// Adds a page's parts; gives the marker of the next page.
pub(super) fn parts(root: Doc<'_>, out: &mut Vec<Part>) -> Result<Markers> {
    for d in root.each("Part") {
        let etag = bare(d.text("ETag")).unwrap_or_default();
        out.push(Part { number: d.need("PartNumber")?, etag, size: d.need("Size")?, checksum: checksum(d) });
    }
    Ok(markers(root, root.text("NextPartNumberMarker").to_owned(), ""))
}

/// Adds a page's versions; gives the markers of the next page.
pub(super) fn versions(root: Doc<'_>, out: &mut Vec<Version>) -> Result<Markers> {
    let encoded = root.text("EncodingType") == "url";
    for d in root.children() {
        let deleted = d.key() == "DeleteMarker";
        if !deleted && d.key() != "Version" {
            continue;
        }
        out.push(Version {
            id: d.need("VersionId")?,
            name: name(d.text("Key"), encoded),
            size: if deleted { 0 } else { d.need("Size")? },
            etag: bare(d.text("ETag")),
            last_modified: d.opt("LastModified"),
            latest: d.text("IsLatest") == "true",
            deleted,
        });
    }
    // Ceph encodes the keys, but not the marker, which is the last of them.
    let marker = root.text("NextKeyMarker");
    let plain = out.last().is_some_and(|last| last.name == marker);
    Ok(markers(root, name(marker, encoded && !plain), "NextVersionIdMarker"))
}

pub(super) fn tags(root: Doc<'_>) -> Pairs {
    let tags = root.each("TagSet/Tag").map(|d| (d.text("Key").to_owned(), d.text("Value").to_owned()));
    Pairs(tags.collect())
}

pub(super) fn cors(root: Doc<'_>) -> Vec<CorsRule> {
    let mut rules = Vec::new();
    for d in root.each("CORSRule") {
        let texts = |name: &str| d.each(name).map(|d| d.as_text().to_owned()).collect();
        rules.push(CorsRule {
            origins: texts("AllowedOrigin"),
            methods: texts("AllowedMethod"),
            headers: texts("AllowedHeader"),
            expose: texts("ExposeHeader"),
            max_age: d.opt("MaxAgeSeconds"),
        });
    }
    rules
}

/// The document that an answer holds; nothing where the answer is that there is no such configuration, or is empty (Ceph's
/// of an object without tags).
pub(super) fn configuration(response: &Response) -> Result<Tree<'_>> {
    match response.status {
        404 => {}
        _ if response.body.bytes().is_empty() => return Ok(Tree::default()),
        _ => return document(response),
    }
    match fault(response).code.as_deref() {
        Some("NoSuchCORSConfiguration" | "NoSuchTagSet" | "NoSuchTagSetError") => Ok(Tree::default()),
        _ => Err(refusal(response)),
    }
}
