//! What Azure's clouds have in common: applications of Entra ID.
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

use super::Config;
use crate::core::auth::Client;
use crate::core::error::Secret;
use crate::core::http::path;

/// The application that an account's fields name, for a resource as `https://storage.azure.com`.
pub(super) fn entra(config: &Config, resource: &str) -> Client {
    Client {
        authority: config.or("authority", "https://login.microsoftonline.com").to_owned(),
        path: path("/*/oauth2/v2.0/token", &[config.get("tenantId")]),
        id: config.get("clientId").to_owned(),
        secret: Secret::new(config.get("clientSecret")),
        scope: [resource, "/.default"].concat(),
    }
}
