"""The fixture of mock_test.py."""

import subprocess

import pytest


@pytest.fixture(scope="session")
def iotda_mock():
    """Starts a mock server on a free port, and returns the variables that it prints when it is ready."""
    with subprocess.Popen(["iotda", "mock"], stdout=subprocess.PIPE, text=True) as process:
        variables = {}
        while "HW_AUTH_TOKEN" not in variables:
            name, _, value = next(process.stdout).strip().removeprefix("export ").partition("=")
            variables[name] = value
        yield variables
        process.terminate()
