curl --silent --show-error --fail-with-body \
  "$HUAWEICLOUD_IOTDA_ENDPOINT/v5/iot/$HUAWEICLOUD_SDK_PROJECT_ID/device-authentication-templates?limit=50" \
  --header "X-Auth-Token: $HW_AUTH_TOKEN"
