"""Every notation that solfa reads and writes: one file each, named in `READERS` and `WRITERS`.

A reader is ``read(data: bytes, source: str) -> list[Melody]`` (a file may hold several tunes);
it raises `ReadError` with file, line and reason for what it cannot read rightly. A writer is
``write(melody: Melody) -> bytes``. Both are imported when first used.
"""
