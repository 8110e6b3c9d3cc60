# Sourced by tests/clients/run: what the client needs, and its programs in the folder of the build.
heading=Go needs=go
generator=oapi-codegen version=$(sed -n 's/.*oapi-codegen\/v2 v\([0-9.]*\).*/\1/p' go.mod)
note='Disable redirects. A 200 response that is not JSON has no `JSON200`, but is not an error.'
cases=(./client)
devices=(./list_devices/sample)
templates=(./list_templates/sample)
validators=(./client.test -test.run 'Requests|Responses')
signer=(./sign/signer)
mock_fixture=(./client.test -test.run Mock)

# The commands of openapi/README.md build only `cases`.
build_more() {
    local sample
    for sample in list_*; do go build -o "$sample/sample" "./$sample" || return 1; done
    go test -c -o client.test . && go build -o sign/signer ./sign
}
