"""Unpack a zip that a stranger may have made."""

import io
import zipfile
from collections.abc import Iterator
from typing import Final

from bot.exchange.rows import MAX_UNPACKED, Fault, only_faults

# The two that are unpacked piece by piece: the others could fill the memory before they are measured.
_PACKED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def unpack(name: str, body: bytes) -> list[tuple[str, bytes]]:
    """Return the paths and the contents of a zip's files. Raises Fault."""
    with only_faults("not_a_file_of_ours", name), zipfile.ZipFile(io.BytesIO(body)) as archive:
        return list(_files(name, archive))


def _files(name: str, archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """Read file after file, no more than the bound whatever the zip's directory says."""
    if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
        raise Fault("too_large", name)
    left = MAX_UNPACKED
    for info in archive.infolist():
        if info.compress_type not in _PACKED:
            raise Fault("not_a_file_of_ours", name)
        with archive.open(info) as file:
            content = file.read(left + 1)
        left -= len(content)
        if left < 0:
            raise Fault("too_large", name)
        if not info.is_dir():
            yield info.filename, content
