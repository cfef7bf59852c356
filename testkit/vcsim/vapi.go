package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

const (
	modernSession = "/api/session"
	modernTagging = "/api/cis/tagging/"
	legacySession = "/rest/com/vmware/cis/session"
	legacyTagging = "/rest/com/vmware/cis/tagging/"
	attachTag     = "InventoryService.Tagging.AttachTag"
	attachable    = "InventoryService.Tagging.ObjectAttachable"
)

// requiredGlobally names the privilege that a call needs as a global permission: tags stand outside the inventory, and what is
// granted on the root folder does not count for them. govmomi's simulator asks for none.
var requiredGlobally = map[string]string{
	"category.create":        "InventoryService.Tagging.CreateCategory",
	"category.update":        "InventoryService.Tagging.EditCategory",
	"category.delete":        "InventoryService.Tagging.DeleteCategory",
	"tag.create":             "InventoryService.Tagging.CreateTag",
	"tag.update":             "InventoryService.Tagging.EditTag",
	"tag.delete":             "InventoryService.Tagging.DeleteTag",
	"tag-association.attach": attachTag,
	"tag-association.detach": attachTag,
}

// token is a session of the vAPI, which is none of the SOAP API's.
type token struct {
	user string
	run  int // of the vCenter that gave it
}

// vapiCall is a call of sessions or tags, in either of its two REST forms: govmomi's simulator answers the older one alone.
type vapiCall struct {
	modern  bool
	service string // "session", "category", "tag", "tag-association"
	id      string
	action  string
	body    []byte
}

// vapiCallOf tells whether a request is one.
func vapiCallOf(r *http.Request, body []byte) (vapiCall, bool) {
	call := vapiCall{body: body}
	path := r.URL.Path
	switch {
	case path == modernSession || path == legacySession:
		call.modern, call.service = path == modernSession, "session"
	case strings.HasPrefix(path, modernTagging):
		call.modern = true
		call.service, call.id, _ = strings.Cut(strings.TrimPrefix(path, modernTagging), "/")
	case strings.HasPrefix(path, legacyTagging):
		call.service, call.id, _ = strings.Cut(strings.TrimPrefix(path, legacyTagging), "/")
		call.id = strings.TrimPrefix(call.id, "id:")
	default:
		return call, false
	}
	call.action = r.URL.Query().Get("action") + r.URL.Query().Get("~action")
	return call, true
}

// name is what faults and the table of privileges call it, such as "tag-association.attach".
func (c vapiCall) name(method string) string {
	operation := c.action
	if operation == "" {
		operation = map[string]string{"POST": "create", "GET": "get", "DELETE": "delete", "PATCH": "update"}[method]
	}
	return c.service + "." + operation
}

// answerVapi checks what govmomi's simulator does not (passwords, restarts, privileges, what exists) and lets it answer.
func (s *simulation) answerVapi(w http.ResponseWriter, r *http.Request, call vapiCall) {
	if call.modern && !atLeast(s.content().About.ApiVersion, 7, 0, 2) {
		http.NotFound(w, r)
		return
	}
	name := call.name(r.Method)
	user, password, basic := r.BasicAuth()
	if name == "session.create" {
		if !basic || !s.accounts.valid(&types.Login{UserName: user, Password: password}) {
			call.refuse(w, http.StatusUnauthorized, "UNAUTHENTICATED", "the user or the password is wrong")
			return
		}
	} else if user = s.userOfToken(r.Header.Get(tokenHeader)); user == "" {
		call.refuse(w, http.StatusUnauthorized, "UNAUTHENTICATED", "there is no such session")
		return
	}
	if !s.permitted(user, name, call) {
		call.refuse(w, http.StatusForbidden, "UNAUTHORIZED", "")
		return
	}
	answer := httptest.NewRecorder()
	s.service.ServeMux.ServeHTTP(answer, call.legacy(r))
	var said struct {
		Type  string
		Value json.RawMessage
	}
	_ = json.Unmarshal(answer.Body.Bytes(), &said)
	if name == "session.create" && answer.Code == http.StatusOK {
		s.rememberToken(said.Value, user)
	}
	switch {
	case !call.modern && answer.Code != http.StatusNotFound:
		copyAnswer(w, answer)
	case answer.Code >= http.StatusBadRequest:
		kind := strings.ToUpper(said.Type[strings.LastIndex(said.Type, ".")+1:])
		if kind == "" {
			kind = "NOT_FOUND"
		}
		call.refuse(w, answer.Code, kind, "")
	case strings.HasSuffix(name, ".create"):
		writeJSON(w, http.StatusCreated, said.Value)
	case len(said.Value) == 0:
		w.WriteHeader(http.StatusNoContent)
	default:
		writeJSON(w, http.StatusOK, said.Value)
	}
}

// legacy is the same call in the form that govmomi's simulator knows.
func (c vapiCall) legacy(r *http.Request) *http.Request {
	path, body := legacySession, c.body
	if c.service != "session" {
		path = legacyTagging + c.service
	}
	if c.id != "" {
		path += "/id:" + c.id
	}
	if c.modern && c.action == "" && (c.service == "category" || c.service == "tag") {
		wrapper := map[string]string{http.MethodPost: "create_spec", http.MethodPatch: "update_spec"}[r.Method]
		if wrapper != "" {
			body = fmt.Appendf(nil, "{%q:%s}", wrapper, body)
		}
	}
	if c.action != "" {
		path += "?" + url.Values{"~action": {c.action}}.Encode()
	}
	inner := httptest.NewRequest(r.Method, path, bytes.NewReader(body))
	inner.Header = r.Header.Clone()
	return inner
}

// permitted tells whether a user may do it, and to objects that exist.
func (s *simulation) permitted(user, name string, call vapiCall) bool {
	privilege, needed := requiredGlobally[name]
	if !needed {
		return true
	}
	held := s.authority.globally(user)
	if !held[privilege] {
		return false
	}
	if privilege != attachTag {
		return true
	}
	var spec struct {
		Object struct{ Type, ID string } `json:"object_id"`
	}
	_ = json.Unmarshal(call.body, &spec)
	on := types.ManagedObjectReference{Type: spec.Object.Type, Value: spec.Object.ID}
	if s.registry.Get(on) == nil {
		return false // a vCenter does not tell who may not see an object from what is not there
	}
	return !s.knowsAttachable() || held[attachable] || s.authority.privilegesOf(user, on)[attachable]
}

// knowsAttachable tells whether there is a privilege on the object too; vCenters before 7.0 have none.
func (s *simulation) knowsAttachable() bool { return atLeast(s.content().About.ApiVersion, 7) }

func (s *simulation) userOfToken(id string) string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if found, known := s.tokens[id]; known && found.run == s.run {
		return found.user
	}
	return ""
}

func (s *simulation) rememberToken(value json.RawMessage, user string) {
	var id string
	if json.Unmarshal(value, &id) == nil {
		s.mutex.Lock()
		s.tokens[id] = token{user, s.run}
		s.mutex.Unlock()
	}
}

// refuse answers an error of the vAPI.
func (c vapiCall) refuse(w http.ResponseWriter, status int, kind, text string) {
	messages := []map[string]any{}
	if text != "" {
		messages = append(messages, map[string]any{"id": "vcsim", "default_message": text, "args": []string{}})
	}
	body := map[string]any{"error_type": kind, "messages": messages}
	if !c.modern {
		body = map[string]any{"type": "com.vmware.vapi.std.errors." + strings.ToLower(kind), "value": body}
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		log.Print(err)
	}
	writeJSON(w, status, encoded)
}

func writeJSON(w http.ResponseWriter, status int, value []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(value)
}

func copyAnswer(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for key, values := range answer.Header() {
		w.Header()[key] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = io.Copy(w, answer.Body)
}

// atLeast compares a version in dotted numbers.
func atLeast(version string, wanted ...int) bool {
	parts := strings.Split(version, ".")
	for i, want := range wanted {
		have := 0
		if i < len(parts) {
			have, _ = strconv.Atoi(parts[i])
		}
		if have != want {
			return have > want
		}
	}
	return true
}
