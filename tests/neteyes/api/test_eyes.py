"""`neteyes.Eyes`: any frame in, labels by name and pictures out, with the same stages as a run."""

import threading

import numpy as np
import pytest

import neteyes
from engines.backends import installed_backends, open_engine
from engines.bundle import open_bundle
from stream.flashes import FlashMeter
from stream.frame import Image
from stream.nets.open import device_route
from stream.sources.scene import SceneSource
from tests.fixtures.doubles import Keep
from tests.fixtures.fake_device import FakeDevice


def frames(seconds=0.2, size="320x180"):
    scene = SceneSource("duel", {"seconds": str(seconds), "size": size}, pace=False)
    return list(scene.frames(threading.Event()))


@pytest.fixture(scope="module")
def shared_eyes():
    with neteyes.Eyes(height=128) as eyes:
        yield eyes


@pytest.fixture
def eyes(shared_eyes):
    """Eyes as they begin."""
    shared_eyes.swaps, shared_eyes.view, shared_eyes.steadiness = {}, "picture", None
    shared_eyes.mirror = False
    shared_eyes.reset()
    return shared_eyes


def test_they_answer_what_a_run_shows(monkeypatch) -> None:
    """Frame by frame the same view, with steady labels and the guard: it is no second implementation."""
    sink = Keep()
    monkeypatch.setattr("neteyes.run_session.open_sink", lambda *args, **options: sink)
    scene = "scene://duel?size=320x180&seconds=0.5"
    neteyes.run(scene, "null://", pace=False, swap={"person": "bear"}, view="triptych", height=128)
    with (
        neteyes.Eyes(swaps={"person": "bear"}, view="triptych", height=128) as eyes,
        neteyes.open(scene, pace=False) as given,
    ):
        results = [eyes(frame) for frame in given]
    assert len(results) == len(sink.frames) == 15
    for result, shown in zip(results, sink.frames, strict=True):
        for part in ("labels", "painted_labels", "picture", "view"):
            assert np.array_equal(getattr(result, part), getattr(shown, part)), part


@pytest.mark.parametrize("shape", [(90, 160), (480, 640), (200, 100), (1, 1), (2, 900)])
def test_a_frame_may_have_any_size_and_another_one_the_next_time(eyes, shape) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    result = eyes(image)
    assert result.labels.shape == result.painted_labels.shape == result.picture.shape[:2]
    assert result.view.dtype == result.labels.dtype == np.uint8
    assert result.view.ndim == 3


def test_a_pixel_order_in_memory_does_not_matter(eyes) -> None:
    image = frames()[0].image
    flipped = eyes(image[:, ::-1], at=0.0).labels
    eyes.reset()
    assert np.array_equal(flipped, eyes(np.ascontiguousarray(image[:, ::-1]), at=0.0).labels)
    eyes.reset()
    eyes.mirror = True
    assert np.array_equal(flipped, eyes(image, at=0.0).labels)


def test_labels_have_names(eyes) -> None:
    result = eyes(frames()[0])
    assert sum(result.shares.values()) == pytest.approx(1)
    assert list(result.shares.values()) == sorted(result.shares.values(), reverse=True)
    assert set(result.names.values()) == set(result.shares)
    assert result.mask("person").mean() == pytest.approx(result.shares["person"])
    person = eyes.labels.id("person")
    assert result.names[person] == "person" == eyes.labels.name(person)
    assert "person" in repr(eyes(frames()[0])) or "%" in repr(result)
    with pytest.raises(neteyes.LabelError, match="person"):
        result.mask("persn")


def test_swaps_take_effect_with_the_next_frame_and_labels_stay_what_was_seen(eyes) -> None:
    frame = frames()[0]
    before = eyes(frame)
    eyes.swaps["person"] = "bear"
    after = eyes(frame)
    bear = eyes.painted.id("bear")
    assert np.array_equal(after.painted_labels == bear, after.mask("person"))
    assert not np.array_equal(before.picture, after.picture)
    assert dict(eyes.swaps) == {"person": "bear"}
    del eyes.swaps["person"]
    assert not (eyes(frame).painted_labels == bear).any()


def test_a_wrong_swap_is_refused_at_once_and_those_before_stay(eyes) -> None:
    eyes.swaps = {"person": "bear", "sky": "sea"}
    with pytest.raises(neteyes.LabelError, match="Did you mean person"):
        eyes.swaps["persn"] = "dog"
    with pytest.raises(neteyes.LabelError, match="bear"):
        eyes.swaps = {"person": "beer"}
    with pytest.raises(neteyes.UsageError, match="names of labels"):
        eyes.swaps = {"person": 3}
    assert eyes.swaps == {"person": "bear", "sky": "sea"}
    assert "tree" not in eyes.swaps and "persn" not in eyes.swaps
    eyes.swaps.clear()
    assert eyes(frames()[0]).painted_labels.any()


def test_two_spellings_of_a_label_are_one(eyes) -> None:
    eyes.swaps["sky"] = "sea"
    eyes.swaps["sky-other"] = "snow"
    assert eyes.swaps == {"sky-other": "snow"}
    assert eyes.swaps["sky"] == "snow"
    del eyes.swaps["sky"]
    with pytest.raises(KeyError, match="tree"):
        del eyes.swaps["tree"]
    assert not eyes.swaps


def test_a_swap_into_what_was_never_painted_is_told(eyes, caplog) -> None:
    eyes.swaps["person"] = "pizza"
    assert "never trained on 'pizza'" in caplog.text


def test_steadiness_holds_from_call_to_call_until_it_is_reset(eyes) -> None:
    """A frame that is seen again right after another is seen otherwise: what was before still counts."""
    one = frames()[0].image
    noise = np.random.default_rng(0).normal(0, 40, one.shape)
    other = np.clip(one + noise, 0, 255).astype(np.uint8)
    eyes.steadiness = 0
    bare = eyes(one, at=0.0).labels
    eyes.steadiness = 1
    eyes.reset()
    alone = eyes(one, at=0.0).labels
    eyes.reset()
    eyes(other, at=0.0)
    held = eyes(one, at=0.04).labels
    assert not np.array_equal(held, alone)
    eyes.reset()
    assert np.array_equal(eyes(one, at=0.08).labels, alone)
    eyes.steadiness = 0
    eyes(other, at=0.12)
    assert np.array_equal(eyes(one, at=0.16).labels, bare)


def flickering(*, guard: bool = True, draws: bool = False) -> list[Image]:
    """The views of two seconds in which sand and sky turn to snow and back, 15 times a second.

    Now and then the frames get wider, so that the guard looks again at what it was shown before.
    """
    image, views = frames()[0].image, []
    with neteyes.Eyes(guard=guard, height=64, steadiness=0, fit="stretch") as eyes:
        for count in range(30):
            eyes.swaps = {"sand": "snow", "sky": "snow"} if count % 2 else {"sand": "tree", "sky": "tree"}
            view = eyes(image[: 180 - 20 * (count // 3 % 2)], at=count / 15).view
            views.append(view.copy())
            if draws:
                view[...] = 255 * (count % 2)
    return views


def complies(views: list[Image]) -> bool:
    meter = FlashMeter()
    for count, view in enumerate(views):
        meter(view, count / 15)
    return meter.complies


def test_what_would_flash_is_held_back_unless_the_program_says_otherwise() -> None:
    assert not complies(flickering(guard=False))
    held = flickering()
    assert complies(held)
    drawn_on = flickering(draws=True)  # what a caller does to a view does not mislead the guard
    assert all(np.array_equal(one, other) for one, other in zip(drawn_on, held, strict=True))


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ([[0, 0, 0]], "got a list"),
        (np.zeros((4, 4, 3)), r"float64 \(4, 4, 3\).*255 \* frame"),
        (np.zeros((4, 4, 3), np.uint16), "uint16.*Scale it"),
        (np.zeros((4, 4), np.uint8), "stack"),
        (np.zeros((4, 4, 4), np.uint8), "fourth channel"),
        (np.zeros((2, 4, 4, 3), np.uint8), "one frame a call"),
        (np.zeros((0, 4, 3), np.uint8), "no pixels"),
        (neteyes.Frame(0, 0.0, 0.0, np.zeros((4, 4, 4), np.uint8)), "fourth channel"),
    ],
)
def test_what_is_no_frame_is_refused_in_words(eyes, frame, words) -> None:
    with pytest.raises(neteyes.UsageError, match=words):
        eyes(frame)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"view": "pictures"}, "Did you mean 'picture'"),
        ({"steadiness": 2}, "steadiness wants a number from 0 to 1, not 2"),
        ({"height": 1}, "height wants a whole number from 64 to 4320"),
        ({"guard": "no"}, "guard wants true or false"),
        ({"fit": "zoom"}, "fit wants one of crop, pad, stretch"),
        ({"backend": "tensorflow"}, "Unknown backend"),
        ({"bundle": "big"}, "There is no bundle 'big'"),
        ({"swaps": {"person": "beer"}}, "bear"),
    ],
)
def test_options_that_make_no_sense_are_refused_in_words(options, words) -> None:
    with pytest.raises(neteyes.NetEyesError, match=words):
        neteyes.Eyes(**options)


def test_settings_that_make_no_sense_are_refused_and_change_nothing(eyes) -> None:
    with pytest.raises(neteyes.UsageError, match="view wants one of"):
        eyes.view = "all"
    with pytest.raises(neteyes.UsageError, match="steadiness wants a number from 0 to 1"):
        eyes.steadiness = -1
    with pytest.raises(neteyes.UsageError, match="mirror wants true or false"):
        eyes.mirror = None
    for at in (float("nan"), "12.5"):
        with pytest.raises(neteyes.UsageError, match="at wants seconds"):
            eyes(frames()[0], at=at)
    assert (eyes.view, eyes.mirror) == ("picture", False)


def test_closed_eyes_say_so() -> None:
    before = threading.active_count()
    eyes = neteyes.Eyes(height=64)
    assert threading.active_count() > before
    eyes.close()
    eyes.close()
    for call in (lambda: eyes(np.zeros((9, 9, 3), np.uint8)), eyes.reset):
        with pytest.raises(neteyes.UsageError, match="closed"):
            call()
    assert threading.active_count() == before


def test_any_thread_may_call(eyes) -> None:
    frame, shares = frames()[0], []
    threads = [threading.Thread(target=lambda: shares.append(eyes(frame).shares)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(shares) == 3 and shares[0] == shares[1] == shares[2]


def test_through_a_gpu_they_see_and_paint_the_same(monkeypatch) -> None:
    device, bundle = FakeDevice(), open_bundle("small")

    def open_graph(path, part, device, stream):
        backend = installed_backends()[0]
        return device.engine(open_engine(path, backend, threads=1, precision=part.precision), stream)

    def route(bundle, controls, *, backend, threads, **options):
        return device_route(bundle, controls, lambda: device, open_graph=open_graph, **options)

    given = frames()
    with neteyes.Eyes(height=64, threads=1, size="352x192") as eyes:
        expected = [eyes(frame) for frame in given]
    monkeypatch.setattr("neteyes.api.eyes.open_route", route)
    with neteyes.Eyes(bundle.folder, height=64, size="352x192") as eyes:
        found = [eyes(frame) for frame in given]
        eyes.reset()
        first = eyes(given[0])
    assert np.array_equal(first.labels, expected[0].labels)
    for one, other in zip(expected, found, strict=True):
        for part in ("labels", "painted_labels", "picture", "view"):
            assert np.array_equal(getattr(one, part), getattr(other, part)), part
    device.check_closed()
