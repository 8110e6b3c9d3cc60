// Checks the reference page in a browser: it must request nothing except itself, log no errors, and show every
// operation with its examples. Saves a screenshot.
//
//     node check.mjs NODE_MODULES CHROMIUM DOCUMENT PAGE SCREENSHOT

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, executablePath, openapi, file, screenshot] = process.argv.slice(2);
const load = createRequire(`${resolve(modules)}/`);
const { chromium } = load('playwright-core');
const api = load('yaml').parse(readFileSync(openapi, 'utf8'));
const address = pathToFileURL(resolve(file)).href;
const follow = (value) => (value.$ref ? value.$ref.slice(2).split('/').reduce((at, key) => at[key], api) : value);

const results = [];
const check = (what, problems) => results.push({ what, problems });

// The examples of a body or a parameter. The page shows the first one, and lists the others in a menu.
const examples = (holder) => Object.entries(holder?.examples ?? {})
  .map(([name, { summary, value }], index) => ({ name, summary, value, isFirst: index === 0 }));

const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
const consoleErrors = [];
const requests = [];
page.on('console', (message) => ['error', 'warning'].includes(message.type()) && consoleErrors.push(message.text()));
page.on('pageerror', (error) => consoleErrors.push(error.message));
page.on('request', (request) => request.url().startsWith('data:') || requests.push(request.url()));

await page.goto(address);
const operations = page.locator('.opblock');
await operations.first().waitFor({ timeout: 20_000 }).catch(() => {});
await page.screenshot({ path: screenshot, fullPage: true });

for (const [path, item] of Object.entries(api.paths)) {
  for (const [method, operation] of Object.entries(item)) {
    const block = page.locator(`.opblock[id$="-${operation.operationId}"]`);
    const isPresent = await block.count() === 1 && await block.isVisible();
    const text = isPresent ? await block.innerText() : '';
    const inputs = await block.locator('input').evaluateAll((all) => all.flatMap((input) => [input.value, input.placeholder]));
    const choices = await block.locator('option').allInnerTexts();
    const heading = text.replaceAll('\u200b', '');
    check(`${operation.operationId}: method, path and summary`,
      [method.toUpperCase(), path, operation.summary].filter((part) => !heading.includes(part)));

    const bodies = [operation.requestBody, ...Object.values(operation.responses).map(follow)];
    const compact = text.replace(/\s+/g, '');
    const isShown = (value) => compact.includes(JSON.stringify(value).replace(/\s+/g, '')) || inputs.includes(value);
    for (const { name, summary, value, isFirst } of [...bodies.map((body) => body?.content['application/json']),
      ...operation.parameters.map(follow)].flatMap(examples)) {
      check(`${operation.operationId}: example ${name}`,
        (isFirst ? isShown(value) : choices.includes(summary)) ? [] : ['not on the page']);
    }
  }
}
check('requests only the page itself', requests.filter((url) => url !== address));
check('no console errors', consoleErrors);
await browser.close();

for (const { what, problems } of results) {
  console.log(`${problems.length ? 'FAILED' : 'ok'}  ${what}`);
  for (const text of problems) console.log(`        ${text}`);
}
const failed = results.filter(({ problems }) => problems.length).length;
console.log(`The page is ${file}, its screenshot ${screenshot}`);
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
