package plan

import (
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
)

// checkReuse finds programs that serve several types or members.
func (p *Plan) checkReuse() {
	if p.Loader.StructOps.ByName {
		p.mixPrograms()
		return
	}
	type use struct {
		typ    btfgraph.ID
		member int
		slot   StructOpsSlot
	}
	first := make(map[*bpfobj.Function]use)
	for _, i := range p.structOpsOrder() {
		b := &p.StructOps[i]
		if b.Status != StructOpsBound || !b.Autocreate {
			continue
		}
		for j := range b.Members {
			mb := &b.Members[j]
			if mb.Outcome != MemberCallback {
				continue
			}
			prog := mb.Member.Program
			u, ok := first[prog]
			switch {
			case !ok:
				first[prog] = use{b.KernelType, mb.KernelMember, StructOpsSlot{i, j}}
			case u.typ != b.KernelType:
				mb.Outcome, mb.Other = MemberReuseType, &u.slot
			case u.member != mb.KernelMember:
				mb.Outcome, mb.Other = MemberReuseMember, &u.slot
			}
		}
	}
}

// memberKey is how a loader that finds programs by name calls a member.
type memberKey struct{ typ, member string }

// mixPrograms models loaders that find the programs of a map by type and
// member (cilium/ebpf elf_reader.go, structOpsSetAttachTo: the last relocation
// wins; collection.go, populateStructOps: the last program visited wins).
func (p *Plan) mixPrograms() {
	last := make(map[*bpfobj.Function]StructOpsSlot)
	order := p.structOpsOrder()
	key := func(s StructOpsSlot) memberKey {
		m := p.StructOps[s.Map].Map
		return memberKey{m.TypeName, m.Members[s.Member].Name}
	}
	for _, i := range order {
		if p.StructOps[i].Status == StructOpsIgnored {
			continue
		}
		for j, m := range p.StructOps[i].Map.Members {
			if m.Program != nil {
				last[m.Program] = StructOpsSlot{i, j}
			}
		}
	}
	claims := make(map[memberKey][]StructOpsSlot)
	for _, prog := range p.Object.Programs {
		if s, ok := last[prog.Function]; ok {
			claims[key(s)] = append(claims[key(s)], s)
		}
	}
	for _, i := range order {
		b := &p.StructOps[i]
		for j := range b.Members {
			p.mixMember(&b.Members[j], last, claims[key(StructOpsSlot{i, j})], key(StructOpsSlot{i, j}), key)
		}
	}
}

// mixMember decides which program a member gets from the programs that claim it.
func (p *Plan) mixMember(mb *MemberBinding, last map[*bpfobj.Function]StructOpsSlot, claims []StructOpsSlot, own memberKey, key func(StructOpsSlot) memberKey) {
	if mb.Outcome != MemberCallback && mb.Outcome != MemberEmpty {
		return
	}
	prog := mb.Member.Program
	if prog != nil {
		if s := last[prog]; key(s) != own {
			mb.Outcome, mb.Other = MemberLost, &s
		}
	}
	for _, s := range claims {
		if other := p.Object.StructOps[s.Map].Members[s.Member].Program; other != prog {
			mb.Outcome, mb.Other = MemberMixed, &s
			return
		}
	}
}
