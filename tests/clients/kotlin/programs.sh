# Sourced by tests/clients/run: what the client needs, and its programs in the folder of the build.
heading=Kotlin needs=java
generator='openapi-generator (kotlin, jvm-okhttp4)'
version=$(sed -n '/<artifactId>openapi-generator/,/version/s/.*<version>\(.*\)<.*/\1/p' pom.xml)
note='Disable redirects. Set the token in an interceptor: `ApiClient.apiKey` is shared by all clients.'
java=(java -cp 'target/classes:target/dependency/*')
cases=("${java[@]}" MainKt)
signer=("${java[@]}" SignKt)
