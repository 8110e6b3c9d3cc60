// Lists the devices of the certificates in the arguments with the vendor's SDK, all pages of each.
//
// The SDK reads everything else from the variables that `iotda mock` prints: the access key, the project, and the endpoint
// of the region. For the host of an instance, SIGNING=derived selects its signing algorithm.
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
	iotda "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5/model"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5/region"
)

func main() {
	builder := basic.NewCredentialsBuilder().
		WithAk(os.Getenv("HUAWEICLOUD_SDK_AK")).
		WithSk(os.Getenv("HUAWEICLOUD_SDK_SK")).
		WithProjectId(os.Getenv("HUAWEICLOUD_SDK_PROJECT_ID"))
	if os.Getenv("SIGNING") == "derived" {
		builder.WithDerivedPredicate(func(*request.DefaultHttpRequest) bool { return true })
	}
	credentials, err := builder.SafeBuild()
	if err != nil {
		log.Fatal(err)
	}
	location, err := region.SafeValueOf("cn-north-4")
	if err != nil {
		log.Fatal(err)
	}
	http, err := iotda.IoTDAClientBuilder().WithRegion(location).WithCredential(credentials).SafeBuild()
	if err != nil {
		log.Fatal(err)
	}
	client := iotda.NewIoTDAClient(http)
	for _, certificate := range os.Args[1:] {
		if err := list(client, certificate); err != nil {
			log.Fatal(err)
		}
	}
}

func list(client *iotda.IoTDAClient, certificate string) error {
	limit := int32(50)
	var marker *string
	for {
		page, err := client.ListDeviceByDeviceCertificate(&model.ListDeviceByDeviceCertificateRequest{
			CertificateId: certificate,
			Body:          &model.ListDeviceRequest{Limit: &limit, Marker: marker},
		})
		if err != nil {
			return err
		}
		if page.Devices == nil || len(*page.Devices) == 0 {
			return nil
		}
		for _, device := range *page.Devices {
			fmt.Println(*device.DeviceId)
		}
		marker = page.Page.Marker
	}
}
