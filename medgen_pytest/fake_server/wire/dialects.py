"""Dialects: where each provider looks for the key, and the shape of its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.fake_server.message import RequestError, json_reply
from medgen_pytest.fake_server.wire.endpoint import Dialect

if TYPE_CHECKING:
    from medgen_pytest.fake_server.message import HttpReply, HttpRequest

_OPENAI_TYPES = {401: "invalid_request_error", 403: "permission_error", 429: "requests"}
_OPENAI_CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded", 413: "request_too_large"}
_ARK_TYPES = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 429: "TooManyRequests"}
_ARK_CODES = {
    400: "InvalidParameter",
    401: "AuthenticationError",
    403: "AccessDenied",
    404: "InvalidEndpointOrModel.NotFound",
    429: "RateLimitExceeded",
}
_GOOGLE_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_GATEWAY_TITLES = {401: "Unauthenticated", 404: "Not found", 422: "Input validation failed", 429: "Too Many Requests"}
_SERVER_ERROR = 500


def bearer(request: HttpRequest) -> str | None:
    """The key of `Authorization: Bearer KEY`; gateways also say `Token KEY`."""
    scheme, _, key = (request.header("authorization") or "").partition(" ")
    return key.strip() or None if scheme.lower() in ("bearer", "token") else None


def google_key(request: HttpRequest) -> str | None:
    """The key of the header `x-goog-api-key`, of the query, or of a bearer token."""
    return request.header("x-goog-api-key") or request.query.get("key") or bearer(request)


def _openai_error(problem: RequestError) -> HttpReply:
    status = problem.status
    kind = "server_error" if status >= _SERVER_ERROR else _OPENAI_TYPES.get(status, "invalid_request_error")
    code = problem.code or _OPENAI_CODES.get(status)
    value = {"error": {"message": problem.message, "type": kind, "param": problem.param, "code": code}}
    return json_reply(value, status=status)


def _openai_unauthenticated(key: str | None) -> RequestError:
    if key is None:
        return RequestError(401, "You didn't provide an API key. Send it as: Authorization: Bearer YOUR_KEY")
    return RequestError(401, "Incorrect API key provided.")


def _ark_error(problem: RequestError) -> HttpReply:
    status = problem.status
    is_ours = status >= _SERVER_ERROR
    kind = "InternalServerError" if is_ours else _ARK_TYPES.get(status, "BadRequest")
    named = problem.code if problem.code and problem.code[0].isupper() else None
    code = named or ("InternalServiceError" if is_ours else _ARK_CODES.get(status, "InvalidParameter"))
    value = {"error": {"code": code, "message": problem.message, "param": problem.param or "", "type": kind}}
    return json_reply(value, status=status)


def _ark_unauthenticated(key: str | None) -> RequestError:
    what = "missing" if key is None else "invalid"
    return RequestError(401, f"The API key in the request is {what}.")


def _google_error(problem: RequestError) -> HttpReply:
    status = problem.status
    fallback = "INTERNAL" if status >= _SERVER_ERROR else "INVALID_ARGUMENT"
    error: dict[str, object] = {
        "code": status,
        "message": problem.message,
        "status": _GOOGLE_STATUSES.get(status, fallback),
    }
    if problem.code == "API_KEY_INVALID":
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": problem.code, "domain": "googleapis.com"}]
    return json_reply({"error": error}, status=status)


def _google_unauthenticated(key: str | None) -> RequestError:
    if key is None:
        return RequestError(403, "Method doesn't allow unregistered callers. Please use an API key.")
    return RequestError(400, "API key not valid. Please pass a valid API key.", code="API_KEY_INVALID")


def _gateway_error(problem: RequestError) -> HttpReply:
    # What is wrong with the input of a model is told with 422, what is wrong with the request with 400.
    status = 422 if problem.status == 400 and problem.param else problem.status  # noqa: PLR2004 - statuses
    value: dict[str, object] = {"detail": problem.message, "status": status}
    if status in _GATEWAY_TITLES:
        value = {"title": _GATEWAY_TITLES[status], **value}
    if problem.param:
        value["invalid_fields"] = [{"field": problem.param, "description": problem.message}]
    return json_reply(value, status=status)


def _gateway_unauthenticated(key: str | None) -> RequestError:
    return RequestError(401, f"You did not pass {'an' if key is None else 'a valid'} authentication token.")


def _plain_error(problem: RequestError) -> HttpReply:
    return json_reply({"error": problem.message, "param": problem.param}, status=problem.status)


def _plain_unauthenticated(key: str | None) -> RequestError:
    return RequestError(401, f"the key is {'missing' if key is None else 'wrong'}")


OPENAI = Dialect(name="openai", key=bearer, error=_openai_error, unauthenticated=_openai_unauthenticated)
ARK = Dialect(name="ark", key=bearer, error=_ark_error, unauthenticated=_ark_unauthenticated)
GOOGLE = Dialect(name="google", key=google_key, error=_google_error, unauthenticated=_google_unauthenticated)
GATEWAY = Dialect(name="gateway", key=bearer, error=_gateway_error, unauthenticated=_gateway_unauthenticated)
PLAIN = Dialect(name="plain", key=bearer, error=_plain_error, unauthenticated=_plain_unauthenticated)
