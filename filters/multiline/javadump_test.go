package multiline

import "testing"

// What a JVM of Java 17 printed.
func TestThreadDump(t *testing.T) {
	dump := sample(`Full thread dump OpenJDK 64-Bit Server VM (17.0.15+6-Debian-1deb12u1 mixed mode, sharing):

Threads class SMR info:
_java_thread_list=0x00007f8c5840b450, length=12, elements={
0x00007f8c58018040, 0x00007f8c580f6870, 0x00007f8c580f7c50, 0x00007f8c580ff890,
0x00007f8c581063a0, 0x00007f8c58121a70, 0x00007f8c5814eae0, 0x00007f8c5840a7b0
}

"main" #1 prio=5 os_prio=0 cpu=951.21ms elapsed=2.89s tid=0x00007f8c58018040 nid=0x27b7 waiting for monitor entry  [0x00007f8c5d1fe000]
   java.lang.Thread.State: BLOCKED (on object monitor)
	at T.main(T.java:1)
	- waiting to lock <0x000000069ed09fd0> (a java.lang.Object)
	at java.lang.reflect.Method.invoke(java.base@17.0.15/Method.java:569)

"C2 CompilerThread0" #7 daemon prio=9 os_prio=0 cpu=793.65ms elapsed=2.72s tid=0x00007f8c58103a00 nid=0x27c3 runnable  [0x0000000000000000]
   java.lang.Thread.State: RUNNABLE
   Compiling: 1141   !   4       com.sun.tools.javac.jvm.ClassReader::classSigToType (497 bytes)

"VM Periodic Task Thread" os_prio=0 cpu=1.14ms elapsed=2.58s tid=0x00007f8c58150490 nid=0x27ca waiting on condition  

JNI global refs: 8, weak refs: 1

Heap
 garbage-first heap   total 397312K, used 9521K [0x0000000687400000, 0x0000000800000000)
  region size 4096K, 2 young (8192K), 1 survivors (4096K)
 Metaspace       used 9543K, committed 9728K, reserved 1114112K
`)
	alone(t, "2026-11-22 19:08:54\n"+dump, "next", dump, " next", "2026-11-22 19:08:54", "next")
	alone(t, "Full thread dump of it", "   next", "Full thread dump (a):", "next", "2026-11-22 10:00:00 ERROR failed", "Full thread dump (a):", `"a": 1`, "Heap", " of things")
}
