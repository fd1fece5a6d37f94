//! S3's storage. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>

use md5::{Digest, Md5};

use super::place::Place;
use super::{read, write};
use crate::compute::Extra;
use crate::core::call::{Call, Found, Step};
use crate::core::error::{Error, Kind, Result};
use crate::core::http::{Body, Method, Request, Response, encode_into};
use crate::core::link::Link;
use crate::core::wire::{Time, base64, number_text, object, text_element};
use crate::storage::{
    Container, Download, DownloadOptions, ListObjects, Listing, Object, Part, PartPlace, Presign, Storage, Undeleted, Upload, UploadOptions,
};

/// The storage driver of every store that speaks S3.
pub struct S3(Link);

/// How many names one request deletes at most.
const BATCH: usize = 1000;

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
        let read = move |response: &Response, found: &mut dyn Found| {
            let tree = read::document(response)?;
            let root = tree.root();
            root.each("Buckets/Bucket").try_for_each(|d| found.item(d))?;
            let token = root.text("ContinuationToken");
            if token.is_empty() || token == last {
                return Ok(None);
            }
            token.clone_into(&mut last);
            Ok(Some(page(Some(token))))
        };
        Call::pages(&mut self.0, "list_containers", page(None), read, read::container)
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
            request = request.xml(write::document("CreateBucketConfiguration", &text_element("LocationConstraint", region)));
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
                .query_opt("max-keys", options.page_size.map(number_text))
                .query_opt("continuation-token", token)
        };
        let first = page(None).check(page_size);
        let mut last = String::new();
        let read = move |response: &mut Response| {
            let tree = read::document(response)?;
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

    fn get_object(&mut self, container: &str, name: &str, _: &DownloadOptions) -> Call<'_, Object> {
        let request = self.object(container, name).request(Method::Head);
        let (container, name) = (container.to_owned(), name.to_owned());
        Call::new(&mut self.0, "get_object", request, move |response| {
            Ok(read::object_of(response, container.clone(), name.clone(), read::content_length(response)?))
        })
    }

    fn download(&mut self, container: &str, name: &str, options: &DownloadOptions) -> Call<'_, Download> {
        let place = self.object(container, name);
        let (container, name, options) = (container.to_owned(), name.to_owned(), options.clone());
        let range = write::range(&options);
        let request = place
            .request(Method::Get)
            .check(range.clone())
            .header_opt("range", range.ok().flatten())
            .header_opt("if-match", options.if_match.as_deref().map(write::quoted))
            .header_opt("if-none-match", options.if_none_match.as_deref().map(write::quoted))
            .stream();
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
            waiting = Some(got);
            Ok(Step::Send(place.request(Method::Head)))
        };
        Call::steps(&mut self.0, "download", request, read)
    }

    fn put_object(&mut self, container: &str, name: &str, body: Body, options: &UploadOptions) -> Call<'_, Object> {
        let request = write::stored_as(self.object(container, name).request(Method::Put), options).check(write::check_body(&body));
        let request = write::conditional(request, options);
        let mut object = write::stored(container, name, body.length().unwrap_or(0), options);
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

    fn delete_object(&mut self, container: &str, name: &str, _: Option<&str>) -> Call<'_, ()> {
        let request = self.object(container, name).request(Method::Delete);
        Call::done(&mut self.0, "delete_object", request)
    }

    fn delete_objects(&mut self, container: &str, names: &[String]) -> Call<'_, Vec<Undeleted>> {
        let place = self.bucket(container);
        let bodies: Result<Vec<String>> = names.chunks(BATCH).map(write::deletion).collect();
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
        let read = move |response: &Response, found: &mut dyn Found| {
            read::document(response)?.root().each("Error").try_for_each(|d| found.item(d))?;
            Ok(next())
        };
        Call::pages(&mut self.0, "delete_objects", first, read, read::undeleted)
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
        let wanted = write::stored(&to_container, &to_name, 0, &options);
        let copy = move || {
            let request = write::stored_as(to.request(Method::Put), &options).header("x-amz-copy-source", source.as_str());
            write::conditional(request, &options).header_opt("x-amz-metadata-directive", if replaces { Some("REPLACE") } else { None })
        };
        // What is wrong with the target is known before the source is looked at.
        let request = from.request(Method::Head).check(copy().fault.take().map_or(Ok(()), Err));
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
                return Ok(Step::Send(copy()));
            };
            let tree = match read::document(response) {
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
        let request = write::stored_as(request, options).check(match (&options.if_match, &options.if_none_match) {
            (None, None) => Ok(()),
            _ => Err(Error::invalid("ifMatch and ifNoneMatch hold for objects stored in one request, not in parts")),
        });
        Call::new(&mut self.0, "create_upload", request, |response| read::document(response)?.root().need("UploadId"))
    }

    fn put_part(&mut self, container: &str, name: &str, upload: &str, place: &PartPlace, body: Body) -> Call<'_, Part> {
        let numbers = match place.number {
            1..=write::MOST_PARTS => Ok(()),
            _ => Err(Error::invalid("a part's number is from 1 to 10000")),
        };
        let request = self.object(container, name).request(Method::Put).check(write::check_upload(upload)).check(numbers);
        let request = request.check(write::check_body(&body)).query("partNumber", number_text(place.number)).query("uploadId", upload);
        let size = body.length().unwrap_or(0);
        let number = place.number;
        Call::new(&mut self.0, "put_part", request.body(body), move |response| {
            let hidden = || Error::malformed("the answer shows no ETag, which parts need: let the bucket's CORS rules expose it");
            Ok(Part { number, etag: read::bare(response.header("etag")).ok_or_else(hidden)?, size, checksum: None })
        })
    }

    fn complete_upload(&mut self, container: &str, name: &str, upload: &str, parts: &[Part], _: &UploadOptions) -> Call<'_, Object> {
        let place = self.object(container, name);
        let (container, name, upload) = (container.to_owned(), name.to_owned(), upload.to_owned());
        // Without the parts' sizes, or a tag in the answer (Ceph gives none), the object itself must tell.
        let known = parts.iter().all(|part| part.size > 0);
        let size = parts.iter().map(|part| part.size).sum();
        let body = write::completion(parts);
        let head = place.clone();
        let complete = move || {
            let request = place.request(Method::Post).check(write::check_upload(&upload)).check(body.clone());
            request.query("uploadId", upload.as_str()).xml(body.clone().unwrap_or_default()).repeatable()
        };
        let request = complete();
        let mut completed: Option<Object> = None;
        let mut tries = 0;
        let read = move |response: &mut Response| {
            if completed.take().is_some() {
                return Ok(Step::Done(read::object_of(response, container.clone(), name.clone(), read::content_length(response)?)));
            }
            let tree = match read::document(response) {
                Ok(tree) => tree,
                Err(error) => return again(error, &mut tries, complete()),
            };
            let etag = read::bare(tree.root().text("ETag"));
            let object = Object { name: name.clone(), container: container.clone(), size, etag, ..Object::default() };
            if known && object.etag.is_some() {
                return Ok(Step::Done(object));
            }
            completed = Some(object);
            Ok(Step::Send(head.request(Method::Head)))
        };
        Call::steps(&mut self.0, "complete_upload", request, read)
    }

    fn abort_upload(&mut self, container: &str, name: &str, upload: &str) -> Call<'_, ()> {
        let request = self.object(container, name).request(Method::Delete).check(write::check_upload(upload)).query("uploadId", upload);
        Call::done(&mut self.0, "abort_upload", request)
    }

    fn list_uploads(&mut self, container: &str) -> Call<'_, Vec<Upload>> {
        let place = self.bucket(container);
        let page = move |markers: Option<&(String, String)>| {
            // Encoded names are not asked for: Ceph encodes them and does not say so.
            let request = place.request(Method::Get).query("uploads", "");
            let (key, id) = markers.map(|(key, id)| (key.as_str(), id.as_str())).unzip();
            request.query_opt("key-marker", key).query_opt("upload-id-marker", id)
        };
        let mut last = None;
        let first = page(None);
        let read = move |response: &mut Response| {
            let tree = read::document(response)?;
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

    fn options(&self) -> &'static [&'static str] {
        &["acl", "storageClass", "ifMatch", "ifNoneMatch"]
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

/// A further try at what an answer of status 200 refused, if the provider is only busy.
fn again<T>(error: Error, tries: &mut u32, request: Request) -> Result<Step<T>> {
    *tries += 1;
    match error.kind() {
        Kind::Unavailable | Kind::RateLimited if *tries <= 3 => Ok(Step::After(250 << *tries, request)),
        _ => Err(error),
    }
}
