// Checks which requests Prism accepts according to the OpenAPI document for signed requests.
//
//     node check.mjs PRISM DOCUMENT

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const [prismProgram, openapi] = process.argv.slice(2);
const SIGNATURE = { Authorization: 'SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature=00' };
const DATE = { 'X-Sdk-Date': '20191115T033655Z' };
const CASES = [
  ['a token', { 'X-Auth-Token': 'token' }, 200],
  ['a signature with its date', { ...SIGNATURE, ...DATE }, 200],
  ['a signature without its date', SIGNATURE, 401],
  ['a date without a signature', DATE, 401],
  ['neither a token nor a signature', {}, 401],
];
const REQUESTS = [
  ['/v5/iot/project/device-authentication-templates', {}],
  ['/v5/iot/project/device-certificates/certificate/list-device',
    { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } }],
];

function startPrism() {
  const args = ['mock', openapi, '--host', '127.0.0.1', '--port', '0'];
  const prism = spawn(prismProgram, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  process.on('exit', () => prism.kill());
  return new Promise((resolve, reject) => {
    prism.on('error', reject).on('exit', () => reject(new Error('Prism exited')));
    createInterface({ input: prism.stdout }).on('line', (line) => {
      const address = /listening on (http:\S+)/.exec(line)?.[1];
      if (address) resolve(address);
    });
  });
}

const server = await startPrism();
let failed = 0;
for (const [path, request] of REQUESTS) {
  for (const [what, headers, expected] of CASES) {
    const { status } = await fetch(server + path, { ...request, headers: { ...request.headers, ...headers } });
    if (status !== expected) failed += 1;
    console.log(`${status === expected ? 'ok' : 'FAILED'}  ${what} at ${path}: ${status}`);
  }
}
process.exit(failed ? 1 : 0);
