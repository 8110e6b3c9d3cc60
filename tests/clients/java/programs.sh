# Sourced by tests/clients/run: what the client needs, and its programs in the folder of the build.
heading=Java needs=java
generator='openapi-generator (java, native)' version=$(sed -n '/<artifactId>openapi-generator/,/version/s/.*<version>\(.*\)<.*/\1/p' pom.xml)
note='The generated classes drop unknown fields: pass a `PageMapper`.'
java=(java -cp 'target/classes:target/dependency/*')
cases=("${java[@]}" Main)
devices=("${java[@]}" ListDevices)
templates=("${java[@]}" ListTemplates)
validators=("${java[@]}" ValidateTest)
signer=("${java[@]}" Sign)
mock_fixture=("${java[@]}" org.junit.platform.console.ConsoleLauncher execute --fail-if-no-tests --select-class MockTest)
