// Sends one order to a Tidings server and reads it back.
//
//	TIDINGS_TARGET=localhost:50051 TIDINGS_TENANT=demo TIDINGS_CLIENT_ID=… TIDINGS_CLIENT_SECRET=… go run ./example
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	tidings "tidings.dev/clients/go"
	collectorv1 "tidings.dev/clients/go/gen/tidings/collector/v1"
)

func main() {
	client, err := tidings.New(
		os.Getenv("TIDINGS_TARGET"),
		tidings.ClientCredentials{ID: os.Getenv("TIDINGS_CLIENT_ID"), Secret: os.Getenv("TIDINGS_CLIENT_SECRET")},
		tidings.WithTenant(os.Getenv("TIDINGS_TENANT")),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	stored, err := client.CreateEvent(context.Background(), &collectorv1.Event{
		EntityName: "ORDER",
		EntityId:   "1001",
		EventType:  collectorv1.Event_ENTITY_EVENT.Enum(),
		EventPayload: &collectorv1.EventPayload{
			Operation:     collectorv1.EventPayload_CREATE.Enum(),
			KeyAttributes: map[string]string{"total": "99.90"},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	found, err := collectorv1.NewEventServiceClient(client).GetEvent(context.Background(), &collectorv1.GetEventRequest{Id: stored.GetId()})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("stored", found.GetEntityName(), found.GetEntityId(), "as", found.GetId())
}
