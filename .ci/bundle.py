"""Where the bundle starts: the command line, or a process it starts of itself.

In a bundle `sys.executable` is the bundle: what Mammoscope asks Python for is done here.
"""

import multiprocessing
import runpy
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()
    arguments = sys.argv[1:]
    if arguments[:1] == ["-P"]:  # no folder is put into the path here anyway
        arguments = arguments[1:]
    if arguments[:1] == ["-m"]:
        sys.argv = arguments[1:]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    elif arguments[:1] == ["-c"]:
        sys.argv = ["-c", *arguments[2:]]
        exec(arguments[1], {"__name__": "__main__"})
    else:
        from app.__main__ import main

        main()
