package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"iotda-client/iotda"
)

func main() {
	// Otherwise, the token is sent to the new location.
	noRedirects := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	client, err := iotda.NewClientWithResponses(os.Getenv("HUAWEICLOUD_IOTDA_ENDPOINT"), iotda.WithHTTPClient(noRedirects),
		iotda.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
			request.Header.Set("X-Auth-Token", os.Getenv("HW_AUTH_TOKEN"))
			return nil
		}))
	if err != nil {
		log.Fatal(err)
	}
	limit := iotda.PageLimit(50)
	got, err := client.ListDeviceByDeviceCertificateWithResponse(context.Background(),
		os.Getenv("HUAWEICLOUD_SDK_PROJECT_ID"), "61c970ce2d63eb6ee655dbf0",
		&iotda.ListDeviceByDeviceCertificateParams{}, iotda.ListDeviceRequest{Limit: &limit})
	if err != nil {
		log.Fatal(err)
	}
	// A page without records can be an error: see the tag Paging.
	if got.JSON200 == nil || got.JSON200.Devices == nil || len(*got.JSON200.Devices) == 0 {
		log.Fatalf("no devices: %s %s", got.Status(), got.Body)
	}
	for _, device := range *got.JSON200.Devices {
		fmt.Println(*device.DeviceId)
	}
}
