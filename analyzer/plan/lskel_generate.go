package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// GenerationCode tells faults of generators apart.
type GenerationCode uint8

// What the generator of light skeletons fails of, and what it bakes in.
const (
	// GenerateStructOps: a struct_ops map. bpftool crashes, as libbpf has loaded no
	// kernel BTF then (libbpf.c, bpf_object__load_vmlinux_btf); one that is
	// patched to have it bakes in type ids of the machine it runs on.
	GenerateStructOps GenerationCode = iota
	// GenerateRawTracepoint: a raw tracepoint program whose section names no
	// tracepoint. bpftool crashes (gen.c, codegen_attach_detach).
	GenerateRawTracepoint
	// GenerateArena: global variables of an arena. libbpf copies them to where
	// the arena would be, and crashes (libbpf.c, bpf_object__create_maps).
	GenerateArena
	// GeneratePin: a map that is pinned by name: there is nothing to pin yet
	// (libbpf.c, bpf_map__pin, -EINVAL).
	GeneratePin
	// GenerateSlots: the first entries of a program array (libbpf.c,
	// init_prog_array_slots, -ENOTSUP).
	GenerateSlots
	// GenerateTarget: a program that needs a target and names none (libbpf.c,
	// libbpf_prepare_prog_load).
	GenerateTarget
	// GeneratePrograms: more functions than the loader has room for on its
	// stack, optional programs and subprograms included, as libbpf counts them.
	// It is generated and then refused (libbpf gen_loader.c, struct loader_stack
	// and the cleanup in bpf_gen__init).
	GeneratePrograms
	// GenerateMaps: more maps than it has room for (add_map_fd, -E2BIG).
	GenerateMaps
	// GenerateOption: an extern of .kconfig, whose value is that of the machine
	// on which the skeleton is generated. It is no failure.
	GenerateOption
	// GenerateRingbuf: a ring buffer whose size is rounded up to pages of that
	// machine, and GenerateCPUs: a map with an entry for each of its CPUs. Both
	// are no failures.
	GenerateRingbuf
	GenerateCPUs
)

// GenerationFault is something that the generator of a light skeleton fails of,
// or takes from the machine on which it runs.
type GenerationFault struct {
	Code GenerationCode
	// Map, StructOps, Extern or Program is what it is about.
	Map       *bpfobj.Map
	StructOps *bpfobj.StructOpsMap
	Extern    *bpfobj.Extern
	Program   *bpfobj.Program
	// Count and Limit are the numbers of GeneratePrograms and GenerateMaps.
	Count, Limit int
}

// Room that loader programs have (libbpf gen_loader.c, MAX_USED_PROGS and
// MAX_USED_MAPS).
const (
	maxLoaderPrograms = 32
	maxLoaderMaps     = 64
)

// checkGeneration finds what the generator fails of. The sizes that it takes
// from its machine are in the definition of the map.
func (p *Plan) checkGeneration() {
	if p.Object.FromSpec {
		return
	}
	add := func(f GenerationFault) { p.Generation = append(p.Generation, f) }
	for _, m := range p.Object.StructOps {
		if slices.Contains(p.Loader.StructOps.Sections, m.SectionName) {
			add(GenerationFault{Code: GenerateStructOps, StructOps: m})
		}
	}
	p.generatePrograms(add)
	p.generateMaps(add)
	for _, e := range p.Object.Externs {
		if e.Kind == bpfobj.ExternKconfig {
			add(GenerationFault{Code: GenerateOption, Extern: e})
		}
	}
}

func (p *Plan) generatePrograms(add func(GenerationFault)) {
	for i := range p.Programs {
		pp := &p.Programs[i]
		if strings.HasPrefix(pp.ProgType, "BPF_PROG_TYPE_RAW_TRACEPOINT") && !strings.Contains(pp.Program.SectionName, "/") &&
			!strings.HasSuffix(pp.ProgType, "_WRITABLE") {
			add(GenerationFault{Code: GenerateRawTracepoint, Program: pp.Program})
		}
		if !pp.Autoload {
			continue
		}
		if pp.ProgType == "BPF_PROG_TYPE_EXT" || pp.Def != nil && pp.Def.AttachBTF && pp.AttachTo == "" {
			add(GenerationFault{Code: GenerateTarget, Program: pp.Program})
		}
	}
	if n := len(p.Object.Functions); n > maxLoaderPrograms {
		add(GenerationFault{Code: GeneratePrograms, Count: n, Limit: maxLoaderPrograms})
	}
}

func (p *Plan) generateMaps(add func(GenerationFault)) {
	created := len(p.Object.StructOps)
	for i := range p.Maps {
		mp := &p.Maps[i]
		m := mp.Map
		if m.Kind == bpfobj.MapArena {
			add(GenerationFault{Code: GenerateArena, Map: m})
		}
		if !mp.Created || mp.Malformed != "" {
			continue
		}
		created++
		if m.Def.Pinning != 0 {
			add(GenerationFault{Code: GeneratePin, Map: m})
		}
		if m.Def.Type == mapProgArray && p.hasSlots(m) {
			add(GenerationFault{Code: GenerateSlots, Map: m})
		}
		switch m.Def.Type {
		case mapRingbuf, mapUserRingbuf:
			if m.Def.MaxEntries != 0 && m.Def.MaxEntries%largestPage != 0 {
				add(GenerationFault{Code: GenerateRingbuf, Map: m})
			}
		case mapPerfEventArray:
			if m.Def.MaxEntries == 0 {
				add(GenerationFault{Code: GenerateCPUs, Map: m})
			}
		}
	}
	if created > maxLoaderMaps {
		add(GenerationFault{Code: GenerateMaps, Count: created, Limit: maxLoaderMaps})
	}
}

// largestPage is the largest page of the architectures that run BPF, in bytes:
// a multiple of it is one of the others too.
const largestPage = 64 << 10

// hasSlots reports whether the definition of a map has relocations: its first
// entries.
func (p *Plan) hasSlots(m *bpfobj.Map) bool {
	if m.Section <= 0 || m.Section >= len(p.Object.Sections) {
		return false
	}
	end := p.Object.Sections[m.Section].Size
	for _, o := range p.Object.Maps {
		if o.Section == m.Section && o.Offset > m.Offset {
			end = min(end, o.Offset)
		}
	}
	return slices.ContainsFunc(p.Object.Sections[m.Section].Relocs, func(r bpfobj.Reloc) bool {
		return r.Offset >= m.Offset && r.Offset < end
	})
}

// Fails reports whether the generator, or the loader that it makes, certainly
// fails; otherwise something of the generating machine is baked in.
func (f *GenerationFault) Fails() bool {
	switch f.Code {
	case GenerateOption, GenerateRingbuf, GenerateCPUs, GenerateStructOps:
		return false
	}
	return true
}

// Subject is what the fault is about, in words.
func (f *GenerationFault) Subject() string {
	switch {
	case f.StructOps != nil:
		return fmt.Sprintf("struct_ops map %q", f.StructOps.Name)
	case f.Map != nil && f.Code == GenerateArena:
		return fmt.Sprintf("section %q", f.Map.SectionName)
	case f.Map != nil:
		return fmt.Sprintf("map %q", f.Map.Name)
	case f.Program != nil:
		return fmt.Sprintf("program %q", f.Program.Name)
	case f.Extern != nil:
		return quote(f.Extern.Name)
	case f.Code == GeneratePrograms:
		return fmt.Sprintf("%d programs and functions", f.Count)
	}
	return fmt.Sprintf("%d maps", f.Count)
}
