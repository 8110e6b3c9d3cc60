# Sourced by tests/clients/run: what the client needs, and its programs in the folder of the build.
heading='C#' needs='java python'
generator='openapi-generator (csharp)' version=$(sed -n 's/^openapi-generator-cli==//p' requirements.txt)
note='Not compiled in CI. Pass an empty prefix to `ApiKeyToken`: by default, `Bearer` is sent before the token. Disable redirects.'
generated=(.venv/bin/python check.py)
