package multiline

import (
	"bytes"
	"slices"
)

// Java's own format is that of Throwable.printStackTrace; Logback adds
// "common frames omitted" and "Wrapped by"
// (https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/lang/Throwable.html):
//
//	Exception in thread "main" java.lang.IllegalStateException: boom
//		at com.example.Main.main(Main.java:5)
//	Caused by: java.lang.NumberFormatException: For input string: "x"
//		... 12 more
var javaRules = table{java, []rule{
	{started + " " + traces, Ends("Exception chain:").If(isCausedHeadline), "sqlChain"}, // of JDBC, as Kafka Connect shows it
	{"sqlChain", Indented(""), "sqlChain"},
	{"sqlChain", Blank(), "sqlChain"},
	{"sqlChain", Func(isHeadline).First(letters, nil), "sqlChain"},

	{started, Starts(`Exception in thread "`, "Caused by: "), "thrown"},
	{started, Starts("Uncaught Kotlin exception: "), "thrown"},   // Kotlin/Native
	{"first", Starts("uncaught exception in thread ["), "level"}, // of Elasticsearch
	{"first", Starts("Error: A JNI error has occurred", "Error: Unable to initialize main class ", "Error: LinkageError occurred while "), "level"},
	{"frames framesBlank", Starts("For complete error details, refer to the log at "), "closed"},
	{started, Indented(javaCauses...), "thrown"},
	{mentions + " " + traces + " message", Trimmed(javaCauses...).Ends(":", ": "), "thrownNested"}, // Jetty begins a line
	{mentions + " " + traces + " message", Trimmed(javaCauses...), "thrown"},

	// A nested exception, and what the drivers of databases add to a message.
	{raised, Trimmed("nested exception is:"), "thrownNested"},
	{"thrownNested", Func(isHeadline), "thrown"},
	{raised, Indented("").If(isHeadline).First(letters, nil), "thrown"},
	{raised + " message", Indented(postgresDetails...), "thrown"},
	{raised + " message", Starts("ORA-").If(isOracle), "thrown"},
	{"framesBlank", Starts("\tat ").If(isFrame), "frames"},
	{levels + " reportFrames", Starts("  ").If(isPostgresDetail), "reportFrames"}, // of Hibernate
	{"frames framesBlank", Line("Driver stacktrace:"), "frames"},                  // of Spark
	{raised, Starts("Dumping heap to ", "Heap dump file created ["), "thrown"},
	{raised, Starts("### "), "thrown"},                        // MyBatis
	{raised + " message", Starts("Message    : "), "message"}, // Flyway

	// Jenkins.
	{levels, Starts("Command ").Ends(" created at"), "frames"},
	{"frames", Starts("Caused: ").If(isNamed), "thrown"},
	{started + " jenkinsAlso", Starts("Also:   "), "jenkinsAlso"}, // the stack of who called the agent
	{"jenkinsAlso", Indented("at "), "jenkinsAlso"},
	{"jenkinsAlso", Func(isHeadline), "thrown"},

	{"first", Func(isLogging).First("JFMASOND", isLogging), "logging"},
	{"logging", Starts("SEVERE: ", "WARNING: ", "INFO: ", "CONFIG: ", "FINE: ", "FINER: ", "FINEST: "), "level"},
}}

var (
	javaCauses      = []string{"Caused by: ", "Suppressed: ", "Wrapped by: "}
	postgresDetails = []string{"Detail: ", "Hint: ", "Position: ", "Where: "}
)

// isCausedHeadline says whether the name of an exception begins a text, perhaps behind
// "Caused by: ".
func isCausedHeadline(text []byte) bool {
	return isHeadline(bytes.TrimPrefix(text, []byte("Caused by: ")))
}

func isPostgresDetail(text []byte) bool {
	return slices.ContainsFunc(postgresDetails, func(detail string) bool { return has(text, detail) })
}

// isLogging says whether a line is the first of the two that java.util.logging's
// SimpleFormatter writes of everything: "Nov 22, 2026 10:00:00 AM com.example.Foo bar".
func isLogging(text []byte) bool {
	if !shaped(text, "??? ##, #### #") || !months(text) {
		return false
	}
	text = text[len("Nov 22, 2026 "):]
	text = text[digits(text):]
	return shaped(text, ":##:## AM ") || shaped(text, ":##:## PM ")
}

// isTimeAlone says whether a line is a time and no more, as the JVM writes above its dump.
func isTimeAlone(text []byte) bool {
	return len(text) == len("2026-11-22 10:00:00") && shaped(text, "####-##-## ##:##:##")
}

// A JVM that gets SIGQUIT prints the stacks of its threads, and the heap; one
// that crashes, a summary in comments
// (https://docs.oracle.com/en/java/javase/21/troubleshoot/diagnostic-tools.html).
var javaDumpRules = table{java, []rule{
	{"first", Starts("Full thread dump ").Ends("):"), "javaDump"},
	{"first", Func(isTimeAlone).First(tenDigits, nil).AsAbove(), "javaCrashMark"},
	{"javaCrashMark", Starts("Full thread dump ").Ends("):"), "javaDump"},
	{"first", Line("Found one Java-level deadlock:"), "javaDump"},
	{"javaDump", Starts("Found ").Ends("deadlock:", "deadlock.", "deadlocks."), "javaDump"},
	{"javaDump", Line("============================="), "javaDump"},
	{"javaDump", Starts("===================================================", "Java stack information for the threads listed above"), "javaDump"},
	{"javaDump", Starts(`"`).Ends(`":`), "javaDump"},
	{"javaDump", Blank(), "javaDump"},
	{"javaDump", Starts("  ", "\tat ", "\t- ", "_java_thread_list=0x", "0x", "JNI global ref"), "javaDump"},
	{"javaDump", Line("Threads class SMR info:", "}"), "javaDump"},
	{"javaDump", Starts(`"`).Has(" tid=0x"), "javaDump"},
	{"javaDump", Line("Heap"), "javaHeap"},
	{"javaHeap", Blank(), "closed"},
	{"javaHeap", Starts(" "), "javaHeap"},

	{"first", Line("#"), "javaCrashMark"},
	{"first javaCrashMark", Starts("# A fatal error has been detected by the Java Runtime Environment:"), "javaCrash"},
	{"javaCrash", Starts("#"), "javaCrash"},
}}
