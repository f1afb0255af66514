// Receives webhooks and prints what they are about.
//
//	SIGNING_SECRET=whsec_… PORT=8000 go run ./example/receiver
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"tidings.dev/clients/go/webhooks"
)

func main() {
	verifier, err := webhooks.NewVerifier(os.Getenv("SIGNING_SECRET"))
	if err != nil {
		log.Fatal(err)
	}
	handle := func(_ context.Context, notification webhooks.Notification) error {
		fmt.Println(notification.Topic, notification.EntityID)
		return nil
	}
	http.Handle("/tidings", webhooks.Handler(verifier, handle))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+cmp.Or(os.Getenv("PORT"), "8000"), nil))
}
