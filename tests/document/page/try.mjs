// Starts `iotda mock`, and serves Swagger UI from another port. In the browser, Swagger UI reads the OpenAPI document of
// the mock and executes both operations. Their first server is the mock. Saves a screenshot.
//
//     node try.mjs NODE_MODULES CHROMIUM IOTDA SCREENSHOT

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const [modules, executablePath, iotda, screenshot] = process.argv.slice(2);
const { chromium } = createRequire(`${resolve(modules)}/`)('playwright-core');

let failed = 0;
let passed = 0;
const check = (what, got, expected) => {
  const isEqual = JSON.stringify(got) === JSON.stringify(expected);
  isEqual ? passed += 1 : failed += 1;
  console.log(isEqual ? `passed  ${what}` : `FAILED  ${what}\n        got      ${JSON.stringify(got)}`);
};

const mock = spawn(iotda, ['mock'], { stdio: ['ignore', 'pipe', 'inherit'] });
process.on('exit', () => mock.kill());
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
const variables = {};
for await (const line of createInterface({ input: mock.stdout })) {
  const [, name, value] = line.match(/^export (\w+)=(.*)$/) ?? [];
  if (name) variables[name] = value;
  if (line.startsWith('# Certificates')) break;
}
const endpoint = variables.HUAWEICLOUD_IOTDA_ENDPOINT;

const files = {
  '/swagger-ui.css': 'text/css',
  '/swagger-ui-bundle.js': 'text/javascript',
};
const html = `<!DOCTYPE html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/swagger-ui.css">
<div id="page"></div>
<script src="/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({ dom_id: '#page', url: '${endpoint}/openapi.yaml', tryItOutEnabled: true });</script>`;
const site = createServer(({ url }, response) => {
  const type = files[url] ?? 'text/html';
  response.writeHead(200, { 'Content-Type': type });
  response.end(files[url] ? readFileSync(`${modules}/swagger-ui-dist${url}`) : html);
});
await new Promise((done) => site.listen(0, '127.0.0.1', done));
const origin = `http://localhost:${site.address().port}`;

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--no-proxy-server'] });
const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
// A busy machine is slow.
page.setDefaultTimeout(120_000);
const origins = new Set();
page.on('request', (request) => request.url().startsWith('data:') || origins.add(new URL(request.url()).origin));
await page.goto(origin);

// Sets the token, in the dialog "Authorize".
await page.locator('.auth-wrapper .authorize').first().click();
await page.locator('.modal-ux input').fill(variables.HW_AUTH_TOKEN);
await page.locator('.modal-ux .authorize').click();
await page.locator('.modal-ux .btn-done').click();

// Executes an operation, and returns the status and the body that Swagger UI shows.
const execute = async (operationId, parameters, body) => {
  const block = page.locator(`.opblock[id$="-${operationId}"]`);
  await block.locator('.opblock-summary').first().click();
  for (const [name, value] of Object.entries(parameters)) {
    await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
  if (body) await block.locator('textarea').fill(JSON.stringify(body));
  await block.locator('.execute').click();
  const live = block.locator('.live-responses-table');
  await live.waitFor();
  const status = Number((await live.locator('.response-col_status').nth(1).innerText()).trim().slice(0, 3));
  const url = await block.locator('.request-url pre').innerText();
  const text = await live.locator('.highlight-code code').first().innerText();
  return { status, url, body: JSON.parse(text) };
};

const project = variables.HUAWEICLOUD_SDK_PROJECT_ID;
const empty = { 'Instance-Id': '', marker: '' };
const devices = await execute('ListDeviceByDeviceCertificate',
  { 'Instance-Id': '', project_id: project, certificate_id: '61c970ce2d63eb6ee655dbf0' }, { limit: 2 });
check('devices: status', devices.status, 200);
check('devices: records', devices.body.devices?.length, 2);
check('devices: the first server is the mock', devices.url.startsWith(endpoint), true);
const templates = await execute('ListDeviceAuthenticationTemplates',
  { ...empty, project_id: project, template_name: 'sample-template-2' });
check('templates: status', templates.status, 200);
check('templates: records', templates.body.templates?.map(({ template_name: name }) => name), ['sample-template-2']);
check('requests go to the page and the mock only', [...origins].sort(), [origin, endpoint].sort());

await page.screenshot({ path: screenshot });
await browser.close();
site.close();
mock.kill('SIGTERM');
const status = await new Promise((done) => mock.once('exit', done));
check('exit status of the mock after SIGTERM', status, 0);
console.log(`The screenshot is ${screenshot}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
