"""What a trace of writes and fsyncs says about the disk."""

from __future__ import annotations

from pathlib import Path

from tests.servers.traced_redis import OnDisk, on_disk

AOF = Path("/r/appendonly.aof.1.incr.aof")


def after(*lines: str) -> OnDisk:
    return on_disk([line.replace("AOF", str(AOF)) for line in lines], AOF, 100)


def test_only_what_was_written_before_an_fsync_began_is_safe() -> None:
    assert after('7 write(8<AOF>, ""..., 50) = 50') == OnDisk(150, 100, 0)
    assert after('7 write(8<AOF>, ""..., 50) = 50', "9 fdatasync(8<AOF>) = 0") == OnDisk(150, 150, 1)
    overlapping = ('7 write(8<AOF>, ""..., 50) = 50', "9 fdatasync(8<AOF> <unfinished ...>", '7 write(8<AOF>, ""..., 30) = 30')
    assert after(*overlapping) == OnDisk(180, 100, 1), "it has not returned"
    assert after(*overlapping, "9 <... fdatasync resumed>) = 0") == OnDisk(180, 150, 1), "it began before the second write"


def test_a_failed_or_partial_call_counts_as_far_as_it_came() -> None:
    assert after('7 write(8<AOF>, ""..., 50) = 20', "9 fsync(8<AOF>) = -1 EIO (Input/output error)") == OnDisk(120, 100, 1)
    assert after('7 write(8<AOF>, ""..., 50 <unfinished ...>', "7 <... write resumed>) = 50") == OnDisk(150, 100, 0)
    assert after('7 write(8<AOF>, ""..., 50) = -1 ENOSPC (No space left on device)') == OnDisk(100, 100, 0)


def test_other_files_and_killed_threads_do_not_count() -> None:
    lines = (
        '7 write(9</r/other>, ""..., 50) = 50',
        "7 fsync(9</r/other>) = 0",
        "9 fdatasync(8<AOF> <unfinished ...>",
        "9 +++ killed by SIGKILL +++",
    )
    assert after(*lines) == OnDisk(100, 100, 1)
