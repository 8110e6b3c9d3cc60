# Sourced by tests/clients/run: what the client needs, and its programs in the folder of the build.
heading=Ruby needs='ruby java python'
generator='openapi-generator (ruby, faraday)' version=$(sed -n 's/^openapi-generator-cli==//p' requirements.txt)
note='Use the library `faraday`: with the default one, redirects are always followed. Values out of bounds raise an `ArgumentError`.'
cases=(ruby -Iiotda/lib main.rb)
signer=(ruby sign.rb)
