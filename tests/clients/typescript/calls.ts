// Calls the service with the generated types, and converts the responses to the format of the cases.

import createClient from "openapi-fetch";
import type { components, paths } from "./iotda.js";

type Schemas = components["schemas"];
export type Server = { endpoint: string; project_id: string; token: string | null };
export type Arguments = {
  certificate_id?: string;
  instance_id?: string;
  template_name?: string;
  limit?: number;
  marker?: string;
  offset?: number;
};
export type Fields = Record<string, string | null>;
export type Result = {
  status: number;
  error_code: string | null;
  records: Fields[] | null;
  total: number | null;
  marker: string | null;
};

const DEVICE = ["app_id", "device_id", "node_id", "gateway_id", "device_name", "product_id"] as const;
const TEMPLATE = ["template_id", "template_name", "create_time", "update_time", "description", "status"] as const;
const ERROR_FIELDS = "error_code errorCode code errcode error error_msg errorMsg message msg errmsg".split(" ");
// JSON values of such a field that report no error.
const NO_ERROR = ["null", "false", "0", '""', '"0"', "[]", "{}"];

/** A 200 without records that reports an error, or does not state that the list is empty. */
export class UndocumentedResponse extends Error {}

function clientOf({ endpoint, token }: Server) {
  return createClient<paths>({
    baseUrl: endpoint,
    headers: token === null ? {} : { "X-Auth-Token": token },
    // By default, redirects are followed, and the token is sent along.
    redirect: "manual",
  });
}

async function listDevices(server: Server, args: Arguments): Promise<Result> {
  const { certificate_id = "", instance_id, limit, marker, offset, ...unknown } = args;
  rejectUnknown(unknown);
  const { data, error, response } = await clientOf(server).POST(
    "/v5/iot/{project_id}/device-certificates/{certificate_id}/list-device",
    {
      params: { path: { project_id: server.project_id, certificate_id }, header: { "Instance-Id": instance_id } },
      body: { limit, marker, offset },
    },
  );
  return resultOf(response, data, error, data?.devices, DEVICE);
}

async function listTemplates(server: Server, args: Arguments): Promise<Result> {
  const { instance_id, template_name, limit, marker, offset, ...unknown } = args;
  rejectUnknown(unknown);
  const { data, error, response } = await clientOf(server).GET("/v5/iot/{project_id}/device-authentication-templates", {
    params: {
      path: { project_id: server.project_id },
      header: { "Instance-Id": instance_id },
      query: { template_name, limit, marker, offset },
    },
  });
  return resultOf(response, data, error, data?.templates, TEMPLATE);
}

export function call(server: Server, operation: string, args: Arguments): Promise<Result> {
  switch (operation) {
    case "ListDeviceByDeviceCertificate":
      return listDevices(server, args);
    case "ListDeviceAuthenticationTemplates":
      return listTemplates(server, args);
    default:
      throw new Error(`unknown operation ${operation}`);
  }
}

function resultOf<R extends { [F in keyof R]?: string | null }>(
  response: Response,
  data: { page?: Schemas["Page"] } | undefined,
  error: Schemas["ErrorBody"] | undefined,
  records: R[] | null | undefined,
  fields: readonly (keyof R)[],
): Result {
  const page = data?.page;
  const isStated = Boolean(records) || typeof page?.count === "number";
  if (response.status === 200 && !records?.length && (!isStated || reportsError(data))) {
    throw new UndocumentedResponse(JSON.stringify(data)?.slice(0, 200));
  }
  return {
    status: response.status,
    // A body that is not JSON is a string, which has no error_code.
    error_code: error?.error_code ?? null,
    records: records?.map((record) => Object.fromEntries(fields.map((field) => [field, record[field] ?? null]))) ?? null,
    total: page?.count ?? null,
    marker: page?.marker ?? null,
  };
}

/** Returns whether a field at any level reports an error. */
function reportsError(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(
    ([name, field]) => (ERROR_FIELDS.includes(name) && !NO_ERROR.includes(JSON.stringify(field))) || reportsError(field),
  );
}

function rejectUnknown(unknown: object) {
  if (Object.keys(unknown).length > 0) throw new Error(`unknown arguments ${Object.keys(unknown)}`);
}
