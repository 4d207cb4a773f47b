"""Runs the work on images in processes of this machine, or on a Dask cluster.

Outcomes come as they are done, in any order. Few are under way at a time, so that memory does not
grow with the number of images.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial

from app.dicom.read import within
from app.prepare.work import Outcome, Settings, worked

AHEAD = 3  #: images under way for each worker: enough that none waits
LIMIT_S = 120.0  #: an image that takes longer is given up
CRASHED = "its decoder crashed, or took minutes"
Work = Callable[[str, Settings], Outcome]


def on_this_machine(
    locations: Sequence[str],
    settings: Settings,
    workers: int | None = None,
    *,
    work: Work = worked,
    limit_s: float = LIMIT_S,
) -> Iterator[Outcome]:
    """Yield the outcome of each location, made by so many processes, by default one per core.

    A file that takes its process down with it, or takes longer than `limit_s`, is left out; the
    others go on.
    """
    job = partial(_limited, work, limit_s)
    count = min(workers or os.cpu_count() or 1, max(1, len(locations)))
    todo = iter(locations)
    while True:
        lost: list[str] = []
        yield from _until_broken(todo, settings, count, job, lost)
        if not lost:
            return
        for location in lost:  # each alone, so that only the culprit is left out
            again: list[str] = []
            yield from _until_broken(iter([location]), settings, 1, job, again)
            if again:
                yield Outcome(location=location, reason=CRASHED)


def _until_broken(
    todo: Iterator[str], settings: Settings, count: int, work: Work, lost: list[str]
) -> Iterator[Outcome]:
    """Yield outcomes until all are done or a process died; `lost` then gets what was under way."""
    # Not forked: the progress bar has a thread, and a fork takes its locks along.
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _begin)
    under_way: dict[Future[Outcome], str] = {}
    try:
        for location in todo:
            with _ctrl_c_held():
                under_way[pool.submit(work, location, settings)] = location
            if len(under_way) >= AHEAD * count:
                yield from _done(under_way)
        while under_way:
            yield from _done(under_way)
    except BrokenProcessPool:
        lost.extend(under_way.values())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _done(under_way: dict[Future[Outcome], str]) -> Iterator[Outcome]:
    finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
    for future in finished:
        outcome = future.result()
        del under_way[future]
        yield outcome


@contextmanager
def _ctrl_c_held() -> Iterator[None]:
    """Let Ctrl-C wait: a worker born now inherits the block, and is safe before it can begin."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """Prepare a worker: Ctrl-C is for the main process to answer, whose end is also ours."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    within()  # a file may end this process; the bound keeps it from ending the machine


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _limited(work: Work, limit_s: float, location: str, settings: Settings) -> Outcome:
    """Do the work under an alarm that ends this process: a decoder in C listens to nothing else."""
    if not hasattr(signal, "setitimer"):  # Windows
        return work(location, settings)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        return work(location, settings)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def on_cluster(
    locations: Sequence[str], settings: Settings, address: str, work: Work = worked
) -> Iterator[Outcome]:
    """Yield the outcome of each location, made by the Dask cluster whose scheduler is at address.

    Its workers need Mammoscope installed and must see the sources under the same paths. ValueError
    when the extra `dask` is not installed, nobody answers at the address, or there are no workers.
    """
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise ValueError('--dask needs the extra: pip install "mammoscope[dask]"') from error
    try:
        client = Client(address, timeout="20s")
    except (OSError, ValueError) as error:
        raise ValueError(f"{address}: no Dask scheduler answers there") from error
    with client:
        threads = sum(client.nthreads().values())
        if threads == 0:
            raise ValueError(f"{address}: the Dask cluster has no workers")
        todo = iter(locations)
        queue = as_completed(loop=client.loop)
        names: dict[str, str] = {}

        def submit() -> None:
            for location in todo:
                future = client.submit(work, location, settings, pure=False)
                names[future.key] = location
                queue.add(future)
                return

        for _ in range(AHEAD * threads):
            submit()
        for future in queue:
            location = names.pop(future.key)
            submit()
            if future.status == "finished":
                yield future.result()
            else:  # the cluster has tried it on several workers, and each was lost
                yield Outcome(location=location, reason=CRASHED)
