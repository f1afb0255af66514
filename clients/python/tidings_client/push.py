"""The Push API: subscriptions whose events are posted to an endpoint."""

from collections.abc import AsyncGenerator

from tidings.push.v1 import subscriptions_pb2
from tidings.push.v1.subscriptions_pb2 import Subscription
from tidings.push.v1.subscriptions_pb2_grpc import SubscriptionServiceStub
from tidings_client.session import Session


class PushSubscriptions:
    """Creates, lists and changes push subscriptions."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stub = SubscriptionServiceStub(session.channel)

    async def create(self, subscription: Subscription, *, idempotency_key: str = "") -> Subscription:
        """Create a subscription and ping its endpoint. Only this response contains a generated secret."""
        request = subscriptions_pb2.CreateSubscriptionRequest(subscription=subscription)
        return await self._session.call_once(self._stub.CreateSubscription, request, idempotency_key=idempotency_key)

    async def get(self, subscription_id: str) -> Subscription:
        """One subscription."""
        request = subscriptions_pb2.GetSubscriptionRequest(id=subscription_id)
        return await self._session.call(self._stub.GetSubscription, request)

    async def list(
        self, *, matching: str = "", sort_by: str = "", page_size: int = 0
    ) -> AsyncGenerator[Subscription, None]:
        """All subscriptions that match, fetched page by page as they are consumed.

        `matching`: `field op value`, joined by ` and `. `sort_by`: `field asc|desc`, a comma list. `page_size`: up to
        200; 0: the server's default. A subscription created or deleted meanwhile may be missed or repeated.
        """
        request = subscriptions_pb2.ListSubscriptionsRequest(filter=matching, sort_by=sort_by, page_size=page_size)
        while True:
            page = await self._session.call(self._stub.ListSubscriptions, request)
            for subscription in page.items:
                yield subscription
            request.start_index += len(page.items)
            if not page.items or request.start_index >= page.total_count:
                return

    async def update(self, subscription: Subscription) -> Subscription:
        """Replace the subscription with this id. A new endpoint must be confirmed again."""
        request = subscriptions_pb2.UpdateSubscriptionRequest(id=subscription.id, subscription=subscription)
        return await self._session.call(self._stub.UpdateSubscription, request)

    async def delete(self, subscription_id: str) -> None:
        """Delete a subscription; its queued deliveries are not sent."""
        request = subscriptions_pb2.DeleteSubscriptionRequest(id=subscription_id)
        await self._session.call(self._stub.DeleteSubscription, request)

    async def confirm(self, subscription_id: str) -> Subscription:
        """Ping the endpoint now. Raises WrongState where it refuses."""
        request = subscriptions_pb2.ConfirmSubscriptionRequest(id=subscription_id)
        return await self._session.call_once(self._stub.ConfirmSubscription, request)

    async def reactivate(self, subscription_id: str) -> Subscription:
        """Reactivate a subscription; its queued deliveries are sent."""
        request = subscriptions_pb2.ReactivateSubscriptionRequest(id=subscription_id)
        return await self._session.call_once(self._stub.ReactivateSubscription, request)

    async def test(self, subscription_id: str) -> str:
        """Post a test notification; returns the delivery's id."""
        request = subscriptions_pb2.TestSubscriptionRequest(id=subscription_id)
        return (await self._session.call_once(self._stub.TestSubscription, request)).delivery_id
