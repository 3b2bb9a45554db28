package shadow

import (
	"strconv"
	"strings"
)

// isIdentifier reports whether the name is an identifier in C, Go and Rust.
func isIdentifier(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// identifier is the name with "_" in place of what no identifier has (bpftool
// gen.c, sanitize_identifier).
func identifier(name string) string {
	b := []byte(name)
	for i, c := range b {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			b[i] = '_'
		}
	}
	if len(b) == 0 || b[0] >= '0' && b[0] <= '9' {
		return "_" + string(b)
	}
	return string(b)
}

// objectIdent is the name by which bpftool calls an object file: the last part
// of the path without ".o".
func objectIdent(path string) string {
	if i := strings.LastIndexAny(path, `/\`); i >= 0 {
		path = path[i+1:]
	}
	return identifier(strings.TrimSuffix(path, ".o"))
}

// camel is the name as an exported identifier of Go, in the way of bpf2go.
func camel(name string) string {
	var b strings.Builder
	for _, part := range strings.Split(identifier(name), "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	if s := b.String(); s != "" && (s[0] < '0' || s[0] > '9') {
		return s
	}
	return "X" + b.String()
}

// unique makes names distinct.
type unique map[string]bool

// name is the name, with a number behind it if it is taken.
func (u unique) name(name string) string {
	for n, free := 2, name; ; n++ {
		if !u[free] {
			u[free] = true
			return free
		}
		free = name + "_" + strconv.Itoa(n)
	}
}

// cKeyword reports whether a name is a keyword of C17, C23 or GNU C, or is made
// one by stdbool.h (ISO/IEC 9899:2018 and 9899:2024 6.4.1).
func cKeyword(name string) bool {
	switch name {
	case "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float",
		"for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof", "static",
		"struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "asm", "typeof", "bool", "true", "false",
		"_Alignas", "_Alignof", "_Atomic", "_Bool", "_Complex", "_Generic", "_Imaginary", "_Noreturn", "_Static_assert",
		"_Thread_local",
		"alignas", "alignof", "constexpr", "nullptr", "static_assert", "thread_local", "typeof_unqual":
		return true
	}
	return false
}

// cppKeyword reports whether a name is an identifier in C and none in C++20
// (ISO/IEC 14882:2020 5.11).
func cppKeyword(name string) bool {
	switch name {
	case "and", "and_eq", "bitand", "bitor", "catch", "char8_t", "char16_t", "char32_t", "class",
		"co_await", "co_return", "co_yield", "compl", "concept", "const_cast", "consteval", "constinit", "decltype",
		"delete", "dynamic_cast", "explicit", "export", "friend", "mutable", "namespace", "new", "noexcept", "not",
		"not_eq", "operator", "or", "or_eq", "private", "protected", "public", "reinterpret_cast", "requires",
		"static_cast", "template", "this", "throw", "try", "typeid", "typename", "using",
		"virtual", "wchar_t", "xor", "xor_eq":
		return true
	}
	return false
}

// rustKeyword reports whether Rust needs "r#" in front of a name; reserved that
// it has no spelling at all (The Rust Reference, keywords).
func rustKeyword(name string) (keyword, reserved bool) {
	switch name {
	case "crate", "self", "Self", "super":
		return true, true
	case "as", "async", "await", "break", "const", "continue", "dyn", "else", "enum", "extern", "false", "fn", "for", "if", "impl",
		"in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "static", "struct", "trait", "true", "type",
		"unsafe", "use", "where", "while", "abstract", "become", "box", "do", "final", "gen", "macro", "override", "priv", "try",
		"typeof", "unsized", "virtual", "yield":
		return true, false
	}
	return false, false
}
