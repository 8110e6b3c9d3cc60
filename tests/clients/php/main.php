<?php

// Runs every case with the generated PHP client; started by tests/clients/run with the file of cases.

declare(strict_types=1);

// With Composer, require 'vendor/autoload.php' instead of this.
require 'GuzzleHttp/autoload.php';
spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'OpenAPI\Client\\')) {
        require __DIR__ . '/iotda/lib/' . str_replace('\\', '/', substr($class, 15)) . '.php';
    }
});
require __DIR__ . '/Calls.php';

const MAX_EMPTY_PAGES = 100;

function run(array $test): void
{
    $calls = new Calls($test['endpoint'], $test['project_id'], $test['token']);
    if ($test['kind'] === 'pages') {
        compare($test['expect'], readPages($calls, $test['operation'], $test['arguments']));
        return;
    }
    $results = [];
    foreach ($test['calls'] as $call) {
        $arguments = $call['arguments'];
        if (isset($arguments['marker_of'])) {
            $arguments['marker'] = $results[$arguments['marker_of'] - 1]['marker'];
            unset($arguments['marker_of']);
        }
        if (isset($call['invalid'])) {
            $results[] = expectRejection($calls, $call['operation'], $arguments);
        } else {
            $results[] = $calls->call($call['operation'], $arguments);
            compare($call['expect'], end($results));
        }
    }
}

function expectRejection(Calls $calls, string $operation, array $arguments): array
{
    try {
        $calls->call($operation, $arguments);
    } catch (InvalidArgumentException) {
        return [];
    }
    throw new Exception('the client did not reject an invalid value');
}

/** Reads a whole list; openapi/README.md describes where it ends. */
function readPages(Calls $calls, string $operation, array $arguments): array
{
    $read = ['sizes' => [], 'totals' => [], 'records' => []];
    $firstCount = $lastCount = $emptyPages = 0;
    $byOffset = false;
    while (true) {
        $sent = $arguments['marker'] ?? str_repeat('f', 24);
        try {
            $page = $calls->call($operation, $arguments);
        } catch (UndocumentedResponse) {
            return [...$read, 'end' => 'undocumented'];
        }
        if ($page['status'] !== 200) {
            throw new Exception("the page after marker $sent has status {$page['status']}");
        }
        $records = $page['records'] ?? [];
        $marker = $page['marker'] ?? '';
        $read['sizes'][] = count($records);
        $read['totals'][] = $page['total'];
        array_push($read['records'], ...$records);
        $lastCount = $page['total'] ?: $lastCount;
        $firstCount = $firstCount ?: $lastCount;
        $emptyPages = $records ? 0 : $emptyPages + 1;
        if ($emptyPages > MAX_EMPTY_PAGES) {
            return [...$read, 'end' => 'endless'];
        } elseif ($marker !== '' && strcasecmp($marker, $sent) < 0) {
            $arguments['marker'] = $marker;
            unset($arguments['offset']);
        } elseif ($records && $marker !== '') {
            return [...$read, 'end' => 'endless'];
        } elseif ($records && max($firstCount, $lastCount) > count($read['records'])) {
            $arguments['offset'] = ($arguments['offset'] ?? 0) + count($records);
            $byOffset = true;
        } else {
            // If a record is removed, an offset skips another one.
            $counted = $byOffset ? max($firstCount, $lastCount) : min($firstCount, $lastCount);
            return [...$read, 'end' => count($read['records']) >= $counted ? 'complete' : 'incomplete'];
        }
    }
}

function compare(array $expect, array $result): void
{
    $records = $result['records'] ?? [];
    foreach ($expect as $what => $expected) {
        if ($what === 'numbered') {
            ['field' => $field, 'prefix' => $prefix, 'from' => $from, 'to' => $to] = $expected;
            $expected = array_map(static fn ($number) => $prefix . $number, range($from, $to));
        }
        $got = match ($what) {
            'first' => $records[0],
            'last' => end($records),
            'distinct' => count(array_unique(array_filter(array_column($records, $expected), 'is_string'))),
            'numbered' => array_column($records, $field),
            'sizes', 'totals', 'records', 'end', 'status', 'error_code', 'total', 'marker' => $result[$what],
        };
        if ($what === 'distinct') {
            $expected = count($records);
        }
        if (sorted($got) !== sorted($expected)) {
            throw new Exception("$what: got " . json_encode($got) . ', expected ' . json_encode($expected));
        }
    }
}

/** Sorts the keys of all objects in a JSON value, because their order does not matter. */
function sorted(mixed $value): mixed
{
    if (!is_array($value)) {
        return $value;
    }
    ksort($value);
    return array_map(sorted(...), $value);
}

$failed = false;
foreach (file($argv[1]) as $line) {
    $test = json_decode($line, true, flags: JSON_THROW_ON_ERROR);
    try {
        run($test);
        echo "passed  php: {$test['name']}\n";
    } catch (Throwable $error) { // Any failure: continue with the other cases.
        $failed = true;
        echo "FAILED  php: {$test['name']}: ", $error::class, ": {$error->getMessage()}\n";
    }
}
exit($failed ? 1 : 0);
