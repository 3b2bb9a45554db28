package loadlog

import "strings"

// Sections is the report that the verifier of recent kernels ends its log with.
type Sections struct {
	// Category and Problem are its headline: "Policy", "Operation is not allowed".
	Category, Problem string
	// Reason and Suggestion are paragraphs, "" if the report has none.
	Reason, Suggestion string
}

// headline starts the report (kernel/bpf/diagnostics.c, bpf_diag_header).
const headline = "Verification failed: "

// sectionReader collects the lines of the report.
type sectionReader struct {
	out     *Sections
	current *string
	ended   bool
}

// line takes a line of the log without its indentation.
func (r *sectionReader) line(text string) {
	if rest, ok := strings.CutPrefix(text, headline); ok {
		r.out, r.ended = &Sections{}, false
		r.out.Category, r.out.Problem, _ = strings.Cut(rest, ": ")
		r.current = &r.out.Reason // some logs are cut down to the paragraph
		return
	}
	if r.out == nil || r.ended {
		return
	}
	switch text {
	case "Reason:":
		r.current = &r.out.Reason
		return
	case "Suggestion:":
		r.current = &r.out.Suggestion
		return
	case "At:", "Active lock:", "Causal path:":
		r.current = nil
		return
	}
	if strings.HasPrefix(text, processed) || strings.HasPrefix(text, libbpfPrefix) || strings.Contains(text, "-- END PROG LOAD LOG") || strings.Contains(text, loadProgram) {
		r.ended = true
		return
	}
	if r.current == nil || text == "" || len(*r.current) > maxParagraph {
		return
	}
	if *r.current != "" {
		*r.current += " "
	}
	*r.current += text
}

// maxParagraph bounds what is kept of a section, in bytes.
const maxParagraph = 4 << 10

// within reports whether the lines at hand belong to the report.
func (r *sectionReader) within() bool { return r.out != nil && !r.ended }
