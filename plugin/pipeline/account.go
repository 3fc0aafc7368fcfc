package pipeline

import (
	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/quota"
)

// Account is the counters and the rate limit of a source. It is the value of
// filters.Source.Account.
type Account struct {
	Namespace *ledger.Namespace
	Container *ledger.Container
	Bucket    *quota.Bucket // nil for no limit
}

var noAccount = &Account{}

func accountOf(s *filters.Source) *Account {
	if s != nil {
		if a, ok := s.Account.(*Account); ok {
			return a
		}
	}
	return noAccount
}
