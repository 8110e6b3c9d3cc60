// Compares the result of a case with its expectations.

package main

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Compares the JSON forms, because expectations are written in JSON.
func compare(expect map[string]any, result any) error {
	text, err := json.Marshal(result)
	if err != nil {
		return err
	}
	var actual map[string]any
	if err := json.Unmarshal(text, &actual); err != nil {
		return err
	}
	records, _ := actual["records"].([]any)
	column := func(field any) []any {
		values := []any{}
		for _, record := range records {
			values = append(values, record.(map[string]any)[field.(string)])
		}
		return values
	}
	for what, expected := range expect {
		got, known := actual[what]
		switch what {
		case "first":
			got = records[0]
		case "last":
			got = records[len(records)-1]
		case "distinct":
			different := map[any]bool{}
			for _, value := range column(expected) {
				if value != nil {
					different[value] = true
				}
			}
			got, expected = len(different), len(records)
		case "numbered":
			numbered := expected.(map[string]any)
			got, expected = column(numbered["field"]), numberedTexts(numbered)
		default:
			if !known {
				return fmt.Errorf("unknown expectation %s", what)
			}
		}
		if !reflect.DeepEqual(got, expected) {
			return fmt.Errorf("%s: got %s, expected %s", what, show(got), show(expected))
		}
	}
	return nil
}

// Returns the texts for all numbers from `from` to `to`.
func numberedTexts(numbered map[string]any) []any {
	from, to := int(numbered["from"].(float64)), int(numbered["to"].(float64))
	step := 1
	if from > to {
		step = -1
	}
	texts := []any{}
	for number := from; number != to+step; number += step {
		texts = append(texts, fmt.Sprint(numbered["prefix"], number))
	}
	return texts
}

func show(value any) string {
	text, _ := json.Marshal(value)
	return string(text)
}
