package usedby

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/btfdiff"
	"github.com/btflint/btflint/report"
)

// History tells for every dependency of the objects on which of the kernels it
// is, and what of it changes from one to the next. What the loader itself fills
// in is left out. The error is that of [btfdiff.Compare].
func History(objects []report.ObjectDeps, kernels []*kernel.Kernel) ([]report.HistoryRow, error) {
	var rows []report.HistoryRow
	index := make(map[*plan.Dep]int)
	for i := range objects {
		for k := range objects[i].Deps {
			d := &objects[i].Deps[k]
			if d.Kind == plan.DepVirtualKconfig {
				continue
			}
			index[d] = len(rows)
			rows = append(rows, report.HistoryRow{Object: objects[i].Name, Dep: d, Cells: make([]report.HistoryCell, len(kernels))})
		}
	}
	for i, k := range kernels {
		have, err := inventory(objects, k)
		if err != nil {
			return nil, err
		}
		for r := range rows {
			rows[r].Cells[i].State = have.state(rows[r].Dep)
		}
		if i == 0 {
			continue
		}
		if err := changes(rows, index, i, objects, kernels[i-1], k); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// changes fills the cells of kernel i with what changed since the one before.
func changes(rows []report.HistoryRow, index map[*plan.Dep]int, i int, objects []report.ObjectDeps, old, new *kernel.Kernel) error {
	set := New(objects, old, new)
	diff, err := btfdiff.Compare(old, new, btfdiff.Options{Match: set.Match})
	if err != nil {
		return fmt.Errorf("%s → %s: %w", old.Name, new.Name, err)
	}
	for _, c := range set.Restrict(diff) {
		for _, w := range set.relevant(diff, subject{c.Kind, c.Name}) {
			change := *c.Change
			only := report.DiffChange{Change: &change}
			if !restrict(&only, []want{w}) {
				continue
			}
			cell := &rows[index[w.dep]].Cells[i]
			cell.Changes = append(cell.Changes, *only.Change)
			if cell.State == report.HistoryPresent {
				cell.State = report.HistoryChanged
			}
		}
	}
	return nil
}

// have is what of the dependencies a kernel has.
type have struct {
	k    *kernel.Kernel
	deps map[*plan.Dep]bool
}

// inventory compares a kernel with one that has nothing.
func inventory(objects []report.ObjectDeps, k *kernel.Kernel) (*have, error) {
	set, h := New(objects, k), &have{k: k, deps: make(map[*plan.Dep]bool)}
	types, err := btfgraph.Open(noTypes(k.ByteOrder), nil)
	if err != nil {
		return nil, err
	}
	nothing := &kernel.Kernel{Name: "nothing", Arch: k.Arch, ByteOrder: k.ByteOrder, Types: types, Modules: map[string]btfgraph.Graph{}}
	diff, err := btfdiff.Compare(nothing, k, btfdiff.Options{Match: set.Match})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.Name, err)
	}
	for i := range diff.Changes {
		for _, w := range set.wantsOf(subject{diff.Changes[i].Kind, diff.Changes[i].Name}) {
			h.deps[w.dep] = true
		}
	}
	return h, nil
}

// noTypes is BTF without types: the header and one empty string.
func noTypes(order binary.ByteOrder) []byte {
	if order == nil {
		order = binary.LittleEndian
	}
	const length = 24
	b := make([]byte, length+1)
	order.PutUint16(b, 0xeb9f)
	b[2] = 1
	order.PutUint32(b[4:], length)
	order.PutUint32(b[20:], 1)
	return b
}

// state is whether the kernel has what a dependency names.
func (h *have) state(d *plan.Dep) report.HistoryState {
	switch d.Kind {
	case plan.DepConfigOption:
		if h.k.Config == nil {
			return report.HistoryUnknown
		}
		_, ok := h.k.Config.Lookup(d.Name)
		return present(ok)
	case plan.DepField:
		return present(len(fieldPlaces(h.k, d)) > 0)
	case plan.DepEnumerator:
		return present(hasEnumerator(h.k, d.Parent, d.Name))
	case plan.DepHelper, plan.DepMapType, plan.DepProgramType, plan.DepAttachType:
		return h.number(d)
	case plan.DepStructOpsMember:
		return present(h.hasMember(d.Parent, strings.TrimPrefix(d.Name, d.Parent+".")))
	case plan.DepTypelessKsym:
		if h.k.Symbols != nil {
			return present(len(h.k.Symbols.Lookup(d.Name)) > 0)
		}
		if !h.deps[d] { // BTF has few variables
			return report.HistoryUnknown
		}
	}
	return present(h.deps[d])
}

func present(ok bool) report.HistoryState {
	if ok {
		return report.HistoryPresent
	}
	return report.HistoryAbsent
}

// number is the state of what is an enumerator of the kernel's own numbers. One
// that the object names by its number alone cannot be told.
func (h *have) number(d *plan.Dep) report.HistoryState {
	if d.Name == "" || '0' <= d.Name[0] && d.Name[0] <= '9' {
		return report.HistoryUnknown
	}
	switch d.Kind {
	case plan.DepHelper:
		return present(hasEnumerator(h.k, "bpf_func_id", "BPF_FUNC_"+strings.TrimPrefix(d.Name, "bpf_")))
	case plan.DepMapType:
		return present(hasEnumerator(h.k, "bpf_map_type", d.Name))
	case plan.DepProgramType:
		return present(hasEnumerator(h.k, "bpf_prog_type", d.Name))
	default:
		return present(hasEnumerator(h.k, "bpf_attach_type", d.Name))
	}
}

func (h *have) hasMember(parent, name string) bool {
	for id := range h.k.Types.ByName(btfgraph.KindStruct, parent) {
		if _, found := walk(h.k.Types, id, name); found {
			return true
		}
	}
	return false
}
