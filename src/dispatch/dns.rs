//! DNS by name.

use super::{Args, Faults, Options};
use crate::core::call::Call;
use crate::core::error::{Error, Result};
use crate::core::wire::{Doc, Json};
use crate::dns::{self, Dns, RecordOptions, ZoneOptions};

const RECORD: &[&str] = &["name", "type", "data", "ttl", "priority", "extra"];

/// The call of an operation, by its JavaScript name.
pub fn dns<'d>(driver: &'d mut dyn Dns, method: &str, args: Args<'_>) -> Result<Call<'d, Json>> {
    let zone = || args.id(0, "the zone");
    let call = match method {
        "listZones" => driver.list_zones().encode(),
        "getZone" => driver.get_zone(zone()).encode(),
        "createZone" => driver.create_zone(args.text(0, "the domain"), &zone_options(args)).encode(),
        "updateZone" => driver.update_zone(zone(), &zone_options(args)).encode(),
        "deleteZone" => driver.delete_zone(zone()).encode(),
        "listRecords" => driver.list_records(zone()).encode(),
        "getRecord" => driver.get_record(zone(), args.id(1, "the record")).encode(),
        "createRecord" => driver.create_record(zone(), &whole(record_options(args.options(1, RECORD)), args.1)).encode(),
        "updateRecord" => driver.update_record(zone(), args.id(1, "the record"), &record_options(args.options(2, RECORD))).encode(),
        "deleteRecord" => driver.delete_record(zone(), args.id(1, "the record")).encode(),
        "replaceRecords" => {
            // The apex has an empty name, which is a name all the same.
            let name = args.nth(1).map_or("", Doc::as_text);
            let records = records(args, 3, |options, _| options);
            driver.replace_records(zone(), name, args.text(2, "the type"), &records).encode()
        }
        _ => return Err(Error::unsupported(["dns has no operation \"", method, "\""].concat())),
    };
    args.check().map(|()| call)
}

/// `plan(zone, records, {prune})`: what would give the zone these records. Records may be what `listRecords` gave.
pub async fn plan(driver: &mut dyn Dns, args: Args<'_>) -> Result<Json> {
    let zone = args.id(0, "the zone");
    let desired = records(args, 1, whole);
    let prune = args.options(2, &["prune"]).flag("prune");
    args.check()?;
    let current = driver.list_records(zone).await?;
    dns::plan(zone, &current, &desired, prune).map(|plan| Json::of(&plan))
}

/// `apply(plan)`: carries it out, and says how much there was to do.
pub async fn apply(driver: &mut dyn Dns, args: Args<'_>) -> Result<Json> {
    let plan = args.nth(0).ok_or_else(|| Error::invalid("the plan is missing: give what plan() gave"))?;
    dns::apply(driver, &dns::Plan::read(plan)?).await.map(|applied| Json::of(&applied))
}

/// `exportZone(zone)`: the zone file, as text.
pub async fn export(driver: &mut dyn Dns, args: Args<'_>) -> Result<Json> {
    let zone = args.id(0, "the zone");
    args.check()?;
    let about = driver.get_zone(zone).await?;
    let records = driver.list_records(zone).await?;
    Ok(Json::of(&dns::export_bind(&about, &records)))
}

fn zone_options(args: Args<'_>) -> ZoneOptions {
    let o = args.options(1, &["type", "ttl", "masters", "nameservers", "extra"]);
    ZoneOptions {
        kind: o.own("type"),
        ttl: o.number("ttl"),
        masters: o.ids("masters"),
        nameservers: o.ids("nameservers"),
        extra: o.extra(),
    }
}

fn record_options(o: Options<'_>) -> RecordOptions {
    RecordOptions {
        name: o.own("name"),
        kind: o.own("type"),
        data: o.own("data"),
        ttl: o.number("ttl"),
        priority: o.number("priority"),
        extra: o.extra(),
    }
}

fn whole(options: RecordOptions, faults: &Faults) -> RecordOptions {
    if options.kind.is_none() || options.data.is_none() {
        faults.add(&["options \"type\" and \"data\" are needed"]);
    }
    options
}

/// A list of records, or of options for them, checked: a record that was read has its priority in `extra`.
fn records(args: Args<'_>, at: usize, check: fn(RecordOptions, &Faults) -> RecordOptions) -> Vec<RecordOptions> {
    let known: Vec<&str> = RECORD.iter().chain(&["id", "zone"]).copied().collect();
    let list = args.nth(at).filter(|d| d.is_list());
    if list.is_none() {
        args.1.add(&["the records must be a list"]);
    }
    let mut records = Vec::new();
    for d in list.into_iter().flat_map(Doc::children) {
        let mut options = record_options(Options::of(Some(d), &known, args.1));
        options.priority = options.priority.or_else(|| d.opt("extra/priority"));
        records.push(check(options, args.1));
    }
    records
}
