package report

import (
	"strings"

	"github.com/btflint/btflint/analyzer"
)

// maxMatrix is the number of kernels beyond which those that fare alike in
// every respect share a column.
const maxMatrix = 24

// htmlMatrix is the table of verdicts: a row for every object and loader, a
// column for every kernel.
type htmlMatrix struct {
	Columns []htmlColumn
	Rows    []htmlRow
	Left    int // rows left out
	Verdict [3]int
}

// htmlColumn is a kernel, or kernels that fare alike.
type htmlColumn struct {
	Title string   // of at most a few kernels
	Names []string // of all
}

type htmlRow struct {
	Object, Loader string
	Loaders        int // rows of the object, 0 except in its first
	Cells          []htmlCell
}

// htmlCell is a verdict, and the words for it. Kernel is the one that stands for its column.
type htmlCell struct{ Verdict, Word, Kernel, Reasons string }

// matrix is the table of a report.
func matrix(r *analyzer.Report) htmlMatrix {
	list := fates(r)
	loaders := max(len(r.Loaders), 1)
	perObject := loaders * max(len(r.Kernels), 1)
	m := htmlMatrix{}
	if len(list) != perObject*len(r.Objects) {
		return m // no report of a run
	}
	for i := range list {
		m.Verdict[verdictIndex(list[i].whole.Verdict)]++
	}
	columns := foldColumns(r, list, loaders)
	for _, kernels := range columns {
		c := htmlColumn{Title: "any kernel"}
		if len(r.Kernels) > 0 {
			for _, k := range kernels {
				c.Names = append(c.Names, clean(r.Kernels[k].Name))
			}
			c.Title = analyzer.Enumerate(c.Names)
		}
		m.Columns = append(m.Columns, c)
	}
	for o := range r.Objects {
		for l := range loaders {
			if len(m.Rows) == maxHTMLRows {
				m.Left++
				continue
			}
			first := &list[o*perObject+l]
			row := htmlRow{Object: clean(first.whole.Object), Loader: clean(first.whole.Loader)}
			if l == 0 {
				row.Loaders = min(loaders, maxHTMLRows-len(m.Rows))
			}
			for _, kernels := range columns {
				f := &list[o*perObject+kernels[0]*loaders+l]
				v := f.whole
				row.Cells = append(row.Cells, htmlCell{v.Verdict, f.word(), clean(v.Kernel), clean(strings.Join(v.Reasons, "; "))})
			}
			m.Rows = append(m.Rows, row)
		}
	}
	return m
}

func verdictIndex(verdict string) int {
	switch verdict {
	case analyzer.Fails:
		return 0
	case analyzer.Undecided:
		return 1
	}
	return 2
}

// foldColumns are the kernels of each column, by index.
func foldColumns(r *analyzer.Report, list []fate, loaders int) [][]int {
	var columns [][]int
	alike := map[string]int{}
	kernels := max(len(r.Kernels), 1)
	for k := range kernels {
		if kernels <= maxMatrix {
			columns = append(columns, []int{k})
			continue
		}
		var key strings.Builder
		for o := range r.Objects {
			for l := range loaders {
				v := list[(o*kernels+k)*loaders+l].whole
				key.WriteString(v.Verdict + strings.Join(v.Reasons, ";"))
				for _, f := range v.Findings {
					key.WriteString(" " + itoa(f))
				}
				key.WriteByte('\n')
			}
		}
		at, ok := alike[key.String()]
		if !ok {
			at = len(columns)
			alike[key.String()] = at
			columns = append(columns, nil)
		}
		columns[at] = append(columns[at], k)
	}
	return columns
}
