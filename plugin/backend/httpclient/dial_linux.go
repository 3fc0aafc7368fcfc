package httpclient

import "syscall"

// tcpUserTimeout is the option TCP_USER_TIMEOUT of tcp(7), in milliseconds.
const tcpUserTimeout = 0x12

// controlSocket ends a connection whose data is not acknowledged for
// unacknowledged. Without it, the kernel would send the data again for 15 minutes.
func controlSocket(_, _ string, socket syscall.RawConn) error {
	return socket.Control(func(fd uintptr) {
		// A kernel that does not know the option keeps its own limit.
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(unacknowledged.Milliseconds()))
	})
}
