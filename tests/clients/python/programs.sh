# Sourced by tests/clients/run: what the client needs, and its programs in the folder of the build.
heading=Python needs=python
generator=openapi-python-client version=$(sed -n 's/^openapi-python-client==//p' requirements.txt)
note='An error response that is not JSON raises a `ValueError`, and its status is lost.'
cases=(.venv/bin/python main.py)
devices=(.venv/bin/python list_devices.py)
templates=(.venv/bin/python list_templates.py)
validators=(.venv/bin/python validate_test.py)
signer=(.venv/bin/python sign.py)
mock_fixture=(.venv/bin/python -m pytest mock_test.py)
