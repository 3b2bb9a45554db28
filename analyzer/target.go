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
	// skipped are the rules, by index, that were not run for want of a part
	// of the kernel and would have had something to look at.
	skipped []int
}

type targetVerdict struct {
	verdict  string
	findings []int
	omitted  int      // findings beside these
	reasons  []string // of an undecided verdict
}

// objectFacts are facts of an object that every target needs.
type objectFacts struct {
	obj  *bpfobj.Object
	pool *plan.Pool // of the run

	once    sync.Once
	planner *plan.Planner
}

// selection are the rules of the run as a kernel leaves them.
type selection struct {
	rules []*Rule // to be run
	// lacking are the rules, by index, that are not run for want of a part of
	// the kernel.
	lacking []int
}

func (r *run) selection(k *kernel.Kernel) selection {
	s, lacking := selection{rules: make([]*Rule, 0, len(r.rules))}, missing(k)
	for i, rule := range r.rules {
		switch {
		case rule.Run == nil: // the engine's own
		case rule.Needs&lacking != 0:
			s.lacking = append(s.lacking, i)
		default:
			s.rules = append(s.rules, rule)
		}
	}
	return s
}

// checkTarget makes one plan, runs the rules over it and derives the verdicts.
func (r *run) checkTarget(ctx context.Context, out *outcome, facts *objectFacts, k *kernel.Kernel, l *plan.Loader, rules *ruleRun) {
	obj, kernelName := facts.obj, ""
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
		for _, i := range rules.lacking {
			concerned, err := r.rules[i].concernedBy(p)
			if err != nil {
				fail(r.rules[i].Name, err)
			} else if concerned {
				out.skipped = append(out.skipped, i)
			}
		}
		rules.pass.Plan, rules.pass.Shadows, rules.findings = p, r.opts.Shadows, &out.findings
		for next := 0; next < len(rules.rules) && ctx.Err() == nil; {
			if next, err = rules.run(next); err != nil {
				fail(rules.pass.Rule.Name, err)
			}
		}
	}
	out.judge(p)
}

// plan makes a plan of the object and turns a panic into an error.
func (f *objectFacts) plan(k *kernel.Kernel, l *plan.Loader, opts plan.Options) (p *plan.Plan, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = internalf("plan for %s: %v", l.Name, v)
		}
	}()
	f.once.Do(func() {
		f.planner = plan.NewPlanner(f.obj, opts)
		f.planner.Share(f.pool)
	})
	return f.planner.Plan(k, l), nil
}

// concernedBy reports whether a rule that is not run would have had something to
// look at. A panic is an error.
func (rule *Rule) concernedBy(p *plan.Plan) (concerned bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = internalf("%v", v)
		}
	}()
	return rule.Concerns == nil || rule.Concerns(p), nil
}

// ruleRun runs rules over one plan after the other.
type ruleRun struct {
	selection
	pass      Pass
	findings  *[]Finding
	tooSevere *Finding
}

func newRuleRun(s selection) *ruleRun {
	r := &ruleRun{selection: s}
	r.pass.report = r.report
	return r
}

// run runs the rules from a number on, up to the first that fails, and returns
// the number of the next. They append what they report. A panic and a finding
// above the rule's severity are errors; what was reported before is kept.
func (r *ruleRun) run(from int) (next int, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = internalf("%v", v)
		}
	}()
	for next = from; next < len(r.rules) && err == nil; {
		rule := r.rules[next]
		next++
		r.pass.Rule, r.tooSevere = rule, nil
		if err = rule.Run(&r.pass); err == nil && r.tooSevere != nil {
			err = internalf("severity %s of finding %q is above the rule's %s", r.tooSevere.Severity, r.tooSevere.Message, rule.Severity)
		}
	}
	return next, err
}

// report takes a finding of the rule that runs.
func (r *ruleRun) report(f Finding) {
	if rule := r.pass.Rule; f.Severity > rule.Severity {
		r.tooSevere = &Finding{Severity: f.Severity, Message: f.Message}
		f.Severity = rule.Severity
	}
	if f.Location.Object == "" {
		f.Location.Object = r.pass.Plan.Object.Name
	}
	if unreadable(r.pass.Plan.Object) != nil {
		// What the object's BTF seems to lack may be there: nothing is certain.
		f.Severity = min(f.Severity, Warning)
		if f.DependsOn == "" && f.Severity == Warning {
			f.DependsOn = "btf"
		}
	}
	f.Optional = f.Stage <= plan.StageLoad && r.pass.Plan.SwitchedOff(f.Scope)
	*r.findings = append(*r.findings, f)
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

// missing are the parts of the kernel that rules may need and that are unknown:
// all of them without a kernel.
func missing(k *kernel.Kernel) Needs {
	if k == nil {
		return NeedsTypes | NeedsSymbols | NeedsConfig
	}
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
