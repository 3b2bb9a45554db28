package btflint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cilium/ebpf"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

// Error is a refusal: the kernel or the loader would certainly not load the
// object. errors.Is(err, ebpf.ErrNotSupported) holds, so that a fallback for
// kernels that lack a feature keeps working.
type Error struct {
	// Findings are the findings that mean a certain refusal, the most
	// telling first; at least one.
	Findings []analyzer.Finding
	// Kernel is the name of the kernel.
	Kernel string
}

// Error is one line that names program, source line, cause, kernel and way
// out of the first finding, and how many more there are.
func (e *Error) Error() string {
	line := "btflint: " + describe(e.Findings[0])
	if n := len(e.Findings) - 1; n > 0 {
		line += fmt.Sprintf(" (and %d more)", n)
	}
	return line
}

// Is reports whether target is [ebpf.ErrNotSupported].
func (e *Error) Is(target error) bool { return target == ebpf.ErrNotSupported }

// Format prints all findings, one a line, for the verb %+v.
func (e *Error) Format(s fmt.State, verb rune) {
	if verb != 'v' || !s.Flag('+') {
		fmt.Fprintf(s, fmt.FormatString(&plainState{s}, verb), e.Error())
		return
	}
	fmt.Fprintf(s, "btflint: %s refuses:", e.Kernel)
	for _, f := range e.Findings {
		fmt.Fprintf(s, "\n\t%s", describe(f))
	}
}

// plainState hides the plus flag, which strings do not have.
type plainState struct{ fmt.State }

// Flag reports the flags of the wrapped state except '+'.
func (p *plainState) Flag(c int) bool { return c != '+' && p.State.Flag(c) }

// describe is one line for a finding.
func describe(f analyzer.Finding) string {
	var b strings.Builder
	if program := programOf(f); program != "" {
		fmt.Fprintf(&b, "program %q: ", program)
	}
	if s := f.Location.Source; s.File != "" && s.Line > 0 {
		fmt.Fprintf(&b, "%s:%d: ", s.File, s.Line)
	}
	b.WriteString(f.Message)
	if f.Hint != "" {
		b.WriteString("; " + f.Hint)
	}
	fmt.Fprintf(&b, " [%s]", f.Rule)
	return b.String()
}

// programOf is the program that the finding takes down: the one it points
// into, or the first that links the function it points into; "" if it points into
// no function and takes down none or several, as a map does.
func programOf(f analyzer.Finding) string {
	if f.Location.Program == "" && len(f.Scope.Programs) > 1 {
		return ""
	}
	if len(f.Scope.Programs) == 0 || slices.Contains(f.Scope.Programs, f.Location.Program) {
		return f.Location.Program
	}
	return f.Scope.Programs[0]
}

// newError collects what certainly refuses the load as a whole; nil if nothing does.
func newError(r *analyzer.Report) *Error {
	e := &Error{}
	for _, v := range r.Verdicts {
		if v.Program != "" || v.Verdict != analyzer.Fails {
			continue
		}
		e.Kernel = v.Kernel
		for _, i := range v.Findings {
			if f := r.Findings[i]; f.Severity == analyzer.Error && f.Stage != plan.StageAttach {
				e.Findings = append(e.Findings, f)
			}
		}
	}
	if len(e.Findings) == 0 {
		return nil
	}
	// The loader meets what fails at open before what fails at load.
	slices.SortStableFunc(e.Findings, func(a, b analyzer.Finding) int { return int(a.Stage) - int(b.Stage) })
	return e
}
