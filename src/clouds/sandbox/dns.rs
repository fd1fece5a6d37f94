//! DNS of the sandbox.

use super::{change, extra};
use crate::core::call::Call;
use crate::core::error::Result;
use crate::core::http::{Request, path};
use crate::core::link::Link;
use crate::core::wire::{Doc, Json, array, object};
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
        Call::json(&mut self.0, "list_zones", Request::get("/zones"), |d| d.all(zone))
    }

    fn get_zone(&mut self, id: &str) -> Call<'_, Zone> {
        Call::json(&mut self.0, "get_zone", Request::get(path("/zones/*", &[id])), zone)
    }

    fn create_zone(&mut self, domain: &str, options: &ZoneOptions) -> Call<'_, Zone> {
        let domain = domain.strip_suffix('.').unwrap_or(domain).to_ascii_lowercase();
        let request = Request::post("/zones").json(zone_options(options, &[("domain", domain.into())]));
        self.one("create_zone", request, zone)
    }

    fn update_zone(&mut self, id: &str, options: &ZoneOptions) -> Call<'_, Zone> {
        let request = Request::patch(path("/zones/*", &[id])).json(zone_options(options, &[]));
        self.one("update_zone", request, zone)
    }

    fn delete_zone(&mut self, id: &str) -> Call<'_, ()> {
        self.one("delete_zone", Request::delete(path("/zones/*", &[id])), |_| Ok(()))
    }

    fn list_records(&mut self, zone: &str) -> Call<'_, Vec<Record>> {
        let request = Request::get(path("/records/*", &[zone]));
        let zone = zone.to_owned();
        Call::json(&mut self.0, "list_records", request, move |d| d.all(|d| record(d, &zone)))
    }

    fn get_record(&mut self, zone: &str, id: &str) -> Call<'_, Record> {
        let request = Request::get(path("/records/*/*", &[zone, id]));
        let zone = zone.to_owned();
        Call::json(&mut self.0, "get_record", request, move |d| record(d, &zone))
    }

    fn create_record(&mut self, zone: &str, options: &RecordOptions) -> Call<'_, Record> {
        let options = RecordOptions { name: Some(options.name.clone().unwrap_or_default()), ..options.clone() };
        let request = Request::post(path("/records/*", &[zone])).json(record_options(&options));
        let zone = zone.to_owned();
        self.one("create_record", request, move |d| record(d, &zone))
    }

    fn update_record(&mut self, zone: &str, id: &str, options: &RecordOptions) -> Call<'_, Record> {
        let request = Request::patch(path("/records/*/*", &[zone, id])).json(record_options(options));
        let zone = zone.to_owned();
        self.one("update_record", request, move |d| record(d, &zone))
    }

    fn delete_record(&mut self, zone: &str, id: &str) -> Call<'_, ()> {
        self.one("delete_record", Request::delete(path("/records/*/*", &[zone, id])), |_| Ok(()))
    }

    fn replace_records(&mut self, zone: &str, name: &str, kind: &str, records: &[RecordOptions]) -> Call<'_, ()> {
        let (name, kind) = (Some(name.to_owned()), Some(kind.to_owned()));
        let all = records.iter().map(|r| record_options(&RecordOptions { name: name.clone(), kind: kind.clone(), ..r.clone() }));
        let named = RecordOptions { name: name.clone(), kind: kind.clone(), ..RecordOptions::default() };
        let set = record_options(&named).into_string();
        let set = [set.trim_end_matches('}'), ",\"records\":", array(all).as_str(), "}"].concat();
        let request = Request::put(path("/records/*", &[zone])).json(Json::raw(set));
        self.one("replace_records", request, |_| Ok(()))
    }
}

impl Sandbox {
    fn one<'d, T: 'd>(&'d mut self, operation: &'static str, request: Request, read: impl Fn(Doc<'_>) -> Result<T> + 'd) -> Call<'d, T> {
        let request = change(&self.0, request);
        Call::json(&mut self.0, operation, request, read)
    }
}

fn zone_options(options: &ZoneOptions, more: &[(&str, Json)]) -> Json {
    let texts = |list: &[String]| if list.is_empty() { Json::default() } else { array(list.iter().map(Json::from)) };
    let members = [
        ("type", options.kind.clone().into()),
        ("ttl", options.ttl.into()),
        ("masters", texts(&options.masters)),
        ("nameservers", texts(&options.nameservers)),
    ];
    object(&[&members, more].concat())
}

fn record_options(options: &RecordOptions) -> Json {
    let name = options.name.as_deref().map(|name| if name == "@" { String::new() } else { name.to_ascii_lowercase() });
    object(&[
        ("name", name.into()),
        ("type", options.kind.as_deref().map(str::to_ascii_uppercase).into()),
        ("data", options.data.clone().into()),
        ("ttl", options.ttl.into()),
        ("priority", options.priority.into()),
    ])
}

fn zone(d: Doc<'_>) -> Result<Zone> {
    let kind = Some(d.opt("type").unwrap_or_else(|| "master".to_owned()));
    let extra = extra(d, &[("masters", "masters"), ("nameservers", "nameservers"), ("created_at", "createdAt")]);
    Ok(Zone { id: d.need("id")?, domain: d.need("domain")?, kind, ttl: d.opt("ttl"), extra })
}

fn record(d: Doc<'_>, zone: &str) -> Result<Record> {
    Ok(Record {
        id: d.need("id")?,
        name: d.need("name")?,
        kind: d.need("type")?,
        data: d.need("data")?,
        ttl: d.opt("ttl"),
        zone: zone.to_owned(),
        extra: extra(d, &[("priority", "priority")]),
    })
}
