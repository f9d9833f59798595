"""Read the wire format of Protocol Buffers: a message is a sequence of fields, each with its number and its length.

The protobuf package would turn weights into millions of Python floats. Here they remain bytes on their way to an array.
Lengths in the file are not trusted: memory is allocated only for bytes that exist.

Source: protobuf.dev/programming-guides/encoding.
"""

#: The wire types in use; 3 and 4, groups, were deprecated before Caffe existed.
VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5


class Malformed(Exception):
    """The bytes are not a message of the expected kind."""


def fields(message, schema):
    """Yield the fields of a message that are in a schema.

    Parameters
    ----------
    message : memoryview
    schema : dict of {int: (str, set of int)}
        By field number, the name and the possible wire types. Repeated numbers may be packed (`LENGTH`) or come one by
        one, whatever their declaration says.

    Yields
    ------
    name : str
    value : int or memoryview
        An int for `VARINT`, otherwise the field's bytes, not copied.

    Raises
    ------
    Malformed
        If a field ends after the message, or does not have the wire type of the schema.
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
    """Return the number at a position, seven bits per byte, lowest first, and the position after it."""
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
