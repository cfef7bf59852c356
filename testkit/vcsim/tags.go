package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25/types"
)

type shownTag struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Objects []string `json:"objects"`
}

type shownCategory struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Types       []string   `json:"types"`
	Tags        []shownTag `json:"tags"`
}

// tagsOf does with tags what other people do, by govmomi's own client. Arguments: a station's JSON file (its "vm" plays no part)
// and what to do: "list", "category NAME TAG…", "rename CATEGORY-ID NAME", "delete TAG-ID", "attach TAG-ID VM" or "detach TAG-ID VM".
func tagsOf(arguments []string) {
	log.SetPrefix("")
	if len(arguments) < 2 {
		log.Fatal("usage: vcsim tags FILE COMMAND…")
	}
	where := stationOf(arguments[0])
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	answer, err := where.tags(ctx, arguments[1:])
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		log.Fatal(err)
	}
}

func (s station) tags(ctx context.Context, words []string) (any, error) {
	client, err := s.login(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = client.Logout(context.WithoutCancel(ctx)) }()
	session := rest.NewClient(client.Client)
	if err := session.Login(ctx, s.account()); err != nil {
		return nil, err
	}
	defer func() { _ = session.Logout(context.WithoutCancel(ctx)) }()
	manager := tags.NewManager(session)
	done := map[string]any{}
	switch {
	case words[0] == "list":
		done["categories"], err = shown(ctx, manager)
		return done, err
	case words[0] == "category" && len(words) > 1:
		return made(ctx, manager, words[1], words[2:])
	case words[0] == "rename" && len(words) == 3:
		return done, manager.UpdateCategory(ctx, &tags.Category{ID: words[1], Name: words[2]})
	case words[0] == "delete" && len(words) == 2:
		return done, manager.DeleteTag(ctx, &tags.Tag{ID: words[1]})
	case words[0] == "attach" && len(words) == 3:
		return done, manager.AttachTag(ctx, words[1], machine(words[2]))
	case words[0] == "detach" && len(words) == 3:
		return done, manager.DetachTag(ctx, words[1], machine(words[2]))
	}
	return nil, errors.New("no such command")
}

func machine(id string) types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "VirtualMachine", Value: id}
}

func shown(ctx context.Context, manager *tags.Manager) ([]shownCategory, error) {
	categories, err := manager.GetCategories(ctx)
	if err != nil {
		return nil, err
	}
	all := []shownCategory{}
	for _, category := range categories {
		one := shownCategory{category.ID, category.Name, category.Description, category.AssociableTypes, []shownTag{}}
		found, err := manager.GetTagsForCategory(ctx, category.ID)
		if err != nil {
			return nil, err
		}
		for _, tag := range found {
			objects, err := manager.ListAttachedObjects(ctx, tag.ID)
			if err != nil {
				return nil, err
			}
			shown := shownTag{tag.ID, tag.Name, []string{}}
			for _, object := range objects {
				shown.Objects = append(shown.Objects, object.Reference().Value)
			}
			one.Tags = append(one.Tags, shown)
		}
		slices.SortFunc(one.Tags, func(a, b shownTag) int { return strings.Compare(a.ID, b.ID) })
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b shownCategory) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

func made(ctx context.Context, manager *tags.Manager, name string, names []string) (any, error) {
	id, err := manager.CreateCategory(ctx, &tags.Category{
		Name: name, Description: "somebody else's", Cardinality: "MULTIPLE", AssociableTypes: []string{"VirtualMachine"},
	})
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, one := range names {
		tag, err := manager.CreateTag(ctx, &tags.Tag{Name: one, Description: "somebody else's", CategoryID: id})
		if err != nil {
			return nil, err
		}
		ids = append(ids, tag)
	}
	return map[string]any{"id": id, "tags": ids}, nil
}
