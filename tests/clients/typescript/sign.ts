// Signs requests with an access key, with Node's standard library only; docs/signing.md describes the stages.

import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

type Pairs = [string, string][];
type Key = { access: string; secret: string; region?: string; service?: string };

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
const compare = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0);

/** Returns the header Authorization. `headers` contains all headers to sign, with Host and X-Sdk-Date. */
function sign(method: string, path: string, query: Pairs, headers: Record<string, string>, body: string, key: Key) {
  const signed: Pairs = Object.entries(headers)
    .filter(([name]) => !name.includes("_"))
    .map(([name, value]): [string, string] => [name.toLowerCase(), value.trim()])
    .sort(([left], [right]) => compare(left, right));
  const lower = Object.fromEntries(signed);
  const names = signed.map(([name]) => name).join(";");
  const uri = decodeURIComponent(path).split("/").map(encode).join("/");
  const sorted = [...query].sort((left, right) => compare(left[0], right[0]) || compare(left[1], right[1]));
  const canonical = [
    method.toUpperCase(),
    uri.endsWith("/") ? uri : `${uri}/`,
    sorted.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&"),
    signed.map(([name, value]) => `${name}:${value}\n`).join(""),
    names,
    (body && lower["x-sdk-content-sha256"]) || sha256(body),
  ].join("\n");
  const date = lower["x-sdk-date"];
  const end = (signature: Buffer) => `SignedHeaders=${names}, Signature=${signature.toString("hex")}`;
  if (!key.region) {
    const signature = hmac(key.secret, `SDK-HMAC-SHA256\n${date}\n${sha256(canonical)}`);
    return `SDK-HMAC-SHA256 Access=${key.access}, ${end(signature)}`;
  }
  const info = `${date.slice(0, 8)}/${key.region}/${key.service ?? "iotdm"}`;
  // HKDF with one block. The key of the signature is the hexadecimal text, not its bytes.
  const derived = hmac(hmac(key.access, key.secret), `${info}\x01`).toString("hex");
  const signature = hmac(derived, `V11-HMAC-SHA256\n${date}\n${info}\n${sha256(canonical)}`);
  return `V11-HMAC-SHA256 Credential=${key.access}/${info}, ${end(signature)}`;
}

function checkVector({ name, algorithm, input, expected }: any) {
  const headers: Record<string, string> = { Host: input.host, ...input.headers };
  if (input.project_id) headers["X-Project-Id"] = input.project_id;
  if (input.security_token) headers["X-Security-Token"] = input.security_token;
  if (!/^application\/[jb]son/.test(headers["Content-Type"] ?? "application/json")) {
    headers["X-Sdk-Content-Sha256"] = "UNSIGNED-PAYLOAD";
  }
  const query = input.query_unencoded.flatMap(([name, value]: [string, unknown]) =>
    [value].flat().map((item) => [name, String(item)]),
  );
  const key: Key = { access: input.ak, secret: input.sk };
  if (algorithm.startsWith("V11")) Object.assign(key, { region: input.region_id, service: input.service });
  const found = sign(input.method, input.path, query, headers, input.body ?? "", key);
  assert.equal(found, expected.authorization, name);
}

async function checkMock({ name, endpoint, project_id, access_key, secret_key, region, expect }: any) {
  const path = `/v5/iot/${project_id}/device-authentication-templates`;
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const headers = { "X-Sdk-Date": date, "X-Project-Id": project_id };
  const signed = { ...headers, Host: new URL(endpoint).host };
  const key = { access: access_key, secret: secret_key, region };
  const Authorization = sign("GET", path, [["limit", "50"]], signed, "", key);
  const response = await fetch(`${endpoint}${path}?limit=50`, { headers: { ...headers, Authorization } });
  const { templates } = (await response.json()) as { templates: unknown[] };
  assert.equal(templates.length, expect.templates, name);
}

const { vectors } = JSON.parse(readFileSync(process.argv[2], "utf8"));
vectors.forEach(checkVector);
const cases = readFileSync(process.argv[3], "utf8").trim().split("\n").filter(Boolean);
for (const test of cases) await checkMock(JSON.parse(test));
console.log(`${vectors.length} vectors, ${cases.length} requests`);
