
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'iotda' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'iotda'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'iotda' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Columns to print, separated by commas, in this order [default: all]')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort the rows by a column; nothing is printed before everything is read')
            [CompletionResult]::new('--endpoint', '--endpoint', [CompletionResultType]::ParameterName, 'Endpoint URL or host, from the Overview page of the IoTDA console')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region; its shared endpoint is used if no endpoint is set')
            [CompletionResult]::new('--project-id', '--project-id', [CompletionResultType]::ParameterName, 'Project ID [default: looked up via IAM by the region]')
            [CompletionResult]::new('--instance-id', '--instance-id', [CompletionResultType]::ParameterName, 'Instance ID, from the console''s Overview page; set it if unsure')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read an IAM user token from FILE (- for stdin)')
            [CompletionResult]::new('--credentials-file', '--credentials-file', [CompletionResultType]::ParameterName, 'Read an access key from a profile: an INI file with ak and sk in the section "basic"')
            [CompletionResult]::new('--credentials', '--credentials', [CompletionResultType]::ParameterName, 'Use the credential of this provider only [default: the first one that is set completely]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS')
            [CompletionResult]::new('--signing', '--signing', [CompletionResultType]::ParameterName, 'Signing algorithm for access keys')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Timeout of one attempt in seconds, including connecting [default: 30]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Timeout of connecting in seconds, including DNS and TLS [default: 10]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Number of retries for transient failures [default: 4]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]')
            [CompletionResult]::new('--rate-limit', '--rate-limit', [CompletionResultType]::ParameterName, 'Maximum rate of requests, across all certificates [default: learned if the service throttles]')
            [CompletionResult]::new('--csv-bom', '--csv-bom', [CompletionResultType]::ParameterName, 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8')
            [CompletionResult]::new('--csv-guard', '--csv-guard', [CompletionResultType]::ParameterName, 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Omit the header line of a table or of CSV, for example to append to a file')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use an embedded mock server with sample data; no account is needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('devices', 'devices', [CompletionResultType]::ParameterValue, 'List the devices that use a certificate and are cut off if it is disabled')
            [CompletionResult]::new('templates', 'templates', [CompletionResultType]::ParameterValue, 'List the device authentication templates of the project')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Compare two saved listings, or a saved listing and the service')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check settings, credential and connection, and suggest fixes')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            [CompletionResult]::new('spec', 'spec', [CompletionResultType]::ParameterValue, 'Print the OpenAPI document of the two operations that iotda calls, or its JSON Schemas')
            [CompletionResult]::new('mock', 'mock', [CompletionResultType]::ParameterValue, 'Run an in-memory IoTDA mock server on 127.0.0.1 until Ctrl-C or SIGTERM')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page of iotda or of a command')
            break
        }
        'iotda;devices' {
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'With --summary: count by these groups only [default: all]')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'With --summary in a table: rows per kind of group; the others are counted in one row')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'With --wait: time between two requests for the number of devices, such as 30s or 5m')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Save the devices to FILE in CSV or JSON Lines; if the run is killed, the same command continues')
            [CompletionResult]::new('--max', '--max', [CompletionResultType]::ParameterName, 'Maximum number of devices per certificate [default: no limit]')
            [CompletionResult]::new('--product', '--product', [CompletionResultType]::ParameterName, 'Only devices of this product')
            [CompletionResult]::new('--gateway', '--gateway', [CompletionResultType]::ParameterName, 'Only devices with this gateway ID')
            [CompletionResult]::new('--app', '--app', [CompletionResultType]::ParameterName, 'Only devices of this resource space (app_id)')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Only devices whose name matches this pattern; * is any text, ? is any character')
            [CompletionResult]::new('--page-size', '--page-size', [CompletionResultType]::ParameterName, 'Records per page, 1 to 50')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Pages fetched in parallel per listing')
            [CompletionResult]::new('--marker', '--marker', [CompletionResultType]::ParameterName, 'Resume from the marker printed by an earlier run')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Columns to print, separated by commas, in this order [default: all]')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort the rows by a column; nothing is printed before everything is read')
            [CompletionResult]::new('--endpoint', '--endpoint', [CompletionResultType]::ParameterName, 'Endpoint URL or host, from the Overview page of the IoTDA console')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region; its shared endpoint is used if no endpoint is set')
            [CompletionResult]::new('--project-id', '--project-id', [CompletionResultType]::ParameterName, 'Project ID [default: looked up via IAM by the region]')
            [CompletionResult]::new('--instance-id', '--instance-id', [CompletionResultType]::ParameterName, 'Instance ID, from the console''s Overview page; set it if unsure')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read an IAM user token from FILE (- for stdin)')
            [CompletionResult]::new('--credentials-file', '--credentials-file', [CompletionResultType]::ParameterName, 'Read an access key from a profile: an INI file with ak and sk in the section "basic"')
            [CompletionResult]::new('--credentials', '--credentials', [CompletionResultType]::ParameterName, 'Use the credential of this provider only [default: the first one that is set completely]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS')
            [CompletionResult]::new('--signing', '--signing', [CompletionResultType]::ParameterName, 'Signing algorithm for access keys')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Timeout of one attempt in seconds, including connecting [default: 30]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Timeout of connecting in seconds, including DNS and TLS [default: 10]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Number of retries for transient failures [default: 4]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]')
            [CompletionResult]::new('--rate-limit', '--rate-limit', [CompletionResultType]::ParameterName, 'Maximum rate of requests, across all certificates [default: learned if the service throttles]')
            [CompletionResult]::new('--summary', '--summary', [CompletionResultType]::ParameterName, 'Count devices by certificate, product, resource space and gateway instead of listing them')
            [CompletionResult]::new('--unused', '--unused', [CompletionResultType]::ParameterName, 'Instead of devices, print the certificates that no device uses')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'Instead of devices, print the number of devices of each certificate that match the filters')
            [CompletionResult]::new('--fail-if-used', '--fail-if-used', [CompletionResultType]::ParameterName, 'With --unused: exit with status 7 if a device uses one of the certificates')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'With --unused: wait until no device uses the certificates, or until --timeout')
            [CompletionResult]::new('--direct', '--direct', [CompletionResultType]::ParameterName, 'Only devices that are connected without a gateway')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit with status 6 if a listing has fewer records than the service counts')
            [CompletionResult]::new('--csv-bom', '--csv-bom', [CompletionResultType]::ParameterName, 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8')
            [CompletionResult]::new('--csv-guard', '--csv-guard', [CompletionResultType]::ParameterName, 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Omit the header line of a table or of CSV, for example to append to a file')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use an embedded mock server with sample data; no account is needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'iotda;templates' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Print only the template with this name')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Print only templates with this status')
            [CompletionResult]::new('--page-size', '--page-size', [CompletionResultType]::ParameterName, 'Records per page, 1 to 50')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Pages fetched in parallel per listing')
            [CompletionResult]::new('--marker', '--marker', [CompletionResultType]::ParameterName, 'Resume from the marker printed by an earlier run')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Columns to print, separated by commas, in this order [default: all]')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort the rows by a column; nothing is printed before everything is read')
            [CompletionResult]::new('--endpoint', '--endpoint', [CompletionResultType]::ParameterName, 'Endpoint URL or host, from the Overview page of the IoTDA console')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region; its shared endpoint is used if no endpoint is set')
            [CompletionResult]::new('--project-id', '--project-id', [CompletionResultType]::ParameterName, 'Project ID [default: looked up via IAM by the region]')
            [CompletionResult]::new('--instance-id', '--instance-id', [CompletionResultType]::ParameterName, 'Instance ID, from the console''s Overview page; set it if unsure')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read an IAM user token from FILE (- for stdin)')
            [CompletionResult]::new('--credentials-file', '--credentials-file', [CompletionResultType]::ParameterName, 'Read an access key from a profile: an INI file with ak and sk in the section "basic"')
            [CompletionResult]::new('--credentials', '--credentials', [CompletionResultType]::ParameterName, 'Use the credential of this provider only [default: the first one that is set completely]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS')
            [CompletionResult]::new('--signing', '--signing', [CompletionResultType]::ParameterName, 'Signing algorithm for access keys')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Timeout of one attempt in seconds, including connecting [default: 30]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Timeout of connecting in seconds, including DNS and TLS [default: 10]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Number of retries for transient failures [default: 4]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]')
            [CompletionResult]::new('--rate-limit', '--rate-limit', [CompletionResultType]::ParameterName, 'Maximum rate of requests, across all certificates [default: learned if the service throttles]')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit with status 6 if a listing has fewer records than the service counts')
            [CompletionResult]::new('--csv-bom', '--csv-bom', [CompletionResultType]::ParameterName, 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8')
            [CompletionResult]::new('--csv-guard', '--csv-guard', [CompletionResultType]::ParameterName, 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Omit the header line of a table or of CSV, for example to append to a file')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use an embedded mock server with sample data; no account is needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'iotda;diff' {
            [CompletionResult]::new('--certificate', '--certificate', [CompletionResultType]::ParameterName, 'Also read the devices of these certificates from the service, if BEFORE has none of them; can be repeated')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Columns to print, separated by commas, in this order [default: all]')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort the rows by a column; nothing is printed before everything is read')
            [CompletionResult]::new('--endpoint', '--endpoint', [CompletionResultType]::ParameterName, 'Endpoint URL or host, from the Overview page of the IoTDA console')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region; its shared endpoint is used if no endpoint is set')
            [CompletionResult]::new('--project-id', '--project-id', [CompletionResultType]::ParameterName, 'Project ID [default: looked up via IAM by the region]')
            [CompletionResult]::new('--instance-id', '--instance-id', [CompletionResultType]::ParameterName, 'Instance ID, from the console''s Overview page; set it if unsure')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read an IAM user token from FILE (- for stdin)')
            [CompletionResult]::new('--credentials-file', '--credentials-file', [CompletionResultType]::ParameterName, 'Read an access key from a profile: an INI file with ak and sk in the section "basic"')
            [CompletionResult]::new('--credentials', '--credentials', [CompletionResultType]::ParameterName, 'Use the credential of this provider only [default: the first one that is set completely]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS')
            [CompletionResult]::new('--signing', '--signing', [CompletionResultType]::ParameterName, 'Signing algorithm for access keys')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Timeout of one attempt in seconds, including connecting [default: 30]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Timeout of connecting in seconds, including DNS and TLS [default: 10]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Number of retries for transient failures [default: 4]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]')
            [CompletionResult]::new('--rate-limit', '--rate-limit', [CompletionResultType]::ParameterName, 'Maximum rate of requests, across all certificates [default: learned if the service throttles]')
            [CompletionResult]::new('--csv-bom', '--csv-bom', [CompletionResultType]::ParameterName, 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8')
            [CompletionResult]::new('--csv-guard', '--csv-guard', [CompletionResultType]::ParameterName, 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Omit the header line of a table or of CSV, for example to append to a file')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use an embedded mock server with sample data; no account is needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'iotda;doctor' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Columns to print, separated by commas, in this order [default: all]')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort the rows by a column; nothing is printed before everything is read')
            [CompletionResult]::new('--endpoint', '--endpoint', [CompletionResultType]::ParameterName, 'Endpoint URL or host, from the Overview page of the IoTDA console')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region; its shared endpoint is used if no endpoint is set')
            [CompletionResult]::new('--project-id', '--project-id', [CompletionResultType]::ParameterName, 'Project ID [default: looked up via IAM by the region]')
            [CompletionResult]::new('--instance-id', '--instance-id', [CompletionResultType]::ParameterName, 'Instance ID, from the console''s Overview page; set it if unsure')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read an IAM user token from FILE (- for stdin)')
            [CompletionResult]::new('--credentials-file', '--credentials-file', [CompletionResultType]::ParameterName, 'Read an access key from a profile: an INI file with ak and sk in the section "basic"')
            [CompletionResult]::new('--credentials', '--credentials', [CompletionResultType]::ParameterName, 'Use the credential of this provider only [default: the first one that is set completely]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS')
            [CompletionResult]::new('--signing', '--signing', [CompletionResultType]::ParameterName, 'Signing algorithm for access keys')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Timeout of one attempt in seconds, including connecting [default: 30]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Timeout of connecting in seconds, including DNS and TLS [default: 10]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Number of retries for transient failures [default: 4]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]')
            [CompletionResult]::new('--rate-limit', '--rate-limit', [CompletionResultType]::ParameterName, 'Maximum rate of requests, across all certificates [default: learned if the service throttles]')
            [CompletionResult]::new('--csv-bom', '--csv-bom', [CompletionResultType]::ParameterName, 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8')
            [CompletionResult]::new('--csv-guard', '--csv-guard', [CompletionResultType]::ParameterName, 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Omit the header line of a table or of CSV, for example to append to a file')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use an embedded mock server with sample data; no account is needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'iotda;help' {
            [CompletionResult]::new('devices', 'devices', [CompletionResultType]::ParameterValue, 'List the devices that use a certificate and are cut off if it is disabled')
            [CompletionResult]::new('templates', 'templates', [CompletionResultType]::ParameterValue, 'List the device authentication templates of the project')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Compare two saved listings, or a saved listing and the service')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check settings, credential and connection, and suggest fixes')
            [CompletionResult]::new('spec', 'spec', [CompletionResultType]::ParameterValue, 'Print the OpenAPI document of the two operations that iotda calls, or its JSON Schemas')
            [CompletionResult]::new('mock', 'mock', [CompletionResultType]::ParameterValue, 'Run an in-memory IoTDA mock server on 127.0.0.1 until Ctrl-C or SIGTERM')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page of iotda or of a command')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'iotda;help;devices' {
            break
        }
        'iotda;help;templates' {
            break
        }
        'iotda;help;diff' {
            break
        }
        'iotda;help;doctor' {
            break
        }
        'iotda;help;spec' {
            break
        }
        'iotda;help;mock' {
            break
        }
        'iotda;help;completions' {
            break
        }
        'iotda;help;man' {
            break
        }
        'iotda;help;help' {
            break
        }
        'iotda;spec' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Document format')
            [CompletionResult]::new('--schema', '--schema', [CompletionResultType]::ParameterName, 'Print only this schema, with --format json-schema [default: all, one per line]')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Write to files in this folder, with the version of the OpenAPI document in their names, and print their paths')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Columns to print, separated by commas, in this order [default: all]')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort the rows by a column; nothing is printed before everything is read')
            [CompletionResult]::new('--endpoint', '--endpoint', [CompletionResultType]::ParameterName, 'Endpoint URL or host, from the Overview page of the IoTDA console')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region; its shared endpoint is used if no endpoint is set')
            [CompletionResult]::new('--project-id', '--project-id', [CompletionResultType]::ParameterName, 'Project ID [default: looked up via IAM by the region]')
            [CompletionResult]::new('--instance-id', '--instance-id', [CompletionResultType]::ParameterName, 'Instance ID, from the console''s Overview page; set it if unsure')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read an IAM user token from FILE (- for stdin)')
            [CompletionResult]::new('--credentials-file', '--credentials-file', [CompletionResultType]::ParameterName, 'Read an access key from a profile: an INI file with ak and sk in the section "basic"')
            [CompletionResult]::new('--credentials', '--credentials', [CompletionResultType]::ParameterName, 'Use the credential of this provider only [default: the first one that is set completely]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS')
            [CompletionResult]::new('--signing', '--signing', [CompletionResultType]::ParameterName, 'Signing algorithm for access keys')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Timeout of one attempt in seconds, including connecting [default: 30]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Timeout of connecting in seconds, including DNS and TLS [default: 10]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Number of retries for transient failures [default: 4]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]')
            [CompletionResult]::new('--rate-limit', '--rate-limit', [CompletionResultType]::ParameterName, 'Maximum rate of requests, across all certificates [default: learned if the service throttles]')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Reject unknown fields, with --format json-schema; use it to validate fixtures')
            [CompletionResult]::new('--csv-bom', '--csv-bom', [CompletionResultType]::ParameterName, 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8')
            [CompletionResult]::new('--csv-guard', '--csv-guard', [CompletionResultType]::ParameterName, 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Omit the header line of a table or of CSV, for example to append to a file')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use an embedded mock server with sample data; no account is needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'iotda;mock' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port to listen on; 0 selects a free port')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'IP address to listen on; 0.0.0.0 lets other machines connect, for example in a container')
            [CompletionResult]::new('--allow-origin', '--allow-origin', [CompletionResultType]::ParameterName, 'Also let pages of this origin (scheme, host and port) use the server in a browser; * is any origin')
            [CompletionResult]::new('--allow-host', '--allow-host', [CompletionResultType]::ParameterName, 'Also accept requests to this host name; * is any name')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Serve the records in FILE instead of sample data; - is stdin; can be repeated')
            [CompletionResult]::new('--devices', '--devices', [CompletionResultType]::ParameterName, 'Number of devices of the first certificate')
            [CompletionResult]::new('--templates', '--templates', [CompletionResultType]::ParameterName, 'Number of authentication templates')
            [CompletionResult]::new('--access-key', '--access-key', [CompletionResultType]::ParameterName, 'Accept this access key instead of the printed one; can be repeated')
            [CompletionResult]::new('--identities', '--identities', [CompletionResultType]::ParameterName, 'Also accept workload identities; writes their token files to DIR, and prints the variables to export')
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'Audience that an ID token must have')
            [CompletionResult]::new('--id-token-lifetime', '--id-token-lifetime', [CompletionResultType]::ParameterName, 'Lifetime of the ID token in DIR, such as 90s or 1h')
            [CompletionResult]::new('--key-lifetime', '--key-lifetime', [CompletionResultType]::ParameterName, 'Lifetime of the access keys that are issued for a workload identity [default: the requested one, or 1h]')
            [CompletionResult]::new('--latency', '--latency', [CompletionResultType]::ParameterName, 'Added latency of each response, in milliseconds')
            [CompletionResult]::new('--fault-rate', '--fault-rate', [CompletionResultType]::ParameterName, 'Fraction of requests that fail, 0 to 1: throttling, server errors and broken responses')
            [CompletionResult]::new('--throttle', '--throttle', [CompletionResultType]::ParameterName, 'Throttle requests above this rate (HTTP 429), such as 50/1s [default: no limit]')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Random seed of the fault injection; the same seed causes the same failures')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Columns to print, separated by commas, in this order [default: all]')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort the rows by a column; nothing is printed before everything is read')
            [CompletionResult]::new('--endpoint', '--endpoint', [CompletionResultType]::ParameterName, 'Endpoint URL or host, from the Overview page of the IoTDA console')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region of derived signatures and of the project [default: cn-north-4]')
            [CompletionResult]::new('--project-id', '--project-id', [CompletionResultType]::ParameterName, 'Project ID [default: looked up via IAM by the region]')
            [CompletionResult]::new('--instance-id', '--instance-id', [CompletionResultType]::ParameterName, 'Instance ID, from the console''s Overview page; set it if unsure')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read an IAM user token from FILE (- for stdin)')
            [CompletionResult]::new('--credentials-file', '--credentials-file', [CompletionResultType]::ParameterName, 'Read an access key from a profile: an INI file with ak and sk in the section "basic"')
            [CompletionResult]::new('--credentials', '--credentials', [CompletionResultType]::ParameterName, 'Use the credential of this provider only [default: the first one that is set completely]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS')
            [CompletionResult]::new('--signing', '--signing', [CompletionResultType]::ParameterName, 'Accept only this signing algorithm of access keys: standard or derived [default: both]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Timeout of one attempt in seconds, including connecting [default: 30]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Timeout of connecting in seconds, including DNS and TLS [default: 10]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Number of retries for transient failures [default: 4]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]')
            [CompletionResult]::new('--rate-limit', '--rate-limit', [CompletionResultType]::ParameterName, 'Maximum rate of requests, across all certificates [default: learned if the service throttles]')
            [CompletionResult]::new('--log', '--log', [CompletionResultType]::ParameterName, 'Log each request to standard error: time, method, target, paging parameters, status and duration')
            [CompletionResult]::new('--csv-bom', '--csv-bom', [CompletionResultType]::ParameterName, 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8')
            [CompletionResult]::new('--csv-guard', '--csv-guard', [CompletionResultType]::ParameterName, 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Omit the header line of a table or of CSV, for example to append to a file')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use an embedded mock server with sample data; no account is needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'iotda;completions' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Columns to print, separated by commas, in this order [default: all]')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort the rows by a column; nothing is printed before everything is read')
            [CompletionResult]::new('--endpoint', '--endpoint', [CompletionResultType]::ParameterName, 'Endpoint URL or host, from the Overview page of the IoTDA console')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region; its shared endpoint is used if no endpoint is set')
            [CompletionResult]::new('--project-id', '--project-id', [CompletionResultType]::ParameterName, 'Project ID [default: looked up via IAM by the region]')
            [CompletionResult]::new('--instance-id', '--instance-id', [CompletionResultType]::ParameterName, 'Instance ID, from the console''s Overview page; set it if unsure')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read an IAM user token from FILE (- for stdin)')
            [CompletionResult]::new('--credentials-file', '--credentials-file', [CompletionResultType]::ParameterName, 'Read an access key from a profile: an INI file with ak and sk in the section "basic"')
            [CompletionResult]::new('--credentials', '--credentials', [CompletionResultType]::ParameterName, 'Use the credential of this provider only [default: the first one that is set completely]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS')
            [CompletionResult]::new('--signing', '--signing', [CompletionResultType]::ParameterName, 'Signing algorithm for access keys')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Timeout of one attempt in seconds, including connecting [default: 30]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Timeout of connecting in seconds, including DNS and TLS [default: 10]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Number of retries for transient failures [default: 4]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]')
            [CompletionResult]::new('--rate-limit', '--rate-limit', [CompletionResultType]::ParameterName, 'Maximum rate of requests, across all certificates [default: learned if the service throttles]')
            [CompletionResult]::new('--csv-bom', '--csv-bom', [CompletionResultType]::ParameterName, 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8')
            [CompletionResult]::new('--csv-guard', '--csv-guard', [CompletionResultType]::ParameterName, 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Omit the header line of a table or of CSV, for example to append to a file')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use an embedded mock server with sample data; no account is needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'iotda;man' {
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Write all pages to this folder instead, for example ~/.local/share/man/man1, and print their paths')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format [default: table on a terminal, jsonl otherwise]')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Columns to print, separated by commas, in this order [default: all]')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort the rows by a column; nothing is printed before everything is read')
            [CompletionResult]::new('--endpoint', '--endpoint', [CompletionResultType]::ParameterName, 'Endpoint URL or host, from the Overview page of the IoTDA console')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region; its shared endpoint is used if no endpoint is set')
            [CompletionResult]::new('--project-id', '--project-id', [CompletionResultType]::ParameterName, 'Project ID [default: looked up via IAM by the region]')
            [CompletionResult]::new('--instance-id', '--instance-id', [CompletionResultType]::ParameterName, 'Instance ID, from the console''s Overview page; set it if unsure')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read an IAM user token from FILE (- for stdin)')
            [CompletionResult]::new('--credentials-file', '--credentials-file', [CompletionResultType]::ParameterName, 'Read an access key from a profile: an INI file with ak and sk in the section "basic"')
            [CompletionResult]::new('--credentials', '--credentials', [CompletionResultType]::ParameterName, 'Use the credential of this provider only [default: the first one that is set completely]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS')
            [CompletionResult]::new('--signing', '--signing', [CompletionResultType]::ParameterName, 'Signing algorithm for access keys')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Timeout of one attempt in seconds, including connecting [default: 30]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Timeout of connecting in seconds, including DNS and TLS [default: 10]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Number of retries for transient failures [default: 4]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]')
            [CompletionResult]::new('--rate-limit', '--rate-limit', [CompletionResultType]::ParameterName, 'Maximum rate of requests, across all certificates [default: learned if the service throttles]')
            [CompletionResult]::new('--csv-bom', '--csv-bom', [CompletionResultType]::ParameterName, 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8')
            [CompletionResult]::new('--csv-guard', '--csv-guard', [CompletionResultType]::ParameterName, 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Omit the header line of a table or of CSV, for example to append to a file')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each retry to standard error; -vv also prints each request with status, time and request ID')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use an embedded mock server with sample data; no account is needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
