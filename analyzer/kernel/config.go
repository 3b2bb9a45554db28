package kernel

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"sync"
)

// maxConfig bounds a configuration after decompression, in bytes.
const maxConfig = 64 << 20

// Config is a kernel's build configuration: lines CONFIG_NAME=value, and
// comments "# CONFIG_NAME is not set" for options that are off.
//
// Nothing is read before the first question. It is safe for concurrent use. The
// zero value sets no option.
type Config struct {
	open func() ([]byte, error)

	mu     sync.Mutex
	opened bool
	data   []byte
	err    error
}

// BadLine is a line of a configuration that loaders refuse.
type BadLine struct {
	Line int    // 1-based
	Text string // without its end, at most 120 bytes
}

// NewConfig is the configuration of that text, which may be compressed with
// gzip. The bytes must not change while it is in use.
//
// It returns an error if the text is empty, binary, cannot be decompressed to
// at most 64 MB, or holds no option at all.
func NewConfig(data []byte) (*Config, error) {
	text, err := configText(data)
	if err != nil {
		return nil, err
	}
	return &Config{opened: true, data: text}, nil
}

// lazyConfig is a configuration whose text is read when it is first needed.
func lazyConfig(path string, open func() ([]byte, error)) *Config {
	return &Config{open: func() ([]byte, error) {
		text, err := open()
		if err == nil {
			text, err = configText(text)
		}
		if err != nil {
			return nil, partError(PartConfig, path, err)
		}
		return text, nil
	}}
}

// text is the configuration, nil if it cannot be read.
func (c *Config) text() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened || c.open == nil {
		return c.data
	}
	c.opened = true
	c.data, c.err = c.open()
	return c.data
}

// Err reads the configuration if that has not been done, and says why it
// cannot be read, nil if it can. One that cannot be read sets no option.
func (c *Config) Err() error {
	c.text()
	return c.failed()
}

// failed is Err without reading anything.
func (c *Config) failed() error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Lookup returns the value of an option as the file has it ("y", "m", "64",
// "\"text\""), false if the file has no such line. The name includes CONFIG_.
// Of several lines the first counts, as for libbpf (libbpf.c,
// bpf_object__process_kconfig_line).
func (c *Config) Lookup(name string) (string, bool) {
	line, ok := findLine(c.text(), name+"=")
	return string(line), ok
}

// Disabled reports whether the file says that the option is not set. An option
// that it does not mention at all is unknown to that kernel, or depends on one
// that is off.
func (c *Config) Disabled(name string) bool {
	rest, ok := findLine(c.text(), "# "+name+" is not set")
	return ok && len(rest) == 0
}

// Malformed returns the lines that start with CONFIG_ and have no "=" or
// nothing after it, the first eight of them. libbpf gives up on every option
// because of one such line.
func (c *Config) Malformed() []BadLine {
	var bad []BadLine
	n := 0
	for line := range bytes.Lines(c.text()) {
		n++
		if !bytes.HasPrefix(line, []byte("CONFIG_")) {
			continue
		}
		line = bytes.TrimSuffix(line, []byte{'\n'})
		if _, value, _ := bytes.Cut(line, []byte{'='}); len(value) > 0 {
			continue
		}
		bad = append(bad, BadLine{Line: n, Text: string(line[:min(len(line), 120)])})
		if len(bad) == 8 {
			break
		}
	}
	return bad
}

// findLine returns what follows prefix in the first line that starts with it.
func findLine(text []byte, prefix string) ([]byte, bool) {
	last := len(prefix) - 1 // options differ at their end: the byte there tells most
	for len(text) > 0 {
		line, next := text, len(text)
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			line, next = text[:end], end+1
		}
		text = text[next:]
		if len(line) > last && line[last] == prefix[last] && string(line[:last]) == prefix[:last] {
			return line[last+1:], true
		}
	}
	return nil, false
}

func isGzip(data []byte) bool { return len(data) >= 2 && data[0] == 0x1f && data[1] == 0x8b }

// configText is the text of a configuration, decompressed.
func configText(data []byte) ([]byte, error) {
	if isGzip(data) {
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		if data, err = io.ReadAll(io.LimitReader(r, maxConfig+1)); err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
	}
	if len(data) > maxConfig {
		return nil, errTooLarge
	}
	if err := checkConfig(data, true); err != nil {
		return nil, err
	}
	return data, nil
}

// checkConfig tells whether text looks like a configuration; gzip passes.
// whole says that the text is complete.
func checkConfig(text []byte, whole bool) error {
	switch {
	case len(text) == 0:
		return errEmpty
	case isGzip(text):
		return nil
	case bytes.IndexByte(text[:min(len(text), headSize)], 0) >= 0:
		return errBinary
	case whole && !bytes.Contains(text, []byte("CONFIG_")):
		return errors.New("not a kernel configuration: no CONFIG_ line")
	}
	return nil
}
