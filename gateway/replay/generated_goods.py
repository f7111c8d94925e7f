"""The articles of a generated shop."""

from __future__ import annotations

import random
from typing import Final, NamedTuple

from gateway.replay.shape import ShopShape, draw

FIRST_CODE: Final = 30_001
COLOURS: Final = (
    "RED",
    "BLUE",
    "GREEN",
    "IVORY",
    "PINK",
    "BLACK",
    "SILVER",
    "YELLOW",
    "GREY",
    "ORANGE",
    "BROWN",
    "WHITE",
)
STYLES: Final = (
    "STRIPED",
    "SPOTTED",
    "FLORAL",
    "PLAIN",
    "WOODEN",
    "ENAMEL",
    "GLASS",
    "WOVEN",
    "FOLDING",
    "TINY",
    "LARGE",
)
THINGS: Final = (
    "MUG", "CANDLE", "BASKET", "LANTERN", "APRON", "CLOCK", "TRAY", "NOTEBOOK", "CUSHION", "BOWL", "FRAME", "HOOK",
    "BOTTLE", "RIBBON", "KITE", "TEAPOT", "SPOON", "MIRROR", "STOOL", "LUNCH BOX", "DOORMAT", "WREATH", "PUZZLE", "JUG",
)  # fmt: skip


class Article(NamedTuple):
    """Something to sell."""

    code: str
    name: str
    price: float


def articles(shape: ShopShape, chances: random.Random) -> list[Article]:
    """Invent every SKU of a shop; one in four carries a letter for its colour, as in the measured shop."""
    return [_article(number, shape, chances) for number in range(shape.skus)]


def _article(number: int, shape: ShopShape, chances: random.Random) -> Article:
    colour = number % len(COLOURS)
    letter = "ABCDEFGHKLMN"[colour] if chances.random() < shape.lettered_sku_share else ""
    name = f"{COLOURS[colour]} {chances.choice(STYLES)} {chances.choice(THINGS)} NO {number}"
    return Article(f"{FIRST_CODE + number}{letter}", name, round(draw(shape.price_per_sku, chances.random()), 2))
