//! Exchanges through a proxy that needs a login, which must not be sent often if it is wrong: the account may be locked.

use std::future::ready;

use tokio::time::timeout;

use super::HttpTransport;
use super::classify::ErrorContext;
use crate::auth::lockout_key::LockoutKey;
use crate::endpoint::Endpoint;
use crate::error::attempt::AttemptError;

impl HttpTransport {
    /// Makes an exchange with an endpoint. If the proxy between needs a login, the exchange first waits for a permit of the
    /// lockout guard, at most until the attempt timeout.
    pub(crate) async fn exchange<T>(
        &self,
        endpoint: &Endpoint,
        exchange: impl Future<Output = Result<T, AttemptError>>,
    ) -> Result<T, AttemptError> {
        if !self.proxy.has_login(&endpoint.base_url)? {
            return exchange.await;
        }
        let unredacted = |text: &str| text.to_owned();
        let context = ErrorContext::new(self, endpoint, &unredacted);
        let mut permit = self.proxy_lockout.permit(Some(LockoutKey::Proxy), &self.clock, self.timeouts.attempt);
        let permitted = timeout(self.timeouts.attempt, permit.acquire(|| ready(()))).await;
        permitted.map_err(|_| context.no_permit())??;
        let result = exchange.await;
        permit.report(&result);
        result
    }
}
