package shadow

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ErrNoShadow says that a file holds no shadow type.
var ErrNoShadow = errors.New("no shadow types found")

// maxFile bounds what is read: the skeleton of an object of a few MB.
const maxFile = 64 << 20

// maxParts bounds the types of a file and their members together, maxDeclaration
// the tokens of one: an anonymous enum is spelled out.
const (
	maxParts       = 1 << 16
	maxDeclaration = 1 << 19
)

// File is a generated file with shadow types.
type File struct {
	// Name is the name that the caller gave, usually the path.
	Name string
	// Go tells a Go file from a header.
	Go bool
	// Style is the style that the types are written in.
	Style Style
	Types []FileType

	count int // types and members
}

// Position is a place in a file. Lines and columns count from 1, columns in bytes.
type Position struct {
	Line, Column int
	Text         string // the line
}

// FileType is a shadow type as a file declares it.
type FileType struct {
	// Map is the name of its map; "" if only Name tells, which ends in
	// "__MAP__TYPE" then. TypeName is the name of the object's struct in a Go
	// file, "" in a header.
	Map, TypeName string
	// Name is the name of the type in the file, "" if it has none.
	Name      string
	SizeBytes uint64
	Members   []FileMember
	Position  Position

	packed bool
}

// FileMember is a member as a file declares it.
type FileMember struct {
	// Name is the name in C.
	Name                   string
	Kind                   Kind
	OffsetBytes, SizeBytes uint64
	// Declaration are the tokens of its declaration, a space between them.
	Declaration string
	// Enum is the name of an enum that the file does not define, "" if none. Its
	// size is taken to be 4 bytes until it is compared with an object.
	Enum string
	// Num is the type of a Scalar; the zero Number for an enum and for bytes.
	Num      Number
	Position Position

	align uint64
}

// ReadFile is [Read] of a file, or of a pipe that a generator writes to; the name
// is the path. Its errors name no path but those of opening and reading.
func ReadFile(path string) (*File, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, err
	}
	return Read(filepath.ToSlash(path), text)
}

// Read finds the shadow types of a file: a skeleton of bpftool, or what
// [WriteC] or [WriteGo] wrote. Layouts are those of 64-bit hosts.
//
// It returns an error wrapping [ErrNoShadow] if there are none, and an error if
// one cannot be understood or the file is too large. The time it takes grows
// with the file and with nothing else.
func Read(name string, text []byte) (*File, error) {
	if len(text) > maxFile {
		return nil, fmt.Errorf("more than %d bytes are no generated file", maxFile)
	}
	f := &File{Name: name}
	var err error
	if isGo(text) {
		f.Go = true
		err = f.readGo(text)
	} else {
		err = f.readC(text)
	}
	if err != nil {
		return nil, err
	}
	if len(f.Types) == 0 {
		return nil, ErrNoShadow
	}
	return f, nil
}

// isGo tells Go by its package clause, which no C file has in front of all code.
func isGo(text []byte) bool {
	s := &scanner{text: bytes.TrimPrefix(text, []byte("\ufeff"))}
	return string(s.next().text) == "package"
}

// maxLine bounds the text of a position, before and behind it.
const maxLine = 256

// lineAt is the line of text that holds the offset, as far as it is near.
func lineAt(text []byte, offset int) string {
	near := text[max(0, offset-maxLine):offset]
	near = near[bytes.LastIndexByte(near, '\n')+1:]
	rest := text[offset:min(len(text), offset+maxLine)]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	return string(near) + string(bytes.TrimRight(rest, "\r"))
}

// countPart counts a type or member at a line.
func (f *File) countPart(line int) error {
	if f.count++; f.count > maxParts {
		return fmt.Errorf("line %d: more than %d members", line, maxParts)
	}
	return nil
}

// place computes the offsets of the members and the size as compilers do.
func (ft *FileType) place() {
	next, most := uint64(0), uint64(1)
	for i := range ft.Members {
		m := &ft.Members[i]
		align := m.align
		if ft.packed {
			align = 1
		}
		most = max(most, align)
		m.OffsetBytes = (next + align - 1) / align * align
		next = m.OffsetBytes + m.SizeBytes
	}
	ft.SizeBytes = (next + most - 1) / most * most
}
