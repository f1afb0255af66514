package tidings

import (
	"context"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Pages are the pages of a list from the one that request asks for on, fetched as they are consumed:
//
//	for page, err := range tidings.Pages(ctx, rules.ListRules, &loyaltyv1.ListRulesRequest{Status: "ACTIVE"}) { … }
//
// It knows the three ways that the APIs page: next and after; start and has_more; start_index and total_count.
func Pages[Request, Page proto.Message](
	ctx context.Context, call func(context.Context, Request, ...grpc.CallOption) (Page, error), request Request,
) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		asked := proto.Clone(request).(Request)
		for {
			page, err := call(ctx, asked)
			if !yield(page, err) || err != nil || !turned(asked.ProtoReflect(), page.ProtoReflect()) {
				return
			}
		}
	}
}

// turned reports whether there is a page after this one; the request asks for it then.
func turned(request, page protoreflect.Message) bool {
	field := func(message protoreflect.Message, name string) protoreflect.FieldDescriptor {
		return message.Descriptor().Fields().ByName(protoreflect.Name(name))
	}
	advance := func(name, items string) (int64, int64) {
		start, found := field(request, name), int64(page.Get(field(page, items)).List().Len())
		next := request.Get(start).Int() + found
		request.Set(start, protoreflect.ValueOfInt32(int32(next)))
		return next, found
	}
	if next := field(page, "next"); next != nil {
		request.Set(field(request, "after"), page.Get(next))
		return page.Get(next).String() != ""
	}
	more := page.Get(field(page, "has_more")).Bool()
	if field(page, "results") != nil {
		_, found := advance("start", "results")
		return more && found > 0
	}
	next, found := advance("start_index", "items")
	return found > 0 && (more || next < page.Get(field(page, "total_count")).Int())
}
