//! B2's storage. <https://www.backblaze.com/apidocs/introduction-to-the-b2-native-api>

use std::rc::Rc;

use super::{read, write};
use crate::clouds::s3::write::{check_body, covers, range};
use crate::core::call::{Call, Step};
use crate::core::error::{Error, Kind, Result};
use crate::core::http::{Body, Method, Request, Response, encode_into};
use crate::core::link::{Account, Link};
use crate::core::wire::{Doc, Json, Tree, array, number_text, object};
use crate::storage::{
    Container, CorsRule, Download, DownloadOptions, Limits, ListObjects, Listing, Object, Part, PartPlace, Presign, Storage, Undeleted,
    Upload, UploadOptions, Version,
};

/// The storage driver.
pub struct Backblaze(pub(super) Link);

/// The most that one request copies, in bytes.
const LARGEST: u64 = 5_000_000_000;

/// How many names B2 gives for the price of one request.
const PAGE: u64 = 1000;

/// Asks what the log-in told of the account; nothing is sent.
fn account() -> Request {
    Request::get("/").to("account")
}

fn no_bucket() -> Error {
    Error::new(Kind::NotFound, "there is no such bucket, or this application key may not see it")
}

/// Finds a bucket's id, which calls want instead of its name.
struct Lookup {
    account: Rc<Account>,
    name: String,
    id: String,
    asked: bool,
}

impl Lookup {
    /// Reads an answer; gives the request that goes next, or nothing once the id is known.
    fn read(&mut self, response: &Response) -> Result<Option<Request>> {
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

/// An operation in a bucket. `ask` makes its request from the bucket's id; called without one, to check what it is made of.
fn within<'d, T: 'd>(
    link: &'d mut Link,
    operation: &'static str,
    container: &str,
    mut ask: impl FnMut(&str) -> Request + 'd,
    mut read: impl FnMut(&mut Response, &str) -> Result<Step<T>> + 'd,
    join: fn(&mut T, T),
) -> Call<'d, T> {
    let id = link.account().noted(container).unwrap_or_default();
    let mut known = !id.is_empty();
    let mut lookup = Lookup { account: link.account().clone(), name: container.to_owned(), id, asked: false };
    let mut first = ask(&lookup.id);
    if !known {
        first = account().check(write::check_bucket(container)).check(first.fault.take().map_or(Ok(()), Err));
    }
    let read = move |response: &mut Response| {
        if known {
            return read(response, &lookup.id);
        }
        let next = lookup.read(response)?;
        known = next.is_none();
        Ok(Step::Send(next.unwrap_or_else(|| ask(&lookup.id))))
    };
    Call::parts(link, operation, first, read, join)
}

/// An operation of one bucket, which is looked up whole: `read` is given it, then the answers to what it asks for.
fn bucket<'d, T: 'd>(
    link: &'d mut Link,
    operation: &'static str,
    name: &str,
    fault: Result<()>,
    mut read: impl FnMut(Doc<'_>) -> Result<Step<T>> + 'd,
) -> Call<'d, T> {
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

fn alone<T>(_: &mut T, _: T) {}

fn append<T>(list: &mut Vec<T>, mut more: Vec<T>) {
    list.append(&mut more);
}

/// A page of names or versions from the place that a cursor names.
fn page(call: &str, id: &str, options: &ListObjects, cursor: (&str, &str)) -> Request {
    let given = |option: &Option<String>| option.clone().unwrap_or_default();
    let start = match &options.start_after {
        // The first name that may follow it, for no name has a character before the space.
        Some(name) if cursor.0.is_empty() && !name.is_empty() => [name, " "].concat(),
        _ => cursor.0.to_owned(),
    };
    let size = options.page_size.unwrap_or(PAGE);
    write::ask(
        call,
        &[
            ("bucketId", Some(id)),
            ("prefix", Some(&given(&options.prefix))),
            ("delimiter", Some(&given(&options.delimiter))),
            ("startFileName", Some(&start)),
            ("startFileId", Some(cursor.1)),
            ("maxFileCount", Some(&number_text(size))),
        ],
    )
    .check(match size {
        1..=10_000 => Ok(()),
        _ => Err(Error::invalid("pageSize must be from 1 to 10000")),
    })
}

/// Hides a file: it is gone, and its versions are kept.
fn hide(id: &str, name: &str) -> Request {
    write::call("b2_hide_file", &[("bucketId", id.into()), ("fileName", name.into())]).check(write::check_name(name))
}

/// A request that goes to a pod of B2's, which another request names. Repeated, it leaves at worst a version more.
fn upload_by(ticket: Request, body: &Body, checksum: Option<&str>) -> Request {
    let sha1 = write::sha1_of(checksum);
    let request = Request::post("").to("upload").ticket(ticket).repeatable().check(check_body(body)).check(sha1.clone());
    request.header("x-bz-content-sha1", sha1.unwrap_or_default())
}

/// What an object is stored with, as members of a call.
fn stored_as(options: &UploadOptions) -> Result<[(&'static str, Json); 2]> {
    let info = write::info(options)?;
    let info: Vec<(&str, Json)> = info.iter().map(|(name, value)| (name.as_str(), value.into())).collect();
    Ok([("contentType", write::content_type(options).into()), ("fileInfo", object(&info))])
}

impl Storage for Backblaze {
    fn link(&mut self) -> &mut Link {
        &mut self.0
    }

    fn list_containers(&mut self) -> Call<'_, Vec<Container>> {
        // A key that is restricted to some buckets may ask for these alone.
        let mut requests: Option<Vec<Request>> = None;
        let read = move |response: &mut Response| {
            let tree = Tree::json(response.text()?)?;
            let root = tree.root();
            if let Some(left) = &mut requests {
                let list = root.get("buckets").map_or(Ok(Vec::new()), |d| d.all(read::container))?;
                return Ok(match left.pop() {
                    Some(next) => Step::Part(list, next),
                    None => Step::Done(list),
                });
            }
            let mut all: Vec<Request> = root.each("buckets").map(|d| write::list_buckets(root, "bucketId", d.text("id"))).collect();
            all.reverse();
            let first = all.pop().unwrap_or_else(|| write::list_buckets(root, "", ""));
            requests = Some(all);
            Ok(Step::Send(first))
        };
        Call::parts(&mut self.0, "list_containers", account(), read, append)
    }

    fn get_container(&mut self, name: &str) -> Call<'_, Container> {
        bucket(&mut self.0, "get_container", name, Ok(()), |d| read::container(d).map(Step::Done))
    }

    /// It is private: who reads it needs a key, or a presigned URL.
    fn create_container(&mut self, name: &str) -> Call<'_, Container> {
        let (name, mut asked) = (name.to_owned(), false);
        Call::steps(&mut self.0, "create_container", account().check(write::check_bucket(&name)), move |response| {
            let tree = Tree::json(response.text()?)?;
            if std::mem::replace(&mut asked, true) {
                return read::container(tree.root()).map(Step::Done);
            }
            let body = [
                ("accountId", tree.root().text("accountId").into()),
                ("bucketName", name.as_str().into()),
                ("bucketType", "allPrivate".into()),
            ];
            Ok(Step::Send(write::call("b2_create_bucket", &body)))
        })
    }

    fn delete_container(&mut self, name: &str) -> Call<'_, ()> {
        let account = self.0.account().clone();
        let mut asked = false;
        bucket(&mut self.0, "delete_container", name, Ok(()), move |d| {
            account.note(d.text("bucketName"), "");
            Ok(match std::mem::replace(&mut asked, true) {
                true => Step::Done(()),
                false => Step::Send(write::call("b2_delete_bucket", &[bucket_of(d, "accountId"), bucket_of(d, "bucketId")])),
            })
        })
    }

    fn list_objects(&mut self, container: &str, options: &ListObjects) -> Call<'_, Listing> {
        let (wanted, options, container_) = (options.clone(), options.clone(), container.to_owned());
        let ask = move |id: &str| page("b2_list_file_names", id, &wanted, ("", ""));
        let mut last = String::new();
        let read = move |response: &mut Response, id: &str| {
            let tree = Tree::json(response.text()?)?;
            let mut listing = Listing::default();
            for d in tree.root().each("files") {
                match d.text("action") {
                    "folder" => listing.prefixes.push(d.need("fileName")?),
                    _ => listing.objects.push(read::file(d, &container_)?),
                }
            }
            let next = tree.root().text("nextFileName");
            if next.is_empty() || next == last {
                return Ok(Step::Done(listing));
            }
            next.clone_into(&mut last);
            Ok(Step::Part(listing, page("b2_list_file_names", id, &options, (next, ""))))
        };
        within(&mut self.0, "list_objects", container, ask, read, |list, mut more| {
            list.objects.append(&mut more.objects);
            list.prefixes.append(&mut more.prefixes);
        })
    }

    fn get_object(&mut self, container: &str, name: &str, options: &DownloadOptions) -> Call<'_, Object> {
        let (container, name) = (container.to_owned(), name.to_owned());
        if let Some(id) = options.version.as_deref() {
            let request = write::ask("b2_get_file_info", &[("fileId", Some(id))]);
            return Call::json(&mut self.0, "get_object", request, move |d| read::file(d, &container));
        }
        let request = write::with_key(write::object_at(Method::Head, &container, &name), options.customer_key.as_deref());
        Call::new(&mut self.0, "get_object", request, move |response| {
            Ok(read::object_of(response, &container, &name, read::size(response)?))
        })
    }

    fn download(&mut self, container: &str, name: &str, options: &DownloadOptions) -> Call<'_, Download> {
        let (container, name, options) = (container.to_owned(), name.to_owned(), options.clone());
        let request = match options.version.as_deref() {
            Some(id) => write::ask("b2_download_file_by_id", &[("fileId", Some(id))]).to("download"),
            None => write::object_at(Method::Get, &container, &name),
        };
        let range = range(&options);
        let request = request.check(range.clone()).header_opt("range", range.ok().flatten()).stream();
        let host = self.0.account().host().clone();
        Call::new(&mut self.0, "download", write::with_key(request, options.customer_key.as_deref()), move |response| {
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
        let (name, options, container_) = (name.to_owned(), options.clone(), container.to_owned());
        let mut body = Some(body);
        let ask = move |id: &str| {
            let ticket = write::ask("b2_get_upload_url", &[("bucketId", Some(id))]);
            let request = upload_by(ticket, body.as_ref().unwrap_or(&Body::Empty), options.checksum.as_deref());
            let request = write::stored_as(request, &name, &options);
            if id.is_empty() { request } else { request.body(body.take().unwrap_or_default()) }
        };
        let read = move |response: &mut Response, _: &str| read::file(Tree::json(response.text()?)?.root(), &container_).map(Step::Done);
        within(&mut self.0, "put_object", container, ask, read, alone)
    }

    /// Without a version, the object is hidden, as S3 does with versions switched on, which they always are here: what was
    /// stored is kept, and costs, until it is deleted by version or by a lifecycle rule of the bucket's.
    fn delete_object(&mut self, container: &str, name: &str, version: Option<&str>) -> Call<'_, ()> {
        if let Some(id) = version {
            let body = [("fileName", name.into()), ("fileId", id.into())];
            let request = write::call("b2_delete_file_version", &body).check(write::check_name(name));
            return Call::done(&mut self.0, "delete_object", request);
        }
        let name = name.to_owned();
        within(&mut self.0, "delete_object", container, move |id| hide(id, &name), |_, _| Ok(Step::Done(())), alone)
    }

    /// One after another, for B2 hides one at a time.
    fn delete_objects(&mut self, container: &str, names: &[String]) -> Call<'_, Vec<Undeleted>> {
        let fault = names.iter().try_for_each(|name| write::check_name(name));
        let (first, mut at) = (names.first().cloned().unwrap_or_default(), 0);
        if first.is_empty() && fault.is_ok() {
            return Call::ready(&mut self.0, "delete_objects", Vec::new());
        }
        let names = names.to_vec();
        let ask = move |id: &str| hide(id, &first).check(fault.clone()).taking(&[400]);
        let read = move |response: &mut Response, id: &str| {
            let mut missing = Vec::new();
            if response.status == 400 {
                let tree = Tree::json(response.text()?)?;
                let text = |name: &str| tree.root().text(name).to_owned();
                if text("code") == "bad_bucket_id" {
                    return Err(no_bucket());
                }
                missing.push(Undeleted { name: names.get(at).cloned().unwrap_or_default(), code: text("code"), message: text("message") });
            }
            at += 1;
            Ok(match names.get(at) {
                Some(name) => Step::Part(missing, hide(id, name).taking(&[400])),
                None => Step::Done(missing),
            })
        };
        within(&mut self.0, "delete_objects", container, ask, read, append)
    }

    /// Looks at the source first, for files are copied by id. One of more than 5 GB is copied in parts.
    fn copy_object(
        &mut self,
        container: &str,
        name: &str,
        to_container: &str,
        to_name: &str,
        options: Option<&UploadOptions>,
    ) -> Call<'_, Object> {
        let options = options.cloned().unwrap_or_default();
        let checked = || {
            write::check_name(to_name)?;
            match options.checksum {
                None => Ok((stored_as(&options)?, write::encryption(&options)?)),
                Some(_) => Err(Error::unsupported("a copy takes no checksum")),
            }
        };
        let (mut stored, encryption) = match checked() {
            Ok(checked) => checked,
            Err(error) => return Call::failed(&mut self.0, "copy_object", error),
        };
        let headers = [&options.content_type, &options.cache_control, &options.content_disposition, &options.content_encoding];
        let replaces = headers.iter().any(|o| o.is_some()) || !options.metadata.0.is_empty();
        let (from, to) = ((container.to_owned(), name.to_owned()), (to_container.to_owned(), to_name.to_owned()));
        let ask = move |_: &str| write::object_at(Method::Head, &from.0, &from.1);
        let mut source = String::new();
        let (mut size, mut copied, mut large) = (0, 0, String::new());
        let mut hashes: Vec<Json> = Vec::new();
        let read = move |response: &mut Response, id: &str| {
            if source.is_empty() {
                size = read::size(response)?;
                source = response.header("x-bz-file-id").to_owned();
                let [kind, info] = &mut stored;
                if options.content_type.is_none() {
                    kind.1 = response.header("content-type").into();
                }
                if size <= LARGEST {
                    let given = |json: &Json| if replaces { json.clone() } else { Json::default() };
                    return Ok(Step::Send(write::call(
                        "b2_copy_file",
                        &[
                            ("sourceFileId", source.as_str().into()),
                            ("fileName", to.1.as_str().into()),
                            ("destinationBucketId", id.into()),
                            ("metadataDirective", if replaces { "REPLACE" } else { "COPY" }.into()),
                            ("contentType", given(&kind.1)),
                            ("fileInfo", given(&info.1)),
                            ("destinationServerSideEncryption", encryption.clone()),
                        ],
                    )));
                }
                if !replaces {
                    info.1 = Json::of(&read::info(response));
                }
                let body = [
                    ("bucketId", id.into()),
                    ("fileName", to.1.as_str().into()),
                    ("contentType", kind.1.clone()),
                    ("fileInfo", info.1.clone()),
                    ("serverSideEncryption", encryption.clone()),
                ];
                return Ok(Step::Send(write::call("b2_start_large_file", &body)));
            }
            let tree = Tree::json(response.text()?)?;
            let root = tree.root();
            if size <= LARGEST || (copied >= size && root.get("partNumber").is_none()) {
                return read::file(root, &to.0).map(Step::Done);
            }
            if large.is_empty() {
                large = root.need("fileId")?;
            } else {
                hashes.push(read::part(root)?.etag.into());
            }
            if copied >= size {
                let body = [("fileId", large.as_str().into()), ("partSha1Array", array(std::mem::take(&mut hashes)))];
                return Ok(Step::Send(write::call("b2_finish_large_file", &body)));
            }
            let end = size.min(copied + LARGEST / 5) - 1;
            let range = ["bytes=", &number_text(copied), "-", &number_text(end)].concat();
            copied = end + 1;
            let number = hashes.len() as u64 + 1;
            let body = [
                ("sourceFileId", source.as_str().into()),
                ("largeFileId", large.as_str().into()),
                ("partNumber", number.into()),
                ("range", range.into()),
                ("destinationServerSideEncryption", encryption.clone()),
            ];
            Ok(Step::Send(write::call("b2_copy_part", &body).repeatable()))
        };
        within(&mut self.0, "copy_object", to_container, ask, read, alone)
    }

    /// Repeated when its answer is lost: the upload that may be left of it has no parts, and costs nothing.
    fn create_upload(&mut self, container: &str, name: &str, options: &UploadOptions) -> Call<'_, String> {
        let checked = || {
            write::check_name(name)?;
            match options.checksum.as_deref() {
                None | Some("sha1") => Ok((stored_as(options)?, write::encryption(options)?)),
                _ => Err(Error::unsupported("B2 verifies SHA-1 only: give checksum as \"sha1\"")),
            }
        };
        let ([kind, info], encryption) = match checked() {
            Ok(checked) => checked,
            Err(error) => return Call::failed(&mut self.0, "create_upload", error),
        };
        let name = name.to_owned();
        let ask = move |id: &str| {
            let body = [
                ("bucketId", id.into()),
                ("fileName", name.as_str().into()),
                kind.clone(),
                info.clone(),
                ("serverSideEncryption", encryption.clone()),
            ];
            write::call("b2_start_large_file", &body).repeatable()
        };
        let read = |response: &mut Response, _: &str| Tree::json(response.text()?)?.root().need("fileId").map(Step::Done);
        within(&mut self.0, "create_upload", container, ask, read, alone)
    }

    fn put_part(&mut self, _: &str, _: &str, upload: &str, place: &PartPlace, body: Body) -> Call<'_, Part> {
        let ticket = write::ask("b2_get_upload_part_url", &[("fileId", Some(upload))]);
        let request = upload_by(ticket, &body, place.checksum.as_deref()).header("x-bz-part-number", number_text(place.number));
        let request = write::with_key(request, place.customer_key.as_deref()).body(body);
        let checksum = place.checksum.clone();
        Call::json(&mut self.0, "put_part", request, move |d| Ok(Part { checksum: checksum.clone(), ..read::part(d)? }))
    }

    fn complete_upload(&mut self, container: &str, _: &str, upload: &str, parts: &[Part], _: &UploadOptions) -> Call<'_, Object> {
        let (container, hashes) = (container.to_owned(), write::hashes(parts));
        let body = [("fileId", upload.into()), ("partSha1Array", hashes.clone().unwrap_or_default())];
        let request = write::call("b2_finish_large_file", &body).check(hashes);
        Call::json(&mut self.0, "complete_upload", request, move |d| read::file(d, &container))
    }

    fn abort_upload(&mut self, _: &str, _: &str, upload: &str) -> Call<'_, ()> {
        let request = write::call("b2_cancel_large_file", &[("fileId", upload.into())]);
        Call::done(&mut self.0, "abort_upload", request)
    }

    fn list_uploads(&mut self, container: &str) -> Call<'_, Vec<Upload>> {
        fn page(id: &str, from: &str) -> Request {
            let query = [("bucketId", Some(id)), ("startFileId", Some(from)), ("maxFileCount", Some("100"))];
            write::ask("b2_list_unfinished_large_files", &query)
        }
        let mut last = String::new();
        let read = move |response: &mut Response, id: &str| {
            let tree = Tree::json(response.text()?)?;
            let list = tree.root().get("files").map_or(Ok(Vec::new()), |d| d.all(read::upload))?;
            let next = tree.root().text("nextFileId");
            if next.is_empty() || next == last {
                return Ok(Step::Done(list));
            }
            next.clone_into(&mut last);
            Ok(Step::Part(list, page(id, next)))
        };
        within(&mut self.0, "list_uploads", container, |id| page(id, ""), read, append)
    }

    fn list_parts(&mut self, _: &str, _: &str, upload: &str) -> Call<'_, Vec<Part>> {
        let upload = upload.to_owned();
        let page = move |from: u64| {
            let query = [("fileId", Some(upload.as_str())), ("startPartNumber", Some(&*number_text(from))), ("maxPartCount", Some("1000"))];
            write::ask("b2_list_parts", &query)
        };
        let mut last = 1;
        let first = page(last);
        let read = move |response: &mut Response| {
            let tree = Tree::json(response.text()?)?;
            let list = tree.root().get("parts").map_or(Ok(Vec::new()), |d| d.all(read::part))?;
            Ok(match tree.root().opt::<u64>("nextPartNumber") {
                Some(next) if next > last => {
                    last = next;
                    Step::Part(list, page(next))
                }
                _ => Step::Done(list),
            })
        };
        Call::parts(&mut self.0, "list_parts", first, read, append)
    }

    fn list_versions(&mut self, container: &str, options: &ListObjects) -> Call<'_, Vec<Version>> {
        let (wanted, options) = (options.clone(), options.clone());
        let ask = move |id: &str| page("b2_list_file_versions", id, &wanted, ("", ""));
        let (mut last, mut cursor) = (String::new(), String::new());
        let read = move |response: &mut Response, id: &str| {
            let tree = Tree::json(response.text()?)?;
            let mut list = Vec::new();
            for d in tree.root().each("files").filter(|d| !matches!(d.text("action"), "start" | "folder")) {
                let version = read::version(d, &last)?;
                version.name.clone_into(&mut last);
                list.push(version);
            }
            let next = (tree.root().text("nextFileName"), tree.root().text("nextFileId"));
            let mark = [next.0, "\n", next.1].concat();
            if next.0.is_empty() || mark == cursor {
                return Ok(Step::Done(list));
            }
            cursor = mark;
            Ok(Step::Part(list, page("b2_list_file_versions", id, &options, next)))
        };
        within(&mut self.0, "list_versions", container, ask, read, append)
    }

    fn get_cors(&mut self, container: &str) -> Call<'_, Vec<CorsRule>> {
        bucket(&mut self.0, "get_cors", container, Ok(()), |d| {
            d.get("corsRules").filter(|d| d.is_list()).map_or(Ok(Vec::new()), |d| d.all(read::cors_rule)).map(Step::Done)
        })
    }

    fn set_cors(&mut self, container: &str, rules: &[CorsRule]) -> Call<'_, ()> {
        let rules = write::cors(rules);
        let fault = rules.as_ref().map(|_| ()).map_err(Clone::clone);
        let mut rules = rules.ok();
        bucket(&mut self.0, "set_cors", container, fault, move |d| {
            Ok(match rules.take() {
                None => Step::Done(()),
                Some(rules) => {
                    let body = [bucket_of(d, "accountId"), bucket_of(d, "bucketId"), ("corsRules", rules)];
                    Step::Send(write::call("b2_update_bucket", &body).repeatable())
                }
            })
        })
    }

    fn get_container_cdn_url(&mut self, container: &str) -> Call<'_, String> {
        let path = ["/file/", container].concat();
        let request = account().check(write::check_bucket(container));
        Call::json(&mut self.0, "get_container_cdn_url", request, move |d| Ok([d.text("downloadUrl"), &path].concat()))
    }

    fn get_object_cdn_url(&mut self, container: &str, name: &str) -> Call<'_, String> {
        let path = write::address(container, name);
        let request = account().check(write::check_bucket(container)).check(write::check_name(name));
        Call::json(&mut self.0, "get_object_cdn_url", request, move |d| Ok([d.text("downloadUrl"), &path].concat()))
    }

    /// To download by, which B2 must be asked for. It is good for every object whose name starts with this one.
    fn presign(&mut self, container: &str, name: &str, options: &Presign) -> Call<'_, String> {
        let seconds = options.expires_in.unwrap_or(3600);
        let fault = match (options.method.as_deref().unwrap_or("GET"), &options.content_type, seconds) {
            ("GET" | "HEAD", None, 1..=604_800) => write::check_name(name),
            ("GET" | "HEAD", None, _) => Err(Error::invalid("expiresIn must be from 1 to 604800 seconds (a week)")),
            _ => Err(Error::unsupported("B2 has URLs to download by, for GET and HEAD, only")),
        };
        let (prefix, path) = (name.to_owned(), write::address(container, name));
        let ask = move |id: &str| {
            let body = [("bucketId", id.into()), ("fileNamePrefix", prefix.as_str().into()), ("validDurationInSeconds", seconds.into())];
            write::call("b2_get_download_authorization", &body).repeatable().check(fault.clone())
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
        within(&mut self.0, "presign", container, ask, read, alone)
    }

    fn limits(&self) -> Limits {
        Limits { smallest: 5_000_000, largest: LARGEST, unit: 1, most: 10_000, in_order: false }
    }

    fn options(&self) -> &'static [&'static str] {
        &["checksum", "encryption", "customerKey", "version"]
    }
}

/// A member of a bucket's description, as a call wants it.
fn bucket_of(d: Doc<'_>, name: &'static str) -> (&'static str, Json) {
    (name, d.text(name).into())
}
