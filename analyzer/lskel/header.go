package lskel

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// maxHeader bounds the text of a header, in bytes. That of the largest object
// of the kernel's selftests has 69 MB.
const maxHeader = 256 << 20

// Errors that readers of light skeletons wrap.
var (
	// ErrNotSkeleton is the error for a text that holds no loader.
	ErrNotSkeleton = errors.New("not a light skeleton")
	// ErrMalformed is the error for a loader that cannot be read.
	ErrMalformed = errors.New("malformed light skeleton")
)

// Header are the byte arrays of a light skeleton as "bpftool gen skeleton -L"
// writes it.
type Header struct {
	// Data and Insns are the blob and the instructions of the loader.
	Data, Insns []byte
	// Signature and ExclusiveHash are those of a signed loader; nil without.
	Signature, ExclusiveHash []byte

	text []byte
	data *literal
}

// part is one of the arrays that a header holds.
type part uint8

const (
	partNone part = iota
	partData
	partInsns
	partSignature
	partHash
	parts
)

// ReadHeader reads the C text of a light skeleton. It understands both layouts
// that bpftool has written: arrays named opts_data and opts_insn (since 6.9), and string
// literals assigned to opts.data and opts.insns (bpftool gen.c, gen_trace).
// The header keeps text, which must not change afterwards.
//
// Its errors wrap [ErrNotSkeleton] or [ErrMalformed].
func ReadHeader(text []byte) (*Header, error) {
	if len(text) > maxHeader {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", ErrMalformed, len(text), maxHeader)
	}
	r := headerReader{scanner: scanner{text: text, line: 1}}
	if err := r.read(); err != nil {
		return nil, fmt.Errorf("%w: line %d: %w", ErrMalformed, r.line, err)
	}
	if r.found[partData] == nil && r.found[partInsns] == nil {
		if bytes.Contains(text, []byte("#include <bpf/skel_internal.h>")) {
			return nil, fmt.Errorf("%w: it ends before the loader: bpftool failed while it wrote it", ErrMalformed)
		}
		return nil, fmt.Errorf("%w: it assigns nothing to opts_data and opts.data", ErrNotSkeleton)
	}
	for _, p := range [...]part{partData, partInsns} {
		if r.found[p] == nil {
			return nil, fmt.Errorf("%w: no %s of the loader", ErrMalformed, [...]string{partData: "data", partInsns: "instructions"}[p])
		}
		if err := r.cut(p); err != nil {
			return nil, err
		}
	}
	h := &Header{Data: r.found[partData].data, Insns: r.found[partInsns].data, text: text, data: r.found[partData]}
	if l := r.found[partSignature]; l != nil {
		h.Signature = l.data
	}
	if l := r.found[partHash]; l != nil {
		h.ExclusiveHash = l.data
	}
	return h, nil
}

// Position is the line and column in the header of a byte of the blob, both
// 1-based; 0, 0 for an offset that the blob does not have.
func (h *Header) Position(offset int) (line, column int) {
	if offset < 0 {
		return 0, 0
	}
	return h.data.position(h.text, offset)
}

// headerReader reads a header statement by statement.
type headerReader struct {
	scanner
	found [parts]*literal
	sizes [parts]int // that the header says, -1 if it says none

	stmt []string // the first tokens of the statement
}

// maxTokens are the tokens of a statement that are kept: more than stand in
// front of the string of any array.
const maxTokens = 32

func (r *headerReader) read() error {
	r.sizes = [parts]int{-1, -1, -1, -1, -1}
	for {
		tok, err := r.next()
		if err != nil || tok == "" {
			return err
		}
		switch tok {
		case ";", "{", "}":
			r.size()
			r.stmt = r.stmt[:0]
		case `"`:
			p := r.target()
			if p != partNone && r.found[p] != nil {
				return errors.New("a second loader in one header")
			}
			l, err := r.literal(p != partNone)
			if err != nil {
				return err
			}
			if p != partNone {
				r.found[p] = l
			}
			r.push(tok)
		default:
			r.push(tok)
		}
	}
}

func (r *headerReader) push(tok string) {
	if len(r.stmt) < maxTokens {
		r.stmt = append(r.stmt, tok)
	}
}

// target tells which array the statement assigns a string to: "opts_data[] ...
// =" or "opts.data = (void *)".
func (r *headerReader) target() part {
	for i, tok := range r.stmt {
		if tok == "=" {
			return partNone
		}
		if i+1 < len(r.stmt) && r.stmt[i+1] == "[" {
			switch tok {
			case "opts_data":
				return partData
			case "opts_insn":
				return partInsns
			case "opts_sig":
				return partSignature
			case "opts_excl_hash":
				return partHash
			}
		}
		if i == 2 && r.stmt[0] == "opts" && r.stmt[1] == "." {
			switch tok {
			case "data":
				return partData
			case "insns":
				return partInsns
			}
		}
	}
	return partNone
}

// size takes the number of "opts.data_sz = 3816" over.
func (r *headerReader) size() {
	if len(r.stmt) != 5 || r.stmt[0] != "opts" || r.stmt[1] != "." || r.stmt[3] != "=" {
		return
	}
	n, err := strconv.ParseUint(r.stmt[4], 0, 31)
	if err != nil {
		return
	}
	switch r.stmt[2] {
	case "data_sz":
		r.sizes[partData] = int(n)
	case "insns_sz":
		r.sizes[partInsns] = int(n)
	}
}

// cut gives an array the size that the header says.
func (r *headerReader) cut(p part) error {
	l, n := r.found[p], r.sizes[p]
	if n < 0 {
		return nil
	}
	if n > len(l.data) {
		return fmt.Errorf("%w: opts says %d bytes of a string of %d", ErrMalformed, n, len(l.data))
	}
	l.data = l.data[:n]
	return nil
}
