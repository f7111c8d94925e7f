"""What has left memory and may not be in the rows yet: about such keys nobody can tell now, so nobody may be told."""

from __future__ import annotations


class LatelyForgotten:
    """Keys in two generations. Not part of the state: as no snapshot is ahead of the rows, replay forgets anew."""

    def __init__(self) -> None:
        self._newer: set[str] = set()
        self._older: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._newer or key in self._older

    def __len__(self) -> int:
        return len(self._newer) + len(self._older)

    def add(self, key: str) -> None:
        """This key leaves memory."""
        self._newer.add(key)

    def rows_have_passed(self) -> None:
        """The rows have all that had been forgotten when this was called last."""
        self._older, self._newer = self._newer, set()
