"""Lists the devices of the certificates in the arguments with the vendor's SDK, all pages of each.

The SDK reads everything else from the variables that `iotda mock` prints: the access key, the project, and the endpoint
of the region. For the host of an instance, SIGNING=derived selects its signing algorithm.
"""

import os
import sys

from huaweicloudsdkcore.auth.provider import EnvCredentialProvider
from huaweicloudsdkiotda.v5 import IoTDAClient, ListDeviceByDeviceCertificateRequest, ListDeviceRequest
from huaweicloudsdkiotda.v5.region.iotda_region import IoTDARegion

credentials = EnvCredentialProvider.get_basic_credential_env_provider().get_credentials()
if os.environ.get("SIGNING") == "derived":
    credentials.with_derived_predicate(lambda request: True)
client = IoTDAClient.new_builder().with_credentials(credentials).with_region(IoTDARegion.value_of("cn-north-4")).build()

for certificate in sys.argv[1:]:
    marker = None
    while True:
        body = ListDeviceRequest(limit=50, marker=marker)
        page = client.list_device_by_device_certificate(
            ListDeviceByDeviceCertificateRequest(certificate_id=certificate, body=body)
        )
        if not page.devices:
            break
        for device in page.devices:
            print(device.device_id)
        marker = page.page.marker
