// Command vcsim is a vCenter simulator for tests: govmomi's, with GPUs in its inventory, named users whose privileges count,
// faults on request, and the one endpoint of the vSphere Client that a plug-in's server needs. See README.md.
package main

import (
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("vcsim: ")
	if len(os.Args) > 1 && os.Args[1] == "vmtoolsd" {
		vmtoolsd(os.Args[2:])
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "tags" {
		tagsOf(os.Args[2:])
		return
	}
	address := flag.String("listen", "127.0.0.1:0", "where the vCenter listens")
	control := flag.String("control", "127.0.0.1:0", "where the control port listens; loopback only")
	certificate := flag.String("cert", "", "PEM file of the vCenter's certificate chain; none: one of its own for this machine")
	key := flag.String("key", "", "PEM file of its key")
	fixture := flag.String("fixture", "", "JSON file of the inventory and the users; see README.md")
	trace := flag.Bool("trace", false, "print the name of every call on standard error")
	flag.Parse()
	if err := run(*address, *control, *certificate, *key, *fixture, *trace); err != nil {
		log.Fatal(err)
	}
}

func run(address, control, certificate, key, fixture string, trace bool) error {
	description, err := readFixture(fixture)
	if err != nil {
		return err
	}
	simulator, err := newSimulation(description)
	if err != nil {
		return err
	}
	defer simulator.model.Remove() // the folder of its datastores
	simulator.trace = trace
	if err := simulator.certificate.load(certificate, key); err != nil {
		return err
	}
	front, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	back, err := net.Listen("tcp", control)
	if err != nil {
		return err
	}
	if ip := back.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
		return fmt.Errorf("the control port is for this machine alone, not for %s", ip)
	}
	simulator.serve(tls.NewListener(front, simulator.certificate.config()), back)

	// The first line tells whoever started it where to find it.
	line, err := json.Marshal(map[string]string{
		"vcenter":      front.Addr().String(),
		"control":      "http://" + back.Addr().String(),
		"instanceUuid": simulator.instanceUUID(),
	})
	if err != nil {
		return err
	}
	fmt.Println(string(line))

	over := make(chan os.Signal, 1)
	signal.Notify(over, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		// Whoever started it has ended.
		_, _ = io.Copy(io.Discard, os.Stdin)
		over <- syscall.SIGTERM
	}()
	<-over
	return nil
}

// serve answers on both ports until the process ends.
func (s *simulation) serve(front, control net.Listener) {
	vcenter := &http.Server{Handler: s, ConnState: s.connections.note, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { log.Fatal(vcenter.Serve(front)) }()
	go func() { log.Fatal(http.Serve(control, s.controlPort())) }()
}
