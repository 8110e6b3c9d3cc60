# Sourced by tests/clients/run: what the client needs, and its programs in the folder of the build.
heading=TypeScript needs=node
generator=openapi-typescript version=$(sed -n 's/.*"openapi-typescript": "\(.*\)".*/\1/p' package.json)
note='Types only, with openapi-fetch. Set `redirect: "manual"`.'
cases=(node main.js)
devices=(node list_devices.js)
templates=(node list_templates.js)
validators=(node --test validate.test.js)
signer=(node sign.js)
mock_fixture=(node_modules/.bin/vitest run mock.test.ts)
