package analyzer

import (
	"cmp"
	"hash/maphash"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/plan"
)

// mergeKey is what findings have in common that are one finding on several
// targets. Messages are compared with their placeholders. The scope is not
// compared: what a map takes down differs by loader, and verdicts are derived
// before findings are merged.
type mergeKey struct {
	rule       string
	severity   Severity
	stage      plan.Stage
	location   bpfobj.Location
	message    string
	hint       string
	dependsOn  string
	suppressed string
	optional   bool
}

// keyOf is the finding's key but for Related, see relatedText.
func keyOf(f *Finding) mergeKey {
	return mergeKey{
		rule: f.Rule, severity: f.Severity, stage: f.Stage, location: f.Location,
		message: f.Message, hint: f.Hint, dependsOn: f.DependsOn, suppressed: f.Suppressed, optional: f.Optional,
	}
}

// relatedText spells Related out: a struct with slices is no key.
func relatedText(f *Finding) string {
	if len(f.Related) == 0 {
		return ""
	}
	var b strings.Builder
	for _, r := range f.Related {
		l := &r.Location
		for _, part := range [...]string{
			r.Message, l.Object, l.Section, l.Program, strconv.Itoa(l.Insn), strconv.FormatUint(l.Offset, 10),
			l.Source.File, strconv.Itoa(l.Source.Line), strconv.Itoa(l.Source.Column), l.Symbol,
		} {
			b.WriteString(part)
			b.WriteByte(0)
		}
	}
	return b.String()
}

// cell tells with which loaders a finding holds on one kernel.
type cell struct {
	kernel  int
	loaders uint64 // bit mask of loader indexes
}

// group is a finding with the targets for which it holds.
type group struct {
	finding *Finding
	related string // relatedText
	cells   []cell // by ascending kernel
	scope   plan.Scope
	ordinal int // among equal identities, see fingerprint
	label   label
	// variants are the groups that a suppressor has divided it into.
	variants []*group
	pieces   []groupPiece
	next     *group // of the same hash
}

// groupPiece tells which piece of the report, by index, holds a group with a set
// of loaders.
type groupPiece struct {
	loaders uint64
	index   int
}

// piece is a group cut down to kernels that share their set of loaders, so
// that the product of its kernels and loaders is exact.
type piece struct {
	Finding
	group   *group
	loaders uint64
	kernels []int
	members []membership // itself, and what foldHints joined to it
}

// kernelsText is what stands for {kernel} in the piece's texts.
func (p *piece) kernelsText() string {
	if len(p.Kernels) == 0 {
		return "the kernel"
	}
	return Enumerate(p.Kernels)
}

// merged are the findings of one object.
type merged struct {
	pieces []*piece // sorted
	// first and firstVerdict are where the object's findings and verdicts start
	// in the report.
	first, firstVerdict int
	// groups holds by kernel and loader the group of every finding.
	groups [][]*group

	object     string
	facts      sourceFacts
	suppressor *suppressor // nil if nothing can be suppressed
}

// merge folds the findings of object o over kernels and loaders.
func (r *run) merge(o int) merged {
	obj := r.objects[o]
	m := merged{groups: make([][]*group, len(r.kernels)*len(r.loaders)), object: obj.Name, facts: r.readSources(obj)}
	count := 0
	for k := range r.kernels {
		for l := range r.loaders {
			count += len(r.results[r.index(k, o, l)].findings)
		}
	}
	if count == 0 {
		return m
	}
	all := make([]*group, count) // those of m.groups
	order := grouper{kernels: min(len(r.kernels), 8)}
	for k := range r.kernels {
		for l := range r.loaders {
			findings := r.results[r.index(k, o, l)].findings
			groups := all[:len(findings):len(findings)]
			all = all[len(findings):]
			for i := range findings {
				r.override(&findings[i])
				g := order.group(&findings[i])
				g.add(k, l)
				g.scope = union(g.scope, findings[i].Scope)
				groups[i] = g
			}
			m.groups[k*len(r.loaders)+l] = groups
		}
	}
	numberGroups(order.list, len(r.kernels)*len(r.loaders), len(r.loaders))
	s, groups := splitter{run: r, files: newPaths(&r.opts)}, order.list
	if m.suppressor = r.newSuppressor(m.facts.notes, s.files); m.suppressor != nil {
		groups = m.suppressor.apply(groups, m.groups)
	}
	m.pieces = make([]*piece, 0, len(groups))
	for _, g := range groups {
		m.pieces = s.split(m.pieces, g)
	}
	slices.SortFunc(m.pieces, comparePieces)
	m.pieces = r.foldHints(m.pieces)
	room := make([]groupPiece, len(groups)) // for one piece of each group
	for i, p := range m.pieces {
		for _, in := range p.members {
			if in.group.pieces == nil {
				in.group.pieces, room = room[:0:1], room[1:]
			}
			in.group.pieces = append(in.group.pieces, groupPiece{in.loaders, i})
		}
	}
	return m
}

// grouper finds the group of a finding. The map is by a hash of a part of the
// key, which is too large for a map to hold; groups of one hash form a list.
type grouper struct {
	list    []*group // in the order of their first findings
	kernels int      // on which a finding may hold
	seed    maphash.Seed
	byHash  map[uint64]*group
}

// group is the group of a finding, which may be a new one.
func (o *grouper) group(f *Finding) *group {
	if o.byHash == nil {
		o.seed, o.byHash = maphash.MakeSeed(), make(map[uint64]*group)
	}
	key, related := keyOf(f), relatedText(f)
	hash := o.hash(f)
	for g := o.byHash[hash]; g != nil; g = g.next {
		if g.related == related && keyOf(g.finding) == key {
			return g
		}
	}
	g := &group{finding: f, related: related, next: o.byHash[hash], cells: make([]cell, 0, o.kernels)}
	o.byHash[hash] = g
	o.list = append(o.list, g)
	return g
}

// hash tells the findings of an object apart by what they say and where: programs
// that resemble each other have findings that differ in their place alone.
func (o *grouper) hash(f *Finding) uint64 {
	at := &f.Location
	return maphash.String(o.seed, f.Message) ^ bits.RotateLeft64(maphash.String(o.seed, at.Program), 1) ^
		bits.RotateLeft64(uint64(at.Insn), 32) ^ at.Offset
}

// add notes that the finding holds for a kernel and loader. Kernels come in
// ascending order.
func (g *group) add(k, l int) {
	if n := len(g.cells); n == 0 || g.cells[n-1].kernel != k {
		g.cells = append(g.cells, cell{kernel: k})
	}
	g.cells[len(g.cells)-1].loaders |= 1 << l
}

// union is the scope of what either scope takes down.
func union(a, b plan.Scope) plan.Scope {
	a.Object = a.Object || b.Object
	a.Whole = a.Whole || b.Whole
	if len(a.Programs) == 0 {
		a.Programs = b.Programs
		return a
	}
	for i, name := range b.Programs {
		if i < len(a.Programs) && a.Programs[i] == name || slices.Contains(a.Programs, name) {
			continue
		}
		a.Programs = append(slices.Clip(a.Programs), name)
	}
	return a
}

// splitter cuts groups into pieces. Most have the same kernels and loaders as the
// one before: they share the lists of their names.
type splitter struct {
	*run
	files   *paths
	kernels []int
	loaders uint64
	names   [2][]string // of kernels and of loaders
	text    string      // kernelsText
}

// split adds the pieces of a group to a list, with all that a merged finding has.
func (s *splitter) split(list []*piece, g *group) []*piece {
	start := len(list)
	for _, c := range g.cells {
		i := slices.IndexFunc(list[start:], func(p *piece) bool { return p.loaders == c.loaders })
		if i < 0 {
			i = len(list) - start
			list = append(list, &piece{
				Finding: *g.finding, group: g, loaders: c.loaders, members: []membership{{g, c.loaders}},
				kernels: make([]int, 0, len(g.cells)),
			})
		}
		list[start+i].kernels = append(list[start+i].kernels, c.kernel)
	}
	print := fingerprint(g.finding, g.ordinal)
	for _, p := range list[start:] {
		s.name(p)
		p.Fingerprint, p.Scope = print, g.scope
		if g.label.reason != "" {
			p.Suppressed, p.SuppressedBy = g.label.reason, g.label.by
		}
		p.Message = fillIn(p.Message, s.text, p.Loaders)
		p.Hint = fillIn(p.Hint, s.text, p.Loaders)
		p.Location.Source.File = s.files.file(p.Location.Source.File)
		p.Related = slices.Clone(p.Related)
		for i := range p.Related {
			rel := &p.Related[i]
			rel.Message = fillIn(rel.Message, s.text, p.Loaders)
			rel.Location.Source.File = s.files.file(rel.Location.Source.File)
		}
	}
	return list
}

// name gives a piece the names of its kernels and loaders.
func (s *splitter) name(p *piece) {
	if s.kernels == nil || !slices.Equal(s.kernels, p.kernels) {
		s.kernels, s.names[0] = p.kernels, s.kernelNames(p.kernels)
		p.Kernels = s.names[0]
		s.text = p.kernelsText()
	}
	if s.loaders != p.loaders {
		s.loaders, s.names[1] = p.loaders, s.loaderNames(p.loaders)
	}
	p.Kernels, p.Loaders = s.names[0], s.names[1]
}

func (r *run) kernelNames(kernels []int) []string {
	names := make([]string, 0, len(kernels))
	for _, k := range kernels {
		if r.kernels[k] != nil {
			names = append(names, r.kernels[k].Name)
		}
	}
	return slices.Clip(names)
}

func (r *run) loaderNames(set uint64) []string {
	names := make([]string, 0, bits.OnesCount64(set))
	for l, loader := range r.loaders {
		if set&(1<<l) != 0 {
			names = append(names, loader.Name)
		}
	}
	return names
}

// fillIn replaces the placeholders of a text.
func fillIn(text, kernels string, loaders []string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	text = strings.ReplaceAll(text, KernelPlaceholder, kernels)
	if strings.Contains(text, LoaderPlaceholder) {
		text = strings.ReplaceAll(text, LoaderPlaceholder, Enumerate(loaders))
	}
	return text
}

// maxEnumerated is the number of names that a message spells out.
const maxEnumerated = 4

// Enumerate joins names for a message: "a", "a and b", "a, b and c", and more
// than four to "a, b, c and 2 more".
func Enumerate(names []string) string {
	if len(names) <= 1 {
		return strings.Join(names, "")
	}
	head, last := names[:len(names)-1], names[len(names)-1]
	if len(names) > maxEnumerated {
		head, last = names[:maxEnumerated-1], strconv.Itoa(len(names)-maxEnumerated+1)+" more"
	}
	return strings.Join(head, ", ") + " and " + last
}

// comparePieces orders the findings of an object.
func comparePieces(a, b *piece) int {
	x, y := &a.Location, &b.Location
	return cmp.Or(
		strings.Compare(x.Source.File, y.Source.File),
		cmp.Compare(x.Source.Line, y.Source.Line),
		cmp.Compare(x.Source.Column, y.Source.Column),
		strings.Compare(x.Section, y.Section),
		strings.Compare(x.Program, y.Program),
		cmp.Compare(x.Insn, y.Insn),
		strings.Compare(a.Rule, b.Rule),
		strings.Compare(a.group.finding.Message, b.group.finding.Message),
		strings.Compare(x.Symbol, y.Symbol),
		cmp.Compare(x.Offset, y.Offset),
		cmp.Compare(b.Weight(), a.Weight()),
		cmp.Compare(a.Stage, b.Stage),
		strings.Compare(a.DependsOn, b.DependsOn),
		slices.Compare(a.kernels, b.kernels),
		cmp.Compare(a.loaders, b.loaders),
		strings.Compare(a.Hint, b.Hint),
		strings.Compare(a.SuppressedBy, b.SuppressedBy),
		strings.Compare(a.Suppressed, b.Suppressed),
		strings.Compare(a.group.related, b.group.related),
	)
}
