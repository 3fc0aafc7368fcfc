package multiline

import "testing"

// What Python 3.11 printed.
func TestPythonLog(t *testing.T) {
	next := "2026-11-22 17:47:16,809 INFO next"
	alone(t, sample(`--- Logging error ---
Traceback (most recent call last):
  File "/lib/python3.11/logging/__init__.py", line 1110, in emit
    msg = self.format(record)
          ^^^^^^^^^^^^^^^^^^^
TypeError: %d format: a real number is required, not str
Call stack:
  File "/app/a.py", line 37, in <module>
    logging.error("bad %d","x"); sep(9)
Message: 'bad %d'
Arguments: ('x',)`), next, sample(`2026-11-22 17:47:16,809 ERROR stack
Stack (most recent call last):
  File "/app/a.py", line 38, in <module>
    logging.error("stack",stack_info=True)`), next, sample(`2026-11-22 17:47:16,809 ERROR both
Traceback (most recent call last):
  File "/app/a.py", line 38, in <module>
ZeroDivisionError: division by zero
Stack (most recent call last):
  File "/app/a.py", line 38, in <module>
    logging.exception("both",stack_info=True)`), next)
	alone(t, "Call stack:", "--- Logging error ---", "next", "Message: a", "Arguments: b", "Stack (most recent call last):", "Arguments: c", "---", "--- a ---")
}

func TestPythonWarnings(t *testing.T) {
	alone(t, sample(`/app/a.py:33: RuntimeWarning: coroutine 'co' was never awaited
  co(); gc.collect(); sep(8)
RuntimeWarning: Enable tracemalloc to get the object allocation traceback`), "next", sample(`/app/a.py:39: DeprecationWarning: deprecated
  warnings.warn("deprecated",DeprecationWarning,stacklevel=1)`), sample(`/app/a.py:39: UserWarning: user warning
  warnings.warn("user warning")`), "  warnings", "next", "/app/a.py:39: UserWarning: user warning", "next")
	for _, line := range []string{"/app/a.py:39: error: no", "/app/a.py:39 Warning: no", "/app/a.pyc:39: UserWarning: no", "/app/a.py:x: UserWarning: no", "/app/a.py:3: a Warning: no"} {
		alone(t, line, "  indented")
	}
	alone(t, "2026-11-22 17:47:16,809 ERROR failed", "/app/a.py:39: UserWarning: user warning\n  code", "2026-11-22 17:47:16,809 ERROR failed", "--- Logging error ---",
		"2026-11-22 17:47:16,809 ERROR failed", "Fatal Python error: x", "2026-11-22 17:47:16,809 ERROR failed", "Thread 0x00007f0c (most recent call first):")
	alone(t, "/app/a.py:39: UserWarning: user warning", "    indented", "  ", "next")
}

func TestPythonFatal(t *testing.T) {
	alone(t, sample(`Fatal Python error: Segmentation fault

Current thread 0x00007fe27087eb80 (most recent call first):
  File "/app/a.py", line 48 in <module>`), "next", sample(`Fatal Python error: _PyInterpreterState_Get: no current thread state
Python runtime state: initialized

Thread 0x00007f0c (most recent call first):
  <no Python frame>

Current thread 0x00007fe27087eb80 (most recent call first):
  File "/app/a.py", line 48 in f
  ...

Extension modules: numpy.core (total: 1)`), "next", sample(`Thread 0x00007f0c (most recent call first):
  File "/app/a.py", line 48 in <module>`), "next")
	alone(t, "Fatal Python error: x", "next", "Current thread 0x1", "  File it", "Extension modules: none")
}

// A cause that was never raised stands before its effect.
func TestPythonCauses(t *testing.T) {
	alone(t, sample(`RuntimeError: why

The above exception was the direct cause of the following exception:

  + Exception Group Traceback (most recent call last):
  |   File "/app/a.py", line 4, in sh
  |     try: f()
  | ExceptionGroup: outer (1 sub-exception)
  +-+---------------- 1 ----------------
    | KeyError: 'k'
    +------------------------------------`), "next")
}
