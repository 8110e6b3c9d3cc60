//! Authentication: tokens, access keys and users, with the failures that the service counts.
//!
//! A signature is verified against the request as it was received: this module parses the header `Authorization`, and
//! reads the signed parts from the recorded request line, headers and body. The stages after that (canonical request,
//! string to sign, signature) are those of the client, so the mock cannot detect an error in them.
//! `src/auth/signing_vectors.rs` compares them with the vendor's signers.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use percent_encoding::percent_decode_str;

use super::error_response::ErrorResponse;
use super::recording::RecordedRequest;
use super::workloads::Workloads;
use crate::Signing;
use crate::auth::signer::{self, Parts, Scheme};
use crate::calendar;

/// The time for which a key is locked.
const LOCKOUT: Duration = Duration::from_secs(5 * 60);
/// The number of consecutive failures that do not lock a key; one more does.
const FAILURES_BEFORE_LOCK: u32 = 5;
/// The headers that must be signed if they are sent. `host` is none of them: the vendor's SDK for Go does not sign it.
const SIGNED_HEADERS: [&str; 4] = ["instance-id", "x-project-id", "x-sdk-date", "x-security-token"];
/// The service in a derived signature, according to the vendor's signers.
const SERVICE: &str = "iotdm";
/// The maximum difference between the date of a signature and the server's time.
const MAX_DATE_SKEW: Duration = Duration::from_secs(15 * 60);

const NO_CREDENTIAL: ErrorResponse =
    ErrorResponse { status: 401, code: "IOTDA.000002", message: "Authentication failed." };
const UNKNOWN_TOKEN: ErrorResponse = rejected("Incorrect IAM authentication information: decrypt token fail");
const EXPIRED_TOKEN: ErrorResponse = rejected("Incorrect IAM authentication information: token expires");
const BAD_FORM: ErrorResponse = rejected("Incorrect IAM authentication information: malformed signature");
const BAD_DATE: ErrorResponse =
    rejected("Incorrect IAM authentication information: x-sdk-date is not within 15 minutes");
const BAD_KEY: ErrorResponse = rejected("Incorrect IAM authentication information: verify aksk signature fail");
const LOCKED_KEY: ErrorResponse = rejected("Incorrect IAM authentication information: the access key is locked");

const fn rejected(message: &'static str) -> ErrorResponse {
    ErrorResponse { status: 401, code: "APIG.0301", message }
}

#[derive(Default)]
pub(super) struct Identity {
    /// Each token with its expiry.
    pub(super) tokens: HashMap<String, Option<SystemTime>>,
    pub(super) keys: HashMap<String, Key>,
    /// The passwords, by domain and user.
    pub(super) users: HashMap<(String, String), String>,
    /// The IDs and names of the projects.
    pub(super) projects: Vec<(String, String)>,
    pub(super) signing: AcceptedSigning,
    pub(super) metadata: Option<Metadata>,
    pub(super) workloads: Workloads,
    /// A fixed time. Default: the system's time.
    pub(super) time: Option<SystemTime>,
    pub(super) login_count: usize,
    pub(super) rejected_count: usize,
}

/// The signing algorithms that are accepted, except by IAM.
pub(super) enum AcceptedSigning {
    Only(Signing),
    /// Both algorithms, the derived one for any region.
    Any,
}

impl Default for AcceptedSigning {
    fn default() -> Self {
        Self::Only(Signing::Standard)
    }
}

impl AcceptedSigning {
    /// Returns true if the derived algorithm is accepted with this region.
    fn derived_for(&self, region: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(Signing::Derived { region: accepted }) => accepted == region,
            Self::Only(Signing::Standard) => false,
        }
    }
}

pub(super) struct Key {
    pub(super) secret: String,
    pub(super) security_token: Option<String>,
    /// The expiry of an issued key.
    pub(super) expires_at: Option<SystemTime>,
    /// The number of consecutive failures.
    pub(super) failures: u32,
    pub(super) locked_until: Option<SystemTime>,
}

/// The key that the metadata service issues.
pub(super) struct Metadata {
    pub(super) access: String,
    pub(super) secret: String,
    pub(super) security_token: String,
    pub(super) expires_at: SystemTime,
    /// Whether the key can only be requested with a token; older hosts have none.
    pub(super) with_token: bool,
}

impl Identity {
    pub(super) fn now(&self) -> SystemTime {
        self.time.unwrap_or_else(SystemTime::now)
    }

    /// Unlocks all keys, and resets their numbers of failures.
    pub(super) fn unlock_keys(&mut self) {
        for key in self.keys.values_mut() {
            (key.failures, key.locked_until) = (0, None);
        }
    }

    /// Checks the credential of a request. IAM requires the standard signing algorithm.
    pub(super) fn authenticate(&mut self, request: &RecordedRequest, at_iam: bool) -> Result<(), ErrorResponse> {
        let result = match (request.header("authorization"), request.header("x-auth-token")) {
            (Some(authorization), _) => self.verify(request, authorization, at_iam),
            (None, None | Some("")) => Err(NO_CREDENTIAL),
            (None, Some(token)) => self.check_token(token),
        };
        self.rejected_count += usize::from(result.is_err());
        result
    }

    fn check_token(&self, token: &str) -> Result<(), ErrorResponse> {
        match self.tokens.get(token) {
            None => Err(UNKNOWN_TOKEN),
            Some(Some(expiry)) if *expiry <= self.now() => Err(EXPIRED_TOKEN),
            Some(_) => Ok(()),
        }
    }

    fn verify(&mut self, request: &RecordedRequest, authorization: &str, at_iam: bool) -> Result<(), ErrorResponse> {
        let claim = Authorization::parse(authorization).ok_or(BAD_FORM)?;
        let now = self.now();
        let date = request.header("x-sdk-date").ok_or(BAD_FORM)?;
        let seconds = calendar::parse_basic(date).ok_or(BAD_FORM)?;
        let seconds = u64::try_from(seconds).map_err(|_| BAD_DATE)?;
        let time = UNIX_EPOCH + Duration::from_secs(seconds);
        let skew = time.duration_since(now).unwrap_or_else(|error| error.duration());
        if skew > MAX_DATE_SKEW {
            return Err(BAD_DATE);
        }
        let scheme = match (&self.signing, &claim.derived_for) {
            // IAM requires the standard algorithm.
            (_, None) if at_iam => Scheme::Standard,
            (AcceptedSigning::Any | AcceptedSigning::Only(Signing::Standard), None) => Scheme::Standard,
            (accepted, Some([day, region, service]))
                if !at_iam && accepted.derived_for(region) && service == SERVICE && date.starts_with(day) =>
            {
                Scheme::Derived { region, service }
            }
            // The wrong algorithm for this host.
            _ => return Err(NO_CREDENTIAL),
        };
        let key = self.keys.get_mut(&claim.access).ok_or(BAD_KEY)?;
        if key.locked_until.is_some_and(|until| now < until) {
            return Err(LOCKED_KEY);
        }
        if key.expires_at.is_some_and(|expiry| expiry <= now) {
            return Err(EXPIRED_TOKEN);
        }
        let token_matches = key.security_token.as_deref() == request.header("x-security-token");
        let signature = claim.signature_of(request, scheme, &key.secret, date);
        if token_matches && signature.is_some_and(|signature| signature == claim.signature) {
            (key.failures, key.locked_until) = (0, None);
            return Ok(());
        }
        key.failures += 1;
        if key.failures > FAILURES_BEFORE_LOCK {
            (key.failures, key.locked_until) = (0, Some(now + LOCKOUT));
        }
        Err(BAD_KEY)
    }
}

/// The parsed header `Authorization`.
struct Authorization {
    access: String,
    /// The day, region and service; only of the derived algorithm.
    derived_for: Option<[String; 3]>,
    signed_headers: Vec<String>,
    signature: String,
}

impl Authorization {
    fn parse(authorization: &str) -> Option<Self> {
        let (algorithm, fields) = authorization.split_once(' ')?;
        let fields: HashMap<_, _> = fields.split(", ").filter_map(|field| field.split_once('=')).collect();
        let (access, derived_for) = match algorithm {
            "SDK-HMAC-SHA256" => (*fields.get("Access")?, None),
            "V11-HMAC-SHA256" => match fields.get("Credential")?.split('/').collect::<Vec<_>>().as_slice() {
                [access, day, region, service] => (*access, Some([*day, *region, *service].map(str::to_owned))),
                _ => return None,
            },
            _ => return None,
        };
        Some(Self {
            access: access.to_owned(),
            derived_for,
            signed_headers: fields.get("SignedHeaders")?.split(';').map(str::to_owned).collect(),
            signature: (*fields.get("Signature")?).to_owned(),
        })
    }

    /// Computes the signature of the received request. `None` if a header that must be signed is not.
    fn signature_of(&self, request: &RecordedRequest, scheme: Scheme<'_>, secret: &str, date: &str) -> Option<String> {
        let is_signed = |name: &&str| self.signed_headers.iter().any(|signed| signed == name);
        if !SIGNED_HEADERS.iter().filter(|name| request.header(name).is_some()).all(is_signed) {
            return None;
        }
        let header = |name: &String| Some((name.clone(), request.header(name)?.to_owned()));
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let parts = Parts {
            method: &request.method,
            path,
            query: query.split('&').filter(|pair| !pair.is_empty()).map(decoded).collect(),
            headers: self.signed_headers.iter().map(header).collect::<Option<_>>()?,
            body: &request.body,
        };
        let (canonical, _) = signer::canonical_request(&parts);
        let key = scheme.signing_key(&self.access, secret, date);
        Some(signer::signature(&key, &scheme.string_to_sign(date, &canonical)))
    }
}

/// Decodes a pair of a query. URL libraries may encode a space as `+`.
fn decoded(pair: &str) -> (String, String) {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    (decode(name), decode(value))
}
