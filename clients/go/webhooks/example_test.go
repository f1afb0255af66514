package webhooks_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"tidings.dev/clients/go/webhooks"
)

func Example() {
	os.Setenv("SIGNING_SECRET", "whsec_YS1zZWNyZXQtb2YtMTYtb3ItbW9yZQ==")
	mux := http.NewServeMux()
	// Snippet begins.
	verifier, err := webhooks.NewVerifier(os.Getenv("SIGNING_SECRET"))
	if err != nil {
		log.Fatal(err)
	}
	handle := func(_ context.Context, notification webhooks.Notification) error {
		fmt.Println(notification.Topic, notification.EntityID) // when it fails, the notification is sent again
		return nil
	}
	mux.Handle("/tidings", webhooks.Handler(verifier, handle)) // chi takes it as it is, gin by gin.WrapH
	// Snippet ends.
	body := `{"topic":"order.opened","entityId":"1001"}`
	request := httptest.NewRequest(http.MethodPost, "/tidings", strings.NewReader(body))
	request.Header, _ = webhooks.Sign(os.Getenv("SIGNING_SECRET"), []byte(body), "m-1", time.Now())
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, request)
	fmt.Println(answer.Code)
	// Output:
	// order.opened 1001
	// 204
}
