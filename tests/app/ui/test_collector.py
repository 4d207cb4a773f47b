import gc
import threading

from PySide6.QtCore import QTimer

from app.ui import collector as collecting
from app.ui.collector import Collector


def test_objects_of_qt_die_on_the_gui_thread(themed, qtbot) -> None:
    here = threading.get_ident()
    died = []

    class Cycle:
        def __init__(self) -> None:
            self.me, self.timer = self, QTimer()

        def __del__(self) -> None:
            died.append(threading.get_ident())

    was = gc.isenabled()
    collector = Collector()
    try:

        def work() -> None:
            for _ in range(200):
                [[] for _ in range(1000)]
                kept = [[] for _ in range(2000)]  # enough for any generation to be due
                del kept

        for _ in range(20):
            Cycle()
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert died == []
        kept = [[] for _ in range(5000)]
        qtbot.waitUntil(lambda: len(died) == 20, timeout=5000)
        del kept
    finally:
        collector.stop()
        if not was:
            gc.disable()
    assert set(died) == {here}


def test_what_a_long_look_found_alive_is_left_out_until_something_else_is_opened(
    themed, monkeypatch
) -> None:
    monkeypatch.setattr(collecting, "LONG_S", 0.0)
    monkeypatch.setattr(collecting, "MANY", 100)
    was, before = gc.isenabled(), gc.get_freeze_count()
    collector = Collector()
    try:
        gc.unfreeze()
        kept = [[number] for number in range(1000)]
        collector.check()
        assert gc.get_freeze_count() >= 1000
        collector.thaw()
        assert gc.get_freeze_count() == 0
        assert len(kept) == 1000
    finally:
        collector.stop()
        if not was:
            gc.disable()
        if before:
            gc.freeze()
