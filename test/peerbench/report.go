package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// result is the costs of all rounds of a case.
type result struct {
	*benchCase
	names []string
	costs map[string][]cost
}

// spread is the median of a figure, the least, and the most.
type spread struct{ median, least, most float64 }

func (r *result) spread(name string, figure func(cost) float64) spread {
	var all []float64
	for _, c := range r.costs[name] {
		all = append(all, figure(c))
	}
	if len(all) == 0 {
		return spread{}
	}
	slices.Sort(all)
	return spread{all[len(all)/2], all[0], all[len(all)-1]}
}

func (s spread) format(digits int) string {
	return fmt.Sprintf("**%.*f** (%.*f – %.*f)", digits, s.median, digits, s.least, digits, s.most)
}

// table returns the case as a table in Markdown.
func (r *result) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; median (range) of %d rounds:\n\n", r.title, len(r.costs[r.names[0]]))
	b.WriteString("| collector | CPU, s | peak memory, MB | requests | sent, MB | lost | age of lines, p50, p99 |\n|---|---|---|---|---|---|---|\n")
	if !r.live {
		b.Reset()
		fmt.Fprintf(&b, "%s; median (range) of %d rounds:\n\n", r.title, len(r.costs[r.names[0]]))
		b.WriteString("| collector | CPU, s | peak memory, MB | requests | sent, MB | lost |\n|---|---|---|---|---|---|\n")
	}
	for _, name := range r.names {
		median := func(figure func(cost) float64) float64 { return r.spread(name, figure).median }
		fmt.Fprintf(&b, "| %s | %s | %s | %.0f | %.1f | %.0f |", name, r.spread(name, cost.cpu).format(2),
			r.spread(name, func(c cost) float64 { return float64(c.peak) / 1e6 }).format(0),
			median(func(c cost) float64 { return float64(c.requests) }),
			median(func(c cost) float64 { return float64(c.bytes) / 1e6 }),
			median(func(c cost) float64 { return float64(c.lost) }))
		if r.live {
			seconds := func(d time.Duration) float64 { return d.Seconds() }
			fmt.Fprintf(&b, " %.2f s, %.2f s |", median(func(c cost) float64 { return seconds(c.p50) }), median(func(c cost) float64 { return seconds(c.p99) }))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Between these lines of performance.md stand the tables.
const tablesBegin, tablesEnd = "<!-- The tables of make bench-peers begin here. -->\n", "<!-- The tables of make bench-peers end here. -->\n"

func writeTables(path string, tables []string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := bytes.Cut(text, []byte(tablesBegin))
	_, after, closed := bytes.Cut(rest, []byte(tablesEnd))
	if !ok || !closed {
		return fmt.Errorf("there is no place for the tables in %s", path)
	}
	var b bytes.Buffer
	b.Write(before)
	b.WriteString(tablesBegin)
	for _, t := range tables {
		b.WriteString("\n" + t)
	}
	b.WriteString("\n" + tablesEnd)
	b.Write(after)
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// plot draws the CPU time and the peak memory of each case as bars, with the range as a
// line on each.
func plot(results []*result) []byte {
	const width, left, bar, gap, panel = 960, 330, 18, 6, 290
	var b bytes.Buffer
	y := 10
	for _, r := range results {
		b.WriteString(fmt.Sprintf(`<text x="10" y="%d" font-weight="bold">%s</text>`+"\n", y+14, r.title))
		y += 26
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="#666">CPU, s</text><text x="%d" y="%[2]d" fill="#666">peak memory, MB</text>`+"\n", left, y+10, left+panel+40)
		y += 18
		figures := []func(cost) float64{cost.cpu, func(c cost) float64 { return float64(c.peak) / 1e6 }}
		for _, name := range r.names {
			fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", left-8, y+13, name)
			for i, figure := range figures {
				most := 0.0
				for _, other := range r.names {
					most = max(most, r.spread(other, figure).most)
				}
				most = cmp.Or(most, 1)
				s := r.spread(name, figure)
				at, scale := float64(left+i*(panel+40)), (panel-50)/most
				color := "#9aa5b1"
				if strings.HasPrefix(name, "k8slog") {
					color = "#2f6fb0"
				}
				fmt.Fprintf(&b, `<rect x="%.0f" y="%d" width="%.1f" height="%d" fill="%s"/>`, at, y, s.median*scale, bar, color)
				fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%[3]d" stroke="#222"/>`, at+s.least*scale, at+s.most*scale, y+bar/2)
				fmt.Fprintf(&b, `<text x="%.1f" y="%d">%.*f</text>`+"\n", at+s.most*scale+5, y+13, 2-2*i, s.median)
			}
			y += bar + gap
		}
		y += 16
	}
	head := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12"><rect width="100%%" height="100%%" fill="#fff"/>`+"\n", width, y)
	return append(append([]byte(head), b.Bytes()...), "</svg>\n"...)
}
