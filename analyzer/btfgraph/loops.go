package btfgraph

import "fmt"

// Kinds that have no size of their own but that of the type they refer to, and
// kinds whose members are parts of them, as sets of bits.
const (
	linkKinds = uint32(1<<KindTypedef | 1<<KindVolatile | 1<<KindConst | 1<<KindRestrict | 1<<KindTypeTag |
		1<<KindArray | 1<<KindVar | 1<<KindDeclTag)
	memberKinds = uint32(1<<KindStruct | 1<<KindUnion)
)

// States of a type. From seen on the state tells how many link kinds follow
// each other from the type on.
const (
	unseen uint8 = iota
	onPath
	seen
)

// frame is a type on the path.
type frame struct {
	id      ID
	isLink  bool
	link    ID     // what a link kind refers to
	members []byte // those still to be looked at
}

// memberLen is the size of struct btf_member.
const memberLen = 12

// looper walks depth first along what types consist of. It leaves out those of
// the base, which cannot lead back. All ids have to exist.
type looper struct {
	*Raw
	states []uint8 // by own number: seen, or unseen if the type consists of others
	path   []frame
}

// run reports a type that consists of itself, or whose chain of link kinds is
// too long for the walks of this package.
func (l *looper) run() error {
	for i, state := range l.states {
		if state == unseen {
			l.enter(l.firstOwn + ID(i))
		}
		for len(l.path) > 0 {
			if err := l.step(); err != nil {
				return err
			}
		}
	}
	return nil
}

// enter puts an unseen type on the path.
func (l *looper) enter(id ID) {
	rec := l.first(l.at(id).b)
	f := frame{id: id}
	switch kind := rec.kind(); {
	case kind == KindArray:
		f.isLink, f.link = true, ID(rec.bodyWord(0))
	case 1<<kind&linkKinds != 0:
		f.isLink, f.link = true, ID(rec.word())
	default:
		f.members = rec.body()
	}
	l.states[id-l.firstOwn] = onPath
	l.path = append(l.path, f)
}

// step goes on from the last type of the path, or leaves it.
func (l *looper) step() error {
	f := &l.path[len(l.path)-1]
	chain := uint8(0)
	if f.isLink {
		next, err := l.follow(f.link)
		if next == unseen || err != nil {
			return err
		}
		if chain = next - seen + 1; chain > maxChain {
			return fmt.Errorf("type %d: chain of more than %d typedefs, qualifiers and arrays", f.id, maxChain)
		}
	}
	for members := f.members; len(members) >= memberLen; members = members[memberLen:] {
		id := ID(u32(members[4:]))
		if id < l.firstOwn || l.states[id-l.firstOwn] >= seen {
			continue
		}
		f.members = members
		if next, err := l.follow(id); next == unseen || err != nil {
			return err
		}
	}
	l.states[f.id-l.firstOwn] = seen + chain
	l.path = l.path[:len(l.path)-1]
	return nil
}

// follow returns the state of a type, having entered it if it was unseen.
func (l *looper) follow(id ID) (uint8, error) {
	if id < l.firstOwn {
		return seen, nil
	}
	state := l.states[id-l.firstOwn]
	switch state {
	case onPath:
		return state, fmt.Errorf("type %d: %v leads back to itself", id, l.Kind(id))
	case unseen:
		l.enter(id)
	}
	return state, nil
}
