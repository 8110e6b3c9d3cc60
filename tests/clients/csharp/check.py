"""Checks the generated C# client without compiling it: its syntax, its files and what openapi/README.md says about it."""

from pathlib import Path

import tree_sitter_c_sharp
from tree_sitter import Language, Parser

SOURCES = Path("iotda/src/Org.OpenAPITools")
CALLS = {
    "Api/DeviceCertificateApi.cs": [
        "Task<IListDeviceByDeviceCertificateApiResponse> ListDeviceByDeviceCertificateAsync(string projectId, string"
        " certificateId, ListDeviceRequest listDeviceRequest, Option<string> instanceId = default,"
        " System.Threading.CancellationToken cancellationToken = default)",
        'ApiKeyProvider.GetAsync("X-Auth-Token", cancellationToken)',
        # ListDeviceByDeviceCertificateOrDefaultAsync drops every error.
        "catch (Exception) { return null; }",
        "return IsOk ? System.Text.Json.JsonSerializer.Deserialize<Org.OpenAPITools.Model.DeviceList>(RawContent,",
    ],
    "Api/DeviceAuthenticationTemplateApi.cs": [
        "Task<IListDeviceAuthenticationTemplatesApiResponse> ListDeviceAuthenticationTemplatesAsync(string projectId,"
        " Option<string> instanceId = default, Option<string> templateName = default, Option<int> limit = default,"
        " Option<string> marker = default, Option<int> offset = default, System.Threading.CancellationToken"
        " cancellationToken = default)",
    ],
    "Client/ApiKeyToken.cs": [
        'ApiKeyToken(string value, ClientUtils.ApiKeyHeader header, string prefix = "Bearer ", TimeSpan? timeout = null)'
    ],
    "Client/ClientUtils.cs": ['ApiKeyHeader.X_Auth_Token => "X-Auth-Token"'],
    "Client/RateLimitProvider`1.cs": ["token.Timeout ?? TimeSpan.FromMilliseconds(40)"],
    "Client/HostConfiguration.cs": ["AddApiHttpClients( Action<HttpClient>? client, Action<IHttpClientBuilder>? builder = null)"],
    "Client/ApiResponse`1.cs": ["public string RawContent { get;", "public HttpStatusCode StatusCode { get; }"],
    "Extensions/IServiceCollectionExtensions.cs": ["AddApi(this IServiceCollection services, Action<HostConfiguration>?"],
    "Model/DeviceList.cs": ["public List<DeviceSimple>? Devices {", "public Page? Page {"],
    "Model/AuthenticationTemplateList.cs": ["public List<AuthenticationTemplateSimple>? Templates {"],
    "Model/Page.cs": ["public long? Count {", "public string? Marker {"],
    "Model/ListDeviceRequest.cs": ["public int? Limit {", "public string? Marker {", "public int? Offset {"],
    "Model/ErrorBody.cs": ["public string? ErrorCode {", "public string? ErrorMsg {"],
}


def errors(node):
    """Yields the nodes that are not valid C#."""
    if node.type == "ERROR" or node.is_missing:
        yield node
    for child in node.children:
        if child.has_error or child.is_missing:
            yield from errors(child)


parser = Parser(Language(tree_sitter_c_sharp.language()))
files = sorted(SOURCES.rglob("*.cs"))
assert len(files) > 30, files
for file in files:
    for node in errors(parser.parse(file.read_bytes()).root_node):
        raise SystemExit(f"{file}:{node.start_point.row + 1}: not valid C#")
for name, texts in CALLS.items():
    source = " ".join((SOURCES / name).read_text(encoding="utf-8").split())
    for text in texts:
        assert text in source, f"{name}: not found: {text}"
