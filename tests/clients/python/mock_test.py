"""Reads from the mock server that the fixture in conftest.py starts."""

from iotda import AuthenticatedClient
from iotda.api.device_authentication_template import list_device_authentication_templates


def test_templates(iotda_mock):
    endpoint, token = iotda_mock["HUAWEICLOUD_IOTDA_ENDPOINT"], iotda_mock["HW_AUTH_TOKEN"]
    client = AuthenticatedClient(endpoint, token=token, prefix="", auth_header_name="X-Auth-Token")
    project_id = iotda_mock["HUAWEICLOUD_SDK_PROJECT_ID"]
    page = list_device_authentication_templates.sync(project_id, client=client)
    assert len(page.templates) == 3
