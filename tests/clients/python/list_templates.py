import os

from iotda import AuthenticatedClient
from iotda.api.device_authentication_template import list_device_authentication_templates
from iotda.models import AuthenticationTemplateList

endpoint, token = os.environ["HUAWEICLOUD_IOTDA_ENDPOINT"], os.environ["HW_AUTH_TOKEN"]
client = AuthenticatedClient(endpoint, token=token, prefix="", auth_header_name="X-Auth-Token")
project_id = os.environ["HUAWEICLOUD_SDK_PROJECT_ID"]
page = list_device_authentication_templates.sync(project_id, client=client, limit=50)
# A page without records can be an error: see the tag Paging.
if not isinstance(page, AuthenticationTemplateList) or not page.templates:
    raise SystemExit(f"no templates: {page}")
for template in page.templates:
    print(template.template_id)
