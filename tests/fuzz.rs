//! What the fuzzer found worth keeping, replayed: `tests/fuzz/corpus/TARGET/*` through the functions of `tests/fuzz/src`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, clippy::string_slice)]

#[path = "fuzz/src/lib.rs"]
mod checks;

use std::fs;
use std::path::Path;

fn replay(target: &str, check: fn(&[u8])) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let mut paths: Vec<_> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        // Shown when the check fails.
        println!("{}", path.display());
        check(&fs::read(path).unwrap());
    }
}

#[test]
fn drivers() {
    replay("drivers", checks::drivers);
    // Every operation, with arguments that are right, whatever the kept inputs are.
    for (cloud, _, name) in checks::operations() {
        for answers in ["", "\n<<< 200\n\n", "\n<<< 200\n\n{}", "\n<<< 200\n\n<a/>", "\n<<< 404", "\n<<< 503", "\n<<< silence", "\n<<< 401"]
        {
            println!("{} {name}{answers}", cloud.name);
            checks::drivers(format!("{} {name}{answers}", cloud.name).as_bytes());
        }
    }
}

#[test]
fn json() {
    replay("json", checks::json);
}

#[test]
fn request() {
    replay("request", checks::request);
}

#[test]
fn sign() {
    replay("sign", checks::sign);
}

#[test]
fn xml() {
    replay("xml", checks::xml);
}
