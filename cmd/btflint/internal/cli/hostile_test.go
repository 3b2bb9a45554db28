package cli_test

import (
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/btfgraph/btftest"
)

// hostile is the command "hostile DIR": it fills the directory with objects and
// parts of kernels that are broken, foreign or odd.
func hostile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hostile DIR")
	}
	object, err := os.ReadFile("testdata/objects/subprogs.o")
	ts.Check(err)
	big, err := os.ReadFile("testdata/objects/subprogs_bpfeb.o")
	ts.Check(err)
	vmlinux, err := os.ReadFile("testdata/kernels/modern.o")
	ts.Check(err)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err = w.Write([]byte("CONFIG_HZ=250\n"))
	ts.Check(err)
	ts.Check(w.Close())

	foreign := bytes.Clone(object)
	binary.LittleEndian.PutUint16(foreign[18:], uint16(elf.EM_X86_64))
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	for name, data := range map[string][]byte{
		"good.o": object, "big.o": big, "truncated.o": object[:len(object)/2], "x86.o": foreign,
		"gigabyte.o": resized(ts, object, ".BTF", 1<<30),
		"cycle.o":    withBTF(ts, object, cycle()),
		"chain.o":    withBTF(ts, object, chain(100_000)),
		"vmlinux":    vmlinux, "vmlinux.cut": vmlinux[:len(vmlinux)/2],
		"module.btf": chain(3),
		"System.map": []byte("ffffffffffffffff B The real System.map is in the linux-image-6.1.0-47-amd64-dbg package\n"),
		"hidden":     []byte("0000000000000000 T do_unlinkat\n0000000000000000 D jiffies\n"),
		"config.gz":  packed.Bytes(), "config.cut.gz": packed.Bytes()[:20],
	} {
		ts.Check(os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
}

// header is where the section header of that name lies in an object.
func header(ts *testscript.TestScript, object []byte, name string) int {
	f, err := elf.NewFile(bytes.NewReader(object))
	ts.Check(err)
	for i, s := range f.Sections {
		if s.Name == name {
			return int(binary.LittleEndian.Uint64(object[40:])) + 64*i
		}
	}
	ts.Fatalf("no section %q", name)
	return 0
}

// resized is an object whose section claims a size.
func resized(ts *testscript.TestScript, object []byte, section string, size uint64) []byte {
	object = bytes.Clone(object)
	binary.LittleEndian.PutUint64(object[header(ts, object, section)+32:], size)
	return object
}

// withBTF is an object with that BTF and without .BTF.ext.
func withBTF(ts *testscript.TestScript, object, btf []byte) []byte {
	at, ext := header(ts, object, ".BTF"), header(ts, object, ".BTF.ext")
	patched := append(bytes.Clone(object), btf...)
	binary.LittleEndian.PutUint64(patched[at+24:], uint64(len(object)))
	binary.LittleEndian.PutUint64(patched[at+32:], uint64(len(btf)))
	binary.LittleEndian.PutUint32(patched[ext:], 0) // no name
	return patched
}

// cycle is BTF with a typedef of itself.
func cycle() []byte {
	var b btftest.Builder
	b.Add("loop", btftest.Info(btfgraph.KindTypedef, 0, false), 2)
	b.Add("loop", btftest.Info(btfgraph.KindTypedef, 0, false), 1)
	return b.Bytes(binary.LittleEndian)
}

// chain is BTF with a chain of typedefs.
func chain(n int) []byte {
	var b btftest.Builder
	b.Int("int", 4, btfgraph.IntSigned)
	for i := range n {
		b.Add("t", btftest.Info(btfgraph.KindTypedef, 0, false), uint32(i+1))
	}
	return b.Bytes(binary.LittleEndian)
}
