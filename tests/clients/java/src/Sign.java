import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs requests with an access key, with Java's standard library only; docs/signing.md describes the stages. */
final class Sign {
  /** An access key. With a region, it signs with the derived algorithm. */
  record Key(String access, String secret, String region, String service) {}

  record Pair(String name, String value) {}

  /** A request; the headers are all headers to sign, with Host and X-Sdk-Date. */
  record Request(String method, String path, List<Pair> query, Map<String, String> headers, String body) {}

  /** Returns the header Authorization. */
  static String sign(Request request, Key key) throws GeneralSecurityException {
    var headers = new TreeMap<String, String>();
    request.headers().forEach((name, value) -> {
      if (!name.contains("_")) {
        headers.put(name.toLowerCase(), value.strip());
      }
    });
    var names = String.join(";", headers.keySet());
    var digest = sha256(canonical(request, headers, names));
    var date = headers.get("x-sdk-date");
    if (key.region() == null) {
      var signature = hmac(bytes(key.secret()), "SDK-HMAC-SHA256\n" + date + "\n" + digest);
      return "SDK-HMAC-SHA256 Access=" + key.access() + ", SignedHeaders=" + names + ", Signature=" + hex(signature);
    }
    var info = date.substring(0, 8) + "/" + key.region() + "/" + key.service();
    // HKDF with one block. The key of the signature is the hexadecimal text, not its bytes.
    var derived = hex(hmac(hmac(bytes(key.access()), key.secret()), info + "\u0001"));
    var signature = hmac(bytes(derived), "V11-HMAC-SHA256\n" + date + "\n" + info + "\n" + digest);
    return "V11-HMAC-SHA256 Credential=" + key.access() + "/" + info + ", SignedHeaders=" + names + ", Signature="
        + hex(signature);
  }

  private static String canonical(Request request, Map<String, String> headers, String names)
      throws GeneralSecurityException {
    var path = URLDecoder.decode(request.path().replace("+", "%2B"), StandardCharsets.UTF_8);
    var uri = Arrays.stream(path.split("/", -1)).map(Sign::encode).collect(Collectors.joining("/"));
    var query = request.query().stream()
        .sorted(Comparator.comparing(Pair::name).thenComparing(Pair::value))
        .map(pair -> encode(pair.name()) + "=" + encode(pair.value()))
        .collect(Collectors.joining("&"));
    var lines = headers.entrySet().stream()
        .map(header -> header.getKey() + ":" + header.getValue() + "\n")
        .collect(Collectors.joining());
    var hash = headers.get("x-sdk-content-sha256");
    var payload = hash == null || request.body().isEmpty() ? sha256(request.body()) : hash;
    return String.join(
        "\n", request.method().toUpperCase(), uri.endsWith("/") ? uri : uri + "/", query, lines, names, payload);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static String sha256(String text) throws GeneralSecurityException {
    return hex(MessageDigest.getInstance("SHA-256").digest(bytes(text)));
  }

  private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(bytes(text));
  }

  private static void checkVector(JsonNode vector) throws GeneralSecurityException {
    var input = vector.get("input");
    var headers = new TreeMap<String, String>();
    headers.put("Host", input.get("host").asText());
    input.get("headers").properties().forEach(header -> headers.put(header.getKey(), header.getValue().asText()));
    if (input.hasNonNull("project_id")) {
      headers.put("X-Project-Id", input.get("project_id").asText());
    }
    if (input.hasNonNull("security_token")) {
      headers.put("X-Security-Token", input.get("security_token").asText());
    }
    if (!headers.getOrDefault("Content-Type", "application/json").matches("application/[jb]son.*")) {
      headers.put("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD");
    }
    var query = new ArrayList<Pair>();
    for (var pair : input.get("query_unencoded")) {
      var value = pair.get(1);
      for (var item : value.isArray() ? value : List.of(value)) {
        query.add(new Pair(pair.get(0).asText(), item.asText()));
      }
    }
    var isDerived = vector.get("algorithm").asText().startsWith("V11");
    var key = new Key(
        input.get("ak").asText(),
        input.get("sk").asText(),
        isDerived ? input.get("region_id").asText() : null,
        input.path("service").asText());
    var body = input.hasNonNull("body") ? input.get("body").asText() : "";
    var request = new Request(input.get("method").asText(), input.get("path").asText(), query, headers, body);
    check(vector.get("name"), vector.get("expected").get("authorization").asText(), sign(request, key));
  }

  private static void checkMock(JsonNode test) throws GeneralSecurityException, IOException, InterruptedException {
    var path = "/v5/iot/" + test.get("project_id").asText() + "/device-authentication-templates";
    var uri = URI.create(test.get("endpoint").asText() + path + "?limit=50");
    var date = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC).format(Instant.now());
    var headers = new TreeMap<>(Map.of("X-Sdk-Date", date, "X-Project-Id", test.get("project_id").asText()));
    var call = HttpRequest.newBuilder(uri);
    headers.forEach(call::header);
    headers.put("Host", uri.getAuthority());
    var key = new Key(
        test.get("access_key").asText(), test.get("secret_key").asText(), test.get("region").textValue(), "iotdm");
    call.header("Authorization", sign(new Request("GET", path, List.of(new Pair("limit", "50")), headers, ""), key));
    var body = HttpClient.newHttpClient().send(call.build(), HttpResponse.BodyHandlers.ofString()).body();
    var templates = new ObjectMapper().readTree(body).path("templates").size();
    check(test.get("name"), test.get("expect").get("templates").asInt(), templates);
  }

  private static void check(JsonNode name, Object expected, Object found) {
    if (!expected.equals(found)) {
      throw new AssertionError(name.asText() + ": got " + found + ", expected " + expected);
    }
  }

  public static void main(String[] arguments) throws GeneralSecurityException, IOException, InterruptedException {
    var json = new ObjectMapper();
    var vectors = json.readTree(Path.of(arguments[0]).toFile()).get("vectors");
    for (var vector : vectors) {
      checkVector(vector);
    }
    var cases = Files.readAllLines(Path.of(arguments[1]));
    for (var line : cases) {
      checkMock(json.readTree(line));
    }
    System.out.println(vectors.size() + " vectors, " + cases.size() + " requests");
  }
}
