package main

import (
	"crypto/tls"
	"fmt"
	"sync/atomic"
)

// certificate is what the vCenter presents; it can be exchanged while it serves, as an administrator of a vCenter does.
type certificate struct {
	current atomic.Pointer[tls.Certificate]
}

func (c *certificate) load(certificateFile, keyFile string) error {
	pair, err := tls.LoadX509KeyPair(certificateFile, keyFile)
	if err != nil {
		return fmt.Errorf("certificate %q with key %q: %w", certificateFile, keyFile, err)
	}
	c.current.Store(&pair)
	return nil
}

func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return c.current.Load(), nil
		},
	}
}
