package status

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/k8slog/k8slog/plugin/hostlog"
)

//go:embed page.html status.css status.js
var files embed.FS

// fresh is how long a snapshot is shown: many who look cost as much as one.
const fresh = time.Second

// snapshot returns a snapshot with the containers of a filter.
func (s *Server) snapshot(filter string) *Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil || time.Since(s.last.Time) >= fresh {
		last := s.config.Snapshot()
		last.Clean()
		all := *last
		all.Containers = append([]Container(nil), last.Containers...)
		all.Select("")
		all.FindProblems()
		last.Problems = all.Problems
		s.last = last
	}
	one := *s.last
	one.Containers = append([]Container(nil), s.last.Containers...)
	one.Select(filter)
	return &one
}

func (s *Server) serveJSON(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	_ = encoder.Encode(s.snapshot(r.URL.Query().Get("filter")))
}

// maxLog is the number of lines of the log that are shown, and pageLog of those on the page.
const (
	maxLog  = 300
	pageLog = 20
)

// serveLog serves the last lines of the log, each with its time and level.
func (s *Server) serveLog(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for _, l := range s.log(maxLog) {
		fmt.Fprintf(w, "%s %-5s %s\n", l.Time.UTC().Format("2006-01-02T15:04:05.000Z"), l.Level, l.Message)
	}
}

// log returns the last lines of the log, at most so many, fit to be shown.
func (s *Server) log(most int) []hostlog.Line {
	if s.config.Log == nil {
		return nil
	}
	lines := s.config.Log(most)
	for i := range lines {
		lines[i].Message = cleanText(lines[i].Message)
	}
	return lines
}

// servePage serves the page. With the query part=live, it serves what changes: the script
// asks for that every few seconds.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	name := "page"
	if q.Get("part") == "live" {
		name = "live"
	}
	view := &pageView{Snapshot: s.snapshot(q.Get("filter")), Filter: cleanText(q.Get("filter")), Log: s.log(pageLog)}
	slices.Reverse(view.Log)
	var page bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&page, name, view); err != nil {
		http.Error(w, "cannot make the page: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page.Bytes())
}

// asset serves an embedded file.
func asset(name, kind string) http.HandlerFunc {
	content, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the build has it
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(content)
	}
}

var pageTemplate = template.Must(template.New("").Funcs(template.FuncMap{
	"late": late, "number": Number, "bytes": Bytes, "dict": dict, "share": share,
	"seconds": func(s float64) string { return Duration(time.Duration(s * float64(time.Second))) },
	"plural":  func(n int, what string) string { return Plural(int64(n), what) },
}).ParseFS(files, "page.html"))

// late is the class of a log that is so many seconds behind.
func late(seconds float64) string {
	switch {
	case seconds >= behindLimit.Seconds():
		return "bad"
	case seconds >= 10:
		return "warn"
	}
	return ""
}

// pageView is what the templates see.
type pageView struct {
	*Snapshot
	Filter string
	Log    []hostlog.Line // the newest first
}

// Ago returns how long ago a time is; "–" for an unknown time.
func (v *pageView) Ago(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	ago := v.Time.Sub(t)
	if ago <= -time.Minute {
		return Duration(-ago) + " ahead"
	}
	return Duration(max(ago, 0))
}

// Since returns a time, and how long ago it is.
func (v *pageView) Since(t time.Time) string { return Since(t, v.Time) }

// Level is the worst level of the problems; empty for none.
func (v *pageView) Level() string {
	if len(v.Problems) == 0 {
		return ""
	}
	return v.Problems[0].Level
}

// HasLogs reports whether there is a ledger of the disk.
func (v *pageView) HasLogs() bool { return v.Disk != nil }

// HasTrouble reports whether there is a problem that is more than a note.
func (v *pageView) HasTrouble() bool {
	return len(v.Problems) > 0 && v.Problems[0].Level != LevelNote
}

// To names the backends.
func (v *pageView) To() string {
	if len(v.Destinations) == 0 {
		return v.Backend
	}
	var all []string
	for _, d := range v.Destinations {
		if !slices.Contains(all, d.Backend) {
			all = append(all, d.Backend)
		}
	}
	return strings.Join(all, ", ")
}

// Stores reports whether a backend stores records on the disk first.
func (v *pageView) Stores() bool { return v.Stored != nil }

// Parts are the parts of the records' equation.
func (v *pageView) RecordParts() []part {
	r := v.Records
	return parts(r.Received, Number,
		part{Name: "delivered", Class: "good", N: r.Delivered}, part{Name: "dropped", Class: "muted", N: r.Dropped},
		part{Name: "pending", Class: "wait", N: r.Pending}, part{Name: "parked", Class: "warn", N: r.Parked},
		part{Name: "dead-lettered", Class: "bad", N: r.DeadLettered}, part{Name: "abandoned", Class: "bad", N: r.Abandoned})
}

// DiskParts are the parts of the equation of bytes.
func (v *pageView) DiskParts() []part {
	d := v.Disk
	return parts(d.Written, Bytes,
		part{Name: "settled", Class: "good", N: d.Settled}, part{Name: "waiting", Class: "wait", N: d.Waiting},
		part{Name: "unread", Class: "warn", N: d.Unread}, part{Name: "missing", Class: "bad", N: d.Missing})
}

// part is a summand, and its place in a bar of a thousand units.
type part struct {
	Name, Class string
	N           int64
	Text        string
	X, Width    int
}

// parts sets the places of parts in a bar. What is there is seen, however little it is.
func parts(sum int64, text func(int64) string, all ...part) []part {
	x := 0
	for i := range all {
		p := &all[i]
		p.Text = text(p.N)
		if p.N > 0 && sum > 0 {
			p.Width = max(int(p.N*1000/sum), 6)
			p.X = x
			x += p.Width
		}
	}
	for i := range all { // the first one gives way to those that are hard to see
		if x > 1000 && all[i].Width > 100 {
			over := x - 1000
			all[i].Width -= over
			for j := i + 1; j < len(all); j++ {
				all[j].X -= over
			}
			break
		}
	}
	return all
}

// share returns n of a whole in percent.
func share(n, whole int64) string {
	if whole == 0 {
		return ""
	}
	return fmt.Sprintf("%d%%", n*100/whole)
}

// dict makes the argument of a template.
func dict(pairs ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m
}

// severityOrder is the order of a mix, the worst first.
var severityOrder = []string{"fatal", "error", "warn", "info", "debug", "trace", "none"}

// Mix returns the severities of a container as parts of a bar, the worst first.
func (c *Container) Mix() (all []part) {
	var sum int64
	for _, n := range c.Severities {
		sum += n
	}
	for _, name := range severityOrder {
		if n := c.Severities[name]; n > 0 {
			all = append(all, part{Name: name, Class: "sev-" + name, N: n})
		}
	}
	return parts(sum, Number, all...)
}
