// Reads from the mock server that the fixture in mock.ts starts.

import { expect } from "vitest";
import { call } from "./calls.js";
import { test } from "./mock.js";

test("templates", async ({ mock }) => {
  const server = {
    endpoint: mock.HUAWEICLOUD_IOTDA_ENDPOINT,
    project_id: mock.HUAWEICLOUD_SDK_PROJECT_ID,
    token: mock.HW_AUTH_TOKEN,
  };
  const { records } = await call(server, "ListDeviceAuthenticationTemplates", {});
  expect(records).toHaveLength(3);
});
