package tidings_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	tidings "tidings.dev/clients/go"
	_ "tidings.dev/clients/go/gen/tidings/admin/v1"
	collectorv1 "tidings.dev/clients/go/gen/tidings/collector/v1"
	_ "tidings.dev/clients/go/gen/tidings/loyalty/v1"
	_ "tidings.dev/clients/go/gen/tidings/orchestration/v1"
	_ "tidings.dev/clients/go/gen/tidings/push/v1"
	_ "tidings.dev/clients/go/gen/tidings/scheduling/v1"
)

const patience = 20 * time.Second

type environment struct {
	Live, Faulty, Cases, Webhooks string
	Demo                          map[string]any
	Stranger                      map[string]string
}

type step struct {
	As, Op, Method, Server, Items, Field, IdempotencyKey string
	Request, Create                                      map[string]any
	Events                                               []map[string]any
	TimeoutS                                             float64
	Until, Take, Repeat                                  int
	Save                                                 map[string]string
	Expect                                               map[string]any
}

func loadEnvironment(t *testing.T) environment {
	t.Helper()
	path := os.Getenv("TIDINGS_CONFORMANCE")
	if path == "" {
		t.Skip("run by `make test-client-go`, which starts the servers")
	}
	var found environment
	readJSON(t, path, &found)
	return found
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (e environment) demo(name string) string { return fmt.Sprint(e.Demo[name]) }

// identity is the credentials and the tenant that a case names.
func (e environment) identity(who string) (tidings.Credentials, string) {
	id, secret, tenant := e.demo("client_id"), e.demo("client_secret"), e.demo("tenant")
	password := func(kind string) tidings.Credentials {
		return tidings.UserPassword{Username: e.demo(kind + "username"), Password: e.demo(kind + "password"), ClientID: id, ClientSecret: secret}
	}
	switch who {
	case "client":
		return tidings.ClientCredentials{ID: id, Secret: secret}, tenant
	case "reader":
		return tidings.ClientCredentials{ID: id, Secret: secret, Scope: "events:read"}, tenant
	case "wrongSecret":
		return tidings.ClientCredentials{ID: id, Secret: "wrong"}, tenant
	case "wrongToken":
		return tidings.BearerToken("wrong"), tenant
	case "wrongTenant":
		return tidings.ClientCredentials{ID: id, Secret: secret}, "stranger"
	case "stranger":
		return tidings.ClientCredentials{ID: e.Stranger["client_id"], Secret: e.Stranger["client_secret"]}, e.Stranger["tenant"]
	case "user":
		return password(""), ""
	case "account":
		return password("account_"), ""
	case "loyaltyKey":
		return tidings.APIKey{TenantID: e.demo("tenant_id"), Key: e.demo("api_key"), Secret: e.demo("api_secret")}, ""
	case "wrongLoyaltyKey":
		return tidings.APIKey{TenantID: newUUID(), Key: e.demo("api_key"), Secret: e.demo("api_secret")}, ""
	case "storeKey":
		return tidings.StoreKey{Store: e.demo("store"), Key: e.demo("store_api_key")}, ""
	case "operator":
		return tidings.BearerToken(e.demo("operator_token")), ""
	}
	return tidings.Anonymous{}, ""
}

func (e environment) target(server string) string {
	switch server {
	case "faulty":
		return e.Faulty
	case "nowhere":
		return "127.0.0.1:1"
	}
	return e.Live
}

func TestConformance(t *testing.T) {
	env := loadEnvironment(t)
	var table struct {
		Cases []struct {
			Name  string
			Steps []json.RawMessage
		}
	}
	readJSON(t, env.Cases, &table)
	clients := map[string]*tidings.Client{}
	for _, each := range table.Cases {
		t.Run(each.Name, func(t *testing.T) {
			values := map[string]string{}
			for n := range 9 {
				values[fmt.Sprintf("u%d", n+1)] = newUUID()
			}
			for name := range env.Demo {
				values["env."+name] = env.demo(name)
			}
			for _, raw := range each.Steps {
				var filled step
				if err := json.Unmarshal([]byte(fill(string(raw), values)), &filled); err != nil {
					t.Fatal(err)
				}
				key := filled.As + "@" + filled.Server
				if clients[key] == nil {
					creds, tenant := env.identity(filled.As)
					client, err := tidings.New(env.target(filled.Server), creds, tidings.WithTenant(tenant), tidings.WithTimeout(patience))
					if err != nil {
						t.Fatal(err)
					}
					clients[key] = client
				}
				runStep(t, clients[key], filled, values)
			}
		})
	}
	for _, client := range clients {
		_ = client.Close()
	}
}

func runStep(t *testing.T, client *tidings.Client, s step, values map[string]string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answer, err := runners[s.Op](ctx, client, s)
	if expected, fails := s.Expect["error"]; fails {
		var told *tidings.Error
		if !errors.As(err, &told) || !errors.Is(err, told.Kind) {
			t.Fatalf("expected an error of the client, came %v and %v", answer, err)
		}
		assertPart(t, toldOf(told), expected)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	assertPart(t, answer, map[string]any(s.Expect))
	for name, field := range s.Save {
		values[name] = fmt.Sprint(answer["response"].(map[string]any)[field])
	}
}

// toldOf is an error as cases spell it.
func toldOf(told *tidings.Error) map[string]any {
	var fields, rules []any
	for _, broken := range told.Violations {
		fields, rules = append(fields, broken.Field), append(rules, broken.Rule)
	}
	return map[string]any{
		"kind": string(told.Kind), "reason": told.Reason, "requestId": told.RequestID,
		"retryAfterS": told.RetryAfter.Seconds(), "violations": fields, "rules": rules,
	}
}

// assertPart checks that expected is a part of actual: objects by names, lists item by item, scalars by their text.
func assertPart(t *testing.T, actual, expected any) {
	t.Helper()
	switch expected := expected.(type) {
	case map[string]any:
		object, _ := actual.(map[string]any)
		for name, part := range expected {
			assertPart(t, object[name], part)
		}
	case []any:
		list, _ := actual.([]any)
		if len(list) != len(expected) {
			t.Fatalf("expected %v, came %v", expected, actual)
		}
		for at, part := range expected {
			assertPart(t, list[at], part)
		}
	case nil:
		if actual != nil {
			t.Fatalf("expected nothing, came %v", actual)
		}
	default:
		if expected == "*" && actual != nil && fmt.Sprint(actual) != "" {
			return
		}
		if fmt.Sprint(actual) != fmt.Sprint(expected) {
			t.Fatalf("expected %v, came %v", expected, actual)
		}
	}
}

var name = regexp.MustCompile(`\{\{([\w.]+)}}`)

func fill(text string, values map[string]string) string {
	return name.ReplaceAllStringFunc(text, func(found string) string { return values[found[2:len(found)-2]] })
}

var runners = map[string]func(context.Context, *tidings.Client, step) (map[string]any, error){
	"publish": runPublish, "call": runCall, "create": runCreate, "pages": runPages, "watch": runWatch, "watchCreated": runWatchCreated,
}

func runCall(ctx context.Context, client *tidings.Client, s step) (map[string]any, error) {
	request, invoke, err := method(client, s)
	if err != nil {
		return nil, err
	}
	if s.TimeoutS > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(s.TimeoutS*float64(time.Second)))
		defer cancel()
	}
	if s.IdempotencyKey != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, tidings.IdempotencyKey, s.IdempotencyKey)
	}
	response, err := invoke(ctx, request)
	if err != nil {
		return nil, err
	}
	return map[string]any{"response": asJSON(response)}, nil
}

func runCreate(ctx context.Context, client *tidings.Client, s step) (map[string]any, error) {
	event := &collectorv1.Event{}
	if err := fromJSON(s.Request, event); err != nil {
		return nil, err
	}
	stored, err := client.CreateEvent(ctx, event)
	return map[string]any{"response": asJSON(stored)}, err
}

// runPublish is the outcome of each event that a producer sends; with Repeat how many there were of each kind.
func runPublish(ctx context.Context, client *tidings.Client, s step) (map[string]any, error) {
	timeout := patience
	if s.TimeoutS > 0 {
		timeout = time.Duration(s.TimeoutS * float64(time.Second))
	}
	producer := client.NewProducer(tidings.WithAcknowledgementTimeout(timeout))
	var sent []*tidings.Sent
	for n := range max(s.Repeat, len(s.Events)) {
		event := &collectorv1.Event{}
		if err := fromJSON(s.Events[n%len(s.Events)], event); err != nil {
			return nil, err
		}
		if s.Repeat > 0 {
			event.Id = fmt.Sprintf("%s-%d", event.Id, n)
		}
		each, err := producer.Send(ctx, event)
		if err != nil {
			return nil, err
		}
		sent = append(sent, each)
	}
	_ = producer.Close(ctx)
	published, kinds := []any{}, map[string]any{"stored": 0, "duplicates": 0, "refused": 0}
	for _, each := range sent {
		one, err := each.Acknowledged(ctx)
		var told *tidings.Error
		switch {
		case errors.As(err, &told):
			published = append(published, map[string]any{"error": toldOf(told)})
			kinds["refused"] = kinds["refused"].(int) + 1
		case err != nil || one.ID != each.ID:
			return nil, fmt.Errorf("%v: %v instead of %v", err, one.ID, each.ID)
		default:
			published = append(published, map[string]any{"id": one.ID, "isDuplicate": one.IsDuplicate})
			kind := map[bool]string{true: "duplicates", false: "stored"}[one.IsDuplicate]
			kinds[kind] = kinds[kind].(int) + 1
		}
	}
	if s.Repeat > 0 {
		return kinds, nil
	}
	return map[string]any{"published": published}, nil
}

func runPages(ctx context.Context, client *tidings.Client, s step) (map[string]any, error) {
	request, invoke, err := method(client, s)
	if err != nil {
		return nil, err
	}
	found := []any{}
	for page, err := range tidings.Pages(ctx, invoke, request) {
		if err != nil {
			return nil, err
		}
		items, _ := asJSON(page)[s.Items].([]any)
		for _, item := range items {
			found = append(found, item.(map[string]any)[s.Field])
		}
		if len(found) >= s.Until {
			break
		}
	}
	return map[string]any{"values": found[:min(len(found), s.Until)]}, nil
}

func runWatch(ctx context.Context, client *tidings.Client, s step) (map[string]any, error) {
	request := &collectorv1.WatchEventsRequest{}
	if err := fromJSON(s.Request, request); err != nil {
		return nil, err
	}
	ids := []any{}
	for watched, err := range client.WatchEvents(ctx, request) {
		if err != nil {
			return nil, err
		}
		if ids = append(ids, watched.GetEvent().GetId()); len(ids) == s.Take {
			break
		}
	}
	return map[string]any{"ids": ids}, nil
}

// runWatchCreated watches from now on while events are made: the entity of the first that it sees.
func runWatchCreated(ctx context.Context, client *tidings.Client, s step) (map[string]any, error) {
	request, event := &collectorv1.WatchEventsRequest{}, &collectorv1.Event{}
	if err := errors.Join(fromJSON(s.Request, request), fromJSON(s.Create, event)); err != nil {
		return nil, err
	}
	making, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		for making.Err() == nil {
			_, _ = client.CreateEvent(making, event)
			time.Sleep(100 * time.Millisecond)
		}
	}()
	for watched, err := range client.WatchEvents(ctx, request) {
		return map[string]any{"ids": []any{watched.GetEvent().GetEntityId()}}, err
	}
	return nil, errors.New("the watch ended")
}

// method is the request of a step as its message, and the call of its method.
func method(client *tidings.Client, s step) (proto.Message, func(context.Context, proto.Message, ...grpc.CallOption) (proto.Message, error), error) {
	service, rpc, _ := strings.Cut(s.Method, "/")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
	if err != nil {
		return nil, nil, err
	}
	described := found.(protoreflect.ServiceDescriptor).Methods().ByName(protoreflect.Name(rpc))
	input, err := protoregistry.GlobalTypes.FindMessageByName(described.Input().FullName())
	if err != nil {
		return nil, nil, err
	}
	output, err := protoregistry.GlobalTypes.FindMessageByName(described.Output().FullName())
	if err != nil {
		return nil, nil, err
	}
	request := input.New().Interface()
	invoke := func(ctx context.Context, request proto.Message, opts ...grpc.CallOption) (proto.Message, error) {
		response := output.New().Interface()
		return response, client.Invoke(ctx, "/"+s.Method, request, response, opts...)
	}
	return request, invoke, fromJSON(s.Request, request)
}

func fromJSON(value map[string]any, into proto.Message) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return protojson.Unmarshal(text, into)
}

func asJSON(message proto.Message) map[string]any {
	text, _ := protojson.Marshal(message)
	value := map[string]any{}
	_ = json.Unmarshal(text, &value)
	return value
}

func newUUID() string {
	text, _ := os.ReadFile("/proc/sys/kernel/random/uuid")
	return strings.TrimSpace(string(text))
}
