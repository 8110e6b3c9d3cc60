import org.openapitools.client.ApiClient;
import org.openapitools.client.api.DeviceCertificateApi;
import org.openapitools.client.model.ListDeviceRequest;

class ListDevices {
  public static void main(String[] arguments) throws Exception {
    var client = new ApiClient();
    client.updateBaseUri(System.getenv("HUAWEICLOUD_IOTDA_ENDPOINT"));
    client.setRequestInterceptor(request -> request.header("X-Auth-Token", System.getenv("HW_AUTH_TOKEN")));
    var page = new DeviceCertificateApi(client)
        .listDeviceByDeviceCertificate(
            System.getenv("HUAWEICLOUD_SDK_PROJECT_ID"),
            "61c970ce2d63eb6ee655dbf0",
            new ListDeviceRequest().limit(50),
            null);
    // A page without records can be an error: see the tag Paging.
    if (page.getDevices() == null || page.getDevices().isEmpty()) {
      throw new IllegalStateException("no devices: " + page);
    }
    page.getDevices().forEach(device -> System.out.println(device.getDeviceId()));
  }
}
