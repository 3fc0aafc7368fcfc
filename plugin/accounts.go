package plugin

import (
	"sync"
	"sync/atomic"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/quota"
	"github.com/k8slog/k8slog/plugin/reassemble"
)

// maxAccounts bounds the namespaces that are counted apart. What is above it is
// counted as one, under the name otherNamespaces.
const (
	maxAccounts     = 1000
	otherNamespaces = "(other)"
)

// account is the books of a namespace: what became of its records. That of the
// node's own components has no name.
type account struct {
	namespace string
	settled   [fates]atomic.Int64 // records, by reassemble.Fate
	bytes     atomic.Int64        // of those that were delivered, as Fluent Bit keeps them
}

const fates = int(reassemble.Rejected) + 1

// accounts are those of all namespaces. The zero value is none.
type accounts struct {
	mu     sync.Mutex
	byName map[string]*account
}

func (a *accounts) of(namespace string) *account {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.byName == nil {
		a.byName = map[string]*account{}
	}
	if found := a.byName[namespace]; found != nil {
		return found
	}
	if len(a.byName) >= maxAccounts {
		namespace = otherNamespaces
		if found := a.byName[namespace]; found != nil {
			return found
		}
	}
	made := &account{namespace: namespace}
	a.byName[namespace] = made
	return made
}

// each calls do for every account.
func (a *accounts) each(do func(*account)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, one := range a.byName {
		do(one)
	}
}

// ledger is what the plugin keeps of a source, as filters.Source.Ledger.
type ledger struct {
	account *account
	share   *quota.Share
}

func ledgerOf(s *filters.Source) (l *ledger) {
	if s != nil {
		l, _ = s.Ledger.(*ledger)
	}
	return l
}

// tally adds up the records of one account, which come in runs.
type tally struct {
	account *account
	records int
	bytes   int
}

// add counts records; those of another account before are entered.
func (t *tally) add(s *filters.Source, records, bytes int, fate reassemble.Fate) {
	l := ledgerOf(s)
	if l == nil {
		return
	}
	if l.account != t.account {
		t.enter(fate)
		t.account = l.account
	}
	t.records += records
	t.bytes += bytes
}

// enter puts what was added up into the books.
func (t *tally) enter(fate reassemble.Fate) {
	if t.account != nil {
		t.account.settled[fate].Add(int64(t.records))
		if fate == reassemble.Delivered {
			t.account.bytes.Add(int64(t.bytes))
		}
	}
	*t = tally{}
}
