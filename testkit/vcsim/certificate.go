package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"sync/atomic"
	"time"
)

// certificate is what the vCenter presents; it can be exchanged while it serves, as an administrator of a vCenter does.
type certificate struct {
	current atomic.Pointer[tls.Certificate]
}

// load takes the certificate of two PEM files, or makes one for this machine when none is named, as a new vCenter does.
func (c *certificate) load(certificateFile, keyFile string) error {
	if certificateFile == "" && keyFile == "" {
		return c.make()
	}
	pair, err := tls.LoadX509KeyPair(certificateFile, keyFile)
	if err != nil {
		return fmt.Errorf("certificate %q with key %q: %w", certificateFile, keyFile, err)
	}
	c.current.Store(&pair)
	return nil
}

func (c *certificate) make() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	wanted := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "vcsim"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(24 * time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		DNSNames:     []string{"localhost"},
		// its own issuer: those who want to trust it name it as their authority
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	bytes, err := x509.CreateCertificate(rand.Reader, wanted, wanted, key.Public(), key)
	if err != nil {
		return err
	}
	c.current.Store(&tls.Certificate{Certificate: [][]byte{bytes}, PrivateKey: key})
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
