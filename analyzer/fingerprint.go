package analyzer

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
)

// identity is what stays of a finding when lines move, kernels come and go,
// messages are reworded and the object is built in another directory.
type identity struct{ rule, program, symbol, text string }

func identityOf(f *Finding) identity {
	return identity{f.Rule, f.Location.Program, f.Location.Symbol, strings.TrimSpace(f.Location.Source.Text)}
}

// fingerprint hashes rule, object, function, symbol, source text and ordinal:
// the first 16 bytes of the SHA-256 in hex.
func fingerprint(f *Finding, ordinal int) string {
	id := identityOf(f)
	object := path.Base(strings.ReplaceAll(f.Location.Object, "\\", "/"))
	h := make([]byte, 0, 256)
	for _, part := range [...]string{id.rule, object, id.program, id.symbol, id.text} {
		h = append(append(h, part...), 0)
	}
	h = strconv.AppendInt(h, int64(ordinal), 10)
	sum := sha256.Sum256(h)
	return hex.EncodeToString(sum[:16])
}

// numberGroups gives findings of one identity their ordinals. Those that one
// target has side by side are numbered in the order of the code; variants of
// one finding that never meet on a target share a number, so that another
// kernel does not renumber them. cells is the number of pairs of kernel and
// loader, loaders that of loaders.
func numberGroups(groups []*group, cells, loaders int) {
	first, same := make(map[identity]*group, len(groups)), map[identity][]*group{}
	for _, g := range groups {
		id := identityOf(g.finding)
		switch f := first[id]; {
		case f == nil:
			first[id] = g
		case same[id] == nil:
			same[id] = []*group{f, g}
		default:
			same[id] = append(same[id], g)
		}
	}
	for _, list := range same {
		slices.SortStableFunc(list, func(a, b *group) int {
			x, y := a.finding, b.finding
			return cmp.Or(
				strings.Compare(x.Location.Section, y.Location.Section),
				cmp.Compare(x.Location.Insn, y.Location.Insn),
				cmp.Compare(x.Location.Offset, y.Location.Offset),
				cmp.Compare(y.Severity, x.Severity),
				strings.Compare(x.Message, y.Message),
			)
		})
		count := make([]int, cells)
		for _, g := range list {
			g.ordinal = math.MaxInt
			for _, c := range g.cells {
				for l := range loaders {
					if c.loaders&(1<<l) != 0 {
						n := &count[c.kernel*loaders+l]
						g.ordinal = min(g.ordinal, *n)
						*n++
					}
				}
			}
		}
	}
}
