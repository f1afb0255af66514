// The gateway that grpc-gateway generates from the contract, in front of a server: `gateway ADDRESS-OF-GRPC`.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	_ "google.golang.org/genproto/googleapis/rpc/errdetails" // for errors as JSON
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protojson"

	adminv1 "tidings.dev/clients/go/gen/tidings/admin/v1"
	collectorv1 "tidings.dev/clients/go/gen/tidings/collector/v1"
	identityv1 "tidings.dev/clients/go/gen/tidings/identity/v1"
	loyaltyv1 "tidings.dev/clients/go/gen/tidings/loyalty/v1"
	orchestrationv1 "tidings.dev/clients/go/gen/tidings/orchestration/v1"
	pushv1 "tidings.dev/clients/go/gen/tidings/push/v1"
	schedulingv1 "tidings.dev/clients/go/gen/tidings/scheduling/v1"
)

func main() {
	marshaler := &runtime.JSONPb{
		MarshalOptions:   protojson.MarshalOptions{EmitDefaultValues: true},
		UnmarshalOptions: protojson.UnmarshalOptions{DiscardUnknown: true},
	}
	mux := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, &runtime.HTTPBodyMarshaler{Marshaler: marshaler}),
		runtime.WithIncomingHeaderMatcher(func(name string) (string, bool) { return strings.ToLower(name), name != "Connection" }),
	)
	options := []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}
	for _, register := range []func(context.Context, *runtime.ServeMux, string, []grpc.DialOption) error{
		// Of two paths that match, the one that is registered later is taken: literal segments come behind variables.
		schedulingv1.RegisterXmlServiceHandlerFromEndpoint,
		schedulingv1.RegisterScheduledEventServiceHandlerFromEndpoint,
		schedulingv1.RegisterAccountServiceHandlerFromEndpoint,
		pushv1.RegisterSubscriptionServiceHandlerFromEndpoint,
		pushv1.RegisterSelectionServiceHandlerFromEndpoint,
		pushv1.RegisterEventPullServiceHandlerFromEndpoint,
		pushv1.RegisterDeliveryAttemptServiceHandlerFromEndpoint,
		pushv1.RegisterAuthTicketServiceHandlerFromEndpoint,
		orchestrationv1.RegisterWorkflowServiceHandlerFromEndpoint,
		orchestrationv1.RegisterEventServiceHandlerFromEndpoint,
		orchestrationv1.RegisterEntityServiceHandlerFromEndpoint,
		loyaltyv1.RegisterRuleServiceHandlerFromEndpoint,
		loyaltyv1.RegisterLedgerServiceHandlerFromEndpoint,
		loyaltyv1.RegisterFailureServiceHandlerFromEndpoint,
		loyaltyv1.RegisterEventServiceHandlerFromEndpoint,
		loyaltyv1.RegisterEconomyServiceHandlerFromEndpoint,
		loyaltyv1.RegisterCustomerServiceHandlerFromEndpoint,
		loyaltyv1.RegisterBacktestServiceHandlerFromEndpoint,
		identityv1.RegisterTokenServiceHandlerFromEndpoint,
		identityv1.RegisterPortalServiceHandlerFromEndpoint,
		collectorv1.RegisterUnsubscribeServiceHandlerFromEndpoint,
		collectorv1.RegisterRecoveryServiceHandlerFromEndpoint,
		collectorv1.RegisterMetricsServiceHandlerFromEndpoint,
		collectorv1.RegisterMailServiceHandlerFromEndpoint,
		collectorv1.RegisterJobServiceHandlerFromEndpoint,
		collectorv1.RegisterEventSubscriptionServiceHandlerFromEndpoint,
		collectorv1.RegisterEventServiceHandlerFromEndpoint,
		collectorv1.RegisterDeliveryServiceHandlerFromEndpoint,
		adminv1.RegisterTenantServiceHandlerFromEndpoint,
		adminv1.RegisterStoreServiceHandlerFromEndpoint,
		adminv1.RegisterServerKeyServiceHandlerFromEndpoint,
		adminv1.RegisterRetailerServiceHandlerFromEndpoint,
		adminv1.RegisterPortalLinkServiceHandlerFromEndpoint,
		adminv1.RegisterPersonServiceHandlerFromEndpoint,
		adminv1.RegisterOperationsServiceHandlerFromEndpoint,
		adminv1.RegisterIssuerServiceHandlerFromEndpoint,
		adminv1.RegisterCredentialServiceHandlerFromEndpoint,
		adminv1.RegisterAuditServiceHandlerFromEndpoint,
	} {
		if err := register(context.Background(), mux, os.Args[1], options); err != nil {
			log.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on %d\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, mux))
}
