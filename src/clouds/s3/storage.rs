//! S3's storage. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>

use md5::{Digest, Md5};

use super::place::{Place, check_length};
use super::read;
use crate::compute::Extra;
use crate::core::call::{Call, Step};
use crate::core::error::{Error, Kind, Result};
use crate::core::http::{Body, Method, Request, Response, encode_into};
use crate::core::link::Link;
use crate::core::sort::sort;
use crate::core::wire::{Pairs, Time, base64, element, object, text_element};
use crate::storage::{
    Container, Download, DownloadOptions, ListObjects, Listing, Object, Part, Presign, Storage, Undeleted, Upload, UploadOptions,
};

/// The storage driver of every store that speaks S3.
pub struct S3(Link);

/// How many names one request deletes at most.
const BATCH: usize = 1000;
const MOST_PARTS: u64 = 10_000;

impl S3 {
    /// A driver for a task.
    pub fn new(link: Link) -> S3 {
        S3(link)
    }

    fn bucket(&self, name: &str) -> Place {
        Place::bucket(&self.0, name)
    }

    fn object(&self, container: &str, name: &str) -> Place {
        Place::object(&self.0, container, name)
    }

    fn is_aws(&self) -> bool {
        !self.0.setting("aws").is_empty()
    }
}

impl Storage for S3 {
    fn link(&mut self) -> &mut Link {
        &mut self.0
    }

    fn list_containers(&mut self) -> Call<'_, Vec<Container>> {
        // Amazon refuses to list very many buckets at once; elsewhere the list has no pages, and no such parameter.
        let limit = if self.is_aws() { Some("1000") } else { None };
        let page = move |token: Option<&str>| Request::get("/").query_opt("max-buckets", limit).query_opt("continuation-token", token);
        let mut last = String::new();
        let read = move |response: Response| {
            let tree = read::document(&response)?;
            let root = tree.root();
            let containers = root.each("Buckets/Bucket").map(read::container).collect::<Result<Vec<_>>>()?;
            let token = root.text("ContinuationToken");
            if token.is_empty() || token == last {
                return Ok(Step::Done(containers));
            }
            token.clone_into(&mut last);
            Ok(Step::Part(containers, page(Some(token))))
        };
        Call::parts(&mut self.0, "list_containers", page(None), read, |list, mut more| list.append(&mut more))
    }

    fn get_container(&mut self, name: &str) -> Call<'_, Container> {
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
            request = request.xml(document("CreateBucketConfiguration", &text_element("LocationConstraint", region)));
        }
        Call::new(&mut self.0, "create_container", request, move |_| Ok(Container { name: name.clone(), ..Container::default() }))
    }

    fn delete_container(&mut self, name: &str) -> Call<'_, ()> {
        let request = self.bucket(name).request(Method::Delete);
        Call::done(&mut self.0, "delete_container", request)
    }

    fn list_objects(&mut self, container: &str, options: &ListObjects) -> Call<'_, Listing> {
        let (place, container, options) = (self.bucket(container), container.to_owned(), options.clone());
        let page_size = match options.page_size {
            Some(0) => Err(Error::invalid("pageSize must be at least 1")),
            _ => Ok(()),
        };
        let page = move |token: Option<&str>| {
            let given = |option: &Option<String>| option.clone().filter(|text| !text.is_empty());
            // In XML, names with control characters would be lost.
            let request = place.request(Method::Get).query("list-type", "2").query("encoding-type", "url");
            request
                .query_opt("prefix", given(&options.prefix))
                .query_opt("delimiter", given(&options.delimiter))
                .query_opt("start-after", given(&options.start_after).filter(|_| token.is_none()))
                .query_opt("max-keys", options.page_size.map(|n| n.to_string()))
                .query_opt("continuation-token", token)
        };
        let first = page(None).check(page_size);
        let mut last = String::new();
        let read = move |response: Response| {
            let tree = read::document(&response)?;
            let mut listing = Listing::default();
            let token = read::listing(tree.root(), &container, &mut listing)?.filter(|token| *token != last);
            let Some(token) = token else { return Ok(Step::Done(listing)) };
            let next = page(Some(&token));
            last = token;
            Ok(Step::Part(listing, next))
        };
        Call::parts(&mut self.0, "list_objects", first, read, |list, mut more| {
            list.objects.append(&mut more.objects);
            list.prefixes.append(&mut more.prefixes);
        })
    }

    fn get_object(&mut self, container: &str, name: &str) -> Call<'_, Object> {
        let request = self.object(container, name).request(Method::Head);
        let (container, name) = (container.to_owned(), name.to_owned());
        Call::new(&mut self.0, "get_object", request, move |response| {
            Ok(read::object_of(&response, container.clone(), name.clone(), read::content_length(&response)?))
        })
    }

    fn download(&mut self, container: &str, name: &str, options: &DownloadOptions) -> Call<'_, Download> {
        let place = self.object(container, name);
        let (container, name, options) = (container.to_owned(), name.to_owned(), options.clone());
        let range = range(&options);
        let request = place
            .request(Method::Get)
            .check(range.clone())
            .header_opt("range", range.ok().flatten())
            .header_opt("if-match", options.if_match.as_deref().map(quoted))
            .header_opt("if-none-match", options.if_none_match.as_deref().map(quoted))
            .stream();
        let host = self.0.account().host().clone();
        let mut waiting: Option<Download> = None;
        let read = move |mut response: Response| {
            if let Some(mut got) = waiting.take() {
                got.object.size = read::content_length(&response)?;
                return Ok(Step::Done(got));
            }
            let size = if response.status == 206 { read::whole(&response) } else { read::content_length(&response) };
            let object = read::object_of(&response, container.clone(), name.clone(), *size.as_ref().unwrap_or(&0));
            if response.status != 206 && !covers(&options, size.as_ref().ok().copied()) {
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
            waiting = Some(got);
            Ok(Step::Send(place.request(Method::Head)))
        };
        Call::steps(&mut self.0, "download", request, read)
    }

    fn put_object(&mut self, container: &str, name: &str, body: Body, options: &UploadOptions) -> Call<'_, Object> {
        let request = stored_as(self.object(container, name).request(Method::Put), options).check(check_body(&body));
        let request = conditional(request, options);
        let mut object = stored(container, name, body.length().unwrap_or(0), options);
        let acl = options.acl.clone();
        Call::steps(&mut self.0, "put_object", request.body(body), move |response| {
            let header = |name: &str| response.headers.get(name).map(str::to_owned);
            let mut object = std::mem::take(&mut object);
            object.etag = read::bare(response.header("etag"));
            object.extra = Extra(crate::core::wire::object(&[
                ("acl", acl.clone().into()),
                ("version_id", header("x-amz-version-id").into()),
                ("server_side_encryption", header("x-amz-server-side-encryption").into()),
            ]));
            Ok(Step::Done(object))
        })
    }

    fn delete_object(&mut self, container: &str, name: &str) -> Call<'_, ()> {
        let request = self.object(container, name).request(Method::Delete);
        Call::done(&mut self.0, "delete_object", request)
    }

    fn delete_objects(&mut self, container: &str, names: &[String]) -> Call<'_, Vec<Undeleted>> {
        let place = self.bucket(container);
        let bodies: Result<Vec<String>> = names.chunks(BATCH).map(deletion).collect();
        let mut bodies = match bodies {
            Ok(bodies) => bodies.into_iter(),
            Err(error) => return Call::failed(&mut self.0, "delete_objects", error),
        };
        let mut next = move || {
            let body = bodies.next()?;
            let md5 = base64(&Md5::digest(body.as_bytes()));
            Some(place.request(Method::Post).query("delete", "").header("content-md5", md5).xml(body).repeatable())
        };
        let Some(first) = next() else { return Call::ready(&mut self.0, "delete_objects", Vec::new()) };
        let read = move |response: Response| {
            let tree = read::document(&response)?;
            let failed = tree.root().each("Error").map(read::undeleted).collect();
            Ok(match next() {
                Some(batch) => Step::Part(failed, batch),
                None => Step::Done(failed),
            })
        };
        Call::parts(&mut self.0, "delete_objects", first, read, |list, mut more| list.append(&mut more))
    }

    /// Looks at the source first: the answer to a copy tells no size. Metadata is replaced when the options give metadata,
    /// a media type, or another header of downloads; an ACL or a storage class alone leaves it as it is.
    fn copy_object(
        &mut self,
        container: &str,
        name: &str,
        to_container: &str,
        to_name: &str,
        options: Option<&UploadOptions>,
    ) -> Call<'_, Object> {
        let (from, to) = (self.object(container, name), self.object(to_container, to_name));
        let options = options.cloned().unwrap_or_default();
        let replaces = [&options.content_type, &options.cache_control, &options.content_disposition, &options.content_encoding];
        let replaces = replaces.iter().any(|o| o.is_some()) || !options.metadata.0.is_empty();
        let mut source = [container, "/"].concat();
        encode_into(&mut source, name, true);
        let (to_container, to_name) = (to_container.to_owned(), to_name.to_owned());
        let wanted = stored(&to_container, &to_name, 0, &options);
        let copy = move || {
            let request = stored_as(to.request(Method::Put), &options).header("x-amz-copy-source", source.as_str());
            conditional(request, &options).header_opt("x-amz-metadata-directive", if replaces { Some("REPLACE") } else { None })
        };
        // What is wrong with the target is known before the source is looked at.
        let request = from.request(Method::Head).check(copy().fault.map_or(Ok(()), Err));
        let mut found: Option<Object> = None;
        let mut tries = 0;
        let read = move |response: Response| {
            let Some(mut object) = found.take() else {
                let size = read::content_length(&response)?;
                let mut object = read::object_of(&response, to_container.clone(), to_name.clone(), size);
                if replaces {
                    object.content_type.clone_from(&wanted.content_type);
                    object.metadata.clone_from(&wanted.metadata);
                }
                found = Some(object);
                return Ok(Step::Send(copy()));
            };
            let tree = match read::document(&response) {
                Ok(tree) => tree,
                Err(error) => {
                    found = Some(object);
                    return again(error, &mut tries, copy());
                }
            };
            object.etag = read::bare(tree.root().text("ETag"));
            object.last_modified = tree.root().opt::<Time>("LastModified");
            object.extra = Extra::default();
            Ok(Step::Done(object))
        };
        Call::steps(&mut self.0, "copy_object", request, read)
    }

    /// Repeated when its answer is lost: the upload that may be left of it has no parts, and costs nothing.
    fn create_upload(&mut self, container: &str, name: &str, options: &UploadOptions) -> Call<'_, String> {
        let request = self.object(container, name).request(Method::Post).query("uploads", "").repeatable();
        let request = stored_as(request, options).check(match (&options.if_match, &options.if_none_match) {
            (None, None) => Ok(()),
            _ => Err(Error::invalid("ifMatch and ifNoneMatch hold for objects stored in one request, not in parts")),
        });
        Call::new(&mut self.0, "create_upload", request, |response| read::document(&response)?.root().need("UploadId"))
    }

    fn put_part(&mut self, container: &str, name: &str, upload: &str, number: u64, body: Body) -> Call<'_, Part> {
        let numbers = match number {
            1..=MOST_PARTS => Ok(()),
            _ => Err(Error::invalid("a part's number is from 1 to 10000")),
        };
        let request = self.object(container, name).request(Method::Put).check(check_upload(upload)).check(numbers);
        let request = request.check(check_body(&body)).query("partNumber", number.to_string()).query("uploadId", upload);
        let size = body.length().unwrap_or(0);
        Call::new(&mut self.0, "put_part", request.body(body), move |response| {
            let hidden = || Error::malformed("the answer shows no ETag, which parts need: let the bucket's CORS rules expose it");
            Ok(Part { number, etag: read::bare(response.header("etag")).ok_or_else(hidden)?, size })
        })
    }

    fn complete_upload(&mut self, container: &str, name: &str, upload: &str, parts: &[Part]) -> Call<'_, Object> {
        let place = self.object(container, name);
        let (container, name, upload) = (container.to_owned(), name.to_owned(), upload.to_owned());
        // Without the parts' sizes, the object itself must tell its own.
        let known = parts.iter().all(|part| part.size > 0);
        let size = parts.iter().map(|part| part.size).sum();
        let body = completion(parts);
        let head = place.clone();
        let complete = move || {
            let request = place.request(Method::Post).check(check_upload(&upload)).check(body.clone());
            request.query("uploadId", upload.as_str()).xml(body.clone().unwrap_or_default()).repeatable()
        };
        let request = complete();
        let mut completed: Option<Object> = None;
        let mut tries = 0;
        let read = move |response: Response| {
            if completed.take().is_some() {
                return Ok(Step::Done(read::object_of(&response, container.clone(), name.clone(), read::content_length(&response)?)));
            }
            let tree = match read::document(&response) {
                Ok(tree) => tree,
                Err(error) => return again(error, &mut tries, complete()),
            };
            let etag = read::bare(tree.root().text("ETag"));
            let object = Object { name: name.clone(), container: container.clone(), size, etag, ..Object::default() };
            if known {
                return Ok(Step::Done(object));
            }
            completed = Some(object);
            Ok(Step::Send(head.request(Method::Head)))
        };
        Call::steps(&mut self.0, "complete_upload", request, read)
    }

    fn abort_upload(&mut self, container: &str, name: &str, upload: &str) -> Call<'_, ()> {
        let request = self.object(container, name).request(Method::Delete).check(check_upload(upload)).query("uploadId", upload);
        Call::done(&mut self.0, "abort_upload", request)
    }

    fn list_uploads(&mut self, container: &str) -> Call<'_, Vec<Upload>> {
        let place = self.bucket(container);
        let page = move |markers: Option<&(String, String)>| {
            let request = place.request(Method::Get).query("uploads", "").query("encoding-type", "url");
            let (key, id) = markers.map(|(key, id)| (key.as_str(), id.as_str())).unzip();
            request.query_opt("key-marker", key).query_opt("upload-id-marker", id)
        };
        let mut last = None;
        let first = page(None);
        let read = move |response: Response| {
            let tree = read::document(&response)?;
            let mut uploads = Vec::new();
            let markers = read::uploads(tree.root(), &mut uploads)?;
            if markers.is_none() || markers == last {
                return Ok(Step::Done(uploads));
            }
            let next = page(markers.as_ref());
            last = markers;
            Ok(Step::Part(uploads, next))
        };
        Call::parts(&mut self.0, "list_uploads", first, read, |list, mut more| list.append(&mut more))
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

/// The headers that an object is stored with.
///
/// They are ASCII: S3 would decode anything else by RFC 2047 and other stores would not, and `fetch` sends other bytes than
/// were signed. So a text in another alphabet is refused, as Amazon's own SDKs do, instead of coming back as another one.
fn stored_as(mut request: Request, options: &UploadOptions) -> Request {
    for (header, value) in [
        ("content-type", &options.content_type),
        ("cache-control", &options.cache_control),
        ("content-disposition", &options.content_disposition),
        ("content-encoding", &options.content_encoding),
        ("x-amz-acl", &options.acl),
        ("x-amz-storage-class", &options.storage_class),
    ] {
        if let Some(value) = value {
            request = request.check(check_value(value)).header(header, value.as_str());
        }
    }
    for (name, value) in &options.metadata.0 {
        let header = ["x-amz-meta-", &name.to_ascii_lowercase()].concat();
        let twice = match request.headers.get(&header) {
            Some(_) => Err(Error::invalid("two names of metadata differ only in case, which no store keeps")),
            None => Ok(()),
        };
        request = request.check(twice).check(check_value(value)).header(header, value.as_str());
    }
    request
}

/// With the conditions under which it is stored. Repeated, a request that succeeded would meet its own effect and fail.
fn conditional(request: Request, options: &UploadOptions) -> Request {
    let conditions = [("if-match", &options.if_match), ("if-none-match", &options.if_none_match)];
    conditions.into_iter().fold(request, |mut request, (header, tag)| {
        let Some(tag) = tag else { return request };
        request.idempotent = false;
        request.check(check_value(tag)).header(header, quoted(tag))
    })
}

fn check_value(value: &str) -> Result<()> {
    if value.trim() != value || !value.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Err(Error::invalid(
            "metadata and headers of objects hold ASCII without line breaks or spaces at their ends: encode other text, as by percent-encoding",
        ));
    }
    Ok(())
}

fn check_body(body: &Body) -> Result<()> {
    match body.length() {
        Some(_) => Ok(()),
        None => Err(Error::invalid("the length of the body must be known: upload it in parts instead")),
    }
}

fn check_upload(upload: &str) -> Result<()> {
    if upload.is_empty() { Err(Error::invalid("the upload's id is empty")) } else { Ok(()) }
}

/// What is known of an object that was just stored.
fn stored(container: &str, name: &str, size: u64, options: &UploadOptions) -> Object {
    let metadata = options.metadata.0.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    Object {
        name: name.to_owned(),
        container: container.to_owned(),
        size,
        content_type: options.content_type.clone(),
        metadata: Pairs(metadata.collect()),
        ..Object::default()
    }
}

/// An entity tag as headers have it.
fn quoted(etag: &str) -> String {
    match etag {
        "*" => etag.to_owned(),
        _ if etag.ends_with('"') => etag.to_owned(),
        _ => ["\"", etag, "\""].concat(),
    }
}

/// The `Range` header.
fn range(options: &DownloadOptions) -> Result<Option<String>> {
    let text = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    match (options.start, options.end, options.suffix) {
        (None, None, None) => Ok(None),
        (None, None, Some(suffix)) if suffix > 0 => Ok(Some(["bytes=-", &text(Some(suffix))].concat())),
        (start, end, None) if end.is_none_or(|end| start.unwrap_or(0) <= end) => {
            Ok(Some(["bytes=", &text(start.or(Some(0))), "-", &text(end)].concat()))
        }
        _ => Err(Error::invalid("a range is start and end (inclusive, end not before start), or a suffix of at least one byte")),
    }
}

/// Whether the range that was asked for is the whole object.
fn covers(options: &DownloadOptions, size: Option<u64>) -> bool {
    let most = options.end.map(|end| end.saturating_add(1)).or(options.suffix);
    options.start.unwrap_or(0) == 0 && most.is_none_or(|most| size.is_some_and(|size| most >= size))
}

/// A further try at what an answer of status 200 refused, if the provider is only busy.
fn again<T>(error: Error, tries: &mut u32, request: Request) -> Result<Step<T>> {
    *tries += 1;
    match error.kind() {
        Kind::Unavailable | Kind::RateLimited if *tries <= 3 => Ok(Step::After(250 << *tries, request)),
        _ => Err(error),
    }
}

/// A body in S3's namespace.
fn document(name: &str, content: &str) -> String {
    ["<", name, " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">", content, "</", name, ">"].concat()
}

/// The body that deletes these objects.
fn deletion(names: &[String]) -> Result<String> {
    let mut content = String::with_capacity(names.len() * 48);
    content.push_str("<Quiet>true</Quiet>");
    for name in names {
        check_length(name)?;
        if name.chars().any(|c| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}')) {
            return Err(Error::invalid("a name has a control character, which XML cannot carry: delete that object by deleteObject"));
        }
        content.push_str(&element("Object", &text_element("Key", name)));
    }
    Ok(document("Delete", &content))
}

/// The body that completes an upload, its parts in order.
fn completion(parts: &[Part]) -> Result<String> {
    let mut parts: Vec<&Part> = parts.iter().collect();
    sort(&mut parts, |a, b| a.number.cmp(&b.number));
    let twice = parts.windows(2).any(|pair| matches!(pair, [a, b] if a.number == b.number));
    if parts.is_empty() || twice || parts.iter().any(|part| !(1..=MOST_PARTS).contains(&part.number)) {
        return Err(Error::invalid("an upload is completed from at least one part; numbers are from 1 to 10000, each once"));
    }
    let mut content = String::with_capacity(parts.len() * 96);
    for part in parts {
        let number = text_element("PartNumber", &part.number.to_string());
        content.push_str(&element("Part", &[number, text_element("ETag", &quoted(&part.etag))].concat()));
    }
    Ok(document("CompleteMultipartUpload", &content))
}
