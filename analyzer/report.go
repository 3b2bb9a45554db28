package analyzer

// Report is the result of a run. Everything in it is sorted.
type Report struct {
	Objects  []ObjectInfo
	Kernels  []KernelInfo
	Findings []Finding
	Verdicts []Verdict
	// Skips is what could not be checked and why.
	Skips []Skip
	// Errors are inputs that could not be analysed and rules that failed.
	Errors []RuleError
}

// ObjectInfo describes an object of the run.
type ObjectInfo struct {
	Name   string
	SHA256 string // hex
}

// KernelInfo describes a kernel of the run.
type KernelInfo struct {
	Name, Release, Arch string
	Unknown             []string // parts that are unknown, see kernel.Kernel.Unknown
	Notes               []string
}

// Verdicts that a program can have.
const (
	Loads     = "loads"
	Fails     = "fails"
	Undecided = "undecided"
)

// Verdict is the answer for one program, or with an empty Program for the
// object loaded as it is, on one kernel with one loader.
type Verdict struct {
	Object, Program, Kernel, Loader string
	Verdict                         string // Loads, Fails or Undecided
	// Findings are the indexes into [Report.Findings] that led to it.
	Findings []int
}

// Skip is a check that was not made.
type Skip struct {
	Object, Kernel, Loader string // "" for all
	Rule                   string // "" if not a rule's
	Reason                 string
}

// RuleError is an input that could not be analysed, or a rule that failed.
type RuleError struct {
	Object, Kernel, Rule string
	Message              string // one line
}
