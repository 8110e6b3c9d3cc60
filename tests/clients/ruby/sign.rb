# frozen_string_literal: true

# Signs requests with an access key, with Ruby's standard library only; docs/signing.md describes the stages.

require 'json'
require 'net/http'
require 'openssl'

# An access key. With a region, it signs with the derived algorithm.
Key = Struct.new(:access, :secret, :region, :service)

def encode(text)
  text.b.gsub(/[^A-Za-z0-9\-_.~]/n) { |byte| format('%%%02X', byte.ord) }
end

def decode(text)
  text.b.gsub(/%(\h\h)/) { Regexp.last_match(1).hex.chr }
end

def sha256(text)
  OpenSSL::Digest::SHA256.hexdigest(text)
end

# Returns the header Authorization. `headers` contains all headers to sign, with Host and X-Sdk-Date.
def sign(method, path, query, headers, body, key)
  headers = headers.reject { |name, _| name.include?('_') }.to_h { |name, value| [name.downcase, value.strip] }
  headers = headers.sort.to_h
  names = headers.keys.join(';')
  date = headers['x-sdk-date']
  digest = sha256(canonical(method, path, query, headers, body))
  if key.region
    info = "#{date[0, 8]}/#{key.region}/#{key.service}"
    # HKDF with one block. The key of the signature is the hexadecimal text, not its bytes.
    extracted = OpenSSL::HMAC.digest('SHA256', key.access, key.secret)
    derived = OpenSSL::HMAC.hexdigest('SHA256', extracted, "#{info}\x01")
    signature = OpenSSL::HMAC.hexdigest('SHA256', derived, "V11-HMAC-SHA256\n#{date}\n#{info}\n#{digest}")
    "V11-HMAC-SHA256 Credential=#{key.access}/#{info}, SignedHeaders=#{names}, Signature=#{signature}"
  else
    signature = OpenSSL::HMAC.hexdigest('SHA256', key.secret, "SDK-HMAC-SHA256\n#{date}\n#{digest}")
    "SDK-HMAC-SHA256 Access=#{key.access}, SignedHeaders=#{names}, Signature=#{signature}"
  end
end

def canonical(method, path, query, headers, body)
  uri = decode(path).split('/', -1).map { |segment| encode(segment) }.join('/')
  payload = headers['x-sdk-content-sha256'] unless body.empty?
  [
    method.upcase,
    uri.end_with?('/') ? uri : "#{uri}/",
    query.sort.map { |name, value| "#{encode(name)}=#{encode(value)}" }.join('&'),
    headers.map { |name, value| "#{name}:#{value}\n" }.join,
    headers.keys.join(';'),
    payload || sha256(body)
  ].join("\n")
end

def check_vector(vector)
  input = vector['input']
  headers = { 'Host' => input['host'], **input['headers'] }
  headers['X-Project-Id'] = input['project_id'] if input['project_id']
  headers['X-Security-Token'] = input['security_token'] if input['security_token']
  is_signed = headers.fetch('Content-Type', 'application/json').start_with?('application/json', 'application/bson')
  headers['X-Sdk-Content-Sha256'] = 'UNSIGNED-PAYLOAD' unless is_signed
  query = input['query_unencoded'].flat_map { |name, value| [value].flatten.map { |item| [name, item.to_s] } }
  key = Key.new(*input.values_at('ak', 'sk'))
  key.region, key.service = input.values_at('region_id', 'service') if vector['algorithm'].start_with?('V11')
  found = sign(input['method'], input['path'], query, headers, input['body'].to_s, key)
  raise vector['name'] unless found == vector['expected']['authorization']
end

def check_mock(test)
  uri = URI("#{test['endpoint']}/v5/iot/#{test['project_id']}/device-authentication-templates?limit=50")
  headers = { 'X-Sdk-Date' => Time.now.utc.strftime('%Y%m%dT%H%M%SZ'), 'X-Project-Id' => test['project_id'] }
  signed = { **headers, 'Host' => "#{uri.host}:#{uri.port}" }
  key = Key.new(*test.values_at('access_key', 'secret_key', 'region'), 'iotdm')
  headers['Authorization'] = sign('GET', uri.path, [%w[limit 50]], signed, '', key)
  templates = JSON.parse(Net::HTTP.get(uri, headers))['templates']
  raise test['name'] unless templates.size == test['expect']['templates']
end

vectors = JSON.parse(File.read(ARGV[0]))['vectors']
vectors.each { |vector| check_vector(vector) }
cases = File.readlines(ARGV[1]).map { |line| JSON.parse(line) }
cases.each { |test| check_mock(test) }
puts "#{vectors.size} vectors, #{cases.size} requests"
