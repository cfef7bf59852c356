package main

import (
	"fmt"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// taskManager is govmomi's, except that a task tells who asked for it, as a vCenter does: govmomi's names the session's account.
type taskManager struct {
	*simulator.TaskManager
}

// CreateTask notes the initiator.
func (m *taskManager) CreateTask(ctx *simulator.Context, req *types.CreateTask) soap.HasFault {
	answer := m.TaskManager.CreateTask(ctx, req)
	body, ok := answer.(*methods.CreateTaskBody)
	if !ok || body.Res == nil {
		return answer
	}
	reason := body.Res.Returnval.Reason
	if req.InitiatedBy != "" {
		reason = &types.TaskReasonUser{UserName: req.InitiatedBy}
		body.Res.Returnval.Reason = reason
	}
	// govmomi's registers the task a moment after it has answered; a vCenter's is there
	for range 1000 {
		if task, ok := ctx.Map.Get(body.Res.Returnval.Task).(*simulator.Task); ok {
			task.Info.Reason = reason
			break
		}
		time.Sleep(time.Millisecond)
	}
	return body
}

// notePosted remembers an extension's event as people would read it under Monitor > Events.
func (s *simulation) notePosted(body any) {
	request, ok := body.(*types.PostEvent)
	if !ok {
		return
	}
	if event, ok := request.EventToPost.(*types.EventEx); ok {
		line := fmt.Sprintf("%s (%s) on %s: %s", event.EventTypeId, event.Severity, event.ObjectId, event.Message)
		s.mutex.Lock()
		s.posted = append(s.posted, line)
		s.mutex.Unlock()
	}
}

func (s *simulation) events() any {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return map[string]any{"events": append([]string{}, s.posted...)}
}
