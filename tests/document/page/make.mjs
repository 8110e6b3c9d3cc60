// The reference page: the document and Swagger UI in one HTML file, which asks for nothing else and shows all at once.
//
//     node make.mjs NODE_MODULES DOCUMENT PAGE

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [modules, openapi, page] = process.argv.slice(2);
const { parse } = createRequire(`${resolve(modules)}/`)('yaml');
const read = (file) => readFileSync(`${modules}/swagger-ui-dist/${file}`, 'utf8');
// What would end the element that it stands in.
const inline = (script) => script.replaceAll('</script', '<\\/script');
const api = parse(readFileSync(openapi, 'utf8'));

writeFileSync(page, `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<!-- Whatever would still ask for something is refused, and heard of in the console. -->
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<title>${api.info.title}</title>
<link rel="icon" href="data:,">
<style>${read('swagger-ui.css')}</style>
</head>
<body>
<div id="page"></div>
<script>${inline(read('swagger-ui-bundle.js'))}</script>
<script>
SwaggerUIBundle({
  dom_id: '#page',
  spec: ${inline(JSON.stringify(api))},
  docExpansion: 'full',
  defaultModelExpandDepth: 3,
  displayOperationId: true,
  deepLinking: true,
  // To be read: a page from a file can't call the service anyway.
  supportedSubmitMethods: [],
  validatorUrl: null,
  showExtensions: true,
  // Bounds and patterns.
  showCommonExtensions: true,
});
</script>
</body>
</html>
`);
