//! What it takes to give a zone the records it should have: found without sending anything, then applied.

use super::{Dns, Record, RecordOptions, check, content, parts, same};
use crate::core::error::{Error, Kind, Result};
use crate::core::sort::sort;
use crate::core::wire::{Doc, Encode, FromDoc, Json, Tree, model, number_text};

model! {
    /// What would change in a zone, in the order in which it is safe.
    pub struct Plan {
        /// The zone's id.
        zone "zone": String,
        /// The changes, each of all records of a name and type.
        changes "changes": Vec<Change>,
        /// How many of the names and types asked for are as they should be.
        keep "keep": u64,
    }
}

model! {
    /// One change: of all records of a name and type.
    pub struct Change {
        /// What is done.
        action "action": Action,
        /// The name relative to the zone; empty at the apex.
        name "name": String,
        /// The type, as `A`.
        kind "type": String,
        /// The time to live that they get, in seconds; nothing leaves it to the provider.
        ttl "ttl": Option<u64>,
        /// The data there is; that of MX and SRV starts with the priority.
        before "before": Vec<String>,
        /// The data there will be.
        after "after": Vec<String>,
    }
}

model! {
    /// What came of a plan.
    pub struct Applied {
        /// How many changes were made.
        applied "applied": u64,
        /// How many were not needed: the zone was so already.
        skipped "skipped": u64,
    }
}

/// What a change does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// There is none of this name and type yet.
    Create,
    /// Data or time to live differ.
    #[default]
    Update,
    /// There shall be none.
    Delete,
}

impl Action {
    /// The name, as JavaScript knows it.
    pub fn name(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::Delete => "delete",
        }
    }
}

impl Encode for Action {
    fn encode(&self, out: &mut String) {
        self.name().encode(out);
    }
}

impl FromDoc for Action {
    fn from_doc(doc: Doc<'_>) -> Option<Action> {
        [Action::Create, Action::Update, Action::Delete].into_iter().find(|a| a.name() == doc.as_text())
    }
}

/// Plans what gives a zone these records; pure.
///
/// The records replace all others of the names and types they have; other names and types stay, unless `prune` is set:
/// then they go, but for the SOA and the NS records of the apex. A CNAME is alone at its name: where one comes, the rest
/// goes in any case, and the other way round. A time to live that is not given stays. SOA records are not planned at
/// all: a provider counts their serial, and an old one would be wrong.
///
/// What makes room goes right before what it makes room for; other deletions come last.
pub fn plan(zone: &str, current: &[Record], desired: &[RecordOptions], prune: bool) -> Result<Plan> {
    let wanted = wanted(desired)?;
    let sets = sets(current);
    let mut plan = Plan { zone: zone.to_owned(), ..Plan::default() };
    for Wanted { change, disabled } in &wanted {
        let there = of(&sets, change);
        let mut change = Change { before: there.iter().map(|r| data(r)).collect(), ..change.clone() };
        if let Some(new) = disabled.iter().find(|d| !change.before.iter().any(|b| means(&change, b, d))) {
            return Err(Error::invalid([&described(&change), " \"", new, "\" is disabled: a plan would publish it"].concat()));
        }
        if !there.is_empty() {
            change.action = Action::Update;
            if holds(&change, there) {
                plan.keep += 1;
                continue;
            }
        }
        change.ttl = change.ttl.or_else(|| there.iter().find_map(|r| r.ttl));
        plan.changes.push(change);
    }
    let mut last = Vec::new();
    for there in &sets {
        let Some(first) = there.first() else { continue };
        let (name, kind) = (first.name.to_ascii_lowercase(), first.kind.clone());
        let start = wanted.partition_point(|w| w.change.name < name);
        let beside = || wanted.iter().skip(start).map(|w| &w.change).take_while(|c| c.name == name);
        if kind == "SOA" || (kind == "NS" && name.is_empty()) || beside().any(|c| c.kind == kind) {
            continue;
        }
        let in_the_way = beside().any(|c| kind == "CNAME" || c.kind == "CNAME");
        if in_the_way || prune {
            let before = there.iter().map(|r| data(r)).collect();
            let change = Change { action: Action::Delete, name, kind, before, ..Change::default() };
            if in_the_way { &mut plan.changes } else { &mut last }.push(change);
        }
    }
    let order =
        |a: &Change, b: &Change| (&a.name, a.action != Action::Delete, &a.kind).cmp(&(&b.name, b.action != Action::Delete, &b.kind));
    sort(&mut plan.changes, order);
    plan.changes.append(&mut last);
    Ok(plan)
}

/// Carries out a plan with a driver's calls, one change after another.
///
/// First the zone is read: a change that is there already is skipped, so that a plan that failed half way can be applied
/// again; a zone that differs from what the plan saw fails as `Conflict`, before anything is changed. What others change
/// from then on is not seen. The first change that fails ends it, and the error says what was done.
///
/// A change is one step where the driver replaces records whole; otherwise values are updated and added before others
/// are deleted.
pub async fn apply(driver: &mut dyn Dns, plan: &Plan) -> Result<Applied> {
    let current = driver.list_records(&plan.zone).await?;
    let sets = sets(&current);
    let mut due = Vec::new();
    for change in &plan.changes {
        let there = of(&sets, change);
        if holds(change, there) {
            continue;
        }
        if !holds(&Change { after: change.before.clone(), ttl: None, ..change.clone() }, there) {
            let message = ["the zone has changed since it was planned (", &described(change), "): plan again"].concat();
            return Err(Error::new(Kind::Conflict, message).during(driver.link().account().provider, "apply"));
        }
        due.push((change, there));
    }
    let mut done = String::new();
    for (change, there) in &due {
        if let Err(error) = carry_out(driver, &plan.zone, change, there).await {
            let done = if done.is_empty() { "nothing" } else { &done };
            return Err(error.remark(&[" (failed: ", &described(change), "; done before: ", done, ")"].concat()));
        }
        if !done.is_empty() {
            done.push_str(", ");
        }
        done.push_str(&described(change));
    }
    let applied = due.len() as u64;
    Ok(Applied { applied, skipped: plan.changes.len() as u64 - applied })
}

async fn carry_out(driver: &mut dyn Dns, zone: &str, change: &Change, there: &[&Record]) -> Result<()> {
    let find = |after: &str| there.iter().find(|r| means(change, &data(r), after));
    let whole: Vec<_> = change
        .after
        .iter()
        .map(|after| {
            let (priority, data) = parts(&change.kind, &content(&change.kind, after, None));
            let (name, kind) = (Some(change.name.clone()), Some(change.kind.clone()));
            // What stays keeps what only this provider has.
            let extra = find(after).map_or_else(Json::default, |r| r.extra.0.clone());
            RecordOptions { name, kind, data: Some(data), ttl: change.ttl, priority, extra }
        })
        .collect();
    match driver.replace_records(zone, &change.name, &change.kind, &whole).await {
        Err(error) if error.kind() == Kind::Unsupported && error.status().is_none() => {}
        outcome => return outcome,
    }
    let mut old: Vec<_> = there.iter().filter(|r| !change.after.iter().any(|after| means(change, &data(r), after))).collect();
    for (after, options) in change.after.iter().zip(whole) {
        if let Some(record) = find(after) {
            if change.ttl.is_some() && record.ttl != change.ttl {
                driver.update_record(zone, &record.id, &RecordOptions { ttl: change.ttl, ..RecordOptions::default() }).await?;
            }
        } else if let Some(record) = old.pop() {
            driver.update_record(zone, &record.id, &RecordOptions { name: None, kind: None, ..options }).await?;
        } else {
            driver.create_record(zone, &options).await?;
        }
    }
    for record in old {
        driver.delete_record(zone, &record.id).await?;
    }
    Ok(())
}

impl Plan {
    /// Reads a plan that was written as JSON.
    pub fn read(doc: Doc<'_>) -> Result<Plan> {
        let change = |d: Doc<'_>| {
            // All of it must be there: what is missing would read as nothing, and delete.
            let (action, name, kind) = (d.opt("action")?, d.opt("name")?, d.opt("type")?);
            Some(Change { action, name, kind, ttl: d.opt("ttl"), before: d.opt("before")?, after: d.opt("after")? })
        };
        let changes = doc.get("changes").filter(|d| d.is_list()).and_then(|d| d.children().map(change).collect());
        let plan = |changes| Some(Plan { zone: doc.opt("zone")?, changes, keep: doc.opt("keep").unwrap_or(0) });
        changes.and_then(plan).ok_or_else(|| Error::invalid("this is no plan: give what plan() gave"))
    }
}

/// The records that a zone shall have of a name and type.
struct Wanted {
    change: Change,
    /// Those that are not to be served, as far as the desired records say.
    disabled: Vec<String>,
}

/// The desired records by name and type, in that order, checked.
fn wanted(desired: &[RecordOptions]) -> Result<Vec<Wanted>> {
    let mut all = Vec::with_capacity(desired.len());
    for d in desired {
        let name = d.name.as_deref().filter(|n| *n != "@").unwrap_or("").to_ascii_lowercase();
        let kind = d.kind.as_deref().unwrap_or("").to_ascii_uppercase();
        let at = || [" (record ", label(&name), " ", &kind, ")"].concat();
        let text = d.data.as_deref().ok_or_else(|| Error::invalid("a desired record lacks \"data\""))?;
        check(&kind, text, d.priority).map_err(|e| e.remark(&at()))?;
        if name.ends_with('.') || (kind == "CNAME" && name.is_empty()) {
            return Err(Error::invalid("names are relative to the zone, without a final dot; the apex can have no CNAME").remark(&at()));
        }
        if kind != "SOA" {
            all.push((name, kind, shown(d, text), d));
        }
    }
    let mut list: Vec<Wanted> = Vec::new();
    sort(&mut all, |a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    for (name, kind, after, d) in all {
        let alone = |w: &Wanted| w.change.name == name && (w.change.kind == "CNAME" || kind == "CNAME");
        if list.last().is_some_and(alone) {
            return Err(Error::invalid(name + " has a CNAME and another record: a CNAME is alone at its name"));
        }
        let fits = |w: &Wanted| w.change.name == name && w.change.kind == kind;
        if !list.last().is_some_and(fits) {
            let change = Change { action: Action::Create, name, kind, ttl: d.ttl, ..Change::default() };
            list.push(Wanted { change, disabled: Vec::new() });
        }
        let Some(Wanted { change, disabled }) = list.last_mut() else { continue };
        if d.ttl != change.ttl {
            let message = [label(&change.name), " ", &change.kind, " has several times to live: one name and type has one (RFC 2181)"];
            return Err(Error::invalid(message.concat()));
        }
        if Tree::json(d.extra.as_str()).is_ok_and(|tree| tree.root().opt("disabled") == Some(true)) {
            disabled.push(after.clone());
        }
        if !change.after.iter().any(|a| means(change, a, &after)) {
            change.after.push(after);
        }
    }
    Ok(list)
}

/// Records by name and type, in that order.
fn sets(records: &[Record]) -> Vec<Vec<&Record>> {
    let mut all: Vec<_> = records.iter().map(|r| (r.name.to_ascii_lowercase(), r)).collect();
    sort(&mut all, |a, b| (&a.0, &a.1.kind).cmp(&(&b.0, &b.1.kind)));
    all.chunk_by(|a, b| a.0 == b.0 && a.1.kind == b.1.kind).map(|set| set.iter().map(|(_, r)| *r).collect()).collect()
}

/// The records there are of a change's name and type.
fn of<'s, 'r>(sets: &'s [Vec<&'r Record>], change: &Change) -> &'s [&'r Record] {
    let order = |set: &Vec<&Record>| {
        let name = set.first().map(|r| r.name.to_ascii_lowercase());
        (name.as_deref().unwrap_or(""), set.first().map_or("", |r| &r.kind)).cmp(&(&change.name, &change.kind))
    };
    sets.binary_search_by(order).ok().and_then(|at| sets.get(at)).map_or(&[], Vec::as_slice)
}

/// A record's data with its priority, as [`Change`] has it.
fn data(record: &Record) -> String {
    let extra = Tree::json(record.extra.0.as_str()).unwrap_or_default();
    joined(&record.kind, &record.data, extra.root().opt("priority"))
}

/// The same of a desired record.
fn shown(d: &RecordOptions, text: &str) -> String {
    joined(&d.kind.as_deref().unwrap_or("").to_ascii_uppercase(), text, d.priority)
}

fn joined(kind: &str, data: &str, priority: Option<u64>) -> String {
    let (priority, data) = parts(kind, &content(kind, data, priority));
    priority.map_or_else(String::new, |p| number_text(p) + " ") + &data
}

/// Whether two data of a change's type mean the same.
fn means(change: &Change, one: &str, other: &str) -> bool {
    let kind = &change.kind;
    same(kind, &content(kind, one, None), &content(kind, other, None))
}

/// Whether the records there are as a change will have made them.
fn holds(change: &Change, there: &[&Record]) -> bool {
    let among = |record: &Record| change.after.iter().any(|after| means(change, &data(record), after));
    let ttl = |record: &Record| change.ttl.is_none() || record.ttl == change.ttl;
    there.len() == change.after.len() && there.iter().all(|r| among(r) && ttl(r))
}

fn label(name: &str) -> &str {
    if name.is_empty() { "@" } else { name }
}

fn described(change: &Change) -> String {
    [change.action.name(), label(&change.name), &change.kind].join(" ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::compute::Extra;

    fn current() -> Vec<Record> {
        let record = |name: &str, kind: &str, data: &str, ttl: u64, extra: &str| {
            let (name, kind, data) = (name.to_owned(), kind.to_owned(), data.to_owned());
            Record { name, kind, data, ttl: Some(ttl), extra: Extra(Json::raw(extra.to_owned())), ..Record::default() }
        };
        vec![
            record("", "SOA", "ns1.example.org. admin.example.org. 7 1 1 1 1", 3600, "{}"),
            record("", "NS", "ns1.example.org", 3600, "{}"),
            record("", "MX", "mail.example.org", 300, r#"{"priority":10}"#),
            record("", "TXT", "v=spf1 -all", 300, "{}"),
            record("www", "A", "192.0.2.1", 300, "{}"),
            record("www", "A", "192.0.2.2", 300, r#"{"disabled":true}"#),
            record("old", "CNAME", "www.example.org", 300, "{}"),
            record("zz", "A", "192.0.2.3", 300, "{}"),
        ]
    }

    fn want(name: &str, kind: &str, data: &str, ttl: Option<u64>, priority: Option<u64>) -> RecordOptions {
        let (name, kind, data) = (Some(name.to_owned()), Some(kind.to_owned()), Some(data.to_owned()));
        RecordOptions { name, kind, data, ttl, priority, extra: Json::default() }
    }

    fn same_again() -> Vec<RecordOptions> {
        let options = |r: Record| {
            let extra = Tree::json(r.extra.0.as_str()).unwrap();
            let priority = extra.root().opt("priority");
            RecordOptions { ttl: r.ttl, extra: r.extra.0.clone(), ..want(&r.name, &r.kind, &r.data, None, priority) }
        };
        current().into_iter().map(options).collect()
    }

    fn steps(plan: &Plan) -> Vec<String> {
        let step = |c: &Change| format!("{} {:?}>{:?} {:?}", described(c), c.before, c.after, c.ttl);
        plan.changes.iter().map(step).collect()
    }

    #[test]
    fn what_is_there_needs_no_change() {
        let plan = plan("z", &current(), &same_again(), true).unwrap();
        assert_eq!((plan.changes, plan.keep), (vec![], 6));
    }

    #[test]
    fn spelling_is_no_change() {
        let desired = [
            want("@", "mx", "10 MAIL.example.org.", None, None),
            want("", "TXT", "\"v=spf1 -all\"", Some(300), None),
            want("WWW", "a", "192.0.2.2", None, None),
            want("www", "A", "192.0.2.1", None, None),
            want("www", "A", "192.0.2.1", None, None),
        ];
        assert_eq!(plan("z", &current(), &desired, false).unwrap().changes, vec![]);
    }

    #[test]
    fn sets_are_created_updated_and_pruned() {
        let desired = [
            want("", "MX", "mail.example.org", None, Some(20)),
            want("www", "A", "192.0.2.2", Some(60), None),
            want("www", "A", "192.0.2.9", Some(60), None),
            want("www", "AAAA", "2001:DB8::1", None, None),
            want("", "SOA", "ns1.example.org. admin.example.org. 1 1 1 1 1", None, None),
        ];
        let some = plan("z", &current(), &desired, false).unwrap();
        let want = [
            r#"update @ MX ["10 mail.example.org"]>["20 mail.example.org"] Some(300)"#,
            r#"update www A ["192.0.2.1", "192.0.2.2"]>["192.0.2.2", "192.0.2.9"] Some(60)"#,
            r#"create www AAAA []>["2001:db8::1"] None"#,
        ];
        assert_eq!(steps(&some), want);
        let pruned = plan("z", &current(), &desired, true).unwrap();
        let pruned = steps(&pruned);
        assert_eq!(pruned[..3], want);
        let gone = [
            r#"delete @ TXT ["v=spf1 -all"]>[] None"#,
            r#"delete old CNAME ["www.example.org"]>[] None"#,
            r#"delete zz A ["192.0.2.3"]>[] None"#,
        ];
        assert_eq!(pruned[3..], gone, "not the SOA, not the apex's NS; last");
    }

    #[test]
    fn a_cname_is_alone() {
        let desired = [want("www", "CNAME", "a.example", None, None), want("old", "A", "192.0.2.1", None, None)];
        let plan_ = plan("z", &current(), &desired, false).unwrap();
        let want_ = ["delete old CNAME", "create old A", "delete www A", "create www CNAME"];
        assert_eq!(plan_.changes.iter().map(described).collect::<Vec<_>>(), want_);
        for bad in [
            vec![want("a", "CNAME", "b.example", None, None), want("a", "TXT", "x", None, None)],
            vec![want("a", "A", "192.0.2.1", None, None), want("a", "CNAME", "b.example", None, None)],
            vec![want("a", "CNAME", "b.example", None, None), want("a", "CNAME", "c.example", None, None)],
            vec![want("", "CNAME", "b.example", None, None)],
        ] {
            assert_eq!(plan("z", &[], &bad, false).unwrap_err().kind(), Kind::Invalid);
        }
    }

    #[test]
    fn wrong_wishes() {
        let disabled = RecordOptions { extra: Json::raw(r#"{"disabled":true}"#.into()), ..want("www", "A", "192.0.2.5", None, None) };
        for bad in [
            vec![want("www.example.org.", "A", "192.0.2.1", None, None)],
            vec![want("www", "A", "192.0.2", None, None)],
            vec![want("www", "A", "192.0.2.1", Some(1), None), want("www", "A", "192.0.2.2", Some(2), None)],
            vec![RecordOptions { data: None, ..want("www", "A", "", None, None) }],
            vec![disabled],
        ] {
            assert_eq!(plan("z", &current(), &bad, false).unwrap_err().kind(), Kind::Invalid, "{bad:?}");
        }
    }

    #[test]
    fn json_and_back() {
        let desired = [want("www", "A", "192.0.2.9", None, None), want("n", "TXT", "\"", Some(9), None)];
        let plan = plan("z", &current(), &desired, true).unwrap();
        let json = Json::of(&plan);
        assert_eq!(Plan::read(Tree::json(json.as_str()).unwrap().root()).unwrap(), plan);
        for bad in ["{}", "[]", r#"{"zone":"z"}"#, r#"{"zone":"z","changes":[{"action":"drop"}]}"#, r#"{"changes":[]}"#] {
            assert!(Plan::read(Tree::json(bad).unwrap().root()).is_err(), "{bad}");
        }
    }
}
