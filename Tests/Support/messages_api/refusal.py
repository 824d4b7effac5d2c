"""How the API says no."""

import itertools
import json

# The error type that goes with each status, as the API's documentation lists them.
TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    502: "api_error",
    503: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}

_numbers = itertools.count(1)


def new_request_id():
    """An identifier as the `request-id` header has it, different for every request."""
    return f"req_test{next(_numbers):08d}"


class Refusal(Exception):
    """A request that the API refuses, with the status and the words it uses."""

    def __init__(self, message, status=400, error_code=None):
        super().__init__(message)
        self.message = message
        self.status = status
        self.error_code = error_code

    def body(self, request_id):
        """The JSON that goes out."""
        return error_body(self.status, self.message, request_id, self.error_code)


def error_body(status, message, request_id, error_code=None):
    """The body of an error response."""
    error = {"type": TYPES.get(status, "api_error"), "message": message}
    if error_code:
        error["details"] = {"error_code": error_code}
    return json.dumps({"type": "error", "error": error, "request_id": request_id}).encode()
