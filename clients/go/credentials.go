package tidings

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc"

	identityv1 "tidings.dev/clients/go/gen/tidings/identity/v1"
)

// The part of a token's life after which it is renewed.
const renewedAfter = 0.8

// Credentials are what a client identifies itself with: one of the types of this package.
type Credentials interface {
	request() *identityv1.IssueTokenRequest // nil where there is no token to ask for
	headers() map[string]string
}

// ClientCredentials are an OAuth client of a tenant. Scope: scopes separated by blanks; empty: all that it has.
type ClientCredentials struct{ ID, Secret, Scope string }

// UserPassword is a user of a tenant, or of one of its retailers, who logs in through an OAuth client.
type UserPassword struct{ Username, Password, ClientID, ClientSecret, Scope string }

// APIKey is a key of the Loyalty API, with its tenant's UUID.
type APIKey struct{ TenantID, Key, Secret string }

// StoreKey is a key of one store, by the store's number, for the Scheduling API.
type StoreKey struct{ Store, Key string }

// BearerToken is a token that somebody else issued: an operator's, or one of a federated issuer.
type BearerToken string

// Anonymous has no credentials, for what is public.
type Anonymous struct{}

func (c ClientCredentials) request() *identityv1.IssueTokenRequest {
	return &identityv1.IssueTokenRequest{GrantType: "client_credentials", ClientId: c.ID, ClientSecret: c.Secret, Scope: c.Scope}
}
func (c ClientCredentials) headers() map[string]string { return nil }

// String hides the secret.
func (c ClientCredentials) String() string { return "ClientCredentials(" + c.ID + ")" }

func (c UserPassword) request() *identityv1.IssueTokenRequest {
	return &identityv1.IssueTokenRequest{
		GrantType: "password", Username: c.Username, Password: c.Password,
		ClientId: c.ClientID, ClientSecret: c.ClientSecret, Scope: c.Scope,
	}
}
func (c UserPassword) headers() map[string]string { return nil }

// String hides the password.
func (c UserPassword) String() string { return "UserPassword(" + c.Username + ")" }

func (APIKey) request() *identityv1.IssueTokenRequest { return nil }
func (c APIKey) headers() map[string]string {
	return map[string]string{"x-tenant-id": c.TenantID, "x-api-key": c.Key, "x-api-secret": c.Secret}
}

// String hides the secret.
func (c APIKey) String() string { return "APIKey(" + c.Key + ")" }

func (StoreKey) request() *identityv1.IssueTokenRequest { return nil }
func (c StoreKey) headers() map[string]string {
	return map[string]string{"store": c.Store, "api_key": c.Key}
}

// String hides the key.
func (c StoreKey) String() string { return "StoreKey(" + c.Store + ")" }

func (BearerToken) request() *identityv1.IssueTokenRequest { return nil }
func (c BearerToken) headers() map[string]string {
	return map[string]string{"authorization": "Bearer " + string(c)}
}

// String hides the token.
func (BearerToken) String() string { return "BearerToken" }

func (Anonymous) request() *identityv1.IssueTokenRequest { return nil }
func (Anonymous) headers() map[string]string             { return nil }

// tokenSource has the current token; concurrent callers share one request for it.
type tokenSource struct {
	issuer  identityv1.TokenServiceClient
	ask     *identityv1.IssueTokenRequest
	mu      sync.Mutex
	token   string
	renewAt time.Time
}

func newTokenSource(conn grpc.ClientConnInterface, ask *identityv1.IssueTokenRequest) *tokenSource {
	return &tokenSource{issuer: identityv1.NewTokenServiceClient(conn), ask: ask}
}

func (t *tokenSource) renewable() bool { return t.ask != nil }

// current is a token that is not about to expire; empty for credentials that have none.
func (t *tokenSource) current(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ask == nil || (t.token != "" && time.Now().Before(t.renewAt)) {
		return t.token, nil
	}
	return t.issue(ctx)
}

// renewed is a new token in place of stale, unless another caller has renewed it already.
func (t *tokenSource) renewed(ctx context.Context, stale string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ask == nil || t.token != stale {
		return t.token, nil
	}
	return t.issue(ctx)
}

func (t *tokenSource) issue(ctx context.Context) (string, error) {
	issued, err := t.issuer.IssueToken(ctx, t.ask)
	if err != nil {
		return "", err
	}
	t.token = issued.GetAccessToken()
	t.renewAt = time.Now().Add(time.Duration(float64(issued.GetExpiresIn()) * renewedAfter * float64(time.Second)))
	return t.token, nil
}
