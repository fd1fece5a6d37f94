//! DNS of the sandbox.

use super::{change, done, get};
use crate::core::call::Call;
use crate::core::http::Method;
use crate::core::link::Link;
use crate::core::wire::{Json, array, object};
use crate::dns::{Dns, Record, RecordOptions, Zone, ZoneOptions};

/// What it has: everything.
pub(super) const OPERATIONS: &[&str] = &[
    "listZones",
    "getZone",
    "createZone",
    "updateZone",
    "deleteZone",
    "listRecords",
    "getRecord",
    "createRecord",
    "updateRecord",
    "deleteRecord",
    "replaceRecords",
];

/// DNS. Nobody can ask for what is in it: it serves no zone, so a new one has no SOA and no NS either.
pub(super) struct Sandbox(pub Link);

impl Dns for Sandbox {
    fn link(&mut self) -> &mut Link {
        &mut self.0
    }

    fn list_zones(&mut self) -> Call<'_, Vec<Zone>> {
        get(&mut self.0, "list_zones", "/zones", &[])
    }

    fn get_zone(&mut self, id: &str) -> Call<'_, Zone> {
        get(&mut self.0, "get_zone", "/zones/*", &[id])
    }

    fn create_zone(&mut self, domain: &str, options: &ZoneOptions) -> Call<'_, Zone> {
        let domain = domain.strip_suffix('.').unwrap_or(domain).to_ascii_lowercase();
        let kind = Some(options.kind.clone().unwrap_or_else(|| "master".to_owned()));
        let options = zone(&ZoneOptions { kind, ..options.clone() }, domain.into());
        change(&mut self.0, "create_zone", Method::Post, "/zones", &[], options)
    }

    fn update_zone(&mut self, id: &str, options: &ZoneOptions) -> Call<'_, Zone> {
        change(&mut self.0, "update_zone", Method::Patch, "/zones/*", &[id], zone(options, Json::default()))
    }

    fn delete_zone(&mut self, id: &str) -> Call<'_, ()> {
        done(&mut self.0, "delete_zone", Method::Delete, "/zones/*", &[id], Json::default())
    }

    fn list_records(&mut self, zone: &str) -> Call<'_, Vec<Record>> {
        get(&mut self.0, "list_records", "/records/*", &[zone])
    }

    fn get_record(&mut self, zone: &str, id: &str) -> Call<'_, Record> {
        get(&mut self.0, "get_record", "/records/*/*", &[zone, id])
    }

    fn create_record(&mut self, zone: &str, options: &RecordOptions) -> Call<'_, Record> {
        let record = record(Some(options.name.as_deref().unwrap_or("")), options.kind.as_deref(), options);
        change(&mut self.0, "create_record", Method::Post, "/records/*", &[zone], record)
    }

    fn update_record(&mut self, zone: &str, id: &str, options: &RecordOptions) -> Call<'_, Record> {
        let record = record(options.name.as_deref(), options.kind.as_deref(), options);
        change(&mut self.0, "update_record", Method::Patch, "/records/*/*", &[zone, id], record)
    }

    fn delete_record(&mut self, zone: &str, id: &str) -> Call<'_, ()> {
        done(&mut self.0, "delete_record", Method::Delete, "/records/*/*", &[zone, id], Json::default())
    }

    fn replace_records(&mut self, zone: &str, name: &str, kind: &str, records: &[RecordOptions]) -> Call<'_, ()> {
        let all = array(records.iter().map(|r| record(Some(name), Some(kind), r)));
        let set = record(Some(name), Some(kind), &RecordOptions::default()).into_string();
        let set = [set.trim_end_matches('}'), ",\"records\":", all.as_str(), "}"].concat();
        done(&mut self.0, "replace_records", Method::Put, "/records/*", &[zone], Json::raw(set))
    }
}

fn zone(options: &ZoneOptions, domain: Json) -> Json {
    let texts = |list: &[String]| if list.is_empty() { Json::default() } else { array(list.iter().map(Json::from)) };
    object(&[
        ("domain", domain),
        ("type", options.kind.clone().into()),
        ("ttl", options.ttl.into()),
        ("extra", object(&[("masters", texts(&options.masters)), ("nameservers", texts(&options.nameservers))])),
    ])
}

fn record(name: Option<&str>, kind: Option<&str>, options: &RecordOptions) -> Json {
    object(&[
        ("name", name.map(|name| if name == "@" { String::new() } else { name.to_ascii_lowercase() }).into()),
        ("type", kind.map(str::to_ascii_uppercase).into()),
        ("data", options.data.clone().into()),
        ("ttl", options.ttl.into()),
        ("priority", options.priority.into()),
    ])
}
