"""The memory of answers: bounded, oldest first."""

from __future__ import annotations

from actors.kernel.messages import Event
from actors.kernel.op_memory import OpMemory


class Done(Event, tag="Done", frozen=True, array_like=True, gc=False):
    """Something was done."""

    what: str = ""


def test_an_answer_is_kept_under_its_op_id() -> None:
    memory = OpMemory(window=2)
    memory.remember("a", Done(1, "first"))
    assert memory.get("a") == Done(1, "first")
    assert memory.get("b") is None


def test_the_oldest_answer_leaves_when_the_window_is_full_and_is_counted() -> None:
    memory = OpMemory(window=2)
    for number, op_id in enumerate("abc"):
        memory.remember(op_id, Done(number))
    assert [op_id for op_id, _ in memory.items()] == ["b", "c"]
    assert (len(memory), len(memory.forgotten)) == (2, 1)


def test_an_answer_remembered_again_keeps_its_place_and_pushes_nothing_out() -> None:
    memory = OpMemory(window=2)
    for op_id in ("a", "b", "a"):
        memory.remember(op_id, Done(0))
    assert ([op_id for op_id, _ in memory.items()], len(memory.forgotten)) == (["a", "b"], 0)


def test_remembering_what_items_gives_makes_the_same_memory() -> None:
    memory, copy = OpMemory(window=3), OpMemory(window=3)
    for number, op_id in enumerate("abcde"):
        memory.remember(op_id, Done(number))
    for op_id, event in memory.items():
        copy.remember(op_id, event)
    memory.remember("f", Done(9))
    copy.remember("f", Done(9))
    assert list(copy.items()) == list(memory.items())


def test_what_is_lately_forgotten_is_kept_until_the_rows_have_passed_it() -> None:
    memory = OpMemory(1)
    memory.remember("a", Done(1))
    memory.remember("b", Done(1))
    assert "a" in memory.forgotten.lately
    memory.forgotten.lately.rows_have_passed()  # they have what was forgotten before the call before
    assert "a" in memory.forgotten.lately
    memory.remember("c", Done(1))
    memory.forgotten.lately.rows_have_passed()
    assert "a" not in memory.forgotten.lately
    assert "b" in memory.forgotten.lately
