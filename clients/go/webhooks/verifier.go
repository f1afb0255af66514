// Package webhooks is for those whom Tidings' webhooks are sent to: verification, duplicates, the ping's answer, and a
// signer for tests.
//
//	verifier, err := webhooks.NewVerifier(os.Getenv("SIGNING_SECRET"))
//	http.Handle("/tidings", webhooks.Handler(verifier, func(ctx context.Context, n webhooks.Notification) error { … }))
//
// A Handler is an http.Handler, which chi takes as it is and gin by gin.WrapH.
package webhooks

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Tolerance is how far the time of a request may be from now, either way; retries are signed anew.
const Tolerance = 300 * time.Second

const (
	prefix = "whsec_"
	ping   = "application.ping"
)

// Error is a request that is not known to come from Tidings. Cause is one word for programs: missing_signature,
// missing_header, malformed_header, parsed_body, secret_form, mismatch, stale or early. Do not tell the sender more than
// a 401.
type Error struct{ Cause, Message string }

func (e *Error) Error() string { return e.Message }

// Notification is a verified webhook. ID is the same when it is sent again, and another one on a replay. EventID and what
// follows are what push notifications have, and empty in others.
type Notification struct {
	ID       string
	Body     []byte
	EventID  string
	Topic    string
	EntityID string
	IsTest   bool
}

// IsPing reports whether it only asks if somebody is there: answer 2xx and do nothing.
func (n Notification) IsPing() bool { return n.Topic == ping }

// Verifier verifies requests by any of several secrets: two are in force for 24 h after a rotation. Now is the clock.
type Verifier struct {
	Now           func() time.Time
	keys, misread [][]byte
}

// NewVerifier takes secrets, each a sharedSecret as it was set, or a signingSecret (whsec_…).
func NewVerifier(secrets ...string) (*Verifier, error) {
	made := &Verifier{Now: time.Now}
	for _, secret := range secrets {
		key, err := keyOf(secret)
		if err != nil {
			return nil, err
		}
		made.keys = append(made.keys, key)
		if other := misreadOf(secret); len(other) > 0 {
			made.misread = append(made.misread, other)
		}
	}
	if len(made.keys) == 0 {
		return nil, errors.New("a verifier needs at least one secret")
	}
	return made, nil
}

const (
	parsed = "the body was parsed before it came here: pass the bytes of the request, before any JSON middleware"
	form   = "the secret is right but in the wrong form: pass sharedSecret as it was set, or signingSecret with its whsec_"
)

// Verify is the notification of a request, by its headers and the bytes of its body as they came. Its errors are *Error.
func (v *Verifier) Verify(headers http.Header, body []byte) (Notification, error) {
	signed, err := signatureOf(headers)
	if err != nil {
		return Notification{}, err
	}
	if !signed.fits(v.keys, body) {
		return Notification{}, v.mismatch(signed, body)
	}
	age := v.Now().Sub(signed.sentAt)
	if age > Tolerance {
		return Notification{}, &Error{"stale", fmt.Sprintf("it was signed %s ago: recorded and sent again, or a wrong clock", age)}
	}
	if age < -Tolerance {
		return Notification{}, &Error{"early", fmt.Sprintf("it was signed %s from now: this machine's clock is behind", -age)}
	}
	return notificationOf(headers.Get("webhook-id"), body), nil
}

// mismatch is the error that names the likely cause.
func (v *Verifier) mismatch(signed signature, body []byte) error {
	if signed.fits(v.misread, body) {
		return &Error{"secret_form", form}
	}
	if again, ok := printedAgain(body); ok && signed.fits(v.keys, again) {
		return &Error{"parsed_body", parsed}
	}
	return &Error{"mismatch", "no secret fits: it is another subscription's, or the body was changed on its way"}
}

// Sign is the headers that Tidings would send with a body, for tests of a receiver.
func Sign(secret string, body []byte, messageID string, at time.Time) (http.Header, error) {
	key, err := keyOf(secret)
	if err != nil {
		return nil, err
	}
	timestamp, date := strconv.FormatInt(at.Unix(), 10), at.UTC().Format(http.TimeFormat)
	headers := http.Header{}
	headers.Set("Date", date)
	headers.Set("webhook-id", messageID)
	headers.Set("webhook-timestamp", timestamp)
	headers.Set("webhook-signature", "v1,"+standard(key, messageID+"."+timestamp+".", body))
	headers.Set("x-vol-hmac-sha256", vol(key, date, body))
	return headers, nil
}

// signature is what a request claims: its values, each of which digest may give for one of the keys.
type signature struct {
	sentAt time.Time
	values []string
	digest func(key, body []byte) string
}

// fits compares every pair in full, so that the time tells nothing.
func (s signature) fits(keys [][]byte, body []byte) bool {
	found := 0
	for _, key := range keys {
		expected := []byte(s.digest(key, body))
		for _, value := range s.values {
			found |= subtle.ConstantTimeCompare([]byte(value), expected)
		}
	}
	return found == 1
}

var seconds = regexp.MustCompile(`^[0-9]{1,12}$`)

func signatureOf(headers http.Header) (signature, error) {
	if _, has := headers["Webhook-Signature"]; has {
		id, timestamp := headers.Get("webhook-id"), headers.Get("webhook-timestamp")
		if id == "" || timestamp == "" {
			return signature{}, &Error{"missing_header", "webhook-id and webhook-timestamp belong to the signature"}
		}
		if !seconds.MatchString(timestamp) {
			return signature{}, &Error{"malformed_header", "webhook-timestamp is no number of seconds"}
		}
		at, _ := strconv.ParseInt(timestamp, 10, 64)
		digest := func(key, body []byte) string { return standard(key, id+"."+timestamp+".", body) }
		return signature{time.Unix(at, 0), versionOne(headers.Get("webhook-signature")), digest}, nil
	}
	values := strings.Split(strings.Join(headers.Values("x-vol-hmac-sha256"), ","), ",")
	if values[0] == "" && len(values) == 1 {
		return signature{}, &Error{"missing_signature", "neither webhook-signature nor x-vol-hmac-sha256 is there: a proxy dropped them, or it is not from Tidings"}
	}
	for at := range values {
		values[at] = strings.TrimSpace(values[at])
	}
	date := headers.Get("Date")
	if date == "" {
		return signature{}, &Error{"missing_header", "Date belongs to the signature"}
	}
	at, err := http.ParseTime(date)
	if err != nil {
		return signature{}, &Error{"malformed_header", "Date is no date of RFC 1123"}
	}
	return signature{at, values, func(key, body []byte) string { return vol(key, date, body) }}, nil
}

func versionOne(header string) []string {
	var values []string
	for _, each := range strings.Fields(header) {
		if value, is := strings.CutPrefix(each, "v1,"); is {
			values = append(values, value)
		}
	}
	return values
}

func keyOf(secret string) ([]byte, error) {
	if secret == "" {
		return nil, errors.New("a secret is empty: an environment variable may be unset")
	}
	encoded, is := strings.CutPrefix(secret, prefix)
	if !is {
		return []byte(secret), nil
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, errors.New("a secret that begins with whsec_ must go on in base64: a part of it may be missing")
	}
	return key, nil
}

// misreadOf is the key in the form that people take it for; nil where there is none.
func misreadOf(secret string) []byte {
	if strings.HasPrefix(secret, prefix) {
		return []byte(secret)
	}
	key, _ := base64.StdEncoding.DecodeString(secret)
	return key
}

func standard(key []byte, signed string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signed))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// vol is the value of x-vol-hmac-sha256: no HMAC, despite its name.
func vol(key []byte, date string, body []byte) string {
	doubled := sha256.Sum256(append(bytes.Clone(key), key...))
	sum := sha256.New()
	sum.Write([]byte(base64.StdEncoding.EncodeToString(doubled[:]) + date))
	sum.Write(body)
	return base64.StdEncoding.EncodeToString(sum.Sum(nil))
}

var escaped = regexp.MustCompile(`(?:\\u[0-9a-fA-F]{4})+`)

// printedAgain is the JSON of a body as Tidings prints it: where that fits, somebody has parsed and printed it.
func printedAgain(body []byte) ([]byte, bool) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, body); err != nil {
		return nil, false
	}
	plain := escaped.ReplaceAllFunc(compact.Bytes(), func(found []byte) []byte {
		var text string
		if err := json.Unmarshal([]byte(`"`+string(found)+`"`), &text); err != nil || strings.ContainsAny(text, "\"\\") || text < " " {
			return found
		}
		return []byte(text)
	})
	return plain, true
}

func notificationOf(id string, body []byte) Notification {
	type told struct {
		EventID  string `json:"eventId"`
		Topic    string `json:"topic"`
		EntityID string `json:"entityId"`
		IsTest   bool   `json:"isTest"`
	}
	var document struct {
		told
		SpecVersion string `json:"specversion"`
		Data        *told  `json:"data"`
	}
	if json.Unmarshal(body, &document) != nil {
		return Notification{ID: id, Body: body} // no JSON, or of another shape
	}
	found := document.told
	if document.SpecVersion != "" && document.Data != nil {
		found = *document.Data
	}
	if id == "" {
		id = found.EventID
	}
	return Notification{id, body, found.EventID, found.Topic, found.EntityID, found.IsTest}
}
