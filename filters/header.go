package filters

// Header is what the parser of a log format reads from a line besides the text. Its
// bytes are a part of the line, or of the scratch memory that the parser was given.
// Parts that the line does not have are zero.
type Header struct {
	Severity Severity
	// Time is in nanoseconds since 1970. It is valid only when HasTime is true.
	Time    int64
	HasTime bool
	// Caller is the position in the program's source code, as file:line.
	Caller Text
	// Thread is the number of the thread or process, in decimal.
	Thread []byte
	// Program is the name of the program, in formats such as syslog that several
	// programs share.
	Program []byte
	// Message is the text after the header.
	Message Text
	// Members are all other keys and values of the line, as a JSON object on one line;
	// nil for none.
	Members []byte
}
