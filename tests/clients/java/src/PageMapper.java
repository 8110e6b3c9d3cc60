import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Set;
import org.openapitools.client.ApiClient;
import org.openapitools.client.model.DeviceList;

/**
 * Reads a 200, and rejects an undocumented one. It checks the JSON, because the generated classes do not keep unknown
 * fields.
 */
final class PageMapper extends ObjectMapper {
  /** A 200 without records that reports an error, or does not state that the list is empty. */
  static final class UndocumentedResponse extends RuntimeException {
    UndocumentedResponse(JsonNode body) {
      super(body.toString());
    }
  }

  private static final Set<String> ERROR_FIELDS = Set.of(
      "error_code", "errorCode", "code", "errcode", "error", "error_msg", "errorMsg", "message", "msg", "errmsg");
  /** JSON values of such a field that report no error. */
  private static final Set<String> NO_ERROR = Set.of("null", "false", "0", "\"\"", "\"0\"", "[]", "{}");

  PageMapper() {
    super(ApiClient.createDefaultObjectMapper());
  }

  /** Returns a new mapper; each generated API uses a copy. */
  @Override
  public PageMapper copy() {
    return new PageMapper();
  }

  @Override
  public <T> T readValue(String text, TypeReference<T> type) throws JsonProcessingException {
    var body = readTree(text);
    var list = body.path(type.getType().equals(DeviceList.class) ? "devices" : "templates");
    var isStated = list.isArray() || body.path("page").path("count").isNumber();
    if (list.isEmpty() && (!isStated || reportsError(body))) {
      throw new UndocumentedResponse(body);
    }
    return super.readValue(text, type);
  }

  /** Returns whether a field at any level reports an error. */
  private static boolean reportsError(JsonNode value) {
    for (var field : value.properties()) {
      if (ERROR_FIELDS.contains(field.getKey()) && !NO_ERROR.contains(field.getValue().toString())) {
        return true;
      }
    }
    for (var child : value) {
      if (reportsError(child)) {
        return true;
      }
    }
    return false;
  }
}
