"""Error responses: an exception of a handler as status and body of its dialect."""

from typing import Any

import grpc
import structlog

from tidings_server.platform.errors import Internal, TidingsError
from tidings_server.rpc.dialects import BY_SERVICE
from tidings_server.rpc.error_bodies import trailers_of
from tidings_server.rpc.error_details import error_details
from tidings_server.rpc.metadata import Context, RpcCall, send_rest_response
from tidings_server.rpc.method import Rpc
from tidings_server.rpc.middleware import Serve

log = structlog.get_logger(__name__)


def error_responses(rpc: Rpc, inner: Serve) -> Serve:
    """Send the handler's REST response metadata, or the error that it raised; an unexpected one without its text."""
    dialect = BY_SERVICE[rpc.service]

    async def serve(call: RpcCall, request: Any, context: Context) -> bytes | None:
        failure: TidingsError
        try:
            answer = await inner(call, request, context)
            await send_rest_response(call, context)
        except grpc.aio.AbortError:
            call.code = context.code().name
            raise
        except TidingsError as error:
            failure = error
        except Exception:
            log.exception("unexpected_error", method=rpc.path)
            failure = Internal()
        else:
            return answer
        details = error_details(failure, call=call, rpc=rpc)
        call.code, call.rest_status = details.code.name, details.status.value
        form = dialect.error_body_for(call.metadata)
        trailers = trailers_of(details, form, is_of_browser=call.is_of_browser)
        return await context.abort(details.code, details.message, trailers)

    return serve
