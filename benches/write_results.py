"""Writes the results of measurements into documents.

    write_results.py RESULTS DOCUMENT...

A result starts with a line `# NAME`. It replaces the text between `<!--result NAME-->` and `<!--end-->` in a document.
"""

import re
import sys

MARKED = re.compile(r"(<!--result (\S+)-->)(\n?).*?(\n?)(<!--end-->)", re.DOTALL)


def read_results(path):
    with open(path, encoding="utf-8") as file:
        parts = re.split(r"^# (\S+)\n", file.read(), flags=re.MULTILINE)
    return {name: text.strip() for name, text in zip(parts[1::2], parts[2::2])}


def main():
    _, path, *documents = sys.argv
    results = read_results(path)
    written = set()

    def replace(match):
        start, name, before, after, end = match.groups()
        written.add(name)
        return f"{start}{before}{results[name]}{after}{end}"

    for document in documents:
        with open(document, encoding="utf-8") as file:
            text = file.read()
        with open(document, "w", encoding="utf-8") as file:
            file.write(MARKED.sub(replace, text))
    if unused := results.keys() - written:
        sys.exit(f"no document contains the results {', '.join(sorted(unused))}")


main()
