"""What Prometheus and a health check read of a run."""

import http.client
import threading

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families as families_of

from engines.errors import SinkError
from engines.labels import LabelSpace
from neteyes.watching import watched
from neteyes.watching.addresses import Address
from neteyes.watching.health import RunHealth
from neteyes.watching.metrics import Metrics
from stream.controls import Controls
from stream.fit import Fit
from stream.flashes.guard_stage import Guard
from stream.frame import Frame, Notice
from stream.resilience.backoff import Backoff
from stream.sinks.reconnect import Returning
from stream.sources.reconnect.status import STATES, Status
from stream.sources.scene import SceneSource
from tests.fixtures.loop import Loop

pytestmark = pytest.mark.alone

CONTROLS = Controls(LabelSpace.load("voc"), LabelSpace.load("voc"))
FIT = Fit("crop", (64, 64))
SECRET = "rtsp://me:hunter2@camera/live"


def read(metrics):
    """(name, labels) → value of each sample on the page."""
    page = metrics.page() if isinstance(metrics, Metrics) else metrics
    samples = (sample for family in families_of(page.decode()) for sample in family.samples)
    return {(sample.name, *sorted(sample.labels.items())): sample.value for sample in samples}


def get(address, path):
    asking = http.client.HTTPConnection(address.host, address.port, timeout=10)
    asking.request("GET", path)
    answer = asking.getresponse()
    try:
        return answer.status, answer.read()
    finally:
        asking.close()


@pytest.fixture
def place(monkeypatch):
    """`place` stands for a free port; after serving began, `place.port` is the real one."""
    from neteyes.watching import http as listeners

    found = []
    bind = listeners.bind

    def remember(address):
        listening = bind(address)
        found.append(Address("127.0.0.1", listening.getsockname()[1]))
        return listening

    monkeypatch.setattr(listeners, "bind", remember)
    return lambda: found[-1]


FREE = Address("127.0.0.1", 0)


def test_the_figures_are_those_of_the_run():
    clip = SceneSource("duel", {"size": "64x48", "seconds": "1"}, pace=False)
    with Loop(clip) as loop:
        loop.finish()
    found = read(Metrics(RunHealth(loop.pipeline)))
    assert found["neteyes_frames_in_total",] == found["neteyes_frames_out_total",] == 30
    assert found["neteyes_frames_in_flight",] == 0
    assert found["neteyes_frames_dropped_total", ("reason", "late")] == 0
    assert found["neteyes_output_frames_total", ("output", "null://")] == 30
    assert found["neteyes_stage_duration_seconds_count", ("stage", "gate")] == 30
    assert found["process_resident_memory_bytes",] > 1e6


def test_no_counter_goes_back_when_another_output_shows_what_one_missed():
    loop = Loop()
    metrics, meter = Metrics(RunHealth(loop.pipeline)), loop.pipeline.meter
    before = {}
    for count in (meter.captured, lambda: meter.missed(0), lambda: meter.shown(0, 0.0)):
        count()
        now = read(metrics)
        counters = [key for key in now if key[0].startswith("neteyes_") and key[0].endswith("_total")]
        assert all(now[key] >= before.get(key, 0) for key in counters)
        before = now
    missed = now["neteyes_frames_dropped_total", ("reason", "display")]
    assert now["neteyes_frames_in_total",] == now["neteyes_frames_out_total",] + missed == 1


def test_the_age_is_a_histogram_from_which_quantiles_can_be_read():
    clip = SceneSource("duel", {"size": "64x48", "seconds": "1"}, pace=False)
    with Loop(clip) as loop:
        loop.finish()
    found = read(Metrics(RunHealth(loop.pipeline)))
    buckets = [value for key, value in found.items() if key[0] == "neteyes_frame_age_seconds_bucket"]
    assert buckets == sorted(buckets)
    assert len(buckets) > 10
    assert found["neteyes_frame_age_seconds_bucket", ("le", "+Inf")] == 30
    assert found["neteyes_frame_age_seconds_count",] == 30
    assert 0 < found["neteyes_frame_age_seconds_sum",] < 30 * 10


def test_names_are_as_prometheus_wants_them():
    status = Status("camera")
    guard = Guard(CONTROLS, FIT)
    with Loop() as loop:
        loop.wait_for_frames()
        page = Metrics(RunHealth(loop.pipeline, [status]), guard.figures, {"bundle": "small"}).page()
    for family in families_of(page.decode()):
        assert family.documentation
        assert family.name.startswith(("neteyes_", "process_"))
        assert family.name.islower()
        assert "_ms" not in family.name
        for sample in family.samples:
            assert (family.type == "counter") == sample.name.endswith("_total")
    assert not any(family.name.startswith("neteyes") for family in REGISTRY.collect())


def test_a_feed_has_one_state_of_all_there_are_and_one_trouble():
    status = Status("camera")
    status.tally.received(5000)
    status.tally.lost(3)
    status.gave(0.0, repeated=False)
    status.gave(0.0, repeated=True)
    status.enter("live")
    status.enter("lost", "refused", "Nobody listens there.")
    with Loop() as loop:
        found = read(Metrics(RunHealth(loop.pipeline, [status])))
    feed = ("feed", "camera")
    states = {state: found["neteyes_feed_state", feed, ("state", state)] for state in STATES}
    assert states == {"connecting": 0, "live": 0, "stale": 0, "lost": 1}
    wrong = [key for key, value in found.items() if key[0] == "neteyes_feed_error" and value]
    assert wrong == [("neteyes_feed_error", feed, ("kind", "refused"))]
    assert found["neteyes_feed_received_bytes_total", feed] == 5000
    assert found["neteyes_feed_damaged_total", feed] == 3
    assert found["neteyes_feed_frames_total", feed] == 2
    assert found["neteyes_feed_repeated_frames_total", feed] == 1
    assert found["neteyes_feed_last_frame_age_seconds", feed] > 0


def test_before_its_first_frame_a_feed_has_no_age_rather_than_a_wrong_one():
    with Loop() as loop:
        found = read(Metrics(RunHealth(loop.pipeline, [Status("camera")])))
    assert not [key for key in found if key[0] == "neteyes_feed_last_frame_age_seconds"]


def test_a_broken_output_is_told_from_one_that_works():
    class Full:
        keeps_all = True
        closed = threading.Event()

        def write(self, frame):
            raise SinkError("The disk is full.")

        def close(self):
            self.closed.set()

    full = Full()
    with Loop(**{"a.mp4": full}) as loop:
        assert full.closed.wait(10)
        loop.wait_for_frames(2)
        health = RunHealth(loop.pipeline)
        found = read(Metrics(health))
        assert health.trouble is None
        assert "a.mp4 is broken" in health.line
    assert found["neteyes_output_broken", ("output", "a.mp4")] == 1
    assert found["neteyes_output_broken", ("output", "null://")] == 0
    assert "full" in str(loop.error)


def test_an_output_that_comes_back_says_how_often_and_what_it_missed():
    works = threading.Event()

    class Flaky:
        keeps_all = False
        opened = 0

        def __init__(self):
            Flaky.opened += 1
            self.takes = 2 if Flaky.opened == 1 else None

        def write(self, frame):
            if self.takes is None:
                works.set()
            elif not self.takes:
                raise SinkError("The server is gone.")
            else:
                self.takes -= 1
            return True

        def close(self):
            pass

    sink = Returning("rtsp://server/live", Flaky, backoff=Backoff(0.01, 0.01))
    with Loop(**{"rtsp://server/live": sink}) as loop:
        assert works.wait(10)
        loop.wait_for_frames(2)
        found = read(Metrics(RunHealth(loop.pipeline)))
    output = ("output", "rtsp://server/live")
    assert found["neteyes_output_restarts_total", output] == 1
    assert found["neteyes_output_broken", output] == 0
    assert (
        1
        <= found["neteyes_output_missed_frames_total", output]
        < found["neteyes_output_frames_total", output]
    )


def test_flashes_held_back_are_counted_and_none_are_where_none_can_be():
    with Loop() as loop:
        health = RunHealth(loop.pipeline)
        held = read(Metrics(health, Guard(CONTROLS, FIT).figures))
        counted = read(Metrics(health, Guard(CONTROLS, FIT, hold=False).figures))
    assert held["neteyes_flash_held_frames_total",] == 0
    assert held["neteyes_flash_complies",] == 1
    assert ("neteyes_flash_held_frames_total",) not in counted


def test_a_run_at_full_load_is_read_while_it_runs(place):
    before = set(threading.enumerate())
    with Loop(SceneSource("duel", {"size": "640x480", "rate": "500"}, pace=True)) as loop:
        with watched(FREE, None, RunHealth(loop.pipeline)):
            loop.wait_for_frames(2)
            first = read(get(place(), "/metrics")[1])
            loop.wait_for_frames(5)
            second = read(get(place(), "/metrics")[1])
            assert get(place(), "/health")[0] == 200
        assert second["neteyes_frames_out_total",] > first["neteyes_frames_out_total",]
    assert set(threading.enumerate()) == before


def test_without_an_address_nobody_listens():
    before = set(threading.enumerate())
    with Loop() as loop, watched(None, None, RunHealth(loop.pipeline)):
        assert "listener" not in {thread.name for thread in set(threading.enumerate()) - before}


def test_health_says_what_is_wrong_and_no_secret(place):
    status = Status("camera")
    with Loop() as loop, watched(FREE, None, RunHealth(loop.pipeline, [status])):
        loop.wait_for_frames()
        code, words = get(place(), "/health")
        assert (code, words.partition(b" \xc2\xb7")[0]) == (503, b"connecting: camera")
        status.enter("live")
        assert get(place(), "/health")[0] == 200
        status.enter("lost", "refused", f"{SECRET} refused the connection.")
        code, words = get(place(), "/health")
        assert code == 503
        assert words.startswith(b"lost: rtsp://***@camera/live refused the connection.")
        assert b"hunter2" not in words + get(place(), "/metrics")[1]


def test_no_secret_is_in_any_label():
    status = Status(SECRET)
    with Loop() as loop:
        loop.pipeline.outlets[0].name = SECRET
        page = Metrics(RunHealth(loop.pipeline, [status]), facts={"input": SECRET}).page().decode()
    assert "hunter2" not in page
    assert page.count("rtsp://***@camera/live") > 5


def test_a_run_that_has_not_begun_or_stands_still_is_not_well(wait_for):
    loop = Loop()
    assert RunHealth(loop.pipeline).trouble == "starting"
    with loop:
        wait_for(lambda: RunHealth(loop.pipeline).trouble is None)
        loop.pipeline.paused = True
        assert RunHealth(loop.pipeline).trouble == "paused"


def test_a_notice_in_place_of_pictures_is_life_but_not_health():
    class Dark:
        live, rate, frame_count, mirrored, sound = True, None, None, False, None

        def frames(self, stop):
            drawn = next(iter(SceneSource("duel", {"size": "64x48"}, pace=False).frames(stop)))
            while not stop.wait(0.01):
                yield Frame(0, 0.0, 0.0, drawn.image, notice=Notice("No signal"))

        def close(self):
            pass

    with Loop(Dark()) as loop:
        health, told = RunHealth(loop.pipeline), threading.Event()
        while not told.wait(0.01):
            if health.started:
                told.set()
        assert health.trouble == "starting"
        assert health.moves(0.001)
