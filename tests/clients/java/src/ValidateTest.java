import com.atlassian.oai.validator.OpenApiInteractionValidator;
import com.atlassian.oai.validator.model.Request;
import com.atlassian.oai.validator.model.SimpleRequest;
import com.atlassian.oai.validator.model.SimpleResponse;
import com.atlassian.oai.validator.report.LevelResolver;
import com.atlassian.oai.validator.report.ValidationReport;

/** Validates the traffic of a test against the OpenAPI document. */
final class ValidateTest {
  private static final String PATH =
      "/v5/iot/project/device-certificates/61c970ce2d63eb6ee655dbf0/list-device";
  // By default, a response with a new field is not valid.
  private static final LevelResolver LEVELS = LevelResolver.create()
      .withLevel("validation.response.body.schema.additionalProperties", ValidationReport.Level.IGNORE)
      .build();
  private static final OpenApiInteractionValidator VALIDATOR = OpenApiInteractionValidator
      .createForSpecificationUrl("spec/iotda.yaml").withLevelResolver(LEVELS).build();

  public static void main(String[] arguments) {
    check(true, request("X-Auth-Token", "{\"limit\": 50}"));
    check(false, request("X-Auth-Token", "{\"limit\": 51}"));
    check(false, request("X-Auth-Token", "{\"limits\": 50}"));
    check(false, request("X-Other", "{}"));
    check(true, response(200, "{\"devices\": null, \"page\": {\"count\": 0}, \"new\": 1}"));
    check(true, response(404, "{\"error_code\": \"IOTDA.015500\"}"));
    check(false, response(200, "{\"devices\": {}}"));
    check(false, response(418, "{}"));
  }

  private static ValidationReport request(String header, String body) {
    return VALIDATOR.validateRequest(SimpleRequest.Builder.post(PATH)
        .withHeader(header, "token").withHeader("Content-Type", "application/json").withBody(body).build());
  }

  private static ValidationReport response(int status, String body) {
    return VALIDATOR.validateResponse(PATH, Request.Method.POST, SimpleResponse.Builder.status(status)
        .withContentType("application/json").withBody(body).build());
  }

  private static void check(boolean expected, ValidationReport report) {
    if (report.hasErrors() == expected) {
      throw new AssertionError("expected " + (expected ? "no error" : "an error") + ": " + report.getMessages());
    }
  }
}
