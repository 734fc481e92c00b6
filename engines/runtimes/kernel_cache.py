"""Keep the kernels that TensorRT for RTX compiles at an engine's first run, for its later runs.

The library calls it a runtime cache. There is one for each engine, GPU, driver and version of the library; it
lies in the user's own data.
"""

from __future__ import annotations

import hashlib
import logging
import re
from pathlib import Path
from typing import Any

from engines.errors import BackendError
from engines.gpu.nvidia import Gpu
from engines.runtimes.built_files import built_home, write_whole

log = logging.getLogger(__name__)


class KernelCache:
    """The compiled kernels of one engine on one GPU, loaded from a file if they fit.

    Args:
        cache: the library's `IRuntimeCache`, empty.
        path: the file; it may not exist.

    Attributes:
        is_new: whether nothing fitting was in the file, so that the first run compiles.
    """

    def __init__(self, cache: Any, path: Path) -> None:
        self._cache, self._path = cache, path
        try:
            self._loaded = path.read_bytes() if path.is_file() else b""
        except OSError as error:
            log.warning("Cannot read %s: %s. Kernels are compiled again.", path, error.strerror)
            self._loaded = b""
        if self._loaded and not cache.deserialize(self._loaded):
            log.info("%s does not fit any more, and is thrown away.", path)
            path.unlink(missing_ok=True)
            self._loaded = b""
        self.is_new = not self._loaded

    def save(self) -> None:
        """Write the kernels, whole or not at all, if there are others than were loaded.

        A fault is a warning: the next run compiles again.
        """
        try:
            content = bytes(self._cache.serialize())
            if content != self._loaded:
                write_whole(self._path, content)
        except BackendError as error:
            log.warning("%s Until then each start compiles the nets again.", error)


def kernels_path(engine: bytes, gpu: Gpu, library: str) -> Path:
    """Return the path of the kernels of an engine, for one GPU, driver and version of the library."""
    machine = "-".join(
        re.sub(r"[^\w.]+", "-", word) for word in (gpu.name, gpu.uuid[:8], gpu.driver, library)
    )
    return built_home() / "kernels" / machine / f"{hashlib.sha256(engine).hexdigest()[:32]}.cache"
