"""Runs every case with the generated Python client; started by tests/clients/run with the file of cases."""

import json
import sys

from calls import OPERATIONS, UndocumentedResponse, create_client, result_of

MAX_EMPTY_PAGES = 100


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
    """Reads a whole list; openapi/README.md describes where it ends."""
    arguments, read = dict(case["arguments"]), {"sizes": [], "totals": [], "records": []}
    first_count = last_count = empty_pages = 0
    by_offset = False
    while True:
        try:
            page = make_call(case, case["operation"], arguments)
        except UndocumentedResponse:
            return {**read, "end": "undocumented"}
        if page["status"] != 200:
            raise ValueError(f"the page after marker {arguments.get('marker')} has status {page['status']}")
        records, marker, sent = page["records"] or [], page["marker"], arguments.get("marker", "f" * 24)
        read["sizes"].append(len(records))
        read["totals"].append(page["total"])
        read["records"] += records
        last_count = page["total"] or last_count
        first_count = first_count or last_count
        empty_pages = 0 if records else empty_pages + 1
        if empty_pages > MAX_EMPTY_PAGES:
            return {**read, "end": "endless"}
        if marker and int(marker, 16) < int(sent, 16):
            arguments["marker"] = marker
            arguments.pop("offset", None)
        elif records and marker:
            return {**read, "end": "endless"}
        elif records and max(first_count, last_count) > len(read["records"]):
            arguments["offset"] = arguments.get("offset", 0) + len(records)
            by_offset = True
        else:
            # If a record is removed, an offset skips another one.
            counted = (max if by_offset else min)(first_count, last_count)
            return {**read, "end": "complete" if len(read["records"]) >= counted else "incomplete"}


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
