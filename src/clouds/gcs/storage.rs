//! Cloud Storage's buckets and objects. <https://cloud.google.com/storage/docs/json_api/v1/objects>

use super::{batch, presign, read, write};
use crate::clouds::s3::write::{check_body, check_upload, covers, range};
use crate::core::call::{Call, Cycle, Found, Page, Step};
use crate::core::error::{Error, Kind, Result, Secret};
use crate::core::http::{Body, Method, Request, Response, path};
use crate::core::link::Link;
use crate::core::wire::{Doc, Json, Tree, number_text, object};
use crate::storage::{
    Container, CorsRule, Download, DownloadOptions, Limits, ListObjects, Listing, Object, Part, PartPlace, Presign, Storage, Undeleted,
    UploadOptions, Version,
};

/// The storage driver.
pub struct Gcs(Link);

/// A part of an upload but the last is a multiple of this, in bytes.
const UNIT: u64 = 256 << 10;

const BUCKET: &str = "/storage/v1/b/*";
const OBJECTS: &str = "/storage/v1/b/*/o";
const OBJECT: &str = "/storage/v1/b/*/o/*";

impl Gcs {
    /// A driver for a task.
    pub fn new(link: Link) -> Gcs {
        Gcs(link)
    }

    /// A request to the account's project, whose buckets it is about.
    fn project(&self, method: Method) -> Request {
        let project = self.0.setting("project");
        let request = Request::new(method, "/storage/v1/b").query("project", project);
        match project {
            "" => request.check::<()>(Err(Error::invalid("field \"projectId\" is missing: buckets are listed and created in a project"))),
            _ => request,
        }
    }
}

/// A request, which is kept.
fn once(first: &Request) -> Request {
    let mut request = Request::new(first.method, first.path.as_str());
    request.query.clone_from(&first.query);
    request.fault.clone_from(&first.fault);
    request.headers = first.headers.clone();
    if let Body::Bytes(bytes) = &first.body {
        request.body = Body::Bytes(bytes.clone());
    }
    request.idempotent = first.idempotent;
    request
}

/// The same once more, with one thing else in its query.
fn again(first: &Request, name: &str, value: &str) -> Request {
    once(first).query(name, value)
}

/// The pages of a list.
struct Pages {
    first: Request,
    tokens: Cycle,
}

impl Pages {
    /// The first, and what gives the others.
    fn of(first: Request) -> (Request, Pages) {
        (once(&first), Pages { first, tokens: Cycle::default() })
    }

    /// The request for the page after this one. A token that comes again would bring the same page for ever.
    fn next(&mut self, root: Doc<'_>) -> Option<Request> {
        let token = root.text("nextPageToken");
        if token.is_empty() || self.tokens.closes(token) {
            return None;
        }
        Some(again(&self.first, "pageToken", token))
    }
}

impl Page for Pages {
    fn page(&mut self, response: &Response, found: &mut dyn Found) -> Result<Option<Request>> {
        let tree = Tree::json(response.text()?)?;
        tree.root().each("items").try_for_each(|d| found.item(d))?;
        Ok(self.next(tree.root()))
    }
}

/// The first page of a container's objects, with these of their fields.
fn listing(container: &str, options: &ListObjects, items: &str) -> Request {
    let given = |option: &Option<String>| option.clone().filter(|text| !text.is_empty());
    let page_size = match options.page_size {
        Some(0) => Err(Error::invalid("pageSize must be at least 1")),
        _ => Ok(()),
    };
    Request::get(path(OBJECTS, &[container]))
        .check(page_size)
        .query_opt("prefix", given(&options.prefix))
        .query_opt("delimiter", given(&options.delimiter))
        .query_opt("startOffset", given(&options.start_after))
        .query_opt("maxResults", options.page_size.map(number_text))
        .query("fields", ["nextPageToken,prefixes,items(", items, ")"].concat())
}

/// A request that uploads an object, in this way.
fn upload(container: &str, name: &str, way: &str) -> Request {
    let request = Request::post(path("/upload/storage/v1/b/*/o", &[container])).check(check_name(name));
    request.query("uploadType", way).query("name", name)
}

/// A request to an upload that was started.
fn session(method: Method, container: &str, name: &str, id: &str) -> Request {
    let mut request = upload(container, name, "resumable").query("upload_id", id).header("x-guploader-no-308", "yes").repeatable();
    request.method = method;
    request.check(check_upload(id))
}

/// A request that starts an upload. Repeated, it starts another, which costs nothing and ends by itself.
fn start(container: &str, name: &str, options: &UploadOptions, whole: bool) -> Request {
    let resource = write::resource(options, if whole { options.checksum.as_deref() } else { None });
    let request = upload(container, name, "resumable").check(resource.clone()).json(resource.unwrap_or_default());
    write::stored_as(request, options, "predefinedAcl", "kmsKeyName").repeatable()
}

/// A request for an object. A name that the XML API's addresses cannot carry is refused for all operations, as everywhere.
fn object_at(method: Method, container: &str, name: &str) -> Request {
    Request::new(method, path(OBJECT, &[container, name])).check(check_name(name))
}

fn check_name(name: &str) -> Result<()> {
    presign::place("b", Some(name)).map(|_| ())
}

/// `bytes 0-4/5`; the end is known for the last bytes only.
fn content_range(offset: u64, size: u64, last: bool) -> String {
    let end = number_text(offset + size);
    match size {
        0 => ["bytes */", &end].concat(),
        _ => ["bytes ", &number_text(offset), "-", &number_text(offset + size - 1), "/", if last { &end } else { "*" }].concat(),
    }
}

#[cold]
fn kept_less() -> Error {
    Error::new(Kind::Unavailable, "the provider did not keep all bytes of the upload: send them again")
}

impl Storage for Gcs {
    fn link(&mut self) -> &mut Link {
        &mut self.0
    }

    fn list_containers(&mut self) -> Call<'_, Vec<Container>> {
        let (request, pages) = Pages::of(self.project(Method::Get));
        Call::pages(&mut self.0, "list_containers", request, pages, read::container)
    }

    fn get_container(&mut self, name: &str) -> Call<'_, Container> {
        Call::json(&mut self.0, "get_container", Request::get(path(BUCKET, &[name])), read::container)
    }

    fn create_container(&mut self, name: &str) -> Call<'_, Container> {
        let location = Some(self.0.setting("location").to_owned()).filter(|location| !location.is_empty());
        let request = self.project(Method::Post).json(object(&[("name", name.into()), ("location", location.into())]));
        Call::json(&mut self.0, "create_container", request, read::container)
    }

    fn delete_container(&mut self, name: &str) -> Call<'_, ()> {
        Call::done(&mut self.0, "delete_container", Request::delete(path(BUCKET, &[name])))
    }

    fn list_objects(&mut self, container: &str, options: &ListObjects) -> Call<'_, Listing> {
        let (request, mut pages) = Pages::of(listing(container, options, read::FIELDS));
        let (container, after) = (container.to_owned(), options.start_after.clone().unwrap_or_default());
        let read = move |response: &mut Response| {
            let tree = Tree::json(response.text()?)?;
            let root = tree.root();
            let mut listing = Listing { prefixes: root.opt("prefixes").unwrap_or_default(), ..Listing::default() };
            // The provider's offset is part of the list.
            for d in root.each("items").filter(|d| after.is_empty() || d.text("name") != after) {
                listing.objects.push(read::object(d, &container)?);
            }
            Ok(match pages.next(root) {
                Some(next) => Step::Part(listing, next),
                None => Step::Done(listing),
            })
        };
        Call::parts(&mut self.0, "list_objects", request, read, |list, mut more| {
            list.objects.append(&mut more.objects);
            list.prefixes.append(&mut more.prefixes);
        })
    }

    fn get_object(&mut self, container: &str, name: &str, options: &DownloadOptions) -> Call<'_, Object> {
        let request = self::get(container, name, options).query("fields", read::FIELDS);
        let container = container.to_owned();
        Call::new(&mut self.0, "get_object", request, move |response| read::stored(response, &container))
    }

    /// By the XML API, whose headers tell all of the object. Where it has no such condition (that the generation is another),
    /// or the runtime hides its headers, a second request looks at the object.
    fn download(&mut self, container: &str, name: &str, options: &DownloadOptions) -> Call<'_, Download> {
        let range = range(options);
        let tells = options.if_none_match.is_none();
        let request = if tells {
            let request = read_by(Request::get(presign::place(container, Some(name))), options);
            request.header_opt("x-goog-if-generation-match", options.if_match.as_deref().map(write::generation))
        } else {
            get(container, name, options).query("alt", "media")
        };
        let request = request.check(range.clone()).header_opt("range", range.ok().flatten()).stream();
        let (container, name, mut options) = (container.to_owned(), name.to_owned(), options.clone());
        let host = self.0.account().host().clone();
        let mut waiting: Option<Download> = None;
        let read = move |response: &mut Response| {
            if let Some(mut got) = waiting.take() {
                got.object = read::stored(response, &container)?;
                return Ok(Step::Done(got));
            }
            let object = if tells { read::downloaded(response, &container, &name) } else { None };
            let body = match std::mem::take(&mut response.body) {
                Body::Stream(stream) => stream,
                body => host.stream(body.bytes().to_vec()),
            };
            // A runtime that decodes the bytes does not change the header that tells their length.
            let length = body.length.filter(|_| response.header("content-encoding").is_empty());
            if response.status != 206 && !covers(&options, object.as_ref().map(|o| o.size).or(length)) {
                return Err(Error::malformed("the provider sent the whole object although a range was asked for"));
            }
            let known = object.is_some();
            let got = Download { object: object.unwrap_or_default(), body, length };
            if known {
                return Ok(Step::Done(got));
            }
            waiting = Some(got);
            let version = response.headers.get("x-goog-generation").map(str::to_owned).or(options.version.take());
            let same = DownloadOptions { version, ..std::mem::take(&mut options) };
            Ok(Step::Send(get(&container, &name, &same).query("fields", read::FIELDS)))
        };
        Call::steps(&mut self.0, "download", request, read)
    }

    /// In one request where there is nothing to say of the object but its media type. Otherwise what is said comes first, and
    /// then the bytes: they are not put together with it, for they do not come this way.
    fn put_object(&mut self, container: &str, name: &str, body: Body, options: &UploadOptions) -> Call<'_, Object> {
        let (size, checked) = (body.length().unwrap_or(0), check_body(&body));
        let (container, name, key) = (container.to_owned(), name.to_owned(), options.customer_key.clone());
        let mut body = Some(body);
        let request = if write::has_resource(options) {
            start(&container, &name, options, true)
        } else {
            let content_type = options.content_type.as_deref().unwrap_or("application/octet-stream");
            let request = upload(&container, &name, "media").query("fields", read::FIELDS).header("content-type", content_type);
            write::stored_as(request, options, "predefinedAcl", "kmsKeyName").body(body.take().unwrap_or_default())
        };
        Call::steps(&mut self.0, "put_object", request.check(checked), move |response| {
            let Some(body) = body.take() else { return Ok(Step::Done(read::stored(response, &container)?)) };
            let request =
                session(Method::Put, &container, &name, &read::upload(response)?).header("content-range", content_range(0, size, true));
            Ok(Step::Send(write::keyed(request, key.as_ref().map(Secret::expose)).body(body)))
        })
    }

    fn delete_object(&mut self, container: &str, name: &str, version: Option<&str>) -> Call<'_, ()> {
        let request = object_at(Method::Delete, container, name).query_opt("generation", version);
        Call::done(&mut self.0, "delete_object", request)
    }

    fn delete_objects(&mut self, container: &str, names: &[String]) -> Call<'_, Vec<Undeleted>> {
        for name in names {
            if let Err(error) = presign::place(container, Some(name)) {
                return Call::failed(&mut self.0, "delete_objects", error);
            }
        }
        if names.is_empty() {
            return Call::ready(&mut self.0, "delete_objects", Vec::new());
        }
        let (container, names) = (container.to_owned(), names.to_vec());
        let mut from = 0;
        let first = batch::deletion(&container, batch::of(&names, 0));
        let read = move |response: &mut Response| {
            let mut undeleted = Vec::new();
            batch::undeleted(response, batch::of(&names, from), &mut undeleted)?;
            from += batch::MOST;
            Ok(match batch::of(&names, from) {
                [] => Step::Done(undeleted),
                next => Step::Part(undeleted, batch::deletion(&container, next)),
            })
        };
        Call::parts(&mut self.0, "delete_objects", first, read, |list, mut more| list.append(&mut more))
    }

    /// Metadata is replaced when the options give metadata, a media type, or another header of downloads. A large object, or
    /// one that goes to another place or class, takes several requests.
    fn copy_object(
        &mut self,
        container: &str,
        name: &str,
        to_container: &str,
        to_name: &str,
        options: Option<&UploadOptions>,
    ) -> Call<'_, Object> {
        let usual = UploadOptions::default();
        let options = options.unwrap_or(&usual);
        let unchecked = match options.checksum {
            Some(_) => Err(Error::unsupported("option \"checksum\": a copy has that of its source")),
            None => write::resource(options, None),
        };
        let fields = ["done,rewriteToken,totalBytesRewritten,resource(", read::FIELDS, ")"].concat();
        let rewrite = Request::post(path("/storage/v1/b/*/o/*/rewriteTo/b/*/o/*", &[container, name, to_container, to_name]));
        let rewrite = rewrite.check(check_name(name)).check(check_name(to_name)).check(unchecked.clone()).query("fields", fields);
        let rewrite = rewrite.json(unchecked.unwrap_or_default());
        let mut rewrite = write::stored_as(rewrite, options, "destinationPredefinedAcl", "destinationKmsKeyName");
        // A class alone is stored with all else that the source has, which must be said, too.
        let mut class = options.storage_class.clone().filter(|_| !write::replaces(options) && rewrite.fault.is_none());
        let request = match class {
            Some(_) => object_at(Method::Get, container, name),
            None => once(&rewrite),
        };
        let to_container = to_container.to_owned();
        let (mut written, mut stuck) = (0, 0);
        Call::steps(&mut self.0, "copy_object", request, move |response| {
            let tree = Tree::json(response.text()?)?;
            let root = tree.root();
            if let Some(class) = class.take() {
                let mut members = vec![("storageClass", class.into())];
                for name in
                    ["contentType", "cacheControl", "contentDisposition", "contentEncoding", "contentLanguage", "customTime", "metadata"]
                {
                    members.push((name, root.get(name).map_or_else(Json::default, Doc::json)));
                }
                rewrite.body = Body::Bytes(object(&members).into_string().into_bytes());
                return Ok(Step::Send(once(&rewrite)));
            }
            if let Some(copy) = root.get("resource").filter(|_| root.opt("done") == Some(true)) {
                return Ok(Step::Done(read::object(copy, &to_container)?));
            }
            let so_far = root.opt("totalBytesRewritten").unwrap_or(0_u64);
            stuck = if so_far > written { 0 } else { stuck + 1 };
            written = so_far;
            match root.text("rewriteToken") {
                token if !token.is_empty() && stuck < 10 => Ok(Step::Send(again(&rewrite, "rewriteToken", token))),
                _ => Err(Error::malformed("the provider's copy does not go on")),
            }
        })
    }

    /// Gives the secret part of the upload's address: whoever has it may write to the object, for a week.
    fn create_upload(&mut self, container: &str, name: &str, options: &UploadOptions) -> Call<'_, String> {
        let wrong = match options.checksum.as_deref() {
            None | Some("crc32c") => Ok(()),
            _ => Err(Error::unsupported("option \"checksum\" of an upload in parts must be crc32c here")),
        };
        let request = start(container, name, options, false).check(wrong);
        Call::new(&mut self.0, "create_upload", request, |response| read::upload(response))
    }

    /// A part that is no multiple of 256 KiB is the last, and completes the object.
    fn put_part(&mut self, container: &str, name: &str, upload: &str, place: &PartPlace, body: Body) -> Call<'_, Part> {
        let (size, place) = (body.length().unwrap_or(0), place.clone());
        let last = !size.is_multiple_of(UNIT);
        let request = session(Method::Put, container, name, upload).check(check_body(&body));
        let request = request.check(if size > 0 { Ok(()) } else { Err(Error::invalid("a part has at least one byte")) });
        let request = write::keyed(request, place.customer_key.as_ref().map(Secret::expose))
            .header("content-range", content_range(place.offset, size, last));
        let request = request.taking(&[308]).body(body);
        Call::new(&mut self.0, "put_part", request, move |response| {
            let kept = read::kept(response);
            if kept.is_some_and(|kept| kept < place.offset + size) || (last && kept.is_some()) {
                return Err(kept_less());
            }
            // The last one's answer is the object, and its generation the tag; in the others nothing is said.
            let tree = Tree::json(response.text()?).unwrap_or_default();
            let etag = tree.root().opt("generation").unwrap_or_default();
            Ok(Part { number: place.number, etag, size, checksum: place.checksum.clone() })
        })
    }

    /// Where the parts have checksums, the object's is compared with what they give; another object is deleted again.
    fn complete_upload(&mut self, container: &str, name: &str, upload: &str, parts: &[Part], options: &UploadOptions) -> Call<'_, Object> {
        let size: u64 = parts.iter().map(|part| part.size).sum();
        let known = match parts.iter().all(|part| part.size > 0) && !parts.is_empty() {
            true => Ok(()),
            false => Err(Error::invalid("an upload is completed from at least one part, and each tells its size")),
        };
        let generation = parts.last().map(|part| part.etag.as_str()).filter(|etag| !etag.is_empty());
        let request = if size.is_multiple_of(UNIT) {
            session(Method::Put, container, name, upload).header("content-range", content_range(size, 0, true)).taking(&[308])
        } else {
            object_at(Method::Get, container, name).query_opt("generation", generation).query("fields", read::FIELDS)
        };
        let (container, crc32c) = (container.to_owned(), write::crc32c(parts));
        let mut wrong = false;
        let request = write::keyed(request, options.customer_key.as_ref().map(Secret::expose)).check(known);
        Call::steps(&mut self.0, "complete_upload", request, move |response| {
            let differs = || {
                Error::new(
                    Kind::Conflict,
                    "the bytes that arrived have another CRC32C than those that were sent: the object was deleted again",
                )
            };
            if wrong {
                return Err(differs());
            }
            if read::unfinished(response) {
                return Err(kept_less());
            }
            let tree = Tree::json(response.text()?)?;
            let root = tree.root();
            if crc32c.as_ref().is_none_or(|crc32c| root.text("crc32c") == crc32c) {
                return Ok(Step::Done(read::object(root, &container)?));
            }
            wrong = true;
            let request = object_at(Method::Delete, &container, root.text("name"));
            Ok(Step::Send(request.query("ifGenerationMatch", root.need::<String>("generation")?)))
        })
    }

    fn abort_upload(&mut self, container: &str, name: &str, upload: &str) -> Call<'_, ()> {
        // The provider says 499 where others say 204.
        Call::done(&mut self.0, "abort_upload", session(Method::Delete, container, name, upload).taking(&[499]))
    }

    /// All that the provider has, as one part: it does not know how it came.
    fn list_parts(&mut self, container: &str, name: &str, upload: &str) -> Call<'_, Vec<Part>> {
        let request = session(Method::Put, container, name, upload).header("content-range", "bytes */*").taking(&[308]);
        Call::new(&mut self.0, "list_parts", request, |response| {
            let size = match read::kept(response) {
                Some(kept) => kept,
                // It is complete.
                None => Tree::json(response.text()?)
                    .and_then(|tree| tree.root().need("size"))
                    .map_err(|_| Error::malformed("the answer shows no Range, which tells how far the upload came"))?,
            };
            Ok(if size > 0 { vec![Part { number: 1, size, ..Part::default() }] } else { Vec::new() })
        })
    }

    /// The provider gives the oldest first, and may part the versions of a name.
    fn list_versions(&mut self, container: &str, options: &ListObjects) -> Call<'_, Vec<Version>> {
        let first = listing(container, options, "name,size,generation,updated,timeDeleted").query("versions", "true");
        let (request, mut pages) = Pages::of(first);
        let after = options.start_after.clone().unwrap_or_default();
        let mut versions: Vec<Version> = Vec::new();
        Call::steps(&mut self.0, "list_versions", request, move |response| {
            let tree = Tree::json(response.text()?)?;
            for d in tree.root().each("items").filter(|d| after.is_empty() || d.text("name") != after) {
                let version = read::version(d)?;
                let older = versions.iter().rev().take_while(|older| older.name == version.name).count();
                versions.insert(versions.len() - older, version);
            }
            Ok(match pages.next(tree.root()) {
                Some(next) => Step::Send(next),
                None => Step::Done(std::mem::take(&mut versions)),
            })
        })
    }

    fn get_cors(&mut self, container: &str) -> Call<'_, Vec<CorsRule>> {
        let request = Request::get(path(BUCKET, &[container])).query("fields", "cors");
        Call::json(&mut self.0, "get_cors", request, |d| d.get("cors").map_or(Ok(Vec::new()), |list| list.all(read::cors)))
    }

    fn set_cors(&mut self, container: &str, rules: &[CorsRule]) -> Call<'_, ()> {
        // It says the same however often it is said.
        let request = Request::patch(path(BUCKET, &[container])).query("fields", "cors").json(write::cors(rules)).repeatable();
        Call::done(&mut self.0, "set_cors", request)
    }

    fn get_container_cdn_url(&mut self, container: &str) -> Call<'_, String> {
        match presign::address(&self.0, container, None) {
            Ok(url) => Call::ready(&mut self.0, "get_container_cdn_url", url),
            Err(error) => Call::failed(&mut self.0, "get_container_cdn_url", error),
        }
    }

    fn get_object_cdn_url(&mut self, container: &str, name: &str) -> Call<'_, String> {
        match presign::address(&self.0, container, Some(name)) {
            Ok(url) => Call::ready(&mut self.0, "get_object_cdn_url", url),
            Err(error) => Call::failed(&mut self.0, "get_object_cdn_url", error),
        }
    }

    fn presign(&mut self, container: &str, name: &str, options: &Presign) -> Call<'_, String> {
        let (url, text) = match presign::unsigned(&self.0, container, name, options) {
            Ok(unsigned) => unsigned,
            Err(error) => return Call::failed(&mut self.0, "presign", error),
        };
        let account = self.0.account();
        let signature = account.auth().sign_text(&**account.host(), &text);
        Call::hosted(&mut self.0, "presign", signature, move |bytes| {
            Ok([&url, "&X-Goog-Signature=", &crate::core::wire::hex(bytes)].concat())
        })
    }

    fn limits(&self) -> Limits {
        Limits { smallest: UNIT, largest: 5 << 40, unit: UNIT, most: (5 << 40) / UNIT, in_order: true }
    }

    fn options(&self) -> &'static [&'static str] {
        &["acl", "storageClass", "ifMatch", "ifNoneMatch", "checksum", "encryptionKey", "customerKey", "version"]
    }
}

/// A request for an object: this version of it, under these conditions.
fn get(container: &str, name: &str, options: &DownloadOptions) -> Request {
    let request = read_by(object_at(Method::Get, container, name), options);
    let request = request.query_opt("ifGenerationMatch", options.if_match.as_deref().map(write::generation));
    request.query_opt("ifGenerationNotMatch", options.if_none_match.as_deref().map(write::generation))
}

/// With what both APIs call the same.
fn read_by(request: Request, options: &DownloadOptions) -> Request {
    write::keyed(request.query_opt("generation", options.version.as_deref()), options.customer_key.as_ref().map(Secret::expose))
}
