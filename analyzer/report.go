package analyzer

import (
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
)

// Report is the result of a run. Everything in it is sorted.
type Report struct {
	Objects []ObjectInfo
	Kernels []KernelInfo
	// Loaders are the names of the loaders of the run, in the run's order.
	Loaders []string
	// Rules are the rules of the run, sorted by name.
	Rules []*Rule
	// Findings are those of the objects, in the order of Objects, then those of
	// the engine's own rules.
	Findings []Finding
	Verdicts []Verdict
	// Skips is what could not be checked and why.
	Skips []Skip
	// Errors are inputs that could not be analysed and rules that failed.
	Errors []RuleError
}

// ObjectInfo describes an object of the run.
type ObjectInfo struct {
	Name string
	// SHA256 is the digest of the object's bytes in hex if somebody has
	// computed it already; see [ObjectInfo.Digest].
	SHA256 string

	obj *bpfobj.Object
}

// Digest is the SHA-256 of the object's bytes in hex, "" for an object that was
// not read from bytes. Only the formats that print it compute it: it costs as
// much as a check.
func (o *ObjectInfo) Digest() string {
	if o.SHA256 != "" || o.obj == nil {
		return o.SHA256
	}
	return o.obj.SHA256()
}

// Object is the object itself, nil in a Report that no run made.
func (o *ObjectInfo) Object() *bpfobj.Object { return o.obj }

// KernelInfo describes a kernel of the run.
type KernelInfo struct {
	Name, Release, Arch string
	Unknown             []string // parts that are unknown, see kernel.Kernel.Unknown
	Notes               []string

	kern *kernel.Kernel
}

// Kernel is the kernel itself, nil in a Report that no run made. It is of use
// as long as it is open, see [kernel.Kernel.Close].
func (k *KernelInfo) Kernel() *kernel.Kernel { return k.kern }

// Verdicts that a program can have.
const (
	Loads     = "loads"
	Fails     = "fails"
	Undecided = "undecided"
)

// Verdict is the answer for one program, or with an empty Program for the
// object loaded as it is, on one kernel with one loader. They are ordered by
// object, kernel, loader, and program in the object's order, the object as it
// is last.
type Verdict struct {
	Object, Program, Kernel, Loader string
	Verdict                         string // Loads, Fails or Undecided
	// Findings are the indexes into [Report.Findings] that led to it, ascending:
	// of more than 256 those that decide most.
	Findings []int
	// Omitted is the number of findings that led to it beside these.
	Omitted int
	// Reasons say, sorted, why the verdict is Undecided; nil if it is not. Of
	// more than 32 the last says that there are more.
	Reasons []string
}

// Skip is a check that was not made.
type Skip struct {
	Object, Kernel, Loader string // "" for all
	Rule                   string // "" if not a rule's, or if several rules share it
	// Rules are the rules that were not run, if the skip is about several.
	Rules []string
	// Reason is why it was not made: "config unknown: 2 rules not run".
	Reason string
}

// RuleError is an input that could not be analysed, or a rule that failed.
type RuleError struct {
	Object, Kernel, Rule string
	Message              string // one line
}

// Error is the error as one line, so that a RuleError can be wrapped.
func (e RuleError) Error() string {
	text := ""
	for _, part := range [...]string{e.Object, e.Kernel, e.Rule} {
		if part != "" {
			text += part + ": "
		}
	}
	return text + e.Message
}

// Counts are the findings of a report by severity, without the suppressed ones.
type Counts struct{ Errors, Warnings, Notes, Suppressed int }

// Count counts the findings.
func (r *Report) Count() Counts {
	var c Counts
	for i := range r.Findings {
		switch f := &r.Findings[i]; {
		case f.Suppressed != "":
			c.Suppressed++
		case f.Weight() >= Error:
			c.Errors++
		case f.Weight() == Warning:
			c.Warnings++
		default:
			c.Notes++
		}
	}
	return c
}

// Exit codes of the command line, the same for every format. 2, a wrong usage,
// is no report's.
const (
	ExitClean    = 0
	ExitFindings = 1
	ExitFailed   = 3
)

// ExitCode is [ExitFailed] if something could not be analysed, else
// [ExitFindings] if a finding that is not suppressed reaches failOn, else
// [ExitClean]. A failOn above [Error] is reached by no finding.
func (r *Report) ExitCode(failOn Severity) int {
	if len(r.Errors) > 0 {
		return ExitFailed
	}
	for i := range r.Findings {
		if r.Findings[i].Suppressed == "" && r.Findings[i].Weight() >= failOn {
			return ExitFindings
		}
	}
	return ExitClean
}

// HasUndecided reports whether a verdict is [Undecided], be it that of a
// program loaded alone. Suppressed findings do not count: a verdict for which
// they give all the reasons is taken as known.
func (r *Report) HasUndecided() bool {
	return slices.ContainsFunc(r.Verdicts, func(v Verdict) bool { return v.Verdict == Undecided && !r.Known(&v) })
}

// Known reports whether suppressed findings are all that keeps a verdict of the
// report from [Loads]: somebody knows of it and has said why it may stay. The
// verdict is what it is nevertheless.
func (r *Report) Known(v *Verdict) bool {
	switch v.Verdict {
	case Fails:
		return r.knownRefusal(v)
	case Undecided:
		return r.knownDoubt(v)
	}
	return false
}

// knownRefusal reports whether all certain refusals of a verdict are suppressed.
func (r *Report) knownRefusal(v *Verdict) bool {
	certain := 0
	for _, i := range v.Findings {
		f := &r.Findings[i]
		if !f.certain() {
			continue
		}
		if f.Suppressed == "" {
			return false
		}
		certain++
	}
	// Without room for all findings, others may be certain where all of these are.
	return certain > 0 && (v.Omitted == 0 || certain < len(v.Findings))
}

// knownDoubt reports whether suppressed findings give all reasons of a verdict.
func (r *Report) knownDoubt(v *Verdict) bool {
	reasons := map[string]bool{}
	for _, i := range v.Findings {
		switch f := &r.Findings[i]; {
		case f.DependsOn == "":
		case f.Suppressed == "":
			return false
		default:
			reasons[dependsOn+f.DependsOn] = true
		}
	}
	return len(v.Reasons) > 0 && !slices.ContainsFunc(v.Reasons, func(why string) bool { return !reasons[why] })
}
