"""SubscriptionService: push subscriptions. Source: WIRE.md 002; the writes are extensions."""

from typing import Final
from uuid import UUID

from tidings.push.v1 import subscriptions_pb2 as pb
from tidings.push.v1 import subscriptions_pb2_grpc
from tidings_server.delivery.confirmations import Confirmations
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.pings import Pings
from tidings_server.delivery.signing import signing_secret
from tidings_server.delivery.store.subscriptions import Subscription
from tidings_server.delivery.subscriptions import Subscriptions
from tidings_server.platform.clock import Clock, Ids, rfc3339_ms
from tidings_server.platform.errors import InvalidInput
from tidings_server.push.api.collections import collection, list_query
from tidings_server.push.api.subscription_messages import SubscriptionRules, dump, load, parse_id
from tidings_server.push.listings import PushListings
from tidings_server.rpc.metadata import Context, etag_of, if_match, scope_of, set_rest_response
from tidings_server.storage.log.records import Api

PATH: Final = "/api/event/push/subscriptions"


class SubscriptionService(subscriptions_pb2_grpc.SubscriptionServiceServicer):
    """The caller's tenant's push subscriptions."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        listings: PushListings,
        confirmations: Confirmations,
        pings: Pings,
        *,
        egress: Egress,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._subscriptions = subscriptions
        self._listings = listings
        self._confirmations = confirmations
        self._pings = pings
        self._rules = SubscriptionRules(egress)
        self._clock = clock
        self._ids = ids

    async def ListSubscriptions(
        self, request: pb.ListSubscriptionsRequest, context: Context
    ) -> pb.SubscriptionCollection:
        query = list_query(request)
        page = await self._listings.subscriptions(scope_of(context), query)
        return collection(pb.SubscriptionCollection, query, page, items=map(dump, page.items))

    async def CreateSubscription(self, request: pb.CreateSubscriptionRequest, context: Context) -> pb.Subscription:
        scope, message = scope_of(context), request.subscription
        self._rules.check(message, scope, is_new=True)
        new_id = UUID(message.id or scope.reserved_id or self._ids.uuid7()).hex
        draft = load(message, scope, subscription_id=new_id, now_us=self._clock.now_us())
        created = await self._subscriptions.create(scope, Api.PUSH, draft)
        self._confirmations.wake()
        stored = created.subscription
        set_rest_response(
            context,
            code=200 if created.is_repeat else None,
            location=f"{PATH}/{stored.id}",
            etag=etag_of(stored.version),
        )
        return dump(stored, generated_secret=created.generated_secret)

    async def GetSubscription(self, request: pb.GetSubscriptionRequest, context: Context) -> pb.Subscription:
        stored = await self._subscriptions.get(scope_of(context), Api.PUSH, parse_id(request.id))
        return await _with_etag(stored, context)

    async def UpdateSubscription(self, request: pb.UpdateSubscriptionRequest, context: Context) -> pb.Subscription:
        scope, message = scope_of(context), request.subscription
        before = await self._subscriptions.get(scope, Api.PUSH, parse_id(request.id))
        self._rules.check(message, scope, is_new=False)
        if message.id and UUID(message.id).hex != before.id:
            raise InvalidInput.of("id", "must be the id of the path")
        draft = load(message, scope, subscription_id=before.id, now_us=self._clock.now_us(), before=before)
        stored = await self._subscriptions.update(scope, Api.PUSH, draft, if_match=if_match(context))
        self._confirmations.wake()
        return await _with_etag(stored, context)

    async def DeleteSubscription(
        self, request: pb.DeleteSubscriptionRequest, context: Context
    ) -> pb.DeleteSubscriptionResponse:
        versions = if_match(context)
        await self._subscriptions.delete(scope_of(context), Api.PUSH, parse_id(request.id), if_match=versions)
        return pb.DeleteSubscriptionResponse()

    async def ConfirmSubscription(self, request: pb.ConfirmSubscriptionRequest, context: Context) -> pb.Subscription:
        stored = await self._confirmations.confirm(scope_of(context), parse_id(request.id))
        return await _with_etag(stored, context)

    async def ReactivateSubscription(
        self, request: pb.ReactivateSubscriptionRequest, context: Context
    ) -> pb.Subscription:
        scope, versions = scope_of(context), if_match(context)
        stored = await self._subscriptions.reactivate(scope, Api.PUSH, parse_id(request.id), if_match=versions)
        self._confirmations.wake()
        return await _with_etag(stored, context)

    async def RotateSecret(self, request: pb.RotateSecretRequest, context: Context) -> pb.RotateSecretResponse:
        scope, versions = scope_of(context), if_match(context)
        secret = self._ids.token()
        stored = await self._subscriptions.rotate_secret(
            scope, Api.PUSH, parse_id(request.id), secret=secret, if_match=versions
        )
        set_rest_response(context, etag=etag_of(stored.version))
        return pb.RotateSecretResponse(
            shared_secret=secret,
            signing_secret=signing_secret(secret),
            old_secret_until=rfc3339_ms(stored.old_secret_until or 0),
        )

    async def TestSubscription(
        self, request: pb.TestSubscriptionRequest, context: Context
    ) -> pb.TestSubscriptionResponse:
        number = await self._pings.test(scope_of(context), Api.PUSH, parse_id(request.id))
        return pb.TestSubscriptionResponse(delivery_id=str(number))


async def _with_etag(stored: Subscription, context: Context) -> pb.Subscription:
    set_rest_response(context, etag=etag_of(stored.version))
    return dump(stored)
