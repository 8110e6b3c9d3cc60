# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_iotda_global_optspecs
    string join \n o/output= csv-bom csv-guard columns= sort= no-header v/verbose demo endpoint= region= project-id= instance-id= token-file= credentials-file= credentials= ca-file= signing= timeout= connect-timeout= retries= max-wait= rate-limit= h/help V/version
end

function __fish_iotda_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_iotda_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_iotda_using_subcommand
    set -l cmd (__fish_iotda_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c iotda -n "__fish_iotda_needs_command" -s o -l output -d 'Output format [default: table on a terminal, jsonl otherwise]' -r -f -a "table\t'Human-readable table; columns that do not fit the terminal are hidden, and a note names them'
json\t'One JSON array'
jsonl\t'One JSON object per line'
csv\t'Comma-separated values with a header line'"
complete -c iotda -n "__fish_iotda_needs_command" -l columns -d 'Columns to print, separated by commas, in this order [default: all]' -r
complete -c iotda -n "__fish_iotda_needs_command" -l sort -d 'Sort the rows by a column; nothing is printed before everything is read' -r
complete -c iotda -n "__fish_iotda_needs_command" -l endpoint -d 'Endpoint URL or host, from the Overview page of the IoTDA console' -r
complete -c iotda -n "__fish_iotda_needs_command" -l region -d 'Region; its shared endpoint is used if no endpoint is set' -r
complete -c iotda -n "__fish_iotda_needs_command" -l project-id -d 'Project ID [default: looked up via IAM by the region]' -r
complete -c iotda -n "__fish_iotda_needs_command" -l instance-id -d 'Instance ID, from the console\'s Overview page; set it if unsure' -r
complete -c iotda -n "__fish_iotda_needs_command" -l token-file -d 'Read an IAM user token from FILE (- for stdin)' -r -F
complete -c iotda -n "__fish_iotda_needs_command" -l credentials-file -d 'Read an access key from a profile: an INI file with ak and sk in the section "basic"' -r -F
complete -c iotda -n "__fish_iotda_needs_command" -l credentials -d 'Use the credential of this provider only [default: the first one that is set completely]' -r -f -a "env\t'Variables with a token, an ID token for IAM, an access key, a profile or a password'
oidc\t'OIDC federation through STS: HUAWEICLOUD_OIDC_*'
pod\t'Pod identity of CCE: HC_CONTAINER_*'
profile\t'The profile ~/.huaweicloud/credentials'
idp\t'ID token for IAM: HUAWEICLOUD_SDK_IDP_ID and HUAWEICLOUD_SDK_ID_TOKEN_FILE'
metadata\t'Metadata service of an ECS instance'"
complete -c iotda -n "__fish_iotda_needs_command" -l ca-file -d 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS' -r -F
complete -c iotda -n "__fish_iotda_needs_command" -l signing -d 'Signing algorithm for access keys' -r -f -a "auto\t'Selected by the endpoint\'s host name'
standard\t'SDK-HMAC-SHA256 (shared endpoints)'
derived\t'V11-HMAC-SHA256 (hosts of instances)'"
complete -c iotda -n "__fish_iotda_needs_command" -l timeout -d 'Timeout of one attempt in seconds, including connecting [default: 30]' -r
complete -c iotda -n "__fish_iotda_needs_command" -l connect-timeout -d 'Timeout of connecting in seconds, including DNS and TLS [default: 10]' -r
complete -c iotda -n "__fish_iotda_needs_command" -l retries -d 'Number of retries for transient failures [default: 4]' -r
complete -c iotda -n "__fish_iotda_needs_command" -l max-wait -d 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]' -r
complete -c iotda -n "__fish_iotda_needs_command" -l rate-limit -d 'Maximum rate of requests, across all certificates [default: learned if the service throttles]' -r
complete -c iotda -n "__fish_iotda_needs_command" -l csv-bom -d 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8'
complete -c iotda -n "__fish_iotda_needs_command" -l csv-guard -d 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula'
complete -c iotda -n "__fish_iotda_needs_command" -l no-header -d 'Omit the header line of a table or of CSV, for example to append to a file'
complete -c iotda -n "__fish_iotda_needs_command" -s v -l verbose -d 'Print each retry to standard error; -vv also prints each request with status, time and request ID'
complete -c iotda -n "__fish_iotda_needs_command" -l demo -d 'Use an embedded mock server with sample data; no account is needed'
complete -c iotda -n "__fish_iotda_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iotda -n "__fish_iotda_needs_command" -s V -l version -d 'Print version'
complete -c iotda -n "__fish_iotda_needs_command" -f -a "devices" -d 'List the devices that use a certificate and are cut off if it is disabled'
complete -c iotda -n "__fish_iotda_needs_command" -f -a "templates" -d 'List the device authentication templates of the project'
complete -c iotda -n "__fish_iotda_needs_command" -f -a "diff" -d 'Compare two saved listings, or a saved listing and the service'
complete -c iotda -n "__fish_iotda_needs_command" -f -a "doctor" -d 'Check settings, credential and connection, and suggest fixes'
complete -c iotda -n "__fish_iotda_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c iotda -n "__fish_iotda_needs_command" -f -a "spec" -d 'Print the OpenAPI document of the two operations that iotda calls, or its JSON Schemas'
complete -c iotda -n "__fish_iotda_needs_command" -f -a "mock" -d 'Run an in-memory IoTDA mock server on 127.0.0.1 until Ctrl-C or SIGTERM'
complete -c iotda -n "__fish_iotda_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c iotda -n "__fish_iotda_needs_command" -f -a "man" -d 'Print the manual page of iotda or of a command'
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l by -d 'With --summary: count by these groups only [default: all]' -r -f -a "product\t''
space\t'Resource spaces'
gateway\t'Gateways, and devices connected without one'
certificate\t'Of several certificates: each of them, and devices that use several'"
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l top -d 'With --summary in a table: rows per kind of group; the others are counted in one row' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l interval -d 'With --wait: time between two requests for the number of devices, such as 30s or 5m' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l out -d 'Save the devices to FILE in CSV or JSON Lines; if the run is killed, the same command continues' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l max -d 'Maximum number of devices per certificate [default: no limit]' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l product -d 'Only devices of this product' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l gateway -d 'Only devices with this gateway ID' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l app -d 'Only devices of this resource space (app_id)' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l name -d 'Only devices whose name matches this pattern; * is any text, ? is any character' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l page-size -d 'Records per page, 1 to 50' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l concurrency -d 'Pages fetched in parallel per listing' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l marker -d 'Resume from the marker printed by an earlier run' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -s o -l output -d 'Output format [default: table on a terminal, jsonl otherwise]' -r -f -a "table\t'Human-readable table; columns that do not fit the terminal are hidden, and a note names them'
json\t'One JSON array'
jsonl\t'One JSON object per line'
csv\t'Comma-separated values with a header line'"
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l columns -d 'Columns to print, separated by commas, in this order [default: all]' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l sort -d 'Sort the rows by a column; nothing is printed before everything is read' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l endpoint -d 'Endpoint URL or host, from the Overview page of the IoTDA console' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l region -d 'Region; its shared endpoint is used if no endpoint is set' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l project-id -d 'Project ID [default: looked up via IAM by the region]' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l instance-id -d 'Instance ID, from the console\'s Overview page; set it if unsure' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l token-file -d 'Read an IAM user token from FILE (- for stdin)' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l credentials-file -d 'Read an access key from a profile: an INI file with ak and sk in the section "basic"' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l credentials -d 'Use the credential of this provider only [default: the first one that is set completely]' -r -f -a "env\t'Variables with a token, an ID token for IAM, an access key, a profile or a password'
oidc\t'OIDC federation through STS: HUAWEICLOUD_OIDC_*'
pod\t'Pod identity of CCE: HC_CONTAINER_*'
profile\t'The profile ~/.huaweicloud/credentials'
idp\t'ID token for IAM: HUAWEICLOUD_SDK_IDP_ID and HUAWEICLOUD_SDK_ID_TOKEN_FILE'
metadata\t'Metadata service of an ECS instance'"
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l ca-file -d 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l signing -d 'Signing algorithm for access keys' -r -f -a "auto\t'Selected by the endpoint\'s host name'
standard\t'SDK-HMAC-SHA256 (shared endpoints)'
derived\t'V11-HMAC-SHA256 (hosts of instances)'"
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l timeout -d 'Timeout of one attempt in seconds, including connecting [default: 30]' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l connect-timeout -d 'Timeout of connecting in seconds, including DNS and TLS [default: 10]' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l retries -d 'Number of retries for transient failures [default: 4]' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l max-wait -d 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l rate-limit -d 'Maximum rate of requests, across all certificates [default: learned if the service throttles]' -r
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l summary -d 'Count devices by certificate, product, resource space and gateway instead of listing them'
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l unused -d 'Instead of devices, print the certificates that no device uses'
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l count -d 'Instead of devices, print the number of devices of each certificate that match the filters'
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l fail-if-used -d 'With --unused: exit with status 7 if a device uses one of the certificates'
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l wait -d 'With --unused: wait until no device uses the certificates, or until --timeout'
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l direct -d 'Only devices that are connected without a gateway'
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l strict -d 'Exit with status 6 if a listing has fewer records than the service counts'
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l csv-bom -d 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8'
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l csv-guard -d 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula'
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l no-header -d 'Omit the header line of a table or of CSV, for example to append to a file'
complete -c iotda -n "__fish_iotda_using_subcommand devices" -s v -l verbose -d 'Print each retry to standard error; -vv also prints each request with status, time and request ID'
complete -c iotda -n "__fish_iotda_using_subcommand devices" -l demo -d 'Use an embedded mock server with sample data; no account is needed'
complete -c iotda -n "__fish_iotda_using_subcommand devices" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l name -d 'Print only the template with this name' -r
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l status -d 'Print only templates with this status' -r -f -a "active\t''
inactive\t''"
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l page-size -d 'Records per page, 1 to 50' -r
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l concurrency -d 'Pages fetched in parallel per listing' -r
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l marker -d 'Resume from the marker printed by an earlier run' -r
complete -c iotda -n "__fish_iotda_using_subcommand templates" -s o -l output -d 'Output format [default: table on a terminal, jsonl otherwise]' -r -f -a "table\t'Human-readable table; columns that do not fit the terminal are hidden, and a note names them'
json\t'One JSON array'
jsonl\t'One JSON object per line'
csv\t'Comma-separated values with a header line'"
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l columns -d 'Columns to print, separated by commas, in this order [default: all]' -r
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l sort -d 'Sort the rows by a column; nothing is printed before everything is read' -r
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l endpoint -d 'Endpoint URL or host, from the Overview page of the IoTDA console' -r
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l region -d 'Region; its shared endpoint is used if no endpoint is set' -r
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l project-id -d 'Project ID [default: looked up via IAM by the region]' -r
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l instance-id -d 'Instance ID, from the console\'s Overview page; set it if unsure' -r
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l token-file -d 'Read an IAM user token from FILE (- for stdin)' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l credentials-file -d 'Read an access key from a profile: an INI file with ak and sk in the section "basic"' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l credentials -d 'Use the credential of this provider only [default: the first one that is set completely]' -r -f -a "env\t'Variables with a token, an ID token for IAM, an access key, a profile or a password'
oidc\t'OIDC federation through STS: HUAWEICLOUD_OIDC_*'
pod\t'Pod identity of CCE: HC_CONTAINER_*'
profile\t'The profile ~/.huaweicloud/credentials'
idp\t'ID token for IAM: HUAWEICLOUD_SDK_IDP_ID and HUAWEICLOUD_SDK_ID_TOKEN_FILE'
metadata\t'Metadata service of an ECS instance'"
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l ca-file -d 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l signing -d 'Signing algorithm for access keys' -r -f -a "auto\t'Selected by the endpoint\'s host name'
standard\t'SDK-HMAC-SHA256 (shared endpoints)'
derived\t'V11-HMAC-SHA256 (hosts of instances)'"
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l timeout -d 'Timeout of one attempt in seconds, including connecting [default: 30]' -r
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l connect-timeout -d 'Timeout of connecting in seconds, including DNS and TLS [default: 10]' -r
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l retries -d 'Number of retries for transient failures [default: 4]' -r
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l max-wait -d 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]' -r
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l rate-limit -d 'Maximum rate of requests, across all certificates [default: learned if the service throttles]' -r
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l strict -d 'Exit with status 6 if a listing has fewer records than the service counts'
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l csv-bom -d 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8'
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l csv-guard -d 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula'
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l no-header -d 'Omit the header line of a table or of CSV, for example to append to a file'
complete -c iotda -n "__fish_iotda_using_subcommand templates" -s v -l verbose -d 'Print each retry to standard error; -vv also prints each request with status, time and request ID'
complete -c iotda -n "__fish_iotda_using_subcommand templates" -l demo -d 'Use an embedded mock server with sample data; no account is needed'
complete -c iotda -n "__fish_iotda_using_subcommand templates" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l certificate -d 'Also read the devices of these certificates from the service, if BEFORE has none of them; can be repeated' -r
complete -c iotda -n "__fish_iotda_using_subcommand diff" -s o -l output -d 'Output format [default: table on a terminal, jsonl otherwise]' -r -f -a "table\t'Human-readable table; columns that do not fit the terminal are hidden, and a note names them'
json\t'One JSON array'
jsonl\t'One JSON object per line'
csv\t'Comma-separated values with a header line'"
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l columns -d 'Columns to print, separated by commas, in this order [default: all]' -r
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l sort -d 'Sort the rows by a column; nothing is printed before everything is read' -r
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l endpoint -d 'Endpoint URL or host, from the Overview page of the IoTDA console' -r
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l region -d 'Region; its shared endpoint is used if no endpoint is set' -r
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l project-id -d 'Project ID [default: looked up via IAM by the region]' -r
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l instance-id -d 'Instance ID, from the console\'s Overview page; set it if unsure' -r
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l token-file -d 'Read an IAM user token from FILE (- for stdin)' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l credentials-file -d 'Read an access key from a profile: an INI file with ak and sk in the section "basic"' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l credentials -d 'Use the credential of this provider only [default: the first one that is set completely]' -r -f -a "env\t'Variables with a token, an ID token for IAM, an access key, a profile or a password'
oidc\t'OIDC federation through STS: HUAWEICLOUD_OIDC_*'
pod\t'Pod identity of CCE: HC_CONTAINER_*'
profile\t'The profile ~/.huaweicloud/credentials'
idp\t'ID token for IAM: HUAWEICLOUD_SDK_IDP_ID and HUAWEICLOUD_SDK_ID_TOKEN_FILE'
metadata\t'Metadata service of an ECS instance'"
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l ca-file -d 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l signing -d 'Signing algorithm for access keys' -r -f -a "auto\t'Selected by the endpoint\'s host name'
standard\t'SDK-HMAC-SHA256 (shared endpoints)'
derived\t'V11-HMAC-SHA256 (hosts of instances)'"
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l timeout -d 'Timeout of one attempt in seconds, including connecting [default: 30]' -r
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l connect-timeout -d 'Timeout of connecting in seconds, including DNS and TLS [default: 10]' -r
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l retries -d 'Number of retries for transient failures [default: 4]' -r
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l max-wait -d 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]' -r
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l rate-limit -d 'Maximum rate of requests, across all certificates [default: learned if the service throttles]' -r
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l csv-bom -d 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8'
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l csv-guard -d 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula'
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l no-header -d 'Omit the header line of a table or of CSV, for example to append to a file'
complete -c iotda -n "__fish_iotda_using_subcommand diff" -s v -l verbose -d 'Print each retry to standard error; -vv also prints each request with status, time and request ID'
complete -c iotda -n "__fish_iotda_using_subcommand diff" -l demo -d 'Use an embedded mock server with sample data; no account is needed'
complete -c iotda -n "__fish_iotda_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -s o -l output -d 'Output format [default: table on a terminal, jsonl otherwise]' -r -f -a "table\t'Human-readable table; columns that do not fit the terminal are hidden, and a note names them'
json\t'One JSON array'
jsonl\t'One JSON object per line'
csv\t'Comma-separated values with a header line'"
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l columns -d 'Columns to print, separated by commas, in this order [default: all]' -r
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l sort -d 'Sort the rows by a column; nothing is printed before everything is read' -r
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l endpoint -d 'Endpoint URL or host, from the Overview page of the IoTDA console' -r
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l region -d 'Region; its shared endpoint is used if no endpoint is set' -r
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l project-id -d 'Project ID [default: looked up via IAM by the region]' -r
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l instance-id -d 'Instance ID, from the console\'s Overview page; set it if unsure' -r
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l token-file -d 'Read an IAM user token from FILE (- for stdin)' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l credentials-file -d 'Read an access key from a profile: an INI file with ak and sk in the section "basic"' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l credentials -d 'Use the credential of this provider only [default: the first one that is set completely]' -r -f -a "env\t'Variables with a token, an ID token for IAM, an access key, a profile or a password'
oidc\t'OIDC federation through STS: HUAWEICLOUD_OIDC_*'
pod\t'Pod identity of CCE: HC_CONTAINER_*'
profile\t'The profile ~/.huaweicloud/credentials'
idp\t'ID token for IAM: HUAWEICLOUD_SDK_IDP_ID and HUAWEICLOUD_SDK_ID_TOKEN_FILE'
metadata\t'Metadata service of an ECS instance'"
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l ca-file -d 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l signing -d 'Signing algorithm for access keys' -r -f -a "auto\t'Selected by the endpoint\'s host name'
standard\t'SDK-HMAC-SHA256 (shared endpoints)'
derived\t'V11-HMAC-SHA256 (hosts of instances)'"
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l timeout -d 'Timeout of one attempt in seconds, including connecting [default: 30]' -r
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l connect-timeout -d 'Timeout of connecting in seconds, including DNS and TLS [default: 10]' -r
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l retries -d 'Number of retries for transient failures [default: 4]' -r
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l max-wait -d 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]' -r
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l rate-limit -d 'Maximum rate of requests, across all certificates [default: learned if the service throttles]' -r
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l csv-bom -d 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8'
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l csv-guard -d 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula'
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l no-header -d 'Omit the header line of a table or of CSV, for example to append to a file'
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -s v -l verbose -d 'Print each retry to standard error; -vv also prints each request with status, time and request ID'
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -l demo -d 'Use an embedded mock server with sample data; no account is needed'
complete -c iotda -n "__fish_iotda_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iotda -n "__fish_iotda_using_subcommand help; and not __fish_seen_subcommand_from devices templates diff doctor spec mock completions man help" -f -a "devices" -d 'List the devices that use a certificate and are cut off if it is disabled'
complete -c iotda -n "__fish_iotda_using_subcommand help; and not __fish_seen_subcommand_from devices templates diff doctor spec mock completions man help" -f -a "templates" -d 'List the device authentication templates of the project'
complete -c iotda -n "__fish_iotda_using_subcommand help; and not __fish_seen_subcommand_from devices templates diff doctor spec mock completions man help" -f -a "diff" -d 'Compare two saved listings, or a saved listing and the service'
complete -c iotda -n "__fish_iotda_using_subcommand help; and not __fish_seen_subcommand_from devices templates diff doctor spec mock completions man help" -f -a "doctor" -d 'Check settings, credential and connection, and suggest fixes'
complete -c iotda -n "__fish_iotda_using_subcommand help; and not __fish_seen_subcommand_from devices templates diff doctor spec mock completions man help" -f -a "spec" -d 'Print the OpenAPI document of the two operations that iotda calls, or its JSON Schemas'
complete -c iotda -n "__fish_iotda_using_subcommand help; and not __fish_seen_subcommand_from devices templates diff doctor spec mock completions man help" -f -a "mock" -d 'Run an in-memory IoTDA mock server on 127.0.0.1 until Ctrl-C or SIGTERM'
complete -c iotda -n "__fish_iotda_using_subcommand help; and not __fish_seen_subcommand_from devices templates diff doctor spec mock completions man help" -f -a "completions" -d 'Print the completion script of a shell'
complete -c iotda -n "__fish_iotda_using_subcommand help; and not __fish_seen_subcommand_from devices templates diff doctor spec mock completions man help" -f -a "man" -d 'Print the manual page of iotda or of a command'
complete -c iotda -n "__fish_iotda_using_subcommand help; and not __fish_seen_subcommand_from devices templates diff doctor spec mock completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l format -d 'Document format' -r -f -a "yaml\t'OpenAPI 3.0.3 in YAML'
json\t'OpenAPI 3.0.3 in JSON'
openapi-3.1\t'OpenAPI 3.1.0 in JSON'
json-schema\t'The schemas as JSON Schema 2020-12, each self-contained'"
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l schema -d 'Print only this schema, with --format json-schema [default: all, one per line]' -r
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l out -d 'Write to files in this folder, with the version of the OpenAPI document in their names, and print their paths' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand spec" -s o -l output -d 'Output format [default: table on a terminal, jsonl otherwise]' -r -f -a "table\t'Human-readable table; columns that do not fit the terminal are hidden, and a note names them'
json\t'One JSON array'
jsonl\t'One JSON object per line'
csv\t'Comma-separated values with a header line'"
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l columns -d 'Columns to print, separated by commas, in this order [default: all]' -r
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l sort -d 'Sort the rows by a column; nothing is printed before everything is read' -r
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l endpoint -d 'Endpoint URL or host, from the Overview page of the IoTDA console' -r
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l region -d 'Region; its shared endpoint is used if no endpoint is set' -r
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l project-id -d 'Project ID [default: looked up via IAM by the region]' -r
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l instance-id -d 'Instance ID, from the console\'s Overview page; set it if unsure' -r
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l token-file -d 'Read an IAM user token from FILE (- for stdin)' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l credentials-file -d 'Read an access key from a profile: an INI file with ak and sk in the section "basic"' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l credentials -d 'Use the credential of this provider only [default: the first one that is set completely]' -r -f -a "env\t'Variables with a token, an ID token for IAM, an access key, a profile or a password'
oidc\t'OIDC federation through STS: HUAWEICLOUD_OIDC_*'
pod\t'Pod identity of CCE: HC_CONTAINER_*'
profile\t'The profile ~/.huaweicloud/credentials'
idp\t'ID token for IAM: HUAWEICLOUD_SDK_IDP_ID and HUAWEICLOUD_SDK_ID_TOKEN_FILE'
metadata\t'Metadata service of an ECS instance'"
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l ca-file -d 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l signing -d 'Signing algorithm for access keys' -r -f -a "auto\t'Selected by the endpoint\'s host name'
standard\t'SDK-HMAC-SHA256 (shared endpoints)'
derived\t'V11-HMAC-SHA256 (hosts of instances)'"
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l timeout -d 'Timeout of one attempt in seconds, including connecting [default: 30]' -r
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l connect-timeout -d 'Timeout of connecting in seconds, including DNS and TLS [default: 10]' -r
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l retries -d 'Number of retries for transient failures [default: 4]' -r
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l max-wait -d 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]' -r
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l rate-limit -d 'Maximum rate of requests, across all certificates [default: learned if the service throttles]' -r
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l strict -d 'Reject unknown fields, with --format json-schema; use it to validate fixtures'
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l csv-bom -d 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8'
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l csv-guard -d 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula'
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l no-header -d 'Omit the header line of a table or of CSV, for example to append to a file'
complete -c iotda -n "__fish_iotda_using_subcommand spec" -s v -l verbose -d 'Print each retry to standard error; -vv also prints each request with status, time and request ID'
complete -c iotda -n "__fish_iotda_using_subcommand spec" -l demo -d 'Use an embedded mock server with sample data; no account is needed'
complete -c iotda -n "__fish_iotda_using_subcommand spec" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l port -d 'Port to listen on; 0 selects a free port' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l host -d 'IP address to listen on; 0.0.0.0 lets other machines connect, for example in a container' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l allow-origin -d 'Also let pages of this origin (scheme, host and port) use the server in a browser; * is any origin' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l allow-host -d 'Also accept requests to this host name; * is any name' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l data -d 'Serve the records in FILE instead of sample data; - is stdin; can be repeated' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l devices -d 'Number of devices of the first certificate' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l templates -d 'Number of authentication templates' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l access-key -d 'Accept this access key instead of the printed one; can be repeated' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l identities -d 'Also accept workload identities; writes their token files to DIR, and prints the variables to export' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l audience -d 'Audience that an ID token must have' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l id-token-lifetime -d 'Lifetime of the ID token in DIR, such as 90s or 1h' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l key-lifetime -d 'Lifetime of the access keys that are issued for a workload identity [default: the requested one, or 1h]' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l latency -d 'Added latency of each response, in milliseconds' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l fault-rate -d 'Fraction of requests that fail, 0 to 1: throttling, server errors and broken responses' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l throttle -d 'Throttle requests above this rate (HTTP 429), such as 50/1s [default: no limit]' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l seed -d 'Random seed of the fault injection; the same seed causes the same failures' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -s o -l output -d 'Output format [default: table on a terminal, jsonl otherwise]' -r -f -a "table\t'Human-readable table; columns that do not fit the terminal are hidden, and a note names them'
json\t'One JSON array'
jsonl\t'One JSON object per line'
csv\t'Comma-separated values with a header line'"
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l columns -d 'Columns to print, separated by commas, in this order [default: all]' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l sort -d 'Sort the rows by a column; nothing is printed before everything is read' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l endpoint -d 'Endpoint URL or host, from the Overview page of the IoTDA console' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l region -d 'Region of derived signatures and of the project [default: cn-north-4]' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l project-id -d 'Project ID [default: looked up via IAM by the region]' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l instance-id -d 'Instance ID, from the console\'s Overview page; set it if unsure' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l token-file -d 'Read an IAM user token from FILE (- for stdin)' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l credentials-file -d 'Read an access key from a profile: an INI file with ak and sk in the section "basic"' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l credentials -d 'Use the credential of this provider only [default: the first one that is set completely]' -r -f -a "env\t'Variables with a token, an ID token for IAM, an access key, a profile or a password'
oidc\t'OIDC federation through STS: HUAWEICLOUD_OIDC_*'
pod\t'Pod identity of CCE: HC_CONTAINER_*'
profile\t'The profile ~/.huaweicloud/credentials'
idp\t'ID token for IAM: HUAWEICLOUD_SDK_IDP_ID and HUAWEICLOUD_SDK_ID_TOKEN_FILE'
metadata\t'Metadata service of an ECS instance'"
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l ca-file -d 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l signing -d 'Accept only this signing algorithm of access keys: standard or derived [default: both]' -r -f -a "auto\t'Selected by the endpoint\'s host name'
standard\t'SDK-HMAC-SHA256 (shared endpoints)'
derived\t'V11-HMAC-SHA256 (hosts of instances)'"
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l timeout -d 'Timeout of one attempt in seconds, including connecting [default: 30]' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l connect-timeout -d 'Timeout of connecting in seconds, including DNS and TLS [default: 10]' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l retries -d 'Number of retries for transient failures [default: 4]' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l max-wait -d 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l rate-limit -d 'Maximum rate of requests, across all certificates [default: learned if the service throttles]' -r
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l log -d 'Log each request to standard error: time, method, target, paging parameters, status and duration'
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l csv-bom -d 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8'
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l csv-guard -d 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula'
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l no-header -d 'Omit the header line of a table or of CSV, for example to append to a file'
complete -c iotda -n "__fish_iotda_using_subcommand mock" -s v -l verbose -d 'Print each retry to standard error; -vv also prints each request with status, time and request ID'
complete -c iotda -n "__fish_iotda_using_subcommand mock" -l demo -d 'Use an embedded mock server with sample data; no account is needed'
complete -c iotda -n "__fish_iotda_using_subcommand mock" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iotda -n "__fish_iotda_using_subcommand completions" -s o -l output -d 'Output format [default: table on a terminal, jsonl otherwise]' -r -f -a "table\t'Human-readable table; columns that do not fit the terminal are hidden, and a note names them'
json\t'One JSON array'
jsonl\t'One JSON object per line'
csv\t'Comma-separated values with a header line'"
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l columns -d 'Columns to print, separated by commas, in this order [default: all]' -r
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l sort -d 'Sort the rows by a column; nothing is printed before everything is read' -r
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l endpoint -d 'Endpoint URL or host, from the Overview page of the IoTDA console' -r
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l region -d 'Region; its shared endpoint is used if no endpoint is set' -r
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l project-id -d 'Project ID [default: looked up via IAM by the region]' -r
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l instance-id -d 'Instance ID, from the console\'s Overview page; set it if unsure' -r
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l token-file -d 'Read an IAM user token from FILE (- for stdin)' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l credentials-file -d 'Read an access key from a profile: an INI file with ak and sk in the section "basic"' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l credentials -d 'Use the credential of this provider only [default: the first one that is set completely]' -r -f -a "env\t'Variables with a token, an ID token for IAM, an access key, a profile or a password'
oidc\t'OIDC federation through STS: HUAWEICLOUD_OIDC_*'
pod\t'Pod identity of CCE: HC_CONTAINER_*'
profile\t'The profile ~/.huaweicloud/credentials'
idp\t'ID token for IAM: HUAWEICLOUD_SDK_IDP_ID and HUAWEICLOUD_SDK_ID_TOKEN_FILE'
metadata\t'Metadata service of an ECS instance'"
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l ca-file -d 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l signing -d 'Signing algorithm for access keys' -r -f -a "auto\t'Selected by the endpoint\'s host name'
standard\t'SDK-HMAC-SHA256 (shared endpoints)'
derived\t'V11-HMAC-SHA256 (hosts of instances)'"
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l timeout -d 'Timeout of one attempt in seconds, including connecting [default: 30]' -r
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l connect-timeout -d 'Timeout of connecting in seconds, including DNS and TLS [default: 10]' -r
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l retries -d 'Number of retries for transient failures [default: 4]' -r
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l max-wait -d 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]' -r
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l rate-limit -d 'Maximum rate of requests, across all certificates [default: learned if the service throttles]' -r
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l csv-bom -d 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8'
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l csv-guard -d 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula'
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l no-header -d 'Omit the header line of a table or of CSV, for example to append to a file'
complete -c iotda -n "__fish_iotda_using_subcommand completions" -s v -l verbose -d 'Print each retry to standard error; -vv also prints each request with status, time and request ID'
complete -c iotda -n "__fish_iotda_using_subcommand completions" -l demo -d 'Use an embedded mock server with sample data; no account is needed'
complete -c iotda -n "__fish_iotda_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c iotda -n "__fish_iotda_using_subcommand man" -l out -d 'Write all pages to this folder instead, for example ~/.local/share/man/man1, and print their paths' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand man" -s o -l output -d 'Output format [default: table on a terminal, jsonl otherwise]' -r -f -a "table\t'Human-readable table; columns that do not fit the terminal are hidden, and a note names them'
json\t'One JSON array'
jsonl\t'One JSON object per line'
csv\t'Comma-separated values with a header line'"
complete -c iotda -n "__fish_iotda_using_subcommand man" -l columns -d 'Columns to print, separated by commas, in this order [default: all]' -r
complete -c iotda -n "__fish_iotda_using_subcommand man" -l sort -d 'Sort the rows by a column; nothing is printed before everything is read' -r
complete -c iotda -n "__fish_iotda_using_subcommand man" -l endpoint -d 'Endpoint URL or host, from the Overview page of the IoTDA console' -r
complete -c iotda -n "__fish_iotda_using_subcommand man" -l region -d 'Region; its shared endpoint is used if no endpoint is set' -r
complete -c iotda -n "__fish_iotda_using_subcommand man" -l project-id -d 'Project ID [default: looked up via IAM by the region]' -r
complete -c iotda -n "__fish_iotda_using_subcommand man" -l instance-id -d 'Instance ID, from the console\'s Overview page; set it if unsure' -r
complete -c iotda -n "__fish_iotda_using_subcommand man" -l token-file -d 'Read an IAM user token from FILE (- for stdin)' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand man" -l credentials-file -d 'Read an access key from a profile: an INI file with ak and sk in the section "basic"' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand man" -l credentials -d 'Use the credential of this provider only [default: the first one that is set completely]' -r -f -a "env\t'Variables with a token, an ID token for IAM, an access key, a profile or a password'
oidc\t'OIDC federation through STS: HUAWEICLOUD_OIDC_*'
pod\t'Pod identity of CCE: HC_CONTAINER_*'
profile\t'The profile ~/.huaweicloud/credentials'
idp\t'ID token for IAM: HUAWEICLOUD_SDK_IDP_ID and HUAWEICLOUD_SDK_ID_TOKEN_FILE'
metadata\t'Metadata service of an ECS instance'"
complete -c iotda -n "__fish_iotda_using_subcommand man" -l ca-file -d 'Also trust the root certificates in FILE (PEM), for example that of a proxy that inspects TLS' -r -F
complete -c iotda -n "__fish_iotda_using_subcommand man" -l signing -d 'Signing algorithm for access keys' -r -f -a "auto\t'Selected by the endpoint\'s host name'
standard\t'SDK-HMAC-SHA256 (shared endpoints)'
derived\t'V11-HMAC-SHA256 (hosts of instances)'"
complete -c iotda -n "__fish_iotda_using_subcommand man" -l timeout -d 'Timeout of one attempt in seconds, including connecting [default: 30]' -r
complete -c iotda -n "__fish_iotda_using_subcommand man" -l connect-timeout -d 'Timeout of connecting in seconds, including DNS and TLS [default: 10]' -r
complete -c iotda -n "__fish_iotda_using_subcommand man" -l retries -d 'Number of retries for transient failures [default: 4]' -r
complete -c iotda -n "__fish_iotda_using_subcommand man" -l max-wait -d 'Longest wait before a retry in seconds; a longer delay that the service asks for is an error [default: 20]' -r
complete -c iotda -n "__fish_iotda_using_subcommand man" -l rate-limit -d 'Maximum rate of requests, across all certificates [default: learned if the service throttles]' -r
complete -c iotda -n "__fish_iotda_using_subcommand man" -l csv-bom -d 'Start CSV output with a byte order mark, so that Excel reads it as UTF-8'
complete -c iotda -n "__fish_iotda_using_subcommand man" -l csv-guard -d 'In CSV output, put an apostrophe before values that a spreadsheet would run as a formula'
complete -c iotda -n "__fish_iotda_using_subcommand man" -l no-header -d 'Omit the header line of a table or of CSV, for example to append to a file'
complete -c iotda -n "__fish_iotda_using_subcommand man" -s v -l verbose -d 'Print each retry to standard error; -vv also prints each request with status, time and request ID'
complete -c iotda -n "__fish_iotda_using_subcommand man" -l demo -d 'Use an embedded mock server with sample data; no account is needed'
complete -c iotda -n "__fish_iotda_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
