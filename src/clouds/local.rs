//! Stores without HTTP: memory or a browser's own file system, and a Worker's R2 bucket by its binding. They speak the part of
//! S3 that the driver asks, and the npm package answers it: a program in Rust has nobody there to ask.
//! <https://developer.mozilla.org/docs/Web/API/File_System_API/Origin_private_file_system>

use super::s3::{self, Conditions, Store};
use super::{Cloud, Open, optional, required};
use crate::core::auth::{Auth, Token};
use crate::core::error::Result;
use crate::core::host::SharedHost;
use crate::core::http::Attempt;
use crate::core::link::Account;

/// Memory, or a directory.
pub const LOCAL: Cloud = Cloud {
    name: "local",
    title: "Local: memory, or the browser's file system",
    docs: "https://developer.mozilla.org/docs/Web/API/File_System_API/Origin_private_file_system",
    fields: &[optional("directory", "a FileSystemDirectoryHandle, as navigator.storage.getDirectory() gives; memory unless given")],
    compute: &[],
    storage: OPERATIONS,
    dns: &[],
    account: |_, host| account("local", LACKED.split_at(1).0, host),
    open: Open { compute: None, storage: Some(|link| s3::open(link, &LOCAL_STORE)), dns: None },
};

/// A Worker's own bucket.
pub const R2_BINDING: Cloud = Cloud {
    name: "r2-binding",
    title: "Cloudflare R2, by a Worker's binding",
    docs: "https://developers.cloudflare.com/r2/api/workers/workers-api-reference/",
    fields: &[required("bucket", "the binding, as env.BUCKET"), optional("name", "what the container is called; bucket unless given")],
    compute: &[],
    storage: OF_ONE,
    dns: &[],
    account: |_, host| account("r2-binding", LACKED, host),
    open: Open { compute: None, storage: Some(|link| s3::open(link, &R2_STORE)), dns: None },
};

const OPERATIONS: &[&str] = &[
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
];

/// A binding is one bucket, and does not tell of uploads.
const OF_ONE: &[&str] = &[
    "listContainers",
    "getContainer",
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
];

/// What every other store of S3 has: neither has the first, and a binding none of them.
const LACKED: &[&str] = &["presign", "create_container", "delete_container", "list_uploads", "list_parts"];

static LOCAL_STORE: Store = Store { operations: OPERATIONS, options: &["checksum", "ifMatch", "ifNoneMatch"], ..BARE };
static R2_STORE: Store =
    Store { operations: OF_ONE, options: &["checksum", "customerKey", "storageClass", "ifMatch", "ifNoneMatch"], ..BARE };
const BARE: Store = Store {
    name: "",
    endpoint: ["", ""],
    abroad: ["", ""],
    region: "",
    operations: &[],
    options: &[],
    conditions: Conditions::Whole,
    parts: 10_000,
};

/// A name that no DNS has: should a request ever get out, it goes nowhere.
const ENDPOINT: &str = "https://local.invalid";

fn account(provider: &'static str, lacks: &'static [&'static str], host: SharedHost) -> Result<Account> {
    let mut account = Account::new(provider, ENDPOINT, Box::new(Anybody), s3::fault, host)?.with("style", "path");
    account.lacks = lacks;
    Ok(account)
}

/// Who has the object may use it.
struct Anybody;

impl Auth for Anybody {
    fn sign(&self, _: &mut Attempt<'_>, _: Option<&Token>, _: u64) -> Result<()> {
        Ok(())
    }
}
