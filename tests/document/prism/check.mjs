// The pagination tests through Prism: is every request of the client and every answer of the mock as the document says?
//
//     tests --> witness --> Prism --> router --> the test's own mock
//
// Prism has one upstream, and every test a mock of its own. So each request carries two headers: `x-test`, by which the
// witness notes whose it is, and `x-test-server`, by which the router finds the mock. Prism lets everything pass and says
// what it has found in the answer's header `sl-violations`, which ends at the witness.
//
//     node check.mjs PRISM DOCUMENT

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { createInterface } from 'node:readline';

// Tests that script answers which are not the document's, each with its reason and what Prism has to find: no less, no more.
const DELIBERATE = {
  an_error_in_mid_stream_comes_once_after_everything_before_it: {
    reason: 'scripts a 500 without a body, as gateways send it',
    found: ['response: The received media type "" does not match the one specified in the current response: application/json',
      'response.body: Response body must be object'],
  },
};
// Tests without an exchange that could be witnessed.
const UNSEEN = {
  streams_are_named_unpin_send_and_static: 'sends nothing',
  a_concurrency_of_nothing_is_refused_before_anything_is_sent: 'sends nothing',
  reading_ahead_stays_under_the_clients_rate: 'gives its calls less time than Prism may take',
  dropping_a_call_or_a_stream_closes_its_connection: 'gets no answer: it watches the very connection that it drops',
};

const TESTS = ['test', '--locked', '--features', 'full', '--test', 'pagination', '--test', 'pagination_property',
  '--test', 'reading_ahead'];
const [prismProgram, openapi] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });
const seen = new Map();

// Passes a request on, and its answer back; what is cut on one side is cut on the other.
function forward(request, response, base, onAnswer) {
  const { pathname, search } = new URL(request.url, 'http://any');
  const { method, headers } = request;
  const onward = http.request(base, { agent, method, headers, path: pathname + search }, (answer) => {
    onAnswer(answer);
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
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
    prism.on('error', reject).on('exit', () => reject(new Error(`Prism has ended:\n${log}`)));
    // To its last line, for a full pipe would stop Prism.
    createInterface({ input: prism.stdout }).on('line', (line) => {
      const address = /listening on (http:\S+)/.exec(line)?.[1];
      if (address) resolve(address);
      log = `${log}${line}\n`.slice(-4096);
    });
  });
}

// What cargo prints, and whether it succeeded.
async function cargo(args, options) {
  const child = spawn('cargo', args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  let output = '';
  child.stdout.on('data', (data) => { output += data; });
  const [code] = await once(child, 'close');
  return { code, output };
}

// A list of many is no JSON: it has a word before it, and is cut.
function violations(header) {
  if (!header.startsWith('[')) return [header.slice(0, 300)];
  return JSON.parse(header).map(({ location, message }) => `${location.join('.')}: ${message}`);
}

function witness(request, response, prism) {
  const test = request.headers['x-test'] ?? 'nobody';
  const of = seen.get(test) ?? { exchanges: 0, found: [] };
  seen.set(test, of);
  forward(request, response, prism, (answer) => {
    of.exchanges += 1;
    of.found.push(...violations(answer.headers['sl-violations'] ?? '[]'));
    delete answer.headers['sl-violations'];
  });
}

// What is wrong with what was seen of a test.
function faults(test) {
  const { exchanges = 0, found = [] } = seen.get(test) ?? {};
  if (test in UNSEEN) return exchanges === 0 ? [] : ['is listed as unseen, but was seen'];
  if (exchanges === 0) return ['nothing of it went through Prism'];
  const expected = DELIBERATE[test]?.found ?? [];
  return [...found.filter((violation) => !expected.includes(violation)),
    ...expected.filter((violation) => !found.includes(violation)).map((violation) => `not found: ${violation}`)];
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const router = await listen((request, response) => forward(request, response, request.headers['x-test-server'], () => {}));
const prism = await startPrism(router);
const proxy = await listen((request, response) => witness(request, response, prism));

const list = await cargo([...TESTS, '--quiet', '--', '--list']);
const tests = [...list.output.matchAll(/^(\S+): test$/gm)].map((match) => match[1]);
const run = await cargo(TESTS, { env: { ...process.env, IOTDA_TEST_PROXY: proxy } });
if (run.code !== 0 || tests.length === 0) {
  console.log(run.output);
  console.log('The tests fail behind Prism.');
}

let failed = 0;
for (const test of new Set([...tests, ...seen.keys(), ...Object.keys(DELIBERATE), ...Object.keys(UNSEEN)])) {
  const wrong = tests.includes(test) ? faults(test) : ['is no pagination test'];
  const { exchanges = 0, found = [] } = seen.get(test) ?? {};
  const why = DELIBERATE[test]?.reason ?? UNSEEN[test];
  console.log(`${wrong.length ? 'FAILED' : 'ok'}  ${test}: ${exchanges} exchanges, ${found.length} violations${why ? ` (${why})` : ''}`);
  for (const fault of new Set(wrong)) console.log(`        ${fault}`);
  failed += wrong.length ? 1 : 0;
}
const exchanges = [...seen.values()].reduce((sum, of) => sum + of.exchanges, 0);
console.log(`${exchanges} exchanges through Prism`);
console.log(`${tests.length - failed} passed, ${failed} failed`);
process.exit(run.code === 0 && tests.length > 0 && failed === 0 ? 0 : 1);
