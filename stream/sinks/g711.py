"""The telephone's logarithmic bytes as plain 16-bit samples, exactly, for Matroska has no place for them."""

import numpy as np

NAMES = ("pcm_mulaw", "pcm_alaw")


def expanded(name: str, data: bytes) -> bytes:
    """Return G.711 samples as signed 16-bit ones, little-endian.

    Args:
        name: one of `NAMES`.
        data: a byte a sample.
    """
    return _TABLES[name][np.frombuffer(data, np.uint8)].tobytes()


def _mulaw() -> np.ndarray:
    """ITU-T G.711, table 2: complemented; 3 bits of exponent, 4 of mantissa; 14 bits, biased by 33."""
    code = ~np.arange(256) & 0xFF
    size = ((((code & 15) << 1) + 33) << (code >> 4 & 7)) - 33
    return (np.where(code & 0x80, -size, size) << 2).astype("<i2")


def _alaw() -> np.ndarray:
    """ITU-T G.711, table 1: even bits inverted; 13 bits, without a bias where the exponent is 0."""
    code = np.arange(256) ^ 0x55
    exponent, mantissa = code >> 4 & 7, (code & 15) << 1
    size = np.where(exponent, (mantissa + 33) << np.maximum(exponent - 1, 0), mantissa + 1)
    return (np.where(code & 0x80, size, -size) << 3).astype("<i2")


_TABLES = {"pcm_mulaw": _mulaw(), "pcm_alaw": _alaw()}
