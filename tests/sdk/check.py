"""Compares this crate with the vendor's SDK, in both directions; started by tests/sdk/run.

The SDK's client reads from the mock server. This shows that the mock accepts requests of an independent client, and
returns responses that the SDK understands. The SDK's signer signs the recorded requests of this crate's client. This
shows that both create the same signatures.

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
from providers import read_with_each_provider

# The number of requests of `interop record`; a missing or an additional one is an error.
RECORDED_REQUESTS = 56
PAGE_SIZE = 50

passed = failed = 0


def check(what, got, expected):
    """Compares the values and prints the result. A callable is called first; an exception is a failed check."""
    global passed, failed
    try:
        got = got() if callable(got) else got
    except Exception as error:  # Any exception of the SDK.
        got = error
    if got == expected:
        passed += 1
        print(f"passed  {what}")
    else:
        failed += 1
        # The repr of the SDK's exceptions has no details.
        got = f"{type(got).__name__}: {got}" if isinstance(got, Exception) else repr(got)
        print(f"FAILED  {what}\n        got      {got}\n        expected {expected!r}")


# The SDK's choice of the signing algorithm. Default: never derived.
PREDICATES = {
    "standard": None,
    "derived": lambda request: True,
    # The SDK's default rule, by the host name.
    "by host": DerivedCredentials.get_default_derived_predicate(),
}


def sdk_credentials(signing, ak, sk, security_token, project_id):
    credentials = BasicCredentials(ak, sk, project_id).with_derived_predicate(PREDICATES[signing])
    return credentials.with_security_token(security_token) if security_token else credentials


def sdk_client(credentials, region, endpoint):
    """Building the client also sets the region and the service name in the credentials, which derived keys need."""
    return IoTDAClient.new_builder().with_credentials(credentials).with_region(Region(region, endpoint)).build()


# --- The SDK's client reads from the mock server.


def read_all(call):
    """Returns all records and the counts of the pages; `call(marker)` returns a page's records and its page object."""
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
        body = ListDeviceRequest(limit=PAGE_SIZE, marker=marker)
        request = ListDeviceByDeviceCertificateRequest(instance_id, certificate_id, body)
        response = client.list_device_by_device_certificate(request)
        return response.devices, response.page

    return read_all(call)


def all_templates(client, instance_id=None, **filters):
    def call(marker):
        request = ListDeviceAuthenticationTemplatesRequest(instance_id=instance_id, limit=10, marker=marker, **filters)
        response = client.list_device_authentication_templates(request)
        return response.templates, response.page

    return read_all(call)


def summary(result, field):
    """Returns the numbers of records, of distinct values of this field and of complete records, and the page counts."""
    records, counts = result
    values = [record.to_dict().values() for record in records]
    complete = sum(all(value is not None for value in fields) for fields in values)
    return len(records), len({getattr(record, field) for record in records}), complete, counts


def expected_summary(number):
    return number, number, number, {number}


def rejection(call):
    """Returns the status and the code with which the service rejects a call."""
    try:
        call()
    except ServiceResponseException as error:
        return error.status_code, error.error_code
    return "not rejected"


def read_mock(server):
    for signing, endpoint in server["endpoints"].items():
        other = {"standard": "derived", "derived": "standard"}[signing]
        project_id, region, certificate_id = server["project_id"], server["region"], server["certificate_id"]

        def client_of(key, signing=signing, project_id=project_id, region=region, **changes):
            return sdk_client(sdk_credentials(signing, project_id=project_id, **{**key, **changes}), region, endpoint)

        for name in ["permanent", "temporary"]:
            client = client_of(server[name])
            check(
                f"SDK reads all devices: {signing}, {name} key",
                lambda: summary(all_devices(client, certificate_id), "device_id"),
                expected_summary(server["devices"]),
            )
            check(
                f"SDK reads all templates: {signing}, {name} key",
                lambda: summary(all_templates(client), "template_id"),
                expected_summary(server["templates"]),
            )

        client = client_of(server["permanent"])
        check(
            f"SDK reads all devices of an instance: {signing}",
            lambda: summary(all_devices(client, certificate_id, "an instance's  id"), "device_id"),
            expected_summary(server["devices"]),
        )
        check(
            f"SDK reads templates of an instance by name: {signing}",
            lambda: summary(all_templates(client, "i-1", template_name="sample-template-2", offset=0), "template_id"),
            expected_summary(1),
        )
        for odd in server["odd_certificate_ids"]:
            check(
                f"SDK reads the devices of {odd}: {signing}",
                lambda: summary(all_devices(client, odd), "device_id"),
                expected_summary(server["odd_devices"]),
            )
        check(
            f"SDK reports an unknown certificate: {signing}",
            lambda: rejection(lambda: all_devices(client, "unknown")),
            (404, "IOTDA.015500"),
        )

        # Each client has one wrong setting. Fewer than six failures per key, because the sixth would lock it.
        permanent, temporary = server["permanent"], server["temporary"]
        bad_signature, bad_algorithm = (401, "APIG.0301"), (401, "IOTDA.000002")
        wrong = [
            ("a wrong secret key", client_of(permanent, sk="wrong"), bad_signature),
            ("an unknown access key", client_of(permanent, ak="UNKNOWN"), bad_signature),
            ("a temporary key without its token", client_of(temporary, security_token=None), bad_signature),
            ("the other signing algorithm", client_of(permanent, signing=other), bad_algorithm),
        ]
        if signing == "derived":
            wrong.append(("another region", client_of(permanent, region="cn-south-1"), bad_algorithm))
        for what, client, expected in wrong:
            name = f"the server rejects the SDK with {what}: {signing}"
            check(name, lambda: rejection(lambda: all_templates(client)), expected)

    def device_count(credentials):
        client = sdk_client(credentials, server["region"], server["endpoints"]["standard"])
        return len(all_devices(client, server["certificate_id"])[0])

    for name, call in read_with_each_provider(server, device_count):
        check(f"SDK reads all devices with a key that the mock issued: {name}", call, server["devices"])

    # Without a project ID, the SDK looks it up via IAM, with the standard signing algorithm. It caches the ID, so only
    # once.
    def look_up():
        endpoint = server["endpoints"]["derived"]
        credentials = sdk_credentials("derived", project_id=None, **server["permanent"]).with_iam_endpoint(endpoint)
        client = sdk_client(credentials, server["region"], endpoint)
        return credentials.project_id, len(all_templates(client)[0])

    check("SDK looks up the project via the mock's IAM", look_up, (server["project_id"], server["templates"]))


# --- The SDK's signer signs the recorded requests.

# The headers that the SDK's credentials and signer add.
ADDED = {"host", "x-project-id", "x-security-token"}
# The headers that this crate signs, if they are sent.
SIGNED = ADDED | {"content-type", "instance-id", "x-sdk-date"}


def authorization_by_sdk(recorded):
    """Returns the header Authorization that the SDK creates for this request at the time of the request."""
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
        # The SDK signs all headers of a request, so this passes only the signed ones. The headers that it adds are left
        # out: if those of the client differ or are missing, the signatures differ, too.
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
            f"SDK creates the same signature, request {number}, {recorded['signing']}: {recorded['what']}",
            # The dictionary would hide a repeated header, and the comparison of signatures an unsigned one.
            lambda: (authorization_by_sdk(recorded), signed_headers(recorded), len(recorded["headers"])),
            (headers["authorization"], sorted(SIGNED & set(headers)), len(headers)),
        )

    # The comparison can fail: changing any part of a request changes the SDK's signature.
    recorded = next(request for request in requests if "limit, marker and offset" in request["what"])
    authorization = dict(recorded["headers"])["authorization"]
    changes = {part: recorded[part] + "1" for part in ["method", "target", "body", "host", "project_id", "ak", "sk"]}
    changes["security_token"] = "a-token"
    for part, value in changes.items():
        changed = {**recorded, part: value}
        name = f"SDK creates another signature for another {part}"
        check(name, lambda: authorization_by_sdk(changed) != authorization, True)


def main():
    interop = sys.argv[1]
    pipe = subprocess.PIPE
    with subprocess.Popen([interop, "serve"], stdin=pipe, stdout=pipe, encoding="utf-8") as server:
        # At the end of the block, the server's standard input is closed, and the server exits.
        read_mock(json.loads(server.stdout.readline()))
    check("the mock exits without an error", server.returncode, 0)

    recording = subprocess.run([interop, "record"], stdout=subprocess.PIPE, encoding="utf-8", check=True)
    verify_recorded([json.loads(line) for line in recording.stdout.splitlines()])

    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
