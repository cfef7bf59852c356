package main

import (
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
