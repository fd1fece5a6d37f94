//! DNS: zones and their records.

mod bind;
mod data;
mod plan;

pub use bind::export_bind;
pub use data::{check, content, parts, same};
pub use plan::{Action, Applied, Change, Plan, apply, plan};

use crate::compute::{Extra, service};
use crate::core::call::Call;
use crate::core::link::Link;
use crate::core::wire::{Json, model};

model! {
    /// A zone: a domain and all names below it that are served together.
    pub struct Zone {
        /// The provider's id.
        id "id": String,
        /// The domain, without a final dot.
        domain "domain": String,
        /// `master` or `slave`, where the provider says.
        kind "type": Option<String>,
        /// The default time to live in seconds, where the provider has one.
        ttl "ttl": Option<u64>,
        /// What only this provider has: a JSON object.
        extra "extra": Extra,
    }
}

model! {
    /// One record: one value of a name and type.
    pub struct Record {
        /// The provider's id; where it has none, name and type and data make one.
        id "id": String,
        /// The name relative to the zone; empty at the zone's apex.
        name "name": String,
        /// The type, as `A` or `MX`.
        kind "type": String,
        /// The data in zone-file format; host names without their final dot, MX and SRV without their priority (see `extra`).
        data "data": String,
        /// The time to live in seconds.
        ttl "ttl": Option<u64>,
        /// The id of its zone.
        zone "zone": String,
        /// What only this provider has: a JSON object; `priority` for MX and SRV.
        extra "extra": Extra,
    }
}

/// What to create or to update a record from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordOptions {
    /// The name relative to the zone; empty at the apex.
    pub name: Option<String>,
    /// The type, as `A`.
    pub kind: Option<String>,
    /// The data.
    pub data: Option<String>,
    /// The time to live in seconds.
    pub ttl: Option<u64>,
    /// The priority of an MX or SRV record.
    pub priority: Option<u64>,
    /// What only this provider takes: a JSON object, as the driver documents.
    pub extra: Json,
}

/// What to create or to update a zone from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZoneOptions {
    /// `master` (the default) or `slave`.
    pub kind: Option<String>,
    /// The default time to live in seconds.
    pub ttl: Option<u64>,
    /// The masters of a slave zone.
    pub masters: Vec<String>,
    /// Name servers of a new zone, where the provider asks for them.
    pub nameservers: Vec<String>,
    /// What only this provider takes: a JSON object, as the driver documents.
    pub extra: Json,
}

service! {
    /// DNS. Domains and names are given without a final dot; a record's name is relative to its zone, and empty at the
    /// apex. Creating a record adds a value: other values of the same name and type stay.
    pub trait Dns, DNS {
        /// All zones.
        fn list_zones "listZones" () -> Vec<Zone>;
        /// One zone.
        fn get_zone "getZone" (id: &str) -> Zone;
        /// Creates a zone.
        fn create_zone "createZone" (domain: &str, options: &ZoneOptions) -> Zone;
        /// Changes a zone; what is not given stays.
        fn update_zone "updateZone" (id: &str, options: &ZoneOptions) -> Zone;
        /// Deletes a zone with all its records.
        fn delete_zone "deleteZone" (id: &str) -> ();
        /// All records of a zone.
        fn list_records "listRecords" (zone: &str) -> Vec<Record>;
        /// One record.
        fn get_record "getRecord" (zone: &str, id: &str) -> Record;
        /// Creates a record beside those of the same name and type.
        fn create_record "createRecord" (zone: &str, options: &RecordOptions) -> Record;
        /// Changes one record; what is not given stays, and so do other records of its name and type.
        fn update_record "updateRecord" (zone: &str, id: &str, options: &RecordOptions) -> Record;
        /// Deletes one record; others of its name and type stay.
        fn delete_record "deleteRecord" (zone: &str, id: &str) -> ();
        /// Makes these the only records of a name and type, in one step; none deletes them all. [`apply`] does it in
        /// several steps where a provider has no such operation.
        fn replace_records "replaceRecords" (zone: &str, name: &str, kind: &str, records: &[RecordOptions]) -> ();
    }
}
