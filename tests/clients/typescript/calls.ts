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
  return resultOf(response, error, data?.page, data?.devices, DEVICE);
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
  return resultOf(response, error, data?.page, data?.templates, TEMPLATE);
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
  error: Schemas["ErrorBody"] | undefined,
  page: Schemas["Page"] | undefined,
  records: R[] | null | undefined,
  fields: readonly (keyof R)[],
): Result {
  return {
    status: response.status,
    // A body that is not JSON is a string, which has no error_code.
    error_code: error?.error_code ?? null,
    records: records?.map((record) => Object.fromEntries(fields.map((field) => [field, record[field] ?? null]))) ?? null,
    total: page?.count ?? null,
    marker: page?.marker ?? null,
  };
}

function rejectUnknown(unknown: object) {
  if (Object.keys(unknown).length > 0) throw new Error(`unknown arguments ${Object.keys(unknown)}`);
}
