"""Validates a fixture and the traffic of a test against the OpenAPI document."""

import json
import unittest

from jsonschema import Draft202012Validator
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

PATH = "/v5/iot/project/device-certificates/61c970ce2d63eb6ee655dbf0/list-device"
TOKEN = {"X-Auth-Token": "token"}
API = OpenAPI.from_file_path("spec/iotda.yaml")


def request(body, headers=TOKEN):
    return MockRequest("http://127.0.0.1:8080", "post", PATH, headers=headers, data=json.dumps(body).encode())


def response(status, body):
    return MockResponse(json.dumps(body).encode(), status_code=status)


class ValidateTest(unittest.TestCase):
    def test_fixture(self):
        with open("spec/DeviceList.strict.schema.json") as file:
            schema = Draft202012Validator(json.load(file))
        self.assertTrue(schema.is_valid({"devices": [{"device_id": "d-1"}], "page": None}))
        self.assertFalse(schema.is_valid({"devices": [{"devise_id": "d-1"}]}))

    def test_requests(self):
        API.validate_request(request({"limit": 50}))
        for invalid in (request({"limit": 51}), request({"limits": 50}), request({}, headers={})):
            self.assertRaises(OpenAPIError, API.validate_request, invalid)

    def test_responses(self):
        API.validate_response(request({}), response(200, {"devices": None, "page": {"count": 0}, "new": 1}))
        API.validate_response(request({}), response(404, {"error_code": "IOTDA.015500"}))
        for invalid in (response(200, {"devices": {}}), response(418, {})):
            self.assertRaises(OpenAPIError, API.validate_response, request({}), invalid)


if __name__ == "__main__":
    unittest.main()
