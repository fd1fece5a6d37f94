//! Swift's storage, and Rackspace's Cloud Files. <https://docs.openstack.org/api-ref/object-store/>

use super::objects::{self, Removal, STORE, Walk};
use crate::compute::Extra;
use crate::core::call::{Call, Found, Step};
use crate::core::error::{Error, Kind, Result};
use crate::core::host::token;
use crate::core::http::{Body, Method, Request, Response, encode_into};
use crate::core::link::Link;
use crate::core::wire::{Doc, Time, Tree, number_text, object, parse_number};
use crate::storage::{
    Container, CorsRule, Download, DownloadOptions, Limits, ListObjects, Listing, Object, Part, PartPlace, Presign, Storage, Undeleted,
    Upload, UploadOptions, Version,
};

/// The storage driver of OpenStack and Rackspace. Objects in parts are Static Large Objects: their parts lie in the container
/// `NAME_segments`, which is made when one is needed, and go when the object goes.
pub struct Swift {
    link: Link,
    /// Whether it is Cloud Files, which has a delivery network and no versions by id.
    rackspace: bool,
}

/// What Swift has.
pub const OPERATIONS: &[&str] = &[
    "listContainers",
    "getContainer",
    "createContainer",
    "deleteContainer",
    "listObjects",
    "getObject",
    "download",
    "putObject",
    "deleteObject",
    "deleteObjects",
    "copyObject",
    "createUpload",
    "putPart",
    "completeUpload",
    "abortUpload",
    "listUploads",
    "listParts",
    "listVersions",
    "getCors",
    "setCors",
    "presign",
];

/// What Cloud Files has.
pub const CLOUD_FILES: &[&str] = &[
    "listContainers",
    "getContainer",
    "createContainer",
    "deleteContainer",
    "listObjects",
    "getObject",
    "download",
    "putObject",
    "deleteObject",
    "deleteObjects",
    "copyObject",
    "createUpload",
    "putPart",
    "completeUpload",
    "abortUpload",
    "listUploads",
    "listParts",
    "getCors",
    "setCors",
    "getContainerCdnUrl",
    "getObjectCdnUrl",
    "enableContainerCdn",
    "presign",
];

/// How many parts a list of them has at most, unless its operator allows more.
const MOST_PARTS: u64 = 1000;
const CDN: &str = "rax:object-cdn";
/// What Swift lets pages of other origins do, whatever the rule's methods.
const METHODS: [&str; 6] = ["GET", "HEAD", "PUT", "POST", "DELETE", "COPY"];
const MISSING: &[u16] = &[404];

impl Swift {
    /// A driver for a task.
    pub fn new(link: Link, rackspace: bool) -> Swift {
        Swift { link, rackspace }
    }
}

impl Storage for Swift {
    fn link(&mut self) -> &mut Link {
        &mut self.link
    }

    fn list_containers(&mut self) -> Call<'_, Vec<Container>> {
        pages(&mut self.link, "list_containers", Walk::new(None, &[], ""), objects::container)
    }

    fn get_container(&mut self, name: &str) -> Call<'_, Container> {
        let (request, name) = (objects::request(Method::Head, name, None), name.to_owned());
        Call::new(&mut self.link, "get_container", request, move |response| Ok(objects::container_of(response, &name)))
    }

    /// Sent once: a repetition would find what the first attempt made.
    fn create_container(&mut self, name: &str) -> Call<'_, Container> {
        let (mut request, name) = (objects::request(Method::Put, name, None), name.to_owned());
        request.idempotent = false;
        Call::new(&mut self.link, "create_container", request, move |response| match response.status {
            202 => Err(Error::new(Kind::Conflict, "the container exists already").with_status(202)),
            _ => Ok(Container { name: name.clone(), created_at: None, extra: Extra(object(&[("object_count", 0_u64.into())])) }),
        })
    }

    /// Takes the container of its objects' parts with it, if that is empty too.
    fn delete_container(&mut self, name: &str) -> Call<'_, ()> {
        let request = objects::request(Method::Delete, name, None);
        let mut parts = Some(objects::request(Method::Delete, &objects::segments(name), None).taking(&[404, 409]));
        Call::steps(&mut self.link, "delete_container", request, move |_| {
            Ok(parts.take().filter(|request| request.fault.is_none()).map_or(Step::Done(()), Step::Send))
        })
    }

    fn list_objects(&mut self, container: &str, options: &ListObjects) -> Call<'_, Listing> {
        let mut walk = walk(container, options, "");
        let container = container.to_owned();
        let first = walk.request().check(page_size(options));
        let read = move |response: &mut Response| {
            let mut listing = Listing::default();
            let next = walk.page(response, &mut |d| {
                match d.text("subdir") {
                    "" => listing.objects.push(objects::entry(d, &container)?),
                    prefix => listing.prefixes.push(prefix.to_owned()),
                }
                Ok(())
            })?;
            Ok(match next {
                Some(request) => Step::Part(listing, request),
                None => Step::Done(listing),
            })
        };
        Call::parts(&mut self.link, "list_objects", first, read, |list, mut more| {
            list.objects.append(&mut more.objects);
            list.prefixes.append(&mut more.prefixes);
        })
    }

    fn get_object(&mut self, container: &str, name: &str, options: &DownloadOptions) -> Call<'_, Object> {
        let request = objects::conditional(objects::request(Method::Head, container, Some(name)), options);
        head(&mut self.link, "get_object", request, container, name)
    }

    fn download(&mut self, container: &str, name: &str, options: &DownloadOptions) -> Call<'_, Download> {
        let range = objects::range(options);
        let wanted = DownloadOptions { start: options.start, end: options.end, suffix: options.suffix, ..DownloadOptions::default() };
        let request = objects::conditional(objects::request(Method::Get, container, Some(name)), options);
        let request = request.check(range.clone()).header_opt("range", range.ok().flatten()).stream();
        let mut look = Some(objects::conditional(objects::request(Method::Head, container, Some(name)), options));
        let (container, name) = (container.to_owned(), name.to_owned());
        let host = self.link.account().host().clone();
        let mut waiting: Option<Download> = None;
        let read = move |response: &mut Response| {
            if let Some(mut got) = waiting.take() {
                got.object.size = objects::content_length(response)?;
                return Ok(Step::Done(got));
            }
            let size = if response.status == 206 { objects::whole(response) } else { objects::content_length(response) };
            let object = objects::object_of(response, &container, &name, *size.as_ref().unwrap_or(&0));
            if response.status != 206 && !objects::covers(&wanted, size.as_ref().ok().copied()) {
                return Err(Error::malformed("the provider sent the whole object although a range was asked for"));
            }
            let body = match std::mem::take(&mut response.body) {
                Body::Stream(stream) => stream,
                body => host.stream(body.bytes().to_vec()),
            };
            // A runtime that decodes the bytes does not change the header that tells their length.
            let length = body.length.filter(|_| response.header("content-encoding").is_empty());
            let got = Download { object, body, length };
            let Some(look) = look.take().filter(|_| size.is_err()) else { return Ok(Step::Done(got)) };
            // The runtime hides the header (Content-Range unless CORS exposes it): HEAD tells as well.
            waiting = Some(got);
            Ok(Step::Send(look))
        };
        Call::steps(&mut self.link, "download", request, read)
    }

    fn put_object(&mut self, container: &str, name: &str, body: Body, options: &UploadOptions) -> Call<'_, Object> {
        let request = objects::stored_as(objects::request(Method::Put, container, Some(name)), options);
        let request = objects::only_new(request.check(objects::check_body(&body)), options);
        let stored = objects::stored(container, name, body.length().unwrap_or(0), options);
        Call::new(&mut self.link, "put_object", request.body(body), move |response| {
            let seen = objects::object_of(response, "", "", 0);
            let version = response.headers.get("x-object-version-id").map(str::to_owned);
            let md5 = objects::sum(response.header("etag"));
            let extra = Extra(object(&[("md5", md5.into()), ("version_id", version.into())]));
            Ok(Object { etag: seen.etag, last_modified: seen.last_modified, extra, ..stored.clone() })
        })
    }

    /// Looks at the object first: one in parts is deleted with them. When the current version is deleted, the one before it
    /// becomes current, as in other stores; Swift alone would leave none.
    fn delete_object(&mut self, container: &str, name: &str, version: Option<&str>) -> Call<'_, ()> {
        let request = objects::request(Method::Head, container, Some(name)).query_opt("version-id", version).taking(MISSING);
        let (container, name, version) = (container.to_owned(), name.to_owned(), version.map(str::to_owned));
        let mut stage = 0;
        Call::steps(&mut self.link, "delete_object", request, move |response| {
            stage += 1;
            match stage {
                1 => return Ok(Step::Send(objects::delete(&container, &name, version.as_deref(), response))),
                2 => {
                    objects::deleted(response)?;
                    if version.is_some() && response.header("x-object-current-version-id") == "null" {
                        let query = [("versions", "true"), ("prefix", &name), ("limit", "1")];
                        return Ok(Step::Send(Walk::new(Some(&container), &query, "").request()));
                    }
                }
                3 => {
                    let tree = Tree::json(response.text()?)?;
                    let next = tree.root().children().next().map(objects::version).transpose()?;
                    if let Some(next) = next.filter(|v| v.name == name && !v.deleted && !v.latest) {
                        return Ok(Step::Send(objects::request(Method::Put, &container, Some(&name)).query("version-id", next.id)));
                    }
                }
                _ => {}
            }
            Ok(Step::Done(()))
        })
    }

    /// A cluster deletes many at once and leaves the parts of those that have some: these are found by their parts' names,
    /// and deleted one by one, with them. What is not there counts as deleted.
    fn delete_objects(&mut self, container: &str, names: &[String]) -> Call<'_, Vec<Undeleted>> {
        let mut removal = Removal::new(container, names.to_vec());
        let (from, to) = removal.span();
        let mut walk = Walk::new(Some(&objects::segments(container)), &[("end_marker", &to)], from);
        // For a few, a look at each is cheaper than one at the parts of others.
        let look = walk.request().taking(MISSING);
        let mut looking = removal.len() > 10 && look.fault.is_none();
        if !looking {
            removal.beware_all();
        }
        let wrong = names.iter().find_map(|name| objects::address(container, Some(name)).err());
        let first = if looking { Some(look) } else { removal.next() };
        let Some(first) = first else { return Call::ready(&mut self.link, "delete_objects", Vec::new()) };
        let read = move |response: &mut Response| {
            let mut next = if looking {
                walk.page(response, &mut |d| {
                    removal.beware(d.text("name"));
                    Ok(())
                })?
                .map(|request| request.taking(MISSING))
            } else {
                removal.read(response)?
            };
            if next.is_none() {
                looking = false;
                next = removal.next();
            }
            Ok(next.map_or_else(|| Step::Done(std::mem::take(&mut removal.failed)), Step::Send))
        };
        Call::steps(&mut self.link, "delete_objects", first.check(wrong.map_or(Ok(()), Err)), read)
    }

    /// An object in parts becomes one in one piece, which has at most 5 GiB. Metadata is replaced when the options give
    /// metadata, a media type, or another header of downloads.
    fn copy_object(
        &mut self,
        container: &str,
        name: &str,
        to_container: &str,
        to_name: &str,
        options: Option<&UploadOptions>,
    ) -> Call<'_, Object> {
        let from = objects::address(container, Some(name));
        let request = objects::request(Method::Put, to_container, Some(to_name)).check(from.clone());
        let mut request = request.header("x-copy-from", from.unwrap_or_default());
        if let Some(options) = options {
            // Swift would hold conditions against the source.
            let conditions = match (&options.if_match, &options.if_none_match) {
                (None, None) => Ok(()),
                _ => Err(Error::unsupported("ifMatch and ifNoneMatch are not for copies here")),
            };
            let before = request.headers.iter().count();
            request = objects::stored_as(request.check(conditions), options);
            if request.headers.iter().count() > before {
                request = request.header("x-fresh-metadata", "true");
            }
        }
        let (container, name) = (to_container.to_owned(), to_name.to_owned());
        let mut look = Some(objects::request(Method::Head, &container, Some(&name)));
        Call::steps(&mut self.link, "copy_object", request, move |response| match look.take() {
            Some(look) => Ok(Step::Send(look)),
            None => Ok(Step::Done(objects::object_of(response, &container, &name, objects::content_length(response)?))),
        })
    }

    /// Makes the container of parts, with the storage policy of the other, and leaves a mark there.
    fn create_upload(&mut self, container: &str, name: &str, options: &UploadOptions) -> Call<'_, String> {
        let id = token(&**self.link.account().host());
        let segments = objects::segments(container);
        let mark = objects::request(Method::Put, &segments, Some(&objects::mark(name, &id)));
        // What the completion or a part would be refused for is refused here.
        let mut ahead = objects::only_new(objects::stored_as(objects::request(Method::Put, container, Some(name)), options), options);
        let part = objects::address(&segments, Some(&objects::part_name(name, &id, 1)));
        let ahead = ahead.fault.take().map_or(Ok(()), Err);
        let request = objects::request(Method::Head, container, None).check(ahead).check(part);
        let mut steps = Some(mark);
        let mut made = false;
        Call::steps(&mut self.link, "create_upload", request, move |response| {
            if !std::mem::replace(&mut made, true) {
                let policy = response.headers.get("x-storage-policy").map(str::to_owned);
                // It is there already, with another policy.
                return Ok(Step::Send(
                    objects::request(Method::Put, &segments, None).header_opt("x-storage-policy", policy).taking(&[409]),
                ));
            }
            Ok(steps.take().map_or_else(|| Step::Done(id.clone()), Step::Send))
        })
    }

    fn put_part(&mut self, container: &str, name: &str, upload: &str, place: &PartPlace, body: Body) -> Call<'_, Part> {
        let (number, size) = (place.number, body.length().unwrap_or(0));
        let numbers = match number {
            1..=MOST_PARTS => Ok(()),
            _ => Err(Error::invalid("a part's number is from 1 to 1000")),
        };
        if let Err(wrong) = objects::check_upload(upload).and(numbers).and(objects::check_body(&body)) {
            return Call::failed(&mut self.link, "put_part", wrong);
        }
        let path = objects::part_name(name, upload, number);
        let request = objects::request(Method::Put, &objects::segments(container), Some(&path));
        Call::new(&mut self.link, "put_part", request.body(body), move |response| {
            let hidden = || Error::malformed("the answer shows no ETag, which parts need: let the container's CORS rules expose it");
            Ok(Part { number, etag: objects::bare(response.header("etag")).ok_or_else(hidden)?, size, checksum: None })
        })
    }

    fn complete_upload(&mut self, container: &str, name: &str, upload: &str, parts: &[Part], options: &UploadOptions) -> Call<'_, Object> {
        let list = objects::manifest(container, name, upload, parts, MOST_PARTS);
        let request = objects::stored_as(objects::request(Method::Put, container, Some(name)), options);
        let request = objects::only_new(request, options).check(objects::check_upload(upload)).check(list.clone());
        let (list, size) = list.unwrap_or_default();
        let request = request.query("multipart-manifest", "put").header("accept", "application/json").taking(&[400]);
        let mut put = Some(request.body(Body::Bytes(list.into_bytes())));
        let ahead = put.as_mut().and_then(|put| put.fault.take()).map_or(Ok(()), Err);
        let mut upload = Standing::new(container, name, upload);
        let mut stored = objects::stored(container, name, size.unwrap_or(0), options);
        let mut told = size.is_some();
        let first = upload.look().check(ahead);
        Call::steps(&mut self.link, "complete_upload", first, move |response| {
            let next = match upload.stage {
                Stage::Put => {
                    objects::deleted(response)?;
                    stored.etag = objects::bare(response.header("etag"));
                    stored.last_modified = Time::parse(response.header("last-modified"));
                    upload.stage = Stage::Mark;
                    upload.unmark()
                }
                Stage::Mark if !std::mem::replace(&mut told, true) => upload.look().taking(&[]),
                Stage::Mark | Stage::Remove => {
                    if size.is_none() && matches!(upload.stage, Stage::Mark) {
                        stored.size = objects::content_length(response)?;
                    }
                    // What it was put together from before.
                    match upload.remove(response)? {
                        Some(request) => request,
                        None => return Ok(Step::Done(stored.clone())),
                    }
                }
                _ => match upload.read(response)? {
                    Some(manifest) => manifest,
                    None => {
                        upload.stage = Stage::Put;
                        match put.take() {
                            Some(put) => put,
                            None => return Ok(Step::Done(stored.clone())),
                        }
                    }
                },
            };
            Ok(Step::Send(next))
        })
    }

    /// Deletes the parts, unless the object stands that was put together from them.
    fn abort_upload(&mut self, container: &str, name: &str, upload: &str) -> Call<'_, ()> {
        let check = objects::check_upload(upload);
        let mut upload = Standing::new(container, name, upload);
        let first = upload.look().check(check);
        Call::steps(&mut self.link, "abort_upload", first, move |response| upload.abort(response))
    }

    fn list_uploads(&mut self, container: &str) -> Call<'_, Vec<Upload>> {
        let mut walk = Walk::new(Some(&objects::segments(container)), &[("prefix", objects::PENDING)], "");
        let first = walk.request().taking(MISSING);
        let page = move |response: &Response, found: &mut dyn Found| {
            walk.page(response, &mut |d| if objects::pending(d).is_some() { found.item(d) } else { Ok(()) })
        };
        let read = |d: Doc<'_>| objects::pending(d).ok_or_else(|| Error::malformed("a mark of an upload is none"));
        Call::pages(&mut self.link, "list_uploads", first, page, read)
    }

    /// An upload without parts is told from one that is not there by its mark.
    fn list_parts(&mut self, container: &str, name: &str, upload: &str) -> Call<'_, Vec<Part>> {
        let segments = objects::segments(container);
        let mut walk = Walk::new(Some(&segments), &[("prefix", &objects::parts_of(name, upload))], "");
        let first = walk.request().check(objects::check_upload(upload));
        let mut mark = Some(objects::request(Method::Head, &segments, Some(&objects::mark(name, upload))));
        let mut any = false;
        let page = move |response: &Response, found: &mut dyn Found| {
            let next = walk.page(response, &mut |d| {
                any = true;
                found.item(d)
            })?;
            Ok(if any { next } else { next.or_else(|| mark.take()) })
        };
        Call::pages(&mut self.link, "list_parts", first, page, objects::part)
    }

    fn list_versions(&mut self, container: &str, options: &ListObjects) -> Call<'_, Vec<Version>> {
        if self.rackspace {
            return Call::unsupported(&mut self.link, "list_versions");
        }
        let mut walk = walk(container, options, "true");
        let first = walk.request().check(page_size(options));
        // With a delimiter, there are prefixes too, which have no versions.
        let page = move |response: &Response, found: &mut dyn Found| {
            walk.page(response, &mut |d| if d.text("subdir").is_empty() { found.item(d) } else { Ok(()) })
        };
        Call::pages(&mut self.link, "list_versions", first, page, objects::version)
    }

    /// A container has one rule at most, for all methods and headers.
    fn get_cors(&mut self, container: &str) -> Call<'_, Vec<CorsRule>> {
        Call::new(&mut self.link, "get_cors", objects::request(Method::Head, container, None), |response| {
            let words = |name: &str| -> Vec<String> { response.header(name).split_ascii_whitespace().map(str::to_owned).collect() };
            let [origin, expose, age] = CORS;
            let rule = CorsRule {
                origins: words(origin),
                methods: METHODS.iter().map(|m| (*m).to_owned()).collect(),
                headers: vec!["*".to_owned()],
                expose: words(expose),
                max_age: parse_number(response.header(age)),
            };
            Ok(if rule.origins.is_empty() { Vec::new() } else { vec![rule] })
        })
    }

    /// One rule, or none. Swift's rules open all methods and request headers to an origin, whichever the rule names.
    fn set_cors(&mut self, container: &str, rules: &[CorsRule]) -> Call<'_, ()> {
        let none = CorsRule::default();
        let (rule, fault) = match rules {
            [] => (&none, Ok(())),
            [rule] if !rule.origins.is_empty() => (rule, Ok(())),
            [_] => (&none, Err(Error::invalid("a CORS rule needs origins, as https://example.com, or *"))),
            _ => (&none, Err(Error::unsupported("a container has one CORS rule here: put all origins into it"))),
        };
        let mut request = objects::request(Method::Post, container, None).check(fault).repeatable();
        let age = rule.max_age.map(number_text).unwrap_or_default();
        for (header, value) in CORS.into_iter().zip([rule.origins.join(" "), rule.expose.join(" "), age]) {
            request = match (value.is_empty(), header.strip_prefix('x')) {
                (true, Some(name)) => request.header(["x-remove", name].concat(), "x"),
                _ => request.header(header, value),
            };
        }
        Call::done(&mut self.link, "set_cors", request)
    }

    fn get_container_cdn_url(&mut self, container: &str) -> Call<'_, String> {
        cdn_url(self, "get_container_cdn_url", container, None)
    }

    fn get_object_cdn_url(&mut self, container: &str, name: &str) -> Call<'_, String> {
        cdn_url(self, "get_object_cdn_url", container, Some(name))
    }

    fn enable_container_cdn(&mut self, container: &str) -> Call<'_, ()> {
        if !self.rackspace {
            return Call::unsupported(&mut self.link, "enable_container_cdn");
        }
        let request = objects::request(Method::Put, container, None).to(CDN).header("x-cdn-enabled", "True");
        Call::done(&mut self.link, "enable_container_cdn", request)
    }

    /// A temporary URL. The first of an account asks Keystone where the objects are.
    fn presign(&mut self, container: &str, name: &str, options: &Presign) -> Call<'_, String> {
        let seconds = options.expires_in.unwrap_or(3600);
        let method = Method::parse(options.method.as_deref().unwrap_or("GET"));
        let usable = match (&method, &options.content_type, seconds) {
            (Ok(Method::Patch | Method::Options), ..) => Err(Error::invalid("a URL can be presigned for GET, HEAD, PUT, POST or DELETE")),
            (_, Some(_), _) => Err(Error::unsupported("contentType is not signed here: leave it out")),
            (.., 0) => Err(Error::invalid("expiresIn must be at least 1")),
            _ => method,
        };
        let mut request = objects::request(*usable.as_ref().unwrap_or(&Method::Get), container, Some(name)).check(usable);
        let account = self.link.account().clone();
        let home = account.service_url(STORE);
        let mut sign = move || {
            request.base = account.service_url(STORE)?;
            account.presign(&request, seconds)
        };
        // Before the first log-in nobody knows where the objects are; but what is wrong is wrong anywhere.
        match (sign(), home) {
            (Ok(_), Ok(None)) => Call::steps(&mut self.link, "presign", Request::head("/").to(STORE), move |_| sign().map(Step::Done)),
            (Ok(url), _) => Call::ready(&mut self.link, "presign", url),
            (Err(error), _) => Call::failed(&mut self.link, "presign", error),
        }
    }

    fn limits(&self) -> Limits {
        Limits { smallest: 1 << 20, largest: 5 << 30, unit: 1, most: MOST_PARTS, in_order: false }
    }

    fn options(&self) -> &'static [&'static str] {
        if self.rackspace { &["ifMatch", "ifNoneMatch"] } else { &["ifMatch", "ifNoneMatch", "version"] }
    }
}

const CORS: [&str; 3] = [
    "x-container-meta-access-control-allow-origin",
    "x-container-meta-access-control-expose-headers",
    "x-container-meta-access-control-max-age",
];

fn page_size(options: &ListObjects) -> Result<()> {
    if options.page_size == Some(0) { Err(Error::invalid("pageSize must be at least 1")) } else { Ok(()) }
}

/// A listing of objects, or of versions.
fn walk(container: &str, options: &ListObjects, versions: &str) -> Walk {
    let text = |option: &Option<String>| option.clone().unwrap_or_default();
    let (prefix, delimiter, limit) =
        (text(&options.prefix), text(&options.delimiter), options.page_size.map(number_text).unwrap_or_default());
    let query = [("versions", versions), ("prefix", &prefix), ("delimiter", &delimiter), ("limit", &limit)];
    Walk::new(Some(container), &query, &text(&options.start_after))
}

fn pages<'d, T: 'd>(link: &'d mut Link, operation: &'static str, mut walk: Walk, read: fn(Doc<'_>) -> Result<T>) -> Call<'d, Vec<T>> {
    let first = walk.request();
    let page = move |response: &Response, found: &mut dyn Found| walk.page(response, &mut |d| found.item(d));
    Call::pages(link, operation, first, page, read)
}

fn head<'d>(link: &'d mut Link, operation: &'static str, request: Request, container: &str, name: &str) -> Call<'d, Object> {
    let (container, name) = (container.to_owned(), name.to_owned());
    Call::new(link, operation, request, move |response| {
        Ok(objects::object_of(response, &container, &name, objects::content_length(response)?))
    })
}

fn cdn_url<'d>(driver: &'d mut Swift, operation: &'static str, container: &str, name: Option<&str>) -> Call<'d, String> {
    if !driver.rackspace {
        return Call::unsupported(&mut driver.link, operation);
    }
    let request = objects::request(Method::Head, container, None).to(CDN).check(objects::address(container, name));
    let name = name.map(str::to_owned);
    Call::new(&mut driver.link, operation, request, move |response| {
        let urls = [response.header("x-cdn-ssl-uri"), response.header("x-cdn-uri")];
        let url = urls.into_iter().find(|url| !url.is_empty());
        let url = match (url, response.header("x-cdn-enabled").eq_ignore_ascii_case("false")) {
            (Some(url), false) => url,
            _ => return Err(Error::new(Kind::NotFound, "the container is not on the delivery network: enableContainerCdn puts it there")),
        };
        let mut url = url.trim_end_matches('/').to_owned();
        if let Some(name) = &name {
            url.push('/');
            encode_into(&mut url, name, true);
        }
        Ok(url)
    })
}

/// An upload that ends, and what stands under the object's name before.
struct Standing {
    container: String,
    segments: String,
    name: String,
    upload: String,
    stage: Stage,
    /// Its parts.
    parts: Vec<String>,
    /// Whether they stay, for a version of it does.
    kept: bool,
    /// Whether that is this upload's own object.
    own: bool,
    listing: Walk,
    removal: Removal,
    /// How often parts were found to delete.
    rounds: u32,
}

enum Stage {
    Look,
    Manifest,
    Put,
    List,
    Remove,
    Mark,
}

impl Standing {
    fn new(container: &str, name: &str, upload: &str) -> Standing {
        let segments = objects::segments(container);
        Standing {
            listing: Walk::new(None, &[], ""),
            removal: Removal::new(&segments, Vec::new()),
            container: container.to_owned(),
            name: name.to_owned(),
            upload: upload.to_owned(),
            stage: Stage::Look,
            parts: Vec::new(),
            kept: false,
            own: false,
            rounds: 0,
            segments,
        }
    }

    fn look(&self) -> Request {
        objects::request(Method::Head, &self.container, Some(&self.name)).taking(MISSING)
    }

    fn unmark(&self) -> Request {
        objects::request(Method::Delete, &self.segments, Some(&objects::mark(&self.name, &self.upload))).taking(MISSING)
    }

    fn list(&mut self) -> Request {
        let prefix = objects::parts_of(&self.name, &self.upload);
        self.listing = Walk::new(Some(&self.segments), &[("prefix", &prefix)], "");
        self.stage = Stage::List;
        self.listing.request().taking(MISSING)
    }

    /// Reads what stands there: first its headers, then, if it is in parts, its list of them.
    fn read(&mut self, response: &Response) -> Result<Option<Request>> {
        if let Stage::Look = self.stage {
            self.stage = Stage::Manifest;
            self.kept = !matches!(response.header("x-object-version-id"), "" | "null");
            let manifest = objects::request(Method::Get, &self.container, Some(&self.name)).query("multipart-manifest", "get");
            return Ok(if objects::is_listed(response) { Some(manifest) } else { None });
        }
        for d in Tree::json(response.text()?)?.root().children() {
            let path = d.text("name");
            self.own |= path.split('/').any(|part| part == self.upload);
            if !self.kept
                && let Some(name) = path.strip_prefix('/').and_then(|path| path.strip_prefix(self.segments.as_str()))
                && let Some(name) = name.strip_prefix('/')
            {
                self.parts.push(name.to_owned());
            }
        }
        Ok(None)
    }

    /// Deletes the parts that were found, request by request.
    fn remove(&mut self, response: &Response) -> Result<Option<Request>> {
        if let Stage::Remove = self.stage {
            if let Some(more) = self.removal.read(response)? {
                return Ok(Some(more));
            }
        } else if !self.own {
            self.removal = Removal::new(&self.segments, std::mem::take(&mut self.parts));
        }
        self.stage = Stage::Remove;
        Ok(self.removal.next())
    }

    fn abort(&mut self, response: &Response) -> Result<Step<()>> {
        let next = match self.stage {
            Stage::Look | Stage::Manifest => match self.read(response)? {
                Some(manifest) => manifest,
                None if self.own => {
                    self.stage = Stage::Mark;
                    self.unmark()
                }
                None => {
                    self.parts.clear();
                    self.list()
                }
            },
            Stage::List => {
                let parts = &mut self.parts;
                let more = self.listing.page(response, &mut |d| {
                    parts.push(d.need("name")?);
                    Ok(())
                })?;
                // A listing may lag behind, so there is a second look; not for ever.
                match more {
                    Some(more) => more,
                    None if self.parts.is_empty() || self.rounds == 3 => {
                        self.stage = Stage::Mark;
                        self.unmark()
                    }
                    None => {
                        self.rounds += 1;
                        self.remove(response)?.unwrap_or_else(|| self.unmark())
                    }
                }
            }
            Stage::Remove => match self.remove(response)? {
                Some(more) => more,
                None => match self.removal.failed.pop() {
                    Some(left) => return Err(Error::new(Kind::Unavailable, ["a part could not be deleted: ", &left.message].concat())),
                    None => self.list(),
                },
            },
            Stage::Put | Stage::Mark if self.own || (self.rounds == 0 && response.status == 404) => {
                return Err(Error::new(Kind::NotFound, "there is no such upload: it was completed or aborted").with_status(404));
            }
            Stage::Put | Stage::Mark => return Ok(Step::Done(())),
        };
        Ok(Step::Send(next))
    }
}
