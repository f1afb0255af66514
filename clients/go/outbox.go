package tidings

import (
	"time"

	"google.golang.org/protobuf/proto"

	collectorv1 "tidings.dev/clients/go/gen/tidings/collector/v1"
)

const (
	outboxEvents = 10_000
	outboxBytes  = 16 << 20
	// Of one message; the server takes 1,000 events and 1 MiB.
	messageEvents = 500
	messageBytes  = 512 << 10
)

// Published is a stored event. IsDuplicate: it had been stored before, under the same id.
type Published struct {
	ID          string
	IsDuplicate bool
}

// entry is an event with its size, the instant at which it is given up, and its outcome once done is closed.
type entry struct {
	event     *collectorv1.Event
	size      int
	until     time.Time
	dueAt     time.Time // where it was put off
	done      chan struct{}
	published Published
	err       error
}

func newEntry(event *collectorv1.Event, until time.Time) *entry {
	return &entry{event: event, size: proto.Size(event), until: until, done: make(chan struct{})}
}

// outbox has the events of a producer in the order in which they are to be stored.
type outbox struct {
	waiting, sent, putOff []*entry
	sentBytes, bytes      int
}

func (o *outbox) len() int { return len(o.waiting) + len(o.sent) + len(o.putOff) }

func (o *outbox) full() bool { return o.len() >= outboxEvents || o.bytes >= outboxBytes }

func (o *outbox) all() []*entry {
	all := append([]*entry{}, o.sent...)
	return append(append(all, o.waiting...), o.putOff...)
}

func (o *outbox) add(e *entry) {
	o.waiting = append(o.waiting, e)
	o.bytes += e.size
}

// nextMessage is the events to be sent next, as far as the window allows; they count as sent.
func (o *outbox) nextMessage(window *collectorv1.PublishWindow, now time.Time) []*collectorv1.Event {
	o.recall(now)
	var events []*collectorv1.Event
	size, taken := 0, 0
	for _, e := range o.waiting {
		if len(events) == messageEvents || len(o.sent) >= int(window.GetEvents()) || (size > 0 && size+e.size > messageBytes) {
			break
		}
		if len(o.sent) > 0 && o.sentBytes+e.size > int(window.GetBytes()) {
			break
		}
		o.sent, events = append(o.sent, e), append(events, e.event)
		o.sentBytes, size, taken = o.sentBytes+e.size, size+e.size, taken+1
	}
	o.waiting = o.waiting[taken:]
	return events
}

// acknowledged is the entry whose acknowledgement is next to come, which leaves.
func (o *outbox) acknowledged() *entry {
	e := o.sent[0]
	o.sent = o.sent[1:]
	o.sentBytes, o.bytes = o.sentBytes-e.size, o.bytes-e.size
	return e
}

// delay takes an entry back, to be sent again at an instant.
func (o *outbox) delay(e *entry, dueAt time.Time) {
	e.dueAt = dueAt
	o.putOff = append(o.putOff, e)
	o.bytes += e.size
}

// rewind lets all that was sent be sent again, first.
func (o *outbox) rewind() {
	o.waiting = append(append([]*entry{}, o.sent...), o.waiting...)
	o.sent, o.sentBytes = nil, 0
}

// expired is the entries that are given up by now, which leave; call it while nothing is sent.
func (o *outbox) expired(now time.Time) []*entry {
	o.rewind()
	isOver := func(e *entry) bool { return !e.until.After(now) }
	gone, waiting := parted(o.waiting, isOver)
	late, putOff := parted(o.putOff, isOver)
	o.waiting, o.putOff = waiting, putOff
	gone = append(gone, late...)
	for _, e := range gone {
		o.bytes -= e.size
	}
	return gone
}

// clear is all entries, which leave.
func (o *outbox) clear() []*entry {
	all := o.all()
	*o = outbox{}
	return all
}

// nextDue is the instant at which the next event that was put off is to be sent.
func (o *outbox) nextDue() (next time.Time) {
	for _, e := range o.putOff {
		if next.IsZero() || e.dueAt.Before(next) {
			next = e.dueAt
		}
	}
	return next
}

func (o *outbox) recall(now time.Time) {
	if len(o.putOff) == 0 {
		return
	}
	due, rest := parted(o.putOff, func(e *entry) bool { return !e.dueAt.After(now) })
	o.putOff, o.waiting = rest, append(due, o.waiting...)
}

func parted(entries []*entry, first func(*entry) bool) (yes, no []*entry) {
	for _, e := range entries {
		if first(e) {
			yes = append(yes, e)
		} else {
			no = append(no, e)
		}
	}
	return yes, no
}
