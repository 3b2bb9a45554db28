package bpfobj

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Record sizes of .BTF.ext (include/uapi/linux/bpf.h, struct bpf_func_info,
// bpf_line_info and bpf_core_relo). A section may hold larger records.
const (
	funcRecordSize = 8
	lineRecordSize = 16
	coreRecordSize = 16
)

// extHeaderSize is the header up to line_info_len, extCoreHeaderSize up to
// core_relo_len (libbpf libbpf_internal.h, struct btf_ext_header).
const (
	extHeaderSize     = 24
	extCoreHeaderSize = 32
)

const btfMagic = 0xeb9f

// ext are the function and line records of .BTF.ext, one table per section.
type ext struct {
	funcs, lines []extTable
	strs         string // of .BTF
	spec         map[*Function][]specLine
}

// extTable holds the records of one section, ascending by the instruction's
// offset, which is their first word.
type extTable struct {
	section int
	size    int // of a record, bytes
	recs    []byte
	big     bool // big-endian
}

func (t *extTable) len() int { return len(t.recs) / t.size }

// u32 reads a word of record i.
func (t *extTable) u32(i, at int) uint32 { return t.word(t.recs[i*t.size+at:]) }

func (t *extTable) word(b []byte) uint32 {
	if t.big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

// search returns the first record at or after an offset.
func (t *extTable) search(offset uint64) int {
	lo, hi := 0, t.len()
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if uint64(t.u32(mid, 0)) < offset {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// table returns the table of a section, nil if there is none.
func table(tables []extTable, section int) *extTable {
	for i := range tables {
		if tables[i].section == section {
			return &tables[i]
		}
	}
	return nil
}

// FuncRecord is a function record of .BTF.ext.
type FuncRecord struct {
	Section int    // section index
	Offset  uint64 // of the instruction, bytes from the section's start
	Type    btfgraph.ID
}

// FuncRecords returns the function records by section and offset.
func (o *Object) FuncRecords() []FuncRecord {
	var recs []FuncRecord
	for i := range o.ext.funcs {
		t := &o.ext.funcs[i]
		for k := range t.len() {
			recs = append(recs, FuncRecord{t.section, uint64(t.u32(k, 0)), btfgraph.ID(t.u32(k, 4))})
		}
	}
	return recs
}

// readExt decodes .BTF.ext (libbpf btf.c, btf_ext_parse). libbpf ignores it
// without sound BTF, and so does this package.
func (r *reader) readExt() {
	i, ok := r.secByName[".BTF.ext"]
	if !ok || r.o.Types == nil {
		return
	}
	if err := r.parseExt(r.o.Sections[i].Data); err != nil {
		r.o.ExtErr = fmt.Errorf("section %q: %w", ".BTF.ext", err)
	}
}

func (r *reader) parseExt(data []byte) error {
	if len(data) < 8 {
		return errors.New("header too short")
	}
	u32 := r.f.order.Uint32
	switch {
	case r.f.order.Uint16(data) != btfMagic:
		return fmt.Errorf("invalid magic %#x", r.f.order.Uint16(data))
	case data[2] != 1:
		return fmt.Errorf("unsupported version %d", data[2])
	case data[3] != 0:
		return fmt.Errorf("unsupported flags %#x", data[3])
	}
	size := u32(data[4:])
	switch {
	case uint64(size) > uint64(len(data)):
		return errors.New("header not found")
	case uint64(size) == uint64(len(data)):
		return errors.New("no data")
	case size < extHeaderSize:
		return errors.New("header missing func_info, line_info")
	}
	r.strs = r.types.Strings()
	body := data[size:]
	funcs, err := r.parseInfo("func_info", body, u32(data[8:]), u32(data[12:]), funcRecordSize)
	if err != nil {
		return err
	}
	lines, err := r.parseInfo("line_info", body, u32(data[16:]), u32(data[20:]), lineRecordSize)
	if err != nil {
		return err
	}
	var core []extTable
	if size >= extCoreHeaderSize {
		core, err = r.parseInfo("core_relo", body, u32(data[24:]), u32(data[28:]), coreRecordSize)
		if err != nil {
			return err
		}
	}
	r.o.ext = ext{funcs: tables(funcs), lines: tables(lines), strs: r.strs}
	r.addCORE(core)
	return nil
}

// parseInfo splits one kind of records by section (libbpf btf.c,
// btf_ext_parse_sec_info). The tables are parts of body.
func (r *reader) parseInfo(what string, body []byte, off, size uint32, minRecord int) ([]extTable, error) {
	if size == 0 {
		return nil, nil
	}
	if off&3 != 0 {
		return nil, fmt.Errorf("%s is not aligned to 4 bytes", what)
	}
	if !within(uint64(off), uint64(size), len(body)) {
		return nil, fmt.Errorf("%s of %d bytes at offset %d is beyond the end", what, size, off)
	}
	if size < 4 {
		return nil, fmt.Errorf("%s record size not found", what)
	}
	u32 := r.f.order.Uint32
	info := body[off : uint64(off)+uint64(size)]
	record := u32(info)
	if record < uint32(minRecord) || record&3 != 0 || record > math.MaxInt32 {
		return nil, fmt.Errorf("%s has invalid record size %d", what, record)
	}
	info = info[4:]
	if len(info) == 0 {
		return nil, fmt.Errorf("%s has no records", what)
	}
	var out []extTable
	for len(info) > 0 {
		if len(info) < 8 {
			return nil, fmt.Errorf("%s section header is not found", what)
		}
		name, n := u32(info), uint64(u32(info[4:]))
		info = info[8:]
		if n == 0 || n > uint64(len(info))/uint64(record) {
			return nil, fmt.Errorf("%s section has incorrect number of records %d", what, n)
		}
		length := n * uint64(record)
		out = append(out, extTable{
			section: r.secByName[cString(r.strs, uint64(name))],
			size:    int(record), recs: info[:length:length], big: r.f.order == binary.BigEndian,
		})
		info = info[length:]
	}
	return out, nil
}

// tables joins the tables of one section and puts their records in order.
// Every producer writes them like that.
func tables(list []extTable) []extTable {
	slices.SortStableFunc(list, func(a, b extTable) int { return a.section - b.section })
	out := list[:0]
	for _, t := range list {
		if n := len(out); n > 0 && out[n-1].section == t.section {
			out[n-1].recs = append(out[n-1].recs, t.recs...)
			continue
		}
		out = append(out, t)
	}
	for i := range out {
		out[i].sort()
	}
	return out
}

func (t *extTable) sort() {
	sorted := true
	for i := 1; i < t.len() && sorted; i++ {
		sorted = t.u32(i-1, 0) <= t.u32(i, 0)
	}
	if sorted {
		return
	}
	recs := make([][]byte, 0, t.len())
	for rec := range slices.Chunk(t.recs, t.size) {
		recs = append(recs, rec)
	}
	slices.SortStableFunc(recs, func(a, b []byte) int {
		x, y := t.word(a), t.word(b)
		if x < y {
			return -1
		}
		if x > y {
			return 1
		}
		return 0
	})
	t.recs = bytes.Join(recs, nil)
}

// addCORE lists the CO-RE records in file order and ties them to functions.
func (r *reader) addCORE(list []extTable) {
	n := 0
	for i := range list {
		n += list[i].len()
	}
	r.o.CORE = make([]CORERecord, 0, n)
	for i := range list {
		t := &list[i]
		for k := range t.len() {
			rec := CORERecord{
				Section: t.section, Offset: uint64(t.u32(k, 0)), Type: btfgraph.ID(t.u32(k, 4)),
				Access: cString(r.strs, uint64(t.u32(k, 8))), Kind: t.u32(k, 12),
			}
			if f := r.owner(rec.Section, rec.Offset); f != nil {
				rec.Func, rec.Insn = f, int((rec.Offset-f.Offset)/slotSize)
				f.CORE = append(f.CORE, len(r.o.CORE))
			}
			r.o.CORE = append(r.o.CORE, rec)
		}
	}
	for _, f := range r.o.Functions {
		byInsn := func(a, b int) int { return r.o.CORE[a].Insn - r.o.CORE[b].Insn }
		if !slices.IsSortedFunc(f.CORE, byInsn) {
			slices.SortStableFunc(f.CORE, byInsn)
		}
	}
}
