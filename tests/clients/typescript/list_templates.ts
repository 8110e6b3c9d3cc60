import createClient from "openapi-fetch";
import type { paths } from "./iotda.js";

const { HUAWEICLOUD_IOTDA_ENDPOINT, HUAWEICLOUD_SDK_PROJECT_ID, HW_AUTH_TOKEN } = process.env;
const client = createClient<paths>({
  baseUrl: HUAWEICLOUD_IOTDA_ENDPOINT,
  headers: { "X-Auth-Token": HW_AUTH_TOKEN },
  redirect: "manual", // Otherwise, the token is sent to the new location.
});
const { data, error, response } = await client.GET("/v5/iot/{project_id}/device-authentication-templates", {
  params: { path: { project_id: HUAWEICLOUD_SDK_PROJECT_ID! }, query: { limit: 50 } },
});
// A page without records can be an error: see the tag Paging.
if (!data?.templates?.length) throw new Error(`no templates: ${response.status} ${JSON.stringify(error ?? data)}`);
for (const { template_id } of data.templates) console.log(template_id);
