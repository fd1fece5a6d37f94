//! What Azure answers, read.

pub(super) use crate::clouds::s3::read::{bare, content_length, whole};
use crate::compute::Extra;
use crate::core::error::{Error, Result};
use crate::core::http::Response;
use crate::core::wire::{Doc, FromDoc, Json, Pairs, Time, decode_base64, parse_number, write_text};
use crate::storage::{Container, CorsRule, ListObjects, Listing, Object, Part, Version};

/// What `extra` has: its name, the element in lists, the header.
const EXTRA: &[(&str, &str, &str)] = &[
    ("blob_type", "BlobType", "x-ms-blob-type"),
    ("cache_control", "Cache-Control", "cache-control"),
    ("content_disposition", "Content-Disposition", "content-disposition"),
    ("content_encoding", "Content-Encoding", "content-encoding"),
    ("content_language", "Content-Language", "content-language"),
    ("content_type", "Content-Type", "content-type"),
    ("encryption_scope", "EncryptionScope", "x-ms-encryption-scope"),
    ("etag", "Etag", "etag"),
    ("last_modified", "Last-Modified", "last-modified"),
    ("lease_duration", "LeaseDuration", "x-ms-lease-duration"),
    ("lease_state", "LeaseState", "x-ms-lease-state"),
    ("lease_status", "LeaseStatus", "x-ms-lease-status"),
    ("md5", "Content-MD5", "x-ms-blob-content-md5"),
    ("md5", "", "content-md5"),
    ("storage_class", "AccessTier", "x-ms-access-tier"),
    ("version_id", "", "x-ms-version-id"),
];

/// The members of an `extra`, one after another.
#[derive(Default)]
struct Members(String);

impl Members {
    fn add(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.0.push(if self.0.is_empty() { '{' } else { ',' });
            write_text(&mut self.0, name);
            self.0.push(':');
            write_text(&mut self.0, text);
        }
    }

    fn end(mut self) -> Extra {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        Extra(Json::raw(self.0))
    }
}

/// An item of a list: an object, or a container in the shape of one. In one pass: pages have five thousand.
pub(super) fn item(d: Doc<'_>, container: &str) -> Result<Object> {
    let mut object = Object { container: container.to_owned(), ..Object::default() };
    let mut extra = Members::default();
    for child in d.children() {
        match child.key() {
            "Name" => child.as_text().clone_into(&mut object.name),
            "VersionId" => extra.add("version_id", child.as_text()),
            "Metadata" => object.metadata = Pairs::from_doc(child).unwrap_or_default(),
            "Properties" => {
                for property in child.children() {
                    let text = property.as_text();
                    match property.key() {
                        "Content-Length" => object.size = parse_number(text).unwrap_or(0),
                        "Content-Type" => object.content_type = Some(text.to_owned()),
                        "Etag" => object.etag = bare(text),
                        "Last-Modified" => object.last_modified = Time::parse(text),
                        _ => {}
                    }
                    if let Some((name, ..)) = EXTRA.iter().find(|(_, element, _)| *element == property.key()) {
                        extra.add(name, text);
                    }
                }
            }
            _ => {}
        }
    }
    object.extra = extra.end();
    if object.name.is_empty() { Err(Error::malformed("the list has an item without Name")) } else { Ok(object) }
}

/// An object from the headers of its answer, or a container in the shape of one.
pub(super) fn object_of(response: &Response, container: &str, name: &str, size: u64) -> Object {
    let mut extra = Members::default();
    let mut last = "";
    for (name, _, header) in EXTRA {
        let text = response.header(header);
        // A part of an object has a sum of its own.
        if !text.is_empty() && *name != last && (*header != "content-md5" || response.status != 206) {
            extra.add(name, text);
            last = name;
        }
    }
    let metadata = response.headers.iter().filter_map(|(n, v)| Some((n.strip_prefix("x-ms-meta-")?.to_owned(), v.to_owned())));
    Object {
        name: name.to_owned(),
        container: container.to_owned(),
        size,
        etag: bare(response.header("etag")),
        last_modified: Time::parse(response.header("last-modified")),
        content_type: response.headers.get("content-type").map(str::to_owned),
        metadata: Pairs(metadata.collect()),
        extra: extra.end(),
    }
}

/// A container that was read in the shape of an object.
pub(super) fn container(object: Object) -> Container {
    let mut extra = object.extra.0.into_string();
    if extra.pop().is_some() && !object.metadata.0.is_empty() {
        extra.push_str(if extra.len() > 1 { ",\"meta_data\":" } else { "\"meta_data\":" });
        extra.push_str(Json::of(&object.metadata).as_str());
    }
    extra.push('}');
    Container { name: object.name, created_at: None, extra: Extra(Json::raw(extra)) }
}

/// Whether a name comes after the one that a list starts after; a prefix does while names under it may.
fn comes_after(name: &str, options: &ListObjects) -> bool {
    options.start_after.as_deref().is_none_or(|after| name > after)
}

/// A page's objects and prefixes.
pub(super) fn listing(root: Doc<'_>, container: &str, options: &ListObjects) -> Result<Listing> {
    let mut listing = Listing::default();
    for child in root.get("Blobs").into_iter().flat_map(Doc::children) {
        let name = child.text("Name");
        let inside = || options.start_after.as_deref().is_some_and(|after| after.starts_with(name));
        match child.key() {
            "Blob" if comes_after(name, options) => listing.objects.push(item(child, container)?),
            "BlobPrefix" if comes_after(name, options) || inside() => listing.prefixes.push(name.to_owned()),
            _ => {}
        }
    }
    Ok(listing)
}

/// Adds a page's versions, which come oldest first: those of one name are turned round as they come.
pub(super) fn versions(root: Doc<'_>, options: &ListObjects, out: &mut Vec<Version>) -> Result<()> {
    for d in root.each("Blobs/Blob").filter(|d| comes_after(d.text("Name"), options)) {
        let Object { name, size, etag, last_modified, .. } = item(d, "")?;
        let id = d.text("VersionId").to_owned();
        // Without versioning there is only the object.
        let latest = id.is_empty() || d.text("IsCurrentVersion") == "true";
        let at = out.iter().rposition(|version| version.name != name).map_or(0, |at| at + 1);
        out.insert(at, Version { id, name, size, etag, last_modified, latest, deleted: false });
    }
    Ok(())
}

/// The parts of one upload among an object's blocks.
pub(super) fn parts(root: Doc<'_>, upload: &str) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for d in root.each("UncommittedBlocks/Block") {
        let id = d.text("Name");
        let number = decode_base64(id).and_then(|bytes| parse_number(std::str::from_utf8(bytes.strip_prefix(upload.as_bytes())?).ok()?));
        if let Some(number) = number {
            parts.push(Part { number, etag: id.to_owned(), size: d.need("Size")?, checksum: None });
        }
    }
    Ok(parts)
}

pub(super) fn tags(root: Doc<'_>) -> Result<Pairs> {
    let tags = root.each("TagSet/Tag").map(|d| (d.text("Key").to_owned(), d.text("Value").to_owned()));
    Ok(Pairs(tags.collect()))
}

pub(super) fn cors(root: Doc<'_>) -> Result<Vec<CorsRule>> {
    let rules = root.each("Cors/CorsRule").map(|d| {
        let list = |name: &str| d.text(name).split(',').map(|one| one.trim_ascii().to_owned()).filter(|one| !one.is_empty()).collect();
        CorsRule {
            origins: list("AllowedOrigins"),
            methods: list("AllowedMethods"),
            headers: list("AllowedHeaders"),
            expose: list("ExposedHeaders"),
            max_age: d.opt("MaxAgeInSeconds"),
        }
    });
    Ok(rules.collect())
}
