// Lists the devices of certificates with the vendor's SDK for Go, and prints their number:
//
//	list-devices ENDPOINT WORKERS CERTIFICATE...
//
// The SDK has no pagination, so the loop follows the markers. HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK and
// HUAWEICLOUD_SDK_PROJECT_ID are set.
package main

import (
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	iotda "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5/model"
)

func newClient(endpoint string) *iotda.IoTDAClient {
	credentials, err := basic.NewCredentialsBuilder().
		WithAk(os.Getenv("HUAWEICLOUD_SDK_AK")).
		WithSk(os.Getenv("HUAWEICLOUD_SDK_SK")).
		WithProjectId(os.Getenv("HUAWEICLOUD_SDK_PROJECT_ID")).
		SafeBuild()
	if err != nil {
		log.Fatal(err)
	}
	http, err := iotda.IoTDAClientBuilder().WithEndpoints([]string{endpoint}).WithCredential(credentials).SafeBuild()
	if err != nil {
		log.Fatal(err)
	}
	return iotda.NewIoTDAClient(http)
}

func countDevices(client *iotda.IoTDAClient, certificate string) (int, error) {
	limit := int32(50)
	var marker *string
	count := 0
	for {
		response, err := client.ListDeviceByDeviceCertificate(&model.ListDeviceByDeviceCertificateRequest{
			CertificateId: certificate,
			Body:          &model.ListDeviceRequest{Limit: &limit, Marker: marker},
		})
		if err != nil {
			return count, err
		}
		if response.Devices == nil || len(*response.Devices) == 0 {
			return count, nil
		}
		for _, device := range *response.Devices {
			if device.DeviceId != nil {
				count++
			}
		}
		if response.Page == nil || response.Page.Marker == nil {
			return count, nil
		}
		marker = response.Page.Marker
	}
}

func main() {
	client := newClient(os.Args[1])
	workers, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	certificates := make(chan string)
	var total atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			for certificate := range certificates {
				count, err := countDevices(client, certificate)
				if err != nil {
					log.Fatal(err)
				}
				total.Add(int64(count))
			}
		}()
	}
	for _, certificate := range os.Args[3:] {
		certificates <- certificate
	}
	close(certificates)
	group.Wait()
	fmt.Println(total.Load())
}
