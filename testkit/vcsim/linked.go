package main

import (
	"context"
	"errors"
	"fmt"

	vim "github.com/vmware/govmomi/session"
)

// partner is a vCenter that is linked with this one. Whoever opens the vSphere Client of one has a session at both: the client logs
// in to all of them. It goes one way; both are told when both have a client.
type partner struct {
	VCenter      string `json:"vcenter"` // HOST:PORT
	InstanceUUID string `json:"instanceUuid"`
}

func (s *simulation) link(with partner) (any, error) {
	if with.VCenter == "" || with.InstanceUUID == "" {
		return nil, errors.New("a linked vCenter has an address and an instance UUID")
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.partners[with.InstanceUUID] = with
	return nil, nil
}

// linkedTicket has a ticket made where the ticket is for: a real AcquireCloneTicket, in a session that the user who has this client's
// session begins there. Who is nobody here gets none, and who is nobody there does not either.
func (s *simulation) linkedTicket(token, instanceUUID string) (string, error) {
	if _, known := s.keyOf(token); !known {
		return "", errors.New("there is no such session")
	}
	s.mutex.Lock()
	with, linked := s.partners[instanceUUID]
	user, known := s.clients[token]
	s.mutex.Unlock()
	if !linked || !known {
		return "", fmt.Errorf("no session at %s", instanceUUID)
	}
	ctx := context.Background()
	there, err := station{VCenter: with.VCenter, User: user.Name, Password: user.Password}.login(ctx)
	if err != nil {
		return "", err
	}
	// The session must stand while its ticket is good, and the client keeps it.
	s.mutex.Lock()
	s.elsewhere = append(s.elsewhere, there)
	s.mutex.Unlock()
	return vim.NewManager(there.Client).AcquireCloneTicket(ctx)
}
