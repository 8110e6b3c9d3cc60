// Signs requests with an access key, with the standard libraries of Kotlin and Java only; docs/signing.md describes the
// stages. Only the tests at the end need other libraries, for JSON.

import java.io.File
import java.net.URI
import java.net.URLDecoder
import java.net.URLEncoder
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers
import java.security.MessageDigest
import java.time.Instant
import java.time.ZoneOffset
import java.time.format.DateTimeFormatter
import javax.crypto.Mac
import javax.crypto.spec.SecretKeySpec
import org.openapitools.client.infrastructure.Serializer

/** An access key. With a region, it signs with the derived algorithm. */
class Key(val access: String, val secret: String, val region: String? = null, val service: String = "iotdm")

/** A request; the headers are all headers to sign, with Host and X-Sdk-Date. */
class Request(
    val method: String,
    val path: String,
    val query: List<Pair<String, String>>,
    val headers: Map<String, String>,
    val body: String,
)

/** Returns the header Authorization. */
fun sign(request: Request, key: Key): String {
    val headers = request.headers.filterKeys { '_' !in it }
        .map { (name, value) -> name.lowercase() to value.trim() }.toMap().toSortedMap()
    val names = headers.keys.joinToString(";")
    val date = headers.getValue("x-sdk-date")
    val digest = sha256(canonical(request, headers))
    if (key.region == null) {
        val signature = hmac(key.secret.toByteArray(), "SDK-HMAC-SHA256\n$date\n$digest").hex()
        return "SDK-HMAC-SHA256 Access=${key.access}, SignedHeaders=$names, Signature=$signature"
    }
    val info = "${date.take(8)}/${key.region}/${key.service}"
    // HKDF with one block. The key of the signature is the hexadecimal text, not its bytes.
    val derived = hmac(hmac(key.access.toByteArray(), key.secret), "$info\u0001").hex()
    val signature = hmac(derived.toByteArray(), "V11-HMAC-SHA256\n$date\n$info\n$digest").hex()
    return "V11-HMAC-SHA256 Credential=${key.access}/$info, SignedHeaders=$names, Signature=$signature"
}

private fun canonical(request: Request, headers: Map<String, String>): String {
    val path = URLDecoder.decode(request.path.replace("+", "%2B"), Charsets.UTF_8)
    val uri = path.split("/").joinToString("/", transform = ::encode)
    val query = request.query.sortedWith(compareBy({ it.first }, { it.second }))
    return listOf(
        request.method.uppercase(),
        if (uri.endsWith("/")) uri else "$uri/",
        query.joinToString("&") { (name, value) -> "${encode(name)}=${encode(value)}" },
        headers.entries.joinToString("") { (name, value) -> "$name:$value\n" },
        headers.keys.joinToString(";"),
        headers["x-sdk-content-sha256"].takeIf { request.body.isNotEmpty() } ?: sha256(request.body),
    ).joinToString("\n")
}

private fun encode(text: String) =
    URLEncoder.encode(text, Charsets.UTF_8).replace("+", "%20").replace("*", "%2A").replace("%7E", "~")

private fun ByteArray.hex() = joinToString("") { "%02x".format(it) }

private fun sha256(text: String) = MessageDigest.getInstance("SHA-256").digest(text.toByteArray()).hex()

private fun hmac(key: ByteArray, text: String): ByteArray =
    Mac.getInstance("HmacSHA256").apply { init(SecretKeySpec(key, algorithm)) }.doFinal(text.toByteArray())

private val json = Serializer.moshi.adapter(Any::class.java)

@Suppress("UNCHECKED_CAST")
private fun Any?.fields() = this as Map<String, Any?>

private fun Any?.text(name: String) = fields()[name] as String? ?: ""

private fun checkVector(vector: Map<String, Any?>) {
    val input = vector["input"].fields()
    val headers = mutableMapOf("Host" to input.text("host"))
    input["headers"].fields().forEach { (name, value) -> headers[name] = value as String }
    if (input["project_id"] != null) headers["X-Project-Id"] = input.text("project_id")
    if (input["security_token"] != null) headers["X-Security-Token"] = input.text("security_token")
    if (!Regex("application/[jb]son.*").matches(headers["Content-Type"] ?: "application/json")) {
        headers["X-Sdk-Content-Sha256"] = "UNSIGNED-PAYLOAD"
    }
    val query = (input["query_unencoded"] as List<*>).flatMap { pair ->
        val (name, value) = pair as List<*>
        (value as? List<*> ?: listOf(value)).map { name as String to queryText(it) }
    }
    val isDerived = vector.text("algorithm").startsWith("V11")
    val region = input.text("region_id").takeIf { isDerived }
    val key = Key(input.text("ak"), input.text("sk"), region, input.text("service"))
    val found = sign(Request(input.text("method"), input.text("path"), query, headers, input.text("body")), key)
    check(found == vector["expected"].text("authorization")) { "${vector["name"]}: got $found" }
}

/** Moshi reads each number as a Double. */
private fun queryText(value: Any?) = if (value is Double) value.toLong().toString() else value.toString()

private fun checkMock(test: Map<String, Any?>) {
    val path = "/v5/iot/${test["project_id"]}/device-authentication-templates"
    val uri = URI("${test["endpoint"]}$path?limit=50")
    val date = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC).format(Instant.now())
    val headers = mapOf("X-Sdk-Date" to date, "X-Project-Id" to test.text("project_id"))
    val request = Request("GET", path, listOf("limit" to "50"), headers + ("Host" to uri.authority), "")
    val key = Key(test.text("access_key"), test.text("secret_key"), test["region"] as String?)
    val call = HttpRequest.newBuilder(uri).header("Authorization", sign(request, key))
    headers.forEach(call::header)
    val body = HttpClient.newHttpClient().send(call.build(), BodyHandlers.ofString()).body()
    val templates = json.fromJson(body).fields()["templates"] as List<*>
    check(templates.size == (test["expect"].fields()["templates"] as Double).toInt()) { "${test["name"]}: got $body" }
}

fun main(arguments: Array<String>) {
    val vectors = json.fromJson(File(arguments[0]).readText()).fields()["vectors"] as List<*>
    vectors.forEach { checkVector(it.fields()) }
    val cases = File(arguments[1]).readLines()
    cases.forEach { checkMock(json.fromJson(it).fields()) }
    println("${vectors.size} vectors, ${cases.size} requests")
}
