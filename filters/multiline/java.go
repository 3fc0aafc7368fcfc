package multiline

// Java's own format is that of Throwable.printStackTrace; Logback adds
// "common frames omitted" and "Wrapped by"
// (https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/lang/Throwable.html):
//
//	Exception in thread "main" java.lang.IllegalStateException: boom
//		at com.example.Main.main(Main.java:5)
//		Suppressed: java.io.IOException: closed
//			at com.example.R.close(R.java:3)
//			... 1 more
//	Caused by: java.lang.NumberFormatException: For input string: "x"
//		... 12 more
var javaRules = table{java, []rule{
	{started, Starts(`Exception in thread "`, "Caused by: "), "thrown"},
	{started, Indented(javaCauses...), "thrown"},
	{mentions + " " + traces + " message", Trimmed(javaCauses...), "thrown"},

	// A nested exception, and what the drivers of databases add to a message.
	{raised, Trimmed("nested exception is:"), "thrownNested"},
	{"thrownNested", Func(isHeadline), "thrown"},
	{raised, Indented("").If(isHeadline).First(letters, nil), "thrown"},
	{raised, Indented("Detail: ", "Hint: ", "Position: ", "Where: "), "thrown"},
	{raised, Starts("### "), "thrown"},                        // MyBatis
	{raised + " message", Starts("Message    : "), "message"}, // Flyway

	// Jenkins.
	{levels, Starts("Command ").Ends(" created at"), "frames"},
	{"frames", Starts("Caused: ").If(isNamed), "thrown"},

	{"first", Func(isLogging).First("JFMASOND", isLogging), "logging"},
	{"logging", Starts("SEVERE: ", "WARNING: ", "INFO: ", "CONFIG: ", "FINE: ", "FINER: ", "FINEST: "), "level"},
}}

var javaCauses = []string{"Caused by: ", "Suppressed: ", "Wrapped by: "}

// isLogging says whether a line is the first of the two that java.util.logging
// writes of everything
// (https://docs.oracle.com/en/java/javase/21/docs/api/java.logging/java/util/logging/SimpleFormatter.html):
//
//	Nov 22, 2026 10:00:00 AM com.example.Foo bar
//	SEVERE: failed
func isLogging(text []byte) bool {
	if !shaped(text, "??? ##, #### #") || !months(text) {
		return false
	}
	text = text[len("Nov 22, 2026 "):]
	text = text[digits(text):]
	return shaped(text, ":##:## AM ") || shaped(text, ":##:## PM ")
}

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
//
// One that crashes prints a summary in comments.
var javaDumpRules = table{java, []rule{
	{"first", Starts("Full thread dump ").Ends("):"), "javaDump"},
	{"javaDump", Blank(), "javaDump"},
	{"javaDump", Starts("   ", "\tat ", "\t- ", "_java_thread_list=0x", "0x", "JNI global ref"), "javaDump"},
	{"javaDump", Line("Threads class SMR info:", "}"), "javaDump"},
	{"javaDump", Starts(`"`).Has(" tid=0x"), "javaDump"},
	{"javaDump", Line("Heap"), "javaHeap"},
	{"javaHeap", Blank(), "closed"},
	{"javaHeap", Starts(" "), "javaHeap"},

	{"first", Line("#"), "javaCrashMark"},
	{"first javaCrashMark", Starts("# A fatal error has been detected by the Java Runtime Environment:"), "javaCrash"},
	{"javaCrash", Starts("#"), "javaCrash"},
}}
