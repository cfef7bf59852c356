package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// station is what a stand-in guest has in place of a hypervisor: a session of its own at a vCenter, and the one VM it is.
type station struct {
	VCenter  string `json:"vcenter"` // HOST:PORT
	User     string `json:"user"`
	Password string `json:"password"`
	VM       string `json:"vm"` // its managed object's id
}

// stationOf reads a station's JSON file; without one there is nothing to do.
func stationOf(file string) station {
	text, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	var where station
	if err := json.Unmarshal(text, &where); err != nil {
		log.Fatal(err)
	}
	return where
}

func (s station) account() *url.Userinfo { return url.UserPassword(s.User, s.Password) }

// login begins the station's session; whoever begins it logs it out.
func (s station) login(ctx context.Context) (*govmomi.Client, error) {
	return govmomi.NewClient(ctx, &url.URL{Scheme: "https", Host: s.VCenter, Path: "/sdk", User: s.account()}, true)
}

// vmtoolsd does what `vmtoolsd --cmd "info-get KEY"` and `"info-set KEY VALUE"` do in a guest, with the extraConfig of its own
// VM and nothing else. Arguments: the station's JSON file, then those of vmtoolsd.
func vmtoolsd(arguments []string) {
	log.SetPrefix("")
	if len(arguments) != 3 || arguments[1] != "--cmd" {
		log.Fatal("usage: vcsim vmtoolsd FILE --cmd COMMAND")
	}
	where := stationOf(arguments[0])
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	printed, err := where.command(ctx, strings.SplitN(arguments[2], " ", 3))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(printed)
}

func (s station) command(ctx context.Context, words []string) (string, error) {
	if len(words) < 2 || !strings.HasPrefix(words[1], "guestinfo.") {
		return "", fmt.Errorf("Unknown command")
	}
	client, err := s.login(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = client.Logout(context.WithoutCancel(ctx)) }()
	vm := object.NewVirtualMachine(client.Client, types.ManagedObjectReference{Type: "VirtualMachine", Value: s.VM})
	switch {
	case words[0] == "info-get" && len(words) == 2:
		return read(ctx, vm, words[1])
	case words[0] == "info-set" && len(words) == 3:
		return "", write(ctx, vm, words[1], words[2])
	}
	return "", fmt.Errorf("Unknown command")
}

func read(ctx context.Context, vm *object.VirtualMachine, key string) (string, error) {
	var seen mo.VirtualMachine
	err := property.DefaultCollector(vm.Client()).RetrieveOne(ctx, vm.Reference(), []string{"config.extraConfig"}, &seen)
	if err != nil {
		return "", err
	}
	if seen.Config != nil {
		for _, option := range seen.Config.ExtraConfig {
			if value := option.GetOptionValue(); value.Key == key {
				return fmt.Sprint(value.Value), nil
			}
		}
	}
	return "", fmt.Errorf("No value found")
}

func write(ctx context.Context, vm *object.VirtualMachine, key, value string) error {
	task, err := vm.Reconfigure(ctx, types.VirtualMachineConfigSpec{
		ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: key, Value: value}},
	})
	if err != nil {
		return err
	}
	return task.Wait(ctx)
}
