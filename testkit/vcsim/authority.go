package main

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// required names the privilege that a call needs, and on what; govmomi's simulator asks for none.
var required = map[string]string{
	"RegisterExtension":       "Extension.Register",
	"UpdateExtension":         "Extension.Update",
	"UnregisterExtension":     "Extension.Unregister",
	"AddAuthorizationRole":    "Authorization.ModifyRoles",
	"UpdateAuthorizationRole": "Authorization.ModifyRoles",
	"RemoveAuthorizationRole": "Authorization.ModifyRoles",
	"SetEntityPermissions":    "Authorization.ModifyPermissions",
	"RemoveEntityPermission":  "Authorization.ModifyPermissions",
	"ReconfigVM_Task":         "VirtualMachine.Config.AdvancedConfig",
	"CreateTask":              "Task.Create",
	"SetTaskState":            "Task.Update",
	"UpdateProgress":          "Task.Update",
	"PostEvent":               "Global.LogEvent",
}

// authority is govmomi's AuthorizationManager, except that it decides by the roles and permissions that were really set, knows
// the privileges of registered extensions, and merges permissions, as a vCenter does.
type authority struct {
	*simulator.AuthorizationManager
	simulation *simulation
	mutex      sync.Mutex
	global     map[string]globalGrant // by user
}

// globalGrant is a global permission, which stands beside the inventory: by a role, or of single privileges. Here it counts for
// tags alone.
type globalGrant struct {
	role       string
	privileges []string
}

func (a *authority) grantGlobally(user, role string, privileges []string) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.global[canonical(user)] = globalGrant{role, privileges}
}

func (a *authority) globally(user string) map[string]bool {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	granted := a.global[canonical(user)]
	held := map[string]bool{}
	for _, id := range granted.privileges {
		held[id] = true
	}
	for _, role := range a.RoleList {
		if granted.role != "" && role.Name == granted.role {
			for _, id := range role.Privilege {
				held[id] = true
			}
		}
	}
	return held
}

// account is a user who can log in.
type account struct {
	mutex     sync.Mutex
	passwords map[string]string
	refused   map[string]int // wrong passwords in all, whatever the API; a vCenter locks accounts for them
}

func (a *account) set(user, password string) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.passwords[canonical(user)] = password
}

func (a *account) valid(login *types.Login) bool {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	password, known := a.passwords[canonical(login.UserName)]
	if !known || password != login.Password {
		a.refused[canonical(login.UserName)]++
		return false
	}
	return true
}

func (a *account) refusals() map[string]int {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return maps.Clone(a.refused)
}

// canonical makes one name of "DOMAIN\user" and "user@domain".
func canonical(user string) string {
	user = strings.ToLower(user)
	if domain, name, found := strings.Cut(user, `\`); found {
		return name + "@" + domain
	}
	return user
}

func (a *authority) privilegesOf(user string, entity types.ManagedObjectReference) map[string]bool {
	held := map[string]bool{}
	own := true
	for at := &entity; at != nil; own = false {
		set := a.RetrieveEntityPermissions(a.simulation.context(), &types.RetrieveEntityPermissions{Entity: *at})
		for _, permission := range set.(*methods.RetrieveEntityPermissionsBody).Res.Returnval {
			if canonical(permission.Principal) != canonical(user) || (!own && !permission.Propagate) {
				continue
			}
			for _, role := range a.RoleList {
				if role.RoleId == permission.RoleId {
					for _, id := range role.Privilege {
						held[id] = true
					}
				}
			}
			// an explicit permission of the user on a nearer object replaces those of farther ones
			return held
		}
		object, ok := a.simulation.registry.Get(*at).(mo.Entity)
		if !ok {
			break
		}
		at = object.Entity().Parent
	}
	return held
}

func (a *authority) answer(user string, entities []types.ManagedObjectReference, ids []string) []types.EntityPrivilege {
	var all []types.EntityPrivilege
	for _, entity := range entities {
		held := a.privilegesOf(user, entity)
		one := types.EntityPrivilege{Entity: entity}
		for _, id := range ids {
			one.PrivAvailability = append(one.PrivAvailability, types.PrivilegeAvailability{PrivId: id, IsGranted: held[id]})
		}
		all = append(all, one)
	}
	return all
}

// HasPrivilegeOnEntities answers for the session that is named by its key; a cookie names none.
func (a *authority) HasPrivilegeOnEntities(_ *simulator.Context, req *types.HasPrivilegeOnEntities) soap.HasFault {
	user, known := a.simulation.userOf(req.SessionId)
	if !known {
		return &methods.HasPrivilegeOnEntitiesBody{Fault_: simulator.Fault("no such session", &types.NotAuthenticated{})}
	}
	return &methods.HasPrivilegeOnEntitiesBody{Res: &types.HasPrivilegeOnEntitiesResponse{
		Returnval: a.answer(user, req.Entity, req.PrivId),
	}}
}

// HasUserPrivilegeOnEntities answers for the user who is named.
func (a *authority) HasUserPrivilegeOnEntities(_ *simulator.Context, req *types.HasUserPrivilegeOnEntities) soap.HasFault {
	return &methods.HasUserPrivilegeOnEntitiesBody{Res: &types.HasUserPrivilegeOnEntitiesResponse{
		Returnval: a.answer(req.UserName, req.Entities, req.PrivId),
	}}
}

// AddAuthorizationRole accepts privileges of extensions and answers the role's id.
func (a *authority) AddAuthorizationRole(_ *simulator.Context, req *types.AddAuthorizationRole) soap.HasFault {
	body := &methods.AddAuthorizationRoleBody{}
	for _, role := range a.RoleList {
		if role.Name == req.Name {
			body.Fault_ = simulator.Fault("", &types.AlreadyExists{Name: req.Name})
			return body
		}
	}
	if fault := a.unknown(req.PrivIds); fault != nil {
		body.Fault_ = fault
		return body
	}
	id := int32(1000)
	for _, role := range a.RoleList {
		id = max(id, role.RoleId+1)
	}
	a.RoleList = append(a.RoleList, types.AuthorizationRole{
		RoleId: id, Name: req.Name, Info: &types.Description{Label: req.Name, Summary: req.Name},
		Privilege: withSystem(req.PrivIds),
	})
	body.Res = &types.AddAuthorizationRoleResponse{Returnval: id}
	return body
}

// UpdateAuthorizationRole accepts privileges of extensions.
func (a *authority) UpdateAuthorizationRole(_ *simulator.Context, req *types.UpdateAuthorizationRole) soap.HasFault {
	body := &methods.UpdateAuthorizationRoleBody{}
	if fault := a.unknown(req.PrivIds); fault != nil {
		body.Fault_ = fault
		return body
	}
	for i := range a.RoleList {
		if a.RoleList[i].RoleId == req.RoleId {
			a.RoleList[i].Name = req.NewName
			a.RoleList[i].Privilege = withSystem(req.PrivIds)
			body.Res = &types.UpdateAuthorizationRoleResponse{}
			return body
		}
	}
	body.Fault_ = simulator.Fault("", &types.NotFound{})
	return body
}

// RemoveAuthorizationRole refuses, as a vCenter does, while a permission uses the role and that is to be an error.
func (a *authority) RemoveAuthorizationRole(ctx *simulator.Context, req *types.RemoveAuthorizationRole) soap.HasFault {
	used := a.RetrieveRolePermissions(&types.RetrieveRolePermissions{RoleId: req.RoleId})
	if req.FailIfUsed && len(used.(*methods.RetrieveRolePermissionsBody).Res.Returnval) > 0 {
		return &methods.RemoveAuthorizationRoleBody{Fault_: simulator.Fault("the role is in use", &types.RemoveFailed{})}
	}
	return a.AuthorizationManager.RemoveAuthorizationRole(req)
}

// SetEntityPermissions adds to the permissions of an entity, or replaces the one of the same principal.
func (a *authority) SetEntityPermissions(ctx *simulator.Context, req *types.SetEntityPermissions) soap.HasFault {
	old := a.RetrieveEntityPermissions(ctx, &types.RetrieveEntityPermissions{Entity: req.Entity})
	var merged []types.Permission
	for _, permission := range old.(*methods.RetrieveEntityPermissionsBody).Res.Returnval {
		replaced := slices.ContainsFunc(req.Permission, func(fresh types.Permission) bool {
			return fresh.Group == permission.Group && canonical(fresh.Principal) == canonical(permission.Principal)
		})
		if !replaced {
			merged = append(merged, permission)
		}
	}
	for _, permission := range req.Permission {
		entity := req.Entity
		permission.Entity = &entity
		merged = append(merged, permission)
	}
	return a.AuthorizationManager.SetEntityPermissions(&types.SetEntityPermissions{Entity: req.Entity, Permission: merged})
}

// unknown finds a privilege that neither vCenter nor a registered extension has.
func (a *authority) unknown(ids []string) *soap.Fault {
	known := map[string]bool{}
	for _, id := range a.allPrivileges() {
		known[id] = true
	}
	for _, id := range ids {
		if !known[id] {
			return simulator.Fault("unknown privilege "+id, &types.InvalidArgument{InvalidProperty: "privIds"})
		}
	}
	return nil
}

func (a *authority) allPrivileges() []string {
	var all []string
	for _, role := range a.RoleList {
		if role.Name != "Admin" {
			continue
		}
		for _, id := range role.Privilege {
			if id != attachable || a.simulation.knowsAttachable() {
				all = append(all, id)
			}
		}
	}
	for _, extension := range a.simulation.extensions() {
		for _, privilege := range extension.PrivilegeList {
			all = append(all, privilege.PrivID)
		}
	}
	return all
}

func withSystem(ids []string) []string {
	all := append([]string(nil), ids...)
	for _, id := range []string{"System.Anonymous", "System.View", "System.Read"} {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

func rolePermissions(body soap.HasFault) []types.Permission {
	return body.(*methods.RetrieveRolePermissionsBody).Res.Returnval
}
