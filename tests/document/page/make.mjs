// Creates the reference page: the OpenAPI document and Swagger UI in one self-contained HTML file, with all sections
// expanded.
//
//     node make.mjs NODE_MODULES DOCUMENT PAGE

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [modules, openapi, page] = process.argv.slice(2);
const { parse } = createRequire(`${resolve(modules)}/`)('yaml');
const read = (file) => readFileSync(`${modules}/swagger-ui-dist/${file}`, 'utf8');
// Escapes the end tag, which would close the surrounding element.
const inline = (script) => script.replaceAll('</script', '<\\/script');
const api = parse(readFileSync(openapi, 'utf8'));

writeFileSync(page, `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<!-- Blocks every request; a blocked request is logged in the console. -->
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
  // Read-only: a page from a file can't call the service.
  supportedSubmitMethods: [],
  validatorUrl: null,
  showExtensions: true,
  // Shows bounds and patterns.
  showCommonExtensions: true,
});
</script>
</body>
</html>
`);
