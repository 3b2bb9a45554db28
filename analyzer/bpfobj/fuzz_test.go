package bpfobj_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// seeds are the objects of the testdata folder.
func seeds(f *testing.F) [][]byte {
	f.Helper()
	paths, err := filepath.Glob(filepath.Join(objects, "*.o"))
	require.NoError(f, err)
	var list [][]byte
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(f, err)
		list = append(list, data)
	}
	return list
}

// describe calls every method of an object and renders what they return.
func describe(o *bpfobj.Object) string {
	s := fmt.Sprint(o.License, o.TypesErr, o.ExtErr, o.Symbols, o.FuncRecords(), len(o.StrayStructOpsRelocs()), o.Datasecs())
	for _, f := range o.Functions {
		s += fmt.Sprint(f.Name, f.Type, len(f.Insns), refs(f), f.CORE, len(f.Reachable()), o.LocateFunction(f))
		for i := range min(len(f.Insns), 64) {
			s += fmt.Sprint(o.Locate(f, i))
		}
		s += fmt.Sprint(o.Locate(f, len(f.Insns)-1), o.Locate(f, -1))
	}
	for i := range o.Sections {
		sec := &o.Sections[i]
		s += fmt.Sprint(sec.Name, sec.Relocs, sec.RelocErr, o.LocateSection(i, 8), o.LocateSection(i, 1<<40))
	}
	for _, m := range o.Maps {
		s += fmt.Sprint(m.Name, m.Kind, m.Def.Type, m.Def.ValueSize, m.DefErr, len(m.Refs), len(m.Data))
	}
	for _, e := range o.Externs {
		s += fmt.Sprint(e.Name, e.Kind, e.Weak, e.Type, e.Linkage, e.Typeless(), len(e.Refs))
	}
	for _, m := range o.StructOps {
		s += fmt.Sprint(m.Name, m.TypeName, m.Offset, m.Data, len(m.Members), len(m.Relocs))
	}
	for _, r := range o.CORE {
		s += fmt.Sprint(r.Section, r.Offset, r.Type, r.Access, r.Kind, r.Insn)
	}
	return s
}

// checkRead reads data twice: an object or an error, the same both times.
func checkRead(t *testing.T, data []byte) {
	t.Helper()
	o, err := bpfobj.Read("x.o", data)
	again, errAgain := bpfobj.Read("x.o", data)
	if err != nil {
		require.Nil(t, o)
		require.EqualError(t, errAgain, err.Error())
		require.NotContains(t, err.Error(), "internal error")
		return
	}
	require.NotNil(t, o)
	require.NoError(t, errAgain)
	require.Equal(t, describe(o), describe(again))
}

func FuzzRead(f *testing.F) {
	for _, data := range seeds(f) {
		f.Add(data)
	}
	f.Add(minimal().bytes())
	f.Fuzz(checkRead)
}

// FuzzExt gives a sound object a hostile .BTF.ext.
func FuzzExt(f *testing.F) {
	var whole []byte
	extImage(binary.LittleEndian, func(e *extBuilder) {
		e.raw = func(b []byte) []byte { whole = append([]byte{}, b...); return b }
	})
	f.Add(whole)
	f.Add(whole[:24])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, ext []byte) {
		m := extImage(binary.LittleEndian, func(e *extBuilder) { e.raw = func([]byte) []byte { return ext } })
		checkRead(t, m.bytes())
	})
}
