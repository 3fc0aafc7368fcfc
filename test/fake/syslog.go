package fake

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// SyslogMessage is a message of RFC 5424. "-" is none.
type SyslogMessage struct {
	Facility, Severity                     int
	Time                                   time.Time
	Hostname, AppName, ProcID, MsgID, Text string
	// Data is the structured data: the parameters by SD-ID and name.
	Data map[string]map[string]string
}

// Syslog is a receiver of messages with octet counting (RFC 6587) that refuses what RFC 5424 does
// not allow.
type Syslog struct {
	MaxBytes int // of a message; zero for any
	// Stop is called before a message is read, and ends the connection with an error; nil for
	// never.
	Stop func(n int) error

	mu       sync.Mutex
	messages []SyslogMessage
	problems []error
}

// Messages returns what was received, in its order.
func (s *Syslog) Messages() []SyslogMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]SyslogMessage(nil), s.messages...)
}

// Problems returns what was not as RFC 5424 has it.
func (s *Syslog) Problems() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.problems...)
}

// Serve accepts connections until the listener is closed.
func (s *Syslog) Serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go s.serve(conn)
	}
}

func (s *Syslog) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for n := 0; ; n++ {
		if s.Stop != nil {
			if s.Stop(n) != nil {
				if tcp, ok := conn.(*net.TCPConn); ok {
					_ = tcp.SetLinger(0) // as a process that dies before it has read all
				}
				return
			}
		}
		text, err := readCounted(in, s.MaxBytes)
		if err == io.EOF {
			return
		}
		var m SyslogMessage
		if err == nil {
			m, err = ParseSyslog(text)
		}
		s.mu.Lock()
		if err != nil {
			s.problems = append(s.problems, fmt.Errorf("%w: %.300q", err, text))
		} else {
			s.messages = append(s.messages, m)
		}
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func readCounted(in *bufio.Reader, most int) (string, error) {
	length, err := in.ReadString(' ')
	if err != nil && length == "" {
		return "", io.EOF // also a client that does not like the certificate
	}
	n, e := strconv.Atoi(strings.TrimSuffix(length, " "))
	if err != nil || e != nil || n <= 0 || length[0] == '0' || most > 0 && n > most {
		return "", fmt.Errorf("the length %q", length)
	}
	text := make([]byte, n)
	_, err = io.ReadFull(in, text)
	return string(text), err
}

// ParseSyslog parses one message.
func ParseSyslog(text string) (m SyslogMessage, err error) {
	bad := func(what string) (SyslogMessage, error) { return m, errors.New(what + " is not that of RFC 5424") }
	if !utf8.ValidString(text) {
		return bad("UTF-8")
	}
	pri, rest, found := strings.Cut(strings.TrimPrefix(text, "<"), ">")
	n, e := strconv.Atoi(pri)
	if !found || text[0] != '<' || e != nil || n < 0 || n > 191 || strconv.Itoa(n) != pri {
		return bad("PRI")
	}
	m.Facility, m.Severity = n/8, n%8
	fields := strings.SplitN(rest, " ", 7)
	if len(fields) != 7 || fields[0] != "1" {
		return bad("HEADER")
	}
	_, fraction, _ := strings.Cut(fields[1], ".")
	if m.Time, err = time.Parse(time.RFC3339Nano, fields[1]); err != nil || len(strings.TrimSuffix(fraction, "Z")) > 6 || strings.ContainsAny(fields[1], "tz") {
		return bad("TIMESTAMP")
	}
	for i, f := range []struct {
		to   *string
		most int
	}{{&m.Hostname, 255}, {&m.AppName, 48}, {&m.ProcID, 128}, {&m.MsgID, 32}} {
		if *f.to = fields[2+i]; *f.to == "" || len(*f.to) > f.most || !printable(*f.to) {
			return bad("HEADER")
		}
	}
	rest = fields[6]
	if m.Data, rest, err = parseData(rest); err != nil {
		return m, err
	}
	if rest != "" && rest[0] != ' ' {
		return bad("MSG")
	}
	m.Text = strings.TrimPrefix(rest, " ")
	return m, nil
}

func parseData(rest string) (data map[string]map[string]string, behind string, err error) {
	bad := errors.New("STRUCTURED-DATA is not that of RFC 5424")
	if behind, found := strings.CutPrefix(rest, "-"); found {
		return nil, behind, nil
	}
	data = map[string]map[string]string{}
	for strings.HasPrefix(rest, "[") {
		end := strings.IndexAny(rest, " ]")
		if end < 0 {
			return nil, "", bad
		}
		id := rest[1:end]
		if !isName(id) || data[id] != nil {
			return nil, "", bad
		}
		params := map[string]string{}
		data[id] = params
		for rest = rest[end:]; strings.HasPrefix(rest, " "); {
			name, value, found := strings.Cut(rest[1:], `="`)
			if !found || !isName(name) {
				return nil, "", bad
			}
			var text strings.Builder
			for value != "" && value[0] != '"' {
				if value[0] == ']' {
					return nil, "", bad
				}
				if value[0] == '\\' {
					if len(value) < 2 || !strings.Contains(`"\]`, value[1:2]) {
						return nil, "", bad
					}
					value = value[1:]
				}
				text.WriteByte(value[0])
				value = value[1:]
			}
			if value == "" {
				return nil, "", bad
			}
			params[name], rest = text.String(), value[1:]
		}
		if !strings.HasPrefix(rest, "]") {
			return nil, "", bad
		}
		rest = rest[1:]
	}
	if len(data) == 0 {
		return nil, "", bad
	}
	return data, rest, nil
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 33 || s[i] > 126 {
			return false
		}
	}
	return true
}

func isName(s string) bool {
	return s != "" && len(s) <= 32 && printable(s) && !strings.ContainsAny(s, `="]`)
}
