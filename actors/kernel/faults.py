"""Faults: the outside failed. Each takes one message, so that it survives pickling on its way through Ray."""


class Fault(Exception):
    """Something outside failed; the message says what, in one line."""


class OutcomeUnknown(Fault):
    """No answer came: the command may or may not have been carried out. Send it again with the same op id."""


class Unreachable(Fault):
    """Nothing was sent: the command was certainly not carried out."""


class Fenced(Fault):
    """A newer owner has claimed the journal. This one must leave at once and answer nothing more."""


class JournalBehind(Fault):
    """The store lost entries that it had acknowledged: its last position is before ours."""


class JournalDamaged(Fault):
    """An entry does not check: wrong checksum, broken chain, unknown version. Nothing is repaired silently."""


class JournalTooWeak(Fault):
    """The store is configured to lose what it acknowledges; the message names the setting and the value it needs."""


class DataRefused(Fault):
    """The store is there and refuses what it is given: too long, there already, out of range. Waiting does not mend it."""


class StoreUnavailable(Fault):
    """The store does not answer, or answers that it cannot serve now. The outcome of a write is unknown."""


class StoreFull(StoreUnavailable):
    """The store has no room: it wrote nothing. It takes more once something was trimmed."""
