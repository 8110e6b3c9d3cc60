import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Starts a mock server on a free port for the tests of a class. */
final class IotdaMock implements BeforeAllCallback, AfterAllCallback {
  /** The variables that the server prints when it is ready. */
  final Map<String, String> variables = new HashMap<>();
  private Process process;

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    process = new ProcessBuilder("iotda", "mock").redirectError(ProcessBuilder.Redirect.INHERIT).start();
    var lines = process.inputReader();
    while (!variables.containsKey("HW_AUTH_TOKEN")) {
      var line = lines.readLine().replace("export ", "").split("=", 2);
      variables.put(line[0], line.length > 1 ? line[1] : "");
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    process.destroy();
  }
}
