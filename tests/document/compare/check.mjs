// Compares the OpenAPI document with the last released one: the step of its version must be large enough for the
// changes. Then compares documents with known changes, to check that the comparison detects them.
//
//     node check.mjs REDOCLY CONFIG RELEASED DOCUMENT FOLDER

import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

const [redocly, config, released, openapi, folder] = process.argv.slice(2);
const base = readFileSync(released, 'utf8');

// Returns the violated rules, the required step, and whether the step of the version is large enough.
function compare(file) {
  const args = ['diff', released, file, '--check-version', '--fail-on', 'none', '--config', config];
  const env = { PATH: process.env.PATH, HOME: folder, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const report = `${folder}/report.json`;
  rmSync(report, { force: true });
  const { status, stderr } = spawnSync(redocly, [...args, '--format', 'json', '--output', report], { env, encoding: 'utf8' });
  if (status !== 0 && status !== 1) throw new Error(stderr);
  const { changes, bump } = JSON.parse(readFileSync(report, 'utf8'));
  const verdicts = changes.flatMap((change) => change.verdicts.map(({ ruleId, message }) => `${ruleId}: ${message}`));
  return { passes: status === 0, bump: bump ?? 'none', verdicts };
}

const VERSION = /\n {2}version: (\d+)\.(\d+)\.(\d+)\n/;
const [major, minor, patch] = VERSION.exec(base).slice(1).map(Number);
const STEPS = { patch: `${major}.${minor}.${patch + 1}`, minor: `${major}.${minor + 1}.0`, major: `${major + 1}.0.0` };
const PARAMETER = "        - $ref: '#/components/parameters/ProjectId'\n";
const parameter = (required) => `${PARAMETER}        - name: more
          in: query
          required: ${required}
          description: Another parameter.
          schema:
            type: string
`;
const FIELD = '        device_name:\n';
const withField = base.replace(FIELD, `        more:\n          type: string\n          nullable: true\n${FIELD}`);
const withoutField = base.replace(/ {8}gateway_id:\n( {10}.*\n)+/, '');

// Each with the step of the version, the expected finding, and the expected result.
const CHANGES = [
  ['an unchanged OpenAPI document', base, 'none', 'none', true],
  ['another description', base.replace('description: Device name.', 'description: Name.'), 'patch', 'patch', true],
  ['a new optional field', withField, 'minor', 'minor', true],
  ['a new optional parameter', base.replace(PARAMETER, parameter(false)), 'minor', 'minor', true],
  ['a wider range', base.replace('maximum: 50\n', 'maximum: 60\n'), 'patch', 'patch', true],
  ['a removed field', withoutField, 'major', 'property-removed', true],
  ['a new optional field', withField, 'none', 'minor', false],
  ['a removed field', withoutField, 'minor', 'property-removed', false],
  ['a narrower range', base.replace('maximum: 50\n', 'maximum: 40\n'), 'minor', 'schema-constraint-changed', false],
  ['a new required parameter', base.replace(PARAMETER, parameter(true)), 'minor', 'parameter-became-required', false],
  ['a renamed operation', base.replace('operationId: ListDeviceByDevice', 'operationId: ListDevicesByDevice'), 'minor',
    'operation-id-changed', false],
];

const results = [];
const current = compare(openapi);
const version = VERSION.exec(readFileSync(openapi, 'utf8')).slice(1).map(Number);
const step = version[0] - major || version[1] - minor || version[2] - patch;
results.push(['the version is new enough for the changes since the release', current.passes]);
results.push(['the version is not older than the released one', step >= 0]);
for (const verdict of current.verdicts) console.log(verdict);
if (!current.passes) console.log(`The changes require a ${current.bump} step of info.version.`);

for (const [what, text, step, expected, passes] of CHANGES) {
  const file = `${folder}/changed.yaml`;
  writeFileSync(file, step === 'none' ? text : text.replace(VERSION, `\n  version: ${STEPS[step]}\n`));
  const found = compare(file);
  const isFound = (text !== base || expected === 'none')
    && (found.bump === expected || found.verdicts.some((verdict) => verdict.startsWith(`${expected}:`)));
  if (!isFound) console.log(`${what}: expected ${expected}, found ${found.bump} ${found.verdicts}`);
  const versionStep = step === 'none' ? 'without a new version' : `with a new ${step} version`;
  results.push([`${what} ${versionStep} ${passes ? 'passes' : 'fails'}`, isFound && found.passes === passes]);
}

for (const [what, ok] of results) console.log(`${ok ? 'ok' : 'FAILED'}  ${what}`);
const failed = results.filter(([, ok]) => !ok).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
