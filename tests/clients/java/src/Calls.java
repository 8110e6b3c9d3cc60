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

/** Calls of the service by the generated client, and their answers in the form in which cases expect them. */
final class Calls {
  /** As a case names its parts; a record has the fields' names of the document. */
  record Answer(int status, String error_code, List<Map<String, String>> records, Long total, String marker) {}

  private final ApiClient client = new ApiClient();
  private final String projectId;

  Calls(String endpoint, String projectId, String token) {
    this.projectId = projectId;
    client.updateBaseUri(endpoint);
    if (token != null) {
      // The generator leaves the document's security scheme out.
      client.setRequestInterceptor(request -> request.header("X-Auth-Token", token));
    }
  }

  Answer call(String operation, Map<String, Object> arguments) throws ApiException {
    try {
      return switch (operation) {
        case "ListDeviceByDeviceCertificate" -> listDevices(new HashMap<>(arguments));
        case "ListDeviceAuthenticationTemplates" -> listTemplates(new HashMap<>(arguments));
        default -> throw new IllegalArgumentException("unknown operation " + operation);
      };
    } catch (ApiException error) {
      if (error.getCode() == 0) {
        throw error; // There is no answer.
      }
      return new Answer(error.getCode(), errorCode(error), null, null, null);
    }
  }

  private Answer listDevices(Map<String, Object> arguments) throws ApiException {
    var certificateId = (String) arguments.remove("certificate_id");
    var instanceId = (String) arguments.remove("instance_id");
    // Marker and offset hold the document's defaults unless they are set.
    var body = new ListDeviceRequest();
    body.limit((Integer) arguments.getOrDefault("limit", body.getLimit()));
    body.marker((String) arguments.getOrDefault("marker", body.getMarker()));
    body.offset((Integer) arguments.getOrDefault("offset", body.getOffset()));
    refuseOthers(arguments, "limit", "marker", "offset");
    var answer = new DeviceCertificateApi(client)
        .listDeviceByDeviceCertificateWithHttpInfo(projectId, certificateId, body, instanceId);
    return answer(answer.getStatusCode(), answer.getData().getPage(), answer.getData().getDevices(), Calls::fields);
  }

  private Answer listTemplates(Map<String, Object> arguments) throws ApiException {
    refuseOthers(arguments, "instance_id", "template_name", "limit", "marker", "offset");
    var answer = new DeviceAuthenticationTemplateApi(client)
        .listDeviceAuthenticationTemplatesWithHttpInfo(
            projectId,
            (String) arguments.get("instance_id"),
            (String) arguments.get("template_name"),
            (Integer) arguments.get("limit"),
            (String) arguments.get("marker"),
            (Integer) arguments.get("offset"));
    return answer(answer.getStatusCode(), answer.getData().getPage(), answer.getData().getTemplates(), Calls::fields);
  }

  private static <T> Answer answer(int status, Page page, List<T> records, Function<T, Map<String, String>> fields) {
    return new Answer(
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

  /** The code of a documented error; a body that is no JSON has none. */
  private String errorCode(ApiException error) {
    try {
      return client.getObjectMapper().readValue(error.getResponseBody(), ErrorBody.class).getErrorCode();
    } catch (JsonProcessingException noJson) {
      return null;
    }
  }

  private static void refuseOthers(Map<String, Object> arguments, String... known) {
    if (!Set.of(known).containsAll(arguments.keySet())) {
      throw new IllegalArgumentException("unknown arguments in " + arguments.keySet());
    }
  }
}
