package webhooks

import (
	"container/list"
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
)

// MaxBodyBytes is the largest body that a Handler takes.
const MaxBodyBytes = 1 << 20

const remembered = 100_000

// State is what is known of an id.
type State int

// The states of an id.
const (
	New     State = iota // it is begun now
	Handled              // it was handled before
	Running              // somebody is at it
)

// Duplicates are the ids of notifications that were handled. A receiver of several processes needs one that they share.
type Duplicates interface {
	Begin(ctx context.Context, id string) (State, error)
	// End keeps the id, or forgets it where the handler failed.
	End(ctx context.Context, id string, handled bool) error
}

// Option is a setting of Handler.
type Option func(*handler)

// WithDuplicates replaces the ids of this process, the last 100,000 of them.
func WithDuplicates(duplicates Duplicates) Option {
	return func(h *handler) { h.duplicates = duplicates }
}

// Handler verifies requests, answers pings, and handles each notification once.
//
// It answers 204 where a notification is handled, a ping or a duplicate; 401 not verified; 405 no POST; 409 the same one
// is being handled now; 413 too large; 500 handle failed. All but 2xx are sent again later.
func Handler(verifier *Verifier, handle func(context.Context, Notification) error, options ...Option) http.Handler {
	made := &handler{verifier: verifier, handle: handle, duplicates: newRememberedIDs(remembered)}
	for _, option := range options {
		option(made)
	}
	return made
}

type handler struct {
	verifier   *Verifier
	handle     func(context.Context, Notification) error
	duplicates Duplicates
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxBodyBytes+1))
	switch {
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
	case len(body) > MaxBodyBytes:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	default:
		w.WriteHeader(h.receive(r.Context(), r.Header, body))
	}
}

func (h *handler) receive(ctx context.Context, headers http.Header, body []byte) int {
	notification, err := h.verifier.Verify(headers, body)
	if err != nil {
		slog.WarnContext(ctx, "a webhook was refused", "why", err)
		return http.StatusUnauthorized
	}
	if notification.IsPing() {
		return http.StatusNoContent
	}
	state, err := h.duplicates.Begin(ctx, notification.ID)
	switch {
	case err != nil:
		slog.ErrorContext(ctx, "the ids of webhooks cannot be read", "why", err)
		return http.StatusInternalServerError
	case state == Handled:
		return http.StatusNoContent
	case state == Running:
		return http.StatusConflict
	}
	handled := false
	defer func() { _ = h.duplicates.End(context.WithoutCancel(ctx), notification.ID, handled) }()
	if err := h.handle(ctx, notification); err != nil {
		slog.ErrorContext(ctx, "the handler failed; the notification will be sent again", "why", err)
		return http.StatusInternalServerError
	}
	handled = true
	return http.StatusNoContent
}

// rememberedIDs are the last ids of this process.
type rememberedIDs struct {
	mu       sync.Mutex
	capacity int
	order    *list.List
	ids      map[string]*remember
}

type remember struct {
	place   *list.Element
	handled bool
}

func newRememberedIDs(capacity int) *rememberedIDs {
	return &rememberedIDs{capacity: capacity, order: list.New(), ids: map[string]*remember{}}
}

func (r *rememberedIDs) Begin(_ context.Context, id string) (State, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.ids[id]; known != nil {
		if known.handled {
			return Handled, nil
		}
		return Running, nil
	}
	r.ids[id] = &remember{place: r.order.PushBack(id)}
	for r.order.Len() > r.capacity {
		oldest := r.order.Remove(r.order.Front()).(string)
		delete(r.ids, oldest)
	}
	return New, nil
}

func (r *rememberedIDs) End(_ context.Context, id string, handled bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.ids[id]
	switch {
	case known == nil:
	case handled:
		known.handled = true
	default:
		r.order.Remove(known.place)
		delete(r.ids, id)
	}
	return nil
}
