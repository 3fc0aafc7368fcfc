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

// javaLine returns the step behind a line of a trace that is no frame. text is
// the line behind its indent.
func javaLine(text []byte) step {
	if has(text, "Caused by: ") || has(text, "Suppressed: ") || has(text, "Wrapped by: ") {
		return thrown
	}
	return none
}

// javaDetail says whether a line can belong to the message above it: of a
// nested exception, or what PostgreSQL's driver adds.
func javaDetail(line []byte) bool {
	text := line[indent(line):]
	if has(text, "nested exception is:") {
		return true
	}
	if len(text) == len(line) {
		return false
	}
	if has(text, "Detail: ") || has(text, "Hint: ") || has(text, "Position: ") || has(text, "Where: ") {
		return true
	}
	return isHeadline(text)
}

// isLogging says whether a line is the first of the two that java.util.logging
// writes of everything
// (https://docs.oracle.com/en/java/javase/21/docs/api/java.logging/java/util/logging/SimpleFormatter.html):
//
//	Nov 22, 2026 10:00:00 AM com.example.Foo bar
//	SEVERE: failed
func isLogging(text []byte) bool {
	const date = "Nov 22, 2026 1"
	if len(text) <= len(date) || !months(text) || text[3] != ' ' || text[6] != ',' || digits(text[8:12]) != 4 || text[12] != ' ' {
		return false
	}
	clock := text[13:]
	clock = clock[digits(clock):]
	return len(clock) > 10 && clock[0] == ':' && clock[3] == ':' && (has(clock[6:], " AM ") || has(clock[6:], " PM "))
}

func afterLogging(_ State, line []byte) step {
	switch string(word(line)) {
	case "SEVERE:", "WARNING:", "INFO:", "CONFIG:", "FINE:", "FINER:", "FINEST:":
		return level
	}
	return none
}
