//! A list on its way, page by page.

use super::ask::{Holes, after};
use super::{Pages, map};
use crate::core::call::{Cycle, follow};
use crate::core::error::Result;
use crate::core::http::{Request, split_endpoint};
use crate::core::wire::{Doc, Tree, number_text, parse_number};

/// A list on its way.
pub(super) struct Paging {
    line: &'static str,
    holes: Holes,
    pages: &'static Pages,
    endpoint: String,
    links: Cycle,
    page: u64,
    seen: u64,
}

/// How many items a page has whose items are not counted.
pub(super) const UNKNOWN: usize = usize::MAX;

impl Paging {
    pub fn new(lines: &'static str, holes: Holes, pages: &'static Pages, endpoint: String) -> Paging {
        let line = lines.lines().find_map(|line| holes.wanted(line)).unwrap_or("");
        Paging { line, holes, pages, endpoint, links: Cycle::default(), page: 1, seen: 0 }
    }

    /// Begins anew.
    pub fn restart(&mut self) {
        self.links = Cycle::default();
        self.page = 1;
    }

    pub fn first(&self) -> Request {
        let nothing = Tree::default();
        self.holes.request(self.line, nothing.root())
    }

    fn with(&mut self, name: &str, value: &str) -> Request {
        if after(self.line, name).is_some() {
            self.holes.set(name, value.into());
            return self.first();
        }
        let mut request = self.first();
        request.query.retain(|(n, _)| n != name);
        request.query(name, value)
    }

    /// The request for the page after this one, which has so many items.
    pub fn next(&mut self, answer: Doc<'_>, items: usize) -> Result<Option<Request>> {
        self.by(self.pages, answer, items)
    }

    fn by(&mut self, pages: &'static Pages, answer: Doc<'_>, items: usize) -> Result<Option<Request>> {
        let word = |path: &str| map::first(answer, path).and_then(Doc::word).unwrap_or("").to_owned();
        match pages {
            Pages::None => Ok(None),
            Pages::Either(one, other) => Ok(match self.by(one, answer, items)? {
                None => self.by(other, answer, items)?,
                next => next,
            }),
            Pages::Link(path) | Pages::Next(_, path) => {
                let next = word(path);
                // A provider that promises the same page again has no other.
                if next.is_empty() || self.links.closes(&next) {
                    return Ok(None);
                }
                let request = match pages {
                    Pages::Next(name, _) => self.with(name, &next),
                    _ => {
                        let (origin, _) = split_endpoint(&self.endpoint)?;
                        let url = if next.starts_with('/') { [origin, &next].concat() } else { next.clone() };
                        follow(&url, origin)?
                    }
                };
                Ok(Some(request))
            }
            Pages::Count(name, path) => {
                self.page += 1;
                let more = parse_number(&word(path)).is_some_and(|pages| self.page <= pages) && items > 0;
                Ok(more.then(|| self.with(name, &number_text(self.page))))
            }
            Pages::Number(name, sizes) | Pages::Total(name, sizes, _) => {
                let asked =
                    self.first().query.iter().find(|(n, _)| sizes.split('|').any(|size| size == n)).and_then(|(_, n)| parse_number(n));
                let all = if let Pages::Total(_, _, path) = pages { parse_number(&word(path)) } else { None };
                let more = asked.is_some_and(|size| {
                    // A page may be shorter than asked for, and not the last.
                    self.seen += size.min(items as u64);
                    match all {
                        Some(all) => items > 0 && self.seen < all,
                        None => items < UNKNOWN && items as u64 >= size,
                    }
                });
                self.page += 1;
                Ok(more.then(|| self.with(name, &number_text(self.page))))
            }
        }
    }
}
