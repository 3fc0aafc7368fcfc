package disk

import (
	"bytes"
	"io"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/gzip"

	"github.com/k8slog/k8slog/filters/containerlog"
	"github.com/k8slog/k8slog/internal/regular"
)

// file is a file of a container's log: the one that the runtime writes, or a rotated one.
type file struct {
	id    int64 // in the journal
	log   *containerLog
	inode inode
	head  uint64 // of the first line; zero as long as there is none

	name       string // where the file is now; empty when it is gone
	compressed bool
	held       *os.File // the file, open; nil for a file that is not held
	// heldCompressed is about held: a file that was plain when it was opened stays so.
	heldCompressed bool
	stamp          stamp     // of the file, when its first line was last compared
	size           int64     // of the content, uncompressed
	born           time.Time // the time of the first line; zero for unknown
	changed        time.Time // when size was last seen to change
	rotated        time.Time // when the file was first seen to be rotated; zero for the one that is written
	gone           time.Time // when the file was first seen to be gone

	begin         int64     // what is before begin is not collected
	seen, settled ranges    // what was handed over, and what of it has an outcome
	confirmed     time.Time // when a line behind the last one was last found in it
	verified      bool      // the content was compared since the start of the process
	counted       bool      // what is missing is counted
	lost          int64     // the bytes that are counted as missing
	lostDropped   int64     // those of them that Fluent Bit has dropped, as far as this process knows
	dropped       ranges    // what was handed over, and dropped by Fluent Bit
	problem       string    // why the file could not be read; empty for none
	notBefore     time.Time // when the file may be read again
	gap           span      // the first gap at the last look, and since when it is there
	gapSince      time.Time
	marks         []mark // of the content that has no outcome
}

// inode is the identity of a file in the file systems of a node.
type inode struct{ dev, ino uint64 }

func inodeOf(info os.FileInfo) inode {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return inode{}
	}
	return inode{dev: uint64(s.Dev), ino: s.Ino} //nolint:unconvert // Dev has another type on other systems
}

// stamp is what changes when a file that is complete is written again, or when another file
// gets its inode.
type stamp struct {
	size     int64
	modified int64 // in ns
}

func stampOf(info os.FileInfo) stamp { return stamp{info.Size(), info.ModTime().UnixNano()} }

// lineEnd is the largest number of bytes between two lines that follow each other: a
// carriage return and a line feed.
const lineEnd = 2

// maxHead is the largest first line that identifies a file. Docker cuts lines at 16 KiB, and
// escapes take at most six times as much. The time is at the end of a line of Docker.
const maxHead = 128 << 10

// content is the content of a file from an offset on, uncompressed.
type content struct {
	io.Reader
	plain *io.SectionReader // the same; nil for a compressed file
	file  *os.File
}

func (c content) Close() error { return c.file.Close() }

// skip skips n bytes.
func (c content) skip(n int64) (err error) {
	if c.plain != nil {
		_, err = c.plain.Seek(n, io.SeekCurrent)
	} else {
		_, err = io.CopyN(io.Discard, c.Reader, n)
	}
	return err
}

// head returns the hash of the first line of a plain file as it is now.
func (c content) head() uint64 {
	whole, _ := contentOf(c.file, false, 0)
	return headOf(whole)
}

// openAt opens the content of a file at an offset.
func openAt(name string, compressed bool, offset int64) (content, error) {
	f, err := regular.Open(name)
	if err != nil {
		return content{}, err
	}
	c, err := contentOf(f, compressed, offset)
	if err != nil {
		_ = f.Close()
	}
	return c, err
}

// maxSize is above the size of any file.
const maxSize = 1 << 62

// contentOf returns the content of an open file at an offset. The position of the file does
// not matter, and is not changed.
func contentOf(f *os.File, compressed bool, offset int64) (content, error) {
	if !compressed {
		plain := io.NewSectionReader(f, offset, maxSize)
		return content{plain, plain, f}, nil
	}
	unzipped, err := gzip.NewReader(io.NewSectionReader(f, 0, maxSize))
	if err == nil {
		_, err = io.CopyN(io.Discard, unzipped, offset)
	}
	return content{unzipped, nil, f}, err
}

// readHead returns the hash of the first line of a file; zero for a file without a whole
// line.
func readHead(name string, compressed bool) uint64 {
	c, err := openAt(name, compressed, 0)
	if err != nil {
		return 0
	}
	defer c.Close()
	return headOf(c)
}

// headOf returns the hash of the first line of a content; zero for none.
func headOf(c content) uint64 {
	if line := firstLine(c); line != nil {
		return hashHead(line)
	}
	return 0
}

// firstLine returns the first line of a content, or its beginning; nil for a content without
// a whole line.
func firstLine(c content) (head []byte) {
	for len(head) < maxHead {
		buf := make([]byte, 4<<10)
		n, err := io.ReadFull(c, buf)
		head = append(head, buf[:n]...)
		if i := bytes.IndexByte(head, '\n'); i >= 0 {
			return head[:i]
		}
		if err != nil {
			return nil
		}
	}
	return head
}

// setHead notes what is known of the first line of the file.
func (f *file) setHead(line []byte) {
	f.head = hashHead(line)
	if at, ok := containerlog.Time(bytes.TrimSuffix(line, []byte("\r"))); ok {
		f.born = time.Unix(0, at)
	}
}

// hashHead returns the hash of a first line, without its line end.
func hashHead(line []byte) uint64 {
	line = bytes.TrimSuffix(line, []byte("\r"))
	return max(xxhash.Sum64(line[:min(len(line), maxHead)]), 1)
}

// compared is the number of bytes at each end of a line that has compares. The time is at
// the beginning of a line of CRI, and at the end of a line of Docker.
const compared = 512

// has reports whether the file has a line at an offset. line is the whole line without its
// line feed.
func (f *file) has(line []byte, offset int64) bool {
	if !f.isReadable() || !f.isCompressed() && offset+int64(len(line)) > f.sizeNow() ||
		offset == 0 && f.head != 0 && f.head != hashHead(line) { // the name or the inode is that of another file now
		return false
	}
	// The byte before the line ends another line.
	before := min(offset, 1)
	c, err := f.open(offset - before)
	if err != nil {
		return false
	}
	defer f.close(c)
	want := line[:min(len(line), compared)]
	var buf [compared + 1]byte
	got := buf[:int(before)+len(want)]
	if n, _ := io.ReadFull(c, got); n < len(got) || before > 0 && got[0] != '\n' || !bytes.Equal(got[before:], want) {
		return false
	}
	if rest := line[len(want):]; len(rest) > 0 {
		want = rest[max(len(rest)-compared, 0):]
		if skipped := int64(len(rest) - len(want)); c.skip(skipped) != nil {
			return false
		}
		got = buf[:len(want)]
		if n, _ := io.ReadFull(c, got); n < len(got) || !bytes.Equal(got, want) {
			return false
		}
	}
	n, _ := io.ReadFull(c, buf[:1])
	return n == 1 && (buf[0] == '\n' || buf[0] == '\r')
}

// sizeNow returns the size of a plain file.
func (f *file) sizeNow() int64 {
	if f.held != nil && !f.heldCompressed {
		if info, err := f.held.Stat(); err == nil {
			return info.Size()
		}
	} else if info, err := os.Stat(f.name); err == nil && inodeOf(info) == f.inode {
		return info.Size()
	}
	return f.size
}

// isWritten reports whether the runtime still writes the file, as far as is known.
func (f *file) isWritten() bool { return f.rotated.IsZero() && f.name != "" && f.log.gone.IsZero() }

// missingDropped returns the bytes of missing that Fluent Bit has dropped.
func (f *file) missingDropped() int64 {
	left := slices.Clone(f.missing())
	all := left.bytes()
	for _, s := range f.dropped {
		left.remove(s)
	}
	return all - left.bytes()
}

// missing returns what was not handed over of the content.
func (f *file) missing() ranges { return f.seen.gaps(f.begin, f.size, lineEnd) }
