package command

import (
	"bytes"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// terminalSize returns the height and the width of a terminal; 0 for what is none.
func terminalSize(out io.Writer) (rows, columns int) {
	file, ok := out.(*os.File)
	if !ok {
		return 0, 0
	}
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0
	}
	if size.Row == 0 || size.Col == 0 { // it does not say
		return 24, 80
	}
	return int(size.Row), int(size.Col)
}

// wrapped breaks a line at spaces, so that none is longer than a number of columns, which is 0
// for any. The lines behind the first begin with indent.
func wrapped(line, indent string, columns int) string {
	if columns == 0 || utf8.RuneCountInString(line) <= columns {
		return line
	}
	words := strings.Fields(line)
	lead := line[:len(line)-len(strings.TrimLeft(line, " "))]
	var b strings.Builder
	b.WriteString(lead)
	at := len(lead)
	for i, word := range words {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > columns:
			b.WriteString("\n" + indent)
			at = len(indent)
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}

// fitted cuts what does not fit into a terminal: the ends of long lines, and the last lines. The
// first line must stay visible.
func fitted(page []byte, rows, columns int) []byte {
	lines := bytes.Split(bytes.TrimSuffix(page, []byte("\n")), []byte("\n"))
	if rows > 0 && len(lines) > rows {
		lines = lines[:rows]
	}
	for i, line := range lines {
		if columns > 0 && utf8.RuneCount(line) > columns {
			lines[i] = []byte(string([]rune(string(line))[:columns]))
		}
	}
	return bytes.Join(lines, []byte("\n"))
}
