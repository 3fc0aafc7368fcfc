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
