package loki

import (
	"strings"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// statusBlocked is a status of Loki alone: ingestion is blocked for the tenant.
// Nothing was stored, though the status is in the range of success
// (limits_config: block_ingestion_status_code).
const statusBlocked = 260

// faultsOfTheRequest are words of a 400 that is about no record
// (pkg/validation/validate.go and dskit's tenant package). They are in lower case.
var faultsOfTheRequest = []struct{ words, advice string }{
	{"includes structured metadata, but this feature is disallowed", "set structured_metadata off, or allow it in Loki (allow_structured_metadata, schema v13)"},
	{"missing required labels", "add these labels to the option labels"},
	{" label names; limit ", "take labels out of the option labels"},
	{"tenant id", "check tenant"},
	{"org id", "check tenant"},
}

// tooLargeInside are words of the requests between the parts of Loki, whose limit
// is not that of the requests of clients. Loki answers 500 then.
const tooLargeInside = "message larger than max"

// classify turns an answer about the whole request into the error of Send. With a
// 400 Loki has stored the valid entries, and will never take the others. The valid
// entries may arrive again, which is harmless: Loki drops an entry with the same
// labels, time and line. Narrower verdicts are those of send.
func classify(a *httpclient.Answer) error {
	switch {
	case a.Status == statusBlocked, a.Status/100 != 2 && a.Says("ingestion blocked for user"):
		return a.Unexpected("ingestion is blocked: see limits_config block_ingestion_until in Loki")
	case a.Status/100 == 2 && (a.IsForeign() || !a.Blank()):
		return a.Foreign("Loki")
	case a.Status/100 == 2:
		return nil
	case a.Status/100 == 5 && a.Says(tooLargeInside):
		return &backend.TooLarge{Answer: a.String()}
	case a.Status == 400:
		for _, known := range faultsOfTheRequest {
			if a.Says(known.words) {
				return a.Unexpected(known.advice)
			}
		}
	}
	return a.Failure()
}

// aboutStreams are the words before the labels of a stream that Loki has refused
// entries of, in lower case (pkg/validation/validate.go, pkg/ingester/stream.go).
var aboutStreams = []string{
	"stream '{", "stream: {", "stream {",
}

// lowerASCII returns a text of the same length, whatever is in it.
func lowerASCII(text string) string {
	lower := []byte(text)
	for i, c := range lower {
		if c >= 'A' && c <= 'Z' {
			lower[i] = c | 0x20
		}
	}
	return string(lower)
}

// streamsIn calls found with the labels of each stream that a text says was
// refused, as Loki writes them, in braces.
func streamsIn(text string, found func(labels string)) {
	lower := lowerASCII(text)
	for from := 0; ; {
		next := -1
		for _, words := range aboutStreams {
			if i := strings.Index(lower[from:], words); i >= 0 && (next < 0 || from+i+len(words)-1 < next) {
				next = from + i + len(words) - 1
			}
		}
		if next < 0 {
			return
		}
		from = next + 1
		if labels, ok := cutLabels(text[next:]); ok {
			found(labels)
			from = next + len(labels)
		}
	}
}
