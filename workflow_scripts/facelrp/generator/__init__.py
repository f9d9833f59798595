"""A generator of faces: looks (numbers), their drawing, and what people are said to see in them."""

from facelrp.generator.draw import draw
from facelrp.generator.look import Draws, Look, expression, happy, person, sad

__all__ = ["Draws", "Look", "draw", "expression", "happy", "person", "sad"]
