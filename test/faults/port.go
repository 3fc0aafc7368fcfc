package faults

import (
	"context"
	"fmt"
	"net"
	"syscall"
)

// reusePort is SO_REUSEPORT of Linux, which package syscall does not name
// everywhere.
const reusePort = 0xf

// port is one of this machine that stays the backend's own while nobody listens
// there: a socket that is bound, and no more, keeps others from it, and the
// kernel still refuses connections.
type port struct {
	fd      int
	address string
}

// reservePort takes a free port.
func reservePort() (*port, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot reserve a port: %w", err)
	}
	err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, reusePort, 1)
	if err == nil {
		err = syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	}
	var name syscall.Sockaddr
	if err == nil {
		name, err = syscall.Getsockname(fd)
	}
	bound, is := name.(*syscall.SockaddrInet4)
	if err != nil || !is {
		_ = syscall.Close(fd)
		return nil, fmt.Errorf("cannot reserve a port: %w", err)
	}
	return &port{fd: fd, address: fmt.Sprintf("127.0.0.1:%d", bound.Port)}, nil
}

// listen begins to accept connections there.
func (p *port) listen() (net.Listener, error) {
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		if e := c.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, reusePort, 1) }); e != nil {
			return e
		}
		return err
	}}
	return config.Listen(context.Background(), "tcp", p.address)
}

func (p *port) close() error { return syscall.Close(p.fd) }
