// Validates the traffic of a test against the OpenAPI document.

package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

const path = "http://127.0.0.1:8080/v5/iot/project/device-certificates/61c970ce2d63eb6ee655dbf0/list-device"

// A token is required. kin-openapi checks only what this function checks.
func authenticate(_ context.Context, input *openapi3filter.AuthenticationInput) error {
	if input.RequestValidationInput.Request.Header.Get(input.SecurityScheme.Name) == "" {
		return fmt.Errorf("the header %s is missing", input.SecurityScheme.Name)
	}
	return nil
}

func input(t *testing.T, token, body string) *openapi3filter.RequestValidationInput {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromFile("spec/iotda.yaml")
	if err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Auth-Token", token)
	route, parameters, err := router.FindRoute(request)
	if err != nil {
		t.Fatal(err)
	}
	options := &openapi3filter.Options{AuthenticationFunc: authenticate, IncludeResponseStatus: true}
	return &openapi3filter.RequestValidationInput{
		Request: request, PathParams: parameters, Route: route, Options: options,
	}
}

func TestRequests(t *testing.T) {
	for _, test := range []struct {
		token, body string
		valid       bool
	}{
		{"token", `{"limit": 50}`, true},
		{"token", `{"limit": 51}`, false},
		{"token", `{"limits": 50}`, false},
		{"", `{}`, false},
	} {
		err := openapi3filter.ValidateRequest(context.Background(), input(t, test.token, test.body))
		if (err == nil) != test.valid {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

func TestResponses(t *testing.T) {
	for _, test := range []struct {
		status int
		body   string
		valid  bool
	}{
		{200, `{"devices": null, "page": {"count": 0}, "new": 1}`, true},
		{404, `{"error_code": "IOTDA.015500"}`, true},
		{200, `{"devices": {}}`, false},
		{418, `{}`, false},
	} {
		request := input(t, "token", "{}")
		response := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: request, Status: test.status, Options: request.Options,
			Header: http.Header{"Content-Type": {"application/json"}},
		}
		err := openapi3filter.ValidateResponse(context.Background(), response.SetBodyBytes([]byte(test.body)))
		if (err == nil) != test.valid {
			t.Errorf("%+v: %v", test, err)
		}
	}
}
