// Command sbom writes the bill of materials of a btflint binary, as CycloneDX JSON:
// the modules that the Go tool recorded in it, which are those it is linked from.
//
// Usage: sbom BINARY OUTPUT
package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: sbom BINARY OUTPUT")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

// write writes the bill of materials of the binary at path.
func write(path, output string) error {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	enc := cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON)
	enc.SetPretty(true)
	if err := enc.Encode(materials(info)); err != nil {
		return err
	}
	return os.WriteFile(output, b.Bytes(), 0o644)
}

// materials lists what a binary is linked from. It has no time and no serial
// number: the same binary has the same bill.
func materials(info *debug.BuildInfo) *cdx.BOM {
	bom := cdx.NewBOM()
	app := component(&info.Main, cdx.ComponentTypeApplication)
	bom.Metadata = &cdx.Metadata{Component: &app}
	parts := []cdx.Component{{
		BOMRef: "pkg:golang/std@" + info.GoVersion, Type: cdx.ComponentTypeLibrary, Name: "std",
		Version: info.GoVersion, PackageURL: "pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go"),
	}}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		parts = append(parts, component(module, cdx.ComponentTypeLibrary))
	}
	refs := make([]string, len(parts))
	for i := range parts {
		refs[i] = parts[i].BOMRef
	}
	bom.Components = &parts
	bom.Dependencies = &[]cdx.Dependency{{Ref: app.BOMRef, Dependencies: &refs}}
	return bom
}

// component is a module as a part of a bill of materials. The hash is the one of
// go.sum, where the module has one.
func component(m *debug.Module, kind cdx.ComponentType) cdx.Component {
	ref := "pkg:golang/" + m.Path + "@" + m.Version
	c := cdx.Component{BOMRef: ref, Type: kind, Name: m.Path, Version: m.Version, PackageURL: ref}
	if sum, ok := strings.CutPrefix(m.Sum, "h1:"); ok {
		if raw, err := base64.StdEncoding.DecodeString(sum); err == nil {
			c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(raw)}}
		}
	}
	return c
}
