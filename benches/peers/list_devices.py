"""Lists the devices of a certificate with the vendor's SDK for Python, and prints their number.

    list_devices.py ENDPOINT WORKERS CERTIFICATE...

The SDK has no pagination, so the loop follows the markers. HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK and
HUAWEICLOUD_SDK_PROJECT_ID are set.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkiotda.v5 import IoTDAClient, ListDeviceByDeviceCertificateRequest, ListDeviceRequest


def new_client(endpoint):
    names = ["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_PROJECT_ID"]
    credentials = BasicCredentials(*(os.environ[name] for name in names))
    return IoTDAClient.new_builder().with_credentials(credentials).with_endpoints([endpoint]).build()


def count_devices(client, certificate):
    count, marker = 0, None
    while True:
        body = ListDeviceRequest(limit=50, marker=marker)
        request = ListDeviceByDeviceCertificateRequest(certificate_id=certificate, body=body)
        response = client.list_device_by_device_certificate(request)
        if not response.devices:
            return count
        count += sum(device.device_id is not None for device in response.devices)
        if response.page is None or response.page.marker is None:
            return count
        marker = response.page.marker


def main():
    _, endpoint, workers, *certificates = sys.argv
    client = new_client(endpoint)
    if len(certificates) == 1:
        print(count_devices(client, certificates[0]))
        return
    with ThreadPoolExecutor(int(workers)) as executor:
        print(sum(executor.map(lambda certificate: count_devices(client, certificate), certificates)))


main()
