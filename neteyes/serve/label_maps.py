"""Encode the label maps of a mirror's newest frame for its page."""

from __future__ import annotations

import base64

import cv2

from engines.errors import UsageError
from neteyes.serve.messages import Labels
from neteyes.serve.service import Stand
from stream.frame import Image


def labels_of(number: int, stand: Stand) -> Labels:
    """Return both label maps of the newest frame, as they lie under the shown picture.

    Args:
        number: the page's number of its question.
        stand: the visit's mirror.

    Raises:
        UsageError: no frame has been shown yet.
    """
    frame, fit = stand.mirror.last, stand.mirror.route.fit
    if frame is None or frame.labels is None or frame.painted_labels is None:
        raise UsageError("There is no frame yet. Send one first.")
    seen, painted = (_png(fit.unfit(labels, frame.image)) for labels in (frame.labels, frame.painted_labels))
    index = stand.source.number_of(frame.index) if stand.source else frame.index
    return Labels(number, seen, painted, index)


def _png(labels: Image) -> str:
    done, data = cv2.imencode(".png", labels, (cv2.IMWRITE_PNG_COMPRESSION, 1))
    assert done
    return base64.b64encode(data.tobytes()).decode()
