// Hubload measures one event hub over HTTP: how fast it takes events, and when they arrive at a webhook.
//
// It sends the same shapes to any hub: one, 16 and 64 callers, a burst, and steady rates. It is its own receiver, so that
// one clock times both ends. An event carries an id that hubload makes; a webhook's request counts for the id that its
// body or its headers contain, whatever else the hub says around it.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

// Options are what a hub is measured with.
type Options struct {
	URL, Body, Listen, Pids string
	Headers                 headerList
	Slice                   time.Duration
	Burst                   int
	Rates                   string
	Waits                   bool
}

// headerList is a flag that may be repeated: `-header 'name: value'`.
type headerList []string

func (list *headerList) String() string { return strings.Join(*list, ", ") }

func (list *headerList) Set(value string) error {
	if !strings.Contains(value, ":") {
		return fmt.Errorf("must be `name: value`")
	}
	*list = append(*list, value)
	return nil
}

func main() {
	log.SetFlags(0)
	var options Options
	flag.StringVar(&options.URL, "url", "", "where events are POSTed")
	flag.StringVar(&options.Body, "body", "", "a file with the JSON of one event; {{id}} stands for its id")
	flag.Var(&options.Headers, "header", "a header of each request, `name: value`; may be repeated")
	flag.StringVar(&options.Listen, "listen", "127.0.0.1:9999", "where the webhook is received")
	flag.StringVar(&options.Pids, "pids", "", "process ids of the hub and its stores, by commas: their processor time and memory are measured, with those of all that they started")
	flag.DurationVar(&options.Slice, "slice", 5*time.Second, "how long each shape lasts")
	flag.IntVar(&options.Burst, "burst", 20_000, "events of the burst; 0 for none")
	flag.StringVar(&options.Rates, "rates", "200,1000", "steady rates, in events a second")
	flag.BoolVar(&options.Waits, "wait", false, "wait for a line on standard input before the first event: the hub's webhook can be made meanwhile")
	flag.Parse()
	if options.URL == "" || options.Body == "" {
		flag.Usage()
		os.Exit(2)
	}
	template, err := os.ReadFile(options.Body)
	if err != nil {
		log.Fatal(err)
	}
	if !strings.Contains(string(template), placeholder) {
		log.Fatalf("%s does not contain %s, where the id of each event is to stand", options.Body, placeholder)
	}
	receiver, err := listen(options.Listen)
	if err != nil {
		log.Fatal(err)
	}
	if options.Waits {
		log.Printf("Listening on %s. Make the webhook, then press Enter.", options.Listen)
		if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
			log.Fatal(err)
		}
	}
	result, err := Measure(options, NewSender(options, string(template)), receiver)
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		log.Fatal(err)
	}
}

func listen(address string) (*Receiver, error) {
	receiver := NewReceiver()
	server := &http.Server{Addr: address, Handler: receiver, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		return nil, err
	case <-time.After(100 * time.Millisecond):
		return receiver, nil
	}
}
