// Runs every case with the generated Go client; started by tests/clients/run with the file of cases.
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"strings"
)

const maxEmptyPages = 100

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
	End     string   `json:"end"`
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

// Reads a whole list; openapi/README.md describes where it ends.
func (t testCase) readPages() (pages, error) {
	read := pages{Sizes: []int{}, Totals: []*int64{}, Records: []fields{}}
	arguments := maps.Clone(t.Arguments)
	sent, offset, byOffset := strings.Repeat("f", 24), 0, false
	var firstCount, lastCount int64
	emptyPages := 0
	for {
		page, err := t.server.call(t.Operation, arguments)
		if errors.Is(err, errUndocumented) {
			read.End = "undocumented"
			return read, nil
		}
		if err != nil {
			return read, err
		}
		if page.Status != http.StatusOK {
			return read, fmt.Errorf("the page after marker %s has status %d", sent, page.Status)
		}
		read.Sizes = append(read.Sizes, len(page.Records))
		read.Totals = append(read.Totals, page.Total)
		read.Records = append(read.Records, page.Records...)
		count, marker := valueOf(page.Total), valueOf(page.Marker)
		lastCount = cmp.Or(count, lastCount)
		firstCount = cmp.Or(firstCount, lastCount)
		hasRecords, received := len(page.Records) > 0, int64(len(read.Records))
		emptyPages++
		if hasRecords {
			emptyPages = 0
		}
		switch {
		case emptyPages > maxEmptyPages:
			read.End = "endless"
			return read, nil
		case marker != "" && strings.ToLower(marker) < strings.ToLower(sent):
			sent, offset = marker, 0
			arguments["marker"] = marker
			delete(arguments, "offset")
		case hasRecords && marker != "":
			read.End = "endless"
			return read, nil
		case hasRecords && max(firstCount, lastCount) > received:
			offset, byOffset = offset+len(page.Records), true
			arguments["offset"] = offset
		default:
			read.End = endOf(received, firstCount, lastCount, byOffset)
			return read, nil
		}
	}
}

// Compares the number of received records with the service's counts. If a record is removed, an offset skips another one.
func endOf(received, firstCount, lastCount int64, byOffset bool) string {
	if received >= min(firstCount, lastCount) && (!byOffset || received >= max(firstCount, lastCount)) {
		return "complete"
	}
	return "incomplete"
}

func valueOf[T any](pointer *T) (value T) {
	if pointer != nil {
		value = *pointer
	}
	return value
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
