// Prints every event of the stream once, in order: go run . nats://127.0.0.1:4222
//
// A reader that must not repeat an effect stores the last Tidings-Seq of each tenant together with the effect.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func main() {
	if err := read(os.Args[1], 5*time.Second); err != nil {
		log.Fatal(err)
	}
}

// read prints events until none has come for idle.
func read(url string, idle time.Duration) error {
	connection, err := nats.Connect(url)
	if err != nil {
		return err
	}
	defer connection.Close()
	js, err := jetstream.New(connection)
	if err != nil {
		return err
	}
	consumer, err := js.OrderedConsumer(context.Background(), "TIDINGS_0", jetstream.OrderedConsumerConfig{})
	if err != nil {
		return err
	}
	last := map[string]uint64{}
	count := 0
	for {
		message, err := consumer.Next(jetstream.FetchMaxWait(idle))
		if errors.Is(err, nats.ErrTimeout) {
			fmt.Printf("%d events\n", count)
			return nil
		}
		if err != nil {
			return err
		}
		headers := message.Headers()
		tenant := headers.Get("ce-source")
		seq, err := strconv.ParseUint(headers.Get("Tidings-Seq"), 10, 64)
		if err != nil {
			return err
		}
		if seq <= last[tenant] {
			continue // a repeat, after a rewind
		}
		if before := headers.Get("Tidings-Prev"); before != "0" && before != strconv.FormatUint(last[tenant], 10) {
			fmt.Fprintf(os.Stderr, "events after %d are missing: ask the API of Tidings for them\n", last[tenant])
		}
		last[tenant] = seq
		count++
		fmt.Println(headers.Get("ce-type"), headers.Get("ce-id"))
	}
}
