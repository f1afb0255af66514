package tidings

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math/big"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	collectorv1 "tidings.dev/clients/go/gen/tidings/collector/v1"
)

// The server sends a heartbeat every 15 s; after three missed ones the connection is taken for dead.
const silence = 45 * time.Second

const (
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
)

// CreateEvent stores one event durably and returns it as stored. An event without an id gets one before the first
// attempt, so that its retries are the same event.
func (c *Client) CreateEvent(ctx context.Context, event *collectorv1.Event) (*collectorv1.Event, error) {
	if event.GetId() == "" {
		event = proto.CloneOf(event)
		event.Id = newID()
	}
	return collectorv1.NewEventServiceClient(c).CreateEvent(ctx, &collectorv1.CreateEventRequest{Event: event})
}

// WatchEvents is the endless stream of events after a position as they are stored, each with its own position.
//
// After a lost connection it resumes behind the last event that was yielded, so that none is missed or repeated. It ends
// with ctx, or after yielding a permanent error, such as InvalidInput for a position of another tenant.
func (c *Client) WatchEvents(ctx context.Context, request *collectorv1.WatchEventsRequest) iter.Seq2[*collectorv1.WatchEventsResponse, error] {
	return func(yield func(*collectorv1.WatchEventsResponse, error) bool) {
		asked, pause, stale := proto.CloneOf(request), firstPause, ""
		for ctx.Err() == nil {
			token, err := c.tokens.current(ctx)
			received := false
			if err == nil {
				err = c.watchOnce(ctx, asked, func(answer *collectorv1.WatchEventsResponse) bool {
					asked.After, received, pause = answer.GetPosition(), true, firstPause
					return answer.GetEvent() == nil || yield(answer, nil)
				})
			}
			if errors.Is(err, errStopped) {
				return
			}
			if errors.Is(err, Unauthenticated) && c.tokens.renewable() && (received || stale != token) {
				stale = token
				_, err = c.tokens.renewed(ctx, token)
			}
			if err = typed(err); ctx.Err() == nil && err != nil && !errors.Is(err, Unavailable) {
				yield(nil, err)
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(jittered(pause)):
			}
			pause = min(pause*2, longestPause)
		}
		yield(nil, typed(ctx.Err()))
	}
}

var errStopped = errors.New("the caller stopped")

// watchOnce reads one connection to its end; nil where a new one may go on.
func (c *Client) watchOnce(ctx context.Context, request *collectorv1.WatchEventsRequest, take func(*collectorv1.WatchEventsResponse) bool) error {
	connection, cancel := context.WithCancel(ctx)
	defer cancel()
	alive := time.AfterFunc(silence, cancel)
	defer alive.Stop()
	stream, err := collectorv1.NewEventServiceClient(c).WatchEvents(connection, request)
	for err == nil {
		var answer *collectorv1.WatchEventsResponse
		if answer, err = stream.Recv(); err == nil {
			alive.Reset(silence)
			if !take(answer) {
				return errStopped
			}
			alive.Reset(silence)
		}
	}
	var told *Error
	if !errors.As(err, &told) || told.Kind == Unavailable || connection.Err() != nil || told.status.Code() == codes.Canceled {
		return nil
	}
	return err
}

func jittered(pause time.Duration) time.Duration {
	part, err := rand.Int(rand.Reader, big.NewInt(int64(pause)))
	if err != nil {
		return pause
	}
	return time.Duration(part.Int64())
}

// newID is a UUIDv7 (RFC 9562): it begins with the time in milliseconds, so that new ids are adjacent in an index.
func newID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	var millis [8]byte
	binary.BigEndian.PutUint64(millis[:], uint64(time.Now().UnixMilli()))
	copy(id[:6], millis[2:])
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
