"""The GPU's stages, on a fake device that finds races: the same frames as on the processor, in order."""

import threading
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest

from engines.backends import installed_backends, open_engine
from engines.bundle import open_bundle
from engines.engine import TensorSpec
from engines.errors import BackendError
from stream.controls import Controls
from stream.loop.pipeline import Pipeline
from stream.nets.gpu_streams import DeviceNets
from stream.nets.open import device_route, open_route
from stream.sources.scene import SceneSource
from stream.views.stage import Compose
from tests.fixtures.doubles import Keep
from tests.fixtures.fake_device import FakeDevice

BUNDLE = open_bundle("small").at()
HOST = installed_backends()
STEPS = ["upload", "segment", "synthesize", "download"]


def scene(seconds=0.5):
    return SceneSource("duel", {"seconds": str(seconds)}, pace=False)


def frames(seconds=0.5):
    return list(scene(seconds).frames(threading.Event()))


def controls(**swaps):
    made = Controls(BUNDLE.card.segment.space, BUNDLE.card.synthesize.space)
    made.use_swaps(swaps)
    return made


def route(device, settings, backend=HOST[0], **options):
    def open_graph(path, part, device, stream):
        return device.engine(open_engine(path, backend, threads=1, precision=part.precision), stream)

    return device_route(BUNDLE, settings, lambda: device, open_graph=open_graph, **options)


class Stages:
    """The stages of a route, entered; called with a frame it carries that through."""

    def __init__(self, stages):
        self.stages = stages

    def __enter__(self):
        with ExitStack() as entered:
            for stage in self.stages:
                entered.enter_context(stage)
            self.left = entered.pop_all()
        return self

    def __exit__(self, *exc):
        self.left.close()

    def __call__(self, frame):
        for stage in self.stages:
            frame = stage(frame)
        return frame


def whole(way, settings):
    """The stages of a route and the view behind them."""
    return (*way.stages, Compose(settings, way.fit))


def on_host(settings, given, backend=HOST[0]):
    with Stages(whole(open_route(BUNDLE, settings, backend=backend, threads=1), settings)) as loop:
        return [loop(frame) for frame in given]


def assert_alike(those, these):
    for one, other in zip(those, these, strict=True):
        assert one.index == other.index
        for part in ("image", "labels", "painted_labels", "picture", "view"):
            assert np.array_equal(getattr(one, part), getattr(other, part)), (part, one.index)


@pytest.mark.parametrize("backend", HOST)
def test_the_loop_through_a_device_shows_what_the_processor_shows(backend):
    device, settings = FakeDevice(), controls(person="bear")
    settings.mirror, settings.view = True, "triptych"
    way, sink = route(device, settings, backend), Keep()
    Pipeline(scene(), whole(way, settings), {"keep": sink}, permits=way.permits).run()
    assert_alike(sink.frames, on_host(settings, frames(), backend))
    device.check_closed()


@pytest.fixture(scope="module")
def steady():
    """The trace of a loop of 30 frames: (thread, call, stream), without warming up and closing."""
    device = FakeDevice()
    way, sink = route(device, controls()), Keep()
    with way.nets.on_this_thread():  # so this thread warms up, and closes in the end
        device.settle()
        warm = len(device.calls)
        Pipeline(scene(1), way.stages, {"keep": sink}, permits=way.permits).run()
        calls = device.calls[warm:]
    device.check_closed()
    assert len(sink.frames) == 30
    return calls


def test_no_frame_makes_anything_or_waits_for_the_whole_device(steady):
    done = {what for _, what, _ in steady}
    assert done == {"upload", "engine", "copy", "download", "record", "stream waits", "thread waits"}


def test_only_the_last_step_waits_and_once_for_a_frame(steady):
    assert Counter(thread for thread, what, _ in steady if what == "thread waits") == {"download": 30}


def test_each_step_has_a_thread_and_a_stream_of_its_own(steady):
    streams = {step: {stream for thread, _, stream in steady if thread == step and stream} for step in STEPS}
    assert [len(used) for used in streams.values()] == [1, 1, 1, 1]
    assert len(set().union(*streams.values())) == 4
    assert {thread for thread, _, _ in steady} == set(STEPS)


def test_the_label_map_stays_on_the_device_between_the_nets():
    device = FakeDevice()
    with Stages(route(device, controls()).stages[:3]) as to_the_picture:
        before = len(device.calls)
        frame = to_the_picture(frames()[0])
        assert "download" not in [what for _, what, _ in device.calls[before:]]
    assert frame.labels is None and frame.picture is None and frame.on_device is not None


def test_a_delivered_frame_owns_its_arrays():
    device, settings = FakeDevice(), controls()
    with Stages(whole(route(device, settings, permits=1), settings)) as loop:
        first, *rest = (loop(frame) for frame in frames(0.2))
        kept = first.labels.copy(), first.painted_labels.copy(), first.picture.copy()
        assert len(rest) == 5
    assert first.on_device is None
    for array, before in zip((first.labels, first.painted_labels, first.picture), kept, strict=True):
        assert np.array_equal(array, before)


def test_frozen_labels_are_painted_again_and_again_with_the_swaps_of_the_moment():
    device, settings = FakeDevice(), controls()
    given = frames(0.4)

    def play(loop):
        for number, frame in enumerate(given):
            settings.frozen = 3 <= number < 8
            settings.use_swaps({"person": "bear"} if number >= 5 else {})
            yield loop(frame)

    with Stages(whole(route(device, settings, permits=2), settings)) as loop:
        seen = list(play(loop))
    with Stages(whole(open_route(BUNDLE, settings, backend=HOST[0], threads=1), settings)) as loop:
        assert_alike(seen, list(play(loop)))


class Counting:
    """A segmenter that remembers: every label is how many frames it has seen."""

    backend = "counting"
    inputs = (TensorSpec("frame", (4, 4, 3), np.dtype(np.uint8)), TensorSpec("memory", (2,), np.dtype("f4")))
    outputs = (
        TensorSpec("labels", (4, 4), np.dtype(np.uint8)),
        TensorSpec("memory_next", (2,), np.dtype("f4")),
    )

    def __call__(self, inputs, outputs):
        outputs["memory_next"][...] = inputs["memory"] + 1
        outputs["labels"][...] = outputs["memory_next"][0]

    def close(self):
        pass


class Grey:
    """A painter whose picture is the label."""

    backend = "grey"
    inputs = (
        TensorSpec("labels", (4, 4), np.dtype(np.uint8)),
        TensorSpec("swap", (256,), np.dtype(np.uint8)),
    )
    outputs = (TensorSpec("picture", (4, 4, 3), np.dtype(np.uint8)),)

    def __call__(self, inputs, outputs):
        outputs["picture"][...] = inputs["labels"][..., None]

    def close(self):
        pass


def test_what_a_net_remembers_goes_from_frame_to_frame_on_the_device_and_begins_empty():
    device = FakeDevice()
    nets = DeviceNets(
        lambda: device,
        lambda device, stream: device.engine(Counting(), stream),
        lambda device, stream: device.engine(Grey(), stream),
        slots=2,
        state={"memory_next": "memory"},
    )
    seen = []
    with nets.on_this_thread():
        device.settle()
        for frozen in (False, False, False, True, True, False):
            slot = nets.take()
            slot.pinned["frame"][...] = 0
            nets.upload(slot)
            nets.segment(slot, frozen=frozen)
            nets.synthesize(slot)
            nets.download(slot)
            nets.land(slot)
            seen.append(int(slot.pinned["picture"][0, 0, 0]))
            nets.give(slot)
    assert seen == [1, 2, 3, 3, 3, 4]
    device.check_closed()


def test_a_source_that_jumps_begins_anew_on_the_device_too():
    device, settings = FakeDevice(), controls()
    given = frames(0.3)
    given = given[:5] + [replace(frame, pts=frame.pts + 7) for frame in given[5:]] + given[:2]
    with Stages(whole(route(device, settings, permits=2), settings)) as loop:
        seen = [loop(frame) for frame in given]
    assert_alike(seen, on_host(settings, given))
    assert np.array_equal(seen[-2].labels, seen[0].labels)
    device.check_closed()


@pytest.mark.parametrize(
    ("fails", "message"),
    [
        ("memory", "out of memory"),
        ("lost", "lost"),
        ("hung", "has not answered"),
        ("runtime", "no such net"),
        ("no device", "no GPU here"),
    ],
)
def test_whatever_fails_ends_in_its_message_and_not_in_a_hang(fails, message):
    device = FakeDevice(memory=500_000 if fails == "memory" else 1 << 30)
    way = route(device, controls())

    def fail(*_):
        raise BackendError("no such net" if fails == "runtime" else "no GPU here")

    if fails == "runtime":
        way = device_route(BUNDLE, controls(), lambda: device, open_graph=fail)
    if fails == "no device":
        way = device_route(BUNDLE, controls(), fail)

    def shown(frame):
        if frame.index == 5 and fails == "lost":
            device.lose()
        device.hung = frame.index >= 5 and fails == "hung"

    pipeline = Pipeline(scene(2), way.stages, {"keep": Keep(shown)}, permits=way.permits)
    with pytest.raises(BackendError, match=message):
        pipeline.run()
    assert pipeline.stragglers == []
    if fails in ("memory", "runtime"):
        device.check_closed()


def test_a_device_opens_again_after_a_loop():
    device = FakeDevice()
    way = route(device, controls(), permits=1)
    for _ in range(2):
        with Stages(way.stages) as loop:
            assert loop(frames()[0]).picture is not None
        device.check_closed()


def test_a_route_says_what_runs_and_how_long_the_device_took():
    device = FakeDevice()
    way = route(device, controls())
    assert way.facts()["backends"] == {"segment": "not opened", "synthesize": "not opened"}
    with Stages(way.stages) as loop:
        loop(frames()[0])
    facts = way.facts()
    assert facts["backends"]["segment"].endswith("on fake device")
    assert facts["device_ms"]["segment"]["p50"] > 0
    assert facts["device_ms"]["device"]["p50"] >= sum(facts["device_ms"][step]["p50"] for step in STEPS) - 1
    assert way.nets.bytes_up == 256 * 256 * 3 + 256 + 2 * 4  # frame, swap, dt and steadiness
    assert way.nets.bytes_down == 256 * 256 * 4


@pytest.mark.parametrize("backend", ["tensorrt", "tensorrt-rtx", "cuda", "torch"])
def test_a_gpu_runtime_asked_for_by_name_is_never_a_run_on_the_processor(backend):
    try:
        route = open_route(BUNDLE, controls(), backend=backend)
    except BackendError as error:
        assert "neteyes[gpu]" in str(error) or "GPU" in str(error)
    else:
        assert route.nets is not None


def test_auto_takes_the_processor_where_there_is_no_gpu():
    way = open_route(BUNDLE, controls())
    if way.nets is not None:
        pytest.skip("there is a GPU here")
    assert [stage.name for stage in way.stages] == ["segment", "synthesize"]


@pytest.mark.parametrize(
    ("expected", "size"), [(None, (192, 352)), ((640, 360), (352, 192)), ((480, 500), (256, 256))]
)
def test_a_gpu_keeps_the_one_size_nearest_to_what_the_source_will_give(monkeypatch, expected, size):
    monkeypatch.setattr("stream.nets.open.open_graphs", lambda *_: None)
    monkeypatch.setattr("stream.nets.open.open_device", FakeDevice)
    way = open_route(open_bundle("small"), controls(), backend="tensorrt", expected=expected)
    for shape in ((360, 640, 3), (640, 360, 3)):  # its buffers have one size
        assert way.fit.size_for(np.zeros(shape, np.uint8)) == size
