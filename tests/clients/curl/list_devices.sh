curl --silent --show-error --fail-with-body \
  "$HUAWEICLOUD_IOTDA_ENDPOINT/v5/iot/$HUAWEICLOUD_SDK_PROJECT_ID/device-certificates/61c970ce2d63eb6ee655dbf0/list-device" \
  --header "X-Auth-Token: $HW_AUTH_TOKEN" \
  --header 'Content-Type: application/json' \
  --data '{"limit": 50}'
