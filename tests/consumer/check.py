"""Runs a consumer's program against the mock server, a process of its own, and holds what it prints against cases.json:

    check.py MOCK_SERVER PROGRAM FEATURE...

The features are those that the program was built with.
"""

import itertools
import json
import subprocess
import sys
from pathlib import Path

CASES = Path(__file__).with_name("cases.json")
DEVICE = ["app_id", "device_id", "device_name", "gateway_id", "node_id", "product_id"]


def main(server, program, *features):
    with subprocess.Popen([server, CASES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as mock:
        cases = [json.loads(line) for line in itertools.takewhile(str.strip, mock.stdout)]
        names = [case["name"] for case in cases]
        if names != [case["name"] for case in json.loads(CASES.read_text())["cases"]]:
            sys.exit(f"the mock server did not start all cases, but {names}")
        for case in cases:
            check(case, run(program, case), brought(features))
        mock.stdin.close()
    if mock.returncode != 0:
        sys.exit(f"the mock server ended with {mock.returncode}")
    print(f"{', '.join(features) or 'no features'}: {len(cases)} cases passed")


def run(program, case):
    """What the program prints, by kind. In an empty environment: no proxy and no settings of the caller."""
    arguments = [case[name] for name in ("endpoint", "project_id", "token", "certificate_id")]
    ran = subprocess.run([program, *arguments], env={}, capture_output=True, text=True, timeout=120)
    if ran.returncode != 0:
        sys.exit(f"{case['name']}: exit status {ran.returncode}: {ran.stderr}")
    printed = {"device": [], "template": []}
    for line in ran.stdout.splitlines():
        for kind, value in json.loads(line).items():
            printed.setdefault(kind, []).append(value)
    return printed


def check(case, printed, brought):
    expect = case["expect"]
    for kind in ("device", "template"):
        records, expected = printed.pop(kind), expect[f"{kind}s"]
        if isinstance(expected, dict):
            records = [record[expected["numbered"]] for record in records]
            expected = [f"{expected['prefix']}{number}" for number in range(expected["from"], 0, -1)]
        same(f"{case['name']}: {kind}s", records, expected)
    same(f"{case['name']}: what the features brought", printed, brought)


def brought(features):
    """What the program prints of each feature: README's table of features says which brings which."""
    has = set(features).intersection
    printed = {"https": ["built" if has({"default", "rustls", "native-tls"}) else "Configuration"]}
    if has({"mock", "cli", "full"}):
        printed["mock"] = [["POST", 3]]
    if has({"schemars", "full"}):
        printed["schemars"] = [DEVICE]
    return printed


def same(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: found {json.dumps(found)}, expected {json.dumps(expected)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
