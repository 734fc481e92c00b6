"""Paint four-legged animals: dogs, bears, horses, sheep and cows from one cut-out puppet."""

from __future__ import annotations

import math
from typing import NamedTuple

from stream.scenes.affine import Affine, bone, joint, move, turn
from stream.scenes.brush import Colour, Shape, oval, paint, smooth, tint, tube, unit
from stream.scenes.coco_ids import Label
from stream.scenes.sprite import Layer


class Build(NamedTuple):
    """The measures of an animal, in units of its height at the shoulder."""

    label: Label
    length: float  # of the trunk
    depth: float  # of the trunk
    leg: float  # half width of a thigh
    neck: float  # length
    rise: float  # angle of the neck above the horizontal, degrees
    head: float  # half height of the skull
    snout: float  # length
    ear: float  # length; negative hangs
    tail: float  # length; negative hangs
    coats: tuple[Colour, ...]
    weave: float = 0.12


BUILDS: dict[str, Build] = {
    "dog": Build(Label.DOG, 1.10, 0.42, 0.10, 0.22, 48, 0.145, 0.24, -0.17, 0.42,
                 ((52, 92, 150), (40, 44, 52), (190, 206, 216), (70, 110, 168))),
    "bear": Build(Label.BEAR, 1.35, 0.66, 0.19, 0.20, 14, 0.215, 0.24, 0.11, -0.08,
                  ((34, 46, 70), (28, 30, 36), (44, 66, 104)), 0.16),
    "horse": Build(Label.HORSE, 1.05, 0.40, 0.095, 0.42, 52, 0.115, 0.32, 0.12, -0.50,
                   ((34, 58, 110), (36, 38, 46), (140, 160, 176))),
    "cow": Build(Label.COW, 1.30, 0.52, 0.10, 0.24, 20, 0.135, 0.26, -0.12, -0.50,
                 ((40, 62, 110), (44, 46, 50), (200, 210, 214))),
    "sheep": Build(Label.SHEEP, 1.15, 0.58, 0.08, 0.18, 25, 0.125, 0.18, -0.10, -0.14,
                   ((204, 216, 222), (176, 192, 202)), 0.22),
}  # fmt: skip


class Beast:
    """An animal, painted for one resolution; it looks towards +x, its feet on y = 0.

    Args:
        kind: a key of `BUILDS`.
        seed: the seed of its coat.
        resolution: pixels a shoulder height.
        facing: +1 right, -1 left, for the light.
    """

    def __init__(self, kind: str, seed: int, resolution: float, facing: int = 1) -> None:
        """Paint the parts."""
        self.build = build = BUILDS[kind]
        coat = build.coats[int(unit(seed, 61) * len(build.coats))]
        dark, pale = tint(coat, 0.55), tint(coat, 1.2)
        half, depth, leg = build.length / 2, build.depth, build.leg
        self.hip = 1.0 - 0.62 * depth  # height of the leg joints
        self.bones = 0.53 * self.hip
        trunk = smooth([(-half, -0.36 * depth), (-0.5 * half, -0.5 * depth), (0.3 * half, -0.46 * depth),
                        (0.8 * half, -0.56 * depth), (1.06 * half, -0.3 * depth), (1.02 * half, 0.25 * depth),
                        (0.5 * half, 0.52 * depth), (-0.3 * half, 0.46 * depth), (-0.8 * half, 0.38 * depth),
                        (-1.1 * half, 0.1 * depth)])  # fmt: skip
        head, snout, neck = build.head, build.snout, build.neck
        skull = smooth([(-1.0 * head, -0.5 * head), (-0.5 * head, -1.0 * head), (0.4 * head, -0.95 * head),
                        (0.9 * head, -0.5 * head), (0.7 * head + snout, -0.25 * head), (0.75 * head + snout,
                                                                                        0.4 * head),
                        (0.6 * head, 0.75 * head), (-0.4 * head, 0.95 * head)])  # fmt: skip
        ear_end = (-0.8 * head - build.ear) if build.ear > 0 else (-0.55 * head - build.ear)
        parts = {
            "trunk": [Shape(trunk, coat, 0.42 * depth, build.weave)],
            "neck": [Shape(tube(neck, (0.42 * depth, 0.95 * head)), coat, 0.3 * depth, build.weave)],
            "head": [
                Shape(skull, coat, 0.8 * head, build.weave),
                Shape(oval(0.62 * head + snout, -0.08 * head, 0.2 * head, 0.2 * head), (24, 24, 28), 0.03),
                Shape(oval(0.5 * head, -0.35 * head, 0.12 * head, 0.12 * head), (14, 14, 16), 0.0, 0.0),
                Shape(smooth([(-0.7 * head, -0.6 * head), (0.0, -0.75 * head), (-0.05 * head, ear_end),
                              (-0.5 * head, ear_end)]), dark, 0.04),
            ],
            "thigh": [Shape(tube(self.bones, (leg, 0.8 * leg, 0.55 * leg)), coat, 0.8 * leg, build.weave)],
            "shin": [Shape(tube(self.bones, (0.55 * leg, 0.45 * leg, 0.45 * leg)), tint(coat, 0.85),
                           0.4 * leg)],
            "paw": [Shape(smooth([(-0.55 * leg, -0.03), (0.3 * leg, -0.07), (1.0 * leg, 0.0),
                                  (0.9 * leg, 0.05),
                                  (-0.6 * leg, 0.05)]), dark, 0.3 * leg)],
            "tail": [Shape(tube(max(abs(build.tail), 0.05), (0.045, 0.05, 0.025)), coat, 0.04, 0.2)],
        }  # fmt: skip
        if build.label == Label.HORSE:
            parts["neck"].append(
                Shape([(-0.05 + 0.2, -0.05), (0.24, -0.05), (0.19, neck), (0.1, neck)], dark, 0.03, 0.3)
            )
        if build.label in (Label.COW, Label.DOG) and unit(seed, 62) < 0.6:
            parts["trunk"] += [
                Shape(oval((unit(seed, 63, spot) - 0.5) * 1.4 * half, (unit(seed, 64,
                                                                            spot) - 0.6) * 0.4 * depth,
                           0.16 * build.length, 0.16 * depth), pale if sum(coat) < 300 else dark, 0.0, 0.1)
                for spot in range(3)
            ]  # fmt: skip
        light = (-0.45 * facing, -0.65, 0.62)
        self._parts = {
            name: paint(shapes, resolution, build.label, seed + 17 * number, light)
            for number, (name, shapes) in enumerate(parts.items())
        }
        for name in ("thigh", "shin", "paw"):
            dim = [Shape(s.outline, tint(s.colour, 0.66), s.bulge, s.weave) for s in parts[name]]
            self._parts["far " + name] = paint(dim, resolution, build.label, seed + 7, light)

    @property
    def stride(self) -> float:
        """Return how far it walks in one unit of phase, in shoulder heights."""
        return 0.9 * self.hip + 0.2

    def layers(self, phase: float, root: Affine, *, speed: float = 1.0, nod: float = 0.0) -> list[Layer]:
        """Return its layers, back to front.

        Args:
            phase: phase of the gait; 1 is one full stride.
            root: the map from shoulder heights to the frame.
            speed: 0 for standing, 1 for walking.
            nod: angle by which the head is lowered, in radians.
        """
        build = self.build
        half = build.length / 2
        bob = 0.015 * speed * math.cos(4 * math.pi * phase)
        height = -1.0 + build.depth / 2 + bob
        limbs: dict[tuple[int, int], list[tuple[str, Affine]]] = {}
        for far in (0, 1):
            for front in (0, 1):
                turned = (phase + 0.5 * far + 0.25 * front) % 1.0
                if turned < 0.62:
                    x, lift = 0.31 - turned, 0.0
                else:
                    swing = (turned - 0.62) / 0.38
                    x = -0.31 + 0.62 * swing * swing * (3 - 2 * swing)
                    lift = 0.12 * math.sin(math.pi * swing)
                base = (half - 0.9 * build.leg) if front else -(half - 1.1 * build.leg)
                start = base, -self.hip + bob
                foot = base + x * self.stride * speed, -0.05 - lift * speed
                knee, ankle = joint(start, foot, self.bones, self.bones, 1.0 if front else -1.0)
                prefix = "far " if far else ""
                limbs[far, front] = [
                    (prefix + "paw", move(*ankle)),
                    (prefix + "shin", bone(knee, ankle)),
                    (prefix + "thigh", bone(start, knee)),
                ]
        wag = 0.18 * math.sin(9.0 * phase) + 0.1 * math.sin(2 * math.pi * phase)
        tail = math.radians(130 if build.tail > 0 else 18) + wag
        rise = math.radians(build.rise) - nod
        withers = half * 0.80, height - 0.10 * build.depth
        poll = withers[0] + build.neck * math.cos(rise), withers[1] - build.neck * math.sin(rise)
        # A horse's head hangs from its high neck; a bear's goes on straight.
        face = (
            move(*poll)
            @ turn(0.55 * max(math.radians(build.rise) - 0.35, 0.0) + 0.8 * nod)
            @ move(build.head * 0.4, 0)
        )
        order = [
            *limbs[1, 0], *limbs[1, 1],
            ("tail", move(-half * 0.98, height - 0.25 * build.depth) @ turn(tail)),
            ("trunk", move(0.0, height)),
            *limbs[0, 0], *limbs[0, 1],
            ("neck", bone(withers, poll)), ("head", face),
        ]  # fmt: skip
        return [Layer(self._parts[name], root @ pose) for name, pose in order]
