//! From an operation's lines and arguments to its requests.

use super::filter::{apply, filtered, numbers, tags};
use super::gather::Gather;
use super::paging::{Paging, UNKNOWN};
use super::{Pages, map};
use crate::core::call::follow;
use crate::core::error::{Error, Kind, Result};
use crate::core::http::{Body, Headers, Method, Path, Request, Response, encode_into, split_endpoint};
use crate::core::link::{Fault, Link};
use crate::core::wire::{Doc, Encode, Json, Tree, array, number_text, object, parse_number};

/// What holes are filled with: JSON by name. Nothing, an empty text, list or object is absent.
#[derive(Clone, Debug, Default)]
pub struct Holes(Vec<(String, Json)>);

impl Holes {
    pub(super) fn of(texts: &[(&str, &str)]) -> Holes {
        let mut holes = Holes::default();
        for (name, text) in texts {
            holes.set(name, Json::of(*text));
        }
        holes
    }

    /// Sets a text, if there is one.
    pub fn opt(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.set(name, Json::of(text));
        }
    }

    /// Sets any value.
    pub fn set(&mut self, name: &str, value: Json) {
        self.0.retain(|(n, _)| n != name);
        if !matches!(value.as_str(), "" | "null" | "\"\"" | "[]" | "{}") {
            self.0.push((name.to_owned(), value));
        }
    }

    /// A value, as JSON.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }

    /// A value that is a text or number; empty where there is none.
    pub fn text(&self, name: &str) -> String {
        let text = self.get(name).and_then(|json| Tree::json(json.as_str()).ok()?.root().word().map(str::to_owned));
        text.unwrap_or_default()
    }

    /// Whether a list has more than one item.
    pub fn many(&self, name: &str) -> bool {
        self.get(name).and_then(|json| Tree::json(json.as_str()).ok()).is_some_and(|tree| tree.root().children().nth(1).is_some())
    }

    pub(super) fn settings(&mut self, link: &Link) {
        for (name, value) in &link.account().settings.0 {
            self.set(&["$", name].concat(), Json::of(value));
        }
    }

    /// An argument that no hole of these lines, or of the result's place, takes.
    pub(super) fn unused(&self, lines: &str, place: &str) -> Option<&str> {
        // What is made up, or always said, is no argument.
        let given = |name: &&str| !name.starts_with('$') && !matches!(*name, "token" | "direction" | "names");
        let takes = |name: &&str| after(lines, name).or_else(|| after(place, name)).is_none();
        self.0.iter().map(|(name, _)| name.as_str()).filter(given).find(takes)
    }

    /// An argument that has several items where these lines take its first.
    pub(super) fn several(&self, lines: &str) -> Option<&str> {
        let first = |name: &str| after(lines, name).is_some_and(|rest| rest.trim_start_matches('#').starts_with("|first"));
        let several =
            |value: &Json| Tree::json(value.as_str()).is_ok_and(|tree| tree.root().is_list() && tree.root().children().nth(1).is_some());
        self.0.iter().find(|(name, value)| first(name) && several(value)).map(|(name, _)| name.as_str())
    }

    /// The place of the result in an answer.
    pub(super) fn found<'t>(&self, root: Doc<'t>, place: &str) -> Result<Doc<'t>> {
        let mut error = Error::malformed("the answer is empty");
        for one in place.split('|').rev() {
            let path = self.fill(one, root, plain).unwrap_or_default();
            if let Some(found) = map::first(root, &path) {
                return Ok(found);
            }
            // Of what was looked for by name, there is none.
            let kind = if path == one { Kind::Malformed } else { Kind::NotFound };
            error = Error::new(kind, ["the answer has no \"", &path, "\""].concat());
        }
        Err(error)
    }

    /// The value of a hole, between its braces: `name`, `name#`, `name|filter`, `.path`.
    fn value(&self, hole: &str, answer: Doc<'_>) -> Option<Json> {
        let mut parts = hole.split('|');
        let name = parts.next().unwrap_or("");
        let plain = name.trim_end_matches('#');
        let path = plain.trim_start_matches('.');
        let mut value = if path.len() < plain.len() {
            map::first(answer, path)?.json()
        } else {
            plain.split('/').find_map(|name| self.get(name))?.clone()
        };
        if plain.len() < name.len() {
            value = filtered(&value, &numbers)?;
        }
        for filter in parts {
            value = filtered(&value, &|doc| {
                let of = |name| filter.strip_prefix(name);
                match (of("onto:"), of("without:"), of("among:"), of("but:")) {
                    (Some(below), ..) => Some(self.onto(below, doc)),
                    (_, Some(names), ..) => Some(self.chosen(names, doc, false)),
                    (_, _, Some(names), _) => Some(self.chosen(names, doc, true)),
                    (.., Some(which)) => Some(self.but(which, doc)),
                    _ => apply(filter, doc),
                }
            })?;
        }
        Some(value)
    }

    /// Tags, and those of a hole that are not among them.
    fn onto(&self, below: &str, new: Doc<'_>) -> Json {
        let old = self.get(below).and_then(|json| Tree::json(json.as_str()).ok()).unwrap_or_default();
        let mut all = tags(old.root());
        all.0.retain(|(name, _)| new.get(name).is_none());
        all.0.append(&mut tags(new).0);
        Json::of(&all)
    }

    /// The tags that a hole names, or that it does not. It has names, or tags.
    fn chosen(&self, names: &str, old: Doc<'_>, named: bool) -> Json {
        let names = self.get(names).and_then(|json| Tree::json(json.as_str()).ok()).unwrap_or_default();
        let map = names.root().is_map();
        let mut left = tags(old);
        left.0
            .retain(|(name, _)| named == names.root().children().any(|one| if map { one.key() == name } else { one.word() == Some(name) }));
        Json::of(&left)
    }

    /// The items of a list but those at whose path is what a hole says: `name:path`.
    fn but(&self, which: &str, list: Doc<'_>) -> Json {
        let mut sides = which.splitn(2, ':');
        let (value, path) = (self.text(sides.next().unwrap_or("")), sides.next().unwrap_or(""));
        array(list.children().filter(|item| map::first(*item, path).and_then(Doc::word) != Some(&*value)).map(Doc::json))
    }

    /// A text with holes, filled; nothing when one is empty. `put` is told whether the slashes of a value stay: `{+name}`.
    pub(super) fn fill(&self, template: &str, answer: Doc<'_>, put: fn(&mut String, &str, bool)) -> Option<String> {
        let mut out = String::new();
        let mut rest = template;
        while let Some(at) = rest.bytes().position(|b| b == b'{') {
            out.push_str(rest.get(..at)?);
            let end = at + rest.get(at..)?.bytes().position(|b| b == b'}')?;
            let hole = rest.get(at + 1..end)?;
            let name = hole.trim_start_matches('+');
            let value = self.value(name, answer)?;
            let tree = Tree::json(value.as_str()).ok()?;
            put(&mut out, tree.root().word().filter(|word| !word.is_empty())?, name.len() < hole.len());
            rest = rest.get(end + 1..)?;
        }
        out.push_str(rest);
        Some(out)
    }

    /// A body's template, filled; says whether anything is there.
    fn body(&self, template: Doc<'_>, answer: Doc<'_>, out: &mut String) -> bool {
        let text = template.as_text();
        if template.is_map() || template.is_list() {
            return self.members(template, answer, Tree::default().root(), out);
        }
        if !text.starts_with('{') && !text.contains('{') {
            template.json().encode(out);
            return true;
        }
        let inside = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).filter(|t| !t.contains('{'));
        let value = match inside {
            Some(hole) => self.value(hole, answer),
            None => self.fill(text, answer, plain).map(Json::from),
        };
        value.map(|value| value.encode(out)).is_some()
    }

    fn members(&self, template: Doc<'_>, answer: Doc<'_>, added: Doc<'_>, out: &mut String) -> bool {
        let map = template.is_map();
        // What the caller adds goes before what the template says; objects of both go together.
        let taken =
            |name: &str| template.get(name).and_then(|d| self.value(d.as_text().trim_matches(['{', '}']), answer)).unwrap_or_default();
        let (own, below) = (taken("..."), taken(".."));
        let below = Tree::json(below.as_str()).unwrap_or_default();
        let own = Tree::json(own.as_str()).unwrap_or_default();
        let added = if own.root().is_map() { own.root() } else { added };
        let both = |d: &Doc<'_>| map && d.is_map() && added.get(d.key()).is_some_and(Doc::is_map);
        let mut pieces = Vec::new();
        for child in template.children().filter(|d| !matches!(d.key(), "..." | "..") && (!map || added.get(d.key()).is_none() || both(d))) {
            let mut piece = String::new();
            if both(&child) {
                self.members(child, answer, added.get(child.key()).unwrap_or(child), &mut piece);
                pieces.push((child.key(), Json::raw(piece)));
            } else if let Some(items) = child.as_text().strip_prefix("{...").filter(|_| !map) {
                let items = self.value(items.trim_end_matches('}'), answer).unwrap_or_default();
                let items = Tree::json(items.as_str()).unwrap_or_default();
                pieces.extend(items.root().children().map(|d| ("", d.json())));
            } else if self.body(child, answer, &mut piece) {
                pieces.push((child.key(), Json::raw(piece)));
            }
        }
        pieces.extend(added.children().filter(|d| !template.get(d.key()).is_some_and(|d| both(&d))).map(|d| (d.key(), d.json())));
        pieces.extend(below.root().children().filter(|d| template.get(d.key()).is_none()).map(|d| (d.key(), d.json())));
        let whole = if map { object(&pieces) } else { array(pieces.iter().map(|(_, piece)| piece.clone())) };
        whole.encode(out);
        !pieces.is_empty() || template.children().next().is_none()
    }

    /// A line without its conditions, if they hold: `WITH name`, `WITH !name`.
    pub(super) fn wanted<'l>(&self, line: &'l str) -> Option<&'l str> {
        let line = line.trim_ascii();
        let Some(rest) = line.strip_prefix("WITH ") else { return Some(line) };
        let mut halves = rest.splitn(2, ' ');
        let name = halves.next().unwrap_or("");
        let plain = name.trim_start_matches('!');
        if self.get(plain).is_some() == (plain.len() == name.len()) { self.wanted(halves.next()?) } else { None }
    }

    /// The request of a line.
    pub(super) fn request(&self, line: &'static str, answer: Doc<'_>) -> Request {
        let mut words = line.splitn(3, ' ');
        let verb = words.next().unwrap_or("");
        let is_form = verb == "FORM";
        let method = match verb {
            "FORM" => Ok(Method::Post),
            "MERGE" => Ok(Method::Patch),
            _ => Method::parse(verb.trim_end_matches('*')),
        };
        let mut halves = words.next().unwrap_or("").splitn(2, '?');
        let path = self.fill(halves.next().unwrap_or(""), answer, encode_into);
        let hurt = path.as_deref().is_none_or(|path| path.split('/').any(|step| step == "." || step == ".."));
        let empty = || Error::invalid("an id or name is missing, empty, \".\" or \"..\": it cannot stand in a URL");
        let path = if hurt { Err(empty()) } else { Ok(path.unwrap_or_default()) };
        let mut request = Request::new(*method.as_ref().unwrap_or(&Method::Get), Path::from(path)).check(method);
        for pair in halves.next().unwrap_or("").split('&').filter(|p| !p.is_empty()) {
            let mut sides = pair.splitn(2, '=');
            let name = sides.next().unwrap_or("");
            let template = sides.next().unwrap_or("");
            let value = template.strip_prefix('{').and_then(|t| t.strip_suffix('}')).and_then(|hole| self.value(hole, answer));
            let tree = value.as_ref().and_then(|value| Tree::json(value.as_str()).ok()).unwrap_or_default();
            if name == "..." {
                // What the caller adds goes before what the line says.
                request.query.retain(|(n, _)| tree.root().get(n).is_none());
            }
            match tree.root().word() {
                None if value.is_some() => flatten(name, tree.root(), &mut request.query),
                _ => request = request.query_opt(name, self.fill(template, answer, plain)),
            }
        }
        if is_form {
            let pairs = std::mem::take(&mut request.query);
            request = request.form(&pairs);
        }
        // What carries a token has one effect however often it is sent.
        if verb.ends_with('*') || after(line, "token").is_some() {
            request = request.repeatable();
        }
        let Some(body) = words.next() else { return request };
        let mut out = String::new();
        match Tree::json(body) {
            Ok(template) => _ = self.body(template.root(), answer, &mut out),
            Err(error) => return request.check::<()>(Err(error)),
        }
        if body.starts_with('"') {
            let text = Tree::json(&out).ok().and_then(|tree| tree.root().word().map(str::to_owned)).unwrap_or_default();
            return request.header("content-type", "text/plain").body(Body::Bytes(text.into_bytes()));
        }
        let request = request.json(Json::raw(out));
        if verb == "MERGE" { request.header("content-type", "application/merge-patch+json") } else { request }
    }
}

/// A list or object as pairs of a query: an item's name has its number, counted from the name's own, as in `tags[0]` or `Tag.1`,
/// and a member's its key after a dot.
fn flatten(name: &str, doc: Doc<'_>, out: &mut Vec<(String, String)>) {
    if let Some(word) = doc.word() {
        return out.push((name.to_owned(), word.to_owned()));
    }
    let own = name.char_indices().rev().find(|(_, c)| c.is_ascii_digit());
    for (at, child) in doc.children().enumerate() {
        let key = child.key();
        let name = match own {
            _ if doc.is_map() && name == "..." => key.to_owned(),
            _ if doc.is_map() => [name, ".", key].concat(),
            Some((digit, first)) => {
                let number = number_text(u64::from(first.to_digit(10).unwrap_or(0)) + at as u64);
                [name.get(..digit).unwrap_or(""), &number, name.get(digit + 1..).unwrap_or("")].concat()
            }
            None => [name, ".", &number_text(at as u64 + 1)].concat(),
        };
        flatten(&name, child, out);
    }
}

/// What stands after a name where it is filled in, or a filter takes it.
pub(super) fn after<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let bytes = text.as_bytes();
    let opens = |at: &usize| {
        let before = text.get(..*at).unwrap_or("");
        let inside = before
            .rsplit(['{', '}'])
            .next()
            .is_some_and(|rest| before.as_bytes().get(..before.len() - rest.len()).is_some_and(|b| b.ends_with(b"{")));
        let starts = matches!(bytes.get(at - 1), Some(b'{' | b'+' | b':' | b'/' | b'.'));
        (inside && starts) || before.ends_with("WITH ") || before.ends_with("WITH !")
    };
    (1..bytes.len()).filter(opens).find_map(|at| {
        let rest = text.get(at..)?.strip_prefix(name)?;
        (!rest.starts_with(|c: char| c.is_ascii_alphanumeric())).then_some(rest)
    })
}

fn plain(out: &mut String, word: &str, _: bool) {
    out.push_str(word);
}

/// An operation on its way.
pub(super) struct Script {
    lines: std::str::Lines<'static>,
    pub holes: Holes,
    /// What is gathered beside the answer, and the answer with it.
    gather: Option<Gather>,
    whole: Option<String>,
    /// What the answer to this line must say, and how long it was waited the last time.
    until: Option<(&'static str, &'static str, u64)>,
    /// Milliseconds waited so far.
    waited: u64,
    pages: &'static Pages,
    endpoint: String,
    /// The list that was asked for, whose next page may have what is looked for.
    list: Option<Paging>,
    /// The line that looks there again.
    again: Option<&'static str>,
}

/// The first and the longest pause between two looks at what is not finished yet.
const FIRST_LOOK: u64 = 500;
const LONGEST_LOOK: u64 = 8_000;
/// The longest pause between two looks that a provider may ask for.
const LONGEST_ASKED: u64 = 60_000;
/// How long is waited at all, where the task has no deadline.
const LONGEST_WAIT: u64 = 3_600_000;

impl Script {
    pub fn new(lines: &'static str, holes: Holes, pages: &'static Pages, endpoint: &str) -> Script {
        Script {
            lines: lines.lines(),
            holes,
            gather: None,
            whole: None,
            until: None,
            waited: 0,
            pages,
            endpoint: endpoint.to_owned(),
            list: None,
            again: None,
        }
    }

    pub fn first(&mut self) -> Request {
        let nothing = Tree::default();
        match self.step(nothing.root(), &Response::new(0, Headers::default(), Vec::new())) {
            Ok(Some((_, request))) => request,
            Ok(None) => Request::get("/"),
            Err(error) => Request::get("/").check::<()>(Err(error)),
        }
    }

    /// What goes after this answer, and after how many milliseconds; nothing when it was the last.
    pub fn next(&mut self, response: &Response) -> Result<Option<(u64, Request)>> {
        self.whole = None;
        if let Some(gather) = &mut self.gather {
            if let Some(request) = gather.hear(response)? {
                return Ok(Some((0, request)));
            }
            self.whole = self.gather.take().map(Gather::joined);
        }
        if self.until.is_none() && self.again.is_none() && self.lines.clone().next().is_none() {
            return Ok(None);
        }
        let whole = self.whole.take();
        let tree = whole.as_deref().or(response.text().ok()).and_then(|text| Tree::json(text).ok()).unwrap_or_default();
        if let Some((until, line, pause)) = self.until {
            // Accepted is not done, whatever else is said.
            if response.status == 202 || !reached(tree.root(), until)? {
                self.waited += pause;
                if self.waited > LONGEST_WAIT {
                    return Err(Error::new(Kind::Deadline, "the provider has not finished within an hour: look later whether it has"));
                }
                let pause = asked(response).unwrap_or((pause + pause / 2).min(LONGEST_LOOK));
                self.until = Some((until, line, pause));
                return Ok(Some((pause, self.ask(line, tree.root())?)));
            }
            self.until = None;
        }
        let next = self.step(tree.root(), response)?;
        drop(tree);
        self.whole = whole;
        Ok(next)
    }

    /// The answer that the result is in.
    pub fn text<'r>(&'r self, response: &'r Response) -> Result<&'r str> {
        self.whole.as_deref().map_or_else(|| response.text(), Ok)
    }

    /// The request of a line; `@name` in place of the path is the URL in a hole.
    fn ask(&self, line: &'static str, answer: Doc<'_>) -> Result<Request> {
        match line.strip_prefix("GET @") {
            Some(name) => follow(&self.holes.text(name), split_endpoint(&self.endpoint)?.0),
            None => Ok(self.holes.request(line, answer)),
        }
    }

    /// The next page of the list in whose answer something was looked for in vain.
    pub fn more(&mut self, answer: Doc<'_>) -> Result<Option<Request>> {
        self.list.as_mut().map_or(Ok(None), |list| list.next(answer, UNKNOWN))
    }

    fn step(&mut self, answer: Doc<'_>, response: &Response) -> Result<Option<(u64, Request)>> {
        while let Some(line) = self.again.take().or_else(|| self.lines.next()) {
            let Some(line) = self.holes.wanted(line) else { continue };
            let mut words = line.splitn(3, ' ');
            match (words.next(), words.next(), words.next()) {
                (Some("KEEP"), Some(what), None) => {
                    let mut sides = what.splitn(2, '=');
                    let name = sides.next().unwrap_or("");
                    let kept = sides.next().unwrap_or("").split('|').find_map(|path| {
                        if let Some(header) = path.strip_prefix('@') {
                            return response.headers.get(header).map(Json::from);
                        }
                        let path = self.holes.fill(path, answer, plain)?;
                        map::first(answer, &path).map(Doc::json)
                    });
                    if let Some(kept) = kept {
                        self.holes.set(name.trim_end_matches('?'), kept);
                    } else if let Some(request) = self.more(answer)? {
                        self.again = Some(line);
                        return Ok(Some((0, request)));
                    } else if !name.ends_with('?') {
                        return Err(Error::new(Kind::NotFound, ["the provider has no ", name, " that fits"].concat()));
                    }
                }
                (Some("SET"), Some(what), None) => {
                    let mut sides = what.splitn(2, '=');
                    let name = sides.next().unwrap_or("");
                    let hole = sides.next().unwrap_or("").trim_matches(['{', '}']);
                    let value = self.holes.value(hole, answer).unwrap_or_default();
                    self.holes.set(name, value);
                }
                (Some("UNTIL"), Some(until), Some(line)) => {
                    self.list = None;
                    let pause = asked(response).unwrap_or(FIRST_LOOK);
                    self.until = Some((until, line, pause));
                    return Ok(Some((pause, self.ask(line, answer)?)));
                }
                (Some("FOR"), Some(path), Some(line)) => {
                    let mut requests = Vec::new();
                    map::many(answer, path, &mut |place| requests.push((line, place)));
                    if let Some(request) = self.gather(requests, answer) {
                        return Ok(Some((0, request)));
                    }
                }
                (Some("GATHER"), ..) => {
                    if let Some(request) = self.gather(vec![(line, answer)], answer) {
                        return Ok(Some((0, request)));
                    }
                }
                (None | Some(""), ..) => {}
                (method, ..) => {
                    // Where an answer's words are filled in, its next page could not be asked for.
                    let alone = matches!(method, Some("GET" | "POST*")) && !line.split('{').any(|hole| hole.starts_with('.'));
                    self.list = alone.then(|| Paging::new(line, self.holes.clone(), self.pages, self.endpoint.clone()));
                    return Ok(Some((0, self.holes.request(line, answer))));
                }
            }
        }
        Ok(None)
    }

    /// Begins to gather by lines `GATHER name=path request`, each filled from its place.
    fn gather(&mut self, lines: Vec<(&'static str, Doc<'_>)>, answer: Doc<'_>) -> Option<Request> {
        let mut words = lines.first()?.0.splitn(3, ' ').skip(1);
        let mut sides = words.next().unwrap_or("").splitn(2, '=');
        let (name, place, line) = (sides.next().unwrap_or(""), sides.next().unwrap_or(""), words.next().unwrap_or(""));
        self.list = None;
        let mut gather = Gather {
            name,
            place,
            paging: Paging::new(line, self.holes.clone(), self.pages, self.endpoint.clone()),
            requests: lines.iter().rev().map(|(_, place)| self.holes.request(line, *place)).collect(),
            items: Vec::new(),
            members: answer.children().map(|d| (d.key().to_owned(), d.json())).collect(),
        };
        let request = gather.pop();
        self.gather = Some(gather);
        request
    }
}

/// How long the provider asks to wait, in milliseconds.
fn asked(response: &Response) -> Option<u64> {
    let seconds = response.headers.get("retry-after").and_then(parse_number)?;
    Some(seconds.saturating_mul(1000).clamp(FIRST_LOOK, LONGEST_ASKED))
}

/// Whether an answer says what is waited for: `path=value,other!fault`.
fn reached(answer: Doc<'_>, until: &str) -> Result<bool> {
    let mut halves = until.splitn(2, '!');
    // A filter of the path may have an equals sign too.
    let mut sides = halves.next().unwrap_or("").rsplitn(2, '=');
    let values = sides.next().unwrap_or("");
    let word = map::first(answer, sides.next().unwrap_or("")).and_then(Doc::word).unwrap_or("");
    if let Some(fault) = halves.next().and_then(|path| map::first(answer, path)) {
        let said = fault.word().map(str::to_owned).or_else(|| fault.opt("message")).unwrap_or_else(|| fault.json().into_string());
        // Google tells the status that it would have answered with.
        let kind = answer.opt::<u64>("httpErrorStatusCode").and_then(|status| u16::try_from(status).ok());
        let kind = kind.map_or(Kind::Unavailable, Kind::of_status);
        return Err(Error::new(kind, ["the provider failed after it had begun: ", &said].concat()).with_code(fault.opt("code")));
    }
    for value in values.split(',') {
        match value.strip_prefix('~') {
            Some(failure) if failure == word => {
                let why = map::first(answer, "message").or_else(|| map::first(answer, "reason")).and_then(Doc::word).unwrap_or(word);
                return Err(Error::new(Kind::Unavailable, ["the provider says that it failed: ", why].concat()));
            }
            _ if value == word => return Ok(true),
            _ => {}
        }
    }
    Ok(false)
}

/// A failure of an API that says `{"error": …}`, or the like: at these paths are message, code and request id.
pub(crate) fn fault_at(response: &Response, message: &str, code: &str, request_id: &str) -> Fault {
    let tree = response.text().ok().and_then(|text| Tree::json(text).ok()).unwrap_or_default();
    let word = |paths: &str| {
        let place = paths.split('|').find_map(|path| map::first(tree.root(), path));
        place.and_then(Doc::word).filter(|word| !word.is_empty()).map(str::to_owned)
    };
    let id = word(request_id).or_else(|| response.headers.get("x-request-id").map(str::to_owned));
    Fault { kind: None, code: word(code), message: word(message), request_id: id }
}

/// The kind that a provider's code, by its end, stands for, where it says more than the status.
pub(crate) fn with_kinds(mut fault: Fault, kinds: &[(&str, Kind)]) -> Fault {
    fault.kind = kinds.iter().find(|(end, _)| fault.code.as_deref().is_some_and(|code| code.ends_with(end))).map(|(_, kind)| *kind);
    fault
}
