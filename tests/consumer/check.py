"""Runs an application against the mock server, a separate process, and compares its output with cases.json:

    check.py MOCK_SERVER APPLICATION FEATURE...

The features are those that the application was built with.
"""

import itertools
import json
import subprocess
import sys
from pathlib import Path

CASES = Path(__file__).with_name("cases.json")
DEVICE = ["app_id", "device_id", "device_name", "gateway_id", "node_id", "product_id"]


def main(server, application, *features):
    with subprocess.Popen([server, CASES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as mock:
        cases = [json.loads(line) for line in itertools.takewhile(str.strip, mock.stdout)]
        names = [case["name"] for case in cases]
        if names != [case["name"] for case in json.loads(CASES.read_text())["cases"]]:
            sys.exit(f"the mock server did not start all cases, only {names}")
        for case in cases:
            check(case, run(application, case), expected_of_features(features))
        mock.stdin.close()
    if mock.returncode != 0:
        sys.exit(f"the mock server exited with status {mock.returncode}")
    print(f"{', '.join(features) or 'no features'}: {len(cases)} cases passed")


def run(application, case):
    """Returns the application's output, by kind. Its environment is empty: no proxy and no settings of the caller."""
    arguments = [case[name] for name in ("endpoint", "project_id", "token", "certificate_id")]
    process = subprocess.run([application, *arguments], env={}, capture_output=True, text=True, timeout=120)
    if process.returncode != 0:
        sys.exit(f"{case['name']}: exit status {process.returncode}: {process.stderr}")
    printed = {"device": [], "template": []}
    for line in process.stdout.splitlines():
        for kind, value in json.loads(line).items():
            printed.setdefault(kind, []).append(value)
    return printed


def check(case, printed, of_features):
    expect = case["expect"]
    for kind in ("device", "template"):
        records, expected = printed.pop(kind), expect[f"{kind}s"]
        if isinstance(expected, dict):
            records = [record[expected["numbered"]] for record in records]
            expected = [f"{expected['prefix']}{number}" for number in range(expected["from"], 0, -1)]
        assert_equal(f"{case['name']}: {kind}s", records, expected)
    assert_equal(f"{case['name']}: output of the features", printed, of_features)


def expected_of_features(features):
    """Returns the output that the features add; the table of features in README.md says which one includes which."""
    has = set(features).intersection
    printed = {"https": ["built" if has({"default", "rustls", "native-tls"}) else "Configuration"]}
    if has({"mock", "cli", "full"}):
        printed["mock"] = [["POST", 3]]
    if has({"schemars", "full"}):
        printed["schemars"] = [DEVICE]
    return printed


def assert_equal(name, actual, expected):
    if actual != expected:
        sys.exit(f"{name}: found {json.dumps(actual)}, expected {json.dumps(expected)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
