package structops

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// Edit changes what the generator writes, to make what kernels refuse. The zero
// value is what the series writes.
type Edit struct {
	KeyType     uint32 // btf_key_type_id of the map
	ValueType   uint32 // btf_value_type_id
	NoBTFFD     bool   // btf_fd is left 0
	NoTypeID    bool   // btf_vmlinux_value_type_id is left 0
	MoreBytes   uint32 // added to value_size
	TypeOffset  uint32 // added to btf_vmlinux_value_type_id
	AttachOther uint32 // added to attach_btf_id of the first program
	Member      uint32 // added to expected_attach_type of the first program
}

// Skeleton is a generated loader.
type Skeleton struct {
	Name        string
	Data, Insns []byte
	Map         string
	Programs    []string
}

// Commands and sizes of attributes, as far as loaders set them.
const (
	cmdMapCreate, cmdProgLoad, cmdBTFLoad = 0, 5, 18

	btfAttrBytes  = 28
	mapAttrBytes  = 72
	progAttrBytes = 140

	mapTypeStructOps  = 26
	progTypeStructOps = 27
	flagLink          = 1 << 13
)

// attr is a union bpf_attr.
type attr []byte

func (a attr) u32(at int, v uint32) { binary.LittleEndian.PutUint32(a[at:], v) }

// Generate makes the loader of an object with one struct_ops map, with the
// numbers that types have in the BTF of a kernel.
func Generate(obj *bpfobj.Object, kernel btfgraph.Graph, edit Edit) (*Skeleton, error) {
	if len(obj.StructOps) != 1 {
		return nil, fmt.Errorf("%s: %d struct_ops maps, expected 1", obj.Name, len(obj.StructOps))
	}
	m := obj.StructOps[0]
	value := btfgraph.First(kernel, btfgraph.KindStruct, "bpf_struct_ops_"+m.TypeName)
	ops := btfgraph.First(kernel, btfgraph.KindStruct, m.TypeName)
	if value == btfgraph.Void || ops == btfgraph.Void {
		return nil, fmt.Errorf("%s: no struct_ops type %s", obj.Name, m.TypeName)
	}
	g := &generator{obj: obj, kernel: kernel, edit: edit, ops: ops}
	var funcs []*bpfobj.Function
	var members []uint32
	for i := range m.Members {
		member := &m.Members[i]
		if member.Program == nil {
			continue
		}
		index, ok := memberIndex(kernel, ops, member.Name)
		if !ok {
			return nil, fmt.Errorf("%s: %s has no member %s", obj.Name, m.TypeName, member.Name)
		}
		funcs, members = append(funcs, member.Program), append(members, index)
	}
	s := &Skeleton{Name: strings.TrimSuffix(obj.Name[strings.LastIndex(obj.Name, "/")+1:], ".o"), Map: m.Name}
	g.begin(len(funcs), 1)
	if err := g.loadBTF(); err != nil {
		return nil, err
	}
	g.createMap(m, value)
	for i, f := range funcs {
		if err := g.loadProgram(i, f, members[i]); err != nil {
			return nil, err
		}
		s.Programs = append(s.Programs, f.Name)
	}
	g.finish(len(funcs), 1)
	s.Data, s.Insns = g.blob, g.insns
	return s, nil
}

// memberIndex is the index of a member of a struct.
func memberIndex(g btfgraph.Graph, id btfgraph.ID, name string) (uint32, bool) {
	for i := range g.Vlen(id) {
		if g.Member(id, i).Name == name {
			return uint32(i), true
		}
	}
	return 0, false
}

// generator makes one loader.
type generator struct {
	program
	obj    *bpfobj.Object
	kernel btfgraph.Graph
	edit   Edit
	ops    btfgraph.ID
}

func (g *generator) loadBTF() error {
	btf, err := fixedBTF(g.obj)
	if err != nil {
		return err
	}
	at := g.data(btf)
	a := make(attr, btfAttrBytes)
	a.u32(16, uint32(len(btf)))
	field := g.data(a)
	g.fromCtx(loadWord, storeWord, field+24, ctxLogLevel, false)
	g.fromCtx(loadWord, storeWord, field+20, ctxLogSize, false)
	g.fromCtx(loadDouble, storeDouble, field+8, ctxLogBuf, false)
	g.pointer(field, at)
	g.command(cmdBTFLoad, field, btfAttrBytes)
	g.emit(storeWord, r10, r7, stackBTF, 0)
	return nil
}

func (g *generator) createMap(m *bpfobj.StructOpsMap, value btfgraph.ID) {
	a := make(attr, mapAttrBytes)
	a.u32(0, mapTypeStructOps)
	a.u32(4, 4)
	a.u32(8, g.kernel.Size(value)+g.edit.MoreBytes)
	a.u32(12, 1)
	if m.Link {
		a.u32(16, flagLink)
	}
	copy(a[28:43], m.Name)
	a.u32(52, g.edit.KeyType)
	a.u32(56, g.edit.ValueType)
	if !g.edit.NoTypeID {
		a.u32(60, uint32(value)+g.edit.TypeOffset)
	}
	field := g.data(a)
	if !g.edit.NoBTFFD {
		g.fromStack(field+48, stackBTF)
	}
	g.fromCtx(loadWord, storeWord, field+12, ctxBytes+4, true)
	g.command(cmdMapCreate, field, mapAttrBytes)
	g.address(r1, 0)
	g.emit(storeWord, r1, r7, 0, 0)
}

func (g *generator) loadProgram(i int, f *bpfobj.Function, member uint32) error {
	if len(f.Refs) > 0 || len(f.CORE) > 0 {
		return fmt.Errorf("program %s: refers to something", f.Name)
	}
	section := g.obj.Sections[f.Section].Data
	license := g.data(append([]byte(g.obj.License), 0))
	insns := g.data(section[f.Offset : f.Offset+f.SizeBytes])
	info := make(attr, 8)
	info.u32(4, uint32(f.Type))
	funcs := g.data(info)
	lines, count, err := lineRecords(g.obj, f)
	if err != nil {
		return err
	}
	lineInfo := g.data(lines)
	core := g.data(nil)

	a := make(attr, progAttrBytes)
	a.u32(0, progTypeStructOps)
	a.u32(4, uint32(f.SizeBytes/8))
	copy(a[48:63], f.Name)
	a.u32(68, member)
	a.u32(76, 8)
	a.u32(88, 1)
	a.u32(92, 16)
	a.u32(104, uint32(count))
	a.u32(108, uint32(g.ops))
	a.u32(136, 16)
	if i == 0 {
		a.u32(68, member+g.edit.Member)
		a.u32(108, uint32(g.ops)+g.edit.AttachOther)
	}
	field := g.data(a)
	for _, p := range [][2]int{{16, license}, {8, insns}, {80, funcs}, {96, lineInfo}, {128, core}, {120, 0}} {
		g.pointer(field+p[0], p[1])
	}
	g.fromCtx(loadWord, storeWord, field+24, ctxLogLevel, false)
	g.fromCtx(loadWord, storeWord, field+28, ctxLogSize, false)
	g.fromCtx(loadDouble, storeDouble, field+32, ctxLogBuf, false)
	g.fromStack(field+72, stackBTF)
	g.command(cmdProgLoad, field, progAttrBytes)
	g.emit(storeWord, r10, r7, stackProgram+4*i, 0)
	return nil
}
