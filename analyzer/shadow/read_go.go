package shadow

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	goscanner "go/scanner"
	gotoken "go/token"
	"reflect"
	"strconv"
	"strings"
)

// maxGoFile bounds a Go file: parsing takes many times its size.
const maxGoFile = 4 << 20

// readGo finds the shadow types of a Go file: structs whose first field has the
// tag that [WriteGo] gives it.
func (f *File) readGo(text []byte) error {
	if len(text) > maxGoFile {
		return fmt.Errorf("%d bytes are no generated Go file: at most %d are read", len(text), maxGoFile)
	}
	set := gotoken.NewFileSet()
	file, err := parser.ParseFile(set, "", text, parser.SkipObjectResolution)
	if err != nil {
		return goError(err)
	}
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			named, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			if s, ok := named.Type.(*ast.StructType); ok {
				if err := f.goType(text, set, named, s); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// goError is the first error of the parser, with its line in the words of this package.
func goError(err error) error {
	var list goscanner.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		return fmt.Errorf("line %d: %s", list[0].Pos.Line, list[0].Msg)
	}
	return err
}

// goType reads a struct, if it is a shadow type.
func (f *File) goType(text []byte, set *gotoken.FileSet, named *ast.TypeSpec, s *ast.StructType) error {
	if len(s.Fields.List) == 0 {
		return nil
	}
	first := s.Fields.List[0]
	mapName, typeName := tagOf(first, tagKey), tagOf(first, structKey)
	if mapName == "" || typeName == "" || len(first.Names) != 1 || first.Names[0].Name != "_" {
		return nil
	}
	at := func(pos gotoken.Pos) Position {
		p := set.PositionFor(pos, false)
		return Position{Line: p.Line, Column: p.Column, Text: lineAt(text, p.Offset)}
	}
	t := FileType{Map: mapName, TypeName: typeName, Name: named.Name.Name, Position: at(named.Pos())}
	for _, field := range s.Fields.List[1:] {
		n, align, ok := goNumberOf(field.Type)
		if !ok || len(field.Names) != 1 {
			return fmt.Errorf("line %d: field is no part of a generated shadow type", at(field.Pos()).Line)
		}
		m := FileMember{Name: field.Names[0].Name, Kind: Padding, SizeBytes: n.SizeBytes, align: align, Position: at(field.Pos())}
		m.Declaration = m.Name + " " + n.C
		if kind, name, ok := strings.Cut(tagOf(field, tagKey), " "); ok {
			m.Name = name
			for k := Scalar; k <= Unsupported; k++ {
				if k.String() == kind {
					m.Kind = k
				}
			}
			if m.Kind == Scalar {
				m.Num = n
			}
		}
		t.Members = append(t.Members, m)
		if err := f.countPart(m.Position.Line); err != nil {
			return err
		}
	}
	t.place()
	f.Types = append(f.Types, t)
	return f.countPart(t.Position.Line)
}

// tagOf is the value of a key in the tag of a field, "" if there is none.
func tagOf(field *ast.Field, key string) string {
	if field.Tag == nil {
		return ""
	}
	tag, err := strconv.Unquote(field.Tag.Value)
	if err != nil {
		return ""
	}
	return reflect.StructTag(tag).Get(key)
}

// goNumberOf is a type that [WriteGo] writes, with its alignment in bytes: a
// number, or bytes, which are of no class. C is its name in Go.
func goNumberOf(expr ast.Expr) (n Number, align uint64, ok bool) {
	if array, isArray := expr.(*ast.ArrayType); isArray {
		lit, isLit := array.Len.(*ast.BasicLit)
		elem, isIdent := array.Elt.(*ast.Ident)
		if !isLit || !isIdent || elem.Name != "byte" {
			return Number{}, 0, false
		}
		size, err := strconv.ParseUint(lit.Value, 10, 64)
		return Number{SizeBytes: size, C: "[" + lit.Value + "]byte"}, 1, err == nil && size <= maxMemberBytes
	}
	ident, isIdent := expr.(*ast.Ident)
	if !isIdent {
		return Number{}, 0, false
	}
	if n, ok = goNumbers[ident.Name]; !ok {
		return Number{}, 0, false
	}
	n.C = ident.Name
	return n, n.SizeBytes, true
}

// goNumbers are the numbers of Go that [goNumber] names, and byte.
var goNumbers = map[string]Number{
	"bool": {Class: NumBool, SizeBytes: 1}, "byte": {Class: NumUint, SizeBytes: 1},
	"int8": {Class: NumInt, SizeBytes: 1}, "int16": {Class: NumInt, SizeBytes: 2},
	"int32": {Class: NumInt, SizeBytes: 4}, "int64": {Class: NumInt, SizeBytes: 8},
	"uint8": {Class: NumUint, SizeBytes: 1}, "uint16": {Class: NumUint, SizeBytes: 2},
	"uint32": {Class: NumUint, SizeBytes: 4}, "uint64": {Class: NumUint, SizeBytes: 8},
	"float32": {Class: NumFloat, SizeBytes: 4}, "float64": {Class: NumFloat, SizeBytes: 8},
}
