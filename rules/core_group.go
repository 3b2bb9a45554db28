package rules

import (
	"slices"
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/btfgraph"
	"github.com/btflint/btflint/analyzer/plan"
)

// coreUse is what one finding says of the CO-RE records of a function that have
// one fate: BPF_CORE_READ of a bitfield alone leaves four records.
type coreUse struct {
	binding *plan.COREBinding // of the first record
	subject string
	symbol  string // of the location; that of the first record if empty
	records int
	reach   plan.Reach
	// first are the first records that are certainly, possibly and never reached.
	first [3]*bpfobj.CORERecord
}

// coreKey tells uses apart.
type coreKey struct {
	subject string
	fn      *bpfobj.Function
}

// coreUses collects the notable records that pick picks, with the programs that
// get to them. pick names what they have in common within a function, "" for a
// record that is none of the rule's business.
func coreUses(p *analyzer.Pass, pick func(*plan.COREBinding) string) []*coreUse {
	return coreUsesAmong(p, p.Plan.NotableCORE(), pick)
}

// coreUsesAmong is coreUses for records by index.
func coreUsesAmong(p *analyzer.Pass, records []int, pick func(*plan.COREBinding) string) []*coreUse {
	var uses []*coreUse
	var byKey map[coreKey]*coreUse
	for _, i := range records {
		b, subject := pickCORE(&p.Plan.CORE[i], pick)
		if b == nil || b.Record.Func == nil {
			continue
		}
		reach := p.Plan.ReachOf(b.Record.Func, b.Record.Insn)
		if len(p.Plan.CORE[i].Others) > 0 {
			reach = restrict(p, i, reach, pick)
		}
		key := coreKey{subject, b.Record.Func}
		u := byKey[key]
		if u == nil {
			if byKey == nil {
				byKey = make(map[coreKey]*coreUse)
			}
			u = &coreUse{binding: b, subject: subject}
			byKey[key] = u
			uses = append(uses, u)
		}
		u.add(b.Record, &reach)
	}
	for _, u := range uses {
		u.reach.Possible = minus(u.reach.Possible, u.reach.Certain)
	}
	return uses
}

// pickCORE is the first outcome of a record that pick picks.
func pickCORE(b *plan.COREBinding, pick func(*plan.COREBinding) string) (*plan.COREBinding, string) {
	if subject := pick(b); subject != "" {
		return b, subject
	}
	for k := range b.Others {
		if subject := pick(&b.Others[k].COREBinding); subject != "" {
			return &b.Others[k].COREBinding, subject
		}
	}
	return nil, ""
}

// restrict leaves the programs in which record i has an outcome that pick
// picks. One that has it only in company depends on that.
func restrict(p *analyzer.Pass, i int, r plan.Reach, pick func(*plan.COREBinding) string) plan.Reach {
	out := plan.Reach{Guard: r.Guard, Depends: r.Depends}
	for prog, program := range p.Plan.Object.Programs {
		alone := pick(p.Plan.COREIn(i, prog, true)) != ""
		whole := pick(p.Plan.COREIn(i, prog, false)) != ""
		name := program.Name
		switch certain := slices.Contains(r.Certain.Programs, name); {
		case !alone && !whole:
		case certain && alone && whole:
			out.Certain.Programs = append(out.Certain.Programs, name)
		case certain || slices.Contains(r.Possible.Programs, name):
			out.Possible.Programs = append(out.Possible.Programs, name)
			if out.Depends == "" {
				out.Depends = "which programs are loaded together"
			}
		case slices.Contains(r.Dead.Programs, name):
			out.Dead.Programs = append(out.Dead.Programs, name)
		}
	}
	return out
}

// add counts a record in.
func (u *coreUse) add(rec *bpfobj.CORERecord, r *plan.Reach) {
	u.records++
	if u.reach.Guard.Func == nil || u.reach.Possible.Empty() && !r.Possible.Empty() {
		u.reach.Guard, u.reach.Depends = r.Guard, r.Depends
	}
	for k, scope := range [...]plan.Scope{r.Certain, r.Possible, r.Dead} {
		if scope.Empty() {
			continue
		}
		if u.first[k] == nil {
			u.first[k] = rec
		}
		sum := [...]*plan.Scope{&u.reach.Certain, &u.reach.Possible, &u.reach.Dead}[k]
		sum.Programs = append(sum.Programs, minus(scope, *sum).Programs...)
	}
}

// minus is the scope without the programs of another.
func minus(s, o plan.Scope) plan.Scope {
	s.Programs = slices.DeleteFunc(slices.Clone(s.Programs), func(name string) bool { return slices.Contains(o.Programs, name) })
	return s
}

// report reports the use as an error, a warning or a note, by what the verifier
// makes of the instructions.
func (u *coreUse) report(p *analyzer.Pass, f analyzer.Finding) {
	if u.binding.ModulesUnknown {
		f.Severity, f.DependsOn, f.Hint = analyzer.Warning, "modules", f.Hint+"; to be sure, "+giveModules
	}
	parts := [...]plan.Reach{{Certain: u.reach.Certain}, {Possible: u.reach.Possible}, {Dead: u.reach.Dead}}
	parts[1].Guard, parts[1].Depends, parts[2].Guard = u.reach.Guard, u.reach.Depends, u.reach.Guard
	for k := range parts {
		if u.first[k] == nil || k == 2 && !(u.reach.Certain.Empty() && u.reach.Possible.Empty()) {
			continue
		}
		f.Location = u.locate(p, u.first[k])
		reportReached(p, f, &parts[k])
	}
}

// near is where what is missing may have gone. The search takes its time: a note
// about dead code goes without, and so does a type that may be in a module.
func (u *coreUse) near(p *analyzer.Pass) []plan.Suggestion {
	if !u.isReached() || u.binding.ModulesUnknown && u.binding.Cause().Why == plan.CORENoType {
		return nil
	}
	return p.Plan.Nearest(u.binding)
}

// isReached reports whether a program gets to one of the records, as far as is known.
func (u *coreUse) isReached() bool { return !u.reach.Certain.Empty() || !u.reach.Possible.Empty() }

// locate is where a record's instruction is.
func (u *coreUse) locate(p *analyzer.Pass, rec *bpfobj.CORERecord) bpfobj.Location {
	loc := p.Plan.Object.Locate(rec.Func, rec.Insn)
	loc.Symbol = u.symbol
	if loc.Symbol == "" {
		loc.Symbol = coreSymbol(p, u.binding)
	}
	return loc
}

// coreSymbol is what a record relocates in the words of [bpfobj.Location]:
// "struct task_struct.state", "enum bpf_func_id.BPF_FUNC_loop".
func coreSymbol(p *analyzer.Pass, b *plan.COREBinding) string {
	root, path := rootOf(p, b), b.Path()
	if b.Kind.EnumvalBased() {
		return root + "." + path
	}
	return root + strings.TrimPrefix(path, b.Root())
}

// rootOf is the local type in C spelling: "struct task_struct". Where a typedef
// is the root, it is spelled with that word.
func rootOf(p *analyzer.Pass, b *plan.COREBinding) string {
	g := p.Plan.Object.Types
	name := b.Root()
	if name == "" {
		name = "(anonymous)"
	}
	return kindWord(g.Kind(b.Record.Type)) + " " + name
}

// kindWord is the keyword of a kind in C.
func kindWord(k btfgraph.Kind) string {
	if k == btfgraph.KindEnum64 {
		return "enum"
	}
	return strings.ToLower(k.String())
}

// cRoot is the local type as C names it: "struct task_struct", "pid_t".
func cRoot(p *analyzer.Pass, b *plan.COREBinding) string {
	return strings.TrimPrefix(rootOf(p, b), "typedef ")
}

// maxPath bounds the path of a field in a message, in bytes.
const maxPath = 48

// subjectOf is Subject, cut to what fits into a message. The end of a path says
// more than its start.
func subjectOf(b *plan.COREBinding) string {
	subject, path := b.Subject(), b.Path()
	if len(path) > maxPath {
		subject = strings.Replace(subject, path, "..."+path[len(path)-maxPath+3:], 1)
	}
	if root := b.Root(); len(root) > maxPath {
		subject = strings.Replace(subject, root, root[:maxPath-3]+"...", 1)
	}
	return subject
}

// explained adds a clause to a finding's message, or puts it before the hint if
// it does not fit. after is what else the message may get.
func explained(f analyzer.Finding, clause, after string) analyzer.Finding {
	if clause == "" {
		return f
	}
	if len(f.Message)+len(clause)+len(after) <= maxMessage {
		f.Message += clause
		return f
	}
	f.Hint = strings.TrimLeft(clause, ",;: ") + "; " + f.Hint
	return f
}
