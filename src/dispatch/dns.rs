//! DNS by name.

use super::{Args, Options};
use crate::core::call::Call;
use crate::core::error::{Error, Result};
use crate::core::wire::{Doc, Json};
use crate::dns::{self, Dns, RecordOptions, ZoneOptions};

const RECORD: &[&str] = &["name", "type", "data", "ttl", "priority", "extra"];

/// The call of an operation, by its JavaScript name.
pub fn dns<'d>(driver: &'d mut dyn Dns, method: &str, args: Args<'_>) -> Result<Call<'d, Json>> {
    let zone = || args.id(0, "the zone");
    Ok(match method {
        "listZones" => driver.list_zones().encode(),
        "getZone" => driver.get_zone(&zone()?).encode(),
        "createZone" => driver.create_zone(&args.text(0, "the domain")?, &zone_options(args)?).encode(),
        "updateZone" => driver.update_zone(&zone()?, &zone_options(args)?).encode(),
        "deleteZone" => driver.delete_zone(&zone()?).encode(),
        "listRecords" => driver.list_records(&zone()?).encode(),
        "getRecord" => driver.get_record(&zone()?, &args.id(1, "the record")?).encode(),
        "createRecord" => driver.create_record(&zone()?, &whole(record_options(args.options(1, RECORD)?)?)?).encode(),
        "updateRecord" => driver.update_record(&zone()?, &args.id(1, "the record")?, &record_options(args.options(2, RECORD)?)?).encode(),
        "deleteRecord" => driver.delete_record(&zone()?, &args.id(1, "the record")?).encode(),
        "replaceRecords" => {
            // The apex has an empty name, which is a name all the same.
            let name = args.nth(1).map_or("", Doc::as_text);
            let records = records(args.nth(3))?;
            driver.replace_records(&zone()?, name, &args.text(2, "the type")?, &records).encode()
        }
        _ => return Err(Error::unsupported(format!("dns has no operation \"{method}\""))),
    })
}

/// `plan(zone, records, {prune})`: what would give the zone these records. Records may be what `listRecords` gave.
pub async fn plan(driver: &mut dyn Dns, args: Args<'_>) -> Result<Json> {
    let zone = args.id(0, "the zone")?;
    let desired = records(args.nth(1))?.into_iter().map(whole).collect::<Result<Vec<_>>>()?;
    let prune = args.options(2, &["prune"])?.flag("prune")?;
    let current = driver.list_records(&zone).await?;
    dns::plan(&zone, &current, &desired, prune).map(|plan| Json::of(&plan))
}

/// `apply(plan)`: carries it out, and says how much there was to do.
pub async fn apply(driver: &mut dyn Dns, args: Args<'_>) -> Result<Json> {
    let plan = args.nth(0).ok_or_else(|| Error::invalid("the plan is missing: give what plan() gave"))?;
    dns::apply(driver, &dns::Plan::read(plan)?).await.map(|applied| Json::of(&applied))
}

/// `exportZone(zone)`: the zone file, as text.
pub async fn export(driver: &mut dyn Dns, args: Args<'_>) -> Result<Json> {
    let zone = args.id(0, "the zone")?;
    let about = driver.get_zone(&zone).await?;
    let records = driver.list_records(&zone).await?;
    Ok(Json::of(&dns::export_bind(&about, &records)))
}

fn zone_options(args: Args<'_>) -> Result<ZoneOptions> {
    let o = args.options(1, &["type", "ttl", "masters", "nameservers", "extra"])?;
    Ok(ZoneOptions {
        kind: o.text("type")?,
        ttl: o.number("ttl")?,
        masters: o.ids("masters")?,
        nameservers: o.ids("nameservers")?,
        extra: extra(o),
    })
}

fn record_options(o: Options<'_>) -> Result<RecordOptions> {
    Ok(RecordOptions {
        name: o.text("name")?,
        kind: o.text("type")?,
        data: o.text("data")?,
        ttl: o.number("ttl")?,
        priority: o.number("priority")?,
        extra: extra(o),
    })
}

fn extra(o: Options<'_>) -> Json {
    o.get("extra").filter(|d| d.is_map()).map_or_else(Json::default, Doc::json)
}

fn whole(options: RecordOptions) -> Result<RecordOptions> {
    match (&options.kind, &options.data) {
        (Some(_), Some(_)) => Ok(options),
        _ => Err(Error::invalid("options \"type\" and \"data\" are needed")),
    }
}

/// A list of records, or of options for them: a record that was read has its priority in `extra`.
fn records(list: Option<Doc<'_>>) -> Result<Vec<RecordOptions>> {
    let list = list.filter(|d| d.is_list()).ok_or_else(|| Error::invalid("the records must be a list"))?;
    let known: Vec<&str> = RECORD.iter().chain(&["id", "zone"]).copied().collect();
    list.children()
        .map(|d| {
            let mut options = record_options(Options::of(Some(d), &known)?)?;
            options.priority = options.priority.or_else(|| d.opt("extra/priority"));
            Ok(options)
        })
        .collect()
}
