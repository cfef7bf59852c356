package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// controlPort is how tests change the world: README.md lists what it understands.
func (s *simulation) controlPort() http.Handler {
	mux := http.NewServeMux()
	handle(mux, "POST /users", func(user userFixture) (any, error) { return nil, s.admit(user) })
	handle(mux, "POST /password", func(user userFixture) (any, error) {
		s.accounts.set(user.Name, user.Password)
		return nil, nil
	})
	handle(mux, "POST /global", func(user userFixture) (any, error) {
		s.authority.grantGlobally(user.Name, user.Role, user.Privileges)
		return nil, nil
	})
	handle(mux, "POST /sessions", s.clientSession)
	handle(mux, "POST /linked", s.link)
	handle(mux, "POST /faults", func(rule fault) (any, error) {
		if rule.Method == "" || rule.Action == "" {
			return nil, errors.New("a fault has a method and an action")
		}
		s.faults.add(&rule)
		return nil, nil
	})
	handle(mux, "DELETE /faults", func(struct{}) (any, error) {
		s.faults.clear()
		return nil, nil
	})
	handle(mux, "POST /restart", func(struct{}) (any, error) {
		s.restart()
		return nil, nil
	})
	handle(mux, "POST /certificate", func(files struct{ Cert, Key string }) (any, error) {
		err := s.certificate.load(files.Cert, files.Key)
		s.connections.cut()
		return nil, err
	})
	handle(mux, "POST /vms", s.changeVM)
	handle(mux, "POST /hosts", s.changeHost)
	handle(mux, "GET /refusals", func(struct{}) (any, error) { return s.accounts.refusals(), nil })
	handle(mux, "GET /tasks", func(struct{}) (any, error) { return s.tasks(), nil })
	handle(mux, "GET /events", func(struct{}) (any, error) { return s.events(), nil })
	handle(mux, "GET /permissions", func(struct{}) (any, error) { return s.permissions(), nil })
	return mux
}

// handle gives a control call its JSON on both sides; an error is 400 with a sentence.
func handle[T any](mux *http.ServeMux, pattern string, do func(T) (any, error)) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var given T
		if r.ContentLength != 0 {
			if err := json.NewDecoder(r.Body).Decode(&given); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
		}
		answer, err := do(given)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if answer == nil {
			answer = struct{}{}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	})
}

// clientSession logs a user in, as the vSphere Client does, and answers the token that it gives to plug-ins.
func (s *simulation) clientSession(user userFixture) (any, error) {
	envelope := fmt.Sprintf(`<?xml version="1.0"?><Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>`+
		`<Login xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this><userName>%s</userName><password>%s</password></Login>`+
		`</Body></Envelope>`, escape(user.Name), escape(user.Password))
	answer := httptest.NewRecorder()
	s.forward(answer, httptest.NewRequest(http.MethodPost, "/sdk", strings.NewReader(envelope)))
	for _, cookie := range answer.Result().Cookies() {
		if cookie.Name == soap.SessionCookieName {
			s.mutex.Lock()
			s.clients[cookie.Value] = user
			s.mutex.Unlock()
			return map[string]string{"token": cookie.Value}, nil
		}
	}
	return nil, fmt.Errorf("%s cannot log in", user.Name)
}

func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

type vmChange struct {
	Name    string `json:"name"`
	Host    string `json:"host"`    // moves it there
	Power   string `json:"power"`   // "poweredOn", "poweredOff", "suspended"
	Tools   string `json:"tools"`   // "guestToolsRunning", "guestToolsNotRunning"
	Destroy bool   `json:"destroy"` // takes it out of the inventory
	Clone   string `json:"clone"`   // the name of a clone that is made of it and runs
}

// changeVM changes a VM as vCenter would show it; watchers are told.
func (s *simulation) changeVM(change vmChange) (any, error) {
	vm, err := s.vm(change.Name)
	if err != nil {
		return nil, err
	}
	ctx := s.context()
	if change.Clone != "" {
		return s.clone(vm, change.Clone)
	}
	if change.Destroy {
		ctx.WithLock(vm, func() { ctx.Map.Remove(ctx, vm.Self) })
		return nil, nil
	}
	var changes []types.PropertyChange
	if change.Host != "" {
		host, err := s.host(change.Host)
		if err != nil {
			return nil, err
		}
		s.move(vm, host)
		changes = append(changes, types.PropertyChange{Name: "runtime.host", Val: host.Self})
	}
	if change.Power != "" {
		changes = append(changes, types.PropertyChange{
			Name: "runtime.powerState", Val: types.VirtualMachinePowerState(change.Power),
		})
	}
	if change.Tools != "" {
		changes = append(changes, types.PropertyChange{Name: "guest.toolsRunningStatus", Val: change.Tools})
	}
	ctx.WithLock(vm, func() { ctx.Update(vm, changes) })
	return map[string]string{"moref": vm.Self.Value, "instanceUuid": vm.Config.InstanceUuid}, nil
}

type hostChange struct {
	Name       string `json:"name"`
	Connection string `json:"connection"` // "connected", "disconnected", "notResponding"
}

// changeHost changes a host; one that is not connected has no configuration, as in a vCenter.
func (s *simulation) changeHost(change hostChange) (any, error) {
	host, err := s.host(change.Name)
	if err != nil {
		return nil, err
	}
	ctx := s.context()
	ctx.WithLock(host, func() {
		ctx.Update(host, []types.PropertyChange{
			{Name: "runtime.connectionState", Val: types.HostSystemConnectionState(change.Connection)},
		})
	})
	return map[string]string{"moref": host.Self.Value}, nil
}

// permissions tells what is set, for tests of what remains.
func (s *simulation) permissions() any {
	type permission struct {
		Principal string   `json:"principal"`
		Role      string   `json:"role"`
		Entity    string   `json:"entity"`
		IDs       []string `json:"privileges"`
	}
	var all []permission
	for _, role := range s.authority.RoleList {
		if role.Name == "Admin" {
			continue
		}
		used := s.authority.RetrieveRolePermissions(&types.RetrieveRolePermissions{RoleId: role.RoleId})
		for _, one := range rolePermissions(used) {
			all = append(all, permission{one.Principal, role.Name, one.Entity.Value, role.Privilege})
		}
	}
	return map[string]any{"permissions": all, "roles": s.roleNames()}
}

func (s *simulation) roleNames() []string {
	var names []string
	for _, role := range s.authority.RoleList {
		names = append(names, role.Name)
	}
	return names
}

// tasks tells what people would see under Recent Tasks: the extension's only.
func (s *simulation) tasks() any {
	all := []string{}
	for _, object := range s.registry.AllReference("Task") {
		info := object.(*simulator.Task).Info
		if !strings.HasPrefix(info.DescriptionId, "io.penstock.") {
			continue
		}
		reason := ""
		if user, ok := info.Reason.(*types.TaskReasonUser); ok {
			reason = user.UserName
		}
		line := fmt.Sprintf("%s on %s: %s by %s", info.DescriptionId, info.EntityName, info.State, reason)
		if info.Error != nil {
			line += ": " + info.Error.LocalizedMessage
			if own, ok := info.Error.Fault.(*types.ExtendedFault); ok {
				line += " [" + own.FaultTypeId + "]"
			}
		}
		all = append(all, line)
	}
	return map[string]any{"tasks": all}
}
