//! Azure's storage. <https://learn.microsoft.com/rest/api/storageservices/operations-on-containers>

use super::{fault, read, write};
use crate::core::call::{Call, Found, Step};
use crate::core::error::{Error, Kind, Result};
use crate::core::host::token;
use crate::core::http::{Body, Method, Request, Response};
use crate::core::link::Link;
use crate::core::wire::{Pairs, Tree};
use crate::storage::{
    Container, CorsRule, Download, DownloadOptions, Limits, ListObjects, Listing, Object, Part, PartPlace, Presign, Storage, Undeleted,
    UploadOptions, Version,
};

/// The storage driver: containers, and block blobs in them.
pub struct AzureBlobs(Link);

/// How often a copy is looked at that takes its time: for a quarter of an hour.
const MOST_LOOKS: u32 = 20;

impl AzureBlobs {
    /// A driver for a task.
    pub fn new(link: Link) -> AzureBlobs {
        AzureBlobs(link)
    }

    /// Where anybody finds what this path leads to.
    fn url(&mut self, operation: &'static str, path: Result<String>) -> Call<'_, String> {
        match path {
            Ok(path) => {
                let url = [self.0.account().endpoint.as_str(), &path].concat();
                Call::ready(&mut self.0, operation, url)
            }
            Err(error) => Call::failed(&mut self.0, operation, error),
        }
    }
}

/// A request about a container.
fn about(method: Method, name: &str) -> Request {
    Request::new(method, write::container(name)).query("restype", "container")
}

/// The marker of the page after this one, unless it is this page's own.
fn marker(root: crate::core::wire::Doc<'_>, last: &mut String) -> bool {
    let next = root.text("NextMarker");
    if next == *last {
        return false;
    }
    next.clone_into(last);
    !next.is_empty()
}

impl Storage for AzureBlobs {
    fn link(&mut self) -> &mut Link {
        &mut self.0
    }

    fn limits(&self) -> Limits {
        Limits { smallest: 1, largest: 4000 << 20, unit: 1, most: write::MOST_PARTS, in_order: false }
    }

    fn options(&self) -> &'static [&'static str] {
        &["storageClass", "ifMatch", "ifNoneMatch", "tags", "checksum", "encryptionKey", "customerKey", "version"]
    }

    fn list_containers(&mut self) -> Call<'_, Vec<Container>> {
        let page = |marker: &str| write::page(&Ok("/".to_owned()), "metadata", &ListObjects::default(), marker);
        let mut last = String::new();
        let read = move |response: &Response, found: &mut dyn Found| {
            let tree = Tree::xml(response.text()?)?;
            let root = tree.root();
            root.each("Containers/Container").try_for_each(|d| found.item(d))?;
            Ok(if marker(root, &mut last) { Some(page(&last)) } else { None })
        };
        Call::pages(&mut self.0, "list_containers", page(""), read, |d| read::item(d, "").map(read::container))
    }

    fn get_container(&mut self, name: &str) -> Call<'_, Container> {
        let (request, name) = (about(Method::Head, name), name.to_owned());
        Call::new(&mut self.0, "get_container", request, move |response| Ok(read::container(read::object_of(response, "", &name, 0))))
    }

    /// Not repeated when its answer is lost: it would meet its own container.
    fn create_container(&mut self, name: &str) -> Call<'_, Container> {
        let (mut request, name) = (about(Method::Put, name), name.to_owned());
        request.idempotent = false;
        Call::new(&mut self.0, "create_container", request, move |response| Ok(read::container(read::object_of(response, "", &name, 0))))
    }

    /// Azure would delete a container with all that is in it: whether it is empty is looked at first.
    fn delete_container(&mut self, name: &str) -> Call<'_, ()> {
        let (path, delete) = (write::container(name), about(Method::Delete, name));
        let one = ListObjects { page_size: Some(1), ..ListObjects::default() };
        let request = write::page(&path, "metadata", &one, "");
        let (mut delete, mut last) = (Some(delete), String::new());
        Call::steps(&mut self.0, "delete_container", request, move |response| {
            if delete.is_none() {
                return Ok(Step::Done(()));
            }
            let tree = Tree::xml(response.text()?)?;
            if tree.root().each("Blobs/Blob").next().is_some() {
                return Err(Error::new(Kind::Conflict, "the container is not empty: delete its objects first"));
            }
            // A page may be empty, and not be the last.
            if marker(tree.root(), &mut last) {
                return Ok(Step::Send(write::page(&path, "metadata", &one, &last)));
            }
            if !last.is_empty() {
                return Err(Error::malformed(
                    "the provider does not say whether the container is empty: it gives one page again and again",
                ));
            }
            Ok(delete.take().map_or(Step::Done(()), Step::Send))
        })
    }

    /// Azure cannot start after a name: names up to it are read and left out.
    fn list_objects(&mut self, container: &str, options: &ListObjects) -> Call<'_, Listing> {
        let (path, container, options) = (write::container(container), container.to_owned(), options.clone());
        let first = write::page(&path, "metadata", &options, "");
        let mut last = String::new();
        let read = move |response: &mut Response| {
            let tree = Tree::xml(response.text()?)?;
            let listing = read::listing(tree.root(), &container, &options)?;
            Ok(match marker(tree.root(), &mut last) {
                true => Step::Part(listing, write::page(&path, "metadata", &options, &last)),
                false => Step::Done(listing),
            })
        };
        Call::parts(&mut self.0, "list_objects", first, read, |list, mut more| {
            list.objects.append(&mut more.objects);
            list.prefixes.append(&mut more.prefixes);
        })
    }

    fn list_versions(&mut self, container: &str, options: &ListObjects) -> Call<'_, Vec<Version>> {
        let (path, options) = (write::container(container), options.clone());
        let first = write::page(&path, "versions", &options, "");
        let (mut last, mut versions) = (String::new(), Vec::new());
        Call::steps(&mut self.0, "list_versions", first, move |response| {
            let tree = Tree::xml(response.text()?)?;
            read::versions(tree.root(), &options, &mut versions)?;
            Ok(match marker(tree.root(), &mut last) {
                true => Step::Send(write::page(&path, "versions", &options, &last)),
                false => Step::Done(std::mem::take(&mut versions)),
            })
        })
    }

    fn get_object(&mut self, container: &str, name: &str, options: &DownloadOptions) -> Call<'_, Object> {
        let request = write::request(Method::Head, &write::object(container, name), options);
        let (container, name) = (container.to_owned(), name.to_owned());
        Call::new(&mut self.0, "get_object", request, move |response| {
            Ok(read::object_of(response, &container, &name, read::content_length(response)?))
        })
    }

    fn download(&mut self, container: &str, name: &str, options: &DownloadOptions) -> Call<'_, Download> {
        let path = write::object(container, name);
        let (container, name, mut options) = (container.to_owned(), name.to_owned(), options.clone());
        let host = self.0.account().host().clone();
        let head = |path: &Result<String>, options: &DownloadOptions| write::request(Method::Head, path, options);
        let get = |path: &Result<String>, options: &DownloadOptions| {
            let range = write::range(options);
            write::request(Method::Get, path, options).check(range.clone()).header_opt("range", range.ok().flatten()).stream()
        };
        let mut request = get(&path, &options);
        // Azure has no ranges from the end: it is asked for the length first.
        if options.suffix.is_some() {
            request = head(&path, &options).check(request.fault.take().map_or(Ok(()), Err));
        }
        let mut waiting: Option<Download> = None;
        let read = move |response: &mut Response| {
            if let Some(mut got) = waiting.take() {
                got.object.size = read::content_length(response)?;
                return Ok(Step::Done(got));
            }
            if let Some(suffix) = options.suffix.take() {
                let start = read::content_length(response)?.saturating_sub(suffix);
                options.start = if start > 0 { Some(start) } else { None };
                options.if_match = read::bare(response.header("etag")).or(options.if_match.take());
                return Ok(Step::Send(get(&path, &options)));
            }
            let size = if response.status == 206 { read::whole(response) } else { read::content_length(response) };
            let object = read::object_of(response, &container, &name, *size.as_ref().unwrap_or(&0));
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
            Ok(Step::Send(head(&path, &options)))
        };
        Call::steps(&mut self.0, "download", request, read)
    }

    fn put_object(&mut self, container: &str, name: &str, body: Body, options: &UploadOptions) -> Call<'_, Object> {
        let request = Request::put(write::object(container, name)).check(write::check_body(&body)).header("x-ms-blob-type", "BlockBlob");
        let request = write::summed(write::stored_as(plain(request), options), &options.checksum);
        let object = write::stored(container, name, body.length().unwrap_or(0), options);
        written(&mut self.0, "put_object", request.body(body), object, None)
    }

    fn delete_object(&mut self, container: &str, name: &str, version: Option<&str>) -> Call<'_, ()> {
        let request = Request::delete(write::object(container, name)).query_opt("versionid", version);
        Call::done(&mut self.0, "delete_object", request)
    }

    /// One after another: a batch would have to carry a signature for each.
    fn delete_objects(&mut self, container: &str, names: &[String]) -> Call<'_, Vec<Undeleted>> {
        let mut all = Vec::new();
        for name in names.iter().rev() {
            match write::object(container, name) {
                Ok(path) => all.push((path, name.clone())),
                Err(error) => return Call::failed(&mut self.0, "delete_objects", error),
            }
        }
        let delete = |path: String| Request::delete(Ok(path)).taking(&[404, 409, 412]);
        let Some((path, mut name)) = all.pop() else { return Call::ready(&mut self.0, "delete_objects", Vec::new()) };
        let mut left = Vec::new();
        Call::steps(&mut self.0, "delete_objects", delete(path), move |response| {
            let said = fault(response);
            if matches!((response.status, said.code.as_deref()), (409 | 412, _) | (404, Some("ContainerNotFound"))) {
                let (code, message) = (said.code.unwrap_or_default(), said.message.unwrap_or_default());
                left.push(Undeleted { name: std::mem::take(&mut name), code, message });
            }
            let Some((path, next)) = all.pop() else { return Ok(Step::Done(std::mem::take(&mut left))) };
            name = next;
            Ok(Step::Send(delete(path)))
        })
    }

    /// Azure copies metadata and what downloads say. Where the options give others, these are set after the copy, and what
    /// they do not give is removed, as S3 does.
    fn copy_object(
        &mut self,
        container: &str,
        name: &str,
        to_container: &str,
        to_name: &str,
        options: Option<&UploadOptions>,
    ) -> Call<'_, Object> {
        let options = options.cloned().unwrap_or_default();
        let (from, to) = (write::object(container, name), write::object(to_container, to_name));
        let source = from.as_ref().map(|path| [self.0.account().endpoint.as_str(), path].concat()).unwrap_or_default();
        let simple = match (&options.checksum, &options.customer_key, &options.encryption_key) {
            (None, None, None) => Ok(()),
            _ => Err(Error::unsupported("a copy takes no checksum, customerKey or encryptionKey here")),
        };
        let request = Request::put(to.clone()).check(from).check(simple).header("x-ms-copy-source", source);
        let request = write::marked(request, &options);
        let mut described = write::described(Request::put(to.clone()).query("comp", "properties"), &options);
        // What is wrong with the options is known before anything is copied.
        let request = request.check(described.fault.take().map_or(Ok(()), Err));
        let (unmarked, changed) = (options.metadata.0.is_empty(), described.headers.iter().next().is_some());
        let mut left = if !unmarked || changed { Some(described) } else { None };
        let (container, name) = (to_container.to_owned(), to_name.to_owned());
        let (mut tries, mut looks) = (0, false);
        Call::steps(&mut self.0, "copy_object", request, move |response| {
            let head = Request::head(to.clone());
            if !std::mem::replace(&mut looks, true) {
                return Ok(Step::Send(head));
            }
            match response.header("x-ms-copy-status") {
                "success" => {}
                "pending" if tries < MOST_LOOKS => {
                    tries += 1;
                    return Ok(Step::After(250 << tries.min(8), head));
                }
                "pending" => {
                    return Err(Error::new(Kind::Unavailable, "the copy takes long and goes on at the provider: look at it later"));
                }
                "" => return Err(Error::malformed("the answer shows no x-ms-copy-status: let the account's CORS rules expose it")),
                _ => return Err(Error::new(Kind::Unavailable, "the provider gave the copy up: try again")),
            }
            let object = read::object_of(response, &container, &name, read::content_length(response)?);
            let Some(mut request) = left.take() else { return Ok(Step::Done(object)) };
            looks = false;
            if request.query.iter().any(|(_, value)| value == "properties") {
                if unmarked && !object.metadata.0.is_empty() {
                    left = Some(Request::put(to.clone()).query("comp", "metadata"));
                }
                // What is not named would be lost, the sum of the bytes, too.
                if request.headers.get("x-ms-blob-content-type").is_none() {
                    request = request.header("x-ms-blob-content-type", "application/octet-stream");
                }
                request = request.header_opt("x-ms-blob-content-md5", response.headers.get("content-md5"));
            }
            Ok(Step::Send(request))
        })
    }

    /// Nothing is sent: an upload is the blocks whose ids begin with its id.
    fn create_upload(&mut self, container: &str, name: &str, options: &UploadOptions) -> Call<'_, String> {
        let wrong = write::stored_as(Request::put(write::object(container, name)).check(write::in_parts(options)), options).fault.take();
        match wrong {
            Some(error) => Call::failed(&mut self.0, "create_upload", error),
            None => {
                let id = token(&**self.0.account().host());
                Call::ready(&mut self.0, "create_upload", id)
            }
        }
    }

    fn put_part(&mut self, container: &str, name: &str, upload: &str, place: &PartPlace, body: Body) -> Call<'_, Part> {
        let numbers = match place.number {
            1..=write::MOST_PARTS => Ok(()),
            _ => Err(Error::invalid("a part's number is from 1 to 50000")),
        };
        let (number, etag, size) = (place.number, write::block(upload, place.number), body.length().unwrap_or(0));
        let request = Request::put(write::object(container, name)).check(write::check_upload(upload)).check(numbers);
        let request = plain(request.check(write::check_body(&body)).query("comp", "block").query("blockid", etag.as_str()));
        let request = write::summed(request, &place.checksum);
        let checksum = place.checksum.clone();
        Call::new(&mut self.0, "put_part", request.body(body), move |_| {
            Ok(Part { number, etag: etag.clone(), size, checksum: checksum.clone() })
        })
    }

    /// Repeated when its answer is lost, unless it has conditions: the blocks are then found in the object.
    fn complete_upload(&mut self, container: &str, name: &str, upload: &str, parts: &[Part], options: &UploadOptions) -> Call<'_, Object> {
        let path = write::object(container, name);
        let body = write::completion(upload, parts);
        let request = Request::put(path.clone()).check(write::check_upload(upload)).check(write::in_parts(options)).check(body.clone());
        let request = write::stored_as(request.query("comp", "blocklist"), options).xml(body.unwrap_or_default());
        let (mut size, mut known) = (0_u64, true);
        for part in parts {
            size = size.saturating_add(part.size);
            known &= part.size > 0;
        }
        // Without the parts' sizes, the object itself must tell.
        let ask = if known { None } else { Some(Request::head(path)) };
        written(&mut self.0, "complete_upload", request, write::stored(container, name, size, options), ask)
    }

    /// Nothing is sent, for Azure has no such request: it throws blocks away that were not put together for a week, and all
    /// blocks of an object that are left over when it is stored anew.
    fn abort_upload(&mut self, container: &str, name: &str, upload: &str) -> Call<'_, ()> {
        match write::object(container, name).and_then(|_| write::check_upload(upload)) {
            Ok(()) => Call::ready(&mut self.0, "abort_upload", ()),
            Err(error) => Call::failed(&mut self.0, "abort_upload", error),
        }
    }

    fn list_parts(&mut self, container: &str, name: &str, upload: &str) -> Call<'_, Vec<Part>> {
        let request = Request::get(write::object(container, name)).check(write::check_upload(upload));
        let request = request.query("comp", "blocklist").query("blocklisttype", "uncommitted").taking(&[404]);
        let upload = upload.to_owned();
        Call::new(&mut self.0, "list_parts", request, move |response| {
            if response.status != 404 {
                return read::parts(Tree::xml(response.text()?)?.root(), &upload);
            }
            // There are none before the first was sent.
            match refused(response) {
                error if error.code() == Some("BlobNotFound") => Ok(Vec::new()),
                error => Err(error),
            }
        })
    }

    fn get_tags(&mut self, container: &str, name: &str) -> Call<'_, Pairs> {
        Call::xml(&mut self.0, "get_tags", Request::get(write::object(container, name)).query("comp", "tags"), read::tags)
    }

    fn set_tags(&mut self, container: &str, name: &str, tags: &Pairs) -> Call<'_, ()> {
        let request = Request::put(write::object(container, name)).query("comp", "tags").xml(write::tags(tags));
        Call::done(&mut self.0, "set_tags", request)
    }

    /// The account's rules: they hold for all its containers.
    fn get_cors(&mut self, container: &str) -> Call<'_, Vec<CorsRule>> {
        Call::xml(&mut self.0, "get_cors", service(Method::Get, container), read::cors)
    }

    /// Replaces the account's rules, which hold for all its containers; other properties of the account stay.
    fn set_cors(&mut self, container: &str, rules: &[CorsRule]) -> Call<'_, ()> {
        Call::done(&mut self.0, "set_cors", service(Method::Put, container).xml(write::cors(rules)))
    }

    fn get_container_cdn_url(&mut self, container: &str) -> Call<'_, String> {
        self.url("get_container_cdn_url", write::container(container))
    }

    fn get_object_cdn_url(&mut self, container: &str, name: &str) -> Call<'_, String> {
        self.url("get_object_cdn_url", write::object(container, name))
    }

    /// Who uploads by such a URL must send `x-ms-blob-type: BlockBlob` along.
    fn presign(&mut self, container: &str, name: &str, options: &Presign) -> Call<'_, String> {
        let sign = || {
            let method = match Method::parse(options.method.as_deref().unwrap_or("GET"))? {
                method @ (Method::Get | Method::Head | Method::Put | Method::Delete) => method,
                _ => return Err(Error::invalid("a URL can be presigned for GET, HEAD, PUT or DELETE")),
            };
            if options.content_type.is_some() {
                return Err(Error::unsupported("contentType cannot be part of a URL here: Azure leaves it to who uploads"));
            }
            self.0.presign(&Request::new(method, write::object(container, name)), options.expires_in.unwrap_or(3600))
        };
        match sign() {
            Ok(url) => Call::ready(&mut self.0, "presign", url),
            Err(error) => Call::failed(&mut self.0, "presign", error),
        }
    }
}

/// With a media type that says nothing: a runtime would send a blob's own along, which was not signed.
fn plain(request: Request) -> Request {
    request.header("content-type", "application/octet-stream")
}

/// A request about the account's properties.
fn service(method: Method, container: &str) -> Request {
    Request::new(method, write::container(container).map(|_| "/".to_owned())).query("restype", "service").query("comp", "properties")
}

/// Writes an object; `ask` looks at it when it is there.
fn written<'d>(
    link: &'d mut Link,
    operation: &'static str,
    request: Request,
    mut object: Object,
    mut ask: Option<Request>,
) -> Call<'d, Object> {
    let looks = ask.is_some();
    Call::steps(link, operation, request, move |response| {
        if let Some(request) = ask.take() {
            return Ok(Step::Send(request));
        }
        let mut object = std::mem::take(&mut object);
        if operation == "complete_upload" && !looks {
            // It would be the sum of the list of blocks.
            response.headers.set("content-md5", "");
        }
        let told = read::object_of(response, "", "", 0);
        if looks {
            object.size = read::content_length(response)?;
            object.content_type = told.content_type;
            object.metadata = told.metadata;
        }
        object.etag = told.etag;
        object.last_modified = told.last_modified;
        object.extra = told.extra;
        Ok(Step::Done(object))
    })
}

/// The error that an answer is that was taken for once.
fn refused(response: &Response) -> Error {
    let said = fault(response);
    Error::new(said.kind.unwrap_or_else(|| Kind::of_status(response.status)), said.message.unwrap_or_default())
        .with_status(response.status)
        .with_code(said.code)
        .with_request_id(said.request_id)
}
