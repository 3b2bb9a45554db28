package rules

import (
	"encoding/binary"
	"fmt"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/plan"
)

// drift is what is wrong with an access to a field that the loader relocates.
type drift struct {
	clause string // follows the field; "" if nothing is wrong
	hint   string
	minor  bool // the data is right as long as the value is small
	beyond bool // the verifier refuses it where it knows the pointer's type
}

// drifts finds them, once for each field and sort of access.
type drifts struct {
	p  *analyzer.Pass
	of map[driftKey]drift
}

type driftKey struct {
	root   btfgraph.ID
	access string
	module string
	op     uint8
	fn     *bpfobj.Function // of bitfields, whose shifts are in the function
	insn   int              // what follows uses the sign, or does not
}

// driftingCORE are the indexes of the records that find may find fault with.
func driftingCORE(p *analyzer.Pass) []int {
	var records []int
	for i := range p.Plan.CORE {
		b := &p.Plan.CORE[i]
		if len(b.Others) > 0 || b.Status == plan.COREPatched && b.Kind == plan.COREByteOff && !b.SameField() {
			records = append(records, i)
		}
	}
	return records
}

// find is what is wrong with the access of a record.
func (d *drifts) find(b *plan.COREBinding) drift {
	insns := b.Record.Func.Insns
	if b.Record.Insn < 0 || b.Record.Insn >= len(insns) {
		return drift{}
	}
	insn := insns[b.Record.Insn]
	if class := insn.Op & 7; class == 0 || class > 3 {
		return drift{} // no load or store
	}
	key := driftKey{b.Record.Type, b.Record.Access, b.Target.Module, insn.Op, b.Record.Func, b.Record.Insn}
	found, ok := d.of[key]
	if !ok {
		found = d.judge(b, insns)
		d.of[key] = found
	}
	return found
}

func (d *drifts) judge(b *plan.COREBinding, insns []bpfobj.Insn) drift {
	insn := insns[b.Record.Insn]
	local, target, ok := d.p.Plan.FieldsOf(b)
	width := [4]uint32{4, 2, 1, 8}[insn.Op>>3&3]
	switch {
	case !ok:
		return drift{}
	case local.Bits != 0 || target.Bits != 0:
		return d.bits(b, &local, &target, insn, width*8)
	case width != local.SizeBytes || b.OriginalSize != 0 && b.Size != b.OriginalSize:
		return drift{} // the author reads something else, or the loader fitted the width
	case local.SizeBytes != target.SizeBytes:
		return d.width(&local, &target, insn)
	}
	return signs(&local, &target, insns, b.Record.Insn)
}

// width is the drift of an access that is narrower or wider than the field.
func (d *drifts) width(local, target *plan.COREField, insn bpfobj.Insn) drift {
	verb := "writes"
	if insn.Op&7 == 1 {
		verb = "reads"
	}
	found := drift{
		clause: fmt.Sprintf(" has %d bytes in %s, and the program %s %d", target.SizeBytes, analyzer.KernelPlaceholder, verb, local.SizeBytes),
		hint:   "{loader} moves the access and keeps its width: test bpf_core_field_size, with a flavor for each width",
	}
	found.beyond = local.SizeBytes > target.SizeBytes
	found.minor = local.SizeBytes < target.SizeBytes && d.p.Plan.Object.ByteOrder != binary.BigEndian
	return found
}

// signs is the drift of a load that extends a value by the wrong sign. A char is
// signed on some kernels and not on others of one source.
func signs(local, target *plan.COREField, insns []bpfobj.Insn, at int) drift {
	const odd = btfgraph.IntChar | btfgraph.IntBool
	insn := insns[at]
	if !local.Int || !target.Int || (local.Encoding|target.Encoding)&odd != 0 || local.SizeBytes == 1 || local.SizeBytes == 8 ||
		insn.Op&7 != 1 || (local.Encoding^target.Encoding)&btfgraph.IntSigned == 0 {
		return drift{}
	}
	word := "unsigned"
	switch {
	case target.Encoding&btfgraph.IntSigned != 0:
		word = "signed"
	case insn.Op&0xe0 == modeMEM && !usesSign(insns, at):
		return drift{} // the load fills up with zeros, as it should
	}
	return drift{
		clause: fmt.Sprintf(" is %s in %s: %s, in the object %s", word, analyzer.KernelPlaceholder, quoted(clip(target.Type())), quoted(clip(local.Type()))),
		hint:   "declare it with the kernel's type, or compare it in its own width only",
	}
}

// bits is the drift of a bitfield whose bits the program takes from where they
// lay when it was compiled, out of a load of that many bits. The load need not
// begin where the loader takes the field to begin: the compiler may have chosen
// another unit of storage.
func (d *drifts) bits(b *plan.COREBinding, local, target *plan.COREField, insn bpfobj.Insn, loaded uint32) drift {
	for _, i := range b.Record.Func.CORE {
		other := &d.p.Plan.CORE[i]
		if other.Record.Type == b.Record.Type && other.Record.Access == b.Record.Access &&
			(other.Kind == plan.CORELShift || other.Kind == plan.CORERShift) {
			return drift{} // the shifts are relocated too
		}
	}
	from, to := local.BitOffset-uint32(int32(insn.Off))*8, target.BitOffset-uint32(b.Value)*8
	if from == to && bitsOf(local) == bitsOf(target) && (local.SizeBytes == target.SizeBytes || d.p.Plan.Object.ByteOrder != binary.BigEndian) {
		if to+bitsOf(target) <= loaded {
			return drift{}
		}
		return drift{
			clause: fmt.Sprintf(" is %s in %s, and the program loads %d bits", bitsText(target, to), analyzer.KernelPlaceholder, loaded),
			hint:   shiftsToo,
		}
	}
	return drift{clause: bitsClause(local, target, from, to), hint: shiftsToo}
}

// bitsOf is how many bits a field has: a bitfield may be as wide as its type.
func bitsOf(f *plan.COREField) uint32 {
	if f.Bits != 0 {
		return f.Bits
	}
	return f.SizeBytes * 8
}

// shiftsToo is the way out for bitfields.
const shiftsToo = "read it with BPF_CORE_READ_BITFIELD, whose shifts are relocated too"

// bitsClause says which bits of a load the field is on both sides.
func bitsClause(local, target *plan.COREField, from, to uint32) string {
	return fmt.Sprintf(" is %s in %s, %s in the object", bitsText(target, to), analyzer.KernelPlaceholder, bitsText(local, from))
}

// bitsText says which bits of a load a field is.
func bitsText(f *plan.COREField, from uint32) string {
	if f.Bits == 0 {
		return "no bitfield"
	}
	if f.Bits == 1 {
		return fmt.Sprintf("bit %d", from)
	}
	return fmt.Sprintf("bits %d to %d", from, from+f.Bits-1)
}
