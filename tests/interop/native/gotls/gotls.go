// gotls: TLS by Go's crypto/tls, case after case. Reads one JSON object a line and writes one, or two for a server: first its
// port, then, when its connections are done, what it has seen. A client sends "one", a server sends each line back.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

type asked struct {
	Role, Version, Name, Root, Own string
	Suite                          uint16
	Ports                          []int
	Connections                    int
	Keep, Later                    bool
}

type visit struct {
	Version string `json:"version"`
	Suite   string `json:"suite"`
	Again   bool   `json:"again"`
	Text    string `json:"text"`
}

type seen struct {
	Port   int     `json:"port"`
	Visits []visit `json:"visits"`
	Error  string  `json:"error"`
}

const limit = 10 * time.Second

var versions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12,
	"1.3": tls.VersionTLS13}

func nameOf(version uint16) string {
	for name, number := range versions {
		if number == version {
			return name
		}
	}
	return fmt.Sprint(version)
}

// certificates is who may sign the other side's: that file's and no other.
func certificates(path string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	pem, err := os.ReadFile(path)
	if err == nil && !pool.AppendCertsFromPEM(pem) {
		err = fmt.Errorf("no certificate in %s", path)
	}
	return pool, err
}

func configure(a asked) (*tls.Config, error) {
	c := &tls.Config{MinVersion: versions[a.Version], MaxVersion: versions[a.Version], ServerName: a.Name,
		SessionTicketsDisabled: !a.Keep}
	if a.Suite != 0 {
		c.CipherSuites = []uint16{a.Suite}
	}
	if a.Keep && a.Role == "client" {
		c.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	}
	if a.Later {
		c.Renegotiation = tls.RenegotiateOnceAsClient
	}
	if a.Own != "" {
		own, err := tls.LoadX509KeyPair(a.Own+".pem", a.Own+".key")
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{own}
	}
	if a.Root == "" {
		return c, nil
	}
	pool, err := certificates(a.Root)
	if a.Role == "client" {
		c.RootCAs = pool
	} else {
		c.ClientCAs, c.ClientAuth = pool, tls.RequireAndVerifyClientCert
	}
	return c, err
}

func visitOf(s *tls.Conn, text string) visit {
	state := s.ConnectionState()
	return visit{nameOf(state.Version), tls.CipherSuiteName(state.CipherSuite), state.DidResume, strings.TrimSpace(text)}
}

func call(config *tls.Config, port int) (visit, error) {
	plain, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), limit)
	if err != nil {
		return visit{}, err
	}
	defer plain.Close()
	plain.SetDeadline(time.Now().Add(limit))
	s := tls.Client(plain, config)
	if _, err = fmt.Fprint(s, "one\n"); err != nil {
		return visit{}, err
	}
	reader := bufio.NewReader(s)
	text, err := reader.ReadString('\n')
	if err != nil {
		return visit{}, err
	}
	fmt.Fprint(s, "quit\n")
	reader.ReadString('\n') // the end
	return visitOf(s, text), s.Close()
}

func client(a asked) (out seen) {
	config, err := configure(a)
	for i := 0; err == nil && i < len(a.Ports); i++ {
		var v visit
		if v, err = call(config, a.Ports[i]); err == nil {
			out.Visits = append(out.Visits, v)
		}
	}
	if err != nil {
		out.Error = err.Error()
	}
	return out
}

func answer(plain net.Conn, config *tls.Config) (visit, error) {
	defer plain.Close()
	plain.SetDeadline(time.Now().Add(limit))
	s := tls.Server(plain, config)
	if err := s.Handshake(); err != nil {
		return visit{}, err
	}
	first := ""
	reader := bufio.NewReader(s)
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			if err.Error() == "EOF" {
				return visitOf(s, first), s.Close()
			}
			return visit{}, err
		}
		if first == "" {
			first = line
		}
		if _, err = fmt.Fprint(s, line); err != nil {
			return visit{}, err
		}
	}
}

func server(a asked, write *json.Encoder) (out seen) {
	config, err := configure(a)
	if err != nil {
		return seen{Error: err.Error()}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return seen{Error: err.Error()}
	}
	defer listener.Close()
	write.Encode(seen{Port: listener.Addr().(*net.TCPAddr).Port})
	listener.(*net.TCPListener).SetDeadline(time.Now().Add(limit))
	for i := 0; i < a.Connections; i++ {
		plain, err := listener.Accept()
		var v visit
		if err == nil {
			v, err = answer(plain, config)
		}
		if err != nil {
			out.Error += err.Error() + "\n"
		} else {
			out.Visits = append(out.Visits, v)
		}
	}
	return out
}

func main() {
	read, write := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var a asked
		if read.Decode(&a) != nil {
			return
		}
		if a.Role == "client" {
			write.Encode(client(a))
		} else {
			write.Encode(server(a, write))
		}
	}
}
