// gontlm URL USER PASSWORD: one page by go-ntlmssp, as its README shows it: basic credentials that its Negotiator turns into
// NTLM. Writes the HTTP status and the page.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"

	ntlmssp "github.com/Azure/go-ntlmssp"
)

func main() {
	if len(os.Args) != 4 {
		os.Exit(2)
	}
	request, err := http.NewRequest("GET", os.Args[1], nil)
	if err != nil {
		fail(err)
	}
	request.SetBasicAuth(os.Args[2], os.Args[3])
	client := http.Client{Transport: ntlmssp.Negotiator{RoundTripper: &http.Transport{}}}
	answer, err := client.Do(request)
	if err != nil {
		fail(err)
	}
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		fail(err)
	}
	fmt.Printf("%d\n%s", answer.StatusCode, page)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "gontlm:", err)
	os.Exit(1)
}
