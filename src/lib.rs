//! Every cloud, over fetch.

pub mod core;
pub mod clouds;
pub mod compute;
pub mod dns;
pub mod hosts;
pub mod storage;
pub mod dispatch;
