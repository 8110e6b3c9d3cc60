"""Signs requests with an access key, with Python's standard library only; docs/signing.md describes the stages."""

import hashlib
import hmac
import json
import sys
import urllib.request
from datetime import datetime, timezone
from urllib.parse import quote, unquote


def encode(text):
    return quote(text, safe="-_.~")


def sign(method, path, query, headers, body, access_key, secret_key, region=None, service="iotdm"):
    """Returns the header Authorization. `headers` contains all headers to sign, with Host and X-Sdk-Date."""
    lower = {name.lower(): value.strip() for name, value in headers.items() if "_" not in name}
    names = ";".join(sorted(lower))
    uri = "/".join(encode(segment) for segment in unquote(path).split("/"))
    payload = lower.get("x-sdk-content-sha256") if body else None
    canonical = "\n".join([
        method.upper(),
        uri if uri.endswith("/") else uri + "/",
        "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(query)),
        "".join(f"{name}:{lower[name]}\n" for name in sorted(lower)),
        names,
        payload or hashlib.sha256(body).hexdigest(),
    ])
    date, digest = lower["x-sdk-date"], hashlib.sha256(canonical.encode()).hexdigest()
    if region is None:
        key, to_sign = secret_key, f"SDK-HMAC-SHA256\n{date}\n{digest}"
        start = f"SDK-HMAC-SHA256 Access={access_key}"
    else:
        info = f"{date[:8]}/{region}/{service}"
        # HKDF with one block. The key of the signature is the hexadecimal text, not its bytes.
        extracted = hmac.digest(access_key.encode(), secret_key.encode(), "sha256")
        key = hmac.digest(extracted, info.encode() + b"\x01", "sha256").hex()
        to_sign = f"V11-HMAC-SHA256\n{date}\n{info}\n{digest}"
        start = f"V11-HMAC-SHA256 Credential={access_key}/{info}"
    signature = hmac.digest(key.encode(), to_sign.encode(), "sha256").hex()
    return f"{start}, SignedHeaders={names}, Signature={signature}"


def check_vector(vector):
    given = vector["input"]
    headers = {"Host": given["host"], **given["headers"]}
    for name, value in [("X-Project-Id", given["project_id"]), ("X-Security-Token", given["security_token"])]:
        headers |= {name: value} if value else {}
    if not headers.get("Content-Type", "application/json").startswith(("application/json", "application/bson")):
        headers["X-Sdk-Content-Sha256"] = "UNSIGNED-PAYLOAD"
    query = [(name, item) for name, value in given["query_unencoded"] for item in (value if isinstance(value, list) else [value])]
    query = [(name, item if isinstance(item, str) else json.dumps(item)) for name, item in query]
    body = (given["body"] or "").encode()
    derived = (given["region_id"], given["service"]) if vector["algorithm"].startswith("V11") else ()
    found = sign(given["method"], given["path"], query, headers, body, given["ak"], given["sk"], *derived)
    assert found == vector["expected"]["authorization"], vector["name"]


def check_mock(case):
    path = f"/v5/iot/{case['project_id']}/device-authentication-templates"
    headers = {
        "Host": case["endpoint"].removeprefix("http://"),
        "X-Sdk-Date": datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ"),
        "X-Project-Id": case["project_id"],
    }
    key = case["access_key"], case["secret_key"], case["region"]
    headers["Authorization"] = sign("GET", path, [("limit", "50")], headers, b"", *key)
    with urllib.request.urlopen(urllib.request.Request(f"{case['endpoint']}{path}?limit=50", headers=headers)) as response:
        templates = json.load(response)["templates"]
    assert len(templates) == case["expect"]["templates"], case["name"]


with open(sys.argv[1]) as file:
    vectors = json.load(file)["vectors"]
for vector in vectors:
    check_vector(vector)
with open(sys.argv[2]) as file:
    cases = [json.loads(line) for line in file]
for case in cases:
    check_mock(case)
print(f"{len(vectors)} vectors, {len(cases)} requests")
