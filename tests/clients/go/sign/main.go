// Signs requests with an access key, with Go's standard library only; docs/signing.md describes the stages.

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// An access key. With a region, it signs with the derived algorithm.
type key struct{ access, secret, region, service string }

type request struct {
	method, path string
	query        [][2]string
	// All headers to sign, with Host and X-Sdk-Date.
	headers map[string]string
	body    string
}

func encode(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func canonicalURI(path string) (string, error) {
	decoded, err := url.PathUnescape(path)
	if err != nil {
		return "", err
	}
	segments := strings.Split(decoded, "/")
	for index, segment := range segments {
		segments[index] = encode(segment)
	}
	return strings.TrimSuffix(strings.Join(segments, "/"), "/") + "/", nil
}

// Returns the canonical request and the names of the signed headers.
func canonical(r request, headers map[string]string) (string, string, error) {
	uri, err := canonicalURI(r.path)
	if err != nil {
		return "", "", err
	}
	query := slices.Clone(r.query)
	slices.SortFunc(query, func(left, right [2]string) int {
		return cmp.Or(cmp.Compare(left[0], right[0]), cmp.Compare(left[1], right[1]))
	})
	var pairs []string
	for _, pair := range query {
		pairs = append(pairs, encode(pair[0])+"="+encode(pair[1]))
	}
	names := slices.Sorted(maps.Keys(headers))
	var lines strings.Builder
	for _, name := range names {
		fmt.Fprintf(&lines, "%s:%s\n", name, headers[name])
	}
	payload := digest(r.body)
	if hash := headers["x-sdk-content-sha256"]; hash != "" && r.body != "" {
		payload = hash
	}
	signed := strings.Join(names, ";")
	parts := []string{strings.ToUpper(r.method), uri, strings.Join(pairs, "&"), lines.String(), signed, payload}
	return strings.Join(parts, "\n"), signed, nil
}

// Returns the header Authorization.
func (k key) sign(r request) (string, error) {
	headers := map[string]string{}
	for name, value := range r.headers {
		if !strings.Contains(name, "_") {
			headers[strings.ToLower(name)] = strings.TrimSpace(value)
		}
	}
	text, signed, err := canonical(r, headers)
	if err != nil {
		return "", err
	}
	date := headers["x-sdk-date"]
	if k.region == "" {
		signature := mac([]byte(k.secret), fmt.Sprintf("SDK-HMAC-SHA256\n%s\n%s", date, digest(text)))
		return fmt.Sprintf("SDK-HMAC-SHA256 Access=%s, SignedHeaders=%s, Signature=%x", k.access, signed, signature), nil
	}
	info := fmt.Sprintf("%s/%s/%s", date[:8], k.region, k.service)
	// HKDF with one block. The key of the signature is the hexadecimal text, not its bytes.
	derived := hex.EncodeToString(mac(mac([]byte(k.access), k.secret), info+"\x01"))
	signature := mac([]byte(derived), fmt.Sprintf("V11-HMAC-SHA256\n%s\n%s\n%s", date, info, digest(text)))
	return fmt.Sprintf("V11-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%x", k.access, info, signed, signature), nil
}

type vector struct {
	Name, Algorithm string
	Input           struct {
		Method, Host, Path, Body, Ak, Sk string
		RegionID                         string `json:"region_id"`
		Service                          string
		ProjectID                        string   `json:"project_id"`
		SecurityToken                    string   `json:"security_token"`
		Query                            [][2]any `json:"query_unencoded"`
		Headers                          map[string]string
	}
	Expected struct{ Authorization string }
}

func (v vector) check() error {
	input := v.Input
	headers := map[string]string{"Host": input.Host, "X-Project-Id": input.ProjectID, "X-Security-Token": input.SecurityToken}
	maps.DeleteFunc(headers, func(_, value string) bool { return value == "" })
	maps.Copy(headers, input.Headers)
	content := headers["Content-Type"]
	if content != "" && !strings.HasPrefix(content, "application/json") && !strings.HasPrefix(content, "application/bson") {
		headers["X-Sdk-Content-Sha256"] = "UNSIGNED-PAYLOAD"
	}
	var query [][2]string
	for _, pair := range input.Query {
		values, isList := pair[1].([]any)
		if !isList {
			values = []any{pair[1]}
		}
		for _, value := range values {
			query = append(query, [2]string{fmt.Sprint(pair[0]), fmt.Sprint(value)})
		}
	}
	k := key{access: input.Ak, secret: input.Sk}
	if strings.HasPrefix(v.Algorithm, "V11") {
		k.region, k.service = input.RegionID, input.Service
	}
	found, err := k.sign(request{input.Method, input.Path, query, headers, input.Body})
	if err == nil && found != v.Expected.Authorization {
		err = fmt.Errorf("%s: got %s, expected %s", v.Name, found, v.Expected.Authorization)
	}
	return err
}

type mockCase struct {
	Name, Endpoint, Region string
	ProjectID              string `json:"project_id"`
	AccessKey              string `json:"access_key"`
	SecretKey              string `json:"secret_key"`
	Expect                 struct{ Templates int }
}

func (c mockCase) check() error {
	path := "/v5/iot/" + c.ProjectID + "/device-authentication-templates"
	call, err := http.NewRequest(http.MethodGet, c.Endpoint+path+"?limit=50", nil)
	if err != nil {
		return err
	}
	headers := map[string]string{
		"Host": call.URL.Host, "X-Project-Id": c.ProjectID, "X-Sdk-Date": time.Now().UTC().Format("20060102T150405Z"),
	}
	authorization, err := key{c.AccessKey, c.SecretKey, c.Region, "iotdm"}.sign(
		request{"GET", path, [][2]string{{"limit", "50"}}, headers, ""})
	if err != nil {
		return err
	}
	for name, value := range headers {
		call.Header.Set(name, value)
	}
	call.Header.Set("Authorization", authorization)
	response, err := http.DefaultClient.Do(call)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var page struct{ Templates []any }
	if err := json.NewDecoder(response.Body).Decode(&page); err != nil {
		return err
	}
	if len(page.Templates) != c.Expect.Templates {
		return fmt.Errorf("%s: %s with %d templates", c.Name, response.Status, len(page.Templates))
	}
	return nil
}

func run(vectorFile, caseFile string) error {
	text, err := os.ReadFile(vectorFile)
	if err != nil {
		return err
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(text, &file); err != nil {
		return err
	}
	for _, vector := range file.Vectors {
		if err := vector.check(); err != nil {
			return err
		}
	}
	text, err = os.ReadFile(caseFile)
	if err != nil {
		return err
	}
	count := 0
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); count++ {
		var test mockCase
		if err := json.Unmarshal(lines.Bytes(), &test); err != nil {
			return err
		}
		if err := test.check(); err != nil {
			return err
		}
	}
	fmt.Printf("%d vectors, %d requests\n", len(file.Vectors), count)
	return nil
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}
