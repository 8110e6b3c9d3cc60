<?php

// Signs requests with an access key, with PHP's standard library only; docs/signing.md describes the stages.

declare(strict_types=1);

/** An access key. With a region, it signs with the derived algorithm. */
final class Key
{
    public function __construct(
        public readonly string $access,
        public readonly string $secret,
        public readonly ?string $region = null,
        public readonly string $service = 'iotdm',
    ) {
    }
}

/**
 * Returns the header Authorization.
 *
 * @param array<array{string, string}> $query
 * @param array<string, string> $headers all headers to sign, with Host and X-Sdk-Date
 */
function sign(string $method, string $path, array $query, array $headers, string $body, Key $key): string
{
    $headers = array_filter($headers, static fn (string $name) => !str_contains($name, '_'), ARRAY_FILTER_USE_KEY);
    $headers = array_map(trim(...), array_change_key_case($headers));
    ksort($headers, SORT_STRING);
    $names = implode(';', array_keys($headers));
    $date = $headers['x-sdk-date'];
    $digest = hash('sha256', canonical($method, $path, $query, $headers, $body));
    if ($key->region === null) {
        $signature = hash_hmac('sha256', "SDK-HMAC-SHA256\n$date\n$digest", $key->secret);
        return "SDK-HMAC-SHA256 Access=$key->access, SignedHeaders=$names, Signature=$signature";
    }
    $info = substr($date, 0, 8) . "/$key->region/$key->service";
    // The key of the signature is the hexadecimal text, not its bytes.
    $derived = bin2hex(hash_hkdf('sha256', $key->secret, 32, $info, $key->access));
    $signature = hash_hmac('sha256', "V11-HMAC-SHA256\n$date\n$info\n$digest", $derived);
    return "V11-HMAC-SHA256 Credential=$key->access/$info, SignedHeaders=$names, Signature=$signature";
}

function canonical(string $method, string $path, array $query, array $headers, string $body): string
{
    $uri = implode('/', array_map(rawurlencode(...), explode('/', rawurldecode($path))));
    usort($query, static fn ($left, $right) => strcmp($left[0], $right[0]) ?: strcmp($left[1], $right[1]));
    $payload = $body === '' ? null : $headers['x-sdk-content-sha256'] ?? null;
    return implode("\n", [
        strtoupper($method),
        str_ends_with($uri, '/') ? $uri : "$uri/",
        implode('&', array_map(static fn ($pair) => rawurlencode($pair[0]) . '=' . rawurlencode($pair[1]), $query)),
        implode('', array_map(static fn ($name, $value) => "$name:$value\n", array_keys($headers), $headers)),
        implode(';', array_keys($headers)),
        $payload ?? hash('sha256', $body),
    ]);
}

function checkVector(array $vector): void
{
    $input = $vector['input'];
    $headers = ['Host' => $input['host'], ...$input['headers']];
    $headers += array_filter(['X-Project-Id' => $input['project_id'], 'X-Security-Token' => $input['security_token']]);
    if (!preg_match('#^application/[jb]son#', $headers['Content-Type'] ?? 'application/json')) {
        $headers['X-Sdk-Content-Sha256'] = 'UNSIGNED-PAYLOAD';
    }
    $query = [];
    foreach ($input['query_unencoded'] as [$name, $value]) {
        foreach ((array) $value as $item) {
            $query[] = [$name, is_string($item) ? $item : json_encode($item)];
        }
    }
    $derived = str_starts_with($vector['algorithm'], 'V11') ? [$input['region_id'], $input['service']] : [];
    $key = new Key($input['ak'], $input['sk'], ...$derived);
    $found = sign($input['method'], $input['path'], $query, $headers, $input['body'] ?? '', $key);
    equal($vector['name'], $vector['expected']['authorization'], $found);
}

function checkMock(array $test): void
{
    $path = "/v5/iot/{$test['project_id']}/device-authentication-templates";
    $headers = ['X-Sdk-Date' => gmdate('Ymd\THis\Z'), 'X-Project-Id' => $test['project_id']];
    $signed = [...$headers, 'Host' => substr($test['endpoint'], strlen('http://'))];
    $key = new Key($test['access_key'], $test['secret_key'], $test['region']);
    $headers['Authorization'] = sign('GET', $path, [['limit', '50']], $signed, '', $key);
    $lines = array_map(static fn ($name, $value) => "$name: $value", array_keys($headers), $headers);
    $context = stream_context_create(['http' => ['header' => $lines, 'follow_location' => 0]]);
    $body = file_get_contents("{$test['endpoint']}$path?limit=50", false, $context);
    equal($test['name'], $test['expect']['templates'], count(json_decode($body, true)['templates']));
}

function equal(string $name, mixed $expected, mixed $found): void
{
    if ($found !== $expected) {
        throw new Exception("$name: got $found, expected $expected");
    }
}

['vectors' => $vectors] = json_decode(file_get_contents($argv[1]), true, flags: JSON_THROW_ON_ERROR);
array_map(checkVector(...), $vectors);
$cases = array_map(static fn ($line) => json_decode($line, true, flags: JSON_THROW_ON_ERROR), file($argv[2]));
array_map(checkMock(...), $cases);
echo count($vectors), ' vectors, ', count($cases), " requests\n";
