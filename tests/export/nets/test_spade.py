"""The generator gives the same pictures as its authors' own network."""

import numpy as np
import pytest
import torch

from export.nets.spade import Generator, SpadeConfig
from tests.fixtures import standins


@pytest.fixture(scope="module")
def published() -> Generator:
    arrays = standins.arrays("spade")
    state = {}
    for name, array in arrays.items():
        if name.endswith(("weight_u", "weight_v")):
            continue
        stem = name.removesuffix("_orig")
        if stem != name:
            matrix = array.reshape(array.shape[0], -1)
            array = array / np.float32(arrays[f"{stem}_u"] @ matrix @ arrays[f"{stem}_v"])
        state[stem] = torch.from_numpy(np.array(array))
    with torch.device("meta"):
        generator = Generator(SpadeConfig())
    generator.load_state_dict(state, assign=True)
    return generator.eval()


def one_hot(label_map: np.ndarray, labels: int) -> torch.Tensor:
    ids = torch.from_numpy(np.minimum(label_map.astype(np.int64), labels))
    segmap = torch.zeros(1, labels + 2, *ids.shape)
    segmap.scatter_(1, ids[None, None], 1.0)
    across, down = ids[:, 1:] != ids[:, :-1], ids[1:] != ids[:-1]
    edges = segmap[0, -1]
    edges[:, 1:][across] = edges[:, :-1][across] = 1
    edges[1:][down] = edges[:-1][down] = 1
    return segmap


@pytest.mark.parametrize("case", ["a", "b"])
def test_published_generator_paints_what_the_authors_own_paints(
    published: Generator, cases: dict[str, np.ndarray], case: str
) -> None:
    with torch.inference_mode():
        picture = published(one_hot(cases[f"{case}_label_map"], 182))[0].numpy()
    off = np.abs(picture - cases[f"{case}_picture"]).max(axis=0) * 127.5
    assert (off <= 1).mean() >= 0.999


def test_published_names_and_shapes() -> None:
    shapes = standins.published_shapes("spade")
    expected = {
        k.removesuffix("_orig"): v for k, v in shapes.items() if not k.endswith(("weight_u", "weight_v"))
    }
    with torch.device("meta"):
        ours = {name: list(value.shape) for name, value in Generator(SpadeConfig()).state_dict().items()}
    assert ours == expected


SMALL = SpadeConfig(
    labels=5, width=4, widest=16, hidden=8, kernel=1, grain=4, shuffle=True, plain_shortcut=True
)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (64, 128), (288, 320)])
def test_small_generator_paints_any_size(height: int, width: int) -> None:
    segmap = one_hot(np.zeros((height, width), np.uint8), 5)
    picture = Generator(SMALL).eval()(segmap)
    assert picture.shape == (1, 3, height, width)
    assert picture.abs().max() <= 1


def test_grain_varies_a_uniform_region_and_stays_the_same_from_frame_to_frame() -> None:
    torch.manual_seed(0)
    generator, segmap = Generator(SMALL).eval(), one_hot(np.full((128, 128), 2, np.uint8), 5)
    first, second = generator(segmap)[0], generator(segmap)[0]
    inside = first[:, 32:96, 32:96]
    assert inside.std() > 1e-3
    assert torch.equal(first, second)


def test_a_look_that_is_kept_paints_as_the_look_does() -> None:
    torch.manual_seed(3)
    config = SpadeConfig(labels=4, width=4, widest=8, hidden=4, kernel=1, grain=4, shuffle=True, look=6)
    net = Generator(config).eval()
    segmap, look = torch.rand(1, 6, 64, 64), torch.randn(6)
    with torch.no_grad():
        painted, plain = net(segmap, look[None]), net(segmap)
        net.keep_look(look)
        assert torch.allclose(net(segmap), painted, atol=1e-5)
    assert not torch.allclose(plain, painted, atol=1e-2)
