"""Runs every case with the generated Python client; started by tests/clients/run with the file of cases."""

import json
import sys

from calls import OPERATIONS, create_client, result_of


def run(case):
    """Yields each expectation of the case with the actual result."""
    match case["kind"]:
        case "pages":
            yield case["expect"], read_pages(case)
        case "calls":
            results = []
            for call in case["calls"]:
                arguments = dict(call["arguments"])
                if "marker_of" in arguments:
                    arguments["marker"] = results[arguments.pop("marker_of") - 1]["marker"]
                results.append(make_call(case, call["operation"], arguments))
                yield call["expect"], results[-1]
        case kind:
            raise ValueError(f"unknown kind {kind}")


def read_pages(case):
    arguments, read = dict(case["arguments"]), {"sizes": [], "totals": [], "records": []}
    while True:
        page = make_call(case, case["operation"], arguments)
        if page["status"] != 200:
            raise ValueError(f"the page after marker {arguments.get('marker')} has status {page['status']}")
        records, marker = page["records"] or [], page["marker"]
        read["sizes"].append(len(records))
        read["totals"].append(page["total"])
        read["records"] += records
        if not records or not marker:
            return read
        if "marker" in arguments and int(marker, 16) >= int(arguments["marker"], 16):
            raise ValueError(f"marker {marker} after {arguments['marker']} is not smaller")
        arguments["marker"] = marker
        arguments.pop("offset", None)


def make_call(case, operation, arguments):
    with create_client(case["endpoint"], case["token"]) as client:
        return result_of(OPERATIONS[operation](client, case["project_id"], **arguments))


def compare(expect, result):
    for what, expected in expect.items():
        match what:
            case "first":
                got = result["records"][0]
            case "last":
                got = result["records"][-1]
            case "distinct":
                values = [record[expected] for record in result["records"]]
                expected, got = len(values), len(set(values) - {None})
            case "numbered":
                step = 1 if expected["from"] <= expected["to"] else -1
                numbers = range(expected["from"], expected["to"] + step, step)
                got = [record[expected["field"]] for record in result["records"] or []]
                expected = [f"{expected['prefix']}{number}" for number in numbers]
            case _:
                got = result[what]
        if got != expected:
            raise ValueError(f"{what}: got {json.dumps(got)}, expected {json.dumps(expected)}")


def main():
    failed = False
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = [json.loads(line) for line in file]
    for case in cases:
        try:
            for expect, result in run(case):
                compare(expect, result)
            print(f"passed  python: {case['name']}")
        except Exception as error:  # Any failure: continue with the other cases.
            failed = True
            print(f"FAILED  python: {case['name']}: {type(error).__name__}: {error}")
    return failed


sys.exit(main())
