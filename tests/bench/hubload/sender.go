package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const placeholder = "{{id}}"

// Sender POSTs events with ids of one run.
type Sender struct {
	client  *http.Client
	url     string
	headers http.Header
	parts   []string
	run     string
	next    atomic.Int64
}

// NewSender makes events of a template.
func NewSender(options Options, template string) *Sender {
	headers := http.Header{"Content-Type": {"application/json"}}
	for _, each := range options.Headers {
		name, value, _ := strings.Cut(each, ":")
		headers.Set(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 4_096, MaxConnsPerHost: 4_096}
	return &Sender{
		client:  &http.Client{Transport: transport, Timeout: 30 * time.Second},
		url:     options.URL,
		headers: headers,
		parts:   strings.Split(template, placeholder),
		run:     strconv.FormatInt(time.Now().UnixNano(), 36),
	}
}

// NextID is the id of one more event.
func (sender *Sender) NextID() string {
	return fmt.Sprintf("hl-%s-%d", sender.run, sender.next.Add(1))
}

// Send POSTs one event; an error says what came instead of a success.
func (sender *Sender) Send(id string) error {
	request, err := http.NewRequest(http.MethodPost, sender.url, bytes.NewBufferString(strings.Join(sender.parts, id)))
	if err != nil {
		return err
	}
	request.Header = sender.headers
	answer, err := sender.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s: %.300s", answer.Status, body)
	}
	return nil
}

// Closed sends from so many callers, each its next event when the last is answered, until `more` says no.
func (sender *Sender) Closed(callers int, more func() bool) ([]time.Duration, []string, error) {
	var lock sync.Mutex
	var group sync.WaitGroup
	var times []time.Duration
	var ids []string
	var failure error
	for range callers {
		group.Add(1)
		go func() {
			defer group.Done()
			for more() {
				id, began := sender.NextID(), time.Now()
				err := sender.Send(id)
				took := time.Since(began)
				lock.Lock()
				if err != nil {
					failure = err
				} else {
					times, ids = append(times, took), append(ids, id)
				}
				stop := failure != nil
				lock.Unlock()
				if stop {
					return
				}
			}
		}()
	}
	group.Wait()
	return times, ids, failure
}

// Open sends at a steady rate, whether or not answers keep up: the instant at which each event that was taken was to be sent,
// how many were not taken, and what the last of these got.
func (sender *Sender) Open(perSecond int, last time.Duration) (map[string]time.Time, int, error) {
	var group sync.WaitGroup
	var lock sync.Mutex
	var failure error
	refused := 0
	due := map[string]time.Time{}
	began := time.Now()
	for number := range int(last.Seconds() * float64(perSecond)) {
		at := began.Add(time.Duration(number) * time.Second / time.Duration(perSecond))
		time.Sleep(time.Until(at))
		id := sender.NextID()
		group.Add(1)
		go func() {
			defer group.Done()
			err := sender.Send(id)
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				refused, failure = refused+1, err
			} else {
				due[id] = at
			}
		}()
	}
	group.Wait()
	return due, refused, failure
}
