package tidings

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	collectorv1 "tidings.dev/clients/go/gen/tidings/collector/v1"
)

const (
	// DefaultAcknowledgementTimeout is the time until an event of a producer fails for want of an acknowledgement.
	DefaultAcknowledgementTimeout = 2 * time.Minute
	// Without an answer for so long, while one is due, the connection is taken for dead.
	dueSilence = 30 * time.Second
	closeTime  = 2 * time.Second
	// Larger events have no place in any message. The server refuses the others that are too large.
	eventBytes = 1<<20 - 64
)

// Producer sends events as a stream, each acknowledged when it is durable.
//
// It batches by itself, sends no more than the server has said that it may, connects again after a lost connection, and
// then sends again what was not acknowledged, with the same ids: each event is stored once. Events are stored in the order
// of Send; but one that is over a quota takes its place when it is sent again. Any number of goroutines may share it.
type Producer struct {
	client    *Client
	timeout   time.Duration
	onRefused func(*collectorv1.Event, error)
	ctx       context.Context
	cancel    context.CancelFunc
	done      chan struct{}

	mu      sync.Mutex
	changed chan struct{}
	outbox  outbox
	closing bool
	err     error
}

// ProducerOption is a setting of NewProducer.
type ProducerOption func(*Producer)

// WithAcknowledgementTimeout sets the time until an event fails for want of an acknowledgement.
func WithAcknowledgementTimeout(timeout time.Duration) ProducerOption {
	return func(p *Producer) { p.timeout = timeout }
}

// WithOnRefused is called with each event that fails, and its error, in a goroutine of its own.
func WithOnRefused(call func(*collectorv1.Event, error)) ProducerOption {
	return func(p *Producer) { p.onRefused = call }
}

// Sent is an event that a producer has taken. ID is its own, or the one that it was given.
type Sent struct {
	ID    string
	entry *entry
}

// Acknowledged returns when the event is durable, or with the error that it was refused with, or the producer's own.
func (s *Sent) Acknowledged(ctx context.Context) (Published, error) {
	select {
	case <-s.entry.done:
		return s.entry.published, s.entry.err
	case <-ctx.Done():
		return Published{}, typed(ctx.Err())
	}
}

// NewProducer is a producer that connects with its first event. Close it.
func (c *Client) NewProducer(opts ...ProducerOption) *Producer {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Producer{client: c, timeout: DefaultAcknowledgementTimeout, ctx: ctx, cancel: cancel, done: make(chan struct{}), changed: make(chan struct{})}
	for _, option := range opts {
		option(p)
	}
	go p.run()
	return p
}

// Send takes an event, and returns once there is room for it, mostly at once; an event without an id gets one.
//
// It is not stored yet when this returns: see Sent.Acknowledged, Flush and Close. Its error is the one that has ended the
// producer, or WrongState after Close. The event must not be changed before it is acknowledged.
func (p *Producer) Send(ctx context.Context, event *collectorv1.Event) (*Sent, error) {
	if event.GetId() == "" {
		event = proto.CloneOf(event)
		event.Id = newID()
	}
	e := newEntry(event, time.Now().Add(p.timeout))
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.outbox.full() && p.err == nil && !p.closing {
		if err := p.wait(ctx, time.Time{}); err != nil {
			return nil, err
		}
	}
	switch {
	case p.err != nil:
		return nil, p.err
	case p.closing:
		return nil, &Error{Kind: WrongState, Message: "The producer is closed."}
	case e.size > eventBytes:
		text := fmt.Sprintf("The event has %d bytes; the server takes 256 KiB.", e.size)
		p.fail(e, &Error{Kind: InvalidInput, Message: text, Reason: "PAYLOAD_TOO_LARGE"})
	default:
		p.outbox.add(e)
		p.notify()
	}
	return &Sent{event.GetId(), e}, nil
}

// Flush returns when all that was sent before is stored or refused. Its error is the one that has ended the producer.
func (p *Producer) Flush(ctx context.Context) error {
	p.mu.Lock()
	waiting := p.outbox.all()
	p.mu.Unlock()
	for _, e := range waiting {
		select {
		case <-e.done:
		case <-ctx.Done():
			return typed(ctx.Err())
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Close flushes, then ends the stream: nothing can be sent any more. What is not acknowledged when ctx ends is given up,
// and may be stored or not. Its errors are those of Flush.
func (p *Producer) Close(ctx context.Context) error {
	p.mu.Lock()
	p.closing = true
	p.notify()
	p.mu.Unlock()
	err := p.Flush(ctx)
	if err == nil {
		select {
		case <-p.done:
		case <-time.After(closeTime):
		}
	}
	p.cancel()
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failAll(&Error{Kind: WrongState, Message: "The producer was closed."})
	return err
}

// run keeps a connection while there are events, until the producer is closed or an error ends it.
func (p *Producer) run() {
	defer close(p.done)
	pause, stale := firstPause, ""
	for p.hasWork() {
		token, err := p.client.tokens.current(p.ctx)
		received := false
		if err == nil {
			received, err = p.connected()
		}
		if received {
			pause = firstPause
		}
		if errors.Is(err, Unauthenticated) && token != "" && p.client.tokens.renewable() && (received || stale == "") {
			// It may have expired; a new one shows whether the client is still good.
			stale = token
			_, err = p.client.tokens.renewed(p.ctx, token)
		} else if received {
			stale = ""
		}
		if !p.mayGoOn(typed(err)) {
			return
		}
		select {
		case <-p.ctx.Done():
			return
		case <-time.After(jittered(pause)):
		}
		pause = min(pause*2, longestPause)
	}
}

// hasWork waits for an event; false where none will come.
func (p *Producer) hasWork() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.outbox.len() == 0 {
		if p.closing || p.wait(p.ctx, time.Time{}) != nil {
			return false
		}
	}
	return true
}

// mayGoOn fails what has waited too long, or all where another connection would end as the last one did.
func (p *Producer) mayGoOn(err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	var told *Error
	if err == nil || !errors.As(err, &told) {
		told = &Error{Kind: Unavailable, Message: "The connection has ended."}
	}
	if told.status.Code() == codes.Unimplemented {
		told = &Error{Kind: WrongState, Message: "This server takes no streams of events.", status: told.status}
	}
	switch told.Kind {
	case Unavailable, Internal, LimitExceeded, DeadlineExceeded:
		for _, e := range p.outbox.expired(time.Now()) {
			p.fail(e, &Error{Kind: DeadlineExceeded, Message: fmt.Sprintf("Not acknowledged in %s: %s", p.timeout, told.Message)})
		}
		p.notify()
		return true
	}
	p.err = told
	p.failAll(told)
	return false
}

// connected sends over one connection until it ends; nil where a new one may go on. It reports whether anything came.
func (p *Producer) connected() (received bool, err error) {
	ctx, cancel := context.WithCancel(p.ctx)
	var writing sync.WaitGroup
	defer writing.Wait()
	defer cancel()
	p.mu.Lock()
	p.outbox.rewind()
	p.mu.Unlock()
	stream, err := collectorv1.NewPublishServiceClient(p.client).PublishEvents(ctx)
	if err != nil {
		return false, err
	}
	link := &link{stream: stream, silence: time.AfterFunc(dueSilence, cancel)}
	defer link.silence.Stop()
	writing.Go(func() { p.write(ctx, link) })
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) || (err != nil && ctx.Err() != nil) {
			return received, nil
		}
		if err != nil {
			return received, err
		}
		received = true
		p.take(response, link)
	}
}

// link is one connection: its stream, its window, and whether its server stops.
type link struct {
	stream   collectorv1.PublishService_PublishEventsClient
	silence  *time.Timer
	window   *collectorv1.PublishWindow
	draining bool
}

// write sends what waits, as far as the window goes.
func (p *Producer) write(ctx context.Context, link *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !link.draining && ctx.Err() == nil {
		events := p.outbox.nextMessage(link.window, time.Now())
		if len(events) == 0 {
			if p.closing && p.outbox.len() == 0 {
				break
			}
			_ = p.wait(ctx, p.outbox.nextDue())
			continue
		}
		link.silence.Reset(dueSilence)
		p.mu.Unlock()
		err := link.stream.Send(&collectorv1.PublishEventsRequest{Events: events})
		p.mu.Lock()
		if err != nil {
			return // the reader gets the status
		}
	}
	_ = link.stream.CloseSend()
}

func (p *Producer) take(response *collectorv1.PublishEventsResponse, link *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, told := range response.GetAcknowledgements() {
		p.settle(p.outbox.acknowledged(), told)
	}
	if response.GetWindow() != nil {
		link.window = response.GetWindow()
	}
	link.draining = link.draining || response.GetIsDraining()
	if len(p.outbox.sent) > 0 {
		link.silence.Reset(dueSilence)
	} else {
		link.silence.Stop()
	}
	p.notify()
}

func (p *Producer) settle(e *entry, told *collectorv1.EventAcknowledgement) {
	if told.GetOutcome() != collectorv1.EventAcknowledgement_REFUSED {
		e.published = Published{told.GetId(), told.GetOutcome() == collectorv1.EventAcknowledgement_DUPLICATE}
		close(e.done)
		return
	}
	err := typed(status.ErrorProto(told.GetError()))
	refused := &Error{Kind: Internal, Message: "Refused without a reason."}
	if errors.As(err, &refused) && refused.RetryAfter > 0 && time.Now().Add(refused.RetryAfter).Before(e.until) {
		p.outbox.delay(e, time.Now().Add(refused.RetryAfter))
		return
	}
	p.fail(e, refused)
}

func (p *Producer) failAll(err error) {
	for _, e := range p.outbox.clear() {
		p.fail(e, err)
	}
	p.notify()
}

func (p *Producer) fail(e *entry, err error) {
	e.err = err
	close(e.done)
	if p.onRefused != nil {
		go p.onRefused(e.event, err)
	}
}

// notify wakes all that wait; the caller holds the lock.
func (p *Producer) notify() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// wait returns after a change, at an instant where there is one, or with the error of ctx; the caller holds the lock,
// which is free meanwhile.
func (p *Producer) wait(ctx context.Context, until time.Time) error {
	changed := p.changed
	var due <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		due = timer.C
	}
	p.mu.Unlock()
	defer p.mu.Lock()
	select {
	case <-changed:
	case <-due:
	case <-ctx.Done():
		return typed(ctx.Err())
	}
	return nil
}
