import os

from iotda import AuthenticatedClient
from iotda.api.device_certificate import list_device_by_device_certificate
from iotda.models import DeviceList, ListDeviceRequest

endpoint, token = os.environ["HUAWEICLOUD_IOTDA_ENDPOINT"], os.environ["HW_AUTH_TOKEN"]
client = AuthenticatedClient(endpoint, token=token, prefix="", auth_header_name="X-Auth-Token")
page = list_device_by_device_certificate.sync(
    os.environ["HUAWEICLOUD_SDK_PROJECT_ID"],
    "61c970ce2d63eb6ee655dbf0",
    client=client,
    body=ListDeviceRequest(limit=50),
)
# A page without records can be an error: see the tag Paging.
if not isinstance(page, DeviceList) or not page.devices:
    raise SystemExit(f"no devices: {page}")
for device in page.devices:
    print(device.device_id)
