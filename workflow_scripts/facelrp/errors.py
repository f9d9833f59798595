"""The error type for faults in the user's input."""


class InputError(Exception):
    """A fault in the user's input: what is wrong, where, and how to fix it.

    Scripts show it without a traceback, so the message alone must be enough.

    Parameters
    ----------
    what : str
        The fault, in one sentence without a full stop.
    where : object, optional
        The file, row, column or key at fault.
    fix : str, optional
        What the user can do about it.
    """

    def __init__(self, what, where=None, fix=None):
        self.what, self.where, self.fix = what, where, fix
        start = f"{where}: " if where is not None else ""
        end = f" — {fix}" if fix else ""
        super().__init__(f"{start}{what}{end}")
