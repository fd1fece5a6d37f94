//! S3's storage. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>

use super::family::{Conditions, Store, store};
use super::place::Place;
use super::read::Markers;
use super::{list, read, write};
use crate::compute::Extra;
use crate::core::call::{Call, Cycle, Found, Step, decode};
use crate::core::error::{Error, Kind, Result, Secret};
use crate::core::http::{Body, Method, Request, Response, encode_into};
use crate::core::link::Link;
use crate::core::wire::{Doc, Json, Pairs, Time, number_text, object, text_element};
use crate::storage::{
    Container, CorsRule, Download, DownloadOptions, Limits, ListObjects, Listing, Object, Part, PartPlace, Presign, Storage, Undeleted,
    Upload, UploadOptions, Version, join_rows,
};

/// The storage driver of every store that speaks S3.
pub struct S3(Link, &'static Store);

/// Reads a page of a listing of this container; gives the token of the next page, too.
type ReadPage<T> = fn(&Response, &str) -> Result<(T, Option<String>)>;

/// How many names one request deletes at most.
const BATCH: usize = 1000;

impl S3 {
    /// A driver for a task.
    pub fn new(link: Link) -> S3 {
        let store = store(link.account().provider);
        S3::at(link, store)
    }

    /// The same, of this store.
    pub fn at(link: Link, store: &'static Store) -> S3 {
        S3(link, store)
    }

    fn bucket(&self, name: &str) -> Place {
        Place::bucket(&self.0, name)
    }

    fn object(&self, container: &str, name: &str) -> Place {
        Place::object(&self.0, container, name)
    }

    fn lacks(&self, operation: &str) -> bool {
        !self.1.operations.contains(&operation)
    }

    /// Refuses conditions where this store may not heed them: of objects stored by one request, or in parts.
    fn conditions(&self, options: &UploadOptions, parts: bool) -> Result<()> {
        let what = match self.1.conditions {
            Conditions::No => "stored",
            Conditions::Bare | Conditions::Whole if parts => "stored in parts",
            _ => return Ok(()),
        };
        if options.if_match.is_none() && options.if_none_match.is_none() {
            return Ok(());
        }
        Err(Error::unsupported(["this store may not heed ifMatch and ifNoneMatch of what is ", what].concat()))
    }

    fn is_ceph(&self) -> bool {
        self.1.conditions == Conditions::Bare
    }

    /// Sets the tags of an object that was copied or put together: Ceph heeds those of one stored by one request only.
    fn tags_after(&self, place: &Place, options: &UploadOptions) -> Option<Request> {
        let ceph = self.is_ceph() && !options.tags.0.is_empty();
        if ceph { Some(configure(place, "tagging", Some(write::tagging(write::NAMESPACE, &options.tags)))) } else { None }
    }

    /// With the conditions under which an object is stored.
    fn conditional(&self, request: Request, options: &UploadOptions) -> Request {
        write::conditional(request, options, self.is_ceph())
    }

    /// A listing, by who reads a page.
    fn listing<'d, T: 'd>(&'d mut self, container: &str, options: &ListObjects, page: ReadPage<T>, join: fn(&mut T, T)) -> Call<'d, T> {
        // In XML, names with control characters would be lost.
        let request = listed(self.bucket(container).request(Method::Get).query("list-type", "2").query("encoding-type", "url"), options);
        let (following, container) = (request.again(), container.to_owned());
        let request = request.query_opt("start-after", given(&options.start_after));
        let mut tokens = Cycle::default();
        // Asked for names in URL encoding, OSS encodes the token, too.
        let encoded = self.is_oss();
        let read = move |response: &mut Response| {
            let (part, token) = page(response, &container)?;
            let token = token.map(|token| if encoded { decode(&token) } else { token });
            let Some(token) = token.filter(|token| !tokens.closes(token)) else { return Ok(Step::Done(part)) };
            let next = following.again().query("continuation-token", token.as_str());
            Ok(Step::Part(part, next))
        };
        Call::parts(&mut self.0, "list_objects", request, read, join)
    }

    /// A list whose pages begin after markers of these names.
    fn marked<'d, T: 'd>(
        &'d mut self,
        operation: &'static str,
        request: Request,
        names: [&'static str; 2],
        page: fn(Doc<'_>, &mut Vec<T>) -> Result<Markers>,
    ) -> Call<'d, Vec<T>> {
        let mut following = request.again();
        // The start of the first page is its own.
        following.query.retain(|(name, _)| !names.contains(&name.as_str()));
        let mut starts = Cycle::default();
        let read = move |response: &mut Response| {
            let tree = read::document(response)?;
            let mut items = Vec::new();
            let markers = page(tree.root(), &mut items)?.filter(|[first, _]| !first.is_empty());
            if markers.as_ref().is_none_or(|markers| starts.closes(&markers.join("\0"))) {
                return Ok(Step::Done(items));
            }
            let mut next = following.again();
            for (name, marker) in names.iter().zip(markers.iter().flatten()).filter(|(_, marker)| !marker.is_empty()) {
                next = next.query(*name, marker.as_str());
            }
            Ok(Step::Part(items, next))
        };
        Call::parts(&mut self.0, operation, request, read, |list, mut more| list.append(&mut more))
    }

    /// Where a place is found without a signature.
    fn address(&mut self, operation: &'static str, name: &str, place: Place) -> Call<'_, String> {
        if self.lacks(name) {
            return Call::unsupported(&mut self.0, operation);
        }
        match place.url(&self.0.account().endpoint) {
            Ok(url) => Call::ready(&mut self.0, operation, url),
            Err(error) => Call::failed(&mut self.0, operation, error),
        }
    }

    /// How an object is looked at, all or without its bytes.
    fn look(&self, method: Method, place: &Place, options: &DownloadOptions) -> Request {
        looked_at(place.request(method), options, self.1.options.contains(&"checksum"))
    }

    fn is_aws(&self) -> bool {
        !self.0.setting("aws").is_empty()
    }

    /// Whether it is Alibaba's OSS: headers aside, which its signer renames, it has a few words of its own.
    fn is_oss(&self) -> bool {
        self.1.name == "oss"
    }

    fn namespace(&self) -> &'static str {
        if self.is_oss() { "" } else { write::NAMESPACE }
    }
}

impl Storage for S3 {
    fn link(&mut self) -> &mut Link {
        &mut self.0
    }

    fn list_containers(&mut self) -> Call<'_, Vec<Container>> {
        // Amazon refuses to list very many buckets at once; elsewhere the list has no pages, and no such parameter.
        let (limit, cursor, next) = match (self.is_aws(), self.is_oss()) {
            (true, _) => ("max-buckets", "continuation-token", "ContinuationToken"),
            (_, true) => ("max-keys", "marker", "NextMarker"),
            _ => ("", "continuation-token", "ContinuationToken"),
        };
        let page = move |token: Option<&str>| {
            let request = Request::get("/");
            let request = if limit.is_empty() { request } else { request.query(limit, "1000") };
            request.query_opt(cursor, token)
        };
        let mut tokens = Cycle::default();
        let read = move |response: &Response, found: &mut dyn Found| {
            let tree = read::document(response)?;
            let root = tree.root();
            root.each("Buckets/Bucket").try_for_each(|d| found.item(d))?;
            let token = root.text(next);
            if token.is_empty() || tokens.closes(token) {
                return Ok(None);
            }
            Ok(Some(page(Some(token))))
        };
        Call::pages(&mut self.0, "list_containers", page(None), read, read::container)
    }

    fn get_container(&mut self, name: &str) -> Call<'_, Container> {
        if self.is_oss() {
            let request = self.bucket(name).request(Method::Get).query("bucketInfo", "");
            return Call::xml(&mut self.0, "get_container", request, |d| read::container(d.get("Bucket").unwrap_or(d)));
        }
        let (request, name) = (self.bucket(name).request(Method::Head), name.to_owned());
        Call::new(&mut self.0, "get_container", request, move |response| {
            let region = response.headers.get("x-amz-bucket-region").map(str::to_owned);
            Ok(Container { name: name.clone(), extra: Extra(object(&[("bucket_region", region.into())])), ..Container::default() })
        })
    }

    fn create_container(&mut self, name: &str) -> Call<'_, Container> {
        let (mut request, name) = (self.bucket(name).request(Method::Put), name.to_owned());
        // Elsewhere the endpoint says where the bucket comes to be, and a region's name may be unknown as a location.
        let region = self.0.setting("region");
        if self.is_aws() && region != "us-east-1" {
            request = request.xml(write::document("CreateBucketConfiguration", &text_element("LocationConstraint", region)));
        }
        Call::new(&mut self.0, "create_container", request, move |_| Ok(Container { name: name.clone(), ..Container::default() }))
    }

    fn delete_container(&mut self, name: &str) -> Call<'_, ()> {
        let request = self.bucket(name).request(Method::Delete);
        Call::done(&mut self.0, "delete_container", request)
    }

    fn list_objects(&mut self, container: &str, options: &ListObjects) -> Call<'_, Listing> {
        let read = |response: &Response, container: &str| {
            let mut listing = Listing::default();
            let token = read::listing(read::document(response)?.root(), container, &mut listing)?;
            Ok((listing, token))
        };
        self.listing(container, options, read, |list, mut more| {
            list.objects.append(&mut more.objects);
            list.prefixes.append(&mut more.prefixes);
        })
    }

    fn list_rows(&mut self, container: &str, options: &ListObjects) -> Call<'_, Json> {
        self.listing(container, options, list::page, join_rows)
    }

    fn get_object(&mut self, container: &str, name: &str, options: &DownloadOptions) -> Call<'_, Object> {
        let request = conditional(self.look(Method::Head, &self.object(container, name), options), options);
        let (container, name) = (container.to_owned(), name.to_owned());
        Call::new(&mut self.0, "get_object", request, move |response| {
            Ok(read::object_of(response, container.clone(), name.clone(), read::content_length(response)?))
        })
    }

    fn download(&mut self, container: &str, name: &str, options: &DownloadOptions) -> Call<'_, Download> {
        let place = self.object(container, name);
        let (container, name, options) = (container.to_owned(), name.to_owned(), options.clone());
        let range = write::range(&options);
        let request = conditional(self.look(Method::Get, &place, &options), &options).check(range.clone());
        let request = request.header_opt("range", range.ok().flatten()).stream();
        let mut head = Some(self.look(Method::Head, &place, &options));
        let host = self.0.account().host().clone();
        let mut waiting: Option<Download> = None;
        let read = move |response: &mut Response| {
            if let Some(mut got) = waiting.take() {
                got.object.size = read::content_length(response)?;
                return Ok(Step::Done(got));
            }
            let size = if response.status == 206 { read::whole(response) } else { read::content_length(response) };
            let object = read::object_of(response, container.clone(), name.clone(), *size.as_ref().unwrap_or(&0));
            if response.status != 206 && !write::covers(&options, size.as_ref().ok().copied()) {
                return Err(Error::malformed("the provider sent the whole object although a range was asked for"));
            }
            let body = match std::mem::take(&mut response.body) {
                Body::Stream(stream) => stream,
                body => host.stream(body.bytes().to_vec()),
            };
            // A runtime that decodes the bytes does not change the header that tells their length.
            let length = body.length.filter(|_| response.header("content-encoding").is_empty());
            let got = Download { object, body, length };
            if size.is_ok() {
                return Ok(Step::Done(got));
            }
            // The runtime hides the header (Content-Range unless CORS exposes it): HEAD tells as well.
            Ok(match head.take() {
                Some(head) => {
                    waiting = Some(got);
                    Step::Send(head)
                }
                None => Step::Done(got),
            })
        };
        Call::steps(&mut self.0, "download", request, read)
    }

    fn put_object(&mut self, container: &str, name: &str, body: Body, options: &UploadOptions) -> Call<'_, Object> {
        let request = write::stored_as(self.object(container, name).request(Method::Put), options).check(write::check_body(&body));
        let request = write::with_checksum(request, options.checksum.as_deref()).check(self.conditions(options, false));
        let request = self.conditional(request, options);
        let mut object = write::stored(container, name, body.length().unwrap_or(0), options);
        let acl = options.acl.clone();
        Call::steps(&mut self.0, "put_object", request.body(body), move |response| {
            let mut object = std::mem::take(&mut object);
            object.etag = read::bare(response.header("etag"));
            object.extra = read::stored(response, acl.clone());
            Ok(Step::Done(object))
        })
    }

    fn delete_object(&mut self, container: &str, name: &str, version: Option<&str>) -> Call<'_, ()> {
        let request = self.object(container, name).request(Method::Delete).query_opt("versionId", version);
        Call::done(&mut self.0, "delete_object", request)
    }

    fn delete_objects(&mut self, container: &str, names: &[String]) -> Call<'_, Vec<Undeleted>> {
        let place = self.bucket(container);
        let namespace = self.namespace();
        let bodies: Result<Vec<String>> = names.chunks(BATCH).map(|names| write::deletion(namespace, names)).collect();
        let mut bodies = match bodies {
            Ok(bodies) => bodies.into_iter(),
            Err(error) => return Call::failed(&mut self.0, "delete_objects", error),
        };
        let mut next = move || {
            let request = place.request(Method::Post).query("delete", "").repeatable();
            Some(write::with_document(request, bodies.next()?))
        };
        let Some(first) = next() else { return Call::ready(&mut self.0, "delete_objects", Vec::new()) };
        // Of OSS, no news is good news.
        let silent = self.is_oss();
        let read = move |response: &Response, found: &mut dyn Found| {
            if silent && response.body.bytes().is_empty() {
                return Ok(next());
            }
            read::document(response)?.root().each("Error").try_for_each(|d| found.item(d))?;
            Ok(next())
        };
        Call::pages(&mut self.0, "delete_objects", first, read, read::undeleted)
    }

    /// Looks at the source first: the answer to a copy tells no size. Metadata is replaced when the options give metadata,
    /// a media type, or another header of downloads; an ACL or a storage class alone leaves it as it is. The caller's own key
    /// is that of the source, and the copy has the same.
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
        let replaces = [&options.content_type, &options.cache_control, &options.content_disposition, &options.content_encoding];
        let replaces = replaces.iter().any(|o| o.is_some()) || !options.metadata.0.is_empty();
        let replace = |really| if really { Some("REPLACE") } else { None };
        let mut source = [container, "/"].concat();
        encode_into(&mut source, name, true);
        let to = self.object(to_container, to_name);
        let after = self.tags_after(&to, options);
        let copy = to.request(Method::Put).check(self.conditions(options, false));
        let copy = self.conditional(write::stored_as(copy, options), options).header("x-amz-copy-source", source);
        let copy = write::with_algorithm(copy, options.checksum.as_deref())
            .header_opt("x-amz-metadata-directive", replace(replaces))
            .header_opt("x-amz-tagging-directive", replace(!options.tags.0.is_empty()));
        let key = options.customer_key.as_ref().map(Secret::expose);
        let mut copy = write::with_key(copy, "copy-source-", key);
        // What is wrong with the target is known before the source is looked at.
        let request = write::with_key(self.object(container, name).request(Method::Head), "", key);
        let request = request.check(copy.fault.take().map_or(Ok(()), Err));
        let (to_container, to_name) = (to_container.to_owned(), to_name.to_owned());
        let wanted = write::stored(&to_container, &to_name, 0, options);
        let mut found: Option<Object> = None;
        let mut tries = 0;
        let read = move |response: &mut Response| {
            let Some(mut object) = found.take() else {
                let size = read::content_length(response)?;
                let mut object = read::object_of(response, to_container.clone(), to_name.clone(), size);
                if replaces {
                    object.content_type.clone_from(&wanted.content_type);
                    object.metadata.clone_from(&wanted.metadata);
                }
                found = Some(object);
                return Ok(Step::Send(copy.again()));
            };
            let tree = match read::document(response) {
                Ok(tree) => tree,
                Err(error) => {
                    found = Some(object);
                    return again(error, &mut tries, copy.again());
                }
            };
            object.etag = read::bare(tree.root().text("ETag"));
            object.last_modified = tree.root().opt::<Time>("LastModified");
            object.extra = read::stored(response, None);
            Ok(Step::Done(object))
        };
        Call::steps(&mut self.0, "copy_object", request, and_then(after, read))
    }

    /// Repeated when its answer is lost: the upload that may be left of it has no parts, and costs nothing.
    fn create_upload(&mut self, container: &str, name: &str, options: &UploadOptions) -> Call<'_, String> {
        let request = self.object(container, name).request(Method::Post).query("uploads", "").repeatable();
        let request = write::stored_as(request, options).check(self.conditions(options, true));
        let request = write::with_algorithm(request, options.checksum.as_deref());
        Call::new(&mut self.0, "create_upload", request, |response| read::document(response)?.root().need("UploadId"))
    }

    fn put_part(&mut self, container: &str, name: &str, upload: &str, place: &PartPlace, body: Body) -> Call<'_, Part> {
        let numbers = match place.number {
            1..=write::MOST_PARTS => Ok(()),
            _ => Err(Error::invalid("a part's number is from 1 to 10000")),
        };
        let request = self.object(container, name).request(Method::Put).check(write::check_upload(upload)).check(numbers);
        let request = request.check(write::check_body(&body)).query("partNumber", number_text(place.number)).query("uploadId", upload);
        let request = write::with_key(request, "", place.customer_key.as_ref().map(Secret::expose));
        let request = write::with_checksum(request, place.checksum.as_deref());
        let (size, number, checksum) = (body.length().unwrap_or(0), place.number, place.checksum.clone());
        Call::new(&mut self.0, "put_part", request.body(body), move |response| {
            let hidden = || Error::malformed("the answer shows no ETag, which parts need: let the bucket's CORS rules expose it");
            Ok(Part { number, etag: read::bare(response.header("etag")).ok_or_else(hidden)?, size, checksum: checksum.clone() })
        })
    }

    /// Repeated when its answer is lost, unless there is a condition, which then its own effect would not meet.
    fn complete_upload(&mut self, container: &str, name: &str, upload: &str, parts: &[Part], options: &UploadOptions) -> Call<'_, Object> {
        let place = self.object(container, name);
        let key = DownloadOptions { customer_key: options.customer_key.clone(), ..DownloadOptions::default() };
        let mut head = Some(self.look(Method::Head, &place, &key));
        let after = self.tags_after(&place, options);
        // Without the parts' sizes, or a tag in the answer (Ceph gives none), the object itself must tell.
        let known = parts.iter().all(|part| part.size > 0);
        let size = parts.iter().map(|part| part.size).sum();
        let body = write::completion(self.namespace(), parts);
        let request =
            place.request(Method::Post).check(write::check_upload(upload)).check(body.as_ref().map_err(Error::clone)).repeatable();
        let request = request.check(self.conditions(options, true)).query("uploadId", upload).xml(body.unwrap_or_default());
        let request = write::with_key(self.conditional(request, options), "", options.customer_key.as_ref().map(Secret::expose));
        let complete = request.again();
        let (container, name) = (container.to_owned(), name.to_owned());
        let mut completed: Option<Object> = None;
        let mut tries = 0;
        let read = move |response: &mut Response| {
            if completed.take().is_some() {
                return Ok(Step::Done(read::object_of(response, container.clone(), name.clone(), read::content_length(response)?)));
            }
            let tree = match read::document(response) {
                Ok(tree) => tree,
                Err(error) => return again(error, &mut tries, complete.again()),
            };
            let etag = read::bare(tree.root().text("ETag"));
            let extra = read::completed(response, tree.root());
            let object = Object { name: name.clone(), container: container.clone(), size, etag, extra, ..Object::default() };
            if known && object.etag.is_some() {
                return Ok(Step::Done(object));
            }
            let Some(head) = head.take() else { return Ok(Step::Done(object)) };
            completed = Some(object);
            Ok(Step::Send(head))
        };
        Call::steps(&mut self.0, "complete_upload", request, and_then(after, read))
    }

    fn abort_upload(&mut self, container: &str, name: &str, upload: &str) -> Call<'_, ()> {
        let request = self.object(container, name).request(Method::Delete).check(write::check_upload(upload)).query("uploadId", upload);
        Call::done(&mut self.0, "abort_upload", request)
    }

    fn list_uploads(&mut self, container: &str) -> Call<'_, Vec<Upload>> {
        // Encoded names are not asked for: Ceph encodes them and does not say so.
        let request = self.bucket(container).request(Method::Get).query("uploads", "");
        self.marked("list_uploads", request, ["key-marker", "upload-id-marker"], read::uploads)
    }

    fn list_parts(&mut self, container: &str, name: &str, upload: &str) -> Call<'_, Vec<Part>> {
        let request = self.object(container, name).request(Method::Get).check(write::check_upload(upload)).query("uploadId", upload);
        self.marked("list_parts", request, ["part-number-marker", ""], read::parts)
    }

    fn list_versions(&mut self, container: &str, options: &ListObjects) -> Call<'_, Vec<Version>> {
        if self.lacks("listVersions") {
            return Call::unsupported(&mut self.0, "list_versions");
        }
        let request = listed(self.bucket(container).request(Method::Get).query("versions", "").query("encoding-type", "url"), options);
        let request = request.query_opt("key-marker", given(&options.start_after));
        self.marked("list_versions", request, ["key-marker", "version-id-marker"], read::versions)
    }

    fn get_tags(&mut self, container: &str, name: &str) -> Call<'_, Pairs> {
        if self.lacks("getTags") {
            return Call::unsupported(&mut self.0, "get_tags");
        }
        let request = self.object(container, name).request(Method::Get).query("tagging", "").taking(&[404]);
        Call::new(&mut self.0, "get_tags", request, |response| Ok(read::tags(read::configuration(response)?.root())))
    }

    fn set_tags(&mut self, container: &str, name: &str, tags: &Pairs) -> Call<'_, ()> {
        if self.lacks("setTags") {
            return Call::unsupported(&mut self.0, "set_tags");
        }
        let body = if tags.0.is_empty() { None } else { Some(write::tagging(self.namespace(), tags)) };
        let request = configure(&self.object(container, name), "tagging", body);
        Call::done(&mut self.0, "set_tags", request)
    }

    fn get_cors(&mut self, container: &str) -> Call<'_, Vec<CorsRule>> {
        if self.lacks("getCors") {
            return Call::unsupported(&mut self.0, "get_cors");
        }
        let request = self.bucket(container).request(Method::Get).query("cors", "").taking(&[404]);
        Call::new(&mut self.0, "get_cors", request, |response| Ok(read::cors(read::configuration(response)?.root())))
    }

    fn set_cors(&mut self, container: &str, rules: &[CorsRule]) -> Call<'_, ()> {
        if self.lacks("setCors") {
            return Call::unsupported(&mut self.0, "set_cors");
        }
        let body = if rules.is_empty() { None } else { Some(write::cors(self.namespace(), rules)) };
        let request = configure(&self.bucket(container), "cors", body);
        Call::done(&mut self.0, "set_cors", request)
    }

    /// For who may read it: nothing asks whether anybody may.
    fn get_container_cdn_url(&mut self, container: &str) -> Call<'_, String> {
        let place = self.bucket(container);
        self.address("get_container_cdn_url", "getContainerCdnUrl", place)
    }

    /// For who may read it: nothing asks whether anybody may.
    fn get_object_cdn_url(&mut self, container: &str, name: &str) -> Call<'_, String> {
        let place = self.object(container, name);
        self.address("get_object_cdn_url", "getObjectCdnUrl", place)
    }

    fn limits(&self) -> Limits {
        Limits { most: self.1.parts, ..Limits::S3 }
    }

    fn options(&self) -> &'static [&'static str] {
        self.1.options
    }

    fn presign(&mut self, container: &str, name: &str, options: &Presign) -> Call<'_, String> {
        let sign = || {
            let method = match Method::parse(options.method.as_deref().unwrap_or("GET"))? {
                method @ (Method::Get | Method::Head | Method::Put | Method::Delete) => method,
                _ => return Err(Error::invalid("a URL can be presigned for GET, HEAD, PUT or DELETE")),
            };
            if options.content_type.is_some() && method != Method::Put {
                return Err(Error::invalid("contentType is for URLs to PUT by"));
            }
            let request = self.object(container, name).request(method).header_opt("content-type", options.content_type.as_deref());
            self.0.presign(&request, options.expires_in.unwrap_or(3600))
        };
        match sign() {
            Ok(url) => Call::ready(&mut self.0, "presign", url),
            Err(error) => Call::failed(&mut self.0, "presign", error),
        }
    }
}

/// An object's version and the key that it is encrypted with; `checked` where the store tells checksums.
fn looked_at(request: Request, options: &DownloadOptions, checked: bool) -> Request {
    let request = request.query_opt("versionId", options.version.as_deref());
    let request = request.header_opt("x-amz-checksum-mode", if checked { Some("ENABLED") } else { None });
    write::with_key(request, "", options.customer_key.as_ref().map(Secret::expose))
}

/// Only if the object is that of this entity tag, or is not.
fn conditional(request: Request, options: &DownloadOptions) -> Request {
    request
        .header_opt("if-match", options.if_match.as_deref().map(write::quoted))
        .header_opt("if-none-match", options.if_none_match.as_deref().map(write::quoted))
}

/// Sets what a bucket or an object has a document for, or removes it.
fn configure(place: &Place, what: &str, body: Option<String>) -> Request {
    match body {
        Some(body) => write::with_document(place.request(Method::Put).query(what, ""), body),
        None => place.request(Method::Delete).query(what, ""),
    }
}

fn given(option: &Option<String>) -> Option<&str> {
    option.as_deref().filter(|text| !text.is_empty())
}

/// Which names to list, and how many at once.
fn listed(request: Request, options: &ListObjects) -> Request {
    let page_size = match options.page_size {
        Some(0) => Err(Error::invalid("pageSize must be at least 1")),
        _ => Ok(()),
    };
    request
        .check(page_size)
        .query_opt("prefix", given(&options.prefix))
        .query_opt("delimiter", given(&options.delimiter))
        .query_opt("max-keys", options.page_size.map(number_text))
}

/// With one request more, if there is one, before the answer is complete.
fn and_then<T>(
    mut after: Option<Request>,
    mut read: impl FnMut(&mut Response) -> Result<Step<T>>,
) -> impl FnMut(&mut Response) -> Result<Step<T>> {
    let mut done = None;
    move |response| {
        if let Some(done) = done.take() {
            return Ok(Step::Done(done));
        }
        Ok(match (read(response)?, after.take()) {
            (Step::Done(value), Some(after)) => {
                done = Some(value);
                Step::Send(after)
            }
            (step, still) => {
                after = still;
                step
            }
        })
    }
}

/// A further try at what an answer of status 200 refused, if the provider is only busy.
fn again<T>(error: Error, tries: &mut u32, request: Request) -> Result<Step<T>> {
    *tries += 1;
    match error.kind() {
        Kind::Unavailable | Kind::RateLimited if *tries <= 3 => Ok(Step::After(250 << *tries, request)),
        _ => Err(error),
    }
}
