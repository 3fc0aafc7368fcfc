package ledger

import (
	"fmt"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

func TestContainers(t *testing.T) {
	var l Ledger
	web := l.Containers.Of(&filters.Source{Namespace: "shop", Pod: "web-1", Container: "app"})
	kubelet := l.Containers.Of(&filters.Source{Component: "kubelet", Node: "n"})
	var a Arrivals
	for i, c := range []*Container{web, web, kubelet, web, nil} {
		a.Add(c, []filters.Severity{filters.Info, filters.Error, 0, filters.Fatal, 0}[i], int64(i+1)*1e9)
	}
	a.Enter()
	l.Receive(6)
	s := Settlement{Ledger: &l, Outcome: Delivered}
	s.Add(nil, web, 2, 20)
	s.Add(nil, kubelet, 1, 5)
	s.Add(nil, web, 1, 10)
	s.Add(nil, nil, 2, 1)
	if n := s.Enter(); n != 6 || l.Balance().Delivered != 6 {
		t.Errorf("%d settled", n)
	}
	got := map[string]ContainerFigures{}
	for _, f := range l.Containers.Figures() {
		got[f.Container] = f
	}
	if f := got["app"]; f.Delivered != 3 || f.Bytes != 30 || f.Severities != [severities]int64{0, 0, 0, 1, 0, 1, 1} || !f.Newest.Equal(time.Unix(4, 0)) || f.Pod != "web-1" {
		t.Errorf("%+v", f)
	}
	if f := got["kubelet"]; f.Delivered != 1 || f.Bytes != 5 || f.Severities[0] != 1 || f.Namespace != "" {
		t.Errorf("%+v", f)
	}
}

func TestManyContainersAreBounded(t *testing.T) {
	var cs Containers
	for n := range maxContainers + 100 {
		c := cs.Of(&filters.Source{Pod: fmt.Sprint(n)})
		c.arrived.Store(int64(n + 1))
	}
	all := cs.Figures()
	if len(all) != maxContainers {
		t.Errorf("%d containers", len(all))
	}
	for _, f := range all {
		if f.Pod == "7" {
			t.Error("the oldest are kept")
		}
	}
}

// Answers that differ in numbers and quotations are one reason, and reasons are bounded.
func TestLetters(t *testing.T) {
	var l Letters
	at := time.Unix(1, 0)
	for i := range 3 {
		l.Add(Letter{At: at, Reason: "rejected", Answer: fmt.Sprintf("HTTP 400: field 'a%d' of document %d", i, i), Text: "text"}, 2)
	}
	l.Add(Letter{At: at.Add(1), Reason: "rejected", Answer: "too old", ContainerName: ContainerName{Pod: "p"}}, 1)
	all := l.Reasons()
	if len(all) != 2 || all[0].Last.Answer != "too old" || all[1].Records != 6 || all[1].Last.Text != "text" {
		t.Errorf("%+v", all)
	}
	for i := range 10 * maxReasons {
		l.Add(Letter{At: at, Answer: string(rune('a'+i%26)) + string(rune('a'+i/26))}, 1)
	}
	if all = l.Reasons(); len(all) != maxReasons+1 {
		t.Errorf("%d reasons", len(all))
	}
}
