package rules

import (
	"strings"

	"github.com/btflint/btflint/analyzer"
	"github.com/btflint/btflint/analyzer/plan"
)

// maxMessage bounds a message, in bytes before placeholders are filled in.
const maxMessage = 120

// detailed gives a finding the message "what: detail", with a suffix. A detail
// that does not fit, such as a pair of long types, moves to the hint.
func detailed(f analyzer.Finding, what, detail, suffix string) analyzer.Finding {
	f.Message = what + ": " + detail + suffix
	if len(f.Message) <= maxMessage {
		return f
	}
	if where, _, ok := strings.Cut(detail, " is "); ok { // "argument 2 is ..."
		what += ": " + where
	}
	f.Message, f.Hint = what+suffix, detail+"; "+f.Hint
	return f
}

// maxQuote bounds a line of another file in a message, in bytes.
const maxQuote = 32

// clip bounds a text that a message quotes.
func clip(text string) string {
	if len(text) <= maxQuote {
		return text
	}
	return text[:maxQuote-3] + "..."
}

// quoted puts C text in double quotes.
func quoted(text string) string { return `"` + text + `"` }

// only is the scope of one program.
func only(pp *plan.ProgramPlan) plan.Scope {
	return plan.Scope{Programs: []string{pp.Program.Name}}
}

// switchOff is the way out where a kernel cannot load a program at all.
func switchOff(p *analyzer.Pass, program string) string {
	section := strings.TrimPrefix(p.Plan.Object.Program(program).SectionName, "?")
	return "switch it off there: " + words(p.Plan.Loader.Words.SwitchOff, program, section)
}

// words fills names into a text of [plan.Words]. Not every text has all names.
func words(text string, names ...string) string {
	for i, verb := range [...]string{"%[1]s", "%[2]s", "%[3]s"} {
		if i < len(names) && strings.Contains(text, verb) {
			text = strings.ReplaceAll(text, verb, names[i])
		}
	}
	return text
}

// giveModules is the way out where unknown modules decide.
const giveModules = "give the kernel's modules with modules=DIR, or modules=none"

// loadModule is the way out where a module of a file decides.
const loadModule = "load the module first; that of a file may not be loaded"

// ifCalled follows what is said of a call that is refused where a path reaches it.
const ifCalled = "; refused if called"

// refused is a finding about something that fails the load, or may fail it if
// the part of the kernel that decides is unknown.
func refused(b *plan.ExternBinding, scope plan.Scope, message, hint string) analyzer.Finding {
	f := analyzer.Finding{
		Severity: analyzer.Error, Stage: b.Stage, Scope: scope,
		Message: message, Hint: hint, DependsOn: b.Unknown,
	}
	if b.Unknown != "" {
		f.Severity = analyzer.Warning
	}
	return f
}

// reportCalls reports calls that fail where they are reached: an error for the
// programs that certainly reach one, a warning for those of which it is not
// known, a note for those that never do. detail may be "".
func reportCalls(p *analyzer.Pass, b *plan.ExternBinding, what, detail, hint string) {
	finding := func(scope plan.Scope, suffix string) analyzer.Finding {
		f := refused(b, scope, what, hint)
		if detail != "" {
			return detailed(f, what, detail, suffix)
		}
		f.Message += suffix
		return f
	}
	if !b.Certain.Empty() {
		f := finding(b.Certain, "")
		f.Location, _ = callOf(p, b, func(r *plan.Reach) plan.Scope { return r.Certain })
		p.Report(f)
	}
	if !b.Possible.Empty() {
		f := finding(b.Possible, ifCalled)
		loc, reach := callOf(p, b, func(r *plan.Reach) plan.Scope { return r.Possible })
		f.Location = loc
		p.Report(possibly(p, f, &reach))
	}
	if !b.Dead.Empty() && b.Unknown == "" {
		f := finding(b.Dead, neverReached)
		harmless := nothingToDo
		if detail != "" || b.Flavored != "" {
			harmless = ""
		}
		loc, reach := callOf(p, b, func(r *plan.Reach) plan.Scope { return r.Dead })
		f.Location = loc
		f = guarded(p, f, &reach, harmless)
		if b.Status == plan.ExternIncompatible && !fits(p, b) {
			f.Severity = analyzer.Warning // its author tests for it, and will miss it
		}
		p.Report(f)
	}
}

// ifLoaded makes a finding one that holds only while a module is loaded.
func ifLoaded(f *analyzer.Finding) { f.Severity, f.DependsOn = analyzer.Warning, "modules" }

// moduleList names modules in a message: `module "a"`, `modules "a", "b"`.
func moduleList(names []string) string {
	if len(names) == 1 {
		return "module " + quoted(names[0])
	}
	return `modules "` + strings.Join(names, `", "`) + `"`
}
