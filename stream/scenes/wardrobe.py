"""Paint the parts of a person: body, hair and clothes as sprites."""

from __future__ import annotations

from stream.scenes.brush import Colour, Shape, oval, paint, smooth, tint, trace, tube, unit
from stream.scenes.coco_ids import Label
from stream.scenes.sprite import Sprite

# Lengths in body heights; a figure stands on y = 0, its crown is at y = -1, and it looks towards +x.
THIGH, SHIN, ANKLE = 0.245, 0.235, 0.04
TRUNK, UPPER_ARM, FOREARM = 0.30, 0.160, 0.165
STICK = 0.62

_SKINS: tuple[Colour, ...] = ((150, 180, 228), (120, 156, 212), (92, 128, 186), (60, 88, 138), (44, 62, 100))
_HAIRS: tuple[Colour, ...] = (
    (24, 26, 30),
    (30, 44, 70),
    (52, 84, 124),
    (110, 160, 196),
    (150, 152, 156),
    (30, 50, 130),
)
_CLOTHS: tuple[Colour, ...] = (
    (40, 38, 40),
    (70, 56, 48),
    (112, 72, 40),
    (52, 48, 132),
    (66, 92, 58),
    (96, 118, 150),
    (54, 84, 124),
    (176, 168, 160),
    (120, 104, 94),
    (60, 70, 84),
    (148, 112, 70),
    (70, 120, 190),
    (190, 196, 202),
    (96, 52, 96),
)


def dress(
    seed: int, resolution: float, facing: int, coat: float, outfit: tuple[Colour, Colour] | None
) -> dict[str, Sprite]:
    """Return a person's parts by name; limbs of the far side, `far …`, are darker. See `Figure`."""
    skin = _SKINS[int(unit(seed, 1) * len(_SKINS))]
    hair = _HAIRS[int(unit(seed, 2) * len(_HAIRS))]
    top = _CLOTHS[int(unit(seed, 3) * len(_CLOTHS))]
    legs = _CLOTHS[int(unit(seed, 4) * 7)]
    if outfit is not None:
        top, legs = outfit
    boots: Colour = ((30, 34, 40), (28, 40, 62), (40, 44, 46))[int(unit(seed, 5) * 3)]
    belt = tint(top, 0.45)
    parts: dict[str, list[Shape]] = {
        "thigh": [Shape(tube(THIGH, (0.062, 0.058, 0.044), 0.006), legs, 0.05)],
        "shin": [Shape(tube(SHIN, (0.044, 0.044, 0.034), -0.008), legs, 0.04)],
        "foot": [
            Shape(
                smooth(
                    trace("-.04 -.035, .03 -.035, .055 -.005, .115 .012, .118 .038, -.045 .038"),
                    2,
                ),
                boots,
                0.025,
            )
        ],
        "upper": [Shape(tube(UPPER_ARM, (0.047, 0.041, 0.036)), top, 0.038)],
        "fore": [
            Shape(oval(0.002, FOREARM + 0.018, 0.022, 0.034), skin, 0.02, 0.03),
            Shape(tube(FOREARM * 0.93, (0.037, 0.034, 0.026)), top, 0.034),
            Shape(
                [
                    (-0.027, FOREARM * 0.9),
                    (0.027, FOREARM * 0.9),
                    (0.027, FOREARM * 0.99),
                    (-0.027, FOREARM * 0.99),
                ],
                belt,
                0.02,
            ),
        ],
        "trunk": _trunk(seed, top, belt, coat),
        "head": _head(seed, skin, hair),
        "stick": [
            Shape(tube(STICK, (0.0115, 0.0125, 0.0145, 0.0165)), (74, 118, 168), 0.014, 0.25),
            Shape(tube(0.15, (0.0135, 0.0135)), (44, 52, 70), 0.014, 0.2),
        ],
        "skirt": _skirt(top, belt, coat),
    }
    if coat:  # boots reach up the shin
        leather = [(x, SHIN - y) for x, y in tube(SHIN * 0.62, (0.040, 0.045, 0.050))]
        parts["shin"].append(Shape(leather, boots, 0.04))
    far = {"thigh", "shin", "foot", "upper", "fore"}
    light = (-0.45 * facing, -0.65, 0.62)
    sprites = {}
    for number, (name, shapes) in enumerate(parts.items()):
        label = Label.BASEBALL_BAT if name == "stick" else Label.PERSON
        sprites[name] = paint(shapes, resolution, label, seed + 13 * number, light)
        if name in far:
            dim = [Shape(s.outline, tint(s.colour, 0.72), s.bulge, s.weave) for s in shapes]
            sprites["far " + name] = paint(dim, resolution, label, seed + 13 * number, light)
    return sprites


def _trunk(seed: int, top: Colour, belt: Colour, coat: float) -> list[Shape]:
    outline = smooth(
        trace(
            "-.05 -.02, .04 -.02, .072 .04, .085 .12, .07 .2, .068 .27, .072 .33, .03 .36, "
            "-.04 .36, -.072 .33, -.066 .26, -.064 .2, -.082 .11, -.08 .03"
        ),
        2,
    )
    shapes: list[Shape] = [Shape(outline, top, 0.075, 0.16)]
    if coat:
        shapes.append(
            Shape(smooth(trace("0 -.03, .05 -.02, .062 .06, .035 .09, .012 .02")), tint(top, 1.5), 0.02)
        )
    elif unit(seed, 6) < 0.4:
        other = _CLOTHS[int(unit(seed, 7) * len(_CLOTHS))]
        for row in range(3):
            y = 0.05 + 0.08 * row
            shapes.append(Shape([(-0.074, y), (0.078, y), (0.074, y + 0.03), (-0.07, y + 0.03)], other, 0.05))
    return shapes


def _skirt(top: Colour, belt: Colour, coat: float) -> list[Shape]:
    fall = max(coat, 0.02)
    rim = trace("-.07 -.075, .073 -.075, .078 -.02")
    rim += [(0.1, 0.4 * fall), (0.125, fall), (0.06, fall * 1.03), (0.0, fall * 0.98), (-0.06, fall * 1.04)]
    rim += [(-0.135, fall), (-0.1, 0.4 * fall), (-0.076, -0.02)]
    fold = [(-0.012, -0.02), (0.014, -0.02), (0.05, fall * 0.97), (0.0, fall * 0.96)]
    hem = [(-0.05, 0.0), (-0.035, 0.0), (-0.07, fall * 0.98), (-0.1, fall * 0.98)]
    return [
        Shape(rim, top, 0.06, 0.16),
        Shape(smooth(hem), tint(top, 0.9), 0.03, 0.16),
        Shape(smooth(fold), tint(top, 1.08), 0.03, 0.16),
        Shape(trace("-.072 -.078, .075 -.078, .076 -.042, -.073 -.042"), belt, 0.03),
        Shape(trace(".03 -.076, .058 -.076, .058 -.045, .03 -.045"), (96, 160, 190), 0.01),
    ]


def _head(seed: int, skin: Colour, hair: Colour) -> list[Shape]:
    neck = trace("-.034 -.06, .03 -.05, .034 .025, -.045 .025")
    face = smooth(
        trace(
            "-.045 -.15, .01 -.178, .055 -.15, .058 -.118, .073 -.098, .06 -.09, "
            ".058 -.068, .044 -.046, .012 -.048, -.03 -.075"
        ),
        2,
    )
    mane = smooth(
        trace(
            ".052 -.142, .06 -.17, .02 -.196, -.04 -.19, -.072 -.14, -.07 -.085, "
            "-.05 -.045, -.028 -.06, -.022 -.11, 0 -.13, .02 -.145"
        ),
        2,
    )
    shapes: list[Shape] = []
    style = unit(seed, 8)
    if style < 0.35:  # long hair, behind the neck
        shapes.append(
            Shape(
                smooth(trace("0 -.15, -.07 -.13, -.085 -.04, -.075 .04, -.03 .05, -.01 -.05")),
                tint(hair, 0.85),
                0.03,
                0.3,
            )
        )
    shapes += [Shape(neck, tint(skin, 0.82), 0.03, 0.04), Shape(face, skin, 0.045, 0.03)]
    shapes.append(Shape(oval(0.042, -0.118, 0.008, 0.006), tint(skin, 0.35), 0.0, 0.0))
    shapes.append(Shape(trace(".03 -.134, .054 -.132, .054 -.127, .03 -.128"), tint(hair, 0.8), 0.0, 0.0))
    if style > 0.7:  # a beard
        shapes.append(
            Shape(
                smooth(trace("-.012 -.1, .02 -.08, .06 -.078, .056 -.045, .02 -.03, -.02 -.06")),
                tint(hair, 0.95),
                0.03,
                0.3,
            )
        )
    shapes.append(Shape(mane, hair, 0.04, 0.3))
    shapes.append(Shape(oval(-0.008, -0.105, 0.013, 0.02), tint(skin, 0.9), 0.012, 0.0))
    return shapes
