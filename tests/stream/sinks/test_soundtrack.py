import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from engines.errors import SinkError
from stream.frame import Frame, Image
from stream.sinks.clip import ClipSink
from stream.sound import Codec, Sound
from tests.fixtures.beeps import beeping_clip, sound_ends

either = pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])

RECORDER = """
import sys
from pathlib import Path
import av
import numpy as np
from stream.frame import Frame
from stream.sinks.clip import ClipSink
from stream.sound import Codec, Sound

clip = av.open(sys.argv[1])
audio = clip.streams.audio[0]
packets = [(float(p.pts * p.time_base), bytes(p)) for p in clip.demux(audio) if p.size and p.pts >= 0]
sound = Sound()
sound.begin(Codec(audio))
sink = ClipSink(Path(sys.argv[2]), rate=30, sound=sound.listen())
for index in range(100_000):
    lap, place = divmod(index, 60)
    if place == 0 and sys.argv[3] == "heard":
        for time, data in packets:
            if time < 1.99:
                sound.put(2.0 * lap + time, 1024 / 48000, data)
    view = np.full((64, 96, 3), 20 + index % 200, np.uint8)
    sink.write(Frame(index, 0.0, index / 30, view, view=view))
    print(index, flush=True)
"""


@either
@pytest.mark.parametrize("heard", ["heard", "silent"])
def test_a_recording_with_sound_that_is_killed_plays_up_to_its_last_half_second(
    heard: str, suffix: str, tmp_path: Path
) -> None:
    clip, path = beeping_clip(tmp_path / "source.mp4"), tmp_path / f"a{suffix}"
    command = [sys.executable, "-c", RECORDER, str(clip), str(path), heard]
    recorder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert recorder.stdout
    written = 0
    for line in recorder.stdout:
        written = int(line)
        if written == 200:
            recorder.send_signal(signal.SIGKILL)
    recorder.wait()
    recorder.stdout.close()

    with av.open(str(path)) as clip:
        frames = list(clip.decode(video=0))
    # A fragment of half a second, the frame that closes it, and the one that waits for its place between two.
    assert written - len(frames) <= 15 + 2
    assert [frame.time for frame in frames] == pytest.approx(np.arange(len(frames)) / 30, abs=0.001)
    if heard == "heard":
        assert sound_ends(path) >= frames[-1].time - 0.05


@either
def test_a_full_disk_leaves_the_frames_that_it_names_and_their_sound(
    small_disk: Path, make_frame: Callable[..., Frame], noise: Callable[[int], Image], suffix: str
) -> None:
    path = small_disk / f"a{suffix}"
    sound = Sound()
    with av.open("/dev/null", "w", format="nut") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        container.start_encoding()
        sound.begin(Codec(stream))
    sink = ClipSink(path, rate=30, sound=sound.listen())
    with pytest.raises(SinkError, match="No space left on device") as caught:
        for index in range(900):
            if index % 3 == 0:
                sound.put(index / 30, 0.1, bytes(1600))
            sink.write(make_frame(index, view=noise(index)))
    sink.close()

    found = re.search(r"first (\d+) frames are safe", str(caught.value))
    assert found
    with av.open(str(path)) as clip:
        times = [frame.time for frame in clip.decode(video=0)]
    assert int(found[1]) > 60
    assert times == pytest.approx([index / 30 for index in range(int(found[1]))], abs=0.001)
    assert sound_ends(path) >= times[-1] - 0.15


def test_sound_that_was_lost_before_a_recording_began_is_not_missed_in_it(
    tmp_path: Path, make_frame: Callable[..., Frame], caplog: pytest.LogCaptureFixture
) -> None:
    """Of segments, each would say so for ever."""
    sound = Sound()
    with av.open("/dev/null", "w", format="nut") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        container.start_encoding()
        sound.begin(Codec(stream))
    listener = sound.listen()
    for second in range(80):
        sound.put(second, 1.0, bytes(16000))
    assert listener.lost > 0
    sink = ClipSink(tmp_path / "a.mkv", rate=30, sound=listener, from_zero=True)
    for index in range(30):
        sink.write(make_frame(index, 80 + index / 30))
    sink.close()
    assert caplog.text == ""
    for second in range(82, 170):
        sound.put(second, 1.0, bytes(16000))
    sink = ClipSink(tmp_path / "b.mkv", rate=30, sound=listener, from_zero=True)
    sink.write(make_frame(0, 169))
    for second in range(170, 260):
        sound.put(second, 1.0, bytes(16000))
    sink.write(make_frame(1, 259))
    sink.close()
    assert caplog.text.count("Some of the sound is lost") == 1
