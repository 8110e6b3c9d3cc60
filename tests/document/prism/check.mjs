// Runs the pagination tests through Prism, which compares every request of the client and every response of the mock
// with the OpenAPI document.
//
//     tests --> witness --> Prism --> router --> the test's own mock
//
// Prism has one upstream, but every test has a separate mock. So each request has two headers: the witness reads the
// name of the test in `x-test`, and the router reads the URL of the mock in `x-test-server`. Prism forwards everything
// and reports violations in the response header `sl-violations`, which the witness records and removes.
//
//     node check.mjs PRISM DOCUMENT

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { createInterface } from 'node:readline';

// Tests that enqueue responses that violate the OpenAPI document, each with the reason and the exact violations that
// Prism must report.
const DELIBERATE = {
  'pagination::error_in_mid_stream_is_yielded_once_after_the_previous_records': {
    reason: 'enqueues a 500 without a body, which gateways send',
    found: ['response: The received media type "" does not match the one specified in the current response: application/json',
      'response.body: Response body must be object'],
  },
};
// Tests without an exchange that the witness can record.
const UNRECORDED = {
  'pagination::streams_are_unpin_send_and_static': 'sends nothing',
  'prefetch::zero_concurrency_is_rejected_before_anything_is_sent': 'sends nothing',
  'prefetch::rate_limit_applies_to_prefetched_pages': 'has shorter timeouts than Prism needs',
  'pagination::dropping_a_call_closes_its_connection': 'receives no response: it drops its connection',
  'pagination::dropping_a_stream_closes_its_connection': 'receives no response: it drops its connection',
};

const TESTS = ['test', '--locked', '--features', 'full', '--test', 'library'];
const FILTERS = ['pagination::', 'pagination_property::', 'prefetch::'];
const [prismProgram, openapi] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });
const recorded = new Map();

// Forwards a request, and its response back. If one side disconnects, so does the other.
function forward(request, response, base, onResponse) {
  const { pathname, search } = new URL(request.url, 'http://any');
  const { method, headers } = request;
  const onward = http.request(base, { agent, method, headers, path: pathname + search }, (upstream) => {
    onResponse(upstream);
    response.writeHead(upstream.statusCode, upstream.headers);
    upstream.pipe(response);
    upstream.on('error', () => response.destroy());
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => response.writableFinished || onward.destroy());
  request.pipe(onward);
}

async function listen(handler) {
  const server = http.createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}

function startPrism(upstream) {
  const args = ['proxy', openapi, upstream, '--host', '127.0.0.1', '--port', '0'];
  const prism = spawn(prismProgram, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  process.on('exit', () => prism.kill());
  let log = '';
  return new Promise((resolve, reject) => {
    prism.on('error', reject).on('exit', () => reject(new Error(`Prism exited:\n${log}`)));
    // Read all lines, because a full pipe would block Prism.
    createInterface({ input: prism.stdout }).on('line', (line) => {
      const address = /listening on (http:\S+)/.exec(line)?.[1];
      if (address) resolve(address);
      log = `${log}${line}\n`.slice(-4096);
    });
  });
}

// Returns the exit code and the output of cargo.
async function cargo(args, options) {
  const child = spawn('cargo', args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  let output = '';
  child.stdout.on('data', (data) => { output += data; });
  const [code] = await once(child, 'close');
  return { code, output };
}

// A long list is not JSON: it has a prefix and is truncated.
function violations(header) {
  if (!header.startsWith('[')) return [header.slice(0, 300)];
  return JSON.parse(header).map(({ location, message }) => `${location.join('.')}: ${message}`);
}

function witness(request, response, prism) {
  const test = request.headers['x-test'] ?? 'unknown';
  const record = recorded.get(test) ?? { exchanges: 0, found: [] };
  recorded.set(test, record);
  forward(request, response, prism, (upstream) => {
    record.exchanges += 1;
    record.found.push(...violations(upstream.headers['sl-violations'] ?? '[]'));
    delete upstream.headers['sl-violations'];
  });
}

// The problems with the recorded exchanges of a test.
function problemsOf(test) {
  const { exchanges = 0, found = [] } = recorded.get(test) ?? {};
  if (test in UNRECORDED) return exchanges === 0 ? [] : ['is listed as unrecorded, but exchanges were recorded'];
  if (exchanges === 0) return ['sent no request through Prism'];
  const expected = DELIBERATE[test]?.found ?? [];
  return [...found.filter((violation) => !expected.includes(violation)),
    ...expected.filter((violation) => !found.includes(violation)).map((violation) => `not reported: ${violation}`)];
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const router = await listen((request, response) => forward(request, response, request.headers['x-test-server'], () => {}));
const prism = await startPrism(router);
const proxy = await listen((request, response) => witness(request, response, prism));

const list = await cargo([...TESTS, '--quiet', '--', '--list', ...FILTERS]);
const tests = [...list.output.matchAll(/^(\S+): test$/gm)].map((match) => match[1]);
const run = await cargo([...TESTS, '--', ...FILTERS], { env: { ...process.env, IOTDA_TEST_PROXY: proxy } });
if (run.code !== 0 || tests.length === 0) {
  console.log(run.output);
  console.log('The tests failed behind Prism.');
}

let failed = 0;
for (const test of new Set([...tests, ...recorded.keys(), ...Object.keys(DELIBERATE), ...Object.keys(UNRECORDED)])) {
  const problems = tests.includes(test) ? problemsOf(test) : ['is not a pagination test'];
  const { exchanges = 0, found = [] } = recorded.get(test) ?? {};
  const reason = DELIBERATE[test]?.reason ?? UNRECORDED[test];
  console.log(`${problems.length ? 'FAILED' : 'ok'}  ${test}: ${exchanges} exchanges, ${found.length} violations${reason ? ` (${reason})` : ''}`);
  for (const problem of new Set(problems)) console.log(`        ${problem}`);
  failed += problems.length ? 1 : 0;
}
const exchanges = [...recorded.values()].reduce((sum, record) => sum + record.exchanges, 0);
console.log(`${exchanges} exchanges through Prism`);
console.log(`${tests.length - failed} passed, ${failed} failed`);
process.exit(run.code === 0 && tests.length > 0 && failed === 0 ? 0 : 1);
