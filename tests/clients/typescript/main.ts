// Runs every case with the generated TypeScript client; started by tests/clients/run with the file of cases.

import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { type Arguments, call, type Fields, type Result, type Server, UndocumentedResponse } from "./calls.js";

const MAX_EMPTY_PAGES = 100;

type End = "complete" | "incomplete" | "undocumented" | "endless";
type Pages = { sizes: number[]; totals: (number | null)[]; records: Fields[]; end?: End };
type Expect = Record<string, any>;
type Call = { operation: string; arguments: Arguments & { marker_of?: number }; expect: Expect };
type Case = Server & { name: string } & (({ kind: "pages" } & Call) | { kind: "calls"; calls: Call[] });

async function run(test: Case) {
  switch (test.kind) {
    case "pages":
      return compare(test.expect, await readPages(test, test));
    case "calls": {
      const results: Result[] = [];
      for (const { operation, arguments: given, expect } of test.calls) {
        const { marker_of, ...args } = given;
        if (marker_of !== undefined) args.marker = results[marker_of - 1].marker ?? undefined;
        const result = await call(test, operation, args);
        compare(expect, result);
        results.push(result);
      }
      return;
    }
    default:
      throw new Error(`unknown kind ${(test as { kind: string }).kind}`);
  }
}

/** Reads a whole list; openapi/README.md describes where it ends. */
async function readPages(server: Server, { operation, arguments: given }: Call): Promise<Pages> {
  const read: Pages = { sizes: [], totals: [], records: [] };
  let [firstCount, lastCount, emptyPages, byOffset] = [0, 0, 0, false];
  let args: Arguments = given;
  while (true) {
    let page: Result;
    try {
      page = await call(server, operation, args);
    } catch (error) {
      if (error instanceof UndocumentedResponse) return { ...read, end: "undocumented" };
      throw error;
    }
    const { status, total, marker } = page;
    const records = page.records ?? [];
    const { marker: sent = "f".repeat(24), offset = 0 } = args;
    if (status !== 200) throw new Error(`the page after marker ${sent} has status ${status}`);
    read.sizes.push(records.length);
    read.totals.push(total);
    read.records.push(...records);
    lastCount = total || lastCount;
    firstCount ||= lastCount;
    emptyPages = records.length ? 0 : emptyPages + 1;
    if (emptyPages > MAX_EMPTY_PAGES) return { ...read, end: "endless" };
    if (marker && marker.toLowerCase() < sent.toLowerCase()) {
      args = { ...args, marker, offset: undefined };
    } else if (records.length && marker) {
      return { ...read, end: "endless" };
    } else if (records.length && Math.max(firstCount, lastCount) > read.records.length) {
      args = { ...args, offset: offset + records.length };
      byOffset = true;
    } else {
      // If a record is removed, an offset skips another one.
      const counted = (byOffset ? Math.max : Math.min)(firstCount, lastCount);
      return { ...read, end: read.records.length >= counted ? "complete" : "incomplete" };
    }
  }
}

function compare(expect: Expect, result: Result | Pages) {
  const records = result.records ?? [];
  for (let [what, expected] of Object.entries(expect)) {
    let got: unknown = (result as Record<string, unknown>)[what];
    switch (what) {
      case "first":
        got = records[0];
        break;
      case "last":
        got = records.at(-1);
        break;
      case "distinct":
        got = new Set(records.map((record) => record[expected]).filter((value) => value !== null)).size;
        expected = records.length;
        break;
      case "numbered": {
        const { field, prefix, from, to } = expected;
        got = records.map((record) => record[field]);
        const step = from <= to ? 1 : -1;
        expected = Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => `${prefix}${from + step * index}`);
        break;
      }
      default:
        if (!(what in result)) throw new Error(`unknown expectation ${what}`);
    }
    if (!isDeepStrictEqual(got, expected)) {
      throw new Error(`${what}: got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`);
    }
  }
}

const lines = readFileSync(process.argv[2], "utf8").trimEnd().split("\n");
for (const test of lines.map((line): Case => JSON.parse(line))) {
  try {
    await run(test);
    console.log(`passed  typescript: ${test.name}`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`FAILED  typescript: ${test.name}: ${error}`);
  }
}
