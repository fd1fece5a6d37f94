//! One error for everything: a [`Kind`] to branch on, and what the provider said.

use std::fmt;

/// What went wrong, by what a caller can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The caller cancelled the task.
    Cancelled,
    /// The thing exists already, is in use, or changed meanwhile.
    Conflict,
    /// The task's deadline passed.
    Deadline,
    /// The credentials are good but may not do this.
    Denied,
    /// The input is wrong; nothing was done.
    Invalid,
    /// The provider's answer could not be read.
    Malformed,
    /// No such thing.
    NotFound,
    /// The account's quota or the provider's capacity is used up.
    Quota,
    /// Too many requests; see [`Error::retry_after`].
    RateLimited,
    /// The request or its answer was lost on the way.
    Transport,
    /// The credentials were refused.
    Unauthorized,
    /// The provider has trouble; trying again later may help.
    Unavailable,
    /// The provider has no such operation.
    Unsupported,
}

impl Kind {
    /// The name by which JavaScript and logs know this kind.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Cancelled => "cancelled",
            Kind::Conflict => "conflict",
            Kind::Deadline => "deadline",
            Kind::Denied => "denied",
            Kind::Invalid => "invalid",
            Kind::Malformed => "malformed",
            Kind::NotFound => "not-found",
            Kind::Quota => "quota",
            Kind::RateLimited => "rate-limited",
            Kind::Transport => "transport",
            Kind::Unauthorized => "unauthorized",
            Kind::Unavailable => "unavailable",
            Kind::Unsupported => "unsupported",
        }
    }

    /// The kind an HTTP status stands for when the provider says nothing better.
    pub fn of_status(status: u16) -> Kind {
        match status {
            401 => Kind::Unauthorized,
            402 => Kind::Quota,
            403 => Kind::Denied,
            404 | 410 => Kind::NotFound,
            405 | 501 => Kind::Unsupported,
            409 | 412 | 423 => Kind::Conflict,
            429 => Kind::RateLimited,
            400..=499 => Kind::Invalid,
            500..=599 => Kind::Unavailable,
            _ => Kind::Malformed,
        }
    }
}

/// Why an operation failed. Never holds a header, a query string, a body or a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Parts>);

#[derive(Clone, PartialEq, Eq)]
struct Parts {
    kind: Kind,
    message: String,
    provider: &'static str,
    operation: &'static str,
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    retry_after: Option<u64>,
    cause: Option<String>,
}

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of this kind; the message says what to do next.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error(Box::new(Parts {
            kind,
            message: message.into(),
            provider: "",
            operation: "",
            status: None,
            code: None,
            request_id: None,
            retry_after: None,
            cause: None,
        }))
    }

    /// Bad input, found before anything was sent.
    pub fn invalid(message: impl Into<String>) -> Self {
        Error::new(Kind::Invalid, message)
    }

    /// An answer that could not be read.
    pub fn malformed(message: impl Into<String>) -> Self {
        Error::new(Kind::Malformed, message)
    }

    /// An operation that this provider does not have.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Error::new(Kind::Unsupported, message)
    }

    /// Says who and what failed, where that is not said yet.
    #[must_use]
    pub fn during(mut self, provider: &'static str, operation: &'static str) -> Self {
        if self.0.provider.is_empty() {
            self.0.provider = provider;
        }
        if self.0.operation.is_empty() {
            self.0.operation = operation;
        }
        self
    }

    /// With the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// With the provider's own code.
    #[must_use]
    pub fn with_code(mut self, code: Option<String>) -> Self {
        self.0.code = code.filter(|c| !c.is_empty());
        self
    }

    /// With the provider's id of the request, for its support.
    #[must_use]
    pub fn with_request_id(mut self, id: Option<String>) -> Self {
        self.0.request_id = id.filter(|c| !c.is_empty());
        self
    }

    /// With the pause that the provider asked for, in milliseconds.
    #[must_use]
    pub fn with_retry_after(mut self, ms: Option<u64>) -> Self {
        self.0.retry_after = ms;
        self
    }

    /// With what the transport said.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<String>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// With a remark after the message.
    #[must_use]
    pub fn remark(mut self, remark: &str) -> Self {
        self.0.message.push_str(remark);
        self
    }

    /// What went wrong, to branch on.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The provider's message, or ours.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The provider's name as in the registry; empty when none was involved.
    pub fn provider(&self) -> &'static str {
        self.0.provider
    }

    /// The operation, as `list_nodes`; empty when none was involved.
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// The HTTP status, when there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The provider's own error code.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The provider's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long the provider asked to wait, in milliseconds.
    pub fn retry_after(&self) -> Option<u64> {
        self.0.retry_after
    }

    /// What the transport said, for [`Kind::Transport`].
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }
}

impl Error {
    /// Who and what failed, and why: what [`Display`](fmt::Display) writes.
    pub fn sentence(&self) -> String {
        self.sentence_about(self.0.operation)
    }

    /// The same, with the operation called as the reader knows it.
    pub fn sentence_about(&self, operation: &str) -> String {
        let Parts { provider, message, .. } = &*self.0;
        match (provider.is_empty(), operation.is_empty()) {
            (true, _) => message.clone(),
            (false, true) => [provider, ": ", message].concat(),
            (false, false) => [provider, " ", operation, ": ", message].concat(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind.name())?;
        f.write_str(": ")?;
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

/// A credential: it is used, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a credential.
    pub fn new(value: impl Into<String>) -> Self {
        Secret(value.into())
    }

    /// The credential itself, for signing or for a header.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
