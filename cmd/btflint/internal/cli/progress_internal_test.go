package cli

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"golang.org/x/term"
)

// A meter says nothing at first, then not more often than people read.
func TestMeter(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	start := time.Unix(0, 0)
	now := start
	m := &meter{out: &out, now: func() time.Time { return now }, next: start.Add(meterPatience)}
	tests := []struct {
		name string
		at   time.Duration
		done int
		want string
	}{
		{"short run", 900 * time.Millisecond, 20, ""},
		{"long run", 1100 * time.Millisecond, 120, "\r\x1b[Kchecked 120 of 1,540 targets"},
		{"soon after", 1150 * time.Millisecond, 130, ""},
		{"later", 1300 * time.Millisecond, 1203, "\r\x1b[Kchecked 1,203 of 1,540 targets"},
	}
	for _, tt := range tests {
		out.Reset()
		now = start.Add(tt.at)
		m.checked(tt.done, 1540)
		assert.Equal(t, tt.want, out.String(), tt.name)
	}
	out.Reset()
	m.erase()
	m.erase()
	assert.Equal(t, eraseLine, out.String(), "erased once")
}

// What was never written is not erased: standard error stays empty.
func TestMeterUnseen(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Unix(10, 0)
	narrow := &meter{out: &out, columns: 20, now: func() time.Time { return now }}
	for _, m := range []*meter{narrow, newMeter(&out, false), {}} {
		m.checked(1, 2)
		m.erase()
		assert.Empty(t, out.String())
	}
}

// Only people at a terminal who did not ask for silence see the line.
func TestMeterTerminal(t *testing.T) {
	tty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil || !term.IsTerminal(int(tty.Fd())) {
		t.Skipf("needs a terminal: %v", err)
	}
	defer tty.Close()
	t.Setenv("CI", "")
	t.Setenv("TERM", "xterm")
	assert.NotNil(t, newMeter(tty, false).out)
	assert.Nil(t, newMeter(tty, true).out, "--quiet")
	t.Setenv("TERM", "dumb")
	assert.Nil(t, newMeter(tty, false).out, "cannot erase")
	t.Setenv("TERM", "xterm")
	t.Setenv("CI", "true")
	assert.Nil(t, newMeter(tty, false).out, "CI")
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		assert.Equal(t, want, grouped(n))
	}
}
