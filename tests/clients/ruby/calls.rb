# frozen_string_literal: true

# Calls the service with the generated client, and converts the responses to the format of the cases.

require 'openapi_client'

# A 200 without records that reports an error, or does not state that the list is empty.
class UndocumentedResponse < StandardError; end

# Rejects such a 200. It checks the JSON, because the generated classes do not keep unknown fields.
class RejectUndocumented < Faraday::Middleware
  ERROR_FIELDS = %w[error_code errorCode code errcode error error_msg errorMsg message msg errmsg].freeze
  # Values of such a field that report no error.
  NO_ERROR = [nil, false, 0, '', '0', [], {}].freeze

  def call(request)
    @app.call(request).on_complete { |response| check(response) }
  end

  private

  def check(env)
    return unless env.status == 200

    body = JSON.parse(env.body)
    list = body['devices'] || body['templates']
    is_stated = list || body.dig('page', 'count')
    raise UndocumentedResponse, env.body[0, 200] if Array(list).empty? && (!is_stated || reports_error?(body))
  end

  # Returns whether a field at any level reports an error.
  def reports_error?(value)
    case value
    when Hash
      value.any? { |name, field| ERROR_FIELDS.include?(name) && !NO_ERROR.include?(field) } ||
        value.values.any? { |field| reports_error?(field) }
    when Array
      value.any? { |item| reports_error?(item) }
    end
  end
end

# Calls the server of a case.
class Calls
  DEVICE = %i[app_id device_id node_id gateway_id device_name product_id].freeze
  TEMPLATE = %i[template_id template_name create_time update_time description status].freeze
  PARAMETERS = %i[instance_id template_name limit marker offset].freeze

  def initialize(endpoint, project_id, token)
    @project_id = project_id
    config = OpenapiClient::Configuration.new
    config.scheme, config.host = endpoint.split('://')
    config.api_key['X-Auth-Token'] = token
    config.use RejectUndocumented
    @client = OpenapiClient::ApiClient.new(config)
  end

  def call(operation, arguments)
    case operation
    when 'ListDeviceByDeviceCertificate' then list_devices(**arguments)
    when 'ListDeviceAuthenticationTemplates' then list_templates(**arguments)
    else raise "unknown operation #{operation}"
    end
  rescue OpenapiClient::ApiError => e
    raise if e.code.to_i.zero? # No response was received.

    { status: e.code, error_code: error_code(e.response_body), records: nil, total: nil, marker: nil }
  end

  private

  def list_devices(certificate_id:, instance_id: nil, **page)
    body = OpenapiClient::ListDeviceRequest.new(page)
    api = OpenapiClient::DeviceCertificateApi.new(@client)
    list, status, = api.list_device_by_device_certificate_with_http_info(
      @project_id, certificate_id, body, { instance_id: instance_id }
    )
    result(status, list.page, list.devices, DEVICE)
  end

  def list_templates(**options)
    unknown = options.keys - PARAMETERS
    raise "unknown arguments #{unknown}" unless unknown.empty?

    api = OpenapiClient::DeviceAuthenticationTemplateApi.new(@client)
    list, status, = api.list_device_authentication_templates_with_http_info(@project_id, options)
    result(status, list.page, list.templates, TEMPLATE)
  end

  def result(status, page, records, fields)
    records = records&.map { |record| fields.to_h { |field| [field, record.public_send(field)] } }
    { status: status, error_code: nil, records: records, total: page&.count, marker: page&.marker }
  end

  # Returns the code of a documented error, or nil if the body is not JSON.
  def error_code(body)
    @client.convert_to_type(JSON.parse(body, symbolize_names: true), 'ErrorBody').error_code
  rescue JSON::ParserError
    nil
  end
end
