"""People: a cut-out puppet of rigid parts, posed by where its hips, feet and hands are."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from stream.sources.scenes.affine import Affine, Point, bone, joint, turn
from stream.sources.scenes.brush import Colour, Shape, oval, paint, smooth, tint, tube, unit
from stream.sources.scenes.canvas import Layer, Sprite
from stream.sources.scenes.labels import Label

# Lengths in body heights; a standing figure's feet are at y = 0, its crown at y = -1, and it looks towards +x.
THIGH, SHIN, ANKLE = 0.245, 0.235, 0.04
TRUNK, UPPER_ARM, FOREARM = 0.30, 0.160, 0.165
STICK = 0.62

_SKINS: tuple[Colour, ...] = ((150, 180, 228), (120, 156, 212), (92, 128, 186), (60, 88, 138), (44, 62, 100))
_HAIRS: tuple[Colour, ...] = ((24, 26, 30), (30, 44, 70), (52, 84, 124), (110, 160, 196), (150, 152, 156), (30, 50, 130))
_CLOTHS: tuple[Colour, ...] = (
    (40, 38, 40), (70, 56, 48), (112, 72, 40), (52, 48, 132), (66, 92, 58), (96, 118, 150), (54, 84, 124),
    (176, 168, 160), (120, 104, 94), (60, 70, 84), (148, 112, 70), (70, 120, 190), (190, 196, 202), (96, 52, 96),
)  # fmt: skip


@dataclass(frozen=True)
class Stance:
    """Where a figure's joints are, in body heights; near is the viewer's side.

    Attributes:
        hip: hip joint.
        lean: angle of the trunk, radians, positive forwards.
        feet: ankles, (near, far).
        soles: foot angles, radians, positive toes down, (near, far).
        hands: (near, far).
        nod: angle of the head against the vertical, positive looking down.
        swing: angle of the coat's skirt, positive swinging forwards.
        stick: angle of the stick in the near hand, radians, positive pointing up; None without one.
    """

    hip: Point
    lean: float
    feet: tuple[Point, Point]
    soles: tuple[float, float]
    hands: tuple[Point, Point]
    nod: float = 0.0
    swing: float = 0.0
    stick: float | None = None


def shoulder(hip: Point, lean: float) -> Point:
    """Return where the trunk ends: the root of neck and arms."""
    return hip[0] + TRUNK * math.sin(lean), hip[1] - TRUNK * math.cos(lean)


def walk(phase: float, speed: float = 1.0) -> Stance:
    """Return the stance of a walker.

    Args:
        phase: in steps of both feet (1 = one full stride); the body advances `STRIDE` a unit of phase.
        speed: liveliness, 0 stands still, 1 walks.
    """
    feet, soles, hands = [], [], []
    hip = (0.0, -(ANKLE + THIGH + SHIN) * 0.985 + 0.012 * speed * math.cos(4 * math.pi * phase))
    neck = shoulder(hip, 0.05 * speed)
    for side in (0.0, 0.5):
        turned = (phase + side) % 1.0
        if turned < 0.6:  # on the ground it stays where it was put, while the body passes over it
            x, lift = STRIDE * (0.3 - turned), 0.0
            sole = 0.5 * max(turned - 0.45, 0.0) / 0.15
        else:
            swing = (turned - 0.6) / 0.4
            ease = swing * swing * (3 - 2 * swing)
            x, lift = STRIDE * (-0.3 + 0.6 * ease), 0.07 * math.sin(math.pi * swing)
            sole = 0.5 * (1 - swing) - 0.25 * math.sin(math.pi * swing)
        feet.append((x * speed, -ANKLE - (lift + 0.03 * max(sole, 0.0)) * speed))
        soles.append(sole * speed)
        arm = -0.5 * speed * math.cos(2 * math.pi * (phase + side - 0.05)) + 0.06
        hands.append((neck[0] + 0.305 * math.sin(arm) + 0.012, neck[1] + 0.03 + 0.305 * math.cos(arm)))
    swing = 0.06 * speed * math.sin(4 * math.pi * phase)
    return Stance(hip, 0.05 * speed, (feet[0], feet[1]), (soles[0], soles[1]), (hands[0], hands[1]), 0.02, swing)


STRIDE = 0.74


@dataclass(eq=False)
class Figure:
    """One dressed person, painted for one resolution.

    Args:
        seed: who it is: skin, hair, clothes.
        resolution: pixels a body height.
        facing: +1 looks right, -1 left; only tells where the light falls, mirroring is the root's affair.
        coat: how far a skirt falls below the hips, in body heights; 0 for none.
        outfit: (coat, trousers) colours instead of seeded ones.
    """

    seed: int
    resolution: float
    facing: int = 1
    coat: float = 0.0
    outfit: tuple[Colour, Colour] | None = None
    _parts: dict[str, Sprite] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Paint the parts."""
        seed = self.seed
        skin = _SKINS[int(unit(seed, 1) * len(_SKINS))]
        hair = _HAIRS[int(unit(seed, 2) * len(_HAIRS))]
        top = _CLOTHS[int(unit(seed, 3) * len(_CLOTHS))]
        legs = _CLOTHS[int(unit(seed, 4) * 7)]
        if self.outfit is not None:
            top, legs = self.outfit
        boots: Colour = ((30, 34, 40), (28, 40, 62), (40, 44, 46))[int(unit(seed, 5) * 3)]
        belt = tint(top, 0.45)
        parts = {
            "thigh": [Shape(tube(THIGH, (0.062, 0.058, 0.044), 0.006), legs, 0.05)],
            "shin": [
                Shape(tube(SHIN, (0.044, 0.044, 0.034), -0.008), legs, 0.04),
                Shape(tube(SHIN * 0.55, (0.041, 0.036), -0.006), boots, 0.04) if self.coat else None,
            ],
            "foot": [Shape(smooth([(-0.04, -0.035), (0.03, -0.035), (0.055, -0.005), (0.115, 0.012), (0.118, 0.038),
                                   (-0.045, 0.038)], 2), boots, 0.025)],  # fmt: skip
            "upper": [Shape(tube(UPPER_ARM, (0.047, 0.041, 0.036)), top, 0.038)],
            "fore": [
                Shape(oval(0.002, FOREARM + 0.018, 0.022, 0.034), skin, 0.02, 0.03),
                Shape(tube(FOREARM * 0.93, (0.037, 0.034, 0.026)), top, 0.034),
                Shape([(-0.027, FOREARM * 0.9), (0.027, FOREARM * 0.9), (0.027, FOREARM * 0.99),
                       (-0.027, FOREARM * 0.99)], belt, 0.02),
            ],  # fmt: skip
            "trunk": self._trunk(top, legs, skin, belt),
            "head": self._head(skin, hair),
            "stick": [Shape(tube(STICK, (0.0115, 0.0125, 0.0145, 0.0165)), (74, 118, 168), 0.014, 0.25),
                      Shape(tube(0.15, (0.0135, 0.0135)), (44, 52, 70), 0.014, 0.2)],  # fmt: skip
            "skirt": self._skirt(top),
        }
        if self.coat:  # boots reach up the shin
            parts["shin"][1] = Shape(
                [(x, SHIN - y) for x, y in tube(SHIN * 0.62, (0.040, 0.045, 0.050))], boots, 0.04
            )
        far = {"thigh", "shin", "foot", "upper", "fore"}
        light = (-0.45 * self.facing, -0.65, 0.62)
        self._parts = {}
        for number, (name, maybe) in enumerate(parts.items()):
            shapes = [shape for shape in maybe if shape is not None]
            label = Label.BASEBALL_BAT if name == "stick" else Label.PERSON
            self._parts[name] = paint(shapes, self.resolution, label, seed + 13 * number, light)
            if name in far:
                dim = [Shape(s.outline, tint(s.colour, 0.72), s.bulge, s.weave) for s in shapes]
                self._parts["far " + name] = paint(dim, self.resolution, label, seed + 13 * number, light)

    def layers(self, stance: Stance, root: Affine) -> list[Layer]:
        """Return the figure's layers in `stance`, back to front; `root` maps body heights to the frame."""
        hip = stance.hip
        neck = shoulder(hip, stance.lean)
        arm = neck[0] - 0.045 * math.sin(stance.lean), neck[1] + 0.045 * math.cos(stance.lean)
        poses: list[tuple[str, Affine]] = []
        for near in (1, 0):
            prefix = "" if near == 0 else "far "
            bend, hand = joint(arm, stance.hands[near], UPPER_ARM, FOREARM, 1.0)
            limb = [(prefix + "upper", bone(arm, bend)), (prefix + "fore", bone(bend, hand))]
            knee, ankle = joint(hip, stance.feet[near], THIGH, SHIN, 1.0)
            leg = [
                (prefix + "foot", Affine(tx=ankle[0], ty=ankle[1]) @ turn(stance.soles[near])),
                (prefix + "shin", bone(knee, ankle)),
                (prefix + "thigh", bone(hip, knee)),
            ]
            if near == 1:
                poses += limb + leg
                continue
            poses += leg
            if self.coat:
                poses.append(("skirt", Affine(tx=hip[0], ty=hip[1]) @ turn(-stance.swing - 0.3 * -stance.lean)))
            poses.append(("head", Affine(tx=neck[0], ty=neck[1]) @ turn(stance.nod)))
            poses.append(("trunk", bone(neck, hip)))
            if stance.stick is not None:
                tip = hand[0] + math.cos(stance.stick), hand[1] - math.sin(stance.stick)
                poses.append(("stick", bone(hand, tip) @ Affine(ty=-0.045)))
            poses += limb
        return [Layer(self._parts[name], root @ pose) for name, pose in poses]

    def _trunk(self, top: Colour, legs: Colour, skin: Colour, belt: Colour) -> list[Shape | None]:
        seed = self.seed
        outline = smooth([(-0.05, -0.02), (0.04, -0.02), (0.072, 0.04), (0.085, 0.12), (0.07, 0.2), (0.068, 0.27),
                          (0.072, 0.33), (0.03, 0.36), (-0.04, 0.36), (-0.072, 0.33), (-0.066, 0.26), (-0.064, 0.2),
                          (-0.082, 0.11), (-0.08, 0.03)], 2)  # fmt: skip
        shapes: list[Shape | None] = [Shape(outline, top, 0.075, 0.16)]
        if self.coat:
            shapes.append(Shape([(-0.07, 0.225), (0.073, 0.225), (0.073, 0.262), (-0.07, 0.262)], belt, 0.03))
            shapes.append(Shape([(0.03, 0.228), (0.058, 0.228), (0.058, 0.259), (0.03, 0.259)], (96, 160, 190), 0.01))
            shapes.append(Shape(smooth([(0.0, -0.03), (0.05, -0.02), (0.062, 0.06), (0.035, 0.09), (0.012, 0.02)]),
                                tint(top, 1.5), 0.02))  # fmt: skip
        elif unit(seed, 6) < 0.4:
            other = _CLOTHS[int(unit(seed, 7) * len(_CLOTHS))]
            for row in range(3):
                y = 0.05 + 0.08 * row
                shapes.append(Shape([(-0.074, y), (0.078, y), (0.074, y + 0.03), (-0.07, y + 0.03)], other, 0.05))
        return shapes

    def _skirt(self, top: Colour) -> list[Shape | None]:
        fall = max(self.coat, 0.02)
        shade, light = tint(top, 0.86), tint(top, 1.08)
        rim = [(-0.072, -0.05), (0.074, -0.05), (0.1, 0.4 * fall), (0.125, fall), (0.06, fall * 1.03), (0.0, fall * 0.98),
               (-0.06, fall * 1.04), (-0.135, fall * 1.0), (-0.1, 0.4 * fall)]  # fmt: skip
        fold = [(-0.01, -0.02), (0.02, -0.02), (0.05, fall * 0.97), (0.0, fall * 0.96)]
        return [Shape(rim, shade, 0.06, 0.2), Shape(smooth(fold), light, 0.03, 0.2)]

    def _head(self, skin: Colour, hair: Colour) -> list[Shape | None]:
        neck = [(-0.034, -0.06), (0.03, -0.05), (0.034, 0.025), (-0.045, 0.025)]
        face = smooth([(-0.045, -0.15), (0.01, -0.178), (0.055, -0.15), (0.058, -0.118), (0.073, -0.098),
                       (0.06, -0.09), (0.058, -0.068), (0.044, -0.046), (0.012, -0.048), (-0.03, -0.075)], 2)  # fmt: skip
        mane = smooth([(0.052, -0.142), (0.06, -0.17), (0.02, -0.196), (-0.04, -0.19), (-0.072, -0.14), (-0.07, -0.085),
                       (-0.05, -0.045), (-0.028, -0.06), (-0.022, -0.11), (0.0, -0.13), (0.02, -0.145)], 2)  # fmt: skip
        shapes: list[Shape | None] = []
        style = unit(self.seed, 8)
        if style < 0.35:  # long hair, behind the neck
            shapes.append(Shape(smooth([(0.0, -0.15), (-0.07, -0.13), (-0.085, -0.04), (-0.075, 0.04), (-0.03, 0.05),
                                        (-0.01, -0.05)]), tint(hair, 0.85), 0.03, 0.3))  # fmt: skip
        shapes += [Shape(neck, tint(skin, 0.82), 0.03, 0.04), Shape(face, skin, 0.045, 0.03)]
        shapes.append(Shape(oval(0.042, -0.118, 0.008, 0.006), tint(skin, 0.35), 0.0, 0.0))
        shapes.append(Shape([(0.03, -0.134), (0.054, -0.132), (0.054, -0.127), (0.03, -0.128)], tint(hair, 0.8), 0.0, 0.0))
        if style > 0.7:  # a beard
            shapes.append(Shape(smooth([(-0.012, -0.1), (0.02, -0.08), (0.06, -0.078), (0.056, -0.045), (0.02, -0.03),
                                        (-0.02, -0.06)]), tint(hair, 0.95), 0.03, 0.3))  # fmt: skip
        shapes.append(Shape(mane, hair, 0.04, 0.3))
        shapes.append(Shape(oval(-0.008, -0.105, 0.013, 0.02), tint(skin, 0.9), 0.012, 0.0))
        return shapes

