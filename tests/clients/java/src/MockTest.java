import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Reads from the mock server that the extension starts. */
final class MockTest {
  @RegisterExtension
  static final IotdaMock MOCK = new IotdaMock();

  @Test
  void templates() throws Exception {
    var calls = new Calls(
        MOCK.variables.get("HUAWEICLOUD_IOTDA_ENDPOINT"),
        MOCK.variables.get("HUAWEICLOUD_SDK_PROJECT_ID"),
        MOCK.variables.get("HW_AUTH_TOKEN"));
    assertEquals(3, calls.call("ListDeviceAuthenticationTemplates", Map.of()).records().size());
  }
}
