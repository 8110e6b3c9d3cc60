import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.HashSet;

/** Compares the result of a case with its expectations, both in the form of JSON. */
final class Comparison {
  private static final ObjectMapper JSON = new ObjectMapper();

  static void compare(JsonNode expect, Object result) throws JsonProcessingException {
    // Parsed from text, like the expectations, because JSON nodes of int and long are not equal.
    var actual = JSON.readTree(JSON.writeValueAsString(result));
    var records = actual.get("records");
    for (var entry : expect.properties()) {
      var what = entry.getKey();
      var value = entry.getValue();
      switch (what) {
        case "first" -> equal(what, records.get(0), value);
        case "last" -> equal(what, records.get(records.size() - 1), value);
        case "distinct" -> {
          var different = new HashSet<JsonNode>();
          column(records, value.asText()).forEach(different::add);
          different.remove(JSON.nullNode());
          equal(what, JSON.valueToTree(different.size()), JSON.valueToTree(records.size()));
        }
        case "numbered" -> equal(what, column(records, value.get("field").asText()), numberedTexts(value));
        default -> {
          if (!actual.has(what)) {
            throw new IllegalArgumentException("unknown expectation " + what);
          }
          equal(what, actual.get(what), value);
        }
      }
    }
  }

  private static void equal(String what, JsonNode got, JsonNode expected) {
    if (!expected.equals(got)) {
      throw new IllegalStateException(what + ": got " + got + ", expected " + expected);
    }
  }

  private static ArrayNode column(JsonNode records, String field) {
    var values = JSON.createArrayNode();
    records.forEach(record -> values.add(record.get(field)));
    return values;
  }

  /** Returns the texts for all numbers from `from` to `to`. */
  private static ArrayNode numberedTexts(JsonNode numbered) {
    int from = numbered.get("from").asInt();
    int to = numbered.get("to").asInt();
    int step = from <= to ? 1 : -1;
    var texts = JSON.createArrayNode();
    for (int number = from; number != to + step; number += step) {
      texts.add(numbered.get("prefix").asText() + number);
    }
    return texts;
  }
}
