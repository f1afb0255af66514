"""A receiver of webhooks, for any ASGI server."""

import os

from tidings_client import Notification, Receiver, Verifier, asgi_app


# Snippet begins.
async def handle(notification: Notification) -> None:
    """Do the work; when it raises, the notification is sent again."""
    print(notification.topic, notification.entity_id)


receiver = Receiver(Verifier([os.environ["SIGNING_SECRET"]]), handle)
app = asgi_app(receiver)  # uvicorn receiver:app, or fastapi_app.mount("/tidings", app)
# Snippet ends.
