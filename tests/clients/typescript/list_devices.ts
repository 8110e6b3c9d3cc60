import createClient from "openapi-fetch";
import type { paths } from "./iotda.js";

const { HUAWEICLOUD_IOTDA_ENDPOINT, HUAWEICLOUD_SDK_PROJECT_ID, HW_AUTH_TOKEN } = process.env;
const client = createClient<paths>({
  baseUrl: HUAWEICLOUD_IOTDA_ENDPOINT,
  headers: { "X-Auth-Token": HW_AUTH_TOKEN },
  redirect: "manual", // Otherwise, the token is sent to the new location.
});
const { data, error, response } = await client.POST(
  "/v5/iot/{project_id}/device-certificates/{certificate_id}/list-device",
  {
    params: { path: { project_id: HUAWEICLOUD_SDK_PROJECT_ID!, certificate_id: "61c970ce2d63eb6ee655dbf0" } },
    body: { limit: 50 },
  },
);
// A page without records can be an error: see the tag Paging.
if (!data?.devices?.length) throw new Error(`no devices: ${response.status} ${JSON.stringify(error ?? data)}`);
for (const { device_id } of data.devices) console.log(device_id);
