// Reads from a mock server that the test starts.

package main

import (
	"bufio"
	"os/exec"
	"strings"
	"testing"
)

// Starts a mock server on a free port until the test ends, and returns the variables that it prints when it is ready.
func startMock(t *testing.T) map[string]string {
	mock := exec.CommandContext(t.Context(), "iotda", "mock")
	output, err := mock.StdoutPipe()
	if err != nil || mock.Start() != nil {
		t.Fatal("cannot start iotda mock")
	}
	t.Cleanup(func() { _ = mock.Wait() }) // t.Context() is canceled before, which kills the process.
	variables, lines := map[string]string{}, bufio.NewScanner(output)
	for variables["HW_AUTH_TOKEN"] == "" {
		if !lines.Scan() {
			t.Fatal("iotda mock does not start")
		}
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		variables[name] = value
	}
	return variables
}

func TestMock(t *testing.T) {
	variables := startMock(t)
	token := variables["HW_AUTH_TOKEN"]
	mock := server{variables["HUAWEICLOUD_IOTDA_ENDPOINT"], variables["HUAWEICLOUD_SDK_PROJECT_ID"], &token}
	got, err := mock.call("ListDeviceAuthenticationTemplates", nil)
	if err != nil || len(got.Records) != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
}
