//! What Azure answers, read.

pub(super) use crate::clouds::s3::read::{bare, content_length, whole};
use crate::compute::Extra;
use crate::core::error::Result;
use crate::core::http::Response;
use crate::core::wire::{Doc, Json, Pairs, Time, decode_base64, parse_number, write_text};
use crate::storage::{Container, CorsRule, ListObjects, Listing, Object, Part, Version};

/// A member of `extra`: its name, the element in lists, the header.
type Known = (&'static str, &'static str, &'static str);

const EXTRA: &[Known] = &[
    ("blob_type", "BlobType", "x-ms-blob-type"),
    ("cache_control", "Cache-Control", "cache-control"),
    ("content_disposition", "Content-Disposition", "content-disposition"),
    ("content_encoding", "Content-Encoding", "content-encoding"),
    ("content_language", "Content-Language", "content-language"),
    ("content_type", "Content-Type", "content-type"),
    ("encryption_scope", "EncryptionScope", "x-ms-encryption-scope"),
    ("etag", "Etag", "etag"),
    ("last_modified", "Last-Modified", "last-modified"),
    ("md5", "Content-MD5", "content-md5"),
    ("storage_class", "AccessTier", "x-ms-access-tier"),
    ("version_id", "VersionId", "x-ms-version-id"),
];

const LEASE: &[Known] = &[
    ("duration", "LeaseDuration", "x-ms-lease-duration"),
    ("state", "LeaseState", "x-ms-lease-state"),
    ("status", "LeaseStatus", "x-ms-lease-status"),
];

/// Finds a text by the element's and by the header's name.
type Get<'g, 't> = &'g dyn Fn(&str, &str) -> &'t str;

/// Fills in what lists and headers tell alike.
fn filled(mut object: Object, get: Get<'_, '_>) -> Object {
    let (mut extra, lease) = (members(EXTRA, get), members(LEASE, get));
    if lease.len() > 1 {
        member(&mut extra, "lease");
        extra.push_str(&lease);
        extra.push('}');
    }
    extra.push('}');
    object.extra = Extra(Json::raw(extra));
    object.etag = bare(get("Etag", "etag"));
    object.last_modified = Time::parse(get("Last-Modified", "last-modified"));
    object.content_type = Some(get("Content-Type", "content-type")).filter(|text| !text.is_empty()).map(str::to_owned);
    object
}

/// The members that are there, but for the end.
fn members(known: &[Known], get: Get<'_, '_>) -> String {
    let mut out = String::from("{");
    for (name, element, header) in known {
        let text = get(element, header);
        let text = if *header == "etag" { text.trim_matches('"') } else { text };
        if !text.is_empty() {
            member(&mut out, name);
            write_text(&mut out, text);
        }
    }
    out
}

/// Starts a member of the object that is being written.
fn member(out: &mut String, name: &str) {
    if out.len() > 1 {
        out.push(',');
    }
    write_text(out, name);
    out.push(':');
}

/// An item of a list: an object, or a container in the shape of one.
pub(super) fn item(d: Doc<'_>, container: &str) -> Result<Object> {
    let properties = d.get("Properties").unwrap_or(d);
    let object = Object {
        name: d.need("Name")?,
        container: container.to_owned(),
        size: properties.opt("Content-Length").unwrap_or(0),
        metadata: d.opt("Metadata").unwrap_or_default(),
        ..Object::default()
    };
    Ok(filled(object, &|element, _| if element == "VersionId" { d.text(element) } else { properties.text(element) }))
}

/// An object from the headers of its answer, or a container in the shape of one.
pub(super) fn object_of(response: &Response, container: &str, name: &str, size: u64) -> Object {
    let mut object = Object { name: name.to_owned(), container: container.to_owned(), size, ..Object::default() };
    for (name, value) in response.headers.iter() {
        if let Some(name) = name.strip_prefix("x-ms-meta-") {
            object.metadata.0.push((name.to_owned(), value.to_owned()));
        }
    }
    // A part of an object has a sum of its own.
    filled(object, &|_, header| match (header, response.header("x-ms-blob-content-md5")) {
        ("content-md5", "") if response.status == 206 => "",
        ("content-md5", sum) if !sum.is_empty() => sum,
        _ => response.header(header),
    })
}

/// A container that was read in the shape of an object.
pub(super) fn container(object: Object) -> Container {
    let mut extra = object.extra.0.into_string();
    extra.truncate(extra.len() - 1);
    member(&mut extra, "meta_data");
    extra.push_str(Json::of(&object.metadata).as_str());
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
    let mut tags = Pairs::default();
    for d in root.each("TagSet/Tag") {
        tags.0.push((d.need("Key")?, d.need("Value")?));
    }
    Ok(tags)
}

pub(super) fn cors(root: Doc<'_>) -> Result<Vec<CorsRule>> {
    let mut rules = Vec::new();
    for d in root.each("Cors/CorsRule") {
        rules.push(CorsRule {
            origins: list(d, "AllowedOrigins"),
            methods: list(d, "AllowedMethods"),
            headers: list(d, "AllowedHeaders"),
            expose: list(d, "ExposedHeaders"),
            max_age: d.opt("MaxAgeInSeconds"),
        });
    }
    Ok(rules)
}

/// What stands between commas.
fn list(d: Doc<'_>, name: &str) -> Vec<String> {
    let mut list = Vec::new();
    for one in d.text(name).split(',').map(str::trim_ascii).filter(|one| !one.is_empty()) {
        list.push(one.to_owned());
    }
    list
}
