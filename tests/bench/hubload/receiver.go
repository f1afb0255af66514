package main

import (
	"io"
	"net/http"
	"regexp"
	"sync"
	"time"
)

var idPattern = regexp.MustCompile(`hl-[0-9a-z]+-[0-9]+`)

// Receiver answers 200 to every request and notes when each id came.
type Receiver struct {
	lock  sync.Mutex
	first map[string]time.Time
	count map[string]int
}

// NewReceiver has seen nothing.
func NewReceiver() *Receiver {
	return &Receiver{first: map[string]time.Time{}, count: map[string]int{}}
}

func (receiver *Receiver) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	now := time.Now()
	body, _ := io.ReadAll(request.Body)
	writer.WriteHeader(http.StatusOK)
	id := string(idPattern.Find(body))
	for _, values := range request.Header {
		for _, value := range values {
			if id == "" {
				id = idPattern.FindString(value)
			}
		}
	}
	if id == "" {
		return
	}
	receiver.lock.Lock()
	defer receiver.lock.Unlock()
	if _, known := receiver.first[id]; !known {
		receiver.first[id] = now
	}
	receiver.count[id]++
}

// Arrived says when an id came first, and how often it came.
func (receiver *Receiver) Arrived(id string) (time.Time, int) {
	receiver.lock.Lock()
	defer receiver.lock.Unlock()
	return receiver.first[id], receiver.count[id]
}

// WaitFor waits until all of these have come, at most so long; how many have not.
func (receiver *Receiver) WaitFor(ids []string, patience time.Duration) int {
	ends := time.Now().Add(patience)
	for {
		missing := 0
		for _, id := range ids {
			if _, count := receiver.Arrived(id); count == 0 {
				missing++
			}
		}
		if missing == 0 || time.Now().After(ends) {
			return missing
		}
		time.Sleep(50 * time.Millisecond)
	}
}
