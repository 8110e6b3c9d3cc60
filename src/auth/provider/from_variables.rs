//! A provider whose options are environment variables, which are read at each lookup.

use std::fmt;
use std::time::Duration;

use super::{Lookup, LookupFuture, Provider};
use crate::auth::context::ClientContext;
use crate::error::{Error, ErrorKind};

pub(crate) struct FromVariables<P> {
    /// Reads the variables; `None` if they are not set.
    pub(crate) read: fn() -> Result<Option<P>, Error>,
    /// Returns the variables, which the error of a missing credential lists.
    pub(crate) searched: fn() -> String,
}

impl<P: Provider> Provider for FromVariables<P> {
    fn lookup<'a>(&'a self, context: &'a ClientContext) -> LookupFuture<'a> {
        Box::pin(async {
            match (self.read)()? {
                Some(provider) => provider.lookup(context).await,
                None => Ok(Lookup::not_found(format!("the environment variables {}", (self.searched)()))),
            }
        })
    }

    /// Rejects a value that cannot be valid. A missing variable may be set later.
    fn check(&self) -> Result<(), Error> {
        match (self.read)() {
            Err(error) if error.kind() == ErrorKind::Configuration => Err(error),
            Ok(Some(provider)) => provider.check(),
            _ => Ok(()),
        }
    }

    fn time_limit(&self, context: &ClientContext) -> Duration {
        let provider = (self.read)().ok().flatten();
        provider.map_or(context.transport.timeouts.attempt, |provider| provider.time_limit(context))
    }

    fn sts_endpoint(&self) -> Option<(&'static str, String)> {
        (self.read)().ok().flatten()?.sts_endpoint()
    }
}

impl<P> fmt::Debug for FromVariables<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FromVariables").field(&(self.searched)()).finish()
    }
}
