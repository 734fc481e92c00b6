"""Views become VP8 and H.264 that any decoder reads, without delay and within the bit rate."""

import av
import cv2
import numpy as np
import pytest

from neteyes.serve.transports.rtc_encoding import VideoEncoder, suitable_bitrate
from stream.scenes.duel import Duel

DECODERS = {"VP8": "vp8", "H264": "h264"}


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_each_picture_comes_back_at_once_and_looks_as_it_did(codec):
    encoder, decoder = (
        VideoEncoder(codec, 192, 256, suitable_bitrate(192, 256)),
        av.CodecContext.create(DECODERS[codec], "r"),
    )
    decoder.thread_count = 1
    size, scene = 0, Duel(0, (256, 192))
    for frame in range(30):
        image = cv2.GaussianBlur(scene.at(frame).image, (3, 3), 0)
        packets = encoder.encode(image, 3000 * frame, whole=frame in (0, 20))
        assert len(packets) == 1, "none waits inside"
        assert packets[0].is_keyframe == (frame in (0, 20))
        size += packets[0].size
        (picture,) = decoder.decode(packets[0])
        difference = picture.to_ndarray(format="bgr24").astype(int) - image
        assert np.abs(difference).mean() < 10
    assert 8 * size < 1.5 * encoder.bitrate, "a second of 30 frames"


def test_larger_views_get_more_bits_up_to_a_limit():
    small, triptych, wall = (suitable_bitrate(*size) for size in ((256, 256), (256, 768), (1080, 3240)))
    assert small < triptych < wall <= 4_000_000
