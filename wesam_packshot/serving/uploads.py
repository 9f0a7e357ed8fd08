"""The photo and the options of a request, read into memory."""

from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import PurePath

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from wesam_packshot.errors import UsageError
from wesam_packshot.io.picture_file import InMemory
from wesam_packshot.web.access import MEGABYTE, RefusedError

# What errors call a photo that was sent without a name, and characters of a name that are quoted.
UNNAMED, LONGEST = "photo", 100
# Fields of a form beside the photo: more than there are options.
MOST_FIELDS = 32


async def read_upload(request: Request, field: str, max_upload: int) -> tuple[InMemory, Mapping[str, str]]:
    """The photo of a request, and its options, from the address or the form.

    Args:
        field: of a form that holds the photo; a request that is no form holds nothing else.
        max_upload: bytes of a photo.

    Raises:
        UsageError: when an option is given twice, or the form holds no photo, or several.
        RefusedError: when the photo is larger than the limit.
        starlette.requests.ClientDisconnect: when the client breaks off.
    """
    options = _once(request.query_params.multi_items())
    if not request.headers.get("content-type", "").lower().startswith("multipart/"):
        photo = InMemory(UNNAMED, await request.body())
    else:
        photo, fields = await _read_form(request, field, max_upload)
        options = _once([*options.items(), *fields])
    if len(photo.content) > max_upload:
        message = f"the file is larger than {max_upload // MEGABYTE} MB (--max-upload)"
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
    return photo, options


async def _read_form(request: Request, field: str, max_upload: int) -> tuple[InMemory, list[tuple[str, str]]]:
    parser = MultiPartParser(request.headers, request.stream(), max_files=1, max_fields=MOST_FIELDS)
    parser.spool_max_size = 2 * max_upload  # whatever the guard lets through stays in memory
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise UsageError(f"the form cannot be read ({error}); send the photo in the field {field}") from error
    with suppress(KeyError):
        file = form[field]
        if isinstance(file, UploadFile):
            name = PurePath(file.filename or UNNAMED).name[:LONGEST] or UNNAMED
            photo = InMemory(name, await file.read())
            await form.close()
            return photo, [(key, value) for key, value in form.multi_items() if isinstance(value, str)]
    await form.close()
    raise UsageError(f"no file in the form's field {field}; send the photo there")


def _once(items: list[tuple[str, str]]) -> Mapping[str, str]:
    options: dict[str, str] = {}
    for key, value in items:
        if key in options:
            raise UsageError(f"option {key[:LONGEST]} is given twice; give it once")
        options[key] = value
    return options
