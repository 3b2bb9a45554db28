package rules

import (
	"encoding/binary"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

var endianness = &analyzer.Rule{
	Name:     "endianness",
	Severity: analyzer.Error,
	Needs:    analyzer.NeedsTypes,
	Since:    "0.1.0",
	Aliases:  []string{"EL-03"},
	Doc: analyzer.Doc{
		Title: "The object is built for machines of the other byte order",
		Why: "BPF instructions, maps and BTF have the byte order of the machine. An object of the other order can be opened everywhere, to be read or to make " +
			"a light skeleton of it, and loaded nowhere: libbpf refuses the object (\"loading non-native endianness is unsupported\"), cilium/ebpf " +
			"every program. The kernel's order is that of its BTF. s390x is big endian; amd64, arm64, riscv64 and loong64 are little endian.",
		Fix:   "Build one object for each byte order, `-target bpfel` and `-target bpfeb` (bpf2go does), and load the one that fits.",
		Wrong: "clang -O2 -g -target bpfeb -c prog.bpf.c   # for amd64",
		Right: "clang -O2 -g -target bpf -c prog.bpf.c     # the order of the machine that builds it",
		References: []string{
			"libbpf 1.8, libbpf.c, bpf_object_load and is_native_endianness",
			"cilium/ebpf v0.22.0, prog.go, newProgramWithOptions",
		},
	},
	Run: func(p *analyzer.Pass) error {
		for _, r := range p.Plan.Refusals {
			if r.Code != plan.RefuseByteOrder {
				continue
			}
			other, target := "little endian", "bpfel"
			if p.Plan.Kernel.ByteOrder == binary.BigEndian {
				other, target = "big endian", "bpfeb"
			}
			p.Report(analyzer.Finding{
				Severity: analyzer.Error, Stage: r.Stage, Scope: r.Scope,
				Location: bpfobj.Location{Object: p.Plan.Object.Name, Insn: -1},
				Message:  r.Subject + " " + r.Detail + ", {kernel} is " + other,
				Hint:     byteOrderHint(p.Plan.Object.Name, target),
			})
		}
		return nil
	},
}

// byteOrderHint is the way out for an object of the other byte order. bpf2go makes
// two at a time, and the other one is for this kernel.
func byteOrderHint(object, target string) string {
	for _, made := range [...]string{"bpfel", "bpfeb"} {
		if stem, ok := strings.CutSuffix(object, "_"+made+".o"); ok && made != target {
			return "check " + stem[strings.LastIndexByte(stem, '/')+1:] + "_" + target + ".o, which bpf2go makes beside it, and leave this one out"
		}
	}
	return "build it with -target " + target
}
