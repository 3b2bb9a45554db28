package report

import (
	"bufio"
	"io"
	"strings"
)

// Row is a line that tells how something stands.
type Row struct {
	Name, State string
	// Good and Bad colour the state.
	Good, Bad bool
	// Text says what is there, and Note, "" if nothing is missing, what follows.
	Text, Note string
}

// Rows writes rows below one another, aligned.
func Rows(w io.Writer, rows []Row, opts Options) error {
	p := printer{Writer: bufio.NewWriter(w), color: opts.Color, width: opts.Width}
	names, states := 0, 0
	for i := range rows {
		names, states = max(names, len(rows[i].Name)), max(states, len(rows[i].State))
	}
	for i := range rows {
		r := &rows[i]
		p.sgr(sgrBold, r.Name)
		p.WriteString(strings.Repeat(" ", names-len(r.Name)+2))
		color := sgrYellow
		switch {
		case r.Good:
			color = sgrGreen
		case r.Bad:
			color = sgrRed
		}
		p.sgr(color, r.State)
		p.WriteString(strings.Repeat(" ", states-len(r.State)+2))
		p.wrapped(clean(r.Text), names+states+4)
		if r.Note != "" {
			p.WriteString(strings.Repeat(" ", names+states+4))
			p.wrapped(clean(r.Note), names+states+4)
		}
	}
	return p.Flush()
}
