package multiline

import "bytes"

// A JVM that gets SIGQUIT prints the stacks of its threads, and the heap
// (https://docs.oracle.com/en/java/javase/21/troubleshoot/diagnostic-tools.html);
// the line with the time above it may be of anything:
//
//	Full thread dump OpenJDK 64-Bit Server VM (17.0.15+6 mixed mode, sharing):
//
//	"main" #1 prio=5 os_prio=0 cpu=951.21ms elapsed=2.89s tid=0x00007f8c58018040 nid=0x27b7 runnable  [0x00007f8c5d1fe000]
//	   java.lang.Thread.State: RUNNABLE
//		at T.main(T.java:1)
//		- locked <0x000000069ed09fd0> (a java.lang.Object)
//
//	JNI global refs: 8, weak refs: 1
//
//	Heap
//	 garbage-first heap   total 397312K, used 9521K [0x0000000687400000, 0x0000000800000000)

const threadDump = "Full thread dump "

func isThreadDump(text []byte) bool { return has(text, threadDump) && ends(text, "):") }

// afterJavaDump takes the list of the threads, and each one's stack.
func afterJavaDump(_ State, line []byte) step {
	switch {
	case blank(line), has(line, "   "), has(line, "\tat "), has(line, "\t- "):
		return javaDump
	case line[0] == '"' && bytes.Contains(line, []byte(" tid=0x")):
		return javaDump
	case string(line) == "Threads class SMR info:", has(line, "_java_thread_list=0x"), has(line, "0x"), string(line) == "}", has(line, "JNI global ref"):
		return javaDump
	case string(line) == "Heap":
		return javaHeap
	}
	return none
}

func afterJavaHeap(_ State, line []byte) step {
	switch {
	case blank(line):
		return closed
	case line[0] == ' ':
		return javaHeap
	}
	return none
}
