# Sourced by tests/clients/run: what the client needs, and its programs in the folder of the build.
heading=PHP needs='php java python'
generator='openapi-generator (php)' version=$(sed -n 's/^openapi-generator-cli==//p' requirements.txt)
note='Set `allow_redirects` to false. Values out of bounds throw an `InvalidArgumentException`.'
cases=(php main.php)
signer=(php sign.php)
