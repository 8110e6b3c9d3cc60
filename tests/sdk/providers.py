"""The credential providers of the vendor's SDK obtain keys from the mock server.

The environment variables of the SDK are those that this crate reads, too.
"""

import os
import tempfile

from huaweicloudsdkcore.auth.provider import (
    EnvCredentialProvider,
    OidcStsCredentialProvider,
    PodIdentityCredentialProvider,
    ProfileCredentialProvider,
)


def _settings(server, directory):
    """Yields the name, the provider, the environment variables and the contents of the files of each case."""
    identity, endpoint = server["identity"], server["endpoints"]["standard"]
    token, pod_token, profile = (os.path.join(directory, name) for name in ["token", "pod-token", "profile"])
    # The files of tokens end with a line break.
    files = {
        token: identity["id_token"] + "\n",
        pod_token: identity["pod_token"] + "\n",
        profile: f"[basic]\nidp_id = {identity['idp_id']}\nid_token_file = {token}\niam_endpoint = {endpoint}\n",
    }
    for path, content in files.items():
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
    oidc = {
        "HUAWEICLOUD_OIDC_PROVIDER_URN": identity["provider_urn"],
        "HUAWEICLOUD_OIDC_AGENCY_URN": identity["agency_urn"],
        "HUAWEICLOUD_SDK_STS_ENDPOINT": endpoint,
    }
    idp = {"HUAWEICLOUD_SDK_IDP_ID": identity["idp_id"], "HUAWEICLOUD_SDK_ID_TOKEN_FILE": token}
    pod = {
        "HC_CONTAINER_CREDENTIALS_FULL_URI": identity["pod_uri"],
        "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": pod_token,
    }
    yield "OIDC, token file", OidcStsCredentialProvider, oidc | {"HUAWEICLOUD_OIDC_TOKEN_FILE": token}
    yield "OIDC, token", OidcStsCredentialProvider, oidc | {"HUAWEICLOUD_OIDC_ID_TOKEN": identity["id_token"]}
    yield "identity provider", EnvCredentialProvider, idp | {"HUAWEICLOUD_SDK_IAM_ENDPOINT": endpoint}
    yield "identity provider in a profile", ProfileCredentialProvider, {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": profile}
    yield "pod identity", PodIdentityCredentialProvider, pod


def read_with_each_provider(server, read):
    """Yields the name of each case and a function that returns the result of `read(credentials)`."""
    with tempfile.TemporaryDirectory() as directory:
        for name, provider, variables in _settings(server, directory):

            def call(provider=provider):
                return read(provider.get_basic().get_credentials().with_project_id(server["project_id"]))

            os.environ.update(variables)
            try:
                yield name, call
            finally:
                for variable in variables:
                    del os.environ[variable]
