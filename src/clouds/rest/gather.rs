//! Answers gathered beside an answer.

use super::map;
use super::paging::Paging;
use crate::core::error::Result;
use crate::core::http::{Request, Response};
use crate::core::wire::{Json, Tree, array, object};

/// Items that are gathered from several answers into a list of the answer before them.
pub(super) struct Gather {
    pub name: &'static str,
    pub place: &'static str,
    pub paging: Paging,
    /// Those still to be sent, the last first.
    pub requests: Vec<Request>,
    pub items: Vec<Json>,
    /// The answer's own.
    pub members: Vec<(String, Json)>,
}

impl Gather {
    /// The next request, if there is one.
    pub fn pop(&mut self) -> Option<Request> {
        self.requests.pop().map(|request| self.mild(request))
    }

    /// What may be absent may be out of reach, too.
    fn mild(&self, request: Request) -> Request {
        if self.name.ends_with('?') { request.taking(&[403, 404]) } else { request }
    }

    /// Takes an answer; gives the next request, if there is one.
    pub fn hear(&mut self, response: &Response) -> Result<Option<Request>> {
        if response.status < 400 {
            let tree = Tree::json(response.text()?)?;
            let before = self.items.len();
            map::each(tree.root(), self.place, &mut |item| {
                self.items.push(item.json());
                Ok(())
            })?;
            if let Some(next) = self.paging.next(tree.root(), self.items.len() - before)? {
                return Ok(Some(self.mild(next)));
            }
        }
        self.paging.restart();
        Ok(self.pop())
    }

    /// The answer with the list.
    pub fn joined(self) -> String {
        let mut members: Vec<_> = self.members.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        members.push((self.name.trim_end_matches('?'), array(self.items)));
        object(&members).into_string()
    }
}
