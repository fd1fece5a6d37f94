//! Storage of the sandbox.

use super::host::{OBJECT, OPTIONS};
use super::{ask, change, done, get, read, request};
use crate::core::call::{Call, Step};
use crate::core::error::Error;
use crate::core::http::{Body, Method, Request, Response, path};
use crate::core::link::Link;
use crate::core::wire::{Json, Tree, array, number_text, object};
use crate::storage::{
    Container, Download, DownloadOptions, ListObjects, Listing, Object, Part, PartPlace, Storage, Undeleted, Upload, UploadOptions,
};

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

const OBJECTS: &str = "/objects/*/*";
const UPLOADS: &str = "/uploads/*/*";

/// Storage. Names are listed in the order of their bytes, 1,000 a page. An entity tag names a version, whatever the
/// bytes. ACLs and storage classes are not kept.
pub(super) struct Sandbox(pub Link);

impl Storage for Sandbox {
    fn link(&mut self) -> &mut Link {
        &mut self.0
    }

    fn list_containers(&mut self) -> Call<'_, Vec<Container>> {
        get(&mut self.0, "list_containers", "/containers", &[])
    }

    fn get_container(&mut self, name: &str) -> Call<'_, Container> {
        get(&mut self.0, "get_container", "/containers/*", &[name])
    }

    fn create_container(&mut self, name: &str) -> Call<'_, Container> {
        change(&mut self.0, "create_container", Method::Post, "/containers", &[], named(name))
    }

    fn delete_container(&mut self, name: &str) -> Call<'_, ()> {
        done(&mut self.0, "delete_container", Method::Delete, "/containers/*", &[name], Json::default())
    }

    fn list_objects(&mut self, container: &str, options: &ListObjects) -> Call<'_, Listing> {
        let (container, options) = (container.to_owned(), options.clone());
        let ask = move |after: Json| {
            let json = object(&[
                ("prefix", options.prefix.clone().into()),
                ("delimiter", options.delimiter.clone().into()),
                ("startAfter", if after.as_str().is_empty() { options.start_after.clone().into() } else { after }),
                ("pageSize", options.page_size.into()),
            ]);
            Request::get(path("/objects/*", &[&container])).query(OPTIONS, json.into_string())
        };
        let first = ask(Json::default());
        let page = move |response: &mut Response| {
            let tree = Tree::json(response.text()?)?;
            let listing = read(tree.root())?;
            Ok(match tree.root().text("next") {
                "" => Step::Done(listing),
                next => Step::Part(listing, ask(next.into())),
            })
        };
        Call::parts(&mut self.0, "list_objects", first, page, |list: &mut Listing, mut more| {
            list.objects.append(&mut more.objects);
            list.prefixes.append(&mut more.prefixes);
        })
    }

    fn get_object(&mut self, container: &str, name: &str, _: &DownloadOptions) -> Call<'_, Object> {
        get(&mut self.0, "get_object", OBJECTS, &[container, name])
    }

    fn download(&mut self, container: &str, name: &str, options: &DownloadOptions) -> Call<'_, Download> {
        let json = object(&[
            ("start", options.start.into()),
            ("end", options.end.into()),
            ("suffix", options.suffix.into()),
            ("ifMatch", options.if_match.clone().into()),
            ("ifNoneMatch", options.if_none_match.clone().into()),
        ]);
        let request = request(&self.0, Method::Get, OBJECTS, &[container, name], json).stream();
        Call::new(&mut self.0, "download", request, |response| {
            let object = read(Tree::json(response.header(OBJECT))?.root())?;
            match std::mem::take(&mut response.body) {
                Body::Stream(body) => Ok(Download { object, length: body.length, body }),
                _ => Err(Error::malformed("the answer has no stream")),
            }
        })
    }

    fn put_object(&mut self, container: &str, name: &str, body: Body, options: &UploadOptions) -> Call<'_, Object> {
        let options = conditions(options, &[("object", kept(options, Json::default()))]);
        let request = request(&self.0, Method::Put, OBJECTS, &[container, name], options).body(body);
        ask(&mut self.0, "put_object", request)
    }

    fn delete_object(&mut self, container: &str, name: &str, _: Option<&str>) -> Call<'_, ()> {
        done(&mut self.0, "delete_object", Method::Delete, OBJECTS, &[container, name], Json::default())
    }

    fn delete_objects(&mut self, container: &str, names: &[String]) -> Call<'_, Vec<Undeleted>> {
        let names = object(&[("names", array(names.iter().map(Json::from)))]);
        change(&mut self.0, "delete_objects", Method::Post, "/objects/*", &[container], names)
    }

    fn copy_object(
        &mut self,
        container: &str,
        name: &str,
        to_container: &str,
        to_name: &str,
        options: Option<&UploadOptions>,
    ) -> Call<'_, Object> {
        let from = object(&[("container", container.into()), ("name", name.into())]);
        let object = options.map_or_else(Json::default, |o| kept(o, Json::default()));
        let options = conditions(options.unwrap_or(&UploadOptions::default()), &[("from", from), ("object", object)]);
        change(&mut self.0, "copy_object", Method::Put, OBJECTS, &[to_container, to_name], options)
    }

    fn create_upload(&mut self, container: &str, name: &str, options: &UploadOptions) -> Call<'_, String> {
        let request = request(&self.0, Method::Post, "/uploads/*", &[container], kept(options, name.into()));
        Call::json(&mut self.0, "create_upload", request, |d| d.need("id"))
    }

    fn put_part(&mut self, container: &str, name: &str, upload: &str, place: &PartPlace, body: Body) -> Call<'_, Part> {
        let options = object(&[("name", name.into()), ("number", padded(place.number))]);
        let request = request(&self.0, Method::Put, UPLOADS, &[container, upload], options).body(body);
        ask(&mut self.0, "put_part", request)
    }

    fn complete_upload(&mut self, container: &str, name: &str, upload: &str, parts: &[Part], _: &UploadOptions) -> Call<'_, Object> {
        let parts = array(parts.iter().map(|p| object(&[("number", padded(p.number)), ("etag", (&p.etag).into())])));
        let options = object(&[("name", name.into()), ("parts", parts)]);
        change(&mut self.0, "complete_upload", Method::Post, UPLOADS, &[container, upload], options)
    }

    fn abort_upload(&mut self, container: &str, name: &str, upload: &str) -> Call<'_, ()> {
        done(&mut self.0, "abort_upload", Method::Delete, UPLOADS, &[container, upload], named(name))
    }

    fn list_uploads(&mut self, container: &str) -> Call<'_, Vec<Upload>> {
        get(&mut self.0, "list_uploads", "/uploads/*", &[container])
    }

    fn options(&self) -> &'static [&'static str] {
        &["ifMatch", "ifNoneMatch"]
    }
}

fn named(name: &str) -> Json {
    object(&[("name", name.into())])
}

/// Parts are ordered as texts are.
fn padded(number: u64) -> Json {
    let number = number_text(number);
    ["00000".get(number.len()..).unwrap_or(""), &number].concat().into()
}

/// What an object says besides its bytes.
fn kept(options: &UploadOptions, name: Json) -> Json {
    let extra = object(&[
        ("cache_control", options.cache_control.clone().into()),
        ("content_disposition", options.content_disposition.clone().into()),
        ("content_encoding", options.content_encoding.clone().into()),
    ]);
    object(&[
        ("name", name),
        ("contentType", options.content_type.clone().into()),
        ("metadata", (&options.metadata).into()),
        ("extra", extra),
    ])
}

fn conditions(options: &UploadOptions, more: &[(&str, Json)]) -> Json {
    let mut all = more.to_vec();
    all.push(("ifMatch", options.if_match.clone().into()));
    all.push(("ifNoneMatch", options.if_none_match.clone().into()));
    object(&all)
}
