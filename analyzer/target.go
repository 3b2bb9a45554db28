package analyzer

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/plan"
)

// outcome is what the check of one target (object, kernel, loader) gave.
type outcome struct {
	findings []Finding // in the order in which the rules reported them
	// verdicts are those of the object's programs in order, then that of the
	// object as it is. Their findings are indexes into findings.
	verdicts []targetVerdict
	errors   []RuleError
	// skippedCORE tells that the object has CO-RE records and the plan says
	// nothing about them.
	skippedCORE bool
}

type targetVerdict struct {
	verdict  string
	findings []int
}

// objectFacts are facts of an object that every target needs.
type objectFacts struct {
	obj *bpfobj.Object
	// core tells by program whether it links a function with CO-RE records.
	// nil if the object has none.
	core []bool

	once    sync.Once
	planner *plan.Planner
}

func newObjectFacts(obj *bpfobj.Object) *objectFacts {
	facts := &objectFacts{obj: obj}
	if len(obj.CORE) == 0 {
		return facts
	}
	facts.core = make([]bool, len(obj.Programs))
	for i, p := range obj.Programs {
		for _, f := range p.Reachable() {
			if len(f.CORE) > 0 {
				facts.core[i] = true
				break
			}
		}
	}
	return facts
}

// checkTarget makes one plan, runs the rules over it and derives the verdicts.
func (r *run) checkTarget(ctx context.Context, obj *bpfobj.Object, facts *objectFacts, k *kernel.Kernel, l *plan.Loader) outcome {
	var out outcome
	kernelName := ""
	if k != nil {
		kernelName = k.Name
	}
	fail := func(rule string, err error) {
		out.errors = append(out.errors, RuleError{Object: obj.Name, Kernel: kernelName, Rule: rule, Message: oneLine(err.Error())})
	}
	p, err := facts.plan(k, l, r.opts.Plan)
	if err != nil {
		fail("", err)
		p = &plan.Plan{Object: obj, Kernel: k, Loader: l}
	} else {
		for _, rule := range r.rules {
			if ctx.Err() != nil {
				return out
			}
			if k == nil && rule.Needs != 0 || k != nil && rule.Needs&missing(k) != 0 {
				continue
			}
			if err := runRule(rule, p, &out.findings); err != nil {
				fail(rule.Name, err)
			}
		}
	}
	out.skippedCORE = facts.core != nil && len(p.CORE) == 0 && k != nil
	out.judge(p, facts)
	return out
}

// plan makes a plan of the object and turns a panic into an error.
func (f *objectFacts) plan(k *kernel.Kernel, l *plan.Loader, opts plan.Options) (p *plan.Plan, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = internalf("plan for %s: %v", l.Name, v)
		}
	}()
	f.once.Do(func() { f.planner = plan.NewPlanner(f.obj, opts) })
	return f.planner.Plan(k, l), nil
}

// runRule runs a rule and appends what it reports. A panic and a finding above
// the rule's severity are errors; what was reported before is kept.
func runRule(rule *Rule, p *plan.Plan, findings *[]Finding) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = internalf("%v", v)
		}
	}()
	var tooSevere *Finding
	pass := &Pass{Rule: rule, Plan: p, report: func(f Finding) {
		if f.Severity > rule.Severity {
			tooSevere = &Finding{Severity: f.Severity, Message: f.Message}
			f.Severity = rule.Severity
		}
		if f.Location.Object == "" {
			f.Location.Object = p.Object.Name
		}
		*findings = append(*findings, f)
	}}
	if err := rule.Run(pass); err != nil {
		return err
	}
	if tooSevere != nil {
		return internalf("severity %s of finding %q is above the rule's %s", tooSevere.Severity, tooSevere.Message, rule.Severity)
	}
	return nil
}

// internalf is the error of a state that btflint's own code should have ruled out.
func internalf(format string, args ...any) error {
	return fmt.Errorf("internal error: "+format+", please report", args...)
}

// oneLine folds the lines of a text into one.
func oneLine(s string) string {
	if !strings.ContainsAny(s, "\r\n") {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// missing are the parts of the kernel that rules may need and that are unknown.
func missing(k *kernel.Kernel) Needs {
	var parts Needs
	if k.Types == nil {
		parts |= NeedsTypes
	}
	if k.Symbols == nil {
		parts |= NeedsSymbols
	}
	if k.Config == nil {
		parts |= NeedsConfig
	}
	return parts
}

// judge derives the verdicts: of every program loaded alone, and of the object
// loaded as it is. Attaching comes later: what goes wrong then is no failed load.
func (out *outcome) judge(p *plan.Plan, facts *objectFacts) {
	var relevant []int
	for i := range out.findings {
		f := &out.findings[i]
		if f.Stage <= plan.StageLoad && (f.Severity >= Warning || f.DependsOn != "") {
			relevant = append(relevant, i)
		}
	}
	// Something that every program needs was not computed.
	blind := len(out.errors) > 0 || p.Kernel == nil || p.Kernel.Types == nil
	core, wholeCORE := []bool(nil), false
	if out.skippedCORE {
		core = facts.core
		for i := range p.Programs {
			wholeCORE = wholeCORE || p.Programs[i].Autoload && i < len(core) && core[i]
		}
	}
	out.verdicts = make([]targetVerdict, 0, len(p.Object.Programs)+1)
	for i, prog := range p.Object.Programs {
		out.verdicts = append(out.verdicts, out.verdict(p, prog.Name, relevant, blind || core != nil && core[i]))
	}
	out.verdicts = append(out.verdicts, out.verdict(p, "", relevant, blind || wholeCORE))
}

// verdict judges one program, or for "" the object.
func (out *outcome) verdict(p *plan.Plan, program string, relevant []int, undecided bool) targetVerdict {
	v := targetVerdict{verdict: Loads}
	fails := false
	for _, i := range relevant {
		f := &out.findings[i]
		if !p.Hits(f.Scope, program) {
			continue
		}
		undecided = undecided || f.DependsOn != ""
		if f.Severity >= Warning {
			v.findings = append(v.findings, i)
		}
		// A finding that depends on something unknown is no certain refusal,
		// whatever severity it was given.
		fails = fails || f.Severity >= Error && f.DependsOn == ""
	}
	switch {
	case fails:
		v.verdict = Fails
	case undecided:
		v.verdict = Undecided
	}
	return v
}
