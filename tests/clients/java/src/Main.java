import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.openapitools.client.ApiException;

/** Runs every case with the generated Java client; started by tests/clients/run with the file of cases. */
final class Main {
  private record Pages(List<Integer> sizes, List<Long> totals, List<Map<String, String>> records) {}

  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws IOException {
    var failed = false;
    for (var line : Files.readAllLines(Path.of(args[0]))) {
      var test = JSON.readTree(line);
      var name = test.get("name").asText();
      try {
        run(test);
        System.out.println("passed  java: " + name);
      } catch (Exception error) {
        failed = true;
        System.out.println("FAILED  java: " + name + ": " + error);
      }
    }
    System.exit(failed ? 1 : 0);
  }

  private static void run(JsonNode test) throws ApiException, IOException {
    var calls =
        new Calls(test.get("endpoint").asText(), test.get("project_id").asText(), test.get("token").textValue());
    switch (test.get("kind").asText()) {
      case "pages" -> Comparison.compare(test.get("expect"), readPages(calls, test));
      case "calls" -> {
        var results = new ArrayList<Calls.Result>();
        for (var call : test.get("calls")) {
          var arguments = arguments(call);
          if (arguments.remove("marker_of") instanceof Integer number) {
            arguments.put("marker", results.get(number - 1).marker());
          }
          var result = calls.call(call.get("operation").asText(), arguments);
          Comparison.compare(call.get("expect"), result);
          results.add(result);
        }
      }
      default -> throw new IllegalArgumentException("unknown kind " + test.get("kind"));
    }
  }

  private static Pages readPages(Calls calls, JsonNode test) throws ApiException {
    var read = new Pages(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    var arguments = arguments(test);
    while (true) {
      var page = calls.call(test.get("operation").asText(), arguments);
      if (page.status() != 200) {
        throw new IllegalStateException("a page has status " + page.status());
      }
      var records = page.records() == null ? List.<Map<String, String>>of() : page.records();
      read.sizes().add(records.size());
      read.totals().add(page.total());
      read.records().addAll(records);
      if (records.isEmpty() || page.marker() == null || page.marker().isEmpty()) {
        return read;
      }
      if (arguments.get("marker") instanceof String last && page.marker().compareToIgnoreCase(last) >= 0) {
        throw new IllegalStateException("marker " + page.marker() + " after " + last + " is not smaller");
      }
      arguments.put("marker", page.marker());
      arguments.remove("offset");
    }
  }

  private static Map<String, Object> arguments(JsonNode call) {
    return JSON.convertValue(call.get("arguments"), new TypeReference<HashMap<String, Object>>() {});
  }
}
