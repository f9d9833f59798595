"""The wire format of Protocol Buffers: a message is a sequence of fields, each with its number and its length.

Read here rather than with the protobuf package, weights stay what they are in the file, bytes, and need not become
millions of Python floats on their way to an array. No length that a file claims is believed: memory is taken only for
bytes that are there.

Source: protobuf.dev/programming-guides/encoding.
"""

#: The wire types in use; 3 and 4, groups, were given up before Caffe began.
VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5


class Malformed(Exception):
    """What was read is no message of the expected kind."""


def fields(message, schema):
    """Go through those fields of a message that a schema names.

    Parameters
    ----------
    message : memoryview
    schema : dict of {int: (str, set of int)}
        Field number → name and the wire types it may have. A repeated number may be packed (`LENGTH`) or come one by
        one, whatever its declaration says.

    Yields
    ------
    name : str
    value : int or memoryview
        An int for `VARINT`, otherwise the field's bytes, not copied.

    Raises
    ------
    Malformed
        If a field ends behind the message, or is not encoded as the schema says.
    """
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        number, wire = divmod(tag, 8)
        if number == 0 or wire not in (VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES):
            raise Malformed("not encoded as Protocol Buffers are")
        if wire == VARINT:
            value, position = _varint(message, position)
        else:
            if wire == LENGTH:
                length, position = _varint(message, position)
            else:
                length = 8 if wire == EIGHT_BYTES else 4
            left = len(message) - position
            if length > left:
                raise Malformed(f"cut short: {length:,} bytes are announced where {left:,} are left")
            value = message[position : position + length]
            position += length
        if number in schema:
            name, wires = schema[number]
            if wire not in wires:
                raise Malformed(f"its field {number} is not {name}")
            yield name, value


def varints(message):
    """Yield packed integers."""
    position = 0
    while position < len(message):
        number, position = _varint(message, position)
        yield number


def _varint(message, position):
    """Return the number that starts at a position, seven bits a byte, least first, and the position behind it."""
    number = 0
    for shift in range(0, 70, 7):
        if position == len(message):
            raise Malformed("cut short: it ends within a number")
        byte = message[position]
        position += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, position
    raise Malformed("not encoded as Protocol Buffers are")
