//! Kamatera. <https://github.com/Kamatera/kamateratoolbox>

use super::rest::{Api, Holes, Operation, Rest, fault_at, names};
use super::{Cloud, Config, Open, optional, required, secret};
use crate::compute::NodeState;
use crate::core::auth::Header;
use crate::core::error::{Error, Kind, Result};
use crate::core::host::SharedHost;
use crate::core::link::{Account, Link};
use crate::core::wire::{Json, Tree, object};

/// Kamatera.
pub const CLOUD: Cloud = Cloud {
    name: "kamatera",
    title: "Kamatera",
    docs: "https://github.com/Kamatera/kamateratoolbox",
    fields: &[
        required("clientId", "the client id of an API key"),
        secret("secret", "the API key's secret"),
        required("region", "the datacenter whose sizes and images are listed, and where nodes are made without a location, as EU"),
        optional("endpoint", "another address of the API"),
    ],
    compute: &names::<{ API.operations.len() }>(API.operations),
    storage: &[],
    dns: &[],
    account,
    open: Open { compute: Some(|link| Box::new(Rest(link, &API))), storage: None, dns: None },
};

fn account(config: &Config, host: SharedHost) -> Result<Account> {
    let auth = (Header::new("authclientid", config.get("clientId"))?, Header::new("authsecret", config.get("secret"))?);
    let fault = |response: &_| {
        let mut fault = fault_at(response, "message", "", "");
        // Said with the status of a server's failure.
        if fault.message.as_deref() == Some("No servers found") {
            fault.kind = Some(Kind::NotFound);
        }
        fault
    };
    let account = Account::new(CLOUD.name, config.or("endpoint", "https://cloudcli.cloudwm.com"), Box::new(auth), fault, host)?;
    Ok(account.with("region", config.get("region")))
}

/// A node has a password or, in `extra`, an `ssh-key`; then the password is said to be empty.
fn prepare(operation: &str, _: &Link, holes: &mut Holes) -> Result<()> {
    if operation != "create_node" || holes.get("password").is_some() {
        return Ok(());
    }
    let extra = holes.get("extra").cloned().unwrap_or_default();
    let extra = Tree::json(extra.as_str()).unwrap_or_default();
    let mut members: Vec<_> = extra.root().children().map(|d| (d.key(), d.json())).collect();
    if !members.iter().any(|(name, _)| *name == "ssh-key") {
        return Err(Error::invalid("a node needs a \"password\", or a public key: extra: { \"ssh-key\": \"ssh-ed25519 …\" }"));
    }
    members.extend(["password", "passwordValidate"].map(|name| (name, Json::of(""))));
    holes.set("extra", object(&members));
    Ok(())
}

/// Orders are waited for: none is refused before Kamatera has tried it. Where names are asked for, patterns are.
const API: Api = Api {
    prepare,
    operations: &[
        Operation("list_nodes", r#"POST /service/server/info {"name":".*","allow-no-servers":"yes"}"#, ""),
        Operation("get_node", r#"POST /service/server/info {"id":"{node}","allow-no-servers":"yes"}"#, "[id={node}]"),
        Operation(
            "create_node",
            r#"GET /service/server?sizes=1&datacenter={location/$region}
KEEP cores=[id={size}]/cpuCores
KEEP type=[id={size}]/cpuType
KEEP ram=[id={size}]/ramMB
KEEP disk=[id={size}]/diskSizeGB
KEEP traffic=[id={size}]/monthlyTrafficPackage
POST /service/server {"name":"{name}","password":"{password}","passwordValidate":"{password}","ssh-key":"","datacenter":"{location/$region}","image":"{image}","cpu":"{cores}{type}","ram":"{ram}","disk":"size={disk}","dailybackup":"no","managed":"no","network":"name=wan,ip=auto","quantity":1,"billingcycle":"hourly","monthlypackage":"{traffic}","poweronaftercreate":"yes","userdata-file":"{userData}","...":"{extra}"}
KEEP command=commandIds[]|[]
UNTIL []/status=complete,~error,~cancelled GET /service/queue?id={command}
POST /service/server/info {"name":"^{.[]/log|line:Name}$"}"#,
            "[]",
        ),
        Operation(
            "destroy_node",
            r#"POST /service/server/terminate {"id":"{node}","force":true}
KEEP command=[]
UNTIL []/status=complete,~error,~cancelled GET /service/queue?id={command}"#,
            "",
        ),
        Operation(
            "reboot_node",
            r#"POST /service/server/reboot {"id":"{node}"}
KEEP command=[]
UNTIL []/status=complete,~error,~cancelled GET /service/queue?id={command}"#,
            "",
        ),
        Operation(
            "start_node",
            r#"POST /service/server/poweron {"id":"{node}"}
KEEP command=[]
UNTIL []/status=complete,~error,~cancelled GET /service/queue?id={command}"#,
            "",
        ),
        Operation(
            "stop_node",
            r#"POST /service/server/poweroff {"id":"{node}"}
KEEP command=[]
UNTIL []/status=complete,~error,~cancelled GET /service/queue?id={command}"#,
            "",
        ),
        Operation("list_sizes", "GET /service/server?sizes=1&datacenter={$region}", ""),
        Operation("list_images", "GET /service/server?images=1&datacenter={$region}", ""),
        Operation("list_locations", "GET /service/server?datacenter=1", ""),
    ],
    maps: &[
        (
            "Node",
            &[
                ("id", "!id"),
                ("name", "name"),
                ("state", "power"),
                ("publicIps", "@networks[]/ips[]"),
                ("privateIps", "@networks[]/ips[]"),
                (
                    "extra",
                    "location=datacenter,cpu,ram,diskSizes,networks,billingcycle=billing,traffic,managed,dailybackup=backup,priceMonthlyOn,priceHourlyOn,priceHourlyOff",
                ),
            ],
        ),
        (
            "NodeSize",
            &[
                ("id", "!id"),
                ("name", "id"),
                ("ram", "ramMB"),
                ("disk", "diskSizeGB"),
                ("vcpus", "cpuCores"),
                ("extra", "cpuCores,cpuType,monthlyTrafficPackage"),
            ],
        ),
        ("NodeImage", &[("id", "!id"), ("name", "name"), ("extra", "datacenter,os,code,osDiskSizeGB,ramMBMin")]),
        ("NodeLocation", &[("id", "!id"), ("name", "subCategory"), ("extra", "country=name,category")]),
    ],
    node_states: &[("on", NodeState::Running), ("off", NodeState::Stopped)],
    ..Api::NOTHING
};
