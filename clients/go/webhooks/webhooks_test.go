package webhooks_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"tidings.dev/clients/go/webhooks"
)

type vector struct {
	Name    string
	Secrets []string
	Headers map[string]string
	Body    string
	Now     int64
	Expect  struct {
		Error, ID, EventID, Topic, EntityID string
		IsTest, IsPing                      bool
	}
}

func load(t *testing.T) (vectors []vector, badSecrets [][]string) {
	t.Helper()
	text, err := os.ReadFile("../../conformance/webhooks.json")
	var shared struct {
		Vectors    []vector
		BadSecrets [][]string
	}
	if err == nil {
		err = json.Unmarshal(text, &shared)
	}
	if err != nil {
		t.Fatal(err)
	}
	return shared.Vectors, shared.BadSecrets
}

func TestVectors(t *testing.T) {
	vectors, _ := load(t)
	for _, each := range vectors {
		t.Run(each.Name, func(t *testing.T) {
			verifier, err := webhooks.NewVerifier(each.Secrets...)
			if err != nil {
				t.Fatal(err)
			}
			verifier.Now = func() time.Time { return time.Unix(each.Now, 0) }
			headers := http.Header{}
			for name, value := range each.Headers {
				headers.Set(name, value)
			}
			seen, err := verifier.Verify(headers, []byte(each.Body))
			if each.Expect.Error != "" {
				var refused *webhooks.Error
				if !errors.As(err, &refused) || refused.Cause != each.Expect.Error {
					t.Fatalf("expected %s, came %v", each.Expect.Error, err)
				}
				return
			}
			want := each.Expect
			if err != nil || seen.ID != want.ID || seen.EventID != want.EventID || seen.Topic != want.Topic ||
				seen.EntityID != want.EntityID || seen.IsTest != want.IsTest || seen.IsPing() != want.IsPing {
				t.Fatalf("expected %+v, came %+v and %v", want, seen, err)
			}
		})
	}
}

func TestASecretThatCannotBeOneIsRefusedAtOnce(t *testing.T) {
	_, bad := load(t)
	for _, secrets := range bad {
		if _, err := webhooks.NewVerifier(secrets...); err == nil {
			t.Errorf("%q was taken", secrets)
		}
	}
}

// receiver counts what its handler gets; the handler fails where fail is set.
type receiver struct {
	http.Handler
	handled []string
	fail    error
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	verifier, err := webhooks.NewVerifier("secret")
	if err != nil {
		t.Fatal(err)
	}
	made := &receiver{}
	made.Handler = webhooks.Handler(verifier, func(_ context.Context, n webhooks.Notification) error {
		made.handled = append(made.handled, n.ID)
		return made.fail
	})
	return made
}

func (r *receiver) post(t *testing.T, id, body string) int {
	t.Helper()
	headers, err := webhooks.Sign("secret", []byte(body), id, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	request.Header = headers
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, request)
	return answer.Code
}

func TestANotificationIsHandledOnce(t *testing.T) {
	r := newReceiver(t)
	for range 2 {
		if status := r.post(t, "m-1", `{"topic":"order.opened"}`); status != http.StatusNoContent {
			t.Fatal(status)
		}
	}
	if len(r.handled) != 1 {
		t.Fatal(r.handled)
	}
}

func TestAFailedNotificationIsHandledAgain(t *testing.T) {
	r := newReceiver(t)
	r.fail = errors.New("not now")
	if status := r.post(t, "m-1", "{}"); status != http.StatusInternalServerError {
		t.Fatal(status)
	}
	r.fail = nil
	if status := r.post(t, "m-1", "{}"); status != http.StatusNoContent || len(r.handled) != 2 {
		t.Fatal(status, r.handled)
	}
}

func TestAPingIsAnsweredWithoutTheHandler(t *testing.T) {
	r := newReceiver(t)
	if status := r.post(t, "p-1", `{"topic":"application.ping"}`); status != http.StatusNoContent || len(r.handled) != 0 {
		t.Fatal(status, r.handled)
	}
}

func TestWhatIsNotVerifiedIsRefused(t *testing.T) {
	r := newReceiver(t)
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}")))
	if answer.Code != http.StatusUnauthorized || len(r.handled) != 0 || answer.Body.Len() != 0 {
		t.Fatal(answer.Code)
	}
	if status := r.post(t, "m-1", strings.Repeat("x", webhooks.MaxBodyBytes+1)); status != http.StatusRequestEntityTooLarge {
		t.Fatal(status)
	}
}
