package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	bodyBytesMax    = 64 << 20
	floodMiB        = 64
	cloneTicketPath = "/api/ui/vcenter/session/clone-ticket"
	tokenHeader     = "vmware-api-session-id"
)

var callName = regexp.MustCompile(`<(?:[A-Za-z0-9]+:)?Body[^>]*>\s*<(?:[A-Za-z0-9]+:)?([A-Za-z0-9_]+)`)

// fault is something that goes wrong with certain calls.
type fault struct {
	// Method is the SOAP call, such as "RetrievePropertiesEx", or the vAPI's, such as "tag-association.attach"; "*" for all.
	Method string `json:"method"`
	Skip   int    `json:"skip"`  // so many calls go right before
	Count  int    `json:"count"` // so many go wrong; 0: all
	// Action is "fault" (a SOAP fault of Type; in the vAPI an error of Type with Status), "delay" (Milliseconds), "cut" (the connection, before the answer),
	// "truncate" (the answer, in its middle), "garbage" (no XML), "flood" (64 MiB of nothing), "expire" (the session is unknown), or "status" (Status).
	Action       string `json:"action"`
	Type         string `json:"type"`
	Privilege    string `json:"privilege"`
	Milliseconds int    `json:"milliseconds"`
	Status       int    `json:"status"`
}

type faults struct {
	mutex sync.Mutex
	rules []*fault
}

func (f *faults) add(rule *fault) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.rules = append(f.rules, rule)
}

func (f *faults) clear() {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.rules = nil
}

// next finds the rule for this call, if one is due.
func (f *faults) next(method string) *fault {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for i, rule := range f.rules {
		if rule.Method != "*" && rule.Method != method {
			continue
		}
		if rule.Skip > 0 {
			rule.Skip--
			return nil
		}
		due := *rule
		if rule.Count > 0 {
			if rule.Count--; rule.Count == 0 {
				f.rules = append(f.rules[:i], f.rules[i+1:]...)
			}
		}
		return &due
	}
	return nil
}

// ServeHTTP stands before govmomi's simulator: faults, sessions of an earlier run, and the vSphere Client's endpoint.
func (s *simulation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyBytesMax))
	if err != nil {
		return
	}
	if r.URL.Path == cloneTicketPath {
		s.cloneTicket(w, r, body)
		return
	}
	method := r.Method + " " + r.URL.Path
	call, isVapi := vapiCallOf(r, body)
	if isVapi {
		method = call.name(r.Method)
	} else if name := callName.FindSubmatch(body); name != nil {
		method = string(name[1])
	}
	if s.trace {
		log.Print(method)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := http.HandlerFunc(s.forward)
	if isVapi {
		answer = func(w http.ResponseWriter, r *http.Request) { s.answerVapi(w, r, call) }
	}
	rule := s.faults.next(method)
	switch {
	case rule == nil:
		answer(w, r)
	case isVapi && rule.Action == "fault":
		call.refuse(w, rule.Status, rule.Type, "made to fail")
	default:
		s.misbehave(w, r, rule, answer)
	}
}

func (s *simulation) misbehave(w http.ResponseWriter, r *http.Request, rule *fault, answer http.HandlerFunc) {
	switch rule.Action {
	case "delay":
		select {
		case <-time.After(time.Duration(rule.Milliseconds) * time.Millisecond):
		case <-r.Context().Done():
			return
		}
		answer(w, r)
	case "cut":
		panic(http.ErrAbortHandler)
	case "truncate":
		recorder := httptest.NewRecorder()
		answer(recorder, r)
		whole := recorder.Body.Bytes()
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(whole[:len(whole)/2])
	case "garbage":
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, "<html>this is no SOAP")
	case "flood":
		w.Header().Set("Content-Type", "text/xml")
		for range floodMiB {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	case "expire":
		r.Header.Del("Cookie")
		r.Header.Del(tokenHeader)
		answer(w, r)
	case "status":
		w.WriteHeader(rule.Status)
	case "fault":
		root := s.root()
		writeFault(w, rule, root)
	}
}

func writeFault(w http.ResponseWriter, rule *fault, on types.ManagedObjectReference) {
	detail := ""
	if rule.Type == "NoPermission" {
		detail = fmt.Sprintf(`<object type="%s">%s</object><privilegeId>%s</privilegeId>`, on.Type, on.Value, rule.Privilege)
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>made to fail</faultstring>
<detail><%[1]sFault xmlns="urn:vim25" xsi:type="%[1]s">%[2]s</%[1]sFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`,
		rule.Type, detail)
}

// forward lets govmomi answer, with a cookie as a vCenter has them: govmomi's is the session's key, and a program that takes one
// for the other must not get away with it.
func (s *simulation) forward(w http.ResponseWriter, r *http.Request) {
	s.service.ServeMux.ServeHTTP(&cookieWriter{ResponseWriter: w, simulation: s}, s.withKey(r))
}

// cookieWriter puts a quoted cookie of 40 hexadecimal digits in the place of govmomi's.
type cookieWriter struct {
	http.ResponseWriter
	simulation *simulation
	begun      bool
}

func (c *cookieWriter) WriteHeader(status int) {
	c.begin()
	c.ResponseWriter.WriteHeader(status)
}

func (c *cookieWriter) Write(part []byte) (int, error) {
	c.begin()
	return c.ResponseWriter.Write(part)
}

func (c *cookieWriter) begin() {
	if c.begun {
		return
	}
	c.begun = true
	lines := c.Header().Values("Set-Cookie")
	c.Header().Del("Set-Cookie")
	for _, line := range lines {
		if cookie, err := http.ParseSetCookie(line); err == nil && cookie.Name == soap.SessionCookieName {
			line = fmt.Sprintf(`%s="%s"; Path=/; HttpOnly; Secure;`, cookie.Name, c.simulation.cookieFor(cookie.Value))
		}
		c.Header().Add("Set-Cookie", line)
	}
}

// cookieFor makes the cookie of a session and remembers which run of the vCenter gave it.
func (s *simulation) cookieFor(key string) string {
	digits := make([]byte, 20)
	_, _ = rand.Read(digits)
	value := hex.EncodeToString(digits)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.sessions[value] = session{key, s.run}
	return value
}

// keyOf finds the key of a session that has not ended by a restart.
func (s *simulation) keyOf(cookie string) (string, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	found, known := s.sessions[cookie]
	return found.key, known && found.run == s.run
}

// withKey puts the key, which govmomi knows a session by, in the cookie's place; a cookie that is none, or came back without its
// quotes, is no session.
func (s *simulation) withKey(r *http.Request) *http.Request {
	cookies := r.Cookies()
	r.Header.Del("Cookie")
	for _, cookie := range cookies {
		if cookie.Name == soap.SessionCookieName {
			key, known := s.keyOf(cookie.Value)
			if !known || !cookie.Quoted {
				continue
			}
			cookie = &http.Cookie{Name: cookie.Name, Value: key}
		}
		r.AddCookie(cookie)
	}
	return r
}

// restart forgets every session and cuts every connection, as a vCenter does that starts anew.
func (s *simulation) restart() {
	s.mutex.Lock()
	s.run++
	s.elsewhere = nil // what the vSphere Client had at linked vCenters is forgotten too
	s.mutex.Unlock()
	s.connections.cut()
}

// cloneTicket turns a session of the vSphere Client into a ticket: vcsim's own AcquireCloneTicket on that very session, or on the one
// that the same user has at a linked vCenter.
func (s *simulation) cloneTicket(w http.ResponseWriter, r *http.Request, body []byte) {
	var wanted struct {
		GUID string `json:"vc_guid"`
	}
	if r.Method != http.MethodPost || json.Unmarshal(body, &wanted) != nil || wanted.GUID == "" {
		writeJSON(w, http.StatusBadRequest, []byte(`{"error_type":"INVALID_ARGUMENT"}`))
		return
	}
	var ticket string
	var err error
	token := r.Header.Get(tokenHeader)
	if wanted.GUID == s.instanceUUID() {
		ticket, err = s.ownTicket(token)
	} else {
		ticket, err = s.linkedTicket(token, wanted.GUID)
	}
	if err != nil {
		writeJSON(w, http.StatusUnauthorized, []byte(`{"error_type":"UNAUTHENTICATED"}`))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"session_clone_ticket": ticket})
}

func (s *simulation) ownTicket(token string) (string, error) {
	envelope := `<?xml version="1.0"?><Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>` +
		`<AcquireCloneTicket xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this></AcquireCloneTicket></Body></Envelope>`
	inner := httptest.NewRequest(http.MethodPost, "/sdk", strings.NewReader(envelope))
	inner.AddCookie(&http.Cookie{Name: soap.SessionCookieName, Value: token, Quoted: true})
	answer := httptest.NewRecorder()
	s.forward(answer, inner)
	ticket := regexp.MustCompile(`<returnval>([^<]+)</returnval>`).FindStringSubmatch(answer.Body.String())
	if token == "" || ticket == nil {
		return "", errors.New("there is no such session")
	}
	return ticket[1], nil
}
