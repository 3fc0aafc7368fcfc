package multiline

import (
	"fmt"
	"math/rand"
	"os"
	"strings"
	"testing"

	old "github.com/k8slog/k8slog/filters/multiline"
)

func oldGrouped(s old.Set, place old.Place, lines []string) (groups []string) {
	state := old.None
	var held []string
	for _, line := range lines {
		if state != old.None {
			if state = state.Next([]byte(line)); state.Tentative() {
				held = append(held, line)
				continue
			} else if state != old.None {
				groups[len(groups)-1] += strings.Join(append(append([]string{""}, held...), line), "\n")
				held = nil
				continue
			}
			groups, held = append(groups, held...), nil
		}
		state = s.Begin([]byte(line), place)
		groups = append(groups, line)
	}
	return append(groups, held...)
}

func corpus(t *testing.T) (texts []string) {
	texts = append(texts, samples...)
	for _, log := range programs {
		texts = append(texts, log)
	}
	texts = append(texts, ordinary...)
	texts = append(texts, logLines...)
	return append(texts, caseTexts(t)...)
}

var seen = map[string]int{}

func TestDifferential(t *testing.T) {
	texts := corpus(t)
	var all0 []string
	for _, x := range texts {
		all0 = append(all0, strings.Split(x, "\n")...)
	}
	plainLines := map[string]bool{"plain before": true, "plain after": true, "next": true}
	for _, l := range ordinary { plainLines[l] = true }
	for _, l := range logLines { plainLines[l] = true }
	for _, p := range programs { for _, l := range strings.Split(p, "\n") { if l != "" && l[0] != ' ' { plainLines[l] = true } } }
	seed := int64(1)
	fmt.Sscan(os.Getenv("SEED"), &seed)
	n := 20000
	fmt.Sscan(os.Getenv("N"), &n)
	r := rand.New(rand.NewSource(seed))
	less, more := map[string]int{}, map[string]int{}
	example := map[string]string{}
	for i := range n {
		var lines []string
		if i < len(texts) {
			lines = strings.Split(texts[i], "\n")
		} else {
			for range 1 + r.Intn(3) {
				x := strings.Split(texts[r.Intn(len(texts))], "\n")
				from := 0
				if r.Intn(3) == 0 {
					from = r.Intn(len(x))
				}
				to := len(x)
				if r.Intn(3) == 0 {
					to = from + r.Intn(len(x)-from+1)
				}
				lines = append(lines, x[from:to]...)
				for r.Intn(3) == 0 {
					lines = append(lines, all0[r.Intn(len(all0))])
				}
				if r.Intn(3) == 0 && len(lines) > 0 {
					k := r.Intn(len(lines))
					lines = append(lines[:k:k], append([]string{all0[r.Intn(len(all0))]}, lines[k:]...)...)
				}
				if r.Intn(4) == 0 && len(lines) > 0 {
					k := r.Intn(len(lines))
					l := []byte(lines[k])
					if len(l) > 0 {
						switch r.Intn(5) {
						case 0:
							l = l[r.Intn(len(l)):]
						case 1:
							l = l[:r.Intn(len(l))]
						case 2:
							l = append([]byte("  "), l...)
						case 3:
							l = append([]byte("2026-11-22 10:00:00 ERROR "), l...)
						case 4:
							l = append([]byte("INFO "), l...)
						}
						lines = append(lines[:k:k], append([]string{string(l)}, lines[k+1:]...)...)
					}
				}
			}
		}
		set, place := old.Set(1<<8-1), old.Container
		if r.Intn(4) == 0 {
			set = old.Set(1) << r.Intn(8)
		}
		if r.Intn(8) == 0 {
			place = old.Component
		}
		was, is := starts(oldGrouped(set, place, lines)), starts(grouped(Set(set), Place(place), lines, plain))
		if os.Getenv("SWALLOW") != "" {
			for k := range lines {
				alone := was[k] && (k+1 == len(lines) || was[k+1])
				if k > 0 && alone && !is[k] && plainLines[lines[k]] {
					key := lines[k]
					if os.Getenv("GREP") != "" && strings.Contains(strings.Join(lines, "\n"), os.Getenv("GREP")) { fmt.Println("GREP", was[k], set, place); for _, g := range grouped(Set(set), Place(place), lines, plain) { fmt.Println(g); fmt.Println("-----") }; fmt.Println("WAS"); for _, g := range oldGrouped(set, place, lines) { fmt.Println(g); fmt.Println("-----") } }
					more[key]++
					kk := fmt.Sprint(true, key)
					if _, ok := example[kk]; !ok || r.Intn(3) == 0 {
						example[kk] = fmt.Sprintf("set %d place %d\n      %s\n   >> %s", set, place, strings.Join(lines[max(0,k-6):k], "\n      "), strings.Join(lines[k:min(len(lines),k+8)], "\n      "))
					}
				}
			}
			continue
		}
		for k := range lines {
			if k == 0 || was[k] == is[k] {
				continue
			}
			key := lines[k]
			if was[k] { // new joins
				more[key]++
			} else {
				less[key]++
			}
			prev := strings.Join(lines[max(0, k-4):k], "\n      ") + "\n   >> " + strings.Join(lines[k:min(len(lines), k+5)], "\n      ")
			kk := fmt.Sprint(was[k], key)
			if _, ok := example[kk]; !ok {
				example[kk] = fmt.Sprintf("set %d place %d\n      %s", set, place, prev)
			}
			break
		}
	}
	show := func(name string, m map[string]int, joined bool) {
		fmt.Println("=====", name, len(m))
		i := 0
		for k, c := range m {
			if i++; i > 25 {
				break
			}
			fmt.Printf("%d x %s\n", c, example[fmt.Sprint(joined, k)])
		}
	}
	show("new tears", less, false)
	show("new joins", more, true)
}
