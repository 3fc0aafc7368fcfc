package rotatefile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// terminal opens a pseudo terminal without a reader. Writes to its path hang when its small
// buffer is full.
func terminal(t *testing.T) (master *os.File, path string) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("needs a pseudo terminal:", err)
	}
	t.Cleanup(func() { master.Close() })
	var number, unlock int32
	for _, call := range []struct {
		request uintptr
		value   *int32
	}{{syscall.TIOCSPTLCK, &unlock}, {syscall.TIOCGPTN, &number}} {
		if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), call.request, uintptr(unsafe.Pointer(call.value))); e != 0 {
			t.Skip("needs a pseudo terminal:", e)
		}
	}
	return master, fmt.Sprintf("/dev/pts/%d", number)
}

// A write that hangs blocks neither the contexts of other writes nor Close.
func TestHangingWrite(t *testing.T) {
	master, path := terminal(t)
	f, err := Open(path, 0o600, Rotation{})
	if err != nil {
		t.Skip("needs a pseudo terminal:", err)
	}
	hung := make(chan error, 1)
	go func() { hung <- f.Append(context.Background(), bytes.Repeat([]byte("x"), 1<<20)) }()
	for len(f.lock) == 0 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := f.Append(ctx, []byte("y\n")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second write: %v", err)
	}
	if err := f.Close(); err == nil {
		t.Error("closed during a write")
	}
	master.Close() // ends the write
	if err := <-hung; err == nil {
		t.Error("the write did not fail")
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}
