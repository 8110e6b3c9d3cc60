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
  private record Pages(List<Integer> sizes, List<Long> totals, List<Map<String, String>> records, String end) {}

  private static final int MAX_EMPTY_PAGES = 100;

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
    var sizes = new ArrayList<Integer>();
    var totals = new ArrayList<Long>();
    var records = new ArrayList<Map<String, String>>();
    String end;
    try {
      end = readPages(calls, test, sizes, totals, records);
    } catch (PageMapper.UndocumentedResponse undocumented) {
      end = "undocumented";
    }
    return new Pages(sizes, totals, records, end);
  }

  /**
   * Reads a whole list; openapi/README.md describes where it ends. Returns `incomplete` if the service counts more
   * records than were read.
   */
  private static String readPages(
      Calls calls, JsonNode test, List<Integer> sizes, List<Long> totals, List<Map<String, String>> records)
      throws ApiException {
    var arguments = arguments(test);
    var sent = "f".repeat(24);
    long firstCount = 0;
    long lastCount = 0;
    int emptyPages = 0;
    int offset = 0;
    var byOffset = false;
    while (true) {
      var page = calls.call(test.get("operation").asText(), arguments);
      if (page.status() != 200) {
        throw new IllegalStateException("the page after marker " + sent + " has status " + page.status());
      }
      var size = page.records() == null ? 0 : page.records().size();
      sizes.add(size);
      totals.add(page.total());
      if (size > 0) {
        records.addAll(page.records());
      }
      if (page.total() != null && page.total() > 0) {
        lastCount = page.total();
        firstCount = firstCount == 0 ? lastCount : firstCount;
      }
      emptyPages = size > 0 ? 0 : emptyPages + 1;
      var hasMarker = page.marker() != null && !page.marker().isEmpty();
      if (emptyPages > MAX_EMPTY_PAGES) {
        return "endless";
      } else if (hasMarker && page.marker().compareToIgnoreCase(sent) < 0) {
        sent = page.marker();
        offset = 0;
        arguments.put("marker", sent);
        arguments.remove("offset");
      } else if (size > 0 && hasMarker) {
        return "endless";
      } else if (size > 0 && Math.max(firstCount, lastCount) > records.size()) {
        offset += size;
        byOffset = true;
        arguments.put("offset", offset);
      } else {
        // If a record is removed, an offset skips another one.
        var counted = byOffset ? Math.max(firstCount, lastCount) : Math.min(firstCount, lastCount);
        return records.size() >= counted ? "complete" : "incomplete";
      }
    }
  }

  private static Map<String, Object> arguments(JsonNode call) {
    return JSON.convertValue(call.get("arguments"), new TypeReference<HashMap<String, Object>>() {});
  }
}
