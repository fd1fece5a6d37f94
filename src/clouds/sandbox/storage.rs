//! Storage of the sandbox.

use super::host::OPTIONS as QUERY;
use super::{change, extra, pairs};
use crate::core::call::{Call, Step};
use crate::core::error::{Error, Result};
use crate::core::http::{Body, Request, path};
use crate::core::link::Link;
use crate::core::wire::{Doc, Json, Pairs, Tree, array, object};
use crate::storage::{Container, Download, DownloadOptions, ListObjects, Listing, Object, Part, Storage, Undeleted, Upload, UploadOptions};

/// What it has: all but URLs that work without the driver.
pub(super) const OPERATIONS: &[&str] = &[
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
];

/// Storage. Names are listed in the order of their bytes, 1,000 a page. An entity tag names a version, whatever the
/// bytes. ACLs and storage classes are not kept.
pub(super) struct Sandbox(pub Link);

impl Storage for Sandbox {
    fn link(&mut self) -> &mut Link {
        &mut self.0
    }

    fn list_containers(&mut self) -> Call<'_, Vec<Container>> {
        Call::json(&mut self.0, "list_containers", Request::get("/containers"), |d| d.all(container))
    }

    fn get_container(&mut self, name: &str) -> Call<'_, Container> {
        Call::json(&mut self.0, "get_container", Request::get(path("/containers/*", &[name])), container)
    }

    fn create_container(&mut self, name: &str) -> Call<'_, Container> {
        let request = change(&self.0, Request::post("/containers").json(object(&[("name", name.into())])));
        Call::json(&mut self.0, "create_container", request, container)
    }

    fn delete_container(&mut self, name: &str) -> Call<'_, ()> {
        let request = change(&self.0, Request::delete(path("/containers/*", &[name])));
        Call::done(&mut self.0, "delete_container", request)
    }

    fn list_objects(&mut self, container: &str, options: &ListObjects) -> Call<'_, Listing> {
        let (container, options) = (container.to_owned(), options.clone());
        let of = container.clone();
        let page = move |after: Option<String>| {
            let json = object(&[
                ("prefix", options.prefix.clone().into()),
                ("delimiter", options.delimiter.clone().into()),
                ("startAfter", after.or_else(|| options.start_after.clone()).into()),
                ("pageSize", options.page_size.into()),
            ]);
            Request::get(path("/objects/*", &[&container])).query(QUERY, json.into_string())
        };
        let first = page(None);
        let read = move |response: &mut crate::core::http::Response| {
            let tree = Tree::json(response.text()?)?;
            let d = tree.root();
            let objects = d.get("objects").map_or(Ok(Vec::new()), |list| list.all(|d| listed(d, &of)))?;
            let listing = Listing { objects, prefixes: d.need("prefixes")? };
            Ok(match d.text("next") {
                "" => Step::Done(listing),
                next => Step::Part(listing, page(Some(next.to_owned()))),
            })
        };
        Call::parts(&mut self.0, "list_objects", first, read, |list, mut more| {
            list.objects.append(&mut more.objects);
            list.prefixes.append(&mut more.prefixes);
        })
    }

    fn get_object(&mut self, container: &str, name: &str) -> Call<'_, Object> {
        let request = Request::get(path("/objects/*/*", &[container, name]));
        let container = container.to_owned();
        Call::json(&mut self.0, "get_object", request, move |d| stored(d, &container))
    }

    fn download(&mut self, container: &str, name: &str, options: &DownloadOptions) -> Call<'_, Download> {
        let json = object(&[
            ("start", options.start.into()),
            ("end", options.end.into()),
            ("suffix", options.suffix.into()),
            ("ifMatch", options.if_match.clone().into()),
            ("ifNoneMatch", options.if_none_match.clone().into()),
        ]);
        let request = Request::get(path("/objects/*/*", &[container, name])).query(QUERY, json.into_string()).stream();
        let container = container.to_owned();
        Call::new(&mut self.0, "download", request, move |response| {
            let object = stored(Tree::json(response.header("object"))?.root(), &container)?;
            match std::mem::take(&mut response.body) {
                Body::Stream(body) => Ok(Download { object, length: body.length, body }),
                _ => Err(Error::malformed("the answer has no stream")),
            }
        })
    }

    fn put_object(&mut self, container: &str, name: &str, body: Body, options: &UploadOptions) -> Call<'_, Object> {
        let request = Request::put(path("/objects/*/*", &[container, name])).body(body).query(QUERY, kept(options, &[]).into_string());
        self.put("put_object", container, request)
    }

    fn delete_object(&mut self, container: &str, name: &str) -> Call<'_, ()> {
        let request = change(&self.0, Request::delete(path("/objects/*/*", &[container, name])));
        Call::done(&mut self.0, "delete_object", request)
    }

    fn delete_objects(&mut self, container: &str, names: &[String]) -> Call<'_, Vec<Undeleted>> {
        let names = object(&[("names", array(names.iter().map(Json::from)))]);
        let request = change(&self.0, Request::post(path("/objects/*", &[container])).json(names));
        Call::new(&mut self.0, "delete_objects", request, |_| Ok(Vec::new()))
    }

    fn copy_object(
        &mut self,
        container: &str,
        name: &str,
        to_container: &str,
        to_name: &str,
        options: Option<&UploadOptions>,
    ) -> Call<'_, Object> {
        let from = object(&[("container", container.into()), ("name", name.into()), ("replace", options.is_some().into())]);
        let json = kept(options.unwrap_or(&UploadOptions::default()), &[("from", from)]);
        let request = Request::put(path("/objects/*/*", &[to_container, to_name])).query(QUERY, json.into_string());
        self.put("copy_object", to_container, request)
    }

    fn create_upload(&mut self, container: &str, name: &str, options: &UploadOptions) -> Call<'_, String> {
        let json = kept(options, &[("name", name.into())]);
        let request = change(&self.0, Request::post(path("/uploads/*", &[container])).json(json));
        Call::json(&mut self.0, "create_upload", request, |d| d.need("id"))
    }

    fn put_part(&mut self, container: &str, name: &str, upload: &str, number: u64, body: Body) -> Call<'_, Part> {
        let json = object(&[("name", name.into()), ("number", padded(number))]).into_string();
        let request = change(&self.0, Request::put(path("/uploads/*/*", &[container, upload])).body(body).query(QUERY, json));
        Call::json(&mut self.0, "put_part", request, move |d| Ok(Part { number, etag: d.need("etag")?, size: d.need("size")? }))
    }

    fn complete_upload(&mut self, container: &str, name: &str, upload: &str, parts: &[Part]) -> Call<'_, Object> {
        let parts = parts.iter().map(|p| object(&[("number", padded(p.number)), ("etag", (&p.etag).into())]));
        let json = object(&[("name", name.into()), ("parts", array(parts))]);
        let request = Request::post(path("/uploads/*/*", &[container, upload])).json(json);
        self.put("complete_upload", container, request)
    }

    fn abort_upload(&mut self, container: &str, _: &str, upload: &str) -> Call<'_, ()> {
        let request = change(&self.0, Request::delete(path("/uploads/*/*", &[container, upload])));
        Call::done(&mut self.0, "abort_upload", request)
    }

    fn list_uploads(&mut self, container: &str) -> Call<'_, Vec<Upload>> {
        let upload = |d: Doc<'_>| Ok(Upload { id: d.need("id")?, name: d.need("name")?, created_at: d.opt("createdAt") });
        let request = Request::get(path("/uploads/*", &[container]));
        Call::json(&mut self.0, "list_uploads", request, move |d| d.all(upload))
    }
}

impl Sandbox {
    /// A request that stores an object, which it gives.
    fn put(&mut self, operation: &'static str, container: &str, request: Request) -> Call<'_, Object> {
        let (request, container) = (change(&self.0, request), container.to_owned());
        Call::json(&mut self.0, operation, request, move |d| stored(d, &container))
    }
}

/// Parts are ordered as texts are.
fn padded(number: u64) -> Json {
    format!("{number:05}").into()
}

fn kept(options: &UploadOptions, more: &[(&str, Json)]) -> Json {
    let members = [
        ("contentType", options.content_type.clone().into()),
        ("cacheControl", options.cache_control.clone().into()),
        ("contentDisposition", options.content_disposition.clone().into()),
        ("contentEncoding", options.content_encoding.clone().into()),
        ("metadata", (&options.metadata).into()),
        ("ifMatch", options.if_match.clone().into()),
        ("ifNoneMatch", options.if_none_match.clone().into()),
    ];
    object(&[&members, more].concat())
}

fn container(d: Doc<'_>) -> Result<Container> {
    Ok(Container { name: d.need("id")?, created_at: d.opt("createdAt"), extra: extra(d, &[]) })
}

/// As real clouds have it, a list says less than the object itself.
fn listed(d: Doc<'_>, container: &str) -> Result<Object> {
    Ok(Object { content_type: None, metadata: Pairs::default(), extra: extra(d, &[]), ..stored(d, container)? })
}

fn stored(d: Doc<'_>, container: &str) -> Result<Object> {
    Ok(Object {
        name: d.need("id")?,
        container: container.to_owned(),
        size: d.need("size")?,
        etag: d.opt("etag"),
        last_modified: d.opt("lastModified"),
        content_type: d.opt("contentType"),
        metadata: pairs(d.get("metadata")),
        extra: extra(
            d,
            &[("cache_control", "cacheControl"), ("content_disposition", "contentDisposition"), ("content_encoding", "contentEncoding")],
        ),
    })
}
