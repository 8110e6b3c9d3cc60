// The fixture of mock.test.ts.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { test as base } from "vitest";

/** A test with a mock server on a free port: `mock` contains the variables that the server prints when it is ready. */
export const test = base.extend<{ mock: Record<string, string> }>({
  mock: async ({}, use) => {
    const server = spawn("iotda", ["mock"], { stdio: ["ignore", "pipe", "inherit"] });
    const variables: Record<string, string> = {};
    await new Promise<void>((ready, failed) => {
      server.once("error", failed).once("exit", failed);
      createInterface(server.stdout).on("line", (line) => {
        const [, name, value] = /^export (\w+)=(.*)$/.exec(line) ?? [];
        if (name) variables[name] = value;
        if (name === "HW_AUTH_TOKEN") ready();
      });
    });
    await use(variables);
    server.kill();
  },
});
