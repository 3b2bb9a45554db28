package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/btflint/btflint/analyzer/plan"
)

// LoaderFormats are the formats of [Loaders], the default first.
func LoaderFormats() []string { return []string{"text", "markdown"} }

// Loaders writes the table of what loaders support. Every row is read off the
// policies by which plans are made. A loader without a version in its name
// stands for all of its versions, and a cell tells when they differ: "since 1.4".
// It returns an error for an unknown format, or that of w.
func Loaders(w io.Writer, format string, loaders []*plan.Loader) error {
	t := loaderTable{loaders: loaders}
	for _, l := range loaders {
		t.columns = append(t.columns, versionsOf(l))
	}
	switch format {
	case "text":
		return t.text(w)
	case "markdown":
		return t.markdown(w)
	}
	return fmt.Errorf("unknown format %q", format)
}

// loaderTable is a table of features; columns holds the versions of each
// loader, the oldest first.
type loaderTable struct {
	loaders []*plan.Loader
	columns [][]*plan.Loader
}

// versionsOf are the values that a loader stands for, the oldest first.
func versionsOf(l *plan.Loader) []*plan.Loader {
	if strings.Contains(l.Name, "@") {
		return []*plan.Loader{l}
	}
	var list []*plan.Loader
	for _, version := range l.Versions() {
		list = append(list, l.At(version))
	}
	slices.Reverse(list)
	return list
}

// loaderGroup is a part of the table.
type loaderGroup struct {
	name string
	rows []loaderRow
}

// loaderRow is a feature: value reads it off a loader's policies.
type loaderRow struct {
	name  string
	value func(*plan.Loader) string
}

// The values of a feature that a loader has or lacks, and of one of which there
// is nothing to say.
const (
	yes     = "yes"
	no      = "no"
	nothing = "-"
)

func yesNo(has bool) string {
	if has {
		return yes
	}
	return no
}

// when is a row that is "yes" or "no".
func when(name string, has func(*plan.Loader) bool) loaderRow {
	return loaderRow{name: name, value: func(l *plan.Loader) string { return yesNo(has(l)) }}
}

// either is a row with one of two values.
func either(name, with, without string, has func(*plan.Loader) bool) loaderRow {
	return loaderRow{name: name, value: func(l *plan.Loader) string {
		if has(l) {
			return with
		}
		return without
	}}
}

// cell sums up the values of a loader's versions, the oldest first.
func (r *loaderRow) cell(versions []*plan.Loader) string {
	var values, from, last []string
	for _, l := range versions {
		value := r.value(l)
		if n := len(values); n > 0 && values[n-1] == value {
			last[n-1] = release(l)
			continue
		}
		values, from, last = append(values, value), append(from, release(l)), append(last, release(l))
	}
	if len(values) > 1 && values[0] == nothing {
		values, from, last = values[1:], from[1:], last[1:]
	}
	switch {
	case len(values) == 1:
		return values[0]
	case len(values) == 2 && values[0] == no && strings.HasPrefix(values[1], yes):
		return "since " + from[1] + strings.TrimPrefix(values[1], yes)
	case len(values) == 2 && values[0] == yes && values[1] == no:
		return "until " + last[0]
	}
	for i := range values {
		if i > 0 {
			values[i] = "since " + from[i] + " " + values[i]
		}
	}
	return strings.Join(values, "; ")
}

// release is the version of a loader without the number of the bug fix release.
func release(l *plan.Loader) string {
	_, version, _ := strings.Cut(l.Name, "@")
	return version
}

// head names a column: the newest version that is known, and how far back.
func (t *loaderTable) head(i int) string {
	l, versions := t.loaders[i], t.columns[i]
	switch {
	case len(versions) == 1:
		return l.Name
	}
	return l.Name + " " + release(versions[0]) + " to " + release(versions[len(versions)-1])
}

func (t *loaderTable) text(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, g := range t.groups() {
		if i > 0 {
			fmt.Fprintln(tw)
		}
		heads := []string{g.name}
		for i := range t.loaders {
			heads = append(heads, t.head(i))
		}
		fmt.Fprintln(tw, strings.Join(heads, "\t"))
		for _, r := range g.rows {
			fmt.Fprintln(tw, "  "+strings.Join(append([]string{r.name}, t.cells(&r)...), "\t"))
		}
	}
	return tw.Flush()
}

func (t *loaderTable) cells(r *loaderRow) []string {
	cells := make([]string, len(t.columns))
	for i, versions := range t.columns {
		cells[i] = r.cell(versions)
	}
	return cells
}

func (t *loaderTable) markdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Loaders\n\nWhat the loaders support, as `btflint loaders` prints it: read off the policies by which btflint judges.\n" +
		"`--loader NAME@VERSION` judges for a version; without one for the newest here. Bug fix releases count as their\n" +
		"minor version. \"since\" and \"until\" name the first and the last version that has a feature;\n" +
		"\"/...\" stands for anything behind a slash.\n")
	for _, g := range t.groups() {
		title := g.name
		if title != "struct_ops" {
			title = strings.ToUpper(title[:1]) + title[1:]
		}
		b.WriteString("\n## " + title + "\n\n| |")
		for i := range t.loaders {
			b.WriteString(" " + t.head(i) + " |")
		}
		b.WriteString("\n|---|" + strings.Repeat("---|", len(t.loaders)) + "\n")
		for _, r := range g.rows {
			b.WriteString("| " + r.name + " | " + strings.Join(t.cells(&r), " | ") + " |\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
