//! Fuzzes the canonical request. It must not depend on the order of headers and query parameters, and different
//! requests must have different canonical requests: the request can be reconstructed from it.
//!
//! An input is a request similar to HTTP: a line with the method and the path, a line with the query
//! (`name=value&...`), the headers, an empty line, the body.

#![no_main]

#[allow(dead_code, reason = "the client uses the rest")]
#[path = "../../src/auth/signer.rs"]
mod signer;

use libfuzzer_sys::fuzz_target;
use percent_encoding::percent_decode_str;
use signer::{Parts, Scheme};

const ACCESS: &str = "HUAWEIAKEXAMPLE00001";
const SECRET: &str = "ExampleSecretKey0123456789abcdefABCDEF01";
const DATE: &str = "20260129T081530Z";

/// A request as owned parts.
#[derive(Clone)]
struct Request<'a> {
    method: &'a str,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: &'a str,
}

impl<'a> Request<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let (method, path) = lines.next()?.split_once(' ')?;
        let pairs = lines.next().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        let query = pairs.map(|(name, value)| (decoded(name), decoded(value))).collect();
        let headers = lines.filter_map(|line| line.split_once(':')).filter(|(name, value)| {
            let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            !name.is_empty() && name.bytes().all(token) && !value.contains(char::is_control)
        });
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Some(Self { method, path: path.to_owned(), query, headers, body })
            .filter(|_| !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_alphabetic()))
    }

    fn canonical(&self) -> (String, String) {
        signer::canonical_request(&Parts {
            method: self.method,
            path: &self.path,
            query: self.query.clone(),
            headers: self.headers.clone(),
            body: self.body.as_bytes(),
        })
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fuzz_target!(|text: &str| {
    let Some(request) = Request::read(text) else { return };
    let (canonical, names) = request.canonical();

    let mut shuffled = request.clone();
    shuffled.query.reverse();
    shuffled.headers.rotate_left(request.headers.len() / 2);
    for (name, value) in &mut shuffled.headers {
        *name = name.to_ascii_uppercase();
        *value = format!(" {value}\t");
    }
    assert_eq!(shuffled.canonical(), (canonical.clone(), names.clone()));

    check_reconstruction(&request, &canonical, &names);
    other_paths_differ(&request, &canonical);
    for scheme in [Scheme::Standard, Scheme::Derived { region: "cn-north-4", service: signer::SERVICE }] {
        check_signature(&scheme, &canonical, &names);
    }
});

fn is_encoded(text: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut hex = || bytes.next().is_some_and(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte));
        if !(unreserved(byte) || byte == b'%' && hex() && hex()) {
            return false;
        }
    }
    true
}

/// The signed form of a path, decoded: with a trailing slash.
fn normalize(path: &str) -> String {
    let path = decoded(path);
    if path.ends_with('/') { path } else { path + "/" }
}

/// Checks that the canonical request contains everything of the request, so that different requests have different
/// ones.
fn check_reconstruction(request: &Request<'_>, canonical: &str, names: &str) {
    let lines: Vec<&str> = canonical.split('\n').collect();
    let [method, path, query, headers @ .., empty, signed, payload] = lines.as_slice() else {
        panic!("too few lines: {canonical}");
    };
    assert_eq!(*method, request.method.to_ascii_uppercase());

    assert!(path.split('/').all(is_encoded), "{path}");
    assert_eq!(decoded(path), normalize(&request.path));

    let mut pairs = request.query.clone();
    pairs.sort();
    let read = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| {
        assert!(is_encoded(name) && is_encoded(value), "{query}");
        (decoded(name), decoded(value))
    });
    assert_eq!(read.collect::<Vec<_>>(), pairs);

    // Headers with an underscore are not signed, because servers drop them.
    let signed_ones = request.headers.iter().filter(|(name, _)| !name.contains('_'));
    let mut expected: Vec<_> =
        signed_ones.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    expected.sort();
    let read = headers.iter().map(|line| line.split_once(':').expect("a header"));
    assert_eq!(read.map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>(), expected);
    assert_eq!((*empty, *signed), ("", names));
    assert_eq!(names, expected.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";"));

    let unsigned =
        expected.iter().find(|(name, _)| name == signer::CONTENT_SHA256).filter(|_| !request.body.is_empty());
    match unsigned {
        Some((_, value)) => assert_eq!(payload, value),
        None => assert!(is_hash(payload), "{payload}"),
    }
}

fn other_paths_differ(request: &Request<'_>, canonical: &str) {
    let path = &request.path;
    for other in [format!("{path}x"), format!("/{path}"), format!("{path}%2F%2F"), path.to_ascii_uppercase()] {
        let same = normalize(&other) == normalize(path);
        let other = Request { path: other, ..request.clone() };
        assert_eq!(other.canonical().0 == canonical, same, "{path} and {}", other.path);
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn check_signature(scheme: &Scheme<'_>, canonical: &str, names: &str) {
    let sign = |secret: &str, date: &str, canonical: &str| {
        let signature =
            signer::signature(&scheme.signing_key(ACCESS, secret, date), &scheme.string_to_sign(date, canonical));
        assert!(is_hash(&signature), "{signature}");
        signature
    };
    let signature = sign(SECRET, DATE, canonical);
    assert_eq!(sign(SECRET, DATE, canonical), signature);
    for another in [
        sign("another", DATE, canonical),
        sign(SECRET, "20260129T081531Z", canonical),
        sign(SECRET, DATE, &format!("{canonical}x")),
    ] {
        assert_ne!(another, signature);
    }
    let authorization = scheme.authorization(ACCESS, DATE, names, &signature);
    assert!(!authorization.contains(SECRET) && !authorization.contains('\n'), "{authorization}");
    assert!(authorization.ends_with(&format!(", SignedHeaders={names}, Signature={signature}")), "{authorization}");
}
