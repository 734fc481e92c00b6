"""AAC as broadcasts carry it, with a header before every packet; containers want it once, and apart."""

from av.audio.codeccontext import AudioCodecContext

# ISO/IEC 14496-3, table 1.18: what a sampling frequency index stands for.
_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_LOW_COMPLEXITY = 2  # table 1.17; high efficiency is low complexity at half the rate, and extensions within


def config_of(context: AudioCodecContext) -> bytes | None:
    """Return the two bytes that say how AAC packets are encoded (AudioSpecificConfig, 1.6.2.1).

    None where it is not AAC, the stream has them already, or they cannot be told.
    """
    if context.name != "aac" or context.extradata:
        return None
    profile = context.profile or ""
    rate = context.sample_rate // (2 if profile.startswith("HE") else 1)
    channels = 1 if profile.startswith("HE-AACv2") else context.channels
    if rate not in _RATES or channels not in (1, 2, 3, 4, 5, 6, 8):
        return None
    channels = min(channels, 7)
    return (_LOW_COMPLEXITY << 11 | _RATES.index(rate) << 7 | channels << 3).to_bytes(2, "big")


def stripped(data: bytes) -> bytes:
    """Return an AAC packet without its header, if it has one (ADTS, ISO/IEC 14496-3, 1.A.2.2)."""
    if len(data) < 7 or data[0] != 0xFF or data[1] & 0xF6 != 0xF0:
        return data
    has_checksum = not data[1] & 1
    return data[9 if has_checksum else 7 :]
