// Runs every case with the generated Go client; started by tests/clients/run with the file of cases.
package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"strings"
)

type call struct {
	Operation string
	Arguments map[string]any
	Expect    map[string]any
}

type testCase struct {
	Name string
	Kind string
	server
	call         // The call of the kind pages.
	Calls []call // The calls of the kind calls.
}

type pages struct {
	Sizes   []int    `json:"sizes"`
	Totals  []*int64 `json:"totals"`
	Records []fields `json:"records"`
}

func (t testCase) run() error {
	switch t.Kind {
	case "pages":
		read, err := t.readPages()
		if err != nil {
			return err
		}
		return compare(t.Expect, read)
	case "calls":
		var results []callResult
		for _, call := range t.Calls {
			arguments := maps.Clone(call.Arguments)
			if number, ok := arguments["marker_of"].(float64); ok {
				delete(arguments, "marker_of")
				arguments["marker"] = results[int(number)-1].Marker
			}
			got, err := t.server.call(call.Operation, arguments)
			if err != nil {
				return err
			}
			if err := compare(call.Expect, got); err != nil {
				return err
			}
			results = append(results, got)
		}
		return nil
	default:
		return fmt.Errorf("unknown kind %s", t.Kind)
	}
}

func (t testCase) readPages() (pages, error) {
	var read pages
	arguments := maps.Clone(t.Arguments)
	for {
		page, err := t.server.call(t.Operation, arguments)
		if err != nil {
			return read, err
		}
		if page.Status != http.StatusOK {
			return read, fmt.Errorf("the page after marker %v has status %d", arguments["marker"], page.Status)
		}
		read.Sizes = append(read.Sizes, len(page.Records))
		read.Totals = append(read.Totals, page.Total)
		read.Records = append(read.Records, page.Records...)
		if len(page.Records) == 0 || page.Marker == nil || *page.Marker == "" {
			return read, nil
		}
		if last, ok := arguments["marker"].(string); ok && strings.ToLower(*page.Marker) >= strings.ToLower(last) {
			return read, fmt.Errorf("marker %s after %s is not smaller", *page.Marker, last)
		}
		arguments["marker"] = *page.Marker
		delete(arguments, "offset")
	}
}

// Runs one case, and converts a panic to an error.
func runCase(t testCase) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("%v", panicked)
		}
	}()
	return t.run()
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	failed := 0
	for line := range strings.Lines(string(text)) {
		var t testCase
		if err := json.Unmarshal([]byte(line), &t); err != nil {
			panic(err)
		}
		if err := runCase(t); err != nil {
			failed = 1
			fmt.Printf("FAILED  go: %s: %v\n", t.Name, err)
		} else {
			fmt.Printf("passed  go: %s\n", t.Name)
		}
	}
	os.Exit(failed)
}
