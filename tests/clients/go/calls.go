// Calls the service with the generated client, and converts the responses to the format of the cases.

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"iotda-client/iotda"
)

// A 200 that is not JSON, or has no records and reports an error or does not state that the list is empty.
var errUndocumented = errors.New("a 200 without the documented JSON")

var errorFields = []string{
	"error_code", "errorCode", "code", "errcode", "error", "error_msg", "errorMsg", "message", "msg", "errmsg",
}

// JSON values of such a field that report no error.
var noError = []string{"null", "false", "0", `""`, `"0"`, "[]", "{}"}

// The server of a case, and the credentials for it.
type server struct {
	Endpoint  string
	ProjectID string `json:"project_id"`
	Token     *string
}

type fields map[string]*string

type callResult struct {
	Status    int      `json:"status"`
	ErrorCode *string  `json:"error_code"`
	Records   []fields `json:"records"`
	Total     *int64   `json:"total"`
	Marker    *string  `json:"marker"`
}

func (s server) client() (*iotda.ClientWithResponses, error) {
	// By default, redirects are followed, and the token is sent along.
	noRedirects := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	token := func(_ context.Context, request *http.Request) error {
		if s.Token != nil {
			request.Header.Set("X-Auth-Token", *s.Token)
		}
		return nil
	}
	return iotda.NewClientWithResponses(s.Endpoint, iotda.WithHTTPClient(noRedirects), iotda.WithRequestEditorFn(token))
}

func (s server) call(operation string, arguments map[string]any) (callResult, error) {
	switch operation {
	case "ListDeviceByDeviceCertificate":
		return s.listDevices(arguments)
	case "ListDeviceAuthenticationTemplates":
		return s.listTemplates(arguments)
	default:
		return callResult{}, fmt.Errorf("unknown operation %s", operation)
	}
}

func (s server) listDevices(arguments map[string]any) (callResult, error) {
	var given struct {
		CertificateID string  `json:"certificate_id"`
		InstanceID    *string `json:"instance_id"`
		iotda.ListDeviceRequest
	}
	if err := decodeArguments(arguments, &given); err != nil {
		return callResult{}, err
	}
	client, err := s.client()
	if err != nil {
		return callResult{}, err
	}
	got, err := client.ListDeviceByDeviceCertificateWithResponse(context.Background(), s.ProjectID, given.CertificateID,
		&iotda.ListDeviceByDeviceCertificateParams{InstanceId: given.InstanceID}, given.ListDeviceRequest)
	if err != nil {
		return callResult{}, err
	}
	result := callResult{Status: got.StatusCode(), ErrorCode: errorCode(
		got.JSON400, got.JSON401, got.JSON403, got.JSON404, got.JSON429, got.JSON500)}
	if got.JSON200 == nil {
		return result, missingPage(result.Status)
	}
	result.setPage(got.JSON200.Page)
	if got.JSON200.Devices != nil {
		result.Records = []fields{}
		for _, device := range *got.JSON200.Devices {
			result.Records = append(result.Records, fields{
				"app_id": device.AppId, "device_id": device.DeviceId, "node_id": device.NodeId,
				"gateway_id": device.GatewayId, "device_name": device.DeviceName, "product_id": device.ProductId,
			})
		}
	}
	return result, result.checkEmpty(got.Body)
}

func (s server) listTemplates(arguments map[string]any) (callResult, error) {
	var given struct {
		InstanceID *string `json:"instance_id"`
		iotda.ListDeviceAuthenticationTemplatesParams
	}
	if err := decodeArguments(arguments, &given); err != nil {
		return callResult{}, err
	}
	client, err := s.client()
	if err != nil {
		return callResult{}, err
	}
	query := given.ListDeviceAuthenticationTemplatesParams
	query.InstanceId = given.InstanceID
	got, err := client.ListDeviceAuthenticationTemplatesWithResponse(context.Background(), s.ProjectID, &query)
	if err != nil {
		return callResult{}, err
	}
	result := callResult{Status: got.StatusCode(), ErrorCode: errorCode(
		got.JSON400, got.JSON401, got.JSON403, got.JSON404, got.JSON429, got.JSON500)}
	if got.JSON200 == nil {
		return result, missingPage(result.Status)
	}
	result.setPage(got.JSON200.Page)
	if got.JSON200.Templates != nil {
		result.Records = []fields{}
		for _, template := range *got.JSON200.Templates {
			result.Records = append(result.Records, fields{
				"template_id": template.TemplateId, "template_name": template.TemplateName,
				"create_time": template.CreateTime, "update_time": template.UpdateTime,
				"description": template.Description, "status": template.Status,
			})
		}
	}
	return result, result.checkEmpty(got.Body)
}

func (r *callResult) setPage(page *iotda.Page) {
	if page != nil {
		r.Total, r.Marker = page.Count, page.Marker
	}
}

// Returns an error for a 200 response whose body is not JSON. For other statuses, a missing page is expected.
func missingPage(status int) error {
	if status == http.StatusOK {
		return errUndocumented
	}
	return nil
}

// Returns an error for a page without records that reports an error, or does not state that the list is empty.
func (r callResult) checkEmpty(body []byte) error {
	if len(r.Records) > 0 {
		return nil
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	if isStated := r.Records != nil || r.Total != nil; !isStated || reportsError(value) {
		return fmt.Errorf("%w: %.200s", errUndocumented, body)
	}
	return nil
}

// Returns whether a field at any level reports an error.
func reportsError(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		for name, field := range value {
			if text, _ := json.Marshal(field); slices.Contains(errorFields, name) && !slices.Contains(noError, string(text)) {
				return true
			}
			if reportsError(field) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, reportsError)
	}
	return false
}

// Returns the error code of the response, if the OpenAPI document has its status.
func errorCode(bodies ...*iotda.ErrorBody) *string {
	for _, body := range bodies {
		if body != nil {
			return body.ErrorCode
		}
	}
	return nil
}

// Converts arguments to the generated types; an unknown argument is an error.
func decodeArguments(arguments map[string]any, into any) error {
	text, err := json.Marshal(arguments)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}
