package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"

	"github.com/google/uuid"
	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator" // tags and content libraries under /rest and /api
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// simulation is one vCenter: govmomi's, and what stands in front of it.
type simulation struct {
	model       *simulator.Model
	service     *simulator.Service
	registry    *simulator.Registry
	authority   *authority
	accounts    *account
	certificate certificate
	connections connections
	faults      faults
	trace       bool

	mutex     sync.Mutex
	users     map[string]string  // a session's key to its user
	sessions  map[string]session // by the cookie, which is not the key
	tokens    map[string]token   // a vAPI session's token to whose it is
	run       int
	posted    []string               // events of extensions
	partners  map[string]partner     // linked vCenters by instance UUID
	clients   map[string]userFixture // who opened the vSphere Client, by its token
	elsewhere []*govmomi.Client      // sessions of the vSphere Client at linked vCenters
}

// session is a session of the SOAP API.
type session struct {
	key string
	run int // of the vCenter that gave it
}

func newSimulation(description *fixture) (*simulation, error) {
	model := simulator.VPX()
	model.Datacenter, model.Cluster, model.Host, model.Pool = 1, 1, 0, 0
	model.ClusterHost, model.Machine = len(description.Hosts), 1
	model.ServiceContent.About.InstanceUuid = uuid.NewString() // govmomi's is the same for all
	model.Autostart = false                                    // the fixture says what runs
	if description.APIVersion != "" {
		model.ServiceContent.About.ApiVersion = description.APIVersion
		model.ServiceContent.About.Version = description.APIVersion
	}
	if err := model.Create(); err != nil {
		return nil, err
	}
	s := &simulation{
		model:    model,
		service:  model.Service,
		registry: model.Map(),
		accounts: &account{passwords: map[string]string{}, refused: map[string]int{}},
		users:    map[string]string{},
		sessions: map[string]session{},
		tokens:   map[string]token{},
		partners: map[string]partner{},
		clients:  map[string]userFixture{},
	}
	s.service.RegisterEndpoints = true
	s.authority = &authority{simulation: s, global: map[string]globalGrant{}, AuthorizationManager: s.registry.Get(*s.content().AuthorizationManager).(*simulator.AuthorizationManager)}
	if err := s.populate(len(description.VMs)); err != nil {
		return nil, err
	}
	if err := s.furnish(description); err != nil {
		return nil, err
	}
	for _, user := range description.Users {
		if err := s.admit(user); err != nil {
			return nil, err
		}
	}
	s.service.Listen = nil
	s.service.NewServer() // registers the endpoints; its own plain listener on loopback is not told to anybody
	s.registry.SessionManager().ValidLogin = s.accounts.valid
	// govmomi's simulator looks at passwords only where its address carries a user.
	s.service.Listen.User = url.User("named")
	s.registry.Put(s.authority) // in govmomi's place
	s.registry.Put(&taskManager{s.registry.Get(*s.content().TaskManager).(*simulator.TaskManager)})
	s.registry.Handler = s.decide
	return s, nil
}

// admit makes a user known and grants what the fixture says.
func (s *simulation) admit(user userFixture) error {
	s.accounts.set(user.Name, user.Password)
	if user.Role == "Admin" || len(user.Global) > 0 {
		s.authority.grantGlobally(user.Name, user.Role, user.Global)
	}
	var role *types.AuthorizationRole
	for i := range s.authority.RoleList {
		if s.authority.RoleList[i].Name == user.Role {
			role = &s.authority.RoleList[i]
		}
	}
	switch {
	case user.Role != "" && role == nil:
		return fmt.Errorf("user %s: there is no role %q", user.Name, user.Role)
	case user.Role == "" && len(user.Privileges) == 0 && user.VM == "":
		return nil
	case role == nil:
		id := int32(500)
		for _, other := range s.authority.RoleList {
			id = max(id, other.RoleId+1)
		}
		s.authority.RoleList = append(s.authority.RoleList, types.AuthorizationRole{
			RoleId: id, Name: "of " + user.Name + user.VM, Info: &types.Description{}, Privilege: withSystem(user.Privileges),
		})
		role = &s.authority.RoleList[len(s.authority.RoleList)-1]
	}
	entity := s.root()
	if user.VM != "" {
		vm, err := s.vm(user.VM)
		if err != nil {
			return err
		}
		entity = vm.Self
	}
	s.authority.SetEntityPermissions(s.context(), &types.SetEntityPermissions{
		Entity:     entity,
		Permission: []types.Permission{{Principal: user.Name, RoleId: role.RoleId, Propagate: true}},
	})
	return nil
}

// decide is asked before each call: it enforces privileges.
func (s *simulation) decide(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	if ctx.Session != nil {
		s.mutex.Lock()
		s.users[ctx.Session.Key] = ctx.Session.UserName
		s.mutex.Unlock()
		if privilege, needed := required[method.Name]; needed {
			on := s.root()
			if method.This.Type == "VirtualMachine" {
				on = method.This
			}
			if !s.authority.privilegesOf(ctx.Session.UserName, on)[privilege] {
				return nil, &types.NoPermission{Object: &on, PrivilegeId: privilege}
			}
		}
	}
	s.notePosted(method.Body)
	if method.This.Type == "AuthorizationManager" || method.Name == "RetrievePropertiesEx" {
		var list []types.AuthorizationPrivilege
		for _, id := range s.authority.allPrivileges() {
			list = append(list, types.AuthorizationPrivilege{PrivId: id})
		}
		s.authority.PrivilegeList = list
	}
	return nil, nil
}

func (s *simulation) context() *simulator.Context {
	clone := *s.service.Context
	clone.Context = context.Background()
	return &clone
}

func (s *simulation) content() types.ServiceContent {
	return s.registry.Get(types.ManagedObjectReference{Type: "ServiceInstance", Value: "ServiceInstance"}).(*simulator.ServiceInstance).Content
}

func (s *simulation) root() types.ManagedObjectReference { return s.content().RootFolder }

func (s *simulation) instanceUUID() string { return s.content().About.InstanceUuid }

func (s *simulation) extensions() []types.Extension {
	manager := s.content().ExtensionManager
	if manager == nil {
		return nil
	}
	return s.registry.Get(*manager).(*simulator.ExtensionManager).ExtensionList
}

func (s *simulation) userOf(session string) (string, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	user, known := s.users[session]
	return user, known
}

// connections are those that are open, so that they can be cut.
type connections struct {
	mutex sync.Mutex
	open  map[net.Conn]bool
}

func (c *connections) note(connection net.Conn, state http.ConnState) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.open == nil {
		c.open = map[net.Conn]bool{}
	}
	switch state {
	case http.StateClosed, http.StateHijacked:
		delete(c.open, connection)
	default:
		c.open[connection] = true
	}
}

func (c *connections) cut() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for connection := range c.open {
		_ = connection.Close()
	}
}
