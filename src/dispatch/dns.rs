//! DNS by name.

use super::Args;
use crate::core::call::Call;
use crate::core::error::{Error, Result};
use crate::core::wire::Json;
use crate::dns::{Dns, RecordOptions, ZoneOptions};

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
        "createRecord" => {
            let options = record_options(args, 1)?;
            if options.kind.is_none() || options.data.is_none() {
                return Err(Error::invalid("options \"type\" and \"data\" are needed"));
            }
            driver.create_record(&zone()?, &options).encode()
        }
        "updateRecord" => driver.update_record(&zone()?, &args.id(1, "the record")?, &record_options(args, 2)?).encode(),
        "deleteRecord" => driver.delete_record(&zone()?, &args.id(1, "the record")?).encode(),
        _ => return Err(Error::unsupported(format!("dns has no operation \"{method}\""))),
    })
}

fn zone_options(args: Args<'_>) -> Result<ZoneOptions> {
    let o = args.options(1, &["type", "ttl", "masters", "nameservers"])?;
    Ok(ZoneOptions { kind: o.text("type")?, ttl: o.number("ttl")?, masters: o.ids("masters")?, nameservers: o.ids("nameservers")? })
}

fn record_options(args: Args<'_>, at: usize) -> Result<RecordOptions> {
    let o = args.options(at, &["name", "type", "data", "ttl", "priority"])?;
    Ok(RecordOptions {
        name: o.text("name")?,
        kind: o.text("type")?,
        data: o.text("data")?,
        ttl: o.number("ttl")?,
        priority: o.number("priority")?,
    })
}
