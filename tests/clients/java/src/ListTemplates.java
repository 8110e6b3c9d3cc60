import org.openapitools.client.ApiClient;
import org.openapitools.client.api.DeviceAuthenticationTemplateApi;

class ListTemplates {
  public static void main(String[] arguments) throws Exception {
    var client = new ApiClient();
    client.updateBaseUri(System.getenv("HUAWEICLOUD_IOTDA_ENDPOINT"));
    client.setRequestInterceptor(request -> request.header("X-Auth-Token", System.getenv("HW_AUTH_TOKEN")));
    var page = new DeviceAuthenticationTemplateApi(client)
        .listDeviceAuthenticationTemplates(System.getenv("HUAWEICLOUD_SDK_PROJECT_ID"), null, null, 50, null, null);
    // A page without records can be an error: see the tag Paging.
    if (page.getTemplates() == null || page.getTemplates().isEmpty()) {
      throw new IllegalStateException("no templates: " + page);
    }
    page.getTemplates().forEach(template -> System.out.println(template.getTemplateId()));
  }
}
