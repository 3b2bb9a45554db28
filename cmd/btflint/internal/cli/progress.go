package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"
)

// Times of a meter: how long a run lasts before it says how far it is, and how
// often it says so then.
const (
	meterPatience = time.Second
	meterInterval = 100 * time.Millisecond
)

// meter is a line on a terminal that tells how far a run is. The zero value
// tells nothing.
type meter struct {
	out     io.Writer // nil if nobody looks
	columns int       // of the terminal, 0 if they are not known
	now     func() time.Time

	mu    sync.Mutex
	next  time.Time // when the line is written the next time
	shown bool
}

// newMeter is the meter of a run that starts now. It writes only to a terminal,
// not where a machine keeps what is written (CI is set), and not if the person
// wants to hear nothing.
func newMeter(errs io.Writer, quiet bool) *meter {
	_, terminal := terminalFD(errs)
	if !terminal || quiet || os.Getenv("CI") != "" || os.Getenv("TERM") == "dumb" {
		return &meter{}
	}
	return &meter{out: errs, columns: width(errs), now: time.Now, next: time.Now().Add(meterPatience)}
}

// checked says that so many targets of all are checked. Several goroutines may
// say so at once, not in order.
func (m *meter) checked(done, all int) {
	if m.out == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if now.Before(m.next) {
		return
	}
	m.next = now.Add(meterInterval)
	text := fmt.Sprintf("checked %s of %s targets", grouped(done), grouped(all))
	if m.columns > 0 && len(text) >= m.columns { // it could not be erased
		return
	}
	m.shown = true
	fmt.Fprint(m.out, eraseLine+text)
}

// eraseLine goes to the start of the line and erases it (ECMA-48, EL).
const eraseLine = "\r\x1b[K"

// erase erases the line, if there is one.
func (m *meter) erase() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shown {
		fmt.Fprint(m.out, eraseLine)
		m.shown = false
	}
}

// grouped is a number with its thousands apart: 1,540.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
