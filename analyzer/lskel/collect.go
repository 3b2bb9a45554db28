package lskel

import (
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// collector sorts the calls of a loader into maps, programs and lookups.
type collector struct {
	*Skeleton
	// results are the stores of what calls returned, by call.
	results map[int][]*Store
	maps    map[int]*Map // by call
	lookups map[int]*Lookup
	closed  map[int]bool   // the descriptors that calls returned
	copied  map[int64]bool // places in the blob that get what the application has
	base    int64          // of the array of file descriptors in the blob
	// budget is how many bytes of the blob programs may still consist of: no two
	// of them share any in a loader that was generated.
	budget int
}

// results groups the stores of results by call.
func (t *Trace) results() map[int][]*Store {
	m := make(map[int][]*Store)
	for i := range t.Stores {
		if s := &t.Stores[i]; s.Value.Kind == Result || s.Value.Kind == Output && s.Helper == 0 {
			m[s.Value.Call] = append(m[s.Value.Call], s)
		}
	}
	return m
}

func (c *collector) collect() {
	c.findBase()
	c.budget = len(c.Trace.Blob)
	for i := range c.Trace.Stores {
		if s := &c.Trace.Stores[i]; s.Region == RegionBlob && s.Helper == helperCopyFromUser {
			c.copied[s.Offset] = true
		}
	}
	for n := range c.Trace.Calls {
		call := &c.Trace.Calls[n]
		if call.Cleanup {
			continue
		}
		switch call.Helper {
		case helperSysClose:
			if fd := call.Args[0]; fd.Kind == Result {
				c.closed[fd.Call] = true
			}
		case helperSysBPF:
			c.command(n, call)
		case helperFindByNameKind, helperKallsyms:
			c.addLookup(n, call)
		}
	}
	c.bindLookups()
}

// attr is the attr of a bpf_sys_bpf, false if it is not in the blob.
func (c *collector) attr(call *Call) (Attr, bool) {
	p, size := call.Args[1], call.Args[2]
	ok := p.Kind == Pointer && p.Region == RegionBlob && size.Kind == Const && c.Trace.bytes(p.Num, size.Num) != nil
	return Attr{Offset: p.Num, Size: size.Num, trace: c.Trace, insn: call.Insn}, ok
}

// findBase finds the array of file descriptors, which the programs name.
func (c *collector) findBase() {
	for n := range c.Trace.Calls {
		call := &c.Trace.Calls[n]
		if call.Helper != helperSysBPF || call.Args[0] != constant(cmdProgLoad) {
			continue
		}
		if a, ok := c.attr(call); ok {
			if at := a.target(fieldFDArray); at >= 0 {
				c.base = at
				return
			}
		}
	}
}

func (c *collector) command(n int, call *Call) {
	a, ok := c.attr(call)
	if !ok || call.Args[0].Kind != Const {
		return
	}
	switch call.Args[0].Num {
	case cmdBTFLoad:
		c.addBTF(a)
	case cmdMapCreate:
		c.addMap(n, a)
	case cmdMapUpdateElem:
		c.addEntry(a)
	case cmdMapFreeze:
		if m := c.mapOf(a.field(fieldFreezeMapFD)); m != nil {
			m.Frozen = true
		}
	case cmdProgLoad:
		c.addProgram(n, a)
	}
}

func (c *collector) addBTF(a Attr) {
	c.BTFLoad = &a
	at := a.target(fieldBTF)
	if b := c.Trace.bytes(at, int64(a.u32(fieldBTFSize))); b != nil {
		c.BTF, c.BTFOffset = b, at
	}
}

func (c *collector) addMap(n int, a Attr) {
	m := &Map{
		Attr: a, Name: a.name(fieldMapName), Slot: -1, call: n,
		Type: a.u32(fieldMapType), KeySize: a.u32(fieldKeySize), ValueSize: a.u32(fieldValueSize), MaxEntries: a.u32(fieldMaxEntries),
		Flags: a.u32(fieldMapFlags), NumaNode: a.u32(fieldNumaNode), Extra: a.u64(fieldMapExtra),
		KeyTypeID: a.u32(fieldKeyTypeID), ValueTypeID: a.u32(fieldValueTypeID),
		KeyType: a.field(fieldKeyTypeID), ValueType: a.field(fieldValueTypeID),
		VmlinuxTypeID: a.field(fieldVmlinuxTypeID), BTFFD: a.field(fieldMapBTFFD), ValueSizeField: a.field(fieldValueSize),
	}
	// The descriptor of an inner map goes to the stack first.
	if stores := c.results[n]; len(stores) > 0 && stores[0].Region == RegionBlob && stores[0].Offset >= c.base {
		m.Slot = int(stores[0].Offset-c.base) / 4
		c.MapCount++
	}
	// A map of maps without an inner map gets that of the one before, which is
	// closed by then (libbpf gen_loader.c, bpf_gen__map_create).
	if inner := c.mapOf(a.field(fieldInnerMapFD)); inner != nil && !c.closed[inner.call] {
		m.Inner = inner
	}
	c.maps[n] = m
	c.Maps = append(c.Maps, m)
}

// mapOf is the map whose file descriptor a field gets, nil if it is unknown.
func (c *collector) mapOf(f Field) *Map {
	if v := f.Last(); v.Kind == Result && v.Shift == 0 {
		return c.maps[v.Call]
	}
	return nil
}

func (c *collector) addEntry(a Attr) {
	m := c.mapOf(a.field(fieldElemMapFD))
	key, value := a.target(fieldElemKey), a.target(fieldElemValue)
	if m == nil || key < 0 || value < 0 {
		return
	}
	e := Entry{Key: c.Trace.bytes(key, int64(m.KeySize)), Offset: value}
	stores := c.Trace.storesTo(value, 4, a.insn)
	if n := len(stores); n > 0 && stores[n-1].Value.Kind == Result {
		e.Map = c.maps[stores[n-1].Value.Call]
	}
	if e.Map == nil {
		e.Value = c.Trace.bytes(value, int64(m.ValueSize))
		e.Replaced = c.copied[value]
	}
	m.Entries = append(m.Entries, e)
}

func (c *collector) addProgram(n int, a Attr) {
	p := &Program{
		Attr: a, Name: a.name(fieldProgName), InsnsOffset: a.target(fieldInsns),
		Type: a.u32(fieldProgType), ExpectedAttachType: a.u32(fieldExpectedAttachType), Flags: a.u32(fieldProgFlags),
		FuncInfo:    a.records(fieldFuncInfo, fieldFuncInfoCnt, fieldFuncInfoRecSize),
		LineInfo:    a.records(fieldLineInfo, fieldLineInfoCnt, fieldLineInfoRecSize),
		CORE:        a.records(fieldCORE, fieldCORECnt, fieldCORERecSize),
		AttachBTFID: a.field(fieldAttachBTFID), AttachBTFObj: a.field(fieldAttachBTFObj), AttachType: a.field(fieldExpectedAttachType), ProgBTFFD: a.field(fieldProgBTFFD),
	}
	if at := a.target(fieldLicense); at >= 0 {
		p.License = text(c.Trace.Blob[min(at, int64(len(c.Trace.Blob))):])
	}
	insns := c.Trace.bytes(p.InsnsOffset, int64(a.u32(fieldInsnCnt))*8)
	c.budget -= len(insns) + len(p.FuncInfo.Data) + len(p.LineInfo.Data) + len(p.CORE.Data)
	if c.budget < 0 {
		p.FuncInfo, p.LineInfo, p.CORE, insns = Records{}, Records{}, Records{}, nil
	}
	p.Insns = bpfobj.DecodeInsns(insns, c.Trace.ByteOrder)
	if len(p.Insns) == 0 {
		c.Trace.lose(a.insn) // a program that nobody can look at
	}
	if v := p.AttachBTFID.Last(); v.Kind == Result && v.Shift == 0 {
		p.Attach = c.lookups[v.Call]
	}
	if len(c.results[n]) > 0 {
		c.ProgramCount++
	}
	c.Programs = append(c.Programs, p)
}

func (c *collector) addLookup(n int, call *Call) {
	name, size := call.Args[0], call.Args[1]
	if name.Kind != Pointer || name.Region != RegionBlob || size.Kind != Const {
		return
	}
	l := &Lookup{
		Name: text(c.Trace.bytes(name.Num, size.Num)), Offset: name.Num, call: n,
		Symbol: call.Helper == helperKallsyms, Optional: !call.Checked || call.Excused,
	}
	if !l.Symbol && call.Args[2].Kind == Const {
		l.Kind = uint32(call.Args[2].Num)
	}
	c.lookups[n] = l
	c.Lookups = append(c.Lookups, l)
}

// bindLookups finds the instructions that get what was looked up.
func (c *collector) bindLookups() {
	bySlot := make(map[int64]*Lookup) // offset of the imm of the first instruction of each name
	for i := range c.Trace.Stores {
		s := &c.Trace.Stores[i]
		if s.Region != RegionBlob || s.Helper != 0 || s.Cleanup {
			continue
		}
		var l *Lookup
		switch v := s.Value; {
		case (v.Kind == Result || v.Kind == Output) && v.Shift == 0:
			l = c.lookups[v.Call]
		case v.Kind == Memory && v.Region == RegionBlob:
			l = bySlot[v.Num]
		}
		if l == nil {
			continue
		}
		bySlot[s.Offset] = l
		if use, ok := c.useAt(s.Offset); ok {
			l.Uses = append(l.Uses, use)
		}
	}
}

// immOffset is where the imm of an instruction lies, in bytes.
const immOffset = 4

// useAt is the instruction whose imm lies at an offset of the blob.
func (c *collector) useAt(offset int64) (Use, bool) {
	i, _ := slices.BinarySearchFunc(c.Programs, offset, func(p *Program, at int64) int {
		if p.InsnsOffset+int64(len(p.Insns))*8 <= at {
			return -1
		}
		return 1
	})
	if i >= len(c.Programs) || offset < c.Programs[i].InsnsOffset || (offset-c.Programs[i].InsnsOffset)%8 != immOffset {
		return Use{}, false
	}
	return Use{Program: i, Insn: int(offset-c.Programs[i].InsnsOffset) / 8}, true
}
