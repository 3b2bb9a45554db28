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
	mapName, _, ok := strings.Cut(tagOf(s.Fields.List[0]), " ")
	if !ok || mapName == "" || len(s.Fields.List[0].Names) != 1 || s.Fields.List[0].Names[0].Name != "_" {
		return nil
	}
	at := func(pos gotoken.Pos) Position {
		p := set.PositionFor(pos, false)
		return Position{Line: p.Line, Column: p.Column, Text: lineAt(text, p.Offset)}
	}
	t := FileType{Map: mapName, Name: named.Name.Name, Position: at(named.Pos())}
	for _, field := range s.Fields.List[1:] {
		size, align, typ, ok := goSize(field.Type)
		if !ok || len(field.Names) != 1 {
			return fmt.Errorf("line %d: field is no part of a generated shadow type", at(field.Pos()).Line)
		}
		m := FileMember{Name: field.Names[0].Name, Kind: Padding, SizeBytes: size, align: align, Position: at(field.Pos())}
		m.Declaration = m.Name + " " + typ
		if kind, name, ok := strings.Cut(tagOf(field), " "); ok {
			m.Name = name
			for k := Scalar; k <= Unsupported; k++ {
				if k.String() == kind {
					m.Kind = k
				}
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

// tagOf is the tag by which the file says what a field is, "" if there is none.
func tagOf(field *ast.Field) string {
	if field.Tag == nil {
		return ""
	}
	tag, err := strconv.Unquote(field.Tag.Value)
	if err != nil {
		return ""
	}
	return reflect.StructTag(tag).Get(tagKey)
}

// goSize is the size and alignment of a type that [WriteGo] writes, in bytes.
func goSize(expr ast.Expr) (size, align uint64, name string, ok bool) {
	if array, isArray := expr.(*ast.ArrayType); isArray {
		lit, isLit := array.Len.(*ast.BasicLit)
		elem, isIdent := array.Elt.(*ast.Ident)
		if !isLit || !isIdent || elem.Name != "byte" {
			return 0, 0, "", false
		}
		n, err := strconv.ParseUint(lit.Value, 10, 64)
		return n, 1, "[" + lit.Value + "]byte", err == nil && n <= maxMemberBytes
	}
	ident, isIdent := expr.(*ast.Ident)
	if !isIdent {
		return 0, 0, "", false
	}
	switch ident.Name {
	case "bool", "int8", "uint8", "byte":
		size = 1
	case "int16", "uint16":
		size = 2
	case "int32", "uint32", "float32":
		size = 4
	case "int64", "uint64", "float64":
		size = 8
	}
	return size, size, ident.Name, size != 0
}
