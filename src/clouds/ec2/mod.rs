//! stub
use super::{Cloud, Open};
use crate::core::error::Error;
/// stub
pub const CLOUD: Cloud = Cloud {
    name: "ec2",
    title: "ec2",
    docs: "",
    fields: &[],
    compute: &[],
    storage: &[],
    dns: &[],
    account: |_, _| Err(Error::unsupported("not yet")),
    open: Open { compute: None, storage: None, dns: None },
};
