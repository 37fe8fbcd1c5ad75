"""The parameters of an HTTP request in any of the four forms that the Bot API accepts."""

import json
import re
from email.message import Message
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request

from bot.sandbox.api.errors import bad_request
from bot.sandbox.api.params import Params, Upload

_FIELD = re.compile(r'\b(name|filename)="((?:[^"\\]|\\.)*)"')
_FILENAME_STAR = re.compile(r"filename\*=utf-8''([^;\r\n]+)", re.IGNORECASE)


async def params_of(request: Request) -> Params:
    """Query and body together; the body wins."""
    values: dict[str, object] = dict(request.query_params)
    body = await request.body()
    content_type = request.headers.get("content-type", "")
    files: dict[str, Upload] = {}
    if content_type.startswith("application/json"):
        try:
            values |= json.loads(body or b"{}")
        except (ValueError, TypeError):
            raise bad_request("can't parse JSON object") from None
    elif content_type.startswith("multipart/form-data"):
        fields, files = multipart(content_type, body)
        values |= fields
    elif body:
        values |= parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
    return Params(values, files)


def multipart(content_type: str, body: bytes) -> tuple[dict[str, str], dict[str, Upload]]:
    """The fields and the files of a multipart body."""
    header = Message()
    header["content-type"] = content_type
    boundary = str(header.get_param("boundary", "")).encode()
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        about = head.decode(errors="replace")
        named = dict(_FIELD.findall(about))
        name = named.get("name", "")
        if "filename" in named or _FILENAME_STAR.search(about):
            kind = re.search(r"content-type:\s*([^\r\n]+)", about, re.IGNORECASE)
            mime = kind[1].strip() if kind else "application/octet-stream"
            files[name] = Upload(_filename(about, named.get("filename", "")), content, mime)
        else:
            fields[name] = content.decode(errors="replace")
    return fields, files


def _filename(about: str, plain: str) -> str:
    star = _FILENAME_STAR.search(about)
    return unquote(star[1] if star else plain)
