package kernel

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/btflint/btflint/analyzer/btfgraph"
)

// moduleOrder caches the sorted names of modules.
type moduleOrder struct {
	once  sync.Once
	names []string
}

// ModuleNames are the names of the known modules, ascending.
func (k *Kernel) ModuleNames() []string { return slices.Clone(k.moduleNames()) }

func (k *Kernel) moduleNames() []string {
	k.order.once.Do(func() { k.order.names = slices.Sorted(maps.Keys(k.Modules)) })
	return k.order.names
}

// moduleErrors says which modules could not be opened so far, by name.
func (k *Kernel) moduleErrors() []*PartError {
	var errs []*PartError
	for _, name := range k.moduleNames() {
		if m, ok := k.Modules[name].(*module); ok {
			if err := m.failed(); err != nil {
				errs = append(errs, asPart(PartModules, name, err))
			}
		}
	}
	return errs
}

// modules lists the split BTFs below a directory without opening them. The
// file vmlinux and those whose name starts with a dot are left out.
func (s *sources) modules(dir string, base *btfgraph.Raw) (map[string]btfgraph.Graph, error) {
	found := make(map[string]btfgraph.Graph)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return partError(PartModules, path, cause(err))
		}
		file := d.Name()
		if d.IsDir() || file == "vmlinux" || strings.HasPrefix(file, ".") {
			return nil
		}
		// The kernel spells module names with underscores whatever the file
		// is called (scripts/Makefile.lib, name-fix-token).
		name := strings.ReplaceAll(strings.TrimSuffix(file, ".ko"), "-", "_")
		if found[name] != nil {
			return partError(PartModules, path, fmt.Errorf("second file of module %q", name))
		}
		found[name] = &module{base: base, open: func() (btfgraph.Graph, error) { return s.module(path, base) }}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// module opens the split BTF of a module. A .ko file without BTF is a module
// about whose types the kernel knows nothing: it has none.
func (s *sources) module(path string, base *btfgraph.Raw) (btfgraph.Graph, error) {
	img, err := s.image(path)
	if errors.Is(err, errNoSection) {
		return ownless{base}, nil
	}
	if err != nil {
		return nil, partError(PartModules, path, err)
	}
	if img.base != nil {
		if base, err = btfgraph.Open(img.base, nil); err != nil {
			return nil, partError(PartModules, path, fmt.Errorf("section %q: %w", ".BTF.base", err))
		}
	}
	g, err := btfgraph.Open(img.types, base)
	if err != nil {
		return nil, partError(PartModules, path, err)
	}
	if err := g.Err(); err != nil {
		return nil, partError(PartModules, path, err)
	}
	return g, nil
}

// isDir reports whether path is a directory; errors show when it is opened.
func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// ownless is split BTF without types of its own.
type ownless struct{ btfgraph.Graph }

func (g ownless) FirstOwn() btfgraph.ID { return btfgraph.ID(g.Len()) }
func (g ownless) Base() btfgraph.Graph  { return g.Graph }

// module is the split BTF of a module, opened at the first question: a system
// has a hundred and more of them, and most objects need none.
type module struct {
	base btfgraph.Graph
	open func() (btfgraph.Graph, error)

	once sync.Once
	g    btfgraph.Graph

	mu      sync.Mutex
	loaded  bool
	err     error
	pending [][]string // names announced before it was opened
}

func (m *module) graph() btfgraph.Graph {
	m.once.Do(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.g, m.err = m.open(); m.err != nil {
			m.g = ownless{m.base}
		}
		for _, names := range m.pending {
			m.g.Prefetch(names...)
		}
		m.loaded, m.pending = true, nil
	})
	return m.g
}

// failed says why the module could not be opened. It does not open it.
func (m *module) failed() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// Prefetch implements [btfgraph.Graph]; it does not open the module.
func (m *module) Prefetch(names ...string) { m.announce(cloneNames(names)) }

// announce is Prefetch of names that the module may keep.
func (m *module) announce(names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.loaded {
		m.g.Prefetch(names...)
		return
	}
	m.pending = append(m.pending, names)
}

// cloneNames copies names, which may be pieces of a mapped file.
func cloneNames(names []string) []string {
	clones := make([]string, len(names))
	for i, name := range names {
		clones[i] = strings.Clone(name)
	}
	return clones
}

// Base implements [btfgraph.Graph]. The rest asks the module itself.
func (m *module) Base() btfgraph.Graph                    { return m.graph().Base() }
func (m *module) Len() int                                { return m.graph().Len() }
func (m *module) FirstOwn() btfgraph.ID                   { return m.graph().FirstOwn() }
func (m *module) Kind(id btfgraph.ID) btfgraph.Kind       { return m.graph().Kind(id) }
func (m *module) KindFlag(id btfgraph.ID) bool            { return m.graph().KindFlag(id) }
func (m *module) Name(id btfgraph.ID) string              { return m.graph().Name(id) }
func (m *module) Size(id btfgraph.ID) uint32              { return m.graph().Size(id) }
func (m *module) Ref(id btfgraph.ID) btfgraph.ID          { return m.graph().Ref(id) }
func (m *module) Vlen(id btfgraph.ID) int                 { return m.graph().Vlen(id) }
func (m *module) Linkage(id btfgraph.ID) btfgraph.Linkage { return m.graph().Linkage(id) }
func (m *module) Int(id btfgraph.ID) btfgraph.Int         { return m.graph().Int(id) }
func (m *module) Array(id btfgraph.ID) btfgraph.Array     { return m.graph().Array(id) }
func (m *module) ComponentIndex(id btfgraph.ID) int       { return m.graph().ComponentIndex(id) }
func (m *module) Tagged(id btfgraph.ID, tag string) bool  { return m.graph().Tagged(id, tag) }
func (m *module) HasTag(tag string) bool                  { return m.graph().HasTag(tag) }
func (m *module) Member(id btfgraph.ID, i int) btfgraph.Member {
	return m.graph().Member(id, i)
}
func (m *module) Enumerator(id btfgraph.ID, i int) btfgraph.Enumerator {
	return m.graph().Enumerator(id, i)
}
func (m *module) Param(id btfgraph.ID, i int) btfgraph.Param { return m.graph().Param(id, i) }
func (m *module) VarSecinfo(id btfgraph.ID, i int) btfgraph.VarSecinfo {
	return m.graph().VarSecinfo(id, i)
}
func (m *module) ByName(kind btfgraph.Kind, name string) iter.Seq[btfgraph.ID] {
	return m.graph().ByName(kind, name)
}
