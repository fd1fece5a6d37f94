//! What Azure's clouds have in common: applications of Entra ID.

use super::Config;
use crate::core::auth::Entra;
use crate::core::error::Secret;

/// The application that an account's fields name, for a resource as `https://storage.azure.com`.
pub(super) fn entra(config: &Config, resource: &str) -> Entra {
    Entra {
        authority: config.or("authority", "https://login.microsoftonline.com").to_owned(),
        tenant: config.get("tenantId").to_owned(),
        client: config.get("clientId").to_owned(),
        secret: Secret::new(config.get("clientSecret")),
        scope: [resource, "/.default"].concat(),
    }
}
