package analyzer

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/btflint/btflint/analyzer/bpfobj"
	"github.com/btflint/btflint/analyzer/kernel"
	"github.com/btflint/btflint/analyzer/lskel"
	"github.com/btflint/btflint/analyzer/plan"
	"github.com/btflint/btflint/analyzer/shadow"
)

// Input is what a run works on. Nothing in it is modified, and all of it may
// be shared with other runs.
type Input struct {
	Objects []*bpfobj.Object
	// Kernels are the targets. Without any, the objects are judged for what
	// needs no target, and no verdict is better than undecided.
	Kernels []*kernel.Kernel
	// Loaders that load the objects. The default is [plan.Libbpf]. Light
	// skeletons are checked with [plan.Lskel] whatever stands here.
	Loaders []*plan.Loader
	// Rules to run, see [Select].
	Rules []*Rule
	// Errors are inputs that could not be opened. They become part of the report.
	Errors []RuleError
	// Progress is told after each target how many are checked, and how many
	// there are: those of every object that is read, on every kernel, by the
	// loaders that load it. It is called by several goroutines, not in order.
	// The default, nil, is that nobody wants to know.
	Progress func(done, all int)
	Options  Options
}

// Options change a run. The zero value is the default.
type Options struct {
	Plan plan.Options
	// PathMap rewrites the paths of source files; the first mapping that
	// matches is used. The default is none.
	PathMap []PathMapping
	// SourceRoot is an absolute directory; files below it are shown relative
	// to it. The default is none.
	SourceRoot string
	// Suppress says what is not to be reported. The default is nothing.
	Suppress Suppressions
	// Sources reads a source file of an object, by its name as the compiler
	// saw it. It is called by several goroutines. The default, nil, is that
	// there are none.
	Sources func(object, file string) Source
	// Severities are severities that findings have instead of their own, by
	// the rule's name: findings that weigh more get it, and warnings and errors
	// also if it is higher; notes are not raised. Verdicts are what they would
	// be without. The default is none.
	Severities map[string]Severity
	// Shadows are generated files whose shadow types should be those of the
	// objects. The default is none.
	Shadows []*shadow.File
}

// maxLoaders bounds the loaders of a run: sets of them are bit masks.
const maxLoaders = 64

// Run makes a plan of every object on every kernel by every loader, runs the
// rules over the plans, merges what they find and derives the verdicts. The
// report does not depend on scheduling.
//
// It returns the context's error if the context ends, and an error if two
// objects or two kernels have the same name, which would make the report
// ambiguous. What goes wrong with an object, a kernel or a rule is no error
// but part of the report.
func Run(ctx context.Context, in Input) (*Report, error) {
	r, err := newRun(&in)
	if err != nil {
		return nil, err
	}
	if err := r.work(ctx); err != nil {
		return nil, err
	}
	if err := r.distrust(ctx); err != nil {
		return nil, err
	}
	return r.report(), nil
}

// run is a run under way.
type run struct {
	opts    Options
	objects []*bpfobj.Object // by ascending name
	facts   []*objectFacts   // by index of objects
	kernels []*kernel.Kernel // by ascending name; a single nil without any
	loaders []*plan.Loader
	// asked is how many of loaders were asked for. The one behind them loads the
	// light skeletons among the objects, which bring their own loader.
	asked  int
	rules  []*Rule // by ascending name
	errors []RuleError
	// results are the outcomes by kernel, object and loader.
	results []outcome
	known   map[string][]int // the baseline's entries by fingerprint
	names   []string         // that plans will look up
	// progress is told that done of targets are checked.
	progress func(done, all int)
	done     atomic.Int64
	targets  int
	primed   []sync.Once // by kernel: names are announced
}

func newRun(in *Input) (*run, error) {
	r := &run{
		opts:    in.Options,
		objects: unique(in.Objects),
		kernels: unique(in.Kernels),
		loaders: unique(in.Loaders),
		rules:   unique(in.Rules),
		errors:  slices.Clone(in.Errors),
		known:   byFingerprint(in.Options.Suppress.Baseline),

		progress: in.Progress,
	}
	if len(r.loaders) == 0 {
		r.loaders = []*plan.Loader{plan.Libbpf}
	}
	r.asked = len(r.loaders)
	if slices.ContainsFunc(r.objects, isSkeleton) && !slices.ContainsFunc(r.loaders, func(l *plan.Loader) bool { return l.Skeleton }) {
		r.loaders = append(r.loaders, plan.Lskel)
	}
	if len(r.loaders) > maxLoaders {
		return nil, fmt.Errorf("%d loaders: at most %d can be checked in one run", len(r.loaders), maxLoaders)
	}
	slices.SortStableFunc(r.rules, func(a, b *Rule) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(r.objects, func(a, b *bpfobj.Object) int { return naturalCompare(a.Name, b.Name) })
	slices.SortStableFunc(r.kernels, func(a, b *kernel.Kernel) int { return naturalCompare(a.Name, b.Name) })
	for i := 1; i < len(r.objects); i++ {
		if r.objects[i].Name == r.objects[i-1].Name {
			return nil, fmt.Errorf("two objects are named %q", r.objects[i].Name)
		}
	}
	for i := 1; i < len(r.kernels); i++ {
		if r.kernels[i].Name == r.kernels[i-1].Name {
			return nil, fmt.Errorf("two kernels are named %q", r.kernels[i].Name)
		}
	}
	r.facts = make([]*objectFacts, len(r.objects))
	names := make([][]string, len(r.objects))
	pool := new(plan.Pool)
	Each(len(r.objects), func(o int) {
		r.facts[o] = &objectFacts{obj: r.objects[o], pool: pool}
		if len(r.kernels) > 0 {
			names[o] = plan.Names(r.objects[o])
		}
	})
	for _, obj := range r.objects {
		if err := unreadable(obj); err != nil {
			r.errors = append(r.errors, RuleError{Object: obj.Name, Message: oneLine(err.Error())})
		}
	}
	r.names = distinctNames(names)
	if len(r.kernels) == 0 {
		r.kernels = []*kernel.Kernel{nil}
	}
	r.primed = make([]sync.Once, len(r.kernels))
	r.results = make([]outcome, len(r.kernels)*len(r.objects)*len(r.loaders))
	for _, obj := range r.objects {
		for l := range r.loaders {
			if r.loads(l, obj) {
				r.targets += len(r.kernels)
			}
		}
	}
	return r, nil
}

// advance tells that one more target is checked. Targets that are checked again,
// see distrust, do not count.
func (r *run) advance() {
	if r.progress == nil {
		return
	}
	if done := int(r.done.Add(1)); done <= r.targets {
		r.progress(done, r.targets)
	}
}

// isSkeleton reports whether an object was read from a light skeleton.
func isSkeleton(obj *bpfobj.Object) bool { return lskel.Of(obj) != nil }

// loads reports whether an object is checked with a loader: a light skeleton
// brings its own, whatever was asked for.
func (r *run) loads(l int, obj *bpfobj.Object) bool {
	if isSkeleton(obj) {
		return r.loaders[l].Skeleton
	}
	return l < r.asked
}

// distinctNames are the names of all lists. Those of several objects are sorted
// and each once: kernels, of which there may be many, take them faster then.
func distinctNames(lists [][]string) []string {
	if len(lists) == 1 {
		return lists[0]
	}
	count := 0
	for _, list := range lists {
		count += len(list)
	}
	// Objects have many names in common.
	names, seen := make([]string, 0, count/2), make(map[string]struct{}, count/2)
	for _, list := range lists {
		for _, name := range list {
			if _, ok := seen[name]; !ok {
				seen[name] = struct{}{}
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// unique copies a list without nil and repeated pointers.
func unique[T any](list []*T) []*T {
	out := make([]*T, 0, len(list))
	seen := make(map[*T]bool, len(list))
	for _, p := range list {
		if p != nil && !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

// index is the place of a target in results.
func (r *run) index(k, o, l int) int { return (k*len(r.objects)+o)*len(r.loaders) + l }

// jobsPerWorker is how many jobs there are for a worker, at least: with few
// large jobs one worker waits for the other.
const jobsPerWorker = 16

// work fills results. A job is a kernel with a share of the objects. The first
// jobs of all kernels come first, for they walk the types, and a second one
// beside would wait; and jobs that follow each other have different objects, the
// facts of which both would wait for.
func (r *run) work(ctx context.Context) error {
	shares := min(len(r.objects), (jobsPerWorker*runtime.GOMAXPROCS(0)+len(r.kernels)-1)/len(r.kernels))
	Each(len(r.kernels)*shares, func(job int) {
		share := (job/len(r.kernels) + job%len(r.kernels)) % shares
		r.check(ctx, job%len(r.kernels), share*len(r.objects)/shares, (share+1)*len(r.objects)/shares)
	})
	return ctx.Err()
}

// check fills the results of one kernel for the objects from from up to to.
func (r *run) check(ctx context.Context, k, from, to int) {
	kern := r.kernels[k]
	if kern != nil {
		r.primed[k].Do(func() { announce(kern, r.names) })
	}
	var buffer []Finding
	rules := newRuleRun(r.selection(kern))
	for o := from; o < to; o++ {
		for l, loader := range r.loaders {
			if ctx.Err() != nil {
				return
			}
			if !r.loads(l, r.objects[o]) {
				continue
			}
			out := outcome{findings: buffer[:0]}
			r.checkTarget(ctx, &out, r.facts[o], kern, loader, rules)
			buffer = out.findings
			out.findings = slices.Clone(buffer)
			r.results[r.index(k, o, l)] = out
			r.advance()
		}
	}
}

// announce tells a kernel the names that plans will look up, so that one walk
// over its types and one over its symbols find them all.
func announce(k *kernel.Kernel, names []string) {
	k.Prefetch(names...)
	if k.Symbols != nil {
		k.Symbols.Prefetch(names...)
	}
}

// distrust repeats the check on kernels a part of which proved unreadable while
// it was asked, for its silence looked like absence: the part is unknown then.
// What does not rest on it stays.
func (r *run) distrust(ctx context.Context) error {
	for k, kern := range r.kernels {
		if kern == nil {
			continue
		}
		for readable := kern.Readable(); readable != kern; readable = kern.Readable() {
			kern, r.kernels[k] = readable, readable
			Each(len(r.objects), func(o int) { r.check(ctx, k, o, o+1) })
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		for _, err := range kern.Errors() {
			r.errors = append(r.errors, RuleError{Kernel: kern.Name, Message: oneLine(err.Error())})
		}
	}
	return nil
}

// unreadable says which part of an object cannot be read, nil if all can. What
// rests on it is not in its plans.
func unreadable(obj *bpfobj.Object) error {
	if obj.TypesErr != nil {
		return obj.TypesErr
	}
	return obj.ExtErr
}
