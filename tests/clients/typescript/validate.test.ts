// Validates a fixture and the traffic of a test against the OpenAPI document.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { OpenAPIBackend } from "openapi-backend";

const PATH = "/v5/iot/project/device-certificates/61c970ce2d63eb6ee655dbf0/list-device";
const OPERATION = "ListDeviceByDeviceCertificate";
// Without `quick`, openapi-backend loads the file asynchronously.
const api = new OpenAPIBackend({ definition: "spec/iotda.json", quick: true });
await api.init();

test("fixture", () => {
  const schema = JSON.parse(readFileSync("spec/DeviceList.strict.schema.json", "utf8"));
  const validate = new Ajv2020({ strict: true }).compile(schema);
  assert(validate({ devices: [{ device_id: "d-1" }], page: null }));
  assert(!validate({ devices: [{ devise_id: "d-1" }] }));
});

test("requests", () => {
  const errors = (body: unknown) => {
    const headers = { "x-auth-token": "token", "content-type": "application/json" };
    return api.validateRequest({ method: "POST", path: PATH, headers, body }).errors;
  };
  assert.equal(errors({ limit: 50 }), null);
  assert.equal(errors({ limit: 51 })?.length, 1);
  assert.equal(errors({ limits: 50 })?.length, 1);
});

test("responses", () => {
  // Always pass the status: without it, a body of any documented status is accepted.
  const errors = (status: number, body: unknown) => api.validateResponse(body, OPERATION, status).errors;
  assert.equal(errors(200, { devices: null, page: { count: 0 }, new: 1 }), null);
  assert.equal(errors(404, { error_code: "IOTDA.015500" }), null);
  assert.equal(errors(200, { devices: {} })?.length, 1);
});
