import okhttp3.Interceptor
import okhttp3.OkHttpClient
import okhttp3.Response
import org.openapitools.client.apis.DeviceAuthenticationTemplateApi
import org.openapitools.client.apis.DeviceCertificateApi
import org.openapitools.client.infrastructure.ApiResponse
import org.openapitools.client.infrastructure.ClientError
import org.openapitools.client.infrastructure.Serializer
import org.openapitools.client.infrastructure.ServerError
import org.openapitools.client.infrastructure.Success
import org.openapitools.client.models.ErrorBody
import org.openapitools.client.models.ListDeviceRequest
import org.openapitools.client.models.Page

/** The arguments of a call, named like the parameters in the OpenAPI document. */
typealias Arguments = Map<String, Any?>

/** The result of a call, in the format of the cases. */
class Result(
    val status: Int,
    val errorCode: String? = null,
    val records: List<Map<String, String?>>? = null,
    page: Page? = null,
) {
    val total = page?.count
    val marker = page?.marker
}

/** A 200 without records that reports an error, or does not state that the list is empty. */
class UndocumentedResponse(body: String) : RuntimeException(body.take(200))

/** Calls the service with the generated client. */
class Calls(endpoint: String, private val projectId: String, token: String?) {
    private val client = OkHttpClient.Builder()
        .followRedirects(false) // By default, redirects are followed, and the token is sent along.
        .addInterceptor { chain ->
            val request = chain.request().newBuilder()
            // ApiClient.apiKey is shared by all clients, so the header is set here.
            token?.let { request.header("X-Auth-Token", it) }
            chain.proceed(request.build())
        }
        .addInterceptor(::rejectUndocumented)
        .build()
    private val devices = DeviceCertificateApi(endpoint, client)
    private val templates = DeviceAuthenticationTemplateApi(endpoint, client)

    fun call(operation: String, arguments: Arguments): Result = when (operation) {
        "ListDeviceByDeviceCertificate" -> listDevices(arguments)
        "ListDeviceAuthenticationTemplates" -> listTemplates(arguments)
        else -> error("unknown operation $operation")
    }

    private fun listDevices(arguments: Arguments): Result {
        rejectUnknown(arguments, "certificate_id", "instance_id", "limit", "marker", "offset")
        val body = ListDeviceRequest(arguments.int("limit"), arguments.text("marker"), arguments.int("offset"))
        val response = devices.listDeviceByDeviceCertificateWithHttpInfo(
            projectId, arguments.text("certificate_id")!!, body, arguments.text("instance_id"),
        )
        val list = (response as? Success)?.data ?: return failure(response)
        val records = list.devices?.map {
            mapOf(
                "app_id" to it.appId, "device_id" to it.deviceId, "node_id" to it.nodeId,
                "gateway_id" to it.gatewayId, "device_name" to it.deviceName, "product_id" to it.productId,
            )
        }
        return Result(response.statusCode, null, records, list.page)
    }

    private fun listTemplates(arguments: Arguments): Result {
        rejectUnknown(arguments, "instance_id", "template_name", "limit", "marker", "offset")
        val response = templates.listDeviceAuthenticationTemplatesWithHttpInfo(
            projectId, arguments.text("instance_id"), arguments.text("template_name"),
            arguments.int("limit"), arguments.text("marker"), arguments.int("offset"),
        )
        val list = (response as? Success)?.data ?: return failure(response)
        val records = list.templates?.map {
            mapOf(
                "template_id" to it.templateId, "template_name" to it.templateName,
                "create_time" to it.createTime, "update_time" to it.updateTime,
                "description" to it.description, "status" to it.status,
            )
        }
        return Result(response.statusCode, null, records, list.page)
    }
}

/** Returns the result of an error response. A body that is not JSON has no error code. */
private fun failure(response: ApiResponse<*>): Result {
    val body = when (response) {
        is ClientError -> response.body
        is ServerError -> response.body
        else -> null
    }
    val error = runCatching { Serializer.moshi.adapter(ErrorBody::class.java).fromJson(body as String) }.getOrNull()
    return Result(response.statusCode, error?.errorCode)
}

private val errorFields =
    setOf("error_code", "errorCode", "code", "errcode", "error", "error_msg", "errorMsg", "message", "msg", "errmsg")

/** JSON values of such a field that report no error. */
private val noError = setOf(null, false, 0.0, "", "0", emptyList<Any>(), emptyMap<String, Any>())

/** Rejects such a 200. It checks the JSON, because the generated classes do not keep unknown fields. */
private fun rejectUndocumented(chain: Interceptor.Chain): Response {
    val response = chain.proceed(chain.request())
    if (response.code == 200) {
        val text = response.peekBody(Long.MAX_VALUE).string()
        val body = Serializer.moshi.adapter(Any::class.java).fromJson(text) as Map<*, *>
        val list = (body["devices"] ?: body["templates"]) as List<*>?
        val isStated = list != null || (body["page"] as? Map<*, *>)?.get("count") != null
        if (list.isNullOrEmpty() && (!isStated || reportsError(body))) {
            throw UndocumentedResponse(text)
        }
    }
    return response
}

/** Returns whether a field at any level reports an error. */
private fun reportsError(value: Any?): Boolean = when (value) {
    is Map<*, *> -> value.any { (name, field) -> (name in errorFields && field !in noError) || reportsError(field) }
    is List<*> -> value.any(::reportsError)
    else -> false
}

private fun Arguments.text(name: String) = get(name) as String?

private fun Arguments.int(name: String) = (get(name) as Number?)?.toInt()

private fun rejectUnknown(arguments: Arguments, vararg known: String) =
    require(known.toSet().containsAll(arguments.keys)) { "unknown arguments in ${arguments.keys}" }
