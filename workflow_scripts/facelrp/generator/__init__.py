"""A generator of faces: looks (numbers), their drawing, and what people are said to see in them."""
