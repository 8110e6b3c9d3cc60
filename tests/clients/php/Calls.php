<?php

// Calls the service with the generated client, and converts the responses to the format of the cases.

declare(strict_types=1);

use GuzzleHttp\Client;
use GuzzleHttp\HandlerStack;
use GuzzleHttp\Middleware;
use OpenAPI\Client\Api\DeviceAuthenticationTemplateApi;
use OpenAPI\Client\Api\DeviceCertificateApi;
use OpenAPI\Client\ApiException;
use OpenAPI\Client\Configuration;
use OpenAPI\Client\Model\ErrorBody;
use OpenAPI\Client\Model\ListDeviceRequest;
use OpenAPI\Client\Model\ModelInterface;
use OpenAPI\Client\Model\Page;
use Psr\Http\Message\ResponseInterface;

/** A 200 without records that reports an error, or does not state that the list is empty. */
final class UndocumentedResponse extends RuntimeException
{
}

/** Calls the server of a case. */
final class Calls
{
    private const DEVICE = ['app_id', 'device_id', 'node_id', 'gateway_id', 'device_name', 'product_id'];
    private const TEMPLATE = ['template_id', 'template_name', 'create_time', 'update_time', 'description', 'status'];
    private const ERROR_FIELDS = [
        'error_code', 'errorCode', 'code', 'errcode', 'error', 'error_msg', 'errorMsg', 'message', 'msg', 'errmsg',
    ];
    /** Values of such a field that report no error. */
    private const NO_ERROR = [null, false, 0, '', '0', []];

    private readonly Client $client;
    private readonly Configuration $configuration;

    public function __construct(string $endpoint, private readonly string $projectId, ?string $token)
    {
        $this->configuration = (new Configuration())->setHost($endpoint);
        if ($token !== null) {
            $this->configuration->setApiKey('X-Auth-Token', $token);
        }
        $handlers = HandlerStack::create();
        $handlers->push(Middleware::mapResponse(self::rejectUndocumented(...)));
        // By default, redirects are followed, and the token is sent along.
        $this->client = new Client(['handler' => $handlers, 'allow_redirects' => false]);
    }

    /** Rejects such a 200. It checks the JSON, because the generated classes do not keep unknown fields. */
    private static function rejectUndocumented(ResponseInterface $response): ResponseInterface
    {
        if ($response->getStatusCode() === 200) {
            $body = json_decode((string) $response->getBody(), true, flags: JSON_THROW_ON_ERROR);
            $list = $body['devices'] ?? $body['templates'] ?? null;
            $isStated = isset($list) || isset($body['page']['count']);
            if (empty($list) && (!$isStated || self::reportsError($body))) {
                throw new UndocumentedResponse(substr((string) $response->getBody(), 0, 200));
            }
        }
        return $response;
    }

    /** Returns whether a field at any level reports an error. */
    private static function reportsError(mixed $value): bool
    {
        foreach (is_array($value) ? $value : [] as $name => $field) {
            $isError = in_array($name, self::ERROR_FIELDS, true) && !in_array($field, self::NO_ERROR, true);
            if ($isError || self::reportsError($field)) {
                return true;
            }
        }
        return false;
    }

    /** @param array<string, int|string> $arguments named like the parameters in the OpenAPI document */
    public function call(string $operation, array $arguments): array
    {
        try {
            return match ($operation) {
                'ListDeviceByDeviceCertificate' => $this->listDevices(...$arguments),
                'ListDeviceAuthenticationTemplates' => $this->listTemplates($arguments),
            };
        } catch (ApiException $error) {
            if ($error->getCode() === 0) {
                throw $error; // No response was received.
            }
            $body = $error->getResponseObject();
            return self::result($error->getCode(), $body instanceof ErrorBody ? $body->getErrorCode() : null);
        }
    }

    private function listDevices(string $certificate_id, ?string $instance_id = null, int|string ...$page): array
    {
        $api = new DeviceCertificateApi($this->client, $this->configuration);
        $request = new ListDeviceRequest();
        foreach ($page as $name => $value) {
            // Unlike the constructor, setters check the value.
            $request->{ListDeviceRequest::setters()[$name]}($value);
        }
        [$list, $status] = $api->listDeviceByDeviceCertificateWithHttpInfo(
            $this->projectId,
            $certificate_id,
            $request,
            $instance_id,
        );
        return self::result($status, null, $list->getPage(), self::records($list->getDevices(), self::DEVICE));
    }

    private function listTemplates(array $arguments): array
    {
        $api = new DeviceAuthenticationTemplateApi($this->client, $this->configuration);
        [$list, $status] = $api->listDeviceAuthenticationTemplatesWithHttpInfo($this->projectId, ...$arguments);
        return self::result($status, null, $list->getPage(), self::records($list->getTemplates(), self::TEMPLATE));
    }

    private static function result(int $status, ?string $errorCode, ?Page $page = null, ?array $records = null): array
    {
        return [
            'status' => $status,
            'error_code' => $errorCode,
            'records' => $records,
            'total' => $page?->getCount(),
            'marker' => $page?->getMarker(),
        ];
    }

    private static function records(?array $records, array $fields): ?array
    {
        $values = static fn (ModelInterface $record) => array_map(static fn ($field) => $record[$field], $fields);
        return $records === null ? null : array_map(
            static fn (ModelInterface $record) => array_combine($fields, $values($record)),
            $records,
        );
    }
}
