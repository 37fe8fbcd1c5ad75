"""Telegram's refusals, in Telegram's words."""

from typing import Any


class ApiError(Exception):
    """A refusal as the Bot API words it: a code, a description and perhaps parameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def as_json(self) -> dict[str, Any]:
        """The body of the answer."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(description: str) -> ApiError:
    """400: the request is wrong."""
    return ApiError(400, f"Bad Request: {description}")


def forbidden(description: str) -> ApiError:
    """403: the person does not let the bot do this."""
    return ApiError(403, f"Forbidden: {description}")


def too_many_requests(retry_after: int) -> ApiError:
    """429: wait this many seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def upgraded(new_id: int) -> ApiError:
    """400: the group lives on under another identifier."""
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    return ApiError(400, words, migrate_to_chat_id=new_id)


UNAUTHORIZED = (401, "Unauthorized")
NOT_FOUND = (404, "Not Found")
CONFLICT = (
    409,
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
)
