"""Runs a program and says what it took: wall, user and system seconds, and peak memory in bytes.

usage: measure.py OUTPUT PROGRAM [ARGUMENT...]

The program's standard output goes to the file OUTPUT. Its figures are from wait4(2), so those of
its threads and of the children that it waited for are in them. The peak cannot be below that of
this interpreter, some 10 MB, from which the program starts.
"""

import os
import sys
import time

output, program, *arguments = sys.argv[1:]
flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
to_file = [(os.POSIX_SPAWN_OPEN, 1, output, flags, 0o644)]
started = time.perf_counter()
process = os.posix_spawn(program, [program, *arguments], os.environ, file_actions=to_file)
_, status, usage = os.wait4(process, 0)
wall = time.perf_counter() - started
# Linux counts the peak in kibibytes, macOS in bytes.
unit = 1 if sys.platform == "darwin" else 1024
print(f"{wall:.6f} {usage.ru_utime:.6f} {usage.ru_stime:.6f} {usage.ru_maxrss * unit}")
sys.exit(0 if os.waitstatus_to_exitcode(status) == 0 else 1)
