package report

import (
	"cmp"
	"compress/gzip"
	"slices"

	"github.com/btflint/btflint/analyzer"
)

// What GitHub code scanning takes of a log, see "SARIF support for code
// scanning" in its documentation: it refuses a file beyond 10 MB compressed or
// 25,000 results, shows the 5,000 heaviest, and keeps 100 locations of each.
const (
	maxAlerts      = 5000
	maxRelated     = 100
	maxAlertsBytes = 10_000_000 // of the compressed log
)

// alert is a result of a log: the findings that code scanning could not tell
// apart, the heaviest first, and what it tracks them by.
type alert struct {
	findings []*analyzer.Finding
	hash     string // primaryLocationLineHash
}

// everyFinding are the results of a log that leaves nothing out.
func everyFinding(r *analyzer.Report, s *sources) []alert {
	alerts := make([]alert, len(r.Findings))
	prints := occurrences{}
	for i := range r.Findings {
		f := &r.Findings[i]
		alerts[i] = alert{[]*analyzer.Finding{f}, lineHash(f, s, prints)}
	}
	return alerts
}

// trackedAlerts are the results of a log for code scanning: without suppressed
// findings, for each of which it would open an alert, and with the findings of
// a rule on one line as one result, because it takes the second for the first.
func trackedAlerts(r *analyzer.Report, opts *Options, s *sources) []alert {
	type identity struct{ rule, file, hash string }
	index := map[identity]int{}
	prints := occurrences{}
	var alerts []alert
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Suppressed != "" {
			continue
		}
		hash := lineHash(f, s, prints) // of notes too: --notes must not rename the others
		if f.Weight() == analyzer.Note && !opts.ShowNotes {
			continue
		}
		file, _ := sourcePath(&f.Location, s.root)
		id := identity{f.Rule, file, hash}
		if at, ok := index[id]; ok {
			alerts[at].findings = append(alerts[at].findings, f)
			continue
		}
		index[id] = len(alerts)
		alerts = append(alerts, alert{[]*analyzer.Finding{f}, hash})
	}
	for i := range alerts {
		slices.SortStableFunc(alerts[i].findings, heavierFirst)
	}
	return alerts
}

// heaviest are at most n of the alerts: those that weigh most, in their order.
func heaviest(alerts []alert, n int) []alert {
	if len(alerts) <= n {
		return alerts
	}
	order := make([]int, len(alerts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return heavierFirst(alerts[a].findings[0], alerts[b].findings[0]) })
	order = order[:n]
	slices.SortFunc(order, cmp.Compare[int])
	kept := make([]alert, n)
	for i, at := range order {
		kept[i] = alerts[at]
	}
	return kept
}

// lineHash is what code scanning tracks a finding by: its own hash of the line
// where the source can be read, the finding's fingerprint elsewhere.
func lineHash(f *analyzer.Finding, s *sources, prints occurrences) string {
	if file, line := sourcePath(&f.Location, s.root); line > 0 {
		if hash := s.hash(file, line); hash != "" {
			return hash
		}
	}
	prints[f.Fingerprint]++
	return f.Fingerprint + ":" + itoa(prints[f.Fingerprint])
}

// compressed is the size of a log as the upload compresses it.
func compressed(log []byte) int {
	var n counter
	z := gzip.NewWriter(&n)
	_, _ = z.Write(log) // a counter does not fail
	_ = z.Close()
	return int(n)
}

// counter counts the bytes written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
