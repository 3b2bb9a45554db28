// Package analyzer is the engine: it runs rules over plans, merges their
// findings over kernels and loaders, and derives verdicts. It knows no rule
// and no report format.
package analyzer

import (
	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/analyzer/shadow"
)

// Severity is the consequence of a finding.
type Severity uint8

// Severities, by rising weight.
const (
	// Note: worth knowing.
	Note Severity = iota
	// Warning: it loads and does not do what the author wrote, or may fail
	// for a reason that depends on something unknown.
	Warning
	// Error: the loader or the kernel certainly refuses; of the engine's own
	// rules, a suppression that is none.
	Error
)

// String is the severity in lower case.
func (s Severity) String() string { return [...]string{"note", "warning", "error"}[min(int(s), 2)] }

// Needs are the parts of the target without which a rule cannot say anything.
// A rule that can do with less copes with unknown parts itself.
type Needs uint8

// Parts of the target.
const (
	NeedsTypes Needs = 1 << iota
	NeedsSymbols
	NeedsConfig
)

// Rule turns facts of a plan into findings. A Rule is immutable.
type Rule struct {
	// Name is stable, lower case with dashes: "kfunc-missing".
	Name string
	// Severity is the highest severity that the rule reports.
	Severity Severity
	Needs    Needs
	// Concerns tells for a plan whether the object has anything that the rule
	// looks at. It is asked only if a part is unknown that the rule needs: a
	// rule that would have looked at nothing is not missed. The default, nil,
	// is yes.
	Concerns func(*plan.Plan) bool
	// Since is the btflint version that introduced the rule.
	Since string
	Doc   Doc
	// Aliases are the names of the catalogue entries that the rule detects
	// ("KF-01", "K01"); explain and --enable accept them.
	Aliases []string
	// Run is nil for the rules of the engine itself, see [OwnRules].
	Run func(*Pass) error
}

// Doc is the documentation of a rule. explain, the SARIF help and docs/rules
// are rendered from it.
type Doc struct {
	// Title is one line without a period. Why and Fix are paragraphs of
	// Markdown. Wrong and Right are C.
	Title        string
	Why, Fix     string
	Wrong, Right string
	// References are sources: kernel or loader file and function, selftests, incidents.
	References []string
}

// override gives a finding the severity that the options set for its rule.
func (r *run) override(f *Finding) {
	if s, ok := r.opts.Severities[f.Rule]; ok && (s < f.Severity || f.Severity >= Warning) {
		f.Severity = s
	}
}

// Pass is one run of one rule over one plan. It is valid until the rule's Run
// returns: then the next run has it.
type Pass struct {
	Rule *Rule
	Plan *plan.Plan
	// Shadows are the generated files of [Options.Shadows].
	Shadows []*shadow.File
	report  func(Finding)
}

// Report adds a finding. Rule, Kernels, Loaders and Fingerprint are filled in
// by the engine; a Severity above the rule's is an internal error.
func (p *Pass) Report(f Finding) {
	f.Rule = p.Rule.Name
	p.report(f)
}

// Placeholders that a finding's Message and Hint may hold. The engine replaces
// them by the kernels and loaders for which the finding holds, after merging.
const (
	KernelPlaceholder = "{kernel}" // "6.12" or "6.12, 7.2"; "the kernel" if there is none
	LoaderPlaceholder = "{loader}" // "libbpf" or "libbpf, cilium"
)

// Finding is one problem at one place.
type Finding struct {
	Rule     string
	Severity Severity
	Stage    plan.Stage
	// Message is one line of at most 120 characters before placeholders:
	// lower case, no period, the thing first and in C spelling, then the
	// kernel, then the cause. Hint is the way out.
	Message, Hint string
	Location      bpfobj.Location
	Related       []Related
	// Scope is what the problem takes down; in a report, on any of its targets.
	Scope plan.Scope
	// DependsOn names the unknown input that decides ("modules", "symbols",
	// "config", "reachability"); "" if nothing unknown is involved. The
	// programs in Scope are undecided then.
	DependsOn string
	// Kernels and Loaders are the targets for which the finding holds. Findings
	// of a report share these lists, and the one in Scope: whoever wants to
	// change them clones them.
	Kernels, Loaders []string
	// Optional tells that the finding takes down only what the loader does
	// not load unless it is switched on: programs of "?" sections, maps that
	// are not created. The engine sets it.
	Optional bool
	// Suppressed is the reason for which the finding is not shown, "" if it is.
	// SuppressedBy is what suppresses it: [ByComment], [ByIgnore] or [ByBaseline].
	Suppressed, SuppressedBy string
	// Fingerprint identifies the finding across runs and moved lines.
	Fingerprint string
}

// Weight is the severity that counts for the object loaded as it is: an error
// that is [Finding.Optional] weighs no more than a warning.
func (f *Finding) Weight() Severity {
	if f.Optional {
		return min(f.Severity, Warning)
	}
	return f.Severity
}

// Related is a second place that explains a finding.
type Related struct {
	Message  string
	Location bpfobj.Location
}
