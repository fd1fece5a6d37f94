//! B2's storage. <https://www.backblaze.com/apidocs/introduction-to-the-b2-native-api>

use std::cell::Cell;
use std::rc::Rc;

use super::write::{ask, call};
use super::{read, write};
use crate::clouds::s3::write::{check_body, covers, range};
use crate::core::call::{Call, Found, Page, Step};
use crate::core::error::{Error, Kind, Result, Secret};
use crate::core::http::{Body, Method, Request, Response, encode_into};
use crate::core::link::{Account, Link};
use crate::core::wire::{Doc, Json, Pairs, Tree, number_text};
use crate::storage::{
    Container, CorsRule, Download, DownloadOptions, Limits, ListObjects, Listing, Object, Part, PartPlace, Presign, Storage, Upload,
    UploadOptions, Version,
};

/// The storage driver.
pub struct Backblaze(pub(super) Link);

/// The most that one request copies, in bytes.
const LARGEST: u64 = 5_000_000_000;

/// Asks what the log-in told of the account; nothing is sent.
fn account() -> Request {
    Request::get("/").to("account")
}

fn no_bucket() -> Error {
    Error::new(Kind::NotFound, "there is no such bucket, or this application key may not see it")
}

/// A bucket that is looked for by its name, for calls want its id.
struct Bucket {
    account: Rc<Account>,
    name: String,
    /// Empty until it is found.
    id: String,
    asked: bool,
}

impl Bucket {
    fn new(link: &Link, name: &str) -> Bucket {
        let id = link.account().noted(name).unwrap_or_default();
        Bucket { account: link.account().clone(), name: name.to_owned(), id, asked: false }
    }

    /// The request that goes first: the one that is wanted, if the id is known.
    fn first(&self, mut wanted: Request) -> Request {
        if !self.id.is_empty() {
            return wanted;
        }
        account().check(write::check_bucket(&self.name)).check(wanted.fault.take().map_or(Ok(()), Err))
    }

    /// Reads an answer that should tell the id; gives a further request where it does not.
    fn find(&mut self, response: &Response) -> Result<Option<Request>> {
        let tree = Tree::json(response.text()?)?;
        let root = tree.root();
        // A key that is restricted to some buckets comes with their names and ids, and may not list any.
        let (name, id) = if self.asked { ("bucketName", "bucketId") } else { ("name", "id") };
        match root.each("buckets").find(|d| d.text(name) == self.name) {
            Some(bucket) => self.id = bucket.need(id)?,
            None if self.asked => return Err(no_bucket()),
            None => {
                self.asked = true;
                return Ok(Some(write::list_buckets(root, "bucketName", &self.name)));
            }
        }
        self.account.note(&self.name, &self.id);
        Ok(None)
    }
}

/// Makes a request from the bucket's id; called without one, to check what it is made of.
type Ask<'d> = Box<dyn FnMut(&str) -> Request + 'd>;
/// Reads an answer, with the bucket's id.
type Read<'d, T> = Box<dyn FnMut(&mut Response, &str) -> Result<Step<T>> + 'd>;

/// Reads a document.
type ReadDoc<'d, T> = Box<dyn FnMut(Doc<'_>) -> Result<Step<T>> + 'd>;

/// An operation in a bucket.
fn within<'d, T: 'd>(
    link: &'d mut Link,
    operation: &'static str,
    container: &str,
    mut ask: Ask<'d>,
    mut read: Read<'d, T>,
    join: fn(&mut T, T),
) -> Call<'d, T> {
    let mut bucket = Bucket::new(link, container);
    let first = bucket.first(ask(&bucket.id));
    let read = move |response: &mut Response| {
        if !bucket.id.is_empty() {
            return read(response, &bucket.id);
        }
        let next = bucket.find(response)?;
        Ok(Step::Send(next.unwrap_or_else(|| ask(&bucket.id))))
    };
    Call::parts(link, operation, first, read, join)
}

/// An operation of one bucket, which is looked up whole: `read` is given it, then the answers to what it asks for.
fn whole<'d, T: 'd>(link: &'d mut Link, operation: &'static str, name: &str, fault: Result<()>, mut read: ReadDoc<'d, T>) -> Call<'d, T> {
    let name = name.to_owned();
    let mut stage = 0;
    let first = account().check(write::check_bucket(&name)).check(fault);
    Call::steps(link, operation, first, move |response| {
        let tree = Tree::json(response.text()?)?;
        let root = tree.root();
        stage += 1;
        match stage {
            1 => Ok(Step::Send(write::list_buckets(root, "bucketName", &name))),
            2 => read(root.each("buckets").find(|d| d.text("bucketName") == name).ok_or_else(no_bucket)?),
            _ => read(root),
        }
    })
}

/// A list in pages: of a bucket, or of something else when there is none.
struct Pages {
    bucket: Option<Bucket>,
    call: &'static str,
    /// What is asked for on each page.
    query: Vec<(&'static str, String)>,
    /// Where a page starts: the names of cursors in an answer and in the next request.
    cursors: &'static [(&'static str, &'static str)],
    start: Vec<(&'static str, String)>,
    /// What the list is called.
    list: &'static str,
}

impl Pages {
    fn request(&self) -> Request {
        let mut request = ask(self.call, &[("bucketId", self.bucket.as_ref().map_or("", |bucket| &bucket.id))]);
        for list in [&self.query, &self.start] {
            for (name, value) in list {
                if !value.is_empty() {
                    request.query.push((String::from(*name), value.clone()));
                }
            }
        }
        request
    }

    /// The request that goes first.
    fn first(&self) -> Request {
        match &self.bucket {
            Some(bucket) => bucket.first(self.request()),
            None => self.request(),
        }
    }

    /// The request for the page after this one, if there is one.
    fn next(&mut self, root: Doc<'_>) -> Option<Request> {
        let mut start = Vec::new();
        for (told, name) in self.cursors {
            start.push((*name, root.get(told).and_then(Doc::word).unwrap_or("").to_owned()));
        }
        // A page that is told to start where this one did would be asked for for ever.
        if start.iter().all(|(_, cursor)| cursor.is_empty()) || start == self.start {
            return None;
        }
        self.start = start;
        Some(self.request())
    }
}

impl Page for Pages {
    fn page(&mut self, response: &Response, found: &mut dyn Found) -> Result<Option<Request>> {
        if let Some(bucket) = self.bucket.as_mut().filter(|bucket| bucket.id.is_empty()) {
            let next = bucket.find(response)?;
            return Ok(Some(next.unwrap_or_else(|| self.request())));
        }
        let tree = Tree::json(response.text()?)?;
        for item in tree.root().each(self.list) {
            // An upload that is not complete is no version.
            if self.cursors.len() < 2 || !matches!(item.text("action"), "start" | "folder") {
                found.item(item)?;
            }
        }
        Ok(self.next(tree.root()))
    }
}

/// A list of names or versions.
fn listed(link: &Link, container: &str, options: &ListObjects, call: &'static str) -> Result<Pages> {
    let given = |option: &Option<String>| option.clone().unwrap_or_default();
    let start = match given(&options.start_after) {
        name if name.is_empty() => name,
        // The first name that may follow it, for no name has a character before the space.
        name => [&name, " "].concat(),
    };
    let size = match options.page_size {
        // For so many, B2 has the price of one request.
        None => 1000,
        Some(size @ 1..=10_000) => size,
        _ => return Err(Error::invalid("pageSize must be from 1 to 10000")),
    };
    let query = vec![("prefix", given(&options.prefix)), ("delimiter", given(&options.delimiter)), ("maxFileCount", number_text(size))];
    let cursors: &[_] = &[("nextFileName", "startFileName"), ("nextFileId", "startFileId")];
    let cursors = if call == VERSIONS { cursors } else { cursors.get(..1).unwrap_or_default() };
    let bucket = Some(Bucket::new(link, container));
    Ok(Pages { bucket, call, query, cursors, start: vec![("startFileName", start)], list: "files" })
}

const VERSIONS: &str = "b2_list_file_versions";

fn alone<T>(_: &mut T, _: T) {}

/// Hides a file: it is gone, and its versions are kept.
fn hide(id: &str, name: &str) -> Request {
    call("b2_hide_file", &[("bucketId", id), ("fileName", name)], &[]).check(write::check_name(name))
}

/// A request that goes to a pod of B2's, which another request names. Repeated, it leaves at worst a version more.
fn upload_by(ticket: Request, body: &Body, checksum: Option<&str>) -> Request {
    let sha1 = write::sha1_of(checksum);
    let request = Request::post("").to("upload").ticket(ticket).repeatable().check(check_body(body)).check(sha1.clone());
    request.header("x-bz-content-sha1", sha1.unwrap_or_default())
}

fn file<T>(response: &Response, container: &str, done: fn(Object) -> T) -> Result<T> {
    read::file(Tree::json(response.text()?)?.root(), container).map(done)
}

impl Storage for Backblaze {
    fn link(&mut self) -> &mut Link {
        &mut self.0
    }

    fn list_containers(&mut self) -> Call<'_, Vec<Container>> {
        // A key that is restricted to some buckets may ask for these alone.
        let mut requests: Option<Vec<Request>> = None;
        let page = move |response: &Response, found: &mut dyn Found| {
            let tree = Tree::json(response.text()?)?;
            let root = tree.root();
            if let Some(left) = &mut requests {
                root.each("buckets").try_for_each(|d| found.item(d))?;
                return Ok(left.pop());
            }
            let mut all = Vec::new();
            for bucket in root.each("buckets") {
                all.push(write::list_buckets(root, "bucketId", bucket.text("id")));
            }
            let first = all.pop().unwrap_or_else(|| write::list_buckets(root, "", ""));
            requests = Some(all);
            Ok(Some(first))
        };
        Call::pages(&mut self.0, "list_containers", account(), page, read::container)
    }

    fn get_container(&mut self, name: &str) -> Call<'_, Container> {
        whole(&mut self.0, "get_container", name, Ok(()), Box::new(|d| read::container(d).map(Step::Done)))
    }

    /// It is private: who reads it needs a key, or a presigned URL.
    fn create_container(&mut self, name: &str) -> Call<'_, Container> {
        let (name, mut asked) = (name.to_owned(), false);
        Call::steps(&mut self.0, "create_container", account().check(write::check_bucket(&name)), move |response| {
            let tree = Tree::json(response.text()?)?;
            if std::mem::replace(&mut asked, true) {
                return read::container(tree.root()).map(Step::Done);
            }
            let body = [("accountId", tree.root().text("accountId")), ("bucketName", &name), ("bucketType", "allPrivate")];
            Ok(Step::Send(call("b2_create_bucket", &body, &[])))
        })
    }

    fn delete_container(&mut self, name: &str) -> Call<'_, ()> {
        let account = self.0.account().clone();
        let mut asked = false;
        let read = move |d: Doc<'_>| {
            account.note(d.text("bucketName"), "");
            Ok(match std::mem::replace(&mut asked, true) {
                true => Step::Done(()),
                false => Step::Send(of_bucket("b2_delete_bucket", d, "")),
            })
        };
        whole(&mut self.0, "delete_container", name, Ok(()), Box::new(read))
    }

    fn list_objects(&mut self, container: &str, options: &ListObjects) -> Call<'_, Listing> {
        let mut pages = match listed(&self.0, container, options, "b2_list_file_names") {
            Ok(pages) => pages,
            Err(error) => return Call::failed(&mut self.0, "list_objects", error),
        };
        let container = container.to_owned();
        let first = pages.first();
        let read = move |response: &mut Response| {
            let mut page = Entries { container: &container, listing: Listing::default() };
            let next = pages.page(response, &mut page)?;
            Ok(match next {
                Some(next) if page.is_empty() => Step::Send(next),
                Some(next) => Step::Part(page.listing, next),
                None => Step::Done(page.listing),
            })
        };
        Call::parts(&mut self.0, "list_objects", first, read, |list, mut more| {
            list.objects.append(&mut more.objects);
            list.prefixes.append(&mut more.prefixes);
        })
    }

    fn get_object(&mut self, container: &str, name: &str, options: &DownloadOptions) -> Call<'_, Object> {
        let (container, name, version) = (container.to_owned(), name.to_owned(), options.version.is_some());
        let request = match options.version.as_deref() {
            Some(id) => ask("b2_get_file_info", &[("fileId", id)]),
            None => write::with_key(write::object_at(Method::Head, &container, &name), options.customer_key.as_ref().map(Secret::expose)),
        };
        Call::new(&mut self.0, "get_object", request, move |response| {
            if version {
                return file(response, &container, |object| object);
            }
            Ok(read::object_of(response, &container, &name, read::size(response)?))
        })
    }

    fn download(&mut self, container: &str, name: &str, options: &DownloadOptions) -> Call<'_, Download> {
        let (container, name, options) = (container.to_owned(), name.to_owned(), options.clone());
        let request = match options.version.as_deref() {
            Some(id) => ask("b2_download_file_by_id", &[("fileId", id)]).to("download"),
            None => write::object_at(Method::Get, &container, &name),
        };
        let range = range(&options);
        let request = request.check(range.clone()).header_opt("range", range.ok().flatten()).stream();
        let host = self.0.account().host().clone();
        Call::new(&mut self.0, "download", write::with_key(request, options.customer_key.as_ref().map(Secret::expose)), move |response| {
            let size = read::size(response)?;
            if response.status != 206 && !covers(&options, Some(size)) {
                return Err(Error::malformed("the provider sent the whole object although a range was asked for"));
            }
            let object = read::object_of(response, &container, &name, size);
            let body = match std::mem::take(&mut response.body) {
                Body::Stream(stream) => stream,
                body => host.stream(body.bytes().to_vec()),
            };
            // A runtime that decodes the bytes does not change the header that tells their length.
            let length = body.length.filter(|_| response.header("content-encoding").is_empty());
            Ok(Download { object, body, length })
        })
    }

    fn put_object(&mut self, container: &str, name: &str, body: Body, options: &UploadOptions) -> Call<'_, Object> {
        let request = upload_by(Request::get(""), &body, options.checksum.as_deref());
        let mut request = Some(write::stored_as(request, name, options));
        let (mut body, container_) = (Some(body), container.to_owned());
        let ask = move |id: &str| {
            let mut upload = match (id, &request) {
                ("", Some(request)) => Request::get("").check(request.fault.clone().map_or(Ok(()), Err)),
                _ => request.take().unwrap_or_else(account),
            };
            upload.ticket = Some(ask("b2_get_upload_url", &[("bucketId", id)]));
            if id.is_empty() { upload } else { upload.body(body.take().unwrap_or_default()) }
        };
        let read = move |response: &mut Response, _: &str| file(response, &container_, Step::Done);
        within(&mut self.0, "put_object", container, Box::new(ask), Box::new(read), alone)
    }

    /// Without a version, the object is hidden, as S3 does with versions switched on, which they always are here: what was
    /// stored is kept, and costs, until it is deleted by version or by a lifecycle rule of the bucket's.
    fn delete_object(&mut self, container: &str, name: &str, version: Option<&str>) -> Call<'_, ()> {
        if let Some(id) = version {
            let request = call("b2_delete_file_version", &[("fileName", name), ("fileId", id)], &[]).check(write::check_name(name));
            return Call::done(&mut self.0, "delete_object", request);
        }
        let name = name.to_owned();
        let ask = move |id: &str| hide(id, &name);
        within(&mut self.0, "delete_object", container, Box::new(ask), Box::new(|_, _| Ok(Step::Done(()))), alone)
    }

    /// Looks at the source first, for files are copied by id. B2 copies at most 5 GB at once.
    fn copy_object(
        &mut self,
        container: &str,
        name: &str,
        to_container: &str,
        to_name: &str,
        options: Option<&UploadOptions>,
    ) -> Call<'_, Object> {
        let nothing = UploadOptions::default();
        let options = options.unwrap_or(&nothing);
        let stored = stored(options, to_name).and_then(|stored| match options.checksum {
            None => Ok(stored),
            Some(_) => Err(Error::unsupported("a copy takes no checksum")),
        });
        let headers = [&options.content_type, &options.cache_control, &options.content_disposition, &options.content_encoding];
        let replaces = headers.iter().any(|o| o.is_some()) || !options.metadata.0.is_empty();
        let source = write::object_at(Method::Head, container, name).check(stored.as_ref().map(|_| ()).map_err(Clone::clone));
        let (info, encryption) = stored.unwrap_or_default();
        let kind = options.content_type.clone().unwrap_or_default();
        let to = (to_container.to_owned(), to_name.to_owned());
        let mut source = Some(source);
        let ask = move |id: &str| match &source {
            Some(source) if id.is_empty() => account().check(source.fault.clone().map_or(Ok(()), Err)),
            _ => source.take().unwrap_or_else(account),
        };
        let mut copied = false;
        let read = move |response: &mut Response, id: &str| {
            if std::mem::replace(&mut copied, true) {
                return file(response, &to.0, Step::Done);
            }
            if read::size(response)? > LARGEST {
                return Err(Error::unsupported("B2 copies at most 5 GB at once: download the object and upload it in parts"));
            }
            // What replaces the metadata has to tell the media type.
            let kind = match (replaces, kind.as_str()) {
                (false, _) => "",
                (true, "") => response.header("content-type"),
                (true, kind) => kind,
            };
            let texts = [
                ("sourceFileId", response.header("x-bz-file-id")),
                ("fileName", &to.1),
                ("destinationBucketId", id),
                ("metadataDirective", if replaces { "REPLACE" } else { "COPY" }),
                ("contentType", kind),
            ];
            let info = if replaces { info.as_str() } else { "" };
            Ok(Step::Send(call("b2_copy_file", &texts, &[("fileInfo", info), ("destinationServerSideEncryption", &encryption)])))
        };
        within(&mut self.0, "copy_object", to_container, Box::new(ask), Box::new(read), alone)
    }

    /// Repeated when its answer is lost: the upload that may be left of it has no parts, and costs nothing.
    fn create_upload(&mut self, container: &str, name: &str, options: &UploadOptions) -> Call<'_, String> {
        let stored = stored(options, name).and_then(|stored| match options.checksum.as_deref() {
            None | Some("sha1") => Ok(stored),
            _ => Err(Error::unsupported("B2 verifies SHA-1 only: give checksum as \"sha1\"")),
        });
        let (name, kind) = (name.to_owned(), write::content_type(options).to_owned());
        let ask = move |id: &str| {
            let texts = [("bucketId", id), ("fileName", &name), ("contentType", &kind)];
            match &stored {
                Ok((info, encryption)) => {
                    call("b2_start_large_file", &texts, &[("fileInfo", info), ("serverSideEncryption", encryption)]).repeatable()
                }
                Err(error) => account().check::<()>(Err(error.clone())),
            }
        };
        let read = |response: &mut Response, _: &str| Tree::json(response.text()?)?.root().need("fileId").map(Step::Done);
        within(&mut self.0, "create_upload", container, Box::new(ask), Box::new(read), alone)
    }

    fn put_part(&mut self, _: &str, _: &str, upload: &str, place: &PartPlace, body: Body) -> Call<'_, Part> {
        let ticket = ask("b2_get_upload_part_url", &[("fileId", upload)]);
        let request = upload_by(ticket, &body, place.checksum.as_deref()).header("x-bz-part-number", number_text(place.number));
        let request = write::with_key(request, place.customer_key.as_ref().map(Secret::expose)).body(body);
        let checksum = place.checksum.clone();
        Call::json(&mut self.0, "put_part", request, move |d| Ok(Part { checksum: checksum.clone(), ..read::part(d)? }))
    }

    fn complete_upload(&mut self, container: &str, _: &str, upload: &str, parts: &[Part], _: &UploadOptions) -> Call<'_, Object> {
        let (container, hashes) = (container.to_owned(), write::hashes(parts));
        let request = match &hashes {
            Ok(hashes) => call("b2_finish_large_file", &[("fileId", upload)], &[("partSha1Array", hashes)]),
            Err(error) => account().check::<()>(Err(error.clone())),
        };
        Call::new(&mut self.0, "complete_upload", request, move |response| file(response, &container, |object| object))
    }

    fn abort_upload(&mut self, _: &str, _: &str, upload: &str) -> Call<'_, ()> {
        Call::done(&mut self.0, "abort_upload", call("b2_cancel_large_file", &[("fileId", upload)], &[]))
    }

    fn list_uploads(&mut self, container: &str) -> Call<'_, Vec<Upload>> {
        let pages = Pages {
            bucket: Some(Bucket::new(&self.0, container)),
            call: "b2_list_unfinished_large_files",
            query: vec![("maxFileCount", "100".to_owned())],
            cursors: &[("nextFileId", "startFileId")],
            start: Vec::new(),
            list: "files",
        };
        Call::pages(&mut self.0, "list_uploads", pages.first(), pages, read::upload)
    }

    fn list_parts(&mut self, _: &str, _: &str, upload: &str) -> Call<'_, Vec<Part>> {
        let pages = Pages {
            bucket: None,
            call: "b2_list_parts",
            query: vec![("fileId", upload.to_owned()), ("maxPartCount", "1000".to_owned())],
            cursors: &[("nextPartNumber", "startPartNumber")],
            start: Vec::new(),
            list: "parts",
        };
        Call::pages(&mut self.0, "list_parts", pages.first(), pages, read::part)
    }

    fn list_versions(&mut self, container: &str, options: &ListObjects) -> Call<'_, Vec<Version>> {
        match listed(&self.0, container, options, VERSIONS) {
            Ok(pages) => {
                let versions = Call::pages(&mut self.0, "list_versions", pages.first(), pages, read::version);
                // The newest of a name comes first; it may have come on the page before.
                let last = Cell::new(String::new());
                let mark = move |mut list: Vec<Version>| {
                    let mut before = last.take();
                    for version in &mut list {
                        version.latest = version.name != before;
                        before.clone_from(&version.name);
                    }
                    last.set(before);
                    Ok(list)
                };
                versions.map(mark, |list, mut more| list.append(&mut more))
            }
            Err(error) => Call::failed(&mut self.0, "list_versions", error),
        }
    }

    fn get_cors(&mut self, container: &str) -> Call<'_, Vec<CorsRule>> {
        let read = |d: Doc<'_>| {
            let mut rules = Vec::new();
            for rule in d.each("corsRules") {
                rules.push(read::cors_rule(rule));
            }
            Ok(Step::Done(rules))
        };
        whole(&mut self.0, "get_cors", container, Ok(()), Box::new(read))
    }

    fn set_cors(&mut self, container: &str, rules: &[CorsRule]) -> Call<'_, ()> {
        let rules = write::cors(rules);
        let fault = rules.as_ref().map(|_| ()).map_err(Clone::clone);
        let mut rules = rules.ok();
        let read = move |d: Doc<'_>| {
            Ok(match rules.take() {
                None => Step::Done(()),
                Some(rules) => Step::Send(of_bucket("b2_update_bucket", d, &rules).repeatable()),
            })
        };
        whole(&mut self.0, "set_cors", container, fault, Box::new(read))
    }

    fn get_container_cdn_url(&mut self, container: &str) -> Call<'_, String> {
        let request = account().check(write::check_bucket(container));
        self.address("get_container_cdn_url", request, ["/file/", container].concat())
    }

    fn get_object_cdn_url(&mut self, container: &str, name: &str) -> Call<'_, String> {
        let request = account().check(write::check_bucket(container)).check(write::check_name(name));
        self.address("get_object_cdn_url", request, write::address(container, name))
    }

    /// To download by, which B2 must be asked for. It is good for every object whose name starts with this one.
    fn presign(&mut self, container: &str, name: &str, options: &Presign) -> Call<'_, String> {
        let seconds = options.expires_in.unwrap_or(3600);
        let fault = match (options.method.as_deref().unwrap_or("GET"), &options.content_type, seconds) {
            ("GET" | "HEAD", None, 1..=604_800) => write::check_name(name),
            ("GET" | "HEAD", None, _) => Err(Error::invalid("expiresIn must be from 1 to 604800 seconds (a week)")),
            _ => Err(Error::unsupported("B2 has URLs to download by, for GET and HEAD, only")),
        };
        let (prefix, path, seconds) = (name.to_owned(), write::address(container, name), number_text(seconds));
        let ask = move |id: &str| {
            let texts = [("bucketId", id), ("fileNamePrefix", &prefix)];
            let request = call("b2_get_download_authorization", &texts, &[("validDurationInSeconds", &seconds)]);
            request.repeatable().check(fault.clone())
        };
        let mut token = String::new();
        let read = move |response: &mut Response, _: &str| {
            let tree = Tree::json(response.text()?)?;
            if token.is_empty() {
                token = tree.root().need("authorizationToken")?;
                return Ok(Step::Send(account()));
            }
            let mut url = [tree.root().text("downloadUrl"), &path, "?Authorization="].concat();
            encode_into(&mut url, &token, false);
            Ok(Step::Done(url))
        };
        within(&mut self.0, "presign", container, Box::new(ask), Box::new(read), alone)
    }

    fn limits(&self) -> Limits {
        Limits { smallest: 5_000_000, largest: LARGEST, unit: 1, most: 10_000, in_order: false }
    }

    fn options(&self) -> &'static [&'static str] {
        &["checksum", "encryption", "customerKey", "version"]
    }
}

impl Backblaze {
    /// A path at the account's address for downloads.
    fn address(&mut self, operation: &'static str, request: Request, path: String) -> Call<'_, String> {
        Call::json(&mut self.0, operation, request, move |d| Ok([d.text("downloadUrl"), &path].concat()))
    }
}

/// The objects and the groups of names on a page.
struct Entries<'c> {
    container: &'c str,
    listing: Listing,
}

impl Entries<'_> {
    fn is_empty(&self) -> bool {
        self.listing.objects.is_empty() && self.listing.prefixes.is_empty()
    }
}

impl Found for Entries<'_> {
    fn item(&mut self, doc: Doc<'_>) -> Result<()> {
        match doc.text("action") {
            "folder" => self.listing.prefixes.push(doc.need("fileName")?),
            _ => self.listing.objects.push(read::file(doc, self.container)?),
        }
        Ok(())
    }
}

/// What an object is stored with, and how it is encrypted, as JSON.
fn stored(options: &UploadOptions, name: &str) -> Result<(String, String)> {
    write::check_name(name)?;
    let info: Pairs = write::info(options)?;
    Ok((Json::of(&info).into_string(), write::encryption(options)?))
}

/// A call about a bucket by its description.
fn of_bucket(name: &str, d: Doc<'_>, cors: &str) -> Request {
    call(name, &[("accountId", d.text("accountId")), ("bucketId", d.text("bucketId"))], &[("corsRules", cors)])
}
