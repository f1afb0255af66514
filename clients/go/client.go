// Package tidings is a client of Tidings, the commerce event hub.
//
//	client, err := tidings.New("localhost:50051", tidings.ClientCredentials{ID: id, Secret: secret}, tidings.WithTenant("demo"))
//	events := collectorv1.NewEventServiceClient(client)
//	event, err := events.GetEvent(ctx, &collectorv1.GetEventRequest{Id: "…"})
//
// A Client is a grpc.ClientConnInterface: every generated client of the packages under gen works over it, and its calls
// have credentials, a deadline, safe retries and typed errors. Package webhooks is for those whom webhooks are sent to.
package tidings

import (
	"context"
	"crypto/tls"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// DefaultTimeout is the deadline of a unary call whose context has none, its retries included.
const DefaultTimeout = 10 * time.Second

// IdempotencyKey is the header by which the server knows a repeated write. The client sets a new one for each unary call
// that is no read and has none; set it by metadata.AppendToOutgoingContext for retries of your own.
const IdempotencyKey = "idempotency-key"

// A batch and an answer may have 16 MiB; what is above is the frame around them.
const maxMessageBytes = 17 << 20

// Only UNAVAILABLE is retried: writes have an id or a key, so a repeat has no second effect.
const serviceConfig = `{"methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 5, "initialBackoff": "0.1s",
	"maxBackoff": "5s", "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}}]}`

var reads = []string{"Get", "List", "Search", "Preview"}

// Client is a connection with one set of credentials, for any number of goroutines.
type Client struct {
	conn    *grpc.ClientConn
	tokens  *tokenSource
	headers metadata.MD
	timeout time.Duration
}

type options struct {
	tenant  string
	tls     *tls.Config
	timeout time.Duration
}

// Option is a setting of New.
type Option func(*options)

// WithTenant names the tenant, by its name or UUID; the Collector API asks for it.
func WithTenant(tenant string) Option { return func(o *options) { o.tenant = tenant } }

// WithTLS encrypts the connection; without it, it is plain text, for a server on this machine.
func WithTLS(config *tls.Config) Option { return func(o *options) { o.tls = config } }

// WithTimeout sets the deadline of unary calls whose context has none.
func WithTimeout(timeout time.Duration) Option { return func(o *options) { o.timeout = timeout } }

// New is a client of the server at target, a host and port. It connects with the first call.
func New(target string, creds Credentials, opts ...Option) (*Client, error) {
	set := options{timeout: DefaultTimeout}
	for _, option := range opts {
		option(&set)
	}
	transport := insecure.NewCredentials()
	if set.tls != nil {
		transport = credentials.NewTLS(set.tls)
	}
	conn, err := grpc.NewClient(target,
		grpc.WithTransportCredentials(transport),
		grpc.WithDefaultServiceConfig(serviceConfig),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(maxMessageBytes),
			grpc.MaxCallSendMsgSize(maxMessageBytes),
			grpc.MaxRetryRPCBufferSize(maxMessageBytes), // else a large batch is never retried
		),
	)
	if err != nil {
		return nil, err
	}
	headers := metadata.New(creds.headers())
	if set.tenant != "" {
		headers.Set("x-twc-tenant", set.tenant)
	}
	return &Client{conn, newTokenSource(conn, creds.request()), headers, set.timeout}, nil
}

// Close ends the connection and the calls in progress.
func (c *Client) Close() error { return c.conn.Close() }

// Invoke makes a unary call; generated clients call it. Its errors are of type *Error.
func (c *Client) Invoke(ctx context.Context, method string, request, response any, opts ...grpc.CallOption) error {
	if _, has := ctx.Deadline(); !has {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	ctx = withIdempotencyKey(ctx, method)
	token, err := c.tokens.current(ctx)
	if err != nil {
		return typed(err)
	}
	err = c.conn.Invoke(c.outgoing(ctx, token), method, request, response, opts...)
	if status.Code(err) != codes.Unauthenticated || !c.tokens.renewable() {
		return typed(err)
	}
	// Keys may be rotated and clients revoked before a token expires; a new token shows which of the two it is.
	if token, err = c.tokens.renewed(ctx, token); err != nil {
		return typed(err)
	}
	return typed(c.conn.Invoke(c.outgoing(ctx, token), method, request, response, opts...))
}

// NewStream begins a stream, without a deadline of its own; generated clients call it. Its errors are of type *Error.
func (c *Client) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	token, err := c.tokens.current(ctx)
	if err != nil {
		return nil, typed(err)
	}
	stream, err := c.conn.NewStream(c.outgoing(ctx, token), desc, method, opts...)
	if err != nil {
		return nil, typed(err)
	}
	return typedStream{stream}, nil
}

func (c *Client) outgoing(ctx context.Context, token string) context.Context {
	sent, _ := metadata.FromOutgoingContext(ctx)
	all := metadata.Join(sent, c.headers)
	if token != "" {
		all.Set("authorization", "Bearer "+token)
	}
	return metadata.NewOutgoingContext(ctx, all)
}

func withIdempotencyKey(ctx context.Context, method string) context.Context {
	name := method[strings.LastIndexByte(method, '/')+1:]
	for _, read := range reads {
		if strings.HasPrefix(name, read) {
			return ctx
		}
	}
	if sent, _ := metadata.FromOutgoingContext(ctx); len(sent.Get(IdempotencyKey)) > 0 {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, IdempotencyKey, newID())
}

type typedStream struct{ grpc.ClientStream }

func (s typedStream) RecvMsg(message any) error { return typed(s.ClientStream.RecvMsg(message)) }
