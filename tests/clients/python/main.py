"""Tries the generated Python client with every case; tests/clients/run starts it with the file of cases."""

import json
import sys

from calls import OPERATIONS, answer_of, client_of


def run(case):
    """Yields what the case expects beside what has come of it."""
    match case["kind"]:
        case "pages":
            yield case["expect"], read_pages(case)
        case "calls":
            answers = []
            for call in case["calls"]:
                arguments = dict(call["arguments"])
                if "marker_of" in arguments:
                    arguments["marker"] = answers[arguments.pop("marker_of") - 1]["marker"]
                answers.append(make_call(case, call["operation"], arguments))
                yield call["expect"], answers[-1]
        case kind:
            raise ValueError(f"unknown kind {kind}")


def read_pages(case):
    arguments, read = dict(case["arguments"]), {"sizes": [], "totals": [], "records": []}
    while True:
        page = make_call(case, case["operation"], arguments)
        if page["status"] != 200:
            raise ValueError(f"the page after marker {arguments.get('marker')} is answered by {page['status']}")
        records, marker = page["records"] or [], page["marker"]
        read["sizes"].append(len(records))
        read["totals"].append(page["total"])
        read["records"] += records
        if not records or not marker:
            return read
        if "marker" in arguments and int(marker, 16) >= int(arguments["marker"], 16):
            raise ValueError(f"marker {marker} after {arguments['marker']} does not go downwards")
        arguments["marker"] = marker
        arguments.pop("offset", None)


def make_call(case, operation, arguments):
    with client_of(case["endpoint"], case["token"]) as client:
        return answer_of(OPERATIONS[operation](client, case["project_id"], **arguments))


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
        except Exception as error:  # Whatever it is, the other cases are tried too.
            failed = True
            print(f"FAILED  python: {case['name']}: {type(error).__name__}: {error}")
    return failed


sys.exit(main())
