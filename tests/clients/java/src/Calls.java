import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.DeviceAuthenticationTemplateApi;
import org.openapitools.client.api.DeviceCertificateApi;
import org.openapitools.client.model.AuthenticationTemplateSimple;
import org.openapitools.client.model.DeviceSimple;
import org.openapitools.client.model.ErrorBody;
import org.openapitools.client.model.ListDeviceRequest;
import org.openapitools.client.model.Page;

/** Calls the service with the generated client, and converts the responses to the format of the cases. */
final class Calls {
  /** The result of a call, with the names of the cases; the fields of a record are named like in the OpenAPI document. */
  record Result(int status, String error_code, List<Map<String, String>> records, Long total, String marker) {}

  private final ApiClient client = new ApiClient();
  private final String projectId;

  Calls(String endpoint, String projectId, String token) {
    this.projectId = projectId;
    client.updateBaseUri(endpoint);
    client.setObjectMapper(new PageMapper());
    if (token != null) {
      // The generator ignores the security scheme of the OpenAPI document.
      client.setRequestInterceptor(request -> request.header("X-Auth-Token", token));
    }
  }

  Result call(String operation, Map<String, Object> arguments) throws ApiException {
    try {
      return switch (operation) {
        case "ListDeviceByDeviceCertificate" -> listDevices(new HashMap<>(arguments));
        case "ListDeviceAuthenticationTemplates" -> listTemplates(new HashMap<>(arguments));
        default -> throw new IllegalArgumentException("unknown operation " + operation);
      };
    } catch (ApiException error) {
      if (error.getCode() == 0) {
        throw error; // No response was received.
      }
      return new Result(error.getCode(), errorCode(error), null, null, null);
    }
  }

  private Result listDevices(Map<String, Object> arguments) throws ApiException {
    var certificateId = (String) arguments.remove("certificate_id");
    var instanceId = (String) arguments.remove("instance_id");
    // The generated fields are initialized with the defaults of the OpenAPI document.
    var body = new ListDeviceRequest();
    body.limit((Integer) arguments.getOrDefault("limit", body.getLimit()));
    body.marker((String) arguments.getOrDefault("marker", body.getMarker()));
    body.offset((Integer) arguments.getOrDefault("offset", body.getOffset()));
    rejectUnknown(arguments, "limit", "marker", "offset");
    var response = new DeviceCertificateApi(client)
        .listDeviceByDeviceCertificateWithHttpInfo(projectId, certificateId, body, instanceId);
    return result(response.getStatusCode(), response.getData().getPage(), response.getData().getDevices(), Calls::fields);
  }

  private Result listTemplates(Map<String, Object> arguments) throws ApiException {
    rejectUnknown(arguments, "instance_id", "template_name", "limit", "marker", "offset");
    var response = new DeviceAuthenticationTemplateApi(client)
        .listDeviceAuthenticationTemplatesWithHttpInfo(
            projectId,
            (String) arguments.get("instance_id"),
            (String) arguments.get("template_name"),
            (Integer) arguments.get("limit"),
            (String) arguments.get("marker"),
            (Integer) arguments.get("offset"));
    return result(response.getStatusCode(), response.getData().getPage(), response.getData().getTemplates(), Calls::fields);
  }

  private static <T> Result result(int status, Page page, List<T> records, Function<T, Map<String, String>> fields) {
    return new Result(
        status,
        null,
        records == null ? null : records.stream().map(fields).toList(),
        page == null ? null : page.getCount(),
        page == null ? null : page.getMarker());
  }

  private static Map<String, String> fields(DeviceSimple device) {
    var fields = new LinkedHashMap<String, String>();
    fields.put("app_id", device.getAppId());
    fields.put("device_id", device.getDeviceId());
    fields.put("node_id", device.getNodeId());
    fields.put("gateway_id", device.getGatewayId());
    fields.put("device_name", device.getDeviceName());
    fields.put("product_id", device.getProductId());
    return fields;
  }

  private static Map<String, String> fields(AuthenticationTemplateSimple template) {
    var fields = new LinkedHashMap<String, String>();
    fields.put("template_id", template.getTemplateId());
    fields.put("template_name", template.getTemplateName());
    fields.put("create_time", template.getCreateTime());
    fields.put("update_time", template.getUpdateTime());
    fields.put("description", template.getDescription());
    fields.put("status", template.getStatus());
    return fields;
  }

  /** Returns the code of a documented error, or null if the body is not JSON. */
  private String errorCode(ApiException error) {
    try {
      return client.getObjectMapper().readValue(error.getResponseBody(), ErrorBody.class).getErrorCode();
    } catch (JsonProcessingException notJson) {
      return null;
    }
  }

  private static void rejectUnknown(Map<String, Object> arguments, String... known) {
    if (!Set.of(known).containsAll(arguments.keySet())) {
      throw new IllegalArgumentException("unknown arguments in " + arguments.keySet());
    }
  }
}
