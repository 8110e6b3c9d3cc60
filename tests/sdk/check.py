"""Holds this crate against the vendor's own SDK, in both directions; tests/sdk/run starts it.

The SDK's client reads the mock server: so the mock understands requests that nobody here has made, and answers what the
SDK understands. And the SDK's signer signs the recorded requests of this crate's client: so those verify anywhere.

The argument is the program built from examples/interop.rs.
"""

import json
import subprocess
import sys
from urllib.parse import parse_qsl

from huaweicloudsdkcore.auth.credentials import BasicCredentials, DerivedCredentials
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkiotda.v5 import (
    IoTDAClient,
    ListDeviceAuthenticationTemplatesRequest,
    ListDeviceByDeviceCertificateRequest,
    ListDeviceRequest,
)

# What `interop record` records; one that is lost, or a new one, is noticed here.
RECORDED_REQUESTS = 56
PAGE = 50

passed = failed = 0


def check(what, got, expected):
    """Compares and prints a line. A callable is called first; what it throws is a failure, not the end."""
    global passed, failed
    try:
        got = got() if callable(got) else got
    except Exception as error:  # Whatever the SDK throws.
        got = error
    if got == expected:
        passed += 1
        print(f"passed  {what}")
    else:
        failed += 1
        # Not its repr, which tells nothing of the SDK's exceptions.
        got = f"{type(got).__name__}: {got}" if isinstance(got, Exception) else repr(got)
        print(f"FAILED  {what}\n        got      {got}\n        expected {expected!r}")


# How the SDK chooses the kind of signature: never derived unless it is told when.
PREDICATES = {
    "standard": None,
    "derived": lambda request: True,
    # The SDK's own rule, from the host's name.
    "by host": DerivedCredentials.get_default_derived_predicate(),
}


def sdk_credentials(signing, ak, sk, security_token, project_id):
    credentials = BasicCredentials(ak, sk, project_id).with_derived_predicate(PREDICATES[signing])
    return credentials.with_security_token(security_token) if security_token else credentials


def sdk_client(credentials, region, endpoint):
    """Building the client also tells the credentials the region and the SDK's name of the service, for derived keys."""
    return IoTDAClient.new_builder().with_credentials(credentials).with_region(Region(region, endpoint)).build()


# --- The SDK's client reads the mock server.


def read_all(call):
    """All records and the counts that the pages told; `call(marker)` gives a page's records and its page object."""
    records, counts, marker = [], set(), None
    while True:
        page, info = call(marker)
        counts.add(info.count)
        if not page:
            return records, counts
        records += page
        marker = info.marker


def all_devices(client, certificate_id, instance_id=None):
    def call(marker):
        body = ListDeviceRequest(limit=PAGE, marker=marker)
        request = ListDeviceByDeviceCertificateRequest(instance_id, certificate_id, body)
        answer = client.list_device_by_device_certificate(request)
        return answer.devices, answer.page

    return read_all(call)


def all_templates(client, instance_id=None, **filters):
    def call(marker):
        request = ListDeviceAuthenticationTemplatesRequest(instance_id=instance_id, limit=10, marker=marker, **filters)
        answer = client.list_device_authentication_templates(request)
        return answer.templates, answer.page

    return read_all(call)


def summary(result, field):
    """How many records, how many different by this field, how many with every field, and the counts of the pages."""
    records, counts = result
    values = [record.to_dict().values() for record in records]
    complete = sum(all(value is not None for value in fields) for fields in values)
    return len(records), len({getattr(record, field) for record in records}), complete, counts


def summary_of(number):
    return number, number, number, {number}


def refusal(call):
    """The status and code by which the service refuses a call."""
    try:
        call()
    except ServiceResponseException as error:
        return error.status_code, error.error_code
    return "not refused"


def read_mock(there):
    for signing, endpoint in there["endpoints"].items():
        other = {"standard": "derived", "derived": "standard"}[signing]
        project_id, region, certificate_id = there["project_id"], there["region"], there["certificate_id"]

        def client_of(key, signing=signing, project_id=project_id, region=region, **changes):
            return sdk_client(sdk_credentials(signing, project_id=project_id, **{**key, **changes}), region, endpoint)

        for name in ["permanent", "temporary"]:
            client = client_of(there[name])
            check(
                f"SDK reads all devices: {signing}, {name} key",
                lambda: summary(all_devices(client, certificate_id), "device_id"),
                summary_of(there["devices"]),
            )
            check(
                f"SDK reads all templates: {signing}, {name} key",
                lambda: summary(all_templates(client), "template_id"),
                summary_of(there["templates"]),
            )

        client = client_of(there["permanent"])
        check(
            f"SDK reads all devices of an instance: {signing}",
            lambda: summary(all_devices(client, certificate_id, "an instance's  id"), "device_id"),
            summary_of(there["devices"]),
        )
        check(
            f"SDK reads templates of an instance by name: {signing}",
            lambda: summary(all_templates(client, "i-1", template_name="sample-template-2", offset=0), "template_id"),
            summary_of(1),
        )
        for odd in there["odd_certificate_ids"]:
            check(
                f"SDK reads the devices of {odd}: {signing}",
                lambda: summary(all_devices(client, odd), "device_id"),
                summary_of(there["odd_devices"]),
            )
        check(
            f"SDK is told of an unknown certificate: {signing}",
            lambda: refusal(lambda: all_devices(client, "unknown")),
            (404, "IOTDA.015500"),
        )

        # Each wrong in one thing. Fewer than six a key, by which the server would lock it.
        permanent, temporary = there["permanent"], there["temporary"]
        bad_signature, bad_kind = (401, "APIG.0301"), (401, "IOTDA.000002")
        wrong = [
            ("a wrong secret key", client_of(permanent, sk="wrong"), bad_signature),
            ("an unknown access key", client_of(permanent, ak="UNKNOWN"), bad_signature),
            ("a temporary key without its token", client_of(temporary, security_token=None), bad_signature),
            ("the other kind of signature", client_of(permanent, signing=other), bad_kind),
        ]
        if signing == "derived":
            wrong.append(("another region", client_of(permanent, region="cn-south-1"), bad_kind))
        for what, client, expected in wrong:
            check(f"SDK is refused with {what}: {signing}", lambda: refusal(lambda: all_templates(client)), expected)

    # Without a project's id the SDK asks IAM for it, by the standard signature. It keeps what it learnt, so once.
    def look_up():
        endpoint = there["endpoints"]["derived"]
        credentials = sdk_credentials("derived", project_id=None, **there["permanent"]).with_iam_endpoint(endpoint)
        client = sdk_client(credentials, there["region"], endpoint)
        return credentials.project_id, len(all_templates(client)[0])

    check("SDK finds the project at the mock's IAM", look_up, (there["project_id"], there["templates"]))


# --- The SDK's signer signs the recorded requests.

# What the SDK's credentials and signer add on their own.
ADDED = {"host", "x-project-id", "x-security-token"}
# What this crate says it signs, of what is sent.
SIGNED = ADDED | {"content-type", "instance-id", "x-sdk-date"}


def authorization_by_sdk(recorded):
    """The header Authorization that the SDK makes for this request at this request's time."""
    headers = dict(recorded["headers"])
    credentials = sdk_credentials(
        recorded["signing"], recorded["ak"], recorded["sk"], recorded["security_token"], recorded["project_id"]
    )
    sdk_client(credentials, recorded["region"], "http://127.0.0.1")
    path, _, query = recorded["target"].partition("?")
    request = SdkRequest(
        method=recorded["method"],
        schema="http",
        host=recorded["host"],
        resource_path=path,
        query_params=parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)),
        # The SDK signs every header there is, so it gets those that were signed. Those that it adds are not handed on:
        # if the client's own differ or are missing, the signatures differ too.
        header_params={name: headers[name] for name in signed_headers(recorded) if name not in ADDED},
        body=recorded["body"],
    )
    return credentials.sign_request(request).header_params["Authorization"]


def signed_headers(recorded):
    fields = dict(recorded["headers"])["authorization"].split(" ", 1)[1].split(", ")
    return dict(field.split("=", 1) for field in fields)["SignedHeaders"].split(";")


def verify_recorded(requests):
    check("the recording is complete", len(requests), RECORDED_REQUESTS)
    for number, recorded in enumerate(requests, 1):
        headers = dict(recorded["headers"])
        check(
            f"SDK signs the same, request {number}, {recorded['signing']}: {recorded['what']}",
            # A header that came twice would be hidden by the dictionary, and one that is not signed by the comparison.
            lambda: (authorization_by_sdk(recorded), signed_headers(recorded), len(recorded["headers"])),
            (headers["authorization"], sorted(SIGNED & set(headers)), len(headers)),
        )

    # That the comparison can fail: each part of a request changes the SDK's signature.
    recorded = next(request for request in requests if "limit, marker and offset" in request["what"])
    authorization = dict(recorded["headers"])["authorization"]
    changes = {part: recorded[part] + "1" for part in ["method", "target", "body", "host", "project_id", "ak", "sk"]}
    changes["security_token"] = "a-token"
    for part, value in changes.items():
        changed = {**recorded, part: value}
        check(f"SDK signs another {part} in another way", lambda: authorization_by_sdk(changed) != authorization, True)


def main():
    interop = sys.argv[1]
    pipe = subprocess.PIPE
    with subprocess.Popen([interop, "serve"], stdin=pipe, stdout=pipe, encoding="utf-8") as server:
        # Leaving the block closes the server's standard input, which ends it.
        read_mock(json.loads(server.stdout.readline()))
    check("the mock ended well", server.returncode, 0)

    recording = subprocess.run([interop, "record"], stdout=subprocess.PIPE, encoding="utf-8", check=True)
    verify_recorded([json.loads(line) for line in recording.stdout.splitlines()])

    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
