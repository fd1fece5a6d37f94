//! What Cloud Storage answers, read.
//!
//! An object's `etag` is its generation: that is what conditions are about, and what changes with the bytes alone. The HTTP
//! entity tag, which changes with the metadata too and is known to no condition of a write, is in `extra`.

use crate::clouds::extra;
use crate::compute::Extra;
use crate::core::error::{Error, Result};
use crate::core::http::Response;
use crate::core::wire::{Doc, Pairs, Time, object as members, parse_number};
use crate::storage::{Container, CorsRule, Object, Version};

/// The parts of an object's resource that are read; there are as many more.
pub(super) const FIELDS: &str = "name,size,generation,metageneration,updated,contentType,metadata,md5Hash,crc32c,etag,storageClass,cacheControl,contentEncoding,contentDisposition,kmsKeyName";

const EXTRA: &[(&str, &str)] = &[
    ("version_id", "generation"),
    ("metageneration", "metageneration"),
    ("etag", "etag"),
    ("last_modified", "updated"),
    ("crc32c", "crc32c"),
    ("md5", "md5Hash"),
    ("storage_class", "storageClass"),
    ("cache_control", "cacheControl"),
    ("content_encoding", "contentEncoding"),
    ("content_disposition", "contentDisposition"),
    ("kms_key", "kmsKeyName"),
];

/// The same, as headers of the XML API have them.
const HEADERS: &[(&str, &str)] = &[
    ("version_id", "x-goog-generation"),
    ("metageneration", "x-goog-metageneration"),
    ("etag", "etag"),
    ("last_modified", "last-modified"),
    ("storage_class", "x-goog-storage-class"),
    ("cache_control", "cache-control"),
    ("content_encoding", "content-encoding"),
    ("content_disposition", "content-disposition"),
];

pub(super) fn container(d: Doc<'_>) -> Result<Container> {
    const EXTRA: &[(&str, &str)] = &[("creation_date", "timeCreated"), ("location", "location"), ("storage_class", "storageClass")];
    Ok(Container { name: d.need("name")?, created_at: d.opt("timeCreated"), extra: extra(d, EXTRA) })
}

pub(super) fn object(d: Doc<'_>, container: &str) -> Result<Object> {
    let mut metadata = d.opt::<Pairs>("metadata").unwrap_or_default();
    // As headers, and so all downloads, give them.
    metadata.0.iter_mut().for_each(|(name, _)| name.make_ascii_lowercase());
    Ok(Object {
        name: d.need("name")?,
        container: container.to_owned(),
        size: d.opt("size").unwrap_or(0),
        etag: d.opt("generation"),
        last_modified: d.opt("updated"),
        content_type: d.opt("contentType"),
        metadata,
        extra: extra(d, EXTRA),
    })
}

pub(super) fn version(d: Doc<'_>) -> Result<Version> {
    Ok(Version {
        id: d.need("generation")?,
        name: d.need("name")?,
        size: d.opt("size").unwrap_or(0),
        etag: d.opt("generation"),
        last_modified: d.opt("updated"),
        latest: d.get("timeDeleted").is_none(),
        deleted: false,
    })
}

/// An object from the headers of a download; nothing where the runtime hides them, or an emulator has none.
pub(super) fn downloaded(response: &Response, container: &str, name: &str) -> Option<Object> {
    let header = |name: &str| response.headers.get(name).map(str::to_owned);
    let generation = header("x-goog-generation")?;
    let mut more: Vec<_> = HEADERS.iter().map(|(known_as, name)| (*known_as, header(name).into())).collect();
    for hash in response.header("x-goog-hash").split(',') {
        for (known_as, prefix) in [("crc32c", "crc32c="), ("md5", "md5=")] {
            if let Some(hash) = hash.trim_ascii().strip_prefix(prefix) {
                more.push((known_as, hash.into()));
            }
        }
    }
    let metadata = response.headers.iter().filter_map(|(n, v)| Some((n.strip_prefix("x-goog-meta-")?.to_owned(), v.to_owned())));
    Some(Object {
        name: name.to_owned(),
        container: container.to_owned(),
        size: parse_number(response.header("x-goog-stored-content-length"))?,
        etag: Some(generation),
        last_modified: Time::parse(response.header("last-modified")),
        content_type: header("content-type"),
        metadata: Pairs(metadata.collect()),
        extra: Extra(members(&more)),
    })
}

/// The id of an upload: the part of its address that is secret.
pub(super) fn upload(response: &Response) -> Result<String> {
    let in_address = response.header("location").split(['?', '&']).find_map(|pair| pair.strip_prefix("upload_id="));
    let id = in_address.map(crate::core::call::decode).unwrap_or_else(|| response.header("x-guploader-uploadid").to_owned());
    if id.is_empty() { Err(Error::malformed("the answer shows no Location, which an upload needs")) } else { Ok(id) }
}

/// How many bytes an upload has, as an answer about an unfinished one says.
pub(super) fn kept(response: &Response) -> Option<u64> {
    let last = response.header("range").rsplit('-').next().and_then(parse_number);
    if unfinished(response) { Some(last.map_or(0, |last| last.saturating_add(1))) } else { None }
}

/// Whether an answer says that more bytes are wanted. (The provider calls that 308, which `fetch` takes for a redirect; it is
/// asked to say 200 in place of it.)
pub(super) fn unfinished(response: &Response) -> bool {
    response.status == 308 || response.header("x-http-status-code-override") == "308"
}

/// The provider has one list for headers that may be sent and that may be read.
pub(super) fn cors(d: Doc<'_>) -> Result<CorsRule> {
    let list = |name: &str| d.opt(name).unwrap_or_default();
    Ok(CorsRule {
        origins: list("origin"),
        methods: list("method"),
        headers: list("responseHeader"),
        expose: list("responseHeader"),
        max_age: d.opt("maxAgeSeconds"),
    })
}
