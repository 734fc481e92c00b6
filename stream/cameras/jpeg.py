"""Decode the JPEGs of cameras, if they came complete."""

import cv2
import numpy as np
import numpy.typing as npt

from stream.cameras.driver import Damaged

_END = b"\xff\xd9"  # the marker EOI, ISO/IEC 10918-1 B.1.1.3


class JpegDecoder:
    """Decode one camera's frames.

    Cameras pad their data, and a truncated JPEG with zeros behind it decodes to a picture with a grey rest.
    The end marker shows whether it is complete. Some cameras never send one, so it is required only after it
    has been seen.
    """

    def __init__(self) -> None:
        self._seen = False

    def __call__(self, data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Return the picture, uint8 (H, W, 3) BGR.

        Args:
            data: uint8 (N,), the JPEG as it came; bytes after its end are ignored.

        Raises:
            Damaged: it is truncated, or not a JPEG.
        """
        if _END in data.tobytes():
            self._seen = True
        elif self._seen:
            raise Damaged("truncated")
        else:
            data = np.append(data, np.frombuffer(_END, np.uint8))
        image = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        if image is None:
            raise Damaged("not a JPEG")
        return np.asarray(image, np.uint8)
